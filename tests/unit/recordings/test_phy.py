"""Folders of phy and Kilosort, written by their documented layout."""

import numpy as np
import pytest

from causalgrain._errors import CausalGrainWarning, FileFormatError, InputError
from causalgrain.recordings import phy
from causalgrain.recordings.readers import read_recording

RATE = 20_000.0
# sample, cluster, template: cluster 9 was merged from templates 1 and 2
SPIKES = [(100, 0, 0), (150, 9, 1), (200, 9, 2), (300, 3, 3), (300, 3, 3), (400, 9, 2), (900, 0, 0), (1999, 5, 4)]
PARAMS = """# written by Kilosort
dat_path = {dat}
n_channels_dat = 4
dtype = 'int16'
offset = 16
sample_rate = 20000.
hp_filtered = False
"""
PLACES = np.array([[0.0, 0.0], [0.0, 20.0], [16.0, 40.0]])


def sorting(folder, spikes=SPIKES, params=PARAMS, dat="'raw.dat'", **tables):
    folder.mkdir(parents=True, exist_ok=True)
    table = np.array(spikes, dtype=np.int64)
    np.save(folder / "spike_times.npy", table[:, :1].astype(np.uint64))  # (spike, 1), as MATLAB writes it
    np.save(folder / "spike_clusters.npy", table[:, 1].astype(np.int32))
    np.save(folder / "spike_templates.npy", table[:, 2].astype(np.uint32))
    if params is not None:
        (folder / "params.py").write_text(params.format(dat=dat))
    for name, text in tables.items():
        (folder / f"cluster_{name}.tsv").write_text(text)
    return folder


def templates(folder, **extra):
    """Five templates of four samples; template t swings by t + 1 on channel t modulo 3, and by less elsewhere."""
    made = np.zeros((5, 4, 3), np.float32)
    for t in range(5):
        made[t, :, t % 3] = [0, -(t + 1), 1, 0]
        made[t, :, (t + 1) % 3] = [0, -0.5, 0, 0]
    np.save(folder / "templates.npy", made)
    np.save(folder / "channel_positions.npy", PLACES)
    for name, value in extra.items():
        np.save(folder / f"{name}.npy", value)
    return made


def test_all_clusters_where_none_is_labelled(tmp_path):
    rec = read_recording(sorting(tmp_path / "sorted"))
    assert rec.labels == ("0", "3", "5", "9")
    expected = [[0.005, 0.045], [0.015, 0.015], [0.09995], [0.0075, 0.01, 0.02]]
    assert [train.tolist() for train in rec.spikes] == expected
    assert rec.source == "sorted"
    assert rec.duration == pytest.approx(0.1)  # 2000 samples
    assert rec.notes == (
        "no cluster is labelled: all are read",
        "spikes at the same sample as another one of their unit, which are kept: 1",
        "taken to last until the last spike of any cluster: no raw file to tell the length",
    )
    assert read_recording(tmp_path / "sorted" / "params.py") == rec


HAND = "cluster_id\tgroup\n0\tgood\n3\tmua\n5\tnoise\n"
AUTOMATIC = "cluster_id\tKSLabel\n0\tmua\n3\tgood\n5\tgood\n9\tgood\n"


@pytest.mark.parametrize(
    ("tables", "labels", "note"),
    [
        ({"group": HAND}, ("0",), "1 of 4 clusters are good (labelled by hand); left out unless `units` names them: 1 mua, 1 noise, 1 unsorted"),
        ({"group": HAND, "KSLabel": AUTOMATIC}, ("0",), "(labelled by hand)"),
        ({"KSLabel": AUTOMATIC}, ("3", "5", "9"), "3 of 4 clusters are good (by KSLabel); left out unless `units` names them: 1 mua"),
        ({"group": "cluster_id\tgroup\n5\tnoise\n", "KSLabel": AUTOMATIC}, ("3", "9"), "(by KSLabel); left out unless `units` names them: 1 mua, 1 noise"),
        ({"group": "cluster_id\tgroup\n5\tnoise\n"}, ("0", "3", "9"), "3 of 4 clusters are not noise"),
        ({"group": "cluster_id\tgroup\n0\tunsorted\n5\tunsorted\n"}, ("0", "3", "5", "9"), "no cluster is labelled"),
        ({"info": "cluster_id\tch\tgroup\tKSLabel\n0\t1\t\tgood\n3\t1\tgood\tmua\n"}, ("3",), "labelled by hand"),
        ({"info": "id\tgroup\n0\tgood\n", "group": "cluster_id\tgroup\n3\tgood\n0\tmua\n"}, ("3",), "1 mua, 2 unsorted"),
        ({"group": "cluster_id\tgroup\n0.0\tGood\n"}, ("0",), "3 unsorted"),
        ({"groups": "cluster_id,group\n0,2\n3,1\n5,0\n9,3\n"}, ("0",), "1 mua, 1 noise, 1 unsorted"),
    ],
)  # fmt: skip
def test_labels(tmp_path, tables, labels, note):
    rec = read_recording(sorting(tmp_path, **tables))
    assert rec.labels == labels
    assert any(note in found for found in rec.notes), rec.notes


