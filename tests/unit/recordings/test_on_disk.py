"""Arrays that stay in their file."""

import pickle
from contextlib import contextmanager, nullcontext
from functools import partial

import numpy as np
import pytest

from causalgrain._errors import CostError, FileFormatError, InputError
from causalgrain.recordings import on_disk
from causalgrain.recordings.on_disk import OnDisk, in_memory_or_not

TABLE = np.random.default_rng(1).normal(size=(50, 7))  # (time, unit)


class Watched:
    """An array that remembers which slices were read."""

    def __init__(self, array):
        self.array, self.read = array, []

    def __getitem__(self, place):
        self.read.append(place)
        return self.array[place]


def stored(array, **settings):
    return OnDisk(partial(nullcontext, array), array.shape, array.dtype, **settings)


def both_ways(table):
    """The same values, stored (time, unit) and (unit, time)."""
    return stored(table), stored(np.ascontiguousarray(table.T), transposed=True)


@pytest.mark.parametrize("columns", [None, [0], [6, 2], [3, 1, 2], [0, 2, 4, 6, 1, 5], [2, 2], []])
@pytest.mark.parametrize("way", [0, 1])
def test_any_units_in_any_order(columns, way):
    lazy = both_ways(TABLE)[way]
    lazy = lazy if columns is None else lazy.select(columns)
    expected = TABLE if columns is None else TABLE[:, columns]
    assert lazy.shape == expected.shape
    assert lazy.nbytes == expected.nbytes
    np.testing.assert_array_equal(lazy.read(3, 41), expected[3:41])
    np.testing.assert_array_equal(lazy.load(), expected)


def test_units_of_units():
    lazy = both_ways(TABLE)[1].select([5, 1, 3]).select([2, 0])
    np.testing.assert_array_equal(lazy.load(), TABLE[:, [3, 5]])


def test_turned():
    lazy = stored(TABLE)
    np.testing.assert_array_equal(lazy.turned().load(), TABLE.T)
    np.testing.assert_array_equal(lazy.turned().turned().load(), TABLE)


@pytest.mark.parametrize("way", [0, 1])
@pytest.mark.parametrize("multiple", [1, 4, 100])
def test_blocks_cover_a_stretch_once(monkeypatch, way, multiple):
    monkeypatch.setattr(on_disk, "BLOCK_BYTES", 10 * 7 * 8)  # ten samples
    lazy = both_ways(TABLE)[way]
    blocks = list(lazy.blocks(2, 47, multiple=multiple))
    assert [first for first, _ in blocks] == list(range(2, 47, {1: 10, 4: 8, 100: 100}[multiple]))
    np.testing.assert_array_equal(np.concatenate([block for _, block in blocks]), TABLE[2:47])


def test_few_units_make_longer_blocks(monkeypatch):
    monkeypatch.setattr(on_disk, "BLOCK_BYTES", 10 * 7 * 8)
    assert len(list(both_ways(TABLE)[1].select([3]).blocks())) == 1  # 70 samples of one unit
    assert len(list(both_ways(TABLE)[1].select([3, 6]).blocks())) == 2  # 35 samples of two


def test_only_what_is_needed_is_read():
    rows = Watched(np.ascontiguousarray(TABLE.T))
    OnDisk(lambda: nullcontext(rows), (7, 50), float, transposed=True, columns=[6, 1, 2, 4]).read(0, 5)
    assert [place[0] for place in rows.read] == [slice(1, 3), slice(4, 5), slice(6, 7)]
    many = Watched(np.zeros((40, 5)))
    OnDisk(lambda: nullcontext(many), (40, 5), float, transposed=True).read(0, 5)
    assert [place[0] for place in many.read] == [slice(0, 16), slice(16, 32), slice(32, 40)]
    many.read.clear()  # but a chunk is unpacked once
    OnDisk(lambda: nullcontext(many), (40, 5), float, transposed=True, chunks=(30, 5)).read(0, 5)
    assert [place[0] for place in many.read] == [slice(0, 30), slice(30, 40)]
    rows = Watched(TABLE)  # samples lie together: read over the gaps
    OnDisk(lambda: nullcontext(rows), (50, 7), float, columns=[5, 1, 3]).read(0, 5)
    assert [place[1] for place in rows.read] == [slice(1, 6)]
    rows = Watched(TABLE)  # units lie in chunks of their own
    OnDisk(lambda: nullcontext(rows), (50, 7), float, columns=[5, 1, 3], chunks=(50, 1)).read(0, 5)
    assert [place[1] for place in rows.read] == [slice(1, 2), slice(3, 4), slice(5, 6)]


