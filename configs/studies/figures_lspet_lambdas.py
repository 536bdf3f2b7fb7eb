"""How much the weights of the three terms matter, as in Fig. 2 of the paper.

python tools/analysis_tools/run_table.py \
    configs/studies/figures_lspet_lambdas.py

One weight at a time is made smaller and larger than the demo configs have it.
"""

_base_ = ['figures_lspet.py']

_config = 'configs/demo/mlda_figures_lspet.py'
# weight of the demo configs, and what it is multiplied by
_weights = dict(
    consistency=(1.0, (0.1, 0.3, 3, 10)),  # lambda_a
    domain_head=(0.001, (0.1, 10, 30, 100)),  # lambda_b; the paper has 0.1
    im_loss=(0.003, (0.1, 0.3, 3, 10)))  # lambda_c

_options = {
    f'model.{_part}.loss_weight': _weight
    for _part, (_weight, _) in _weights.items()
}

seeds = [1]
first_stages = dict(_delete_=True, statistics=dict(config=_config))
rows = dict(
    _delete_=True,
    base=dict(
        title='all',
        config=_config,
        options=_options,
        first_stage='statistics'),
    **{
        f'{_part}_x{_factor}': dict(
            title=f'{_part} x {_factor}',
            config=_config,
            options={
                **_options,
                f'model.{_part}.loss_weight': _weight * _factor,
            },
            first_stage='statistics')
        for _part, (_weight, _factors) in _weights.items()
        for _factor in _factors
    })
