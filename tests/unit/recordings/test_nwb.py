"""NWB files, written by pynwb and damaged by h5py."""

import datetime
import pickle
import sys
import warnings

import h5py
import numpy as np
import pynwb
import pytest
from hdmf.common import DynamicTable, VectorData
from pynwb.ecephys import LFP, ElectricalSeries
from pynwb.epoch import TimeIntervals
from pynwb.ophys import DfOverF, Fluorescence, ImageSegmentation, RoiResponseSeries

from causalgrain._errors import CausalGrainWarning, FileFormatError, InputError
from causalgrain.recordings import nwb, nwb_series
from causalgrain.recordings.epochs import Epochs
from causalgrain.recordings.readers import read_recording

RNG = np.random.default_rng(7)
TRAINS = [[0.5, 1.5, 9.0], [2.0], [0.25, 3.0, 4.0, 8.5]]


def session():
    return pynwb.NWBFile("a test", "id", datetime.datetime(2024, 5, 1, tzinfo=datetime.UTC))


@pytest.fixture
def save(tmp_path):
    def save(file, name="x.nwb"):
        with pynwb.NWBHDF5IO(str(tmp_path / name), "w") as io:
            io.write(file)
        return tmp_path / name

    return save


def electrodes(file, places, **columns):
    device = file.create_device("probe")
    group = file.create_electrode_group("shank", description="d", location="CA1", device=device)
    for name in columns:
        file.add_electrode_column(name, name)
    for i, place in enumerate(places):
        x, y, z = (*place, np.nan)[:3]
        more = {name: values[i] for name, values in columns.items()}
        file.add_electrode(x=x, y=y, z=z, location="CA1", group=group, **more)
    return group


def with_units(trains=TRAINS, obs=None, columns=None, **rows):
    """A file with units; `rows` are given to add_unit, one value a unit; `columns` are new ones."""
    file = session()
    for name in columns or {}:
        file.add_unit_column(name, name)
    for i, train in enumerate(trains):
        more = {name: values[i] for name, values in {**(columns or {}), **rows}.items()}
        if obs is not None:
            more["obs_intervals"] = obs[i] if np.ndim(obs) == 3 else obs
        file.add_unit(spike_times=np.array(train, dtype=float), **more)
    return file


def plane(file, n, masks="image_mask", columns=None, shape=(4, 6)):
    """A table of ROIs: ROI i is one pixel at (i, 2), and one of three times the weight at (i, 4)."""
    device = file.create_device("microscope")
    channel = pynwb.ophys.OpticalChannel(name="c", description="d", emission_lambda=500.0)
    imaging = file.create_imaging_plane(
        name="plane",
        optical_channel=channel,
        description="d",
        device=device,
        excitation_lambda=900.0,
        indicator="GCaMP",
        location="V1",
    )
    module = file.create_processing_module("ophys", "d")
    segmentation = ImageSegmentation()
    module.add(segmentation)
    table = segmentation.create_plane_segmentation(description="d", imaging_plane=imaging, name="rois")
    for name in columns or {}:
        table.add_column(name, name)
    for i in range(n):
        more = {name: values[i] for name, values in (columns or {}).items()}
        if masks == "image_mask":
            mask = np.zeros(shape)
            mask[i, 2], mask[i, 4] = 1.0, 3.0
        elif masks == "pixel_mask":
            mask = [(i, 2, 1.0), (i, 4, 3.0)]
        else:
            mask = [(i, 2, 7, 1.0), (i, 4, 7, 3.0)]
        table.add_roi(**{masks: mask}, **more)
    return module, table


def roi_series(table, data, name="RoiResponseSeries", region=None, **clock):
    region = list(range(len(table))) if region is None else region
    rois = table.create_roi_table_region(region=region, description="d")
    clock = clock or {"rate": 30.0}
    return RoiResponseSeries(name=name, data=data, rois=rois, unit="lumens", **clock)


def add_series(module, container, *series):
    module.add(container)  # first: a region wants to share an ancestor with its table
    for one in series:
        container.add_roi_response_series(one)


def with_rois(data, masks="image_mask", columns=None, region=None, n=3, **clock):
    file = session()
    module, table = plane(file, n, masks, columns)
    add_series(module, DfOverF(), roi_series(table, data, region=region, **clock))
    return file


TRACES = RNG.normal(size=(40, 3))


# -- recognised --------------------------------------------------------------------------------------------------


def test_recognised_by_ending_or_mark(save, tmp_path):
    path = save(with_units())
    other = tmp_path / "session.h5"
    other.write_bytes(path.read_bytes())
    assert nwb.recognise(path)
    assert nwb.recognise(other)
    assert read_recording(other) == read_recording(path)
    with h5py.File(tmp_path / "plain.h5", "w") as file:
        file["values"] = TRACES
    (tmp_path / "text.h5").write_text("time,a\n0,1\n")
    (tmp_path / "signature.h5").write_bytes(b"\x89HDF\r\n\x1a\n and then nothing")
    for name in ("plain.h5", "text.h5", "signature.h5", "missing.h5", "."):
        assert not nwb.recognise(tmp_path / name)


def test_reads_without_pynwb(save, monkeypatch):
    path = save(with_units())
    monkeypatch.setitem(sys.modules, "pynwb", None)
    assert read_recording(path).n_units == 3


# -- units -------------------------------------------------------------------------------------------------------


def test_spike_times_and_span(save):
    rec = read_recording(save(with_units()))
    assert rec.kind == "spikes"
    assert [train.tolist() for train in rec.spikes] == TRAINS
    assert rec.labels == ("u0", "u1", "u2")
    assert rec.segments.tolist() == [[0.0, np.nextafter(9.0, 10.0)]]
    assert rec.source == "x.nwb, units"
    assert rec.notes == ("taken to last from 0 s to the last spike, 9 s: the file says no more",)