def test_clusters_by_name_whatever_their_label(tmp_path):
    folder = sorting(tmp_path, group=HAND)
    rec = read_recording(folder, units="3,0")
    assert rec.labels == ("3", "0")
    assert rec.properties["group"].tolist() == ["mua", "good"]
    assert rec.spikes[1].tolist() == [0.005, 0.045]
    assert read_recording(folder, units=["9"]).labels == ("9",)
    assert read_recording(folder, units=0).labels == ("0",)
    with pytest.raises(InputError, match="indices from 0 to 0"):
        read_recording(folder, units=3)


def test_no_good_cluster(tmp_path):
    folder = sorting(tmp_path, group="cluster_id\tgroup\n0\tmua\n")
    with pytest.raises(FileFormatError, match=r"none of 4 \(1 mua, 3 unsorted\).*units=\['0'\]"):
        read_recording(folder)


def test_templates_stand_in_for_clusters(tmp_path):
    folder = sorting(tmp_path)
    (folder / "spike_clusters.npy").unlink()
    assert read_recording(folder).labels == ("0", "1", "2", "3", "4")


def test_cell_types(tmp_path):
    for i, name in enumerate(("cell_type", "putativeCellType", "CellType")):
        folder = sorting(tmp_path / str(i), cell_type=f"cluster_id\t{name}\n9\tPV\n0\tpyramidal\n")
        assert read_recording(folder).properties["cell_type"].tolist() == ["pyramidal", "", "", "PV"]


def test_waveforms_and_positions(tmp_path):
    folder = sorting(tmp_path)
    made = templates(folder)
    rec = read_recording(folder, units=["9", "0", "5"])
    # Most spikes of cluster 9 came from template 2: channel 2; cluster 5 from template 4: channel 1.
    np.testing.assert_array_equal(rec.properties["waveform"], [made[2, :, 2], made[0, :, 0], made[4, :, 1]])
    np.testing.assert_array_equal(rec.properties["position"], PLACES[[2, 0, 1]])
    assert any("as stored, in arbitrary units" in note for note in rec.notes)


def test_whitening_is_undone(tmp_path):
    folder = sorting(tmp_path)
    inverse = np.array([[1.0, 0, 0], [10.0, 1, 0], [0, 0, 1]])  # channel 1 stands for much of channel 0
    made = templates(folder, whitening_mat_inv=inverse)
    rec = read_recording(folder, units=["5"])
    np.testing.assert_allclose(rec.properties["waveform"][0], made[4, :, 0] + 10 * made[4, :, 1])
    np.testing.assert_array_equal(rec.properties["position"], PLACES[[0]])
    assert any("whitening undone" in note for note in rec.notes)


def test_the_channel_that_swings_most_is_not_the_one_that_rises_most(tmp_path):
    folder = sorting(tmp_path)
    made = templates(folder)
    made[0, :, 1] = [0, 2, 0, 0]  # channel 0 rises by 1 and falls by 1.5
    made[0, :, 0] = [0, -1.5, 1, 0]
    np.save(folder / "templates.npy", made)
    assert read_recording(folder, units=["0"]).properties["position"].tolist() == [[0.0, 0.0]]


@pytest.mark.parametrize("name", ["templates_ind", "template_ind"])
def test_sparse_templates(tmp_path, name):
    folder = sorting(tmp_path, spikes=[(100, 0, 0), (200, 1, 1)])
    made = np.array([[[0, 9, 1], [0, -9, -1]], [[2, 0, 0], [-2, 0, 0]]], np.float32)  # (template, sample, place)
    inverse = np.eye(3)
    inverse[2, 0] = 0.5  # from channel 2 to channel 0
    own = np.array([[0, -1, 2], [2, 1, -1]])  # the 9 stands on no channel
    for key, value in {"templates": made, name: own, "channel_positions": PLACES, "whitening_mat_inv": inverse}.items():
        np.save(folder / f"{key}.npy", value)
    rec = read_recording(folder)
    np.testing.assert_array_equal(rec.properties["waveform"], [[1, -1], [2, -2]])
    np.testing.assert_array_equal(rec.properties["position"], PLACES[[2, 2]])


