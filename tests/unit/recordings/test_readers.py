"""What holds for every format: orientation, kind, rate, units; and that no file makes a traceback."""

import subprocess
import sys

import h5py
import numpy as np
import pytest
import scipy.io
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from causalgrain._errors import CausalGrainError, CausalGrainWarning, FileFormatError, InputError
from causalgrain.recordings.readers import read_recording
from causalgrain.recordings.recording import Recording

VALUES = np.random.default_rng(4).normal(size=(20, 3))


def write(path, values):
    """Write one array in the format that the ending says."""
    if path.suffix == ".npz":
        np.savez(path, values=values)
    elif path.suffix == ".npy":
        np.save(path, values)
    elif path.suffix == ".csv":
        np.savetxt(path, values, delimiter=",", fmt="%.17g")
    elif path.suffix == ".h5":
        with h5py.File(path, "w") as file:
            file["values"] = values
    else:
        scipy.io.savemat(path, {"values": values})
    return path


@pytest.fixture(params=[".npz", ".npy", ".csv", ".h5", ".mat"])
def path(request, tmp_path):
    return tmp_path / f"x{request.param}"


def test_every_format_gives_the_same(path):
    rec = read_recording(write(path, VALUES), rate=2.0)
    np.testing.assert_array_equal(rec.values, VALUES)
    assert rec.kind == "traces"
    assert rec.labels == ("u0", "u1", "u2")


def test_orientation_is_never_guessed(path):
    write(path, VALUES.T)
    with pytest.warns(CausalGrainWarning, match="3 rows and 20 columns are read as 3 samples of 20 units"):
        rec = read_recording(path, rate=2.0)
    assert rec.values.shape == (3, 20)
    assert read_recording(path, rate=2.0, orientation="time x unit").values.shape == (3, 20)
    turned = read_recording(path, rate=2.0, orientation="unit x time")
    np.testing.assert_array_equal(turned.values, VALUES)


def test_missing_values_and_the_way_around_them(path):
    values = VALUES.copy()
    values[7, 1] = np.nan
    write(path, values)
    with pytest.raises(InputError, match=r"unit 'u1' at 3.5 s \(sample 7\)") as caught:
        read_recording(path, rate=2.0)
    assert "units=" in caught.value.remedy
    assert read_recording(path, rate=2.0, units=[2, 0]).labels == ("u2", "u0")
    np.testing.assert_array_equal(read_recording(path, rate=2.0, units=[2, 0]).values, VALUES[:, [2, 0]])


def test_rate_is_needed(path):
    with pytest.raises(InputError, match=r"rate=1 / 0.6"):
        read_recording(write(path, VALUES))


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([[0, 1], [2, 0], [1, 0]], "counts"),
        ([[5, 1], [2, 4], [1, 3]], "traces"),  # whole, but never 0: raw fluorescence
        ([[0, 1.5], [2, 0], [1, 0]], "traces"),
        ([[0, -1], [2, 0], [1, 0]], "traces"),
    ],
)
def test_kind_is_told(path, values, kind):
    rec = read_recording(write(path, np.array(values, dtype=float)), rate=1.0)
    assert rec.kind == kind
    assert any("kind counts" in note for note in rec.notes) == (kind == "counts")
    assert read_recording(path, rate=1.0, kind="traces").kind == "traces"


def test_labels_segments_and_start_from_the_call(path):
    rec = read_recording(write(path, VALUES), rate=2.0, labels=["a", "b", "c"], segments=[[0, 5], [5, 20]], start=3.0)
    assert rec.labels == ("a", "b", "c")
    assert rec.segments.tolist() == [[0, 5], [5, 20]]
    assert rec.times[0] == 3.0
    with pytest.raises(InputError, match="3 names"):
        read_recording(path, rate=2.0, labels=["a", "b"])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kind": "spike"}, "Did you mean 'spikes'"),
        ({"orientation": "time by unit"}, "Did you mean 'time x unit'"),
        ({"rate": -2.0}, "a number > 0"),
        ({"rate": 2.0, "duration": 3.0}, "for spike times only"),
        ({"rate": 2.0, "units": "u9"}, "units of the recording"),
        ({"kind": "spikes"}, "two columns|no array"),
    ],
)
def test_refuses_settings(path, settings, message):
    with pytest.raises(CausalGrainError, match=message):
        read_recording(write(path, VALUES), **settings)


