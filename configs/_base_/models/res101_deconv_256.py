# Simple Baselines: ResNet-101 and three deconvolutions, 256 px in, 64 px out.
codec = dict(
    type='MSRAHeatmap',
    input_size=(256, 256),
    heatmap_size=(64, 64),
    sigma=2)  # human tasks; the animal tasks take 1

student = dict(
    type='TopdownPoseEstimator',
    backbone=dict(
        type='ResNet',
        depth=101,
        init_cfg=dict(type='Pretrained', checkpoint='torchvision://resnet101')),
    head=dict(
        type='HeatmapHead',
        in_channels=2048,
        out_channels=16,  # the body slots
        # 0.5 * squared error in the published code
        loss=dict(
            type='KeypointMSELoss', use_target_weight=True, loss_weight=0.5),
        decoder=codec),
    # PCK looks at the heatmaps; the papers neither flip nor shift
    test_cfg=dict(flip_test=False, shift_heatmap=False, output_heatmaps=True))

data_preprocessor = dict(
    type='mmpose_mlda.DomainDataPreprocessor',
    mean=[123.675, 116.28, 103.53],
    std=[58.395, 57.12, 57.375],
    bgr_to_rgb=True,
    non_blocking=True)
