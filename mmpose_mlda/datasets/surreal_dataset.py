# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Synthetic people of SURREAL."""

from mmpose.datasets.datasets.base import BaseCocoStyleDataset

from mmpose_mlda.registry import DATASETS

from .image_files import require_path
from .metainfo import BODY16


@DATASETS.register_module()
class SURREALDataset(BaseCocoStyleDataset):
    """SURREAL with the 16 body slots, as a COCO-style file.

    Varol et al., *Learning from Synthetic Humans*, CVPR 2017. The layout of
    the file is told in ``docs/datasets.md``; which joints count is what its
    visibilities say, in the papers all of them.

    Arguments: see MMPose's :class:`BaseCocoStyleDataset`.

    Raises:
        FileNotFoundError: If the file or the folder of images is not there.
    """

    METAINFO: dict = BODY16

    def load_data_list(self) -> list[dict]:
        """Read the file, after a look whether everything is there."""
        require_path(self.data_root, 'SURREAL', 'data_root')
        require_path(self.ann_file, 'Label file of SURREAL', 'ann_file')
        require_path(self.data_prefix['img'], 'Images of SURREAL', 'data_root')
        return super().load_data_list()
