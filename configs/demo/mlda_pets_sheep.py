"""MLDA across species: dogs and cats with labels, sheep without, at 128 px.

python tools/train.py configs/demo/mlda_pets_sheep.py

Photographs of AnimalPose on both sides, and an ImageNet backbone. The data
set's file tells the command that prepares them.
"""

_base_ = [
    '../_base_/tasks/pets_sheep.py',
    '../_base_/methods/mlda_128.py',
]

model = dict(
    student=_base_.student,
    data_preprocessor=_base_.data_preprocessor,
    **_base_.method)
model['domain_head'].update(in_channels=128)
