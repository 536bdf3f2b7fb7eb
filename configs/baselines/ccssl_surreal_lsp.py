"""CC-SSL on SURREAL -> LSP: the baseline of the MLDA paper.

python tools/train.py configs/baselines/ccssl_surreal_lsp.py

Student, data and schedule are those of configs/mlda_surreal_lsp.py. No
program of the tables' row is published: CC-SSL itself is of animals in
videos, with another network. docs/methods/ccssl.md tells what is faithful.
"""

_base_ = ['../_base_/tasks/surreal_lsp.py', '../_base_/methods/ccssl.py']

model = dict(
    student=_base_.student,
    data_preprocessor=_base_.data_preprocessor,
    **_base_.method)
