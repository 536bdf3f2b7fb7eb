# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Features of a named sub-module."""

from collections.abc import Callable

from torch import Tensor, nn


class FeatureTap:
    """Catches the output of a sub-module during a forward pass.

    .. code-block:: python

        with tap as features:
            network(images)
            use(features())

    Args:
        network: The network.
        name: Dotted name of its sub-module. If that answers with several
            feature maps, the last one is taken.

    Raises:
        ValueError: If the network has no such sub-module.
    """

    def __init__(self, network: nn.Module, name: str) -> None:
        modules = dict(network.named_modules())
        if name not in modules:
            known = [key for key in modules if key and key.count('.') < 2]
            raise ValueError(
                f'The student has no sub-module {name!r} to tap; it has '
                f"{known}. Use tap='backbone' for heads without "
                'deconvolutions'
            )
        self._wanted = False
        self._output: Tensor | None = None
        # once and for all: torch.compile does not see hooks come and go
        modules[name].register_forward_hook(self._catch)

    def __enter__(self) -> Callable[[], Tensor]:
        self._wanted = True
        return lambda: self._output

    def __exit__(self, *error) -> None:
        self._wanted = False
        self._output = None

    def _catch(self, module: nn.Module, inputs: tuple, output) -> None:
        if not self._wanted:
            return
        while isinstance(output, (tuple, list)):
            output = output[-1]
        self._output = output
