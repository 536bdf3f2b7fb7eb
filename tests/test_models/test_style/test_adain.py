# Copyright (c) mmpose_mlda contributors. All rights reserved.
import random

import cv2
import numpy as np
import pytest
import torch
import torch.nn.functional as F

from mmpose_mlda.models import AdaINStyleTransfer
from mmpose_mlda.models.style import build_decoder, build_encoder

SHARED = dict(
    encoder='vgg19_normalised_relu4_1.pth', decoder='adain_decoder_relu3_1.pth'
)
MEAN = torch.tensor([123.675, 116.28, 103.53]).view(3, 1, 1) / 255
STD = torch.tensor([58.395, 57.12, 57.375]).view(3, 1, 1) / 255


@pytest.fixture(scope='module')
def files(tmp_path_factory):
    """Random weights of an encoder with its colours and of a decoder."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp('weights')
    paths = {}
    for part, build in (
        ('encoder', build_encoder),
        ('decoder', build_decoder),
    ):
        state = {
            key: torch.randn_like(value) * (2 / value[0].numel()) ** 0.5
            if value.dim() == 4
            else 0.2 * torch.randn_like(value)
            for key, value in build('relu2_1').state_dict().items()
        }
        paths[part] = str(folder / f'{part}.pth')
        torch.save(state, paths[part])
    return paths


@pytest.fixture
def style(files):
    network = AdaINStyleTransfer(**files, layer='relu2_1')
    network.init_weights()
    return network


@pytest.fixture(scope='module')
def shared_style(shared_dir):
    network = AdaINStyleTransfer(
        **{k: str(shared_dir / 'weights' / v) for k, v in SHARED.items()},
        layer='relu3_1',
    )
    network.init_weights()
    return network


@pytest.fixture(scope='module')
def photographs(shared_dir):
    """Two real photographs in RGB, 128 x 128, in [0, 1]."""
    images = []
    for number in (5, 7):
        path = shared_dir / f'data/lspet/images/im{number:05d}.jpg'
        image = cv2.imread(str(path))[..., ::-1]
        side = min(image.shape[:2])
        image = cv2.resize(
            image[:side, :side], (128, 128), interpolation=cv2.INTER_AREA
        )
        images.append(torch.from_numpy(np.float32(image) / 255))
    return torch.stack(images).permute(0, 3, 1, 2)


# ------------------------------------------------------------------ layout
def plain_encoder(weights, x, layers):
    """Reflect, convolve, rectify; a pool before convolutions 5, 10, 19."""
    for index in layers:
        if index in (5, 10, 19):
            x = F.max_pool2d(x, 2, 2, ceil_mode=True)
        x = F.pad(x, (1, 1, 1, 1), mode='reflect')
        x = F.conv2d(
            x,
            weights[f'features.{index}.weight'].float(),
            weights[f'features.{index}.bias'].float(),
        )
        x = F.relu(x)
    return x


@pytest.mark.parametrize(
    ('layer', 'layers', 'shape'),
    [
        ('relu2_1', (0, 2, 5), (128, 25, 18)),
        ('relu3_1', (0, 2, 5, 7, 10), (256, 13, 9)),
        ('relu4_1', (0, 2, 5, 7, 10, 12, 14, 16, 19), (512, 7, 5)),
    ],
)
def test_shared_encoder_against_plain_torch(shared_dir, layer, layers, shape):
    weights = torch.load(
        shared_dir / 'weights' / SHARED['encoder'], weights_only=True
    )
    network = AdaINStyleTransfer(
        str(shared_dir / 'weights' / SHARED['encoder']), '', layer
    )
    from mmpose_mlda.models.style.weights import load_encoder

    load_encoder(network.encoder, network.files['encoder'])
    images = torch.rand(2, 3, 49, 35)  # odd: the pools round up
    result = network.encoder(images)
    expected = plain_encoder(weights, images, layers)
    assert result.shape == (2, *shape)
    assert torch.allclose(result, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ('layer', 'expected'),
    [
        ('relu2_1', 'p 128-64 r up p 64-64 r p 64-3'),
        (
            'relu3_1',
            'p 256-128 r up p 128-128 r p 128-64 r up p 64-64 r p 64-3',
        ),
        (
            'relu4_1',
            'p 512-256 r up p 256-256 r p 256-256 r p 256-256 r p 256-128 r'
            ' up p 128-128 r p 128-64 r up p 64-64 r p 64-3',
        ),
    ],
)
def test_decoder_layout(layer, expected):
    words = []
    for part in build_decoder(layer):
        if isinstance(part, torch.nn.Conv2d):
            assert part.kernel_size == (3, 3)
            assert part.padding == (0, 0)
            words.append(f'{part.in_channels}-{part.out_channels}')
        elif isinstance(part, torch.nn.Upsample):
            assert (part.scale_factor, part.mode) == (2, 'nearest')
            words.append('up')
        else:
            kinds = {torch.nn.ReflectionPad2d: 'p', torch.nn.ReLU: 'r'}
            words.append(kinds[type(part)])
    assert ' '.join(words) == expected


def test_shared_decoder_reconstructs_photographs(shared_style, photographs):
    """Alpha 0 is the reconstruction, which the file's page puts at 22.9 dB."""
    normalised = (photographs - MEAN) / STD
    result = shared_style(normalised, normalised.flip(0), 0.0) * STD + MEAN
    for got, wanted in zip(result, photographs, strict=True):
        error = ((got - wanted) ** 2).mean()
        assert -10 * torch.log10(error) > 20
    # a style is a change
    stylised = shared_style(normalised, normalised.flip(0), 1.0) * STD + MEAN
    assert (stylised - result).abs().mean() > 0.02


