# People, SURREAL -> LSP: what all methods have in common on this task.
_base_ = [
    '../default_runtime.py',
    '../datasets/surreal_lsp.py',
    '../models/res101_deconv_256.py',
    '../schedules/schedule_35k.py',
]

randomness = dict(seed=0)  # in the papers' commands
