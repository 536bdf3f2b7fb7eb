# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""One network of an adaptor as a model of MMPose that needs nothing else."""

import hashlib
import io
import tempfile
from pathlib import Path
from typing import NamedTuple

import mmengine
import mmpose
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch import Tensor, nn

import mmpose_mlda
from mmpose_mlda.checkpoint import load_from_local, plain_checkpoint
from mmpose_mlda.engine.hooks.atomic_checkpoint_hook import AtomicLocalBackend
from mmpose_mlda.registry import MODELS

from . import launch
from .plain_config import PLACEHOLDER, builtin, plain_config
from .plain_parts import SCOPE, ExportError, qualified
from .plain_text import config_text
from .plain_weights import fit_weights, require_same

__all__ = ['ExportError', 'ExportedModel', 'export_teacher']

# of heatmaps, relative to the largest value: sums in another order
TOLERANCE = 1e-5

_HEADING = """The {network} of {name}, a model of MMPose {mmpose}.

from mmpose.apis import inference_topdown, init_model
model = init_model(
    '{name}_{network}.py',
    '{checkpoint}',
    device='cpu')
results = inference_topdown(model, 'photograph.jpg')
"""
_PLACEHOLDER = """
The test data of the adaptation are no COCO file. To test this model, name one
in test_dataloader.dataset: data_root, ann_file, data_prefix.
"""


class ExportedModel(NamedTuple):
    """The files of a plain model."""

    config: Path
    checkpoint: Path


def export_teacher(
    config: str | Path | Config,
    checkpoint: str | Path,
    out: str | Path,
    network: str = 'teacher',
) -> ExportedModel:
    """Write a config and a checkpoint that MMPose takes without this package.

    Before they are written, the plain network is compared with that of the
    adaptor.

    Args:
        config: Of the adaptation.
        checkpoint: That an adaptor has saved.
        out: Folder of the two files; the checkpoint ends in the first eight
            digits of its SHA-256. The same export has the same files.
        network: ``'teacher'`` or ``'student'``.

    Returns:
        ExportedModel: The paths.

    Raises:
        ExportError: If the config cannot be expressed by plain classes, does
            not belong to the checkpoint, or does not train a teacher.
        FileNotFoundError: If one of the files is not there.
    """
    if not isinstance(config, Config):
        config = launch.read_config(str(config))
    init_default_scope(config.get('default_scope', 'mmpose'))
    _check_network(config, network)
    saved = load_from_local(str(checkpoint), map_location='cpu')
    weights, meta = _saved_network(saved, network, checkpoint)
    plain = plain_config(config, meta['dataset_meta'])
    state = _checked_weights(config, plain, weights)
    data = _file(
        dict(state_dict=state, meta=_meta(meta, saved, checkpoint, network))
    )
    stem = Path(config.filename or 'model.py').stem
    name = f'{stem}_{network}'
    digest = hashlib.sha256(data).hexdigest()[:8]
    exported = ExportedModel(
        Path(out, f'{name}.py'), Path(out, f'{name}-{digest}.pth')
    )
    heading = _HEADING.format(
        network=network,
        name=stem,
        mmpose=mmpose.__version__,
        checkpoint=exported.checkpoint.name,
    )
    if plain['test_dataloader']['dataset'].get('data_root') == PLACEHOLDER:
        heading += _PLACEHOLDER
    files = AtomicLocalBackend()
    files.put(data, exported.checkpoint)
    files.put_text(config_text(plain, heading), exported.config)
    return exported


def _check_network(config: Config, network: str) -> None:
    model = config.get('model') or {}
    if not isinstance(model.get('student'), dict):
        raise ExportError(
            f'{config.filename} has no model.student, so it is none of an '
            'adaptor; a plain model of MMPose needs no export'
        )
    if network not in ('teacher', 'student'):
        raise ExportError(
            f"network must be 'teacher' or 'student', got {network!r}"
        )
    averaged = any(
        str(hook.get('type')).endswith('MeanTeacherHook')
        for hook in config.get('custom_hooks') or []
    )
    if network == 'teacher' and model.get('predict_on') == 'student':
        if averaged:
            return
        raise ExportError(
            f'{config.filename} trains no teacher (predict_on is '
            "'student', and there is no MeanTeacherHook); export the student "
            'by --network student'
        )