def test_spikes_before_0_and_late_spikes(save):
    rec = read_recording(save(with_units([[-1.5, 2.0], [1.0]])))
    assert rec.segments.tolist() == [[-1.5, np.nextafter(2.0, 3.0)]]  # half open: the last spike lies in it
    late = save(with_units([[5000.0, 5600.0]]), "late.nwb")
    with pytest.warns(CausalGrainWarning, match=r"no spike comes before 5000 s.*start=\.\.\."):
        assert read_recording(late).duration == pytest.approx(5600, abs=1e-9)
    assert read_recording(late, start=4990.0).segments.tolist() == [[4990.0, np.nextafter(5600.0, 6000.0)]]


def test_obs_intervals_that_all_units_share_are_the_segments(save):
    obs = [[0.0, 3.5], [4.0, 10.0]]
    path = save(with_units(obs=obs))
    rec = read_recording(path)
    assert rec.segments.tolist() == obs
    assert rec.notes == ()
    assert read_recording(path, segments=[[0, 2], [2, 9]]).segments.tolist() == [[0, 2], [2, 9]]
    cut = read_recording(path, start=0.1, duration=9.0)
    assert cut.segments.tolist() == [[0.1, 9.1]]
    assert cut.notes == ("obs_intervals were set aside, as start or duration is given",)
    assert read_recording(path, start=0.1).segments.tolist() == [[0.1, 10.0]]
    with pytest.raises(InputError, match="no duration for spikes whose segments are given"):
        read_recording(path, segments=[[0, 2]], duration=2.0)


def test_obs_intervals_that_differ_are_told(save):
    path = save(with_units(obs=np.array([[[1.0, 9.0]], [[0.5, 9.5]], [[0.0, 9.0]]])))
    rec = read_recording(path)
    assert rec.segments.tolist() == [[0.0, 9.5]]
    assert "observed at different times" in rec.notes[0]
    assert read_recording(path, units=[1]).segments.tolist() == [[0.5, 9.5]]


def test_obs_intervals_that_overlap(save):
    path = save(with_units(obs=[[0.0, 6.0], [5.0, 10.0]]))
    with pytest.raises(FileFormatError, match=r"obs_intervals, segments, row 1.*got 5.*segments=\[\[start, stop\]"):
        read_recording(path)
    assert read_recording(path, segments=[[0, 10]]).duration == 10


def test_a_silent_unit_stays(save):
    rec = read_recording(save(with_units([[0.5], [], [1.0]])))
    assert [len(train) for train in rec.spikes] == [1, 0, 1]
    assert "1 of 3 units have no spike" in rec.notes


def test_nothing_fired(save):
    path = save(with_units([[], []]))
    with pytest.raises(FileFormatError, match=r"units, spikes: expected a spike after the start.*duration=\.\.\."):
        read_recording(path)
    assert read_recording(path, duration=5.0).duration == 5


def test_labels_and_properties(save):
    columns = {
        "quality": ["good", "mua", "good"],
        "unit_name": ["n7", "n3", "n5"],
        "putative_cell_type": ["PV", "pyramidal", "Sst"],
        "depth": [100.0, 250.5, 90.0],
        "cluster_id": [7, 3, 5],
        "is_tagged": [True, False, True],
    }
    rec = read_recording(save(with_units(columns=columns)))
    assert rec.labels == ("n7", "n3", "n5")
    assert rec.properties["cell_type"].tolist() == ["PV", "pyramidal", "Sst"]
    assert rec.properties["depth"].tolist() == [100.0, 250.5, 90.0]
    assert rec.properties["cluster_id"].tolist() == [7, 3, 5]
    assert rec.properties["is_tagged"].tolist() == [True, False, True]
    assert rec.properties["quality"].tolist() == ["good", "mua", "good"]
    assert set(rec.properties) == {"cell_type", "depth", "cluster_id", "is_tagged", "quality"}
    assert rec.notes[:2] == ("labels from the column 'unit_name'", "cell_type from the column 'putative_cell_type'")


@pytest.mark.parametrize("name", ["cell_type", "celltype", "CellType", "cell_type_label", "putativeCellType"])
def test_names_of_the_cell_type(save, name):
    rec = read_recording(save(with_units(columns={name: ["a", "b", "c"]})))
    assert rec.properties["cell_type"].tolist() == ["a", "b", "c"]


def test_two_columns_of_cell_types_stay_apart(save):
    rec = read_recording(save(with_units(columns={"celltype": ["a", "b", "c"], "cell_type": ["d", "e", "f"]})))
    assert rec.properties["cell_type"].tolist() == ["d", "e", "f"]
    assert rec.properties["celltype"].tolist() == ["a", "b", "c"]


def test_labels_that_repeat_are_not_labels(save):
    columns = {"label": ["good", "good", "mua"], "cluster_id": [12, 4, 9]}
    rec = read_recording(save(with_units(columns=columns, id=[31, 32, 40])))
    assert rec.labels == ("u12", "u4", "u9")
    assert rec.properties["label"].tolist() == ["good", "good", "mua"]
    assert read_recording(save(with_units(id=[31, 32, 40]), "ids.nwb")).labels == ("u31", "u32", "u40")


def test_ids_that_repeat_are_made_different(save):
    path = save(with_units())
    with h5py.File(path, "r+") as file:
        file["units/id"][...] = [4, 4, 7]
    assert read_recording(path).labels == ("u4", "u4_2", "u7")


