# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Under autocast the networks round; losses and statistics do not.

Every term gets the half precision values that a network gives, under
autocast, and must be what it is on the same values in float32 without.
A mean of N = 10^4 numbers in float32 is off by at most some sqrt(N) 2^-24,
6e-6 of it; one rounding to bfloat16 would be 2e-3, to float16 2e-4.
"""

import pytest
import torch
from mmpose.codecs import MSRAHeatmap
from mmpose.models import KeypointMSELoss
from torch import nn

from mmpose_mlda.functional import style
from mmpose_mlda.models import (
    DomainHead,
    HeatmapConsistency,
    InformationMaximizationLoss,
    KeypointOEKMMSELoss,
    SpatialDivergenceLoss,
    StatisticsStyle,
)
from mmpose_mlda.models.representations import HeatmapRepresentation

B, K, H, W = 4, 5, 24, 16
TARGET = torch.rand(B, K, H, W, generator=torch.manual_seed(1))
WEIGHTS = torch.tensor([[1.0, 0, 1, 1, 1]] * B)
KEEP = WEIGHTS > 0
REPRESENTATION = HeatmapRepresentation(
    MSRAHeatmap((4 * W, 4 * H), (W, H), sigma=2)
)


def taught(outputs):
    """A teacher's maps, in the format of the student's."""
    return TARGET.bfloat16().to(outputs)


def domain(logits):
    head = DomainHead(1, ())
    head.layers = nn.Identity()
    losses = head.loss(logits, 2 * logits.flip(0))
    return torch.stack(list(losses.values()))


def turned(outputs):
    matrix = torch.eye(3, dtype=torch.float64)
    matrix[:2] += torch.tensor([[0.1, 0.4, 3.3], [-0.3, 0.2, 1.7]])
    return REPRESENTATION.align(outputs, matrix.expand(B, 3, 3))


TERMS = {
    'supervised': lambda y: KeypointMSELoss(use_target_weight=True)(
        y, TARGET, WEIGHTS
    ),
    'consistency': lambda y: HeatmapConsistency()(y, taught(y), KEEP),
    'im': lambda y: InformationMaximizationLoss()(y, KEEP),
    'im, max': lambda y: InformationMaximizationLoss(projection='max')(
        y, KEEP
    ),
    'im, official': lambda y: InformationMaximizationLoss('official')(y, KEEP),
    'divergence': lambda y: SpatialDivergenceLoss(1e-7)(y, TARGET, WEIGHTS),
    'easiest': lambda y: KeypointOEKMMSELoss()(y, taught(y), WEIGHTS, 3),
    'domain': domain,
    'statistics': lambda y: torch.cat(style.channel_statistics(y)),
    'adain': lambda y: style.adaptive_instance_norm(y, y.flip(0), 0.7),
    'style loss': lambda y: style.statistics_loss(y, y.flip(0)),
    'amplitudes': lambda y: style.mix_amplitudes(y, y.flip(0), 0.1, 0.7),
    'confidence': lambda y: REPRESENTATION.peaks(y)[1],
    'points': lambda y: REPRESENTATION.peaks(y)[0],
    'warp': turned,
    'gaussians': lambda y: REPRESENTATION.render(
        REPRESENTATION.peaks(y)[0] + 0.3, y.dtype
    ),
}


# the square of 300 is beyond float16
@pytest.mark.parametrize('scale', [1, 300])
@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
@pytest.mark.parametrize('name', TERMS)
def test_in_float32(name, dtype, scale):
    outputs = torch.randn(B, K, H, W, generator=torch.manual_seed(0))
    outputs = (scale * outputs).to(dtype)
    term = TERMS[name]
    wanted = term(outputs.float())
    with torch.autocast('cpu', dtype):
        value = term(outputs)
    assert value.dtype in (torch.float32, torch.float64)
    assert torch.isfinite(value).all()
    scale = wanted.abs().amax().item()
    torch.testing.assert_close(
        value, wanted, rtol=1e-5, atol=1e-6 * scale, check_dtype=False
    )


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
def test_stylised_images(dtype):
    """Colours without a network are those of full precision."""
    module = StatisticsStyle(prob=1.0)
    images = torch.randn(2, 3, 20, 24, generator=torch.manual_seed(2))
    wanted = module(images, images.flip(0), 0.6)
    with torch.autocast('cpu', dtype):
        found = module(images, images.flip(0), 0.6)
    assert torch.equal(found, wanted)
    assert not found.is_inference()  # the student may learn from it
