# CC-SSL for the short runs at 128 px.
_base_ = ['ccssl.py']

custom_hooks = [
    dict(type='mmpose_mlda.StageSwitchHook'),
    dict(
        type='mmpose_mlda.PseudoLabelRefreshHook',
        interval=80,  # a sixth of the 480 steps of adaptation
        quantiles=(0.8, 0.6, 0.4, 0.2)),
    dict(type='mmpose_mlda.BranchPanelHook', interval=400),
    dict(
        type='mmpose_mlda.GradientNormHook',
        interval=200,
        dense_interval=20,
        dense_steps=100),
]
