"""Conditions of a recording: labelled stretches of time.

Conventions: times are seconds on the recording's own clock; epochs are half open, [start, stop). A moment belongs to
one condition or to none. Epochs of one condition are separate segments: nothing is joined across their edges.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np

from .._checks import choose, existing_file
from .._errors import FileFormatError, InputError
from . import naming
from . import validation as check
from .contents import AS_TEXT, unreadable
from .real_numbers import real_array, shown

if TYPE_CHECKING:
    from .recording import Recording

ROUNDING = 1e-6  # relative, of an epoch that ends where the recording does
EDGE = 1e-6  # samples; a sample so little before an epoch's start belongs to it (rounding)
START_NAMES = ("start", "start_time", "begin", "onset", "start_s", "t_start")
STOP_NAMES = ("stop", "stop_time", "end", "end_time", "stop_s", "t_stop", "offset")
DURATION_NAMES = ("duration", "length")
CONDITION_NAMES = ("condition", "label", "name", "state", "trial_type", "epoch", "tags")


@final
class Epochs:
    """Labelled, half-open stretches of time; frozen.

    Parameters
    ----------
    start, stop : array_like, shape (epoch,), s
    condition : sequence of str
        Name of the condition of each epoch.
    source : str
        Where they come from.

    Attributes
    ----------
    start, stop : array, shape (epoch,), s, read-only, ascending
    condition : tuple of str
    names : tuple of str
        The conditions, in the order of their first epochs.

    Raises
    ------
    InputError
        A stop that isn't after its start, epochs that overlap, a condition without a name, no epoch.

    Examples
    --------
    >>> Epochs([0, 60, 90], [60, 90, 120], ["wake", "sleep", "wake"])
    Epochs: 2 conditions
      wake: 2 epochs, 90 s
      sleep: 1 epoch, 30 s
    """

    start: np.ndarray
    stop: np.ndarray
    condition: tuple[str, ...]
    source: str

    def __init__(self, start: Any, stop: Any, condition: Sequence[str], *, source: str = "") -> None:
        begins, ends = _times(start, "start"), _times(stop, "stop")
        names = naming.as_texts(condition)
        if names is None:
            raise InputError(
                "epochs, condition",
                expected="one name for each epoch",
                got=shown(condition),
                remedy='For example Epochs([0, 60], [60, 120], ["wake", "sleep"]).',
            )
        if not len(begins) == len(ends) == len(names) or not names:
            raise InputError(
                "epochs",
                expected="one start, stop and condition for each epoch, and at least one epoch",
                got=f"{len(begins)} starts, {len(ends)} stops, {len(names)} conditions",
                remedy='For example Epochs([0, 60], [60, 120], ["wake", "sleep"]).',
            )
        order = _order(begins, ends, names, "epochs", "row", range(len(names)))
        values = {
            "start": begins[order],
            "stop": ends[order],
            "condition": tuple(names[row] for row in order),
            "source": str(source),
        }
        for name in ("start", "stop"):
            values[name].setflags(write=False)
        self.__dict__.update(values)

    @property
    def names(self) -> tuple[str, ...]:
        """The conditions, in the order of their first epochs."""
        return tuple(dict.fromkeys(self.condition))

    @cached_property
    def rows(self) -> dict[str, np.ndarray]:
        """Condition -> its epochs, shape (epoch, 2), s."""
        pairs = np.column_stack([self.start, self.stop])
        return {name: pairs[[c == name for c in self.condition]] for name in self.names}

    def of(self, name: str) -> np.ndarray:
        """Return the epochs of one condition, shape (epoch, 2), s."""
        return self.rows[choose(name, self.names, "condition")]

    def __len__(self) -> int:
        return len(self.condition)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"Epochs are frozen: make new ones instead of setting {name!r}")

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (self.start, self.stop, self.condition, self.source))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Epochs) and (
            np.array_equal(self.start, other.start)
            and np.array_equal(self.stop, other.stop)
            and self.condition == other.condition
        )

    def __hash__(self) -> int:
        return hash((self.start.tobytes(), self.stop.tobytes(), self.condition))

    def __repr__(self) -> str:
        lines = [f"Epochs: {len(self.names)} condition{'s' if len(self.names) > 1 else ''}"]
        for name, pairs in self.rows.items():
            many = f"{len(pairs)} epoch{'s' if len(pairs) > 1 else ''}"
            lines.append(f"  {name}: {many}, {float((pairs[:, 1] - pairs[:, 0]).sum()):.6g} s")
        return "\n".join(lines)


def read_epochs(path: str | os.PathLike[str]) -> Epochs:
    r"""Read labelled epochs from a text table with the columns start, stop and condition.

    Parameters
    ----------
    path : str or path
        A header row names the columns: start and stop (or duration), in s, and condition (or label, name, state).
        Commas, semicolons or tabs part them; other columns are ignored.

    Returns
    -------
    Epochs

    Raises
    ------
    FileFormatError
        No such file, no header, a column that is missing, a cell that is no number (line and column are named).
    InputError
        Epochs that overlap, or stop before they start.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "epochs.csv"
    >>> _ = path.write_text("start,stop,condition\n0,300,baseline\n300,600,odour\n")
    >>> read_epochs(path).names
    ('baseline', 'odour')
    """
    if not isinstance(path, str | os.PathLike):
        raise InputError(
            "epochs",
            expected="the path of a table of epochs",
            got=shown(path),
            remedy='For example "epochs.csv"; epochs in memory are made by Epochs(start, stop, condition).',
        )
    file = existing_file(path)
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (UnicodeDecodeError, OSError) as error:
        raise unreadable(file, "text", error, remedy=AS_TEXT) from error
    lines = [(i + 1, line) for i, line in enumerate(text.splitlines()) if line.strip() and not line.startswith("#")]
    if not lines:
        raise FileFormatError(str(file), expected="a table of epochs", got="an empty file", remedy=_example())
    mark = next((m for m in ("\t", ";", ",") if m in lines[0][1]), ",")
    try:
        rows = [(number, [c.strip() for c in next(csv.reader([line], delimiter=mark))]) for number, line in lines]
    except csv.Error as error:
        raise unreadable(file, "text", error) from error
    header = [cell.casefold() for cell in rows[0][1]]
    start, stop = _column(header, START_NAMES), _column(header, STOP_NAMES)
    length, condition = _column(header, DURATION_NAMES), _column(header, CONDITION_NAMES)
    if start is None or condition is None or (stop is None and length is None):
        raise FileFormatError(
            f"{file}, line {rows[0][0]}",
            expected="a header with the columns start, stop (or duration) and condition",
            got=", ".join(rows[0][1]) or "nothing",
            remedy=_example(),
        )
    begins, ends, names = [], [], []
    for number, cells in rows[1:]:
        if len(cells) != len(header):
            raise FileFormatError(
                f"{file}, line {number}",
                expected=f"{len(header)} cells, as in the header",
                got=str(len(cells)),
                remedy="Mend the row.",
            )
        begin = _cell(cells[start], file, number, header[start])
        begins.append(begin)
        ends.append(
            begin + _cell(cells[length], file, number, header[length])
            if stop is None and length is not None
            else _cell(cells[stop or 0], file, number, header[stop or 0])
        )
        names.append(cells[condition])
    if not names:
        raise FileFormatError(str(file), expected="at least one epoch", got="a header alone", remedy=_example())
    _order(np.array(begins), np.array(ends), names, str(file), "line", [number for number, _ in rows[1:]])
    return Epochs(begins, ends, names, source=file.name)


MOST_VALUES = 20


def epochs_of_samples(values: np.ndarray, recording: Recording, name: str) -> Epochs:
    """Return one condition for each value that a number beside every sample takes, such as 0 and 1.

    Parameters
    ----------
    values : array, shape (time,)
        NaN: no condition.
    recording : Recording
        Sampled; says the time of every sample.
    name : str
        Conditions are called "name=0", "name=1".
    """
    known = np.isfinite(np.asarray(values, dtype=np.float64))
    found = np.unique(values[known])
    if not 0 < len(found) <= MOST_VALUES:
        raise InputError(
            f"epochs, array {name!r}",
            expected=f"1 to {MOST_VALUES} different values, one a condition",
            got=f"{len(found)}",
            remedy="Cut it into few values first, or give a table with the columns start, stop, condition.",
        )
    texts = [f"{float(value):g}" for value in found]
    texts = texts if len(set(texts)) == len(texts) else [f"{float(value):.17g}" for value in found]
    called = dict(zip(found.tolist(), texts, strict=True))
    rate, times = recording.sampling, recording.times
    start, stop, names = [], [], []
    for begin, end in recording.segments.tolist():
        change = np.flatnonzero(values[begin + 1 : end] != values[begin : end - 1]) + begin + 1
        for low, high in pairwise([begin, *change.tolist(), end]):
            if known[low]:
                start.append(times[low])
                stop.append(times[low] + (high - low) / rate)
                names.append(f"{name}={called[values[low].item()]}")
    return Epochs(start, np.minimum(stop, np.append(start[1:], np.inf)), names, source=name)


def cut_samples(segments: np.ndarray, onsets: np.ndarray, rate: float, epochs: np.ndarray) -> tuple[Any, Any]:
    """Return (segments, onsets) of the samples that lie in epochs, shapes (segment, 2) and (segment,).

    >>> cut_samples(np.array([[0, 10]]), np.array([5.0]), 2.0, np.array([[6.0, 7.0], [9.0, 20.0]]))[0].tolist()
    [[2, 4], [8, 10]]
    """
    parts, times = [], []
    for (begin, stop), onset in zip(segments.tolist(), onsets.tolist(), strict=True):
        for low, high in epochs.tolist():
            first = max(begin, begin + int(np.ceil((low - onset) * rate - EDGE)))
            last = min(stop, begin + int(np.ceil((high - onset) * rate - EDGE)))
            if first < last:
                parts.append((first, last))
                times.append(onset + (first - begin) / rate)
    return np.array(parts, dtype=np.int64).reshape(-1, 2), np.array(times)


def cut_times(segments: np.ndarray, epochs: np.ndarray) -> np.ndarray:
    """Return the stretches that lie in a segment and in an epoch, shape (segment, 2), s.

    >>> cut_times(np.array([[0.0, 10.0]]), np.array([[2.0, 4.0], [8.0, 12.0]])).tolist()
    [[2.0, 4.0], [8.0, 10.0]]
    """
    pairs = [(max(b, low), min(s, high)) for b, s in segments.tolist() for low, high in epochs.tolist()]
    return np.array([(b, s) for b, s in pairs if b < s]).reshape(-1, 2)


def check_inside(epochs: Epochs, spans: np.ndarray) -> tuple[str, ...]:
    """Refuse epochs that lie wholly outside a recording's stretches (s); return notes on those partly outside."""
    notes = []
    for row, (begin, stop) in enumerate(zip(epochs.start, epochs.stop, strict=True)):
        covered = np.clip(np.minimum(spans[:, 1], stop) - np.maximum(spans[:, 0], begin), 0.0, None).sum()
        if covered <= 0:
            raise InputError(
                f"epochs, condition {epochs.condition[row]!r}",
                expected=f"a time in the recording, {spans[0, 0]:.6g} to {spans[-1, 1]:.6g} s",
                got=f"{begin:.6g} to {stop:.6g} s",
                remedy="Epochs are seconds on the recording's clock: check the unit (samples? ms?) and the start.",
            )
        if covered < (stop - begin) * (1.0 - ROUNDING):
            name = epochs.condition[row]
            notes.append(f"epoch {row} ({name}, {begin:.6g} to {stop:.6g} s): only {covered:.6g} s were recorded")
    return tuple(notes)


