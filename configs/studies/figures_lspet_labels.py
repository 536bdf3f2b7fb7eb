"""What a few labels of photographs gain, with and without adaptation.

python tools/analysis_tools/run_table.py configs/studies/figures_lspet_labels.py

0, 10, 50 and 100 of the 700 photographs of the training have labels, evenly
spaced, the fewer among the more; the next 300 are the test. They are learnt
beside the figures from the first step on, so each number has first stages of
its own, with style for MLDA and without for source-only. All else is that of
figures_lspet.py, whose first stages serve where there are no labels. One seed;
--seeds 0 1 2 runs more.
"""

_base_ = ['figures_lspet.py']  # schedule, networks evaluated

seeds = [0]
_config = 'configs/demo/mlda_figures_lspet.py'
_config_labels = 'configs/demo/mlda_figures_lspet_10labels.py'
_indices = 'train_dataloader.dataset.target_labeled.indices'
_given = {  # labels: suffix of the first stage, config, options
    0: ('', _config, {}),
    10: ('_10', _config_labels, {}),
    50: ('_50', _config_labels, {_indices: list(range(0, 700, 14))}),
    100: ('_100', _config_labels, {_indices: list(range(0, 700, 7))}),
}
_no_style = {'model.style_transfer': None}
_no_parts = {
    **_no_style,
    'model.consistency': None,
    'model.occlusion': None,
    'model.domain_head': None,
    'model.im_loss': None,
}

first_stages = {
    '_delete_': True,
    **{
        f'{name}{suffix}': dict(config=config, options={**labels, **style})
        for suffix, config, labels in _given.values()
        for name, style in (('plain', _no_style), ('statistics', {}))
    },
}

rows = {
    '_delete_': True,
    **{
        f'{name}_{k}': dict(
            title=f'{title}, {k} labels',
            config=config,
            options={**labels, **parts},
            first_stage=f'{stage}{suffix}')
        for name, title, stage, parts in (
            ('source_only', 'source-only', 'plain', _no_parts),
            ('mlda', 'MLDA', 'statistics', {}))
        for k, (suffix, config, labels) in _given.items()
    },
    'oracle': {{_base_.rows.oracle}},
}
