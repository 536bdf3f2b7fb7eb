# Copyright (c) mmpose_mlda contributors. All rights reserved.
import re
import signal
from pathlib import Path
from unittest import mock

import engine_kit
import pytest
import torch
from engine_kit import Call, finish, fork, kill_self
from toy_kit import SCORES, toy_config, toy_run

from mmpose_mlda.checkpoint import load_from_local
from mmpose_mlda.engine import AtomicCheckpointHook
from mmpose_mlda.engine.hooks import AtomicLocalBackend

FINAL = {'iter_5.pth', 'iter_6.pth', 'best_score_iter_6.pth'}


def files(folder):
    """Checkpoints in a folder, whole or not."""
    names = {path.name for path in Path(folder).iterdir()}
    return {name for name in names if '.pth' in name or '.part' in name}


# ------------------------------------------------------------ plain sailing
def test_what_a_run_leaves(tmp_path):
    toy_run(tmp_path)
    assert files(tmp_path) == FINAL
    last = Path(tmp_path / 'last_checkpoint').read_text()
    assert last == str(tmp_path / 'iter_6.pth')
    for name in FINAL:
        step = int(re.search(r'\d+', name)[0])
        checkpoint = load_from_local(str(tmp_path / name))
        assert checkpoint['meta']['iter'] == step
        assert ('optimizer' in checkpoint) == name.startswith('iter')


@pytest.mark.parametrize(('keep', 'wanted'), [(1, 1), (3, 3), (-1, 6)])
def test_number_of_checkpoints(tmp_path, keep, wanted):
    toy_run(tmp_path, max_keep_ckpts=keep, save_best=None)
    numbers = range(6, 6 - wanted, -1)
    assert files(tmp_path) == {f'iter_{n}.pth' for n in numbers}


def test_several_best(tmp_path):
    """-SCORES is best after the first step and stays so."""
    toy_run(tmp_path, save_best=['score', 'other'])
    assert files(tmp_path) == FINAL | {'best_other_iter_1.pth'}


def test_one_name_for_all(tmp_path):
    """A name without number is overwritten, not written and deleted."""
    name = 'latest.pth'
    toy_run(tmp_path, max_keep_ckpts=1, filename_tmpl=name)
    assert files(tmp_path) == {name, f'best_score_{name}'}
    for path in files(tmp_path):
        assert load_from_local(str(tmp_path / path))['meta']['iter'] == 6


def test_other_folder(tmp_path):
    """Checkpoints of out_dir lie in a folder of the run's name."""
    run, out = tmp_path / 'run', tmp_path / 'out'
    out.joinpath('run').mkdir(parents=True)
    run.mkdir()
    leftovers = [out / 'run/iter_9.pth.part', run / 'last_checkpoint.part']
    for path in leftovers:
        path.touch()
    toy_run(run, out_dir=str(out))
    assert files(out / 'run') == FINAL
    last = run / 'last_checkpoint'
    assert last.read_text() == str(out / 'run/iter_6.pth')
    assert not any(path.exists() for path in leftovers)


def test_files_of_others_stay(tmp_path):
    foreign = tmp_path / 'download.part'
    foreign.touch()
    toy_run(tmp_path)
    assert foreign.exists()


def test_old_ones_go_after_the_new_one_is_there(tmp_path):
    """In the order of the file system's calls."""
    calls = []

    def note(name, function):
        def noted(first, *rest):
            calls.append((name, Path(rest[0] if rest else first).name))
            return function(first, *rest)

        return noted

    replace, remove = Path.replace, AtomicLocalBackend.remove

    def noted_remove(self, path):
        calls.append(('remove', Path(path).name))
        return remove(self, path)

    with (
        mock.patch.object(Path, 'replace', note('replace', replace)),
        mock.patch.object(AtomicLocalBackend, 'remove', noted_remove),
    ):
        toy_run(tmp_path, steps=4)
    fourth = calls[calls.index(('replace', 'iter_4.pth')) :]
    assert fourth == [
        ('replace', 'iter_4.pth'),
        ('replace', 'last_checkpoint'),
        ('remove', 'iter_2.pth'),
        ('replace', 'best_score_iter_4.pth'),
        ('replace', 'iter_4.pth'),  # which now knows its best
        ('replace', 'last_checkpoint'),
        ('remove', 'best_score_iter_2.pth'),
    ]


def test_on_the_disk_before_renamed(tmp_path):
    """Data are synchronised before, the folder after the renaming."""
    calls = []
    with (
        mock.patch(
            'os.fsync',
            lambda fd: calls.append(
                Path(f'/proc/self/fd/{fd}').resolve().name
            ),
        ),
    ):
        replace = Path.replace

        def noted(self, target):
            calls.append(f'-> {Path(target).name}')
            return replace(self, target)

        with mock.patch.object(Path, 'replace', noted):
            AtomicLocalBackend().put(b'abc', tmp_path / 'new' / 'a.pth')
    assert calls == ['a.pth.part', '-> a.pth', 'new']
    assert (tmp_path / 'new' / 'a.pth').read_bytes() == b'abc'


