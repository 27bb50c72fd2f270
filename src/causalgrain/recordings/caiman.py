"""Reader of CaImAn's HDF5 files (.hdf5, .h5), as CNMF.save writes them: the components of calcium imaging.

Takes: estimates/F_dff, or C, S or C+YrA by ``array=`` (in the file (unit, time); they can stay there); of the
components those in idx_components, where they were evaluated, others if `units` names them; the rate params/data/fr;
from the columns of A the centres of mass; SNR_comp, r_values and cnn_preds. Units are called by their number in the
file, "component12".

Conventions and decisions: without ``array=`` F_dff is read, and C where there is none. C and S are denoised and in
arbitrary units; C+YrA is C with what denoising took out; S, deconvolved, is no count of spikes. Positions are (x, y) or
(x, y, z) in pixels; the pixels of A are numbered column by column (Fortran's order) as CaImAn does. None is written
as the text "NoneType" in these files and read as nothing.

Ignores: background, masks, motion, all other parameters.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from .._checks import choose
from .._errors import CausalGrainError, FileFormatError
from .contents import unreadable
from .hdf5 import on_disk, opened
from .kept import units_to_read
from .on_disk import OnDisk, in_memory_or_not
from .real_numbers import whole_array
from .recording import Recording
from .timing import choose_rate
from .wishes import Wishes

NAME = "CaImAn HDF5 file"
TAKES = "F_dff, C, S or C+YrA of the accepted components, with their positions, and the frame rate"
IGNORES = "background, masks, motion, parameters"

ENDINGS = (".hdf5", ".h5")
SIGNATURE = b"\x89HDF\r\n\x1a\n"
ARRAYS = ("F_dff", "C", "S", "C+YrA")
DIMENSIONS = ("estimates/dims", "dims", "params/data/dims")
FACTS = {"SNR_comp": "snr", "r_values": "r_value", "cnn_preds": "cnn_prediction"}
DEFAULT_RATE = 30.0  # what CaImAn takes where its user says nothing


def recognise(path: Path) -> bool:
    """Is it HDF5 with CaImAn's groups? h5py is needed to tell, and loaded for HDF5 only, which needs it anyway."""
    try:
        if path.suffix.lower() not in ENDINGS:
            return False
        with path.open("rb") as stream:
            if stream.read(len(SIGNATURE)) != SIGNATURE:
                return False
        import h5py

        with h5py.File(path, "r") as file:
            estimates = file.get("estimates")
            return isinstance(estimates, h5py.Group) and "C" in estimates and "params" in file
    except Exception:  # h5py raises many kinds on broken files; those are told by the reader of HDF5
        return False


def read(path: Path, wish: Wishes) -> Recording:
    """Read the traces of the accepted components."""
    import h5py

    wish.only("array", "rate", "units", "segments", "start", "lazy", what=f"a {NAME}")
    try:
        with h5py.File(path, "r") as file:
            return _read(path, file, wish)
    except CausalGrainError:
        raise
    except Exception as error:  # h5py raises OSError, RuntimeError, KeyError ... on broken files
        raise unreadable(path, "CaImAn", error) from error


def _read(path: Path, file: Any, wish: Wishes) -> Recording:
    notes: list[str] = []
    array = _array(file, wish.array, path, notes)
    stored = _traces(path, file, array)
    count = stored.shape[1]
    names = [f"component{i}" for i in range(count)]
    chosen = units_to_read(names, _accepted(file, count, path, notes), wish.units)
    if not chosen:
        raise FileFormatError(
            f"{path}, estimates/idx_components",
            expected="at least one accepted component",
            got=f"none of {count}",
            remedy="Evaluate them again with other thresholds, or name some: units=['component0'].",
        )
    told = _numbers(file, "params/data/fr")
    fr = None if told is None or told.size != 1 else float(told.ravel()[0])
    rate = choose_rate(wish.rate, fr, "params/data/fr", path)
    if wish.rate is None:
        doubt = f" ({DEFAULT_RATE:g} is CaImAn's default: was it set?)" if rate == DEFAULT_RATE else ""
        notes.append(f"rate {rate:.6g} Hz from params/data/fr{doubt}")
    facts = {}
    for name, ours in FACTS.items():
        rows = _numbers(file, f"estimates/{name}")
        if rows is not None and rows.size == count:
            facts[ours] = rows.ravel()[chosen]
    centres = _centres(file, count, notes)
    if centres is not None:
        facts["position"] = centres[chosen]
    return Recording(
        in_memory_or_not(stored.select(chosen), wish.lazy),
        rate,
        [names[i] for i in chosen],
        segments=wish.segments,
        start=0.0 if wish.start is None else wish.start,
        properties=facts,
        source=f"{path.name}, {array}",
        notes=notes,
    )


