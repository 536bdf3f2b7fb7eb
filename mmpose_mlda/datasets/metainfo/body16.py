# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The 16 body slots into which the papers map SURREAL and LSP.

The order is MPII's. Left and right are the person's own. Slot 7 is the
upper spine and slot 9 the head joint in SURREAL, the head top in LSP; slots 6
to 9 are trained on the source and not scored.
"""

from .table import keypoint_table

JOINTS = (
    'right_ankle',
    'right_knee',
    'right_hip',
    'left_hip',
    'left_knee',
    'left_ankle',
    'pelvis',
    'thorax',
    'neck',
    'head',
    'right_wrist',
    'right_elbow',
    'right_shoulder',
    'left_shoulder',
    'left_elbow',
    'left_wrist',
)
LIMBS = (
    ('right_hip', 'right_knee'),
    ('right_knee', 'right_ankle'),
    ('left_hip', 'left_knee'),
    ('left_knee', 'left_ankle'),
    ('pelvis', 'right_hip'),
    ('pelvis', 'left_hip'),
    ('pelvis', 'thorax'),
    ('thorax', 'neck'),
    ('neck', 'head'),
    ('neck', 'right_shoulder'),
    ('neck', 'left_shoulder'),
    ('right_shoulder', 'right_elbow'),
    ('right_elbow', 'right_wrist'),
    ('left_shoulder', 'left_elbow'),
    ('left_elbow', 'left_wrist'),
)

BODY16 = keypoint_table(
    'body16',
    {
        'author': 'Junguang Jiang and Yifei Ji and Ximei Wang and Yufeng Liu '
        'and Jianmin Wang and Mingsheng Long',
        'title': 'Regressive Domain Adaptation for Unsupervised '
        'Keypoint Detection',
        'container': 'IEEE/CVF Conference on Computer Vision and '
        'Pattern Recognition (CVPR)',
        'year': '2021',
        'homepage': 'https://github.com/thuml/Transfer-Learning-Library',
    },
    JOINTS,
    LIMBS,
)

# What the papers score, in the order of their tables; then what else there
# is. 'All' is the mean over the 12 joints of BODY16_SCORED.
BODY16_GROUPS = {
    'Sld': (12, 13),
    'Elb': (11, 14),
    'Wrist': (10, 15),
    'Hip': (2, 3),
    'Knee': (1, 4),
    'Ankle': (0, 5),
    'Head': (9,),
    'Neck': (8,),
}
BODY16_SCORED = (12, 13, 11, 14, 10, 15, 2, 3, 1, 4, 0, 5)

# (joint of lsp14, slot of body16): pairs as MMPose's KeypointConverter takes
# them. LSP has nothing for slots 6 (pelvis) and 7 (thorax).
LSP14_TO_BODY16 = (
    (0, 0),
    (1, 1),
    (2, 2),
    (3, 3),
    (4, 4),
    (5, 5),
    (12, 8),
    (13, 9),
    (6, 10),
    (7, 11),
    (8, 12),
    (9, 13),
    (10, 14),
    (11, 15),
)

# The joint of SMPL's 24 for each slot, by which shoulders are meant. SMPL's
# left ones go to the right slots: SURREAL's 2-D labels are swapped with
# respect to the image. The papers take the collar bones for the shoulders;
# the shoulders proper are the heads of the upper arms.
SMPL24_TO_BODY16 = {
    'collar': (7, 4, 1, 2, 5, 8, 0, 9, 12, 15, 20, 18, 13, 14, 19, 21),
    'arm': (7, 4, 1, 2, 5, 8, 0, 9, 12, 15, 20, 18, 16, 17, 19, 21),
}
