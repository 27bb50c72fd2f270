"""From values to states: one bit a unit and sample.

Conventions: a unit is ON where its value is strictly above its threshold. Thresholds taken from the data use the
samples of all segments together, one threshold a unit; the standard deviation is that of the population. To have one
definition of ON in every condition, take the thresholds once (:func:`thresholds_of`) and hand them to
:func:`binarise` for each. Samples outside segments get states too, but count for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from .._errors import InputError
from .._provenance import hash_arrays
from .recording import Recording, samples_inside
from .steps import as_recording, named_method, stretches

PLAIN = ("spike", "median", "mean")
NUMBERED = ("threshold", "z", "percentile")
METHODS = (*PLAIN, *NUMBERED)
TOGETHER_BYTES = 1 << 28  # of the units that are sorted at once


@dataclass(frozen=True, eq=False, repr=False)
class BinaryRecording:
    """States of binary units over time.

    Attributes
    ----------
    states : array of int8, shape (time, unit), read-only
    rate : float, Hz
    labels : tuple of str
    segments : array of int, shape (segment, 2)
        As in :class:`~causalgrain.recordings.recording.Recording`.
    how : str
        What makes a unit ON, such as "median"; "given thresholds" where they were handed in.
    thresholds : array, shape (unit,)
        A unit is ON where its value is above its threshold.
    source_hash : str
        Hash of the recording that the states were made from.
    """

    states: np.ndarray
    rate: float
    labels: tuple[str, ...]
    segments: np.ndarray
    how: str
    thresholds: np.ndarray
    source_hash: str

    @property
    def n_units(self) -> int:
        """Number of units."""
        return len(self.labels)

    def inside(self) -> np.ndarray:
        """Return which samples lie in a segment, shape (time,), bool."""
        return samples_inside(len(self.states), self.segments)

    @cached_property
    def on_share(self) -> np.ndarray:
        """Share of the segments' samples in which each unit is ON, shape (unit,)."""
        return self.states[self.inside()].mean(axis=0)

    @cached_property
    def hash(self) -> str:
        """Hash of states, names, rate and segments."""
        rate = np.float64(self.rate).reshape(1)
        return hash_arrays(self.states, "\n".join(self.labels), rate, self.segments)

    def __repr__(self) -> str:
        lines = [
            f"BinaryRecording of {self.n_units} units, {int(self.inside().sum())} samples at {self.rate:.6g} Hz, "
            f"ON by {self.how}",
            *(
                f"  {label}: ON in {share:.1%}"
                for label, share in list(zip(self.labels, self.on_share, strict=True))[:20]
            ),
        ]
        return "\n".join(lines + (["  ..."] if self.n_units > 20 else []))


def binarise(
    recording: Recording, method: Any = None, *, thresholds: Any = None, allow_constant: bool = False
) -> BinaryRecording:
    """Return ON and OFF for every unit and sample.

    Parameters
    ----------
    recording : Recording
        Traces or counts; spike times must be binned first.
    method : str, or tuple (name, number)
        "spike": at least one spike in the bin (counts only). "median", "mean": above the unit's own. "percentile:75":
        above the unit's 75th percentile, interpolated. "threshold:0.5": above 0.5, in the recording's own measure.
        "z:2": more than 2 standard deviations above the unit's mean.
    thresholds : array_like, shape (unit,), in the recording's own measure
        Instead of a method: one threshold a unit, for example those of another condition.
    allow_constant : bool
        Keep units that are always ON or always OFF, as can happen in one condition with the thresholds of another.

    Returns
    -------
    BinaryRecording

    Raises
    ------
    InputError
        Unknown method, a method that doesn't fit the kind, thresholds that aren't one a unit, or units that come out
        all ON or all OFF (named).

    Examples
    --------
    >>> rec = Recording([[1.0, 5.0], [2.0, 5.0], [3.0, 6.0]], 10.0, ["A", "B"])
    >>> binarise(rec, "median").states.tolist()
    [[0, 0], [0, 0], [1, 1]]
    >>> binarise(rec, thresholds=[1.5, 5.5]).states.tolist()
    [[0, 0], [1, 0], [1, 1]]
    """
    recording = as_recording(recording)
    if thresholds is None:
        name, number = parse_binarise(method)
        levels = _levels(recording, name, number)
        how = name if number is None else f"{name}:{number:g}"
    elif method is None:
        levels, how = _as_levels(thresholds, recording), "given thresholds"
    else:
        raise InputError(
            "binarise",
            expected="a method or thresholds",
            got=f"both, {method!r} and thresholds",
            remedy="Leave the method out: the thresholds say what is ON.",
        )
    states = np.empty(recording.shape, np.int8)
    for first, block in recording.blocks(0, len(states)):
        for low, high in stretches(0, len(block), recording.n_units):
            np.greater(block[low:high], levels, out=states[first + low : first + high], casting="unsafe")
    if not allow_constant:
        _refuse_constant(states, recording, how)
    for array in (states, levels):
        array.setflags(write=False)
    return BinaryRecording(
        states=states,
        rate=recording.sampling,
        labels=recording.labels,
        segments=recording.segments,
        how=how,
        thresholds=levels,
        source_hash=recording.hash,
    )


