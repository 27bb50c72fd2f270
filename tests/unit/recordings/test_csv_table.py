"""Text tables: headers, separators, time columns, and what is wrong where."""

import numpy as np
import pytest

from causalgrain._errors import CausalGrainWarning, FileFormatError, InputError
from causalgrain.recordings.readers import read_recording


@pytest.fixture
def table(tmp_path):
    def write(text, name="x.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return write


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("a,b\n0.5,2\n3,4\n5,6\n", ("a", "b")),
        ("0.5,2\n3,4\n5,6", ("u0", "u1")),
        ("a;b\r\n0.5;2\r\n3;4\r\n5;6\r\n", ("a", "b")),
        ("a\tb\n0.5\t2\n3\t4\n5\t6\n", ("a", "b")),
        ("a b\n0.5 2\n3 4\n5 6\n", ("a", "b")),
        ("# a,b\n0.5,2\n3,4\n5,6\n", ("a", "b")),
        ("# made by x\n# v2\n\na,b\n0.5,2\n3,4\n5,6\n", ("a", "b")),
        ("# made by x\n0.5,2\n3,4\n5,6\n", ("u0", "u1")),
        ("\ufeffa,b\n0.5,2\n3,4\n5,6\n", ("a", "b")),
        ('"a, 1","b"\n0.5,2\n3,4\n5,6\n', ("a, 1", "b")),
        (' "a" , "b" \n0.5,2\n3,4\n5,6\n', ("a", "b")),
    ],
)
def test_reads(table, text, labels):
    rec = read_recording(table(text), rate=2.0)
    assert rec.labels == labels
    np.testing.assert_array_equal(rec.values, [[0.5, 2], [3, 4], [5, 6]])
    assert rec.source == "x.csv"


def test_one_column(table):
    rec = read_recording(table("my unit\n0.5\n3\n"), rate=2.0)
    assert rec.labels == ("my unit",)
    assert rec.values.ravel().tolist() == [0.5, 3.0]


@pytest.mark.parametrize("name", ["time", "t", "Time (s)", "seconds"])
def test_time_column_gives_rate_and_start(table, name):
    rec = read_recording(table(f"{name},a\n10.0,1.5\n10.25,2\n10.5,4\n"))
    assert rec.rate == pytest.approx(4.0)
    assert rec.labels == ("a",)
    assert rec.times.tolist() == [10.0, 10.25, 10.5]
    assert rec.values.ravel().tolist() == [1.5, 2.0, 4.0]


def test_rounded_times_are_even(table):
    text = "time,a\n" + "".join(f"{i / 30:.2f},{i}.5\n" for i in range(300))
    assert read_recording(table(text)).rate == pytest.approx(30.0, rel=1e-3)


def test_a_missing_row_is_found(table):
    text = "time,a\n" + "".join(f"{i / 10},{i}.5\n" for i in range(20) if i != 7)
    with pytest.raises(FileFormatError, match=r"sample 7: expected a step of about 0.1 s, got 0.2 s"):
        read_recording(table(text))
    with pytest.warns(CausalGrainWarning, match="taken as even"):
        assert read_recording(table(text), rate=10.0).n_samples == 19


def test_times_that_run_back(table):
    with pytest.raises(FileFormatError, match="time column"):
        read_recording(table("time,a\n1,1.5\n0.5,2\n0,2\n"))


def test_two_rates_are_told(table):
    path = table("time,a\n0,1.5\n1,2\n2,2\n")
    with pytest.warns(CausalGrainWarning, match="500 Hz is used"):
        assert read_recording(path, rate=500.0).rate == 500.0


def test_spike_table(table):
    rec = read_recording(table("time,unit\n0.5,3\n0.1,7\n0.2,3\n"), kind="spikes", duration=1.0)
    assert rec.labels == ("c3", "c7")
    assert [t.tolist() for t in rec.spikes] == [[0.2, 0.5], [0.1]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "an empty file"),
        ("\n\n", "an empty file"),
        ("a,b\n1,2\n3,4\n5", "line 4: expected 2 cells"),
        ("a,b\n1,2\n3,4\n5,\n", "line 4, column 2: expected a number, got an empty cell"),
        ("1,,3\n1,2,3\n4,5,6\n", "line 1, column 2: expected a number, got an empty cell"),
        ("a,b\n1,2\n3,x\n", "line 3, column 2: expected a number, got 'x'"),
        ("a,b,c\n1,2\n3,4\n", "line 1: expected 2 names"),
        ("a,b\n", "empty recording"),
        ("a;b\n1,5;2\n3;4\n", "line 2, column 1: expected a number, got '1,5'"),
        ("a,b\n1,2\nnan,3\n", "unit 'a' at 0.5 s"),
        ("a,a\n1,2\n3,4\n", "'a' more than once"),
        ("a,\n1,2\n3,4\n", "empty one for unit 1"),
    ],
)
def test_refuses(table, text, message):
    with pytest.raises((InputError, FileFormatError), match=message):
        read_recording(table(text), rate=2.0)


def test_foreign_bytes(table, tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(bytes(range(256)) * 4)
    with pytest.raises(FileFormatError, match="It isn't plain text in UTF-8: save it as that"):
        read_recording(path, rate=1.0)


def test_a_table_has_no_named_arrays(table):
    with pytest.raises(FileFormatError, match="none of that name"):
        read_recording(table("1,2\n3,4\n"), rate=1.0, array="traces")


def test_time_column_and_turned_table(table):
    with pytest.raises(InputError, match="orientation"):
        read_recording(table("time,a\n0,1.5\n1,2\n"), orientation="unit x time")


@pytest.mark.parametrize("header", ["unit,time", "time,unit", "Cluster,t"])
def test_a_list_of_spikes_is_not_taken_for_traces(tmp_path, header):
    path = tmp_path / "spikes.csv"
    rows = ["3,0.5", "7,1.25", "3,2.0"] if header != "time,unit" else ["0.5,3", "1.25,7", "2.0,3"]
    path.write_text("\n".join([header, *rows]) + "\n")
    with pytest.raises(InputError, match="--kind spikes"):
        read_recording(path, rate=10.0)
    rec = read_recording(path, kind="spikes")
    assert rec.labels == ("c3", "c7")
    assert [train.tolist() for train in rec.spikes] == [[0.5, 2.0], [1.25]]
