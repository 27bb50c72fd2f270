"""Bins: spikes counted, samples added up or averaged, for one width or for many in one pass over a file.

Conventions: bins are counted from the start of each segment and never reach across its edges; what is left at a
segment's end and fills no bin is dropped. A bin of sampled values is a whole number k of samples; a width that misses
it by less than 1 in 1000 (a rate rounded to 1.66667 Hz) is taken as k samples, with a note. Sums are made in double
precision, sample after sample from the start of the bin, so that it doesn't matter where the values are stored or
which other widths are asked for. Bins over the edge of a condition hold both sides: choose the condition first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np

from .._checks import choose
from .._errors import CostError, InputError
from .recording import Recording
from .steps import as_recording, epochs_left, stretches
from .validation import positive

EXACT = 1e-6  # relative; a width so near k samples is k samples, and nothing is said
MOST_OFF = 1e-3  # relative; a width so near k samples is taken as k samples, with a note
EDGE_TOLERANCE = 1e-6  # bins; a spike so little before an edge belongs to the next bin (rounding: 0.3 / 0.1 < 3)
MOST_BYTES = 8 * 10**9  # of all widths together
LARGEST_SINGLE = 1 << 24  # whole numbers up to here are exact in single precision


def bin_recording(
    recording: Recording, width: float, *, how: str | None = None, precision: str | None = None
) -> Recording:
    """Return the recording in bins: spikes become counts, counts add up, traces are averaged.

    Parameters
    ----------
    recording : Recording
    width : float, s
        For traces and counts a whole number of samples, to 1 in 1000.
    how : {"sum", "mean"}, optional
        What a bin of sampled values holds. Default: the sum of counts, the mean of traces. Deconvolved activity
        (suite2p's spks, CaImAn's S) wants "sum": it is an amount per sample. The mean of counts is a trace.
    precision : {"single", "double"}, optional
        Of the result. Default: as in the recording, double for spikes. Single halves the memory; counts stay exact.

    Returns
    -------
    Recording
        Kind "counts" or "traces" at 1 / width Hz, in memory; `segments` count bins, `onsets` keep the times.

    Raises
    ------
    InputError
        The width is no whole number of samples (the nearest are named), or no segment holds a whole bin.
    CostError
        More than 8 GB.

    Examples
    --------
    >>> rec = Recording.from_spikes([[0.05, 0.31, 0.32], [0.12]], ["A", "B"], duration=0.45)
    >>> bin_recording(rec, 0.1).values.tolist()
    [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0], [2.0, 0.0]]
    """
    return bin_recordings(recording, [width], how=how, precision=precision)[0]


def bin_recordings(
    recording: Recording, widths: Iterable[float], *, how: str | None = None, precision: str | None = None
) -> tuple[Recording, ...]:
    """Return the recording in bins of several widths; a file on disk is read once for all of them.

    Each result equals that of :func:`bin_recording`. All are in memory together: 100 units at 1 ms for an hour are
    2.9 GB in double precision. Where that is too much, take ``precision="single"`` or one width at a time.

    Parameters
    ----------
    recording : Recording
    widths : sequence of float, s
    how, precision
        As for :func:`bin_recording`.

    Returns
    -------
    tuple of Recording
        One a width, in the order asked for.

    Raises
    ------
    InputError, CostError
        As for :func:`bin_recording`; the width at fault is named.

    Examples
    --------
    >>> rec = Recording([[0.0], [1.0], [2.0], [3.0], [4.0], [5.0]], 10.0)
    >>> [binned.values.ravel().tolist() for binned in bin_recordings(rec, [0.2, 0.3])]
    [[0.5, 2.5, 4.5], [1.0, 4.0]]
    """
    recording = as_recording(recording)
    wanted = _as_widths(widths)
    way = _as_way(recording, how)
    dtype = _as_dtype(recording, precision)
    _check_memory(recording, wanted, dtype)
    plans = [_plan(recording, width) for width in wanted]
    tables = [np.zeros((int(plan.lengths.sum()), recording.n_units), dtype) for plan in plans]
    ends = [np.cumsum(plan.lengths) for plan in plans]
    for number in range(len(recording.segments)):
        outs = [
            table[end[number] - plan.lengths[number] : end[number]]
            for plan, table, end in zip(plans, tables, ends, strict=True)
        ]
        if recording.spikes is None:
            _add_samples(recording, number, [plan.samples for plan in plans], outs, way)
        else:
            for plan, out in zip(plans, outs, strict=True):
                _count_spikes(recording, number, plan.width, out)
    return tuple(_binned(recording, p, t, way, precision) for p, t in zip(plans, tables, strict=True))


def samples_per_bin(width: float, rate: float) -> int:
    """Return the whole number of samples that a bin has, or name the nearest widths.

    >>> samples_per_bin(1.2, 1.66667)
    2
    """
    exact = width * rate
    whole = max(round(exact), 1)
    if abs(exact - whole) <= MOST_OFF * whole:
        return whole
    low = max(int(exact), 1)
    near = " or ".join(f"{k / rate:.9g}" for k in ((low, low + 1) if exact > 1 else (1,)))
    raise InputError(
        "bin",
        expected=f"a whole number of samples of {1 / rate:.9g} s",
        got=f"{width:g} s, {exact:.6g} samples",
        remedy=f"The nearest widths are {near} s.",
    )


@dataclass(frozen=True)
class _Plan:
    """How one width is taken: samples a bin (0 for spikes) and bins in each segment."""

    asked: float
    width: float
    samples: int
    lengths: np.ndarray


def _plan(recording: Recording, asked: float) -> _Plan:
    spans = recording.segments[:, 1] - recording.segments[:, 0]
    longest = float(spans.max()) / (recording.rate or 1.0)
    if recording.rate is None:
        samples, width = 0, asked
        lengths = np.floor(spans / width + EDGE_TOLERANCE).astype(np.int64)
    else:
        # Far beyond the recording it makes no difference what k is.
        samples = samples_per_bin(asked, recording.rate) if asked < 2 * longest else 2 * int(spans.max())
        width = samples / recording.rate
        lengths = spans // samples
    if not lengths.any():
        raise InputError(
            "bin",
            expected="a width that fits into a segment of the recording",
            got=f"{asked:g} s",
            remedy=f"The longest segment lasts {longest:.6g} s: take narrower bins.",
        )
    return _Plan(asked, width, samples, lengths)


def _binned(recording: Recording, plan: _Plan, table: np.ndarray, way: str, precision: str | None) -> Recording:
    kept = plan.lengths > 0
    stops = np.cumsum(plan.lengths[kept])
    rate = 1.0 / plan.width if recording.rate is None else recording.rate / plan.samples
    onsets = recording.onsets[kept]
    spans = np.column_stack([onsets, onsets + plan.lengths[kept] * plan.width])
    epochs, lost = epochs_left(recording.epochs, spans, "holds no whole bin")
    kind: Literal["traces", "counts"] = "counts" if recording.kind != "traces" and way == "sum" else "traces"
    if recording.rate is None:
        note = f"binned at {plan.asked:g} s: spikes counted"
    else:
        made = "added up" if way == "sum" else "averaged"
        note = f"binned at {plan.width:.9g} s: {plan.samples} samples {made}"
        if abs(plan.width - plan.asked) > EXACT * plan.width:
            note += f" ({plan.asked:.9g} s was asked for; a bin is a whole number of samples)"
    note += "" if precision is None else f", in {precision} precision"
    short = len(kept) - int(kept.sum())
    note += f"; {short} of {len(kept)} segments are shorter than a bin and were left out" if short else ""
    return recording._with(
        kind=kind,
        table=table,
        on_disk=None,
        spikes=None,
        rate=rate,
        segments=np.column_stack([stops - plan.lengths[kept], stops]),
        onsets=onsets,
        epochs=epochs,
        notes=(*recording.notes, note, *lost),
    )


def _count_spikes(recording: Recording, number: int, width: float, out: np.ndarray) -> None:
    """Write the spikes of one segment into `out`, shape (bin, unit), which is 0 before."""
    begin, bins = float(recording.segments[number, 0]), len(out)
    for unit, train in enumerate(recording.spikes or ()):
        # The train ascends: look only at the segment's own spikes, and write only where there are some.
        low, high = np.searchsorted(train, [begin - width, begin + (bins + 1) * width])
        place = np.floor((train[low:high] - begin) / width + EDGE_TOLERANCE).astype(np.int64)
        place = place[(place >= 0) & (place < bins)]
        starts = np.flatnonzero(np.diff(place, prepend=-1))
        counts = np.diff(starts, append=len(place))
        _fits(counts, out.dtype)
        out[place[starts], unit] = counts


def _add_samples(
    recording: Recording, number: int, widths: Sequence[int], outs: Sequence[np.ndarray], way: str
) -> None:
    """Write one segment into `outs`, each of shape (bin, unit), in one pass over its samples."""
    begin = int(recording.segments[number, 0])
    stop = begin + max(k * len(out) for k, out in zip(widths, outs, strict=True))
    sums = [_Sums(k, out, way, recording.kind) for k, out in zip(widths, outs, strict=True)]
    for _, block in recording.blocks(begin, stop) if stop > begin else ():
        for low, high in stretches(0, len(block), block.shape[1]):
            rows = np.array(block[low:high], dtype=np.float64, order="C")
            rows = rows if rows.shape[1] > 1 else np.repeat(rows, 2, axis=1)
            for one in sums:
                one.add(rows)


class _Sums:
    """Bins of one width that fill up as samples come.

    numpy adds rows one after the other (for one unit it would add in pairs: such a unit comes twice). So a bin's sum
    is the same to the last digit wherever the samples were cut: what is unfinished goes on as the first row.
    """

    def __init__(self, k: int, out: np.ndarray, way: str, kind: str) -> None:
        self.k, self.out, self.divisor, self.counts = k, out, k if way == "mean" else 1, kind == "counts"
        self.done = 0  # bins
        self.begun: np.ndarray | None = None  # sum of the samples in the unfinished bin, shape (unit,)
        self.samples = 0  # in it

    def add(self, rows: np.ndarray) -> None:
        """Take the next samples, in double precision, shape (time, unit)."""
        if self.begun is not None:
            rest = self.k - self.samples
            self._begin(np.vstack([self.begun, rows[:rest]]), self.samples + len(rows[:rest]))
            rows = rows[rest:]
            if self.samples < self.k or self.begun is None:
                return
            self._write(self.begun[None])
            self.begun = None
        whole = min(len(rows) // self.k, len(self.out) - self.done)
        if whole:
            self._write(rows[: whole * self.k].reshape(whole, self.k, -1).sum(axis=1))
        if self.done < len(self.out) and len(rows) > whole * self.k:
            self._begin(rows[whole * self.k :], len(rows) - whole * self.k)

    def _begin(self, rows: np.ndarray, samples: int) -> None:
        self.begun, self.samples = rows.sum(axis=0), samples

    def _write(self, sums: np.ndarray) -> None:
        if self.counts and self.divisor == 1:
            _fits(sums, self.out.dtype)
        self.out[self.done : self.done + len(sums)] = sums[:, : self.out.shape[1]] / self.divisor
        self.done += len(sums)


def _fits(counts: np.ndarray, dtype: np.dtype[Any]) -> None:
    if dtype == np.float32 and counts.size and counts.max() > LARGEST_SINGLE:
        raise InputError(
            "precision",
            expected=f"counts up to {LARGEST_SINGLE}, which are exact in single precision",
            got=f"{counts.max():.0f}",
            remedy="Take precision='double', or narrower bins.",
        )


def _as_widths(widths: Any) -> list[float]:
    if isinstance(widths, str) or not isinstance(widths, Iterable):
        raise InputError(
            "widths",
            expected="a sequence of widths in s",
            got=repr(widths),
            remedy="For example [0.01, 0.1, 1.0]; for one width use bin_recording.",
        )
    wanted = [positive(width, "bin", "s", "For bins of 100 ms give 0.1.") for width in cast(Iterator[Any], widths)]
    if not wanted:
        raise InputError("widths", expected="at least one width in s", got="none", remedy="For example [0.01, 0.1].")
    return wanted


def _as_way(recording: Recording, how: Any) -> str:
    if how is None:
        return "mean" if recording.kind == "traces" else "sum"
    choose(how, ("sum", "mean"), "how")
    if recording.spikes is not None and how != "sum":
        raise InputError(
            "how",
            expected="'sum' for spike times: they are counted",
            got=repr(how),
            remedy="Leave it out; for rates in Hz divide the counts by the width.",
        )
    return how


def _as_dtype(recording: Recording, precision: Any) -> np.dtype[Any]:
    if precision is not None:
        return np.dtype(np.float32 if choose(precision, ("single", "double"), "precision") == "single" else np.float64)
    if recording.spikes is not None:
        return np.dtype(np.float64)
    return cast(Any, recording.on_disk if recording._table is None else recording._table).dtype


def _check_memory(recording: Recording, widths: Sequence[float], dtype: np.dtype[Any]) -> None:
    """Refuse bins that fill the memory, before any is made."""
    sizes = [recording.duration / width * recording.n_units * dtype.itemsize for width in widths]
    if sum(sizes) <= MOST_BYTES:
        return
    finest = min(widths)
    together = "" if len(widths) == 1 else f"; {sum(sizes) / 1e9:.3g} GB for all {len(widths)} widths together"
    single = "" if dtype == np.float32 else ", take precision='single' (counts stay exact)"
    one = "" if len(widths) == 1 else ", or one width at a time"
    raise CostError(
        "bin",
        expected=f"at most {MOST_BYTES / 1e9:.0f} GB",
        got=f"{finest:g} s, {recording.duration / finest:.2g} bins of {recording.n_units} units{together}",
        remedy=f"Take wider bins or fewer units{single}{one}.",
    )
