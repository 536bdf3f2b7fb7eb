"""MLDA with an HRNet, here a narrow one from scratch.

Its head has no deconvolutions, so the domain head sees the backbone's map.
"""

_base_ = ['../demo/mlda_figures.py']

block = dict(num_modules=1, block='BASIC')
extra = dict(
    stage1=dict(num_branches=1, num_blocks=(1, ), num_channels=(16, ), **block),
    stage2=dict(
        num_branches=2, num_blocks=(1, 1), num_channels=(16, 32), **block),
    stage3=dict(
        num_branches=3, num_blocks=(1, ) * 3, num_channels=(16, 32, 64),
        **block),
    stage4=dict(
        num_branches=4, num_blocks=(1, ) * 4, num_channels=(16, 32, 64, 128),
        **block))

model = dict(
    student=dict(
        backbone=dict(_delete_=True, type='HRNet', extra=extra),
        head=dict(in_channels=16, deconv_out_channels=None)),
    tap='backbone',
    domain_head=dict(in_channels=16))
