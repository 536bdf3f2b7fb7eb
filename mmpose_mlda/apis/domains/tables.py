# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Whether keypoint tables fit each other, the model, and themselves."""

import re

from mmengine.config import Config

from .report import Report, name_some

TOPIC = 'keypoints'
MIRRORED = {'left': 'right', 'right': 'left', 'l': 'r', 'r': 'l'}
WORD = r'[LR](?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[A-Z]|[^A-Za-z]+'
# OKS constants of COCO lie between 0.025 and 0.107.
SIGMA_RANGE = (0.005, 0.5)


def joint_names(meta: dict) -> list[str]:
    """Names in the order of the labels."""
    table = meta['keypoint_id2name']
    return [table[index] for index in sorted(table)]


def name_words(name: str) -> list[str]:
    """Parts of a name, which joined are the name: words, numbers, signs.

    Words end where a capital follows: ``eyeL``, ``leftKnee``, ``LHip``.
    """
    return re.findall(WORD, name)


def side_of(name: str) -> str | None:
    """``'left'`` or ``'right'``, if a word of the name says so."""
    for word in map(str.lower, name_words(name)):
        if word in MIRRORED:
            return 'left' if word[0] == 'l' else 'right'
    return None


def mirrored_name(name: str) -> str:
    """The name with left and right exchanged; the same if it has neither."""
    swapped = []
    for word in name_words(name):
        other = MIRRORED.get(word.lower(), word)
        if word.isupper():
            other = other.upper()
        elif word[0].isupper():
            other = other.capitalize()
        swapped.append(other)
    return ''.join(swapped)


def side_pairs(meta: dict) -> list[tuple[int, int]]:
    """(left, right) joints that the table swaps, as their names say."""
    sides = [side_of(name) for name in joint_names(meta)]
    return [
        (joint, other)
        for joint, other in enumerate(meta['flip_indices'])
        if other != joint and sides[joint] == 'left' != sides[other]
    ]


def check_tables(report: Report, metas: dict[str, dict]) -> None:
    """Compare the tables of source, target and evaluation.

    Args:
        report: To add to.
        metas: Metainfo by role.
    """
    same: dict[str, list[str]] = {}
    for role, meta in metas.items():
        report.note_value(role, 'joints', joint_names(meta))
        parts = ('flip_indices', 'sigmas', 'skeleton_links')
        table = [joint_names(meta), *(str(meta.get(part)) for part in parts)]
        same.setdefault(repr(table), []).append(role)
    for roles in same.values():
        _check_swaps(report, ', '.join(roles), metas[roles[0]])
        _check_constants(report, ', '.join(roles), metas[roles[0]])
        _check_skeleton(report, ', '.join(roles), metas[roles[0]])
    roles = list(metas)
    for role in roles[1:]:
        _compare(report, roles[0], role, metas[roles[0]], metas[role])


def _compare(
    report: Report, first: str, second: str, one: dict, two: dict
) -> None:
    names, others = joint_names(one), joint_names(two)
    if names != others:
        if sorted(names) == sorted(others):
            how = 'are the same in another order'
        else:
            lacking = [n for n in names if n not in others]
            extra = [n for n in others if n not in names]
            how = f'lack {name_some(lacking) or "nothing"}, and have '
            how += f'{name_some(extra) or "nothing"} instead'
        report.add(
            'error',
            TOPIC,
            f'{len(names)} joints of the {first} and {len(others)} of the '
            f'{second}: those of the {second} {how}.',
            'Give both the same table by the option metainfo; convert labels '
            "of another order by MMPose's KeypointConverter.",
        )
    elif list(one['flip_indices']) != list(two['flip_indices']):
        report.add(
            'error',
            TOPIC,
            f'{first} and {second} swap different joints in mirrored images.',
            'Give both the same table by the option metainfo.',
        )