def test_choice_of_units_and_given_labels(save):
    path = save(with_units(columns={"depth": [1.0, 2.0, 3.0]}))
    rec = read_recording(path, units=["u2", "u0"])
    assert rec.labels == ("u2", "u0")
    assert rec.spikes[0].tolist() == TRAINS[2]
    assert rec.properties["depth"].tolist() == [3.0, 1.0]
    assert read_recording(path, labels=["a", "b", "c"], units="c").spikes[0].tolist() == TRAINS[2]
    with pytest.raises(InputError, match="expected 3 names"):
        read_recording(path, labels=["a"])


def test_waveforms_with_channels_are_unit_channel_sample(save):
    shapes = RNG.normal(size=(3, 20, 4))  # NWB: unit, sample, channel
    rec = read_recording(save(with_units(waveform_mean=shapes)))
    assert rec.properties["waveform"].shape == (3, 4, 20)
    np.testing.assert_array_equal(rec.properties["waveform"][1, 3], shapes[1, :, 3])
    flat = read_recording(save(with_units(waveform_mean=shapes[:, :, 0]), "flat.nwb"))
    np.testing.assert_array_equal(flat.properties["waveform"], shapes[:, :, 0])


PLACES = [(0.0, 10.0), (5.0, 20.0), (7.0, 60.0), (9.0, 80.0)]


def with_places(rows, places=PLACES, **more):
    file = session()
    electrodes(file, places)
    for i, (train, row) in enumerate(zip(TRAINS, rows, strict=True)):
        file.add_unit(spike_times=train, electrodes=row, **{name: values[i] for name, values in more.items()})
    return file


def test_position_of_the_electrode(save):
    rec = read_recording(save(with_places([[3], [0], [2]])))
    assert rec.properties["position"].tolist() == [[9, 80], [0, 10], [7, 60]]
    assert "position: x, y of the electrode, of several the mean" in rec.notes
    assert read_recording(save(with_places([[3], [0], [2]])), units=[2]).properties["position"].tolist() == [[7, 60]]


def test_position_of_several_electrodes(save):
    path = save(with_places([[2, 3], [0, 1], [1]]))
    assert read_recording(path).properties["position"].tolist() == [[8, 70], [2.5, 15], [5, 20]]
    shapes = np.zeros((3, 10, 2))
    shapes[0, 4, 1], shapes[1, 4, 0], shapes[2, 3, 0] = -5.0, 3.0, 1.0
    peak = read_recording(save(with_places([[2, 3], [0, 1], [1, 2]], waveform_mean=shapes), "peak.nwb"))
    assert peak.properties["position"].tolist() == [[9, 80], [0, 10], [5, 20]]
    assert any("largest waveform" in note for note in peak.notes)


def test_unknown_positions(save):
    places = [(np.nan, np.nan), (5.0, 20.0), (7.0, 60.0)]
    rec = read_recording(save(with_places([[0], [1], []], places)))
    np.testing.assert_array_equal(rec.properties["position"], [[np.nan] * 2, [5, 20], [np.nan] * 2])
    assert any("unknown (NaN) for 2 of 3 units" in note for note in rec.notes)
    nowhere = read_recording(save(with_places([[0], [1], [1]], [(np.nan, np.nan)] * 2), "no.nwb"))
    assert "position" not in nowhere.properties


def test_position_by_peak_channel(save):
    file = session()
    electrodes(file, PLACES)
    file.add_unit_column("peak_channel_id", "id of an electrode")
    for train, channel in zip(TRAINS, [2, 99, 0], strict=True):
        file.add_unit(spike_times=train, peak_channel_id=channel)
    rec = read_recording(save(file))
    np.testing.assert_array_equal(rec.properties["position"], [[7, 60], [np.nan] * 2, [0, 10]])


def test_what_spikes_dont_take(save):
    path = save(with_units())
    with pytest.raises(InputError, match="no rate for spike times of an NWB file"):
        read_recording(path, rate=10.0)
    with pytest.raises(InputError, match=r"'spikes' for units.*got 'traces'"):
        read_recording(path, array="units", kind="traces")
    with pytest.raises(FileFormatError, match="none that could be the recording"):
        read_recording(path, kind="traces")


# -- ROI responses -----------------------------------------------------------------------------------------------


def test_roi_responses(save):
    columns = {"roi_name": ["AVA", "RIM", "AIB"], "iscell": [1.0, 0.0, 1.0], "snr": [3.0, 1.0, 2.0]}
    rec = read_recording(save(with_rois(TRACES, columns=columns, rate=30.0, starting_time=2.0)))
    np.testing.assert_array_equal(rec.values, TRACES)
    assert rec.kind == "traces"
    assert rec.rate == 30.0
    assert rec.times[0] == 2.0
    assert rec.labels == ("AVA", "RIM", "AIB")
    assert rec.properties["iscell"].tolist() == [True, False, True]
    assert rec.properties["iscell"].dtype == bool
    assert rec.properties["snr"].tolist() == [3.0, 1.0, 2.0]
    assert rec.source == "x.nwb, ophys/DfOverF/RoiResponseSeries"
    assert "values in lumens" in rec.notes


def test_columns_of_suite2p(save):
    columns = {"Accepted": [[1.0, 0.9], [0.0, 0.2], [1.0, 0.7]]}
    rec = read_recording(save(with_rois(TRACES, columns=columns)))
    assert rec.properties["iscell"].tolist() == [True, False, True]
    assert rec.properties["iscell_probability"].tolist() == [0.9, 0.2, 0.7]


@pytest.mark.parametrize("masks", ["image_mask", "pixel_mask", "voxel_mask"])
def test_positions_are_centres_of_mass(save, masks):
    rec = read_recording(save(with_rois(TRACES, masks=masks)))
    expected = [[i, 3.5] if masks != "voxel_mask" else [i, 3.5, 7] for i in range(3)]
    np.testing.assert_allclose(rec.properties["position"], expected)
    assert f"position: centre of mass of {masks}, in pixels" in rec.notes


