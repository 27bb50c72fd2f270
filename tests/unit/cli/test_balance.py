"""`causalgrain balance RECORDING`: labels in, tables, notes and one sentence out, and what it refuses."""

import json
import sys

import numpy as np
import pytest

import causalgrain as cg
from causalgrain._errors import InputError
from causalgrain.cli import main as entry
from causalgrain.cli.balance_labels import read_labels


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
    assert "Saved: b.h5 (under 'profile')" in out
    assert cg.load(scratch / "b.h5")["profile"].conditions == ("driven", "apart")
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
    assert "correlogram" not in err  # counts have none


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


QUICK = ("--surrogates", "0", "--no-symmetry", "--workers", "1", "--widths", "0.5")


def test_labels_of_no_unit_are_a_warning_and_of_none_an_error(run, files, scratch):
    (scratch / "labels.csv").write_text("u0,PV\nu1,pyr\nu77,pyr\n")
    code, _, err = run("balance", *files, *QUICK)
    assert code == 0
    assert "1 of 3 labels belong to no unit of the recording and were left out: u77" in err
    (scratch / "labels.csv").write_text("u77,pyr\n")
    code, _, err = run("balance", *files, *QUICK)
    assert code == 2
    assert "u77" in err


def test_labels_of_units_not_chosen_are_left_out(run, files):
    code, out, err = run("balance", *files, *QUICK, "--units", "u1,u4", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["provenance"]["settings"]["inhibitory"] == ["u4"]


def test_labels_may_be_probabilities(run, files, scratch):
    rows = "".join(f"u{k},{p}\n" for k, p in enumerate((0, 0.0, 0.3, 0.9, 1, 1.0)))
    (scratch / "labels.csv").write_text("unit,probability\n" + rows)
    code, out, _ = run("balance", *files, *QUICK, "--label-draws", "3", "--json")
    assert code == 0
    settings = json.loads(out)["provenance"]["settings"]
    assert settings["inhibitory"] == ["u3", "u4", "u5"]
    assert settings["label_draws"] == 3
    (scratch / "labels.csv").write_text("u0,PV\nu1,1.5\n")
    assert "1.5" in run("balance", *files, *QUICK)[2]


@pytest.fixture
def spikes(scratch):
    """Four Poisson units of 60 s; for 10 s from 30 s the excitatory ones fire ten times as much."""
    rng = np.random.default_rng(1)
    trains = [np.sort(rng.uniform(0, 60, 300)) for _ in range(4)]
    for k in (0, 1):
        trains[k] = np.sort(np.concatenate([trains[k], rng.uniform(30, 40, 500)]))
    places = np.array([[0.0, 0.0], [10.0, 0.0], [12.0, 0.0], [200.0, 0.0]])
    recording = cg.Recording.from_spikes(trains, ["c0", "c1", "c2", "c3"], duration=60, properties={"position": places})
    cg.write_nwb(recording, scratch / "s.nwb")
    (scratch / "types.csv").write_text("c0,E\nc1,E\nc2,I\nc3,I\n")
    (scratch / "parts.csv").write_text("start,stop,condition\n0,52,long\n52,60,brief\n")
    return "s.nwb", "--labels", "types.csv", *QUICK


def test_excursions_have_onset_end_and_return(run, spikes):
    code, out, _ = run("balance", *spikes, "--json", "--epochs", "parts.csv")
    assert code == 0
    answer = json.loads(out)
    one = answer["excursions"]["long"]
    (row,) = one["rows"]
    assert (row["onset_s"], row["end_s"]) == pytest.approx((30.0, 40.0), abs=0.35)
    assert row["depth"] > 0
    assert (row["opened"], row["closed"], row["returned_s"]) == (True, True, None)
    assert one["bin_s"] == 0.1
    assert answer["conditions"][0]["excursions"] == 1
    assert answer["excursions"]["brief"]["reason"] == "too short: the longest segment lasts 8 s, 10 s are needed"
    out = run("balance", *spikes, "--epochs", "parts.csv")[1]
    assert "Excursions of f = E - I from the balance line in long: 1, bins of 100 ms averaged over 1.1 s" in out
    assert "onset (s)" in out
    assert f"{row['onset_s']:.3f}" in out
    assert "not seen" in out
    assert "in brief (bins of 100 ms averaged over 1 s): too short" in out


def test_radii_show_the_correlation_and_why_there_is_none(run, spikes, scratch):
    code, out, _ = run("balance", *spikes, "--radii", "1,50,500", "--widths", "0.5,80", "--json")
    assert code == 0
    rows = json.loads(out)["space"]["all"]["rows"]
    known = {(row["radius_um"], row["scale"]): row for row in rows}
    assert "too few units" in known[1.0, "500 ms"]["reason"]
    assert known[1.0, "500 ms"]["correlation"] is None
    assert known[50.0, "500 ms"]["correlation"] is not None
    assert known[50.0, "500 ms"]["neighbourhoods"] == 1
    assert known[50.0, "80 s"]["reason"] == "no segment holds a bin of 80 s: the longest lasts 60 s"
    table = [r for r in json.loads(out)["table"] if r["measure"] == "correlation" and r["scale"] == "500 ms"]
    assert known[500.0, "500 ms"]["correlation"] == pytest.approx(table[0]["value"])
    out = run("balance", *spikes, "--radii", "1,50")[1]
    assert "E-I correlation within a radius" in out
    assert "within 50 um: 1 neighbourhood of 3 units" in out
    assert "within 1 um: none: too few units" in out


def test_options_are_named_as_they_are_typed(run, spikes, files):
    for extra, said in (
        (("--null", "dither", "--surrogates", "9"), "--dither-width 0.02"),
        (("--null", "dither", "--within", "all"), "--within: expected a null that has it"),
        (("--dither-width", "0.02"), "a null that has it: dither, got --null circular_shift"),
        (("--conditions", "zz"), "--conditions: expected a recording with conditions, got 'zz'"),
    ):
        code, _, err = run("balance", *spikes, *extra)
        assert code == 2
        assert said in " ".join(err.split())
    _, _, err = run("balance", *files, "--scales", "0")
    assert "--scales: expected a whole number of scales >= 1, got 0. For example --scales 1" in " ".join(err.split())


def test_correlograms_that_say_nothing_are_not_recommended_again(run, spikes):
    code, _, err = run("balance", "s.nwb", "--cell-type", "correlogram")
    assert code == 2
    assert "no significant outgoing pair" in err
    assert "--labels units.csv" in err
    assert "--cell-type correlogram" not in err
    assert "--cell-type correlogram" in run("balance", "s.nwb")[2]


HEADS = (
    ("unit,type\n", "no rows below the head"),
    ("name,kind\na,PV\n", "'name,kind'"),
    ("type,unit\nPV,a\n", "unit first"),
    ("neuron,type\na,PV\n", "'neuron,type'"),
)


def test_tables_of_labels(scratch):
    path = scratch / "l.csv"
    path.write_text("\ufeffName\tType\n1-1\tPV\n\n1-2\tpyr\n")
    assert read_labels(path) == {"1-1": "PV", "1-2": "pyr"}
    path.write_text("cell,PV\nb,0.3\nc,nan\n")
    assert read_labels(path) == {"cell": "PV", "b": 0.3, "c": "nan"}
    for text, said in (("a,b,c\n", "3 in row 1"), ("", "no rows"), ("a,PV\na,pyr\n", "'a' twice")) + HEADS:
        path.write_text(text)
        with pytest.raises(InputError, match=said):
            read_labels(path)
