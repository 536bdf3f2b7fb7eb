# Copyright (c) mmpose_mlda contributors. All rights reserved.
import numpy as np
from mmengine.logging import MessageHub
from mmpose.datasets.datasets.base import BaseCocoStyleDataset

from mmpose_mlda.registry import DATASETS

from .figures import STYLES, VERSIONS, render_figure
from .figures_backend import figure_address
from .metainfo import LSP14, get_table

# Joints of the tables that the figures' skeleton has under another name. The
# papers map LSP's head top to the slot ``head``; so do the figures.
_SKELETON_NAMES = {'head': 'head_top'}
SIZES = (32, 1024)


@DATASETS.register_module()
class FiguresDataset(BaseCocoStyleDataset):
    """Pictures of articulated human figures, rendered when they are asked for.

    A labelled domain pair that needs no files: ``style='synthetic'`` has flat
    colours and plain places, ``style='photo'`` has the textures, light, blur,
    noise and clutter of photographs, other colours and more athletic poses.
    Every picture is a function of (version, style, seed, index) alone, the
    same in each run and process of a machine. The figures and their joints
    are the same at every ``image_size``.

    ``keypoints`` are the exact projections of the joints, wherever they are.
    ``keypoints_visible`` says which of them count, in training and in
    evaluation alike, as everywhere in MMPose. By default it is 1 for a joint
    that is seen and 0 for one that is hidden by the body or an object or lies
    outside the picture: this is how LSP is scored. With ``label_occluded``,
    hidden joints inside the picture count too: a renderer knows where they
    are, and SURREAL, the papers' synthetic source, labels them all.

    Args:
        style (str): ``'synthetic'`` or ``'photo'``.
        length (int): Number of pictures.
        seed (int): Which stream of pictures. Defaults to 0.
        offset (int): Index of the first picture in the stream; splits are
            ranges that do not overlap. Defaults to 0.
        image_size (int): Side of the square pictures, 32 to 1024 pixels.
            Defaults to 256.
        joints (str): ``'lsp14'``, or ``'body16'``, the papers' slots, where
            slot 9 is the top of the head, as for LSP. Defaults to
            ``'lsp14'``.
        label_occluded (bool): Whether joints that are hidden inside the
            picture count. Defaults to ``False``.
        version (int): The pictures of a version never change. Defaults to 1.
        cache (bool): Keep pictures in memory once they are rendered,
            ``3 * image_size ** 2`` bytes each in each process. Defaults to
            ``False``.
        metainfo (dict, optional): Replaces the table that ``joints`` names;
            its keypoints must bear names of the skeleton's joints.
        **kwargs: ``pipeline``, ``test_mode``, ``indices``, ``lazy_init``,
            ``max_refetch`` of MMPose's :class:`BaseCocoStyleDataset`.
    """

    METAINFO: dict = LSP14

    def __init__(
        self,
        style: str,
        length: int,
        seed: int = 0,
        offset: int = 0,
        image_size: int = 256,
        joints: str = 'lsp14',
        label_occluded: bool = False,
        version: int = 1,
        cache: bool = False,
        metainfo: dict | None = None,
        **kwargs,
    ) -> None:
        _check_one_of('style', style, tuple(STYLES))
        _check_one_of('version', version, VERSIONS)
        _check_one_of('joints', joints, ('lsp14', 'body16'))
        _check_integer('length', length, 1)
        _check_integer('seed', seed, 0)
        _check_integer('offset', offset, 0)
        _check_integer('image_size', image_size, *SIZES)
        self._check_options(kwargs)
        self.style = style
        self.length = length
        self.seed = seed
        self.offset = offset
        self.image_size = image_size
        self.label_occluded = label_occluded
        self.version = version
        self._cache: dict | None = {} if cache else None
        # Samples are numbers until they are rendered: nothing to serialise.
        kwargs.setdefault('serialize_data', False)
        super().__init__(metainfo=metainfo or get_table(joints), **kwargs)
        self._metainfo['CLASSES'] = [{'id': 1, 'name': 'person'}]
        self._names = self._skeleton_names()
        if self.test_mode:
            # MMPose announces ann_file to CocoMetric, which reads it as JSON.
            # Without it, the metric takes the labels of the samples.
            MessageHub.get_current_instance().pop_info(
                f'{self._metainfo["dataset_name"]}_ann_file', None
            )

    @staticmethod
    def _check_options(options: dict) -> None:
        files = ('ann_file', 'bbox_file', 'data_root', 'data_prefix')
        for option in (*files, 'data_mode', 'sample_interval', 'filter_cfg'):
            if option in options:
                raise TypeError(
                    f'FiguresDataset has no option {option}: it reads no '
                    'files, and a sample is a whole picture of one figure.'
                )

    def _skeleton_names(self) -> list[str]:
        """The skeleton's names of the K keypoints."""
        table = self._metainfo['keypoint_id2name']
        names = [
            _SKELETON_NAMES.get(table[i], table[i]) for i in range(len(table))
        ]
        known = render_figure(self.style, 0, 0, SIZES[0], self.version).joints
        unknown = [name for name in names if name not in known]
        if unknown:
            raise ValueError(
                f'FiguresDataset: metainfo has keypoints {unknown}, but the '
                f'skeleton has {sorted(known)}.'
            )
        return names

    def load_data_list(self) -> list[dict]:
        """List the pictures, without rendering any.

        Returns:
            list[dict]: Their places in the stream and their addresses.
        """
        return [
            {
                'id': i,
                'img_id': i,
                'img_path': figure_address(
                    self.style, self.seed, i, self.image_size, self.version
                ),
            }
            for i in range(self.offset, self.offset + self.length)
        ]

    def get_data_info(self, idx: int) -> dict:
        """Render one sample.

        Args:
            idx (int): Index of the sample in this data set.

        Returns:
            dict: The fields of MMPose's top-down data sets, and ``img``, BGR
            uint8 (S, S, 3), which ``LoadImage`` takes as it is.
        """
        data_info = super().get_data_info(idx)
        image, keypoints, counts, seen = self._render(data_info['id'])
        size = self.image_size
        inside = keypoints[counts > 0].clip(0, size - 1)
        extent = np.ptp(inside, axis=0) if len(inside) else np.zeros(2)
        area = max(float(extent.prod()), 1.0)
        # COCO: 2 visible, 1 labelled but hidden, 0 not labelled.
        flags = counts + (counts > 0) * seen
        data_info.update(
            img=image.copy(),
            img_shape=image.shape[:2],
            ori_shape=image.shape[:2],
            category_id=1,
            iscrowd=0,
            bbox=np.array([[0, 0, size, size]], np.float32),
            bbox_score=np.ones(1, np.float32),
            keypoints=keypoints[None].copy(),
            keypoints_visible=counts[None].copy(),
            num_keypoints=int(counts.sum()),
            area=np.float32(area),
            raw_ann_info={
                'id': data_info['id'],
                'image_id': data_info['img_id'],
                'category_id': 1,
                'bbox': [0, 0, size, size],
                'area': area,
                'iscrowd': 0,
                'num_keypoints': int(counts.sum()),
                'keypoints': np.c_[keypoints, flags].ravel().tolist(),
            },
        )
        return data_info

    def _render(self, index: int) -> tuple[np.ndarray, ...]:
        """Picture (S, S, 3), joints (K, 2), and (K,) which count, are seen."""
        if self._cache is not None and index in self._cache:
            return self._cache[index]
        figure = render_figure(
            self.style, self.seed, index, self.image_size, self.version
        )
        keypoints = np.stack([figure.joints[n] for n in self._names])
        seen = np.array([figure.visible[n] for n in self._names], np.float32)
        counts = seen
        if self.label_occluded:
            within = (keypoints >= -0.5) & (keypoints < self.image_size - 0.5)
            counts = within.all(axis=1).astype(np.float32)
        sample = figure.image, keypoints.astype(np.float32), counts, seen
        if self._cache is not None:
            self._cache[index] = sample
        return sample


def _check_one_of(name: str, value: object, options: tuple) -> None:
    if value not in options:
        raise ValueError(
            f'FiguresDataset: {name} must be one of {options}, got {value!r}.'
        )


def _check_integer(
    name: str, value: object, low: int, high: int | None = None
) -> None:
    fits = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not fits or value < low or (high is not None and value > high):
        bound = f'{low} or more' if high is None else f'{low} to {high}'
        raise ValueError(
            f'FiguresDataset: {name} must be a whole number, {bound}, got '
            f'{value!r}.'
        )
