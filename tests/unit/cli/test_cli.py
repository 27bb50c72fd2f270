"""The commands, as a stranger would call them: in a process of its own, in an empty folder."""

import json
import subprocess
import sys

import h5py
import numpy as np
import pytest

import causalgrain as cg
from causalgrain.cli import main as entry

FIG2 = "hoel2016-fig2"


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


def write_network(path, **changes):
    content = {"tpm": [[0, 0], [0, 1], [1, 0], [1, 1]], "state": [1, 0], "labels": ["left", "right"]} | changes
    path.write_text(json.dumps({k: v for k, v in content.items() if v is not None}))
    return path


def test_help_says_the_question(run):
    code, out, _ = run("scan", "--help")
    assert code == 0
    assert "At which grain does this system have the most integrated information?" in out
    assert "INPUT" in out
    code, out, _ = run("--help")
    assert all(command in out for command in ("scan", "emerge", "phi", "systems", "demo"))


def test_in_a_process_of_its_own(scratch):
    done = subprocess.run(
        [sys.executable, "-m", "causalgrain", "scan", FIG2, "--json"], capture_output=True, text=True, cwd=scratch
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["peak"]["groups"] == [[0, 1], [2, 3]]
    failed = subprocess.run(
        [sys.executable, "-m", "causalgrain", "scan", "nothing.json"], capture_output=True, text=True, cwd=scratch
    )
    assert failed.returncode == 2
    assert failed.stdout == ""
    assert failed.stderr.startswith("causalgrain: nothing.json: expected an existing file")
    assert "Traceback" not in failed.stderr


def test_scan_of_a_published_system(run, scratch):
    code, out, _ = run("scan", FIG2)
    assert code == 0
    for piece in (
        "185 grains, 123 admitted",
        "{AB}{CD} ON=2|2",
        "0.597213",
        "runner-up",
        "margin",
        "Maximum per level",
    ):
        assert piece in out
    assert out.strip().splitlines()[-1].endswith("the macro beats the micro.")
    saved = cg.load(scratch / f"{FIG2}.grains.h5")
    assert saved["profile"].table.equals(cg.scan(cg.published(FIG2), "0000").table)
    assert saved["network"] == cg.published(FIG2)


def test_scan_json_is_one_object_and_the_same_answer(run):
    code, out, _ = run("scan", FIG2, "--json", "--nodes", "full", "--workers", 1)
    assert code == 0
    answer = json.loads(out)
    profile = cg.scan(cg.published(FIG2), "0000", "full")
    assert answer["peak"]["value"] == profile.peak.value
    assert answer["margin"] == profile.margin
    assert (answer["grains"], answer["admitted"]) == (89, profile.n_admitted)
    assert [level["level"] for level in answer["levels"]] == [0, 1, 2, 3]
    assert answer["provenance"]["conventions"]["cuts"].startswith("of micro elements")
    assert "peaks at the coarse grain" in answer["sentence"]


def test_options_reach_the_search(run):
    _, out, _ = run(
        "scan", FIG2, "--json", "--state", "1111", "--nodes", "A,B", "--one-element", "pyphi", "--max-dependence", "1"
    )
    settings = json.loads(out)["provenance"]["settings"]
    expected = {"state": "1111", "nodes": [0, 1], "one_element": "pyphi", "max_dependence": 1.0, "best_only": False}
    assert settings == expected


def test_network_files(run, scratch):
    path = write_network(scratch / "swap.json")
    code, out, _ = run("scan", path, "--json")
    assert code == 0
    assert json.loads(out)["peak"]["label"] == "{left} {right}"
    np.savez(scratch / "swap.npz", tpm=[[0, 0], [0, 1], [1, 0], [1, 1]], state=[1, 0])
    code, out, _ = run("phi", scratch / "swap.npz", "--json")
    assert (code, json.loads(out)["phi"]) == (0, pytest.approx(1.0))
    _, out, _ = run("phi", path, "--state", "11", "--json")
    assert json.loads(out)["state"] == "11"


def test_phi(run, scratch):
    code, out, _ = run("phi", "basic")
    assert code == 0
    for piece in ("Phi = 2.312500 of ABC in state 100", "cut {BC} -> {A}", "4 concepts", "core cause"):
        assert piece in out
    assert "makes the least difference" in out.splitlines()[-1]
    assert list(scratch.iterdir()) == []
    code, out, _ = run("phi", FIG2, "--groups", "A,B|C,D", "--on", "2|2", "--out", "pairs.h5", "--json")
    answer = json.loads(out)
    assert answer["phi"] == pytest.approx(0.597213, abs=5e-7)
    assert [c["phi"] for c in answer["concepts"]] == pytest.approx([0.455, 0.455])
    assert cg.load(scratch / "pairs.h5").phi == answer["phi"]
    _, out, _ = run("phi", "and-or", "--ties", "range", "--json")
    low, high = json.loads(out)["phi_range"]
    assert low <= json.loads(out)["phi"] <= high


def test_systems(run):
    code, out, _ = run("systems")
    assert code == 0
    assert all(name in out for name in (FIG2, "hoel2016-fig4", "hoel2016-fig6", "niw012"))
    listed = json.loads(run("systems", "--json")[1])["systems"]
    assert {s["name"] for s in listed} >= {FIG2, "basic"}


def test_csv_table(run, scratch):
    code, _, _ = run("scan", "basic", "--out", "table.csv")
    assert code == 0
    assert len((scratch / "table.csv").read_text().splitlines()) == 1 + 32


def recording(path, samples=600):
    rng = np.random.default_rng(3)
    np.savez(path, activity=(rng.random((samples, 4)) < 0.4).astype(float), rate=10.0)
    return path


def test_scan_of_a_recording(run, scratch):
    code, out, _ = run("scan", recording(scratch / "noise.npz"), "--units", "0,1,2", "--lag", "1,2", "--draws", 19)
    assert code == 0
    for piece in (
        "states visited",
        "prior weight",
        "max dependence",
        "conditional, not interventional",
        "none named",
        "phi_null",
        "lag 2",
    ):
        assert piece in out
    assert "no grain differs from the null (smallest p = " in out.splitlines()[-1]
    profile = cg.load(scratch / "noise.grains.h5")["profile"]
    assert profile.peak is None
    assert profile.provenance.settings["lags"] == [1, 2]
    code, out, _ = run(
        "scan", scratch / "noise.npz", "--units", "random:3", "--seed", 1, "--json", "--out", "b.h5", "--draws", 0
    )
    answer = json.loads(out)
    assert [p["max_dependence"] for p in answer["peaks_by_dependence"]] == [1e-8, 0.01, 0.05, 1.0]
    assert len({tuple(s["units"].split(",")) for s in answer["subsets"]}) == 4  # all there are of three out of four
    assert "no null was drawn" in answer["sentence"]


def test_scan_of_conditions(run, scratch):
    recording(scratch / "noise.npz")
    (scratch / "epochs.csv").write_text("start,stop,condition\n0,30,wake\n30,60,sleep\n")
    code, out, err = run(
        "scan", "noise.npz", "--units", "0,1,2", "--epochs", "epochs.csv", "--bin", "0.1,0.2", "--draws", 19
    )
    assert code == 0, err
    assert "Phi of one condition less that of another" in " ".join(out.split())
    assert out.splitlines()[-1].startswith("In noise no grain differs from the null in either condition")
    code, out, err = run(
        "phi", "noise.npz", "--units", "0,1", "--epochs", "epochs.csv", "--condition", "sleep", "--json"
    )
    assert code == 0, err
    assert json.loads(out)["estimate"]["n_samples"] == 300
    code, _, err = run("scan", "noise.npz", "--units", "0,1,2", "--epochs", "none.csv", "--force")
    assert code == 2
    assert "none.csv" in err


def test_where_surrogates_are_made(run, scratch):
    recording(scratch / "noise.npz")
    (scratch / "epochs.csv").write_text("start,stop,condition\n0,30,wake\n30,60,sleep\n")
    common = ("scan", "noise.npz", "--units", "0,1", "--epochs", "epochs.csv", "--draws", 3, "--force")
    for option, over in (((), "condition"), (("--null-over", "recording"), "recording")):
        code, _, err = run(*common, *option)
        assert code == 0, err
        assert cg.load(scratch / "noise.grains.h5")["profile"].provenance.settings["null_over"] == over
    code, _, err = run(*common, "--null-over", "both")
    assert code == 2
    assert "null_over" in err
    code, _, err = run("scan", "hoel2016-fig2", "--null-over", "recording")
    assert code == 2
    assert "--null-over applies to recordings only" in " ".join(err.split())


def test_only_the_best_grain(run, scratch):
    code, out, err = run("scan", "hoel2016-fig2", "--best-only", "--workers", 1)
    assert code == 0, err
    profile = cg.load(scratch / "hoel2016-fig2.grains.h5")["profile"]
    assert profile.provenance.settings["best_only"] is True
    assert profile.peak.label == "{AB}{CD} ON=2|2"
    if profile.notes:
        assert "caution: best only" in out
    recording(scratch / "noise.npz")
    code, _, err = run("scan", "noise.npz", "--best-only")
    assert code == 2
    assert "--best-only applies to networks only" in " ".join(err.split())


def test_every_format_of_recording(run, scratch):
    values = (np.random.default_rng(0).random((300, 3)) < 0.5).astype(float)
    np.savetxt(scratch / "r.csv", values, delimiter=",", header="a,b,c", comments="")
    with h5py.File(scratch / "r.h5", "w") as file:
        file["deep/traces"] = values
        file["other"] = values[:, :2]
    from scipy.io import savemat

    savemat(scratch / "r.mat", {"traces": values})
    answers = []
    for name, array in (("r.csv", None), ("r.h5", "deep/traces"), ("r.mat", "traces")):
        extra = [] if array is None else ["--array", array]
        code, out, err = run(
            "scan",
            name,
            "--rate",
            5,
            "--binarise",
            "threshold:0.5",
            "--json",
            "--out",
            f"{name}.result.h5",
            "--draws",
            0,
            *extra,
        )
        assert code == 0, err
        answers.append(json.loads(out)["peaks_by_dependence"])
    assert answers[0][-1]["phi_corrected"] == answers[1][-1]["phi_corrected"] == answers[2][-1]["phi_corrected"]


BAD = {
    "not json": ('{"tpm": [[0, 1],', "JSON text"),
    "a list": ("[1, 2]", 'JSON object such as {"tpm"'),
    "no tpm": ('{"state": [0]}', 'with a "tpm"'),
    "unknown name": ('{"tpm": [[0], [1]], "cm": [[1]]}', "'cm'"),
    "near name": ('{"tpm": [[0], [1]], "lables": ["x"]}', "Did you mean 'labels'"),
    "wrong shape": ('{"tpm": [[0, 0, 0], [1, 1, 1]]}', "shape"),
    "beyond one": ('{"tpm": [[0], [1.5]], "state": [1]}', "column 0"),
    "ragged": ('{"tpm": [[0], [1, 1]]}', "rectangular"),
    "row sums": ('{"tpm": [[0.5, 0.2], [0, 1]]}', "sums to 1"),
    "dependent": (json.dumps({"tpm": [[0.5, 0, 0, 0.5]] * 4}), "dependence 0.5"),
    "repeated labels": ('{"tpm": [[0, 0], [0, 1], [1, 0], [1, 1]], "labels": ["a", "a"]}', "more than once"),
    "unreachable state": ('{"tpm": [[0], [0]], "state": [1]}', "no state leads to"),
    "short state": ('{"tpm": [[0], [1]], "state": [1, 1]}', "1 values"),
    "no state": ('{"tpm": [[0], [1]]}', "Phi is a property of a system in a state"),
}


@pytest.mark.parametrize("command", ["scan", "phi"])
@pytest.mark.parametrize("name", BAD)
def test_bad_network_files(name, command, run, scratch):
    text, says = BAD[name]
    (scratch / "bad.json").write_text(text)
    code, out, err = run(command, "bad.json", "--json")
    assert (code, out) == (2, "")
    assert says in err
    assert err.startswith("causalgrain: ")
    assert err.count("\n") == 1
    assert [p.name for p in scratch.iterdir()] == ["bad.json"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["hoel2016-fig3"], "Did you mean 'hoel2016-fig"),
        (["missing.json"], "existing file"),
        (["notes.txt"], "existing file"),
        ([FIG2, "--state", "00"], "4 values"),
        ([FIG2, "--state", "00x0"], "each 0 or 1"),
        ([FIG2, "--nodes", "A,Q"], "'Q'"),
        ([FIG2, "--nodes", "7"], "from 0 to 3"),
        ([FIG2, "--bin", "0.1"], "--bin applies to recordings only"),
        ([FIG2, "--units", "random:3"], "recordings only"),
        ([FIG2, "--one-element", "one"], "'zero', 'pyphi'"),
        ([FIG2, "--out", "nowhere/x.h5"], "existing folder"),
        (["hoel2016-fig4", "--max-cost", "0.00001"], "about"),
    ],
)
def test_bad_calls_of_scan(arguments, says, run, scratch):
    code, out, err = run("scan", *arguments)
    assert (code, out) == (2, "")
    assert says in err
    assert "Traceback" not in err
    assert list(scratch.iterdir()) == []