def thresholds_of(recording: Recording, method: Any) -> np.ndarray:
    """Return the threshold of every unit, as :func:`binarise` takes it from this recording.

    Parameters
    ----------
    recording : Recording
        Traces or counts, for example those of the baseline condition; a file is read in stretches.
    method : str, or tuple (name, number)
        As for :func:`binarise`.

    Returns
    -------
    array, shape (unit,)

    Examples
    --------
    One definition of ON for two conditions:

    >>> from causalgrain.recordings.epochs import Epochs
    >>> epochs = Epochs([0, 2], [2, 4], ["wake", "sleep"])
    >>> rec = Recording([[0.0], [4.0], [1.0], [3.0]], 1.0, ["A"], epochs=epochs)
    >>> levels = thresholds_of(rec.in_condition("wake"), "median")
    >>> sleep = binarise(rec.in_condition("sleep"), thresholds=levels)
    >>> sleep.states[sleep.inside()].ravel().tolist()
    [0, 1]
    """
    name, number = parse_binarise(method)
    return _levels(as_recording(recording), name, number)


def parse_binarise(method: Any) -> tuple[str, float | None]:
    """Return (name, number or None) of a binarisation.

    >>> parse_binarise("z:2"), parse_binarise(("threshold", 0.5)), parse_binarise("median")
    (('z', 2.0), ('threshold', 0.5), ('median', None))
    """
    name, number = named_method(method, "binarise", PLAIN, NUMBERED)
    if name == "percentile" and not 0 < (number or 0.0) < 100:
        raise InputError(
            "binarise",
            expected="a percentile above 0 and below 100",
            got=repr(method),
            remedy="For example 'percentile:75': ON in about a quarter of the bins.",
        )
    return name, number


def _levels(recording: Recording, name: str, number: float | None) -> np.ndarray:
    """Return one threshold a unit, shape (unit,)."""
    _ = recording.sampling  # says what to do with spike times
    if name == "spike" and recording.kind != "counts":
        raise InputError(
            "binarise",
            expected="'median', 'mean', 'percentile:VALUE', 'threshold:VALUE' or 'z:VALUE' for traces",
            got="'spike'",
            remedy="If the values are spike counts, read them with kind='counts'.",
        )
    if name in ("median", "percentile"):
        return _percentiles(recording, number)
    if name in ("mean", "z"):
        mean = sum((part.sum(axis=0) for part in _parts(recording)), np.zeros(recording.n_units)) / recording.n_samples
        if not number:
            return mean
        squares = sum((((p - mean) ** 2).sum(axis=0) for p in _parts(recording)), np.zeros(recording.n_units))
        return mean + number * np.sqrt(squares / recording.n_samples)
    return np.full(recording.n_units, float(number or 0.0))  # a spike: more than 0 of them


def _parts(recording: Recording) -> Iterator[np.ndarray]:
    """Yield the samples within segments in double precision, a few at a time, shape (time, unit)."""
    for begin, stop in recording.segments.tolist():
        for _, block in recording.blocks(begin, stop):
            for low, high in stretches(0, len(block), recording.n_units):
                yield block[low:high].astype(np.float64)


def _percentiles(recording: Recording, share: float | None) -> np.ndarray:
    """Return a percentile (None: the median) of every unit; a few units at a time, over all their time."""
    levels = np.empty(recording.n_units)
    together = max(TOGETHER_BYTES // (8 * recording.n_samples), 1)
    for unit in range(0, recording.n_units, together):
        some = recording.select(range(unit, min(unit + together, recording.n_units)))
        rows = np.empty((some.n_units, some.n_samples))
        place = 0
        for begin, stop in some.segments.tolist():
            for _, block in some.blocks(begin, stop):
                rows[:, place : place + len(block)] = block.T
                place += len(block)
        levels[unit : unit + together] = (
            np.median(rows, axis=1, overwrite_input=True)
            if share is None
            else np.percentile(rows, share, axis=1, overwrite_input=True)
        )
    return levels


def _as_levels(thresholds: Any, recording: Recording) -> np.ndarray:
    _ = recording.sampling  # says what to do with spike times
    try:
        levels = np.array(thresholds, dtype=np.float64)
    except (TypeError, ValueError):
        levels = np.array(np.nan)
    if levels.shape != (recording.n_units,) or not np.isfinite(levels).all():
        finite = "numbers that are missing or infinite" if levels.ndim else repr(thresholds)
        raise InputError(
            "thresholds",
            expected=f"{recording.n_units} numbers, one a unit",
            got=finite if levels.shape == (recording.n_units,) or not levels.ndim else f"shape {levels.shape}",
            remedy="Take them from a recording of the same units: thresholds_of(recording, 'median').",
        )
    return levels


def _refuse_constant(states: np.ndarray, recording: Recording, how: str) -> None:
    parts = [states[begin:stop] for begin, stop in recording.segments.tolist()]
    on = np.sum([part.sum(axis=0, dtype=np.int64) for part in parts], axis=0)
    n, labels = recording.n_samples, recording.labels
    constant = np.flatnonzero((on == 0) | (on == n))
    if len(constant):
        shown = ", ".join(f"{labels[i]!r} is {'never' if on[i] == 0 else 'always'} ON" for i in constant[:5])
        more = f" and {len(constant) - 5} more" if len(constant) > 5 else ""
        raise InputError(
            f"binarise {how!r}",
            expected="units that are ON in some bins and OFF in others",
            got=f"{len(constant)} constant of {len(labels)} in {n} bins: {shown}{more}",
            remedy="A constant unit has no states to tell apart: leave it out, or take another bin or threshold.",
        )
