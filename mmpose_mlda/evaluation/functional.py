# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The papers' PCK in pieces, on numpy arrays.

N samples, K keypoints, (h, w) a heatmap, (x, y) a point.
"""

import numpy as np

# Labels in the first two rows and columns of the heatmap are not scored: the
# papers score coordinates above 1 only, by which they skip absent labels too.
FIRST_SCORED_CELL = 2
# The papers' animal labels are dropped unless their whole window fits, which
# reaches 3 cells to the left and, exclusively, 4 to the right.
FLOOR_MARGIN = (3, 4)


def decode_argmax(heatmaps: np.ndarray) -> np.ndarray:
    """The first maximum of each heatmap.

    Args:
        heatmaps (np.ndarray): (K, h, w).

    Returns:
        np.ndarray: Integer (x, y), shape (K, 2); (0, 0) for a heatmap without
        a positive value.
    """
    num_keypoints, _, width = heatmaps.shape
    flat = heatmaps.reshape(num_keypoints, -1)
    index = flat.argmax(axis=1)
    points = np.stack([index % width, index // width], axis=1)
    positive = flat[np.arange(num_keypoints), index] > 0
    return np.where(positive[:, None], points, 0)


def label_cells(
    points: np.ndarray,
    stride: np.ndarray,
    shape: tuple[int, int],
    rounding: str = 'round',
) -> tuple[np.ndarray, np.ndarray]:
    """The heatmap cells of labels, and which of them are scored.

    Args:
        points (np.ndarray): Labels in input pixels (K, 2).
        stride (np.ndarray): Input pixels per cell (2,), of x and y.
        shape (tuple[int, int]): (h, w) of the heatmaps.
        rounding (str): ``'round'``, int(x / stride + 0.5) as the papers do it
            for humans, or ``'floor'``, int(x / stride) for animals, where
            labels too near the border are absent.

    Returns:
        tuple[np.ndarray, np.ndarray]: Cells (K, 2), integers, and a mask (K,)
        of those that are on the heatmap and not in its first two rows or
        columns.
    """
    size = np.array(shape[::-1])
    shift = 0.5 if rounding == 'round' else 0.0
    cells = np.trunc(points / stride + shift)
    first, last = FIRST_SCORED_CELL, size - 1
    if rounding == 'floor':
        first, last = FLOOR_MARGIN[0], last - FLOOR_MARGIN[1]
    scored = ((cells >= first) & (cells <= last)).all(axis=1)
    return np.where(scored[:, None], cells, 0).astype(int), scored


def normalized_distance(
    predicted: np.ndarray, labels: np.ndarray, size: tuple[float, float]
) -> np.ndarray:
    """Distance in units of a frame's side.

    Args:
        predicted (np.ndarray): (K, 2).
        labels (np.ndarray): (K, 2).
        size (tuple[float, float]): By what x and y are divided.

    Returns:
        np.ndarray: (K,), float64.
    """
    offset = (np.asarray(predicted, np.float64) - labels) / size
    return np.sqrt((offset**2).sum(axis=1))


def joint_accuracy(
    correct: np.ndarray,
    scored: np.ndarray,
    protocol: str = 'pooled',
    batch_size: int = 32,
) -> np.ndarray:
    """Accuracy of each joint over all samples, averaged as a protocol says.

    - ``'pooled'``: correct over scored labels; NaN for a joint that is never
      scored.
    - ``'udape'``: mean of the accuracies of the batches, each weighed by the
      batch's number of images (not of labels). Batches in which a joint is
      not scored are left out; a joint that is never scored has 0.
    - ``'regda'``: the same, but a batch in which the joint is not scored
      counts as -1.

    The papers' accuracy of a group is the mean over its joints: of these
    values, also for RegDA, which takes it inside each batch, as all of it is
    linear. With ``batch_size=1``, ``'udape'`` is ``'pooled'``.

    Args:
        correct (np.ndarray): (N, K) bool.
        scored (np.ndarray): (N, K) bool.
        protocol (str): See above.
        batch_size (int): Consecutive samples that make up a batch; the last
            may be smaller.

    Returns:
        np.ndarray: (K,) float64, per one.
    """
    correct = correct & scored
    if protocol == 'pooled':
        return _ratio(correct.sum(0), scored.sum(0), empty=np.nan)
    starts = np.arange(0, len(scored), batch_size)
    num_images = np.diff(np.append(starts, len(scored)))[:, None]
    num_correct = np.add.reduceat(correct.astype(int), starts, axis=0)
    num_scored = np.add.reduceat(scored.astype(int), starts, axis=0)
    accuracy = _ratio(num_correct, num_scored, empty=-1.0)
    counted = (num_scored > 0) | (protocol == 'regda')
    weights = num_images * counted
    return _ratio((accuracy * weights).sum(0), weights.sum(0), empty=0.0)


def _ratio(
    numerator: np.ndarray, denominator: np.ndarray, empty: float
) -> np.ndarray:
    """Quotient, or ``empty`` where the denominator is 0."""
    result = np.full(np.shape(numerator), empty)
    np.divide(numerator, denominator, out=result, where=denominator > 0)
    return result


def most_confident(
    confidence: np.ndarray, threshold: str | float, share: float
) -> np.ndarray:
    """The mask that the consistency loss would lay on predictions.

    Args:
        confidence (np.ndarray): Any shape.
        threshold (str | float): A confidence, or ``'quantile'``.
        share (float): Share of the predictions that ``'quantile'`` drops.

    Returns:
        np.ndarray: Bool, of the same shape; true *strictly* above the
        threshold.
    """
    if threshold == 'quantile':
        rank = int(share * confidence.size)
        threshold = np.sort(confidence, axis=None)[rank - 1] if rank else None
    if threshold is None:
        return np.ones(confidence.shape, bool)
    return confidence > threshold


def calibration_bins(
    confidence: np.ndarray, correct: np.ndarray, bins: int = 10
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How often predictions of about the same confidence are correct.

    Bin i of n holds confidences in [i / n, (i + 1) / n), the last one 1 too;
    others are taken as 0 or 1.

    Args:
        confidence (np.ndarray): (M,).
        correct (np.ndarray): (M,), bool.
        bins (int): n.

    Returns:
        tuple[np.ndarray, np.ndarray, np.ndarray]: Counts, mean confidences and
        shares of correct ones, (n,) each; NaN in an empty bin.
    """
    confidence = np.clip(np.asarray(confidence, np.float64), 0, 1)
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    counts = np.bincount(index, minlength=bins)
    sums = (
        np.bincount(index, weights=values, minlength=bins)
        for values in (confidence, np.asarray(correct, np.float64))
    )
    return counts, *(_ratio(values, counts, empty=np.nan) for values in sums)


