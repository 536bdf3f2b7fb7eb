# Copyright (c) mmpose_mlda contributors. All rights reserved.
import logging
from copy import copy
from pathlib import Path

import numpy as np
from mmengine.dataset import BaseDataset
from mmengine.logging import MessageHub, print_log
from mmpose.datasets.datasets.base import BaseCocoStyleDataset

from mmpose_mlda.registry import DATASETS

from .box_files import (
    Box,
    ImageFile,
    index_folder,
    place_boxes,
    read_coco,
    read_detections,
)
from .image_files import find_broken, list_images, require_path
from .labels import TABLE_KEYS, drop_labels
from .metainfo import get_table


@DATASETS.register_module()
class UnlabeledPoseDataset(BaseCocoStyleDataset):
    """Images without labels, of which only boxes are used.

    Labels that a file or a wrapped data set has are dropped when a sample is
    loaded (:func:`drop_labels`): keypoints and visibilities are zeros, so that
    MMPose's transforms work as ever. The images come from one of

    - a folder, searched with the folders in it: ``data_root`` and
      ``data_prefix``. One sample is one whole image;
    - a COCO file, ``ann_file``: one sample is one box, or one whole image if
      the file has no annotations at all;
    - a detector: ``bbox_file`` beside a folder or an ``ann_file`` that lists
      the images. One sample is one box with ``bbox_thr`` or more;
    - another data set, ``dataset``: its images and boxes.

    Args:
        metainfo (str | dict, optional): The keypoint table of the model:
            ``'lsp14'``, ``'body16'``, a ``dataset_info`` dict or MMPose's
            ``dict(from_file=...)``. May be left out with ``dataset``, whose
            table is used then.
        data_root (str, optional): Folder of ``ann_file`` and ``data_prefix``.
        data_prefix (dict): Folder of the images. Defaults to
            ``dict(img='')``.
        ann_file (str): COCO annotation file. Defaults to ``''``.
        bbox_file (str, optional): Detections in COCO's result format; as in
            MMPose not joined with ``data_root``. An ``image_id`` is that of
            ``ann_file``, or, in a folder, the path in it, the name without
            extension, or the number that this name is.
        bbox_thr (float): Lowest score of a detection. Defaults to 0.
        broken (str): What to do about an image that is missing, cut off or
            cannot be read: ``'error'``, or ``'skip'`` it; the log tells how
            many and which. Defaults to ``'error'``.
        category_id (int, optional): Boxes of this category only; ``None``
            takes all. Defaults to 1, COCO's person.
        dataset (dict, optional): Config of a top-down data set to strip of
            its labels.
        lazy_init (bool): Do not read anything yet. Defaults to ``False``.
        **kwargs: ``indices``, ``pipeline``, ``test_mode``,
            ``serialize_data``, ``max_refetch`` of MMPose's
            :class:`BaseCocoStyleDataset`.

    Raises:
        FileNotFoundError: If a folder or file is not there.
        ValueError: If the images' source is not given, or given twice, a
            folder holds no images, one cannot be read, or no box is left.
    """

    def __init__(
        self,
        metainfo: str | dict | None = None,
        data_root: str | None = None,
        data_prefix: dict | None = None,
        ann_file: str = '',
        bbox_file: str | None = None,
        bbox_thr: float = 0.0,
        broken: str = 'error',
        category_id: int | None = 1,
        dataset: dict | None = None,
        lazy_init: bool = False,
        **kwargs,
    ) -> None:
        for option in ('sample_interval', 'data_mode', 'filter_cfg'):
            if option in kwargs:
                raise TypeError(
                    f'{self.__class__.__name__} has no option {option}.'
                )
        if broken not in ('error', 'skip'):
            raise ValueError(
                f"{self.__class__.__name__}: broken must be 'error' or "
                f"'skip', got {broken!r}."
            )
        if broken == 'skip' and dataset is not None:
            raise ValueError(
                f"{self.__class__.__name__}: broken='skip' is for `data_root` "
                'and `ann_file`; `dataset` looks at its images itself.'
            )
        prefix = (data_prefix or {}).get('img', '')
        _check_source(data_root or prefix or ann_file, dataset, metainfo)
        self.wrapped = None if dataset is None else DATASETS.build(dataset)
        self.bbox_thr = bbox_thr
        self.category_id = category_id
        self.broken = broken
        super().__init__(
            metainfo=self.wrapped.metainfo
            if metainfo is None
            else get_table(metainfo),
            data_root=data_root,
            data_prefix={'img': prefix},
            ann_file=ann_file,
            lazy_init=True,
            **kwargs,
        )
        # MMPose's own takes a bbox_file for evaluation only
        self.bbox_file = bbox_file
        if self.test_mode:
            # MMPose announces ann_file to CocoMetric; nothing is scored here
            MessageHub.get_current_instance().pop_info(
                f'{self._metainfo["dataset_name"]}_ann_file', None
            )
        if not lazy_init:
            self.full_init()

    @classmethod
    def _load_metainfo(cls, metainfo: dict | None = None) -> dict:
        # that of a wrapped data set is parsed already
        if metainfo and 'keypoint_id2name' in metainfo:
            return metainfo
        return super()._load_metainfo(metainfo)

    def get_data_info(self, idx: int) -> dict:
        """One sample before the pipeline, without labels.

        Args:
            idx (int): Index of the sample.

        Returns:
            dict: The sample.
        """
        data_info = BaseDataset.get_data_info(self, idx)
        # MMPose copies its table to the last tuple, which nobody can change
        data_info |= {key: copy(self._metainfo[key]) for key in TABLE_KEYS}
        if self.wrapped is None:
            return data_info
        source = self.wrapped.get_data_info(data_info.pop('wrapped_idx'))
        num_keypoints = self._metainfo['num_keypoints']
        return {**drop_labels(source, num_keypoints), **data_info}

    def load_data_list(self) -> list[dict]:
        """List the samples.

        Returns:
            list[dict]: Samples without labels; with a wrapped data set, the
            indices into it.
        """
        if self.wrapped is not None:
            return [{'wrapped_idx': i} for i in range(len(self.wrapped))]
        folder = self.data_prefix['img']
        boxes = None
        if self.ann_file:
            images, boxes = read_coco(self.ann_file, folder, self.category_id)
        elif self.bbox_file:
            images = index_folder(folder)
        else:
            require_path(folder, 'Folder of images', 'data_root')
            paths = list_images(folder)
            images = {i: ImageFile(path) for i, path in enumerate(paths)}
        if self.bbox_file:
            boxes = read_detections(
                self.bbox_file, images, self.bbox_thr, self.category_id
            )
        names = images if boxes is None else {box.image for box in boxes}
        broken = self._find_broken([images[name].path for name in names])
        images = {
            name: image
            for name, image in images.items()
            if str(image.path) not in broken
        }
        if boxes is None:
            boxes = [
                Box(name, np.array([0, 0, *image.size], np.float32))
                for name, image in images.items()
            ]
        else:
            boxes = [box for box in boxes if box.image in images]
            boxes = place_boxes(boxes, images, clip=not self.bbox_file)
        if not boxes:
            raise ValueError(
                f'No box left in {self.bbox_file or self.ann_file or folder} '
                f'with bbox_thr={self.bbox_thr} and category_id='
                f'{self.category_id}: lower the one, change the other. '
                f'{len(broken)} images could not be read.'
            )
        return [
            self._sample(i, box, images[box.image])
            for i, box in enumerate(boxes)
        ]

    def _find_broken(self, paths: list[Path]) -> dict[str, str]:
        """Images to leave out, by path what is wrong; or an error."""
        broken = find_broken(paths)
        if not broken:
            return broken
        count = f'{len(broken)} of {len(set(paths))} images cannot be read'
        if self.broken == 'error':
            raise ValueError(
                f'{count}. {next(iter(broken.values()))} '
                "broken='skip' of this data set leaves such images out."
            )
        print_log(
            f'UnlabeledPoseDataset leaves out {count}:\n'
            + '\n'.join(broken.values()),
            'current',
            logging.WARNING,
        )
        return broken

    def _sample(self, idx: int, box: Box, image: ImageFile) -> dict:
        data_info = {
            'id': idx,
            'img_id': box.image,
            'img_path': str(image.path),
            'category_id': self.category_id or 1,
            'bbox': box.corners[None].copy(),
            'bbox_score': np.array([box.score], np.float32),
        }
        return drop_labels(data_info, self._metainfo['num_keypoints'])


def _check_source(
    files: str | None, dataset: dict | None, metainfo: str | dict | None
) -> None:
    """Refuse a config that names no images, or names them twice."""
    if dataset is not None and files:
        raise ValueError(
            'UnlabeledPoseDataset wraps `dataset` or reads `data_root` and '
            '`ann_file`, not both: leave one out.'
        )
    if dataset is None and not files:
        raise ValueError(
            'UnlabeledPoseDataset needs images: set `data_root` to a folder, '
            '`ann_file` to a COCO file, or `dataset` to the config of '
            'another data set.'
        )
    if dataset is None and metainfo is None:
        raise ValueError(
            'UnlabeledPoseDataset needs `metainfo`, the keypoint table of '
            "the model, e.g. metainfo='lsp14'."
        )
