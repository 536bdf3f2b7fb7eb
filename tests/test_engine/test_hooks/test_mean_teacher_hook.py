# Copyright (c) mmpose_mlda contributors. All rights reserved.
from types import SimpleNamespace

import engine_kit
import pytest
import torch
from engine_kit import PRETRAIN, Call, build, differing
from torch import nn

from mmpose_mlda.engine import MeanTeacherHook

STEPS = 12


def network():
    return nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2)).double()


def average(hook, pretrain_iters=0, steps=STEPS):
    """Teacher and all students after some steps of random students."""
    torch.manual_seed(0)
    model = nn.Module()
    model.student, model.teacher = network(), network()
    loop = SimpleNamespace(pretrain_iters=pretrain_iters)
    runner = SimpleNamespace(model=model, train_loop=loop, iter=0)
    teachers = [flat(model.teacher)]
    students = []
    hook.before_train(runner)
    for _ in range(steps):
        for value in model.student.state_dict().values():
            if value.is_floating_point():
                value.normal_()
        students.append(flat(model.student))
        hook.after_train_iter(runner, runner.iter)
        teachers.append(flat(model.teacher))
        runner.iter += 1
    return model, torch.stack(students), torch.stack(teachers)


def flat(module):
    return nn.utils.parameters_to_vector(module.parameters()).detach().clone()


@pytest.mark.parametrize('alpha', [0.0, 0.3, 0.9, 0.999, 1.0])
def test_closed_form(alpha):
    r"""T_n = a^n T_0 + (1 - a) \sum_i a^{n-1-i} S_i."""
    _, students, teachers = average(MeanTeacherHook(alpha))
    powers = alpha ** torch.arange(STEPS - 1, -1, -1, dtype=torch.float64)
    wanted = alpha**STEPS * teachers[0] + (1 - alpha) * powers @ students
    torch.testing.assert_close(teachers[-1], wanted, rtol=0, atol=1e-14)


def test_warmup_is_the_plain_mean_at_first():
    """1 - 1 / (n + 1) stays below 0.9 up to n = 8, the ninth step.

    n = 9 has 0.9 both ways; from n = 10 on alpha is 0.9.
    """
    hook = MeanTeacherHook(0.9, warmup=True)
    _, students, teachers = average(hook)
    for n in range(10):
        mean = students[: n + 1].mean(dim=0)
        torch.testing.assert_close(teachers[n + 1], mean, rtol=0, atol=1e-14)
    wanted = 0.9 * teachers[10] + 0.1 * students[10]
    torch.testing.assert_close(teachers[11], wanted, rtol=0, atol=1e-14)


def test_warmup_counts_from_the_switch():
    hook = MeanTeacherHook(0.9, warmup=True)
    _, students, teachers = average(hook, pretrain_iters=5)
    mean = students[5:9].mean(dim=0)
    torch.testing.assert_close(teachers[9], mean, rtol=0, atol=1e-14)


def test_source_training_is_left_alone():
    """Steps 0 to 4 change nothing, step 5 averages for the first time."""
    hook = MeanTeacherHook(0.9)
    _, students, teachers = average(hook, pretrain_iters=5, steps=6)
    assert all(teacher.equal(teachers[0]) for teacher in teachers[:6])
    wanted = 0.9 * teachers[0] + 0.1 * students[5]
    torch.testing.assert_close(teachers[6], wanted, rtol=0, atol=1e-14)


def test_buffers_are_the_teachers_own():
    model, _, _ = average(MeanTeacherHook(0.5))
    running = model.teacher[1]
    assert running.running_mean.eq(0).all()
    assert running.running_var.eq(1).all()
    assert model.student[1].running_mean.ne(0).all()


def test_pairs_by_name():
    """The order in which parts were built does not matter."""
    model = nn.Module()
    model.student, model.teacher = nn.Module(), nn.Module()
    for name, value in (('a', 1.0), ('b', 2.0)):
        part = nn.Parameter(torch.tensor(value))
        model.student.register_parameter(name, part)
    for name in ('b', 'a'):
        model.teacher.register_parameter(name, nn.Parameter(torch.zeros(())))
    loop = SimpleNamespace(pretrain_iters=0)
    runner = SimpleNamespace(model=model, train_loop=loop, iter=0)
    hook = MeanTeacherHook(0.75)
    hook.before_train(runner)
    hook.after_train_iter(runner, 0)
    assert model.teacher.a.item() == 0.25
    assert model.teacher.b.item() == 0.5


def test_gradients_stay_apart():
    """The average is no part of the graph, nor the teacher trained by it."""
    model, *_ = average(MeanTeacherHook(0.5), steps=1)
    assert all(p.grad_fn is None for p in model.teacher.parameters())
    assert all(p.grad is None for p in model.student.parameters())


def test_other_parameters_are_refused():
    model = nn.Module()
    model.student, model.teacher = nn.Linear(2, 2), nn.Linear(2, 2, bias=False)
    with pytest.raises(RuntimeError, match=r"different parameters.*'bias'"):
        MeanTeacherHook().before_train(SimpleNamespace(model=model))


@pytest.mark.parametrize('alpha', [-0.1, 1.5])
def test_refused_alpha(alpha):
    with pytest.raises(ValueError, match=f'alpha is {alpha}'):
        MeanTeacherHook(alpha)


def test_in_a_run(config):
    """The teacher of a real run is the average of its students."""
    students, teachers = [], []

    def note(runner, batch_idx, data_batch=None, outputs=None):
        students.append(flat(runner.model.student))
        teachers.append(flat(runner.model.teacher))

    cfg = config()
    cfg.custom_hooks[1].warmup = True  # alpha 0.9
    runner = build(cfg)
    runner.register_hook(Call(after_train_iter=note))
    runner.train()
    for step, alpha in enumerate((0, 1 / 2, 2 / 3, 3 / 4), start=PRETRAIN):
        wanted = alpha * teachers[step - 1] + (1 - alpha) * students[step]
        torch.testing.assert_close(teachers[step], wanted)
    own, other = engine_kit.networks(runner)
    assert 'backbone.bn1.running_mean' in differing(own, other)
