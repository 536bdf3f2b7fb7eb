# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Child registries of MMPose's, scope ``mmpose_mlda``.

Everything in this package is used in a config as ``type='mmpose_mlda.Name'``
under ``default_scope='mmpose'``; nothing has to be imported for that, since
MMEngine imports ``mmpose_mlda.registry`` when it sees the scope, and this
module's ``locations`` when it first looks a name up.
"""

from . import compat

compat.apply()

from mmengine import Registry  # noqa: E402
from mmengine.config.utils import MODULE2PACKAGE  # noqa: E402
from mmpose import registry as mmpose_registry  # noqa: E402

# Once this module is imported, a config can say
# _base_ = 'mmpose_mlda::_base_/default_runtime.py'. The value is the name of a
# distribution, which MMEngine looks for in site-packages, in vain for an
# editable install; for a name that is none it asks where the module is.
MODULE2PACKAGE.setdefault('mmpose_mlda', 'mmpose_mlda.registry')


def _child(name: str, *locations: str) -> Registry:
    parent = getattr(mmpose_registry, name)
    return Registry(
        parent.name,
        parent=parent,
        scope='mmpose_mlda',
        # a child that is asked for what its parent has imports nothing there
        locations=[
            *(f'mmpose_mlda.{location}' for location in locations),
            *parent._locations,
        ],
    )


DATASETS = _child('DATASETS', 'datasets')
DATA_SAMPLERS = _child('DATA_SAMPLERS', 'datasets')
TRANSFORMS = _child('TRANSFORMS', 'datasets')
MODELS = _child('MODELS', 'models')
KEYPOINT_CODECS = _child('KEYPOINT_CODECS', 'models')
MODEL_WRAPPERS = _child('MODEL_WRAPPERS', 'engine')
HOOKS = _child('HOOKS', 'engine')
LOOPS = _child('LOOPS', 'engine')
OPTIM_WRAPPERS = _child('OPTIM_WRAPPERS', 'engine')
OPTIM_WRAPPER_CONSTRUCTORS = _child('OPTIM_WRAPPER_CONSTRUCTORS', 'engine')
PARAM_SCHEDULERS = _child('PARAM_SCHEDULERS', 'engine')
METRICS = _child('METRICS', 'evaluation')

# A config that takes a base from here, 'mmpose_mlda::...', gets this scope for
# every component of it; MMPose's own are found through the children.
for _name in (
    *('RUNNERS', 'RUNNER_CONSTRUCTORS', 'EVALUATORS', 'LOG_PROCESSORS'),
    *('OPTIMIZERS', 'WEIGHT_INITIALIZERS', 'BATCH_AUGMENTS', 'TASK_UTILS'),
    *('VISUALIZERS', 'VISBACKENDS', 'INFERENCERS'),
):
    _child(_name)