def test_centroids_go_before_masks(save):
    rec = read_recording(save(with_rois(TRACES, columns={"centroid": [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]})))
    assert rec.properties["position"].tolist() == [[1, 2], [3, 4], [5, 6]]
    assert "position from the column 'centroid'" in rec.notes


def test_the_region_says_which_roi_a_column_is(save):
    columns = {"roi_name": ["a", "b", "c", "d"], "snr": [1.0, 2.0, 3.0, 4.0]}
    rec = read_recording(save(with_rois(TRACES, columns=columns, region=[3, 0, 2], n=4)))
    assert rec.labels == ("d", "a", "c")
    assert rec.properties["snr"].tolist() == [4.0, 1.0, 3.0]
    np.testing.assert_allclose(rec.properties["position"][:, 0], [3, 0, 2])
    one = read_recording(save(with_rois(TRACES, columns=columns, region=[3, 0, 2], n=4)), units="c")
    np.testing.assert_array_equal(one.values[:, 0], TRACES[:, 2])
    assert one.properties["position"].tolist() == [[2, 3.5]]
    assert read_recording(save(with_rois(TRACES, region=[3, 0, 2], n=4))).labels == ("roi3", "roi0", "roi2")


@pytest.mark.parametrize("lazy", [False, True])
def test_conversion_and_offset(save, lazy):
    stored = RNG.integers(0, 4000, (50, 3)).astype(np.int16)
    file = with_rois(stored)
    series = file.processing["ophys"]["DfOverF"]["RoiResponseSeries"]
    series.fields.update(conversion=0.5, offset=-100.0)
    rec = read_recording(save(file), lazy=lazy)
    assert (rec.on_disk is not None) == lazy
    np.testing.assert_array_equal(rec.values, stored * 0.5 - 100.0)
    assert rec.values.dtype == np.float64
    assert "values = stored x 0.5 + -100, in lumens" in rec.notes
    np.testing.assert_array_equal(rec.select(["roi2", "roi0"]).values, stored[:, [2, 0]] * 0.5 - 100.0)


def test_single_precision_stays(save):
    rec = read_recording(save(with_rois(TRACES.astype(np.float32))))
    assert rec.values.dtype == np.float32


def test_missing_values_can_be_left_out(save):
    holes = TRACES.copy()
    holes[5, 1] = np.nan
    path = save(with_rois(holes))
    with pytest.raises(
        InputError, match=r"unit roi1 at 0.166667 s \(sample 5\)|unit 'roi1' at 0.166667 s \(sample 5\)"
    ):
        read_recording(path)
    np.testing.assert_array_equal(read_recording(path, units=["roi0", "roi2"]).values, TRACES[:, [0, 2]])


def test_time_that_is_the_second_dimension(save):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pynwb says the same
        path = save(with_rois(TRACES.T.copy()))
    with pytest.warns(CausalGrainWarning, match=r"time is not the first dimension \(3 x 40, 3 rois\)"):
        rec = read_recording(path)
    np.testing.assert_array_equal(rec.values, TRACES)
    assert read_recording(path, orientation="unit x time") == rec
    assert read_recording(path, orientation="unit x time", lazy=True) == rec
    with pytest.raises(FileFormatError, match=r"expected 3 columns.*got 3 x 40.*Leave `orientation` out"):
        read_recording(path, orientation="time x unit")


def test_a_table_that_doesnt_fit(save):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pynwb says the same
        path = save(with_rois(TRACES, region=[0, 1]))
    with pytest.raises(FileFormatError, match="expected 2 columns, as many as its table of rois names, got 40 x 3"):
        read_recording(path)


def test_one_dimension_is_one_unit(save):
    path = save(with_rois(TRACES[:, :1], region=[2]))
    with h5py.File(path, "r+") as file:
        group = file["processing/ophys/DfOverF/RoiResponseSeries"]
        del group["data"]
        group["data"] = TRACES[:, 0]
    for lazy in (False, True):
        rec = read_recording(path, lazy=lazy)
        np.testing.assert_array_equal(rec.values, TRACES[:, :1])
        assert rec.labels == ("roi2",)
    with h5py.File(path, "r+") as file:
        group = file["processing/ophys/DfOverF/RoiResponseSeries"]
        del group["rois"], group["data"]
        group["data"] = TRACES[:3, 0]
        group["rois"] = np.arange(3)
        group["rois"].attrs["table"] = file["processing/ophys/ImageSegmentation/rois"].ref
    with pytest.raises(FileFormatError, match="expected 3 columns, as many as its table of rois names, got 3"):
        read_recording(path)


# -- clocks ------------------------------------------------------------------------------------------------------


def test_timestamps(save):
    stamps = 3.0 + np.arange(40) / 12.5 + RNG.uniform(-1e-3, 1e-3, 40)
    stamps[[0, -1]] = 3.0, 3.0 + 39 / 12.5
    rec = read_recording(save(with_rois(TRACES, timestamps=stamps)))
    assert rec.rate == pytest.approx(12.5, rel=1e-12)
    assert rec.onsets.tolist() == [3.0]
    assert "rate 12.5 Hz from the timestamps" in rec.notes


