# Copyright (c) mmpose_mlda contributors. All rights reserved.
import math

import pytest
import torch
import torch.nn.functional as F
from mmengine.runner.checkpoint import load_state_dict
from torch import nn

from mmpose_mlda.models import AdaINDecoderTraining, AdaINStyleTransfer
from mmpose_mlda.models.style import build_encoder

UNIT = dict(
    type='mmpose_mlda.DomainDataPreprocessor',
    mean=[0.0, 0.0, 0.0],
    std=[255.0, 255.0, 255.0],
    bgr_to_rgb=True,
)
IMAGENET = dict(
    UNIT, mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]
)


@pytest.fixture(scope='module')
def encoder_file(tmp_path_factory):
    """Random weights that keep the size of the activations."""
    torch.manual_seed(0)
    state = {
        name: torch.randn_like(value) * (2 / value[0].numel()) ** 0.5
        if value.dim() == 4
        else 0.2 * torch.randn_like(value)
        for name, value in build_encoder('relu2_1').state_dict().items()
    }
    path = tmp_path_factory.mktemp('weights') / 'encoder.pth'
    torch.save(state, path)
    return str(path)


@pytest.fixture
def make(encoder_file):
    def make(step=0, **kwargs):
        torch.manual_seed(1)
        kwargs = dict(layer='relu2_1', data_preprocessor=UNIT) | kwargs
        model = AdaINDecoderTraining(encoder_file, **kwargs)
        model.init_weights()
        model.begin_step(5, step, 0)
        return model

    return make


@pytest.fixture
def inputs():
    torch.manual_seed(2)
    return dict(
        source=torch.rand(3, 3, 13, 18),  # odd: the pools round up
        target_teacher=torch.rand(3, 3, 13, 18) ** 2,
    )


# ----------------------------------------------------------- slow reference
def slow_layers(encoder, image):
    """relu1_1 and relu2_1 of one image (3, H, W)."""
    convolutions = [m for m in encoder if isinstance(m, nn.Conv2d)]
    colours, first, second, third = (
        (m.weight.double(), m.bias.double()) for m in convolutions
    )

    def block(x, parameters):
        x = F.pad(x, (1, 1, 1, 1), mode='reflect')
        return F.conv2d(x, *parameters).clamp(min=0)

    relu1_1 = block(F.conv2d(image[None].double(), *colours), first)
    pooled = F.max_pool2d(block(relu1_1, second), 2, ceil_mode=True)
    return relu1_1, block(pooled, third)


def statistics(channel):
    """Mean and standard deviation as python sums."""
    values = channel.flatten().tolist()
    mean = sum(values) / len(values)
    spread = sum((v - mean) ** 2 for v in values) / (len(values) - 1)
    return mean, math.sqrt(spread + 1e-5)


def slow_style_loss(layers, styles):
    total = 0.0
    for own, wanted in zip(layers, styles, strict=True):
        for a, b in zip(own[0], wanted[0], strict=True):
            (m1, s1), (m2, s2) = statistics(a), statistics(b)
            total += ((m1 - m2) ** 2 + (s1 - s2) ** 2) / len(own[0])
    return total


def slow_losses(model, contents, styles):
    """Means over the batch of all terms, one image after the other."""
    totals = [0.0, 0.0, 0.0]
    height, width = contents.shape[-2:]
    decoder = model.decoder.double()
    for content, style in zip(contents, styles, strict=True):
        wanted = slow_layers(model.encoder, style)
        features = slow_layers(model.encoder, content)[-1]
        mixed = torch.zeros_like(features)
        for c, channel in enumerate(features[0]):
            (mean, std), (m, s) = map(statistics, (channel, wanted[-1][0, c]))
            mixed[0, c] = (channel - mean) / std * s + m
        image = decoder(mixed)[0, :, :height, :width]
        restored = decoder(features)[0, :, :height, :width]
        layers = slow_layers(model.encoder, image)
        totals[0] += (layers[-1] - mixed).square().mean().item() / 3
        totals[1] += slow_style_loss(layers, wanted) / 3
        totals[2] += (restored - content).square().mean().item() / 3
    return totals


def roles(model):
    """Which branch gave the content of the last step."""
    record = model.stop_recording()
    return record['content'], record['style']


