# Copyright (c) mmpose_mlda contributors. All rights reserved.
import numpy as np

from mmpose_mlda.evaluation.functional import calibration_bins
from mmpose_mlda.visualization.report_figures import (
    accuracy_figure,
    embedding_figure,
    pose_pair,
    reliability_figure,
)

META = dict(
    keypoint_colors=[[255, 0, 0], [0, 0, 255]],
    skeleton_links=[(0, 1)],
    skeleton_link_colors=[[0, 255, 0]],
)


def test_bars_stand_in_the_order_of_rows():
    rows = {'before': {'a': 10.0, 'b': 20.0}, 'teacher': {'a': 30.0}}
    (axes,) = accuracy_figure(rows).axes
    widths = [[p.get_width() for p in bars] for bars in axes.containers]
    assert widths[0] == [10, 20]
    assert widths[1][0] == 30
    assert np.isnan(widths[1][1])
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == ['before', 'teacher']
    assert [t.get_text() for t in axes.get_yticklabels()] == ['a', 'b']


def test_reliability_leaves_empty_bins_out():
    confidence = np.array([0.05, 0.15, 0.95])
    bins = calibration_bins(confidence, confidence > 0.1)
    curve, counts = reliability_figure(bins, 0.5).axes
    lines = {line.get_label(): line for line in curve.lines}
    assert lines['found'].get_xdata().tolist() == [0.05, 0.15, 0.95]
    assert lines['found'].get_ydata().tolist() == [0, 1, 1]
    assert lines['threshold'].get_xdata() == [0.5, 0.5]
    heights = [patch.get_height() for patch in counts.patches]
    assert heights == [1, 1, *[0] * 7, 1]
    # a threshold that no confidence can have
    curve = reliability_figure(bins, -np.inf).axes[0]
    assert len(curve.lines) == 2


def test_domains_differ_by_shape_too():
    rng = np.random.default_rng(0)
    source, target = rng.normal(size=(5, 2)), rng.normal(size=(4, 2))
    (axes,) = embedding_figure(source, target, ('x', 'y')).axes
    first, second = axes.collections
    assert np.array_equal(first.get_offsets(), source)
    assert np.array_equal(second.get_offsets(), target)
    shapes = [c.get_paths()[0].vertices.shape for c in (first, second)]
    assert shapes[0] != shapes[1]


def test_poses_beside_each_other():
    image = np.full((50, 100, 3), 90, np.uint8)
    poses = [np.array([[20.0, 25], [80, 25]])] * 2
    picture = pose_pair(image, poses, META, [None, np.array([True, False])])
    assert picture.shape == (100, 404, 3)
    # the line between both joints is in the left one alone
    assert (picture[:, 100] == [0, 255, 0]).all(1).any()
    assert not (picture[:, 304] == [0, 255, 0]).all(1).any()
    assert (picture[:, 202] == 255).all()
