"""Which variants of the parts serve a short training on a small network.

python tools/analysis_tools/run_table.py \
    configs/studies/figures_lspet_factorial.py

A fractional factorial design of resolution III, 2 ** (6 - 3): three columns
are all combinations, the others their products. Every level of a factor
meets every level of each other one equally often.
"""

_base_ = ['figures_lspet.py']

_config = 'configs/demo/mlda_figures_lspet.py'
# option: (level of -1, level of +1)
_factors = {
    'model.consistency.frame': ('canonical', 'student'),
    'custom_hooks.1.warmup': (False, True),
    'model.teacher_bn': ('train', 'eval'),
    'model.consistency.share': (0.5, 0.75),
    'model.im_loss.beta': (10.0, 1.0),
    'model.im_loss.projection': ('mean', 'max'),
}
_design = [
    (a, b, c, a * b, a * c, b * c)
    for a in (-1, 1)
    for b in (-1, 1)
    for c in (-1, 1)
]

seeds = [1, 2]
first_stages = dict(_delete_=True, statistics=dict(config=_config))
rows = dict(
    _delete_=True,
    **{
        f'run{_number}': dict(
            title=', '.join(
                f'{_option.split(".")[-1]}={_levels[_sign > 0]}'
                for (_option, _levels), _sign in zip(_factors.items(), _signs)
            ),
            config=_config,
            options={
                _option: _levels[_sign > 0]
                for (_option, _levels), _sign in zip(_factors.items(), _signs)
            },
            first_stage='statistics')
        for _number, _signs in enumerate(_design, 1)
    })