def _saved_network(
    saved: dict, network: str, path: str | Path
) -> tuple[dict[str, Tensor], dict]:
    try:
        found = plain_checkpoint(saved, network)
    except (KeyError, ValueError) as error:
        raise ExportError(f'{path}: {error}') from error
    if 'dataset_meta' not in found['meta']:
        raise ExportError(
            f'{path} has no keypoint table (meta.dataset_meta); give a '
            'checkpoint as the training has saved it'
        )
    return found['state_dict'], found['meta']


def _meta(
    meta: dict, saved: dict, path: str | Path, network: str
) -> dict[str, object]:
    return builtin(
        dict(
            dataset_meta=meta['dataset_meta'],
            network=network,
            source_sha256=_sha256(Path(path).expanduser()),
            source_iter=saved['meta'].get('iter'),
            mmengine_version=mmengine.__version__,
            mmpose_version=mmpose.__version__,
            mmpose_mlda_version=mmpose_mlda.__version__,
        )
    )


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open('rb') as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _file(checkpoint: dict) -> bytes:
    """Its bytes, which depend on the content alone."""
    buffer = io.BytesIO()
    torch.save(checkpoint, buffer)
    return buffer.getvalue()


# ------------------------------------------------------- before it is written
def _checked_weights(
    config: Config, plain: dict, weights: dict[str, Tensor]
) -> dict[str, Tensor]:
    """Weights of the plain network, which answers as that of the adaptor.

    The plain one is built from the text of its config.
    """
    model = qualified(config.model.to_dict(), config.get('default_scope'))
    student = dict(
        model['student'], data_preprocessor=model['data_preprocessor']
    )
    estimator = MODELS.build(student)
    require_same(estimator.state_dict(), weights)
    estimator.load_state_dict(weights)
    text = config_text(plain, '')
    if f'{SCOPE}.' in text:
        line = next(t for t in text.splitlines() if f'{SCOPE}.' in t)
        raise ExportError(
            f'The exported config would still need {SCOPE}: {line.strip()}'
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, 'plain.py')
        path.write_text(text, 'utf-8')
        network = MODELS.build(Config.fromfile(path).model)
    state = fit_weights(weights, model['student'], network)
    network.load_state_dict(state)
    _compare(estimator, network, _input_size(plain))
    return state


def _input_size(plain: dict) -> tuple[int, int]:
    pipeline = plain['test_pipeline']
    for transform in reversed(pipeline):
        if 'input_size' in transform:
            return tuple(transform['input_size'])
    raise ExportError(
        'The test pipeline has no TopdownAffine, which crops the box; '
        f'it is {[transform["type"] for transform in pipeline]}'
    )


@torch.inference_mode()
def _compare(
    estimator: nn.Module, network: nn.Module, input_size: tuple[int, int]
) -> None:
    """Stop if the two answer differently to an image of noise."""
    width, height = input_size
    generator = torch.Generator().manual_seed(0)
    image = torch.randint(
        256, (3, height, width), generator=generator, dtype=torch.uint8
    )
    answers, decoded = [], []
    for model in (estimator, network):
        model.eval()
        batch = dict(inputs=[image], data_samples=[])
        inputs = model.data_preprocessor(batch)['inputs']
        output = model.head(model.extract_feat(inputs))
        answers.append(output if isinstance(output, tuple) else (output,))
        first = answers[0][0] if len(answers[0]) == 1 else answers[0]
        points = model.head.decode(first)[0].keypoints
        decoded.append(torch.as_tensor(points))
    heights = [(a - b).abs().max() for a, b in zip(*answers, strict=True)]
    largest = max(answer.abs().max() for answer in answers[0])
    pixels = float((decoded[0] - decoded[1]).abs().max())
    if not max(heights) <= TOLERANCE * largest or pixels > 1e-4:
        raise ExportError(
            'The plain network answers otherwise than that of the adaptor: '
            f'heatmaps differ by up to {float(max(heights)):.2g} '
            f'(largest value {float(largest):.2g}), keypoints of the same '
            f'heatmaps by {pixels:.2g} px; nothing was written. A class of '
            'the config may depend on more than its options and weights'
        )
