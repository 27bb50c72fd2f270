"""Reader of MATLAB files (.mat), versions 4 to 7.2 (scipy.io) and 7.3 (h5py), with the same result for both.

Takes: numeric variables and fields of structs, named with points ("cell_metrics.spikes.times"), in MATLAB's own
orientation; cell arrays of spike times in seconds, one vector a unit, also nested (day, epoch, tetrode, cell) and as
structs with a field `time` or `times` (and `timerange`: the recording's start and stop); beside them `rate`, `fs` or
`sampling_rate`, and `labels` (a cell array of names). Ignores: arrays of structs, sparse matrices, objects, tables.

Units of a flat cell array are called u0, u1, ... by their place; those of a nested one by MATLAB's own indices from
1, levels with a single place left out: spikes{1}{1}{4}{2} is "4-2".
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .contents import Contents, Entry, unreadable
from .matlab_check import check_file
from .trains import Trains, from_vectors

TIME_FIELDS = ("time", "times", "spiketimes", "spike_times")
SPAN_FIELDS = ("timerange",)
MAX_DEPTH = 12


@dataclass(frozen=True)
class Leaf:
    """Numbers or text, loaded on demand."""

    shape: tuple[int, ...]
    dtype: str
    form: str
    load: Callable[[], Any]


@dataclass(frozen=True)
class Struct:
    """A struct of one element."""

    fields: dict[str, Any]


@dataclass(frozen=True)
class Cells:
    """A cell array: (place in each dimension, content), MATLAB's shape."""

    shape: tuple[int, ...]
    items: tuple[tuple[tuple[int, ...], Any], ...]


Node = Leaf | Struct | Cells


def contents(path: Path) -> Contents:
    """List variables and fields of a .mat file."""
    import h5py

    try:
        root = _read_hdf5(path) if h5py.is_hdf5(path) else _read_classic(path)
    except Exception as error:  # scipy.io raises nearly anything on a broken file
        raise unreadable(path, "MATLAB", error) from error
    entries = [entry for name, node in root.fields.items() for entry in _entries(path, name, node)]
    return Contents(path, tuple(entries), separator=".")


def _entries(path: Path, name: str, node: Node, depth: int = 0) -> Iterator[Entry]:
    if isinstance(node, Struct):
        if depth < MAX_DEPTH:
            for field, value in node.fields.items():
                yield from _entries(path, f"{name}.{field}", value, depth + 1)
    elif isinstance(node, Cells):
        units = list(_units(node))
        names = [item for _, item in node.items if isinstance(item, Leaf) and item.form == "text"]
        if names and len(names) == len(node.items):
            yield Entry(name, "text", node.shape, "names", lambda: ["".join(n.load().ravel()) for n in names])
        elif units and all(unit is not None for _, unit, _ in units) and any(_size(u) for _, u, _ in units):
            yield Entry(name, "trains", node.shape, "cells of vectors", lambda: _trains(units))
        else:
            yield Entry(name, "other", node.shape, "cells", lambda: None)
    else:
        form = node.form if node.form in ("array", "text") else "other"
        yield Entry(name, form, node.shape, node.dtype, node.load)


Unit = tuple[tuple[int, ...], Leaf | None, Struct | None]


def _units(node: Node, place: tuple[int, ...] = ()) -> Iterator[Unit]:
    """Walk nested cells: (indices from 1, vector of times or None if it is none, the struct around it)."""
    if isinstance(node, Cells):
        for indices, item in node.items:
            wide = [i + 1 for i, size in zip(indices, node.shape, strict=True) if size > 1]
            step = int(np.ravel_multi_index(indices, node.shape, order="F")) + 1 if len(wide) > 1 else None
            yield from _units(item, (*place, step or (wide[0] if wide else 1)))
    elif isinstance(node, Struct):
        times = next((node.fields[f] for f in TIME_FIELDS if f in node.fields), None)
        yield place, times if _is_vector(times) else None, node
    else:
        yield place, node if _is_vector(node) else None, None


def _is_vector(node: Any) -> bool:
    if not isinstance(node, Leaf) or node.form != "array":
        return False
    return not _size(node) or (len(node.shape) <= 2 and max(node.shape) == _size(node))


def _size(leaf: Leaf | None) -> int:
    return int(np.prod(leaf.shape)) if leaf is not None else 0


