"""Effective information of networks: published values, a plain sum that shares no code, and what is refused."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

import causalgrain as cg
from causalgrain.information.networks import (
    NetworkEffectiveInformation,
    adjacency,
    network_effective_information,
    out_weights,
)

# Zachary (1977), unweighted, nodes counted from 1.
KARATE = """2 1;3 1;3 2;4 1;4 2;4 3;5 1;6 1;7 1;7 5;7 6;8 1;8 2;8 3;8 4;9 1;9 3;10 3;11 1;11 5;11 6;12 1;13 1;13 4;14 1;
14 2;14 3;14 4;17 6;17 7;18 1;18 2;20 1;20 2;22 1;22 2;26 24;26 25;28 3;28 24;28 25;29 3;30 24;30 27;31 2;31 9;32 1;
32 25;32 26;32 29;33 3;33 9;33 15;33 16;33 19;33 21;33 23;33 24;33 30;33 31;33 32;34 9;34 10;34 14;34 15;34 16;34 19;
34 20;34 21;34 23;34 24;34 27;34 28;34 29;34 30;34 31;34 32;34 33"""


def karate():
    table = np.zeros((34, 34))
    for edge in KARATE.split(";"):
        i, j = (int(x) - 1 for x in edge.split())
        table[i, j] = table[j, i] = 1
    return table


def star(n):
    table = np.zeros((n, n))
    table[0, 1:] = table[1:, 0] = 1
    return table


def ring(n):
    step = np.roll(np.eye(n), 1, axis=1)
    return step + step.T


class Graph:
    """As much of a networkx graph as is asked for; edges are (u, v, attributes)."""

    def __init__(self, nodes, edges, directed):
        self._nodes, self._edges, self._directed = nodes, edges, directed

    def nodes(self):
        return list(self._nodes)

    def edges(self, data=False, default=None):
        if data is False:
            return [(u, v) for u, v, _ in self._edges]
        return [(u, v, a.get(data, default)) for u, v, a in self._edges]

    def is_directed(self):
        return self._directed


# The star's mean out-weights are (.8, .05, .05, .05, .05), its mean entropy 2 / 5.
STAR = -0.8 * np.log2(0.8) - 0.2 * np.log2(0.05) - 0.4


@pytest.mark.parametrize(
    ("table", "bits"),
    [
        (karate(), 2.3500950888734686),  # printed in the README of einet, the code of Klein & Hoel
        (star(5), STAR),
        (np.ones((5, 5)) - np.eye(5), np.log2(5) - 2),  # each leads to four
        (ring(6), np.log2(6) - 1),  # each leads to two
        (np.roll(np.eye(6), 1, axis=1), np.log2(6)),  # each leads to one
        (np.ones((4, 4)), 0.0),
        (np.eye(4)[[0, 0, 0, 0]], 0.0),
    ],
)
def test_closed_forms(table, bits):
    found = network_effective_information(table)
    assert found.bits == pytest.approx(bits, abs=1e-14)
    assert found.effectiveness == pytest.approx(bits / np.log2(len(table)), abs=1e-14)


def test_karate_club_has_its_78_edges():
    assert karate().sum() == 156


def test_direction_counts():
    """All to one tells nothing; one to all, the others staying, does."""
    inward = np.zeros((3, 3))
    inward[:, 0] = 1
    assert network_effective_information(inward, sinks="self").bits == pytest.approx(0.0, abs=1e-15)
    mean = np.array([1, 4, 4]) / 9
    bits = -(mean * np.log2(mean)).sum() - np.log2(3) / 3
    assert network_effective_information(inward.T, sinks="self").bits == pytest.approx(bits, abs=1e-14)


def by_hand(table, sinks):
    """EI with loops and natural logarithms."""
    n = len(table)
    rows = []
    for i in range(n):
        total = sum(table[i])
        if total > 0:
            rows.append([w / total for w in table[i]])
        elif sinks == "self":
            rows.append([1.0 if j == i else 0.0 for j in range(n)])
        elif sinks == "uniform":
            rows.append([1.0 / n] * n)
    mean = [sum(row[j] for row in rows) / len(rows) for j in range(n)]
    kl = [sum(p * np.log(p / q) for p, q in zip(row, mean, strict=True) if p > 0) for row in rows]
    return sum(kl) / len(kl) / np.log(2)


@pytest.mark.parametrize("sinks", ["drop", "self", "uniform"])
@pytest.mark.parametrize("kind", [np.asarray, sp.csr_array, sp.csc_matrix, sp.coo_array, pd.DataFrame])
def test_against_a_plain_sum(kind, sinks):
    rng = np.random.default_rng(5)
    table = rng.random((9, 9)) * (rng.random((9, 9)) < 0.4)
    table[[2, 6]] = 0
    found = network_effective_information(kind(table), sinks=sinks)
    assert found.bits == pytest.approx(by_hand(table, sinks), abs=1e-13)
    assert found.sinks == 2
    assert found.determinism - found.degeneracy == pytest.approx(found.effectiveness, abs=1e-15)
    assert found.provenance.input_hash == network_effective_information(table).provenance.input_hash
    assert "2 sinks" in found.provenance.caution
    assert "sinks" in found.provenance.conventions


def test_a_chain_with_a_sink():
    """0 -> 1 -> 2: dropped, two rows tell apart two ends (1 bit); kept, node 2 has two causes."""
    chain = np.eye(3, k=1)
    assert network_effective_information(chain).bits == pytest.approx(1.0, abs=1e-15)
    kept = network_effective_information(chain, sinks="self").bits
    assert kept == pytest.approx(np.log2(3) - 2 / 3, abs=1e-14)
    assert network_effective_information(chain).effectiveness == pytest.approx(1 / np.log2(3), abs=1e-14)


def test_parts_are_said():
    two = np.kron(np.eye(2), star(3))
    found = network_effective_information(two)
    assert found.components == 2
    assert "2 separate parts" in found.provenance.caution
    assert found.bits == pytest.approx(network_effective_information(star(3)).bits + 1, abs=1e-14)
    assert network_effective_information(star(3)).provenance.caution == ""


def test_graph_objects():
    edges = [("a", "b", {"weight": 3.0}), ("b", "c", {}), ("c", "c", {"weight": 2.0})]
    table = np.array([[0, 3.0, 0], [3, 0, 1], [0, 1, 2]])
    weights, labels = adjacency(Graph("abc", edges, False))
    assert labels == ("a", "b", "c")
    np.testing.assert_array_equal(weights.toarray(), table)
    np.testing.assert_array_equal(adjacency(Graph("abc", edges, True))[0].toarray(), np.triu(table))
    np.testing.assert_array_equal(adjacency(Graph("abc", edges, True), weight=None)[0].toarray(), np.triu(table > 0))
    assert network_effective_information(Graph("abc", edges, False)).bits == pytest.approx(
        by_hand(table, "drop"), abs=1e-14
    )


def test_parallel_edges_add_up():
    edges = [("a", "b", {}), ("a", "b", {}), ("b", "a", {})]
    np.testing.assert_array_equal(adjacency(Graph("ab", edges, True))[0].toarray(), [[0, 2], [1, 0]])


def test_columns_of_a_table_go_by_name():
    table = pd.DataFrame([[0.0, 1.0], [0.0, 2.0]], index=["x", "y"], columns=["y", "x"])
    np.testing.assert_array_equal(adjacency(table)[0].toarray(), [[1, 0], [2, 0]])


def test_huge_and_tiny_weights():
    table = star(5) * np.array([1e308, 1e-308, 1, 1, 1])[:, None]
    assert network_effective_information(table).bits == pytest.approx(network_effective_information(star(5)).bits)


def test_one_node():
    assert network_effective_information(np.ones((1, 1))).bits == 0.0


def test_says_what_it_is():
    found = network_effective_information(star(5))
    assert isinstance(found, NetworkEffectiveInformation)
    assert "0.721928 bits of 2.32193 over 5 nodes" in repr(found)
    assert "1 separate part\n" in repr(found)


def test_many_sinks_of_a_large_network_are_not_spelled_out():
    n = 20_000
    table = sp.csr_array((np.ones(n // 2), (np.arange(n // 2), np.arange(n // 2) + n // 2)), shape=(n, n))
    mean = np.array([1 / (2 * n), 3 / (2 * n)])  # sources, then targets; each n / 2 times
    spread = -(n / 2 * mean * np.log2(mean)).sum()
    found = network_effective_information(table, sinks="uniform")
    assert found.bits == pytest.approx(spread - np.log2(n) / 2, abs=1e-9)
    assert network_effective_information(table).bits == pytest.approx(np.log2(n // 2), abs=1e-9)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: network_effective_information([[0, 1]]), "square"),
        (lambda: network_effective_information(np.zeros((0, 0))), "square"),
        (lambda: network_effective_information([[0, 1], [-1, 0]]), "node 1.*negative"),
        (lambda: network_effective_information([[0, np.nan], [1, 0]]), "node 0.*nan"),
        (lambda: network_effective_information([[0, np.inf], [1, 0]]), "inf"),
        (lambda: network_effective_information(sp.csr_array([[0, -2.0], [1, 0]])), "node 0.*-2"),
        (lambda: network_effective_information(sp.csr_array((2, 3))), "square"),
        (lambda: network_effective_information(sp.csr_array(np.array([[1j]]))), "complex"),
        (lambda: network_effective_information("net"), "numbers"),
        (lambda: network_effective_information(np.zeros((3, 3))), "at least one edge"),
        (lambda: network_effective_information(np.eye(3, k=1), sinks="refuse"), "node 2.*1 node without"),
        (lambda: network_effective_information(np.eye(3), sinks="keep"), "'drop'"),
        (lambda: network_effective_information(pd.DataFrame([[1.0]], index=["a"], columns=["b"])), "same names"),
        (lambda: network_effective_information(cg.published("basic")), "effective_information"),
        (lambda: network_effective_information(Graph([], [], True)), "square"),
        (lambda: network_effective_information(Graph("ab", [("a", "b", {"weight": None})], True)), "nan"),
        (
            lambda: network_effective_information(Graph("ab", [("a", "b", {"weight": "x"})], True)),
            "weight of the edges",
        ),
    ],
)
def test_errors(call, says):
    with pytest.raises(cg.InputError, match=says):
        call()


def test_walks_with_sinks_are_distributions():
    weights, _ = adjacency([[0, 3, 1], [0, 0, 0], [2, 0, 0]])
    rows = {"drop": [0, 0, 0], "self": [0, 1, 0], "uniform": [1 / 3, 1 / 3, 1 / 3]}
    for rule, sink in rows.items():
        expected = np.array([[0, 0.75, 0.25], sink, [1, 0, 0]])
        assert out_weights(weights, sinks=rule).toarray() == pytest.approx(expected)
