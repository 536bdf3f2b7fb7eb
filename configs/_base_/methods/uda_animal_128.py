# UDA-Animal for the short runs at 128 px, with maps of 32 x 32.
_base_ = ['uda_animal.py']

method = dict(
    epoch_iters=16,  # 30 in the 480 steps of adaptation, as at full length
    easy_joints=dict(floor=7),  # half of 14
    domain_head=dict(
        in_channels=4 * 128,
        channels=(64, 128, 256, 512),  # 32 x 32 to 2 x 2
        reversal=dict(rise=dict(iters=480))))

head = dict(refine_channels=128)

custom_hooks = [
    dict(type='mmpose_mlda.StageSwitchHook'),
    dict(
        type='mmpose_mlda.PseudoLabelRefreshHook',
        interval=1000000,
        quantiles=(0.6,)),
    # a short run: the teacher would lag behind at 0.999
    dict(type='mmpose_mlda.MeanTeacherHook', alpha=0.99, warmup=True),
    dict(type='mmpose_mlda.BranchPanelHook', interval=400),
    dict(
        type='mmpose_mlda.GradientNormHook',
        interval=200,
        dense_interval=20,
        dense_steps=100),
]
