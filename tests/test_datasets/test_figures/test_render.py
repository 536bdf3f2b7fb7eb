# Copyright (c) mmpose_mlda contributors. All rights reserved.
import hashlib
import subprocess
import sys

import cv2
import numpy as np
import pytest

from mmpose_mlda.datasets.figures import STYLES, VERSIONS, render_figure
from mmpose_mlda.datasets.figures.backdrops import toy_backdrop
from mmpose_mlda.datasets.figures.dice import Dice
from mmpose_mlda.datasets.figures.hulls import outlines
from mmpose_mlda.datasets.figures.render import paint_scene
from mmpose_mlda.datasets.figures.scene import draw_scene

DIGEST = """
import hashlib
from mmpose_mlda.datasets.figures import render_figure
digest = hashlib.sha256()
for style in ('synthetic', 'photo'):
    for index in (9, 3, 7):
        digest.update(render_figure(style, 5, index, 96).image.tobytes())
print(digest.hexdigest())
"""


def same(first, second):
    return (
        (first.image == second.image).all()
        and first.visible == second.visible
        and all((first.joints[k] == second.joints[k]).all()
                for k in first.joints)
    )  # fmt: skip


@pytest.mark.parametrize('style', [*STYLES])
def test_a_picture_is_a_function_of_its_key(style):
    first = render_figure(style, 5, 3, 96)
    render_figure(style, 5, 4, 96)
    assert same(first, render_figure(style, 5, 3, 96))
    assert not same(first, render_figure(style, 5, 4, 96))
    assert not same(first, render_figure(style, 6, 3, 96))
    assert first.image.shape == (96, 96, 3)
    assert first.image.dtype == np.uint8


def test_another_process_renders_the_same_pixels():
    digest = hashlib.sha256()
    for style in ('synthetic', 'photo'):
        for index in (9, 3, 7):
            digest.update(render_figure(style, 5, index, 96).image.tobytes())
    other = subprocess.run(
        [sys.executable, '-c', DIGEST],
        capture_output=True,
        text=True,
        check=True,
    )
    assert other.stdout.split()[-1] == digest.hexdigest()


@pytest.mark.parametrize('style', [*STYLES])
def test_the_figure_is_the_same_at_every_size(style):
    small, large = (render_figure(style, 1, 8, s) for s in (64, 256))
    for name, point in small.joints.items():
        # Pixel centres: (x + 0.5) scales.
        np.testing.assert_allclose(
            (point + 0.5) * 4, large.joints[name] + 0.5, atol=1e-9
        )
    assert small.visible == large.visible
    shrunk = cv2.resize(large.image, (64, 64), interpolation=cv2.INTER_AREA)
    gap = np.abs(shrunk.astype(float) - small.image).mean()
    assert gap < (6.0 if style == 'synthetic' else 20.0)


@pytest.mark.parametrize('style', [*STYLES])
def test_framing_and_visibility(style):
    inside, seen, extents = [], [], []
    for index in range(150):
        figure = render_figure(style, 2, index, 64)
        points = np.stack([*figure.joints.values()])
        shown = np.array([*figure.visible.values()])
        within = ((points >= -0.5) & (points < 63.5)).all(axis=1)
        assert not (shown & ~within).any()
        inside.append(within.mean())
        seen.append(shown.mean())
        extents.append(np.ptp(points, axis=0).max() / 64)
    look = STYLES[style]
    assert (np.mean(inside) == 1.0) == (look.cut == 0.0)
    assert np.mean(inside) > 0.95
    assert 0.6 < np.mean(seen) < 0.95
    # Joints lie a little inside of the outline.
    assert np.min(extents) > 0.45
    assert 0.6 < np.mean(extents) < 0.9
    assert np.max(extents) < look.extent[1]


def test_limbs_are_where_the_joints_say():
    """The picture with and without a person differs around the limbs."""
    look = STYLES['synthetic']
    for index in range(30):
        scene = draw_scene(Dice(1, look.code, 3, index, 0), look)
        if scene.objects is not None:
            continue
        with_person = paint_scene(Dice(1), scene, look, 256).astype(int)
        alone = toy_backdrop(Dice(1), 256, scene.horizon)
        person = np.abs(with_person - alone).max(axis=2) > 6
        for side in ('left', 'right'):
            for a, b in (('knee', 'ankle'), ('elbow', 'wrist')):
                ends = [
                    scene.figure.joints[f'{side}_{j}'][0] * 256 - 0.5
                    for j in (a, b)
                ]
                for share in (0.0, 0.3, 0.6, 1.0):
                    x, y = np.rint(ends[0] + share * (ends[1] - ends[0]))
                    assert person[int(y), int(x)]


def test_parts_have_their_colours():
    """A large flat part shows its own colour in the picture."""
    look = STYLES['synthetic']
    checked = 0
    for index in range(30):
        scene = draw_scene(Dice(1, look.code, 4, index, 0), look)
        if scene.objects is not None:
            continue
        image = paint_scene(Dice(1), scene, look, 256).astype(float)
        figure = scene.figure
        part = figure.parts[-1]  # nearest: nothing is painted over it
        polygon = outlines(figure.centres, figure.radii)[-1] * 256 - 0.5
        x, y = np.rint(polygon.mean(axis=0)).astype(int)
        colour = scene.outfit.colours[part.colour]
        # Shading changes the brightness, not the hue.
        cosine = image[y, x] @ colour / np.linalg.norm(image[y, x])
        assert cosine / np.linalg.norm(colour) > 0.97
        checked += 1
    assert checked > 20


def statistics(style):
    images = [render_figure(style, 0, i, 128).image for i in range(60)]
    spread = [image.std(axis=(0, 1)).mean() for image in images]
    fine = [
        np.abs(cv2.Laplacian(image, cv2.CV_32F)).mean() for image in images
    ]
    flat = [
        (np.abs(np.diff(image.astype(int), axis=1)).max(axis=2) == 0).mean()
        for image in images
    ]
    hsv = [cv2.cvtColor(image, cv2.COLOR_BGR2HSV) for image in images]
    light = [image[..., 2].mean() for image in hsv]
    return [np.mean(v) for v in (spread, fine, flat, light)]


def test_styles_differ():
    _, _, toy_flat, toy_light = statistics('synthetic')
    _, photo_fine, photo_flat, photo_light = statistics('photo')
    # Nearly all of a synthetic picture is one flat colour beside the next.
    assert toy_flat > 0.8
    assert photo_flat < 0.3
    assert photo_fine > 5.0
    assert toy_light > photo_light + 40.0


def test_bad_arguments():
    with pytest.raises(ValueError, match=r"style must be one of .*'cartoon'"):
        render_figure('cartoon', 0, 0)
    with pytest.raises(ValueError, match='unknown version 99'):
        render_figure('photo', 0, 0, version=99)
    assert VERSIONS == (1,)
