"""The two forms of data, samples and trains, seen through their segments: every check, and the ways in and out.

A null says what becomes of one unit's values in joined time, or of one unit's spikes, each known by its segment and its
time since that segment's start (*local*, in s); reading and writing back is done here. Local times keep rounding inside
a segment: a spike can't end up at or beyond its segment's stop.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, final

import numpy as np

from .._errors import InputError

Data = TypeVar("Data", bound=np.ndarray | Sequence[np.ndarray])
WITHIN = ("all", "segment")


@final
@dataclass(frozen=True, eq=False)
class Samples:
    """Values of units at samples.

    Attributes
    ----------
    values : array, shape (time, unit)
    segments : array of int, shape (segment, 2)
    """

    values: np.ndarray
    segments: np.ndarray

    def edges(self, within: str) -> np.ndarray:
        """Return the edges of the stretches in joined time, in samples: of the whole, or of every segment."""
        return joined_edges(self.segments, within)

    def each(self, change: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """Return new values: `change` takes one unit's values in joined time and returns as many."""
        result = np.array(self.values)
        where: slice | np.ndarray
        if len(self.segments) == 1:
            where = slice(*self.segments[0].tolist())
        else:
            where = np.concatenate([np.arange(begin, stop) for begin, stop in self.segments])
        for unit in range(self.values.shape[1]):
            result[where, unit] = change(self.values[where, unit])
        return result


