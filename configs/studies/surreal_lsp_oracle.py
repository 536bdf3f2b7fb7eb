"""The upper bound of SURREAL -> LSP, on the second half of LSP.

python tools/analysis_tools/run_table.py configs/studies/surreal_lsp_oracle.py

A study of its own, since the first half is what it learns from and the other
methods are tested on both. The paper has no such row for LSP.
"""

seeds = [0, 1, 2]
rows = dict(
    oracle=dict(
        title='oracle (labels of the target)',
        config='configs/baselines/oracle_surreal_lsp.py',
        evaluate=['student']))
