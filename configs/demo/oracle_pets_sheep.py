"""The upper bound: trained on the labels of the same sheep."""

_base_ = ['source_only_pets_sheep.py']

train_dataloader = dict(
    dataset=dict(
        source=dict(
            _delete_=True,
            **_base_.target_train,
            pipeline=_base_.load + _base_.source_view)))
