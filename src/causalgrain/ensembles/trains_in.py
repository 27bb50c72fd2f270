"""The ways into :class:`.trains.Trains`: checks, spikes of many units into one train, counts into spikes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._checks import as_float_array, did_you_mean
from .._errors import CostError, InputError
from ..recordings.recording import Recording

MOST_SPIKES = 1 << 28


def as_inhibitory(marks: Any, n_units: int, labels: Sequence[str] | None = None) -> np.ndarray:
    """Return which units are inhibitory, shape (units,), bool; given so, or as labels where units have some.

    >>> as_inhibitory(["b"], 3, ["a", "b", "c"]).tolist()
    [False, True, False]
    """
    array = np.asarray(marks)
    if array.dtype.kind in "US" and labels is not None and array.ndim == 1:
        array = _by_label([str(name) for name in array], list(labels))
    if array.dtype.kind in "iuf" and array.size and np.isin(array, (0, 1)).all():
        array = array.astype(bool)
    if array.dtype != bool or array.shape != (n_units,):
        raise InputError(
            "inhibitory",
            expected=f"one truth value for each of {n_units} units" + (", or labels" if labels is not None else ""),
            got=f"shape {array.shape} of {array.dtype}",
            remedy="For example [False, False, True]; decide on probabilities first, such as probability > 0.5.",
        )
    if array.all() or not array.any():
        raise InputError(
            "inhibitory",
            expected="units of both kinds",
            got=f"{int(array.sum())} inhibitory of {n_units}",
            remedy="Balance needs an excitatory and an inhibitory ensemble: give the units' types, or more units.",
        )
    return array.copy()


def _by_label(names: list[str], labels: list[str]) -> np.ndarray:
    for name in names:
        if name not in labels:
            raise InputError(
                "inhibitory", expected="labels of units", got=repr(name), remedy=did_you_mean(name, labels)
            )
    return np.isin(np.array(labels), names)


def as_span_segments(segments: Any) -> np.ndarray:
    """Return segments in s, shape (segments, 2), ascending."""
    array = as_float_array(segments, "segments")
    if array.ndim != 2 or array.shape[1] != 2 or not len(array) or not np.isfinite(array).all():
        raise InputError(
            "segments",
            expected="rows of (start, stop) in s",
            got=f"shape {array.shape}" if np.isfinite(array).all() else "missing values",
            remedy="For example [[0, 300], [360, 900]].",
        )
    wrong = np.flatnonzero((array[:, 1] <= array[:, 0]) | (array[:, 0] < np.append(-np.inf, array[:-1, 1])))
    if wrong.size:
        begin, stop = array[wrong[0]]
        raise InputError(
            f"segments, row {wrong[0]}",
            expected="a stop after the start, and a start at or after the stop before it",
            got=f"{begin:g} to {stop:g} s",
            remedy="Sort the segments and mend those that overlap.",
        )
    return array


def check_times(times: Any, segments: np.ndarray) -> np.ndarray:
    """Return spike times in s, which ascend and lie in the segments."""
    given = isinstance(times, np.ndarray) and times.dtype == np.float64 and not times.flags.writeable
    array = times if given else as_float_array(times, "times")
    if array.ndim != 1:
        raise InputError("times", expected="one time a spike", got=f"shape {array.shape}", remedy="Give a flat array.")
    ordered = np.diff(array) >= 0
    if not ordered.all() or (len(array) and not np.isfinite(array[[0, -1]]).all()):
        lost = np.flatnonzero(~np.isfinite(array))
        spike = int(lost[0]) if lost.size else int(np.argmin(ordered)) + 1
        raise InputError(
            f"times, spike {spike}",
            expected="finite times in s that ascend",
            got=f"{array[spike]:.6g}" if lost.size else f"{array[spike]:.6g} after {array[spike - 1]:.6g}",
            remedy="Sort them, and the units with them; Trains.from_units does both.",
        )
    place = np.searchsorted(array, segments)
    if int((place[:, 1] - place[:, 0]).sum()) != len(array):
        within = np.zeros(len(array) + 1, np.int64)
        np.add.at(within, place[:, 0], 1)
        np.add.at(within, place[:, 1], -1)
        spike = int(np.flatnonzero(np.cumsum(within)[:-1] == 0)[0])
        raise InputError(
            f"times, spike {spike}",
            expected="a time in a segment (half open, in s)",
            got=f"{array[spike]:.6g} s",
            remedy="Leave spikes outside out, or use Trains.from_units, which does.",
        )
    return array


def check_units(unit: Any, n_spikes: int, n_units: int) -> np.ndarray:
    """Return the unit of each spike in the smallest integers that hold it (sorting those is fast)."""
    array = np.asarray(unit)
    array = array.astype(np.int64) if not array.size else array
    if array.shape != (n_spikes,) or array.dtype.kind not in "iu":
        raise InputError(
            "unit",
            expected=f"the number of a unit for each of {n_spikes} spikes",
            got=f"shape {array.shape} of {array.dtype}",
            remedy="Units are counted from 0, in the order of `inhibitory`.",
        )
    if array.size and not 0 <= array.min() <= array.max() < n_units:
        raise InputError(
            "unit",
            expected=f"numbers from 0 to {n_units - 1}",
            got=f"{array.min()} to {array.max()}",
            remedy="Units are counted from 0, in the order of `inhibitory`.",
        )
    return array.astype(unit_type(n_units))


def unit_type(n_units: int) -> type:
    """Return the integer type that numbers so many units."""
    return np.int16 if n_units <= np.iinfo(np.int16).max else np.int32


def fixed(array: np.ndarray) -> np.ndarray:
    """Return the array, read-only: it need not be copied again."""
    array.setflags(write=False)
    return array


def as_spikes(spikes: Any) -> tuple[np.ndarray, ...]:
    """Return one array of finite times a unit; they may be in any order."""
    if isinstance(spikes, str) or not isinstance(spikes, Sequence) or not len(spikes):
        raise InputError(
            "spikes",
            expected="one array of spike times in s for each unit",
            got=type(spikes).__name__,
            remedy="For example [[0.12, 0.58], [0.33]] for two units.",
        )
    trains = tuple(as_float_array(train, f"spikes, unit {unit}") for unit, train in enumerate(spikes))
    for unit, train in enumerate(trains):
        if train.ndim != 1 or not np.isfinite(train).all():
            raise InputError(
                f"spikes, unit {unit}",
                expected="a flat array of finite times in s",
                got=f"shape {train.shape}" if train.ndim != 1 else "missing values",
                remedy="For example [[0.12, 0.58], [0.33]] for two units.",
            )
    return trains


def merged(spikes: Sequence[np.ndarray], segments: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (times, unit) of all units' spikes in the segments, in order of time."""
    times = np.concatenate([np.zeros(0), *spikes])
    unit = np.repeat(np.arange(len(spikes), dtype=unit_type(len(spikes))), [len(train) for train in spikes])
    place = np.searchsorted(segments[:, 0], times, side="right") - 1
    inside = (place >= 0) & (times < segments[place, 1])
    if not inside.all():
        times, unit = times[inside], unit[inside]
    order = np.argsort(times, kind="stable")
    return times[order], unit[order]


def of_counts(recording: Recording) -> tuple[np.ndarray, np.ndarray]:
    """Return (times, unit) of the spikes that counts stand for, at the starts of their samples."""
    rate, kind = recording.sampling, unit_type(recording.n_units)
    times, units, total = [np.zeros(0)], [np.zeros(0, kind)], 0
    for (begin, stop), onset in zip(recording.segments.tolist(), recording.onsets.tolist(), strict=True):
        for first, block in recording.blocks(begin, stop):
            sample, unit = np.nonzero(block)
            many = block[sample, unit].astype(np.int64)
            total += int(many.sum())
            if total > MOST_SPIKES:
                raise CostError(
                    "recording",
                    expected=f"counts of at most {MOST_SPIKES} spikes together",
                    got="more",
                    remedy="Are these counts? Fluorescence or probabilities in large units are not.",
                )
            times.append(np.repeat(onset + (first - begin + sample) / rate, many))
            units.append(np.repeat(unit.astype(kind), many))
    return np.concatenate(times), np.concatenate(units)
