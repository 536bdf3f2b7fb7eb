# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Style transfer among the images of a plain batch of MMPose."""

import torch
from mmpose.structures import PoseDataSample

from mmpose_mlda.models import StyleAugmentation
from mmpose_mlda.registry import MODELS

COLOURS = dict(mean=[120.0, 110.0, 100.0], std=[50.0, 60.0, 70.0])


def build(**options):
    style = dict(type='mmpose_mlda.StatisticsStyle', **COLOURS, **options)
    return dict(type='mmpose_mlda.StyleAugmentation', style=style)


def batch(seed=0):
    """Images of a few greys around the middle, so that nothing is cut."""
    generator = torch.Generator().manual_seed(seed)
    spread = torch.tensor([20.0, 25.0, 30.0]).view(3, 1, 1, 1)
    noise = torch.randn(3, 3, 8, 8, generator=generator).clamp(-2, 2)
    return (100 + spread * noise + spread).round().byte()


def test_each_image_takes_the_statistics_of_the_one_before():
    augment = MODELS.build(build(prob=1.0, alpha=(1.0, 1.0)))
    images, samples = batch().float(), [PoseDataSample()] * 3
    std = torch.tensor(COLOURS['std']).view(3, 1, 1)
    mean = torch.tensor(COLOURS['mean']).view(3, 1, 1)
    normalised = (images - mean) / std
    before = normalised.clone()
    stylised, same = augment(normalised, samples)
    assert same is samples
    assert torch.equal(normalised, before)
    found = stylised * std + mean
    for i in range(3):
        for value in (torch.mean, torch.std):
            torch.testing.assert_close(
                value(found[i], (1, 2)), value(images[i - 1], (1, 2)),
                rtol=1e-3, atol=1e-2,
            )  # fmt: skip


def test_in_a_preprocessor_of_mmpose():
    """In training alone, and the runner's generator decides."""
    preprocessor = MODELS.build(
        dict(
            type='PoseDataPreprocessor',
            batch_augments=[build(prob=0.5)],
            **COLOURS,
        )
    )

    def run(seed, training=True):
        torch.manual_seed(seed)
        data = dict(inputs=list(batch()), data_samples=[PoseDataSample()] * 3)
        return preprocessor(data, training)['inputs']

    plain = run(0, training=False)
    seen = [run(seed) for seed in range(20)]
    changed = sum(not torch.equal(images, plain) for images in seen)
    assert 4 <= changed <= 16
    assert all(torch.equal(run(seed), seen[seed]) for seed in range(5))


def test_weights_are_loaded_once():
    class Style(torch.nn.Module):
        loaded = 0

        def init_weights(self):
            self.loaded += 1

        def draw(self, rng):
            return None

    augment = StyleAugmentation(dict(type='mmpose_mlda.StatisticsStyle'))
    augment.style, augment._has_weights = Style(), False
    for _ in range(2):
        augment(torch.zeros(2, 3, 4, 4), [])
    assert augment.style.loaded == 1
