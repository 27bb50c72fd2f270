"""`causalgrain emerge`: one table and one sentence for every kind of input, and what it refuses."""

import json
import sys

import numpy as np
import pytest

import causalgrain as cg
from causalgrain.cli import main as entry

EIGHT = np.zeros((8, 8))
EIGHT[:7, :7], EIGHT[7, 7] = 1 / 7, 1


@pytest.fixture
def run(scratch, capsys, monkeypatch):
    """Call the command line in this process; return (exit code, stdout, stderr)."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["causalgrain", *map(str, arguments)])
        monkeypatch.setattr("warnings.showwarning", lambda *a, **k: None)
        with pytest.raises(SystemExit) as stop:
            entry()
        out, err = capsys.readouterr()
        return stop.value.code or 0, out, err

    return call


def recording(path, samples=300):
    """Write a recording of three coupled units."""
    rng = np.random.default_rng(3)
    x = np.zeros((samples, 3))
    for t in range(1, samples):
        x[t] = 0.5 * x[t - 1] + 0.4 * x[t - 1].mean() + rng.normal(size=3)
    np.savez(path, activity=x, rate=10.0)
    return path


def test_help_says_the_question(run):
    code, out, _ = run("emerge", "--help")
    assert code == 0
    assert "Does causal power emerge at a coarser scale, and by which measure?" in out
    for option in ("--epochs", "--bin", "--units", "--draws", "--null", "--seed", "--out", "--as", "--dims", "--json"):
        assert option in out


def test_a_published_system(run, scratch):
    code, out, _ = run("emerge", "hoel2016-fig2")
    assert code == 0
    for piece in ("four noisy ANDs", "EI, largest", "1.551829", "4 blocks of 16 states", "convention", "note: synergy"):
        assert piece in out
    assert "95% from" not in out
    assert out.strip().splitlines()[-1].startswith("hoel2016-fig2: Causal power rises from 0.2871 to 0.7759")
    assert list(scratch.iterdir()) == []  # nothing is saved unasked
    _, out, _ = run("emerge", "iit3-fig1")
    assert "caution: D and F read nothing that is known to us" in out


def test_json_is_one_object_and_the_same_answer(run):
    code, out, _ = run("emerge", "basic", "--json", "--epsilon", "0.5")
    assert code == 0
    answer = json.loads(out)
    found = cg.emerge(cg.published("basic"), epsilon=0.5)
    assert [row["measure"] for row in answer["table"]] == found.table["measure"].tolist()
    assert [row["value"] for row in answer["table"]] == found.table["value"].tolist()
    assert answer["sentence"] == f"basic: {found.sentence}"
    assert answer["provenance"]["settings"]["epsilon"] == 0.5
    assert answer["table"][0]["p"] is None
    assert answer["kind"] == "discrete"


@pytest.mark.parametrize("ending", ["npy", "csv", "tsv", "named.csv"])
def test_a_tpm_in_a_table(run, scratch, ending):
    path = scratch / f"eight.{ending}"
    if ending == "npy":
        np.save(path, EIGHT)
    else:
        separator = "\t" if ending == "tsv" else ","
        names = "" if ending != "named.csv" else separator.join("abcdefgh")
        np.savetxt(path, EIGHT, delimiter=separator, header=names, comments="")
        if not names:
            path.write_text(path.read_text().lstrip("\n"))
    code, out, err = run("emerge", path, "--json")
    assert code == 0, err
    answer = json.loads(out)
    values = {row["measure"]: row["value"] for row in answer["table"]}
    assert values["EI"] == pytest.approx(0.543564, abs=5e-7)
    assert values["clear emergence"] == pytest.approx(0.75)
    assert answer["input"].endswith("a square table, 8 x 8, taken as a TPM")


def test_weights_and_network_files(run, scratch):
    star = np.zeros((5, 5))
    star[0, 1:] = star[1:, 0] = 1
    np.savetxt(scratch / "star.csv", star, delimiter=",")
    code, out, _ = run("emerge", scratch / "star.csv")
    assert code == 0
    assert "star.csv: a square table, 5 x 5, taken as the weights of a network" in out
    assert "note: input: rows don't sum to 1 (sums from 1 to 4)" in out
    assert "0.721928" in out
    assert out.strip().splitlines()[-1].startswith("star: The random walk has effective information 0.7219 bits")
    code, _, err = run("emerge", scratch / "star.csv", "--as", "tpm")
    assert code == 2
    assert err.startswith("causalgrain: tpm")
    content = {"tpm": [[0, 0.5], [1, 0.5], [1, 0.5], [0, 0.5]], "labels": ["xor", "coin"]}
    (scratch / "xor.json").write_text(json.dumps(content))
    code, out, _ = run("emerge", scratch / "xor.json", "--json")
    rows = {(row["measure"], row["scale"]): row["value"] for row in json.loads(out)["table"]}
    assert rows["Delta", "V = parity"] == pytest.approx(1.0)


def test_a_recording(run, scratch):
    path = recording(scratch / "r.npz")
    (scratch / "epochs.csv").write_text("start,stop,condition\n0,15,rest\n15,30,run\n")
    options = ("--epochs", scratch / "epochs.csv", "--draws", "19", "--seed", "1")
    code, out, _ = run("emerge", path, *options, "--out", "e.h5")
    assert code == 0
    for piece in ("95% from", "null mean", "How each is made", "rest", "run", "channel EI", "EI, largest", "Psi"):
        assert piece in out
    assert out.strip().splitlines()[-1].startswith("r: In rest ")
    saved = cg.load(scratch / "e.h5")["emergence"]
    read = cg.read_recording(path, epochs=scratch / "epochs.csv")
    assert saved.table.equals(cg.emerge(read, draws=19, seed=1).table)
    code, out, _ = run("emerge", path, *options, "--condition", "run", "--units", "u0,u2", "--json", "--null", "none")
    answer = json.loads(out)
    assert {row["condition"] for row in answer["table"]} == {"run"}
    assert answer["provenance"]["settings"]["null"] is None
    assert answer["provenance"]["settings"]["units"] in (["u0", "u2"], [0, 2])
    assert {row["scale"] for row in answer["table"] if row["measure"] == "channel EI"} == {"d = 2", "d = 1"}
    code, _, _ = run("emerge", path, "--draws", "0", "--bin", "0.2", "--lag", "2", "--dims", "2,1", "--out", "e.csv")
    assert code == 0
    assert (scratch / "e.csv").read_text().startswith("family,measure,scale,value,unit,low,high,null,p,convention")


def test_a_square_recording_is_one_where_it_is_said(run, scratch):
    path = scratch / "square.npy"
    np.save(path, np.random.default_rng(0).random((40, 40)))
    _, out, _ = run("emerge", path, "--json")
    assert json.loads(out)["kind"] == "graph"
    _, out, _ = run("emerge", path, "--as", "recording", "--rate", "10", "--draws", "0", "--units", "0,1", "--json")
    assert json.loads(out)["kind"] == "recording"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("emerge", "nothing"), "expected a published system"),
        (("emerge", "nothing.csv"), "nothing.csv: expected an existing file"),
        (("emerge", "basic", "--bin", "0.1"), "--bin: expected a recording as INPUT, got basic"),
        (("emerge", "basic", "--draws", "9"), "--draws applies to recordings only; leave it out."),
        (
            ("emerge", "eight.npy", "--units", "0"),
            "--units: expected a recording as INPUT, got the square table eight.npy",
        ),
        (("emerge", "r.npz", "--as", "tpm"), "--as: expected a square table"),
        (("emerge", "basic", "--as", "matrix"), "--as: expected one of 'tpm', 'graph', 'recording'"),
        (("emerge", "r.npz", "--draws", "-1"), "draws: expected a whole number >= 0, got -1. 0 for none."),
        (("emerge", "r.npz", "--null", "shift"), "Did you mean 'circular_shift'"),
        (("emerge", "r.npz", "--condition", "run"), "expected a recording with epochs"),
        (("emerge", "r.npz", "--dims", "a"), "--dims: expected whole numbers parted by commas"),
        (("emerge", "basic", "--out", "e.txt"), "Try e.h5"),
        (("emerge", "gap.npy"), "Or is gap.npy a TPM or weights? Then it has to be square, with nothing missing"),
        (("emerge", "gap.npy", "--as", "tpm"), "nothing missing or negative, and at most one line of names"),
        (("emerge", "eight.json"), "Save a TPM without that property as a square table, .npy or .csv"),
        (("emerge", "r.npz", "--null-over", "trial"), "null_over: expected one of 'auto', 'condition', 'recording'"),
        (("emerge", "basic", "--null-over", "auto"), "--null-over applies to recordings only; leave it out."),
    ],
)
def test_refusals(run, scratch, arguments, says):
    np.save(scratch / "eight.npy", EIGHT)
    np.save(scratch / "gap.npy", np.where(EIGHT == 1, np.nan, EIGHT))
    (scratch / "eight.json").write_text(json.dumps({"tpm": EIGHT.tolist()}))
    recording(scratch / "r.npz")
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert says in err
    assert err.count("\n") == 1
    assert "Traceback" not in err
