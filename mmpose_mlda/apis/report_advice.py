# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Whether an adaptation helped, and what to do next, in words."""

from dataclasses import dataclass, field

import numpy as np

from mmpose_mlda.visualization.run_scalars import Curves

from .report_change import Change

# limits of what is said below, in per cent (points)
_APART = 1.0  # of teacher and student
_MOVING = 1.0  # of the last two validations
_MOSTLY = 50.0  # of pseudo-labels that are right
_PRECISION_GAP = 5.0  # of kept and dropped pseudo-labels
_ONE_SIDED = 80.0  # of the head's accuracy on one domain above the other's
_SURE_HEAD = 90.0  # accuracy of the domain head


@dataclass
class Facts:
    """What is known of a run; None is not known."""

    labelled: bool = False
    metric: str = ''
    gain: Change | None = None  # against the start of the adaptation
    switch: int | None = None  # step at which it began
    teacher_over_student: Change | None = None
    share: float | None = None  # that the mask drops, if it drops a share
    precision_kept: float | None = None  # per cent
    precision_dropped: float | None = None
    adapted: bool = True  # whether the adaptation has begun
    finished: bool = False  # whether it is the end of the training
    curves: Curves = field(default_factory=dict)  # so far
    network: str = 'teacher'
    worst_joints: list[str] = field(default_factory=list)
    lost_joints: list[str] = field(default_factory=list)


def verdict(facts: Facts) -> str:
    """One sentence."""
    if not facts.adapted:
        return (
            '**Not yet to be told:** the adaptation has not begun; this is '
            'the training on the source.'
        )
    if not facts.labelled:
        return (
            '**Not to be told without labels** of the target. What follows '
            'shows whether the networks agree and are sure, which they may '
            'be of wrong answers.'
        )
    if facts.gain is None:
        return _without_model(facts)
    if facts.gain.low > 0:
        start = '**Yes**'
    elif facts.gain.high < 0:
        start = '**No, it did harm**'
    else:
        start = '**No difference that these images could show**'
    return (
        f'{start}: {facts.metric} changed by {facts.gain} points (95 % '
        'interval over the images). It is one run: another seed may differ '
        'by more. The model of the start has had fewer steps; `--before` '
        'takes a source-only training of equal length in its place.'
    )


def _without_model(facts: Facts) -> str:
    """By the log, if it has a validation of the start."""
    curve = _validation(facts)
    if facts.switch not in curve or len(curve) < 2:
        return (
            '**Not to be told:** the model from before the adaptation is '
            'not there to compare with.'
        )
    start, (*_, last) = curve[facts.switch], curve.values()
    better = 'It seems so' if last > start else 'It does not seem so'
    return (
        f'**{better}:** by the validations of the log {facts.metric} was '
        f'{start:.1f} when the adaptation began and is {last:.1f} now. '
        'Without the model of the start there is no interval.'
    )


def advise(facts: Facts) -> list[str]:
    """What to do next, the most urgent first."""
    advice = _on_gain(facts) + _on_course(facts)
    if facts.adapted:
        advice += _on_domains(facts) + _on_labels(facts)
    if facts.adapted and facts.lost_joints:
        advice.append(
            f'The adaptation made {", ".join(facts.lost_joints)} worse. Are '
            'their pseudo-labels wrong, or hardly ever kept? See the table '
            'by joint below.'
        )
    if facts.worst_joints:
        advice.append(
            f'Look at {", ".join(facts.worst_joints)} first, the joints with '
            'the lowest accuracy: see the worst images, and whether the '
            'source shows such joints and poses at all.'
        )
    return advice


