"""Which set becomes a complex where Phi ties, and the exact range of Phi over tied purviews."""

from itertools import product

import numpy as np
import pytest

import causalgrain as cg
from causalgrain.systems.gates import AND, COPY, NOT, OR, XOR
from reference import oracle

# -- complexes ---------------------------------------------------------------------------------------------------


def phi_of_every_set(net, state):
    """Phi of each candidate set one by one, by the verb for one set."""
    found = {}
    for mask in range(1, 1 << net.n):
        nodes = tuple(i for i in range(net.n) if mask >> i & 1)
        try:
            found[nodes] = cg.big_phi(net, state, nodes).phi
        except cg.UnreachableStateError:
            found[nodes] = None
    return found


def check_candidates(found, net, state):
    assert {c.nodes: c.phi for c in found.candidates} == phi_of_every_set(net, state)


def test_two_copies_of_a_swap_are_two_complexes_without_a_tie():
    """A and D swap, B and C swap: Phi 1 each, and what doesn't overlap is no tie. {A, D} is first in index order."""
    net = cg.Network.from_gates({"A": COPY("D"), "B": COPY("C"), "C": COPY("B"), "D": COPY("A")})
    found = cg.complexes(net, "1001")
    assert [m.nodes for m in found] == [(0, 3), (1, 2)]
    assert [m.phi for m in found] == pytest.approx([1.0, 1.0])
    assert found.ties == ()
    assert "tied" not in repr(found)
    assert len(found.candidates) == 15
    check_candidates(found, net, "1001")


def test_three_disjoint_swaps_stand_in_index_order():
    net = cg.Network.from_gates({"A": COPY("F"), "B": COPY("E"), "C": COPY("D"), "D": COPY("C"), "E": COPY("B"), "F": COPY("A")})  # fmt: skip
    found = cg.complexes(net, "000000")
    assert [m.nodes for m in found] == [(0, 5), (1, 4), (2, 3)]
    assert found.ties == ()


def test_overlapping_sets_of_one_size_tie_and_the_first_in_index_order_is_taken():
    """B and C both negate A, and A is an AND of all: {A, B} and {A, C} are mirror images."""
    net = cg.Network.from_gates({"A": AND("A", "B", "C"), "B": NOT("A"), "C": NOT("A")})
    phi = phi_of_every_set(net, "011")
    assert phi[0, 1] == pytest.approx(phi[0, 2], abs=1e-9)
    assert phi[0, 1] > phi[0, 1, 2] > 0
    found = cg.complexes(net, "011")
    assert [m.nodes for m in found] == [(0, 1)]
    assert found.ties == (((0, 1), (0, 2)),)
    assert "tied with 1 overlapping" in repr(found)
    check_candidates(found, net, "011")


def test_an_overlapping_tie_goes_to_the_larger_set():
    net = cg.Network.from_gates({"A": XOR("B", "C"), "B": OR("A", "B"), "C": XOR("B", "C")})
    phi = phi_of_every_set(net, "101")
    assert phi[0, 1] == pytest.approx(phi[0, 1, 2], abs=1e-9)
    found = cg.complexes(net, "101")
    assert [m.nodes for m in found] == [(0, 1, 2)]
    assert found[0].phi == pytest.approx(0.4375)
    assert found.ties == (((0, 1, 2), (0, 1)),)
    check_candidates(found, net, "101")


def test_a_tie_with_a_set_beside_is_not_listed():
    """The overlapping pair of above next to a copy of itself: each complex has its own tie, and none across."""
    net = cg.Network.from_gates(
        {
            "A": AND("A", "B", "C"), "B": NOT("A"), "C": NOT("A"),
            "D": AND("D", "E", "F"), "E": NOT("D"), "F": NOT("D"),
        }
    )  # fmt: skip
    found = cg.complexes(net, "011011")
    assert [m.nodes for m in found] == [(0, 1), (3, 4)]
    assert found.ties == (((0, 1), (0, 2)), ((3, 4), (3, 5)))


# -- the range over tied purviews --------------------------------------------------------------------------------


def tied(core):
    return core["tied_purviews"] or [core["purview"]]


def settle(concepts, columns, state, choice):
    """The concepts with the purviews of `choice`: {(mechanism, direction): purview}."""
    return [
        concept
        | {
            d: concept[d]
            | {
                "purview": choice[concept["mechanism"], d],
                "repertoire": oracle.repertoire(d, columns, state, concept["mechanism"], choice[concept["mechanism"], d]),
            }
            for d in ("cause", "effect")
        }
        for concept in concepts
    ]  # fmt: skip


def choices(options):
    return [dict(zip(options, values, strict=True)) for values in product(*options.values())]


def options_of(concepts):
    return {(c["mechanism"], d): tied(c[d]) for c in concepts for d in ("cause", "effect")}


def range_by_enumeration(net, state):
    """Smallest and largest Phi over every choice that some order of preference makes, by the slow oracle.

    A purview chosen in the whole beats, after a cut too, those it was tied with.
    """
    tpm, cm, nodes = net.tpm.tolist(), net.edges.astype(int).tolist(), tuple(range(net.n))
    columns = oracle.columns_of(tpm, cm, state, nodes)
    whole = oracle.structure(columns, state)
    before = options_of(whole)
    lows, highs = [], []
    for chosen in choices(before):
        first = settle(whole, columns, state, chosen)
        smallest, largest = [], []
        for cut in oracle.directed_bipartitions(nodes):
            after = oracle.columns_of(tpm, cm, state, nodes, cut)
            part = oracle.structure(after, state)
            options = options_of(part)
            for key, purviews in options.items():
                if chosen.get(key) in purviews:
                    beaten = set(before[key]) - {chosen[key]}
                    options[key] = [p for p in purviews if p not in beaten]
            distances = [
                oracle.structure_distance(first, columns, settle(part, after, state, c), after, state)
                for c in choices(options)
            ]
            smallest.append(min(distances))
            largest.append(max(distances))
        lows.append(min(smallest))
        highs.append(min(largest))
    return min(lows), max(highs)


@pytest.mark.parametrize(
    ("net", "state", "low", "high"),
    [
        (cg.published("and-or"), (1, 1), 0.0, 13 / 72),
        (cg.published("basic"), (1, 0, 0), 2.0625, 2.3125),
        (cg.published("xor-3"), (0, 0, 0), 1.875, 1.875),
    ],
    ids=["and-or", "basic", "xor-3"],
)
def test_the_range_is_that_of_every_consistent_choice(net, state, low, high):
    assert range_by_enumeration(net, state) == pytest.approx((low, high), abs=1e-9)
    assert cg.big_phi(net, state, ties="range").phi_range == pytest.approx((low, high), abs=1e-9)


@pytest.mark.parametrize("seed", range(12))
def test_the_range_of_small_systems_with_ties(seed):
    """Two elements with probabilities in quarters, where many purviews tie; some of these ranges are wide."""
    rng = np.random.default_rng(seed)
    net = cg.Network(rng.choice([0.0, 0.25, 0.5, 0.75, 1.0], (4, 2)), np.ones((2, 2)))
    for state in ((0, 0), (1, 1)):
        if net.reachable(state):
            found = cg.big_phi(net, state, ties="range").phi_range
            assert found == pytest.approx(range_by_enumeration(net, state), abs=1e-9)
