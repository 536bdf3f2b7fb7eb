# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Pseudo-labels of the whole target, made again every so often."""

from collections.abc import Sequence

import torch
from mmengine.dist import all_reduce, get_dist_info, is_main_process
from mmengine.hooks import Hook
from mmengine.utils import track_iter_progress
from torch import Tensor
from torch.utils.data import DataLoader

from mmpose_mlda.datasets import WholeBoxTargets
from mmpose_mlda.engine.utils import average_buffers, unwrap
from mmpose_mlda.functional.random import key
from mmpose_mlda.registry import HOOKS

_KEY = 'pseudo_labels'  # in checkpoints


@HOOKS.register_module()
class PseudoLabelRefreshHook(Hook):
    """Let the student of the moment label all target images (CC-SSL).

    At the beginning of the adaptation and every ``interval`` steps the
    student is copied to the teacher, which labels every target image once
    (:meth:`CCSSL.label`); the table of labels is in the checkpoints. Each
    process labels its share of the images. Batch size and workers are those
    of the training.

    Args:
        interval: Steps between two tables. CC-SSL has six in its adaptation.
        quantiles: Share of the labels that is dropped, the less confident
            ones, of the first table, the second, ...; the last value stays.
            The default is that of CC-SSL, p = max(1 - 0.02 (e + 10), 0.2) at
            the epochs e = 0, 10, ..., 50.
    """

    priority = 'NORMAL'

    def __init__(
        self,
        interval: int,
        quantiles: Sequence[float] = (0.8, 0.6, 0.4, 0.2),
    ) -> None:
        if interval < 1:
            raise ValueError(
                f'interval is {interval}, but must be 1 step or more'
            )
        if not quantiles or not all(0 <= q < 1 for q in quantiles):
            raise ValueError(
                f'quantiles are {quantiles}, but must be one or more numbers '
                'in [0, 1), the share of labels to drop'
            )
        self.interval = interval
        self.quantiles = tuple(quantiles)

    def before_train(self, runner) -> None:
        """Check that model, table and images belong together."""
        model = unwrap(runner.model)
        if not hasattr(model, 'label_table'):
            raise TypeError(
                'PseudoLabelRefreshHook needs a model with a table of '
                f'pseudo-labels, such as CCSSL, not a {type(model).__name__}'
            )
        rows = model.label_table.rows
        images = len(runner.train_dataloader.dataset.target)
        if rows not in (0, images):
            raise RuntimeError(
                f'The checkpoint has pseudo-labels of {rows} target images, '
                f'but the target of the config has {images}; give the data '
                'of that run, or start a new one with load_from instead of '
                'resume'
            )

    def before_train_iter(self, runner, batch_idx, data_batch=None) -> None:
        """Make the table if it is due, or if a checkpoint had none."""
        step = runner.iter - runner.train_loop.pretrain_iters
        if step < 0:
            return
        table = unwrap(runner.model).label_table
        if step % self.interval and table.rows:
            return
        number = step // self.interval
        quantile = self.quantiles[min(number, len(self.quantiles) - 1)]
        points, confidence = self._label_all(runner)
        table.fill(points, confidence, quantile)
        runner.logger.info(
            f'Pseudo-labels, table {number + 1} at step {runner.iter}: '
            f'{table.keep.float().mean():.1%} kept, '
            f'mean confidence {confidence.mean():.2g}'
        )

    def _label_all(self, runner) -> tuple[Tensor, Tensor]:
        """Points (N, K, 2) and confidences (N, K), the same everywhere."""
        model = unwrap(runner.model)
        average_buffers(model.student)
        model.copy_student_to_teacher()

        images = WholeBoxTargets(runner.train_dataloader.dataset)
        joints = images.target.metainfo['num_keypoints']
        device = next(model.parameters()).device
        # a row is written by one process alone, and 0 in the others
        table = torch.zeros(
            len(images), joints, 3, dtype=torch.float64, device=device
        )
        batches = self._share(images, runner.train_dataloader)
        if is_main_process():
            batches = track_iter_progress((batches, len(batches)))
        for batch in batches:
            keys = [
                key(*model.seed_and_step, index, 'pseudo-labels')
                for index in batch['target_index'].tolist()
            ]
            batch['keys'] = torch.tensor(keys)
            batch = model.data_preprocessor.cast_data(batch)
            rows = batch.pop('target_index')
            with runner.optim_wrapper.optim_context(runner.model):
                points, confidence = model.label(
                    batch['image'], batch['warp_mat'], batch['keys']
                )
            table[rows, :, :2] = points.to(table)
            table[rows, :, 2] = confidence.to(table)
        all_reduce(table)
        return table[..., :2], table[..., 2]

    @staticmethod
    def _share(images: WholeBoxTargets, training: DataLoader) -> DataLoader:
        """Loader of the images that this process labels."""
        rank, world_size = get_dist_info()
        return DataLoader(
            images,
            training.batch_size,
            sampler=range(rank, len(images), world_size),
            num_workers=training.num_workers,
            # else the workers' seed is drawn from the generator of the step
            generator=torch.Generator(),
        )

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        """Put the table in the checkpoint."""
        table = unwrap(runner.model).label_table
        if table.rows:
            checkpoint[_KEY] = table.contents()

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        """Take it out, if the run that made it goes on."""
        if runner._resume and _KEY in checkpoint:
            model = unwrap(runner.model)
            device = next(model.parameters()).device
            saved = checkpoint[_KEY]
            model.label_table.fill(
                saved['points'].to(device),
                saved['confidence'].to(device),
                saved['quantile'],
            )
