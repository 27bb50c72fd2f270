"""Objects of other libraries: times, units and clocks come over unchanged. The libraries are the real ones."""

import pickle
import warnings

import numpy as np
import pandas
import pytest
import xarray

from causalgrain._errors import CausalGrainWarning, InputError
from causalgrain.recordings.epochs import Epochs
from causalgrain.recordings.objects import as_epochs
from causalgrain.recordings.objects_times import even_stretches, on_one_clock
from causalgrain.recordings.readers import read_recording
from causalgrain.recordings.recording import Recording

VALUES = np.random.default_rng(5).normal(size=(10, 3))


# -- SpikeInterface ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def si():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # at import
        import spikeinterface.core
    return spikeinterface.core


def sorting_of(si, *segments, rate=1000.0, ids=None):
    """A sorting from one {unit: samples} a segment."""
    ids = list(segments[0]) if ids is None else ids
    units = [{u: np.asarray(part[u], dtype=np.int64) for u in ids} for part in segments]
    return si.NumpySorting.from_unit_dict(units, sampling_frequency=rate)


def traces_of(si, *segments, rate=1000.0, starts=None):
    tables = [np.asarray(table, dtype=np.float32) for table in segments]
    return si.NumpyRecording(tables, sampling_frequency=rate, t_starts=starts)


def test_sorting(si):
    sorting = sorting_of(si, {"a": [100, 2500], "b": [7]})
    sorting.set_property("cell_type", np.array(["pyr", "int"]))
    rec = read_recording(sorting)
    assert rec.labels == ("a", "b")
    assert [t.tolist() for t in rec.spikes] == [[0.1, 2.5], [0.007]]
    assert rec.segments.tolist() == [[0.0, 2.5]]
    assert rec.properties["cell_type"].tolist() == ["pyr", "int"]
    assert rec.notes == ("taken to last until the last spike: no recording is registered",)
    assert read_recording(sorting, duration=4.0, start=-1.0).segments.tolist() == [[-1.0, 3.0]]
    assert read_recording(sorting, units=["b"]).properties["cell_type"].tolist() == ["int"]


def test_sorting_with_a_recording(si):
    sorting = sorting_of(si, {3: [100], 8: [7, 1999]})
    sorting.register_recording(traces_of(si, np.zeros((2000, 2)), starts=[5.0]))
    rec = read_recording(sorting)
    assert rec.labels == ("u3", "u8")
    np.testing.assert_allclose(rec.spikes[1], [5.007, 6.999])
    np.testing.assert_allclose(rec.segments, [[5.0, 7.0]])
    assert rec.notes == ()


def test_sorting_of_several_segments(si):
    """Without a clock in common they are laid end to end, each as long as its recording."""
    sorting = sorting_of(si, {"a": [100], "b": [20]}, {"a": [30, 50], "b": []})
    recording = traces_of(si, np.zeros((500, 1)), np.zeros((300, 1)))
    sorting.register_recording(recording)
    rec = read_recording(sorting)
    np.testing.assert_allclose(rec.segments, [[0.0, 0.5], [0.5, 0.8]])
    np.testing.assert_allclose(rec.spikes[0], [0.1, 0.53, 0.55])
    assert rec.notes == ("2 segments without a clock in common: laid one after the other, from 0 s",)
    with pytest.raises(InputError, match="duration: expected none for 2 segments"):
        read_recording(sorting, duration=3.0)


def test_segments_on_one_clock_keep_their_times(si):
    sorting = sorting_of(si, {"a": [100]}, {"a": [30]})
    sorting.register_recording(traces_of(si, np.zeros((500, 1)), np.zeros((300, 1)), starts=[2.0, 60.0]))
    rec = read_recording(sorting)
    np.testing.assert_allclose(rec.segments, [[2.0, 2.5], [60.0, 60.3]])
    np.testing.assert_allclose(rec.spikes[0], [2.1, 60.03])


