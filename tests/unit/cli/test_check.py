"""`causalgrain check`: the same as the library says, as text and as JSON."""

import json
import re

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

import causalgrain as cg
from causalgrain._errors import InputError
from causalgrain.cli.check import check
from causalgrain.cli.options import parse_numbers
from causalgrain.recordings.epochs import Epochs
from causalgrain.systems.sufficiency import check_recording

app = typer.Typer()
app.command()(check)


@app.callback()
def _root():
    """Commands by name, as in the package's own."""


def run(*arguments):
    result = CliRunner().invoke(app, ["check", *map(str, arguments)])
    if isinstance(result.exception, Exception):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def traces(tmp_path):
    path = tmp_path / "traces.npz"
    np.savez(path, lfp=np.random.default_rng(0).standard_normal((5, 2000)) + 4.0, other=np.eye(30))
    return path


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "epochs.csv"
    path.write_text("start,stop,condition\n0,60,wake\n60,100,sleep\n")
    return path


def test_text_is_the_library_s(traces, table):
    out = run(
        traces, "--array", "lfp", "--rate", 20, "--orientation", "unit x time", "--epochs", table, "--bin", "0.05,0.1",
        "--binarise", "percentile:75", "--seed", 3,
    )  # fmt: skip
    epochs = Epochs([0, 60], [60, 100], ["wake", "sleep"])
    rec = cg.read_recording(traces, array="lfp", rate=20.0, orientation="unit x time", epochs=epochs)
    found = check_recording(rec, bins=[0.05, 0.1], binarise="percentile:75", seed=3)
    assert out == "".join(f"note: {note}\n" for note in rec.notes) + f"{found}\n"
    assert "wake (60 s)" in out
    assert re.search(r" 50 ms +1,199 +2[3-7]\.\d% ", out)
    assert " ".join(out.split()).endswith(found.sentence)


def test_json_is_one_object(traces):
    out = json.loads(
        run(traces, "--array", "lfp", "--rate", 20, "--orientation", "unit x time", "--bin", 0.1, "--json")
    )
    rec = cg.read_recording(traces, array="lfp", rate=20.0, orientation="unit x time")
    found = check_recording(rec, bins=0.1)
    assert out["sentence"] == found.sentence
    assert out["doubts"] == list(found.doubts)
    assert out["summary"]["units"] == 5
    assert out["summary"]["duration"] == 100.0
    assert out["provenance"]["input_hash"] == rec.hash
    assert out["provenance"]["settings"]["bins"] == [0.1]
    assert [line["units"] for line in out["table"]] == [3, 4, 5, 6]
    assert [line["transitions"] for line in out["table"]] == [999] * 4
    assert out["table"][3]["expected_bias"] is None  # 5 units have no set of 6
    assert out["table"][0]["expected_bias"] == found.rows[0].expected_bias
    assert {a["analysis"]: a["enough"] for a in out["analyses"]} == {a.analysis: a.enough for a in found.answers}


def test_spike_times_as_samples(tmp_path):
    path = tmp_path / "spikes.npz"
    rng = np.random.default_rng(0)
    times = np.sort(rng.integers(0, 300_000, 9000))
    np.savez(path, spikes=np.column_stack([times, rng.integers(0, 4, 9000)]))
    with pytest.raises(InputError, match="rate=1000 for ms"):
        run(path, "--kind", "spikes")
    mended = json.loads(run(path, "--kind", "spikes", "--rate", 1000, "--json"))
    assert mended["summary"]["duration"] == pytest.approx(300.0, rel=0.01)
    assert mended["summary"]["spikes"] == 9000


@pytest.mark.parametrize(
    ("text", "bins"), [(None, None), ("0.1", [0.1]), ("0.05, 0.1,2", [0.05, 0.1, 2.0]), ("1e-3", [0.001])]
)
def test_bins(text, bins):
    assert parse_numbers(text, "--bin") == bins


@pytest.mark.parametrize("text", ["50ms", "0.1;0.2", "", "0.1,"])
def test_bins_that_are_none(text):
    with pytest.raises(InputError, match=r"--bin: expected numbers parted by commas, got .*--bin 0\.1,0\.2"):
        parse_numbers(text, "--bin")


def test_what_is_no_recording(tmp_path, traces):
    with pytest.raises(InputError, match=r"got the published system basic. .*`causalgrain scan basic`"):
        run("basic")
    network = tmp_path / "net.json"
    network.write_text('{"tpm": [[0.5], [0.5]]}')
    with pytest.raises(InputError, match=r"RECORDING: expected a recording, got a network file"):
        run(network)
    with pytest.raises(InputError, match="nothing there"):
        run(tmp_path / "missing.npz")
    with pytest.raises(InputError, match="rate"):
        run(traces, "--array", "lfp", "--orientation", "unit x time")
