# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Unsupervised domain adaptation for MMPose by multi-level alignment.

This import stays light: neither torch nor MMPose is imported before
:mod:`mmpose_mlda.registry` is, which MMEngine does by itself when a config
says ``type='mmpose_mlda.X'``.
"""

import importlib.metadata
import importlib.util
import re

__version__ = '0.1.0'
__all__ = ['__version__']

# module: (distributions that provide it, oldest version, first one too new)
_REQUIRED = {
    'mmengine': (('mmengine',), '0.10.0', '1.0.0'),
    'mmcv': (('mmcv', 'mmcv-lite'), '2.0.0', '3.0.0'),
    'mmpose': (('mmpose',), '1.3.0', '2.0.0'),
}


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r'\d+', version)[:3]))


def _installed_version(distributions: tuple[str, ...]) -> str | None:
    for name in distributions:
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return None  # a fork of another name


def _check_versions() -> None:
    for module, (distributions, oldest, too_new) in _REQUIRED.items():
        if importlib.util.find_spec(module) is None:
            raise ImportError(
                f'mmpose_mlda needs {module}, which is not installed; '
                'run: pip install -r requirements.txt'
            )
        version = _installed_version(distributions)
        if version and not (
            _numbers(oldest) <= _numbers(version) < _numbers(too_new)
        ):
            raise ImportError(
                f'mmpose_mlda needs {module}>={oldest},<{too_new}, but '
                f'{version} is installed; run: '
                'pip install -r requirements.txt'
            )


_check_versions()
