# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The few lines that let MMPose 1.3 run, and run well, on today's releases.

:func:`apply` runs every fix once; :mod:`mmpose_mlda.registry` calls it before
its first import of MMPose. Each fix looks at what is installed and does
nothing where it is not needed.
"""

import functools
import importlib
import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

# torch.library takes a declaration back when its Library object dies.
_LIBRARIES: list[Any] = []


@functools.cache
def apply() -> None:
    """Apply all fixes; a second call does nothing."""
    provide_mmcv_ops()
    declare_torchvision_ops()
    explain_adaptor_configs()
    remember_formatted_configs()
    from . import checkpoint

    checkpoint.register_safe_loaders()


def provide_mmcv_ops() -> None:
    """Make ``mmcv.ops`` importable with mmcv-lite.

    Without it ``import mmpose.models`` ends in ``ModuleNotFoundError: No
    module named 'mmcv._ext'``, since MMPose's EDPose head imports
    ``mmcv.ops``, whose files load the compiled ``mmcv._ext`` when they are
    imported. Here they are imported once against a stand-in, whose functions
    raise an error when they are called. Then the stand-in is taken away, so
    that ``mmengine.utils.dl_utils.mmcv_full_available()`` and others who look
    for the compiled module still see that it is missing.
    """
    name = 'mmcv._ext'
    if 'mmcv.ops' in sys.modules or importlib.util.find_spec(name):
        return
    sys.modules[name] = _MissingOps(name)
    try:
        importlib.import_module('mmcv.ops')
    finally:
        del sys.modules[name]


class _MissingOps(ModuleType):
    """A module that has every public function, each of which raises."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith('__'):
            raise AttributeError(name)

        def missing(*args, **kwargs) -> NoReturn:
            raise RuntimeError(
                f'{self.__name__}.{name} needs the compiled mmcv, but '
                'mmcv-lite is installed: replace it by the same version of '
                'mmcv (pip uninstall mmcv-lite; pip install mmcv)'
            )

        return missing


def declare_torchvision_ops() -> None:
    """Make torchvision importable beside a torch of another build.

    Without it ``import torchvision`` (and so ``mmpose.visualization``) ends
    in ``RuntimeError: operator torchvision::nms does not exist`` where
    torchvision's library cannot be loaded, as that of the CUDA build beside a
    CPU torch. The two operators that torchvision describes to torch while it
    is imported are declared here without an implementation:
    ``torchvision.ops`` stays unusable, and says so.
    """
    import torch

    if 'torchvision' in sys.modules or hasattr(torch.ops.torchvision, 'nms'):
        return
    spec = importlib.util.find_spec('torchvision')
    if spec is None or _loads_library(Path(spec.origin).parent):
        return
    library = torch.library.Library('torchvision', 'FRAGMENT')
    for name in ('nms', 'qnms'):
        library.define(
            f'{name}(Tensor dets, Tensor scores, float iou_threshold)'
            ' -> Tensor'
        )
    _LIBRARIES.append(library)


def _loads_library(folder: Path) -> bool:
    """Whether torch can load torchvision's compiled library in ``folder``."""
    import torch

    for path in (*folder.glob('_C*.so'), *folder.glob('_C*.pyd')):
        try:
            torch.ops.load_library(path)
        except OSError:  # built for another torch or for CUDA libraries
            continue
        return True
    return False


def explain_adaptor_configs() -> None:
    """Let MMPose's inference say what to do with the config of an adaptor.

    Without it ``mmpose.apis.init_model`` ends in ``'ConfigDict' object has no
    attribute 'backbone'``, and ``MMPoseInferencer`` in the like of
    ``'data_mode'``. The error is the same one still, with another text.
    """
    from mmengine.config import ConfigDict

    getattr_of_mmengine = ConfigDict.__getattr__

    @functools.wraps(getattr_of_mmengine)
    def __getattr__(self, name: str) -> Any:
        try:
            return getattr_of_mmengine(self, name)
        except AttributeError as error:
            if name in ('backbone', 'data_mode') and _is_of_adaptor(self):
                raise AttributeError(_EXPORT_FIRST.format(name)) from error
            raise

    ConfigDict.__getattr__ = __getattr__


_EXPORT_FIRST = (
    'no {} in the config of an adaptor, which trains two networks and is no '
    'pose estimator of MMPose itself; export first: python '
    'tools/export_teacher.py CONFIG CHECKPOINT --out DIR, and give the '
    'config and the checkpoint in DIR'
)


def _is_of_adaptor(config: dict) -> bool:
    """Whether this is the model of an adaptor, or a config with one."""
    return any(
        isinstance(model, dict)
        and 'student' in model
        and 'mmpose_mlda.' in str(model.get('type'))
        for model in (config, config.get('model'))
    )


def remember_formatted_configs() -> None:
    """Let MMEngine format the text of a config once.

    Without it the whole text goes through yapf for the log, for the copy in
    the work folder and for every checkpoint, seconds each time.
    """
    from mmengine.config import config

    format_code = config.FormatCode

    @functools.lru_cache(maxsize=8)
    def remembered(text: str, style: tuple, **options) -> tuple[str, bool]:
        return format_code(text, style_config=dict(style), **options)

    @functools.wraps(format_code)
    def formatted(
        text: str, style_config: dict, **options
    ) -> tuple[str, bool]:
        return remembered(text, tuple(style_config.items()), **options)

    config.FormatCode = formatted


def init_cpu_process_group(launcher: str) -> bool:
    """Start the process group of a distributed run on a machine without GPU.

    Without it a Runner that was launched by ``torchrun`` ends in
    ``torch.cuda.set_device``, which MMEngine calls whatever the backend.
    MMEngine leaves a group alone that exists already. The model wrapper must
    then be given ``device_ids=None``, as in ``_base_/default_runtime.py``.

    Args:
        launcher (str): The Runner's launcher: 'none', 'pytorch', 'slurm' or
            'mpi'.

    Returns:
        bool: Whether a group was started: only for 'pytorch', and only where
        there is no accelerator.

    Raises:
        RuntimeError: For 'slurm' and 'mpi' without an accelerator.
    """
    import torch
    from mmengine.device import get_device

    if launcher == 'none' or get_device() not in ('cpu', 'mps'):
        return False
    if launcher != 'pytorch':
        raise RuntimeError(
            f"launcher '{launcher}' needs a GPU on every node, and none is "
            'visible here; start the processes with torchrun and '
            '--launcher pytorch instead (tools/dist_train.sh)'
        )
    if torch.distributed.is_initialized():
        return False
    needed = {'RANK', 'WORLD_SIZE', 'MASTER_ADDR', 'MASTER_PORT'}
    missing = needed - set(os.environ)
    if missing:
        raise RuntimeError(
            "launcher 'pytorch' without the environment of torchrun (missing: "
            f'{", ".join(sorted(missing))}); start with tools/dist_train.sh '
            'or torchrun'
        )
    torch.distributed.init_process_group('gloo')
    return True
