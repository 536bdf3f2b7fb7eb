# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Training with two domains.

Adding a method (docs/adding_a_method.md has a whole example):

1. Subclass :class:`BaseAdaptor`, or :class:`MLDA` if it differs by a part.
2. Write ``loss(inputs, data_samples)`` as a dictionary of ``loss_*`` terms,
   with the mathematics in :mod:`mmpose_mlda.functional`.
3. Register the class, import it here, and name it in a config.
"""

from .base import BaseAdaptor
from .ccssl import CCSSL
from .mlda import MLDA
from .pseudo_labels import PseudoLabels
from .regda import RegDA
from .uda_animal import UDAAnimal

__all__ = [
    'CCSSL',
    'MLDA',
    'BaseAdaptor',
    'PseudoLabels',
    'RegDA',
    'UDAAnimal',
]
