# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The views of a box: a random crop and one affine warp with its matrix."""

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmcv.transforms.utils import cache_randomness
from mmpose.datasets.transforms import TopdownAffine
from mmpose.structures.bbox import get_udp_warp_matrix, get_warp_matrix

from mmpose_mlda.functional.geometry import view_matrix
from mmpose_mlda.registry import TRANSFORMS


@TRANSFORMS.register_module()
class RandomBoxCrop(BaseTransform):
    """Shrink the box at random within itself.

    The crop of the papers' ``RandomResizedCrop``: its area is drawn relative
    to the box, up to ten times until it fits, else the whole box is taken;
    its offset is uniform. Run once before the pipelines of the views, it is
    the random crop that both views share.

    Required keys: ``bbox_center``, ``bbox_scale``. Modified: the same.

    Args:
        area: Range of the area relative to the box. Default (0.6, 1.3), the
            papers' value.
        aspect_ratio: Width / height of the network's input; the box is
            extended to it first, as by :class:`TopdownAffine`.
    """

    _TRIES = 10

    def __init__(
        self,
        area: tuple[float, float] = (0.6, 1.3),
        aspect_ratio: float = 1.0,
    ) -> None:
        super().__init__()
        if not 0 < area[0] <= area[1]:
            raise ValueError(f'area must be (low, high) above 0, got {area}')
        self.area = area
        self.aspect_ratio = aspect_ratio

    @cache_randomness
    def _crop(self) -> tuple[float, np.ndarray]:
        """Side of the crop and its offset, both relative to the box."""
        sides = np.sqrt(np.random.uniform(*self.area, size=self._TRIES))
        fitting = sides[sides <= 1]
        side = float(fitting[0]) if len(fitting) else 1.0
        return side, np.random.uniform(-0.5, 0.5, size=2) * (1 - side)

    def transform(self, results: dict) -> dict:
        """Replace centre and scale of the box by those of the crop."""
        side, offset = self._crop()
        scale = TopdownAffine._fix_aspect_ratio(
            results['bbox_scale'], self.aspect_ratio
        )
        results['bbox_center'] = results['bbox_center'] + offset * scale
        results['bbox_scale'] = scale * side
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(area={self.area})'


