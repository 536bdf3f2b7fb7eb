# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""What a run leaves behind to be looked at."""

from engine_kit import PRETRAIN, STEPS, build

from mmpose_mlda.visualization import read_curves, run_figure

ADAPTATION = list(range(PRETRAIN + 1, STEPS + 1))


def test_values_of_a_run(config):
    cfg = config()
    cfg.val_evaluator = [
        cfg.val_evaluator,
        dict(type='mmpose_mlda.PseudoLabelQuality', thr=0.2),
    ]
    cfg.custom_hooks.append(
        dict(type='mmpose_mlda.GradientNormHook', interval=STEPS)
    )
    runner = build(cfg)
    runner.train()
    curves = read_curves(runner.work_dir)

    for name in (
        'loss_consistency',
        'acc_domain',
        'acc_domain_source',
        'acc_domain_target',
        'pseudo_kept',
        'pseudo_confidence',
        'pseudo_spread',
        'pseudo_agreement',
    ):
        assert list(curves[name]) == ADAPTATION
    for step in ADAPTATION:
        of_domains = [
            curves[f'acc_domain_{domain}'][step]
            for domain in ('source', 'target')
        ]
        assert abs(curves['acc_domain'][step] - sum(of_domains) / 2) < 1e-4
    assert list(curves['grad_norm/consistency']) == [PRETRAIN + 1]
    assert list(curves['grad_norm/supervised']) == [1, PRETRAIN + 1]

    for network in ('teacher', 'student'):
        assert curves[f'{network}/pseudo/kept'] == {STEPS: 50}
        for name in ('precision_kept', 'precision_dropped', 'ECE'):
            value = curves[f'{network}/pseudo/{name}@0.2'][STEPS]
            assert 0 <= value <= 100
    assert len(run_figure({'run': curves}, {'run': PRETRAIN}).axes) == 5
