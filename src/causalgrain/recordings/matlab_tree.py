"""What a MATLAB file holds, as a tree: structs, arrays of structs, cells, and leaves that are loaded on demand.

Versions 4 to 7.2 are read by scipy.io (after :mod:`.matlab_check`), version 7.3 by h5py; the tree is the same. Shapes
are MATLAB's own, places in them are counted from 0 here and written from 1 (:func:`index`). A sparse matrix is a leaf
of numbers; it becomes a full array when loaded. Objects, tables, functions and complex numbers are leaves that can't
be loaded.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from .._errors import CostError
from . import hdf5
from .contents import unreadable
from .matlab_check import check_file
from .on_disk import MOST_LOADED, STAYS_FROM, OnDisk
from .real_numbers import doubles

MAX_DEPTH = 12
Place = tuple[int, ...]


@dataclass(frozen=True)
class Leaf:
    """Numbers or text, loaded on demand; `form` is "array", "text" or "other"."""

    shape: tuple[int, ...]
    dtype: str
    form: str
    load: Callable[[], Any]
    lazy: OnDisk | None = None

    @property
    def size(self) -> int:
        """How many numbers or letters."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class Struct:
    """A struct of one element."""

    fields: dict[str, Node]


@dataclass(frozen=True)
class Structs:
    """An array of structs, none or several: (place in each dimension, struct)."""

    shape: tuple[int, ...]
    items: tuple[tuple[Place, Struct], ...]


@dataclass(frozen=True)
class Cells:
    """A cell array: (place in each dimension, content)."""

    shape: tuple[int, ...]
    items: tuple[tuple[Place, Node], ...]


Node = Leaf | Struct | Structs | Cells


def read_tree(path: Path) -> Struct:
    """Return the variables of a .mat file of any version."""
    import h5py

    try:
        return _read_hdf5(path) if h5py.is_hdf5(path) else _read_classic(path)
    except Exception as error:  # scipy.io raises nearly anything on a broken file
        raise unreadable(path, "MATLAB", error) from error


def index(place: Place, shape: tuple[int, ...]) -> str:
    """Return a place as MATLAB writes it: from 1, one number in a vector.

    >>> index((0, 2), (1, 4)), index((1, 2), (2, 4))
    ('3', '2,3')
    """
    if sum(size > 1 for size in shape) <= 1:
        return str(max(place, default=0) + 1)
    return ",".join(str(i + 1) for i in place)


def structs(node: Node | None) -> tuple[Struct, ...]:
    """Return the elements of a struct or an array of structs; none for anything else."""
    if isinstance(node, Struct):
        return (node,)
    return tuple(item for _, item in node.items) if isinstance(node, Structs) else ()


def numbers(node: Node | None) -> np.ndarray | None:
    """Return the numbers of a leaf as a flat double array; None where it is something else."""
    if not isinstance(node, Leaf) or node.form != "array":
        return None
    return doubles(node.load()).ravel(order="F")


def text(node: Node | None) -> str | None:
    """Return the text of a leaf; "" for an empty one, None where it is something else."""
    if not isinstance(node, Leaf) or (node.form != "text" and node.size):
        return None
    return "".join(str(part) for part in np.ravel(node.load())).strip() if node.size else ""


# -- versions 4 to 7.2 -------------------------------------------------------------------------------------------


