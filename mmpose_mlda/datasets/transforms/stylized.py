# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Source images whose style was changed before the training."""

import numpy as np
from mmcv.transforms.utils import cache_randomness
from mmpose.datasets.transforms import LoadImage

from mmpose_mlda.datasets.stylized_files import cached_path, read_marker
from mmpose_mlda.registry import TRANSFORMS


@TRANSFORMS.register_module()
class LoadStylized(LoadImage):
    """Load an image, or one of its stylised versions in its place.

    Stylised images are as large as the images themselves, so labels and all
    other transforms stay as they are. The training's own style transfer is
    to be switched off: ``model.style_transfer=None``.

    Required and added keys: see :class:`LoadImage`.

    Args:
        cache: Folder made by ``tools/misc/cache_stylized.py``.
        prob: Probability of a stylised version, for each image; each of the
            versions of an image is equally likely.
        root: Folder of the source images, if it is not the one of which the
            cache was made.
        kwargs: See :class:`LoadImage`.
    """

    def __init__(
        self, cache: str, prob: float = 0.5, root: str | None = None, **kwargs
    ) -> None:
        super().__init__(**kwargs)
        if not 0 <= prob <= 1:
            raise ValueError(f'prob is {prob}, but must lie in [0, 1]')
        marker = read_marker(cache)
        self.cache = cache
        self.prob = prob
        self.root = marker['root'] if root is None else root
        self.styles = marker['styles_per_image']

    @cache_randomness
    def _draw(self) -> int | None:
        """Which version to load, or None for the image itself."""
        stylised = np.random.rand() < self.prob
        number = np.random.randint(self.styles)
        return int(number) if stylised else None

    def transform(self, results: dict) -> dict | None:
        """Load the image.

        Args:
            results: The sample.

        Returns:
            dict: The sample; ``img_path`` stays that of the source image.
        """
        number = self._draw()
        if number is None:
            return super().transform(results)
        image = results['img_path']
        path = cached_path(self.cache, number, image, self.root)
        results.pop('img', None)  # a rendered one
        results = super().transform({**results, 'img_path': str(path)})
        return results and {**results, 'img_path': image}

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(cache={self.cache!r}, prob={self.prob}, '
            f'root={self.root!r})'
        )
