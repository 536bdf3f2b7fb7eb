# Copyright (c) mmpose_mlda contributors. All rights reserved.
import pytest
import torch
from engine_kit import build, differing, state, train

HOOK = 'mmpose_mlda.CompileHook'
SHORT = {
    'train_cfg.max_iters': 2,
    'train_cfg.pretrain_iters': 1,
    'val_cfg': None,
    'val_dataloader': None,
    'val_evaluator': None,
    # as every compiler takes other random numbers
    'model.student.head.type': 'HeatmapHead',
}


def test_switched_on_by_the_command_line(config):
    """The same run, whose checkpoints have the same names."""
    wanted = state(train(config(SHORT)))
    torch.compiler.reset()
    torch._dynamo.utils.counters.clear()
    options = {
        'default_hooks.compile.type': HOOK,
        'default_hooks.compile.backend': 'eager',
    }
    runner = train(config(SHORT | options, folder='compiled'))
    assert torch._dynamo.utils.counters['stats']['unique_graphs'] > 5
    assert not differing(state(runner), wanted)


def test_compiler_is_missing(config, monkeypatch):
    def compile_nothing(*args, **options):
        def fail(*_):
            raise OSError('No working C++ compiler found\nlong trace')

        return fail

    monkeypatch.setattr(torch, 'compile', compile_nothing)
    options = {
        'default_hooks.compile.type': HOOK,
        'default_hooks.compile.mode': 'max-autotune',
    }
    message = (
        r"torch\.compile\(mode='max-autotune'\) does not work .* No working "
        r'C\+\+ compiler found\n.*Triton on a GPU'
    )
    with pytest.raises(RuntimeError, match=message):
        train(config(SHORT | options))


def test_mmengines_key_is_refused(config):
    cfg = config(SHORT)
    cfg.compile = True
    with pytest.raises(ValueError, match=r'default_hooks\.compile\.type='):
        build(cfg).train()
    cfg.compile = False
    build(cfg)
