"""Laws of reversibility, of TPMs and of linear systems."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from causalgrain.information.effective import parts
from causalgrain.information.gaussian_reversibility import gaussian_reversibility
from causalgrain.information.reversibility import gamma, reversibility, svd_coarse_graining

ALPHAS = st.sampled_from([0.1, 0.5, 1.0, 1.5, 2.0])


@st.composite
def tpms(draw, most=7):
    """TPMs with zeros, repeated rows and ties."""
    n = draw(st.integers(1, most))
    table = np.array(draw(st.lists(st.lists(st.integers(0, 4), min_size=n, max_size=n), min_size=n, max_size=n)), float)
    table[table.sum(axis=1) == 0, 0] = 1
    return table / table.sum(axis=1, keepdims=True)


@st.composite
def linear_systems(draw, full=False):
    n = draw(st.integers(1, 5))
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    rank = n if full else draw(st.integers(1, n))
    a = rng.normal(size=(n, rank)) @ rng.normal(size=(rank, n))
    root = rng.normal(size=(n, n))
    return a, root @ root.T + 0.1 * np.eye(n), rng


@given(tpms(), ALPHAS)
def test_gamma_is_from_one_to_the_number_of_states(tpm, alpha):
    assert 1 - 1e-9 <= gamma(tpm, alpha) <= len(tpm) + 1e-9


@given(st.integers(1, 8).flatmap(lambda n: st.permutations(range(n))), ALPHAS)
def test_permutations_are_fully_reversible(order, alpha):
    tpm = np.eye(len(order))[list(order)]
    found = reversibility(tpm, alpha=alpha)
    assert found.gamma == pytest.approx(len(order), abs=1e-12)
    assert found.clear == pytest.approx(0.0, abs=1e-12)
    assert found.bits == pytest.approx(np.log2(len(order)), abs=1e-12)


@given(tpms(), ALPHAS)
def test_effective_information_is_bounded(tpm, alpha):
    """EI <= log2 Gamma_2 <= (2 / alpha) log2 Gamma_alpha, and EI >= log2 Gamma_alpha - log2 N."""
    found = reversibility(tpm, alpha=alpha)
    bits = parts(tpm)[0]
    assert bits <= np.log2((tpm**2).sum()) + 1e-12
    assert bits <= found.bound + 1e-9
    assert bits >= np.log2(found.gamma / len(tpm)) - 1e-9


@given(tpms(), ALPHAS, st.randoms(use_true_random=False))
def test_names_of_states_dont_matter(tpm, alpha, random):
    order = list(range(len(tpm)))
    random.shuffle(order)
    one, two = reversibility(tpm, alpha=alpha), reversibility(tpm[np.ix_(order, order)], alpha=alpha)
    assert one.gamma == pytest.approx(two.gamma, abs=1e-6)
    assert one.rank == two.rank


@given(tpms(most=4), tpms(most=4), ALPHAS)
def test_independent_systems_multiply(one, two, alpha):
    assert gamma(np.kron(one, two), alpha) == pytest.approx(gamma(one, alpha) * gamma(two, alpha), rel=1e-6)


@given(tpms(), ALPHAS)
def test_emergence_is_never_negative(tpm, alpha):
    found = reversibility(tpm, alpha=alpha, epsilon=0.5)
    assert found.clear >= -1e-12
    assert found.vague >= found.clear - 1e-12
    assert found.vague <= len(tpm) ** (alpha / 2) + 1e-9


@given(tpms(most=5), st.integers(1, 4))
def test_copies_of_states_emerge_clearly(tpm, copies):
    """Each state as `copies` equal ones: singular values stay, so per state gamma falls by that factor."""
    spread = np.kron(tpm, np.full((copies, copies), 1 / copies))
    found, one = reversibility(spread), reversibility(tpm)
    assert found.gamma == pytest.approx(one.gamma, abs=1e-9)
    assert found.rank == one.rank
    assert found.clear == pytest.approx(one.gamma * (1 / one.rank - 1 / len(spread)), abs=1e-9)


@given(tpms(), st.data())
def test_coarse_graining_gives_a_tpm_and_every_state_a_group(tpm, data):
    groups = data.draw(st.integers(1, len(tpm)))
    found = svd_coarse_graining(tpm, groups, macro=data.draw(st.sampled_from(["stationary", "uniform"])), restarts=2)
    assert sorted(i for group in found.groups for i in group) == list(range(len(tpm)))
    assert len(found.groups) == groups
    np.testing.assert_allclose(found.tpm.sum(axis=1), 1.0, atol=1e-12)
    assert found.bits_macro <= np.log2(groups) + 1e-12


@given(linear_systems(), ALPHAS)
def test_rotations_dont_matter(system, alpha):
    a, s, rng = system
    turn = np.linalg.qr(rng.normal(size=a.shape))[0]
    one = gaussian_reversibility((a, s), alpha=alpha)
    two = gaussian_reversibility((turn @ a @ turn.T, turn @ s @ turn.T), alpha=alpha)
    assert two.log_gamma == pytest.approx(one.log_gamma, abs=1e-6)
    assert two.clear == pytest.approx(one.clear, abs=1e-6)


@given(linear_systems(), ALPHAS, st.sampled_from([0.1, 3.0, 50.0]))
def test_units_matter_below_full_rank_and_by_how_much(system, alpha, c):
    """All variables times c adds -(1 - r/n)(1 - a/2) ln c to clear and vague emergence, epsilon going along."""
    a, s, _ = system
    epsilon = 0.5 * float(gaussian_reversibility((a, s)).cause[0])
    one = gaussian_reversibility((a, s), alpha=alpha, epsilon=epsilon)
    two = gaussian_reversibility((a, c * c * s), alpha=alpha, epsilon=epsilon / c**2)
    shift = -(1 - one.rank / len(a)) * (1 - alpha / 2) * np.log(c)
    assert (one.rank, one.effective_rank) == (two.rank, two.effective_rank)
    assert two.clear - one.clear == pytest.approx(shift, abs=1e-8)
    assert two.vague - one.vague == pytest.approx(shift, abs=1e-8)


@given(linear_systems(full=True), ALPHAS)
def test_full_rank_has_no_clear_emergence_and_vague_is_not_negative(system, alpha):
    a, s, _ = system
    cause = gaussian_reversibility((a, s)).cause
    found = gaussian_reversibility((a, s), alpha=alpha, epsilon=float(cause[0]) / 2)
    assert found.clear == pytest.approx(0.0, abs=1e-9)
    assert found.vague >= -1e-9


@given(linear_systems(), linear_systems(), ALPHAS)
def test_independent_linear_systems_add(one, two, alpha):
    def both(x, y):
        return np.block([[x, np.zeros((len(x), len(y)))], [np.zeros((len(y), len(x))), y]])

    joint = gaussian_reversibility((both(one[0], two[0]), both(one[1], two[1])), alpha=alpha)
    apart = [gaussian_reversibility((a, s), alpha=alpha).log_gamma for a, s, _ in (one, two)]
    assert joint.log_gamma == pytest.approx(sum(apart), abs=1e-6)
