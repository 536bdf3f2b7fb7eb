# Across species on AnimalPose, at 128 px: labelled dogs and cats, unlabelled
# sheep; see docs/dataset_zoo/animalpose.md. Half of the photographs of sheep
# are for the evaluation:
#   python tools/dataset_converters/animalpose.py RAW data/animalpose_halves \
#       --held-out 0.5
# Two photographs show a dog and a sheep; neither is of the held-out half.
animalpose_root = 'data/animalpose_halves/'
input_size = (128, 128)

# the box of the label in both domains, as in the papers' tasks of animals
load = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=1.25),
    dict(type='mmpose_mlda.RandomBoxCrop'),
]
affine = dict(
    type='mmpose_mlda.TopdownAffineWithMatrix',
    input_size=input_size,
    rotation=30,
    shear=15,
    scale=(0.75, 1.25))
colours = dict(
    type='mmpose_mlda.ColorJitter',
    brightness=0.25,
    contrast=0.25,
    saturation=0.25,
    backend='cv2')
source_view = [dict(affine, mirror_prob=0.5), colours]
view = [affine, colours]
test_pipeline = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=1.25),
    dict(type='TopdownAffine', input_size=input_size),
    dict(type='PackPoseInputs'),
]

source = [
    dict(
        type='mmpose_mlda.AnimalPoseDataset',
        data_root=animalpose_root,
        ann_file=f'annotations/animalpose_{animal}_{split}.json',
        pipeline=load + source_view)
    for animal in ('dog', 'cat')
    for split in ('train', 'test')
]
target_train = dict(
    type='mmpose_mlda.AnimalPoseDataset',
    data_root=animalpose_root,
    ann_file='annotations/animalpose_sheep_train.json')

train_dataloader = dict(
    batch_size=16,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='mmpose_mlda.DomainPairSampler'),
    collate_fn=dict(type='default_collate'),
    dataset=dict(
        type='mmpose_mlda.DomainPairDataset',
        source=dict(
            type='ConcatDataset', datasets=source, ignore_keys='CLASSES'),
        # labels are dropped when they are read
        target=dict(
            type='mmpose_mlda.UnlabeledPoseDataset',
            dataset=target_train,
            pipeline=load),
        student_pipeline=view,
        teacher_pipeline=view))
val_dataloader = dict(
    batch_size=50,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        target_train,
        ann_file='annotations/animalpose_sheep_test.json',
        test_mode=True,
        pipeline=test_pipeline))
test_dataloader = val_dataloader

thresholds = [0.05, 0.1, 0.2]
test_evaluator = dict(type='mmpose_mlda.PCK', thr=thresholds)
val_evaluator = [
    test_evaluator,
    dict(type='mmpose_mlda.PseudoLabelQuality', thr=thresholds),
]
