"""What each part gains from rendered figures to real photographs, at 128 px.

OMP_NUM_THREADS=2 python tools/train.py \
    configs/style/adain_figures_lspet_relu3_1.py
python tools/analysis_tools/run_table.py configs/studies/figures_lspet.py

700 unlabelled photographs of LSP Extended, the next 300 for the test. Every
row with a first stage starts from it with the same weights and goes on with
the same pairs of images; source-only is trained as long on the source. What
the methods count in steps is scaled to the 240 steps of the adaptation.
"""

_config = 'configs/demo/mlda_figures_lspet.py'
_adain = 'configs/demo/mlda_figures_lspet_adain.py'
_decoder = {
    'model.style_transfer.decoder':
        'work_dirs/adain_figures_lspet_relu3_1/iter_1200.pth'
}
_fourier = {
    'model.style_transfer': dict(
        _delete_=True,
        type='mmpose_mlda.FourierStyle',
        prob=0.5,
        alpha=(0.0, 1.0))
}
# the parts, to be left out
_no_style = {'model.style_transfer': None}
_no_head = {'model.domain_head': None}
_no_im = {'model.im_loss': None}
_mean_teacher = {**_no_head, **_no_im}

seeds = [0, 1, 2]
options = {
    'train_cfg.max_iters': 600,
    'train_cfg.pretrain_iters': 0.6,
    'param_scheduler.1.T_max': 550,  # after 50 steps of warm-up
    'param_scheduler.1.end': 600,
    'default_hooks.checkpoint.interval': 120,
    'default_hooks.checkpoint.max_keep_ckpts': 1,
}

first_stages = dict(
    plain=dict(config=_config, options=_no_style),
    statistics=dict(config=_config),
    fourier=dict(config=_config, options=_fourier),
    adain=dict(config=_adain, options=_decoder),
    # heads of their own
    regda=dict(config='configs/baselines/regda_figures_lspet.py'),
    uda_animal=dict(config='configs/baselines/uda_animal_figures_lspet.py'))

rows = dict(
    source_only=dict(
        title='source-only',
        config=_config,
        options={
            **_no_style, **_mean_teacher,
            'model.consistency': None,
            'model.occlusion': None,
        },
        first_stage='plain'),
    mean_teacher=dict(
        title='mean teacher',
        config=_config,
        options={**_no_style, **_mean_teacher},
        first_stage='plain'),
    mt_statistics=dict(
        title='+ statistics style',
        config=_config,
        options=_mean_teacher,
        first_stage='statistics'),
    mt_fourier=dict(
        title='+ Fourier style',
        config=_config,
        options={**_fourier, **_mean_teacher},
        first_stage='fourier'),
    mt_adain=dict(
        title='+ AdaIN',
        config=_adain,
        options={**_decoder, **_mean_teacher},
        first_stage='adain'),
    mt_head=dict(
        title='+ domain head',
        config=_config,
        options={**_no_style, **_no_im},
        first_stage='plain'),
    mt_im_paper=dict(
        title="+ IM 'paper'",
        config=_config,
        options={**_no_style, **_no_head},
        first_stage='plain'),
    mt_im_official=dict(
        title="+ IM 'official'",
        config=_config,
        options={
            **_no_style, **_no_head,
            'model.im_loss': dict(
                _delete_=True,
                type='mmpose_mlda.InformationMaximizationLoss',
                variant='official',
                loss_weight=0.3),  # the paper's
        },
        first_stage='plain'),
    all=dict(
        title='all (statistics style, head, IM)',
        config=_config,
        first_stage='statistics'),
    # other methods
    mean_teacher_plain=dict(
        title='plain mean teacher (raw heatmaps)',
        config='configs/baselines/mean_teacher_figures_lspet.py',
        first_stage='plain'),
    udape=dict(
        title='UDAPE (statistics style)',
        config='configs/baselines/udape_figures_lspet.py',
        first_stage='statistics'),
    regda=dict(
        title='RegDA',
        config='configs/baselines/regda_figures_lspet.py',
        options={
            'model.gradient_layer.coefficient': 1.0,  # figures_tuning.py
            'model.gradient_layer.rise.iters': 16,
        },
        first_stage='regda',
        evaluate=['student']),
    ccssl=dict(
        title='CC-SSL',
        config='configs/baselines/ccssl_figures_lspet.py',
        options={
            'model.gamma': 1.0,  # figures_tuning.py
            'custom_hooks.1.interval': 40,
        },
        first_stage='plain',
        evaluate=['student']),
    uda_animal=dict(
        title='UDA-Animal',
        config='configs/baselines/uda_animal_figures_lspet.py',
        options={
            'model.epoch_iters': 8,
            'model.domain_head.reversal.rise.iters': 240,
        },
        first_stage='uda_animal'),
    # attempts to mend what adds nothing
    style_later=dict(
        title='+ statistics style, second stage only',
        config=_config,
        options=_mean_teacher,
        first_stage='plain'),
    head_strong=dict(
        title='+ domain head, 0.1',
        config=_config,
        options={
            **_no_style, **_no_im,
            'model.domain_head.loss_weight': 0.1,  # the paper's
        },
        first_stage='plain'),
    head_fast=dict(
        title='+ domain head, 0.1, ten times its learning rate',
        config=_config,
        options={
            **_no_style, **_no_im,
            'model.domain_head.loss_weight': 0.1,
            'optim_wrapper.paramwise_cfg.domain_head.lr': 1e-2,
        },
        first_stage='plain'),
    head_free=dict(  # not to mend: can the domains be told apart?
        title='+ domain head that the student does not feel',
        config=_config,
        options={
            **_no_style, **_no_im,
            'model.domain_head.reversal': dict(coefficient=0.0),
            'optim_wrapper.paramwise_cfg.domain_head.lr': 1e-2,
        },
        first_stage='plain'),
    im_strong=dict(
        title="+ IM 'paper', 0.03",
        config=_config,
        options={
            **_no_style, **_no_head,
            'model.im_loss.loss_weight': 0.03,
        },
        first_stage='plain'),
    oracle=dict(
        title='oracle (labels of the target)',
        config='configs/demo/oracle_figures_lspet.py',
        options={'train_cfg.pretrain_iters': 1.0},
        evaluate=['student']))
evaluate = ['student', 'teacher']
