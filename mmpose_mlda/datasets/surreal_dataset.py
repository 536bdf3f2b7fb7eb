# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Synthetic people of SURREAL."""

import numpy as np

from mmpose_mlda.registry import DATASETS

from .image_files import require_path
from .labeled_dataset import LabeledPoseDataset
from .metainfo import BODY16, SMPL24_TO_BODY16

NUM_SMPL_JOINTS = 24
PAGE = 'docs/dataset_zoo/surreal.md'


@DATASETS.register_module()
class SURREALDataset(LabeledPoseDataset):
    """SURREAL with the 16 body slots, as a COCO-style file.

    Varol et al., *Learning from Synthetic Humans*, CVPR 2017. The layout of
    the file is told in ``docs/dataset_zoo/surreal.md``; which joints count is
    what its visibilities say, in the papers all of them.

    The file may also have SMPL's 24 joints, as the converter writes them;
    they are mapped when they are read.

    Args:
        *args: See MMPose's :class:`BaseCocoStyleDataset`.
        shoulders (str): Which of SMPL's 24 joints are the shoulders:
            ``'collar'``, the papers' choice, or ``'arm'``, the shoulders
            proper. Defaults to ``'collar'``.
        **kwargs: See MMPose's :class:`BaseCocoStyleDataset`.

    Raises:
        FileNotFoundError: If the file or the folder of images is not there.
    """

    METAINFO: dict = BODY16
    LOOKS = False  # the converter has written or decoded each image

    def __init__(self, *args, shoulders: str = 'collar', **kwargs) -> None:
        if shoulders not in SMPL24_TO_BODY16:
            raise ValueError(
                f"{type(self).__name__}: shoulders must be 'collar' or "
                f"'arm', got {shoulders!r}."
            )
        self.shoulders = shoulders
        super().__init__(*args, **kwargs)

    def load_data_list(self) -> list[dict]:
        """Read the file, after a look whether everything is there."""
        for path, what, option in (
            (self.data_root, 'SURREAL', 'data_root'),
            (self.ann_file, 'Label file of SURREAL', 'ann_file'),
            (self.data_prefix['img'], 'Images of SURREAL', 'data_root'),
        ):
            require_path(path, what, option, PAGE)
        return super().load_data_list()

    def parse_data_info(self, raw_data_info: dict) -> dict | None:
        """Map 24 joints of an annotation to the slots, then parse it."""
        label = raw_data_info['raw_ann_info']
        if len(label.get('keypoints', ())) == 3 * NUM_SMPL_JOINTS:
            joints = np.reshape(label['keypoints'], (-1, 3))
            joints = joints[list(SMPL24_TO_BODY16[self.shoulders])]
            label = label | dict(
                keypoints=joints.ravel().tolist(),
                num_keypoints=int((joints[:, 2] > 0).sum()),
            )
        return super().parse_data_info(
            raw_data_info | dict(raw_ann_info=label)
        )

    def _num_labelled(self, category_id: int | None) -> int:
        return len(BODY16['keypoint_info'])
