# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Photographs that are decoded no larger than their crop needs."""

import io

import cv2
import numpy as np
from mmengine.fileio import get
from mmpose.datasets.transforms import LoadImage

from mmpose_mlda.datasets.image_files import SIDEWAYS, read_header
from mmpose_mlda.functional.geometry import reduction_matrix
from mmpose_mlda.registry import TRANSFORMS

_FLAGS = {
    8: cv2.IMREAD_REDUCED_COLOR_8,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    2: cv2.IMREAD_REDUCED_COLOR_2,
}
# EXIF orientations whose upright image begins at the other end of an axis
_FROM_RIGHT = (2, 3, 6, 7)
_FROM_BOTTOM = (3, 4, 7, 8)


class _Reduced(dict):
    """A sample without ``img``, which tells who asks for it why."""

    def __missing__(self, key: str):
        if key == 'img':
            raise KeyError(
                f'{self.get("img_path")} was decoded at a reduced size by '
                'LoadReducedImage. Only mmpose_mlda.TopdownAffineWithMatrix '
                'knows how to crop it: use it instead of TopdownAffine and '
                'RandomFlip, and put transforms of colours behind it, or go '
                'back to LoadImage'
            )
        raise KeyError(key)


@TRANSFORMS.register_module()
class LoadReducedImage(LoadImage):
    """Decode a JPEG at 1/2, 1/4 or 1/8 of its size where the box allows.

    Box, keypoints, ``img_shape`` and ``warp_mat`` stay those of the whole
    image: only :class:`TopdownAffineWithMatrix`, which must crop it, sees
    that its pixels are larger. The image is then ``reduced_img``, not
    ``img``, so that no other transform takes it for the whole.

    An image that is no JPEG, has a small box or is in the sample already is
    loaded as by :class:`LoadImage`.

    Required keys: ``img_path``, ``bbox``. Added: ``img`` or ``reduced_img``
    and ``reduced_mat`` (3, 3) float64, image pixels -> pixels of
    ``reduced_img``; ``img_shape``, ``ori_shape``.

    Args:
        input_size: (W, H) of the network's input in pixels.
        oversampling: Pixels of the decoded box for each pixel of the input,
            at least, along each side. It should not be less than the largest
            magnification by crop and view: the defaults of
            :class:`RandomBoxCrop` and :class:`TopdownAffineWithMatrix` make
            1.3 / sqrt(0.6) = 1.7.
        kwargs: ``to_float32``, ``backend_args`` of :class:`LoadImage`.
    """

    def __init__(
        self,
        input_size: tuple[int, int],
        oversampling: float = 2.0,
        **kwargs,
    ) -> None:
        for option in ('color_type', 'imdecode_backend'):
            if option in kwargs:
                raise TypeError(
                    f'LoadReducedImage has no option {option}: OpenCV decodes '
                    'to colours; use LoadImage for others'
                )
        super().__init__(**kwargs)
        if oversampling <= 0:
            raise ValueError(
                f'oversampling must be above 0, got {oversampling}'
            )
        self.input_size = tuple(input_size)
        self.oversampling = oversampling

    def transform(self, results: dict) -> dict | None:
        """Load the image.

        Args:
            results: The sample with its boxes (N, 4), corners.

        Returns:
            dict: The sample.
        """
        factor = self._factor(results['bbox'])
        if 'img' in results or factor is None:
            return super().transform(results)
        data = get(results['img_path'], backend_args=self.backend_args)
        if not data.startswith(b'\xff\xd8'):  # OpenCV reduces JPEG alone
            return super().transform(results)
        image = cv2.imdecode(np.frombuffer(data, np.uint8), _FLAGS[factor])
        try:
            (width, height), _, orientation = read_header(io.BytesIO(data))
        except Exception:  # whatever Pillow raises of a damaged file
            return super().transform(results)  # which names it
        if orientation in SIDEWAYS:
            width, height = height, width
        expected = -(-height // factor), -(-width // factor)
        if image is None or image.shape[:2] != expected:
            return super().transform(results)
        turned = orientation in _FROM_RIGHT, orientation in _FROM_BOTTOM
        matrix = reduction_matrix((width, height), factor, turned)
        return _Reduced(
            results,
            reduced_img=image.astype(np.float32) if self.to_float32 else image,
            reduced_mat=matrix.numpy(),
            img_shape=(height, width),
            ori_shape=(height, width),
        )

    def _factor(self, boxes: np.ndarray) -> int | None:
        """The largest reduction that leaves each box enough pixels."""
        sides = (boxes[:, 2:4] - boxes[:, :2]) / self.input_size
        ratio = sides.max(axis=1).min() / self.oversampling
        return next((f for f in _FLAGS if f <= ratio), None)

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(input_size={self.input_size}, '
            f'oversampling={self.oversampling})'
        )
