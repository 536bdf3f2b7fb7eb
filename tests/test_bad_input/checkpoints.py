# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Checkpoints and weights of backbones."""

import builtins
import pickle

import torch
from mmengine.runner import Runner, load_checkpoint
from reference.networks import build_mlda, student_config
from test_bad_input.kit import Table, cut, save

from mmpose_mlda.apis import launch
from mmpose_mlda.checkpoint import (
    UnsafeCheckpointError,
    load_from_local,
    plain_checkpoint,
)
from mmpose_mlda.models import AdaINStyleTransfer, EfficientNetLite
from mmpose_mlda.registry import MODELS

TABLE = Table('Checkpoints')
REFUSED = (
    'DATA/hostile.pth: refused, since it asks for ...exec, which is no safe '
    'content of a checkpoint; nothing was run.'
)
OTHER = (
    'The checkpoint is neither one of this adaptor nor a plain one of its '
    'student; it lacks {} has the unknown {}. A part that was not trained is '
    'left out by ...weights of a backbone alone are given by '
    'model.student.backbone.init_cfg'
)


class Hostile:
    """Pickles as a call that writes a file, and is proven not to have."""

    def __init__(self, root):
        self.mark = root / 'it_ran'

    def __reduce__(self):
        return builtins.exec, (f'open({str(self.mark)!r}, "w")',)

    def save(self):
        path = self.mark.with_name('hostile.pth')
        torch.save(dict(state_dict={}, meta=self), path)
        return str(path)

    def offer_to(self, take):
        """Raise what ``take`` raises, if nothing was run before."""
        path = self.save()
        try:
            take(path)
        finally:
            assert not self.mark.exists()


def runner(root, model, path, **options):
    """What both tools hand a checkpoint to."""
    return Runner(
        model,
        work_dir=str(root),
        load_from=path,
        experiment_name=root.name,
        log_level='ERROR',
        default_scope='mmpose',
        **options,
    )


@TABLE.refused('`--resume` of a pickle that runs code', pickle.PickleError,
               REFUSED)  # fmt: skip
def _(root):
    model = torch.nn.Linear(1, 1)
    Hostile(root).offer_to(lambda path: runner(root, model, path).resume(path))


@TABLE.refused('`load_from` and the checkpoint of `tools/test.py`, likewise',
               UnsafeCheckpointError, REFUSED)  # fmt: skip
def _(root):
    model = torch.nn.Linear(1, 1)
    Hostile(root).offer_to(
        lambda path: runner(root, model, path).load_or_resume()
    )


@TABLE.refused("`init_cfg=dict(type='Pretrained')`, likewise",
               UnsafeCheckpointError, REFUSED)  # fmt: skip
def _(root):
    def take(path):
        init_cfg = dict(type='Pretrained', checkpoint=path)
        config = student_config()
        config['backbone'] = dict(type='ResNet', depth=18, init_cfg=init_cfg)
        MODELS.build(config['backbone']).init_weights()

    Hostile(root).offer_to(take)


@TABLE.refused('weights of the style network, likewise',
               UnsafeCheckpointError, REFUSED)  # fmt: skip
def _(root):
    def take(path):
        AdaINStyleTransfer(path, path, 'relu2_1').init_weights()

    Hostile(root).offer_to(take)


@TABLE.refused('weights of EfficientNet-Lite, likewise',
               UnsafeCheckpointError, REFUSED)  # fmt: skip
def _(root):
    Hostile(root).offer_to(
        lambda path: EfficientNetLite(pretrained=path).init_weights()
    )


@TABLE.refused(
    'the same on the command line',
    SystemExit,
    'error: DATA/hostile.pth: refused',
)
def _(root):
    with launch.errors_without_traceback():
        Hostile(root).offer_to(load_from_local)


@TABLE.refused(
    'a checkpoint that is cut off',
    RuntimeError,
    'DATA/weights.pth cannot be loaded as a checkpoint (...); if it is '
    'damaged or of another format, give another file',
)
def _(root):
    save(root, dict(a=torch.ones(5000)))
    load_from_local(str(cut(root / 'weights.pth')))


@TABLE.refused(
    'an empty file as checkpoint',
    RuntimeError,
    'DATA/empty.pth cannot be loaded as a checkpoint (EOFError: ',
)
def _(root):
    (root / 'empty.pth').touch()
    load_from_local(str(root / 'empty.pth'))