def _trains(units: list[Unit]) -> Trains:
    structs = any(struct is not None for _, _, struct in units)
    # Among structs an empty place holds no unit at all; a struct without times is a unit that never fired.
    real = [(place, leaf, struct) for place, leaf, struct in units if struct is not None or not structs]
    return from_vectors(
        [np.asarray(leaf.load() if leaf else [], dtype=np.float64).ravel() for _, leaf, _ in real],
        _names([place for place, _, _ in real]),
        _span([struct for _, _, struct in real]),
    )


def _names(places: list[tuple[int, ...]]) -> list[str]:
    depth = len(places[0])
    if any(len(place) != depth for place in places):
        return ["-".join(map(str, place)) for place in places]
    levels = [i for i in range(depth) if len({place[i] for place in places}) > 1]
    if len(levels) <= 1:
        level = levels[0] if levels else 0
        return [f"u{place[level] - 1}" for place in places]
    return ["-".join(str(place[i]) for i in levels) for place in places]


def _span(structs: list[Struct | None]) -> tuple[float, float] | None:
    ranges = []
    for struct in structs:
        leaf = next((struct.fields[f] for f in SPAN_FIELDS if struct and f in struct.fields), None)
        if isinstance(leaf, Leaf) and leaf.form == "array" and _size(leaf) == 2:
            ranges.append(np.asarray(leaf.load(), dtype=np.float64).ravel())
    if not ranges:
        return None
    return float(min(r[0] for r in ranges)), float(max(r[1] for r in ranges))


# -- versions 4 to 7.2 -------------------------------------------------------------------------------------------


def _read_classic(path: Path) -> Struct:
    import scipy.io

    check_file(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # doubled variable names and the like: the last one stands
        variables = scipy.io.loadmat(path)
    return Struct({name: _classic(value) for name, value in variables.items() if not name.startswith("__")})


def _classic(value: Any) -> Node:
    if not isinstance(value, np.ndarray):
        return Leaf(tuple(getattr(value, "shape", ())), type(value).__name__, "other", lambda: None)
    if value.dtype.names and value.size == 1 and type(value) is np.ndarray:
        return Struct({name: _classic(value[name].flat[0]) for name in value.dtype.names})
    if value.dtype.kind == "O" and type(value) is np.ndarray:
        return Cells(value.shape, tuple((i, _classic(v)) for i, v in np.ndenumerate(value)))
    form = "array" if value.dtype.kind in "biuf" else "text" if value.dtype.kind in "US" else "other"
    return Leaf(value.shape, "structs" if value.dtype.names else str(value.dtype), form, lambda: value)


# -- version 7.3 -------------------------------------------------------------------------------------------------


def _read_hdf5(path: Path) -> Struct:
    import h5py

    with h5py.File(path, "r") as file:
        return _group(path, file, file, 0)


def _group(path: Path, file: Any, group: Any, depth: int) -> Struct:
    # Names with # hold what the references point to, and MATLAB's own objects.
    return Struct({n: _hdf5(path, file, group[n], depth + 1) for n in group if not n.startswith("#")})


def _hdf5(path: Path, file: Any, item: Any, depth: int) -> Node:
    import h5py

    if depth > MAX_DEPTH:
        return Leaf((), "nested too deeply", "other", lambda: None)
    if isinstance(item, h5py.Group):
        return _group(path, file, item, depth)
    kind = item.attrs.get("MATLAB_class", b"")
    kind = kind.decode() if isinstance(kind, bytes) else str(kind)
    if item.attrs.get("MATLAB_empty", 0):
        form = "other" if kind in ("cell", "struct") else "text" if kind == "char" else "array"
        return Leaf((0, 0), kind or "empty", form, lambda: np.empty((0, 0)))
    if h5py.check_ref_dtype(item.dtype) is h5py.Reference:
        places = np.asarray(item[()]).T  # HDF5 lists MATLAB's dimensions backwards
        return Cells(
            places.shape,
            tuple((i, _hdf5(path, file, file[ref], depth + 1)) for i, ref in np.ndenumerate(places) if ref),
        )
    name = item.name
    shape = tuple(reversed(item.shape or ()))
    if kind == "char":
        return Leaf(shape, "text", "text", lambda: np.array([chr(c) for c in _load_hdf5(path, name).ravel()]))
    numeric = item.dtype.kind in "biuf"
    return Leaf(shape, kind or str(item.dtype), "array" if numeric else "other", lambda: _load_hdf5(path, name))


def _load_hdf5(path: Path, name: str) -> np.ndarray:
    from . import hdf5

    return hdf5.load(path, name).T