def _array(file: Any, asked: str | None, path: Path, notes: list[str]) -> str:
    """Return the name of the traces to read."""
    there = [name for name in ARRAYS if all(_has(file, part) for part in name.split("+"))]
    if asked is not None:
        array = choose(asked.removeprefix("estimates/"), there, f"{path}, array")
    elif not there:
        raise FileFormatError(
            str(path),
            expected="traces: F_dff or C in estimates",
            got="none",
            remedy="Fit the model before saving it.",
        )
    else:
        array = there[0]
        notes.append(f"{array} is read; the file has {', '.join(there)}")
    if array == "C":
        notes.append("C is denoised fluorescence in arbitrary units, no dF/F (CaImAn's detrend_df_f makes F_dff)")
    elif array == "S":
        notes.append("S is deconvolved fluorescence in arbitrary units, not counts of spikes")
    return array


def _has(file: Any, name: str) -> bool:
    item = file["estimates"].get(name)
    return getattr(item, "ndim", 0) == 2 and item.dtype.kind in "biuf"


def _traces(path: Path, file: Any, array: str) -> OnDisk:
    parts = [f"estimates/{name}" for name in array.split("+")]
    items = [file[part] for part in parts]
    if len(items) == 1:
        return on_disk(path, parts[0], items[0], transposed=True)
    if items[0].shape != items[1].shape:
        raise FileFormatError(
            f"{path}, {array}",
            expected=f"shapes that are the same, {items[0].shape}",
            got=str(items[1].shape),
            remedy="Read array='C'; YrA is of another run.",
        )
    return OnDisk(
        partial(_opened_sum, path, parts[0], parts[1]),
        items[0].shape,
        items[0].dtype,
        transposed=True,
        name=f"{path}, {array}",
        chunks=items[0].chunks,
    )


@contextmanager
def _opened_sum(path: Path, first: str, second: str) -> Iterator[Any]:
    with opened(path, first) as one, opened(path, second) as other:
        yield _Sum(one, other)


class _Sum:
    """Two arrays, added where they are sliced."""

    def __init__(self, one: Any, other: Any) -> None:
        self._one, self._other = one, other

    def __getitem__(self, place: Any) -> np.ndarray:
        return np.asarray(self._one[place]) + np.asarray(self._other[place])


def _accepted(file: Any, count: int, path: Path, notes: list[str]) -> np.ndarray:
    """Return which components were accepted; all where they were not evaluated."""
    chosen = _numbers(file, "estimates/idx_components")
    if chosen is None:
        notes.append("no idx_components: the components were not evaluated, and all are read")
        return np.ones(count, dtype=bool)
    listed = whole_array(chosen)
    places = np.zeros(0, np.int64) if listed is None else listed.ravel()
    if listed is None or not _within(places, count):
        raise FileFormatError(
            f"{path}, estimates/idx_components",
            expected=f"numbers of components from 0 to {count - 1}",
            got=f"{chosen.dtype} values" if listed is None else f"{places.min()} to {places.max()}",
            remedy="The file is of two runs: evaluate the components again and save it.",
        )
    good = np.isin(np.arange(count), places)
    if not good.all():
        out = count - int(good.sum())
        notes.append(
            f"{int(good.sum())} of {count} components are accepted (idx_components); {out} left out unless `units` "
            "names them"
        )
    return good


def _centres(file: Any, count: int, notes: list[str]) -> np.ndarray | None:
    """Return the centres of mass of the components' masks, shape (unit, 2 or 3), in pixels."""
    names = ("data", "indices", "indptr", "shape")
    weights, pixels, edges, shape = (_numbers(file, f"estimates/A/{name}") for name in names)
    sizes = next((found.ravel() for name in DIMENSIONS if (found := _numbers(file, name)) is not None), None)
    if weights is None or pixels is None or edges is None or shape is None or sizes is None:
        return None
    dims = tuple(sizes.astype(np.int64).tolist())
    if shape.tolist() != [int(np.prod(dims)), count] or len(edges) != count + 1 or len(dims) not in (2, 3):
        notes.append(f"no positions: A has the shape {shape.tolist()}, the image {dims}")
        return None
    listed, ends = whole_array(pixels), whole_array(edges)
    whole = listed is not None and ends is not None and len(listed) == len(weights) and (np.diff(ends) >= 0).all()
    if listed is None or ends is None or not whole or not _within(listed, int(np.prod(dims))) or ends[-1] > len(listed):
        notes.append("no positions: A is no whole sparse matrix")
        return None
    places = np.stack(np.unravel_index(listed, dims, order="F"), axis=1)[:, [1, 0, 2][: len(dims)]]
    centres = np.full((count, len(dims)), np.nan)
    for unit in range(count):
        mine = slice(int(ends[unit]), int(ends[unit + 1]))
        total = weights[mine].sum()
        if np.isfinite(total) and total > 0:
            centres[unit] = weights[mine] @ places[mine] / total
    notes.append(f"positions are centres of mass, ({'x, y, z'[: 3 * len(dims) - 2]}) in pixels")
    return centres


def _within(numbers: np.ndarray, stop: int) -> bool:
    return not numbers.size or bool(0 <= numbers.min() <= numbers.max() < stop)


def _numbers(file: Any, name: str) -> np.ndarray | None:
    """Return a dataset of numbers, or None where there is none (CaImAn writes None as text)."""
    item = file.get(name)
    numeric = getattr(getattr(item, "dtype", None), "kind", "O") in "biuf"
    return np.asarray(item[()]) if numeric else None
