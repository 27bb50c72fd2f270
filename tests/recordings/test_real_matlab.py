"""MATLAB files that nobody here made: odour trials, typed cells, a seizure, run and rest.

They are found through CAUSALGRAIN_DATA or ../shared/data beside the repository, and never copied.
"""

import numpy as np
import pytest
import scipy.io

from causalgrain._errors import FileFormatError
from causalgrain.recordings.cell_explorer import read_unit_table
from causalgrain.recordings.epochs import Epochs
from causalgrain.recordings.matlab import contents
from causalgrain.recordings.readers import read_recording
from causalgrain.recordings.trial_units import trial_epochs

# -- odour trials ------------------------------------------------------------------------------------------------

TRIAL_FILES = {  # experiments, units of the largest, stimuli
    "aPCx_15.mat": ("espe(6)", 30, 15),
    "aPCx_AA.mat": ("espe(5)", 44, 10),
    "plCoA_AA.mat": ("espe(12)", 56, 10),
}


@pytest.mark.parametrize("name", TRIAL_FILES)
def test_odour_trials(data_folder, name):
    experiment, units, stimuli = TRIAL_FILES[name]
    rec = read_recording(data_folder / "mouse_olfactory_units" / name)
    assert rec.source == f"{name}, {experiment}"
    assert rec.n_units == units
    np.testing.assert_allclose(rec.segments[:, 0], np.arange(stimuli * 10) * 10.0)
    assert len(rec.in_condition("odour").segments) == stimuli * 10
    assert rec.properties["waveform"].shape == (units, 8, 41)
    # Along a channel the waveform is smooth, across channels it jumps: the 328 numbers lie channel after channel.
    waves = rec.properties["waveform"]
    wrong = waves.reshape(units, 41, 8).transpose(0, 2, 1)
    assert np.abs(np.diff(waves)).mean() < 0.3 * np.abs(np.diff(wrong)).mean()


def test_spikes_are_where_the_file_has_them(data_folder):
    path = data_folder / "mouse_olfactory_units" / "plCoA_AA.mat"
    rec = read_recording(path, array="espe(3)")
    file = scipy.io.loadmat(path)["espe"]
    for label, shank, unit in (("4-2", 3, 1), ("1-1", 0, 0)):
        odours = file[0, 2]["shank"][0, shank]["SUA"][0, 0]["cell"][0, unit]["odor"]
        spikes = rec.select([label]).spikes[0]
        for odour, trial in ((0, 0), (4, 9), (9, 3)):
            row = odours[0, odour]["spikeMatrix"].toarray()[trial]
            start = (odour * 10 + trial) * 10.0
            inside = spikes[(spikes >= start) & (spikes < start + 10.0)]
            np.testing.assert_allclose(inside - start, (np.flatnonzero(row) + 0.5) / 1000, atol=1e-9)


def test_rates_rise_after_the_odour_reaches_the_nose(data_folder):
    """What the windows rest on: nothing happens before 3.5 s, rates are highest near 4.1 s and back at 6.5 s."""
    counts = np.zeros(20)
    for name in TRIAL_FILES:
        rec = read_recording(data_folder / "mouse_olfactory_units" / name)
        phases = np.concatenate(rec.spikes) % 10.0
        counts += np.histogram(phases, np.arange(0, 10.1, 0.5))[0] / len(rec.segments)
    before = counts[:6]  # 0 to 3 s
    noise = before.std(ddof=1)
    assert abs(counts[6] - before.mean()) < 4 * noise  # 3 to 3.5 s: the valve is open, nothing is smelt
    assert counts[8] > before.mean() + 5 * noise  # 4 to 4.5 s
    assert counts.argmax() == 8
    assert (counts[13:] < before.mean() + 2 * noise).all()  # from 6.5 s on


