"""Reader of HDF5 files (.h5, .hdf5).

Takes: numeric datasets, named by their path ("gcamp/trace_array"); in the same group `rate`, `fs` or `sampling_rate`
(one number, Hz), `labels` (names) and `segments` (start and stop samples). With ``kind="spikes"`` a group of
one-dimensional datasets: the spike times of one unit each, in seconds. Ignores: attributes, references, compounds.
Two-dimensional datasets can stay in the file and be read in stretches.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from .contents import RESERVED, Contents, Entry, unreadable
from .on_disk import OnDisk
from .real_numbers import doubles
from .trains import Trains, from_vectors

CACHE_BYTES = 1 << 27  # of unpacked chunks, so that one that two stretches share is unpacked once
CACHE_SLOTS = 10_007  # chunks the cache can tell apart: a prime, as HDF5 wants it


def contents(path: Path) -> Contents:
    """List the datasets of an HDF5 file without loading them."""
    import h5py

    entries: list[Entry] = []
    groups: dict[str, list[str]] = {}

    def visit(name: str, item: Any) -> None:
        if not isinstance(item, h5py.Dataset):
            return
        entries.append(_entry(path, name, item))
        group, _, last = name.rpartition("/")
        if entries[-1].form == "array" and item.ndim == 1 and last not in RESERVED:
            groups.setdefault(group, []).append(name)

    try:
        with h5py.File(path, "r") as file:
            file.visititems(visit)
    except Exception as error:  # h5py raises OSError, RuntimeError, KeyError ... on broken files
        raise unreadable(path, "HDF5", error) from error
    for group, names in groups.items():
        entries.append(_group(path, group or ".", names))
    return Contents(path, tuple(entries))


def load(path: Path, name: str) -> np.ndarray:
    """Read one dataset."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            item: Any = file[name]
            if h5py.check_string_dtype(item.dtype):
                return np.atleast_1d(item.asstr()[()])
            return np.asarray(item[()])
    except Exception as error:
        raise unreadable(path, "HDF5", error) from error


@contextmanager
def opened(path: Path, name: str) -> Iterator[Any]:
    """Open the file and give one dataset of it."""
    import h5py

    try:
        file = h5py.File(path, "r", rdcc_nbytes=CACHE_BYTES, rdcc_nslots=CACHE_SLOTS)
    except Exception as error:
        raise unreadable(path, "HDF5", error) from error
    with file:
        try:
            stored = file[name]
        except Exception as error:
            raise unreadable(path, "HDF5", error) from error
        yield stored


def on_disk(path: Path, name: str, item: Any, *, transposed: bool = False) -> OnDisk:
    """Return a two-dimensional dataset that stays in its file; `transposed`: it is (unit, time)."""
    return OnDisk(
        partial(opened, path, name),
        item.shape,
        item.dtype,
        transposed=transposed,
        name=f"{path}, {name}",
        chunks=item.chunks,
    )


def _entry(path: Path, name: str, item: Any) -> Entry:
    import h5py

    shape = tuple(item.shape or ())
    if h5py.check_string_dtype(item.dtype):
        return Entry(name, "text", shape, "text", lambda: load(path, name))
    numeric = item.dtype.kind in "biuf" and item.shape is not None
    if numeric and item.size and not item.id.get_storage_size():
        return Entry(name, "other", shape, f"{item.dtype}, never written", lambda: None)
    form, dtype = "array" if numeric else "other", str(item.dtype)
    stored = on_disk(path, name, item) if numeric and len(shape) == 2 else None
    return Entry(name, form, shape, dtype, lambda: load(path, name), None if stored is None else lambda: stored)


def _group(path: Path, group: str, names: list[str]) -> Entry:
    def trains() -> Trains:
        arrays = [doubles(load(path, name)) for name in names]
        return from_vectors(arrays, [name.rpartition("/")[2] for name in names])

    return Entry(group, "group", (len(names),), "one-dimensional arrays", trains)
