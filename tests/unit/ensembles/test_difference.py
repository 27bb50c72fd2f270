"""Differences between conditions: all permutations by enumeration, intervals, statistics of tables."""

from itertools import combinations

import numpy as np
import pytest

from causalgrain._errors import InputError
from causalgrain.ensembles.difference import difference_by_permutation
from causalgrain.ensembles.exchange import distances

RNG = np.random.default_rng


def test_p_against_all_permutations():
    a, b = [3.1, 2.0, 2.9, 3.3], [1.0, 2.1, 1.7, 2.5, 0.4]
    pooled, value = np.array(a + b), np.mean(a) - np.mean(b)
    every = [pooled[list(c)].mean() - np.delete(pooled, c).mean() for c in combinations(range(9), 4)]
    exact = np.mean(np.abs(every) >= abs(value) - 1e-12)
    found = difference_by_permutation(a, b, draws=4000, rng=0)
    assert found.headline == found.value == pytest.approx(value)
    assert found.p == pytest.approx(exact, abs=4 * np.sqrt(exact / 4000) + 1e-3)
    assert found.effect == pytest.approx(value / np.std(every), rel=0.1)
    assert found.blocks == (4, 5)
    assert found.low < value < found.high
    assert "4 and 5 blocks" in repr(found)


def test_the_interval_of_a_mean_is_welchs():
    from scipy.stats import t

    rng = RNG(1)
    a, b = rng.normal(size=20), 3 * rng.normal(size=35)
    parts = np.array([a.var(ddof=1) / 20, b.var(ddof=1) / 35])
    freedom = parts.sum() ** 2 / (parts**2 / [19, 34]).sum()
    reach = t.ppf(0.975, freedom) * np.sqrt(parts.sum())
    found = difference_by_permutation(a, b, draws=4000, rng=0)
    assert found.high - found.value == pytest.approx(reach, rel=0.06)


def test_signs_turn_with_the_conditions():
    a, b = RNG(2).normal(size=(2, 12))
    one, two = difference_by_permutation(a, b, rng=0), difference_by_permutation(b, a, rng=0)
    assert one.value == pytest.approx(-two.value)
    assert one.p == pytest.approx(two.p, abs=0.07)


def test_a_bias_by_the_number_of_blocks_is_no_difference():
    """The largest of 40 blocks is above the largest of 5 under the same law; permutations know."""
    p = []
    for seed in range(60):
        x = RNG([3, seed]).normal(size=45)
        p.append(difference_by_permutation(x[:5], x[5:], statistic=np.max, draws=39, rng=seed).p)
    assert np.mean(p) == pytest.approx(0.5, abs=4 * np.sqrt(1 / 12 / 60))


def test_tables_of_blocks():
    """Joint counts a block: a is symmetric, b isn't."""
    rng = RNG(4)
    symmetric = rng.multinomial(200, [0.4, 0.2, 0.2, 0.2], size=15).reshape(-1, 2, 2)
    leaning = rng.multinomial(200, [0.4, 0.3, 0.1, 0.2], size=15).reshape(-1, 2, 2)
    found = difference_by_permutation(
        leaning, symmetric, statistic=lambda t: distances(t.sum(axis=0))[0], draws=199, rng=0
    )
    assert found.of_a == pytest.approx(0.2, abs=0.05)
    assert found.value > 0.1
    assert found.p == pytest.approx(1 / 200)


def test_draws_without_a_finite_statistic_are_left_out():
    """mean / s.d. is infinite where all blocks drawn are alike; infinite less infinite is no warning, and no number."""

    def ratio(x):
        return np.float64(x.mean() / x.std()) if x.std() > 0 else np.float64(np.inf)

    a, b = [1.0, 1.0, 1.0, 2.0, 3.0], [1.0, 1.0, 1.0, 1.0, 4.0]
    found = difference_by_permutation(a, b, statistic=ratio, draws=200, rng=0)
    assert np.isfinite([found.p, found.effect, found.low, found.high]).all()
    assert found.low < found.value < found.high
    assert not np.isinf(found.null).any()
    few = difference_by_permutation([1.0, 2.0], [1.0, 2.0], statistic=ratio, draws=200, rng=0)
    assert np.isnan([few.low, few.high]).all()  # three of four pairs of draws have no spread


def test_blocks_without_a_value_are_left_out():
    found = difference_by_permutation([1.0, np.nan, 2.0], [3.0, 4.0], draws=10, rng=0)
    assert found.blocks == (2, 2)
    assert found.value == pytest.approx(-2.0)
    same = difference_by_permutation([1.0, 1.0], [1.0, 1.0], draws=10, rng=0)
    assert same.p == 1.0
    assert (same.low, same.high) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("a", "b", "where"),
    [
        ([1.0], [1.0, 2.0], "a"),
        ([1.0, 2.0], 3.0, "b"),
        ([1.0, 2.0], [np.nan, 1.0], "b"),
        ([1.0, 2.0], [[1.0], [2.0]], "b"),
    ],
)
def test_bad_input_says_where(a, b, where):
    with pytest.raises(InputError) as error:
        difference_by_permutation(a, b, rng=0)
    assert error.value.where == where
