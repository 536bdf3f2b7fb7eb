# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Weights of a network, for the plain network that stands for it."""

from torch import Tensor, nn

from .plain_parts import ExportError

# float32's sigmoid is exactly 1 from 17 on, that of half precision earlier
OPEN = 30.0


def fit_weights(
    weights: dict[str, Tensor], student: dict, network: nn.Module
) -> dict[str, Tensor]:
    """The weights under the names of the plain network.

    Args:
        weights: Of the estimator that an adaptor has trained.
        student: Its qualified config.
        network: The plain estimator.

    Returns:
        dict: All that the plain estimator has, contiguous, on the CPU.

    Raises:
        ExportError: If the two do not belong together.
    """
    fitted = {
        key: value.detach().cpu().contiguous()
        for key, value in weights.items()
    }
    if student['backbone']['type'] == 'mmpose_mlda.EfficientNetLite':
        fitted |= open_gates(network.state_dict(), fitted)
    own = network.state_dict()
    require_same(own, fitted)
    return {key: fitted[key] for key in own}


def require_same(own: dict[str, Tensor], found: dict[str, Tensor]) -> None:
    """Stop if weights are not those of a network.

    Args:
        own: Of the network.
        found: Of a checkpoint.

    Raises:
        ExportError: With the number of keys that are missing, unknown or of
            another shape, and the first of them.
    """
    wrong = [
        *sorted(own.keys() ^ found.keys()),
        *(
            key
            for key, value in own.items()
            if key in found and found[key].shape != value.shape
        ),
    ]
    if wrong:
        raise ExportError(
            'The checkpoint does not belong to the config: '
            f'{len(wrong)} weights are missing, unknown or of another shape, '
            f'the first is {wrong[0]}; give the config it was trained with'
        )


def open_gates(
    own: dict[str, Tensor], given: dict[str, Tensor]
) -> dict[str, Tensor]:
    r"""What EfficientNet-B0 has and Lite0 has not, without any effect.

    A squeeze-and-excitation layer multiplies each channel by
    :math:`\sigma(w_2 \cdot h(w_1 \cdot \bar x + b_1) + b_2)`. With all
    weights 0 and :math:`b_2 = 30` the factor is exactly 1 in float32. Stages
    behind the last one that is asked for answer nobody.

    Args:
        own: State dict of the B0.
        given: That of the Lite0.

    Returns:
        dict: The lacking weights.
    """
    lacking = {}
    for key in own.keys() - given.keys():
        if '.se.' in key:
            last = key.endswith('.se.conv2.conv.bias')
            lacking[key] = own[key].new_full(
                own[key].shape, OPEN if last else 0.0
            )
        elif key.startswith('backbone.layers.'):
            value = float(key.endswith('running_var'))
            lacking[key] = own[key].new_full(own[key].shape, value)
    return lacking
