# Copyright (c) mmpose_mlda contributors. All rights reserved.
import pytest
import torch
import torch.nn.functional as F
from mmengine.structures import InstanceData, PixelData
from mmpose.codecs import MSRAHeatmap
from mmpose.structures import PoseDataSample
from torch import nn

from mmpose_mlda.models import AgreementProbe
from mmpose_mlda.models.representations import HeatmapRepresentation

SIDE, STRIDE = 64, 4
CELLS = SIDE // STRIDE
REPRESENTATION = HeatmapRepresentation(
    MSRAHeatmap((SIDE, SIDE), (CELLS, CELLS), sigma=1)
)


class Colours(nn.Module):
    """Finds the brightest spot of each colour; right in every view."""

    def extract_feat(self, images):
        self.calls = getattr(self, 'calls', 0) + 1
        return images

    def head(self, images):
        # at the pixels that MSRAHeatmap has for its cells
        return F.avg_pool2d(images, 5, 1, 2)[..., ::STRIDE, ::STRIDE]


class Collapsed(Colours):
    """Answers one cell for all joints of all images."""

    def head(self, images):
        heatmaps = torch.zeros(len(images), 3, CELLS, CELLS)
        heatmaps[..., 5, 4] = 1
        return heatmaps


def spots(*points):
    """An image whose colours shine at the points."""
    y, x = torch.meshgrid(
        torch.arange(SIDE), torch.arange(SIDE), indexing='ij'
    )
    return torch.stack(
        [torch.exp(-((x - u) ** 2 + (y - v) ** 2) / 50) for u, v in points]
    )


IMAGES = torch.stack(
    [
        spots((20, 16), (44, 24), (32, 48)),
        spots((12, 40), (36, 20), (28, 12)),
    ]
)


def ask(probe, network, other=None, flip=(0, 1, 2), images=IMAGES):
    samples = []
    for heatmaps in network.head(images):
        sample = PoseDataSample(metainfo=dict(flip_indices=list(flip)))
        sample.pred_fields = PixelData(heatmaps=heatmaps)
        sample.pred_instances = InstanceData(keypoints=torch.zeros(1, 3, 2))
        samples.append(sample)
    probe(network, other or network, REPRESENTATION, images, samples)
    found = [sample.pred_instances for sample in samples]
    return [
        torch.cat([instances[name] for instances in found])
        for name in ('view_distances', 'network_distances')
        if name in found[0]
    ]


def test_a_network_that_is_right_in_every_view():
    views, networks = ask(AgreementProbe(), Colours())
    assert views.shape == (2, 2, 3)
    # peaks are known to a quarter of a cell, a 64th of the side
    assert views.max() < 2 / 64
    assert networks.abs().max() == 0


def test_hands_that_are_not_exchanged():
    views, _ = ask(AgreementProbe(), Colours(), flip=(1, 0, 2))
    mirrored, turned = views.unbind(1)
    assert mirrored[:, :2].min() > 0.2
    assert mirrored[:, 2].max() < 2 / 64
    assert turned.max() < 2 / 64


def test_a_constant_answer_does_not_agree_with_itself():
    views, networks = ask(AgreementProbe(), Collapsed())
    assert views.min() > 0.05
    assert networks.max() == 0


def test_other_network_and_cost():
    network, other = Colours(), Collapsed()
    _, networks = ask(AgreementProbe(), network, other)
    assert (network.calls, other.calls) == (2, 1)
    # (20, 16) to the cell (4, 5), which is the pixel (16, 20)
    assert networks[0, 0].item() == pytest.approx(32**0.5 / 64, abs=0.02)
    (views,) = ask(
        AgreementProbe(views=[dict(scale=0.9)], networks=False), network, other
    )
    assert views.shape == (2, 1, 3)
    assert other.calls == 1


def test_batches_do_not_matter():
    probe, network = AgreementProbe(), Colours()
    whole = ask(probe, network)
    single = [ask(probe, network, images=image[None]) for image in IMAGES]
    for together, alone in zip(whole, zip(*single, strict=True), strict=True):
        assert together.equal(torch.cat(alone))


def test_bad_options():
    with pytest.raises(ValueError, match='views is empty'):
        AgreementProbe(views=[])
    with pytest.raises(TypeError, match='rotate'):
        AgreementProbe(views=[dict(rotate=3)])
    sample = PoseDataSample(metainfo=dict(flip_indices=[0, 1, 2]))
    with pytest.raises(ValueError, match='output_heatmaps=True'):
        AgreementProbe()(
            Colours(), Colours(), REPRESENTATION, IMAGES, [sample]
        )