def test_an_existing_output_is_never_overwritten_unasked(run, scratch):
    target = scratch / "basic.grains.h5"
    target.write_text("precious")
    code, out, err = run("scan", "basic")
    assert (code, out) == (2, "")
    assert "--force" in err
    assert target.read_text() == "precious"
    assert run("scan", "basic", "--force")[0] == 0
    assert cg.load(target)["profile"].peak.label == "ABC"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda v: np.zeros((0, 3)), "sample"),
        (lambda v: np.where(np.arange(v.size).reshape(v.shape) == 4, np.nan, v), "nan"),
        (lambda v: np.column_stack([v[:, 0], np.ones(len(v)), v[:, 1]]), "constant"),
    ],
)
def test_bad_recordings(make, says, run, scratch):
    values = (np.random.default_rng(0).random((50, 3)) < 0.5).astype(float)
    np.savez(scratch / "r.npz", activity=make(values))
    code, out, err = run("scan", "r.npz", "--rate", 10)
    assert (code, out) == (2, "")
    assert says in err.lower()
    assert [p.name for p in scratch.iterdir()] == ["r.npz"]


def test_unknown_units_and_too_many(run, scratch):
    recording(scratch / "r.npz")
    assert "u9" in run("scan", "r.npz", "--units", "u9,u1")[2]
    rng = np.random.default_rng(0)
    np.savez(scratch / "wide.npz", activity=(rng.random((200, 12)) < 0.5).astype(float), rate=10.0)
    code, _, err = run("scan", "wide.npz")
    assert code == 2
    assert "units" in err


def test_truncated_files(run, scratch):
    whole = recording(scratch / "r.npz").read_bytes()
    for ending, content in (
        (".npz", whole[: len(whole) // 2]),
        (".h5", b"not hdf5"),
        (".mat", b"MATLAB 5.0 MAT"),
        (".npz", b""),
    ):
        (scratch / f"broken{ending}").write_bytes(content)
        code, out, err = run("scan", f"broken{ending}", "--rate", 10)
        assert (code, out) == (2, "")
        assert "Traceback" not in err


def test_demo(run, scratch):
    code, out, _ = run("demo")
    assert code == 0
    for piece in (
        "peaks at the coarse grain {AB}{CD} ON=2|2",
        "{AB}{CD}{EF} ON=2|2|2 (Phi 0.8342",
        "a simulated recording",
    ):
        assert piece in out
    assert set(cg.load(scratch / "causalgrain-demo.h5")) >= {FIG2, "hoel2016-fig4", "hoel2016-fig6", "recording"}
    assert run("demo")[0] == 2
