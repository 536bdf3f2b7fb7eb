"""MLDA with a ViTPose, here a small one from scratch.

The backbone is mmpretrain's, as in MMPose's own configs of ViTPose.
"""

_base_ = ['../demo/mlda_figures.py']

backbone = dict(
    _delete_=True,
    type='mmpretrain.VisionTransformer',
    arch=dict(
        embed_dims=96, num_layers=4, num_heads=4, feedforward_channels=384),
    img_size=_base_.input_size,
    patch_size=16,
    drop_path_rate=0.1,
    with_cls_token=False,
    out_type='featmap')

model = dict(
    student=dict(
        backbone=backbone,
        head=dict(
            in_channels=96,
            deconv_out_channels=(64, 64),
            deconv_kernel_sizes=(4, 4))))
