"""The upper bound of SynAnimal -> AnimalPose: labels of the target's training
split.
"""

_base_ = ['source_only_synanimal_animalpose.py']

train_dataloader = dict(
    dataset=dict(
        source=dict(
            _delete_=True,
            type='ConcatDataset',
            ignore_keys='CLASSES',
            datasets=[
                dict(dataset, pipeline=_base_.load + _base_.source_view)
                for dataset in _base_.target
            ])))
