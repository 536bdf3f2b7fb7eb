# Copyright (c) mmpose_mlda contributors. All rights reserved.
import pytest

NAMES = ('animalpose', 'lsp', 'surreal', 'synanimal', 'tigdog')
CODE = """
import sys
import mmpose_mlda.converters.{name}
heavy = {{'torch', 'mmcv', 'mmpose'}} & set(sys.modules)
assert not heavy, heavy
"""


@pytest.mark.parametrize('name', NAMES)
def test_converters_are_light(run_python, name):
    done = run_python('-c', CODE.format(name=name))
    assert done.returncode == 0, done.stderr
