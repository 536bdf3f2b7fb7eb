# RegDA for the short runs at 128 px.
_base_ = ['regda.py']

method = dict(
    adversarial_head=dict(
        in_channels=128,
        out_channels=14,
        conv_out_channels=(128,)),
    # 1000 of 15000 steps, of the 480 steps of adaptation
    gradient_layer=dict(rise=dict(iters=32)))

head = dict(conv_out_channels=(128,))

custom_hooks = [
    dict(type='mmpose_mlda.StageSwitchHook'),
    dict(type='mmpose_mlda.BranchPanelHook', interval=400),
]