def test_gaps_in_timestamps_part_segments(save):
    stamps = np.concatenate([1.0 + np.arange(15) / 10, 7.25 + np.arange(25) / 10])
    path = save(with_rois(TRACES, timestamps=stamps))
    rec = read_recording(path)
    assert rec.segments.tolist() == [[0, 15], [15, 40]]
    assert rec.onsets.tolist() == [1.0, 7.25]
    assert rec.rate == pytest.approx(10.0, rel=1e-12)
    np.testing.assert_allclose(rec.times, stamps)
    assert "1 gap in the timestamps: 2 segments" in rec.notes
    assert read_recording(path, start=0.0).onsets.tolist() == [0.0, 6.25]
    with pytest.raises(InputError, match="none for a series with gaps"):
        read_recording(path, segments=[[0, 40]])


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda t: t + 0.08 * (np.arange(40) % 2), r"sample 2: expected a step of about 0.18 s, got 0.02 s"),
        (lambda t: t[::-1], "ascending time"),
        (lambda t: np.where(np.arange(40) == 7, np.nan, t), "ascending time"),
        (lambda t: np.cumsum(np.where(np.arange(40) % 5, 0.1, 0.9)), r"step of about 0.1 s, got 0.9 s"),
    ],
)
def test_uneven_timestamps(save, spoil, message):
    path = save(with_rois(TRACES, timestamps=spoil(np.arange(40) / 10)))
    with pytest.raises(FileFormatError, match=rf"{message}.*give rate=\.\.\."):
        read_recording(path)
    with pytest.warns(CausalGrainWarning, match="taken as even"):
        assert read_recording(path, rate=10.0).rate == 10


def test_drifting_timestamps_are_told(save):
    stamps = np.cumsum(np.linspace(0.08, 0.12, 40))
    path = save(with_rois(TRACES, timestamps=stamps))
    with pytest.warns(CausalGrainWarning, match="timestamps drift up to 0.19"):
        read_recording(path)


def test_wrong_number_of_timestamps(save):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = save(with_rois(TRACES, timestamps=np.arange(40) / 10))
    with h5py.File(path, "r+") as file:
        group = file["processing/ophys/DfOverF/RoiResponseSeries"]
        del group["timestamps"]
        group["timestamps"] = np.arange(30) / 10
    with pytest.raises(FileFormatError, match="got 30 for 40 samples"):
        read_recording(path)


def test_a_rate_that_differs(save):
    path = save(with_rois(TRACES, rate=30.0))
    with pytest.warns(CausalGrainWarning, match="`rate` is 10 Hz, but the file says 30 Hz; 10 Hz is used"):
        assert read_recording(path, rate=10.0).rate == 10
    assert read_recording(path, rate=30.1).rate == 30.1


@pytest.mark.parametrize("rate", [None, 0.0, -3.0, np.nan])
def test_missing_rate(save, rate):
    path = save(with_rois(TRACES))
    with h5py.File(path, "r+") as file:
        group = file["processing/ophys/DfOverF/RoiResponseSeries"]
        if rate is None:
            del group["starting_time"]
        else:
            group["starting_time"].attrs["rate"] = rate
    with pytest.raises(FileFormatError, match=r"RoiResponseSeries: expected a sampling rate > 0 Hz.*Give rate="):
        read_recording(path)
    assert read_recording(path, rate=5.0).rate == 5


def test_start_and_segments_as_asked(save):
    path = save(with_rois(TRACES, rate=10.0, starting_time=2.0))
    rec = read_recording(path, segments=[[5, 10], [10, 30]])
    assert rec.onsets.tolist() == [2.5, 3.0]
    assert read_recording(path, start=0.0).times[0] == 0


def test_numbers_that_matlab_wrote_as_arrays(save):
    path = save(with_rois(TRACES, rate=30.0, starting_time=2.0))
    with h5py.File(path, "r+") as file:
        group = file["processing/ophys/DfOverF/RoiResponseSeries"]
        del group["starting_time"]
        group["starting_time"] = np.array([2.0])
        group["starting_time"].attrs["rate"] = np.array([30.0])
        group["data"].attrs["conversion"] = np.array([2.0])
        group.attrs["neurodata_type"] = np.bytes_("RoiResponseSeries")
    rec = read_recording(path)
    assert (rec.rate, rec.times[0]) == (30.0, 2.0)
    np.testing.assert_array_equal(rec.values, 2 * TRACES)


# -- field potentials and other series ---------------------------------------------------------------------------


def field_potential(file, data, **more):
    region = file.create_electrode_table_region(list(range(data.shape[1])), "all")
    more = {"rate": 1000.0} | more
    return ElectricalSeries(name="lfp", data=data, electrodes=region, **more)


@pytest.mark.parametrize("lazy", [False, True])
def test_field_potential_in_volts(save, lazy):
    file = session()
    electrodes(file, PLACES, label=["c1", "c2", "c3", "c4"])
    stored = RNG.integers(-500, 500, (60, 4)).astype(np.int16)
    each = np.array([1.0, 2.0, 4.0, 8.0])
    series = field_potential(file, stored, conversion=0.25, offset=1.0, channel_conversion=each)
    container = LFP()
    file.create_processing_module("ecephys", "d").add(container)
    container.add_electrical_series(series)
    path = save(file)
    rec = read_recording(path, lazy=lazy)
    np.testing.assert_array_equal(rec.values, stored * 0.25 * each + 1.0)
    assert rec.labels == ("c1", "c2", "c3", "c4")
    assert rec.properties["position"].tolist() == [list(place) for place in PLACES]
    assert rec.properties["location"].tolist() == ["CA1"] * 4
    assert "x" not in rec.properties
    assert "values = stored x 0.25 x channel_conversion + 1, in volts" in rec.notes
    some = read_recording(path, lazy=lazy, units=["c4", "c2"])
    np.testing.assert_array_equal(some.values, (stored * 0.25 * each + 1.0)[:, [3, 1]])


