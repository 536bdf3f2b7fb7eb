# Copyright (c) mmpose_mlda contributors. All rights reserved.
import importlib.util
from pathlib import Path

import numpy as np
import pytest

from mmpose_mlda.evaluation import PCK
from mmpose_mlda.evaluation.samples import predictions_in_input

PATH = Path(__file__).parents[2] / 'tools/analysis_tools/blind_baselines.py'


@pytest.fixture(scope='module')
def tool():
    spec = importlib.util.spec_from_file_location('blind_baselines', PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def sample(points, visible):
    """A whole image of 200 x 100 pixels in an input of 64 x 32."""
    return dict(
        gt_instances=dict(
            keypoints=np.array([points], float),
            keypoints_visible=np.array([visible], float),
        ),
        input_size=(64, 32),
        input_center=np.array([100.0, 50.0]),
        input_scale=np.array([200.0, 100.0]),
    )


@pytest.fixture
def samples():
    # 25 image pixels are 8 input pixels
    return [
        sample([[50, 25], [0, 0]], [1, 0]),
        sample([[100, 75], [150, 50]], [1, 1]),
        sample([[0, 50], [0, 0]], [0, 0]),
    ]


def test_constant_poses_by_hand(tool, samples):
    centre, mean = tool.constant_poses(samples).values()
    np.testing.assert_allclose(centre, [[31.5, 15.5], [31.5, 15.5]])
    # (16, 8) and (32, 24); the hidden labels do not count
    np.testing.assert_allclose(mean, [[24, 16], [48, 16]])


def test_a_joint_without_label_is_at_the_centre(tool, samples):
    mean = tool.constant_poses(samples[:1])['mean pose of the test labels']
    np.testing.assert_allclose(mean, [[16, 8], [31.5, 15.5]])


@pytest.mark.parametrize('decode', ['argmax', 'continuous'])
def test_answers_are_scored_as_predictions(tool, samples, decode):
    pose = np.array([[16.0, 8.0], [48.0, 16.0]])
    answers = [tool.answer(s, pose, (16, 8)) for s in samples]
    np.testing.assert_allclose(predictions_in_input(answers[0]), pose)
    metric = PCK(
        0.05, decode=decode, groups=dict(a=[0], b=[1]), all_joints=[0, 1]
    )
    metric.process(None, answers)
    values = metric.compute_metrics(metric.results)
    # the first joint is right in one image of two, the second in its only one
    assert values['PCK@0.05/a'] == 50
    assert values['PCK@0.05/b'] == 100
