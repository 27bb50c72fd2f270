"""Reader of NumPy arrays (.npy).

Takes: one array of numbers, (time, unit); with ``kind="spikes"`` two columns, (time in s, number of the unit), or one
dimension, the spike times of one unit. It can stay in its file. Ignores nothing, and knows neither rate nor names:
give `rate` and `labels`. Pickled objects are never loaded, and tables with named columns (structured arrays) not taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from .._errors import FileFormatError
from .contents import Contents, Entry, unreadable
from .csv_table import TABLE
from .on_disk import OnDisk
from .trains import from_vectors


def contents(path: Path) -> Contents:
    """Describe the array of a .npy file without loading it."""
    shape, dtype = header(path)
    if dtype.kind not in "biuf":
        raise FileFormatError(
            str(path),
            expected="an array of real numbers",
            got=_what(dtype),
            remedy="Save the numbers alone: numpy.save('recording.npy', values), values (time, unit).",
        )
    if len(shape) not in (1, 2):
        raise FileFormatError(
            str(path),
            expected="two dimensions (time, unit)",
            got=f"shape {shape}" if shape else "one number",
            remedy="Stack trials along time, and name their edges in `segments`."
            if shape
            else "Name the file that holds the recording.",
        )
    if len(shape) == 1:
        one = Entry(TABLE, "array", shape, str(dtype), partial(load, path))
        train = Entry(path.stem, "group", shape, "spike times", lambda: from_vectors([load(path)], [path.stem]))
        return Contents(path, (one, train))
    return Contents(
        path, (Entry(TABLE, "array", shape, str(dtype), partial(load, path), lambda: on_disk(path, shape, dtype)),)
    )


def header(path: Path) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Return shape and data type; nothing of the array is read."""
    try:
        with open(path, "rb") as stream:
            version = np.lib.format.read_magic(stream)
            read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            shape, _, dtype = read(stream)
    except Exception as error:  # numpy raises ValueError, SyntaxError, TypeError ... on broken headers
        raise unreadable(path, ".npy", error) from error
    return shape, dtype


def load(path: Path) -> np.ndarray:
    """Read the whole array."""
    dtype = header(path)[1]
    if dtype.hasobject:
        way = "Save the numbers alone with numpy.save."
        raise FileFormatError(str(path), expected="an array of numbers", got=_what(dtype), remedy=way)
    try:
        return np.load(path, allow_pickle=False)
    except Exception as error:
        raise unreadable(path, ".npy", error) from error


def on_disk(path: Path, shape: tuple[int, ...] | None = None, dtype: Any = None, *, transposed: bool = False) -> OnDisk:
    """Return the array of a .npy file that stays there; `transposed`: it is (unit, time)."""
    if shape is None or dtype is None:
        shape, dtype = header(path)
    return OnDisk(partial(opened, path), shape, dtype, transposed=transposed, name=str(path))


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Give the array of a .npy file, to be sliced."""
    try:
        np.load(path, mmap_mode="r", allow_pickle=False)  # is it whole?
    except Exception as error:
        raise unreadable(path, ".npy", error) from error
    yield Mapped(path)


class Mapped:
    """The array of a .npy file, mapped anew for each slice: the pages of one mapping would add up in memory."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __getitem__(self, place: Any) -> np.ndarray:
        return np.array(np.load(self._path, mmap_mode="r", allow_pickle=False)[place])


def _what(dtype: np.dtype[Any]) -> str:
    if dtype.hasobject:
        return "pickled objects, which are never loaded"
    return f"named columns ({', '.join(dtype.names)})" if dtype.names else str(dtype)
