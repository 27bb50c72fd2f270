"""Malformed inputs of every format: each is refused with a message that names the place and says what to do.

The cases stand in `malformed_files` and `malformed_times`; what is doubtful but no error is at the end of this module.
"""

import numpy as np
import pytest

import small_files as small
from causalgrain._errors import CausalGrainWarning, InputError
from causalgrain.recordings.epochs import Epochs
from causalgrain.recordings.readers import read_recording
from causalgrain.recordings.recording import Recording
from malformed import changed, put, saved, stamps
from malformed_files import FILES
from malformed_times import INPUTS
from matlab_files import cell, vector

CASES = {f"{kind}: {name}": case for kind, cases in {**FILES, **INPUTS}.items() for name, case in cases.items()}
FORMATS = {
    "npz",
    "npy",
    "csv",
    "HDF5",
    "MATLAB 5",
    "MATLAB 7.3",
    "NWB",
    "CaImAn",
    "suite2p",
    "phy",
    "CellExplorer",
    "pairs",
}


@pytest.mark.parametrize("name", CASES)
def test_every_input_is_answered(name, tmp_path):
    call = CASES[name].make(tmp_path)
    with pytest.raises(InputError) as caught:
        call()
    message = str(caught.value)
    assert CASES[name].place in message
    assert CASES[name].remedy in caught.value.remedy
    assert "\n" not in message
    assert len(message) < 1000


def test_every_format_is_damaged_somewhere():
    assert len(CASES) >= 100
    assert {name.partition(",")[0] for name in FILES["truncated"]} >= FORMATS


# -- doubtful, and told as a warning or a note -----------------------------------------------------------------------


DOUBLED = [
    saved("x.mat", {"s": cell([vector(0.1, 0.1, 0.2), vector(0.3, 0.3)])}),
    saved("x.npz", {"a": np.array([0.1, 0.1]), "b": np.array([0.3, 0.3])}, kind="spikes"),
    changed(small.nwb_units, put("units/spike_times", [0.1, 0.1, 0.9, 0.2, 0.2])),
    changed(small.phy, put("spike_times.npy", np.array([100, 150, 100, 150, 400]))),
]


@pytest.mark.parametrize("make", DOUBLED)
def test_spikes_that_stand_twice_are_kept_and_told(make, tmp_path):
    rec = make(tmp_path)()
    assert any("of their unit, which are kept: 2" in note for note in rec.notes)
    assert rec.spikes[0][0] == rec.spikes[0][1]


def test_nothing_is_told_of_spikes_that_stand_once(tmp_path):
    rec = saved("x.mat", {"s": cell([vector(0.1, 0.2), vector(0.1, 0.2)])})(tmp_path)()  # of two units
    assert not any("kept" in note for note in rec.notes)


def test_silent_units_are_counted(tmp_path):
    rec = saved("x.npz", {"a": np.array([0.1]), "b": np.zeros(0)}, kind="spikes")(tmp_path)()
    assert rec.labels == ("a",)
    assert "1 of 2 units have no spike and were left out" in rec.notes


def test_epochs_partly_outside_are_cut_and_told():
    epochs = Epochs([-1.0, 0.5], [0.5, 9.0], ["wake", "sleep"])
    rec = Recording(small.VALUES, 10.0, epochs=epochs)
    assert rec.notes == (
        "epoch 0 (wake, -1 to 0.5 s): only 0.5 s were recorded",
        "epoch 1 (sleep, 0.5 to 9 s): only 0.7 s were recorded",
    )
    assert rec.in_condition("sleep").segments.tolist() == [[5, 12]]


def _unwritten_segments(folder):
    return saved("x.npz", {"v": small.VALUES, "rate": 10.0, "segments": np.array(["first", "last"])})(folder)


def _short_raw_file(folder):
    path, options = small.phy(folder)
    (folder / "raw.dat").write_bytes(bytes(4 * 50))
    return lambda: read_recording(path, **options)


TIMES = np.arange(12) / 10
WARNED = {
    "rates, npz": (saved("x.npz", {"v": small.VALUES, "rate": 10.0}, rate=20.0), "'rate' in the file says 10 Hz; 20 Hz is used"),
    "rates, csv": (saved("x.csv", "t,a\n0,1\n1,5\n2,3\n", rate=2.0), "the column 't' says 1 Hz; 2 Hz is used"),
    "rates, HDF5": (changed(small.hdf5, put("gcamp/rate", 20.0)), "the times in 'gcamp/times' are 0.1 s apart"),
    "rates, NWB": (changed(small.nwb_series, rate=30.0), "`rate` is 30 Hz, but the file says 10 Hz; 30 Hz is used"),
    "rates, CaImAn": (changed(small.caiman, rate=30.0), "params/data/fr says 10 Hz; 30 Hz is used"),
    "rates, suite2p": (changed(small.suite2p, rate=30.0), "'fs' in ops.npy says 10 Hz; 30 Hz is used"),
    "rates, phy": (changed(small.phy, rate=500.0), "sample_rate in params.py says 1000 Hz; 500 Hz is used"),
    "a gap": (changed(small.hdf5, put("gcamp/times", np.append(TIMES[:-1], 9.0))), "1 gap, the first after sample 10"),
    "samples and units": (saved("x.npy", small.VALUES.T, rate=1.0), "say orientation='unit x time'"),
    "whole seconds": (saved("x.mat", {"s": cell([np.arange(30.0)])}), "They look like samples or ms: give rate=30000"),
    "too fast": (saved("x.mat", {"s": cell([np.linspace(0.0, 0.01, 25)])}), "faster than neurons do"),
    "segments in words": (_unwritten_segments, "x.npz, 'segments': text is taken for no segments. Give segments="),
    "a short raw file": (_short_raw_file, "holds 50 samples, but spikes reach up to sample 400.*Give duration="),
}  # fmt: skip


@pytest.mark.parametrize("name", WARNED)
def test_doubtful_inputs_are_read_with_a_warning(name, tmp_path):
    make, told = WARNED[name]
    call = make(tmp_path)
    with pytest.warns(CausalGrainWarning, match=told):
        assert isinstance(call(), Recording)


def test_a_gap_in_the_timestamps_parts_segments(tmp_path):
    rec = changed(small.nwb_series, *stamps(*TIMES[:6], *(TIMES[6:] + 5.0)))(tmp_path)()
    assert rec.segments.tolist() == [[0, 6], [6, 12]]
    assert "1 gap in the timestamps: 2 segments" in rec.notes


def test_what_is_known_of_units_is_left_out_where_it_is_damaged(tmp_path):
    for part, value in (("indices", [0, 1, 99]), ("indptr", [0, 2, 1, 3]), ("data", [1.0, np.nan])):
        folder = tmp_path / part
        folder.mkdir()
        rec = changed(small.caiman, put(f"estimates/A/{part}", value))(folder)()
        assert "position" not in rec.properties
        assert any(note.startswith("no positions") for note in rec.notes)
