# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""An exported network as an ONNX file that other runtimes take.

Input and outputs are told by the file itself, in its metadata:

- ``images`` (B, 3, H, W) float32, 0 to 255, in the order of the channels in
  which OpenCV reads (BGR): the crop of a box as MMPose's ``TopdownAffine``
  makes it. The colours are normalised in the network.
- ``heatmaps`` (B, K, h, w) and, of ``MSRAHeatmap``, ``keypoints`` (B, K, 2)
  in pixels of the input, ``scores`` (B, K).
"""

import json
import logging
import tempfile
import warnings
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpose.apis import init_model
from torch import Tensor, nn

import mmpose_mlda
from mmpose_mlda.engine.hooks.atomic_checkpoint_hook import AtomicLocalBackend
from mmpose_mlda.functional.decoding import msra_keypoints
from mmpose_mlda.registry import DATASETS

from .export import ExportedModel
from .launch import OptionError
from .plain_parts import ExportError, qualified

__all__ = ['export_onnx', 'require_packages', 'test_images']

PACKAGES = ('onnx', 'onnxruntime', 'onnxscript')
PIXELS = 1e-3  # largest difference of keypoints
RELATIVE = 1e-4  # largest difference of heatmaps, in units of the maximum
NUM_IMAGES = 16


class OnnxNetwork(nn.Module):
    """Pixels to heatmaps and keypoints, as one graph.

    Args:
        model: The estimator of MMPose.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model.eval()
        preprocessor = model.data_preprocessor
        self.reverse = preprocessor._channel_conversion
        if preprocessor._enable_normalize:
            self.register_buffer('mean', preprocessor.mean[None])
            self.register_buffer('std', preprocessor.std[None])
        else:
            self.mean = None
        codec = model.head.decoder
        # half a cell, by which FlooredHeatmap's pixels lie further on
        self.shift = 0.5 if type(codec).__name__ == 'FlooredHeatmap' else 0.0
        self.decodes = (
            type(codec).__name__ in ('MSRAHeatmap', 'FlooredHeatmap')
            and not codec.unbiased
        )
        self.register_buffer(
            'scale', torch.tensor(codec.scale_factor, dtype=torch.float32)
        )

    @property
    def outputs(self) -> list[str]:
        """Names of what :meth:`forward` gives."""
        decoded = ['keypoints', 'scores'] if self.decodes else []
        return ['heatmaps', *decoded]

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Heatmaps, and where the codec allows it keypoints and scores."""
        if self.reverse:
            images = images.flip(1)
        if self.mean is not None:
            images = (images - self.mean) / self.std
        heatmaps = self.model.head(self.model.extract_feat(images))
        if not self.decodes:
            return (heatmaps,)
        keypoints, scores = msra_keypoints(heatmaps)
        return heatmaps, (keypoints + self.shift) * self.scale, scores


def require_packages() -> None:
    """Stop with the command that installs what is lacking."""
    lacking = [name for name in PACKAGES if find_spec(name) is None]
    if lacking:
        raise OptionError(
            f'ONNX export needs {", ".join(lacking)}; run: pip install '
            f'{" ".join(lacking)}'
        )


def export_onnx(
    exported: ExportedModel, images: Iterable[Tensor] = ()
) -> Path:
    """Write ``<name>.onnx`` beside an exported checkpoint.

    The file is run by onnxruntime on noise and on ``images``; it is written
    only if its answers are PyTorch's.

    Args:
        exported: Of :func:`.export.export_teacher`.
        images: (3, H, W) uint8 each, as the test pipeline gives them.

    Returns:
        Path: The file.

    Raises:
        ExportError: If the answers differ, or the head gives no heatmaps.
        OptionError: If a package is missing.
    """
    require_packages()
    model = init_model(
        str(exported.config), str(exported.checkpoint), device='cpu'
    )
    if not hasattr(model.head.decoder, 'heatmap_size'):
        raise ExportError(
            f'{exported.config}: ONNX export knows heads with heatmaps, not '
            f'{type(model.head).__name__}'
        )
    network = OnnxNetwork(model)
    width, height = model.head.decoder.input_size
    noise = torch.randint(
        256,
        (4, 3, height, width),
        generator=torch.Generator().manual_seed(0),
        dtype=torch.uint8,
    )
    tests = torch.cat([noise, *(image[None] for image in images)]).float()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, 'model.onnx')
        _write(network, tests[:2], path)
        _add_metadata(path, model, network)
        compare(network, path, tests)
        target = exported.checkpoint.with_suffix('.onnx')
        AtomicLocalBackend().put(path.read_bytes(), target)
    return target


def _write(network: OnnxNetwork, example: Tensor, path: Path) -> None:
    with warnings.catch_warnings():  # of the exporter's own
        warnings.simplefilter('ignore')
        logging.getLogger('onnxscript').setLevel(logging.ERROR)
        torch.onnx.export(
            network,
            (example,),
            str(path),
            input_names=['images'],
            output_names=network.outputs,
            dynamic_shapes=({0: torch.export.Dim('batch')},),
            dynamo=True,
            external_data=False,
            verbose=False,
        )


def _add_metadata(path: Path, model: nn.Module, network: OnnxNetwork) -> None:
    import onnx

    names = model.dataset_meta['keypoint_id2name']
    codec = model.head.decoder
    content = onnx.load(str(path))
    notes = dict(
        input='images: float32 (B, 3, H, W), 0 to 255, BGR; the crop of a '
        'box by TopdownAffine, not normalised',
        input_size=json.dumps([int(side) for side in codec.input_size]),
        heatmaps='float32 (B, K, h, w)',
        keypoints='float32 (B, K, 2), x and y in pixels of the input'
        if network.decodes
        else f'none: decode the heatmaps by {type(codec).__name__}',
        codec=type(codec).__name__,
        flip_test='false',
        keypoint_names=json.dumps([names[i] for i in sorted(names)]),
        mmpose_mlda_version=mmpose_mlda.__version__,
    )
    onnx.helper.set_model_props(content, notes)
    onnx.save(content, str(path))


# ------------------------------------------------------------------ the check
@torch.inference_mode()
def compare(network: OnnxNetwork, path: Path, images: Tensor) -> float:
    """The largest difference of keypoints, in pixels of the input.

    Where two cells of a heatmap are equal but for the error of the heatmaps,
    either is right: such keypoints are left out.

    Args:
        network: What was exported.
        path: The ONNX file.
        images: (N, 3, H, W) float32.

    Raises:
        ExportError: If heatmaps or keypoints differ by too much.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(
        str(path), options, providers=['CPUExecutionProvider']
    )
    largest = 0.0
    # batches of one image and of several
    for batch in (images[:1], *images[1:].split(3)):
        found = [
            torch.from_numpy(value)
            for value in session.run(None, {'images': batch.numpy()})
        ]
        expected = network(batch)
        error = float((found[0] - expected[0]).abs().max())
        limit = RELATIVE * float(expected[0].abs().max())
        if not error <= limit:
            raise ExportError(
                'onnxruntime and PyTorch differ: heatmaps by up to '
                f'{error:.3g}, {limit:.3g} is allowed; no ONNX file was '
                'written. Use the checkpoint'
            )
        if not network.decodes:
            continue
        pixels = (found[1] - expected[1]).abs().amax(-1)
        pixels[_ambiguous(expected[0], 2 * error)] = 0
        largest = max(largest, float(pixels.max()))
    if not largest <= PIXELS:
        raise ExportError(
            f'onnxruntime and PyTorch differ: keypoints by up to {largest:.3g}'
            f' px, {PIXELS} is allowed; no ONNX file was written. Use the '
            'checkpoint'
        )
    return largest


