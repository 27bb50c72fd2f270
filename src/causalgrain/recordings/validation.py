"""What a recording must be: every check that its constructor makes, each with the unit and time at fault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .._errors import InputError
from .._provenance import FrozenDict


def positive(value: Any, where: str, unit: str, remedy: str) -> float:
    """Return a finite number > 0."""
    number = _number(value)
    if number is None or not np.isfinite(number) or number <= 0:
        raise InputError(where, expected=f"a number > 0, in {unit}", got=repr(value), remedy=remedy)
    return number


def finite(value: Any, where: str) -> float:
    """Return a finite number."""
    number = _number(value)
    if number is None or not np.isfinite(number):
        raise InputError(where, expected="a time in s", got=repr(value), remedy="Give one number.")
    return number


def as_values(values: Any) -> np.ndarray:
    """Return a new (time, unit) float array with at least one sample and one unit."""
    try:
        raw = np.asarray(values)
        if raw.dtype.kind not in "biufO":
            raise TypeError(f"data type {raw.dtype}")
        array = np.array(raw, dtype=np.float32 if raw.dtype == np.float32 else np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(
            "values",
            expected="real numbers, one row a sample and one column a unit",
            got=f"{type(values).__name__} ({error})",
            remedy="Give a two-dimensional array of plain numbers; names of units go into `labels`.",
        ) from error
    if array.ndim != 2:
        hint = {
            1: "For one unit give values[:, None].",
            3: "Stack trials along time and name their edges in `segments`.",
        }
        raise InputError(
            "values",
            expected="two dimensions (time, unit)",
            got=f"shape {array.shape}",
            remedy=hint.get(array.ndim, "Give one row a sample and one column a unit."),
        )
    not_empty(array.shape)
    return array


def not_empty(shape: tuple[int, ...]) -> None:
    """Refuse a table without units or without samples."""
    if shape[1] == 0:
        raise InputError(
            "values", expected="at least one unit", got="none", remedy="Columns are units: check the array."
        )
    if shape[0] == 0:
        raise InputError("values", expected="at least one sample", got="an empty recording", remedy="Check the array.")


def as_properties(properties: Mapping[str, Any] | None, n: int) -> FrozenDict:
    """Return one read-only array a property, its first dimension the unit."""
    made = {}
    for name, rows in (properties or {}).items():
        try:
            array = np.array(rows)
            if array.dtype.kind in "OS":
                array = np.array([row.decode() if isinstance(row, bytes) else str(row) for row in rows])
        except (TypeError, ValueError) as error:
            raise _not_property(name, n, f"{type(rows).__name__} ({error})") from error
        if array.dtype.kind not in "biufU" or not array.ndim or len(array) != n:
            raise _not_property(name, n, f"{array.dtype} of shape {array.shape}")
        made[str(name)] = array
    return FrozenDict(made)


def _not_property(name: str, n: int, got: str) -> InputError:
    return InputError(
        f"properties, {name!r}",
        expected=f"an array with {n} rows, one a unit",
        got=got,
        remedy="Give a row for every unit, in the order of the units.",
    )


def as_labels(labels: Sequence[str] | None, n: int) -> tuple[str, ...]:
    """Return `n` different names."""
    if labels is None:
        return tuple(f"u{i}" for i in range(n))
    names = () if isinstance(labels, str) else tuple(str(label).strip() for label in labels)
    if len(names) != n:
        raise InputError(
            "labels",
            expected=f"{n} names, one a unit",
            got=f"the text {labels!r}" if isinstance(labels, str) else str(len(names)),
            remedy="Give one name a column, in order; if the array is (unit, time), say orientation='unit x time'.",
        )
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(
            "labels",
            expected="names that differ",
            got=f"{', '.join(map(repr, twice[:5]))} more than once",
            remedy="Rename one of them.",
        )
    if "" in names:
        raise InputError(
            "labels",
            expected="a name for every unit",
            got=f"an empty one for unit {names.index('')}",
            remedy="Name it.",
        )
    return names


def as_segments(segments: Any, n_samples: int) -> np.ndarray:
    """Return (segment, 2) sample indices, int64."""
    if segments is None:
        return np.array([[0, n_samples]], dtype=np.int64)
    raw = _pairs(segments, "samples")
    if not (raw == np.round(raw)).all():
        raise InputError(
            "segments",
            expected="sample indices, whole numbers",
            got=repr(float(raw[raw != np.round(raw)][0])),
            remedy="For seconds multiply by the rate.",
        )
    _in_order(raw)
    if raw[0, 0] < 0 or raw[-1, 1] > n_samples:
        raise InputError(
            "segments",
            expected=f"samples from 0 to {n_samples}",
            got=f"{int(raw[0, 0])} to {int(raw[-1, 1])}",
            remedy="Samples are counted from 0 and the stop is one past the last.",
        )
    return raw.astype(np.int64)


def as_time_segments(segments: Any) -> np.ndarray:
    """Return (segment, 2) times in s."""
    raw = _pairs(segments, "seconds")
    _in_order(raw)
    return raw


def as_onsets(onsets: Any, n_segments: int) -> np.ndarray:
    """Return one time a segment."""
    array = np.array(onsets, dtype=np.float64)
    if array.shape != (n_segments,) or not np.isfinite(array).all():
        raise InputError(
            "onsets",
            expected=f"{n_segments} times in s, one a segment",
            got=f"shape {array.shape}",
            remedy="Leave `onsets` out where sampling went on between the segments.",
        )
    return array


def no_missing(values: np.ndarray, labels: Sequence[str], start: float, rate: float, first: int = 0) -> None:
    """Refuse NaN and infinity; name the first and how many units hold some."""
    good = np.isfinite(values)
    if good.all():
        return
    sample, unit = (int(v) for v in np.argwhere(~good)[0])
    units = [labels[int(i)] for i in np.flatnonzero(~good.all(axis=0))]
    shown = ", ".join(units[:6]) + (", ..." if len(units) > 6 else "")
    raise InputError(
        f"values, unit {labels[unit]!r} at {start + sample / rate:.6g} s (sample {first + sample})",
        expected="a finite number",
        got=repr(float(values[sample, unit])),
        remedy=(
            f"{int((~good).sum())} values are missing, in {len(units)} of {len(labels)} units ({shown}). Read without "
            "those units (read_recording(..., units=[...])), or fill or cut the gap first."
        ),
    )


def whole(values: np.ndarray, labels: Sequence[str], start: float, rate: float, first: int = 0) -> None:
    """Refuse counts that are not whole numbers >= 0."""
    wrong = (values < 0) | (values != np.round(values))
    if wrong.any():
        sample, unit = (int(v) for v in np.argwhere(wrong)[0])
        raise InputError(
            f"values, unit {labels[unit]!r} at {start + sample / rate:.6g} s (sample {first + sample})",
            expected="a count, a whole number >= 0",
            got=repr(float(values[sample, unit])),
            remedy="For continuous signals use kind='traces'.",
        )


def as_trains(spikes: Any) -> tuple[np.ndarray, ...]:
    """Return one new float array of spike times a unit."""
    if isinstance(spikes, str | bytes) or not hasattr(spikes, "__iter__"):
        raise _not_trains(repr(spikes))
    trains = []
    for i, train in enumerate(spikes):
        try:
            array = np.array(train, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise _not_trains(f"something else for unit {i} ({error})") from error
        if array.ndim != 1 and array.size:
            raise _not_trains(f"shape {array.shape} for unit {i}")
        trains.append(array.reshape(-1))
    if not trains:
        raise InputError(
            "spikes", expected="at least one unit", got="none", remedy="Give one array of spike times a unit."
        )
    return tuple(trains)


def as_span(trains: Sequence[np.ndarray], labels: Sequence[str], start: Any, duration: Any) -> np.ndarray:
    """Return the one segment [start, start + duration) and check that it holds all spikes."""
    begin = finite(start, "start")
    last = max((float(train[-1]) for train in trains if train.size), default=begin)
    if duration is None:
        if last <= begin:
            raise InputError(
                "spikes",
                expected=f"a spike after the start ({begin:g} s), or a duration",
                got="an empty recording",
                remedy="Give duration=... in s if nothing fired, or check the spike times.",
            )
        stop = float(np.nextafter(last, np.inf))  # half open: the last spike lies in it
    else:
        stop = begin + positive(duration, "duration", "s", "Give the length of the recording in s.")
    for train, label in zip(trains, labels, strict=True):
        outside = train[(train < begin) | (train > stop)]
        if outside.size:
            raise InputError(
                f"spikes, unit {label!r}",
                expected=f"times from {begin:.6g} to {stop:.6g} s",
                got=f"{float(outside[0]):.6g} s",
                remedy="Times are seconds (divide samples by the rate); else adjust `start` and `duration`.",
            )
    return np.array([[begin, stop]])


def ascending(trains: Sequence[np.ndarray], labels: Sequence[str]) -> None:
    """Refuse missing and unsorted spike times."""
    for train, label in zip(trains, labels, strict=True):
        if not np.isfinite(train).all():
            place = int(np.flatnonzero(~np.isfinite(train))[0])
            raise InputError(
                f"spikes, unit {label!r}, spike {place}",
                expected="a time in s",
                got=repr(float(train[place])),
                remedy="Remove it.",
            )
        back = np.flatnonzero(np.diff(train) < 0)
        if back.size:
            place = int(back[0]) + 1
            raise InputError(
                f"spikes, unit {label!r}, spike {place}",
                expected="ascending times",
                got=f"{train[place]:.6g} s after {train[place - 1]:.6g} s",
                remedy="Sort them with numpy.sort if their order has no meaning; else check that these are times.",
            )


def _number(value: Any) -> float | None:
    if isinstance(value, bool | str | bytes):
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _pairs(segments: Any, unit: str) -> np.ndarray:
    try:
        raw = np.array(segments, dtype=np.float64)
    except (TypeError, ValueError):
        raw = np.zeros(0)
    shape: tuple[int, ...] = raw.shape
    if len(shape) != 2 or shape[1] != 2 or not len(raw) or not np.isfinite(raw).all():
        raise InputError(
            "segments",
            expected=f"rows of (start, stop) in {unit}",
            got=f"shape {shape}" if np.isfinite(raw).all() else "missing values",
            remedy="For example [[0, 100], [100, 250]].",
        )
    return raw


def _in_order(raw: np.ndarray) -> None:
    for i, (begin, stop) in enumerate(raw):
        if stop <= begin:
            raise InputError(
                f"segments, row {i}",
                expected="a stop after the start",
                got=f"{begin:g} to {stop:g}",
                remedy="Remove or mend it.",
            )
        if i and begin < raw[i - 1, 1]:
            raise InputError(
                f"segments, row {i}",
                expected=f"a start at or after the stop before it ({raw[i - 1, 1]:g})",
                got=f"{begin:g}",
                remedy="Segments must ascend and not overlap.",
            )


def _not_trains(got: str) -> InputError:
    return InputError(
        "spikes",
        expected="one array of spike times in s for each unit",
        got=got,
        remedy="For example [[0.12, 0.58], [0.33]] for two units.",
    )
