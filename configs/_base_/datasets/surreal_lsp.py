# SURREAL -> LSP with the 16 body slots; see docs/dataset_zoo.
surreal_root = 'data/surreal/'
lsp_root = 'data/lsp/'
input_size = (256, 256)

load = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=1.),  # pads to a square
    dict(type='mmpose_mlda.RandomBoxCrop', area=(0.6, 1.3)),  # code
]
view = [
    dict(
        type='mmpose_mlda.TopdownAffineWithMatrix',
        input_size=input_size,
        rotation=60,  # code; the same for source, student and teacher
        shear=30,  # code
        scale=(0.6, 1.3),  # code
        translation=0.05),  # code
    dict(
        type='mmpose_mlda.ColorJitter',
        brightness=0.25,  # code
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
    batch_size=32,  # code, of each domain
    num_workers=8,
    persistent_workers=True,
    pin_memory=True,
    sampler=dict(type='mmpose_mlda.DomainPairSampler'),
    collate_fn=dict(type='default_collate'),
    dataset=dict(
        type='mmpose_mlda.DomainPairDataset',
        source=dict(
            type='mmpose_mlda.SURREALDataset',
            data_root=surreal_root,
            ann_file='annotations/surreal_train.json',
            data_prefix=dict(img='images/'),
            pipeline=load + view),
        # All 2000 photographs, which are also the test set: the papers'
        # transductive protocol. Labels are dropped when they are read.
        target=dict(
            type='mmpose_mlda.UnlabeledPoseDataset',
            dataset=dict(
                type='mmpose_mlda.LSPDataset',
                data_root=lsp_root,
                joints='body16'),
            pipeline=load),
        student_pipeline=view,
        teacher_pipeline=view))
val_dataloader = dict(
    batch_size=32,  # papers
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        type='mmpose_mlda.LSPDataset',
        data_root=lsp_root,
        joints='body16',
        test_mode=True,
        pipeline=test_pipeline))
test_dataloader = val_dataloader

# The papers' metric, averaged over all labels of a joint.
# protocol='udape' averages over batches of 32 as their code does.
val_evaluator = dict(type='mmpose_mlda.PCK', thr=0.05, protocol='pooled')
test_evaluator = val_evaluator
