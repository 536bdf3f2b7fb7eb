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

# the recipe for 256 px, where each network has its own learning rate
regda_optim_wrapper = dict(
    optimizer=dict(  # code
        _delete_=True,
        type='SGD',
        lr=0.1,
        momentum=0.9,
        nesterov=True,
        weight_decay=1e-4),
    paramwise_cfg={  # code: a tenth for everything below the heads
        'student.backbone': dict(lr=0.01),
        'student.head.deconv_layers': dict(lr=0.01),
    })
regda_schedule = [
    dict(
        type='MultiStepLR',
        by_epoch=False,
        end=20000,
        milestones=[12857, 17143],  # code: 45 and 60 of 70 epochs
        gamma=0.1),
    dict(
        type='mmpose_mlda.InverseDecayLR',
        by_epoch=False,
        begin=20000,
        end=35000,
        gamma=1e-4,  # code
        power=0.75),  # code
]

custom_hooks = [
    dict(type='mmpose_mlda.StageSwitchHook'),
    dict(type='mmpose_mlda.BranchPanelHook', interval=1000),
]
