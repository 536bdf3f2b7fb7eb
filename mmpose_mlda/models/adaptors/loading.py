# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Plain checkpoints of MMPose in an adaptor."""

from typing import Any

from torch import Tensor, nn


def spread_plain_checkpoint(
    adaptor: nn.Module, state_dict: dict[str, Tensor], prefix: str, *_
) -> None:
    """Give the weights of a plain estimator to student and teacher.

    A pre-hook of the state dict's loading; changes ``state_dict`` in place.
    One of an adaptor is left as it is.

    Raises:
        RuntimeError: If the keys are neither those of the student nor those
            of an adaptor, or tensors have other shapes.
    """
    own = adaptor.state_dict()
    adaptor.starts_adapted = False
    if any(key.startswith(f'{prefix}student.') for key in state_dict):
        wanted = own
    else:
        wanted = adaptor.student.state_dict()
        adaptor.starts_adapted = True
    found = {key.removeprefix(prefix): state_dict[key] for key in state_dict}
    missing = sorted(wanted.keys() - found.keys())
    unknown = sorted(found.keys() - wanted.keys())
    # MMEngine only warns of these, and goes on with random weights; the
    # other parts may have tables that are as long as the data
    networks = ('student.', 'teacher.')
    other = [
        f'{key} {_shape(found[key])} (here {_shape(wanted[key])})'
        for key in sorted(wanted.keys() & found.keys())
        if _shape(found[key]) != _shape(wanted[key])
        and (adaptor.starts_adapted or key.startswith(networks))
    ]
    if missing or unknown or other:
        wrong = [f'lacks {_some(missing)}'] if missing else []
        wrong += [f'has the unknown {_some(unknown)}'] if unknown else []
        wrong += [f'has in another shape {_some(other)}'] if other else []
        raise RuntimeError(
            'The checkpoint is neither one of this adaptor nor a plain one '
            f'of its student; it {" and ".join(wrong)}. A part that was not '
            'trained is left out by e.g. --cfg-options model.domain_head='
            'None; weights of a backbone alone are given by '
            'model.student.backbone.init_cfg'
        )
    if adaptor.starts_adapted:
        for key in wanted:
            value = state_dict.pop(prefix + key)
            for network in networks:
                state_dict[f'{prefix}{network}{key}'] = value
        for key in own:  # parts that a plain checkpoint does not have
            if not key.startswith(networks):
                state_dict[prefix + key] = own[key]


def _shape(value: Any) -> tuple[int, ...] | str:
    is_tensor = isinstance(value, Tensor)
    return tuple(value.shape) if is_tensor else type(value).__name__


def _some(keys: list[str], limit: int = 8) -> str:
    shown = ', '.join(keys[:limit])
    return f'{shown} and {len(keys) - limit} more' if keys[limit:] else shown