def _on_gain(facts: Facts) -> list[str]:
    if not facts.labelled:
        return [
            'Label some 100 images of the target and name them in '
            '`test_dataloader` and `test_evaluator` (`--target-val` of '
            '`tools/adapt.py`): without labels nobody knows what this model '
            'is worth.'
        ]
    if not facts.adapted:
        return []
    if facts.gain is None:
        return [
            'Give the model from before the adaptation by `--before FILE`; '
            '`StageSwitchHook` keeps it as `source_stage.pth`.'
        ]
    if facts.gain.high < 0:
        return [
            'Do not use the adapted model. See whether the pseudo-labels '
            'are right at all; a longer training on the source makes a '
            'better first teacher (`train_cfg.pretrain_iters`).'
        ]
    if facts.gain.low <= 0:
        return [
            'Label more images of the target: these are too few to tell '
            f'{facts.gain} points from none. Four times as many halve the '
            'interval.'
        ]
    return []


def _on_labels(facts: Facts) -> list[str]:
    advice = []
    kept, dropped = facts.precision_kept, facts.precision_dropped
    both = kept is not None and dropped is not None
    if both and kept - dropped < _PRECISION_GAP:
        if min(kept, dropped) < _MOSTLY:  # else there is little to drop
            advice.append(
                f'Confidence says little: {kept:.0f} % of the kept '
                f'pseudo-labels are right and {dropped:.0f} % of the dropped '
                'ones, so a threshold cannot help. Train longer on the '
                'source.'
            )
    elif kept is not None and kept < _MOSTLY:
        advice.append(
            f'Only {kept:.0f} % of the kept pseudo-labels are right at '
            f'this limit: drop more of them ({_stricter(facts)}).'
        )
    apart = facts.teacher_over_student
    if apart is not None and apart.value < -_APART and apart.high < 0:
        advice.append(
            'The student is better than the teacher, which lags behind by '
            f'{apart} points: train longer, or average over fewer steps '
            '(`MeanTeacherHook`: lower `alpha`, `warmup=True`).'
        )
    return advice


def _stricter(facts: Facts) -> str:
    if facts.share is None:
        return "`model.consistency.threshold`: a higher one, or 'quantile'"
    share = 1 - 0.6 * (1 - facts.share)
    return f'`model.consistency.share={share:.2g}`'


def _on_course(facts: Facts) -> list[str]:
    curve = _validation(facts)
    *earlier, last = curve.values() or [np.nan]
    if facts.finished and earlier and last - max(earlier) > _MOVING:
        return [
            f'{facts.metric} still rises at the end ({earlier[-1]:.1f}, then '
            f'{last:.1f}): train longer (`train_cfg.max_iters`).'
        ]
    adapting = [v for k, v in curve.items() if k >= (facts.switch or 0)]
    if facts.adapted and adapting and max(adapting) - last > _MOVING:
        return [
            f'{facts.metric} fell from {max(adapting):.1f} to {last:.1f}: '
            'the adaptation drifts. Lower the learning rate or the weights '
            'of its terms, or stop earlier.'
        ]
    return []


def _on_domains(facts: Facts) -> list[str]:
    source, target = (
        _last(facts.curves, f'acc_domain_{domain}')
        for domain in ('source', 'target')
    )
    if source is None or target is None:
        return []
    if abs(source - target) > _ONE_SIDED:
        side = 'source' if source > target else 'target'
        return [
            f'The domain head calls everything {side}, so it has not '
            'learnt anything that the student could confuse: give it '
            'more steps or a larger `model.domain_head.loss_weight`.'
        ]
    if (source + target) / 2 > _SURE_HEAD:
        return [
            'The domain head tells the domains apart with ease: the '
            'features are not aligned. A larger '
            '`model.domain_head.loss_weight` pulls more.'
        ]
    return []


def _validation(facts: Facts) -> dict[int, float]:
    names = (f'{facts.network}/{facts.metric}', facts.metric)
    found = next((n for n in names if n in facts.curves), None)
    return facts.curves[found] if found else {}


def _last(curves: Curves, name: str) -> float | None:
    values = list(curves.get(name, {}).values())
    # the last logged values, as single batches vary
    return float(np.mean(values[-3:])) if values else None
