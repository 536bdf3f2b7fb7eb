# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Plain checkpoints of MMPose in an adaptor."""

from torch import Tensor, nn


def spread_plain_checkpoint(
    adaptor: nn.Module, state_dict: dict[str, Tensor], prefix: str, *_
) -> None:
    """Give the weights of a plain estimator to student and teacher.

    A pre-hook of the state dict's loading; changes ``state_dict`` in place.
    One of an adaptor is left as it is.

    Raises:
        RuntimeError: If the keys are neither those of the student nor those
            of an adaptor.
    """
    own = set(adaptor.state_dict())
    adaptor.starts_adapted = False
    if any(key.startswith(f'{prefix}student.') for key in state_dict):
        wanted = own
    else:
        wanted = set(adaptor.student.state_dict())
        adaptor.starts_adapted = True
    found = {key.removeprefix(prefix) for key in state_dict}
    missing = sorted(wanted - found)
    unknown = sorted(found - wanted)
    if missing or unknown:
        wrong = [f'lacks {_some(missing)}'] if missing else []
        wrong += [f'has the unknown {_some(unknown)}'] if unknown else []
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
            for network in ('student', 'teacher'):
                state_dict[f'{prefix}{network}.{key}'] = value
        for key in own:  # parts that a plain checkpoint does not have
            if not key.startswith(('student.', 'teacher.')):
                state_dict[prefix + key] = adaptor.state_dict()[key]


def _some(keys: list[str], limit: int = 8) -> str:
    shown = ', '.join(keys[:limit])
    return f'{shown} and {len(keys) - limit} more' if keys[limit:] else shown
