"""Laws of the order of grains, of paths and of exclusion, on random grains and systems."""

from functools import cache
from itertools import combinations, pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import causalgrain as cg
from causalgrain.grains.complexes import complexes_over_grains
from causalgrain.grains.lattice import grains_of, join
from causalgrain.grains.order import coarsens, lattice
from causalgrain.grains.paths import grain_path
from causalgrain.systems.coarse import Grain
from strategies import systems


@st.composite
def grains(draw, n=4, tau=None, by_sequence=None):
    """One grain of some of n elements; over `tau` updates, by counts or by sequences."""
    tau = draw(st.sampled_from([1, 2])) if tau is None else tau
    numbers = draw(st.lists(st.integers(-1, n - 1), min_size=n, max_size=n).filter(lambda x: max(x) >= 0))
    groups = [tuple(i for i in range(n) if numbers[i] == g) for g in sorted({g for g in numbers if g >= 0})]
    mapping = []
    for group in groups:
        if tau > 1 and draw(st.booleans() if by_sequence is None else st.just(by_sequence)):
            every = [one for one in product(range(len(group) + 1), repeat=tau) if any(one)]
        else:
            every = list(range(1, len(group) * tau + 1))
        mapping.append(tuple(draw(st.lists(st.sampled_from(every), min_size=1, unique=True))))
    return Grain(tuple(groups), tuple(mapping), tau)


@st.composite
def coarser(draw, fine):
    """A grain made of another by joining or leaving out its groups, its mapping read off a random Boolean function."""
    blocks = [group for group in fine.groups if draw(st.booleans())] or [fine.groups[0]]
    joined = tuple(i for group in blocks for i in group)
    return Grain((joined,), (tuple(draw(st.sets(st.integers(1, len(joined) * fine.tau), min_size=1))),), fine.tau)


def histories(tau, n=4):
    return np.array(list(product((0, 1), repeat=n * tau))).reshape(-1, tau, n)


def macro(grain, history):
    """The macro states of consecutive blocks of a history."""
    steps = range(0, len(history), grain.tau)
    return tuple(grain.macro_state(history[s] if grain.tau == 1 else history[s : s + grain.tau]) for s in steps)


@settings(max_examples=60)
@given(st.data())
def test_coarsens_is_being_a_function(data):
    fine = data.draw(grains(n=3))
    coarse = data.draw(st.one_of(grains(n=3, tau=2), coarser(fine)))
    if coarse.tau % fine.tau:
        assert not coarsens(fine, coarse)
        return
    seen = {}
    is_function = all(
        seen.setdefault(macro(fine, one), macro(coarse, one)) == macro(coarse, one) for one in histories(coarse.tau, 3)
    )
    assert coarsens(fine, coarse) == is_function


@given(grains())
def test_every_grain_coarsens_itself_and_its_micro_grain(grain):
    assert coarsens(grain, grain)
    assert coarsens(Grain(tuple((i,) for i in range(4)), ((1,),) * 4), grain)


@settings(max_examples=200)
@given(st.data())
def test_the_order_is_antisymmetric_and_transitive(data):
    a = data.draw(grains())
    b = data.draw(coarser(a))
    c = data.draw(st.one_of(coarser(b), grains()))
    if a != b:
        assert not (coarsens(a, b) and coarsens(b, a))
    if coarsens(a, b) and coarsens(b, c):
        assert coarsens(a, c)


@given(grains(), grains(), st.permutations(range(4)))
def test_names_of_elements_do_not_matter(a, b, order):
    moved = [Grain(tuple(tuple(order[i] for i in g) for g in one.groups), one.mapping, one.tau) for one in (a, b)]
    assert coarsens(a, b) == coarsens(*moved)


@cache
def _small():
    sets = [s for size in (4, 3, 2, 1) for s in combinations(range(4), size)]
    return join([grains_of(s, tuple("ABCD")) for s in sets])


