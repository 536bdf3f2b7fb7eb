# Copyright (c) mmpose_mlda contributors. All rights reserved.
import json

import numpy as np
import pytest
import torch
from test_apis import export_kit as kit

from mmpose_mlda.apis import inference, launch, onnx_export
from mmpose_mlda.apis.export import ExportError, export_teacher


def exported_model(name, folder):
    cfg = kit.load(name)
    kit.save(kit.build(cfg, name), name, folder / 'a.pth')
    return export_teacher(cfg, folder / 'a.pth', folder)


def test_missing_packages(monkeypatch):
    monkeypatch.setattr(
        onnx_export, 'find_spec', lambda name: name == 'onnx' or None
    )
    with pytest.raises(
        launch.OptionError, match='pip install onnxruntime onnxscript'
    ):
        onnx_export.require_packages()


def test_which_peaks_are_ambiguous():
    maps = torch.zeros(1, 4, 5, 5)
    maps[0, :, 2, 2] = 1.0
    maps[0, :, 2, 3] = maps[0, :, 3, 2] = 0.5
    maps[0, 1, 0, 0] = 0.95  # nearly as high
    maps[0, 2, 2, 1] = 0.45  # nearly as high as the right neighbour
    maps[0, 3] *= 0.05  # nearly not positive
    found = onnx_export._ambiguous(maps, 0.1)
    assert found.tolist() == [[False, True, True, True]]


def test_test_images_of_a_config():
    cfg = kit.load('resnet')
    cfg.test_dataloader.dataset.length = 3
    images = onnx_export.test_images(cfg)
    assert [image.shape for image in images] == [(3, 128, 128)] * 3
    assert images[0].dtype == torch.uint8
    # data that are not there
    assert onnx_export.test_images(kit.load('floored')) == []


@pytest.mark.slow
@pytest.mark.parametrize('name', ['resnet', 'floored', 'udp', 'lite0'])
def test_same_keypoints(name, tmp_path):
    ort = pytest.importorskip('onnxruntime')
    exported = exported_model(name, tmp_path)
    path = onnx_export.export_onnx(exported)
    assert path == exported.checkpoint.with_suffix('.onnx')

    model = inference.init_model(*map(str, exported), 'cpu')
    width, height = model.head.decoder.input_size
    images = torch.randint(
        256,
        (3, 3, height, width),
        generator=torch.Generator().manual_seed(5),
        dtype=torch.uint8,
    )
    session = ort.InferenceSession(str(path))
    names = [output.name for output in session.get_outputs()]
    values = session.run(None, dict(images=images.float().numpy()))
    found = dict(zip(names, values, strict=True))
    # MMPose's own preprocessor and decoder
    batch = dict(inputs=list(images), data_samples=[])
    with torch.no_grad():
        inputs = model.data_preprocessor(batch)['inputs']
        heatmaps = model.head(model.extract_feat(inputs))
    np.testing.assert_allclose(
        found['heatmaps'], heatmaps, rtol=0, atol=1e-4 * heatmaps.max().item()
    )
    meta = session.get_modelmeta().custom_metadata_map
    assert json.loads(meta['input_size']) == [width, height]
    assert len(json.loads(meta['keypoint_names'])) == heatmaps.shape[1]
    assert 'BGR' in meta['input']
    if name == 'udp':
        assert names == ['heatmaps']
        assert meta['keypoints'].endswith('UDPHeatmap')
        return
    decoded = model.head.decode(heatmaps)
    expected = np.stack([sample.keypoints[0] for sample in decoded])
    np.testing.assert_allclose(found['keypoints'], expected, atol=1e-3)


@pytest.mark.slow
def test_a_difference_is_refused(tmp_path):
    pytest.importorskip('onnxruntime')
    exported = exported_model('resnet', tmp_path)
    path = onnx_export.export_onnx(exported)
    model = inference.init_model(*map(str, exported), 'cpu')
    network = onnx_export.OnnxNetwork(model)
    images = torch.rand(3, 3, 128, 128) * 255
    assert onnx_export.compare(network, path, images) <= 1e-3
    network.scale *= 1.01
    with pytest.raises(ExportError, match=r'keypoints by up to [0-9.]+ px'):
        onnx_export.compare(network, path, images)
    with torch.no_grad():
        model.head.final_layer.bias += 1
    with pytest.raises(ExportError, match=r'heatmaps by up to 1, 0\.0'):
        onnx_export.compare(network, path, images)
