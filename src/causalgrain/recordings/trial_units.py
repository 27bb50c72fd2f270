"""Single units in single trials, as nested MATLAB structs: data(experiment).shank(s).SUA.cell(u).odor(k).spikeMatrix.

So are the units of Iurilli & Datta (2017, Neuron 93:1180) kept; `spikeMatrix` is (trial, ms), 0 or 1, mostly sparse.
Experiments are different animals or days: a recording holds the units of one, all on the same clock.

Clock. Every trial is a segment, in the file's order: all trials of odour 1, then all of odour 2, ... Trial k of odour j
(both from 0, with n trials of T s an odour) starts at (j n + k) T s. They were recorded apart and in another order:
nothing may be read across their edges, nor from how far apart they stand. A spike in column c (from 0) is in the middle
of that ms, (c + 0.5) / 1000 s after the trial's start.

Conditions. ``baseline``, 0 to 3 s of every trial, and ``odour``, 4 to 6 s. The authors' olfactometer opens the valve at
3 s for 2 s and they count responses from 4 s, for the odour takes about 1 s to the nose; in their units rates rise from
3.8 s on and are back at 6.4 s. For other windows: ``recording.with_epochs(trial_epochs(recording, {...}))``.

Units are called shank-unit, by MATLAB's indices from 1. Those whose `good` is 0 are left out unless named in `units`.
Takes besides: meanWaveform as "waveform" (unit, channel, sample; scale not told), spikeSNR, isolationDistance, L_Ratio.
Ignores: everything else; where the units lay on a shank is not in such files, nor which odour was which.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .._errors import FileFormatError, InputError
from .epochs import Epochs
from .kept import units_to_read
from .matlab_tree import Leaf, Node, Struct, numbers, read_tree, structs
from .recording import Recording
from .wishes import Wishes

NAME = "units in trials (MATLAB structs with shank.SUA.cell.odor.spikeMatrix)"
TAKES = "spikes of the units of one experiment, a segment a trial, with baseline and odour as conditions, and waveforms"
IGNORES = "units not marked as good unless named, other experiments (array=... names one), fields of other names"

WINDOWS = {"baseline": (0.0, 3.0), "odour": (4.0, 6.0)}  # s after the start of a trial
PER_SECOND = 1000.0  # columns of a spikeMatrix
MOST_IN_A_MS = 100  # spikes of one unit
CHANNELS = 8  # of a meanWaveform, where spikeSNR doesn't tell
MARKS = (b"shank", b"SUA", b"odor", b"spikeMatrix")
LOOKED_AT = 1 << 20  # first bytes that are searched for the marks
FIELDS = {"spikeSNR": "snr", "isolationDistance": "isolation_distance", "L_Ratio": "l_ratio"}


def recognise(path: Path) -> bool:
    """Is it a .mat file with such fields at its beginning?"""
    try:
        if path.suffix.lower() != ".mat" or not path.is_file():
            return False
        with path.open("rb") as stream:
            head = stream.read(LOOKED_AT)
        order = {b"IM": "little", b"MI": "big"}.get(head[126:128], "")
        if order in ("little", "big") and int.from_bytes(head[128:132], order) == 15:  # a compressed variable
            head = zlib.decompressobj().decompress(head[136:], LOOKED_AT)
    except (OSError, ValueError, zlib.error):
        return False
    return all(mark in head for mark in MARKS)


def trial_epochs(
    recording: Recording, windows: Mapping[str, tuple[float, float]], *, groups: Sequence[str] | None = None
) -> Epochs:
    """Return the same windows of every segment (trial) as conditions.

    Parameters
    ----------
    recording : Recording
    windows : mapping of str to (float, float), s
        Condition -> start and stop after the start of each segment; cut where a segment ends.
    groups : sequence of str, optional
        One name a segment, such as the stimulus; conditions are then called "odour 3" instead of "odour".

    Returns
    -------
    Epochs

    Raises
    ------
    InputError
        Windows that overlap or lie outside all segments.

    Examples
    --------
    >>> rec = Recording.from_spikes([[1.0, 12.0]], segments=[[0, 10], [10, 20]])
    >>> trial_epochs(rec, {"odour": (4.0, 6.0)}).of("odour").tolist()
    [[4.0, 6.0], [14.0, 16.0]]
    """
    spans = recording.spans.tolist()
    if groups is not None and len(groups) != len(spans):
        raise InputError(
            "groups",
            expected=f"{len(spans)} names, one a segment",
            got=str(len(groups)),
            remedy="Name the group of every segment, in order.",
        )
    rows = []
    for name, (low, high) in windows.items():
        for number, (begin, stop) in enumerate(spans):
            start, end = begin + low, min(begin + high, stop)
            if low >= 0 and start < end:
                rows.append((start, end, name if groups is None else f"{name} {groups[number]}"))
    if not rows:
        raise InputError(
            "windows",
            expected="at least one that begins within a segment, in s after its start",
            got=repr(dict(windows)),
            remedy=f"Segments are {max(stop - begin for begin, stop in spans):.6g} s long at most.",
        )
    return Epochs([r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows], source="windows of every segment")


def read(path: Path, wish: Wishes) -> Recording:
    """Read the units of one experiment."""
    wish.only("array", "units", "labels", "kind", what="units in trials")
    if wish.kind not in (None, "spikes"):
        raise InputError(
            "kind",
            expected="'spikes' for units in trials",
            got=repr(wish.kind),
            remedy="Leave it out; bin_recording turns spikes into counts.",
        )
    name, experiments = _experiments(path)
    number, notes = _chosen(path, name, experiments, wish.array)
    units = experiments[number]
    where = f"{path.name}, {name}({number + 1})"
    labels = [unit.label for unit in units] if wish.labels is None else list(wish.labels)
    if len(labels) != len(units):
        raise InputError(
            "labels",
            expected=f"{len(units)} names, one a unit of {name}({number + 1})",
            got=str(len(labels)),
            remedy="Name every unit, or leave them out.",
        )
    good = [unit.good for unit in units]
    chosen = units_to_read(labels, good, wish.units)
    if not chosen:
        raise FileFormatError(
            f"{path}, {name}({number + 1})",
            expected="at least one unit marked as good",
            got=f"none of {len(units)}",
            remedy=f"Name some, such as units=[{labels[0]!r}], or another experiment with array=...",
        )
    units, labels = [units[i] for i in chosen], [labels[i] for i in chosen]
    if not all(good):
        notes.append(f"{good.count(False)} of {len(good)} units are not marked as good: left out unless named")
    lengths = _trial_lengths(path, units)
    onsets = np.concatenate([[0.0], np.cumsum(np.concatenate(lengths))])
    first = np.concatenate([[0], np.cumsum([len(part) for part in lengths])])
    spikes = [_train(unit, onsets, first, f"{where}, unit {unit.label}") for unit in units]
    properties = _properties(units, notes)
    notes += [
        f"{len(onsets) - 1} trials on one clock, one after the other in the file's order, not the experiment's; "
        f"first trials of the stimuli: {', '.join(map(str, first[:-1]))} (segments from 0)",
        "conditions: "
        + ", ".join(f"{n}: {a:g} to {b:g} s of each trial" for n, (a, b) in WINDOWS.items())
        + " (trial_epochs gives others)",
    ]
    made = Recording.from_spikes(
        spikes,
        labels,
        segments=np.column_stack([onsets[:-1], onsets[1:]]),
        properties=properties,
        source=where,
        notes=notes,
    )
    return made.with_epochs(trial_epochs(made, WINDOWS))


@dataclass(frozen=True)
class _Unit:
    label: str
    shank: int
    fields: Struct
    trials: tuple[Leaf, ...]  # (trial, ms) of each stimulus

    @property
    def good(self) -> bool:
        mark = numbers(self.fields.fields.get("good"))
        return mark is None or not mark.size or bool(mark.all())


def _experiments(path: Path) -> tuple[str, list[list[_Unit]]]:
    """Return the variable's name and the units of every experiment."""
    for name, node in read_tree(path).fields.items():
        if any("shank" in item.fields for item in structs(node)):
            found = [_units(item.fields.get("shank")) for item in structs(node)]
            if any(found):
                return name, found
    raise FileFormatError(
        str(path),
        expected="structs (experiment).shank(s).SUA.cell(u).odor(k).spikeMatrix with at least one unit",
        got="a file in which these fields hold none",
        remedy="Check which fields it has; spike times in cells are read as well.",
    )


