"""Ranks among draws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from causalgrain._doubt import rank_p, two_sided_p


def test_by_hand():
    null = np.array([0.1, 0.2, 0.4, 0.8])
    assert rank_p(0.3, null) == pytest.approx(3 / 5)
    assert rank_p(0.9, null) == pytest.approx(1 / 5)
    assert rank_p(0.0, null) == 1.0
    assert rank_p(0.4, null) == pytest.approx(3 / 5)  # an equal draw is at least as large
    assert two_sided_p(-3.0, np.array([-1.0, 1.0, 0.0])) == pytest.approx(1 / 4)
    assert two_sided_p(12.0, np.array([9.0, 10.0, 11.0])) == pytest.approx(1 / 4)
    assert np.isnan(rank_p(np.nan, null))
    assert np.isnan(rank_p(0.5, np.array([np.nan])))
    assert rank_p(0.3, np.array([0.1, np.nan, 0.4])) == pytest.approx(2 / 3)


@given(st.integers(1, 40), st.integers(0, 10_000))
def test_the_rank_of_one_of_them_is_uniform(n, seed):
    values = np.random.default_rng(seed).random(n + 1)
    ranks = sorted(float(rank_p(values[i], np.delete(values, i))) for i in range(n + 1))
    np.testing.assert_allclose(ranks, (np.arange(n + 1) + 1) / (n + 1))
