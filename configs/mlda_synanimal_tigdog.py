"""MLDA on SynAnimal -> TigDog, as the paper trains it.

python tools/train.py configs/mlda_synanimal_tigdog.py

Horses and tigers, 18 joints. Where paper and released code differ, the value
that the paper prints is taken; where the paper is silent, the value that the
code effectively uses. The base files say of each value which it is.
docs/dataset_zoo tells how to get the data, docs/method.md where each equation
stands.
"""

_base_ = ['_base_/tasks/synanimal_tigdog.py', '_base_/methods/mlda.py']

model = dict(
    student=_base_.student,
    data_preprocessor=_base_.data_preprocessor,
    **_base_.method)

# code: the discriminator keeps its learning rate
optim_wrapper = dict(paramwise_cfg=dict(domain_head=dict(hold_lr=True)))