def test_electrodes_by_the_region_in_an_array_that_is_turned(save):
    file = session()
    electrodes(file, PLACES)
    stored = RNG.integers(-500, 500, (60, 2)).astype(np.int16)
    region = file.create_electrode_table_region([3, 1], "two")
    series = ElectricalSeries(
        name="lfp", data=stored, electrodes=region, rate=1000.0, channel_conversion=np.array([2.0, 4.0])
    )
    file.add_acquisition(series)
    path = save(file)
    with h5py.File(path, "r+") as h:
        kept = dict(h["acquisition/lfp/data"].attrs)
        del h["acquisition/lfp/data"]
        h["acquisition/lfp/data"] = stored.T
        h["acquisition/lfp/data"].attrs.update(kept)
    for lazy in (False, True):
        rec = read_recording(path, orientation="unit x time", lazy=lazy)
        np.testing.assert_array_equal(rec.values, stored * [2.0, 4.0])
        assert rec.labels == ("ch3", "ch1")
        assert rec.properties["position"].tolist() == [[9, 80], [5, 20]]
        some = read_recording(path, orientation="unit x time", lazy=lazy, units="ch1")
        np.testing.assert_array_equal(some.values, stored[:, 1:] * 4.0)
        assert some.properties["position"].tolist() == [[5, 20]]


def test_raw_voltage_only_where_nothing_else_is(save):
    def with_voltage(file):
        electrodes(file, PLACES)
        file.add_acquisition(field_potential(file, RNG.normal(size=(60, 4))))
        return file

    assert read_recording(save(with_voltage(session()))).labels == ("ch0", "ch1", "ch2", "ch3")
    both = save(with_voltage(with_units()), "both.nwb")
    rec = read_recording(both)
    assert rec.kind == "spikes"
    assert rec.notes[0] == (
        "units was taken; with array=... the file also gives acquisition/lfp (60 x 4, float64, 1000 Hz)"
    )
    assert read_recording(both, array="acquisition/lfp").shape == (60, 4)
    assert read_recording(both, kind="traces").shape == (60, 4)


def test_channel_conversion_that_doesnt_fit_or_is_0(save):
    file = session()
    electrodes(file, PLACES)
    file.add_acquisition(field_potential(file, RNG.normal(size=(60, 4)), channel_conversion=[1.0, 2.0, 3.0]))
    with pytest.raises(FileFormatError, match="one number a channel, got 3"):
        read_recording(save(file))
    path = save(with_rois(TRACES), "zero.nwb")
    with h5py.File(path, "r+") as h:
        h["processing/ophys/DfOverF/RoiResponseSeries/data"].attrs["conversion"] = 0.0
    with pytest.raises(FileFormatError, match="a conversion that isn't 0"):
        read_recording(path)


def test_plain_series_by_name_or_alone(save):
    file = session()
    file.add_acquisition(pynwb.TimeSeries(name="population", data=TRACES, unit="a.u.", rate=5.0))
    file.add_acquisition(pynwb.TimeSeries(name="speed", data=TRACES[:, 0], unit="m/s", rate=5.0))
    path = save(file)
    rec = read_recording(path)
    assert rec.labels == ("u0", "u1", "u2")
    assert rec.source == "x.nwb, acquisition/population"
    speed = read_recording(path, array="speed")
    np.testing.assert_array_equal(speed.values, TRACES[:, :1])
    np.testing.assert_array_equal(read_recording(path, array="speed", lazy=True).values, TRACES[:, :1])
    whole = session()
    whole.add_acquisition(pynwb.TimeSeries(name="n", data=np.array([[0, 1], [2, 0], [1, 1]]), unit="n", rate=5.0))
    assert read_recording(save(whole, "n.nwb")).kind == "traces"
    assert read_recording(save(whole, "n.nwb"), kind="counts").kind == "counts"


def test_large_series_stay_on_disk(save, monkeypatch):
    path = save(with_rois(TRACES))
    assert read_recording(path).on_disk is None
    monkeypatch.setattr(nwb_series, "LAZY_FROM", 40 * 3 * 8 - 1)
    lazy = read_recording(path)
    assert lazy.on_disk is not None
    assert lazy == read_recording(path, lazy=False)
    assert read_recording(path, units=[0, 1]).on_disk is None
    again = pickle.loads(pickle.dumps(lazy))
    np.testing.assert_array_equal(again.values, TRACES)
    path.unlink()
    with pytest.raises(FileFormatError, match="can't be read"):
        lazy.values  # noqa: B018


def test_lazy_reading_finds_another_file_in_place(save):
    path = save(with_rois(TRACES))
    lazy = read_recording(path, lazy=True)
    save(with_units())
    with pytest.raises(FileFormatError, match="Read the file again"):
        lazy.values  # noqa: B018


def test_a_series_linked_from_another_file(save, tmp_path):
    inner = save(with_rois(TRACES), "inner.nwb")
    path = save(session(), "outer.nwb")
    with h5py.File(path, "r+") as file:
        file["processing/ophys"] = h5py.ExternalLink("inner.nwb", "/processing/ophys")
    for lazy in (False, True):
        np.testing.assert_array_equal(read_recording(path, lazy=lazy).values, TRACES)
    inner.unlink()
    with pytest.raises(FileFormatError, match=r"ophys \(a link to a file that isn't there\)"):
        read_recording(path)


# -- which one ---------------------------------------------------------------------------------------------------


def many(save):
    file = session()
    module, table = plane(file, 3)
    add_series(module, DfOverF(), roi_series(table, TRACES))
    add_series(module, Fluorescence(), roi_series(table, TRACES + 1), roi_series(table, TRACES + 2, "raw"))
    file.add_acquisition(pynwb.TimeSeries(name="video", data=np.zeros((4, 5, 6)), unit="n", rate=5.0))
    return save(file)