def test_rate_that_contradicts_the_file(tmp_path):
    np.savez(tmp_path / "x.npz", values=VALUES, rate=4.0)
    with pytest.warns(CausalGrainWarning, match=r"`rate` is 2 Hz, but 'rate' in the file says 4 Hz; 2 Hz is used"):
        assert read_recording(tmp_path / "x.npz", rate=2.0).rate == 2.0
    np.savez(tmp_path / "x.npz", values=VALUES, rate=0.0)
    with pytest.raises(InputError, match="a number > 0"):
        read_recording(tmp_path / "x.npz")


def test_no_such_file(tmp_path):
    write(tmp_path / "worm.npz", VALUES)
    with pytest.raises(FileFormatError, match=r"Did you mean worm.npz"):
        read_recording(tmp_path / "wrom.npz")


def test_unknown_folders_say_what_they_hold(tmp_path):
    with pytest.raises(FileFormatError, match="a folder that holds nothing"):
        read_recording(tmp_path)
    (tmp_path / "movie.tif").write_bytes(b"")
    (tmp_path / "raw").mkdir()
    with pytest.raises(
        FileFormatError,
        match=r"a known layout \(.*suite2p folder, kilosort/phy folder.*got a folder that holds raw/, movie.tif\. Name one file",
    ):
        read_recording(tmp_path)
    for number in range(20):
        (tmp_path / f"x{number:02d}.npy").write_bytes(b"")
    with pytest.raises(FileFormatError, match=r"raw/, movie.tif, x00.npy, .*, x09.npy, and 10 more"):
        read_recording(tmp_path)


def test_unknown_ending(tmp_path):
    (tmp_path / "x.abf").write_bytes(b"")
    with pytest.raises(FileFormatError, match=r"\.npz, \.npy, \.csv.*suite2p folder.*got '\.abf'.*numpy.savez"):
        read_recording(tmp_path / "x.abf")


# -- clocks ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["time", "t", "Times", "timestamps", "timestamp_camera"])
def test_times_beside_the_data(tmp_path, name):
    times = {name: 50.0 + np.arange(20) * 0.5}
    np.savez(tmp_path / "x.npz", values=VALUES, **times)
    assert read_recording(tmp_path / "x.npz", rate=2.0).rate == 2.0
    with pytest.warns(
        CausalGrainWarning, match=rf"the rate is 4 Hz, a sample every 0.25 s.*{name!r}.*0.5 s apart.*4 Hz is used"
    ):
        assert read_recording(tmp_path / "x.npz", rate=4.0).rate == 4.0
    with pytest.warns(CausalGrainWarning, match="the rate is 2.04 Hz"):  # 2 %
        read_recording(tmp_path / "x.npz", rate=2.04)


@pytest.mark.parametrize(
    "times",
    [
        {"time": np.arange(19) * 0.5},  # not one a sample
        {"time": np.zeros(20)},
        {"time": np.where(np.arange(20) == 3, np.nan, np.arange(20))},
        {"tide": np.arange(20) * 0.5},
        {"time": np.arange(40).reshape(20, 2) * 0.5},
        {"time": np.array(["a"] * 20)},
    ],
)
def test_what_are_no_times_of_the_samples(tmp_path, times):
    np.savez(tmp_path / "x.npz", values=VALUES, **times)
    assert read_recording(tmp_path / "x.npz", rate=4.0, array="values").rate == 4.0


def test_gaps_in_the_times(tmp_path):
    times = np.arange(20) * 0.5
    times[13:] += 7.0
    np.savez(tmp_path / "x.npz", values=VALUES, time=times)
    with pytest.warns(
        CausalGrainWarning, match=r"'time' have 1 gap, the first after sample 12 \(7.5 where steps are 0.5\)"
    ):
        read_recording(tmp_path / "x.npz", rate=2.0)


