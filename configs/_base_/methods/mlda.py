# Domain Adaptive Pose Estimation via Multi-level Alignment (ICME 2024).
# "paper": printed there. "code": the value that the released code really
# uses where the paper is silent.
method = dict(
    type='mmpose_mlda.MLDA',
    # --- image level, Eq. 1
    style_transfer=dict(
        type='mmpose_mlda.AdaINStyleTransfer',
        encoder='weights/vgg_normalised.pth',
        decoder='weights/decoder.pth',
        layer='relu4_1',  # paper
        input_space='unit',  # 'normalised' for the decoders of UDAPE
        prob=0.5,  # code; the paper reads as if every batch were stylised
        alpha=(0.0, 1.0)),  # code
    # --- mean teacher, Eq. 3
    consistency=dict(
        type='mmpose_mlda.HeatmapConsistency',
        frame='canonical',  # paper
        threshold='quantile',  # code; the paper says "random threshold"
        share=0.5,  # code
        loss_weight=1.0),  # paper, lambda_a
    occlusion=dict(
        type='mmpose_mlda.KeypointOcclusion',
        prob=0.5,  # code
        threshold=0.9,  # code
        size=20),  # code, pixels of 256
    # --- feature level, Eq. 4-5
    tap='head.deconv_layers',  # code; the paper: "feature enhancement model"
    domain_head=dict(
        type='mmpose_mlda.DomainHead',
        in_channels=256,
        channels=(256, 128, 128),  # code
        reversal=dict(coefficient=1.0),  # code, constant
        loss_weight=0.1),  # paper, lambda_b
    # --- pose level, Eq. 6-7
    im_loss=dict(
        type='mmpose_mlda.InformationMaximizationLoss',
        # The released code's version is numerically inert: variant='official'
        variant='paper',
        beta=10.0,  # ours: a gradient near that of the consistency
        projection='mean',
        loss_weight=0.3),  # paper, lambda_c
    teacher_bn='train',  # code: batch statistics, own running buffers
    predict_on='teacher')  # paper

custom_hooks = [
    dict(type='mmpose_mlda.StageSwitchHook'),
    dict(type='mmpose_mlda.MeanTeacherHook', alpha=0.999),  # paper, Eq. 9
    dict(type='mmpose_mlda.BranchPanelHook', interval=1000),
    dict(
        type='mmpose_mlda.GradientNormHook',
        interval=500,
        dense_interval=10,  # in the first 100 steps of the adaptation
        dense_steps=100),
]
