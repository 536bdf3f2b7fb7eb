# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Joints as the releases order them, and the animals' of the papers.

Left and right are the person's or the animal's own, except in SURREAL: there
they are SMPL's names, and swapped in the image.
"""

SMPL24 = (
    'hips',
    'leftUpLeg',
    'rightUpLeg',
    'spine',
    'leftLeg',
    'rightLeg',
    'spine1',
    'leftFoot',
    'rightFoot',
    'spine2',
    'leftToeBase',
    'rightToeBase',
    'neck',
    'leftShoulder',
    'rightShoulder',
    'head',
    'leftArm',
    'rightArm',
    'leftForeArm',
    'rightForeArm',
    'leftHand',
    'rightHand',
    'leftHandIndex1',
    'rightHandIndex1',
)
# Parents in SMPL's kinematic tree, of joints 1 to 23
SMPL24_PARENTS = (
    0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20,
    21,
)  # fmt: skip
SMPL24_LIMBS = tuple(
    (SMPL24[parent], SMPL24[child])
    for child, parent in enumerate(SMPL24_PARENTS, start=1)
)

LSP14 = (
    'right_ankle',
    'right_knee',
    'right_hip',
    'left_hip',
    'left_knee',
    'left_ankle',
    'right_wrist',
    'right_elbow',
    'right_shoulder',
    'left_shoulder',
    'left_elbow',
    'left_wrist',
    'neck',
    'head_top',
)
LSP14_LIMBS = (
    ('right_hip', 'right_knee'),
    ('right_knee', 'right_ankle'),
    ('left_hip', 'left_knee'),
    ('left_knee', 'left_ankle'),
    ('right_shoulder', 'right_elbow'),
    ('right_elbow', 'right_wrist'),
    ('left_shoulder', 'left_elbow'),
    ('left_elbow', 'left_wrist'),
    ('right_shoulder', 'right_hip'),
    ('left_shoulder', 'left_hip'),
    ('right_hip', 'left_hip'),
    ('right_shoulder', 'neck'),
    ('left_shoulder', 'neck'),
    ('neck', 'head_top'),
)

# the order of AnimalPose's keypoints.json
ANIMALPOSE20 = (
    'left_eye',
    'right_eye',
    'nose',
    'left_ear',
    'right_ear',
    'left_front_elbow',
    'right_front_elbow',
    'left_back_elbow',
    'right_back_elbow',
    'left_front_knee',
    'right_front_knee',
    'left_back_knee',
    'right_back_knee',
    'left_front_paw',
    'right_front_paw',
    'left_back_paw',
    'right_back_paw',
    'throat',
    'withers',
    'tailbase',
)
LEGS = ('left_front', 'right_front', 'left_back', 'right_back')
ANIMAL14 = (
    'left_eye',
    'right_eye',
    *(f'{leg}_paw' for leg in LEGS),
    *(f'{leg}_knee' for leg in LEGS),
    *(f'{leg}_elbow' for leg in LEGS),
)
ANIMAL14_OF_20 = tuple(map(ANIMALPOSE20.index, ANIMAL14))
# slot 7 is TigDog's one unpaired landmark at the rear
ANIMAL18 = (
    'left_eye',
    'right_eye',
    'chin',
    *(f'{leg}_paw' for leg in LEGS),
    'hip',
    *(f'{leg}_knee' for leg in LEGS),
    'left_shoulder',
    'right_shoulder',
    *(f'{leg}_elbow' for leg in LEGS),
)

_LEG_LIMBS = tuple(
    (f'{leg}_{a}', f'{leg}_{b}')
    for leg in LEGS
    for a, b in (('elbow', 'knee'), ('knee', 'paw'))
)
_EYES = (('left_eye', 'right_eye'),)
ANIMAL14_LIMBS = (*_EYES, *_LEG_LIMBS)
ANIMAL18_LIMBS = (
    *_EYES,
    ('left_eye', 'chin'),
    ('right_eye', 'chin'),
    ('left_shoulder', 'left_front_elbow'),
    ('right_shoulder', 'right_front_elbow'),
    ('left_shoulder', 'hip'),
    ('right_shoulder', 'hip'),
    ('hip', 'left_back_elbow'),
    ('hip', 'right_back_elbow'),
    *_LEG_LIMBS,
)
ANIMALPOSE20_LIMBS = (
    *_EYES,
    ('left_eye', 'nose'),
    ('right_eye', 'nose'),
    ('left_eye', 'left_ear'),
    ('right_eye', 'right_ear'),
    ('nose', 'throat'),
    ('withers', 'tailbase'),
    *_LEG_LIMBS,
)

# table: (joints, limbs)
TABLES = {
    'smpl24': (SMPL24, SMPL24_LIMBS),
    'lsp14': (LSP14, LSP14_LIMBS),
    'animal14': (ANIMAL14, ANIMAL14_LIMBS),
    'animal18': (ANIMAL18, ANIMAL18_LIMBS),
    'animalpose20': (ANIMALPOSE20, ANIMALPOSE20_LIMBS),
}
