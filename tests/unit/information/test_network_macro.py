"""The search for macro groupings of networks."""

import numpy as np
import pytest
import scipy.sparse as sp

import causalgrain as cg
from causalgrain.information._macro_nodes import MacroNodes, grouped, stationary_share
from causalgrain.information.network_macro import (
    NetworkGrain,
    all_groupings,
    by_first,
    markov_blanket,
    network_macro_scale,
)
from causalgrain.information.network_spectrum import cosine_distances, linkage_groupings, points
from causalgrain.information.networks import adjacency, network_effective_information, out_weights, parts

METHODS = ["all", "greedy", "merge", "spectral", "exhaustive"]
BELL = [1, 2, 5, 15, 52, 203, 877, 4140]


def star(n):
    table = np.zeros((n, n))
    table[0, 1:] = table[1:, 0] = 1
    return table


def two_cliques():
    """Two groups of three nodes; each leads to all of the other: macro nodes that swap."""
    table = np.zeros((6, 6))
    table[:3, 3:] = table[3:, :3] = 1
    return table


def random_walk(n, seed, density=0.4):
    rng = np.random.default_rng(seed)
    table = rng.random((n, n)) * (rng.random((n, n)) < density)
    return out_weights(adjacency(table)[0]).toarray()


def tree(n, seed, power=1.5):
    """Grow a tree by preferential attachment: each node links to one before it, by its degree to a power."""
    rng = np.random.default_rng(seed)
    table = np.zeros((n, n))
    table[0, 1] = table[1, 0] = 1
    for i in range(2, n):
        chance = table[:i].sum(axis=1) ** power
        j = rng.choice(i, p=chance / chance.sum())
        table[i, j] = table[j, i] = 1
    return table


@pytest.mark.parametrize("macro", ["uniform", "stationary"])
@pytest.mark.parametrize("method", METHODS)
def test_a_star_is_hub_and_leaves(method, macro):
    """Klein & Hoel: the best grouping of a star has two macro nodes and 1 bit."""
    profile = network_macro_scale(star(6), method=method, macro=macro)
    assert profile.peak.grain == NetworkGrain(((0,), (1, 2, 3, 4, 5)))
    assert profile.peak.value == pytest.approx(1.0, abs=1e-12)
    assert profile.values()[0] == pytest.approx(network_effective_information(star(6)).bits, abs=1e-14)
    assert profile.values("effectiveness")[profile.peak.index] == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_groups_that_swap_tie_with_the_network_or_beat_it(method):
    """Six nodes tell which half the walker goes to, and so do two macro nodes: 1 bit either way."""
    profile = network_macro_scale(two_cliques(), method=method)
    assert profile.peak.value == pytest.approx(1.0, abs=1e-12)
    assert profile.peak.grain.groups == tuple((i,) for i in range(6))  # of equals the finer one leads
    if method in ("all", "spectral", "exhaustive"):
        assert NetworkGrain(((0, 1, 2), (3, 4, 5))) in [tie.grain for tie in profile.ties]


@pytest.mark.parametrize("macro", ["uniform", "stationary"])
def test_the_seven_state_block(macro):
    """Seven nodes that mix and one that stays: .543564 bits; as two macro nodes 1 bit (Hoel 2013)."""
    table = np.zeros((8, 8))
    table[:7, :7] = table[7, 7] = 1
    for method in ("greedy", "merge", "spectral"):
        profile = network_macro_scale(table, method=method, macro=macro)
        assert profile.values()[0] == pytest.approx(0.543564, abs=5e-7)
        assert profile.peak.value == pytest.approx(1.0, abs=1e-12)
        assert profile.peak.grain.groups == ((0, 1, 2, 3, 4, 5, 6), (7,))
        assert "separate parts" in profile.provenance.caution