def _ambiguous(heatmaps: Tensor, margin: float) -> Tensor:
    """Which maps (B, K) an error of ``margin`` may decode otherwise."""
    height, width = heatmaps.shape[-2:]
    maps = heatmaps.flatten(2)
    best, index = maps.topk(2, dim=-1)
    close = best[..., 0] - best[..., 1] <= margin
    close |= best[..., 0].abs() <= margin
    for step in (1, width):
        ahead = (index[..., :1] + step).clamp(max=height * width - 1)
        behind = (index[..., :1] - step).clamp(min=0)
        slope = maps.gather(2, ahead) - maps.gather(2, behind)
        close |= slope[..., 0].abs() <= margin
    return close


def test_images(cfg: Config) -> list[Tensor]:
    """Crops of the first test images of a config, where they are there.

    Args:
        cfg: Of the adaptation.

    Returns:
        list[Tensor]: (3, H, W) uint8; empty without the data.
    """
    loader = cfg.get('test_dataloader') or cfg.get('val_dataloader')
    init_default_scope(cfg.get('default_scope', 'mmpose'))
    dataset = qualified(loader['dataset'].to_dict(), cfg.get('default_scope'))
    try:
        built = DATASETS.build(dataset)
    except (FileNotFoundError, AssertionError) as error:  # the latter: MMPose
        print(f'no test images: {error}')
        return []
    numbers = np.linspace(0, len(built) - 1, min(NUM_IMAGES, len(built)))
    return [built[int(i)]['inputs'] for i in numbers]
