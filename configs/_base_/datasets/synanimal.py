# What SynAnimal -> TigDog and SynAnimal -> AnimalPose have in common; see
# docs/dataset_zoo. "code": the value that the released code really uses.
#
# Where the augmentation of the source differs from the code's, which is
# imgaug's (not in the tested set):
#                    code                          here
#   geometry         about the image's centre;     about the box's centre;
#                    the crop stays                the crop stays
#   scale            of x and y drawn apart        one for both
#   shift            5 % of the image              5 % of the crop
#   beyond the image random grey                   black
#   interpolation    nearest or bilinear           bilinear
#   contrast         about grey 128, at p 0.5      about the image's mean grey,
#                    of each channel apart         of all channels alike
#   order            all in random order           colours in random order,
#                                                  geometry last
#   joints           dropped outside 640 x 480     dropped outside the crop
# Probabilities and ranges are the code's.
synanimal_root = 'data/synanimal/'
input_size = (256, 256)

# The box of the label in both domains (code), target included: it is a label
# of the target. docs/datasets.md tells how to do without.
load = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=1.25),  # code
]
source_view = [
    # on the whole image, as in the code
    dict(
        type='mmdet.RandomOrder',
        transforms=[
            dict(
                type='RandomApply',
                prob=0.5,  # code
                transforms=dict(
                    type='mmpose_mlda.GaussianNoise',
                    std=127.5,  # code
                    per_channel=0.5)),  # code
            dict(
                type='mmpretrain.GaussianBlur',
                prob=0.5,  # code
                magnitude_range=(1., 5.),  # code, sigma in pixels
                magnitude_std='inf'),  # uniform in the range
            dict(
                type='RandomApply',
                prob=0.5,  # code
                transforms=dict(
                    type='mmpose_mlda.ColorJitter',
                    contrast=(0.5, 2.),  # code
                    backend='cv2')),
        ]),
    dict(
        type='RandomChoice',
        prob=[0.5, 0.5],  # code
        transforms=[
            [dict(
                type='mmpose_mlda.TopdownAffineWithMatrix',
                input_size=input_size,
                rotation=30,  # code
                shear=20,  # code
                scale=(0.5, 1.5),  # code
                translation=0.05,  # code
                mirror_prob=0.5)],  # code
            [dict(
                type='mmpose_mlda.TopdownAffineWithMatrix',
                input_size=input_size,
                rotation=0,
                shear=0,
                scale=(1., 1.),
                translation=0.,
                mirror_prob=0.5)],  # code
        ]),
]
# of student and teacher alike; without colours, crop and mirror (code)
view = [
    dict(
        type='mmpose_mlda.TopdownAffineWithMatrix',
        input_size=input_size,
        rotation=60,  # code
        shear=30,  # code
        scale=(0.6, 1.3),  # code
        translation=0.05),  # code
]
test_pipeline = [
    *load,
    dict(type='TopdownAffine', input_size=input_size),
    dict(
        type='PackPoseInputs',
        meta_keys=(
            'id', 'img_id', 'img_path', 'category_id', 'ori_shape',
            'img_shape', 'input_size', 'input_center', 'input_scale', 'flip',
            'flip_direction', 'flip_indices', 'dataset_name',
            'animal')),  # for PCK(by='animal')
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
        student_pipeline=view,
        teacher_pipeline=view))
val_dataloader = dict(
    batch_size=32,  # changes nothing: the metric has batches of its own
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False))
test_dataloader = val_dataloader

# The papers' metric, for both animals together and for each of them.
val_evaluator = dict(
    type='mmpose_mlda.PCK',
    thr=0.05,  # paper
    protocol='udape',
    batch_size=1,  # code
    label_rounding='floor',  # code
    by='animal')
test_evaluator = val_evaluator