@pytest.mark.parametrize(
    ("name", "value", "note"),
    [
        ("templates", np.zeros((3, 4, 3)), "template 4 is needed"),
        ("templates", np.zeros((5, 4)), "is float64 of shape (5, 4)"),
        ("templates_ind", np.tile([0, 1, 7], (5, 1)), "channels of template 0"),
        ("templates_ind", np.tile([0, 1], (5, 1)), "channels of template 0"),
    ],
)
def test_templates_that_dont_fit_are_left_out(tmp_path, name, value, note):
    folder = sorting(tmp_path)
    templates(folder, **{name: value})
    rec = read_recording(folder)
    assert "waveform" not in rec.properties
    assert any("no waveforms" in found and note in found for found in rec.notes)


@pytest.mark.parametrize("dat", ["'raw.dat'", "['raw.dat']", 'r"raw.dat"'])
def test_duration_of_the_raw_file(tmp_path, dat):
    folder = sorting(tmp_path, dat=dat)
    (folder / "raw.dat").write_bytes(bytes(16 + 4 * 2 * 5000))  # offset, channels, bytes, samples
    rec = read_recording(folder)
    assert rec.duration == pytest.approx(0.25)
    assert not any("last spike" in note for note in rec.notes)


def test_several_raw_files_follow_one_another(tmp_path):
    folder = sorting(tmp_path, dat="['a.dat', 'b.dat']")
    for name, samples in (("a", 2000), ("b", 1000)):
        (folder / f"{name}.dat").write_bytes(bytes(16 + 8 * samples))
    assert read_recording(folder).duration == pytest.approx(0.15)
    (folder / "b.dat").unlink()
    assert read_recording(folder).duration == pytest.approx(0.1)  # until the last spike


def test_a_raw_file_that_is_too_short(tmp_path):
    folder = sorting(tmp_path)
    (folder / "raw.dat").write_bytes(bytes(16 + 8 * 1999))
    with pytest.warns(CausalGrainWarning, match="holds 1999 samples, but spikes reach up to sample 1999"):
        assert read_recording(folder).duration == pytest.approx(0.1)


def test_duration_start_and_segments_from_the_call(tmp_path):
    folder = sorting(tmp_path)
    assert read_recording(folder, duration=3.0).duration == 3.0
    assert read_recording(folder, start=0.004).spans.tolist() == [[0.004, pytest.approx(0.1)]]
    assert read_recording(folder, segments=[[0, 0.04], [0.05, 0.1]]).segments.tolist() == [[0, 0.04], [0.05, 0.1]]
    with pytest.raises(InputError, match=r"unit '0'.*from 0.02 to"):
        read_recording(folder, start=0.02)


def test_rate(tmp_path):
    folder = sorting(tmp_path / "a", params=None)
    with pytest.raises(InputError, match="the sampling rate in Hz"):
        read_recording(folder)
    assert read_recording(folder, rate=10_000.0).spikes[0].tolist() == [0.01, 0.09]
    folder = sorting(tmp_path / "b")
    with pytest.warns(CausalGrainWarning, match=r"`rate` is 30000 Hz, but sample_rate in params.py says 20000 Hz"):
        assert read_recording(folder, rate=30_000.0).spikes[0].tolist() == [100 / 3e4, 900 / 3e4]


def test_params_are_not_run(scratch):
    text = "import os\nos.system('echo ran > ran.txt')\nsample_rate = 20000.0\ndtype = open('ran.txt', 'w')\n"
    rec = read_recording(sorting(scratch / "sorted", params=text))
    assert rec.spikes[0].tolist() == [0.005, 0.045]
    assert not (scratch / "ran.txt").exists()


def test_spikes_of_a_unit_are_sorted_by_time(tmp_path):
    rec = read_recording(sorting(tmp_path, spikes=[(400, 1, 0), (100, 1, 0), (300, 2, 0)]))
    assert rec.spikes[0].tolist() == [0.005, 0.02]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("spike_clusters", np.zeros(3, int), "8 as in spike_times.npy.*got 3 of type int64"),
        ("spike_templates", np.full(8, -1), "none below 0"),
        ("spike_times", np.linspace(0, 1, 8), "whole numbers, one a spike, got 8 of type float64"),
        ("spike_times", np.array(["a"] * 8), "whole numbers"),
    ],
)
def test_files_that_dont_fit(tmp_path, name, value, message):
    folder = sorting(tmp_path)
    np.save(folder / f"{name}.npy", value)
    with pytest.raises(FileFormatError, match=message):
        read_recording(folder)