def _times(values: Any, where: str) -> np.ndarray:
    """Return times in s, shape (epoch,)."""
    array = real_array(values)
    if array is None:
        raise InputError(f"epochs, {where}", expected="times in s", got=shown(values), remedy="Give plain numbers.")
    array = array.reshape(-1)
    lost = np.flatnonzero(~np.isfinite(array))
    if lost.size:
        raise InputError(
            f"epochs, {where}, row {lost[0]}",
            expected="a time in s",
            got=f"{array[lost[0]]:g}",
            remedy="Give plain numbers, or remove the row.",
        )
    check.not_too_late(array, f"epochs, {where}")
    return array


def _order(
    begins: np.ndarray, ends: np.ndarray, names: Sequence[str], where: str, row: str, numbers: Sequence[int]
) -> np.ndarray:
    """Return the epochs' order in time, or say which `row` of `where` is at fault; `numbers`: what rows are called."""
    for number, begin, end, name in zip(numbers, begins, ends, names, strict=True):
        if not name:
            raise InputError(
                f"{where}, {row} {number}",
                expected="the name of a condition",
                got="an empty one",
                remedy=f"Name it, or remove the {row}.",
            )
        if not end > begin:
            raise InputError(
                f"{where}, {row} {number} ({name})",
                expected="a stop after the start, in s",
                got=f"{begin:.6g} to {end:.6g} s",
                remedy=f"Mend the {row}; the columns are start and stop, not start and duration.",
            )
    order = np.argsort(begins, kind="stable")
    for one, other in pairwise(order):
        if begins[other] < ends[one]:
            raise InputError(
                f"{where}, {row}s {numbers[one]} ({names[one]}) and {numbers[other]} ({names[other]})",
                expected="epochs that don't overlap: a moment belongs to one condition",
                got=f"{begins[one]:.6g} to {ends[one]:.6g} s and {begins[other]:.6g} to {ends[other]:.6g} s",
                remedy="Cut one of them, or keep the epochs of one kind only.",
            )
    return order


def _column(header: Sequence[str], names: Sequence[str]) -> int | None:
    plain = [cell.partition("(")[0].partition("[")[0].strip() for cell in header]
    return next((plain.index(name) for name in names if name in plain), None)


def _cell(text: str, file: Path, line: int, column: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not np.isfinite(number):
        raise FileFormatError(
            f"{file}, line {line}, column {column!r}",
            expected="a time in s",
            got=repr(text) if text else "an empty cell",
            remedy="Give a plain number of seconds.",
        )
    check.not_too_late(np.array([number]), f"{file}, line {line}, column {column!r}")
    return number


def _example() -> str:
    return 'The first rows look like this: "start,stop,condition", "0,300,baseline", "300,600,odour".'


def _rebuild(start: np.ndarray, stop: np.ndarray, condition: tuple[str, ...], source: str) -> Epochs:
    return Epochs(start, stop, condition, source=source)
