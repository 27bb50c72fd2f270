"""How far over the cortex a macro variable reaches."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causalgrain import InputError
from causalgrain.learned.coverage import coverage


def test_by_hand():
    """Weights 2/3, 1/3 at 0 and 3 mm: mean 1, variance 2/3 * 1 + 1/3 * 4 = 2; the sign of the attribution doesn't count."""
    found = coverage([[2.0, -1.0], [0.0, 5.0]], [[0, 0], [3, 0]], unit="mm")
    np.testing.assert_allclose(found.coverage, [np.sqrt(2), 0.0])
    np.testing.assert_allclose(found.centre, [[1, 0], [3, 0]])
    np.testing.assert_allclose(found.neurons, [1 / (4 / 9 + 1 / 9), 1.0])
    assert found.even == pytest.approx(1.5)
    assert found.table["coverage_mm"].tolist() == found.coverage.tolist()


def test_micrometres_are_turned_into_millimetres():
    micro = coverage([2.0, -1.0], [[0, 0], [3000, 0]], unit="um")
    assert micro.coverage[0] == pytest.approx(np.sqrt(2))


@given(st.integers(0, 1000), st.floats(0, 6), st.floats(-5, 5), st.floats(0.1, 9))
@settings(max_examples=40, deadline=None)
def test_where_and_how_the_sheet_lies_does_not_count(seed, angle, shift, scale):
    """Turning, moving, and the attribution's size leave C; half the sum of pairwise squared distances gives it too."""
    rng = np.random.default_rng(seed)
    a, r = rng.normal(size=(2, 12)), rng.normal(size=(12, 2))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    first, moved = coverage(a, r, unit="mm"), coverage(scale * a, r @ turn.T + shift, unit="mm")
    np.testing.assert_allclose(moved.coverage, first.coverage, rtol=1e-9)
    w = np.abs(a) / np.abs(a).sum(axis=1, keepdims=True)
    pairs = ((r[:, None] - r[None]) ** 2).sum(axis=2)
    np.testing.assert_allclose(first.coverage**2, 0.5 * np.einsum("ki,kj,ij->k", w, w, pairs), rtol=1e-9)


def test_equal_weights_are_even_and_no_weight_is_nan():
    r = np.random.default_rng(0).normal(size=(30, 3))
    found = coverage(np.stack([np.ones(30), np.zeros(30)]), r, unit="mm")
    assert found.ratio[0] == pytest.approx(1.0)
    assert found.neurons[0] == pytest.approx(30)
    assert np.isnan(found.coverage[1])


def test_errors_say_what_to_do():
    with pytest.raises(InputError, match="don't ask for coverage"):
        coverage([1.0, 2.0], None, unit="mm")
    with pytest.raises(InputError, match="1 of 2 neurons without"):
        coverage([1.0, 2.0], [[0, 0], [np.nan, 1]], unit="mm")
    with pytest.raises(InputError, match="pooling matrix"):
        coverage([1.0, 2.0], np.zeros((5, 2)), unit="mm")
    with pytest.raises(InputError, match="'mm', 'um'"):
        coverage([1.0, 2.0], np.zeros((2, 2)), unit="pixel")
    with pytest.raises(InputError, match="NaN"):
        coverage([1.0, np.nan], np.zeros((2, 2)), unit="mm")