@pytest.mark.parametrize("macro", ["uniform", "stationary"])
def test_every_merge_foretold_is_what_merging_gives(macro):
    for seed in range(10):
        walk = random_walk(8, seed)
        share = (walk > 0).any(axis=1) * (stationary_share(walk) if macro == "stationary" else np.ones(8))
        nodes = MacroNodes(walk, share)
        while len(ids := nodes.ids) > 1:
            foretold = nodes.merged_bits(ids[0], ids[1:])
            for other, bits in zip(ids[1:], foretold, strict=True):
                group = by_first(np.where(nodes.group == other, ids[0], nodes.group))
                network = sp.csr_array(grouped(walk, group, share))
                if len(network.data):
                    expected = parts(network)[0] if len(ids) > 2 else 0.0
                    assert bits == pytest.approx(expected, abs=1e-12)
            nodes.merge(ids[0], ids[1 + seed % (len(ids) - 1)])
            assert nodes.bits == pytest.approx(foretold[seed % (len(ids) - 1)], abs=1e-12)


def test_macro_weights_by_hand():
    """{0, 1} with rows (.5, .5, 0) and (0, 0, 1): the mean is half inside, half out; sinks don't dilute it."""
    walk = np.array([[0.5, 0.5, 0], [0, 0, 1], [1, 0, 0]])
    group = np.array([0, 0, 1])
    np.testing.assert_allclose(grouped(walk, group, np.ones(3)), [[0.5, 0.5], [1, 0]])
    # Stationary: pi = (.5, .25, .25), so node 0 weighs twice node 1.
    np.testing.assert_allclose(stationary_share(walk), [0.5, 0.25, 0.25], atol=1e-8)
    np.testing.assert_allclose(grouped(walk, group, stationary_share(walk)), [[2 / 3, 1 / 3], [1, 0]], atol=1e-8)
    sink = np.array([[0, 1, 0], [0, 0, 0], [0, 1, 0]], dtype=float)
    moving = (sink > 0).any(axis=1).astype(float)
    np.testing.assert_array_equal(grouped(sink, np.array([0, 0, 1]), moving), [[1, 0], [1, 0]])


def test_stationary_of_separate_parts_is_the_share_of_starts():
    walk = np.kron(np.eye(2), np.array([[0.0, 1.0], [1.0, 0.0]]))
    np.testing.assert_allclose(stationary_share(walk), 0.25, atol=1e-8)
    absorbing = np.array([[0, 0.5, 0.5], [0, 1, 0], [0, 0, 1]])
    np.testing.assert_allclose(stationary_share(absorbing), [0, 0.5, 0.5], atol=1e-8)


def test_exhaustive_meets_every_grouping_once():
    for n, count in enumerate(BELL[:7], start=1):
        found = all_groupings(n)
        assert len(found) == count
        assert len({row.tobytes() for row in found}) == count
        assert found[0].tolist() == list(range(n))
    assert len(network_macro_scale(star(5), method="exhaustive")) == 52


def test_no_search_beats_the_exhaustive_one():
    for seed in range(8):
        walk = random_walk(6, seed) if seed % 2 else tree(6, seed)
        best = network_macro_scale(walk, method="exhaustive").peak.value
        for method in ("greedy", "merge", "spectral"):
            profile = network_macro_scale(walk, method=method)
            assert profile.values()[0] - 1e-12 <= profile.peak.value <= best + 1e-12


def test_greedy_rises_at_every_step():
    profile = network_macro_scale(tree(14, 3), method="greedy", restarts=1)
    order = np.argsort(profile.data["step"].values)
    assert (np.diff(profile.values()[order]) > 0).all()
    assert (np.diff(profile.data["level"].values[order]) == 1).all()
    assert len(profile) > 2


def test_all_is_the_best_of_three():
    for seed in range(4):
        table = tree(12, seed)
        values = [network_macro_scale(table, method=m).peak.value for m in ("greedy", "merge", "spectral")]
        profile = network_macro_scale(table)
        assert profile.peak.value == pytest.approx(max(values), abs=1e-12)
        assert set(profile.data["search"].values) == {"greedy", "merge", "spectral"}
        assert len({row.tobytes() for row in profile.grains.group}) == len(profile)


def test_merge_goes_down_to_one():
    profile = network_macro_scale(random_walk(12, 4), method="merge")
    assert sorted(profile.data["level"].values.tolist()) == list(range(12))


def test_same_seed_same_profile():
    one, two = (network_macro_scale(tree(25, 9), seed=3) for _ in range(2))
    np.testing.assert_array_equal(one.grains.group, two.grains.group)
    np.testing.assert_array_equal(one.values(), two.values())
    assert one.provenance == two.provenance


