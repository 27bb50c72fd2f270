"""Reader of NumPy archives (.npz).

Takes: numeric arrays; beside them `rate` (one number, Hz), `labels` (names), `segments` (start and stop samples).
With ``kind="spikes"`` and no two-dimensional array, every one-dimensional array holds the spike times of one unit, in
seconds. Ignores: pickled objects, which are never loaded.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import IO, Any

import numpy as np

from .contents import RESERVED, Contents, Entry, unreadable
from .real_numbers import doubles
from .trains import Trains, from_vectors


def contents(path: Path) -> Contents:
    """List the arrays of a .npz file without loading them."""
    entries = []
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.namelist():
                if member.endswith(".npy"):
                    with archive.open(member) as stream:
                        shape, dtype = _header(stream)
                    entries.append(_entry(path, member.removesuffix(".npy"), shape, dtype))
    except Exception as error:  # zipfile, zlib and numpy raise many kinds on a broken archive
        raise unreadable(path, ".npz", error) from error
    vectors = [e.name for e in entries if e.form == "array" and len(e.shape) == 1 and e.name not in RESERVED]
    if vectors:
        group = Entry(
            "all one-dimensional arrays",
            "group",
            (len(vectors),),
            "spike times",
            lambda: _trains(path, vectors),
        )
        entries.append(group)
    return Contents(path, tuple(entries))


def _header(stream: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any]]:
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(stream)
    return shape, dtype


def _entry(path: Path, name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Entry:
    form = "array" if dtype.kind in "biuf" else "text" if dtype.kind in "US" else "other"
    kind = "pickled objects" if dtype.hasobject else "text" if form == "text" else str(dtype)
    return Entry(name, form, shape, kind, lambda: _load(path, name))


def _load(path: Path, name: str) -> np.ndarray:
    try:
        with np.load(path, allow_pickle=False) as archive:
            return archive[name]
    except Exception as error:
        raise unreadable(path, ".npz", error) from error


def _trains(path: Path, names: list[str]) -> Trains:
    return from_vectors([doubles(_load(path, name)) for name in names], names)