# ------------------------------------------------------------------ forward
def plain_forward(files, content, style, alpha):
    """Of the network of :func:`files`, in RGB in [0, 1], unclamped."""
    encoder, decoder = (
        torch.load(files[part], weights_only=True)
        for part in ('encoder', 'decoder')
    )

    def convolve(x, state, index):
        x = F.pad(x, (1, 1, 1, 1), mode='reflect')
        return F.conv2d(x, state[f'{index}.weight'], state[f'{index}.bias'])

    def encode(x):
        x = F.conv2d(x, encoder['0.weight'], encoder['0.bias'])
        x = F.relu(convolve(x, encoder, 2))
        x = F.relu(convolve(x, encoder, 5))
        x = F.max_pool2d(x, 2, ceil_mode=True)
        return F.relu(convolve(x, encoder, 9))

    c, s = encode(content), encode(style)
    mixed = torch.empty_like(c)
    for b, k in np.ndindex(c.shape[:2]):
        sigma_c = (c[b, k].var(unbiased=True) + 1e-5).sqrt()
        sigma_s = (s[b, k].var(unbiased=True) + 1e-5).sqrt()
        new = (c[b, k] - c[b, k].mean()) / sigma_c * sigma_s + s[b, k].mean()
        mixed[b, k] = alpha * new + (1 - alpha) * c[b, k]
    x = F.relu(convolve(mixed, decoder, 1))
    x = x.repeat_interleave(2, 2).repeat_interleave(2, 3)
    x = F.relu(convolve(x, decoder, 5))
    x = convolve(x, decoder, 8)
    return x[..., : content.shape[2], : content.shape[3]]


@pytest.mark.parametrize('alpha', [0.0, 0.4, 1.0])
@pytest.mark.parametrize('shape', [(2, 3, 12, 16), (1, 3, 13, 7)])
def test_forward_in_the_unit_space(files, style, shape, alpha):
    content, other = torch.rand(shape), torch.rand(shape[0], 3, 10, 14)
    expected = plain_forward(files, content, other, alpha)
    assert expected.min() < 0
    assert expected.max() > 1  # so the clamp has something to do
    result = style((content - MEAN) / STD, (other - MEAN) / STD, alpha)
    assert result.shape == shape
    assert torch.allclose(result * STD + MEAN, expected.clamp(0, 1), atol=1e-4)
    assert not result.requires_grad


def test_forward_in_the_normalised_space(files):
    network = AdaINStyleTransfer(
        **files, layer='relu2_1', input_space='normalised'
    )
    network.init_weights()
    content, other = torch.randn(2, 2, 3, 12, 16)
    expected = plain_forward(files, content, other, 0.7)
    low, high = (0 - MEAN) / STD, (1 - MEAN) / STD
    expected = torch.minimum(torch.maximum(expected, low), high)
    result = network(content, other, 0.7)
    assert torch.allclose(result, expected, atol=1e-4)
    # black and white of ImageNet's normalisation, as method.md lists them
    assert low.flatten().tolist() == pytest.approx(
        [-2.1179, -2.0357, -1.8044], abs=1e-4
    )


