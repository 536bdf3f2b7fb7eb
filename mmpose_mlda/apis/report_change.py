# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Differences of two networks on the same images, with intervals.

N samples (boxes), K keypoints, R resamples. Images are drawn, each with all of
its boxes: bodies in one image share its light, blur and crowd, so that their
errors are not independent.
"""

from dataclasses import dataclass

import numpy as np

from mmpose_mlda.evaluation.bootstrap import (
    Resamples,
    draw_resamples,
    percentile_interval,
    pooled_pck,
    resampled_pck,
)

from .report_runs import Outcome

_LEVEL = 0.95
# with fewer labelled images all resamples of a joint may be alike by chance
_FEWEST = 10


@dataclass
class Change:
    """A difference of PCK with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f'{self.value:+.1f} [{self.low:+.1f}, {self.high:+.1f}]'


def change(after: Outcome, before: Outcome, threshold: float) -> Change:
    """Difference of PCK on the same images, by a paired bootstrap.

    Every label counts alike within a joint, whatever the protocol of the
    evaluator.

    Args:
        after: Of one network.
        before: Of another one.
        threshold: Of PCK.
    """
    draw, joints = _draw(after), after.joints
    means, spread = [], []
    for outcome in (after, before):
        correct, scored = (
            mask[None][..., joints] for mask in _masks(outcome, threshold)
        )
        means.append(pooled_pck(correct, scored).item())
        spread.append(resampled_pck(correct, scored, draw))
    low, high = percentile_interval(spread[0] - spread[1], _LEVEL)
    return Change(means[0] - means[1], low, high)


def joint_changes(
    after: Outcome, before: Outcome, threshold: float
) -> list[Change]:
    """The same of each joint, the intervals wide enough for all together.

    By Bonferroni's correction all K of them hold what they say in 95 % of
    the cases, so that one beside 0 is no accident among many joints. The
    interval of a joint with labels in fewer than 10 images is NaN.
    """
    draw = _draw(after)
    means, spread = [], []
    for outcome in (after, before):
        # joints in the place of seeds: each for itself
        masks = [m.T[..., None] for m in _masks(outcome, threshold)]
        means.append(pooled_pck(*masks)[0])
        spread.append(pooled_pck(*masks, draw.images))
    apart = spread[0] - spread[1]
    count = apart.shape[1]
    found = [
        Change(value, *percentile_interval(apart[:, k], 1 - 0.05 / count))
        for k, value in enumerate(means[0] - means[1])
    ]
    for k, one in enumerate(found):
        labelled = after.images[after.quality.scored[:, k]]
        if len(np.unique(labelled)) < _FEWEST:
            one.low = one.high = np.nan
    return found


def joint_shares(outcome: Outcome, threshold: float) -> np.ndarray:
    """Per cent of right ones, (K,); NaN without a label."""
    masks = (mask.T[..., None] for mask in _masks(outcome, threshold))
    return pooled_pck(*masks)[0]


def _masks(
    outcome: Outcome, threshold: float
) -> tuple[np.ndarray, np.ndarray]:
    """Right and scored ones, (N, K)."""
    scored = outcome.quality.scored
    return scored & (outcome.quality.distance < threshold), scored


def _draw(outcome: Outcome) -> Resamples:
    """How often each sample counts: as often as its image is drawn."""
    images = outcome.images
    draw = draw_resamples(images.max() + 1, 1)
    return draw._replace(images=draw.images[:, images])
