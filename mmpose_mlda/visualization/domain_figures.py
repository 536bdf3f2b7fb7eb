# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Pictures of a pair of domains, one for each kind of difference."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import cv2
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmpose_mlda.evaluation.image_statistics import ring_frequencies

if TYPE_CHECKING:  # which stands above
    from mmpose_mlda.apis.domain_check import DomainCheck

COLOURS = dict(source='#0072b2', target='#d55e00', val='#009e73')
Picture = tuple[str, str, Figure]
SIDE = 128  # pixels of a sample
LEAST_PER_BIN = 8  # samples


def draw_domain_check(check: 'DomainCheck') -> list[Picture]:
    """Draw what a check has seen; kinds without data are left out.

    Args:
        check: Of :func:`mmpose_mlda.apis.domain_check.check_domains`.

    Returns:
        list: (title, sentence that tells how to read it, figure).
    """
    kinds = _samples, _boxes, _colours, _spectra, _scores, _joints, _poses
    return [picture for draw in kinds for picture in draw(check)]


def _samples(check: 'DomainCheck') -> Iterator[Picture]:
    rows = {r: s.pictures for r, s in check.samples.items() if s.pictures}
    if not rows:
        return
    columns = max(map(len, rows.values()))
    figure = Figure((1.3 * columns, 1.45 * len(rows)), layout='constrained')
    grid = figure.subplots(len(rows), columns, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for line, (role, images) in zip(grid, rows.items(), strict=True):
        for axes, image in zip(line, images, strict=False):
            axes.imshow(_fit(image))
        line[0].set_title(role, color=COLOURS[role], loc='left', fontsize=10)
    yield (
        'Samples',
        'What the network sees of some images, before any augmentation; '
        'white is beyond the image.',
        figure,
    )


def _fit(image: np.ndarray) -> np.ndarray:
    """An image in the middle of a white square."""
    scale = SIDE / max(image.shape[:2])
    size = [max(round(length * scale), 1) for length in image.shape[1::-1]]
    canvas = np.full((SIDE, SIDE, 3), 255, np.uint8)
    top, left = (SIDE - size[1]) // 2, (SIDE - size[0]) // 2
    canvas[top : top + size[1], left : left + size[0]] = cv2.resize(
        image, size, interpolation=cv2.INTER_AREA
    )
    return canvas


def _histograms(
    axes: Axes,
    values: Mapping[str, np.ndarray],
    label: str,
    limits: tuple[float, float] | None = None,
) -> None:
    """Outlines of the shares of samples, one a data set."""
    values = {role: part[np.isfinite(part)] for role, part in values.items()}
    values = {role: part for role, part in values.items() if len(part)}
    if not values:
        axes.set_axis_off()
        return
    everything = np.concatenate(list(values.values()))
    if limits is None:
        # a few far ones must not squeeze the rest
        limits = tuple(np.percentile(everything, (0.5, 99.5)))
    low, high = limits
    if high - low < 1e-3 * max(abs(low), 1):
        low, high = low - 0.5, high + 0.5
    count = min(len(part) for part in values.values()) // LEAST_PER_BIN
    bins = np.linspace(low, high, int(np.clip(count, 8, 30)) + 1)
    for role, part in values.items():
        shares, _ = np.histogram(part.clip(low, high), bins)
        shares = 100 * shares / len(part)
        look = dict(color=COLOURS[role], label=f'{role} ({len(part)})')
        axes.stairs(shares, bins, linewidth=1.6, **look)
        look['label'] = None
        axes.stairs(shares, bins, fill=True, alpha=0.15, **look)
    axes.set_xlabel(label)
    axes.set_ylabel('samples, %')
    axes.spines[['top', 'right']].set_visible(False)


def _row(count: int, height: float = 3.0) -> tuple[Figure, np.ndarray]:
    figure = Figure((3.5 * count, height), layout='constrained')
    return figure, figure.subplots(1, count, squeeze=False)[0]


def _boxes(check: 'DomainCheck') -> Iterator[Picture]:
    found = check.arrays.get('boxes')
    if not found:
        return
    figure, panels = _row(3)
    for axes, (name, label, make) in zip(
        panels,
        (
            ('magnification', 'input pixels / image pixel (log2)', np.log2),
            ('area', 'box / image, area', np.asarray),
            ('aspect', 'width / height of the box (log2)', _log2),
        ),
        strict=True,
    ):
        values = {role: make(part[name]) for role, part in found.items()}
        _histograms(axes, values, label)
    panels[0].legend(fontsize=8, frameon=False)
    yield (
        'Boxes',
        'Left: how much boxes are enlarged (above 0) or reduced for the '
        'network. Middle: how much of the image a box is. Where the domains '
        'lie apart, bodies look larger, softer or differently cropped in one.',
        figure,
    )


def _log2(values: np.ndarray) -> np.ndarray:
    return np.log2(values.clip(min=1e-3))


def _colours(check: 'DomainCheck') -> Iterator[Picture]:
    samples = {r: s for r, s in check.samples.items() if s.colours}
    if not samples:
        return
    figure, panels = _row(4)
    for axes, (name, label) in zip(
        panels,
        (
            ('brightness', 'brightness, grey levels'),
            ('contrast', 'contrast, grey levels'),
            ('saturation', 'saturation, 0 to 1'),
            ('flat', 'share of constant areas'),
        ),
        strict=True,
    ):
        values = {role: s.colours[name] for role, s in samples.items()}
        _histograms(axes, values, label)
    panels[0].legend(fontsize=8, frameon=False)
    yield (
        'Colours',
        'One value an image. Style transfer moves the source (blue) towards '
        'the target (orange).',
        figure,
    )


def _spectra(check: 'DomainCheck') -> Iterator[Picture]:
    figure, (axes,) = _row(1, height=3.4)
    figure.set_figwidth(5)
    drawn = False
    for role, samples in check.samples.items():
        if samples.spectra is None:
            continue
        known = samples.spectra[~np.isnan(samples.spectra).any(axis=1)]
        if not len(known):
            continue
        frequencies = ring_frequencies(known.shape[1])
        low, middle, high = np.percentile(known, (25, 50, 75), axis=0)
        axes.plot(frequencies, middle, color=COLOURS[role], label=role)
        axes.fill_between(
            frequencies, low, high, color=COLOURS[role], alpha=0.12, lw=0
        )
        drawn = True
    if not drawn:
        return
    axes.set_xscale('log')
    axes.set_yscale('log')
    ticks = (0.02, 0.05, 0.1, 0.2, 0.5)
    axes.set_xticks(ticks, map(str, ticks))
    axes.set_xticks([], minor=True)
    axes.set_xlabel('frequency, cycles / input pixel')
    axes.set_ylabel('amplitude')
    axes.legend(fontsize=8, frameon=False)
    axes.spines[['top', 'right']].set_visible(False)
    yield (
        'Frequencies',
        'Amplitude of coarse (left) and fine (right) structure, median and '
        'middle half of the images. A curve that falls sooner is softer, a '
        'higher one has more contrast.',
        figure,
    )


def _scores(check: 'DomainCheck') -> Iterator[Picture]:
    scores = check.arrays.get('scores')
    if not scores:
        return
    accuracy = check.statistics['told_apart']['source_target']['all']
    figure, (axes,) = _row(1)
    figure.set_figwidth(5)
    _histograms(axes, scores, 'score of the discriminant')
    axes.axvline(0, color='0.4', linestyle='--', linewidth=0.9)
    axes.legend(fontsize=8, frameon=False)
    yield (
        'Told apart',
        'A linear discriminant of colours and frequencies, on images that it '
        f'was not fitted to: right in {100 * accuracy:.0f} % of the cases '
        '(50 % is chance). The less the hills overlap, the more '
        'image-level alignment has to remove.',
        figure,
    )


def _joints(check: 'DomainCheck') -> Iterator[Picture]:
    poses = check.arrays.get('poses')
    if not poses:
        return
    figure, panels = _row(len(poses) + 1, height=3.8)
    for axes, (role, found) in zip(panels, poses.items(), strict=False):
        _pose_map(axes, found, check.samples[role].meta)
        axes.set_title(role, color=COLOURS[role], fontsize=10)
    axes, bar = panels[-1], 0.8 / len(poses)
    for place, role in enumerate(poses):
        samples = check.samples[role]
        rows = np.arange(len(samples.names)) + place * bar
        shares = 100 * samples.labelled.mean(axis=0)
        axes.barh(rows, shares, bar, color=COLOURS[role], label=role)
        names = [name.replace('_', ' ') for name in samples.names]
        axes.set_yticks(np.arange(len(names)), names, fontsize=7)
    axes.invert_yaxis()
    axes.set_xlabel('labelled, % of the samples')
    axes.spines[['top', 'right']].set_visible(False)
    yield (
        'Joints',
        'Where joints lie about the middle of their body, all bodies of one '
        'size and turned upright, from the lower to the upper joints of the '
        'trunk: a dot a label, the skeleton of the means. Labels of one '
        'order give like pictures; sides that change places suggest '
        'exchanged labels or other views.',
        figure,
    )


def _pose_map(axes: Axes, poses: np.ndarray, meta: dict) -> None:
    """Joints in the table's colours, and the mean pose."""
    known = ~np.isnan(poses[..., 0])
    faint = float(np.clip(60 / max(len(poses), 1), 0.12, 0.6))
    means = np.full(poses.shape[1:], np.nan)
    for joint in np.flatnonzero(known.any(axis=0)):
        points = poses[known[:, joint], joint]
        means[joint] = points.mean(axis=0)
        colour = np.array(meta['keypoint_colors'][joint]) / 255
        axes.scatter(*points.T, s=4, color=colour, alpha=faint, lw=0)
    for a, b in meta['skeleton_links']:
        axes.plot(*means[[a, b]].T, color='0.15', linewidth=1.2)
    colours = np.array(meta['keypoint_colors']) / 255
    axes.scatter(*means.T, s=26, color=colours, edgecolors='0.15', zorder=3)
    axes.set_xlim(-2.6, 2.6)
    axes.set_ylim(2.6, -2.6)
    axes.set_aspect('equal')
    axes.set_xticks([])
    axes.set_yticks([])


def _poses(check: 'DomainCheck') -> Iterator[Picture]:
    angles = check.arrays.get('angles')
    if not angles:
        return
    nearest = check.arrays.get('nearest')
    figure, panels = _row(2 if nearest else 1)
    _histograms(
        panels[0], angles, 'direction of the body, degrees', (-180, 180)
    )
    panels[0].set_xticks(range(-180, 181, 90))
    if nearest:
        _histograms(panels[1], nearest, 'distance to the nearest source pose')
    for axes in panels:
        axes.legend(fontsize=8, frameon=False)
    yield (
        'Poses',
        'Direction from the lower to the upper joints of the trunk, 0 is '
        'up. Right: how far each pose is from the nearest other one of the '
        'source, in radii of the body; what lies beyond the blue hill is '
        'not covered.',
        figure,
    )
