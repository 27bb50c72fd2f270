"""What CellExplorer and buzcode files say of every cell, as a table: one row a cell, in the file's order.

Columns that most use have names of ours (``RENAMED``, and below); all other numbers and texts of which the file has one
a cell keep the file's own (``ab_ratio``, ``acg_tau_rise``, ...). An array a cell: ``waveform`` and ``raw_waveform``
(filtered or not, uV, at the channel where it is largest), ``waveform_time`` (ms, 0 at the trough), ``acg_narrow``,
``acg_wide``, and ``times`` (spikes, s). ``ground_truth`` joins the classes in which a cell is listed ("PV + VGAT"), ""
where it is in none; the file lists cells from 1.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .._errors import CausalGrainWarning, FileFormatError
from .matlab_tree import Cells, Leaf, Node, Struct, numbers, read_tree, text

if TYPE_CHECKING:
    from pandas import DataFrame

METRICS, SPIKES = ".cell_metrics.cellinfo.mat", ".spikes.cellinfo.mat"
RENAMED = {
    "UID": "uid",
    "sessionName": "session",
    "cluID": "cluster",
    "putativeCellType": "cell_type",
    "brainRegion": "brain_region",
    "region": "brain_region",  # buzcode
    "troughToPeak": "trough_to_peak",
    "firingRate": "firing_rate",
    "spikeCount": "spike_count",
    "electrodeGroup": "electrode_group",
    "shankID": "shank",
    "trilat_x": "x",
    "trilat_y": "y",
}
UNITS = {
    "trough_to_peak": "ms",
    "firing_rate": "Hz",
    "x": "um",
    "y": "um",
    "waveform": "uV",
    "raw_waveform": "uV",
    "waveform_time": "ms",
}
COUNTS = ("UID", "cellID", "cluID", "ts", "times")  # fields with one entry a cell, whatever else the file has
LARGEST = 2**53  # up to it a double tells whole numbers apart
WAVES = {  # our column -> (struct around it, field), the first that is there
    "waveform": (("waveforms", "filt"), ("", "filtWaveform")),
    "raw_waveform": (("waveforms", "raw"), ("", "rawWaveform")),
    "waveform_time": (("waveforms", "time"), ("", "timeWaveform")),
    "acg_narrow": (("acg", "narrow"),),
    "acg_wide": (("acg", "wide"),),
    "times": (("spikes", "times"), ("", "times")),
}


def root_of(path: Path) -> Struct:
    """Return the struct `cell_metrics` or `spikes` of a cellinfo file."""
    name = "cell_metrics" if path.name.endswith(METRICS) else "spikes"
    variables = read_tree(path).fields
    root = variables.get(name)
    if not isinstance(root, Struct):
        raise FileFormatError(
            str(path),
            expected=f"the struct {name!r}, as CellExplorer saves it",
            got=", ".join(map(repr, variables)) or "no variable",
            remedy=f"A file called *{path.suffixes[-3] if len(path.suffixes) > 2 else ''}.cellinfo.mat holds that "
            "struct; give other files another name.",
        )
    return root


def cells_of(root: Struct, path: Path) -> DataFrame:
    """Return the table of all cells of a file."""
    import pandas

    count = _count(root, path)
    columns: dict[str, Any] = {}
    for name, node in root.fields.items():
        column = _column(node, count)
        if column is not None:
            ours = RENAMED.get(name, name)
            columns.setdefault(ours, column)
    if "uid" not in columns:
        columns["uid"] = columns.get("cellID", list(range(1, count + 1)))
    for name, places in WAVES.items():
        found = next((rows for place in places if (rows := _arrays(_at(root, place), count))), None)
        if found is not None:
            columns[name] = found
    columns["ground_truth"] = _truth(root.fields.get("groundTruthClassification"), count, path)
    return pandas.DataFrame({name: pandas.Series(column, dtype=_dtype(column)) for name, column in columns.items()})


def node_at(root: Struct, *names: str) -> Node | None:
    """Return what stands at a path of fields, or None."""
    node: Node | None = root
    for name in names:
        node = node.fields.get(name) if isinstance(node, Struct) else None
    return node


def _at(root: Struct, place: tuple[str, str]) -> Node | None:
    return node_at(root, *(name for name in place if name))


def _count(root: Struct, path: Path) -> int:
    for name in COUNTS:
        node = root.fields.get(name)
        if isinstance(node, Cells) and node.items:
            return len(node.items)
        if isinstance(node, Leaf) and node.form == "array" and node.size:
            return node.size
    times = node_at(root, "spikes", "times")
    if isinstance(times, Cells) and times.items:
        return len(times.items)
    raise FileFormatError(
        str(path),
        expected=f"one number a cell in one of the fields {', '.join(COUNTS)}",
        got="none of them",
        remedy="Check that CellExplorer finished writing the file.",
    )


def _column(node: Node, count: int) -> list[Any] | None:
    """Return one number or text a cell; None where the field is something else."""
    if isinstance(node, Leaf):
        row = node.form == "array" and node.size == count and max(node.shape) == count
        return np.ravel(node.load()).astype(np.float64).tolist() if row else None
    if isinstance(node, Cells) and len(node.items) == count:
        words = [text(item) for _, item in node.items]
        return words if all(word is not None for word in words) and any(words) else None
    return None


def _arrays(node: Node | None, count: int) -> list[np.ndarray] | None:
    """Return one array a cell, from a cell array or from a matrix (sample, cell)."""
    if isinstance(node, Cells) and len(node.items) == count:
        rows = [numbers(item) for _, item in node.items]
        return [row if row is not None else np.zeros(0) for row in rows] if any(r is not None for r in rows) else None
    if isinstance(node, Leaf) and node.form == "array" and len(node.shape) == 2 and node.size > count:
        if node.shape[1] == count:
            return list(np.asarray(node.load(), dtype=np.float64).T)
        if min(node.shape) == 1:  # one time axis for all
            return [np.ravel(node.load()).astype(np.float64)] * count
    return None


def _truth(node: Node | None, count: int, path: Path) -> list[str]:
    """Return the ground-truth classes of every cell."""
    if isinstance(node, Cells) and len(node.items) == count:
        return [text(item) or "" for _, item in node.items]
    classes: list[list[str]] = [[] for _ in range(count)]
    for name, leaf in node.fields.items() if isinstance(node, Struct) else ():
        listed = numbers(leaf)
        for number in listed if listed is not None else ():
            if not 1 <= number <= count or number != round(number):
                warnings.warn(
                    f"{path}, groundTruthClassification.{name}: cell {number:g} is listed, but there are cells 1 to "
                    f"{count}; it is left out.",
                    CausalGrainWarning,
                    stacklevel=2,
                )
            elif name not in classes[int(number) - 1]:
                classes[int(number) - 1].append(name)
    return [" + ".join(sorted(names)) for names in classes]


def _dtype(column: list[Any]) -> Any:
    """Return int for whole numbers, float for others, object for arrays and texts."""
    if not all(isinstance(value, int | float) for value in column):
        return object
    whole = all(abs(value) <= LARGEST and value == round(value) for value in column)
    return np.int64 if whole else np.float64
