"""Laws of mutual information and of the emergence criteria."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from causalgrain.information.linear import LinearGaussian
from causalgrain.information.mutual_information import (
    gaussian_information,
    information_of_table,
    mutual_information,
)
from causalgrain.information.synergy import emergence_criteria

seeds = st.integers(0, 10**6)


def tpm_of(seed, states=8):
    """A TPM with rows from sharp to flat; every state can follow every other."""
    rng = np.random.default_rng(seed)
    return 0.98 * rng.dirichlet(np.full(states, rng.choice([0.2, 1.0, 5.0])), size=states) + 0.02 / states


def gaussian_of(seed, n=3):
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(n, n))
    root = rng.normal(size=(n, n))
    return LinearGaussian(0.8 * a / np.abs(np.linalg.eigvals(a)).max(), root @ root.T + 0.1 * np.eye(n)), rng


@given(seeds, st.integers(1, 5), st.integers(1, 5))
def test_information_is_never_below_0_nor_above_either_entropy(seed, a, b):
    table = np.random.default_rng(seed).integers(0, 4, size=(a, b)).astype(float) + 1e-9
    bits = float(information_of_table(table))
    assert 0.0 <= bits <= np.log2(min(a, b)) + 1e-9
    assert bits == pytest.approx(float(information_of_table(table.T)), abs=1e-12)


@given(seeds)
def test_data_processing_of_tables(seed):
    """Merging values of one side never adds information."""
    rng = np.random.default_rng(seed)
    table = rng.random((4, 5)) ** 3
    merged = np.vstack([table[0] + table[1], table[2:]])
    assert float(information_of_table(merged)) <= float(information_of_table(table)) + 1e-12


@given(seeds)
def test_data_processing_of_gaussians(seed):
    system, rng = gaussian_of(seed, 4)
    c, w = system.C, rng.normal(size=(1, 2))
    move = np.block([[w, np.zeros((1, 2))], [np.zeros((2, 2)), np.eye(2)]])
    whole = gaussian_information(c, [0, 1], [2, 3])
    assert -1e-12 <= gaussian_information(move @ c @ move.T, [0], [1, 2]) <= whole + 1e-9


@given(seeds, st.permutations(range(4)), st.permutations(range(3)))
def test_counted_information_knows_no_names(seed, first, second):
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, 4, size=60), rng.integers(0, 3, size=60)
    for correction in ("none", "miller-madow"):
        one = mutual_information(x, y, correction=correction)
        two = mutual_information(np.array(first)[x], -np.array(second)[y], correction=correction)
        assert one == pytest.approx(two, abs=1e-12)


@given(seeds)
@settings(max_examples=25)
def test_nearest_neighbours_know_no_units_of_measure(seed):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(2, 80, 2))
    one = mutual_information(x, y, estimator="ksg")
    two = mutual_information(-3 * x[:, ::-1] + 1, y * [0.1, 1e4], estimator="ksg")
    assert one == pytest.approx(two, abs=1e-9)
    order = rng.permutation(80)
    assert mutual_information(x[order], y[order], estimator="ksg") == pytest.approx(one, abs=1e-12)
    assert mutual_information(y, x, estimator="ksg") == pytest.approx(one, abs=1e-12)


@given(seeds, st.integers(1, 3), st.sampled_from(["all", "any"]))
def test_bounds(seed, order, shared_by):
    v = np.random.default_rng(seed).integers(0, 3, size=8)
    found = emergence_criteria(tpm_of(seed), v, order=order, shared_by=shared_by)
    assert found.psi <= found.psi_corrected + 1e-12
    assert found.psi_corrected <= found.whole + 1e-12
    assert found.delta <= found.delta_corrected + 1e-12
    assert found.delta_corrected <= found.gamma + 1e-12
    assert found.gamma >= 0.0
    if order == 3:  # one part, the whole system: V can foretell no more than what it follows from
        assert found.psi <= 1e-12
        assert found.delta <= 1e-12


@given(seeds, st.permutations(range(3)))
def test_renaming_elements_changes_nothing(seed, order):
    tpm, v = tpm_of(seed), np.random.default_rng(seed).integers(0, 3, size=8)
    states = np.arange(8)
    moved = sum((states >> old & 1) << new for new, old in enumerate(order))  # index of each state in the new order
    renamed, w = np.empty_like(tpm), np.empty_like(v)
    renamed[np.ix_(moved, moved)] = tpm
    w[moved] = v
    one, two = emergence_criteria(tpm, v), emergence_criteria(renamed, w)
    for name in ("psi", "delta", "gamma", "psi_corrected", "delta_corrected"):
        assert getattr(one, name) == pytest.approx(getattr(two, name), abs=1e-9)
    assert two.parts == pytest.approx(one.parts[list(order)], abs=1e-9)


@given(seeds, st.integers(0, 7), st.permutations(range(3)))
def test_relabelling_values_changes_nothing(seed, flips, names):
    """Each element may swap ON and OFF, and V its values."""
    tpm, v = tpm_of(seed), np.random.default_rng(seed).integers(0, 3, size=8)
    moved = np.arange(8) ^ flips
    one = emergence_criteria(tpm, v)
    two = emergence_criteria(tpm[np.ix_(moved, moved)], np.array(names)[v[moved]])
    for name in ("psi", "delta", "gamma"):
        assert getattr(one, name) == pytest.approx(getattr(two, name), abs=1e-9)


@given(seeds)
def test_a_coarser_feature_foretells_less_of_itself(seed):
    tpm, v = tpm_of(seed), np.arange(8) % 4
    fine, coarse = emergence_criteria(tpm, v), emergence_criteria(tpm, v // 2)
    assert coarse.whole <= fine.whole + 1e-12
    assert coarse.gamma <= fine.gamma + 1e-12


@given(seeds, st.lists(st.floats(0.1, 10), min_size=3, max_size=3), st.floats(-5, 5).filter(lambda f: abs(f) > 0.1))
def test_gaussian_criteria_know_no_units_of_measure(seed, scales, factor):
    system, rng = gaussian_of(seed)
    w = rng.normal(size=3)
    one = emergence_criteria(system, w)
    two = emergence_criteria(system.changed(np.diag(scales)), factor * w / np.array(scales))
    for name in ("psi", "delta", "gamma"):
        assert getattr(one, name) == pytest.approx(getattr(two, name), abs=1e-7)


@given(seeds)
def test_gaussian_feature_may_be_mixed_invertibly(seed):
    system, rng = gaussian_of(seed)
    w, mix = rng.normal(size=(2, 3)), rng.normal(size=(2, 2)) + 3 * np.eye(2)
    one, two = emergence_criteria(system, w), emergence_criteria(system, mix @ w)
    assert one.psi == pytest.approx(two.psi, abs=1e-7)
    assert one.gamma == pytest.approx(two.gamma, abs=1e-7)
