"""Psi, Delta and Gamma where they are known: published cases, closed forms, brute force."""

from itertools import combinations, product
from math import log2

import numpy as np
import pytest

import causalgrain as cg
from causalgrain.information.linear import LinearGaussian
from causalgrain.information.mutual_information import gaussian_bias
from causalgrain.information.synergy import double_counted, emergence_criteria, emergence_of_samples
from causalgrain.information.synergy_features import stationary

XOR_AND_COIN = [[0, 0.5], [1, 0.5], [1, 0.5], [0, 0.5]]
STAY = 0.99
KEPT = 1 + STAY * log2(STAY) + (1 - STAY) * log2(1 - STAY)  # 1 - H2(.01) = .919207


def parity_keeper(n, stay=STAY):
    """The parity of the next state is that of this one with probability `stay`; the bits are random otherwise."""
    parity = np.array([bin(i).count("1") % 2 for i in range(1 << n)])
    return np.where(parity[:, None] == parity[None, :], stay, 1 - stay) / (1 << (n - 1))


def simulate(tpm, steps, rng):
    """State indices of a run."""
    edges = np.cumsum(tpm, axis=1)
    draws, state, out = rng.random(steps), 0, np.empty(steps, dtype=int)
    for t in range(steps):
        state = min(int(np.searchsorted(edges[state], draws[t], side="right")), len(tpm) - 1)
        out[t] = state
    return out


def bits_of(indices, n):
    return (indices[:, None] >> np.arange(n)) & 1


def information(pairs):
    """I(a; b) in bits of {(a, b): probability}, written out."""
    first, second = {}, {}
    for (a, b), p in pairs.items():
        first[a] = first.get(a, 0.0) + p
        second[b] = second.get(b, 0.0) + p
    return sum(p * log2(p / first[a] / second[b]) for (a, b), p in pairs.items() if p > 0)


def by_hand(tpm, weights, n, v, order=1):
    """Psi, Delta, Gamma by sums over all pairs of states."""

    def joint(source, target):
        out = {}
        for i, j in product(range(len(tpm)), repeat=2):
            key = (source(i), target(j))
            out[key] = out.get(key, 0.0) + weights[i] * tpm[i][j]
        return information(out)

    def part(units):
        return lambda state: tuple(state >> u & 1 for u in units)

    parts = [part(units) for units in combinations(range(n), order)]
    psi = joint(v, v) - sum(joint(p, v) for p in parts)
    delta = max(joint(v, q) - sum(joint(p, q) for p in parts) for q in parts)
    return psi, delta, max(joint(v, q) for q in parts)


# -- known systems -----------------------------------------------------------------------------------------------


def test_xor_is_downward_causation():
    """Rosas et al. 2020: x1' = xor(x1, x2), x2' = coin, V = xor."""
    found = emergence_criteria(cg.Network(XOR_AND_COIN), "parity")
    assert (found.psi, found.delta, found.gamma) == pytest.approx((0.0, 1.0, 1.0), abs=1e-12)
    assert (found.emergent, found.downward_causal, found.decoupled) == (False, True, False)
    assert found.most_foretold == ("A",)
    assert "downward causation" in repr(found)


@pytest.mark.parametrize("n", [2, 3, 4])
def test_parity_is_decoupled(n):
    found = emergence_criteria(parity_keeper(n), "parity")
    assert pytest.approx(0.919207, abs=5e-7) == KEPT
    assert (found.psi, found.delta, found.gamma) == pytest.approx((KEPT, 0.0, 0.0), abs=1e-12)
    assert (found.psi_corrected, found.whole) == pytest.approx((KEPT, KEPT), abs=1e-12)
    assert (found.emergent, found.downward_causal, found.decoupled) == (True, False, True)


def test_parity_fades_with_the_lag():
    twice = STAY**2 + (1 - STAY) ** 2
    expected = 1 + twice * log2(twice) + (1 - twice) * log2(1 - twice)
    assert emergence_criteria(parity_keeper(3), "parity", lag=2).psi == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("present", ["stationary", "uniform"])
