# The embedded domain pair at 128 px: flat synthetic figures, labelled, and
# photo-like ones, unlabelled. Nothing to download.
input_size = (128, 128)

source_train = dict(
    type='mmpose_mlda.FiguresDataset',
    style='synthetic',
    length=2000,
    image_size=128,
    label_occluded=True,
    cache=True)
target_train = dict(
    type='mmpose_mlda.FiguresDataset',
    style='photo',
    length=2000,
    image_size=128,
    label_occluded=True,
    cache=True)
target_test = dict(
    type='mmpose_mlda.FiguresDataset',
    style='photo',
    offset=2000,
    length=500,
    image_size=128,
    test_mode=True)

load = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=1.),
    dict(type='mmpose_mlda.RandomBoxCrop'),
]
view = [
    dict(
        type='mmpose_mlda.TopdownAffineWithMatrix',
        input_size=input_size,
        rotation=30,
        shear=15,
        scale=(0.75, 1.25)),
    dict(
        type='mmpose_mlda.ColorJitter',
        brightness=0.25,
        contrast=0.25,
        saturation=0.25,
        backend='cv2'),
]
test_pipeline = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=1.),
    dict(type='TopdownAffine', input_size=input_size),
    dict(type='PackPoseInputs'),
]

train_dataloader = dict(
    batch_size=16,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='mmpose_mlda.DomainPairSampler'),
    collate_fn=dict(type='default_collate'),
    dataset=dict(
        type='mmpose_mlda.DomainPairDataset',
        source=dict(pipeline=load + view, **source_train),
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
    dataset=dict(pipeline=test_pipeline, **target_test))
test_dataloader = val_dataloader

val_evaluator = dict(type='mmpose_mlda.PCK', thr=[0.05, 0.1])
test_evaluator = val_evaluator