def _read_classic(path: Path) -> Struct:
    import scipy.io

    check_file(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # doubled variable names and the like: the last one stands
        variables = scipy.io.loadmat(path)
    return Struct({name: _classic(path, value) for name, value in variables.items() if not name.startswith("__")})


def _classic(path: Path, value: Any) -> Node:
    from scipy.sparse import issparse

    if issparse(value):
        return _classic_sparse(path, value)
    if not isinstance(value, np.ndarray):
        return Leaf(tuple(getattr(value, "shape", ())), type(value).__name__, "other", _nothing)
    if value.dtype.names and type(value) is np.ndarray:
        items = [
            (place, Struct({name: _classic(path, element[name]) for name in value.dtype.names}))
            for place, element in np.ndenumerate(value)
        ]
        return items[0][1] if len(items) == 1 else Structs(value.shape, tuple(items))
    if value.dtype.kind == "O" and type(value) is np.ndarray:
        return Cells(value.shape, tuple((place, _classic(path, item)) for place, item in np.ndenumerate(value)))
    form = "array" if value.dtype.kind in "biuf" else "text" if value.dtype.kind in "US" else "other"
    return Leaf(value.shape, "object" if value.dtype.names else str(value.dtype), form, lambda: value)


def _classic_sparse(path: Path, value: Any) -> Leaf:
    table = value.tocsc() if value.format != "csc" else value
    kind = f"{table.dtype}, sparse"
    if table.dtype.kind not in "biuf":
        return Leaf(table.shape, kind, "other", _nothing)
    return Leaf(table.shape, kind, "array", lambda: _full(path, table.shape, table.indices, table.indptr, table.data))


def _full(path: Path, shape: tuple[int, ...], rows: np.ndarray, starts: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return a compressed sparse matrix (row of each value, first value of each column) as a full one."""
    size = math.prod(shape) * values.dtype.itemsize
    if size > MOST_LOADED:
        raise CostError(
            str(path),
            expected=f"a matrix of at most {MOST_LOADED / 2**30:.0f} GiB when it is full",
            got=f"a sparse one of {shape[0]} x {shape[1]}, {size / 2**30:.1f} GiB",
            remedy="Save spike times in a cell array instead, one vector a unit.",
        )
    starts, rows = np.asarray(starts).astype(np.int64), np.asarray(rows).astype(np.int64)
    whole = len(starts) == shape[1] + 1 and starts[0] == 0 and (np.diff(starts) >= 0).all()
    if not whole or starts[-1] > min(len(rows), len(values)):
        raise unreadable(path, "MATLAB", ValueError("columns of a sparse matrix"))
    rows, values = rows[: starts[-1]], values[: starts[-1]]
    if rows.size and (rows.min() < 0 or rows.max() >= shape[0]):
        raise unreadable(path, "MATLAB", ValueError("rows of a sparse matrix"))
    full = np.zeros(shape, dtype=values.dtype)
    full[rows, np.repeat(np.arange(shape[1]), np.diff(starts))] = values
    return full


# -- version 7.3 -------------------------------------------------------------------------------------------------


def _read_hdf5(path: Path) -> Struct:
    import h5py

    with h5py.File(path, "r") as file:
        # Names with # hold what the references point to, and MATLAB's own objects.
        names = [str(name) for name in file]
        return Struct({n: _hdf5(path, file, f"/{n}", file[n], 1) for n in names if not n.startswith("#")})


def _hdf5(path: Path, file: Any, where: Any, item: Any, depth: int) -> Node:
    """Return what `item` is; `where`: its name, or the reference to it (to look up its name would be slow)."""
    import h5py

    if depth > MAX_DEPTH:
        return Leaf((), "nested too deeply", "other", _nothing)
    if isinstance(item, h5py.Group):
        return _hdf5_group(path, file, where, item, depth)
    kind = _kind(item)
    if item.attrs.get("MATLAB_empty", 0):
        return _hdf5_empty(item, kind)
    if _refers(item):
        places = np.asarray(item[()]).T  # HDF5 lists MATLAB's dimensions backwards
        items = ((place, ref) for place, ref in np.ndenumerate(places) if ref)
        return Cells(places.shape, tuple((place, _hdf5(path, file, ref, file[ref], depth + 1)) for place, ref in items))
    shape = tuple(reversed(item.shape or ()))
    if kind == "char":
        return Leaf(shape, "text", "text", partial(_load_text, path, where))
    if item.dtype.kind not in "biuf":
        return Leaf(shape, kind or str(item.dtype), "other", _nothing)
    named = isinstance(where, str) or item.nbytes > STAYS_FROM
    lazy = None
    if named and len(shape) == 2:  # MATLAB's (row, column) lies in the file as (column, row)
        lazy = hdf5.on_disk(path, str(item.name).lstrip("/"), item, transposed=True)
    return Leaf(shape, kind or str(item.dtype), "array", partial(_load_hdf5, path, where), lazy)


def _hdf5_empty(item: Any, kind: str) -> Node:
    """Return what has no elements; its dataset holds the shape."""
    shape = tuple(int(size) for size in np.ravel(item[()])) if item.size in (2, 3) else (0, 0)
    if kind == "struct":
        return Structs(shape, ())
    if kind == "cell":
        return Cells(shape, ())
    return Leaf(shape, kind or "empty", "text" if kind == "char" else "array", partial(np.empty, shape))


def _hdf5_group(path: Path, file: Any, where: Any, group: Any, depth: int) -> Node:
    import h5py

    if "MATLAB_sparse" in group.attrs:
        return _hdf5_sparse(path, where, group)
    parts = dict(group.items())
    # The fields of an array of structs are arrays of references without a class; a cell array says that it is one.
    spread = [
        isinstance(part, h5py.Dataset) and _refers(part) and "MATLAB_class" not in part.attrs for part in parts.values()
    ]
    if not parts or not all(spread) or len({part.shape for part in parts.values()}) != 1:
        place = f"{where}/" if isinstance(where, str) else None
        return Struct(
            {
                n: _hdf5(path, file, part.ref if place is None else place + n, part, depth + 1)
                for n, part in parts.items()
            }
        )
    columns = {name: np.asarray(part[()]).T for name, part in parts.items()}
    shape = next(iter(columns.values())).shape
    items = []
    for place in np.ndindex(shape):
        refs = {name: column[place] for name, column in columns.items()}
        items.append(
            (place, Struct({n: _hdf5(path, file, ref, file[ref], depth + 1) for n, ref in refs.items() if ref}))
        )
    return items[0][1] if len(items) == 1 else Structs(shape, tuple(items))


def _hdf5_sparse(path: Path, where: Any, group: Any) -> Leaf:
    shape = int(group.attrs["MATLAB_sparse"]), int(group["jc"].size) - 1
    numeric = "data" not in group or group["data"].dtype.kind in "biuf"  # without a value there is no data
    load = partial(_load_sparse, path, where, shape) if numeric else _nothing
    return Leaf(shape, f"{_kind(group) or 'double'}, sparse", "array" if numeric else "other", load)


def _kind(item: Any) -> str:
    kind = item.attrs.get("MATLAB_class", b"")
    return kind.decode() if isinstance(kind, bytes) else str(kind)


def _refers(item: Any) -> bool:
    import h5py

    return h5py.check_ref_dtype(item.dtype) is h5py.Reference


def _nothing() -> None:
    """Load what can't be loaded."""


def _load_hdf5(path: Path, where: Any) -> np.ndarray:
    return _stored(path, where, lambda item: np.asarray(item[()])).T


def _load_text(path: Path, where: Any) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        codes = _load_hdf5(path, where).ravel().astype("<u2")  # MATLAB's letters are UTF-16
    return np.array(list(codes.tobytes().decode("utf-16-le", "replace")), dtype=np.str_)


def _load_sparse(path: Path, where: Any, shape: tuple[int, int]) -> np.ndarray:
    def parts(group: Any) -> list[np.ndarray]:
        return [np.asarray(group[part][()]) if part in group else np.zeros(0) for part in ("ir", "jc", "data")]

    return _full(path, shape, *_stored(path, where, parts))


def _stored(path: Path, where: Any, take: Callable[[Any], Any]) -> Any:
    import h5py

    try:
        with h5py.File(path, "r") as file:
            return take(file[where])
    except Exception as error:
        raise unreadable(path, "MATLAB", error) from error
