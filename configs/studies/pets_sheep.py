"""All methods across species: dogs and cats with labels, sheep without.

python tools/dataset_converters/animalpose.py RAW data/animalpose_halves \
    --held-out 0.5
python tools/analysis_tools/run_table.py configs/studies/pets_sheep.py

Shorter than figures_lspet.py, for the backbone knows photographs already; the
methods' settings are the same, what they count in steps is scaled to the 120
steps of the adaptation.
"""

_base_ = ['figures_lspet.py']

_folder = 'configs/baselines'

options = {
    'train_cfg.max_iters': 300,
    'param_scheduler.1.T_max': 250,
    'param_scheduler.1.end': 300,
    'default_hooks.checkpoint.interval': 60,
}

first_stages = dict(
    _delete_=True,
    plain=dict(config=f'{_folder}/mean_teacher_pets_sheep.py'),
    statistics=dict(config='configs/demo/mlda_pets_sheep.py'),
    regda=dict(config=f'{_folder}/regda_pets_sheep.py'),
    uda_animal=dict(config=f'{_folder}/uda_animal_pets_sheep.py'))

rows = dict(
    _delete_=True,
    source_only=dict(
        title='source-only',
        config='configs/demo/source_only_pets_sheep.py',
        first_stage='plain',
        evaluate=['student']),
    mean_teacher_plain=dict(
        title='plain mean teacher (raw heatmaps)',
        config=f'{_folder}/mean_teacher_pets_sheep.py',
        first_stage='plain'),
    mean_teacher=dict(
        title='mean teacher',
        config=f'{_folder}/mean_teacher_masked_pets_sheep.py',
        first_stage='plain'),
    udape=dict(
        title='UDAPE (statistics style)',
        config=f'{_folder}/udape_pets_sheep.py',
        first_stage='statistics'),
    regda=dict(
        title='RegDA',
        config=f'{_folder}/regda_pets_sheep.py',
        options={
            'model.gradient_layer.coefficient': 1.0,  # figures_tuning.py
            'model.gradient_layer.rise.iters': 8,
        },
        first_stage='regda',
        evaluate=['student']),
    ccssl=dict(
        title='CC-SSL',
        config=f'{_folder}/ccssl_pets_sheep.py',
        options={
            'model.gamma': 1.0,  # figures_tuning.py
            'custom_hooks.1.interval': 20,
        },
        first_stage='plain',
        evaluate=['student']),
    uda_animal=dict(
        title='UDA-Animal',
        config=f'{_folder}/uda_animal_pets_sheep.py',
        options={
            'model.epoch_iters': 4,
            'model.domain_head.reversal.rise.iters': 120,
        },
        first_stage='uda_animal'),
    mlda=dict(
        title='MLDA (statistics style)',
        config='configs/demo/mlda_pets_sheep.py',
        first_stage='statistics'),
    oracle=dict(
        title='oracle (labels of the target)',
        config='configs/demo/oracle_pets_sheep.py',
        options={'train_cfg.pretrain_iters': 1.0},
        evaluate=['student']))
