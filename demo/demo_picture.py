# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The picture of the demo: all branches of a step, before and after."""

import numpy as np
import torch
from mmengine.runner import Runner

from mmpose_mlda.visualization import branch_tiles, picture_table
from mmpose_mlda.visualization.drawing import draw_pose, enlarge

TITLES = {
    'source': 'source\nwith labels',
    'stylised': 'source in\ntarget style',
    'teacher': 'target with\npseudo-labels',
    'student': 'target as the\nstudent sees it',
    'before': 'test image,\nsource-only',
    'after': 'test image,\nMLDA',
}


def record_step(runner: Runner) -> dict[str, torch.Tensor]:
    """Tensors of one more step of the adaptation, a stylised one."""
    model, loop = runner.model, runner.train_loop
    batch = next(iter(loop.dataloader))
    model.train()
    model.style_transfer.prob = 1.0
    model.begin_step(runner.seed, runner.max_iters, loop.pretrain_iters)
    model.start_recording()
    with torch.no_grad():
        model(**model.data_preprocessor(batch, True), mode='loss')
    return model.stop_recording()


def predict(runner: Runner, batch: dict) -> list[np.ndarray]:
    """Keypoints (K, 2) of each image, in pixels of the image."""
    runner.model.eval()
    with torch.no_grad():
        samples = runner.model.test_step(batch)
    return [sample.pred_instances.keypoints[0] for sample in samples]


def demo_picture(
    source_only: Runner, mlda: Runner, samples: int = 4, side: int = 224
) -> np.ndarray:
    """Draw the branches of MLDA and predictions of both models.

    Args:
        source_only: Runner of the source-only model, after training.
        mlda: Runner of MLDA, after training.
        samples: Number of rows.
        side: Side of each picture in pixels.

    Returns:
        np.ndarray: (H, W, 3), uint8 RGB.
    """
    record = record_step(mlda)
    preprocessor = mlda.model.data_preprocessor
    meta = mlda.visualizer.dataset_meta
    tests = next(iter(mlda.val_dataloader))
    before, after = predict(source_only, tests), predict(mlda, tests)
    rows = []
    for i in range(samples):
        tiles = branch_tiles(
            record, preprocessor.mean, preprocessor.std, meta, i, side
        )
        image = tests['inputs'][i].permute(1, 2, 0).numpy()[..., ::-1]
        image, scale = enlarge(np.ascontiguousarray(image), side)
        tiles['before'] = draw_pose(image, before[i] * scale, meta)
        tiles['after'] = draw_pose(image, after[i] * scale, meta)
        rows.append([tiles[name] for name in TITLES])
    return picture_table(rows, list(TITLES.values()))
