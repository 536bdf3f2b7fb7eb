# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Skeletons, heatmaps and tables of pictures. All images here are RGB."""

from collections.abc import Sequence

import cv2
import numpy as np
from torch import Tensor

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_WHITE = (255, 255, 255)
_INK = (40, 40, 40)
_TEXT = 1.05  # size of letters in a table


def to_images(
    batch: Tensor, mean: Tensor | float, std: Tensor | float
) -> np.ndarray:
    """Undo the normalisation of a batch.

    Args:
        batch: (B, 3, H, W), normalised RGB.
        mean: (3, 1, 1) or a number, in grey levels 0-255.
        std: Likewise.

    Returns:
        np.ndarray: (B, H, W, 3), uint8.
    """
    images = (batch.float() * std + mean).clamp(0, 255).round()
    return images.permute(0, 2, 3, 1).cpu().numpy().astype(np.uint8)


def enlarge(image: np.ndarray, side: int) -> tuple[np.ndarray, float]:
    """Resize the longer side of an image; also returns the factor."""
    scale = side / max(image.shape[:2])
    size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
    return cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), scale


def draw_pose(
    image: np.ndarray,
    points: np.ndarray,
    meta: dict,
    shown: np.ndarray | None = None,
    faint: np.ndarray | None = None,
) -> np.ndarray:
    """Draw joints and limbs in the colours of a keypoint table.

    Args:
        image: (H, W, 3), uint8.
        points: (K, 2), pixels of the image.
        meta: Metainfo of a data set, with ``keypoint_colors``,
            ``skeleton_links`` and ``skeleton_link_colors``.
        shown: (K,), bool, joints to draw. All by default.
        faint: (K,), bool, joints to draw as a cross, without limbs.

    Returns:
        np.ndarray: A new image.
    """
    image = np.ascontiguousarray(image).copy()
    size = max(image.shape[:2])
    width, radius = max(1, round(size / 110)), max(2, round(size / 60))
    count = len(points)
    shown = np.ones(count, bool) if shown is None else shown.astype(bool)
    faint = np.zeros(count, bool) if faint is None else faint.astype(bool)
    pixels = [tuple(int(v) for v in np.round(point)) for point in points]
    colours = [
        tuple(int(c) for c in colour) for colour in meta['keypoint_colors']
    ]
    strong = shown & ~faint
    for (a, b), colour in zip(
        meta['skeleton_links'], meta['skeleton_link_colors'], strict=True
    ):
        if strong[a] and strong[b]:
            line = tuple(int(c) for c in colour)
            cv2.line(image, pixels[a], pixels[b], line, width, cv2.LINE_AA)
    for joint in np.flatnonzero(shown):
        if faint[joint]:
            cv2.drawMarker(
                image,
                pixels[joint],
                colours[joint],
                cv2.MARKER_TILTED_CROSS,
                2 * radius,
                1,
            )
        else:
            cv2.circle(image, pixels[joint], radius, _WHITE, -1, cv2.LINE_AA)
            cv2.circle(
                image,
                pixels[joint],
                radius - 1,
                colours[joint],
                -1,
                cv2.LINE_AA,
            )
    return image


def draw_heatmaps(image: np.ndarray, heatmaps: np.ndarray) -> np.ndarray:
    """Lay the maximum over all joints on an image.

    Args:
        image: (H, W, 3), uint8.
        heatmaps: (K, h, w), 1 at a perfect peak.

    Returns:
        np.ndarray: (H, W, 3), uint8.
    """
    strength = heatmaps.max(axis=0).clip(0, 1)
    strength = cv2.resize(strength.astype(np.float32), image.shape[1::-1])
    colour = cv2.applyColorMap((strength * 255).astype(np.uint8), 2)
    colour = cv2.cvtColor(colour, cv2.COLOR_BGR2RGB)
    return cv2.addWeighted(image, 0.5, colour, 0.5, 0)


def _text_width(text: str, scale: float) -> int:
    return cv2.getTextSize(text, _FONT, scale * _TEXT, 1)[0][0]


def picture_table(
    rows: Sequence[Sequence[np.ndarray]],
    titles: Sequence[str],
    title: str = '',
    row_titles: Sequence[str] = (),
) -> np.ndarray:
    """Put equally large images in a table with titles above the columns.

    Args:
        rows: Images (H, W, 3), uint8, all of one size.
        titles: One a column; '\\n' begins a second line.
        title: Above all columns.
        row_titles: One a row, left of it.

    Returns:
        np.ndarray: (H', W', 3), uint8.
    """
    gap = 6
    height, width = rows[0][0].shape[:2]
    scale = width / 420
    line = round(34 * scale) + 4
    widths = [_text_width(text, scale) for text in row_titles]
    margin = gap + max(widths, default=-gap)
    top = gap + line * (bool(title) + max(t.count('\n') + 1 for t in titles))
    table = np.full(
        (
            top + len(rows) * (height + gap),
            margin + len(titles) * (width + gap) + gap,
            3,
        ),
        255,
        np.uint8,
    )

    def write(text: str, left: int, bottom: int) -> None:
        cv2.putText(
            table,
            text,
            (left, bottom),
            _FONT,
            scale * _TEXT,
            _INK,
            1,
            cv2.LINE_AA,
        )

    if title:
        write(title, gap, line - 4)
    for column, text in enumerate(titles):
        left = margin + gap + column * (width + gap)
        parts = text.split('\n')
        for number, part in enumerate(parts):
            write(part, left, top - 8 - line * (len(parts) - 1 - number))
        for row, images in enumerate(rows):
            y = top + row * (height + gap)
            table[y : y + height, left : left + width] = images[column]
    for row, text in enumerate(row_titles):
        write(text, gap, top + row * (height + gap) + height // 2)
    return table
