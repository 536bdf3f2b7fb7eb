# Copyright (c) mmpose_mlda contributors. All rights reserved.
import pytest
import torch

from mmpose_mlda.models import AdaINStyleTransfer
from mmpose_mlda.models.style import build_decoder, build_encoder
from mmpose_mlda.models.style.weights import load_decoder, load_encoder

# Output channels of the 16 convolutions of VGG-19, and how many come before
# each layer that can be asked for, that one included.
CHANNELS = [64] * 2 + [128] * 2 + [256] * 4 + [512] * 8
DEPTH = {'relu2_1': 3, 'relu3_1': 5, 'relu4_1': 9}
MEAN = [123.675 / 255, 116.28 / 255, 103.53 / 255]
STD = [58.395 / 255, 57.12 / 255, 57.375 / 255]
# Where torchvision's nn.Sequential has its convolutions.
TORCHVISION = [0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34]
# The AdaIN port has a 1x1 convolution at 0, and a padding before each 3x3.
ADAIN_PORT = [2, 5, 9, 12, 16, 19, 22, 25, 29, 32, 35, 38, 42, 45, 48, 51]


@pytest.fixture(scope='module')
def convolutions():
    """Weights of all 16 convolutions, random as far as they are used."""
    torch.manual_seed(0)
    pairs, before = [], 3
    for i, channels in enumerate(CHANNELS):
        shape = (channels, before, 3, 3)
        # one number in memory and in the file stands for the later ones
        weight = torch.randn(shape) if i < 9 else torch.ones(1).expand(shape)
        pairs.append((weight, torch.randn(channels)))
        before = channels
    return pairs


def name_them(pairs, names):
    state = {}
    for (weight, bias), name in zip(pairs, names, strict=False):
        state[f'{name}.weight'], state[f'{name}.bias'] = weight, bias
    return state


def adain_port(pairs, colour):
    return {
        '0.weight': colour[0],
        '0.bias': colour[1],
        **name_them(pairs, ADAIN_PORT),
    }


def torchvision(pairs):
    return {
        **name_them(pairs, [f'features.{i}' for i in TORCHVISION]),
        'classifier.0.weight': torch.zeros(16, 512),
        'classifier.0.bias': torch.zeros(16),
    }


def mmpretrain(pairs):
    names = [f'backbone.features.{i}.conv' for i in TORCHVISION]
    state = {
        **name_them(pairs, names),
        'backbone.classifier.0.weight': torch.zeros(16, 512),
        'backbone.classifier.0.bias': torch.zeros(16),
    }
    return dict(meta=dict(epoch=1), state_dict=state)


def save(tmp_path, state, name='weights.pth'):
    path = tmp_path / name
    torch.save(state, path)
    return str(path)


def colour(scale, shift):
    return torch.diag(torch.tensor(scale))[..., None, None], torch.tensor(
        shift
    )


UNIT = colour([1.0, 1, 1], [0.0, 0, 0])
IMAGENET = colour(
    [1 / s for s in STD], [-m / s for m, s in zip(MEAN, STD, strict=True)]
)


def assert_encoder(encoder, pairs, first, layer):
    found = [m for m in encoder if isinstance(m, torch.nn.Conv2d)]
    assert len(found) == 1 + DEPTH[layer]
    for got, wanted in zip(
        (found[0].weight, found[0].bias), first, strict=True
    ):
        assert torch.allclose(got, wanted, rtol=1e-6)
    for got, (weight, bias) in zip(found[1:], pairs, strict=False):
        assert torch.equal(got.weight, weight)
        assert torch.equal(got.bias, bias)


@pytest.mark.parametrize('layer', list(DEPTH))
def test_every_layout_gives_the_same_network(convolutions, tmp_path, layer):
    pairs = convolutions
    odd = torch.randn(3, 3, 1, 1), torch.randn(3)
    cut = pairs[:9]
    for state, first in [
        # with a colour convolution of its own, whole and cut
        (adain_port(pairs, odd), odd),
        (adain_port(cut, odd), odd),
        # cut and without: normalised, for [0, 1]
        (name_them(cut, [f'features.{i}' for i in TORCHVISION]), UNIT),
        # classification networks
        (torchvision(pairs), IMAGENET),
        (mmpretrain(pairs), IMAGENET),
    ]:
        encoder = build_encoder(layer)
        load_encoder(encoder, save(tmp_path, state))
        assert_encoder(encoder, pairs, first, layer)


def test_order_of_the_file_does_not_matter(convolutions, tmp_path):
    state = torchvision(convolutions)
    shuffled = dict(sorted(state.items()))  # features.10 before features.2
    assert list(shuffled) != list(state)
    encoder = build_encoder()
    load_encoder(encoder, save(tmp_path, shuffled))
    assert_encoder(encoder, convolutions, IMAGENET, 'relu4_1')


