# Regressive Domain Adaptation for Unsupervised Keypoint Detection (CVPR 2021).
# "code": the value of the released program.
method = dict(
    type='mmpose_mlda.RegDA',
    tap='head.deconv_layers',  # f
    adversarial_head=dict(  # h', built like the student's head h
        type='HeatmapHead',
        in_channels=256,
        out_channels=16,
        deconv_out_channels=None,
        conv_out_channels=(256,),  # code: one 3x3 convolution before the last
        conv_kernel_sizes=(3,),
        loss=dict(type='mmpose_mlda.SpatialDivergenceLoss')),
    disparity=dict(epsilon=1e-7),  # code
    margin=4.0,  # code
    gradient_layer=dict(
        coefficient=0.1,  # code
        rise=dict(gamma=1.0, iters=1000)),  # code
    predict_on='student')  # there is no mean teacher

# what the student's head h gets in place of its own
head = dict(
    conv_out_channels=(256,),  # code
    conv_kernel_sizes=(3,))
supervised_loss = dict(
    type='mmpose_mlda.SpatialDivergenceLoss', epsilon=0.0)  # code

custom_hooks = [
    dict(type='mmpose_mlda.StageSwitchHook'),
    dict(type='mmpose_mlda.BranchPanelHook', interval=1000),
]