@given(st.lists(st.integers(0, 184), min_size=1, max_size=40, unique=True))
def test_covers_carry_the_whole_order_and_nothing_more(rows):
    order = lattice(_small(), which=rows)
    edges = {tuple(edge) for edge in order.covers.tolist()}
    above = {row: set(order.coarser(row).tolist()) for row in order.rows.tolist()}
    reached = {}
    for row in sorted(above, key=lambda r: len(above[r])):
        direct = [b for a, b in edges if a == row]
        reached[row] = set(direct).union(*(reached[b] for b in direct))
        # None of the direct ones lies above another.
        assert not any(b in above[a] for a in direct for b in direct)
    assert reached == above
    assert all(row in order.finer(b) for row, many in above.items() for b in many)


def chains(rows, level, below, start, end):
    """All chains of rising level from start to end, one recursion deep a step."""
    if start == end:
        yield [end]
        return
    for row in rows:
        if start in below[row] and level[start] < level[row] <= level[end] and (row == end or row in below[end]):
            yield from ([start, *rest] for rest in chains(rows, level, below, row, end))


@settings(max_examples=40)
@given(systems(min_nodes=3, max_nodes=3))
def test_no_chain_passes_more_maxima_than_the_path(system):
    net, state = system
    profile = cg.scan(net, state, max_dependence=1.0)
    if profile.peak is None or profile.peak.value <= 1e-9:
        with pytest.raises(cg.InputError, match="Phi > 0"):
            grain_path(profile)
        return
    path = grain_path(profile)
    table, phi = profile.grains, profile.values()
    level = [table[row].level for row in range(len(table))]
    rows = [row for row in range(len(table)) if profile.admitted[row] and np.isfinite(phi[row])]
    below = {b: {a for a in rows if a != b and coarsens(table[a], table[b])} for b in rows}
    highest = {one: max(phi[r] for r in rows if level[r] == one) for one in {level[r] for r in rows}}
    tops = {r for r in rows if phi[r] >= highest[level[r]] - 1e-9}

    def worth(chain):
        return sum(1 for r in chain if r in tops and phi[r] > 1e-9), round(float(sum(phi[r] for r in chain)), 9)

    ends = [r for r in rows if phi[r] >= profile.peak.value - 1e-9 and level[r] == level[profile.peak.index]]
    starts = [r for r in tops if level[r] == 0 and any(r == e or r in below[e] for e in ends)]
    assert path.from_micro == bool(starts)
    found = [step.index for step in path.to_peak]
    assert all(a in below[b] and level[a] < level[b] for a, b in pairwise(found))
    assert found[-1] in ends
    every = [c for s in (starts or rows) for e in ends for c in chains(rows, level, below, s, e)]
    best = max(worth(c) for c in every)
    assert worth(found)[0] == best[0]
    assert worth(found)[1] == pytest.approx(best[1], abs=1e-8)
    for maximum in path.maxima:
        passed = [r for r in (*found, *(step.index for step in path.beyond)) if level[r] == maximum.level]
        if maximum.on_path is not None:
            assert maximum.on_path == any(r in tops for r in passed)
        assert sorted(maximum.rows) == sorted(r for r in tops if level[r] == maximum.level)


@settings(max_examples=40)
@given(systems(max_nodes=4))
def test_complexes_are_disjoint_and_the_rest_carries_nothing(system):
    net, state = system
    profile = cg.scan(net, state, max_dependence=1.0)
    found = complexes_over_grains(profile)
    taken = [set(member.grain.nodes) for member in found]
    assert sum(map(len, taken)) == len(set().union(*taken))
    phi = profile.values()
    for row in np.flatnonzero(profile.admitted & (phi > 1e-9)):
        nodes = set(profile.grains[row].nodes)
        # Whatever is no complex is excluded by one that is no worse.
        assert any(nodes & set(m.grain.nodes) and m.value >= phi[row] - 1e-9 for m in found)
    if len(found):
        assert profile.peak is not None
        assert found[0].value == pytest.approx(profile.peak.value, abs=1e-9)
