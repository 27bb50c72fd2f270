"""One grain at a time: the same numbers as the scan, and as plain numpy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import causalgrain as cg
from causalgrain.grains.lattice import GrainTable
from causalgrain.phi.compiled import kernels
from causalgrain.phi.one_grain import OneGrain
from causalgrain.phi.prepared import prepare
from causalgrain.systems import coarse


def sparse(n: int, seed: int) -> cg.Network:
    """Every element reads two others through a random table, so that groups read a part of the system only."""
    rng = np.random.default_rng(seed)
    states = np.arange(1 << n)
    tpm = np.empty((1 << n, n))
    for i in range(n):
        a, b = rng.choice(n, 2, replace=False)
        tpm[:, i] = rng.random(4)[(states >> a & 1) + 2 * (states >> b & 1)]
    return cg.Network(tpm)


def table(profile: cg.GrainProfile) -> GrainTable:
    """The grains of a scan."""
    assert isinstance(profile.grains, GrainTable)
    return profile.grains


def whole(net: cg.Network, state: tuple[int, ...]) -> OneGrain:
    return OneGrain(prepare(net, state, tuple(range(net.n))))


@pytest.mark.parametrize("network", ["sparse", "dense", "hoel2016-fig4"])
def test_every_grain_is_as_in_the_scan(network):
    n, state = 4, (0, 1, 1, 0)
    if network == "sparse":
        net = sparse(n, 1)
    elif network == "dense":
        net = cg.Network(np.random.default_rng(2).random((16, 4)))
    else:
        net, n, state = cg.published(network), 6, (0,) * 6
    profile = cg.scan(net, state, "full", max_dependence=1.0 if n == 4 else None)
    one = whole(net, state)
    for grain, phi, dependence, ei, admitted in zip(
        table(profile), profile.values(), profile.values("dependence"), profile.values("ei"), profile.admitted,
        strict=True,
    ):  # fmt: skip
        found = one.measure(grain)
        assert found.dependence == pytest.approx(dependence, abs=1e-12)
        assert found.ei == pytest.approx(ei, abs=1e-12)
        if admitted:
            assert one.phi(grain)[0] == pytest.approx(phi, abs=1e-12)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 6))
def test_marginals_after_every_cut_are_those_of_the_cut_micro_system(seed, n):
    """Against the plain functions: cut the whole micro TPM, then coarse-grain it."""
    rng = np.random.default_rng(seed)
    net = sparse(n, seed) if seed % 2 else cg.Network(rng.random((1 << n, n)))
    part = rng.integers(0, 3, n)
    groups = [np.flatnonzero(part == g).tolist() for g in np.unique(part)]
    mapping = [sorted(rng.choice(np.arange(1, len(g) + 1), rng.integers(1, len(g) + 1), replace=False)) for g in groups]
    grain = cg.as_grain(groups, mapping)
    one = whole(net, (0,) * n)
    found = one.after_cuts(grain)
    assert found.shape == (1 << n, 1 << len(groups), len(groups))
    for source in range(1 << n):
        cut = coarse.cut_micro(one.prepared.on, [i for i in range(n) if source >> i & 1])
        assert np.allclose(found[source], coarse.macro_marginals(cut, grain), rtol=0, atol=1e-13)
    assert np.allclose(one.macro_system(grain)[0], found[0], rtol=0, atol=1e-13)


def test_a_candidate_set_is_counted_by_its_own_places():
    """Elements 1, 2, 4 of five, the others frozen: groups name elements of the network, masks places in the set."""
    net, state, nodes = sparse(5, 4), (1, 0, 1, 1, 0), (1, 2, 4)
    grain = cg.as_grain([[1, 4], [2]])
    profile = cg.scan(net, state, list(nodes), max_dependence=1.0)
    row = table(profile).index(grain)
    one = OneGrain(prepare(net, state, nodes))
    phi, source = one.phi(grain)
    assert phi == pytest.approx(profile.values()[row], abs=1e-12)
    cut = profile.data["cut"].values[row, 0]
    assert one.prepared.cut_nodes(source)[0] == tuple(np.flatnonzero(cut))


def test_a_search_below_the_floor_is_given_up():
    net = cg.published("hoel2016-fig2")
    one, pairs = whole(net, (0,) * 4), cg.as_grain([[0, 1], [2, 3]])
    phi, source = one.phi(pairs)
    assert one.phi(pairs, phi) == (phi, source)
    bound, gone = one.phi(pairs, 2.0)
    assert gone == -1
    assert phi <= bound < 2.0


def test_element_ei_in_closed_form():
    """Two elements that copy each other with certainty: one bit each. A constant adds nothing."""
    swap = cg.Network([[0, 0], [0, 1], [1, 0], [1, 1]])
    assert whole(swap, (0, 0)).measure(cg.as_grain([[0], [1]])).element_ei == pytest.approx(2.0)
    half = cg.Network([[0.5, 0], [0.5, 1], [0.5, 0], [0.5, 1]])
    assert whole(half, (0, 0)).measure(cg.as_grain([[0], [1]])).element_ei == pytest.approx(1.0)
    assert np.isnan(OneGrain(prepare(swap, (0, 0), (0, 1)), max_joint=1).measure(cg.as_grain([[0], [1]])).dependence)


def test_twelve_elements_have_the_closed_form_of_a_ring_of_pairs():
    """Six noisy AND pairs: a macro element is ON with 1 if the pair before is ON, else .09, at every grain size."""
    ring = ring_of_pairs(12)
    grain = cg.as_grain([[i, i + 1] for i in range(0, 12, 2)])
    one = whole(ring, (0,) * 12)
    on, state = one.macro_system(grain)
    states = np.arange(64)
    before = states[:, None] >> (np.arange(6) - 1) % 6 & 1
    assert np.allclose(on, np.where(before, 1.0, 0.09), rtol=0, atol=1e-12)
    assert state == 0
    assert one.measure(grain).dependence < 1e-12
    # Severing one of the two inputs of element 2 (from element 0): it is ON with the mean over noise.
    cut = one.after_cuts(grain)[1]
    expected = np.where(before, 1.0, 0.09)
    # Pair ON: the partner is ON, so .65. Pair OFF (00, 10, 01): .65 only where the partner is ON. Both elements of the
    # next pair lose the input alike.
    p_off = np.mean([0.3 * 0.3, 0.3 * 0.3, 0.65 * 0.65])
    expected[:, 1] = np.where(states & 1, 0.65**2, p_off)
    assert np.allclose(cut, expected, rtol=0, atol=1e-12)


def ring_of_pairs(n: int) -> cg.Network:
    """Noisy AND pairs in a ring: both elements read the pair before; ON with 1 if it is on, else .3."""
    states = np.arange(1 << n)
    tpm = np.empty((1 << n, n))
    for i in range(n):
        a = (i // 2 * 2 - 2) % n
        tpm[:, i] = np.where(states >> a & states >> (a + 1) & 1, 1.0, 0.3)
    return cg.Network(tpm)


def test_no_table_of_all_cuts_is_laid_out():
    """The largest array is that of the macro marginals; 4**12 numbers would be 1.6 GB."""
    import tracemalloc

    one = whole(ring_of_pairs(12), (0,) * 12)
    grain = cg.as_grain([[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]])
    kernels()
    one.after_cuts(grain)
    tracemalloc.start()
    one.after_cuts(grain)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2e7
