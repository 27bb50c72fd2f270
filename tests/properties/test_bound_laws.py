"""The search that leaves cuts out finds what the search of every cut finds; every bound it used was one.

`exhaustive=True` unfolds every cut and takes every distance to its end: nothing of `bounds` has a say in it.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import causalgrain as cg
from causalgrain.phi.compiled import kernels
from causalgrain.phi.conventions import TOLERANCE
from causalgrain.phi.macro import spatial_macro
from causalgrain.phi.prepared import prepare
from causalgrain.systems.states import all_states
from strategies import QUARTERS, networks

ROUNDING = 1e-9


@st.composite
def dense(draw, min_nodes=3, max_nodes=4):
    """Every element reads every other: any probabilities, or quarters (ties, unreachable states)."""
    n = draw(st.integers(min_nodes, max_nodes))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    tpm = rng.choice(QUARTERS, (1 << n, n)) if draw(st.booleans()) else rng.random((1 << n, n))
    return cg.Network(tpm, np.ones((n, n)))


@st.composite
def estimated_like(draw, min_nodes=3, max_nodes=4):
    """Independent or weakly coupled units as counts show them: small concepts everywhere, nothing exactly 0."""
    n = draw(st.integers(min_nodes, max_nodes))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    visits = draw(st.sampled_from([20, 200, 2000]))
    states = (np.arange(1 << n)[:, None] >> np.arange(n)) & 1
    field = states @ (rng.normal(size=(n, n)) * draw(st.sampled_from([0.0, 0.3, 1.5]))) + rng.normal(size=n)
    on = rng.binomial(visits, 1 / (1 + np.exp(-field)))
    return cg.Network((on + 0.5) / (visits + 1), np.ones((n, n)))


@st.composite
def cases(draw, min_nodes=3, max_nodes=4):
    """A network of any kind and a reachable state of it."""
    kind = draw(st.sampled_from([networks, dense, estimated_like]))
    net = draw(kind(min_nodes, max_nodes))
    reachable = [tuple(s) for s in all_states(net.n).tolist() if net.reachable(s)]
    return net, draw(st.sampled_from(reachable))


def same_answer(quick, full):
    """The two answers agree, and what the quick search says of each cut is its distance or a lower bound of it."""
    (phi, cut, distances), (exact, first, every) = quick, full
    assert phi == pytest.approx(exact, abs=1e-12 if exact > TOLERANCE else TOLERANCE)
    if first == 0:
        assert cut == 0
        return
    known = np.isfinite(distances)
    assert (distances[known] <= every[known] + ROUNDING).all()
    if exact <= TOLERANCE:
        # The search ends at the first cut that leaves nothing; no ties are reported there.
        assert every[cut] <= TOLERANCE
        return
    assert cut == first
    assert known[1:-1].all()
    least = every[1:-1] <= np.nanmin(every) + TOLERANCE
    assert distances[1:-1][least] == pytest.approx(every[1:-1][least], abs=1e-12)


def counts():
    return np.zeros(8, dtype=np.int64)


@settings(max_examples=150)
@given(cases())
def test_micro_search_leaves_out_only_what_it_may(case):
    net, state = case
    p = prepare(net, state, tuple(range(net.n)))
    search = kernels().search.micro_search
    quick, full = (search(p.on, p.inputs, p.state, TOLERANCE, every, counts()) for every in (False, True))
    same_answer(quick, full)


@st.composite
def macro_cases(draw):
    """A network, a state, and a grain of two or three macro elements of it."""
    net, state = draw(cases(3, 4))
    n = net.n
    places = draw(st.permutations(range(n)))
    m = draw(st.integers(2, min(3, n)))
    borders = sorted(draw(st.lists(st.integers(1, n - 1), min_size=m - 1, max_size=m - 1, unique=True)))
    groups = sorted(tuple(sorted(g)) for g in np.split(np.array(places), borders))
    groups = [tuple(int(i) for i in g) for g in groups]
    mapping = []
    for group in groups:
        wanted = st.lists(st.integers(1, len(group)), min_size=1, max_size=len(group), unique=True)
        mapping.append(tuple(sorted(draw(wanted))))
    return net, state, cg.as_grain(groups, mapping, net.labels)


@settings(max_examples=150)
@given(macro_cases())
def test_macro_search_leaves_out_only_what_it_may(case):
    net, state, grain = case
    macro = spatial_macro(prepare(net, state, tuple(range(net.n))), grain, 1.0)
    search = kernels().search.macro_search
    args = macro.on, macro.cut_ons(), macro.micro, macro.state, TOLERANCE
    same_answer(*(search(*args, every, 0.0, counts()) for every in (False, True)))


@settings(max_examples=100)
@given(cases())
def test_every_cut_is_bounded_before_it_is_unfolded(case):
    """Also the cuts whose bound decided nothing: `bound_cuts` against the distances of the search of every cut."""
    net, state = case
    p = prepare(net, state, tuple(range(net.n)))
    module = kernels()
    _, first, every = module.search.micro_search(p.on, p.inputs, p.state, TOLERANCE, True, counts())
    if first == 0:
        return
    system, whole, _ = module.search.open_system(p.on, p.inputs, p.state, TOLERANCE, counts())
    order = np.arange(1, (1 << net.n) - 1)
    bounds = module.search.bound_cuts(system, whole, order, TOLERANCE)
    assert (bounds <= every[order] + ROUNDING).all()
