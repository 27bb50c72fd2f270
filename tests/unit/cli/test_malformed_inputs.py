"""Malformed inputs on the command line: exit code 2, one message, no traceback, nothing written."""

import os
import sys

import pytest

from causalgrain.cli import main as entry
from malformed_files import FILES
from malformed_times import INPUTS

CASES = {**FILES, **INPUTS}
NAMES = [
    *(("truncated", name) for name in FILES["truncated"]),
    *(
        ("foreign", name)
        for name in ("a near name", "unknown ending", "an empty folder", "csv, in UTF-16", "phy, no times")
    ),
    *(("type", name) for name in ("npz, complex", "csv, text", "suite2p, other ROIs", "NWB, index", "trials, halves")),
    *(("missing", name) for name in ("npz, two rates", "npz, no such array", "NWB, spikes", "CellExplorer, spikes")),
    *(("nothing", name) for name in ("npz", "npz, no units", "npz, no spike", "csv, a header alone")),
    *(("missing value", name) for name in ("npz, NaN", "MATLAB, NaN")),
    *(("time", name) for name in ("MATLAB 5, unsorted", "csv, a gap", "npz, segments overlap", "npz, columns swapped")),
    *(("epochs", name) for name in ("overlap", "outside", "no number", "no header", "in ns")),
]

CALLS = [
    (command, kind, name)
    for command in ("scan", "phi", "check")
    for kind, name in NAMES
    if not (command == "phi" and kind == "epochs")  # phi reads no conditions
]


@pytest.fixture
def run(scratch, capsys, monkeypatch):
    """Call the command line in this process; return (exit code, stdout, stderr)."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["causalgrain", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            entry()
        out, err = capsys.readouterr()
        return stop.value.code, out, err

    return call


@pytest.mark.parametrize(("command", "kind", "name"), CALLS)
def test_malformed_inputs_end_in_one_message(command, kind, name, run, scratch):
    case = CASES[kind][name]
    call = case.make(scratch)
    options = [text for option, value in call.keywords.items() for text in (f"--{option}", value)]
    before = {path: path.read_bytes() for path in scratch.rglob("*") if path.is_file()}
    code, out, err = run(command, os.path.relpath(call.args[0]), *options)
    assert (code, out) == (2, "")
    assert err.startswith("causalgrain: ")
    assert err.count("\n") == 1
    assert case.remedy in err
    assert {path: path.read_bytes() for path in scratch.rglob("*") if path.is_file()} == before