def _units(shanks: Node | None) -> list[_Unit]:
    units = []
    for s, shank in enumerate(structs(shanks)):
        sorted_units = next(iter(structs(shank.fields.get("SUA"))), None)
        for u, cell in enumerate(structs(sorted_units.fields.get("cell")) if sorted_units else ()):
            matrices = [item.fields.get("spikeMatrix") for item in structs(cell.fields.get("odor"))]
            leaves = tuple(m for m in matrices if isinstance(m, Leaf) and m.form == "array" and m.size)
            if leaves and len(leaves) == len(matrices):
                units.append(_Unit(f"{s + 1}-{u + 1}", s + 1, cell, leaves))
    return units


def _chosen(path: Path, name: str, experiments: list[list[_Unit]], array: str | None) -> tuple[int, list[str]]:
    """Return the experiment asked for, or the one with most units, and a note."""
    sizes = [len(units) for units in experiments]
    listed = ", ".join(f"{name}({i + 1}): {n} units" for i, n in enumerate(sizes) if n)
    if array is None:
        number = int(np.argmax(sizes))
        if sum(n > 0 for n in sizes) == 1:
            return number, []
        return number, [f"{name}({number + 1}) has the most units; array=... names another: {listed}"]
    match = re.fullmatch(rf"(?:{re.escape(name)})?\s*\(?(\d+)\)?", array.strip())
    number = int(match.group(1)) - 1 if match else -1
    if not 0 <= number < len(sizes) or not sizes[number]:
        raise FileFormatError(
            f"{path}, array {array!r}",
            expected=f"an experiment with units, such as {name}({int(np.argmax(sizes)) + 1})",
            got="none of that name" if not 0 <= number < len(sizes) else "one without units",
            remedy=f"The file holds {listed}.",
        )
    return number, []


