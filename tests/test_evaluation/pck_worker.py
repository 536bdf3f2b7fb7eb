# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""One of several processes that evaluate together (see test_pck.py)."""

import itertools
import json

from mmengine.dataset import DefaultSampler
from pck_samples import random_samples

from mmpose_mlda.evaluation import PCK

CASES = list(
    itertools.product((7, 8, 1), (True, False), ('pooled', 'udape', 'regda'))
)


def evaluate(num, protocol, folder, sampler_options, loader_batch=2):
    """The metric over the samples that the sampler gives this process."""
    samples = random_samples(num)
    for i, sample in enumerate(samples):
        sample['animal'] = 'horse' if i % 3 else 'tiger'
    sampler = DefaultSampler(samples, shuffle=False, **sampler_options)
    metric = PCK(
        thr=[0.05, 0.1],
        protocol=protocol,
        batch_size=3,
        by='animal',
        collect_dir=folder,
    )
    mine = [samples[i] for i in sampler]
    for start in range(0, len(mine), loader_batch):
        metric.process(None, mine[start : start + loader_batch])
    return metric.evaluate(num)


def evaluate_part(rank, folder):
    """What one of two processes does."""
    results = [
        evaluate(num, protocol, f'{folder}/{i}', {'round_up': round_up})
        for i, (num, round_up, protocol) in enumerate(CASES)
    ]
    (folder / f'rank{rank}.json').write_text(json.dumps(results))