def test_half_precision_files(convolutions, tmp_path):
    state = {k: v.half() for k, v in torchvision(convolutions).items()}
    encoder = build_encoder('relu3_1')
    load_encoder(encoder, save(tmp_path, state))
    weight = encoder[2].weight
    assert weight.dtype == torch.float32
    assert torch.equal(weight, convolutions[0][0].half().float())


def test_encoder_input_overrules_the_layout(convolutions, tmp_path):
    path = save(tmp_path, torchvision(convolutions))
    encoder = build_encoder()
    load_encoder(encoder, path, 'unit')
    assert_encoder(encoder, convolutions, UNIT, 'relu4_1')
    path = save(tmp_path, torchvision(convolutions[:9]))
    load_encoder(encoder, path, 'imagenet')
    assert_encoder(encoder, convolutions, IMAGENET, 'relu4_1')
    with pytest.raises(ValueError, match="'bgr'"):
        load_encoder(encoder, path, 'bgr')


def test_the_shared_encoder(shared_dir):
    path = shared_dir / 'weights' / 'vgg19_normalised_relu4_1.pth'
    state = torch.load(path, weights_only=True)
    pairs = [
        tuple(
            state[f'features.{i}.{part}'].float()
            for part in ('weight', 'bias')
        )
        for i in TORCHVISION[:9]
    ]
    for layer in DEPTH:
        encoder = build_encoder(layer)
        load_encoder(encoder, str(path))
        assert_encoder(encoder, pairs, UNIT, layer)


def test_decoders(tmp_path):
    decoder = build_decoder('relu3_1')
    shapes = [(128, 256), (128, 128), (64, 128), (64, 64), (3, 64)]
    pairs = [
        (torch.randn(*shape, 3, 3), torch.randn(shape[0])) for shape in shapes
    ]
    # the AdaIN port's nn.Sequential, a list of blocks, a named attribute
    for names in (
        [1, 5, 8, 12, 15],
        [f'{i}.1' for i in range(5)],
        [f'decoder.{i}' for i in (1, 5, 8, 12, 15)],
    ):
        load_decoder(decoder, save(tmp_path, name_them(pairs, names)))
        found = [m for m in decoder if isinstance(m, torch.nn.Conv2d)]
        for got, (weight, bias) in zip(found, pairs, strict=True):
            assert torch.equal(got.weight, weight)
            assert torch.equal(got.bias, bias)


# ------------------------------------------------------------ wrong layouts
def test_too_short_a_file_is_refused(convolutions, tmp_path):
    path = save(tmp_path, torchvision(convolutions[:5]), 'short.pth')
    load_encoder(build_encoder('relu3_1'), path)
    with pytest.raises(ValueError, match=r'short\.pth .*layer'):
        load_encoder(build_encoder('relu4_1'), path)


def test_another_vgg_is_refused(convolutions, tmp_path):
    # VGG-16 has three convolutions of 256 channels
    path = save(
        tmp_path, torchvision(convolutions[:7] + convolutions[8:]), 'vgg16.pth'
    )
    with pytest.raises(ValueError, match=r'vgg16\.pth .*needed'):
        load_encoder(build_encoder('relu4_1'), path)


@pytest.mark.parametrize('bias', [True, False])
def test_a_vgg_with_batch_norm_is_refused(convolutions, tmp_path, bias):
    """It has the same convolutions, and torchvision's has their biases."""
    state = torchvision(convolutions)
    for i, channels in zip(TORCHVISION, CHANNELS, strict=True):
        if not bias:
            del state[f'features.{i}.bias']
        for part in ('weight', 'bias', 'running_mean', 'running_var'):
            state[f'features.{i + 100}.{part}'] = torch.ones(channels)
    path = save(tmp_path, state, 'vgg19_bn.pth')
    with pytest.raises(ValueError, match=r'vgg19_bn\.pth .*batch norm'):
        load_encoder(build_encoder(), path)


def test_a_file_without_convolutions_is_refused(tmp_path):
    path = save(tmp_path, {'fc.weight': torch.zeros(2, 2)}, 'linear.pth')
    with pytest.raises(ValueError, match=r'linear\.pth .*fc\.weight.*VGG-19'):
        load_encoder(build_encoder(), path)
    with pytest.raises(ValueError, match=r'linear\.pth .*decoder'):
        load_decoder(build_decoder(), path)


def test_a_decoder_of_another_layer_is_refused(tmp_path):
    path = save(tmp_path, build_decoder('relu3_1').state_dict(), 'dec.pth')
    with pytest.raises(
        ValueError, match=r'dec\.pth has 5 convolutions.* 9; .*layer'
    ):
        load_decoder(build_decoder('relu4_1'), path)


def test_a_missing_file_is_named(tmp_path):
    path = save(tmp_path, torchvision([]), 'encoder.pth')
    for part, options in [
        ('encoder', dict(encoder='no/such.pth', decoder=path)),
        ('decoder', dict(encoder=path, decoder='no/such.pth')),
    ]:
        with pytest.raises(
            FileNotFoundError, match=rf'{part} is /.*no/such\.pth.*Statistics'
        ):
            AdaINStyleTransfer(**options).init_weights()
