"""What MLDA on SynAnimal -> TigDog is compared with: the source alone.

python tools/train.py configs/baselines/source_only_synanimal_tigdog.py

Network, augmentation, schedule and number of steps are MLDA's.
"""

_base_ = [
    '../_base_/tasks/synanimal_tigdog.py',
    '../_base_/methods/source_only.py',
]

model = dict(
    student=_base_.student,
    data_preprocessor=_base_.data_preprocessor,
    **_base_.method)

train_cfg = dict(pretrain_iters=1.0)
