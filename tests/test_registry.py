# Copyright (c) mmpose_mlda contributors. All rights reserved.
from importlib import import_module
from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.registry import Registry
from mmengine.runner import Runner

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


def test_every_registry_has_a_child():
    """A base of ours gives its components our scope, MMPose's as well."""
    for parent in vars(import_module('mmpose.registry')).values():
        if isinstance(parent, Registry) and parent.scope == 'mmpose':
            assert parent.children.keys() >= {'mmpose_mlda'}, parent.name


def test_configs_of_others_can_build_on_ours(tmp_path):
    mim = Path(registry.__file__).parent / '.mim'
    if not mim.is_dir():
        pytest.skip('a checkout that is not installed has no .mim')
    path = tmp_path / 'config.py'
    path.write_text("""
_base_ = ['mmpose_mlda::_base_/tasks/figures.py']
model = dict(
    type='mmpose_mlda.MLDA',
    student=_base_.student,
    data_preprocessor=_base_.data_preprocessor)
train_dataloader = dict(batch_size=1, num_workers=0, persistent_workers=False)
""")
    cfg = Config.fromfile(path)
    assert cfg.visualizer._scope_ == 'mmpose_mlda'
    cfg.work_dir = str(tmp_path)
    runner = Runner.from_cfg(cfg)
    assert type(runner.visualizer).__name__ == 'PoseLocalVisualizer'
    runner.optim_wrapper = runner.build_optim_wrapper(cfg.optim_wrapper)
    runner.build_param_scheduler(cfg.param_scheduler)
    assert len(runner.val_loop.dataloader.dataset) > 0
    batch = next(iter(runner.train_loop.dataloader))
    data = runner.model.data_preprocessor(batch, True)
    assert data['inputs']['source'].shape == (1, 3, 128, 128)
