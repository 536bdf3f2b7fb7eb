# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Poses by exported models in a process without mmpose_mlda:
python run_plain.py JOBS RESULTS."""

import stand_in  # noqa: F401, I001 (before MMPose)

import json
import runpy
import sys
from pathlib import Path

import mmpose
import numpy as np
import torch
from mmpose.apis import MMPoseInferencer, inference_topdown, init_model

TEST = Path(mmpose.__file__).parent / '.mim' / 'tools' / 'test.py'


def keypoints(config, checkpoint, images, boxes):
    model = init_model(config, checkpoint, device='cpu')
    found = [inference_topdown(model, image, boxes) for image in images]
    return [
        sample.pred_instances.keypoints[0].tolist()
        for samples in found
        for sample in samples
    ]


def inferencer(config, checkpoint, images):
    poses = MMPoseInferencer(
        pose2d=config,
        pose2d_weights=checkpoint,
        det_model='whole_image',
        device='cpu',
    )
    found = []
    for image in images:
        result = next(poses(image, return_vis=True))
        assert np.asarray(result['visualization'][0]).ndim == 3
        found.append(result['predictions'][0][0]['keypoints'])
    return found


def test_tool(config, checkpoint, root, work_dir):
    """MMPose's own tools/test.py."""
    out = Path(work_dir, 'metrics.json')
    sys.argv = [
        'test.py',
        *(config, checkpoint, '--work-dir', work_dir, '--out', str(out)),
        '--cfg-options',
        f'test_dataloader.dataset.data_root={root}',
        'test_dataloader.num_workers=0',
    ]
    runpy.run_path(str(TEST), run_name='__main__')
    return json.loads(out.read_text())


if __name__ == '__main__':
    torch.set_num_threads(1)
    source, target = sys.argv[1:]
    functions = dict(
        keypoints=keypoints, inferencer=inferencer, test_tool=test_tool
    )
    results = [
        functions[job.pop('run')](**job)
        for job in json.loads(Path(source).read_text())
    ]
    assert not any(name.startswith('mmpose_mlda') for name in sys.modules)
    Path(target).write_text(json.dumps(results))
