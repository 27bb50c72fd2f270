"""From a recording to binary states: bins, then one bit a unit and bin.

Conventions: bins are counted from the start of each segment and never reach across its edges; what is left at a
segment's end and fills no bin is dropped. A unit is ON where its value is strictly above the threshold. Thresholds
taken from the data (median, z-score) use the samples of all segments together, one threshold a unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from .._checks import did_you_mean
from .._errors import CostError, InputError
from .._provenance import hash_arrays
from .recording import Recording, samples_inside
from .validation import positive

WHOLE_TOLERANCE = 1e-6  # relative, of a bin width that must be a whole number of samples
EDGE_TOLERANCE = 1e-6  # bins; a spike so little before an edge belongs to the next bin (rounding: 0.3 / 0.1 < 3)
MAX_VALUES = 10**9  # bins x units: 8 GB
METHODS = ("spike", "median", "threshold", "z")


def bin_recording(recording: Recording, width: float) -> Recording:
    """Return the recording in bins: spikes become counts, counts add up, traces are averaged.

    Parameters
    ----------
    recording : Recording
    width : float, s
        For traces and counts a whole number of samples.

    Returns
    -------
    Recording
        Kind "counts" or "traces" at 1 / width Hz; `segments` count bins, `onsets` keep the times.

    Raises
    ------
    InputError
        The width is no whole number of samples (the nearest are named), or no segment holds a whole bin.
    CostError
        More than 10**9 counts.

    Examples
    --------
    >>> rec = Recording.from_spikes([[0.05, 0.31, 0.32], [0.12]], ["A", "B"], duration=0.45)
    >>> bin_recording(rec, 0.1).values.tolist()
    [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0], [2.0, 0.0]]
    """
    width = positive(width, "bin", "s", "For bins of 100 ms give 0.1.")
    spans = recording.segments[:, 1] - recording.segments[:, 0]
    if recording.spikes is not None:
        rate = 1.0 / width
        _check_memory(spans.sum() / width, recording.n_units, width)
        lengths = np.floor(spans / width + EDGE_TOLERANCE).astype(np.int64)
        parts = [
            _count(recording, begin, width, bins)
            for begin, bins in zip(recording.segments[:, 0], lengths.tolist(), strict=True)
        ]
    else:
        values, sampling = recording.sampled()
        per_bin = _samples_per_bin(width, sampling)
        rate = sampling / per_bin
        lengths = spans // per_bin
        parts = [
            _blocks(values[begin : begin + bins * per_bin], per_bin, recording.kind)
            for begin, bins in zip(recording.segments[:, 0], lengths.tolist(), strict=True)
        ]
    kept = lengths > 0
    if not kept.any():
        longest = spans.max() / (recording.rate or 1.0)
        raise InputError(
            "bin",
            expected="a width that fits into a segment of the recording",
            got=f"{width:g} s",
            remedy=f"The longest segment lasts {longest:.6g} s: take narrower bins.",
        )
    stops = np.cumsum(lengths[kept])
    return Recording(
        parts[0] if len(parts) == 1 else np.concatenate(parts),
        rate,
        recording.labels,
        kind="traces" if recording.kind == "traces" else "counts",
        segments=np.column_stack([stops - lengths[kept], stops]),
        onsets=recording.onsets[kept],
        source=recording.source,
        notes=(*recording.notes, f"binned at {width:g} s"),
    )


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
        What makes a unit ON, such as "median".
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


def binarise(recording: Recording, method: Any) -> BinaryRecording:
    """Return ON and OFF for every unit and sample.

    Parameters
    ----------
    recording : Recording
        Traces or counts; spike times must be binned first.
    method : str, or tuple (name, number)
        "spike": at least one spike in the bin (counts only). "median": above the unit's median. "threshold:0.5":
        above 0.5, in the recording's own measure. "z:2": more than 2 standard deviations above the unit's mean.

    Returns
    -------
    BinaryRecording

    Raises
    ------
    InputError
        Unknown method, a method that doesn't fit the kind, or units that come out all ON or all OFF (named).

    Examples
    --------
    >>> rec = Recording([[1.0, 5.0], [2.0, 5.0], [3.0, 6.0]], 10.0, ["A", "B"])
    >>> binarise(rec, "median").states.tolist()
    [[0, 0], [0, 0], [1, 1]]
    """
    name, number = parse_binarise(method)
    values, rate = recording.sampled()
    if name == "spike" and recording.kind != "counts":
        raise InputError(
            "binarise",
            expected="'median', 'threshold:VALUE' or 'z:VALUE' for traces",
            got="'spike'",
            remedy="If the values are spike counts, read them with kind='counts'.",
        )
    inside = recording.inside()
    thresholds = _thresholds(values[inside], name, number)
    states = (values > thresholds).astype(np.int8)
    how = name if number is None else f"{name}:{number:g}"
    _refuse_constant(states[inside], recording.labels, how)
    for array in (states, thresholds):
        array.setflags(write=False)
    return BinaryRecording(
        states=states,
        rate=rate,
        labels=recording.labels,
        segments=recording.segments,
        how=how,
        thresholds=thresholds,
        source_hash=recording.hash,
    )


def parse_binarise(method: Any) -> tuple[str, float | None]:
    """Return (name, number or None) of a binarisation.

    >>> parse_binarise("z:2"), parse_binarise(("threshold", 0.5)), parse_binarise("median")
    (('z', 2.0), ('threshold', 0.5), ('median', None))
    """
    if isinstance(method, str):
        name, colon, number = method.strip().partition(":")
        name = name.strip()
    elif isinstance(method, tuple) and len(method) == 2:
        name, number, colon = str(method[0]), str(method[1]), method[1] is not None
    else:
        name, number, colon = repr(method), "", False
    wanted = "'spike', 'median', 'threshold:VALUE' or 'z:VALUE'"
    if name not in METHODS:
        raise InputError("binarise", expected=wanted, got=repr(method), remedy=did_you_mean(name, METHODS))
    if name in ("spike", "median"):
        if colon:
            raise InputError("binarise", expected=f"{name!r} alone", got=repr(method), remedy="It takes no number.")
        return name, None
    try:
        value = float(number) if colon else float("nan")
    except (TypeError, ValueError):
        value = float("nan")
    if not np.isfinite(value):
        raise InputError(
            "binarise",
            expected=f"'{name}:VALUE' with a number",
            got=repr(method),
            remedy=f"For example '{name}:2'.",
        )
    return name, value


def _thresholds(values: np.ndarray, name: str, number: float | None) -> np.ndarray:
    if name == "median":
        return np.median(values, axis=0).astype(np.float64)
    if name == "z":
        values = values.astype(np.float64)
        return values.mean(axis=0) + float(number or 0.0) * values.std(axis=0)
    return np.full(values.shape[1], float(number or 0.0))  # a spike: more than 0 of them


def _refuse_constant(states: np.ndarray, labels: tuple[str, ...], how: str) -> None:
    on = states.sum(axis=0)
    constant = np.flatnonzero((on == 0) | (on == len(states)))
    if len(constant):
        shown = ", ".join(f"{labels[i]!r} is {'never' if on[i] == 0 else 'always'} ON" for i in constant[:5])
        more = f" and {len(constant) - 5} more" if len(constant) > 5 else ""
        raise InputError(
            f"binarise {how!r}",
            expected="units that are ON in some bins and OFF in others",
            got=f"{len(constant)} constant of {len(labels)} in {len(states)} bins: {shown}{more}",
            remedy="A constant unit has no states to tell apart: leave it out, or take another bin or threshold.",
        )


def _check_memory(bins: float, units: int, width: float) -> None:
    if bins * units > MAX_VALUES:
        raise CostError(
            "bin",
            expected=f"at most {MAX_VALUES:.0e} counts (8 GB)",
            got=f"{width:g} s, {bins:.2g} bins of {units} units",
            remedy="Take wider bins or fewer units.",
        )


def _samples_per_bin(width: float, rate: float) -> int:
    exact = width * rate
    whole = max(round(exact), 1)
    if abs(exact - whole) <= WHOLE_TOLERANCE * whole:
        return whole
    low = max(int(exact), 1)
    near = " or ".join(f"{k / rate:.9g}" for k in ((low, low + 1) if exact > 1 else (1,)))
    raise InputError(
        "bin",
        expected=f"a whole number of samples of {1 / rate:.9g} s",
        got=f"{width:g} s, {exact:.6g} samples",
        remedy=f"The nearest widths are {near} s.",
    )


def _count(recording: Recording, begin: float, width: float, bins: int) -> np.ndarray:
    table = np.empty((recording.n_units, bins)).T  # a unit's counts lie together: written and read by unit
    for unit, train in enumerate(recording.spikes or ()):
        # The train ascends: look only at the segment's own spikes.
        low, high = np.searchsorted(train, [begin - width, begin + (bins + 1) * width])
        place = np.floor((train[low:high] - begin) / width + EDGE_TOLERANCE).astype(np.int64)
        table[:, unit] = np.bincount(place[(place >= 0) & (place < bins)], minlength=bins)
    return table


def _blocks(values: np.ndarray, per_bin: int, kind: str) -> np.ndarray:
    blocks = values.reshape(-1, per_bin, values.shape[1])
    return blocks.sum(axis=1) if kind == "counts" else blocks.mean(axis=1)