def test_stimuli_as_conditions(data_folder):
    rec = read_recording(data_folder / "mouse_olfactory_units" / "aPCx_15.mat")
    epochs = trial_epochs(rec, {"odour": (4, 6)}, groups=[str(i // 10 + 1) for i in range(150)])
    assert rec.with_epochs(epochs).in_condition("odour 15").segments[0].tolist() == [1404.0, 1406.0]


# -- cells of known type -----------------------------------------------------------------------------------------

CELLS = {  # cells (once each), ground truth
    "20160225": (2, "PV"),
    "20160307": (2, "PV"),
    "20170124": (2, "PV"),
    "YMV01_170818": (1, "PV + VGAT"),
    "YMV08_170922": (3, "VGAT"),
    "YMV12_171211": (4, "PV"),
    "d533101": (1, "Juxta"),
    "d561102": (1, "Juxta"),
    "d561103": (1, "Juxta"),
    "d611107": (1, "Juxta"),
    "d611108": (1, "Juxta"),
    "d681101": (1, "Juxta"),
    "d711101": (1, "Juxta"),
    "e15_4m2_191212": (6, "Pyramidal"),
    "mouse1_180414": (1, "Axo_Axonic"),
    "mouse1_180501b": (1, "Axo_Axonic"),
    "mouse3_180627": (3, "Axo_Axonic"),
    "mouse3_180628": (4, "Axo_Axonic"),
    "mouse4_181114b": (1, "Axo_Axonic"),
    "mouse5_181116": (1, "Axo_Axonic"),
    "session_715093703": (2, "SST"),
    "session_751348571": (1, "VIP"),
    "session_758798717": (1, "SST"),
    "session_835479236": (1, "VIP"),
}
WITHOUT_SPIKES = "e15_4m2_191212"
FAINT = ("d681101", "d711101")  # a few uV, and their trough isn't at 0


def typed(folder, name):
    return folder / "cell_type_ground_truth" / f"{name}.cell_metrics.cellinfo.mat"


def test_all_files_are_listed_here(data_folder):
    found = (data_folder / "cell_type_ground_truth").glob("*.cellinfo.mat")
    assert {path.name.partition(".")[0] for path in found} == set(CELLS)


@pytest.mark.parametrize("name", CELLS)
def test_typed_cells(data_folder, name):
    count, truth = CELLS[name]
    table = read_unit_table(typed(data_folder, name))
    assert len(table) == count
    assert set(table["ground_truth"]) == {truth}
    assert table["cell_type"].isin(["Pyramidal Cell", "Narrow Interneuron", "Wide Interneuron"]).all()
    for wave, axis in zip(table["waveform"], table["waveform_time"], strict=True):
        assert len(wave) == len(axis)
        assert abs(axis[np.argmin(wave)]) < (0.6 if name in FAINT else 0.1)  # ms: 0 is at the trough
    assert table["trough_to_peak"].between(0.1, 1.0).all()
    if name == WITHOUT_SPIKES:
        with pytest.raises(FileFormatError, match="properties of 6 cells alone"):
            read_recording(typed(data_folder, name))
        return
    rec = read_recording(typed(data_folder, name))
    assert rec.labels == tuple(table.index)
    assert [len(train) for train in rec.spikes] == table["spike_count"].tolist()
    # Stimulated stretches are left out of the rate; but a wrong unit of time would show.
    for train, rate in zip(rec.spikes, table["firing_rate"], strict=True):
        assert len(train) / np.ptp(train) == pytest.approx(rate, rel=0.3)
    assert rec.properties["waveform"].shape[0] == count
    assert rec.properties["position"].shape == (count, 2)
    assert (rec.properties["ground_truth"] == truth).all()


def test_sleep_states(data_folder):
    rec = read_recording(typed(data_folder, "YMV01_170818"))
    assert rec.conditions == ("WAKE", "MA", "NREM", "REM")
    assert rec.epochs.of("REM").tolist() == [[3607.0, 3669.0], [4525.0, 4568.0]]
    assert rec.notes[0] == "c1: listed more than once in the file, read once"


# -- the others --------------------------------------------------------------------------------------------------


def test_seizure(data_folder):
    path = data_folder / "human_seizure_lfp" / "example_seizure_waves.mat"
    rec = read_recording(path, array="data")
    assert (rec.n_units, rec.n_samples, rec.kind) == (96, 5000, "traces")
    assert rec.rate == pytest.approx(500.0056, abs=1e-3)
    assert [str(entry) for entry in contents(path).entries] == [
        *("data (5000 x 96, float64)", "fs (1 x 1, float64)", "position (96 x 2, float64)")
    ]


def test_run_and_rest(data_folder):
    """The file has no epochs: they are given."""
    path = data_folder / "hippocampus_run_rest" / "wmaze_spikes.mat"
    assert read_recording(path).epochs is None
    epochs = Epochs([90, 1260, 2215, 3420], [1160, 2180, 3360, 4370], ["run", "rest", "run", "rest"])
    rec = read_recording(path, epochs=epochs)

    def rate(unit, condition):
        train = rec.select([unit]).spikes[0]
        spans = rec.epochs.of(condition)
        return sum(((train >= a) & (train < b)).sum() for a, b in spans) / (spans[:, 1] - spans[:, 0]).sum()

    assert rate("10-22", "run") > 5 * rate("10-22", "rest")  # a place cell of the maze


def test_units_for_correlograms(data_folder):
    rec = read_recording(data_folder / "monosynaptic_units" / "all_unit.mat")
    assert rec.n_units == 16
    assert rec.duration == pytest.approx(998, abs=2)
