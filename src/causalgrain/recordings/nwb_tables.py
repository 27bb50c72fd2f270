"""The tables of an NWB file (units, ROIs, electrodes): columns, names of units, and what is known of them.

Conventions: a table is an HDF5 group whose attribute `colnames` names its columns; a column with several values a row
has its ends in "<name>_index". Positions are in the unit and the order of axes of the file.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .._errors import CausalGrainWarning, FileFormatError
from . import naming
from .real_numbers import real_array, whole_array

OWN = re.compile(r"causalgrain property (.*)", re.DOTALL)  # description of a column written by write_nwb
LABELS = (
    *("label", "unit_name", "roi_name", "channel_name", "electrode_name", "neuron_name", "name"),
    *("unit_id", "cluster_id", "roi_id", "cell_id", "channel_id", "original_cluster_id"),
)
ALIASES = {
    **dict.fromkeys(("celltype", "celltypelabel", "putativecelltype", "celltypes", "neurontype"), "cell_type"),
    **dict.fromkeys(("iscell", "accepted"), "iscell"),
    "waveformmean": "waveform",
}
CENTROIDS = ("position", "centroid", "centroids", "roi_centroid", "roi_centroids", "center", "centre")
MASKS = ("image_mask", "pixel_mask", "voxel_mask")
NOT_PROPERTIES = ("id", "spike_times", "obs_intervals", "electrodes", "waveforms", "waveform_sd", *MASKS)


def groups(parent: Any, above: str, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Yield (name, group) of all groups below, each where it is stored; None for a link that leads nowhere."""
    import h5py

    for key in parent:
        link = parent.get(key, getlink=True)
        if isinstance(link, h5py.SoftLink) or depth > 8:
            continue
        name = f"{above}/{key}" if above else key
        try:
            node = parent[key]
        except (KeyError, OSError):
            yield name, None
            continue
        if isinstance(node, h5py.Group):
            yield name, node
            yield from groups(node, name, depth + 1)


def has_rate(node: Any) -> bool:
    """Does the series say its rate?"""
    return "starting_time" in node and "rate" in node["starting_time"].attrs


@dataclass(frozen=True)
class Named:
    """Units that one can choose from by name."""

    labels: tuple[str, ...]


def columns_of(table: Any, n: int) -> dict[str, Any]:
    """Return the columns with one row a unit, as they are in the file."""
    import h5py

    found = {}
    for name in [text(name) for name in np.ravel(table.attrs.get("colnames", list(table)))]:
        item = table.get(name)
        if isinstance(item, h5py.Dataset) and f"{name}_index" not in table and name not in NOT_PROPERTIES:
            region = text(item.attrs.get("neurodata_type", "")) == "DynamicTableRegion"
            known = item.dtype.kind in "biufSU" or h5py.check_string_dtype(item.dtype) is not None
            known = known or h5py.check_ref_dtype(item.dtype) is h5py.Reference
            if known and not region and item.shape and item.shape[0] == n:
                found[name] = item
    return found


def labels_of(
    columns: dict[str, Any], table: Any, rows: np.ndarray, prefix: str, given: Sequence[str] | None, notes: list[str]
) -> tuple[tuple[str, ...], str]:
    """Return one name a unit, and the column of text that they fill."""
    if given is not None:
        return naming.as_labels(given, len(rows)), ""
    by_name = {name.casefold(): name for name in columns}
    for name in [by_name[name] for name in LABELS if name in by_name]:
        item = columns[name]
        values = load(item)[rows] if len(item.shape) == 1 else np.zeros(0)
        texts = [str(v).strip() for v in values] if values.dtype.kind == "U" else []
        if values.size and values.dtype.kind in "iu":
            texts = [f"{prefix}{int(v)}" for v in values]
        if texts and all(texts) and len(set(texts)) == len(texts):
            if name != "label":
                notes.append(f"labels from the column {name!r}")
            return tuple(texts), name if values.dtype.kind == "U" else ""
    ids = rows if table is None or "id" not in table else load(table["id"])[rows]
    seen: dict[str, int] = {}
    texts = []
    for number in ids.tolist():
        seen[number] = seen.get(number, 0) + 1
        texts.append(f"{prefix}{number}" + (f"_{seen[number]}" if seen[number] > 1 else ""))
    return tuple(texts), ""


def properties_of(columns: dict[str, Any], rows: np.ndarray, used: str, notes: list[str]) -> dict[str, np.ndarray]:
    """Return what is known of the units in `rows`, by the name that the package uses."""
    known: dict[str, np.ndarray] = {}
    for name, item in columns.items():
        if name == used:
            continue
        values = load(item)[rows]
        own = OWN.fullmatch(text(item.attrs.get("description", "")))
        if own:
            known[own[1]] = values
            continue
        target = ALIASES.get(re.sub(r"[\W_]", "", name.casefold()), name)
        target = "position" if name in CENTROIDS and values.ndim == 2 and values.shape[1] in (2, 3) else target
        target = name if target != name and (target in columns or target in known) else target
        if target == "iscell" and values.dtype.kind in "biuf":
            if values.ndim == 2 and values.shape[1] == 2:  # suite2p: (is it a cell, how probably)
                known["iscell_probability"] = values[:, 1]
                values = values[:, 0]
            values = values.astype(bool)
        if target == "waveform" and values.ndim == 3:
            values = np.swapaxes(values, 1, 2)
        if target != name and target != "waveform":
            notes.append(f"{target} from the column {name!r}")
        known[target] = values
    return known


