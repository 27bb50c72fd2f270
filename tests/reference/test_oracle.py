"""The engine against the slow oracle, which shares no code with it: plain Python, distances by linear programming."""

import json
from pathlib import Path

import numpy as np
import pytest

import causalgrain as cg
from causalgrain.phi.compiled import kernels
from causalgrain.phi.prepared import prepare
from reference import oracle

CASES = json.loads((Path(__file__).parents[1] / "golden" / "oracle.json").read_text())
NETWORKS, MACRO = CASES["networks"], CASES["macro_grains"]
CLOSE = 1e-9


def name(case):
    return f"{len(case['state'])}-{case['seed']}"


def all_distances(net, state):
    p = prepare(net, tuple(state), tuple(range(net.n)))
    return kernels().search.micro_search(p.on, p.inputs, p.state, 1e-9, True, np.zeros(8, dtype=np.int64))[2]


def assert_same_concepts(structure, expected):
    assert [list(c.mechanism) for c in structure] == [c["mechanism"] for c in expected]
    for ours, theirs in zip(structure, expected, strict=True):
        assert ours.phi == pytest.approx(theirs["phi"], abs=CLOSE)
        for core, side in ((ours.cause, theirs["cause"]), (ours.effect, theirs["effect"])):
            assert core.purview == tuple(side["purview"])
            assert core.phi == pytest.approx(side["phi"], abs=CLOSE)
            assert {core.purview, *core.ties} == {core.purview, *map(tuple, side["tied_purviews"])}


def test_the_frozen_answers_are_whole():
    assert [sum(len(c["state"]) == n for c in NETWORKS) for n in (3, 4)] == [150, 50]
    assert len(MACRO) == 20
    assert sum(c["values"] == "quarters" for c in NETWORKS) >= 50


@pytest.mark.parametrize("case", NETWORKS, ids=name)
def test_networks(case):
    net = cg.Network(case["tpm"], case["cm"])
    result = cg.big_phi(net, case["state"])
    assert result.phi == pytest.approx(case["phi"], abs=CLOSE)
    assert_same_concepts(result.structure, case["concepts"])
    distances = all_distances(net, case["state"]) if case["cuts"] else []
    for cut in case["cuts"]:
        assert distances[sum(1 << i for i in cut["from_nodes"])] == pytest.approx(cut["phi"], abs=CLOSE)
    best = [cut for cut in case["cuts"] if cut["phi"] <= case["phi"] + CLOSE]
    if case["phi"] > 0:
        ours = {c.from_nodes for c in (result.cut, *result.ties)}
        assert ours == {tuple(cut["from_nodes"]) for cut in best}


@pytest.mark.parametrize("case", MACRO, ids=name)
def test_macro_grains(case):
    net = cg.Network(case["tpm"], case["cm"])
    grain = cg.Grain(tuple(map(tuple, case["groups"])), tuple(tuple(on) for _, on in case["mapping"]))
    result = cg.big_phi(net, case["state"], grain=grain, one_element=case["one_element"])
    assert result.phi == pytest.approx(case["phi"], abs=CLOSE)
    assert_same_concepts(result.structure, case["concepts"])
    assert cg.effective_information(net, grain=grain).bits == pytest.approx(case["ei"], abs=CLOSE)


@pytest.mark.parametrize("case", [*NETWORKS[:150:25], NETWORKS[150]], ids=name)
def test_the_oracle_itself_still_says_so(case):
    oracle.forget()
    result = oracle.big_phi(case["tpm"], case["cm"], case["state"])
    assert result["phi"] == pytest.approx(case["phi"], abs=1e-8)
    assert [list(c["mechanism"]) for c in result["concepts"]] == [c["mechanism"] for c in case["concepts"]]


def test_two_solvers_of_the_oracle_agree():
    rng = np.random.default_rng(3)
    for _ in range(20):
        supply, demand = rng.dirichlet(np.ones(4), 2)
        cost = rng.random((4, 4))
        first = oracle.emd_linprog(list(supply), list(demand), cost.tolist())
        second = oracle.emd_simplex(list(supply), list(demand), cost.tolist())
        assert first == pytest.approx(second, abs=1e-9)
