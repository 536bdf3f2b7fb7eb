# Copyright (c) mmpose_mlda contributors. All rights reserved.
import numpy as np
import pytest
import torch

from mmpose_mlda.visualization import branch_panel, branch_tiles

COLOURS = [(250, 10, 20), (30, 240, 40), (50, 60, 230)]
META = dict(
    keypoint_colors=np.array(COLOURS),
    skeleton_links=[(0, 1)],
    skeleton_link_colors=np.array([(200, 0, 200)]),
)
MEAN, STD = torch.full((3, 1, 1), 128.0), torch.full((3, 1, 1), 64.0)
SIDE = 56  # a quarter of a tile
BLACK = torch.full((2, 3, SIDE, SIDE), -2.0)
POINTS = torch.tensor([[8.0, 10], [40, 10], [20, 50]]).expand(2, 3, 2)


def at(point):
    """Row and column of a tile for an input pixel.

    A pixel has become 4 x 4; its centre is between columns 4 x + 1 and + 2.
    """
    x, y = point.tolist()
    return round(4 * y + 1.5), round(4 * x + 1.5)


def source_record():
    return dict(
        source=BLACK,
        x_s=BLACK + 1,
        keypoints=POINTS,
        keypoint_weights=torch.tensor([[1.0, 1, 0], [1, 1, 1]]),
    )


def record(**changes):
    """A step of the adaptation in which all peaks are trusted."""
    confidence = torch.tensor([[0.5, 0.6, 0.7]]).repeat(2, 1)
    return (
        source_record()
        | dict(
            x_teacher=BLACK,
            x_t=BLACK,
            teacher_points=POINTS,
            student_points=POINTS,
            teacher_confidence=confidence,
            student_confidence=confidence,
            confidence=confidence,
            keep=torch.ones(2, 3, dtype=torch.bool),
            y_t=torch.zeros(2, 3, 14, 14),
        )
        | changes
    )


def tiles(record, index=0):
    return branch_tiles(record, MEAN, STD, META, index)


def crossed(tile, points=POINTS[0]):
    """Which joints are crosses: their colour is there, no ring around it."""
    found = []
    for colour, point in zip(COLOURS, points, strict=True):
        row, column = at(point)
        assert tuple(tile[row, column]) == colour
        found.append(not tile[row, column + 4].any())
    return found


def linked(tile):
    (y, x), (_, x_end) = at(POINTS[0, 0]), at(POINTS[0, 1])
    return bool(tile[y, (x + x_end) // 2].any())


def test_source_training_has_two_tiles():
    found = tiles(source_record())
    assert list(found) == ['source', 'stylised']
    assert all(tile.shape == (224, 224, 3) for tile in found.values())
    for tile in found.values():
        for colour, point in zip(COLOURS[:2], POINTS[0, :2], strict=True):
            assert tuple(tile[at(point)]) == colour
    unlabelled = at(POINTS[0, 2])
    assert not found['source'][unlabelled].any()
    assert (found['stylised'][unlabelled] == 64).all()


def test_sample_of_the_batch():
    """The second sample has the third label."""
    assert (
        tuple(tiles(source_record(), 1)['source'][at(POINTS[0, 2])])
        == (COLOURS[2])
    )


def test_joints_lie_on_their_pixels():
    """A white pixel of the input is around the joint that is drawn on it."""
    image = BLACK.clone()
    image[0, :, 10, 8] = 2.0  # row, column of the first joint
    plain = dict(source_record(), source=image)
    plain['keypoint_weights'] = torch.zeros(2, 3)
    bright = tiles(plain)['source'].astype(float).sum(axis=-1)
    rows, columns = np.mgrid[:224, :224]
    centre = (
        (bright * rows).sum() / bright.sum(),
        (bright * columns).sum() / bright.sum(),
    )
    marked = tiles(source_record())['source']
    dot = (marked == COLOURS[0]).all(axis=-1)
    drawn = rows[dot].mean(), columns[dot].mean()
    assert drawn == pytest.approx(centre, abs=0.75)


def test_adaptation_has_five_tiles():
    found = tiles(record())
    assert list(found) == [
        'source',
        'stylised',
        'teacher',
        'student',
        'heatmaps',
    ]
    for name in ('teacher', 'student'):
        assert crossed(found[name]) == [False] * 3
        assert linked(found[name])


def test_dropped_peaks_are_crosses():
    """Below the threshold: the first joint, and so the limb."""
    keep = torch.tensor([[False, True, True]]).repeat(2, 1)
    found = tiles(record(keep=keep))
    for name in ('teacher', 'student'):
        assert crossed(found[name]) == [True, False, False]
        assert not linked(found[name])


def test_nothing_kept():
    keep = torch.zeros(2, 3, dtype=torch.bool)
    assert crossed(tiles(record(keep=keep))['teacher']) == [True] * 3


def test_sure_peaks_beyond_the_frame_are_dropped_too():
    """The surest is no use where its frame does not reach."""
    keep = torch.tensor([[True, True, False]]).repeat(2, 1)
    found = tiles(record(keep=keep))
    for name in ('teacher', 'student'):
        assert crossed(found[name]) == [False, False, True]


def test_views_with_exchanged_sides():
    """Joints 0 and 1 have changed places in the teacher's mirrored view."""
    keep = torch.tensor([[False, True, True]]).repeat(2, 1)
    mirrored = torch.tensor([[0.6, 0.5, 0.7]]).repeat(2, 1)
    found = tiles(record(keep=keep, teacher_confidence=mirrored))
    assert crossed(found['teacher']) == [False, True, False]
    assert crossed(found['student']) == [True, False, False]


def test_mask_of_each_sample():
    """What is kept of another sample does not matter."""
    keep = torch.tensor([[False, True, True], [True, True, True]])
    assert crossed(tiles(record(keep=keep), 1)['teacher']) == [False] * 3
    assert crossed(tiles(record(keep=keep), 0)['teacher']) == [
        True,
        False,
        False,
    ]


def test_without_a_mask_nothing_is_dropped():
    """The domain head alone asks for no mask."""
    without = record()
    del without['keep'], without['confidence']
    assert crossed(tiles(without)['teacher']) == [False] * 3


def test_heatmaps():
    maps = torch.zeros(2, 3, 14, 14)
    maps[0, 1, 3, 9] = 1.0
    found = tiles(record(y_t=maps))
    hot = found['heatmaps'].astype(int)
    warmth = hot[..., 0] - hot[..., 2]
    row, column = np.unravel_index(warmth.argmax(), warmth.shape)
    assert (row // 16, column // 16) == (3, 9)


@pytest.mark.parametrize(
    ('made', 'columns'), [(source_record, 2), (record, 5)]
)
@pytest.mark.parametrize(('samples', 'rows'), [(1, 1), (2, 2), (4, 2)])
def test_panel(made, columns, samples, rows):
    """224 + 6 a picture; lines of round(34 * 224 / 420) + 4 = 22 pixels."""
    panel = branch_panel(made(), MEAN, STD, META, samples, title='step 1')
    lines = 2 if columns == 2 else 3  # the title, and titles of 1 or 2 lines
    assert panel.shape == (6 + 22 * lines + rows * 230, columns * 230 + 6, 3)
    left = panel[-230:-6, 6:230]
    np.testing.assert_array_equal(left, tiles(made(), rows - 1)['source'])


def test_input_of_another_shape():
    """Portrait: the longer side becomes 224 pixels."""
    tall = torch.zeros(2, 3, 64, 48)
    found = tiles(record(source=tall, x_s=tall, x_teacher=tall, x_t=tall))
    assert {tile.shape for tile in found.values()} == {(224, 168, 3)}
