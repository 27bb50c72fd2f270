"""Folders of one-step pairs."""

import numpy as np
import pytest

from causalgrain._errors import FileFormatError, InputError
from causalgrain.recordings import mouse_pairs
from causalgrain.recordings.readers import read_recording

SERIES = np.random.default_rng(6).normal(size=(40, 3))  # (time, ensemble)


def write(folder, part, first, header=None):
    """Pairs (t, t + 1) for every t in `first`."""
    folder.mkdir(parents=True, exist_ok=True)
    first = np.asarray(first)
    for side, rows in (("input", SERIES[first]), ("target", SERIES[first + 1])):
        with open(folder / f"{part}_{side}.csv", "w") as stream:
            stream.write("" if header is None else header + "\n")
            np.savetxt(stream, rows, delimiter=",", fmt="%.18e")
    return folder


@pytest.fixture
def stage(tmp_path):
    folder = write(tmp_path / "mouse1" / "stage1", "train", range(20))
    return write(folder, "test", range(25, 30))


def test_one_run(stage):
    rec = read_recording(stage, rate=10.0)
    np.testing.assert_array_equal(rec.values, SERIES[:21])  # 20 pairs, 21 samples
    assert rec.segments.tolist() == [[0, 21]]
    assert (rec.rate, rec.kind, rec.labels, rec.source) == (10.0, "traces", ("u0", "u1", "u2"), "stage1, train")
    assert rec.notes == (
        "the pairs for training are read; others by array='test' or array='all'",
        "pairs: 20, in runs (each a segment): 1; when the runs were isn't known: times are as if sampling had gone on",
    )


def test_test_and_all(stage):
    np.testing.assert_array_equal(read_recording(stage, rate=10.0, array="test").values, SERIES[25:31])
    rec = read_recording(stage, rate=10.0, array="all")
    np.testing.assert_array_equal(rec.values, np.concatenate([SERIES[:21], SERIES[25:31]]))
    assert rec.segments.tolist() == [[0, 21], [21, 27]]
    assert rec.onsets.tolist() == [0.0, 2.1]


def test_testing_that_goes_on_after_training(tmp_path):
    folder = write(write(tmp_path / "s", "train", range(5)), "test", range(5, 9))
    rec = read_recording(folder, rate=10.0, array="all")
    np.testing.assert_array_equal(rec.values, SERIES[:10])
    assert len(rec.segments) == 1


@pytest.mark.parametrize(
    ("first", "runs"),
    [
        ([0, 1, 2, 7, 8, 20], [[0, 1, 2, 3], [7, 8, 9], [20, 21]]),
        ([5, 3, 1], [[5, 6], [3, 4], [1, 2]]),  # shuffled: pairs alone
        ([5, 4, 5, 6], [[5, 6], [4, 5, 6, 7]]),  # backwards is no run
        ([3], [[3, 4]]),
        ([3, 3], [[3, 4], [3, 4]]),
    ],
)
def test_every_break_begins_a_segment(tmp_path, first, runs):
    rec = read_recording(write(tmp_path / "s", "train", first), rate=10.0)
    np.testing.assert_array_equal(rec.values, SERIES[np.concatenate(runs)])
    assert [stop - begin for begin, stop in rec.segments.tolist()] == [len(run) for run in runs]
    # What matters: the transitions within segments are the pairs, no more and no fewer.
    pairs = [(t, t + 1) for begin, stop in rec.segments for t in range(begin, stop - 1)]
    np.testing.assert_array_equal(rec.values[[a for a, _ in pairs]], SERIES[first])
    np.testing.assert_array_equal(rec.values[[b for _, b in pairs]], SERIES[np.array(first) + 1])


def test_rate_is_needed(stage):
    with pytest.raises(InputError, match="it is 10 in the mouse paper"):
        read_recording(stage)


def test_labels_units_and_start(stage):
    rec = read_recording(stage, rate=10.0, labels=["MO", "SS", "VIS"], units="VIS,MO", start=100.0)
    assert rec.labels == ("VIS", "MO")
    np.testing.assert_array_equal(rec.values, SERIES[:21, [2, 0]])
    assert rec.onsets.tolist() == [100.0]


def test_the_folder_above(stage):
    assert read_recording(stage.parent, rate=10.0) == read_recording(stage, rate=10.0)
    write(stage.parent / "stage2", "train", range(3))
    with pytest.raises(FileFormatError, match=r"2: stage1, stage2.*mouse1/stage1"):
        read_recording(stage.parent, rate=10.0)


def test_column_numbers_are_no_sample(tmp_path):
    rec = read_recording(write(tmp_path / "s", "train", range(4), header="0,1,2"), rate=10.0)
    np.testing.assert_array_equal(rec.values, SERIES[:5])
    assert "first row 0, 1, 2, ... of train taken for a header and left out" in rec.notes


def test_names_are_refused(tmp_path):
    with pytest.raises(FileFormatError, match=r"a header \(a, b, c, \.\.\.\)"):
        read_recording(write(tmp_path / "s", "train", range(4), header="a,b,c"), rate=10.0)


def test_files_that_dont_fit(stage):
    (stage / "test_target.csv").unlink()
    assert read_recording(stage, rate=10.0).n_units == 3
    with pytest.raises(FileFormatError, match=r"test_target.csv.*no such file"):
        read_recording(stage, rate=10.0, array="test")
    text = (stage / "train_target.csv").read_text().splitlines()
    (stage / "train_target.csv").write_text("\n".join(text[:-1]))
    with pytest.raises(FileFormatError, match=r"\(20, 3\) in the input, \(19, 3\) in the target"):
        read_recording(stage, rate=10.0)
    (stage / "train_target.csv").write_text("\n".join(text[:3] + ["1,2,x"] + text[4:]))
    with pytest.raises(FileFormatError, match=r"line 4"):
        read_recording(stage, rate=10.0)


def test_parts_of_different_width(stage):
    for side in ("input", "target"):
        np.savetxt(stage / f"test_{side}.csv", SERIES[:4, :2], delimiter=",")
    with pytest.raises(FileFormatError, match="as many columns for testing as for training, 3, got 2"):
        read_recording(stage, rate=10.0, array="all")


def test_missing_values(stage):
    rows = SERIES[:20].copy()
    rows[4, 1] = np.nan
    np.savetxt(stage / "train_input.csv", rows, delimiter=",")
    with pytest.raises(InputError, match="unit 'u1'"):
        read_recording(stage, rate=10.0)


@pytest.mark.parametrize("option", ["segments", "kind", "orientation", "duration", "lazy"])
def test_options_that_dont_apply(stage, option):
    value = {"segments": [[0, 3]], "kind": "traces", "orientation": "unit x time", "duration": 1.0, "lazy": True}
    with pytest.raises(InputError, match=f"no {option} for a folder of one-step pairs"):
        read_recording(stage, rate=10.0, **{option: value[option]})


def test_a_wrong_part_and_other_folders(stage, tmp_path):
    with pytest.raises(InputError, match="Did you mean 'train'"):
        read_recording(stage, rate=10.0, array="trian")
    assert not mouse_pairs.recognise(tmp_path / "nothing")
    assert not mouse_pairs.recognise(stage / "train_input.csv")
    (stage / "train_target.csv").unlink()
    (stage / "test_target.csv").unlink()
    assert not mouse_pairs.recognise(stage)
