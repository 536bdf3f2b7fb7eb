# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What can be said of an image without knowing what it shows.

Images are (H, W, 3), uint8 RGB; grey ones (H, W), grey levels 0-255.
"""

import cv2
import numpy as np

RINGS = 16  # of the radial spectrum, of equal width up to 0.5 cycles a pixel
HASH_SIDE = 16  # of dHash: 256 bits, as 64 collide on plain backgrounds
THUMBNAIL = 32
# Grey levels: what JPEG leaves of a constant area, and of grey in colours.
FLAT, GREY = 2, 2.0
GRID = 8  # pixels, of JPEG's blocks
_NOISE = 0.05  # grey levels, keeps the blockiness of flat images at 1


def to_grey(image: np.ndarray) -> np.ndarray:
    """Luma of ITU-R BT.601, (H, W) float32."""
    return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)


def colour_statistics(image: np.ndarray) -> dict[str, float]:
    """Channels, saturation and flat areas of an image.

    Args:
        image: (H, W, 3), uint8 RGB.

    Returns:
        dict: ``mean_r``, ..., ``std_b``, ``brightness`` and ``contrast``
        (mean and standard deviation of the luma) in grey levels;
        ``saturation``, the mean of HSV's (max - min) / max, 0 to 1; ``grey``,
        1 for an image without colours; ``flat``, the share of pixels that
        equal their eight neighbours.
    """
    channels = cv2.split(image)
    high = cv2.max(cv2.max(*channels[:2]), channels[2])
    chroma = high - cv2.min(cv2.min(*channels[:2]), channels[2])
    luma = to_grey(image)
    found = dict(brightness=luma.mean(), contrast=luma.std())
    means, stds = (part.ravel() for part in cv2.meanStdDev(image))
    for name, mean, std in zip('rgb', means, stds, strict=True):
        found |= {f'mean_{name}': mean, f'std_{name}': std}
    found['saturation'] = (chroma / np.maximum(high, 1)).mean()
    found['grey'] = chroma.mean() < GREY
    found['flat'] = flat_share(image)
    return {name: float(value) for name, value in found.items()}


def flat_share(image: np.ndarray) -> float:
    """Share of pixels that equal their neighbours in every channel."""
    window = np.ones((3, 3), np.uint8)
    spread = cv2.dilate(image, window) - cv2.erode(image, window)
    return float((spread.max(axis=2) <= FLAT).mean())


def radial_spectrum(grey: np.ndarray, rings: int = RINGS) -> np.ndarray:
    r"""Amplitude by spatial frequency, averaged over all directions.

    Of the centred square n x n with a Hann window w:
    :math:`\sqrt{\langle |F|^2 / \sum w^2 \rangle}` over each ring of
    frequencies, a density that does not depend on n.

    Args:
        grey: (H, W), grey levels.
        rings: Number of rings of equal width from 0 to 0.5 cycles a pixel,
            the zero left out.

    Returns:
        np.ndarray: (rings,), grey levels times pixels. NaN for images with
        less than 2 ``rings`` pixels a side, whose rings would be empty.
    """
    side = min(grey.shape)
    if side < 2 * rings:
        return np.full(rings, np.nan)
    top, left = ((length - side) // 2 for length in grey.shape)
    square = grey[top : top + side, left : left + side].astype(np.float64)
    window = np.outer(np.hanning(side), np.hanning(side))
    centred = square - (square * window).sum() / window.sum()
    power = np.abs(np.fft.fft2(centred * window)) ** 2 / (window**2).sum()
    frequency = np.fft.fftfreq(side)
    radius = np.hypot(frequency[:, None], frequency)
    # a frequency on the border belongs to the ring below it
    ring = np.ceil(radius * 2 * rings - 1e-9).astype(int) - 1
    kept = (ring >= 0) & (ring < rings)
    total = np.bincount(ring[kept], power[kept], rings)
    return np.sqrt(total / np.bincount(ring[kept], minlength=rings))


def ring_frequencies(rings: int = RINGS) -> np.ndarray:
    """Middle of each ring of :func:`radial_spectrum`, cycles a pixel."""
    return (np.arange(rings) + 0.5) / (2 * rings)


def high_frequency_share(spectrum: np.ndarray) -> float:
    """Share of the energy above 0.25 cycles a pixel, of a radial spectrum.

    The rings' energies count by their areas. A sharp picture has some per
    cent; one that was enlarged or blurred has nearly none.
    """
    energy = spectrum**2 * ring_frequencies(len(spectrum))
    return float(energy[len(energy) // 2 :].sum() / max(energy.sum(), 1e-9))


def blockiness(grey: np.ndarray) -> float:
    """How much stronger edges are on JPEG's grid than beside it.

    Args:
        grey: (H, W) as it was decoded: cropping or resizing moves the grid.

    Returns:
        float: Ratio of the mean differences between neighbours across and
        within the blocks of 8 x 8 pixels, 1 without a grid. NaN for images
        of less than three blocks a side.
    """
    if min(grey.shape) < 3 * GRID:
        return float('nan')
    ratios = []
    for axis in (0, 1):
        steps = np.abs(np.diff(grey.astype(np.float32), axis=axis))
        steps = steps.mean(axis=1 - axis)
        across = np.arange(len(steps)) % GRID == GRID - 1
        ratios.append(
            (steps[across].mean() + _NOISE) / (steps[~across].mean() + _NOISE)
        )
    return float(np.mean(ratios))


def difference_hash(grey: np.ndarray, side: int = HASH_SIDE) -> np.ndarray:
    """dHash: whether the picture becomes brighter from left to right.

    Args:
        grey: (H, W).
        side: Rows and columns of the hash.

    Returns:
        np.ndarray: (side ** 2,), bool. The same for other sizes, brightness
        and contrast.
    """
    small = cv2.resize(grey, (side + 1, side), interpolation=cv2.INTER_AREA)
    return (small[:, 1:] > small[:, :-1]).ravel()


def thumbnail(grey: np.ndarray, side: int = THUMBNAIL) -> np.ndarray:
    """A small picture of mean 0 and norm 1, so that products correlate.

    Args:
        grey: (H, W).
        side: Of the small picture.

    Returns:
        np.ndarray: (side ** 2,), float32; zeros of a constant picture.
    """
    small = cv2.resize(grey, (side, side), interpolation=cv2.INTER_AREA)
    small = small.astype(np.float32).ravel()
    small -= small.mean()
    norm = np.linalg.norm(small)
    return small / norm if norm > 1 else np.zeros_like(small)