def _check_swaps(report: Report, roles: str, meta: dict) -> None:
    """Swap partners are mutual and those that the names say."""
    names, flip = joint_names(meta), list(meta['flip_indices'])
    one_way = [n for i, n in enumerate(names) if flip[flip[i]] != i]
    if one_way:
        report.add(
            'error',
            TOPIC,
            f'{roles}: the swap partners of {name_some(one_way)} are not '
            'mutual, so that a mirrored image gets wrong labels.',
            "Let each joint's swap in the table name the other one.",
        )
        return
    wrong = []
    for joint, name in enumerate(names):
        if not side_of(name) and not side_of(names[flip[joint]]):
            continue  # numbers say nothing of sides
        mirrored = mirrored_name(name)
        expected = mirrored if mirrored in names else name
        if names[flip[joint]] != expected:
            wrong.append(f'{name} (has {names[flip[joint]]})')
    if wrong:
        report.add(
            'warning',
            TOPIC,
            f'{roles}: by their names other joints should swap in a mirrored '
            f'image: {name_some(wrong)}.',
            'Correct swap in the table, or the names.',
        )


def _check_constants(report: Report, roles: str, meta: dict) -> None:
    """OKS constants make sense."""
    names, count = joint_names(meta), len(joint_names(meta))
    sigmas = [float(s) for s in meta.get('sigmas', [])]
    low, high = SIGMA_RANGE
    if sigmas and len(sigmas) != count:
        report.add(
            'warning',
            TOPIC,
            f'{roles}: {len(sigmas)} sigmas for {count} joints.',
            'Correct sigmas in the table; OKS metrics need one a joint.',
        )
    elif sigmas:
        odd = [
            f'{n} ({s:g})'
            for n, s in zip(names, sigmas, strict=True)
            if not low <= s <= high
        ]
        if odd:
            report.add(
                'warning',
                TOPIC,
                f'{roles}: unusual sigmas, {name_some(odd)}.',
                'Correct sigmas in the table: COCO has 0.025 to 0.107.',
            )
        differ = [
            f'{names[i]} and {names[j]}'
            for i, j in enumerate(meta['flip_indices'])
            if i < j and abs(sigmas[i] - sigmas[j]) > 1e-6
        ]
        if differ:
            report.add(
                'note',
                TOPIC,
                f'{roles}: both sides have different sigmas, '
                f'{name_some(differ)}.',
                'Measured ones may be so; see whether copied ones are in the '
                'order of the joints. OKS metrics alone use them.',
            )


def _check_skeleton(report: Report, roles: str, meta: dict) -> None:
    """Limbs join two joints, once."""
    count = len(joint_names(meta))
    limbs = [tuple(link) for link in meta.get('skeleton_links', [])]
    bad = [link for link in limbs if link[0] == link[1] or max(link) >= count]
    if bad or len(set(limbs)) < len(limbs):
        report.add(
            'warning',
            TOPIC,
            f'{roles}: limbs of the skeleton join a joint with itself or are '
            'there twice.',
            'Correct skeleton_info in the table.',
        )


def head_channels(cfg: Config) -> int | None:
    """Number of joints that the head answers with, if it says so."""
    network = cfg.get('model', {}).get('student', cfg.get('model', {}))
    return network.get('head', {}).get('out_channels')


def check_model(report: Report, cfg: Config, metas: dict[str, dict]) -> None:
    """The head has a channel for each joint, and the input its size."""
    channels = head_channels(cfg)
    for role, meta in metas.items():
        count = len(joint_names(meta))
        if channels is not None and channels != count:
            report.add(
                'error',
                TOPIC,
                f'The head has {channels} channels, but the {role} '
                f'{count} joints.',
                f'Set out_channels={count} of the head, or the table of the '
                f'{role}.',
            )
            break


def check_input_sizes(
    report: Report, cfg: Config, size: tuple[int, int]
) -> None:
    """Every affine transform makes what the codec expects."""
    parts = {
        f'{split}_dataloader': cfg.get(f'{split}_dataloader')
        for split in ('train', 'val', 'test')
    }
    for name, part in parts.items():
        for found in sorted(set(_input_sizes(part))):
            if found != size:
                report.add(
                    'error',
                    'input size',
                    f'A transform of {name} makes inputs of {found[0]} x '
                    f'{found[1]}, but the codec of the head expects '
                    f'{size[0]} x {size[1]}.',
                    'Give both the same input_size.',
                )


def _input_sizes(part: object) -> list[tuple[int, int]]:
    """Every ``input_size`` in a nested config."""
    if isinstance(part, dict):
        sizes = [
            size for value in part.values() for size in _input_sizes(value)
        ]
        size = part.get('input_size')
        # LoadReducedImage's is a lower bound, given with the same numbers
        return sizes + ([tuple(size)] if size is not None else [])
    if isinstance(part, list | tuple):
        return [size for item in part for size in _input_sizes(item)]
    return []
