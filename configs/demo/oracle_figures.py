"""The upper bound of the demo: trained on the labels of the target."""

_base_ = ['source_only_figures.py']

train_dataloader = dict(
    dataset=dict(source=dict(style='photo')))
