# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Labelled images out of a COCO file that was looked through."""

import os
from collections import Counter
from json import JSONDecodeError

import numpy as np
from mmpose.datasets.datasets.base import BaseCocoStyleDataset

from mmpose_mlda.registry import DATASETS

from .image_files import find_broken
from .metainfo import get_table


@DATASETS.register_module()
class LabeledPoseDataset(BaseCocoStyleDataset):
    """MMPose's COCO-style data set, which refuses what is wrong in its file.

    Once, when it is loaded: duplicate numbers, labels of another length than
    the table's, labels and boxes that are not finite, images that are not in
    the folder or are cut off. MMPose's own takes these in, and training fails
    later on, or learns from them.

    Args:
        *args: See MMPose's :class:`BaseCocoStyleDataset`.
        metainfo (str | dict, optional): The keypoint table: ``'lsp14'``,
            ``'body16'``, a ``dataset_info`` dict or MMPose's
            ``dict(from_file=...)``.
        **kwargs: See MMPose's :class:`BaseCocoStyleDataset`.

    Raises:
        ValueError: With the file, the entry and what was expected.
    """

    LOOKS = True  # at the images' headers and ends
    REMEDY = 'Correct the file or remove the entry.'

    def __init__(
        self, *args, metainfo: str | dict | None = None, **kwargs
    ) -> None:
        if metainfo is not None:
            metainfo = get_table(metainfo)
        elif not self.METAINFO:
            raise ValueError(
                f'{type(self).__name__} needs `metainfo`, the keypoint table '
                "of the labels, e.g. metainfo='lsp14'."
            )
        super().__init__(*args, metainfo=metainfo, **kwargs)

    def load_data_list(self) -> list[dict]:
        """Read the samples, of which there must be some."""
        samples = super().load_data_list()
        if not samples:
            raise ValueError(
                f'{self.ann_file} has no label with a joint inside of its '
                f'image. {self.REMEDY}'
            )
        return samples

    def _load_annotations(self) -> tuple[list[dict], list[dict]]:
        """Read the file, and look at what MMPose's own takes for granted."""
        try:
            instances, images = super()._load_annotations()
            self._check_ids()
        except (JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ValueError(
                f'{self.ann_file} is no JSON file ({error}). {self.REMEDY}'
            ) from error
        except (AssertionError, AttributeError, KeyError, TypeError) as error:
            raise ValueError(
                f'{self.ann_file} is no COCO file of keypoints ({error!r}): '
                'expected a dict of images (id, file_name, width, height) '
                'and annotations (id, image_id, category_id, bbox, '
                f'keypoints). {self.REMEDY}'
            ) from error
        self._require_images({info['img_path'] for info in instances})
        return instances, images

    def _check_ids(self) -> None:
        """Each id is there once, and each label's image is listed."""
        for kind in ('images', 'annotations'):
            ids = Counter(entry['id'] for entry in self.coco.dataset[kind])
            for number, count in ids.most_common(1):
                if count > 1:
                    raise ValueError(
                        f'{self.ann_file}: {count} of its {kind} have the id '
                        f'{number}; give each an id of its own.'
                    )
        for label in self.coco.dataset['annotations']:
            if label['image_id'] not in self.coco.imgs:
                raise ValueError(
                    f'{self.ann_file}: annotation {label["id"]} is of image '
                    f'{label["image_id"]}, which is not listed. {self.REMEDY}'
                )

    def parse_data_info(self, raw_data_info: dict) -> dict | None:
        """Check the label of an instance, then parse it."""
        label = raw_data_info['raw_ann_info']
        if 'bbox' in label and 'keypoints' in label:
            self._require_numbers(label, 'bbox', 4)
            num = self._num_labelled(label.get('category_id'))
            self._require_numbers(label, 'keypoints', 3 * num)
        return super().parse_data_info(raw_data_info)

    def _num_labelled(self, category_id: int | None) -> int:
        """Joints of a label: as its category says, else as the table does.

        They may differ where MMPose's ``KeypointConverter`` follows.
        """
        joints = self.coco.cats.get(category_id, {}).get('keypoints')
        return len(joints or self._metainfo['keypoint_id2name'])

    def _require_numbers(self, label: dict, key: str, length: int) -> None:
        where = f'{self.ann_file}: annotation {label["id"]}'
        values = label[key]
        if not isinstance(values, list) or len(values) != length:
            found = len(values) if isinstance(values, list) else repr(values)
            raise ValueError(
                f'{where} has {found} numbers of {key}, expected {length}. '
                f'{self.REMEDY}'
            )
        try:
            finite = np.isfinite(np.array(values, np.float32)).all()
        except (TypeError, ValueError, OverflowError):
            finite = False
        if not finite:
            raise ValueError(
                f'{where} has {key} {values}, expected finite numbers. '
                f'{self.REMEDY}'
            )

    def _require_images(self, paths: set[str]) -> None:
        """Compare with listings: it is faster than to ask for each."""
        folders = {os.path.dirname(path) for path in paths}
        present = {
            os.path.join(folder, name)
            for folder in folders
            if os.path.isdir(folder)
            for name in os.listdir(folder)
        }
        absent = sorted(paths - present)
        if absent:
            raise FileNotFoundError(
                f'{len(absent)} of {len(paths)} images of {self.ann_file} '
                f'are not there; the first is {absent[0]}. Complete the '
                'folder, or name it by data_prefix of this data set.'
            )
        broken = find_broken(sorted(paths)) if self.LOOKS else {}
        if broken:
            raise ValueError(
                f'{len(broken)} of {len(paths)} images of {self.ann_file} '
                f'cannot be read. {next(iter(broken.values()))}'
            )
