# Copyright (c) mmpose_mlda contributors. All rights reserved.
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from mmengine.logging import MessageHub
from mmpose.datasets.datasets.base import BaseCocoStyleDataset

from mmpose_mlda.converters.lsp_files import (
    LSP,
    LSP_EXTENDED,
    Release,
    read_joints,
)
from mmpose_mlda.registry import DATASETS

from .image_files import image_size, require_path
from .metainfo import LSP14, LSP14_TO_BODY16, TABLES, get_table


class LSPStyleDataset(BaseCocoStyleDataset):
    """What LSP and LSP Extended have in common.

    One sample is one whole photograph: its ``bbox`` is [0, 0, width, height],
    which ``GetBBoxCenterScale(padding=1.)`` and the affine transform pad to a
    square, as the papers do. ``area``, from which ``CocoMetric`` takes the
    person's size, is that of the box around the visible joints.

    Args:
        ann_file (str): The label file. Defaults to ``'joints.mat'``.
        data_root (str, optional): Folder of ``ann_file`` and ``data_prefix``.
        data_prefix (dict): Folder of the photographs.
            Defaults to ``dict(img='images/')``.
        joints (str): ``'lsp14'``, the joints of the release, or ``'body16'``,
            the papers' slots, of which 6 (pelvis) and 7 (thorax) stay without
            label. Defaults to ``'lsp14'``.
        zero_based (bool): Subtract 1 from the coordinates. The labels were
            made in MATLAB, where the first pixel is 1; the papers use them
            unshifted. Defaults to ``False``.
        require_all_visible (bool): Keep only photographs on which all 14
            joints are visible. Defaults to ``False``.
        missing (str): What to do about a photograph that is not in the
            folder: ``'error'``, or ``'skip'`` it. Defaults to ``'error'``.
        indices (int | Sequence[int], optional): Photographs to use: the first
            n, the last n (negative), or these, counted from 0. They are
            counted before ``require_all_visible`` leaves any out, so that two
            splits stay disjoint whatever else is set.
        metainfo (dict, optional): Replaces the table that ``joints`` names.
        **kwargs: ``pipeline``, ``test_mode``, ``serialize_data``,
            ``lazy_init``, ``max_refetch`` of MMPose's
            :class:`BaseCocoStyleDataset`.
    """

    METAINFO: dict = LSP14
    RELEASE: Release
    PAGE: str  # of the docs

    def __init__(
        self,
        ann_file: str = 'joints.mat',
        data_root: str | None = None,
        data_prefix: dict | None = None,
        joints: str = 'lsp14',
        zero_based: bool = False,
        require_all_visible: bool = False,
        missing: str = 'error',
        indices: int | Sequence[int] | None = None,
        metainfo: dict | None = None,
        **kwargs,
    ) -> None:
        name = self.__class__.__name__
        if joints not in ('lsp14', 'body16'):
            raise ValueError(
                f"{name}: joints must be 'lsp14' or 'body16', got {joints!r}."
            )
        if missing not in ('error', 'skip'):
            raise ValueError(
                f"{name}: missing must be 'error' or 'skip', got {missing!r}."
            )
        for option in ('bbox_file', 'sample_interval', 'data_mode'):
            if option in kwargs:
                raise TypeError(
                    f'{name} has no option {option}: a sample is a whole '
                    'photograph with one person.'
                )
        self.joints = joints
        self.zero_based = zero_based
        self.require_all_visible = require_all_visible
        self.missing = missing
        self.photographs = indices
        super().__init__(
            ann_file=ann_file,
            data_root=data_root,
            data_prefix=data_prefix or {'img': 'images/'},
            metainfo=metainfo or get_table(joints),
            **kwargs,
        )
        self._metainfo['CLASSES'] = [{'id': 1, 'name': 'person'}]
        if self.test_mode:
            # MMPose announces ann_file to CocoMetric, which reads it as JSON.
            # Without it, the metric takes the labels of the samples.
            MessageHub.get_current_instance().pop_info(
                f'{self._metainfo["dataset_name"]}_ann_file', None
            )

    def load_data_list(self) -> list[dict]:
        """Read labels and the sizes of the photographs.

        Returns:
            list[dict]: Samples as MMPose's top-down data sets have them.
        """
        path = require_path(
            self.ann_file, 'Label file', 'data_root', self.PAGE
        )
        xy, visible = read_joints(path, self.RELEASE, self.zero_based)
        numbers = self._list_photographs(len(xy))
        if self.require_all_visible:
            numbers = [n for n in numbers if visible[n - 1].all()]
        return [self._sample(n, xy[n - 1], visible[n - 1]) for n in numbers]

    def _list_photographs(self, num_labels: int) -> list[int]:
        """Numbers, from 1, of the photographs to use."""
        folder = require_path(
            self.data_prefix['img'],
            'Folder of photographs',
            'data_root',
            self.PAGE,
        )
        present = {path.name for path in folder.iterdir()}
        numbers = list(range(1, num_labels + 1))
        if self.missing == 'skip':
            numbers = [n for n in numbers if self._file_name(n) in present]
        numbers = _pick(numbers, self.photographs, folder)
        absent = [n for n in numbers if self._file_name(n) not in present]
        if absent:
            raise FileNotFoundError(
                f'{len(absent)} of {len(numbers)} photographs are not in '
                f'{folder}; the first is {self._file_name(absent[0])}. '
                'Complete the folder, select others by `indices`, or set '
                "`missing='skip'` to use those that are there."
            )
        if not numbers:
            raise FileNotFoundError(
                f'No photograph {self._file_name(1)}, ... of {num_labels} '
                f'in {folder} is selected (indices={self.photographs}). See '
                f'{self.PAGE}.'
            )
        return numbers

    def _file_name(self, number: int) -> str:
        return self.RELEASE.file_name.format(number)

    def _sample(
        self, number: int, xy: np.ndarray, visible: np.ndarray
    ) -> dict:
        """The sample of one photograph.

        Args:
            number (int): Of the photograph, from 1.
            xy (np.ndarray): Joints (14, 2) in image pixels.
            visible (np.ndarray): Flags (14,).
        """
        if self.joints == 'body16':
            xy, visible = _to_body16(xy, visible)
        path = Path(self.data_prefix['img']) / self._file_name(number)
        width, height = image_size(path)
        seen = xy[visible > 0]
        extent = np.ptp(seen, axis=0) if len(seen) else np.zeros(2)
        area = max(float(extent.prod()), 1.0)
        annotation = {
            'id': number,
            'image_id': number,
            'category_id': 1,
            'bbox': [0, 0, width, height],
            'area': area,
            'iscrowd': 0,
            'num_keypoints': len(seen),
            # COCO's flag of a labelled and visible joint is 2
            'keypoints': np.c_[xy, 2 * visible].ravel().tolist(),
        }
        return {
            'id': number,
            'img_id': number,
            'img_path': str(path),
            'category_id': 1,
            'bbox': np.array([[0, 0, width, height]], np.float32),
            'bbox_score': np.ones(1, np.float32),
            'keypoints': xy[None].copy(),
            'keypoints_visible': visible[None].copy(),
            'num_keypoints': len(seen),
            'area': np.float32(area),
            'iscrowd': 0,
            'raw_ann_info': annotation,
        }


