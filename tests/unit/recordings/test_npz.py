"""NumPy archives."""

import numpy as np
import pytest

from causalgrain._errors import FileFormatError, InputError
from causalgrain.recordings.readers import read_recording

VALUES = np.random.default_rng(1).normal(size=(50, 3))


@pytest.fixture
def archive(tmp_path):
    def write(compress=False, **arrays):
        (np.savez_compressed if compress else np.savez)(tmp_path / "x.npz", **arrays)
        return tmp_path / "x.npz"

    return write


@pytest.mark.parametrize("compress", [False, True])
def test_reads_the_only_array_with_rate_labels_and_segments(archive, compress):
    rec = read_recording(
        archive(
            compress,
            values=VALUES,
            rate=np.array(4.0),
            labels=np.array(["a", "b", "c"]),
            segments=np.array([[0, 20], [20, 50]]),
        )
    )
    np.testing.assert_array_equal(rec.values, VALUES)
    assert rec.rate == 4.0
    assert rec.labels == ("a", "b", "c")
    assert rec.segments.tolist() == [[0, 20], [20, 50]]
    assert rec.source == "x.npz, values"
    assert rec.notes == ("rate 4 Hz from 'rate' in the file",)


def test_named_array(archive):
    path = archive(one=VALUES, two=VALUES + 1)
    np.testing.assert_array_equal(read_recording(path, array="two", rate=1.0).values, VALUES + 1)
    with pytest.raises(FileFormatError, match=r"2 arrays .* one \(50 x 3, float64\); two \(50 x 3, float64\)"):
        read_recording(path, rate=1.0)
    with pytest.raises(FileFormatError, match="Did you mean 'two'"):
        read_recording(path, array="tow", rate=1.0)


def test_spikes_one_array_a_unit(archive):
    path = archive(n1=np.array([0.1, 0.5]), n2=np.array([0.2]), silent=np.array([]), rate=np.array(3.0))
    rec = read_recording(path, kind="spikes", duration=1.0)
    assert rec.labels == ("n1", "n2")
    assert [t.tolist() for t in rec.spikes] == [[0.1, 0.5], [0.2]]
    assert "1 of 3 units have no spike" in rec.notes[0]


def test_vectors_are_not_taken_for_spikes_unasked(archive):
    path = archive(n1=np.array([0.1, 0.5]), n2=np.array([0.2]))
    with pytest.raises(FileFormatError, match="no array that could be"):
        read_recording(path)
    with pytest.raises(InputError, match="kind='spikes'"):
        read_recording(path, array="all one-dimensional arrays", rate=1.0)


def test_spike_pairs(archive):
    pairs = np.array([[0.5, 1], [0.1, 2], [0.2, 1]])
    rec = read_recording(archive(pairs=pairs), kind="spikes", duration=1.0)
    assert rec.labels == ("c1", "c2")
    assert rec.spikes[0].tolist() == [0.2, 0.5]
    turned = read_recording(archive(pairs=pairs.T), kind="spikes", duration=1.0, orientation="unit x time")
    assert turned == rec


def test_a_slim_array_is_taken_when_alone(archive):
    assert read_recording(archive(x=VALUES[:, :1]), rate=1.0).n_units == 1
    with pytest.raises(InputError, match="empty recording"):
        read_recording(archive(x=VALUES[:0]), rate=1.0)
    with pytest.raises(InputError, match="at least one unit"):
        read_recording(archive(x=VALUES[:, :0]), rate=1.0)


def test_pickles_are_never_loaded(archive):
    path = archive(x=np.array([{"a": 1}, None], dtype=object))
    with pytest.raises(FileFormatError, match=r"x \(2, pickled objects\)"):
        read_recording(path, rate=1.0)
    with pytest.raises(FileFormatError, match="got pickled objects"):
        read_recording(path, array="x", rate=1.0)


def test_nothing_inside(tmp_path):
    np.savez(tmp_path / "x.npz")
    with pytest.raises(FileFormatError, match="holds nothing"):
        read_recording(tmp_path / "x.npz", rate=1.0)


@pytest.mark.parametrize("share", [0.0, 0.05, 0.5, 0.95])
def test_truncated(archive, share):
    path = archive(values=VALUES)
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(FileFormatError, match="truncated or of another format"):
        read_recording(path, rate=1.0)


def test_damaged_inside(archive):
    path = archive(values=VALUES)
    data = bytearray(path.read_bytes())
    data[600] ^= 0xFF  # within the numbers: the checksum tells
    path.write_bytes(data)
    with pytest.raises(FileFormatError, match="truncated or of another format"):
        read_recording(path, rate=1.0)


def test_foreign(tmp_path):
    path = tmp_path / "x.npz"
    path.write_text("not an archive")
    with pytest.raises(FileFormatError, match="truncated or of another format"):
        read_recording(path, rate=1.0)