def test_normalisation_of_the_model(files):
    """Mean subtraction alone, as the animal tasks have it."""
    network = AdaINStyleTransfer(
        **files, layer='relu2_1', mean=[102, 99, 97], std=[255, 255, 255]
    )
    network.init_weights()
    mean = torch.tensor([102.0, 99, 97]).view(3, 1, 1) / 255
    content, other = torch.rand(2, 2, 3, 12, 16)
    expected = plain_forward(files, content, other, 1.0).clamp(0, 1)
    result = network(content - mean, other - mean, 1.0)
    assert torch.allclose(result + mean, expected, atol=1e-4)


def test_style_follows_its_own_image(style):
    """Image i takes the style of image i, whatever else is in the batch."""
    content, other = torch.randn(2, 3, 3, 12, 16)
    whole = style(content, other, 0.8)
    for i in range(3):
        alone = style(content[i : i + 1], other[i : i + 1], 0.8)
        assert torch.allclose(whole[i], alone[0], atol=1e-5)


# ------------------------------------------------------------------ weights
def test_weights_belong_to_nobody(style):
    assert not style.state_dict()
    assert not list(style.parameters())
    assert len(list(style.buffers())) == 2 + 2 * (4 + 3)
    assert not any(b.requires_grad for b in style.buffers())


def test_weights_follow_dtype_and_device(style):
    content, other = torch.randn(2, 2, 3, 12, 16)
    before = style(content, other, 0.6)
    style.double()
    after = style(content.double(), other.double(), 0.6)
    assert after.dtype == torch.float64
    assert torch.allclose(before.double(), after, atol=1e-4)
    style.to('meta')
    assert style(content.to('meta'), other.to('meta')).is_meta


def test_mixed_precision(style):
    content, other = torch.randn(2, 2, 3, 12, 16)
    with torch.autocast('cpu', torch.bfloat16):
        result = style(content, other, 0.6)
    assert torch.allclose(result.float(), style(content, other, 0.6), atol=0.2)


def test_it_needs_its_weights(files):
    network = AdaINStyleTransfer(**files, layer='relu2_1')
    assert network.fingerprint == ''
    with pytest.raises(RuntimeError, match='init_weights'):
        network(torch.zeros(1, 3, 8, 8), torch.zeros(1, 3, 8, 8))


def test_fingerprint(files, tmp_path):
    def fingerprint(**changes):
        network = AdaINStyleTransfer(**{**files, **changes}, layer='relu2_1')
        network.init_weights()
        return network.fingerprint

    own = fingerprint()
    assert own
    assert own == fingerprint()
    for part in ('encoder', 'decoder'):
        state = torch.load(files[part], weights_only=True)
        next(iter(state.values())).view(-1)[0] += 1e-3
        path = str(tmp_path / f'{part}.pth')
        torch.save(state, path)
        assert fingerprint(**{part: path}) != own


def test_unknown_layers_are_refused(files):
    with pytest.raises(ValueError, match=r"'relu5_1'.*relu4_1"):
        AdaINStyleTransfer(**files, layer='relu5_1')


# ---------------------------------------------------------------- the draws
def test_draws(files):
    network = AdaINStyleTransfer(
        **files, layer='relu2_1', prob=0.3, alpha=(0.2, 0.6)
    )
    draws = [network.draw(random.Random(i)) for i in range(3000)]
    strengths = [d for d in draws if d is not None]
    # three standard deviations of the share are 0.025
    assert len(strengths) / 3000 == pytest.approx(0.3, abs=0.025)
    assert min(strengths) >= 0.2
    assert max(strengths) <= 0.6
    assert np.mean(strengths) == pytest.approx(0.4, abs=0.02)
    # the coin and the strength are independent
    assert np.mean(np.array(strengths) < 0.3) == pytest.approx(0.25, abs=0.05)


def test_draws_at_the_ends(files):
    for prob, answer in ((0.0, True), (1.0, False)):
        network = AdaINStyleTransfer(
            **files, layer='relu2_1', prob=prob, alpha=(1.0, 1.0)
        )
        draws = [network.draw(random.Random(i)) for i in range(500)]
        assert {d is None for d in draws} == {answer}
        assert answer or set(draws) == {1.0}


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(prob=1.1), r'1\.1'),
        (dict(alpha=(0.5, 0.2)), r'0\.5, 0\.2'),
        (dict(alpha=(0.5, 1.2)), r'0\.5, 1\.2'),
        (dict(input_space='rgb'), "'rgb'"),
    ],
)
def test_bad_options_are_refused(files, options, message):
    with pytest.raises(ValueError, match=message):
        AdaINStyleTransfer(**files, **options)
