# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""Every kind of bad input ends as the docs say."""

import pytest
from test_bad_input.kit import assert_sees
from test_bad_input.page import CASES, PAGE, write


@pytest.mark.parametrize('case', CASES, ids=lambda case: case.tried)
def test_case(case, tmp_path):
    if case.error is None:
        case.do(tmp_path)
        return
    with pytest.raises(case.error) as caught:
        case.do(tmp_path)
    assert_sees(str(caught.value), case.sees, tmp_path)


def test_there_are_enough_kinds_and_each_is_told_once():
    kinds = {(case.area, case.tried) for case in CASES}
    assert len(kinds) == len(CASES) >= 60


def test_page_agrees_with_the_cases():
    assert PAGE.read_text('utf-8') == write(), (
        'write it again: PYTHONPATH=tests python -m test_bad_input.page'
    )
