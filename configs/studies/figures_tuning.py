"""Three settings of each method's main weight, on the embedded pair.

python tools/analysis_tools/run_table.py configs/studies/figures_tuning.py

The best of them by PCK@0.1 is what the tables of real photographs take.
Length and schedule are theirs.
"""

_base_ = ['figures_lspet.py']

_methods = dict(
    mean_teacher_plain=dict(
        config='configs/baselines/mean_teacher_figures.py',
        weights={'model.consistency.loss_weight': 1.0}),
    mean_teacher=dict(
        config='configs/baselines/mean_teacher_masked_figures.py',
        weights={'model.consistency.loss_weight': 1.0}),
    udape=dict(
        config='configs/baselines/udape_figures.py',
        weights={'model.consistency.loss_weight': 1.0},
        first_stage='statistics'),
    mlda=dict(
        config='configs/demo/mlda_figures.py',
        weights={
            'model.domain_head.loss_weight': 0.001,
            'model.im_loss.loss_weight': 0.003,
        },
        first_stage='statistics'),
    regda=dict(
        config='configs/baselines/regda_figures.py',
        options={'model.gradient_layer.rise.iters': 16},
        weights={'model.gradient_layer.coefficient': 0.1},
        first_stage='regda',
        evaluate=['student']),
    ccssl=dict(
        config='configs/baselines/ccssl_figures.py',
        options={'custom_hooks.1.interval': 40},
        weights={'model.gamma': 10.0},
        evaluate=['student']),
    uda_animal=dict(
        config='configs/baselines/uda_animal_figures.py',
        options={
            'model.epoch_iters': 8,
            'model.domain_head.reversal.rise.iters': 240,
        },
        weights={
            'model.pseudo_weight.start': 15.0,
            'model.pseudo_weight.floor': 8.0,
            'model.teacher_weight.peak': 90.0,
        },
        first_stage='uda_animal'))

seeds = [0]
first_stages = dict(
    _delete_=True,
    plain=dict(config='configs/baselines/mean_teacher_figures.py'),
    statistics=dict(config='configs/demo/mlda_figures.py'),
    regda=dict(config='configs/baselines/regda_figures.py'),
    uda_animal=dict(config='configs/baselines/uda_animal_figures.py'))
rows = dict(
    _delete_=True,
    source_only=dict(
        title='source-only',
        config='configs/demo/source_only_figures.py',
        options={
            'model.consistency': None,
            'model.occlusion': None,
            'model.domain_head': None,
            'model.im_loss': None,
        },
        first_stage='plain',
        evaluate=['student']),
    **{
        f'{_name}_x{_factor:g}': dict(
            title=f'{_name}, x {_factor:g}',
            config=_method['config'],
            options={
                **_method.get('options', {}),
                **{k: _factor * v for k, v in _method['weights'].items()},
            },
            first_stage=_method.get('first_stage', 'plain'),
            evaluate=_method.get('evaluate', ['teacher', 'student']))
        for _name, _method in _methods.items()
        for _factor in (0.1, 1, 10)
    })
