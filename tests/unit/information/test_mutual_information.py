"""Estimates of mutual information against closed forms and brute force."""

from itertools import product
from math import log2

import numpy as np
import pytest

from causalgrain import InputError
from causalgrain.information.mutual_information import (
    discrete_information,
    gaussian_bias,
    gaussian_information,
    information_of_table,
    miller_madow_bias,
    mutual_information,
    nearest_neighbour_information,
)


def by_hand(table):
    """Sum over cells, written out."""
    total = sum(map(sum, table))
    rows = [sum(row) / total for row in table]
    columns = [sum(column) / total for column in zip(*table, strict=True)]
    return sum(
        table[i][j] / total * log2(table[i][j] / total / rows[i] / columns[j])
        for i, j in product(range(len(rows)), range(len(columns)))
        if table[i][j]
    )


def gaussian_pairs(rng, correlation, samples, k=1, m=1):
    """k variables and m variables; the first of each correlate, the others are independent."""
    x, y = rng.normal(size=(samples, k)), rng.normal(size=(samples, m))
    y[:, 0] = correlation * x[:, 0] + np.sqrt(1 - correlation**2) * y[:, 0]
    return x, y


def test_tables_by_hand():
    for table in ([[3, 1], [0, 4]], [[5, 0, 2], [1, 1, 7]], [[1, 1], [1, 1]], [[4, 0], [0, 4]]):
        assert float(information_of_table(np.array(table, dtype=float))) == pytest.approx(by_hand(table), abs=1e-14)


def test_binary_symmetric_channel():
    channel = np.array([[0.45, 0.05], [0.05, 0.45]])
    assert float(information_of_table(channel)) == pytest.approx(0.531004, abs=5e-7)  # 1 - H2(.1)


def test_a_stack_of_tables_is_each_by_itself():
    rng = np.random.default_rng(0)
    stack = rng.integers(0, 9, size=(5, 3, 4)).astype(float)
    assert information_of_table(stack) == pytest.approx([by_hand(t.tolist()) for t in stack])


def test_miller_madow_counts_what_occurs():
    counts = np.array([[10.0, 10.0, 0.0], [10.0, 10.0, 0.0]])  # a column that never occurs has no bias
    assert float(miller_madow_bias(counts)) == pytest.approx((4 - 2 - 2 + 1) / (2 * 40 * np.log(2)))


@pytest.mark.parametrize("correction", ["miller-madow", "shuffle"])
def test_corrections_take_the_bias_of_independent_values_off(correction):
    rng = np.random.default_rng(1)
    draws = [rng.integers(0, 5, size=(2, 200)) for _ in range(200)]
    plain = np.mean([discrete_information(x, y, correction="none") for x, y in draws])
    left = np.mean([discrete_information(x, y, correction=correction, rng=2) for x, y in draws])
    assert plain == pytest.approx(16 / (2 * 200 * np.log(2)), rel=0.08)  # chi-square with 16 degrees of freedom
    assert abs(left) < 0.08 * plain


def test_miller_madow_takes_the_bias_of_dependent_values_off():
    rng = np.random.default_rng(2)
    exact = 2 + 0.55 * log2(0.55) + 0.45 * log2(0.15)  # 4 values, kept with .55, else one of three
    plain, corrected = [], []
    for _ in range(400):
        x = rng.integers(0, 4, size=300)
        y = np.where(rng.random(300) < 0.55, x, (x + rng.integers(1, 4, size=300)) % 4)
        plain.append(discrete_information(x, y, correction="none"))
        corrected.append(discrete_information(x, y))
    error = np.std(plain) / np.sqrt(400)
    assert np.mean(plain) - exact > 6 * error
    assert abs(np.mean(corrected) - exact) < 3 * error


def test_gaussian_closed_forms():
    covariance = np.array([[4.0, 1.2, 0.0], [1.2, 1.0, 0.0], [0.0, 0.0, 2.0]])  # r = .6
    assert gaussian_information(covariance, [0], [1]) == pytest.approx(-0.5 * log2(1 - 0.36))
    assert gaussian_information(covariance, [0, 2], [1]) == pytest.approx(-0.5 * log2(0.64))
    rng = np.random.default_rng(3)
    root = rng.normal(size=(5, 5))
    full = root @ root.T
    dets = np.linalg.det(full[:2, :2]) * np.linalg.det(full[2:, 2:]) / np.linalg.det(full)
    assert gaussian_information(full, [0, 1], [2, 3, 4]) == pytest.approx(0.5 * log2(dets))


def test_gaussian_of_dependent_columns():
    covariance = np.array([[1.0, 1.0, 0.5], [1.0, 1.0, 0.5], [0.5, 0.5, 1.0]])  # the first two are one
    assert gaussian_information(covariance, [0, 1], [2]) == pytest.approx(-0.5 * log2(0.75))
    assert gaussian_information(covariance, [0], [1]) == np.inf
    assert gaussian_information(np.zeros((2, 2)), [0], [1]) == 0.0


