"""Arrays that stay in their file and are read in stretches.

Conventions: shape and indices are (time, unit) whatever the file's own order; numbers come out as in a
:class:`~causalgrain.recordings.recording.Recording`: single precision is kept, all else becomes double. Only the units
asked for are read, and a stretch is about 64 MB in memory. What a reader was not told to do, it decides by size: from
256 MB (of the units asked for) values stay in their file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path
from typing import Any, final

import numpy as np

from .._errors import CostError, InputError
from .contents import unreadable

BLOCK_BYTES = 1 << 26  # of one stretch in memory
LONGEST = 4  # stretches in one, where the file's own pieces (chunks) are longer than a stretch
FEW_RUNS = 4  # groups of columns that are read one by one from narrow chunks; else all from first to last is read
UNITS_AT_ONCE = 16  # rows that are read together where the file's order is (unit, time)
STAYS_FROM = 1 << 28  # bytes in memory from which values stay in their file unasked
MOST_LOADED = 2 << 30  # bytes that are put into memory in one piece


@final
class OnDisk:
    """A two-dimensional array in a file, read in stretches of time.

    Parameters
    ----------
    open_array : callable
        Returns a context manager that gives the array itself: anything with slices, such as an h5py dataset or a
        memory map. Opened for every pass and closed again, so that no file stays open. A recording is pickled with
        it: use a function of a module (or a partial of one) rather than a lambda.
    shape : tuple of int
        As in the file.
    dtype : numpy dtype
        As in the file.
    transposed : bool
        The file's order is (unit, time).
    columns : sequence of int, optional
        Units to keep, in this order. Default: all.
    name : str
        For messages.
    chunks : tuple of int, optional
        Shape of the pieces in which the file holds (and compresses) the array, in the file's order.

    Examples
    --------
    >>> from contextlib import nullcontext
    >>> table = np.arange(8).reshape(2, 4)  # two units, four samples
    >>> lazy = OnDisk(lambda: nullcontext(table), table.shape, table.dtype, transposed=True)
    >>> lazy.shape, lazy.read(1, 3).tolist()
    ((4, 2), [[1.0, 5.0], [2.0, 6.0]])
    """

    def __init__(
        self,
        open_array: Callable[[], AbstractContextManager[Any]],
        shape: Sequence[int],
        dtype: Any,
        *,
        transposed: bool = False,
        columns: Sequence[int] | None = None,
        name: str = "the array",
        chunks: Sequence[int] | None = None,
    ) -> None:
        kind = np.dtype(dtype)
        if len(shape) != 2 or kind.kind not in "biuf":
            raise InputError(
                name,
                expected="two dimensions of real numbers, (time, unit)",
                got=f"{kind} of shape {tuple(shape)}",
                remedy="Name another array of the file.",
            )
        self._open = open_array
        self._stored = tuple(int(size) for size in shape)
        self._kind = kind
        self._transposed = transposed
        self._columns = None if columns is None else tuple(int(c) for c in columns)
        self._chunks = None if chunks is None else tuple(int(size) for size in chunks)
        self.name = name
        self.dtype = np.dtype(np.float32 if kind == np.float32 else np.float64)

    @property
    def shape(self) -> tuple[int, int]:
        """(samples, units)."""
        time, unit = self._stored[::-1] if self._transposed else self._stored
        return time, unit if self._columns is None else len(self._columns)

    @property
    def nbytes(self) -> int:
        """Size in memory, if it were read at once."""
        return self.shape[0] * self.shape[1] * self.dtype.itemsize

    @property
    def whole_numbers(self) -> bool:
        """Does the file hold integers (or truth values)?"""
        return self._kind.kind in "biu"

    def select(self, columns: Sequence[int]) -> OnDisk:
        """Return some units, in the order given."""
        inner = range(self.shape[1]) if self._columns is None else self._columns
        return self._with([inner[c] for c in columns], self._transposed)

    def turned(self) -> OnDisk:
        """Return the array with rows and columns exchanged; before units are selected."""
        return self._with(None, not self._transposed)

    def _with(self, columns: Sequence[int] | None, transposed: bool) -> OnDisk:
        return OnDisk(
            self._open,
            self._stored,
            self._kind,
            transposed=transposed,
            columns=columns,
            name=self.name,
            chunks=self._chunks,
        )

    def read(self, begin: int, stop: int) -> np.ndarray:
        """Return samples `begin` to `stop`, shape (stop - begin, unit)."""
        table = np.empty((stop - begin, self.shape[1]), self.dtype)
        for first, block in self.blocks(begin, stop):
            table[first - begin : first - begin + len(block)] = block
        return table

    def blocks(self, begin: int = 0, stop: int | None = None, *, multiple: int = 1) -> Iterator[tuple[int, np.ndarray]]:
        """Yield (first sample, values) of successive stretches; their lengths are multiples of `multiple`."""
        stop = self.shape[0] if stop is None else stop
        rows = max(self._stretch() // multiple, 1) * multiple
        with self._open() as array:
            for first in range(begin, stop, rows):
                yield first, self._read(array, first, min(first + rows, stop))

    def _stretch(self) -> int:
        """Samples in a stretch: as many as fit, or as a chunk holds, for that is read (and unpacked) as a whole."""
        width = max((high - low for low, high, _, _ in self._pieces), default=1)
        rows = max(BLOCK_BYTES // (max(width, self.shape[1], 1) * self.dtype.itemsize), 1)
        chunk = 1 if self._chunks is None else self._chunks[1 if self._transposed else 0]
        return min(max(rows, chunk), LONGEST * rows)

    def load(self) -> np.ndarray:
        """Return everything, or refuse where that is too much for memory."""
        if self.nbytes > MOST_LOADED:
            raise CostError(
                self.name,
                expected=f"at most {MOST_LOADED / 2**30:.0f} GiB to put into memory in one piece",
                got=f"{self.nbytes / 2**30:.1f} GiB ({self.shape[0]} samples of {self.shape[1]} units)",
                remedy="Bin it, or choose units or a condition first: these read the file in stretches.",
            )
        return self.read(0, self.shape[0])

    @cached_property
    def _pieces(self) -> list[tuple[int, int, Any, Any]]:
        """What is read at a time: (low, high) in the file, which of it is wanted, and where that goes.

        Files want ascending slices; the order asked for is made in memory.
        """
        columns = range(self.shape[1]) if self._columns is None else self._columns
        order = np.argsort(columns, kind="stable")
        sought = np.asarray(columns, dtype=np.int64)[order]
        runs = np.split(np.arange(len(sought)), np.flatnonzero(np.diff(sought) > 1) + 1)
        narrow = self._chunks is not None and self._chunks[1] < self._stored[1]
        if not self._transposed and len(runs) > (FEW_RUNS if narrow else 1):
            runs = [np.arange(len(sought))]  # a row lies in one piece: jumps in it cost more than reading on
        if self._transposed:  # a few units at a time, so that what is read and what is made aren't both large
            step = max(UNITS_AT_ONCE, 1 if self._chunks is None else self._chunks[0])
            runs = [run[i : i + step] for run in runs for i in range(0, len(run), step)]
        pieces = []
        for run in (part for part in runs if len(part)):
            low, high = int(sought[run[0]]), int(sought[run[-1]]) + 1
            pieces.append((low, high, _as_slice(sought[run] - low), _as_slice(order[run])))
        return pieces

    def _read(self, array: Any, begin: int, stop: int) -> np.ndarray:
        try:
            with np.errstate(over="ignore"):  # long doubles beyond a double: infinite, and told as such
                if self._columns is None and not self._transposed:
                    return np.ascontiguousarray(array[begin:stop], dtype=self.dtype)
                table = np.empty((stop - begin, self.shape[1]), self.dtype)
                for low, high, wanted, place in self._pieces:
                    if self._transposed:
                        table[:, place] = np.asarray(array[low:high, begin:stop])[wanted].T
                    else:
                        table[:, place] = np.asarray(array[begin:stop, low:high])[:, wanted]
                return table
        except (OSError, RuntimeError, ValueError, KeyError) as error:  # what h5py and numpy raise on broken files
            raise unreadable(Path(self.name), "recording", error) from error

    def __repr__(self) -> str:
        return f"OnDisk({self.name}: {self.shape[0]} samples of {self.shape[1]} units, {self._kind})"


def _as_slice(places: np.ndarray) -> Any:
    """Return successive places as a slice, which is faster to copy by."""
    first, last = int(places[0]), int(places[-1])
    return slice(first, last + 1) if (np.diff(places) == 1).all() else places


def in_memory_or_not(table: OnDisk, lazy: bool | None) -> OnDisk | np.ndarray:
    """Leave values in their file, as asked for or from 256 MB, or read them: shape (time, unit).

    >>> from contextlib import nullcontext
    >>> table = OnDisk(lambda: nullcontext(np.eye(3)), (3, 3), float)
    >>> type(in_memory_or_not(table, None)).__name__, type(in_memory_or_not(table, True)).__name__
    ('ndarray', 'OnDisk')
    """
    stays = table.nbytes > STAYS_FROM if lazy is None else lazy
    return table if stays else table.read(0, table.shape[0])
