# Copyright (c) mmpose_mlda contributors. All rights reserved.
from torch import Tensor, nn


class Stack(nn.Sequential):
    """``nn.Sequential`` that ``compile()`` compiles.

    Torch's compiler passes over frames that lie in torch's own files, as the
    ``forward`` of the base class does.
    """

    def forward(self, inputs: Tensor) -> Tensor:
        """One module after the other."""
        return super().forward(inputs)
