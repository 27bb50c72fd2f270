"""Laws of the earth mover's distance, and a solver that shares no code."""

import numpy as np
import ot
import pytest
from hypothesis import given
from hypothesis import strategies as st

import causalgrain as cg
from causalgrain.phi.compiled import kernels
from strategies import distributions


def hamming(n):
    x = np.arange(1 << n)
    return np.array([[int(a ^ b).bit_count() for b in x] for a in x], dtype=float)


@st.composite
def pairs(draw, count=2, max_n=5):
    n = draw(st.integers(1, max_n))
    return n, [draw(distributions(n)) for _ in range(count)]


def marginals(p, n):
    states = (np.arange(1 << n)[:, None] >> np.arange(n)) & 1
    return p @ states


@given(pairs())
def test_agrees_with_linear_programming(case):
    n, (p, q) = case
    assert cg.emd(p, q) == pytest.approx(ot.emd2(p, q, hamming(n)), abs=1e-12)


@given(pairs(3))
def test_is_a_metric(case):
    _, (p, q, r) = case
    assert cg.emd(p, p) == 0.0
    assert cg.emd(p, q) == pytest.approx(cg.emd(q, p), abs=1e-13)
    assert cg.emd(p, r) <= cg.emd(p, q) + cg.emd(q, r) + 1e-13
    assert (cg.emd(p, q) < 1e-13) == np.allclose(p, q, atol=1e-13)


@given(pairs())
def test_is_at_least_the_marginal_differences(case):
    n, (p, q) = case
    assert cg.emd(p, q) >= np.abs(marginals(p, n) - marginals(q, n)).sum() - 1e-13


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=6))
def test_products_reduce_to_marginal_differences(on):
    p = q = np.ones(1)
    for a, b in on:
        p = np.concatenate([p * (1 - a), p * a])
        q = np.concatenate([q * (1 - b), q * b])
    assert cg.emd(p / p.sum(), q / q.sum()) == pytest.approx(sum(abs(a - b) for a, b in on), abs=1e-12)


@given(pairs(max_n=4), st.randoms(use_true_random=False))
def test_renaming_elements_changes_nothing(case, random):
    n, (p, q) = case
    order = list(range(n))
    random.shuffle(order)
    moved = [sum(((x >> i) & 1) << order[i] for i in range(n)) for x in range(1 << n)]
    assert cg.emd(p[moved], q[moved]) == pytest.approx(cg.emd(p, q), abs=1e-13)


@pytest.mark.parametrize("n", [6, 7, 8])
def test_large_cubes_agree_with_linear_programming(n):
    """Six elements fill one word; seven and eight use several."""
    rng = np.random.default_rng(n)
    cost = hamming(n)
    for sharp in (0.05, 0.3, 1.0, 5.0):
        p, q = rng.dirichlet(np.full(1 << n, sharp), 2)
        assert cg.emd(p / p.sum(), q / q.sum()) == pytest.approx(ot.emd2(p, q, cost, numItermax=10**7), abs=1e-11)


def test_a_known_distance_that_marginals_miss():
    """Even against odd parity of three elements: equal marginals, one element apart."""
    even = np.array([1, 0, 0, 1, 0, 1, 1, 0]) / 4
    assert cg.emd(even, np.roll(even, 1)[[0, 1, 2, 3, 4, 5, 6, 7]] * 0 + (0.25 - even)) == pytest.approx(1.0, abs=1e-15)


@pytest.mark.parametrize("n", [3, 4, 5, 6, 7, 8])
def test_potentials_certify_the_distance(n):
    """The dual is 1-Lipschitz on the cube's edges and has the distance's value; a stopped search leaves a lower bound."""
    transport = kernels().transport
    rng = np.random.default_rng(n)
    scratch = transport.emd_scratch(n)
    dual = np.empty(1 << n)
    for sharp in (0.05, 1.0, 20.0):
        p, q = rng.dirichlet(np.full(1 << n, sharp), 2)
        distance = transport.emd(p, q, n, scratch, np.inf)
        for cutoff in (np.inf, 0.0, 0.9 * distance):
            value = transport.emd(p, q, n, scratch, cutoff)
            transport.potentials(scratch, n, dual)
            assert dual @ (p - q) == pytest.approx(value, abs=1e-12)
            assert value <= distance + 1e-12
            assert value > cutoff or value == pytest.approx(distance, abs=1e-12)
            for j in range(n):
                assert np.abs(dual - dual[np.arange(1 << n) ^ (1 << j)]).max() <= 1.0
