# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The demo in float16 on a CPU; with PYTHONPATH=tests:tests/test_engine."""

_base_ = '../../configs/demo/mlda_figures.py'
custom_imports = dict(imports=['mmpose_mlda', 'test_speed_options'])
optim_wrapper = dict(type='mmpose_mlda.Float16OnCPU')