# ------------------------------------------------------------------- losses
@pytest.mark.parametrize('step', [0, 1, 2])
def test_losses_against_a_slow_reference(make, inputs, step):
    model = make(step, style_weight=3.0, reconstruction_weight=7.0)
    model.start_recording()
    losses = model(inputs, mode='loss')
    contents, styles = roles(model)
    expected = slow_losses(model, contents, styles)
    assert [losses[f'loss_{name}'].item() for name in NAMES] == pytest.approx(
        [expected[0], 3 * expected[1], 7 * expected[2]], rel=1e-4
    )


NAMES = ('content', 'style', 'reconstruction')


def test_without_reconstruction(make, inputs):
    assert set(make()(inputs, mode='loss')) == {'loss_content', 'loss_style'}


def test_coin(make, inputs):
    """A function of seed and step alone, fair, and whole for a batch."""

    def swapped(seed, step):
        model.begin_step(seed, step, 0)
        model.start_recording()
        model(small, mode='loss')
        content, style = roles(model)
        first, second = small.values()
        assert content.equal(second if style.equal(first) else first)
        return style.equal(first)

    model = make()
    small = {name: x[:2, :, :4, :4] for name, x in inputs.items()}
    with torch.no_grad():
        flips = [swapped(0, step) for step in range(40)]
        torch.manual_seed(99)
        assert flips[:20] == [swapped(0, step) for step in range(20)]
        assert flips[:20] != [swapped(1, step) for step in range(20)]
    assert 11 <= sum(flips) <= 29


def test_needs_its_step(make, inputs):
    model = make()
    model._position = None
    with pytest.raises(RuntimeError, match='DomainTrainLoop'):
        model(inputs, mode='loss')


# --------------------------------------------------------- what is trained
def test_only_the_decoder_is_trained_and_kept(make, inputs):
    model = make(reconstruction_weight=1.0)
    before = [b.clone() for b in model.encoder.buffers()]
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    sum(model(inputs, mode='loss').values()).backward()
    assert all(p.grad.abs().sum() > 0 for p in model.parameters())
    optimizer.step()
    assert all(map(torch.equal, before, model.encoder.buffers()))
    decoder = {f'decoder.{name}' for name in model.decoder.state_dict()}
    assert set(model.state_dict()) == decoder
    assert {name for name, _ in model.named_parameters()} == decoder


@pytest.mark.parametrize(
    ('preprocessor', 'space'), [(UNIT, 'unit'), (IMAGENET, 'normalised')]
)
def test_checkpoint_is_a_decoder(
    make, inputs, encoder_file, tmp_path, preprocessor, space
):
    """AdaINStyleTransfer takes it, and stylises as the training does."""
    model = make(data_preprocessor=preprocessor)
    path = tmp_path / 'iter_1.pth'
    torch.save(dict(meta={}, state_dict=model.state_dict()), path)
    network = AdaINStyleTransfer(
        encoder_file, str(path), 'relu2_1', input_space=space
    )
    network.init_weights()
    content, style = inputs.values()
    if space == 'normalised':
        expected = model.stylise(content, style, 0.3)
        found = network.transfer(content, style, 0.3)
        assert torch.equal(found, expected)
    else:
        grey = (network.mean, network.std)
        expected = model.stylise(content, style, 0.3).clamp(0, 1)
        found = network(
            *((x - grey[0]) / grey[1] for x in (content, style)), 0.3
        )
        found = found * grey[1] + grey[0]
        assert torch.allclose(found, expected, atol=1e-5)


def test_begins_with_a_decoder(make, tmp_path):
    first = make()
    with torch.no_grad():
        for parameter in first.decoder.parameters():
            parameter.normal_()
    path = tmp_path / 'decoder.pth'
    torch.save(first.state_dict(), path)
    second = make(decoder=str(path))
    for a, b in zip(first.parameters(), second.parameters(), strict=True):
        assert a.equal(b)


