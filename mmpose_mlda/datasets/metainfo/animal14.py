# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The 14 joints that the papers use of AnimalPose, and of SynAnimal for it.

Left and right are the animal's own. The order is not that of MMPose's table
of AnimalPose, which has 20 joints.
"""

from mmpose_mlda.converters.joints import ANIMAL14 as JOINTS
from mmpose_mlda.converters.joints import ANIMAL14_LIMBS as LIMBS

from .table import keypoint_table

ANIMAL14 = keypoint_table(
    'animal14',
    {
        'author': 'Jinkun Cao and Hongyang Tang and Hao-Shu Fang and '
        'Xiaoyong Shen and Cewu Lu and Yu-Wing Tai',
        'title': 'Cross-Domain Adaptation for Animal Pose Estimation',
        'container': 'IEEE/CVF International Conference on Computer Vision '
        '(ICCV)',
        'year': '2019',
        'homepage': 'https://sites.google.com/view/animal-pose/',
    },
    JOINTS,
    LIMBS,
)

# What the papers score. 'All' is the mean over the joints, not over the
# groups.
ANIMAL14_GROUPS = {
    'Eye': (0, 1),
    'Elb': (10, 11, 12, 13),
    'Knee': (6, 7, 8, 9),
    'Hoof': (2, 3, 4, 5),
}
ANIMAL14_SCORED = tuple(range(14))
