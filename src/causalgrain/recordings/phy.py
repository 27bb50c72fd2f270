"""Reader of the folder of phy and Kilosort: sorted spikes, curated or not.

Takes: spike_times.npy (samples) and spike_clusters.npy, else spike_templates.npy; from params.py the sampling rate, and
the raw file, whose length is that of the recording; the labels good, mua and noise in cluster_group.tsv or
cluster_info.tsv, else those of Kilosort (KSLabel); a column of cell types in any cluster_*.tsv; templates.npy,
whitening_mat_inv.npy and channel_positions.npy. Units are called by the number of their cluster, "12".

Conventions and decisions:

* Where any cluster is labelled good or mua, by hand or else by Kilosort, the good ones are read; where none is, all
  but noise. Others if `units` names them.
* "waveform" is the template that most spikes of a cluster were found with, whitening undone, on the channel where it
  swings most, in arbitrary units; "position" is that channel's, in um. "group" is the label.
* Sample 0 is 0 s. Without the raw file a recording lasts until the last spike of any cluster.
* Two spikes of a unit at the same sample are both kept, and told. params.py is parsed, never run.

Ignores: amplitudes, features, the raw signal itself.
"""

from __future__ import annotations

import ast
import csv
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from .._errors import FileFormatError
from . import npy
from .contents import unreadable
from .kept import units_to_read
from .phy_templates import shapes
from .real_numbers import real_number, whole_array
from .recording import Recording
from .timing import choose_rate, warn
from .wishes import Wishes

NAME = "kilosort/phy folder"
TAKES = "spike times of the good clusters, with cell types, waveforms and positions"
IGNORES = "amplitudes, features, the raw signal"

MANUAL = ("group", "groups")
AUTOMATIC = ("kslabel",)
NUMBERED = {"0": "noise", "1": "mua", "2": "good", "3": "unsorted"}  # in old cluster_groups.csv
CELL_TYPES = ("cell_type", "celltype", "cell type", "putative_cell_type", "putativecelltype")
UNSORTED = "unsorted"


def recognise(path: Path) -> bool:
    """Is it a folder with spike times and clusters, or the params.py in one?"""
    try:
        folder = _folder(path)
        clusters = [folder / f"spike_{name}.npy" for name in ("clusters", "templates")]
        return (folder / "spike_times.npy").is_file() and any(file.is_file() for file in clusters)
    except OSError:
        return False


def _folder(path: Path) -> Path:
    return path.parent if path.name == "params.py" else path


def read(path: Path, wish: Wishes) -> Recording:
    """Read the spike times of the clusters that count."""
    wish.only("rate", "units", "segments", "start", "duration", what=f"a {NAME}")
    folder = _folder(path.absolute())
    params = _params(folder / "params.py")
    rate = choose_rate(wish.rate, _number(params.get("sample_rate")), "sample_rate in params.py", folder)
    samples, clusters, templates = _spikes(folder)
    ids = np.unique(clusters)
    names = [str(number) for number in ids.tolist()]
    tables = _tables(folder)
    labels, where = _labels(tables, names)
    notes = []
    good = _good(labels, where, notes)
    chosen = units_to_read(names, good, wish.units)
    if not chosen:
        raise FileFormatError(
            str(folder),
            expected="at least one good cluster",
            got=f"none of {len(names)} ({_counts(labels)})",
            remedy=f"Curate them in phy, or name some: units=['{names[0]}'].",
        )
    facts: dict[str, Any] = {} if where is None else {"group": np.array(labels)[chosen]}
    cell_types = _column(tables, CELL_TYPES)
    if cell_types:
        facts["cell_type"] = [cell_types.get(names[i], "") for i in chosen]
    trains, own_templates = [], []
    order = np.argsort(clusters, kind="stable")  # the spikes of each cluster together, in the order of the file
    edges = np.append(np.searchsorted(clusters[order], ids), len(order))
    for i in chosen:
        mine = order[edges[i] : edges[i + 1]]
        trains.append(np.sort(samples[mine]))
        own_templates.append(None if templates is None else _most_frequent(templates[mine]))
    facts.update(shapes(folder, own_templates, notes))
    doubled = sum(int((np.diff(train) == 0).sum()) for train in trains)
    if doubled:
        notes.append(f"spikes at the same sample as another one of their unit, which are kept: {doubled}")
    span = _span(folder, params, samples, rate, wish, notes)
    return Recording.from_spikes(
        [train / rate for train in trains],
        [names[i] for i in chosen],
        **span,
        properties=facts,
        source=folder.name,
        notes=notes,
    )