@TABLE.refused(
    'a photograph or a web page as checkpoint',
    RuntimeError,
    'DATA/page.pth cannot be loaded as a checkpoint (',
)
def _(root):
    (root / 'page.pth').write_text('<html>404 not found</html>')
    load_from_local(str(root / 'page.pth'))


@TABLE.refused(
    'a tensor or a list as checkpoint',
    RuntimeError,
    'DATA/weights.pth holds a list, expected a checkpoint with weights by '
    'name; give another file',
)
def _(root):
    load_from_local(save(root, [torch.ones(1)]))


@TABLE.refused(
    'a folder as checkpoint',
    FileNotFoundError,
    'checkpoint DATA does not exist; give the path of a .pth file',
)
def _(root):
    launch.check_checkpoint(str(root))


@TABLE.refused(
    '`--resume` of weights alone',
    RuntimeError,
    'DATA/weights.pth cannot be resumed, it has no message_hub, meta, '
    'optimizer; start a new run with its weights by load_from without resume',
)
def _(root):
    model = torch.nn.Linear(1, 1)
    path = save(root, dict(state_dict=model.state_dict()))
    checkpoint = dict(type='mmpose_mlda.AtomicCheckpointHook', by_epoch=False)
    hooks = dict(checkpoint=checkpoint)
    runner(
        root, model, path, resume=True, default_hooks=hooks
    ).load_or_resume()


@TABLE.refused(
    'the checkpoint of another architecture',
    RuntimeError,
    OTHER.format('...and', 'backbone.fc.bias, backbone.fc.weight'),
)
def _(root):
    other = dict.fromkeys(('backbone.fc.weight', 'backbone.fc.bias'))
    path = save(root, dict(state_dict=dict.fromkeys(other, torch.ones(1))))
    load_checkpoint(build_mlda(), path)


NOTHING = (
    'The checkpoint has no weight of this {}: its keys begin with '
    "['features.weight', 'features.bias'], expected such as [...]; give a "
    'checkpoint of the same architecture'
)


def strangers(root):
    layers = torch.nn.Sequential()
    layers.add_module('features', torch.nn.Linear(2, 2))
    return save(root, dict(state_dict=layers.state_dict()))


@TABLE.refused(
    'the same for a plain estimator of MMPose',
    RuntimeError,
    NOTHING.format('TopdownPoseEstimator'),
)
def _(root):
    load_checkpoint(MODELS.build(student_config()), strangers(root))


@TABLE.refused(
    "weights of another backbone in `init_cfg=dict(type='Pretrained')`",
    RuntimeError,
    NOTHING.format('ResNet'),
)
def _(root):
    init_cfg = dict(type='Pretrained', checkpoint=strangers(root))
    config = dict(type='ResNet', depth=18, init_cfg=init_cfg)
    MODELS.build(config).init_weights()


@TABLE.refused(
    'the checkpoint of a method with other parts',
    RuntimeError,
    'The checkpoint is neither one of this adaptor nor a plain one of its '
    'student; it lacks domain_head.layers.0.bias, ... A part that was not '
    'trained is left out by e.g. --cfg-options model.domain_head=None; ',
)
def _(root):
    path = save(root, dict(state_dict=build_mlda().state_dict()))
    head = dict(type='mmpose_mlda.DomainHead', in_channels=6)
    load_checkpoint(build_mlda(domain_head=head), path)


@TABLE.refused(
    'the checkpoint of a model with other joints',
    RuntimeError,
    'The checkpoint is neither one of this adaptor nor a plain one of its '
    'student; it has in another shape student.head.final_layer.bias (5,) '
    '(here (4,)), ...',
)
def _(root):
    five = build_mlda(student=student_config(joints=5))
    path = save(root, dict(state_dict=five.state_dict()))
    load_checkpoint(build_mlda(), path)


@TABLE.refused(
    'a plain checkpoint from which to take the teacher',
    ValueError,
    "The checkpoint has no weights of a 'teacher'; give one that an adaptor "
    'has saved',
)
def _(root):
    plain_checkpoint(dict(state_dict={'backbone.conv.weight': torch.ones(1)}))


@TABLE.refused(
    'weights of another backbone in EfficientNet-Lite',
    ValueError,
    'DATA/weights.pth does not hold the weights of EfficientNet-Lite0: ... '
    'tensors differ in shape, the first is layers.0.conv.weight',
)
def _(root):
    path = save(root, dict(state_dict=torch.nn.Linear(2, 2).state_dict()))
    EfficientNetLite(pretrained=path).init_weights()
