# A small Simple Baseline for CPUs, trained from scratch: 128 px in, 32 px out.
codec = dict(
    type='MSRAHeatmap',
    input_size=(128, 128),
    heatmap_size=(32, 32),
    sigma=1.5)

student = dict(
    type='TopdownPoseEstimator',
    backbone=dict(
        type='ResNet', depth=18, base_channels=16, stem_channels=16),
    head=dict(
        type='HeatmapHead',
        in_channels=128,
        out_channels=14,
        deconv_out_channels=(64, 64, 64),
        deconv_kernel_sizes=(4, 4, 4),
        loss=dict(type='KeypointMSELoss', use_target_weight=True),
        decoder=codec),
    test_cfg=dict(flip_test=False, shift_heatmap=False, output_heatmaps=True))

data_preprocessor = dict(
    type='mmpose_mlda.DomainDataPreprocessor',
    mean=[123.675, 116.28, 103.53],
    std=[58.395, 57.12, 57.375],
    bgr_to_rgb=True,
    channels_last=True)