# --------------------------------------------------------------------- kills
class Countdown:
    """Kills this process at the n-th operation on files of checkpoints."""

    def __init__(self, deadly=None, begin=0):
        self.deadly, self.count = deadly, 0
        self.runner = None
        self.begin = begin

    def tick(self):
        if self.runner.iter < self.begin:
            return False
        self.count += 1
        return self.count == self.deadly

    def run(self, folder, **kwargs):
        def prepare(runner):
            self.runner = runner

        replace, remove = Path.replace, AtomicLocalBackend.remove
        opened, outer = Path.open, self

        def dying_open(path, *args, **options):
            file = opened(path, *args, **options)
            if path.suffix == '.part' and outer.tick():
                file.write = None

                class Half:
                    def __enter__(self):
                        return self

                    def __exit__(self, *error):
                        pass

                    def write(self, data):
                        file.raw.write(data[: len(data) // 2])
                        kill_self()

                return Half()
            return file

        def dying_replace(path, target):
            if outer.tick():
                kill_self()
            return replace(path, target)

        def dying_remove(backend, path):
            if outer.tick():
                kill_self()
            return remove(backend, path)

        with (
            mock.patch.object(Path, 'open', dying_open),
            mock.patch.object(Path, 'replace', dying_replace),
            mock.patch.object(AtomicLocalBackend, 'remove', dying_remove),
        ):
            return toy_run(folder, prepare, **kwargs)


def check_after_kill(folder, wanted):
    """Whatever has a final name is whole, and leads on to the same end."""
    names = files(folder)
    for name in names:
        if name.endswith('.pth'):
            load_from_local(str(folder / name))
    if not (folder / 'last_checkpoint').exists():
        return  # killed before the first was complete
    last = Path((folder / 'last_checkpoint').read_text())
    checkpoint = load_from_local(str(last))
    assert last.name == f'iter_{checkpoint["meta"]["iter"]}.pth'
    best = checkpoint['message_hub']['runtime_info'].get('best_ckpt')
    assert best is None or Path(best).exists()

    runner = toy_run(folder, options={'resume': True})
    for name, value in wanted.items():
        assert runner.model.state_dict()[name].equal(value)
    # a best file that the kill kept from being named anywhere stays
    extra = files(folder) - FINAL
    assert len(extra) <= 1
    assert all(name.startswith('best_') for name in extra)
    assert (folder / 'last_checkpoint').read_text().endswith('iter_6.pth')


def kill_at_all(tmp_path, begin, count=None):
    """Kill at each operation after a step; returns how many there are."""
    counter = Countdown(begin=begin)
    wanted = counter.run(tmp_path / 'whole').model.state_dict()
    for deadly in range(1, (count or counter.count) + 1):
        folder = tmp_path / f'killed_{deadly}'
        folder.mkdir()
        process = fork(Countdown(deadly, begin).run, folder)
        assert finish(process) == -signal.SIGKILL
        check_after_kill(folder, wanted)
    return counter.count


def test_killed_at_any_moment_of_a_step(tmp_path):
    """The fourth step, which has a new best.

    Its training writes and renames 2 files and removes 1, its validation
    writes and renames 3 and removes 1. The validation of the third does
    nothing; the fifth step is like the fourth, without a best; the sixth
    like the fourth. In all 12 + 5 + 12.
    """
    assert kill_at_all(tmp_path, 3, count=12) == 12 + 5 + 12


@pytest.mark.slow
def test_killed_at_any_moment_of_a_run(tmp_path):
    """As above; nothing is removed in steps 1 and 2 but the first best."""
    assert kill_at_all(tmp_path, 0) == 10 + 11 + 5 + 12 + 5 + 12


def test_killed_without_best(tmp_path):
    """What is left over of old checkpoints is removed in the end."""

    def run(folder):
        # dies when the third checkpoint is complete, before it removes one
        with mock.patch.object(AtomicLocalBackend, 'remove') as remove:
            remove.side_effect = lambda *_: kill_self()
            toy_run(folder, save_best=None)

    assert finish(fork(run, tmp_path)) == -signal.SIGKILL
    assert files(tmp_path) == {f'iter_{n}.pth' for n in (1, 2, 3)}
    toy_run(tmp_path, save_best=None, options={'resume': True})
    assert files(tmp_path) == {'iter_5.pth', 'iter_6.pth'}


# --------------------------------------------------------------------- meta
def test_loads_as_safe_classes_only(uninterrupted):
    """A complete checkpoint of an adaptation run, by the safe loader."""
    path = uninterrupted.folder / 'iter_8.pth'
    checkpoint = load_from_local(str(path))
    assert checkpoint['meta']['seed'] == 3
    assert {'state_dict', 'optimizer', 'param_schedulers'} < set(checkpoint)


def test_style_weights_in_meta(tmp_path):
    toy_run(tmp_path, options={'model.fingerprint': 'abc'})
    meta = load_from_local(str(tmp_path / 'iter_6.pth'))['meta']
    assert meta['style_weights'] == 'abc'
    toy_run(tmp_path / 'none')
    meta = load_from_local(str(tmp_path / 'none/iter_6.pth'))['meta']
    assert meta['style_weights'] == ''


@pytest.mark.parametrize('other', ['xyz', None])
def test_resume_with_other_style_weights(tmp_path, other):
    toy_run(tmp_path, steps=4, options={'model.fingerprint': 'abc'})
    options = {'model.fingerprint': other, 'resume': True}
    with pytest.raises(RuntimeError, match=r"'abc'.*style_transfer") as error:
        toy_run(tmp_path, options=options)
    assert repr(other or '') in str(error.value)
    toy_run(tmp_path, options=options | {'model.fingerprint': 'abc'})


def test_start_from_other_style_weights(tmp_path):
    toy_run(tmp_path / 'a', steps=4, options={'model.fingerprint': 'abc'})
    path = str(tmp_path / 'a/iter_4.pth')
    options = {'model.fingerprint': 'xyz', 'load_from': path}
    toy_run(tmp_path / 'b', options=options)


def test_resume_of_a_checkpoint_without_the_note(tmp_path):
    """One of MMEngine's own hook has no such meta."""
    toy_run(tmp_path, steps=4)
    path = tmp_path / 'iter_4.pth'
    checkpoint = load_from_local(str(path))
    del checkpoint['meta']['style_weights']
    torch.save(checkpoint, path)
    toy_run(tmp_path, options={'model.fingerprint': 'abc', 'resume': True})


def test_style_network_is_in_no_checkpoint(tmp_path):
    """AdaIN's weights stay out, their hash is there."""
    from mmpose_mlda.models.style import build_decoder, build_encoder

    torch.manual_seed(0)
    paths = {}
    for part, network in (
        ('encoder', build_encoder('relu2_1')),
        ('decoder', build_decoder('relu2_1')),
    ):
        paths[part] = str(tmp_path / f'{part}.pth')
        torch.save(network.state_dict(), paths[part])
    data = engine_kit.write_data(tmp_path / 'data')
    style = dict(type='mmpose_mlda.AdaINStyleTransfer', layer='relu2_1')
    options = {
        'model.style_transfer': dict(style, _delete_=True, **paths),
        'default_hooks.checkpoint.interval': 1,
        'train_cfg.max_iters': 1,
        'train_cfg.pretrain_iters': 0,
        'val_cfg': None,
        'val_dataloader': None,
        'val_evaluator': None,
    }

    def config(folder):
        return engine_kit.make_config(data, tmp_path / folder, options)

    engine_kit.train(config('a'))
    path = tmp_path / 'a/iter_1.pth'
    checkpoint = load_from_local(str(path))
    assert len(checkpoint['meta']['style_weights']) == 16
    names = checkpoint['state_dict']
    assert not [name for name in names if 'style' in name]

    torch.save(build_encoder('relu2_1').state_dict(), paths['encoder'])
    with pytest.raises(RuntimeError, match='style weights'):
        engine_kit.resume(config('b'), path)


# ------------------------------------------------------------------ refusals
@pytest.mark.parametrize(
    'options',
    [
        {'backend_args': {'backend': 'petrel'}},
        {'out_dir': 's3://bucket/runs'},
        {'out_dir': 'petrel:s3://bucket/runs'},
    ],
)
def test_remote_storage_is_refused(options):
    (value,) = options.values()
    with pytest.raises(ValueError, match='local folders only') as error:
        AtomicCheckpointHook(interval=1, **options)
    assert str(value) in str(error.value)


@pytest.mark.parametrize('args', [None, {}, {'backend': 'local'}])
def test_local_storage(args, tmp_path):
    """As MMPose's configs give it."""
    toy_run(tmp_path, backend_args=args, steps=1)
    assert 'iter_1.pth' in files(tmp_path)


def test_validation_alone(tmp_path):
    """A runner that only validates saves no best checkpoint."""
    toy_run(tmp_path)
    cfg = toy_config(tmp_path / 'val')
    cfg.load_from = str(tmp_path / 'iter_6.pth')
    runner = engine_kit.build(cfg)
    runner.register_hook(
        Call(before_val=lambda r: setattr(r.train_loop, '_iter', len(SCORES)))
    )
    runner.val()
    assert files(tmp_path / 'val') == set()
