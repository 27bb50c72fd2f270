"""Printed numbers beside ours: what agrees, what doesn't, and that a wrong number can't."""

import json
import subprocess
import sys

import pytest

import causalgrain as cg
from causalgrain.reproductions.rows import PrintedValue


@pytest.fixture(scope="module")
def hoel():
    return cg.reproduce("hoel2016")


@pytest.mark.parametrize(
    ("paper", "ours", "within"),
    [
        ("0.17", 1 / 6, True),
        ("0.17", 0.1649, False),
        ("0.17", 0.17501, False),
        ("0.9", 0.9111, True),
        ("0.90", 0.9111, False),
        ("2", 2.0, True),
        ("2", 2.51, False),
        ("-0.125", -0.1254, True),
        ("-0.125", 0.125, False),
        ("{A} -> {B}", "{A} -> {B}", True),
        ("{A} -> {B}", "{B} -> {A}", False),
        ("0.1", float("nan"), False),
    ],
)
def test_as_many_digits_as_printed(paper, ours, within):
    assert PrintedValue("", "", paper, ours).verdict == ("agrees" if within else "differs")
    assert PrintedValue("", "", paper, ours, "candidate").verdict.startswith("candidate ")


def test_unknown_has_no_number():
    assert PrintedValue("", "", "0.12", None, "unknown").verdict == "rule unknown"
    for ours, basis in ((0.12, "unknown"), (None, "stated")):
        with pytest.raises(cg.InputError, match="basis"):
            PrintedValue("", "", "0.12", ours, basis)


def test_hoel2016_row_by_row(hoel):
    """What differs: the paper prints .09 for a selectivity of .0833 (the cause, which counts) and .0875 (the effect)."""
    differs = {row.quantity: row.ours for row in hoel.rows if row.verdict == "differs"}
    assert differs == {
        "micro: irreducible selectivity": pytest.approx(1 / 12),
        "phi lost by repertoire size": pytest.approx(1 / 12),
    }
    candidates = [row.quantity for row in hoel.rows if row.verdict == "candidate differs"]
    assert candidates == [
        "micro: selectivity shift",  # Fig. 5
        "micro ABCDEF at 000000: Phi",
        "micro: repertoire size",
        "micro: selectivity shift",
        "micro: mean distance between concepts",
        "micro: MIP",
        "system of Fig. 6: levels whose maximum is off the path",
    ]
    assert [row.basis for row in hoel.rows].count("stated") == 51
    assert hoel.count("rule unknown") == 8
    assert "49 of 51" in hoel.sentence


def test_figures_are_all_there(hoel):
    assert {row.where for row in hoel.rows} == {"Fig 1B", "Fig 2", "Fig 3", "Fig 4", "Fig 5", "Fig 6", "Fig 7"}
    # Rules that stand only in a figure are never counted as the paper's.
    assert all(row.basis != "stated" for row in hoel.rows if row.where == "Fig 5")
    assert all(row.note for row in hoel.rows if row.basis == "unknown")


def test_saved_and_printed(hoel, tmp_path):
    back = cg.load(cg.save(hoel, tmp_path / "r.h5"))
    assert repr(back) == repr(hoel)
    assert back.rows == hoel.rows
    out = subprocess.run(
        [sys.executable, "-m", "causalgrain", "reproduce", "hoel2016", "--json", "--out", str(tmp_path / "t.csv")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    payload = json.loads(out.stdout)
    assert len(payload["rows"]) == len(hoel.rows)
    assert payload["sentence"] == hoel.sentence
    assert (tmp_path / "t.csv").read_text().startswith("where,quantity,paper,ours,difference,verdict,note")


def test_other_papers_are_named():
    with pytest.raises(cg.InputError, match="hoel2016"):
        cg.reproduce("hoel2013")
