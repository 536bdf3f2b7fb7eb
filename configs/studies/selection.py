"""Runs whose checkpoints are chosen without labels, figures to photographs.

python tools/analysis_tools/run_table.py configs/studies/selection.py
python tools/analysis_tools/selection_regret.py docs/results/runs/selection

Every row is validated every 12 steps of its adaptation, by PCK and by the
scores that need no labels. The rows are made to differ: methods that help,
settings that harm or break a network in the middle.
"""

_config = 'configs/demo/mlda_figures_lspet.py'
_no_style = {'model.style_transfer': None}
_no_head = {'model.domain_head': None}
_no_im = {'model.im_loss': None}
_mean_teacher = {**_no_style, **_no_head, **_no_im}

curves = True
seeds = [0]
evaluate = ['teacher']  # the network that is validated
options = {
    'train_dataloader.batch_size': 8,
    'train_cfg.max_iters': 408,
    'train_cfg.pretrain_iters': 312,
    'param_scheduler.1.T_max': 550,
    'param_scheduler.1.end': 600,
    'default_hooks.checkpoint.interval': 312,
    'default_hooks.checkpoint.max_keep_ckpts': 1,
}

_validation = {
    'train_cfg.val_interval': 12,
    'val_dataloader.dataset.indices': list(range(700, 900)),
    # one network alone, the one that the method hands over
    'val_cfg': dict(_delete_=True, type='ValLoop'),
    'val_evaluator.1.type': 'mmpose_mlda.LabelFreeScore',  # beside PCK
    'val_evaluator.1.thr': [0.05, 0.1],
    'model.probe': dict(type='mmpose_mlda.AgreementProbe'),
}

first_stages = dict(
    plain=dict(config=_config, options=_no_style),
    statistics=dict(config=_config),
    regda=dict(config='configs/baselines/regda_figures_lspet.py'))

_rows = dict(
    mean_teacher=dict(
        title='mean teacher',
        config=_config,
        options=_mean_teacher,
        first_stage='plain'),
    im_strong=dict(
        title='IM loss, 100 times its weight',
        config=_config,
        options={**_no_style, **_no_head, 'model.im_loss.loss_weight': 0.3},
        first_stage='plain'),
    bn_eval=dict(
        title='mean teacher, its teacher in evaluation mode',
        config=_config,
        options={**_mean_teacher, 'model.teacher_bn': 'eval'},
        first_stage='plain'),
    fast=dict(
        title='mean teacher, 5 times the learning rate',
        config=_config,
        options={**_mean_teacher, 'optim_wrapper.optimizer.lr': 5e-3},
        first_stage='plain'),
    ccssl_strong=dict(
        title='CC-SSL, labels of weight 10',
        config='configs/baselines/ccssl_figures_lspet.py',
        options={'model.gamma': 10.0, 'custom_hooks.1.interval': 32},
        first_stage='plain',
        evaluate=['student']),
    consistency_strong=dict(
        title='plain mean teacher, 100 times its weight',
        config='configs/baselines/mean_teacher_figures_lspet.py',
        options={'model.consistency.loss_weight': 100.0},
        first_stage='plain'),
    source_only=dict(
        title='source-only',
        config=_config,
        options={
            **_mean_teacher,
            'model.consistency': None,
            'model.occlusion': None,
        },
        first_stage='plain'),
    head_strong=dict(
        title='domain head, 1000 times its weight',
        config=_config,
        options={
            **_no_style,
            **_no_im,
            'model.domain_head.loss_weight': 1.0,
            'optim_wrapper.paramwise_cfg.domain_head.lr': 1e-2,
        },
        first_stage='plain'),
    mlda=dict(title='MLDA', config=_config, first_stage='statistics'),
    udape=dict(
        title='UDAPE',
        config='configs/baselines/udape_figures_lspet.py',
        first_stage='statistics'),
    regda=dict(
        title='RegDA',
        config='configs/baselines/regda_figures_lspet.py',
        options={
            'model.gradient_layer.coefficient': 1.0,
            'model.gradient_layer.rise.iters': 16,
        },
        first_stage='regda',
        evaluate=['student']))
rows = {
    _name: dict(_row, options={**_validation, **_row.get('options', {})})
    for _name, _row in _rows.items()
}
