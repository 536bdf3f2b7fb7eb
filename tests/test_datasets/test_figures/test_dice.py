# Copyright (c) mmpose_mlda contributors. All rights reserved.
import numpy as np
import pytest

from mmpose_mlda.datasets.figures.dice import Dice


def test_the_same_key_gives_the_same_numbers():
    first, second = Dice(1, 2, 3), Dice(1, 2, 3)
    assert [first.normal() for _ in range(300)] == [
        second.normal() for _ in range(300)
    ]
    assert Dice(1, 2, 4).uniform() != Dice(1, 2, 3).uniform()


def test_global_generators_are_untouched():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    Dice(0).array(5)
    Dice(0).normal()
    after = np.random.get_state()[1]  # noqa: NPY002
    assert (after == before).all()


def test_distributions():
    dice = Dice(5)
    values = np.array([dice.normal(10.0, 2.0) for _ in range(4000)])
    assert values.mean() == pytest.approx(10.0, abs=0.15)
    assert values.std() == pytest.approx(2.0, abs=0.15)
    assert abs(values - 10.0).max() <= 5.0  # cut at 2.5 deviations
    uniform = np.array([dice.uniform(-1.0, 3.0) for _ in range(4000)])
    assert uniform.min() >= -1.0
    assert uniform.max() < 3.0
    assert uniform.mean() == pytest.approx(1.0, abs=0.1)
    picks = [dice.weighted({'a': 1, 'b': 3, 'c': 0}) for _ in range(4000)]
    assert picks.count('a') == pytest.approx(1000, abs=120)
    assert picks.count('c') == 0
    assert {dice.integer(2, 5) for _ in range(200)} == {2, 3, 4}
    assert {dice.sign() for _ in range(50)} == {-1, 1}