# -- spikes ------------------------------------------------------------------------------------------------------


def _spikes(folder: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Return sample, cluster and (where known) template of every spike."""
    samples = _vector(folder / "spike_times.npy", None)
    templates = _vector(folder / "spike_templates.npy", len(samples))
    clusters = _vector(folder / "spike_clusters.npy", len(samples))
    clusters = templates if clusters is None else clusters
    if clusters is None or samples is None or not len(samples):
        raise FileFormatError(
            str(folder), expected="at least one spike", got="none", remedy="Check that the sorting was finished."
        )
    return samples, clusters, templates


def _vector(file: Path, length: int | None) -> Any:
    """Return whole numbers, one a spike; None where there is no such file."""
    if not file.is_file():
        return None
    stored = np.asarray(npy.load(file)).ravel()
    values = None if stored.dtype.kind == "b" else whole_array(stored)
    if values is None or (length is not None and (len(values) != length or (values < 0).any())):
        many = "" if length is None else f", {length} as in spike_times.npy and none below 0"
        below = 0 if values is None else int((values < 0).sum())
        raise FileFormatError(
            str(file),
            expected=f"whole numbers, one a spike{many}",
            got=f"{len(stored)} of type {stored.dtype}" + (f", {below} of them below 0" if below else ""),
            remedy="These may be seconds; phy's times are samples of the raw file. Else copy the folder again."
            if length is None and stored.dtype.kind == "f"
            else "The files are from different runs, or one is cut or of another kind: copy the folder again.",
        )
    return values


def _most_frequent(numbers: np.ndarray) -> int:
    """Return the number that is there most often, the smallest of several."""
    found, many = np.unique(numbers, return_counts=True)
    return int(found[many.argmax()])


def _span(
    folder: Path, params: dict[str, Any], samples: np.ndarray, rate: float, wish: Wishes, notes: list[str]
) -> Any:
    """Return start and duration, or segments, as `Recording.from_spikes` takes them."""
    if wish.segments is not None:
        return {"segments": wish.segments}
    start = 0.0 if wish.start is None else wish.start
    if wish.duration is not None:
        return {"start": start, "duration": wish.duration}
    last = int(samples.max()) + 1
    recorded = _recorded(folder, params)
    if recorded is not None and recorded < last:
        warn(
            f"{folder}: the raw file that params.py names holds {recorded} samples, but spikes reach up to sample "
            f"{last - 1}: its length is not used. Give duration=... in s."
        )
        recorded = None
    if recorded is None:
        notes.append("taken to last until the last spike of any cluster: no raw file to tell the length")
    return {"start": start, "duration": (last if recorded is None else recorded) / rate - start}


def _recorded(folder: Path, params: dict[str, Any]) -> int | None:
    """Return the samples in the raw file, if it is there and params.py says how it is laid out."""
    named = params.get("dat_path")
    files = [folder / str(name) for name in (named if isinstance(named, list | tuple) else [named] if named else [])]
    channels, offset = _number(params.get("n_channels_dat")), _number(params.get("offset")) or 0.0
    try:
        width = np.dtype(params.get("dtype", "int16")).itemsize
        sizes = [file.stat().st_size for file in files if file.is_file()]
    except (TypeError, ValueError, SyntaxError, OSError):  # numpy raises SyntaxError for texts such as "f8,("
        return None
    laid_out = channels is not None and 1 <= channels < np.inf and 0 <= offset < np.inf and width > 0
    if not files or len(sizes) != len(files) or not laid_out:
        return None
    return sum(max(int(size - offset), 0) // (int(channels or 1) * width) for size in sizes)


def _params(file: Path) -> dict[str, Any]:
    """Return the constants that params.py sets; it isn't run."""
    if not file.is_file():
        return {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a path of Windows such as 'C:\data' has an "invalid escape sequence"
            lines = ast.parse(file.read_text(encoding="utf-8", errors="replace")).body
    except (SyntaxError, ValueError, OSError, RecursionError, MemoryError) as error:
        raise unreadable(file, "params.py", error) from error
    found = {}
    for line in lines:
        if isinstance(line, ast.Assign) and len(line.targets) == 1 and isinstance(line.targets[0], ast.Name):
            try:
                found[line.targets[0].id] = ast.literal_eval(line.value)
            except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
                continue  # a call or a sum: not a constant
    return found


def _number(value: Any) -> float | None:
    return None if value is None else real_number(value)


# -- labels ------------------------------------------------------------------------------------------------------


def _good(labels: list[str], where: str | None, notes: list[str]) -> list[bool]:
    """Return which clusters are read unasked."""
    if where is None:
        notes.append("no cluster is labelled: all are read")
        return [True] * len(labels)
    strict = "good" in labels or "mua" in labels
    good = [label == "good" if strict else label != "noise" for label in labels]
    out = [label for label, kept in zip(labels, good, strict=True) if not kept]
    if out:
        kept = "good" if strict else "not noise"
        notes.append(
            f"{sum(good)} of {len(good)} clusters are {kept} ({where}); left out unless `units` names them: "
            f"{_counts(out)}"
        )
    return good


def _labels(tables: list[tuple[str, dict[str, dict[str, str]]]], names: list[str]) -> tuple[list[str], str | None]:
    """Return a label for every cluster, and whose they are: manual ones if some are good or mua, else Kilosort's."""
    manual, automatic = (
        {key: NUMBERED.get(text, text).casefold() for key, text in _column(tables, columns).items()}
        for columns in (MANUAL, AUTOMATIC)
    )
    by_hand = [manual.get(name, UNSORTED) for name in names]
    if "good" in by_hand or "mua" in by_hand:
        return by_hand, "labelled by hand"
    both = [automatic.get(n, UNSORTED) if hand == UNSORTED else hand for n, hand in zip(names, by_hand, strict=True)]
    if all(label == UNSORTED for label in both):
        return both, None
    return both, "by KSLabel" if both != by_hand else "labelled by hand"


def _counts(labels: list[str]) -> str:
    return ", ".join(f"{labels.count(label)} {label}" for label in sorted(set(labels)))


def _column(tables: list[tuple[str, dict[str, dict[str, str]]]], columns: tuple[str, ...]) -> dict[str, str]:
    """Return cluster -> cell of the first of these columns that a file has; a file of its own beats cluster_info."""
    found: dict[str, str] = {}
    for _, table in tables:
        for cluster, row in table.items():
            text = next((row[name] for name in columns if row.get(name)), None)
            if text is not None:
                found[cluster] = text
    return found


def _tables(folder: Path) -> list[tuple[str, dict[str, dict[str, str]]]]:
    """Return (file, cluster -> column -> cell) of all tables of clusters, cluster_info first."""
    files = [*folder.glob("cluster_*.tsv"), *folder.glob("cluster_*.csv")]
    return [(file.name, _table(file)) for file in sorted(files, key=lambda f: (f.stem != "cluster_info", f.name))]


def _table(file: Path) -> dict[str, dict[str, str]]:
    try:
        lines = file.read_text(encoding="utf-8-sig", errors="replace").splitlines()
        mark = "\t" if lines and "\t" in lines[0] else ","
        rows = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=mark) if any(row)]
    except (OSError, csv.Error) as error:
        raise unreadable(file, "table of clusters", error) from error
    if not rows:
        return {}
    header = [cell.casefold() for cell in rows[0]]
    key = next((header.index(name) for name in ("cluster_id", "id") if name in header), None)
    if key is None:
        raise FileFormatError(
            str(file), expected="a column cluster_id", got=", ".join(rows[0]), remedy="Save it again from phy."
        )
    # Numbers may be written as 12 or 12.0.
    return {row[key].removesuffix(".0"): dict(zip(header, row, strict=False)) for row in rows[1:] if len(row) > key}
