"""`causalgrain balance RECORDING`: labels in, tables, notes and one sentence out, and what it refuses."""

import json
import sys

import numpy as np
import pytest

import causalgrain as cg
from causalgrain._errors import InputError
from causalgrain.cli import main as entry
from causalgrain.cli.balance import read_labels


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


@pytest.fixture
def files(scratch):
    """Six units at 20 Hz that share a drive in the first half; labels, epochs."""
    rng = np.random.default_rng(0)
    drive = np.exp(rng.normal(size=(2000, 1)))
    drive[1000:] = drive.mean()
    np.savez(scratch / "r.npz", activity=rng.poisson(0.5 * drive, (2000, 6)), rate=20.0)
    (scratch / "labels.csv").write_text("unit,type\n" + "".join(f"u{k},{'PV' if k > 3 else 'pyr'}\n" for k in range(6)))
    (scratch / "epochs.csv").write_text("start,stop,condition\n0,50,driven\n50,100,apart\n")
    return "r.npz", "--kind", "counts", "--labels", "labels.csv", "--epochs", "epochs.csv", "--surrogates", "19"


def test_help_says_the_question(run):
    code, out, _ = run("balance", "--help")
    assert code == 0
    assert "Do the excitatory and inhibitory populations balance" in out
    for option in ("--epochs", "--labels", "--cell-type", "--scales", "--widths", "--normalisation", "--surrogates"):
        assert option in out
    assert "balance" in run("--help")[1]


def test_tables_notes_and_a_sentence(run, files):
    code, out, err = run("balance", *files, "--surrogates", "59", "--widths", "0.05,0.5,2", "--workers", "1")
    assert (code, err) == (0, "")
    for piece in (
        "4 excitatory and 2 inhibitory units",
        "E-I correlation and departure from balance in driven",
        "half the units",
        "Order in time and symmetries, less what their nulls give in apart",
        "same over scales in driven? angle",
        "What has no scale",
        "Differences between conditions",
        "no evidence that the network makes its balance",
    ):
        assert piece in out
    last = out.strip().splitlines()[-1]
    assert last.startswith("r: In driven the E-I correlation is 0.")
    assert "above surrogates at all scales" in last


def test_json_is_one_object(run, files):
    arguments = ("balance", *files, "--widths", "0.05,0.5,80", "--no-symmetry", "--json")
    _, out, _ = run(*arguments)
    answer = json.loads(out)
    assert {row["condition"] for row in answer["table"]} == {"driven", "apart"}
    (empty,) = [
        r for r in answer["table"] if r["scale"] == "80 s" and r["measure"] == "gini" and r["condition"] == "apart"
    ]
    assert empty["value"] is None
    assert empty["reason"] == "no segment holds a bin of 80 s: the longest lasts 50 s"
    assert answer["invariance"]["driven"]["angle"]["mean"] > 0
    assert answer["provenance"]["settings"]["inhibitory"] == ["u4", "u5"]
    assert answer["sentence"].startswith("r: In driven")
    assert run(*arguments, "--workers", "2")[1] == out


def test_saved(run, files, scratch):
    short = ("balance", *files, "--surrogates", "1", "--widths", "0.5", "--no-symmetry", "--workers", "1")
    code, out, _ = run(*short, "--out", "b.h5")
    assert code == 0
    assert "Saved: b.h5" in out
    assert cg.load(scratch / "b.h5")["balance"].conditions == ("driven", "apart")
    code, _, err = run(*short, "--out", "b.h5")
    assert code == 2
    assert "--force" in err
    assert run(*short, "--out", "b.csv")[0] == 0
    assert (scratch / "b.csv").read_text().startswith("condition,scale,width_s,bins,measure,value")
    assert "txt" in run(*short, "--out", "b.txt")[2]


def test_without_types_it_says_what_to_give(run, files):
    code, _, err = run("balance", "r.npz", "--kind", "counts")
    assert code == 2
    assert "--labels units.csv" in err
    assert "--cell-type correlogram" in err


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        (("--scales", "4", "--widths", "1"), "--scales or --widths"),
        (("--resolution", "0.05", "--widths", "1"), "--resolution or --widths"),
        (("--population", "300"), "E and I units"),
        (("--radii", "100"), "positions"),
        (("--cell-type", "shape"), "--cell-type"),
        (("--within", "trial"), "--within"),
        (("--conditions", "asleep"), "asleep"),
        (("--null", "dither"), "counts"),
        (("--fdr", "x"), "--fdr"),
        (("--widths", "0.07"), "0.07"),
    ],
)
def test_refusals(run, files, extra, said):
    code, out, err = run("balance", *files, *extra)
    assert code == 2
    assert said in err
    assert "Traceback" not in out + err


def test_a_ladder_of_whole_steps(run, files):
    code, out, _ = run("balance", *files, "--surrogates", "0", "--resolution", "0.1", "--scales", "24", "--json")
    assert code == 0
    found = [row["width_s"] for row in json.loads(out)["table"] if row["measure"] == "gini"]
    assert found[:3] == pytest.approx([0.1, 0.2, 0.3])


def test_labels_of_unknown_units(run, files, scratch):
    (scratch / "labels.csv").write_text("u0,PV\nu77,pyr\n")
    code, _, err = run("balance", *files)
    assert code == 2
    assert "u77" in err


def test_tables_of_labels(scratch):
    path = scratch / "l.csv"
    path.write_text("\ufeffName\tType\n1-1\tPV\n\n1-2\tpyr\n")
    assert read_labels(path) == {"1-1": "PV", "1-2": "pyr"}
    for text, said in (("a,b,c\n", "3 in row 1"), ("", "no rows"), ("a,PV\na,pyr\n", "'a' twice")):
        path.write_text(text)
        with pytest.raises(InputError, match=said):
            read_labels(path)