def test_warnings_point_at_the_call(tmp_path):
    np.savez(tmp_path / "x.npz", values=VALUES, time=np.arange(20) * 0.5)
    with pytest.warns(CausalGrainWarning) as caught:
        read_recording(tmp_path / "x.npz", rate=4.0)
    assert [warning.filename for warning in caught] == [__file__]


SAMPLES = np.cumsum(np.random.default_rng(8).integers(100, 20_000, size=200))  # at 20 kHz, about 2 Hz


def cells(path, *trains):
    held = np.empty((1, len(trains)), dtype=object)
    for place, train in enumerate(trains):
        held[0, place] = np.asarray(train, float)[:, None]
    scipy.io.savemat(path, {"times": held})
    return path


def test_samples_are_not_taken_for_seconds(tmp_path):
    path = cells(tmp_path / "x.mat", SAMPLES, SAMPLES[:50])
    with pytest.raises(
        InputError, match=r"spike times in s, got 250 whole numbers up to .*rate=30000.*rate=1000 for ms"
    ):
        read_recording(path)
    rec = read_recording(path, rate=20_000.0)
    np.testing.assert_array_equal(rec.spikes[0], SAMPLES / 20_000.0)
    assert "times taken as samples at 20000 Hz" in rec.notes
    assert read_recording(path, rate=1.0).spikes[0][0] == SAMPLES[0]  # if they say so
    pairs = np.column_stack([SAMPLES, np.ones(200)])
    np.savez(tmp_path / "x.npz", pairs=pairs)
    with pytest.raises(InputError, match="200 whole numbers"):
        read_recording(tmp_path / "x.npz", kind="spikes")
    assert read_recording(tmp_path / "x.npz", kind="spikes", rate=20_000.0).spikes[0][3] == SAMPLES[3] / 20_000.0


def test_whole_seconds_are_doubted(tmp_path):
    path = cells(tmp_path / "x.mat", np.arange(1, 181, 6), [3])
    with pytest.warns(CausalGrainWarning, match=r"31 whole numbers up to 175, .* the busiest unit fires at 0.172 Hz"):
        assert read_recording(path).spikes[0][0] == 1.0


@pytest.mark.parametrize(
    "trains", [[SAMPLES[:19]], [np.append(SAMPLES, SAMPLES[-1] + 0.5)], [SAMPLES[:10], [7.0, 9.0]]]
)
def test_few_or_broken_numbers_are_not_doubted(tmp_path, trains):
    assert len(read_recording(cells(tmp_path / "x.mat", *trains)).spikes[0]) == len(trains[0])


def test_rates_that_no_neuron_reaches(tmp_path):
    hours = np.linspace(0.0, 0.1, 400)[1:-1]
    path = cells(tmp_path / "x.mat", hours, hours, [0.1])
    with pytest.warns(CausalGrainWarning, match=r"the median unit fires at 3980 Hz.*other units than s"):
        read_recording(path)
    path = cells(tmp_path / "x.mat", hours, [0.01], [0.1])  # one unit may be noise
    assert read_recording(path).n_units == 3


def test_a_rate_for_spikes_must_be_one(tmp_path):
    with pytest.raises(InputError, match="a number > 0"):
        read_recording(cells(tmp_path / "x.mat", SAMPLES), rate=0.0)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(junk=st.binary(max_size=400), data=st.data())
def test_damaged_files_give_a_message_or_a_recording(path, junk, data):
    """Overwrite a part of a good file, cut it, or write junk alone: never another exception."""
    good = write(path, VALUES).read_bytes()
    place = data.draw(st.integers(0, len(good)))
    end = data.draw(st.sampled_from([len(good), place, place + len(junk), 0]))
    path.write_bytes(good[:place] + junk + good[end:] if end else junk)
    try:
        outcome = read_recording(path, rate=2.0, orientation="time x unit")
    except CausalGrainError as error:
        outcome = error
    assert isinstance(outcome, Recording) or "expected" in str(outcome)


def test_imports_are_lazy():
    heavy = ("scipy", "h5py", "pandas", "xarray")
    code = f"import sys, causalgrain.recordings.readers; print([m for m in {heavy} if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