@lru_cache(maxsize=1)  # the views of an image share their box
def _box_to_input(
    center: tuple[float, float],
    scale: tuple[float, float],
    rotation: float,
    input_size: tuple[int, int],
    use_udp: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """Scale of the box (1, 2) in the input's aspect, and its matrix."""
    width, height = input_size
    scales = TopdownAffine._fix_aspect_ratio(
        np.array([scale]), aspect_ratio=width / height
    )
    get_matrix = get_udp_warp_matrix if use_udp else get_warp_matrix
    matrix = get_matrix(
        np.array(center), scales[0], rotation, output_size=input_size
    )
    return scales, np.vstack([matrix, [0, 0, 1]])


@TRANSFORMS.register_module()
class TopdownAffineWithMatrix(TopdownAffine):
    r"""Warp the box to the input by one matrix, and keep the matrix.

    Rotation, shear, scale, shift and reflection of the view are composed
    with the map of the box to the input, so that the image is sampled once:
    ``warp_mat = view @ canonical_mat``. The defaults are the ranges that the
    MLDA code uses for source and target alike.

    A mirrored view exchanges the joints of the left and the right side by
    ``flip_indices``. Use ``mirror_prob`` for that and not ``RandomFlip``,
    which would give the two views of an image different canonical frames.

    Added keys: ``warp_mat`` and ``canonical_mat`` (3, 3) float64, image
    pixels -> input pixels with and without the augmentation of the view, and
    those of :class:`TopdownAffine`. Note that ``input_center`` and
    ``input_scale`` describe the canonical frame only.

    Args:
        input_size: (W, H) of the network's input in pixels.
        rotation: Largest angle in degrees, drawn from [-rotation, rotation].
        shear: Largest shear angle of the x axis in degrees.
        scale: Range of the magnification.
        translation: Largest shift relative to the input's sides, rounded to
            whole pixels as in the papers' code.
        mirror_prob: Probability of a left-right reflection.
        crop_fill: What a view shows beyond the canonical frame: ``'image'``,
            the rest of the photograph, or ``'black'`` as in the papers' code.
        use_udp: See :class:`TopdownAffine`.
    """

    def __init__(
        self,
        input_size: tuple[int, int],
        rotation: float = 60.0,
        shear: float = 30.0,
        scale: Sequence[float] = (0.6, 1.3),
        translation: float = 0.05,
        mirror_prob: float = 0.0,
        crop_fill: str = 'image',
        use_udp: bool = False,
    ) -> None:
        super().__init__(input_size, use_udp)
        if min(input_size) < 1:
            raise ValueError(
                f'input_size must be (width, height) in pixels, 1 or more, '
                f'got {input_size}'
            )
        if crop_fill not in ('image', 'black'):
            raise ValueError(
                f"crop_fill is {crop_fill!r}, but must be 'image' or 'black'"
            )
        if not 0 < scale[0] <= scale[1]:
            raise ValueError(f'scale must be (low, high) above 0, got {scale}')
        if not 0 <= shear < 90:
            raise ValueError(f'shear must lie in [0, 90) degrees, got {shear}')
        self.rotation = rotation
        self.shear = shear
        self.scale = tuple(scale)
        self.translation = translation
        self.mirror_prob = mirror_prob
        self.crop_fill = crop_fill

    def without_augmentation(self) -> 'TopdownAffineWithMatrix':
        """The transform to the canonical frame itself."""
        return TopdownAffineWithMatrix(
            self.input_size,
            rotation=0,
            shear=0,
            scale=(1, 1),
            translation=0,
            use_udp=self.use_udp,
        )

    @cache_randomness
    def _view_params(self) -> dict:
        x, y = (self.translation * side for side in self.input_size)
        low = np.array([-self.rotation, -self.shear, self.scale[0], -x, -y])
        high = np.array([self.rotation, self.shear, self.scale[1], x, y])
        drawn = low + (high - low) * np.random.rand(5)
        rotation, shear, scale = drawn[:3].tolist()
        return dict(
            rotation=rotation,
            shear=shear,
            scale=scale,
            translation=np.round(drawn[3:]),
            mirror=np.random.rand() < self.mirror_prob,
        )

    def _canonical_mat(self, results: dict) -> np.ndarray:
        """Matrix of the box to the input, as in :class:`TopdownAffine`."""
        scale, matrix = _box_to_input(
            tuple(results['bbox_center'][0]),
            tuple(results['bbox_scale'][0]),
            results.get('bbox_rotation', [0.0])[0],
            tuple(self.input_size),
            self.use_udp,
        )
        results['bbox_scale'] = scale.copy()
        return matrix.copy()

    def transform(self, results: dict) -> dict:
        """Warp image and keypoints.

        Args:
            results: The sample with one box; see :class:`TopdownAffine`.

        Returns:
            dict: The sample with ``img``, ``transformed_keypoints``,
            ``warp_mat``, ``canonical_mat``, ``input_size`` and others.
        """
        if len(results['bbox_center']) != 1:
            raise ValueError(
                'A top-down sample has one box, but '
                f'{results.get("img_path")} has {len(results["bbox_center"])}'
            )
        params = self._view_params()
        canonical_mat = self._canonical_mat(results)
        view = view_matrix(self.input_size, **params).numpy()
        warp_mat = view @ canonical_mat

        image, matrix = self._pixels(results, warp_mat)
        image = cv2.warpAffine(
            image, matrix[:2], self.input_size, flags=cv2.INTER_LINEAR
        )
        if self.crop_fill == 'black':
            image = self._blacken_outside(image, view)
        results['img'] = image
        results['warp_mat'] = warp_mat
        results['canonical_mat'] = canonical_mat
        results['input_size'] = self.input_size
        results['input_center'] = results['bbox_center'][0]
        results['input_scale'] = results['bbox_scale'][0]
        self._transform_keypoints(results, warp_mat, params['mirror'])
        return results

    @staticmethod
    def _pixels(
        results: dict, warp_mat: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """The decoded image, and the matrix of its pixels to the input."""
        if 'reduced_img' not in results:
            return results['img'], warp_mat
        # by LoadReducedImage
        image, from_image = (
            results.pop(f'reduced_{name}') for name in ('img', 'mat')
        )
        return image, warp_mat @ np.linalg.inv(from_image)

    def _blacken_outside(
        self, image: np.ndarray, view: np.ndarray
    ) -> np.ndarray:
        """Black beyond the canonical frame, whose corners ``view`` moves."""
        width, height = self.input_size
        corners = np.array([[0, 0], [width, 0], [width, height], [0, height]])
        corners = (corners - 0.5) @ view[:2, :2].T + view[:2, 2]
        mask = np.zeros(image.shape[:2], np.uint8)
        cv2.fillConvexPoly(mask, np.round(corners).astype(np.int32), 255)
        return cv2.bitwise_and(image, image, mask=mask)

    @staticmethod
    def _transform_keypoints(
        results: dict, warp_mat: np.ndarray, mirror: bool
    ) -> None:
        keypoints = results.get('keypoints')
        if keypoints is None:
            return
        moved = keypoints.copy()
        moved[..., :2] = keypoints[..., :2] @ warp_mat[:2, :2].T
        moved[..., :2] += warp_mat[:2, 2]
        if mirror:
            flip = results['flip_indices']
            moved = moved[:, flip]
            results['keypoints_visible'] = results['keypoints_visible'][
                :, flip
            ]
        results['transformed_keypoints'] = moved

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(input_size={self.input_size}, '
            f'rotation={self.rotation}, shear={self.shear}, '
            f'scale={self.scale}, translation={self.translation}, '
            f'mirror_prob={self.mirror_prob}, crop_fill={self.crop_fill!r})'
        )