def test_random_systems_by_brute_force(order, present):
    rng = np.random.default_rng(order)
    tpm = rng.dirichlet(np.full(8, 0.5), size=8)
    weights = np.full(8, 1 / 8) if present == "uniform" else np.linalg.matrix_power(tpm, 4000)[0]
    v = rng.integers(0, 3, size=8)
    found = emergence_criteria(tpm, v, order=order, present=present)
    expected = by_hand(tpm, weights, 3, lambda state: int(v[state]), order)
    assert (found.psi, found.delta, found.gamma) == pytest.approx(expected, abs=1e-9)


def test_rows_are_now_and_columns_later():
    """A is copied by B, and A is a coin: A foretells B, B foretells nothing."""
    found = emergence_criteria(cg.Network([[0.5, 0], [0.5, 1], [0.5, 0], [0.5, 1]]), [0, 1, 0, 1])
    assert found.across == pytest.approx(np.array([[0.0, 1.0], [0.0, 0.0]]), abs=1e-12)
    assert found.downward == pytest.approx([0.0, 1.0], abs=1e-12)
    assert found.parts == pytest.approx([0.0, 0.0], abs=1e-12)


def test_ways_to_name_a_feature_agree():
    tpm = np.random.default_rng(4).dirichlet(np.ones(8), size=8)
    table = np.array([sum(s) % 2 for s in product((0, 1), repeat=3)])  # symmetric in the elements: any order
    one = emergence_criteria(tpm, "parity")
    two = emergence_criteria(tpm, lambda state: "odd" if sum(state) % 2 else "even")
    three = emergence_criteria(tpm, 7.5 - table)
    assert one.psi == pytest.approx(two.psi, abs=1e-12) == pytest.approx(three.psi, abs=1e-12)
    assert one.delta == pytest.approx(two.delta, abs=1e-12) == pytest.approx(three.delta, abs=1e-12)


def test_a_grain_is_a_feature():
    net = cg.published("hoel2016-fig2")
    grain = cg.as_grain(["AB", "CD"], labels=net.labels)
    by_grain = emergence_criteria(net, grain, present="uniform")
    by_function = emergence_criteria(net, lambda s: (s[0] and s[1], s[2] and s[3]), present="uniform")
    assert by_grain.whole == pytest.approx(by_function.whole, abs=1e-12)
    assert by_grain.whole > 0.1
    assert by_grain.psi == pytest.approx(by_function.psi, abs=1e-12)
    assert by_grain.labels == net.labels


def test_elements_of_more_values():
    """One element of three values that steps round: it foretells itself wholly, so Psi of itself is 0."""
    tpm = np.roll(np.eye(3), 1, axis=1)
    found = emergence_criteria(tpm, [0, 1, 2], elements=[0, 1, 2], present="uniform")
    assert (found.whole, found.psi, found.gamma) == pytest.approx((log2(3), 0.0, log2(3)), abs=1e-12)


def test_stationary_leaves_transient_states_out():
    assert stationary(np.array([[0.0, 0.5, 0.5], [0, 0.25, 0.75], [0, 0.5, 0.5]])) == pytest.approx([0, 0.4, 0.6])


# -- double counting ---------------------------------------------------------------------------------------------


def test_copies_are_counted_once():
    """Three copies of one bit that keeps its value with .9: Psi = I - 3 I, and 0 once the copies count once."""
    keep = 1 + 0.9 * log2(0.9) + 0.1 * log2(0.1)
    tpm = np.zeros((8, 8))
    tpm[:, 0], tpm[:, 7] = 0.1, 0.9
    tpm[0] = 0
    tpm[0, [0, 7]] = 0.9, 0.1
    weights = np.zeros(8)
    weights[[0, 7]] = 0.5
    found = emergence_criteria(tpm, "sum", present=weights)
    assert found.psi == pytest.approx(-2 * keep)
    assert found.psi_corrected == pytest.approx(0.0, abs=1e-12)
    assert found.delta == pytest.approx(-2 * keep)
    assert found.delta_corrected == pytest.approx(0.0, abs=1e-12)


