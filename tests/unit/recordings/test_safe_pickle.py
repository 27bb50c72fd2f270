"""Pickles of plain data, and those that are none."""

import contextlib
import datetime
import io
import os
import pathlib
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from causalgrain._errors import FileFormatError
from causalgrain.recordings._safe_pickle import Plain, Refused, load_npy

SETTINGS = {
    "fs": np.float32(7.5),
    "n": np.int64(3),
    "yes": np.bool_(True),
    "image": np.arange(6, dtype=np.int16).reshape(2, 3, order="F"),
    "big_endian": np.arange(3, dtype=">i4"),
    "none_left": np.zeros((0, 3), np.float32),
    "names": np.array(["ab", "c"]),
    "nested": np.array([{"med": [3, 4]}, None], dtype=object),
    "set": {1, 2},
    "complex": 3 + 2j,
    "plain": [(1, "ü", b"x", None, True, 1.5, 2**80)],
}


def save(path, value):
    np.save(path, np.array(value, dtype=object), allow_pickle=True)
    return path


def as_npy(path, pickled, shape="()"):
    header = f"{{'descr': '|O', 'fortran_order': False, 'shape': {shape}, }}".encode().ljust(117) + b"\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + pickled)
    return path


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_plain_data_comes_out_as_from_pickle(protocol):
    data = pickle.dumps(SETTINGS, protocol=protocol)
    ours, theirs = Plain(io.BytesIO(data)).load(), pickle.loads(data)
    assert list(ours) == list(theirs)
    for name, value in theirs.items():
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(ours[name], value)
            assert ours[name].dtype == value.dtype
        else:
            assert ours[name] == value
            assert type(ours[name]) is type(value)


def test_files(tmp_path):
    ops = load_npy(save(tmp_path / "ops.npy", {"fs": 30.0, "yrange": np.array([0, 512])})).item()
    assert ops["fs"] == 30.0
    assert ops["yrange"].tolist() == [0, 512]
    stat = load_npy(save(tmp_path / "stat.npy", [{"med": [1, 2]}, {"med": (3, 4)}]))
    assert stat.shape == (2,)
    assert [list(roi["med"]) for roi in stat] == [[1, 2], [3, 4]]
    np.save(tmp_path / "F.npy", np.eye(2))
    np.testing.assert_array_equal(load_npy(tmp_path / "F.npy"), np.eye(2))


def test_dates_and_paths_are_dropped(tmp_path):
    held = {"date": datetime.datetime.now().astimezone(), "path": pathlib.PurePosixPath("a/b"), "fs": 3.0}
    assert load_npy(save(tmp_path / "ops.npy", held)).item() == {"date": None, "path": None, "fs": 3.0}


class Evil:
    """What a pickle may ask for."""

    def __init__(self, *call):
        self.call = call

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize(
    "call",
    [
        (os.system, ("echo ran > ran.txt",)),
        (exec, ("open('ran.txt', 'w').write('ran')",)),
        (eval, ("open('ran.txt', 'w')",)),
        (open, ("ran.txt", "w")),
        (getattr, ("", "join")),
        (np.load, ("ran.txt",)),
        (np.memmap, ("ran.txt", "u1", "w+", 0, (3,))),
        (np.lib.format.open_memmap, ("ran.txt", "w+", "u1", (3,))),
        (__import__, ("antigravity",)),
    ],
)
@pytest.mark.parametrize("place", ["alone", "inside"])
def test_nothing_is_run(scratch, call, place):
    value = Evil(*call)
    path = save(scratch / "ops.npy", {"fs": 30.0, "x": value} if place == "inside" else [value])
    name = call[0].__name__
    with pytest.raises(FileFormatError, match=rf"got one that names .*{name}\. Nothing of it was run"):
        load_npy(path)
    assert [p.name for p in scratch.iterdir()] == ["ops.npy"]


class Flags:
    """A data type of objects whose flags pass it off as numbers."""

    def __reduce__(self):
        return np.dtype, ("O8", False, True), (3, "|", None, None, None, -1, -1, 0)


def rebuilt(shape, dtype, raw):
    class Array:
        def __reduce__(self):
            return np.zeros(0).__reduce__()[0], (np.ndarray, (0,), b"b"), (1, shape, dtype, False, raw)

    return Array()


@pytest.mark.parametrize(
    ("shape", "dtype", "raw"),
    [
        ((1,), Flags(), b"\x10" * 8),  # an address
        ((4,), np.dtype(object), [1]),  # reads beyond the list
        ((4,), np.dtype("f8"), b"\x00" * 8),
        ((-4,), np.dtype("f8"), b""),
        ((1,), np.dtype("f8"), "text"),
        ((1,), "f8", b"\x00" * 8),
        ((1,), np.dtype([("a", "f8")]), b"\x00" * 8),
    ],
)
def test_arrays_that_lie_about_themselves(tmp_path, shape, dtype, raw):
    data = pickle.dumps(rebuilt(shape, dtype, raw), protocol=4)
    with pytest.raises(Refused):
        Plain(io.BytesIO(data)).load()
    with pytest.raises(FileFormatError, match="got one that names"):
        load_npy(as_npy(tmp_path / "stat.npy", data))


@pytest.mark.parametrize("raw", [b"", b"\x00" * 4, "12345678"])
def test_numbers_that_lie_about_themselves(raw):
    scalar = np.float64(1.0).__reduce__()[0]
    with pytest.raises(Refused):
        Plain(io.BytesIO(pickle.dumps(Evil(scalar, (np.dtype("f8"), raw))))).load()
    with pytest.raises(Refused):
        Plain(io.BytesIO(pickle.dumps(Evil(scalar, (np.dtype("O"), b"\x10" * 8))))).load()


def test_one_pickle_cant_alter_the_next():
    one, other = Plain(io.BytesIO(b"N.")), Plain(io.BytesIO(b"N."))
    assert one.find_class("numpy", "dtype") is not other.find_class("numpy", "dtype")


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.95])
def test_truncated(tmp_path, share):
    path = save(tmp_path / "ops.npy", SETTINGS)
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(FileFormatError, match="truncated or of another format"):
        load_npy(path)


def test_shape_that_contradicts_the_header(tmp_path):
    path = as_npy(tmp_path / "stat.npy", pickle.dumps(np.array([1, None], dtype=object)), shape="(3,)")
    with pytest.raises(FileFormatError, match=r"shape \(2,\) where the header says \(3,\)"):
        load_npy(path)


@given(junk=st.binary(max_size=60), place=st.integers(0, 400))
def test_damaged_files_give_a_message_or_data(tmp_path_factory, junk, place):
    path = save(tmp_path_factory.mktemp("x") / "ops.npy", {"fs": 3.0, "a": np.arange(4)})
    good = path.read_bytes()
    path.write_bytes(good[:place] + junk + good[place + len(junk) :])
    with contextlib.suppress(FileFormatError):
        load_npy(path)
