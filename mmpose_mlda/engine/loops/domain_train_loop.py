# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Training by steps in two stages, with an instant resume."""

import warnings

import torch
from mmengine.dist import broadcast_object_list, get_rank
from mmengine.logging import print_log
from mmengine.runner import IterBasedTrainLoop
from mmengine.runner.base_loop import BaseLoop
from torch.utils.data import DataLoader

from mmpose_mlda.datasets import DomainPairSampler
from mmpose_mlda.engine.utils import unwrap
from mmpose_mlda.functional.random import key
from mmpose_mlda.models import BaseDomainModel
from mmpose_mlda.registry import LOOPS


@LOOPS.register_module()
class DomainTrainLoop(IterBasedTrainLoop):
    """Source training, then adaptation.

    Before each step the model is told where it stands, and torch's global
    generators are seeded from (seed, step, rank) for the layers of
    libraries; the sampler is told where to begin. A resumed run therefore
    goes on with the next batch at once, where MMEngine's loop would read
    again all batches that were already seen.

    A plain checkpoint in ``load_from`` counts as a finished source training:
    loop and schedulers then start at ``pretrain_iters``.

    Args:
        runner: The runner.
        dataloader: Config or data loader of a :class:`DomainPairDataset`
            with a :class:`DomainPairSampler`.
        max_iters: Steps in all.
        pretrain_iters: Steps of source training. A fraction below 1 is a
            share of ``max_iters``; ``max_iters`` or 1.0 is source-only.
        val_begin: First step after which to validate.
        val_interval: Steps between validations.
    """

    def __init__(
        self,
        runner,
        dataloader: DataLoader | dict,
        max_iters: int,
        pretrain_iters: float = 0,
        val_begin: int = 1,
        val_interval: int = 1000,
    ) -> None:
        if isinstance(dataloader, dict):
            # of a base 'mmpose_mlda::...': MMEngine would hand it on to the
            # function, which does not know it
            dataloader.get('collate_fn', {}).pop('_scope_', None)
        # not IterBasedTrainLoop's, which would start the workers here,
        # before a resumed run knows where to begin
        BaseLoop.__init__(self, runner, dataloader)
        if int(max_iters) != max_iters or max_iters < 1:
            raise ValueError(
                f'max_iters is {max_iters}, but must be a whole number, 1 or '
                'more'
            )
        _refuse_whole_compile(runner)
        self._max_iters = int(max_iters)
        self._max_epochs = 1
        self._epoch = 0
        self._iter = 0
        self.val_begin = val_begin
        self.val_interval = val_interval
        self.stop_training = False
        self.pretrain_iters = count_steps(pretrain_iters, self._max_iters)
        self.runner.visualizer.dataset_meta = self.dataloader.dataset.metainfo
        if not isinstance(self.dataloader.sampler, DomainPairSampler):
            raise TypeError(
                'DomainTrainLoop needs train_dataloader=dict(sampler=dict('
                "type='mmpose_mlda.DomainPairSampler')), not "
                f'{type(self.dataloader.sampler).__name__}'
            )

    @property
    def model(self) -> BaseDomainModel:
        """The model, out of its wrapper."""
        model = unwrap(self.runner.model)
        if not isinstance(model, BaseDomainModel):
            raise TypeError(
                'DomainTrainLoop trains models of two domains, such as '
                f'mmpose_mlda.MLDA, not a {type(model).__name__}'
            )
        return model

    def run(self):
        """Train from the step where the run stands to the last one."""
        resumed = self._iter > 0
        if not resumed and self.model.starts_adapted:
            self._skip_source_training()
        self.runner.call_hook('before_train')
        self.runner.call_hook('before_train_epoch')
        # with randomness.diff_rank_seed every process has another one
        seeds = [self.runner.seed]
        broadcast_object_list(seeds)
        self._seed = seeds[0]
        if resumed and self._validates():
            self.runner.val_loop.run()  # which a kill may have prevented
        self.dataloader.sampler.begin_at(
            self._iter * self.dataloader.batch_size, self._seed
        )
        batches = iter(self.dataloader)
        while self._iter < self._max_iters and not self.stop_training:
            self.runner.model.train()
            self.run_iter(next(batches))
            if self._validates():
                self.runner.val_loop.run()
        self.runner.call_hook('after_train_epoch')
        self.runner.call_hook('after_train')
        return self.runner.model

    def run_iter(self, data_batch: dict) -> None:
        """Train one step."""
        self.model.begin_step(self._seed, self._iter, self.pretrain_iters)
        torch.manual_seed(key(self._seed, self._iter, get_rank(), 'step'))
        super().run_iter(data_batch)

    def _validates(self) -> bool:
        return (
            self.runner.val_loop is not None
            and self._iter >= self.val_begin
            and (
                self._iter % self.val_interval == 0
                or self._iter == self._max_iters
            )
        )

    def _skip_source_training(self) -> None:
        print_log(
            'A plain checkpoint was loaded in student and teacher: the '
            f'adaptation begins at once, at step {self.pretrain_iters}',
            logger='current',
        )
        self._iter = self.pretrain_iters
        self.runner.optim_wrapper.initialize_count_status(
            self.runner.model, self._iter, self._max_iters
        )
        schedulers = [
            scheduler
            for scheduler in self.runner.param_schedulers or ()
            if not scheduler.by_epoch
        ]
        with warnings.catch_warnings():  # of schedulers before the optimiser
            warnings.simplefilter('ignore', UserWarning)
            for _ in range(self.pretrain_iters):
                for scheduler in schedulers:
                    scheduler.step()


def _refuse_whole_compile(runner) -> None:
    if runner.cfg.get('compile'):
        raise ValueError(
            f'compile is {runner.cfg.compile}: MMEngine would compile the '
            'whole train_step, whose random numbers are new in each step. To '
            'compile the networks take --cfg-options default_hooks.compile'
            '.type=mmpose_mlda.CompileHook in place of compile'
        )


def count_steps(value: float, max_iters: int) -> int:
    """Turn a number of steps or a share of ``max_iters`` into steps."""
    steps = round(value * max_iters) if isinstance(value, float) else value
    if not 0 <= steps <= max_iters:
        raise ValueError(
            f'pretrain_iters is {value}, but must be a number of steps '
            f'between 0 and max_iters = {max_iters}, or a share between 0.0 '
            'and 1.0; shorten both by --cfg-options train_cfg.max_iters=... '
            'train_cfg.pretrain_iters=...'
        )
    return steps
