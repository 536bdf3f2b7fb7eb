# Source-only: the labelled source alone. MLDA without any of its parts, to be
# trained with train_cfg.pretrain_iters=1.0.
method = dict(type='mmpose_mlda.MLDA')

custom_hooks = [
    dict(type='mmpose_mlda.StageSwitchHook'),
    dict(type='mmpose_mlda.BranchPanelHook', interval=1000),
]