def test_plain_decoder_is_a_checkpoint(make):
    """The layout of published files: a bare stack, other numbers."""
    model, other = make(), make()
    with torch.no_grad():
        for parameter in other.decoder.parameters():
            parameter.normal_()
    plain = {
        f'{int(name.split(".")[0]) + 3}.{name.split(".")[1]}': value
        for name, value in other.decoder.state_dict().items()
    }
    load_state_dict(model, plain, strict=True)
    for a, b in zip(model.parameters(), other.parameters(), strict=True):
        assert a.equal(b)
    del plain['4.weight']
    with pytest.raises(ValueError, match='The checkpoint has 2 convol'):
        load_state_dict(make(), plain)


def test_half_precision(make, inputs):
    """Statistics and errors stay in float32 under autocast."""
    model = make(reconstruction_weight=1.0)
    exact = model(inputs, mode='loss')
    with torch.autocast('cpu', torch.bfloat16):
        losses = model(inputs, mode='loss')
    sum(losses.values()).backward()
    assert {v.dtype for v in losses.values()} == {torch.float32}
    for name, value in losses.items():
        assert value.item() == pytest.approx(exact[name].item(), rel=0.1)


# ------------------------------------------------------------------ quality
@pytest.mark.parametrize('preprocessor', [UNIT, IMAGENET])
def test_quality_against_a_slow_reference(make, inputs, preprocessor):
    model = make(data_preprocessor=preprocessor)
    mean = torch.tensor(preprocessor['mean']).view(3, 1, 1)
    std = torch.tensor(preprocessor['std']).view(3, 1, 1)
    images = {k: (v * 255 - mean) / std for k, v in inputs.items()}
    found = model(images, mode='predict')
    assert len(found) == 3
    for i, values in enumerate(found):
        s, t = (x[i] for x in images.values())
        style = [slow_layers(model.encoder, x) for x in (s, t)]
        assert values['style_before'].item() == pytest.approx(
            slow_style_loss(*style), rel=1e-4
        )
        for name, a, b, wanted in (
            ('target', s, t, style[1]),
            ('source', t, s, style[0]),
        ):
            shown = model.stylise(a[None], b[None], 1.0)[0] * std + mean
            shown = (shown.clamp(0, 255) - mean) / std
            left = slow_style_loss(slow_layers(model.encoder, shown), wanted)
            assert values[f'style_to_{name}'].item() == pytest.approx(
                left, rel=1e-3
            )
            again = model.stylise(b[None], b[None], 0.0)[0]
            error = (again * std + mean).clamp(0, 255) - (b * std + mean)
            assert values[f'psnr_{name}'].item() == pytest.approx(
                -10 * math.log10((error / 255).square().mean()), rel=1e-3
            )


# ------------------------------------------------------- fitted beginnings
def test_fitted_decoder_is_better_than_a_random_one(make):
    torch.manual_seed(3)
    coarse = torch.rand(20, 3, 6, 6)
    images = F.interpolate(coarse, size=(24, 24), mode='bilinear')
    model = make()

    def error():
        again = model.stylise(images[16:], images[16:], 0.0)
        return (again - images[16:]).square().mean().item()

    before = error()
    model.invert_encoder(images[:16])
    assert error() < before / 10


def test_fit_refuses_odd_sides(make):
    with pytest.raises(ValueError, match=r'25 x 24.*divisible by 2'):
        make().invert_encoder(torch.rand(2, 3, 24, 25))


# ---------------------------------------------------------------- bad input
def test_files_that_are_not_there(encoder_file):
    model = AdaINDecoderTraining('no.pth', data_preprocessor=UNIT)
    with pytest.raises(FileNotFoundError, match=r'encoder.*no\.pth.*model\.e'):
        model.init_weights()
    model = AdaINDecoderTraining(
        encoder_file, 'no.pth', 'relu2_1', data_preprocessor=UNIT
    )
    with pytest.raises(FileNotFoundError, match=r'decoder.*no\.pth.*model\.d'):
        model.init_weights()


def test_refused_options(encoder_file):
    with pytest.raises(ValueError, match=r"'relu5_1'.*relu4_1"):
        AdaINDecoderTraining(
            encoder_file, layer='relu5_1', data_preprocessor=UNIT
        )
    plain = dict(type='mmpose_mlda.DomainDataPreprocessor')
    with pytest.raises(ValueError, match='must normalise'):
        AdaINDecoderTraining(encoder_file, data_preprocessor=plain)
