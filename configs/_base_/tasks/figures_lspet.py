# Rendered figures to photographs of athletes, an ImageNet backbone at 128 px:
# what all methods have in common.
_base_ = [
    '../default_runtime.py',
    '../datasets/figures_lspet_128.py',
    '../models/lite0_128.py',
    '../schedules/schedule_demo.py',
]

optim_wrapper = dict(optimizer=dict(lr=1e-3))
default_hooks = dict(checkpoint=dict(interval=200))
randomness = dict(seed=0)