def test_several_are_listed(save):
    with pytest.raises(
        FileFormatError,
        match=r"got 3 that could be the recording\. Name one with array=\.\.\. \(--array\); the file holds "
        r"ophys/DfOverF/RoiResponseSeries \(40 x 3, float64, 30 Hz\); ophys/Fluorescence/RoiResponseSeries",
    ):
        read_recording(many(save))


@pytest.mark.parametrize(
    ("name", "shift"),
    [
        ("ophys/DfOverF/RoiResponseSeries", 0),
        ("/processing/ophys/DfOverF/RoiResponseSeries", 0),
        ("DfOverF/RoiResponseSeries", 0),
        ("DfOverF", 0),
        ("Fluorescence/RoiResponseSeries", 1),
        ("raw", 2),
    ],
)
def test_names(save, name, shift):
    np.testing.assert_array_equal(read_recording(many(save), array=name).values, TRACES + shift)


def test_names_that_dont_say(save):
    path = many(save)
    with pytest.raises(FileFormatError, match=r"got 2 of that name. Say which: ophys/DfOverF/Roi"):
        read_recording(path, array="RoiResponseSeries")
    with pytest.raises(FileFormatError, match="Did you mean 'raw'"):
        read_recording(path, array="rwa")
    with pytest.raises(FileFormatError, match=r"got 3 dimensions. The file holds ophys/DfOverF"):
        read_recording(path, array="video")
    with pytest.raises(InputError, match=r"'traces' or 'counts' for ophys/DfOverF.*got 'spikes'"):
        read_recording(path, array="DfOverF", kind="spikes")
    with pytest.raises(InputError, match="no duration for a sampled series"):
        read_recording(path, array="DfOverF", duration=2.0)


# -- conditions --------------------------------------------------------------------------------------------------


def intervals(name, rows, columns=("condition",)):
    table = TimeIntervals(name=name, description="d")
    for column in columns:
        table.add_column(column, column)
    for start, stop, *labels in rows:
        table.add_row(start_time=start, stop_time=stop, **dict(zip(columns, labels, strict=True)))
    return table


@pytest.mark.parametrize("column", ["condition", "label", "State", "stimulus_name", "anything"])
def test_epochs(save, column):
    file = with_units()
    file.epochs = intervals("epochs", [(0.0, 4.0, "wake"), (4.0, 8.0, "sleep")], [column])
    rec = read_recording(save(file))
    assert rec.epochs == Epochs([0, 4], [4, 8], ["wake", "sleep"])
    assert f"conditions from the column {column!r} of epochs" in rec.notes


def test_the_named_column_of_several(save):
    file = with_units()
    file.epochs = intervals("epochs", [(0.0, 4.0, "x", "wake", "p")], ["animal", "condition", "place"])
    assert read_recording(save(file)).conditions == ("wake",)
    unclear = with_units()
    unclear.epochs = intervals("epochs", [(0.0, 4.0, "x", "p")], ["animal", "place"])
    rec = read_recording(save(unclear, "unclear.nwb"))
    assert rec.epochs is None
    assert any("epochs (no column of text labels): give them with epochs=Epochs(" in note for note in rec.notes)


def test_tags(save):
    file = with_units()
    file.add_epoch(0.0, 4.0, tags=["wake", "dark"])
    file.add_epoch(4.0, 8.0, tags=["sleep"])
    rec = read_recording(save(file))
    assert rec.epochs == Epochs([0, 4], [4, 8], ["wake, dark", "sleep"])


def test_trials_and_sleep_states(save):
    file = with_units()
    file.trials = intervals("trials", [(0.0, 1.0, "left", 3), (1.0, 2.0, "right", 4)], ["trial_type", "score"])
    module = file.create_processing_module("behavior", "d")
    module.add(intervals("states", [(0.0, 9.0, "REM")], ["label"]))
    path = save(file)
    rec = read_recording(path)
    assert rec.conditions == ("left", "right")
    assert "conditions from the column 'trial_type' of trials; labels are also in behavior/states" in rec.notes
    own = read_recording(path, epochs=Epochs([0], [5], ["mine"]))
    assert own.conditions == ("mine",)
    states = with_units()
    states.create_processing_module("behavior", "d").add(intervals("states", [(0.0, 9.0, "REM")], ["label"]))
    assert read_recording(save(states, "states.nwb")).conditions == ("REM",)


def test_epochs_go_before_trials(save):
    file = with_units()
    file.trials = intervals("trials", [(0.0, 1.0, "left")], ["trial_type"])
    file.epochs = intervals("epochs", [(0.0, 5.0, "wake")])
    assert read_recording(save(file)).conditions == ("wake",)


def test_tables_of_which_several_could_be_meant(save):
    file = with_units()
    for name in ("flashes", "gratings"):
        file.add_time_intervals(intervals(name, [(0.0, 1.0, name)], ["stimulus_name"]))
    rec = read_recording(save(file))
    assert rec.epochs is None
    assert any("flashes (several could be meant), gratings (several could be meant)" in n for n in rec.notes)


def test_epochs_that_overlap_or_have_no_label(save):
    file = with_units()
    file.epochs = intervals("epochs", [(0.0, 5.0, "a"), (4.0, 8.0, "b")])
    rec = read_recording(save(file))
    assert rec.epochs is None
    assert any("epochs (column 'condition': 0 to 5 s and 4 to 8 s)" in note for note in rec.notes)
    numbers = with_units()
    numbers.trials = intervals("trials", [(0.0, 1.0, 3)], ["score"])
    rec = read_recording(save(numbers, "numbers.nwb"))
    assert any("no conditions were taken from trials (no column of text labels)" in note for note in rec.notes)


