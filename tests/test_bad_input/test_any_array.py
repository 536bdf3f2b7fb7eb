# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Whatever arrays a release holds: labels, or the converters' error."""

import contextlib
import io
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.io import savemat
from test_bad_input.strategies import almost, any_json, damaged, fast

from mmpose_mlda.converters.errors import BrokenItemError, ConversionError
from mmpose_mlda.converters.surreal import read_joints
from mmpose_mlda.converters.synanimal import read_cleaned, read_vertices
from mmpose_mlda.converters.tigdog import read_landmarks

shapes = st.sampled_from(
    [(), (0,), (2,), (2, 24), (2, 24, 3), (24, 2, 3), (5, 3), (1, 2), (18, 3)]
)
dtypes = st.sampled_from(['float64', 'uint8', 'complex64', '<U3', 'bool'])


@st.composite
def arrays(draw):
    array = np.zeros(draw(shapes), draw(dtypes))
    return draw(st.sampled_from([array, array == array]))


@pytest.fixture(scope='module')
def path(tmp_path_factory):
    return tmp_path_factory.mktemp('any') / 'file'


@fast
@given(arrays())
def test_joints_of_a_video(path, array):
    savemat(path, dict(joints2D=array), appendmat=False)
    with contextlib.suppress(BrokenItemError):
        assert read_joints(path).shape[1:] == (24, 2)


@fast
@given(arrays(), arrays(), st.booleans())
def test_landmarks_of_a_video(path, positions, visible, cells):
    content = np.empty((2, 1), object)
    for n in range(2):
        content[n, 0] = dict(p=positions, v=visible) if cells else positions
    savemat(path, dict(landmarks=content), appendmat=False)
    with contextlib.suppress(BrokenItemError):
        assert read_landmarks(path, 1).shape == (2, 18, 3)


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


VERTICES = npy(np.ones((6, 3)))


@fast
@given(damaged(VERTICES) | arrays().map(npy) | st.binary(max_size=50))
def test_vertices(path, content):
    path.write_bytes(content)
    with contextlib.suppress(BrokenItemError):
        vertices = read_vertices(path, 4)
        assert vertices.shape[1] == 3
        assert np.isfinite(vertices[:, :2]).all()


CLEANED = dict(
    horse=dict(
        imgpath=['a/0.png', 'a/1.png'],
        keypoints=[[[1, 2, 1]] * 18] * 2,
        bbox=[[1, 2, 30, 40]] * 2,
        train_idxs=[0],
        valid_idxs=[1],
    )
)


@fast
@given(almost(CLEANED) | any_json)
def test_cleaned_labels(path, content):
    path.write_text(json.dumps(content))
    with contextlib.suppress(ConversionError):
        found = read_cleaned(path, 'horse', 18)
        assert found['joints'].shape[1:] == (18, 3)
        assert found['boxes'].shape == (len(found['joints']), 4)