def _trial_lengths(path: Path, units: list[_Unit]) -> list[np.ndarray]:
    """Return the length in s of every trial, one array a stimulus; all units must have the same trials."""
    shapes = [leaf.shape for leaf in units[0].trials]
    if any(len(shape) != 2 for shape in shapes):
        raise FileFormatError(
            f"{path}, unit {units[0].label}",
            expected="matrices of two dimensions, (trial, ms)",
            got=_sizes(shapes),
            remedy="Check what spikeMatrix holds in this file.",
        )
    for unit in units:
        got = [leaf.shape for leaf in unit.trials]
        if got != shapes:
            raise FileFormatError(
                f"{path}, unit {unit.label}",
                expected=f"the same trials as unit {units[0].label}, {_sizes(shapes)} (trial x ms)",
                got=_sizes(got),
                remedy="Units that were recorded together have the same trials: leave this one out with units=[...].",
            )
    return [np.full(shape[0], shape[1] / PER_SECOND) for shape in shapes]


def _sizes(shapes: list[tuple[int, ...]]) -> str:
    kinds = {shape: shapes.count(shape) for shape in shapes}
    return " and ".join(
        f"{n} {'matrix' if n == 1 else 'matrices'} of {' x '.join(map(str, shape))}" for shape, n in kinds.items()
    )


def _train(unit: _Unit, onsets: np.ndarray, first: np.ndarray, where: str) -> np.ndarray:
    """Return the spike times of all trials in s, ascending."""
    times = []
    for stimulus, leaf in enumerate(unit.trials):
        table = np.asarray(leaf.load())
        wrong = (table < 0) | (table > MOST_IN_A_MS) | (table != np.round(table))
        if wrong.any():
            raise FileFormatError(
                f"{where}, odor({stimulus + 1}).spikeMatrix",
                expected=f"spikes per ms, whole numbers from 0 to {MOST_IN_A_MS}",
                got=f"{float(table[wrong][0]):g}",
                remedy="Only matrices of single spikes can be read.",
            )
        trial, column = np.nonzero(table)
        many = table[trial, column].astype(np.int64)
        times.append(np.repeat(onsets[first[stimulus] + trial] + (column + 0.5) / PER_SECOND, many))
    return np.concatenate(times)


def _properties(units: list[_Unit], notes: list[str]) -> dict[str, np.ndarray]:
    """Return what every unit has: shank, waveform, measures of sorting."""
    made: dict[str, np.ndarray] = {"shank": np.array([unit.shank for unit in units])}
    for field, name in FIELDS.items():
        rows = _rows(units, field)
        if rows is not None:
            made[name] = rows[:, 0] if rows.shape[1] == 1 else rows
    waves = _rows(units, "meanWaveform")
    if waves is not None:
        snr = made.get("snr")
        channels = snr.shape[1] if snr is not None and snr.ndim == 2 else CHANNELS
        if waves.shape[1] % channels == 0:
            made["waveform"] = waves.reshape(len(units), channels, -1)
            notes.append(f"waveform: meanWaveform as {channels} channels of {waves.shape[1] // channels} samples")
    return made


def _rows(units: list[_Unit], field: str) -> np.ndarray | None:
    """Return one row a unit where all units have equally many numbers."""
    rows = [numbers(unit.fields.fields.get(field)) for unit in units]
    found = [row for row in rows if row is not None and row.size]
    return np.stack(found) if len(found) == len(units) and len({row.size for row in found}) == 1 else None