def test_corrections_by_hand():
    informations = np.array([0.5, 0.1, 0.3, 0.3])
    assert double_counted(informations, 4) == pytest.approx(3 * 0.1)
    assert double_counted(informations, 3) == pytest.approx(3 * 0.1 + 2 * 0.2)
    assert double_counted(informations, 2) == pytest.approx(informations.sum() - 0.5)
    assert double_counted(np.array([0.5, -0.1]), 2) == 0.0  # a smallest information below 0 is noise


def test_corrections_of_a_system():
    tpm = np.random.default_rng(5).dirichlet(np.full(8, 0.3), size=8)
    every = emergence_criteria(tpm, "sum", shared_by="all")
    some = emergence_criteria(tpm, "sum", shared_by="any")
    assert every.psi == some.psi
    assert every.psi_corrected == pytest.approx(every.psi + 2 * every.parts.min())
    assert some.psi_corrected == pytest.approx(some.whole - some.parts.max())
    rest = some.downward - some.across.max(axis=0)
    assert some.delta_corrected == pytest.approx(rest.max())
    assert emergence_criteria(tpm, "sum", shared_by=3).psi_corrected == every.psi_corrected


# -- Gaussian ----------------------------------------------------------------------------------------------------


def test_sum_of_independent_elements_has_psi_above_0():
    """n AR(1) with coefficient a: I(V; V') = -1/2 log2(1 - a^2), each I(X; V') = -1/2 log2(1 - a^2 / n)."""
    n, a = 5, 0.9
    found = emergence_criteria(LinearGaussian(a * np.eye(n), np.eye(n)), "sum")
    expected = -0.5 * log2(1 - a**2) + 0.5 * n * log2(1 - a**2 / n)
    assert found.psi == pytest.approx(expected)
    assert found.psi > 0.5
    assert found.gamma == pytest.approx(-0.5 * log2(1 - a**2 / n))
    assert found.delta == pytest.approx(-0.5 * log2(1 - a**2 / n) + 0.5 * log2(1 - a**2))


@pytest.mark.parametrize("lag", [1, 3])
def test_gaussian_by_determinants(lag):
    rng = np.random.default_rng(6)
    a = 0.3 * rng.normal(size=(3, 3))
    s = np.diag([1.0, 2.0, 0.5])
    w = np.array([[1.0, -1.0, 0.5]])
    c = sum(np.linalg.matrix_power(a, k) @ s @ np.linalg.matrix_power(a, k).T for k in range(400))
    step = np.linalg.matrix_power(a, lag)

    def i(left, right):
        ends, cross = (left @ c @ left.T, right @ c @ right.T), left @ c @ step.T @ right.T
        whole = np.block([[ends[0], cross], [cross.T, ends[1]]])
        return 0.5 * log2(np.linalg.det(ends[0]) * np.linalg.det(ends[1]) / np.linalg.det(whole))

    e = [np.eye(3)[[k]] for k in range(3)]
    found = emergence_criteria(LinearGaussian(a, s), w[0], lag=lag)
    assert found.psi == pytest.approx(i(w, w) - sum(i(x, w) for x in e))
    assert found.gamma == pytest.approx(max(i(w, y) for y in e))
    assert found.delta == pytest.approx(max(i(w, y) - sum(i(x, y) for x in e) for y in e))
    pairs = [np.eye(3)[list(p)] for p in combinations(range(3), 2)]
    second = emergence_criteria(LinearGaussian(a, s), w[0], lag=lag, order=2)
    assert second.psi == pytest.approx(i(w, w) - sum(i(x, w) for x in pairs))
    assert second.labels == ("x0+x1", "x0+x2", "x1+x2")


def test_covariance_handed_in_moves_on():
    """A state that isn't stationary: one variable of variance 4, x' = x / 2 + e, so 2 later."""
    system = LinearGaussian([[0.5, 0.0], [0.0, 0.0]], np.eye(2), covariance=np.diag([4.0, 1.0]))
    found = emergence_criteria(system, [1.0, 0.0])
    assert found.whole == pytest.approx(0.5 * log2(2.0))  # signal 1, noise 1