def test_a_silent_sorting(si):
    with pytest.raises(InputError, match="at least one spike"):
        read_recording(sorting_of(si, {"a": []}))
    with pytest.warns(CausalGrainWarning, match="2 segments of unknown length"):
        rec = read_recording(sorting_of(si, {"a": []}, {"a": [5]}))
    assert rec.segments.tolist() == [[0.0, 0.005]]


def test_sorting_options(si):
    sorting = sorting_of(si, {"a": [100]})
    with pytest.raises(InputError, match="no rate for a sorting of SpikeInterface"):
        read_recording(sorting, rate=1000.0)
    with pytest.raises(InputError, match="bin_recording"):
        read_recording(sorting, kind="traces")


@pytest.fixture(scope="module")
def truth(si):
    """Recording and sorting with known units, and an analyzer with templates and locations."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        recording, sorting = si.generate_ground_truth_recording(
            durations=[2.0, 1.0], num_channels=4, num_units=3, seed=0, noise_kwargs={"noise_levels": 0.5}
        )
        analyzer = si.create_sorting_analyzer(sorting, recording, sparse=False, verbose=False)
        analyzer.compute(["random_spikes", "templates"], progress_bar=False)
    return recording, sorting, analyzer


def test_analyzer(si, truth):
    recording, sorting, analyzer = truth
    rec = read_recording(analyzer)
    rate = recording.sampling_frequency
    np.testing.assert_allclose(rec.segments, [[0.0, 2.0], [2.0, 3.0]])
    for u, unit in enumerate(sorting.unit_ids):
        parts = [sorting.get_unit_spike_train(unit, segment_index=s) for s in range(2)]
        np.testing.assert_allclose(rec.spikes[u], np.concatenate([parts[0] / rate, parts[1] / rate + 2.0]))
    templates = analyzer.get_extension("templates").get_data()
    np.testing.assert_array_equal(rec.properties["waveform"][2, 1], templates[2, :, 1])
    np.testing.assert_allclose(rec.properties["position"], sorting.get_property("gt_unit_locations"))
    assert any("4 channels of 75 samples at 25000 Hz" in note for note in rec.notes)
    with pytest.warns(CausalGrainWarning, match="2 segments of unknown length"):
        alone = read_recording(sorting)  # its second segment begins at the last spike of the first
    last = max(sorting.get_unit_spike_train(u, segment_index=0)[-1] for u in sorting.unit_ids) / rate
    np.testing.assert_allclose(alone.segments[:, 0], [0.0, last])


def test_analyzer_with_locations(si, truth):
    analyzer = truth[2]

    class Located:
        def get_data(self):
            return np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])

    class Wrapped:
        """The analyzer, with locations without computing them."""

        def __getattr__(self, name):
            return getattr(analyzer, name)

        def get_extension(self, name):
            return Located() if name == "unit_locations" else None

    rec = read_recording(Wrapped())
    np.testing.assert_array_equal(rec.properties["position"], [[1, 2], [3, 4], [5, 6]])
    assert "waveform" not in rec.properties


def test_traces(si, truth):
    recording = truth[0]
    rec = read_recording(recording, lazy=True)
    assert rec.on_disk is not None
    assert rec.labels == ("ch0", "ch1", "ch2", "ch3")
    assert rec.rate == 25000.0
    assert rec.segments.tolist() == [[0, 50000], [50000, 75000]]
    np.testing.assert_allclose(rec.onsets, [0.0, 2.0])
    np.testing.assert_allclose(rec.properties["position"], recording.get_channel_locations())
    # A stretch across the edge of two segments, and some channels in another order.
    expected = np.concatenate(
        [
            recording.get_traces(segment_index=0, start_frame=49_998, end_frame=50_000, return_in_uV=True),
            recording.get_traces(segment_index=1, start_frame=0, end_frame=3, return_in_uV=True),
        ]
    )
    np.testing.assert_array_equal(rec.on_disk.read(49_998, 50_003), expected)
    np.testing.assert_array_equal(rec.select([3, 1]).on_disk.read(49_998, 50_003), expected[:, [3, 1]])
    small = read_recording(recording)
    assert small.on_disk is None
    np.testing.assert_array_equal(small.values[49_998:50_003], expected)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(rec)).on_disk.read(0, 5), rec.on_disk.read(0, 5))


def test_gains_make_uv(si):
    table = np.arange(12, dtype=np.int16).reshape(6, 2)
    recording = si.NumpyRecording([table], sampling_frequency=100.0)
    assert "traces as stored: the recording has no gains to uV" in read_recording(recording).notes
    np.testing.assert_array_equal(read_recording(recording).values, table)
    recording.set_channel_gains([0.5, 2.0])
    recording.set_channel_offsets([10.0, 0.0])
    rec = read_recording(recording)
    np.testing.assert_array_equal(rec.values, table * [0.5, 2.0] + [10.0, 0.0])
    assert "traces in uV" in rec.notes
    assert "position" not in rec.properties


def test_sample_times_that_drift_from_the_rate(si):
    recording = si.NumpyRecording([np.zeros((100, 1), dtype=np.float32)], sampling_frequency=100.0)
    recording.set_times(np.arange(100) * 0.011, segment_index=0)
    with pytest.warns(CausalGrainWarning, match="end 0.099 s away from what 100 Hz gives"):
        read_recording(recording)


# -- pynapple ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def nap():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # at import
        import pynapple
    return pynapple


def test_group_of_spike_times(nap):
    support = nap.IntervalSet([0.0, 20.0], [10.0, 30.0])
    group = nap.TsGroup(
        {3: nap.Ts([1.0, 2.0, 25.0], time_support=support), 7: nap.Ts([5.0], time_support=support)},
        time_support=support,
        metadata={"cell_type": ["pyr", "int"], "depth": [1.0, 2.0]},
    )
    rec = read_recording(group)
    assert rec.labels == ("u3", "u7")
    assert [t.tolist() for t in rec.spikes] == [[1.0, 2.0, 25.0], [5.0]]
    assert rec.segments.tolist() == [[0.0, 10.0], [20.0, 30.0]]
    assert rec.properties["cell_type"].tolist() == ["pyr", "int"]
    assert rec.properties["depth"].tolist() == [1.0, 2.0]
    assert set(rec.properties) == {"cell_type", "depth"}  # not the rate, which says nothing new
    assert rec.notes == ("recorded from 0 to 30 s, the time support",)
    assert read_recording(group, duration=50.0).segments.tolist() == [[0.0, 50.0]]
    assert read_recording(group, start=-5.0).segments.tolist() == [[-5.0, 30.0]]
    assert read_recording(group, segments=[[1.0, 6.0]], units="u7").segments.tolist() == [[1.0, 6.0]]


def test_one_train(nap):
    rec = read_recording(nap.Ts(np.array([1.0, 2.0, 4.0])))
    assert rec.labels == ("u0",)
    assert rec.segments.tolist() == [[1.0, 4.0]]


def test_frame_of_samples(nap):
    frame = nap.TsdFrame(
        t=2.0 + np.arange(10) * 0.1, d=VALUES, columns=["a", "b", "c"], metadata={"region": ["CA1", "CA3", "DG"]}
    )
    rec = read_recording(frame)
    np.testing.assert_array_equal(rec.values, VALUES)
    assert rec.rate == 10.0
    assert rec.onsets.tolist() == [2.0]
    assert rec.labels == ("a", "b", "c")
    assert rec.properties["region"].tolist() == ["CA1", "CA3", "DG"]
    assert rec.kind == "traces"
    assert read_recording(nap.Tsd(t=np.arange(4) * 0.5, d=np.array([0, 1, 0, 2]))).kind == "counts"


def test_gaps_and_time_support_are_edges(nap):
    times = np.concatenate([np.arange(4) * 0.1, 5 + np.arange(6) * 0.1])
    rec = read_recording(nap.TsdFrame(t=times, d=VALUES))
    assert rec.segments.tolist() == [[0, 4], [4, 10]]
    np.testing.assert_allclose(rec.onsets, [0.0, 5.0])
    assert rec.labels == ("u0", "u1", "u2")
    assert any("1 gap in the sample times, after 0.3 s" in note for note in rec.notes)
    # The time support parts samples that follow each other without a gap.
    support = nap.IntervalSet([0.0, 0.45], [0.41, 0.9])
    rec = read_recording(nap.TsdFrame(t=np.arange(10) * 0.1, d=VALUES, time_support=support))
    assert rec.segments.tolist() == [[0, 5], [5, 10]]
    assert rec.rate == 10.0


def test_uneven_samples(nap):
    times = np.cumsum([0.0, 0.1, 0.3, 0.1, 0.2, 0.1, 0.4, 0.1, 0.1, 0.5])
    with pytest.raises(InputError, match=r"TsdFrame, sample 2: expected even sample times.*from 0.1 to 0.4 s"):
        read_recording(nap.TsdFrame(t=times, d=VALUES))
    with pytest.raises(InputError, match="at least two samples"):
        read_recording(nap.Tsd(t=[1.0, 5.0], d=[1.0, 2.0], time_support=nap.IntervalSet([0, 4], [2, 6])))


def test_pages_and_intervals_are_no_recording(nap):
    with pytest.raises(InputError, match=r"shape \(5, 2, 2\)"):
        read_recording(nap.TsdTensor(t=np.arange(5) * 0.1, d=np.zeros((5, 2, 2))))
    with pytest.raises(InputError, match="as_epochs"):
        read_recording(nap.IntervalSet([0.0], [1.0]))


def test_intervals_as_epochs(nap):
    intervals = nap.IntervalSet([0, 20], [10, 30], metadata={"label": ["run", "rest"]})
    assert as_epochs(intervals) == Epochs([0, 20], [10, 30], ["run", "rest"])
    bare = nap.IntervalSet([0, 20], [10, 30])
    assert as_epochs(bare, condition="run").of("run").tolist() == [[0, 10], [20, 30]]
    with pytest.raises(InputError, match=r"got start and stop alone.*condition='...'"):
        as_epochs(bare)


# -- Neo ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def neo():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # at import
        import neo
    return neo


@pytest.fixture(scope="module")
def pq():
    import quantities

    return quantities


def train(neo, pq, times, name=None, start=0.0, stop=1.0, **annotations):
    return neo.SpikeTrain(times * pq.ms, t_start=start * pq.s, t_stop=stop * pq.s, name=name, **annotations)


def segment_of(neo, trains=(), signals=(), epochs=()):
    made = neo.Segment()
    made.spiketrains.extend(trains)
    made.analogsignals.extend(signals)
    made.epochs.extend(epochs)
    return made


def test_segment_of_spike_trains(neo, pq):
    a = train(neo, pq, [250, 100], "a", start=0.05, stop=1.0, cell_type="pyr", quality=1)
    b = train(neo, pq, [900], "b", start=0.0, stop=2.0, cell_type="int", quality=2, only="b")
    rec = read_recording(segment_of(neo, [a, b]))
    assert rec.labels == ("a", "b")
    np.testing.assert_allclose(rec.spikes[0], [0.1, 0.25])  # ms to s, and ascending
    assert rec.segments.tolist() == [[0.0, 2.0]]
    assert rec.properties["cell_type"].tolist() == ["pyr", "int"]
    assert set(rec.properties) == {"cell_type", "quality"}
    assert read_recording([a, b]).spikes[0].tolist() == rec.spikes[0].tolist()
    assert read_recording(a).labels == ("a",)


def test_names_that_are_missing_or_alike(neo, pq):
    assert read_recording([train(neo, pq, [1], "a"), train(neo, pq, [2])]).labels == ("u0", "u1")
    assert read_recording([train(neo, pq, [1], "a"), train(neo, pq, [2], "a")]).labels == ("u0", "u1")


def test_waveforms_of_spike_trains(neo, pq):
    waves = np.arange(12.0).reshape(2, 2, 3) * pq.uV
    rec = read_recording([train(neo, pq, [1, 2], "a", waveforms=waves), train(neo, pq, [3, 4], "b", waveforms=waves)])
    np.testing.assert_array_equal(rec.properties["waveform"][1], [[3, 4, 5], [6, 7, 8]])


def test_block_matches_units_by_name(neo, pq):
    block = neo.Block()
    block.segments.append(segment_of(neo, [train(neo, pq, [100], "a"), train(neo, pq, [200], "b")]))
    block.segments.append(segment_of(neo, [train(neo, pq, [300], "b", stop=0.5), train(neo, pq, [400], "a", stop=0.5)]))
    rec = read_recording(block)
    assert rec.labels == ("a", "b")
    np.testing.assert_allclose(rec.spikes[0], [0.1, 1.4])
    np.testing.assert_allclose(rec.spikes[1], [0.2, 1.3])
    np.testing.assert_allclose(rec.segments, [[0.0, 1.0], [1.0, 1.5]])
    block.segments.append(segment_of(neo, [train(neo, pq, [1], "c"), train(neo, pq, [2], "d")]))
    with pytest.raises(InputError, match="got other names of spike trains"):
        read_recording(block)
    block.segments[2] = segment_of(neo, [train(neo, pq, [1])])
    with pytest.raises(InputError, match="2 as in the first, got 2, 2, 1"):
        read_recording(block)


def test_labelled_epochs_are_conditions(neo, pq):
    epochs = neo.Epoch([0, 500] * pq.ms, [400, 300] * pq.ms, labels=["run", "rest"])
    block = neo.Block()
    for _ in range(2):
        block.segments.append(segment_of(neo, [train(neo, pq, [100], "a")], epochs=[epochs]))
    rec = read_recording(block)
    np.testing.assert_allclose(rec.epochs.of("rest"), [[0.5, 0.8], [1.5, 1.8]])
    assert as_epochs(epochs).of("run").tolist() == [[0.0, 0.4]]


def test_epochs_that_overlap(neo, pq):
    run = neo.Epoch([0] * pq.ms, [400] * pq.ms, labels=["run"])
    light = neo.Epoch([200] * pq.ms, [100] * pq.ms, labels=["light"])
    with pytest.warns(CausalGrainWarning, match="don't overlap"):
        rec = read_recording(segment_of(neo, [train(neo, pq, [100], "a")], epochs=[run, light]))
    assert rec.conditions == ("run",)


def test_signals(neo, pq):
    signal = neo.AnalogSignal(VALUES * pq.mV, sampling_rate=0.5 * pq.kHz, t_start=200 * pq.ms, name="lfp")
    signal.array_annotate(channel_names=["x", "y", "z"])
    other = neo.AnalogSignal(VALUES[:, :1] * pq.mV, sampling_rate=20 * pq.Hz, name="speed")
    rec = read_recording(signal)
    np.testing.assert_array_equal(rec.values, VALUES)
    assert (rec.rate, rec.onsets.tolist(), rec.labels) == (500.0, [0.2], ("x", "y", "z"))
    assert rec.notes[:2] == ("values in mV", "rate 500 Hz of the signal")
    both = segment_of(neo, [train(neo, pq, [1], "a")], [signal, other])
    with pytest.raises(InputError, match=r"1 spike trains and 2 signals.*kind='spikes' or kind='traces'"):
        read_recording(both)
    with pytest.raises(InputError, match=r"array: .* There are 'lfp' \(10 x 3, 0.5 kHz\), 'speed' \(10 x 1"):
        read_recording(both, kind="traces")
    assert read_recording(both, kind="traces", array="speed").rate == 20.0
    assert read_recording(both, kind="spikes").labels == ("a",)


def test_signals_of_a_block(neo, pq):
    block = neo.Block()
    for n in (4, 6):
        block.segments.append(
            segment_of(neo, signals=[neo.AnalogSignal(VALUES[:n] * pq.mV, sampling_rate=2 * pq.Hz, name="lfp")])
        )
    rec = read_recording(block)
    assert rec.segments.tolist() == [[0, 4], [4, 10]]
    assert rec.onsets.tolist() == [0.0, 2.0]
    np.testing.assert_array_equal(rec.values[4:], VALUES[:6])
    block.segments[1].analogsignals[0] = neo.AnalogSignal(VALUES * pq.V, sampling_rate=2 * pq.Hz, name="lfp")
    with pytest.raises(InputError, match=r"units \['V', 'mV'\]"):
        read_recording(block)


def test_nothing_in_it(neo, pq):
    with pytest.raises(InputError, match="spike trains or analog signals, got neither"):
        read_recording(neo.Segment())
    with pytest.raises(InputError, match="got spike trains alone"):
        read_recording([train(neo, pq, [1], "a")], kind="traces")
    with pytest.raises(InputError, match="got analog signals alone"):
        read_recording(neo.AnalogSignal(VALUES * pq.mV, sampling_rate=2 * pq.Hz), kind="spikes")


# -- xarray ------------------------------------------------------------------------------------------------------


def labelled(**more):
    coords = {"time": 1.0 + np.arange(10) * 0.25, "unit": ["a", "b", "c"], "cell_type": ("unit", ["E", "I", "E"])}
    return xarray.DataArray(VALUES, dims=("time", "unit"), coords=coords, **more)


def test_data_array():
    rec = read_recording(labelled(name="calcium"))
    np.testing.assert_array_equal(rec.values, VALUES)
    assert (rec.rate, rec.onsets.tolist(), rec.labels) == (4.0, [1.0], ("a", "b", "c"))
    assert rec.properties["cell_type"].tolist() == ["E", "I", "E"]
    assert rec.source == "calcium"
    assert read_recording(labelled().T) == rec
    assert read_recording(labelled(), start=7.0).onsets.tolist() == [7.0]
    assert read_recording(labelled()[:, 0]).n_units == 1


def test_there_and_back():
    rec = Recording(
        np.round(np.abs(VALUES)), 2.0, ["a", "b", "c"], kind="counts", segments=[[0, 4], [4, 10]], onsets=[0, 9.0]
    )
    assert read_recording(rec.to_xarray()) == rec


def test_rates():
    bare = xarray.DataArray(VALUES, dims=("time", "cell"), attrs={"rate": 5.0})
    rec = read_recording(bare)
    assert (rec.rate, rec.labels, rec.notes) == (5.0, ("u0", "u1", "u2"), ("rate 5 Hz from attrs['rate']",))
    assert read_recording(bare, rate=8.0).rate == 8.0
    with pytest.raises(InputError, match="neither a coordinate time nor attrs"):
        read_recording(bare.drop_attrs())
    with pytest.warns(CausalGrainWarning, match="the coordinate says 4 Hz; 5 Hz is used"):
        assert read_recording(labelled(), rate=5.0).rate == 5.0
    assert read_recording(labelled(), rate=4.0).rate == 4.0


def test_kinds_of_time():
    steps = (np.arange(10) * 250).astype("timedelta64[ms]")
    assert read_recording(labelled().assign_coords(time=steps)).rate == 4.0
    with pytest.raises(InputError, match="a coordinate in s, got datetime64"):
        read_recording(labelled().assign_coords(time=np.datetime64("2020-01-01", "ns") + steps))
    with pytest.raises(InputError, match="time, sample 5: expected even sample times"):
        read_recording(labelled().assign_coords(time=[0, 1, 2, 3, 4, 4.2, 6, 7, 8, 9]))
    with pytest.raises(InputError, match="ascending"):
        read_recording(labelled().assign_coords(time=np.arange(10)[::-1]))


def test_other_arrays_of_xarray():
    with pytest.raises(InputError, match=r"the dimensions tme, unit. Did you mean 'tme'"):
        read_recording(labelled().rename(time="tme"))
    with pytest.raises(InputError, match=r"one array of the Dataset.* with 'a', 'b'"):
        read_recording(xarray.Dataset({"a": labelled(), "b": labelled()}))
    with pytest.raises(InputError, match="real numbers, got <U1"):
        read_recording(xarray.DataArray([["a"]], dims=("time", "unit")))
    with pytest.raises(InputError, match="for a DataArray of xarray, got 'spikes'"):
        read_recording(labelled(), kind="spikes")


def test_arrays_that_are_not_in_memory(tmp_path):
    labelled(name="calcium").T.to_netcdf(tmp_path / "x.nc", engine="h5netcdf")
    with xarray.open_dataarray(tmp_path / "x.nc", engine="h5netcdf") as waiting:
        rec = read_recording(waiting, lazy=True)
        assert rec.on_disk is not None
        np.testing.assert_array_equal(rec.on_disk.read(2, 5), VALUES[2:5])
        np.testing.assert_array_equal(rec.select(["c", "a"]).values, VALUES[:, [2, 0]])
        assert not waiting.variable._in_memory
        assert read_recording(waiting).on_disk is None
    assert "the array is in memory already" in read_recording(labelled(), lazy=True).notes


# -- anything else -----------------------------------------------------------------------------------------------


def test_a_recording_is_returned_as_it_is():
    rec = Recording(VALUES, 2.0, ["a", "b", "c"])
    assert read_recording(rec) is rec
    assert read_recording(rec, units=["b"]).labels == ("b",)
    epochs = Epochs([0.0], [1.0], ["wake"])
    assert read_recording(rec, epochs=epochs).conditions == ("wake",)
    with pytest.raises(InputError, match="no rate for what is a Recording already"):
        read_recording(rec, rate=3.0)


@pytest.mark.parametrize(
    ("source", "way"),
    [
        (VALUES, r"Recording\(values, rate\)"),
        (pandas.DataFrame(VALUES), r"Recording\(table.to_numpy\(\), rate"),
        ([[1.0, 2.0]], r"Recording.from_spikes\(spike times"),
        (None, "check the variable"),
        ({}, r"Recording\(values, rate\) or"),
        (3.5, r"Recording\(values, rate\) or"),
    ],
)
def test_what_is_taken_is_listed(source, way):
    with pytest.raises(InputError, match=rf"SpikeInterface.*pynapple.*Neo.*xarray.*{way}"):
        read_recording(source)


def test_tables_as_epochs():
    table = pandas.DataFrame({"Onset": [0, 5], "duration": [5, 2], "trial_type": ["a", "b"], "x": [1, 2]})
    assert as_epochs(table) == Epochs([0, 5], [5, 7], ["a", "b"])
    assert as_epochs(table, condition="x").names == ("1", "2")
    epochs = Epochs([0], [1], ["a"])
    assert as_epochs(epochs) is epochs
    with pytest.raises(InputError, match=r"the columns start and stop .*, got x"):
        as_epochs(table[["x"]])
    with pytest.raises(InputError, match=r"got x. Name the column"):
        as_epochs(table.drop(columns="trial_type"))
    with pytest.raises(InputError, match="epochs, column 'Onset'"):
        as_epochs(table.assign(Onset=["a", "b"]))
    with pytest.raises(InputError, match="don't overlap"):
        as_epochs(table.assign(duration=9))
    with pytest.raises(InputError, match="got ndarray"):
        as_epochs(VALUES)


def test_drift_of_sample_times():
    times = np.arange(200) * 0.1
    times[100:] += 0.5 * np.minimum(np.arange(100) / 10, 1.0)
    with pytest.warns(CausalGrainWarning, match="drift up to"):
        even_stretches(times, "t")


def test_pieces_keep_a_clock_that_they_share():
    assert on_one_clock([(1.0, 2.0), (2.0, 3.0)], "segments")[0].tolist() == [0.0, 0.0]
    moved, notes = on_one_clock([(5.0, 7.0), (1.0, 2.0), (1.5, 4.0)], "segments")
    assert moved.tolist() == [-5.0, 1.0, 1.5]
    assert notes == ["3 segments without a clock in common: laid one after the other, from 0 s"]
