"""What each level of MLDA adds on SURREAL -> LSP: Table 6 of the paper.

python tools/analysis_tools/run_table.py \
    configs/studies/surreal_lsp_ablation.py

Which of its rows has which parts follows from the paper's text. How the
pseudo-labels of its mean teacher are made is unknown: here it is what is left
of MLDA without the three levels; the plain one is a row without a number.
"""

_base_ = ['surreal_lsp.py']

_mean_teacher = 'configs/baselines/mean_teacher'
_groups = ('Sld', 'Elb', 'Wrist', 'Hip', 'Knee', 'Ankle', 'All')

rows = dict(
    _delete_=True,
    mean_teacher_masked=dict(
        title='mean teacher',
        config=f'{_mean_teacher}_masked_surreal_lsp.py',
        first_stage='plain',
        reported=dict(zip(
            _groups, (57.1, 70.6, 65.7, 74.6, 76.1, 74.5, 69.8)))),
    mean_teacher=dict(
        title='mean teacher, plain',
        config=f'{_mean_teacher}_surreal_lsp.py',
        first_stage='plain'),
    image=dict(
        title='+ image level',
        config='configs/ablations/image_surreal_lsp.py',
        first_stage='stylised',
        reported=dict(zip(
            _groups, (69.3, 86.3, 84.5, 86.3, 84.6, 84.4, 82.6)))),
    image_feature=dict(
        title='+ image and feature level',
        config='configs/ablations/image_feature_surreal_lsp.py',
        first_stage='stylised',
        reported=dict(zip(
            _groups, (72.8, 86.0, 84.9, 85.9, 85.0, 85.0, 83.3)))),
    image_pose=dict(
        title='+ image and pose level',
        config='configs/ablations/image_pose_surreal_lsp.py',
        first_stage='stylised',
        reported=dict(zip(
            _groups, (71.2, 86.4, 84.5, 86.4, 84.7, 84.5, 82.9)))),
    all=dict(
        title='+ all three (MLDA)',
        config='configs/mlda_surreal_lsp.py',
        first_stage='stylised',
        reported=dict(zip(
            _groups, (78.2, 86.6, 83.7, 87.1, 85.2, 85.5, 84.4)))))
reported_from = 'MLDA (ICME 2024), Table 6'
