"""Gates as truth tables; published systems against the reference TPMs, which were made elsewhere."""

import json
from pathlib import Path

import numpy as np
import pytest

import causalgrain as cg
from causalgrain.systems.gates import AND, COPY, MAJORITY, NOT, OR, TABLE, THRESHOLD, XOR
from causalgrain.systems.published import SYSTEMS

REFERENCE = {c["name"]: c for c in json.loads((Path(__file__).parents[2] / "golden" / "reference.json").read_text())}


@pytest.mark.parametrize(
    ("gate", "table"),
    [
        (AND("A", "B"), [0, 0, 0, 1]),
        (OR("A", "B"), [0, 1, 1, 1]),
        (XOR("A", "B"), [0, 1, 1, 0]),
        (XOR("A", "B", "C"), [0, 1, 1, 0, 1, 0, 0, 1]),
        (NOT("A"), [1, 0]),
        (COPY("A"), [0, 1]),
        (MAJORITY("A", "B"), [0, 0, 0, 1]),
        (MAJORITY("A", "B", "C"), [0, 0, 0, 1, 0, 1, 1, 1]),
        (THRESHOLD("A", "B", "C", at_least=1), [0, 1, 1, 1, 1, 1, 1, 1]),
        (TABLE("A", probabilities=[0.2, 0.7]), [0.2, 0.7]),
        (AND("A", "B", noise=0.1), [0.1, 0.1, 0.1, 0.9]),
        (AND("A", "B", off=0.3), [0.3, 0.3, 0.3, 1]),
        (OR("A", "B", on=0.8, off=0.25), [0.25, 0.8, 0.8, 0.8]),
        (NOT("A", noise=0.25), [0.75, 0.25]),
    ],
)
def test_truth_tables(gate, table):
    assert gate.table == pytest.approx(table)


def test_the_first_input_varies_fastest_whatever_the_order_of_elements():
    only_b = TABLE("C", "B", probabilities=[0, 0, 1, 1])  # ON if B
    net = cg.Network.from_gates({"A": only_b, "B": COPY("A"), "C": COPY("C")})
    states = (np.arange(8)[:, None] >> np.arange(3)) & 1
    assert net.tpm[:, 0].tolist() == states[:, 1].tolist()
    assert net.edges.astype(int).tolist() == [[0, 1, 0], [1, 0, 0], [1, 0, 1]]


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: AND(), "at least 1 input"),
        (lambda: AND("A", "A"), "inputs that differ"),
        (lambda: TABLE("A", probabilities=[0.5]), "2 entries for 1 inputs"),
        (lambda: AND("A", noise=2.0), r"\[0, 1\]"),
        (lambda: cg.Network.from_gates({"A": AND("A", "Z")}), "inputs of A.*'Z'"),
        (lambda: cg.Network.from_gates({"A": "AND"}), "a Gate"),
    ],
)
def test_wrong_gates(make, says):
    with pytest.raises(cg.InputError, match=says):
        make()


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("hoel2016-fig2", "macro"),
        ("hoel2016-fig4", "hoel2016_fig4_and6"),
        ("iit3-fig1", "iit3_fig1a_ABC"),
        ("iit3-fig4", "iit3_fig4"),
        ("iit3-fig5a", "iit3_fig5a"),
        ("basic", "basic"),
        ("xor-3", "xor"),
        ("and-or", "actual_causation"),
    ],
)
def test_published_systems(ours, theirs):
    system, case = cg.published_system(ours), REFERENCE[theirs]
    assert system.network.tpm.tolist() == case["tpm"]
    assert [int(v) for v in system.state] == case["state"]


def test_every_published_system_stands_in_a_reachable_state():
    for system in SYSTEMS.values():
        assert system.network.reachable(system.state), system.name
        assert system.citation
    with pytest.raises(cg.InputError, match="Did you mean 'hoel2016-fig2'"):
        cg.published("hoel2016_fig2")