@pytest.mark.parametrize(("chunk", "longest"), [(3, 10), (25, 25), (50, 40)])
def test_stretches_are_as_long_as_chunks_but_not_too_long(monkeypatch, chunk, longest):
    monkeypatch.setattr(on_disk, "BLOCK_BYTES", 10 * 7 * 8)
    time_first, unit_first = (
        stored(TABLE, chunks=(chunk, 2)),
        stored(TABLE.T.copy(), transposed=True, chunks=(2, chunk)),
    )
    for lazy in (time_first, unit_first):
        assert max(len(block) for _, block in lazy.blocks()) == longest
        np.testing.assert_array_equal(lazy.load(), TABLE)


@pytest.mark.parametrize(
    ("dtype", "becomes"),
    [("f4", "f4"), ("f8", "f8"), ("f2", "f8"), ("i2", "f8"), ("u1", "f8"), ("?", "f8"), (">f8", "f8")],
)
def test_numbers_come_as_in_a_recording(dtype, becomes):
    table = (TABLE > 0).astype(dtype)
    for lazy in both_ways(table):
        assert lazy.dtype == lazy.load().dtype == np.dtype(becomes)
        assert lazy.select([1, 0]).load().dtype == np.dtype(becomes)
        assert lazy.whole_numbers == (np.dtype(dtype).kind in "iub")
        np.testing.assert_array_equal(lazy.load(), table.astype(becomes))


def test_stays_or_not(monkeypatch):
    lazy = stored(TABLE)
    assert isinstance(in_memory_or_not(lazy, True), OnDisk)
    np.testing.assert_array_equal(in_memory_or_not(lazy, False), TABLE)
    assert isinstance(in_memory_or_not(lazy, None), np.ndarray)
    monkeypatch.setattr(on_disk, "STAYS_FROM", TABLE.nbytes)
    assert isinstance(in_memory_or_not(lazy, None), np.ndarray)  # from there on, not at it
    monkeypatch.setattr(on_disk, "STAYS_FROM", TABLE.nbytes - 1)
    assert isinstance(in_memory_or_not(lazy, None), OnDisk)
    assert isinstance(in_memory_or_not(lazy.select([0]), None), np.ndarray)  # one unit is small


def test_too_much_for_memory(monkeypatch):
    monkeypatch.setattr(on_disk, "MOST_LOADED", 100)
    with pytest.raises(CostError, match=r"50 samples of 7 units.*Bin it"):
        stored(TABLE).load()


@pytest.mark.parametrize(("shape", "dtype"), [((3,), float), ((3, 2, 2), float), ((3, 2), complex), ((3, 2), "U3")])
def test_refuses_what_is_no_table(shape, dtype):
    with pytest.raises(InputError, match="two dimensions of real numbers"):
        OnDisk(lambda: nullcontext(None), shape, dtype, name="x.h5, v")


@contextmanager
def broken():
    class Broken:
        def __getitem__(self, place):
            raise OSError("bad checksum")

    yield Broken()


def test_a_broken_file_is_told():
    with pytest.raises(FileFormatError, match=r"x\.h5, v: .*bad checksum.*truncated"):
        OnDisk(broken, (3, 2), float, name="x.h5, v").read(0, 3)


def test_opened_once_a_pass_and_closed():
    log = []

    @contextmanager
    def opened():
        log.append("open")
        yield TABLE
        log.append("close")

    lazy = OnDisk(opened, TABLE.shape, float)
    assert log == []
    lazy.load()
    assert log == ["open", "close"]


def test_pickled():
    lazy = pickle.loads(pickle.dumps(stored(TABLE, columns=[4, 0])))
    np.testing.assert_array_equal(lazy.load(), TABLE[:, [4, 0]])


def test_repr():
    assert repr(stored(TABLE, name="x.npy")) == "OnDisk(x.npy: 50 samples of 7 units, float64)"
