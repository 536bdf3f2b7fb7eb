"""What MLDA on SynAnimal -> AnimalPose is compared with: the source alone.

python tools/train.py configs/baselines/source_only_synanimal_animalpose.py

Network, augmentation, schedule and number of steps are MLDA's.
"""

_base_ = ['../mlda_synanimal_animalpose.py']

model = dict(style_transfer=None)
train_cfg = dict(pretrain_iters=1.0)
