# Copyright (c) mmpose_mlda contributors. All rights reserved.
from itertools import product

import numpy as np
import pytest

from mmpose_mlda.apis.launch import OptionError
from mmpose_mlda.studies.effects import (
    main_effect,
    one_at_a_time,
    varied_options,
)
from mmpose_mlda.studies.report import effects_markdown
from mmpose_mlda.studies.table import TableMaker, make_rows, read_results

IMAGES = 40


def errors(percent):
    """So many per cent of the images are right in their one joint."""
    return np.where(np.arange(IMAGES)[:, None] < IMAGES * percent / 100, 9, 90)


def make(folder):
    results = read_results(folder)
    rows = make_rows(results, 'teacher')
    return TableMaker(rows, next(iter(rows)), 400), varied_options(results)


@pytest.fixture
def factorial(write_result):
    """All of 2 x 2: 'a' adds 20 points, 'b' 5, seed 1 gives 10 to all."""
    for (a, b), seed in product(product((0, 1), (False, True)), (0, 1)):
        options = {'steps': 600, 'a': [a, 0], 'b': b}
        folder = write_result(
            f'run{2 * a + b}',
            seed,
            errors(40 + 20 * a + 5 * b + 10 * seed),
            options=options,
        )
    return make(folder)


def test_effects_of_a_factorial_design(factorial):
    maker, options = factorial
    assert list(options) == ['a', 'b']
    effect = main_effect(maker, 'a', options['a'], 0.05)
    assert (effect.before, effect.after) == ([0, 0], [1, 0])
    assert effect.difference == pytest.approx(20)
    assert 0 < effect.low < 20 < effect.high
    effect = main_effect(maker, 'b', options['b'], 0.05)
    assert effect.difference == pytest.approx(5)
    assert effect.low < 5 < effect.high


def test_seeds_that_are_better_in_all_rows_cancel(write_result):
    for seed in range(4):
        for a in (0, 1):
            folder = write_result(
                f'run{a}', seed, errors(50 + 10 * seed), options={'a': a}
            )
    maker, options = make(folder)
    effect = main_effect(maker, 'a', options['a'], 0.05)
    assert (effect.difference, effect.low, effect.high) == (0, 0, 0)
    assert '| none (+0.0 [+0.0, +0.0]) |' in effects_markdown([effect])


def test_table_of_effects(factorial):
    maker, options = factorial
    effects = [
        main_effect(maker, option, levels, threshold)
        for option, levels in options.items()
        for threshold in (0.05, 0.1)
    ]
    lines = effects_markdown(effects).splitlines()
    assert lines[0].count('PCK@') == 2
    assert lines[2].startswith('| `a` | `[0, 0]` | `[1, 0]` | +20.0 [+')
    assert lines[3].endswith('| none (+0.0 [+0.0, +0.0]) |')  # all below 0.1


def test_one_option_at_a_time(write_result):
    for row, x, y in [
        ('base', 1.0, 1),
        ('both', 3.0, 2),
        ('x3', 3.0, 1),
        ('x01', 0.1, 1),
        ('y2', 1.0, 2),
    ]:
        folder = write_result(row, 0, errors(50), options={'x': x, 'y': y})
    _, options = make(folder)
    assert one_at_a_time(options, 'base') == {
        'x': ['x01', 'base', 'x3'],
        'y': ['base', 'y2'],
    }


def test_options_that_some_rows_leave_out_are_not_compared(write_result):
    write_result('one', 0, errors(50), options={'a': 1, 'b': 'x'})
    folder = write_result('two', 0, errors(50), options={'b': 'y'})
    _, options = make(folder)
    assert options == {'b': {'one': 'x', 'two': 'y'}}
    assert one_at_a_time(options, 'one') == {}  # no numbers


def test_effects_need_two_values_and_a_common_seed(write_result):
    for seed, row in enumerate(['one', 'two']):
        folder = write_result(row, seed, errors(50), options={'a': seed})
    maker, options = make(folder)
    with pytest.raises(OptionError, match='no seed that all rows have'):
        main_effect(maker, 'a', options['a'], 0.05)
    with pytest.raises(OptionError, match=r'a has the values \[0\], not two'):
        main_effect(maker, 'a', {'one': 0}, 0.05)
