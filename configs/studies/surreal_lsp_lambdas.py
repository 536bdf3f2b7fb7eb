"""The weights of the three terms on SURREAL -> LSP, as Fig. 2 of the paper.

python tools/analysis_tools/run_table.py \
    configs/studies/surreal_lsp_lambdas.py
python tools/analysis_tools/collect_results.py \
    configs/studies/surreal_lsp_lambdas.py --options --out work_dirs/lambdas

Each weight alone is multiplied by 0.1 to 10. The values at which the figure
was drawn are not known; these are ours.
"""

_base_ = ['surreal_lsp.py']

_config = 'configs/mlda_surreal_lsp.py'
# of the paper: lambda_a, lambda_b, lambda_c
_weights = dict(consistency=1.0, domain_head=0.1, im_loss=0.3)
_factors = (0.1, 0.3, 3, 10)

_options = {
    f'model.{_part}.loss_weight': _weight
    for _part, _weight in _weights.items()
}

seeds = [0]
rows = dict(
    _delete_=True,
    base=dict(  # factor 1 of each
        title="the paper's weights",
        config=_config,
        options=_options,
        first_stage='stylised'),
    **{
        f'{_part}_x{_factor}': dict(
            title=f'{_part} x {_factor}',
            config=_config,
            options={
                **_options,
                f'model.{_part}.loss_weight': round(_weight * _factor, 6),
            },
            first_stage='stylised')
        for _part, _weight in _weights.items()
        for _factor in _factors
    })
