# Copyright (c) mmpose_mlda contributors. All rights reserved.
import copy

import pytest
import torch
import torch.nn.functional as F
from mmpose.models import HeatmapHead

from mmpose_mlda.models import RefineHead

OPTIONS = dict(
    in_channels=10,
    out_channels=3,
    deconv_out_channels=(8, 8, 6),
    deconv_kernel_sizes=(4, 4, 4),
)


def build(**options):
    torch.manual_seed(0)
    head = RefineHead(**OPTIONS, refine_channels=4, **options)
    for parameter in head.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return head


@pytest.mark.parametrize('size', [(2, 2), (3, 2), (1, 3)])
def test_shapes(size):
    head = build().train()
    result = head.refine((torch.randn(2, 10, *size),))
    height, width = (8 * side for side in size)
    for heatmaps in result[:3]:
        assert heatmaps.shape == (2, 3, height, width)
    assert result.features.shape == (2, 4 + 4 + 4 + 6, height, width)


def test_bottlenecks_of_every_level():
    """Three, two, one and none, all with 256 channels as published."""
    head = RefineHead(2048, 18)
    counts = [len(level) for level in head.refine_levels]
    assert counts == [3, 2, 1, 0]
    first, other = head.refine_levels[0][:2]
    assert [m.weight.shape[:2] for m in (first.conv1, other.conv1)] == [
        (128, 2048),
        (128, 256),
    ]
    assert first.conv3.weight.shape[:2] == (256, 128)
    for branch in (head.refine_first, head.refine_second):
        assert branch[0].conv1.weight.shape[:2] == (128, 1024)
        assert branch[1].weight.shape == (18, 256, 3, 3)


def test_against_the_layers_one_by_one():
    head = build().eval()
    feats = torch.randn(2, 10, 2, 3)
    result = head.refine((torch.randn(1), feats))

    maps, x = [feats], feats
    for number, module in enumerate(head.deconv_layers):
        x = module(x)
        if number in (2, 5, 8):
            maps.append(x.clone())
    joined = []
    for level, x in zip(head.refine_levels, maps, strict=True):
        for block in level:
            shortcut = block.downsample(x)
            x = F.relu(block.norm1(block.conv1(x)))
            x = F.relu(block.norm2(block.conv2(x)))
            x = F.relu(block.norm3(block.conv3(x)) + shortcut)
        joined.append(
            F.interpolate(x, (16, 24), mode='bilinear', align_corners=True)
        )
    joined = torch.cat(joined, dim=1)
    torch.testing.assert_close(result.features, joined)
    torch.testing.assert_close(result.coarse, head.final_layer(maps[-1]))
    torch.testing.assert_close(result.refined, head.refine_first(joined))
    torch.testing.assert_close(result.second, head.refine_second(joined))
    assert not torch.allclose(result.refined, result.second)
    torch.testing.assert_close(head((feats,)), result.refined)
    assert head.refine((feats,), second=False).second is None


def test_coarse_is_the_plain_head():
    """Its weights are those without ``refine_``."""
    head = build()
    plain = HeatmapHead(**OPTIONS)
    plain.load_state_dict(
        {
            name: value
            for name, value in head.state_dict().items()
            if not name.startswith('refine_')
        }
    )
    feats = (torch.randn(2, 10, 2, 3),)
    coarse = head.eval().refine(feats).coarse
    torch.testing.assert_close(coarse, plain.eval()(feats))


def test_second_becomes_the_first():
    head = build().train()
    feats = (torch.randn(2, 10, 2, 3),)
    head.refine(feats, second=False)  # moves the first's running statistics
    head.copy_first_to_second()
    result = head.eval().refine(feats)
    assert torch.equal(result.refined, result.second)
    before = copy.deepcopy(head.refine_second.state_dict())
    head.train().refine(feats, second=False)
    after = head.refine_second.state_dict()
    assert all(torch.equal(after[name], before[name]) for name in before)


def test_one_resolution_is_refused():
    with pytest.raises(ValueError, match='set deconv_out_channels'):
        RefineHead(32, 3, deconv_out_channels=())
