"""A plain estimator of MMPose that learns figures in many styles.

Half of the images have no labels; they lend their colours to the others.
"""

_base_ = ['_base_/figures_plain.py']

model = dict(
    data_preprocessor=dict(
        batch_augments=[
            dict(
                type='mmpose_mlda.StyleAugmentation',
                style=dict(type='mmpose_mlda.StatisticsStyle', prob=0.5)),
        ],
        **_base_.data_preprocessor),
    **_base_.student)
