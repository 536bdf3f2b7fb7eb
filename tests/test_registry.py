# Copyright (c) mmpose_mlda contributors. All rights reserved.
from importlib import import_module
from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.registry import Registry

from mmpose_mlda import registry

CHILDREN = {k: v for k, v in vars(registry).items() if isinstance(v, Registry)}


@pytest.mark.parametrize('name', CHILDREN)
def test_children_of_mmpose(name):
    child = CHILDREN[name]
    parent = getattr(import_module('mmpose.registry'), name)
    assert child.scope == 'mmpose_mlda'
    assert child.parent is parent
    assert parent.children['mmpose_mlda'] is child
    for location in child._locations:
        import_module(location)


def test_names_resolve_without_an_import(run_python):
    code = """
import sys
from mmengine.registry import TRANSFORMS, MODELS, init_default_scope
init_default_scope('mmpose')
assert 'mmpose_mlda' not in sys.modules
warp = TRANSFORMS.build(
    dict(type='mmpose_mlda.TopdownAffineWithMatrix', input_size=(64, 64)))
assert type(warp).__module__.startswith('mmpose_mlda.'), type(warp)
# what MMPose has itself, in the same config
MODELS.build(dict(type='KeypointMSELoss'))
MODELS.build(dict(type='mmpose.KeypointMSELoss'))
"""
    done = run_python('-c', code)
    assert done.returncode == 0, done.stderr


def test_unknown_name_is_an_error():
    with pytest.raises(KeyError, match='NoSuchThing'):
        registry.HOOKS.build(dict(type='mmpose_mlda.NoSuchThing'))


def test_configs_of_others_can_build_on_ours(tmp_path):
    mim = Path(registry.__file__).parent / '.mim'
    if not mim.is_dir():
        pytest.skip('a checkout that is not installed has no .mim')
    config = tmp_path / 'config.py'
    config.write_text("_base_ = ['mmpose_mlda::_base_/default_runtime.py']")
    cfg = Config.fromfile(config)
    assert cfg.default_hooks.checkpoint.type.startswith('mmpose_mlda.')
