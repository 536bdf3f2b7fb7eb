# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The 14 joints of *Leeds Sports Pose* and its extended training set.

Left and right are the person's own.
"""

from mmpose_mlda.converters.joints import LSP14 as JOINTS
from mmpose_mlda.converters.joints import LSP14_LIMBS as LIMBS

from .table import keypoint_table

LSP14 = keypoint_table(
    'lsp14',
    {
        'author': 'Sam Johnson and Mark Everingham',
        'title': 'Clustered Pose and Nonlinear Appearance Models '
        'for Human Pose Estimation',
        'container': 'British Machine Vision Conference (BMVC)',
        'year': '2010',
        'homepage': 'http://sam.johnson.io/research/lsp.html',
    },
    JOINTS,
    LIMBS,
)

# What the papers score, in the order of their tables; then what else there
# is. 'All' is the mean over the 12 joints of LSP14_SCORED.
LSP14_GROUPS = {
    'Sld': (8, 9),
    'Elb': (7, 10),
    'Wrist': (6, 11),
    'Hip': (2, 3),
    'Knee': (1, 4),
    'Ankle': (0, 5),
    'Head': (13,),
    'Neck': (12,),
}
LSP14_SCORED = (8, 9, 7, 10, 6, 11, 2, 3, 1, 4, 0, 5)
