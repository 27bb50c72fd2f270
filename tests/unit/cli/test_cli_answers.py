"""What the commands answer, number by number: the same as the library says."""

import json
import re
import sys
from dataclasses import replace

import numpy as np
import pytest

import causalgrain as cg
from causalgrain.cli import main as entry
from causalgrain.cli.render import scan_sentence

FIG2 = "hoel2016-fig2"
LABELS = ["2", "0", "1"]  # names that look like indices of other elements


@pytest.fixture
def run(scratch, capsys, monkeypatch):
    """Call the command line in this process; return stdout."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["causalgrain", *map(str, arguments)])
        monkeypatch.setattr("warnings.showwarning", lambda *a, **k: None)
        with pytest.raises(SystemExit) as stop:
            entry()
        out, err = capsys.readouterr()
        assert not stop.value.code, err
        return out

    return call


def sides(cut):
    return {"from_nodes": list(cut.from_nodes), "to_nodes": list(cut.to_nodes)}


# -- phi ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [FIG2, "basic", "xor-3"])
def test_phi_json_has_the_cut_and_its_ties(name, run):
    system = cg.published_system(name)
    result = cg.big_phi(system.network, system.state)
    answer = json.loads(run("phi", name, "--json"))
    assert answer["phi"] == result.phi > 0
    assert answer["cut"] == sides(result.cut)
    assert answer["ties"] == [sides(cut) for cut in result.ties]
    assert len(answer["ties"]) == {FIG2: len(result.ties), "basic": 0, "xor-3": 5}[name]
    assert answer["cut"]["from_nodes"] != answer["cut"]["to_nodes"]
    assert [c["mechanism"] for c in answer["concepts"]] == [list(c.mechanism) for c in result.structure]
    for ours, c in zip(answer["concepts"], result.structure, strict=True):
        for side, core in (("cause", c.cause), ("effect", c.effect)):
            assert ours[side]["purview"] == list(core.purview)
            assert ours[side]["phi"] == core.phi
            assert ours[side]["repertoire"] == core.repertoire.tolist()
            assert ours[side]["ties"] == [list(p) for p in core.ties]


def test_the_direction_of_the_cut_by_hand(run):
    """B and C to A: what Mayner et al. (2018) give for their example."""
    assert json.loads(run("phi", "basic", "--json"))["cut"] == {"from_nodes": [1, 2], "to_nodes": [0]}


def test_phi_json_of_a_coarse_grain_cuts_micro_elements(run):
    result = cg.big_phi(cg.published(FIG2), "0000", grain=cg.as_grain(["AB", "CD"], [[2], [2]], "ABCD"))
    answer = json.loads(run("phi", FIG2, "--groups", "A,B|C,D", "--on", "2|2", "--json"))
    assert answer["cut"] == sides(result.cut)
    assert sorted(answer["cut"]["from_nodes"] + answer["cut"]["to_nodes"]) == [0, 1, 2, 3]
    assert answer["ties"] == [sides(cut) for cut in result.ties]


def test_phi_json_of_a_system_without_integration(run):
    answer = json.loads(run("phi", "iit3-fig5a", "--json"))
    assert (answer["phi"], answer["cut"], answer["ties"]) == (0.0, None, [])
    assert answer["reason"] == "not strongly connected"


def test_the_most_visited_state_of_a_recording_is_taken(run, scratch):
    rng = np.random.default_rng(5)
    on = rng.random((500, 3)) < [0.8, 0.25, 0.75]
    on[0] = False  # the first state is another one
    np.savez(scratch / "r.npz", activity=on.astype(float), rate=10.0)
    states, visits = np.unique(on[:-1], axis=0, return_counts=True)  # where a transition starts
    most, second = np.sort(visits)[::-1][:2]
    assert most > second + 20
    expected = "".join(str(int(v)) for v in states[visits.argmax()])
    assert expected == "101"
    answer = json.loads(run("phi", "r.npz", "--binarise", "threshold:0.5", "--json"))
    assert answer["state"] == expected
    asked = json.loads(run("phi", "r.npz", "--binarise", "threshold:0.5", "--state", "010", "--json"))
    assert asked["state"] == "010"


# -- names that look like indices --------------------------------------------------------------------------------


@pytest.fixture
def numbered(scratch):
    """Elements named 2, 0, 1. The first two swap; the third is a coin."""
    tpm = [[x >> 1 & 1, x & 1, 0.5] for x in range(8)]
    (scratch / "net.json").write_text(json.dumps({"tpm": tpm, "labels": LABELS, "state": [1, 1, 0]}))
    return "net.json"


def test_a_name_of_an_element_wins_over_its_index(numbered, run):
    answer = json.loads(run("phi", numbered, "--nodes", "2,0", "--json"))
    assert answer["nodes"] == [0, 1]  # as indices: [0, 2]
    assert answer["phi"] == pytest.approx(1.0)
    assert json.loads(run("phi", numbered, "--nodes", "0,1", "--json"))["nodes"] == [1, 2]  # as indices: [0, 1]
    answer = json.loads(run("phi", numbered, "--groups", "0,1|2", "--max-dependence", 1, "--json"))
    assert sorted(answer["grain"]["groups"]) == [[0], [1, 2]]
    settings = json.loads(run("scan", numbered, "--nodes", "1,2", "--json"))["provenance"]["settings"]
    assert settings["nodes"] == [0, 2]


def test_a_name_of_a_unit_wins_over_its_index(run, scratch):
    on = np.random.default_rng(0).random((300, 3)) < [0.2, 0.5, 0.8]
    np.savez(scratch / "r.npz", activity=on.astype(float), rate=5.0, labels=np.array(LABELS))
    options = ("--binarise", "threshold:0.5", "--json")
    assert json.loads(run("phi", "r.npz", "--units", "0,2", *options))["labels"] == ["0", "2"]  # indices: 2 and 1
    assert json.loads(run("phi", "r.npz", "--units", "1", *options))["labels"] == ["1"]  # index: 0
    # Unit "1" is mostly on, unit "2" mostly off: the numbers, too, are those of the named units.
    assert json.loads(run("phi", "r.npz", "--units", "1,2", *options))["state"] == "10"


# -- the sentence of a scan --------------------------------------------------------------------------------------


def test_the_sentence_compares_with_the_best_micro_grain(run):
    answer = json.loads(run("scan", FIG2, "--json"))
    micro = {level["level"]: level["phi"] for level in answer["levels"]}[0]
    ratio = re.search(r"([\d.]+) times the best micro grain's ([\d.]+)\)", answer["sentence"])
    assert float(ratio[1]) == pytest.approx(answer["peak"]["value"] / micro, abs=0.05)
    assert float(ratio[2]) == pytest.approx(micro, abs=5e-5)
    assert answer["sentence"].endswith("5.2 times the best micro grain's 0.1139): the macro beats the micro.")


def test_the_sentence_where_the_micro_grains_have_nothing():
    profile = cg.scan(cg.published(FIG2), "0000")
    data = profile.data.copy(deep=True)
    data["phi"][{"grain": data["level"].values == 0}] = 0.0
    sentence = scan_sentence("it", replace(profile, data=data))
    assert "{AB}{CD} ON=2|2 (Phi 0.5972, the best micro grain has 0): the macro beats the micro." in sentence
    assert "times" not in sentence


def test_micro_grains_that_do_not_compete_are_not_compared_with():
    """The best micro grain is the best admitted one."""
    profile = cg.scan(cg.published(FIG2), "0000")
    phi, level = profile.values(), profile.data["level"].values
    best = np.flatnonzero(level == 0)[np.nanargmax(phi[level == 0])]
    mask = profile.data["admitted"].values.copy()
    mask[(level == 0) & (phi >= phi[best] - 1e-9)] = False
    left = np.nanmax(phi[mask & (level == 0)])
    assert 0 <= left < phi[best]
    sentence = scan_sentence("it", profile.admit(mask))
    says = (
        f"{np.nanmax(phi[mask]) / left:.1f} times the best micro grain's {left:.4f}" if left else "micro grain has 0)"
    )
    assert says in sentence
