"""Reversibility of TPMs: published values, closed forms, and the coarse-graining."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

import causalgrain as cg
from causalgrain.information.reversibility import gamma, reversibility, svd_coarse_graining


def block():
    """Hoel (2013): seven states uniform among themselves, one fixed."""
    tpm = np.zeros((8, 8))
    tpm[:7, :7], tpm[7, 7] = 1 / 7, 1
    return tpm


def random_tpm(n, seed):
    return np.random.default_rng(seed).dirichlet(np.full(n, 0.5), size=n)


def test_eight_states():
    """Zhang et al. (2025): Gamma_1 = 2, clear emergence .75; effective information .543564 -> 1 (Hoel 2013)."""
    found = reversibility(block())
    assert (found.gamma, found.clear, found.vague) == pytest.approx((2.0, 0.75, 0.75), abs=1e-14)
    assert (found.rank, found.effective_rank) == (2, 2)
    assert found.bits == pytest.approx(0.543564, abs=5e-7)
    for macro in ("stationary", "uniform"):
        coarse = found.coarse_grain(macro=macro)
        assert coarse.groups == ((0, 1, 2, 3, 4, 5, 6), (7,))
        np.testing.assert_allclose(coarse.tpm, np.eye(2), atol=1e-12)
        assert (coarse.bits_macro, coarse.effectiveness_macro) == pytest.approx((1.0, 1.0), abs=1e-12)
        assert coarse.gamma_macro / 2 - coarse.gamma_micro / 8 == pytest.approx(found.clear, abs=1e-12)


@pytest.mark.parametrize("alpha", [0.25, 1.0, 1.5, 2.0])
def test_closed_forms(alpha):
    assert gamma(np.eye(5)[[1, 2, 3, 4, 0]], alpha) == pytest.approx(5.0, abs=1e-13)
    assert gamma(np.full((5, 5), 0.2), alpha) == pytest.approx(1.0, abs=1e-13)
    assert gamma(np.eye(5)[[0, 0, 0, 0, 0]], alpha) == pytest.approx(5 ** (alpha / 2), abs=1e-13)
    p = 0.1  # binary symmetric channel: singular values 1 and 1 - 2 p
    assert gamma(np.array([[1 - p, p], [p, 1 - p]]), alpha) == pytest.approx(1 + 0.8**alpha, abs=1e-13)


def test_alpha_two_is_the_sum_of_squares():
    tpm = random_tpm(6, 0)
    assert gamma(tpm, 2.0) == pytest.approx((tpm**2).sum(), abs=1e-13)


def test_singular_values_from_eigenvalues():
    tpm = random_tpm(7, 1)
    values = np.sqrt(np.linalg.eigvalsh(tpm @ tpm.T)[::-1])
    found = reversibility(tpm, alpha=0.7)
    np.testing.assert_allclose(found.singular_values, values, atol=1e-9)
    assert found.gamma == pytest.approx((values**0.7).sum(), abs=1e-6)
    assert found.bound == pytest.approx(np.log2(found.gamma) * 2 / 0.7, abs=1e-14)


def test_clear_and_vague():
    """Noise makes the rank full: clear emergence is 0, vague emergence stays near .75."""
    tpm = 0.99 * block() + 0.01 * random_tpm(8, 3)
    found = reversibility(tpm, epsilon=0.1)
    values = np.linalg.svd(tpm, compute_uv=False)
    assert (found.rank, found.effective_rank) == (8, 2)
    assert found.clear == pytest.approx(0.0, abs=1e-15)
    assert found.vague == pytest.approx(values[:2].mean() - values.mean(), abs=1e-14)
    assert found.vague == pytest.approx(0.75, abs=0.02)
    assert found.coarse_grain().groups == ((0, 1, 2, 3, 4, 5, 6), (7,))
    assert reversibility(tpm).vague == pytest.approx(0.0, abs=1e-15)


def test_epsilon_at_a_singular_value_counts_it_out():
    tpm = np.kron(np.eye(2), [[0.75, 0.25], [0.25, 0.75]])  # 1, 1, .5, .5
    assert reversibility(tpm, epsilon=0.6).effective_rank == 2
    assert reversibility(tpm, epsilon=0.4).effective_rank == 4
    assert reversibility(tpm, epsilon=0.0).vague == reversibility(tpm).clear


def test_coarse_graining_weighs_by_stationary_flow():
    """States 0 and 1 have one row each way into 2; pi = (1/4, 1/4, 1/2) makes flows, uniform makes means."""
    tpm = np.array([[0.0, 0.0, 1.0], [0.1, 0.0, 0.9], [0.5, 0.5, 0.0]])
    values, vectors = np.linalg.eig(tpm.T)
    pi = vectors[:, values.real.argmax()].real
    pi /= pi.sum()
    found = svd_coarse_graining(tpm, 2)
    assert found.groups == ((0, 1), (2,))
    inside = pi[1] * 0.1 / pi[:2].sum()
    np.testing.assert_allclose(found.tpm, [[inside, 1 - inside], [1, 0]], atol=1e-7)
    np.testing.assert_allclose(svd_coarse_graining(tpm, 2, macro="uniform").tpm, [[0.05, 0.95], [1, 0]], atol=1e-12)


def test_coarse_graining_into_all_states_changes_nothing():
    tpm = random_tpm(5, 8)
    found = svd_coarse_graining(tpm, 5)
    np.testing.assert_allclose(found.tpm, tpm, atol=1e-14)
    assert found.bits_macro == pytest.approx(found.bits_micro, abs=1e-12)
    assert svd_coarse_graining(tpm, 1).tpm.tolist() == [[1.0]]


def test_same_seed_same_groups():
    tpm = random_tpm(20, 4)
    one, two = (svd_coarse_graining(tpm, 4, seed=7) for _ in range(2))
    np.testing.assert_array_equal(one.group, two.group)
    assert one.provenance == two.provenance


def test_networks_and_walks():
    net = cg.published("basic")
    assert reversibility(net).gamma == pytest.approx(reversibility(net.state_by_state).gamma, abs=1e-14)
    assert reversibility(net).bits == pytest.approx(cg.effective_information(net).bits, abs=1e-14)
    ring = np.roll(np.eye(5), 1, axis=1)
    for kind in (sp.csr_array, pd.DataFrame):
        assert reversibility(kind(3 * (ring + ring.T))).gamma == pytest.approx(reversibility((ring + ring.T) / 2).gamma)
    chain = sp.csr_array(np.eye(3, k=1))
    stay = np.array([[0, 1, 0], [0, 0, 1], [0, 0, 1.0]])
    assert reversibility(chain, sinks="self").gamma == pytest.approx(gamma(stay), abs=1e-14)


def test_results_are_values():
    found = reversibility(block())
    with pytest.raises(ValueError, match="read-only"):
        found.singular_values[0] = 2
    with pytest.raises(ValueError, match="read-only"):
        found.coarse_grain().group[0] = 2
    tpm = block()
    reversibility(tpm)
    tpm[0, 0] = 0  # the caller's own array stays writable


def test_says_what_it_is():
    assert "clear emergence 0.750000 (rank 2)" in repr(reversibility(block()))
    assert "vague 0.750000 (2 above 0.5)" in repr(reversibility(block(), epsilon=0.5))
    assert "8 states as 2" in repr(reversibility(block()).coarse_grain())
    assert "rank" in reversibility(block()).provenance.conventions


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: reversibility([[0.5, 0.5]]), "square"),
        (lambda: reversibility([[0.5, 0.4], [0, 1]]), "row 0.*sum of 1"),
        (lambda: reversibility([[1.5, -0.5], [0, 1]]), r"\[0, 1\]"),
        (lambda: reversibility([[np.nan, 1], [0, 1]]), r"\[0, 1\]"),
        (lambda: reversibility(np.eye(2), alpha=0), "above 0"),
        (lambda: reversibility(np.eye(2), alpha=2.5), "from 0 to 2"),
        (lambda: reversibility(np.eye(2), alpha="1"), "a number"),
        (lambda: reversibility(np.eye(2), epsilon=1.0), "less than the largest singular value, 1"),
        (lambda: reversibility(np.eye(2), epsilon=-1), "epsilon"),
        (lambda: reversibility(sp.csr_array(np.eye(3, k=1))), "node 2.*out-weights|out-weights.*node"),
        (lambda: reversibility(sp.csr_array(np.eye(3, k=1)), sinks="drop"), "'self'"),
        (lambda: svd_coarse_graining(np.eye(3), 4), "from 1 to 3"),
        (lambda: svd_coarse_graining(np.eye(3), 0), "from 1 to 3"),
        (lambda: svd_coarse_graining(np.eye(3), 2, seed=-1), "seed"),
        (lambda: svd_coarse_graining(np.eye(3), 2, macro="mean"), "'stationary'"),
    ],
)
def test_errors(call, says):
    with pytest.raises(cg.InputError, match=says):
        call()


def test_groups_follow_the_right_singular_vectors():
    """Pairs {0, 1} and {2, 3} send to different states, but 0 and 2, 1 and 3 the same share to either pair.

    The left singular vectors hold little but the pairs themselves, in which 0 and 2, 1 and 3 look the same.
    """
    tpm = np.array([[0.52, 0, 0.48, 0], [0.48, 0, 0.52, 0], [0, 0.52, 0, 0.48], [0, 0.48, 0, 0.52]])
    for seed in range(3):
        group = svd_coarse_graining(tpm, 2, macro="uniform", seed=seed).group
        assert group[0] == group[1] != group[2] == group[3]
