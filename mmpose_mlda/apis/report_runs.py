# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Networks on labelled images, for reports.

The numbers are those of ``tools/test.py``: the same runner, data and
evaluators; others only listen.
"""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import torch
from mmengine.config import Config
from mmengine.evaluator import BaseMetric
from mmengine.runner import Runner
from mmengine.utils import ProgressBar
from torch import nn
from torch.utils.data import Dataset

from mmpose_mlda.checkpoint import load_from_local, plain_checkpoint
from mmpose_mlda.engine.utils import unwrap
from mmpose_mlda.evaluation import PCK, PseudoLabelQuality
from mmpose_mlda.evaluation.samples import (
    labels_in_input,
    predictions_in_input,
    to_numpy,
)

from .report_config import evaluators, labelled_split, scoring


class Pose(NamedTuple):
    """Prediction and labels of an image, in pixels of the input."""

    image: str  # its path, or '' if the sample has none
    predicted: np.ndarray  # (K, 2)
    labelled: np.ndarray  # (K, 2)
    visible: np.ndarray  # (K,), bool
    errors: np.ndarray  # (K,), in units of the box's longer side
    confidence: np.ndarray  # (K,)

    @property
    def name(self) -> str:
        """Of the image's file."""
        return Path(self.image).name

    @property
    def error(self) -> float:
        """Mean over the labelled joints; NaN without any."""
        errors = self.errors[self.visible]
        return float(errors.mean()) if errors.size else np.nan


class Outcome(NamedTuple):
    """What one network answers."""

    metrics: dict[str, float]  # of the config's evaluators
    quality: PseudoLabelQuality
    joints: list[int]  # of the mean over all
    poses: list[Pose]

    @property
    def images(self) -> np.ndarray:
        """The number of the image that each sample is of, (N,)."""
        names = [
            pose.image or f'no. {number}'
            for number, pose in enumerate(self.poses)
        ]
        return np.unique(names, return_inverse=True)[1]


class Tested(NamedTuple):
    """A checkpoint on labelled images."""

    outcomes: dict[str, Outcome]  # by network; of a plain model 'model'
    model: nn.Module
    network: str  # the one that the config predicts with
    dataset: Dataset

    def read(self, index: int) -> np.ndarray:
        """The image of a sample, as the network sees it: RGB, uint8."""
        image = self.dataset[index]['inputs'].numpy()
        return np.ascontiguousarray(image.transpose(1, 2, 0)[..., ::-1])


