# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What an adaptor makes of checkpoints."""

import copy

import pytest
import torch
from mmengine.runner import load_checkpoint
from reference.networks import (
    all_parts,
    assert_same_networks,
    build_mlda,
    randomise,
    student_config,
)

from mmpose_mlda.registry import MODELS


def saved(tmp_path, state):
    path = tmp_path / 'checkpoint.pth'
    torch.save(dict(state_dict=state, meta=dict(version='1')), path)
    return str(path)


@pytest.mark.parametrize('by', ['runner', 'torch'])
def test_plain_checkpoint_is_for_both_networks(tmp_path, by):
    plain = MODELS.build(student_config())
    randomise(plain, 7)
    model = build_mlda(**all_parts())
    assert model.starts_adapted is False
    head = copy.deepcopy(model.domain_head.state_dict())
    state = plain.state_dict()
    if by == 'runner':
        path = saved(tmp_path, state)
        load_checkpoint(model, path, map_location='cpu', strict=True)
    else:
        model.load_state_dict(state)
    for network in (model.student, model.teacher):
        for name, value in network.state_dict().items():
            assert torch.equal(value, state[name]), name
    assert model.starts_adapted is True
    # parts that a plain checkpoint does not have stay as they are
    for name, value in model.domain_head.state_dict().items():
        assert torch.equal(value, head[name])
    # the caller's dictionary is as it was
    assert not any(key.startswith('student.') for key in state)


def test_own_checkpoint_is_loaded_as_it_is(tmp_path):
    model, other = build_mlda(0, **all_parts()), build_mlda(9, **all_parts())
    path = saved(tmp_path, other.state_dict())
    load_checkpoint(model, path, map_location='cpu', strict=True)
    assert model.starts_adapted is False
    for name, value in other.state_dict().items():
        assert torch.equal(value, model.state_dict()[name]), name
    # one after the other: the last one counts
    model.load_state_dict(MODELS.build(student_config()).state_dict())
    assert model.starts_adapted is True
    model.load_state_dict(other.state_dict())
    assert model.starts_adapted is False


def test_a_checkpoint_holds_both_networks_and_the_head():
    keys = build_mlda(**all_parts()).state_dict()
    assert {key.split('.')[0] for key in keys} == {
        'student',
        'teacher',
        'domain_head',
    }


def test_loading_inside_a_larger_module():
    """With a prefix, as in a wrapper for several processes."""
    wrapper = torch.nn.ModuleDict({'module': build_mlda(0, **all_parts())})
    other = build_mlda(9, **all_parts())
    wrapper.load_state_dict(
        {f'module.{k}': v for k, v in other.state_dict().items()}
    )
    assert_same_networks(wrapper['module'], other)
    plain = MODELS.build(student_config())
    randomise(plain, 7)
    wrapper.load_state_dict(
        {f'module.{k}': v for k, v in plain.state_dict().items()}
    )
    for name, value in plain.state_dict().items():
        assert torch.equal(
            value, wrapper['module'].teacher.state_dict()[name]
        ), name


def test_foreign_keys_are_refused_with_a_list():
    model = build_mlda(**all_parts())
    state = MODELS.build(student_config()).state_dict()
    before = copy.deepcopy(model.state_dict())
    lacking = dict(list(state.items())[1:])
    first = next(iter(state))
    for wrong, message in [
        ({**state, 'neck.weight': torch.ones(1)}, r'unknown neck\.weight'),
        (lacking, rf'it lacks {first}\. A part that'),
        ({'fc.weight': torch.ones(1)}, r'unknown fc\.weight.*init_cfg'),
        (
            {k: v for k, v in before.items() if 'teacher' not in k},
            r'lacks teacher\..* more\.',
        ),
    ]:
        with pytest.raises(RuntimeError, match=message):
            model.load_state_dict(wrong)
    for name, value in before.items():
        assert torch.equal(value, model.state_dict()[name]), name


def test_other_shapes_are_refused():
    model = build_mlda(0, student_config(joints=4))
    other = MODELS.build(student_config(joints=5))
    with pytest.raises(RuntimeError, match='final_layer'):
        model.load_state_dict(other.state_dict())
