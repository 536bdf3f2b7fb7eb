# Copyright (c) mmpose_mlda contributors. All rights reserved.
import cv2
import numpy as np
import pytest

from mmpose_mlda.datasets.metainfo import TABLES
from mmpose_mlda.visualization import animal_sketch


@pytest.fixture
def charts(tool, tmp_path):
    """Pictures of all tables, and those of the docs."""
    module = tool('misc/draw_joint_tables')
    module.main([str(tmp_path)])
    docs = module.Path(module.__file__).parents[2] / 'docs' / 'images'
    return tmp_path, docs


def test_pictures_of_the_docs(charts):
    new, docs = charts
    for name in TABLES:
        path = docs / f'joints_{name}.jpg'
        assert path.stat().st_size < 100_000
        drawn, shown = (
            cv2.imread(str(folder / path.name)).astype(int)
            for folder in (new, docs)
        )
        # the same but for a JPEG encoder of another version
        assert np.abs(drawn - shown).mean() < 1
    # joints in the colours of their sides, RGB; the sides of a table
    chart = cv2.imread(str(new / 'joints_animal18.jpg'))[..., ::-1]
    for joint, (x, y) in animal_sketch.JOINTS.items():
        side = joint.split('_')[0]
        colour = dict(left=(0, 255, 0), right=(255, 128, 0))
        expected = colour.get(side, (51, 153, 255))
        assert np.abs(chart[y, x].astype(int) - expected).max() < 60, joint