def expected_calibration_error(
    counts: np.ndarray, confidence: np.ndarray, accuracy: np.ndarray
) -> float:
    """Mean difference of confidence and accuracy, each bin by its count.

    Args:
        counts (np.ndarray): (n,), see :func:`calibration_bins`.
        confidence (np.ndarray): (n,).
        accuracy (np.ndarray): (n,).

    Returns:
        float: Per one; NaN if all bins are empty.
    """
    full = counts > 0
    if not full.any():
        return float('nan')
    gaps = np.abs(confidence - accuracy)[full]
    return float(np.average(gaps, weights=counts[full]))


def label_quality(
    confidence: np.ndarray,
    correct: np.ndarray,
    scored: np.ndarray,
    kept: np.ndarray,
    bins: int = 10,
) -> dict[str, float]:
    """How right predictions are that a mask keeps, and those it drops.

    Args:
        confidence (np.ndarray): Any shape.
        correct (np.ndarray): Bool, likewise.
        scored (np.ndarray): Bool, likewise: which of them have a label.
        kept (np.ndarray): Bool, likewise.
        bins (int): See :func:`calibration_bins`.

    Returns:
        dict[str, float]: Per one: ``kept`` of all predictions;
        ``precision_kept``, ``precision_dropped``, the correct ones of those
        that are scored; ``ECE``, ``ECE_kept``, ``ECE_dropped``, the expected
        calibration error of all and of both parts. NaN of nothing.
    """
    values = {'kept': float(kept.mean()) if kept.size else np.nan}
    for name, mask in (('', scored), ('_kept', kept), ('_dropped', ~kept)):
        counted = mask & scored
        if name:
            right = correct[counted]
            values[f'precision{name}'] = (
                float(right.mean()) if right.size else np.nan
            )
        table = calibration_bins(confidence[counted], correct[counted], bins)
        values[f'ECE{name}'] = expected_calibration_error(*table)
    return values
