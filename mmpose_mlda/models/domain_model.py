# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What every model that is trained on pairs of domains shares."""

import torch
from mmengine.dist import all_reduce, get_world_size
from mmengine.model import BaseModel
from mmengine.utils import apply_to
from torch import Tensor

from mmpose_mlda.registry import MODELS


class BaseDomainModel(BaseModel):
    """A model that knows the step it stands at, and can show what it sees.

    :class:`DomainTrainLoop` trains subclasses of this one.

    Args:
        data_preprocessor: Config of a :class:`DomainDataPreprocessor`.
        init_cfg: See ``BaseModule``.
    """

    # takes checkpoints of other layouts, and refuses what fits none
    checks_state_dict = True

    # whether a checkpoint was loaded that counts as a source training
    starts_adapted = False

    def __init__(
        self,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        # built here, since BaseModel looks in MMEngine's registry alone
        if isinstance(data_preprocessor, dict):
            data_preprocessor = MODELS.build(data_preprocessor)
        super().__init__(data_preprocessor, init_cfg)
        self._position: tuple[int, int, int] | None = None
        self._record: dict[str, Tensor] | None = None

    # ------------------------------------------------- where training stands
    def begin_step(self, seed: int, step: int, pretrain_iters: int) -> None:
        """Tell the model where training stands; called before each step.

        Args:
            seed: Seed of the run.
            step: Finished steps.
            pretrain_iters: Steps of source training before the adaptation.
        """
        self._position = seed, step, pretrain_iters

    @property
    def seed_and_step(self) -> tuple[int, int]:
        """Key of the random numbers that a whole batch shares."""
        return self._require_position()[:2]

    @property
    def adaptation_step(self) -> int:
        """Steps since the adaptation began; negative before."""
        _, step, pretrain_iters = self._require_position()
        return step - pretrain_iters

    def _require_position(self) -> tuple[int, int, int]:
        if self._position is None:
            raise RuntimeError(
                'The model does not know its step; train it with train_cfg='
                "dict(type='mmpose_mlda.DomainTrainLoop', ...)"
            )
        return self._position

    # --------------------------------------------------------------- the log
    def parse_losses(
        self, losses: dict[str, Tensor]
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Sum of the losses, and what the log shows.

        Of several processes the log shows the mean: the loss of each is a
        share of the whole batch's, and not always a loss of its own.

        Args:
            losses: What :meth:`loss` gives.

        Returns:
            tuple: The sum, and all values.
        """
        total, values = super().parse_losses(losses)
        if get_world_size() > 1:
            mean = torch.stack([v.detach().to(total) for v in values.values()])
            all_reduce(mean, 'mean')
            values = dict(zip(values, mean.unbind(), strict=True))
        return total, values

    # ------------------------------------------------------------- recording
    def start_recording(self) -> None:
        """Keep the tensors of the next step, for pictures and tests."""
        self._record = {}

    def stop_recording(self) -> dict[str, Tensor]:
        """Give out what was kept since :meth:`start_recording`."""
        record, self._record = self._record, None
        return record or {}

    def record(self, **tensors: Tensor) -> None:
        """Keep tensors of this step if somebody asked for them."""
        if self._record is not None:
            self._record |= apply_to(tensors, torch.is_tensor, Tensor.detach)
