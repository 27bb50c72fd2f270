"""How far numbers move: over members, and over draws of blocks of time."""

import numpy as np
import pytest

from causalgrain import CausalGrainError
from causalgrain.learned.power import causal_power
from causalgrain.learned.spread import block_bootstrap, spread_over_members


def test_members_that_failed_are_counted_and_left_out():
    found = spread_over_members([[1.0, 2.0], [3.0, np.nan], [3.0, 4.0], [2.0, 6.0]])
    assert (found.members, found.failed) == (4, 1)
    assert found.mean == pytest.approx([2.0, 4.0])
    assert found.sd == pytest.approx([1.0, 2.0])
    assert found.high - found.mean == pytest.approx(4.302653 * np.array([1.0, 2.0]) * np.sqrt(4 / 3))  # t, 2 degrees
    assert repr(found) == "2 +- 1 4 +- 2 (4 members, 1 failed)"
    alone = spread_over_members([1.5, np.nan])
    assert alone.mean == 1.5
    assert np.isnan(alone.sd)
    assert np.isnan(spread_over_members([np.nan]).mean)
    with pytest.raises(CausalGrainError, match="one row a member"):
        spread_over_members(1.0)


def test_one_more_member_falls_into_the_interval():
    rng = np.random.default_rng(0)
    inside = [
        (s := spread_over_members(rng.standard_normal(5))).low < rng.standard_normal() < s.high for _ in range(400)
    ]
    assert np.mean(inside) == pytest.approx(0.95, abs=0.035)


def test_blocks_hold_the_doubt_of_slow_traces():
    """The mean of an AR(1) of .9 is as uncertain as theory says; row by row it would look four times as sure."""
    rng = np.random.default_rng(1)
    x = np.zeros(4000)
    for t in range(1, 4000):
        x[t] = 0.9 * x[t - 1] + rng.standard_normal()
    truth = 10 / np.sqrt(4000)
    assert block_bootstrap(np.mean, x, draws=200).std() == pytest.approx(truth, rel=0.25)
    assert block_bootstrap(np.mean, x, block=1, draws=100).std() < 0.4 * truth


def test_rows_stay_together_and_inside_segments():
    x = np.arange(100.0)
    seen = []

    def statistic(a, b):
        assert (b == 2 * a).all()
        seen.append(a)
        return a.mean()

    first = block_bootstrap(statistic, x, 2 * x, segments=[[10, 40], [60, 100]], block=10, draws=5, seed=2)
    rows = np.concatenate(seen)
    assert ((rows >= 10) & (rows < 100) & ((rows < 40) | (rows >= 60))).all()
    assert all(len(part) == 70 for part in seen)
    assert block_bootstrap(statistic, x, 2 * x, segments=[[10, 40], [60, 100]], block=10, draws=3, seed=2).tolist() == (
        first[:3].tolist()
    )


def test_power_over_draws_of_held_out_residuals():
    """S anew in each draw: the spread of 1/2 ln(1 + a^2 C / S) is that of 1/2 ln S, r2 / sqrt(2 n)."""
    rng = np.random.default_rng(0)
    n, a = 800, 0.8
    y, e = rng.standard_normal((n, 1)), 0.6 * rng.standard_normal((n, 1))

    def power(e):
        return causal_power(
            lambda y: a * y, np.cov(e.T), y, jacobian=lambda y: np.full((len(y), 1, 1), a), draws=16
        ).value

    drawn = block_bootstrap(power, e, block=5, draws=60)
    assert drawn.std() == pytest.approx(a**2 / np.sqrt(2 * n), rel=0.35)


@pytest.mark.parametrize(
    ("arrays", "settings", "said"),
    [
        ((np.zeros(5), np.zeros(6)), {}, "equally many rows"),
        ((), {}, "equally many rows"),
        ((np.zeros(5),), {"block": 4}, "at least two blocks"),
        ((np.zeros(50),), {"draws": 0}, "draws"),
    ],
)
def test_what_is_refused(arrays, settings, said):
    with pytest.raises(CausalGrainError, match=said):
        block_bootstrap(np.mean, *arrays, **settings)
