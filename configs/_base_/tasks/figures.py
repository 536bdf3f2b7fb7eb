# The embedded pair of domains, a small network from scratch at 128 px: what
# all methods have in common.
_base_ = [
    '../default_runtime.py',
    '../datasets/figures_128.py',
    '../models/res18_small_128.py',
    '../schedules/schedule_demo.py',
]

default_hooks = dict(checkpoint=dict(interval=200))
randomness = dict(seed=0)
