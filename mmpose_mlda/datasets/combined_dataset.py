# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Several data sets as one."""

from mmpose.datasets import CombinedDataset

from mmpose_mlda.registry import DATASETS

from .metainfo import get_table


@DATASETS.register_module()
class CombinedPoseDataset(CombinedDataset):
    """MMPose's ``CombinedDataset``, which also takes a table by its name.

    Data sets of other joints convert them by MMPose's ``KeypointConverter``
    in pipelines of their own.

    Args:
        metainfo (str | dict): The common keypoint table: ``'lsp14'``,
            ``'body16'``, a ``dataset_info`` dict or MMPose's
            ``dict(from_file=...)``.
        datasets (list[dict]): Configs.
        **kwargs: See MMPose's ``CombinedDataset``.
    """

    def __init__(
        self, metainfo: str | dict, datasets: list[dict], **kwargs
    ) -> None:
        super().__init__(get_table(metainfo), datasets, **kwargs)