@pytest.mark.parametrize(("k", "m", "correlation"), [(1, 1, 0.0), (1, 1, 0.8), (2, 3, 0.5)])
def test_gaussian_bias_is_what_is_measured(k, m, correlation):
    rng = np.random.default_rng(4)
    samples, exact = 30, -0.5 * log2(1 - correlation**2)
    found = [
        mutual_information(*gaussian_pairs(rng, correlation, samples, k, m), estimator="gaussian", correction="none")
        for _ in range(1500)
    ]
    error = np.std(found) / np.sqrt(len(found))
    assert np.mean(found) - exact == pytest.approx(gaussian_bias(k, m, samples), abs=4 * error)
    assert gaussian_bias(k, m, samples) > 4 * error  # so a wrong sign would be off by more than 8
    corrected = mutual_information(*gaussian_pairs(rng, correlation, samples, k, m), estimator="gaussian")
    assert np.isfinite(corrected)


def test_gaussian_bias_of_independent_variables_in_closed_form():
    """1 - r^2 of N independent pairs is Beta((N - 2) / 2, 1 / 2), and E ln Beta(a, b) = psi(a) - psi(a + b)."""
    from scipy.special import digamma

    for samples in (5, 6, 40):
        expected = -0.5 * (digamma((samples - 2) / 2) - digamma((samples - 1) / 2)) / np.log(2)
        assert gaussian_bias(1, 1, samples) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9])
def test_nearest_neighbours_on_gaussians(correlation):
    rng = np.random.default_rng(5)
    found = [mutual_information(*gaussian_pairs(rng, correlation, 1000), estimator="ksg") for _ in range(12)]
    exact = -0.5 * log2(1 - correlation**2)
    assert np.mean(found) == pytest.approx(exact, abs=0.03)
    assert np.std(found) < 0.08


def test_nearest_neighbours_in_more_dimensions():
    rng = np.random.default_rng(6)
    found = [mutual_information(*gaussian_pairs(rng, 0.8, 1000, 2, 2), estimator="ksg") for _ in range(6)]
    assert np.mean(found) == pytest.approx(-0.5 * log2(0.36), abs=0.08)


def test_nearest_neighbours_by_brute_force():
    """Eq. 8 of Kraskov et al. 2004, neighbours found by all distances."""
    from scipy.special import digamma

    rng = np.random.default_rng(7)
    x, y = gaussian_pairs(rng, 0.6, 60, 2, 1)
    left, right = x / x.std(axis=0), y / y.std(axis=0)
    total = 0.0
    for i in range(60):
        dx, dy = np.abs(left - left[i]).max(axis=1), np.abs(right - right[i]).max(axis=1)
        reach = np.sort(np.maximum(dx, dy))[3]  # the point itself is the first
        total += digamma((dx < reach).sum()) + digamma((dy < reach).sum())  # itself counted: n + 1
    expected = (digamma(3) + digamma(60) - total / 60) / np.log(2)
    assert nearest_neighbour_information(x, y, neighbours=3) == pytest.approx(expected, abs=1e-12)


def test_nearest_neighbours_see_what_correlation_does_not():
    rng = np.random.default_rng(8)
    x = rng.normal(size=1500)
    y = x**2 + 0.1 * rng.normal(size=1500)
    assert abs(mutual_information(x, y, estimator="gaussian")) < 0.05
    assert mutual_information(x, y, estimator="ksg") > 1.0


def test_several_columns_are_one_variable():
    rng = np.random.default_rng(9)
    bits = rng.integers(0, 2, size=(4000, 2))
    xor = bits.sum(axis=1) % 2
    assert abs(mutual_information(bits[:, 0], xor)) < 0.002
    assert mutual_information(bits, xor) == pytest.approx(1.0, abs=0.002)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: mutual_information([1, 2], [1, 2, 3]), "y: expected 2 samples"),
        (lambda: mutual_information([1, np.nan], [1, 2]), "NaN or infinity in row 1"),
        (lambda: mutual_information([], []), r"samples, shape \(time,\)"),
        (lambda: mutual_information([1, 2], [1, 2], estimator="ksh"), "Did you mean 'ksg'"),
        (lambda: mutual_information([1, 2], [1, 2], correction="analytic"), "correction"),
        (lambda: mutual_information([1, 2, 3], [1, 2, 3], estimator="gaussian"), "at least 4"),
        (lambda: mutual_information([1] * 9, range(9), estimator="gaussian"), "same value throughout in column 0"),
        (lambda: mutual_information([0, 1] * 20, [0, 1] * 20, estimator="ksg"), "occur more than 4 times"),
    ],
)
def test_errors(call, says):
    with pytest.raises(InputError, match=says):
        call()
