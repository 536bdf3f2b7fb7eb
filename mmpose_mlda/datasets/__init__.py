# Copyright (c) mmpose_mlda contributors. All rights reserved.
import mmpose_mlda.registry  # noqa: F401 (before any import of MMPose)

from .animal_datasets import (
    AnimalPoseDataset,
    SynAnimalDataset,
    TigDogDataset,
)
from .combined_dataset import CombinedPoseDataset
from .domain_pair_dataset import DomainPairDataset
from .domain_pair_sampler import DomainPairSampler
from .figures_dataset import FiguresDataset
from .labeled_dataset import LabeledPoseDataset
from .labels import drop_labels
from .lsp_dataset import LSPDataset, LSPExtendedDataset
from .surreal_dataset import SURREALDataset
from .transforms import (
    ColorJitter,
    GaussianNoise,
    LoadReducedImage,
    LoadStylized,
    RandomBoxCrop,
    TopdownAffineWithMatrix,
)
from .unlabeled_dataset import UnlabeledPoseDataset
from .whole_box_targets import WholeBoxTargets

__all__ = [
    'AnimalPoseDataset',
    'ColorJitter',
    'CombinedPoseDataset',
    'DomainPairDataset',
    'DomainPairSampler',
    'FiguresDataset',
    'GaussianNoise',
    'LSPDataset',
    'LSPExtendedDataset',
    'LabeledPoseDataset',
    'LoadReducedImage',
    'LoadStylized',
    'RandomBoxCrop',
    'SURREALDataset',
    'SynAnimalDataset',
    'TigDogDataset',
    'TopdownAffineWithMatrix',
    'UnlabeledPoseDataset',
    'WholeBoxTargets',
    'drop_labels',
]