class PoseRecorder(BaseMetric):
    """Scores nothing, but keeps the poses, and moves a progress bar."""

    default_prefix = 'recorded'

    def __init__(self, batches: int) -> None:
        super().__init__()
        self.bar = ProgressBar(batches)
        self.poses: list[Pose] = []

    def process(
        self, data_batch: dict | None, data_samples: Sequence[dict]
    ) -> None:
        """Keep the poses of a batch."""
        self.poses += [_pose(sample) for sample in data_samples]
        self.results += [None] * len(data_samples)
        self.bar.update()

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Nothing."""
        return {}


def evaluate(
    cfg: Config, checkpoint: Path, networks: Sequence[str] = ()
) -> Tested:
    """Test a checkpoint, as ``tools/test.py`` does.

    Args:
        cfg: The config of the run; left as it is.
        checkpoint: The file.
        networks: ``'teacher'``, ``'student'``, of an adaptor. By default
            that which the config predicts with.

    Returns:
        Tested: What came out, and the model itself.
    """
    with TemporaryDirectory() as folder:
        runner = build_runner(cfg, checkpoint, folder)
        model = unwrap(runner.model)
        chosen = getattr(model, 'predict_on', 'model')
        outcomes = {}
        for network in (networks if chosen != 'model' else ()) or [chosen]:
            if chosen != 'model':
                model.predict_on = network
            outcomes[network] = _test(runner, cfg)
        if chosen != 'model':
            model.predict_on = chosen
        dataset = runner.test_loop.dataloader.dataset
        return Tested(outcomes, model, chosen, dataset)


def load_model(cfg: Config, checkpoint: Path) -> nn.Module:
    """The model with the weights of a checkpoint."""
    with TemporaryDirectory() as folder:
        runner = build_runner(cfg, checkpoint, folder)
        runner.load_or_resume()
        return unwrap(runner.model)


def build_runner(cfg: Config, checkpoint: Path, folder: str) -> Runner:
    """A runner that leaves nothing in the work folder of the run.

    Args:
        cfg: The config of the run; left as it is.
        checkpoint: To load.
        folder: For its log.
    """
    cfg = Config(
        cfg._cfg_dict.to_dict(),
        filename=cfg.filename,
        format_python_code=False,  # nobody reads it, and it takes seconds
    )
    cfg.merge_from_dict(
        dict(
            work_dir=folder,
            load_from=str(checkpoint),
            resume=False,
            launcher='none',
            log_level='ERROR',
            experiment_name=f'report {folder}',
        )
    )
    cfg.visualizer = dict(
        type='Visualizer', name=f'report {folder}', vis_backends=[]
    )
    if labelled_split(cfg) == 'val':
        cfg.test_dataloader = cfg.val_dataloader
        cfg.test_evaluator = cfg.val_evaluator
        cfg.test_cfg = dict()
    if cfg.get('test_evaluator'):
        for metric in evaluators(cfg, 'test'):
            if metric['type'] in ('PCK', 'mmpose_mlda.PCK'):
                metric['per_joint'] = True
    return Runner.from_cfg(cfg)


def plain_copy(checkpoint: Path, folder: Path) -> Path:
    """A checkpoint of the student alone, which any adaptor of it takes.

    Args:
        checkpoint: Of an adaptor, or of a plain model.
        folder: For the copy.

    Returns:
        Path: The copy, or the file itself if it is a plain one.
    """
    content = load_from_local(str(checkpoint), 'cpu')
    names = content.get('state_dict', ())
    if not any(name.startswith('student.') for name in names):
        return checkpoint
    path = Path(folder, 'student.pth')
    torch.save(plain_checkpoint(content, 'student'), path)
    return path


def _test(runner: Runner, cfg: Config) -> Outcome:
    evaluator = runner.test_loop.evaluator
    own = [m for m in evaluator.metrics if not _listens(m)]
    quality = PseudoLabelQuality(**scoring(cfg), prefix='listening')
    recorder = PoseRecorder(len(runner.test_loop.dataloader))
    evaluator.metrics = [*own, quality, recorder]
    evaluator.dataset_meta = runner.test_loop.dataloader.dataset.metainfo
    metrics = runner.test()
    print()
    pck = next((m for m in own if isinstance(m, PCK)), None)
    count = quality.distance.shape[1]
    return Outcome(
        {k: v for k, v in metrics.items() if not k.startswith('listening/')},
        quality,
        (pck or PCK()).columns(count)['All'],
        recorder.poses,
    )


def _listens(metric: BaseMetric) -> bool:
    return metric.prefix in ('listening', PoseRecorder.default_prefix)


def _pose(sample: dict) -> Pose:
    labelled, visible = labels_in_input(sample)
    labels = sample['gt_instances']
    found = sample['pred_instances']
    box = to_numpy(labels['bboxes'])[0]
    offset = (
        to_numpy(found['keypoints'])[0, :, :2]
        - to_numpy(labels['keypoints'])[0, :, :2]
    )
    side = max(float((box[2:4] - box[:2]).max()), 1e-6)
    return Pose(
        str(sample.get('img_path') or ''),
        predictions_in_input(sample),
        labelled,
        visible,
        np.linalg.norm(offset, axis=1) / side,
        to_numpy(found['keypoint_scores'])[0],
    )
