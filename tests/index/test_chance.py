"""Intervals and differences, against arithmetic, against scipy, and against what must come out."""

import numpy as np
import pytest
from scipy import stats

from index.chance import compare, holm, interval


def test_an_interval_is_that_of_scipy() -> None:
    values = np.random.default_rng(3).random(200)
    theirs = stats.bootstrap((values,), np.mean, method="percentile", n_resamples=5000, rng=1).confidence_interval
    assert interval(values) == pytest.approx((theirs.low, theirs.high), abs=0.005)


def test_the_same_system_is_not_different() -> None:
    values = {"map": np.random.default_rng(1).random(50)}
    same = compare(values, values)["map"]
    assert (same.difference, same.low, same.high, same.real) == (0, 0, 0, False)


def test_one_question_of_a_hundred_may_be_chance_and_twenty_are_not() -> None:
    base = np.zeros(100)
    for better, real in ((1, False), (20, True)):
        other = base.copy()
        other[:better] = 1
        found = compare({"recall@1": base}, {"recall@1": other})["recall@1"]
        assert found.difference == pytest.approx(better / 100)
        assert found.real is real


def test_p_is_that_of_scipy() -> None:
    generator = np.random.default_rng(5)
    one, other = generator.random(40), generator.random(40) + 0.1
    theirs = stats.permutation_test(
        (one, other), lambda a, b, axis: (b - a).mean(axis), permutation_type="samples", vectorized=True, rng=1
    )
    assert compare({"map": one}, {"map": other})["map"].p == pytest.approx(theirs.pvalue, abs=0.02)


def test_many_measures_are_corrected() -> None:
    assert holm({"a": 0.02, "b": 0.5, "c": 0.01}) == pytest.approx({"c": 0.03, "a": 0.04, "b": 0.5})
    assert holm({"a": 0.9, "b": 0.8}) == {"b": 1.0, "a": 1.0}
