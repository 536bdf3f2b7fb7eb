"""CC-SSL on SURREAL -> LSP: the baseline of the MLDA paper.

python tools/train.py configs/baselines/ccssl_surreal_lsp.py

Student, data and schedule are those of configs/mlda_surreal_lsp.py. No
program of the tables' row is published: CC-SSL itself is of animals in
videos, with another network. docs/methods/ccssl.md tells what is faithful.
"""

_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/surreal_lsp.py',
    '../_base_/models/res101_deconv_256.py',
    '../_base_/methods/ccssl.py',
    '../_base_/schedules/schedule_35k.py',
]

model = dict(
    student=_base_.student,
    data_preprocessor=_base_.data_preprocessor,
    **_base_.method)

# the only part with a setting of its own is MLDA's discriminator
optim_wrapper = dict(paramwise_cfg=None)
randomness = dict(seed=0)