def coordinates(table: Any, rows: np.ndarray) -> tuple[np.ndarray | None, str]:
    """Return (positions, names of the columns) where at least two coordinates are known."""
    n = n_rows(table)
    for names in (("x", "y", "z"), ("rel_x", "rel_y", "rel_z")):
        there = [a for a in names if a in table and table[a].shape == (n,) and table[a].dtype.kind in "iuf"]
        found = {axis: real_array(load(table[axis])[rows]) for axis in there}
        values = {axis: c for axis, c in found.items() if c is not None and np.isfinite(c).any()}
        if len(values) >= 2:
            return np.column_stack(list(values.values())), ", ".join(values)
    return None, ""


def centres(table: Any, rows: np.ndarray, path: Path) -> tuple[np.ndarray | None, str]:
    """Return (centres of mass of the masks of ROIs, which masks), in pixels and in the file's order of axes."""
    name = next((mask for mask in MASKS if mask in table and table[mask].size), None)
    if name is None:
        return None, ""
    found = []
    if name == "image_mask":
        for row in rows:
            mask = np.nan_to_num(np.asarray(table[name][row], dtype=np.float64))
            where = np.nonzero(mask)
            found.append(_centre(np.column_stack(where).astype(np.float64), mask[where]))
    else:
        axes = ("x", "y", "z") if name == "voxel_mask" else ("x", "y")
        masks = ragged(table, name, n_rows(table), path)
        for row in rows:
            points = np.column_stack([masks[row][axis].astype(np.float64) for axis in axes])
            found.append(_centre(points, np.nan_to_num(masks[row]["weight"].astype(np.float64))))
    return np.array(found), f"centre of mass of {name}, in pixels"


def _centre(points: np.ndarray, weights: np.ndarray) -> np.ndarray:
    total = weights.sum()
    return weights @ points / total if total else np.full(points.shape[1], np.nan)


def as_property(found: tuple[np.ndarray | None, str], notes: list[str]) -> dict[str, np.ndarray]:
    """Return positions as a property, with a note, unless none is known."""
    places, where = found
    if places is None or not np.isfinite(places).any():
        return {}
    lost = int((~np.isfinite(places).all(axis=1)).sum())
    notes.append(f"position: {where}" + (f"; unknown (NaN) for {lost} of {len(places)} units" if lost else ""))
    return {"position": places}


def n_rows(table: Any) -> int:
    """Return the number of rows of a table."""
    return int(table["id"].shape[0]) if "id" in table else 0


def target_of(region: Any) -> Any:
    """Return the table that a column of row numbers refers to."""
    import h5py

    target = region.attrs.get("table")
    if not isinstance(target, h5py.Reference) or not target:
        raise FileFormatError(
            f"{region.file.filename}, {str(region.name).strip('/')}",
            expected="a reference to a table in its attribute 'table'",
            got="none" if target is None else type(target).__name__,
            remedy="The file is damaged: write it again.",
        )
    return region.file[target]


def ragged(table: Any, name: str, n: int, path: Path) -> list[np.ndarray]:
    """Return the rows of a column that has several values a row."""
    flat, stored = load(table[name]), load(table[f"{name}_index"])
    ends = np.zeros(0, np.int64) if (whole := whole_array(stored)) is None else np.ravel(whole)
    if whole is None or len(ends) != n or (np.diff(ends, prepend=0) < 0).any() or (n and ends[-1] > len(flat)):
        raise FileFormatError(
            f"{path}, {table.name.strip('/')}/{name}_index",
            expected=f"{n} ascending ends, up to {len(flat)}",
            got=f"{len(ends)}, up to {ends.max(initial=0)}" if whole is not None else f"{stored.dtype} values",
            remedy="The table is damaged: write the file again.",
        )
    return [flat[begin:end] for begin, end in zip([0, *ends.tolist()], ends.tolist(), strict=False)]


def load(item: Any) -> np.ndarray:
    """Return a whole dataset; text as text, references as the names of what they point to."""
    import h5py

    if h5py.check_string_dtype(item.dtype) is not None:
        return np.array(item.asstr(errors="replace")[()].tolist(), dtype=np.str_).reshape(item.shape)
    raw = np.asarray(item[()])
    if h5py.check_ref_dtype(item.dtype) is h5py.Reference:
        names = [item.file[ref].name.rpartition("/")[2] if ref else "" for ref in np.ravel(raw)]
        return np.array(names, dtype=np.str_).reshape(raw.shape)
    return raw


def text(value: Any) -> str:
    """Return a text of the file."""
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def number(value: Any) -> float:
    """Return a number of the file; MATLAB writes it as an array. NaN for what is none."""
    found = real_array(value)
    return float("nan") if found is None or not found.size else float(found.ravel()[0])


def warn(told: str) -> None:
    """Tell of something doubtful."""
    warnings.warn(told, CausalGrainWarning, stacklevel=4)