def test_whole_numbers_may_be_stored_as_floats(tmp_path):
    folder = sorting(tmp_path)
    expected = read_recording(folder)
    np.save(folder / "spike_times.npy", np.load(folder / "spike_times.npy").astype(float))
    assert read_recording(folder) == expected


def test_no_spikes(tmp_path):
    folder = sorting(tmp_path)
    for name in ("times", "clusters", "templates"):
        np.save(folder / f"spike_{name}.npy", np.zeros(0, np.int64))
    with pytest.raises(FileFormatError, match="at least one spike"):
        read_recording(folder)


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("params.py", "sample_rate = = 3", r"params\.py.*can't be read"),
        ("params.py", "sample_rate = -1.0", "a number > 0"),
        ("cluster_group.tsv", "unit\tgroup\n0\tgood\n", "a column cluster_id, got unit, group"),
    ],
)
def test_broken_text(tmp_path, file, text, message):
    folder = sorting(tmp_path)
    (folder / file).write_text(text)
    with pytest.raises((FileFormatError, InputError), match=message):
        read_recording(folder)


def test_tables_that_say_little(tmp_path):
    folder = sorting(tmp_path, group="", Amplitude="cluster_id\tAmplitude\n0\n\n")
    assert read_recording(folder).n_units == 4


@pytest.mark.parametrize("name", ["spike_times", "spike_clusters", "templates"])
def test_truncated(tmp_path, name):
    folder = sorting(tmp_path)
    templates(folder)
    data = (folder / f"{name}.npy").read_bytes()
    (folder / f"{name}.npy").write_bytes(data[: len(data) // 2])
    with pytest.raises(FileFormatError, match=rf"{name}.npy.*truncated or of another format"):
        read_recording(folder)


@pytest.mark.parametrize("option", ["array", "labels", "kind", "orientation", "lazy"])
def test_options_that_dont_apply(tmp_path, option):
    value = {"array": "x", "labels": ["a"], "kind": "spikes", "orientation": "unit x time", "lazy": True}[option]
    with pytest.raises(InputError, match=f"no {option} for a kilosort/phy folder"):
        read_recording(sorting(tmp_path), **{option: value})


def test_other_folders_are_left_alone(tmp_path):
    np.save(tmp_path / "spike_times.npy", np.arange(3))
    assert not phy.recognise(tmp_path)
    assert not phy.recognise(tmp_path / "spike_times.npy")
    (tmp_path / "cluster_group.tsv").write_text("cluster_id\tgroup\n")
    with pytest.raises(FileFormatError, match=r"known layout \(.*kilosort/phy folder"):
        read_recording(tmp_path / "cluster_group.tsv")
    np.save(tmp_path / "spike_clusters.npy", np.arange(3))
    assert phy.recognise(tmp_path)
    with pytest.raises(FileFormatError, match=r"Its folder is a known layout \(kilosort/phy folder\): name the folder"):
        read_recording(tmp_path / "cluster_group.tsv")


@pytest.mark.filterwarnings("ignore")  # of spikeinterface and what it imports, about versions to come
def test_what_spikeinterface_exports(tmp_path, monkeypatch):
    core = pytest.importorskip("spikeinterface.core")
    exporters = pytest.importorskip("spikeinterface.exporters")
    similarity = pytest.importorskip("spikeinterface.postprocessing.template_similarity")
    # Compiled, it would take 15 s; what it computes isn't read.
    monkeypatch.setattr(similarity, "_compute_similarity_matrix", similarity._compute_similarity_matrix_numpy)
    raw, sorted_units = core.generate_ground_truth_recording(num_channels=8, durations=[2.0], num_units=5, seed=0)
    analyzer = core.create_sorting_analyzer(sorted_units, raw, sparse=True, verbose=False)
    analyzer.compute(["random_spikes", "templates", "noise_levels"])
    exporters.export_to_phy(
        analyzer, tmp_path / "phy", compute_pc_features=False, compute_amplitudes=False, verbose=False
    )
    rec = read_recording(tmp_path / "phy")
    assert rec.duration == pytest.approx(2.0)  # of the raw file
    for i, unit in enumerate(sorted_units.unit_ids):
        np.testing.assert_allclose(rec.spikes[i], sorted_units.get_unit_spike_train(unit) / raw.sampling_frequency)
    shapes = analyzer.get_extension("templates").get_data()  # (unit, sample, channel)
    peaks = np.ptp(shapes, axis=1).argmax(axis=1)
    np.testing.assert_allclose(rec.properties["position"], raw.get_channel_locations()[peaks])
    np.testing.assert_allclose(rec.properties["waveform"], [shapes[i, :, c] for i, c in enumerate(peaks)], atol=1e-3)
