# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What a test set gives to whoever does not look at its images:
python tools/analysis_tools/blind_baselines.py CONFIG

On photographs of one centred person, a loose threshold is reached by a
constant answer; a model that scores less has learnt nothing there.
"""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
from mmengine.config import Config
from mmengine.evaluator import Evaluator
from mmengine.registry import init_default_scope

from mmpose_mlda.apis import launch
from mmpose_mlda.evaluation.samples import labels_in_input
from mmpose_mlda.registry import DATASETS


def parse_args(argv: list[str] | None = None) -> Namespace:
    parser = ArgumentParser(description='Score constant answers')
    parser.add_argument('config', help='config file')
    launch.add_cfg_options(
        parser,
        'change the config',
    )
    return parser.parse_args(argv)


def constant_poses(samples: list[dict]) -> dict[str, np.ndarray]:
    """Answers (K, 2) in input pixels, the same for every image.

    The mean pose is that of the test labels themselves: no model without
    eyes can know it better.
    """
    points, visible = zip(*map(labels_in_input, samples), strict=True)
    points, visible = np.stack(points), np.stack(visible)
    centre = (np.array(samples[0]['input_size']) - 1) / 2
    counts = visible.sum(axis=0)[:, None]
    mean = (points * visible[..., None]).sum(axis=0) / counts.clip(min=1)
    return {
        'image centre': np.broadcast_to(centre, mean.shape),
        'mean pose of the test labels': np.where(counts > 0, mean, centre),
    }


def answer(sample: dict, pose: np.ndarray, heatmap_size: tuple) -> dict:
    """A sample with a prediction, as heatmaps and as image pixels."""
    size = np.array(sample['input_size'])
    width, height = heatmap_size
    cells = np.rint(pose / (size / (width, height))).astype(int)
    x, y = cells.clip(0, (width - 1, height - 1)).T
    heatmaps = np.zeros((len(pose), height, width), np.float32)
    heatmaps[np.arange(len(pose)), y, x] = 1
    scale = np.array(sample['input_scale'])
    corner = sample['input_center'] - scale / 2
    return sample | dict(
        pred_fields=dict(heatmaps=heatmaps),
        pred_instances=dict(
            keypoints=(pose / size * scale + corner)[None],
            keypoint_scores=np.ones((1, len(pose))),
        ),
    )


def main() -> None:
    args = parse_args()
    with launch.errors_without_traceback():
        cfg = Config.fromfile(args.config)
        cfg.merge_from_dict(args.cfg_options)
        init_default_scope('mmpose')
        dataset = DATASETS.build(cfg.test_dataloader.dataset)
    samples = [
        dataset[index]['data_samples'].to_dict()
        for index in range(len(dataset))
    ]
    network = cfg.model.get('student', cfg.model)
    heatmap_size = network.head.decoder.heatmap_size
    evaluator = Evaluator(cfg.test_evaluator)
    evaluator.dataset_meta = dataset.metainfo
    for name, pose in constant_poses(samples).items():
        print(f'\n{name}')
        answers = [answer(sample, pose, heatmap_size) for sample in samples]
        evaluator.process(answers)
        for metric, value in evaluator.evaluate(len(samples)).items():
            if '/' not in metric:
                print(f'    {metric:24} {value:.2f}')


if __name__ == '__main__':
    main()
