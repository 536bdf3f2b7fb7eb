# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""A stop at the first loss that is no number, with the state before it."""

import copy
from itertools import islice
from pathlib import Path

import torch
from mmengine.dist import all_reduce, is_main_process
from mmengine.hooks import Hook
from mmengine.runner import save_checkpoint
from torch import Tensor

from mmpose_mlda.datasets import DomainPairSampler
from mmpose_mlda.engine.utils import unwrap
from mmpose_mlda.errors import DiskFullError, NonFiniteError
from mmpose_mlda.registry import HOOKS

_PARAMETERS = 'the parameters'


@HOOKS.register_module()
class FiniteLossHook(Hook):
    """Stops a run whose loss is infinite or not a number.

    Every term of every step counts, but the answers stay on the device and
    are read every ``interval`` steps, and before each validation and
    checkpoint: so no checkpoint holds weights that a bad step has spoilt.
    The error names the first bad step and its terms.

    At each reading that found nothing wrong the state of the run is copied
    to the host's memory. After a bad step it is written beside the
    checkpoints, which stay as they are: a resume from this file comes to the
    same step within ``interval`` steps. Its meta names the samples of the
    step under ``not_finite``.

    Args:
        interval: Steps between readings.
        keep_state: Whether to copy the state; costs as much memory of the
            host as a checkpoint has.
    """

    priority = 'VERY_HIGH'  # before what changes the state

    def __init__(self, interval: int = 50, keep_state: bool = True) -> None:
        if interval < 1:
            raise ValueError(
                f'FiniteLossHook: interval is {interval}, but must be 1 step '
                'or more'
            )
        self.interval = interval
        self.keep_state = keep_state
        self._unread: list[tuple[int, list[str], Tensor]] = []
        self._state: dict | None = None

    def before_train_iter(self, runner, batch_idx, data_batch=None) -> None:
        """Keep the state that the next steps begin with."""
        if not self.keep_state or self._unread or not is_main_process():
            return
        if runner.iter % self.interval == 0 or self._state is None:
            self._state = _state(runner)

    def after_train_iter(
        self, runner, batch_idx, data_batch=None, outputs=None
    ) -> None:
        """Note which terms are finite; read the notes if it is time."""
        terms = {k: v for k, v in (outputs or {}).items() if 'loss' in k}
        if terms:
            values = [torch.as_tensor(v).detach() for v in terms.values()]
            bad = ~torch.stack(values).isfinite()
            self._unread.append((runner.iter + 1, list(terms), bad))
        if (runner.iter + 1) % self.interval == 0:
            self._read(runner)

    def before_val(self, runner) -> None:
        """Do not validate what is spoilt."""
        self._read(runner)

    def before_checkpoint(self, runner) -> None:
        """Do not save what is spoilt; called by AtomicCheckpointHook."""
        # MMEngine's before_save_checkpoint is called in one process alone
        self._read(runner)

    def after_train(self, runner) -> None:
        """Read what is left."""
        self._read(runner)

    def _read(self, runner) -> None:
        unread, self._unread = self._unread, []
        if not unread:
            return
        flags = [*(bad for _, _, bad in unread), _bad_parameters(runner)]
        flags = torch.cat(flags).int()
        all_reduce(flags, 'sum')
        flags = iter(flags.tolist())
        for step, names, _ in unread:
            bad = [name for name, flag in zip(names, flags) if flag]  # noqa: B905
            if bad:
                self._stop(runner, step, bad)
        if next(flags):  # by a gradient, after the last loss
            self._stop(runner, unread[-1][0], [_PARAMETERS])

    def _stop(self, runner, step: int, names: list[str]) -> None:
        names = [n for n in names if n != 'loss'] or names  # their sum
        raise NonFiniteError(
            f'Not finite at step {step}: {", ".join(names)}. '
            f'{self._save(runner, step, names)}'
            'Checkpoints are from before, and stay as they are. Lower the '
            'learning rate (optim_wrapper.optimizer.lr), clip gradients '
            '(optim_wrapper.clip_grad.max_norm=1), leave out --amp, or take '
            'the weight of that term down'
        )

    def _save(self, runner, step: int, names: list[str]) -> str:
        if self._state is None:
            return ''
        begin = self._state['meta']['iter']
        path = Path(runner.work_dir, f'before_failure_iter_{begin}.pth')
        meta = self._state['meta']
        meta['cfg'] = runner.cfg.pretty_text  # takes long
        meta['not_finite'] = dict(
            step=step, terms=names, samples=_samples(runner, step)
        )
        try:
            save_checkpoint(
                self._state,
                str(path),
                backend_args=dict(backend='mmpose_mlda.AtomicLocal'),
            )
        except (OSError, DiskFullError) as error:
            return f'The state before could not be saved ({error}). '
        return (
            f'The state of step {begin} is in {path}: --resume {path} '
            'repeats the steps up to there. '
        )


@torch.no_grad()
def _bad_parameters(runner) -> Tensor:
    """(1,), whether what is trained has a value that is not finite."""
    trained = [p for p in runner.model.parameters() if p.requires_grad]
    norms = torch.stack(torch._foreach_norm(trained))
    return ~norms.isfinite().all().reshape(1)


def _samples(runner, step: int) -> list[list[int]]:
    """Source index, target index and seed of the samples of a step."""
    loader = runner.train_dataloader
    if not isinstance(loader.sampler, DomainPairSampler):
        return []
    sampler = copy.copy(loader.sampler)
    seed = getattr(runner.train_loop, '_seed', sampler.seed)
    sampler.begin_at((step - 1) * loader.batch_size, seed)
    return [list(slot) for slot in islice(sampler, loader.batch_size)]


def _state(runner) -> dict:
    """What a checkpoint of this moment would hold, in the host's memory."""
    checkpoint = dict(
        meta=dict(
            epoch=runner.epoch,
            iter=runner.iter,
            seed=runner.seed,
            experiment_name=runner.experiment_name,
            dataset_meta=getattr(
                runner.train_dataloader.dataset, 'metainfo', None
            ),
        ),
        state_dict=unwrap(runner.model).state_dict(),
        message_hub=runner.message_hub.state_dict(),
        optimizer=runner.optim_wrapper.state_dict(),
        param_schedulers=[
            scheduler.state_dict()
            for scheduler in runner.param_schedulers or ()
        ],
    )
    runner.call_hook('before_save_checkpoint', checkpoint=checkpoint)
    return _to_host(checkpoint)


def _to_host(value):
    """A deep copy whose tensors are in the host's memory."""
    if isinstance(value, Tensor):
        return value.detach().to('cpu', copy=True)
    if isinstance(value, dict):
        return {k: _to_host(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(_to_host, value))
    return copy.deepcopy(value)
