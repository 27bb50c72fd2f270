"""Malformed inputs: what a case is, and how good files are spoiled. The cases are in `malformed_files`, `malformed_times`.

A case has a name, a function that writes into an empty folder and returns a call, and two pieces of the message with
which the call must be refused: one names the place, one says what to do.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
import scipy.io

import small_files as small
from causalgrain.recordings.readers import read_recording

Call = Callable[[], Any]
Make = Callable[[Path], Call]
Writer = Callable[[Path], small.Small]
SERIES = "processing/ecephys/LFP/ElectricalSeries"  # in the small NWB file


class Case(NamedTuple):
    """`make(folder)` gives the call; `place` and `remedy` stand in the message."""

    make: Make
    place: str
    remedy: str


def reading(path: Path, **options: Any) -> Call:
    return partial(read_recording, path, **options)


def memory(call: Call) -> Make:
    """Nothing in a file."""
    return lambda folder: call


def cut(write: Writer, share: float, name: str | None = None) -> Make:
    """A good file of which only a share is left; `name` picks one of a folder."""

    def make(folder: Path) -> Call:
        path, options = write(folder)
        file = path if name is None else folder / name
        file.write_bytes(file.read_bytes()[: int(share * file.stat().st_size)])
        return reading(path, **options)

    return make


def saved(name: str, content: Any, /, **options: Any) -> Make:
    """One file: text, bytes, an array (.npy), arrays (.npz), variables (.mat), or datasets (.h5)."""

    def make(folder: Path) -> Call:
        path = folder / name
        if isinstance(content, str | bytes):
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        elif path.suffix == ".npy":
            np.save(path, content)
        elif path.suffix == ".npz":
            np.savez(path, **content)
        elif path.suffix == ".mat":
            scipy.io.savemat(path, content)
        else:
            with h5py.File(path, "w") as file:
                for key, value in content.items():
                    file[key] = value
        return reading(path, **options)

    return make


def changed(write: Writer, *changes: Callable[[Any], Any], **more: Any) -> Make:
    """A good HDF5 file, opened and changed; or a good folder, handed over and changed."""

    def make(folder: Path) -> Call:
        path, options = write(folder)
        for change in changes:
            if path.is_dir():
                change(path)
            else:
                with h5py.File(path, "r+") as file:
                    change(file)
        return reading(path, **(options | more))

    return make


def put(name: str, value: Any) -> Callable[[Any], None]:
    """In HDF5 a dataset of that name, with the attributes of the one it replaces; in a folder a file."""

    def change(place: Any) -> None:
        if isinstance(place, Path):
            if isinstance(value, str):
                (place / name).write_text(value)
            else:
                np.save(place / name, value, allow_pickle=True)
            return
        kept = dict(place[name].attrs) if name in place else {}
        if name in place:
            del place[name]
        place[name] = value
        place[name].attrs.update(kept)

    return change


def without(name: str) -> Callable[[Any], None]:
    """Remove a dataset or a file."""

    def change(place: Any) -> None:
        if isinstance(place, Path):
            (place / name).unlink()
        else:
            del place[name]

    return change


def metrics(**fields: Any) -> Make:
    """A CellExplorer file with these fields."""
    return saved("d.cell_metrics.cellinfo.mat", {"cell_metrics": fields})


def stamps(*times: float) -> tuple[Callable[[Any], None], Callable[[Any], None]]:
    """Timestamps in place of the rate of the small NWB series."""
    return without(f"{SERIES}/starting_time"), put(f"{SERIES}/timestamps", np.array(times))