def test_variables_that_determine_each_other_have_no_psi():
    found = emergence_criteria(LinearGaussian(np.eye(2), 0.0, covariance=np.eye(2)), [1.0, 0.0])
    assert found.whole == np.inf
    assert np.isnan(found.psi)
    assert found.emergent is None
    assert found.decoupled is None
    assert double_counted(np.array([np.inf, 1.0, np.inf]), 2) == np.inf
    assert double_counted(np.array([np.inf, 1.0, 2.0]), 2) == 3.0


# -- data --------------------------------------------------------------------------------------------------------


def test_xor_is_recovered_from_data():
    rng = np.random.default_rng(7)
    tpm = cg.Network(XOR_AND_COIN).state_by_state
    x = bits_of(simulate(tpm, 4000, rng), 2)
    found = emergence_of_samples(x, x.sum(axis=1) % 2, estimator="discrete")
    assert (found.psi, found.delta, found.gamma) == pytest.approx((0.0, 1.0, 1.0), abs=0.01)
    assert (found.emergent, found.downward_causal, found.decoupled) == (None, None, None)


def test_parity_is_recovered_from_data():
    rng = np.random.default_rng(8)
    x = bits_of(simulate(parity_keeper(3), 8000, rng), 3)
    found = emergence_of_samples(x, x.sum(axis=1) % 2, estimator="discrete")
    # s.d. of the share that stays: sqrt(.99 .01 / 8000) = .0011, times dI/dp = log2(99) = 6.6 bits
    assert found.psi == pytest.approx(KEPT, abs=3 * 0.0074)
    assert (found.delta, found.gamma) == pytest.approx((0.0, 0.0), abs=0.004)


def test_correction_brings_small_samples_near_the_exact_values():
    """V = the state: 49 degrees of freedom in I(V; V'), 7 in each I(X; V')."""
    rng = np.random.default_rng(9)
    tpm = np.random.default_rng(1).dirichlet(np.full(8, 3.0), size=8)
    exact = emergence_criteria(tpm, np.arange(8)).psi
    plain, corrected = [], []
    for _ in range(80):
        indices = simulate(tpm, 600, rng)
        for out, on in ((plain, "none"), (corrected, None)):
            found = emergence_of_samples(bits_of(indices, 3), indices, estimator="discrete", correction=on)
            out.append(found.psi)
    error = np.std(corrected) / np.sqrt(80)
    assert np.mean(plain) - exact == pytest.approx((49 - 21) / (2 * 599 * np.log(2)), rel=0.25)
    assert abs(np.mean(corrected) - exact) < 3 * error


@pytest.mark.parametrize(("estimator", "close"), [("gaussian", 0.05), ("ksg", 0.12)])
def test_gaussian_is_recovered_from_data(estimator, close):
    rng = np.random.default_rng(10)
    a = np.array([[0.7, 0.2, 0.0], [-0.3, 0.5, 0.2], [0.0, 0.4, 0.6]])
    w = np.array([1.0, 1.0, -1.0])
    x = np.zeros((3000, 3))
    for t in range(1, len(x)):
        x[t] = a @ x[t - 1] + rng.normal(size=3)
    exact = emergence_criteria(LinearGaussian(a, np.eye(3)), w)
    found = emergence_of_samples(x, x @ w, estimator=estimator)
    assert (found.psi, found.gamma) == pytest.approx((exact.psi, exact.gamma), abs=close)
    assert found.delta == pytest.approx(exact.delta, abs=close)
    assert found.across == pytest.approx(exact.across, abs=close)


