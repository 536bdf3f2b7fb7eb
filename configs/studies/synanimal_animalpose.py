"""The methods on SynAnimal -> AnimalPose: dogs and sheep.

python tools/analysis_tools/run_table.py \
    configs/studies/synanimal_animalpose.py
python tools/analysis_tools/collect_results.py \
    configs/studies/synanimal_animalpose.py

The task of Tables 4 and 5 of the paper, whose values are not at hand.
"""

_baselines = 'configs/baselines'

seeds = [0, 1, 2]
# what the papers' protocol is with batches of one image
options = {'test_evaluator.protocol': 'pooled'}
first_stages = dict(
    plain=dict(config=f'{_baselines}/source_only_synanimal_animalpose.py'),
    stylised=dict(config='configs/mlda_synanimal_animalpose.py'))

rows = dict(
    source_only=dict(
        title='source-only',
        config=f'{_baselines}/source_only_synanimal_animalpose.py',
        # from the first stage of the others, and as long as they
        options={'train_cfg.pretrain_iters': 20000},
        first_stage='plain',
        evaluate=['student']),
    ccssl=dict(
        title='CC-SSL',
        config=f'{_baselines}/ccssl_synanimal_animalpose.py',
        first_stage='plain',
        evaluate=['student']),
    regda=dict(
        title='RegDA',
        config=f'{_baselines}/regda_synanimal_animalpose.py',
        evaluate=['student']),
    uda_animal=dict(
        title='UDA-Animal',
        config=f'{_baselines}/uda_animal_synanimal_animalpose.py'),
    mean_teacher=dict(
        title='mean teacher',
        config=f'{_baselines}/mean_teacher_synanimal_animalpose.py',
        first_stage='plain'),
    mean_teacher_masked=dict(
        title="mean teacher, UDAPE's pseudo-labels",
        config=f'{_baselines}/mean_teacher_masked_synanimal_animalpose.py',
        first_stage='plain'),
    udape=dict(
        title='UDAPE',
        config=f'{_baselines}/udape_synanimal_animalpose.py',
        first_stage='stylised'),
    mlda=dict(
        title='MLDA',
        config='configs/mlda_synanimal_animalpose.py',
        first_stage='stylised'),
    oracle=dict(
        title='oracle (labels of the target)',
        config=f'{_baselines}/oracle_synanimal_animalpose.py',
        evaluate=['student']))
