# Copyright (c) mmpose_mlda contributors. All rights reserved.
from argparse import ArgumentParser

import pytest
from mmengine.config import Config, DictAction

from mmpose_mlda.studies.options import flatten, layer, to_arguments


def test_flatten():
    assert flatten({'a': {'b': 1, 'c.d': {'e': None}}}) == {
        'a.b': 1,
        'a.c.d.e': None,
    }


def test_the_last_layer_wins():
    assert layer({'a.b': 1, 'c': 2}, {'a': {'b': 3}}) == {'a.b': 3, 'c': 2}
    assert layer({'a.b': 1, 'a.c': 2, 'ab': 3}, {'a': None}) == {
        'ab': 3,
        'a': None,
    }


def test_below_an_earlier_value():
    with pytest.raises(ValueError, match=r'add a\._delete_=True'):
        layer({'a': None}, {'a.b': 1})
    merged = layer({'a': None}, {'a': dict(_delete_=True, b=1)})
    cfg = Config(dict(a=dict(old=1)))
    cfg.merge_from_dict(merged)
    assert cfg.a == dict(b=1)


def test_command_line_gives_the_same_values():
    options = {
        'a': None,
        'b': True,
        'c': -3,
        'd': 1e-05,
        'e': 'mmpose_mlda.X',
        'f': [1, 2.5],
        'g': (0.0, 1.0),
        'h': ['x', ['y', 'z']],
        'i.0.j': '../shared/a_b',
    }
    parser = ArgumentParser()
    parser.add_argument('--cfg-options', nargs='+', action=DictAction)
    args = parser.parse_args(['--cfg-options', *to_arguments(options)])
    assert args.cfg_options == options
    assert all(type(args.cfg_options[k]) is type(options[k]) for k in options)


@pytest.mark.parametrize('value', ['12', 'None', 'a,b', 'a b', {}, [{'a': 1}]])
def test_refuses_what_would_change(value):
    with pytest.raises(ValueError, match='put it in a config file'):
        to_arguments({'key': value})
