# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Whether a model still finds the joints of stylised source images:
python tools/analysis_tools/stylised_pck.py CONFIG CHECKPOINT

Of a model that was trained on the source without style, the loss of accuracy
tells how far a style moves or hides the joints whose labels it keeps.
"""

import sys
from argparse import ArgumentParser, Namespace
from collections import defaultdict
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import mmengine
import numpy as np
import torch
from mmengine.device import get_device
from mmengine.runner import Runner, load_checkpoint

from mmpose_mlda.apis import launch
from mmpose_mlda.evaluation.bootstrap import (
    draw_resamples,
    percentile_interval,
    pooled_pck,
    resampled_pck,
)
from mmpose_mlda.functional.heatmaps import peaks
from mmpose_mlda.registry import MODELS

BATCH = 20


def parse_args(argv: list[str] | None = None) -> Namespace:
    parser = ArgumentParser(description='PCK on stylised source images')
    add = parser.add_argument
    add('config', help='config file of an adaptation with a style transfer')
    add('checkpoint', help='checkpoint of the adaptation or of the estimator')
    add('--alphas', nargs='+', type=float, default=[0, 0.5, 1])
    add('--thresholds', nargs='+', type=float, default=[0.05, 0.1, 0.2])
    add('--num', type=int, default=300, help='images (default: 300)')
    add('--seed', type=int, default=0, help='of the images (default: 0)')
    launch.add_cfg_options(
        parser,
        'change the config, e.g. train_dataloader.dataset.source.offset='
        '4000 for figures that were not trained on',
    )
    return parser.parse_args(argv)


def build(args: Namespace) -> tuple[torch.nn.Module, torch.utils.data.Dataset]:
    """The model with weights, and its training images."""
    cfg = launch.load_for_looking(args)
    model = MODELS.build(cfg.model)
    if model.style_transfer is None:
        raise launch.OptionError(f'{args.config} has no model.style_transfer')
    if hasattr(model.style_transfer, 'init_weights'):
        model.style_transfer.init_weights()
    load_checkpoint(model, args.checkpoint, map_location='cpu')
    options = dict(batch_size=BATCH, num_workers=0, persistent_workers=False)
    loader = Runner.build_dataloader(
        {**cfg.train_dataloader, **options}, seed=args.seed
    )
    return model.to(get_device()).eval(), loader


@torch.no_grad()
def measure(model, loader, args: Namespace) -> tuple[dict, np.ndarray]:
    """Distances of the peaks to the labels in units of the heatmap.

    Returns:
        tuple: {version: (N, K)}, and (N, K) bool, which are labelled.
    """
    distances, labelled = defaultdict(list), []
    steps = -(-args.num // BATCH)
    batches = enumerate(islice(loader, steps))
    low, high = model.style_transfer.alpha
    for step, batch in mmengine.track_iter_progress((batches, steps)):
        batch = model.data_preprocessor(batch, True)
        source, target = (
            batch['inputs'][name] for name in ('source', 'target_teacher')
        )
        labels = batch['data_samples']['source']
        strengths = {f'strength {alpha:g}': alpha for alpha in args.alphas}
        # the range of the training, evenly over the images
        strengths['as in training'] = low + (high - low) * (step + 0.5) / steps
        versions = {'as they are': source} | {
            name: model.style_transfer(source, target, alpha)
            for name, alpha in strengths.items()
        }
        for name, images in versions.items():
            heatmaps = model(images, mode='tensor')
            found, _ = peaks(heatmaps)
            shape = np.array(heatmaps.shape[:1:-1])
            stride = np.array(images.shape[:1:-1]) / shape
            wanted = labels['keypoints'].cpu().numpy() / stride
            offset = (found.cpu().numpy() - wanted) / shape
            distances[name].append(np.linalg.norm(offset, axis=-1))
        labelled.append(labels['keypoint_weights'].cpu().numpy() > 0)
    return {
        name: np.concatenate(parts)[: args.num]
        for name, parts in distances.items()
    }, np.concatenate(labelled)[: args.num]


def report(distances: dict, labelled: np.ndarray, args: Namespace) -> None:
    """Print PCK, and differences with 95 % intervals over the images."""
    draw = draw_resamples(len(labelled), 1)
    scored = labelled[None]
    for threshold in args.thresholds:
        print(f'\n\nPCK@{threshold:g}, {len(labelled)} images', end='')
        plain = None
        for name, values in distances.items():
            masks = scored & (values[None] < threshold), scored
            mean, resampled = pooled_pck(*masks), resampled_pck(*masks, draw)
            print(f'\n    {name:16} {mean.item():5.1f}', end='')
            if plain is None:
                plain = mean, resampled
                continue
            low, high = percentile_interval(resampled - plain[1])
            change = (mean - plain[0]).item()
            print(f'  {change:+.1f} [{low:+.1f}, {high:+.1f}]', end='')
    print()


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    with launch.errors_without_traceback():
        distances, labelled = measure(*build(args), args)
    report(distances, labelled, args)


if __name__ == '__main__':
    main()