@DATASETS.register_module()
class LSPDataset(LSPStyleDataset):
    """Leeds Sports Pose: 2000 photographs, ``im0001.jpg``, ...

    Johnson and Everingham, *Clustered Pose and Nonlinear Appearance Models
    for Human Pose Estimation*, BMVC 2010. An occluded joint keeps its
    coordinates and is not visible.

    Arguments: see :class:`LSPStyleDataset`.
    """

    RELEASE = LSP
    PAGE = 'docs/dataset_zoo/lsp.md'


@DATASETS.register_module()
class LSPExtendedDataset(LSPStyleDataset):
    """LSP Extended: 10000 photographs, ``im00001.jpg``, ...

    Johnson and Everingham, *Learning Effective Human Pose Estimation from
    Inaccurate Annotation*, CVPR 2011. Labelled by many hands; some labels
    are wrong. Where a joint is not visible the release holds junk; here its
    coordinates are 0.

    Arguments: see :class:`LSPStyleDataset`.
    """

    RELEASE = LSP_EXTENDED
    PAGE = 'docs/dataset_zoo/lspet.md'


def _pick(
    numbers: list[int], indices: int | Sequence[int] | None, folder: Path
) -> list[int]:
    """The first n, the last n (negative), or those at the indices."""
    if indices is None:
        return numbers
    if isinstance(indices, int):
        return numbers[:indices] if indices >= 0 else numbers[indices:]
    outside = [i for i in indices if not -len(numbers) <= i < len(numbers)]
    if outside:
        raise IndexError(
            f'indices has {outside[0]}, but there are {len(numbers)} '
            f'photographs in {folder}: use 0 to {len(numbers) - 1}.'
        )
    return [numbers[i] for i in indices]


def _to_body16(
    xy: np.ndarray, visible: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The papers' 16 slots from LSP's 14 joints.

    Args:
        xy (np.ndarray): (14, 2).
        visible (np.ndarray): (14,).

    Returns:
        tuple[np.ndarray, np.ndarray]: (16, 2) and (16,); slots 6 (pelvis)
        and 7 (thorax) are 0.
    """
    joints, slots = map(list, zip(*LSP14_TO_BODY16, strict=True))
    num_slots = len(TABLES['body16']['keypoint_info'])
    body_xy = np.zeros((num_slots, 2), xy.dtype)
    body_visible = np.zeros(num_slots, visible.dtype)
    body_xy[slots], body_visible[slots] = xy[joints], visible[joints]
    return body_xy, body_visible
