# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Checkpoints that are whole or not there."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mmengine.dist import is_main_process
from mmengine.fileio import LocalBackend, register_backend
from mmengine.hooks import CheckpointHook

from mmpose_mlda.engine.utils import average_buffers, unwrap
from mmpose_mlda.errors import DISK_FULL, disk_full
from mmpose_mlda.registry import HOOKS

_PART = '.part'


@register_backend('mmpose_mlda.AtomicLocal')
class AtomicLocalBackend(LocalBackend):
    """Local files that appear under their name only when they are complete.

    Data go to a temporary file beside the final one, are brought to the disk
    and then renamed.
    """

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Write bytes to a file."""
        path = Path(filepath)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + _PART)
        try:
            with part.open('wb') as file:
                file.write(obj)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except OSError as error:
            with suppress(OSError):
                part.unlink()
            if error.errno in DISK_FULL:
                raise disk_full(path, len(obj)) from error
            raise
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)

    def put_text(
        self, obj: str, filepath: str | Path, encoding: str = 'utf-8'
    ) -> None:
        """Write text to a file."""
        self.put(obj.encode(encoding), filepath)


class _DeferredRemovals:
    """A file backend that collects removals instead of making them."""

    def __init__(self, backend) -> None:
        self._backend = backend
        self.paths: list[str] = []

    def __getattr__(self, name: str):
        return getattr(self._backend, name)

    def remove(self, path: str) -> None:
        self.paths.append(path)


@HOOKS.register_module()
class AtomicCheckpointHook(CheckpointHook):
    """MMEngine's checkpoint hook, safe against a kill at any moment.

    A checkpoint is written under a temporary name, brought to the disk and
    renamed, then ``last_checkpoint`` likewise, and only then the oldest one
    is deleted; MMEngine deletes first. Buffers are averaged over the
    processes before. The hash of the style network's weights, which are not
    in the checkpoint, is kept in its meta; a resume with others stops.

    Arguments are those of :class:`mmengine.hooks.CheckpointHook`. The output
    must be a local folder.
    """

    def __init__(self, *args, **kwargs) -> None:
        local = {'backend_args': (None, {}, {'backend': 'local'})}
        for name, value in kwargs.items():
            remote = name == 'out_dir' and '://' in str(value)
            if remote or value not in local.get(name, (value,)):
                raise ValueError(
                    'AtomicCheckpointHook writes to local folders only, but '
                    f"{name} is {value}; use type='CheckpointHook' for "
                    'remote storage'
                )
        kwargs['backend_args'] = dict(backend='mmpose_mlda.AtomicLocal')
        super().__init__(*args, **kwargs)

    def before_train(self, runner) -> None:
        """Prepare the folder, without what a killed run left unfinished."""
        super().before_train(runner)
        if is_main_process():
            for part in (
                *Path(self.out_dir).glob(f'*.pth{_PART}'),
                Path(runner.work_dir, f'last_checkpoint{_PART}'),
            ):
                part.unlink(missing_ok=True)

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        """Note which style weights the run uses."""
        checkpoint['meta']['style_weights'] = _style_fingerprint(runner)

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        """Stop a resume from weights alone or with other style weights."""
        lacking = {'meta', 'message_hub', 'optimizer'} - checkpoint.keys()
        if runner._resume and lacking:
            raise RuntimeError(
                f'{runner._load_from} cannot be resumed, it has no '
                f'{", ".join(sorted(lacking))}; start a new run with its '
                'weights by load_from without resume'
            )
        saved = checkpoint.get('meta', {}).get('style_weights')
        current = _style_fingerprint(runner)
        if runner._resume and saved is not None and saved != current:
            raise RuntimeError(
                f'The run was trained with the style weights {saved!r}, but '
                f'the config gives {current!r}; set the files in '
                'model.style_transfer (in model, of the training of a '
                'decoder) to those of the run, or start a new run with '
                'load_from instead of resume'
            )

    def _save_best_checkpoint(self, runner, metrics) -> None:
        if not self.save_best or not hasattr(self, 'file_backend'):
            return  # the latter: a validation without training
        average_buffers(runner.model)
        with self._removals_at_the_end():
            super()._save_best_checkpoint(runner, metrics)

    def _save_checkpoint_with_step(self, runner, step: int, meta: dict):
        runner.call_hook('before_checkpoint')  # by all processes
        average_buffers(runner.model)
        with self._removals_at_the_end():
            kept = self._register(runner, step)
            name = self.filename_tmpl.format(step)
            self.last_ckpt = self.file_backend.join_path(self.out_dir, name)
            runner.message_hub.update_info('last_ckpt', self.last_ckpt)
            runner.message_hub.update_info('keep_ckpt_ids', kept)
            runner.save_checkpoint(
                self.out_dir,
                name,
                save_optimizer=self.save_optimizer,
                save_param_scheduler=self.save_param_scheduler,
                meta=meta,
                by_epoch=self.by_epoch,
                backend_args=self.backend_args,
                **self.args,
            )
            if is_main_process():
                self.file_backend.put_text(
                    self.last_ckpt, Path(runner.work_dir) / 'last_checkpoint'
                )

    def _register(self, runner, step: int) -> list[int]:
        """Steps of the checkpoints that are there; removes the oldest.

        The oldest is among them, since it goes last: after a kill in
        between, MMEngine removes at the resume what is too many.
        """
        if self.max_keep_ckpts <= 0:
            return []
        present = list(self.keep_ckpt_ids)
        if step not in present:
            present.append(step)
            if len(present) > self.max_keep_ckpts:
                oldest = self.filename_tmpl.format(present[0])
                path = self.file_backend.join_path(self.out_dir, oldest)
                if is_main_process() and self.file_backend.isfile(path):
                    self.file_backend.remove(path)
            self.keep_ckpt_ids.append(step)
        return present

    def _best_paths(self) -> list[str | None]:
        if not self.save_best:
            return []
        if len(self.key_indicators) == 1:
            return [self.best_ckpt_path]
        return list(self.best_ckpt_path_dict.values())

    @contextmanager
    def _removals_at_the_end(self) -> Iterator[None]:
        """Delete old files only when the new one is complete."""
        backend = self.file_backend
        if isinstance(backend, _DeferredRemovals):
            yield
            return
        self.file_backend = _DeferredRemovals(backend)
        try:
            yield
            current = {self.last_ckpt, *self._best_paths()}
            for path in self.file_backend.paths:
                if path not in current:  # by a name without a number
                    backend.remove(path)
        finally:
            self.file_backend = backend


def _style_fingerprint(runner) -> str:
    model = unwrap(runner.model)
    # the training of a style network is one itself
    network = getattr(model, 'style_transfer', model)
    return getattr(network, 'fingerprint', '')