def test_rows_that_cant_be_used(save):
    rows = [(0.0, 1.0, "a"), (1.0, 1.0, "b"), (2.0, np.nan, "c"), (3.0, 4.0, ""), (50.0, 60.0, "e"), (8.0, 20.0, "f")]
    file = with_units()
    file.epochs = intervals("epochs", rows)
    rec = read_recording(save(file))
    assert rec.epochs == Epochs([0, 8], [1, 20], ["a", "f"])
    assert any("4 of 6 rows left out" in note for note in rec.notes)
    assert any("epoch 1 (f, 8 to 20 s): only 1 s were recorded" in note for note in rec.notes)
    none = with_units()
    none.epochs = intervals("epochs", [(50.0, 60.0, "e")])
    assert any("no row within the recording" in note for note in read_recording(save(none, "none.nwb")).notes)


def test_epochs_of_a_sampled_series(save):
    file = with_rois(TRACES, rate=10.0, starting_time=2.0)
    file.epochs = intervals("epochs", [(2.0, 3.0, "a"), (3.0, 6.0, "b")])
    rec = read_recording(save(file))
    assert rec.in_condition("a").segments.tolist() == [[0, 10]]
    assert rec.in_condition("b").segments.tolist() == [[10, 40]]


def test_invalid_times_are_told(save):
    file = with_units()
    file.add_invalid_time_interval(start_time=1.0, stop_time=2.5, tags=["artefact"])
    with pytest.warns(CausalGrainWarning, match=r"1 stretches \(1.5 s in all\) as invalid"):
        rec = read_recording(save(file))
    assert rec.epochs is None


# -- broken files ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 0.97])
def test_truncated(save, share):
    path = save(with_units())
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(FileFormatError, match=r"a whole NWB file.*truncated or of another format"):
        read_recording(path)


def test_foreign(tmp_path):
    path = tmp_path / "x.nwb"
    path.write_text("time,a\n0,1\n")
    with pytest.raises(FileFormatError, match="truncated or of another format"):
        read_recording(path)
    with h5py.File(path, "w") as file:
        file["values"] = TRACES
    with pytest.raises(FileFormatError, match="got another HDF5 file"):
        read_recording(path)
    with h5py.File(path, "w") as file:
        file["nwb_version"] = "NWB-1.0.6"
    with pytest.raises(FileFormatError, match="got NWB 1"):
        read_recording(path)
    (tmp_path / "zarr.nwb").mkdir()
    with pytest.raises(FileFormatError, match=r"got a folder.*Zarr"):
        read_recording(tmp_path / "zarr.nwb")


def test_nothing_to_read(save):
    with pytest.raises(FileFormatError, match=r"none that could be the recording.*nothing to read"):
        read_recording(save(session()))
    file = session()
    file.add_unit_column("depth", "d")
    file.add_unit(depth=3.0)
    with pytest.raises(FileFormatError, match=r"units \(1 unit without spike times\)"):
        read_recording(save(file))


def test_empty_units(save):
    path = save(with_units())
    with h5py.File(path, "r+") as file:
        for name in ("id", "spike_times", "spike_times_index"):
            kept = dict(file["units"][name].attrs)
            del file["units"][name]
            file["units"].create_dataset(name, shape=(0,), dtype="i8").attrs.update(kept)
    with pytest.raises(FileFormatError, match=r"units \(a table without units\)"):
        read_recording(path)
    with pytest.raises(FileFormatError, match="got a table without units"):
        read_recording(path, array="units")


def test_bad_spike_times(save):
    nan = save(with_units([[0.5, 1.0], [0.2, np.nan, 0.9]]))
    with pytest.raises(FileFormatError, match=r"unit 'u1', spike 1: expected a time in s, got nan.*units=\[\.\.\.\]"):
        read_recording(nan)
    assert read_recording(nan, units=["u0"]).labels == ("u0",)
    unsorted = save(with_units([[0.5, 1.0], [0.2, 0.9, 0.4]]), "unsorted.nwb")
    with pytest.raises(FileFormatError, match=r"unsorted.nwb, units, spikes, unit 'u1', spike 2.*0.4 s after 0.9 s"):
        read_recording(unsorted)
    with pytest.raises(FileFormatError, match=r"unit 'u0'.*times from 0 to 0.7 s, got 1 s"):
        read_recording(unsorted, duration=0.7, units=["u0"])


@pytest.mark.parametrize("ends", [[3, 4, 9], [3, 2, 8], [3, 8]])
def test_damaged_index(save, ends):
    path = save(with_units())
    with h5py.File(path, "r+") as file:
        del file["units/spike_times_index"]
        file["units/spike_times_index"] = np.array(ends)
    with pytest.raises(FileFormatError, match="spike_times_index: expected 3 ascending ends, up to 8"):
        read_recording(path)


def test_values_that_were_never_written(save):
    path = save(with_rois(TRACES))
    with h5py.File(path, "r+") as file:
        group = file["processing/ophys/DfOverF/RoiResponseSeries"]
        del group["data"]
        group.create_dataset("data", shape=(40, 3), dtype="f8")
    with pytest.raises(FileFormatError, match="values that were never written"):
        read_recording(path)


def test_a_region_beyond_its_table(save):
    path = save(with_rois(TRACES))
    with h5py.File(path, "r+") as file:
        file["processing/ophys/DfOverF/RoiResponseSeries/rois"][...] = [0, 1, 77]
    with pytest.raises(FileFormatError, match="can't be read"):
        read_recording(path)


def test_other_tables_are_no_series(save):
    file = with_units()
    table = DynamicTable(name="notes", description="d", columns=[VectorData(name="a", description="d", data=[1, 2])])
    file.create_processing_module("misc", "d").add(table)
    assert read_recording(save(file)).n_units == 3
