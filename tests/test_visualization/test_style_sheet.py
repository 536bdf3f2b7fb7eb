# Copyright (c) mmpose_mlda contributors. All rights reserved.
import numpy as np
import pytest

from mmpose_mlda.visualization import displacement_figure, style_sheet

META = dict(
    keypoint_colors=np.array([(250, 10, 20)]),
    skeleton_links=[],
    skeleton_link_colors=np.zeros((0, 3), int),
)


def flat(value):
    return np.full((50, 50, 3), value, np.uint8)


def test_images_and_labels_in_their_places():
    stylised = {'one': [flat(30), flat(40)], 'another': [flat(50), flat(60)]}
    sheet = style_sheet(
        flat(10),
        flat(20),
        stylised,
        [0, 0.5],
        points=np.array([[12.0, 37.0]]),
        shown=np.array([True]),
        meta=META,
        side=100,
    )
    # columns begin where the last picture ends, counted from the right
    rights = [sheet.shape[1] - 6 - 106 * n for n in (3, 2, 1, 0)]
    bottoms = [sheet.shape[0] - 6 - 106, sheet.shape[0] - 6]
    for bottom, values in zip(
        bottoms, ([10, 20, 30, 40], [10, 20, 50, 60]), strict=True
    ):
        for right, value in zip(rights, values, strict=True):
            picture = sheet[bottom - 100 : bottom, right - 100 : right]
            assert (picture[5, 5] == value).all()
            # (12, 37) is (24.5, 74.5) in the picture of twice the size
            joint = tuple(picture[75, 24])
            assert joint == ((20, 20, 20) if value == 20 else (250, 10, 20))
    names = sheet[:, : rights[0] - 100]
    assert (names < 128).any()


@pytest.mark.parametrize('styles', [1, 3])
def test_panel_a_style_line_a_strength(styles):
    lengths = np.array([0.0, 0.5, 2.0, 3.0])
    figure = displacement_figure(
        {f'style {n}': {0: lengths, 0.5: lengths} for n in range(styles)}, 4
    )
    assert [a.get_title() for a in figure.axes] == [
        f'style {n}' for n in range(styles)
    ]
    line = figure.axes[0].lines[0]
    below = line.get_ydata()[line.get_xdata() <= 1].max()
    assert below == 0.5
    assert {line.get_label() for line in figure.axes[0].lines} >= {
        'alpha 0',
        'alpha 0.5',
    }
