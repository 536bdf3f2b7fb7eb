# SynAnimal -> TigDog with the 18 joints of animal18; see docs/dataset_zoo.
_base_ = ['synanimal.py']

tigdog_root = 'data/tigdog/'

source = [
    dict(
        type='mmpose_mlda.SynAnimalDataset',
        data_root=_base_.synanimal_root,
        ann_file=f'annotations/synanimal_{animal}_train.json',
        pipeline=_base_.load + _base_.source_view)
    for animal in ('horse', 'tiger')
]
target = [
    dict(
        type='mmpose_mlda.TigDogDataset',
        data_root=tigdog_root,
        ann_file=f'annotations/tigdog_{animal}_train.json')
    for animal in ('horse', 'tiger')
]
test = [
    dict(
        type='mmpose_mlda.TigDogDataset',
        data_root=tigdog_root,
        ann_file=f'annotations/tigdog_{animal}_test.json',
        test_mode=True,
        pipeline=_base_.test_pipeline)
    for animal in ('horse', 'tiger')
]
# the animals' names are all that may differ
test = dict(type='ConcatDataset', datasets=test, ignore_keys='CLASSES')

train_dataloader = dict(
    dataset=dict(
        source=dict(
            type='ConcatDataset', datasets=source, ignore_keys='CLASSES'),
        # labels are dropped when they are read
        target=dict(
            type='mmpose_mlda.UnlabeledPoseDataset',
            dataset=dict(
                type='ConcatDataset', datasets=target, ignore_keys='CLASSES'),
            pipeline=_base_.load)))
val_dataloader = dict(dataset=test)
test_dataloader = val_dataloader
