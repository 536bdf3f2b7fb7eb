# SynAnimal -> AnimalPose with the 14 joints of animal14; see docs/dataset_zoo.
_base_ = ['synanimal.py']

animalpose_root = 'data/animalpose/'

source = [
    dict(
        type='mmpose_mlda.SynAnimalDataset',
        data_root=_base_.synanimal_root,
        ann_file=f'annotations/synanimal_{animal}_train.json',
        joints='animal14',
        pipeline=_base_.load + _base_.source_view)
    for animal in ('hound', 'sheep')
]
target = [
    dict(
        type='mmpose_mlda.AnimalPoseDataset',
        data_root=animalpose_root,
        ann_file=f'annotations/animalpose_{animal}_train.json')
    for animal in ('dog', 'sheep')
]
test = [
    dict(
        type='mmpose_mlda.AnimalPoseDataset',
        data_root=animalpose_root,
        ann_file=f'annotations/animalpose_{animal}_test.json',
        test_mode=True,
        pipeline=_base_.test_pipeline)
    for animal in ('dog', 'sheep')
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
