# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The target images of a pair data set, one after the other."""

import torch
from mmcv.transforms import Compose
from mmpose.datasets.transforms.formatting import image_to_tensor
from torch.utils.data import Dataset

from mmpose_mlda.functional.random import key

from .domain_pair_dataset import DomainPairDataset, seeded
from .transforms import RandomBoxCrop, TopdownAffineWithMatrix


class WholeBoxTargets(Dataset):
    """Every target image once, as its whole box and without augmentation.

    ``targets[j]`` is made by the target's own pipeline without
    :class:`RandomBoxCrop` and by the student's
    :class:`TopdownAffineWithMatrix` without its random part:

    .. code-block:: none

        target_index  j, as in the pairs
        image         (3, H, W) uint8, the network's input
        warp_mat      (3, 3) float64, image pixels -> input pixels

    Args:
        pairs: The pair data set.
    """

    def __init__(self, pairs: DomainPairDataset) -> None:
        self.target = pairs.target
        load = [
            transform
            for transform in pairs.target.pipeline.transforms
            if not isinstance(transform, RandomBoxCrop)
        ]
        warps = [
            transform
            for transform in pairs.view_pipelines['target_student'].transforms
            if isinstance(transform, TopdownAffineWithMatrix)
        ]
        if len(warps) != 1:
            raise ValueError(
                f'student_pipeline has {len(warps)} transforms of the type '
                'mmpose_mlda.TopdownAffineWithMatrix, but must have one'
            )
        self.pipeline = Compose([*load, warps[0].without_augmentation()])

    def __len__(self) -> int:
        return len(self.target)

    def __getitem__(self, index: int) -> dict:
        """Make the view of one target image."""
        with seeded(key(index, 'whole box')):
            view = self.pipeline(self.target.get_data_info(index))
        return dict(
            target_index=index,
            image=image_to_tensor(view['img']),
            warp_mat=torch.from_numpy(view['warp_mat']),
        )