def test_more_restarts_are_never_worse():
    for seed in range(5):
        few, many = (network_macro_scale(tree(20, seed), method="greedy", restarts=k).peak.value for k in (1, 10))
        assert many >= few


def test_sinks_under_every_rule():
    chain = np.eye(6, k=1) + np.eye(6, k=2)
    values = {}
    for rule in ("drop", "self", "uniform"):
        profile = network_macro_scale(chain, sinks=rule, method="exhaustive")
        values[rule] = profile.values()[0]
        assert profile.values()[0] == pytest.approx(network_effective_information(chain, sinks=rule).bits, abs=1e-12)
        assert "1 sink" in profile.provenance.caution
    assert len({round(v, 9) for v in values.values()}) == 3


def test_blanket_is_parents_children_and_coparents():
    table = np.zeros((5, 5))
    table[0, 2] = table[1, 2] = table[2, 3] = 1
    near = markov_blanket(table)
    assert [np.flatnonzero(row).tolist() for row in near] == [[1, 2], [0, 2], [0, 1, 3], [2], []]


def test_spectral_points_of_a_reversible_walk_have_the_gram_matrix_they_must():
    """sum_k lambda_k^2 e_k[i] e_k[j] = (W W)_ij / d_j, whatever vectors span a repeated eigenvalue."""
    rng = np.random.default_rng(2)
    table = rng.random((7, 7))
    for weights in (table + table.T, star(7), np.ones((7, 7)) - np.eye(7)):
        walk = weights / weights.sum(axis=1, keepdims=True)
        degree = weights.sum(axis=1)
        found = points(walk)
        gram = found @ found.T
        expected = walk @ walk / degree[None]
        np.testing.assert_allclose(gram / gram[0, 0], expected / expected[0, 0], atol=1e-10)


def test_spectral_points_of_a_directed_walk_are_eigenvectors():
    walk = random_walk(6, 1, 0.6)
    values, vectors = np.linalg.eig(walk)
    found = points(walk)
    kept = np.abs(values) > 1e-10
    np.testing.assert_allclose(found[:, : kept.sum()], (vectors * values).real[:, kept], atol=1e-12)


def test_linkage_joins_near_points_first():
    line = np.array([[1, 0.0], [1, 0.1], [0, 1], [0.05, 1]])
    apart = cosine_distances(line, np.ones((4, 4), dtype=bool))
    assert apart[2, 3] < apart[0, 1] < apart[1, 3]
    assert np.isinf(cosine_distances(line, np.eye(4) > 0)[0, 1])
    found = linkage_groupings(two_cliques() / 3, markov_blanket(two_cliques()))
    assert [group.tolist() for group in found][:2] == [[0, 1, 2, 3, 4, 5], [0, 0, 0, 1, 1, 1]]


def test_profile_reads_well_and_keeps(tmp_path):
    profile = network_macro_scale(star(5))
    assert "{1 2 3 4} + 1 node" in repr(profile)
    assert profile.table["macro_nodes"].tolist()[0] == 5
    again = cg.load(cg.save(profile, tmp_path / "net.h5"))
    assert again.peak == profile.peak
    assert repr(again) == repr(profile)
    assert [again.grains[i] for i in range(len(again))] == [profile.grains[i] for i in range(len(profile))]


def test_one_node_and_two():
    assert network_macro_scale(np.ones((1, 1))).peak.value == 0.0
    for method in METHODS:
        assert network_macro_scale(np.ones((2, 2)), method=method).peak.value == 0.0


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: network_macro_scale(star(4), method="best"), "'greedy'"),
        (lambda: network_macro_scale(star(4), macro="pi"), "'uniform'"),
        (lambda: network_macro_scale(star(4), restarts=0), "restarts.*>= 1"),
        (lambda: network_macro_scale(star(4), seed=-1), "seed.*from 0 to"),
        (lambda: network_macro_scale(star(4), seed=1.5), "whole number"),
        (lambda: network_macro_scale(star(11), method="exhaustive"), "up to 10 nodes"),
        (lambda: network_macro_scale(-star(4)), "negative"),
        (lambda: network_macro_scale(np.eye(3, k=1), sinks="refuse"), "node 2"),
    ],
)
def test_errors(call, says):
    with pytest.raises(cg.InputError, match=says):
        call()
