"""NumPy arrays."""

import numpy as np
import pytest

from causalgrain._errors import CausalGrainWarning, FileFormatError, InputError
from causalgrain.recordings.readers import read_recording

VALUES = np.random.default_rng(1).normal(size=(50, 3))


@pytest.fixture
def file(tmp_path):
    def write(array, **settings):
        np.save(tmp_path / "x.npy", array, **settings)
        return tmp_path / "x.npy"

    return write


@pytest.mark.parametrize("lazy", [None, True])
@pytest.mark.parametrize("order", ["C", "F"])
def test_reads_the_array(file, lazy, order):
    rec = read_recording(file(np.array(VALUES, order=order)), rate=4.0, labels=["a", "b", "c"], lazy=lazy)
    np.testing.assert_array_equal(rec.values, VALUES)
    assert (rec.rate, rec.labels, rec.source) == (4.0, ("a", "b", "c"), "x.npy")
    assert (rec.on_disk is not None) == bool(lazy)
    turned = read_recording(file(np.array(VALUES.T, order=order)), rate=4.0, orientation="unit x time", lazy=lazy)
    np.testing.assert_array_equal(turned.values, VALUES)


def test_rate_and_orientation_are_asked_for(file):
    with pytest.raises(InputError, match=r"rate=1 / 0.6"):
        read_recording(file(VALUES))
    with pytest.warns(CausalGrainWarning, match="3 rows and 50 columns"):
        read_recording(file(VALUES.T), rate=1.0)


def test_spikes(file):
    pairs = np.array([[0.5, 1], [0.1, 2], [0.2, 1]])
    rec = read_recording(file(pairs), kind="spikes", duration=1.0)
    assert [train.tolist() for train in rec.spikes] == [[0.2, 0.5], [0.1]]
    one = read_recording(file(np.array([0.2, 0.5])), kind="spikes", duration=1.0)
    assert (one.labels, one.spikes[0].tolist()) == (("x",), [0.2, 0.5])


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.array([{"a": 1}], dtype=object), "pickled objects, which are never loaded"),
        (np.zeros(4, dtype=[("time", float), ("unit", int)]), r"named columns \(time, unit\)"),
        (np.array(["a", "b"]), "real numbers, got <U1"),
        (np.zeros((3, 2), complex), "real numbers, got complex128"),
        (np.zeros((3, 2, 2)), r"shape \(3, 2, 2\).*name their edges"),
        (np.float64(3.0), "got one number"),
        (np.zeros(5), r"kind='spikes'; one trace is saved as values\[:, None\]"),
        (np.zeros((0, 3)), "empty recording"),
        (np.zeros((3, 0)), "at least one unit"),
    ],
)
def test_refuses(file, array, message):
    with pytest.raises((FileFormatError, InputError), match=message):
        read_recording(file(array, allow_pickle=True), rate=1.0)


@pytest.mark.parametrize("lazy", [None, True, False])
@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 0.95])
def test_truncated(file, share, lazy):
    path = file(VALUES)
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(FileFormatError, match="truncated or of another format"):
        _ = read_recording(path, rate=1.0, lazy=lazy).values


def test_cut_after_it_was_opened(file):
    path = file(VALUES)
    rec = read_recording(path, rate=1.0, lazy=True)
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(FileFormatError, match="truncated"):
        _ = rec.values


def test_foreign(file):
    path = file(VALUES)
    path.write_text("time,a\n0,1\n")
    with pytest.raises(FileFormatError, match="truncated or of another format"):
        read_recording(path, rate=1.0)
