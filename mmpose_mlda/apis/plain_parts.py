# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Parts of a config, said with the classes of MMPose and mmpretrain alone.

A further class of this package that a plain one can stand for is a function
in :data:`PLAIN`, and if its weights have other names, one in
:mod:`.plain_weights`.
"""

from collections.abc import Callable
from typing import Any

from mmpose_mlda import registry

from .launch import OptionError

SCOPE = 'mmpose_mlda'


class ExportError(OptionError):
    """A config or checkpoint that cannot be made plain; says what and why."""


def qualified(value: Any, scope: str | None = None) -> Any:
    """A copy in which every class of this package is ``mmpose_mlda.Name``.

    Args:
        value: Any part of a config.
        scope: Where a type without scope is looked for first.

    Returns:
        Any: Of builtin containers, without ``_scope_``.
    """
    if isinstance(value, list | tuple):
        return type(value)(qualified(item, scope) for item in value)
    if not isinstance(value, dict):
        return value
    scope = value.get('_scope_', scope)
    copy = {
        key: qualified(item, scope)
        for key, item in value.items()
        if key != '_scope_'
    }
    if 'type' in copy:
        copy['type'] = _full_name(copy['type'], scope)
    return copy


def _full_name(kind: Any, scope: str | None) -> Any:
    if isinstance(kind, type):  # of a config that imports its classes
        kind = f'{kind.__module__}.{kind.__qualname__}'
    if not isinstance(kind, str):
        return kind
    if kind.startswith(f'{SCOPE}.'):
        return f'{SCOPE}.{kind.rpartition(".")[2]}'
    if '.' in kind or scope in (None, 'mmpose'):
        return kind
    if scope == SCOPE and not _is_registered_here(kind):
        return kind
    return f'{scope}.{kind}'


def _is_registered_here(name: str) -> bool:
    children = (
        *(registry.MODELS, registry.KEYPOINT_CODECS, registry.TRANSFORMS),
        *(registry.DATASETS, registry.METRICS),
    )
    for child in children:
        child.import_from_location()
    return any(name in child.module_dict for child in children)


def is_ours(part: Any) -> bool:
    """Whether a qualified part is built from a class of this package."""
    kind = part.get('type') if isinstance(part, dict) else None
    return isinstance(kind, str) and kind.startswith(f'{SCOPE}.')


def short_name(part: dict) -> str:
    """``'Name'`` of a part of the type ``'mmpose_mlda.Name'``."""
    return part['type'].removeprefix(f'{SCOPE}.')


def plain(value: Any, where: str) -> Any:
    """A qualified part of a config without classes of this package.

    Args:
        value: What :func:`qualified` gives.
        where: Its place in the config, for messages.

    Raises:
        ExportError: With the place and class of all that have no plain
            counterpart.
    """
    refused: list[str] = []
    result = _plain(value, where, refused)
    if refused:
        raise ExportError(
            'This config cannot be exported as plain MMPose, which has '
            f'nothing equal to {"; ".join(refused)}. Use a plain class there, '
            'or run the model with mmpose_mlda (tools/test.py)'
        )
    return result


def _plain(value: Any, where: str, refused: list[str]) -> Any:
    if isinstance(value, list | tuple):
        return type(value)(
            _plain(item, f'{where}[{i}]', refused)
            for i, item in enumerate(value)
        )
    if not isinstance(value, dict):
        return value
    options = {
        key: _plain(item, f'{where}.{key}', refused)
        for key, item in value.items()
        # the weights come from the checkpoint; a loss of this package leaves
        # its place to the default of the head
        if key != 'init_cfg' and not (key == 'loss' and is_ours(item))
    }
    if not is_ours(value):
        return options
    name = short_name(value)
    try:
        if name not in PLAIN:
            raise ExportError('')
        return PLAIN[name]({k: v for k, v in options.items() if k != 'type'})
    except ExportError as error:
        reason = f' ({error})' if str(error) else ''
        refused.append(f'{where}: {SCOPE}.{name}{reason}')
        return options


# ------------------------------------------------------------ one class each
def _data_preprocessor(options: dict) -> dict:
    options.pop('channels_last', None)  # a layout in memory
    return dict(type='PoseDataPreprocessor', **options)


def _efficientnet_lite(options: dict) -> dict:
    """B0 with ReLU6; its squeeze-and-excitation gates get weights that open
    them fully, see :func:`.plain_weights.open_gates`."""
    options.pop('pretrained', None)
    options.setdefault('out_indices', (5,))
    return dict(
        type='mmpretrain.EfficientNet',
        arch='b0',
        act_cfg=dict(type='ReLU6'),
        **options,
    )


def _floored_heatmap(options: dict) -> dict:
    return dict(type='FlooredHeatmap', **options)  # the config registers it


def _topdown_affine(options: dict) -> dict:
    still = dict(
        rotation=(0,), shear=(0,), scale=((1, 1), [1, 1]), translation=(0,)
    )
    moving = [k for k, fixed in still.items() if options.get(k) not in fixed]
    if options.get('mirror_prob', 0):
        moving.append('mirror_prob')
    if moving:
        raise ExportError(f'it augments: {", ".join(moving)}')
    kept = ('input_size', 'use_udp')
    return dict(
        type='TopdownAffine', **{k: options[k] for k in kept if k in options}
    )


def _load_image(options: dict) -> dict:
    for option in ('input_size', 'oversampling'):  # it only saves time
        options.pop(option, None)
    return dict(type='LoadImage', **options)


PLAIN: dict[str, Callable[[dict], dict]] = {
    'DomainDataPreprocessor': _data_preprocessor,
    'EfficientNetLite': _efficientnet_lite,
    'FlooredHeatmap': _floored_heatmap,
    'TopdownAffineWithMatrix': _topdown_affine,
    'LoadReducedImage': _load_image,
}
