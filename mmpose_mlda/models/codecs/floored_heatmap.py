# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The heatmaps of the papers' animals."""

import numpy as np
from mmpose.codecs import MSRAHeatmap

from mmpose_mlda.registry import KEYPOINT_CODECS


@KEYPOINT_CODECS.register_module()
class FlooredHeatmap(MSRAHeatmap):
    """``MSRAHeatmap`` with the label rules of the papers' animals.

    The cell of a label is ``trunc(x / stride)``, where ``MSRAHeatmap`` has
    ``trunc(x / stride + 0.5)``: cell i covers the input pixels from i * stride
    to (i + 1) * stride, and its peak is decoded to the middle of these. A
    label whose window of 3 sigma does not lie on the heatmap is dropped; the
    papers ask for one more cell at the right and at the bottom.

    ``PCK(label_rounding='floor')`` scores by the same rules (for sigma 1).

    Args:
        *args: See :class:`mmpose.codecs.MSRAHeatmap`.
        **kwargs: Likewise.
    """

    def encode(
        self,
        keypoints: np.ndarray,
        keypoints_visible: np.ndarray | None = None,
    ) -> dict:
        """Encode keypoints into heatmaps.

        Args:
            keypoints (np.ndarray): Input pixels (1, K, 2).
            keypoints_visible (np.ndarray, optional): (1, K).

        Returns:
            dict: ``heatmaps`` (K, H, W) and ``keypoint_weights`` (1, K).
        """
        if keypoints_visible is None:
            keypoints_visible = np.ones(keypoints.shape[:2], np.float32)
        cells = np.trunc(keypoints / self.scale_factor)
        reach = 3 * self.sigma
        fits = (cells >= reach) & (cells + reach + 1 < self.heatmap_size)
        return super().encode(
            keypoints - self.scale_factor / 2,
            keypoints_visible * fits.all(axis=-1),
        )

    def decode(self, encoded: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Decode heatmaps (K, H, W) into keypoints.

        Args:
            encoded (np.ndarray): (K, H, W).

        Returns:
            tuple[np.ndarray, np.ndarray]: Input pixels (1, K, 2) and scores
            (1, K).
        """
        keypoints, scores = super().decode(encoded)
        return keypoints + self.scale_factor / 2, scores
