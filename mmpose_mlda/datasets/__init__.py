# Copyright (c) mmpose_mlda contributors. All rights reserved.
import mmpose_mlda.registry  # noqa: F401 (before any import of MMPose)

from .labels import drop_labels
from .lsp_dataset import LSPDataset, LSPExtendedDataset
from .unlabeled_dataset import UnlabeledPoseDataset

__all__ = [
    'LSPDataset',
    'LSPExtendedDataset',
    'UnlabeledPoseDataset',
    'drop_labels',
]
