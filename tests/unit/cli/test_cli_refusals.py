"""What the command line refuses, and how it stops."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import causalgrain as cg

FIG2 = "hoel2016-fig2"


def call(*arguments, cwd, **environment):
    command = [sys.executable, "-m", "causalgrain", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=os.environ | environment)


def recording(path, values=None):
    rng = np.random.default_rng(3)
    np.savez(path, activity=(rng.random((200, 3)) < 0.4).astype(float) if values is None else values, rate=10.0)
    return path


def test_an_estimate_never_gets_a_peak_from_too_few_grains(scratch):
    path = recording(scratch / "r.npz")
    done = call("scan", path, "--max-dependence", "1e-8", "--draws", "0", "--json", cwd=scratch)
    answer = json.loads(done.stdout)
    (peak,) = answer["peaks_by_dependence"]
    assert peak["peak"] == ""
    assert "too few" in peak["why_none"]
    assert "no peak is named" in answer["sentence"]
    (data,) = answer["data"]
    assert data["transitions"] == 199
    assert 0.3 < data["ON least"] <= data["ON most"] < 0.5
    assert "not interventional" in answer["provenance"]["caution"]


def test_output_goes_to_plain_files_only(scratch):
    os.mkfifo(scratch / "pipe.h5")
    assert "device or pipe" in call("scan", "basic", "--out", "pipe.h5", "--force", cwd=scratch).stderr
    (scratch / "target.h5").write_text("old")
    (scratch / "link.h5").symlink_to("target.h5")
    assert call("scan", "basic", "--out", "link.h5", cwd=scratch).returncode == 2
    assert call("scan", "basic", "--out", "link.h5", "--force", cwd=scratch).returncode == 0
    assert (scratch / "link.h5").is_symlink()
    assert cg.load(scratch / "target.h5")["profile"].peak.label == "ABC"
    done = call("scan", recording(scratch / "r.npz"), "--out", "x" * 300 + ".h5", cwd=scratch)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    for command, name in (("phi", "z.csv"), ("phi", "z.txt"), ("scan", "z.json")):
        done = call(command, "basic", "--out", name, cwd=scratch)
        assert (done.returncode, done.stdout) == (2, "")
        assert "Try z.h5" in done.stderr


def test_the_input_is_never_the_output(scratch):
    path = scratch / "net.h5"
    import h5py

    with h5py.File(path, "w") as file:
        file["activity"] = (np.random.default_rng(0).random((100, 2)) < 0.5).astype(float)
    before = path.read_bytes()
    done = call("scan", path, "--rate", 10, "--out", path, "--force", cwd=scratch)
    assert done.returncode == 2
    assert "another file than INPUT" in done.stderr
    assert path.read_bytes() == before


def test_a_unit_nobody_asked_for_may_have_gaps(scratch):
    values = (np.random.default_rng(0).random((200, 3)) < 0.5).astype(float)
    values[7, 1] = np.nan
    path = recording(scratch / "r.npz", values)
    assert call("scan", path, "--binarise", "threshold:0.5", cwd=scratch).returncode == 2
    done = call("scan", path, "--units", "0,2", "--binarise", "threshold:0.5", "--draws", "0", "--json", cwd=scratch)
    assert json.loads(done.stdout)["provenance"]["settings"]["units"] == ["u0", "u2"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--nodes=--5"],
        ["--nodes", "A,²"],
        ["--nodes", ""],
        ["--max-dependence", "nan"],
        ["--workers", "0"],
        ["--max-cost", "nan"],
    ],
)
def test_odd_options_end_in_one_message(arguments, scratch):
    done = call("scan", FIG2, *arguments, cwd=scratch)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("causalgrain: ")
    assert done.stderr.count("\n") == 1
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize(
    "text", ['{"tpm": [[0], [1]], "labels": 5}', '{"tpm": [[0], [1e999]]}', '{"tpm": [[0], [%s]]}' % ("1" * 5000)]
)
def test_odd_network_files_end_in_one_message(text, scratch):
    (scratch / "net.json").write_text(text)
    done = call("scan", "net.json", cwd=scratch)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_a_terminal_that_only_knows_ascii(scratch):
    (scratch / "net.json").write_text(
        json.dumps({"tpm": [[0, 0], [0, 1], [1, 0], [1, 1]], "state": [0, 0], "labels": ["α", "β"]})
    )
    for extra in ([], ["--json"]):
        done = call("phi", "net.json", *extra, cwd=scratch, PYTHONIOENCODING="ascii")
        assert done.returncode == 0, done.stderr


def test_ctrl_c_during_a_long_compiled_search(scratch):
    net = np.random.default_rng(0).random((128, 7))
    (scratch / "dense7.json").write_text(json.dumps({"tpm": net.tolist(), "state": [0] * 7}))
    command = [sys.executable, "-m", "causalgrain", "phi", "dense7.json", "--json"]
    process = subprocess.Popen(command, cwd=scratch, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(4)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=5)
    assert (process.returncode, out) == (130, "")
    assert "stopped; nothing was written" in err
    assert [p.name for p in scratch.iterdir()] == ["dense7.json"]
