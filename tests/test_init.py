# Copyright (c) mmpose_mlda contributors. All rights reserved.
import importlib.metadata
import importlib.util
import json

import pytest

import mmpose_mlda


def test_import_is_light(run_python):
    code = (
        'import json, sys, time; start = time.perf_counter(); '
        'import mmpose_mlda; seconds = time.perf_counter() - start; '
        'print(json.dumps([seconds, sorted(sys.modules)]))'
    )
    # The time is that of one import on an idle core; the best of three,
    # since other processes run beside this one.
    runs = [json.loads(run_python('-c', code).stdout) for _ in range(3)]
    assert min(seconds for seconds, _ in runs) < 0.5
    heavy = {'torch', 'numpy', 'cv2', 'mmengine', 'mmcv', 'mmdet', 'mmpose'}
    assert not heavy & set(runs[0][1])


@pytest.mark.parametrize('version', ['0.9.1', '1.0.0', '1.2.0rc1'])
def test_unfit_version_is_named(monkeypatch, version):
    monkeypatch.setattr(importlib.metadata, 'version', lambda _: version)
    with pytest.raises(
        ImportError, match=rf'mmengine>=0.10.0,<1.0.0, but {version} is'
    ):
        mmpose_mlda._check_versions()


def test_version_of_a_fork_is_not_checked(monkeypatch):
    def version(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, 'version', version)
    mmpose_mlda._check_versions()


def test_missing_package_is_named(monkeypatch):
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        'find_spec',
        lambda name: None if name == 'mmpose' else find_spec(name),
    )
    with pytest.raises(ImportError, match='needs mmpose, which is not'):
        mmpose_mlda._check_versions()


def test_version_is_that_of_the_package():
    try:
        installed = importlib.metadata.version('mmpose_mlda')
    except importlib.metadata.PackageNotFoundError:
        pytest.skip('a checkout that is not installed')
    assert mmpose_mlda.__version__ == installed