def test_counted_informations_by_hand():
    """Elements and V of unequally many values, a lag of 2; every information by sums over counted pairs."""
    rng = np.random.default_rng(11)
    x = np.column_stack([rng.integers(0, k, size=120) for k in (2, 3, 4)])
    x[2:, 1] = (x[:-2, 0] + x[:-2, 2] + (rng.random(118) < 0.3)) % 3
    v = x[:, 0] * x[:, 2]
    found = emergence_of_samples(x, v, estimator="discrete", correction="none", lag=2)

    def counted(now, later):
        out = {}
        for pair in zip(now[:-2].tolist(), later[2:].tolist(), strict=True):
            out[pair] = out.get(pair, 0.0) + 1 / 118
        return information(out)

    assert found.whole == pytest.approx(counted(v, v), abs=1e-12)
    assert found.parts == pytest.approx([counted(x[:, i], v) for i in range(3)], abs=1e-12)
    assert found.downward == pytest.approx([counted(v, x[:, j]) for j in range(3)], abs=1e-12)
    across = [[counted(x[:, i], x[:, j]) for j in range(3)] for i in range(3)]
    assert found.across == pytest.approx(np.array(across), abs=1e-12)


@pytest.mark.parametrize("order", [1, 2])
def test_gaussian_correction_takes_its_bias_off_every_information(order):
    x = np.random.default_rng(12).normal(size=(50, 3))
    plain, corrected = (emergence_of_samples(x, x.sum(axis=1), correction=on, order=order) for on in ("none", None))
    assert plain.whole - corrected.whole == pytest.approx(gaussian_bias(1, 1, 49))
    assert plain.parts - corrected.parts == pytest.approx(np.full(3, gaussian_bias(order, 1, 49)))
    assert plain.across - corrected.across == pytest.approx(np.full((3, 3), gaussian_bias(order, order, 49)))


def test_pairs_stay_in_their_segment():
    """Two segments, in each V alternates; joined, the step between them would break the rule."""
    x = np.array([[0.0, 0], [1, 1], [0, 0], [1, 1], [1, 0], [0, 1], [1, 0], [0, 1]])
    apart = emergence_of_samples(x, x[:, 0], estimator="discrete", correction="none", segments=[[0, 4], [4, 8]])
    joined = emergence_of_samples(x, x[:, 0], estimator="discrete", correction="none")
    assert (apart.samples, joined.samples) == (6, 7)
    assert apart.whole == pytest.approx(1.0)
    assert joined.whole < 0.7


# -- refusals ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: emergence_criteria(np.eye(4), "parity"), "4 sets of states that are never left"),
        (lambda: emergence_criteria(XOR_AND_COIN, "parity"), "square"),
        (lambda: emergence_criteria(parity_keeper(2), "parities"), "Did you mean 'parity'"),
        (lambda: emergence_criteria(parity_keeper(2), [0, 1]), "each of 4 states"),
        (lambda: emergence_criteria(parity_keeper(2), lambda s: [1]), "can be compared"),
        (lambda: emergence_criteria(parity_keeper(2), "parity", lag=0), "lag"),
        (lambda: emergence_criteria(parity_keeper(2), "parity", order=3), "at most 2"),
        (lambda: emergence_criteria(parity_keeper(2), "parity", shared_by=3), "from 2 to 2"),
        (lambda: emergence_criteria(parity_keeper(2), "parity", present=[1, 1, -1, 1]), "weights >= 0"),
        (lambda: emergence_criteria(np.full((3, 3), 1 / 3), [0, 1, 1]), "no power of 2"),
        (lambda: emergence_criteria(cg.Recording([[1.0], [2.0]], 1.0), "sum"), "emergence_profile"),
        (lambda: emergence_criteria(LinearGaussian([[0.5]], 1.0), [1.0, 2.0]), r"shape \(1,\)"),
        (lambda: emergence_criteria(LinearGaussian([[0.5]], 1.0), "parity"), "'sum'"),
        (lambda: emergence_of_samples(np.zeros((9, 2)), np.zeros(8)), "9 samples"),
        (lambda: emergence_of_samples(np.zeros((9, 2)), np.zeros(9), lag=9), "at least 4"),
        (lambda: emergence_of_samples(np.zeros((9, 2)), np.zeros(9), estimator="knn"), "estimator"),
    ],
)
def test_errors(call, says):
    with pytest.raises(cg.InputError, match=says):
        call()


def test_too_many_parts():
    with pytest.raises(cg.CostError, match="sets of 5 of 20"):
        emergence_of_samples(np.zeros((9, 20)), np.zeros(9), order=5)