@final
@dataclass(frozen=True, eq=False)
class Trains:
    """Spike times of units.

    Attributes
    ----------
    trains : tuple of arrays of ascending times in s
    segments : array, shape (segment, 2), s
    form : type
        tuple or list, as handed in.
    """

    trains: tuple[np.ndarray, ...]
    segments: np.ndarray
    form: type

    @property
    def lengths(self) -> np.ndarray:
        """Length of every segment in s."""
        return self.segments[:, 1] - self.segments[:, 0]

    def locate(self, train: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return which spikes lie in a segment, and segment and local time of those."""
        begins, stops = self.segments.T
        segment = np.searchsorted(begins, train, side="right") - 1
        inside = (segment >= 0) & (train < stops[segment])
        segment = segment[inside]
        return inside, segment, train[inside] - begins[segment]

    def each(self, move: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]) -> Any:
        """Return new trains: `move` takes segment and local time of one unit's spikes and returns new ones."""
        begins, last = self.segments[:, 0], np.nextafter(self.segments[:, 1], -np.inf)
        result = []
        for train in self.trains:
            inside, segment, local = self.locate(train)
            segment, local = move(segment, local)
            moved = train.copy()
            moved[inside] = np.clip(begins[segment] + local, begins[segment], last[segment])
            moved.sort()
            result.append(moved)
        return self.form(result)


def joined_edges(segments: np.ndarray, within: str = "segment") -> np.ndarray:
    """Return where in joined time the segments begin and stop, or only the two ends of the whole.

    >>> joined_edges(np.array([[2, 5], [10, 14]])).tolist()
    [0, 3, 7]
    >>> joined_edges(np.array([[2, 5], [10, 14]]), "all").tolist()
    [0, 7]
    """
    edges = np.concatenate([np.zeros(1, segments.dtype), np.cumsum(segments[:, 1] - segments[:, 0])])
    return edges if within == "segment" else edges[[0, -1]]


# -- checks ------------------------------------------------------------------------------------------------------


def as_form(data: Any, segments: Any) -> Samples | Trains:
    """Return the data in their form: an array holds samples, a tuple or list holds trains."""
    if isinstance(data, np.ndarray):
        values = _as_values(data)
        return Samples(values, _as_sample_segments(segments, len(values)))
    if isinstance(data, tuple | list):
        return Trains(_as_trains(data), _as_segments(segments, "seconds"), tuple if isinstance(data, tuple) else list)
    raise InputError(
        "data",
        expected="an array (time, unit), or a tuple or list of spike times, one array a unit",
        got=type(data).__name__,
        remedy="Of a recording give recording.values or recording.spikes.",
    )


def need_samples(data: Any, segments: Any, method: str, remedy: str) -> Samples:
    """Return samples, or refuse trains."""
    form = as_form(data, segments)
    if isinstance(form, Trains):
        raise InputError(f"data of {method}", expected="samples (time, unit)", got="spike trains", remedy=remedy)
    return form


def need_trains(data: Any, segments: Any, method: str, remedy: str) -> Trains:
    """Return trains, or refuse samples."""
    form = as_form(data, segments)
    if isinstance(form, Samples):
        raise InputError(f"data of {method}", expected="spike trains", got="samples (time, unit)", remedy=remedy)
    return form


def as_flag(value: Any, where: str) -> bool:
    """Return True or False, and nothing that merely counts as true."""
    if not isinstance(value, bool | np.bool_):
        raise InputError(where, expected="True or False", got=repr(value), remedy="Give one of the two.")
    return bool(value)


def _as_values(values: np.ndarray) -> np.ndarray:
    if isinstance(values, np.ma.MaskedArray):
        raise InputError("data", expected="values", got="a masked array", remedy="Fill or remove masked entries first.")
    if values.ndim != 2 or values.shape[1] == 0:
        raise InputError(
            "data",
            expected="two dimensions (time, unit), at least one unit",
            got=f"shape {values.shape}",
            remedy="For one unit give values[:, None]; spike trains come as a tuple or list of arrays.",
        )
    if values.dtype.kind not in "biuf":
        raise InputError(
            "data",
            expected="real numbers or bools",
            got=f"data type {values.dtype}",
            remedy="Convert with values.astype(float); spike trains come as a tuple or list of arrays.",
        )
    return values


def _as_trains(data: Sequence[Any]) -> tuple[np.ndarray, ...]:
    if not data:
        raise InputError("data", expected="at least one unit", got="none", remedy="Give one array of times a unit.")
    trains = []
    for unit, given in enumerate(data):
        try:
            train = np.array(given, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise _not_a_train(unit, str(error)) from error
        if train.ndim != 1:
            raise _not_a_train(unit, f"shape {train.shape}")
        if not np.isfinite(train).all():
            raise _not_a_train(unit, f"{train[~np.isfinite(train)][0]!r} at spike {np.argmin(np.isfinite(train))}")
        back = np.flatnonzero(np.diff(train) < 0)
        if back.size:
            spike = int(back[0]) + 1
            raise InputError(
                f"data, unit {unit}, spike {spike}",
                expected="ascending times",
                got=f"{train[spike]:.6g} s after {train[spike - 1]:.6g} s",
                remedy="Sort them with numpy.sort, if these are times.",
            )
        trains.append(train)
    return tuple(trains)


def _not_a_train(unit: int, got: str) -> InputError:
    return InputError(
        f"data, unit {unit}",
        expected="one array of spike times in s",
        got=got,
        remedy="For example [[0.12, 0.58], [0.33]] for two units; sampled values come as one array (time, unit).",
    )


def _as_sample_segments(segments: Any, n_samples: int) -> np.ndarray:
    raw = _as_segments(segments, "samples")
    if (raw != np.round(raw)).any():
        raise InputError(
            "segments",
            expected="sample indices, whole numbers",
            got=repr(float(raw[raw != np.round(raw)][0])),
            remedy="For seconds multiply by the rate.",
        )
    if raw[0, 0] < 0 or raw[-1, 1] > n_samples:
        raise InputError(
            "segments",
            expected=f"samples from 0 to {n_samples}",
            got=f"{raw[0, 0]:.0f} to {raw[-1, 1]:.0f}",
            remedy="Samples are counted from 0 and the stop is one past the last.",
        )
    return raw.astype(np.int64)


def _as_segments(segments: Any, unit: str) -> np.ndarray:
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
    empty = np.flatnonzero(raw[:, 1] <= raw[:, 0])
    if empty.size:
        begin, stop = raw[empty[0]]
        raise InputError(
            f"segments, row {empty[0]}",
            expected="a stop after the start",
            got=f"{begin:g} to {stop:g}",
            remedy="Remove or mend it.",
        )
    back = np.flatnonzero(raw[1:, 0] < raw[:-1, 1])
    if back.size:
        row = int(back[0]) + 1
        raise InputError(
            f"segments, row {row}",
            expected=f"a start at or after the stop before it ({raw[row - 1, 1]:g})",
            got=f"{raw[row, 0]:g}",
            remedy="Segments must ascend and not overlap.",
        )
    return raw
