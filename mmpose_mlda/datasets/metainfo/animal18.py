# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The 18 joints that the papers use of TigDog, and of SynAnimal for it.

Left and right are the animal's own. Slot 7 is TigDog's one unpaired landmark
at the rear, which the papers call hip.
"""

from mmpose_mlda.converters.joints import ANIMAL18 as JOINTS
from mmpose_mlda.converters.joints import ANIMAL18_LIMBS as LIMBS

from .table import keypoint_table

ANIMAL18 = keypoint_table(
    'animal18',
    {
        'author': 'Luca Del Pero and Susanna Ricco and Rahul Sukthankar '
        'and Vittorio Ferrari',
        'title': 'Articulated Motion Discovery Using Pairs of Trajectories',
        'container': 'IEEE Conference on Computer Vision and '
        'Pattern Recognition (CVPR)',
        'year': '2015',
        'homepage': 'http://calvin-vision.net/datasets/tigdog/',
    },
    JOINTS,
    LIMBS,
)

# What the papers score, in the order of their tables. 'All' is the mean over
# the joints, not over the groups.
ANIMAL18_GROUPS = {
    'Eye': (0, 1),
    'Chin': (2,),
    'Sld': (12, 13),
    'Hip': (7,),
    'Elb': (14, 15, 16, 17),
    'Knee': (8, 9, 10, 11),
    'Hoof': (3, 4, 5, 6),
}
ANIMAL18_SCORED = tuple(range(18))
