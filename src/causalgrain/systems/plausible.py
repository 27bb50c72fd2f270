"""What looks wrong in a recording before anything is computed: units of time, dead and doubled units, odd values.

Each doubt is one sentence that says what was seen and what to do; none is an error. Of sampled values at most 2**18
samples and 2**26 values are looked at, in stretches spread evenly; of spike times all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..recordings.recording import Recording
from ..recordings.steps import stretches, units_named
from .occupancy import MOST_BINS, Pieces, spread

MOST_VALUES = 1 << 26
MOST_ROWS = 10_000  # samples whose different values are counted
FASTEST, SLOWEST = 300.0, 0.02  # Hz of firing
FASTEST_SAMPLING, SLOWEST_SAMPLING = 1e5, 0.1  # Hz
LONGEST = 86400.0  # s; longer ones are more often a wrong unit of time
SAME_SPIKE = 1e-4  # s; two spikes of one unit are never so near
REFRACTORY, CONTAMINATED = 1.5e-3, 0.02  # s; share of intervals below it that one cell hardly has
FEWEST_SPIKES = 100  # for a share of intervals
FEW_VALUES = 10  # different values of a trace
NEARLY = 0.05  # how near mean 0 and standard deviation 1 are to be called z-scored
UNEQUAL = 3.0  # times longer than the shortest condition


def doubts_of(pieces: Pieces) -> tuple[str, ...]:
    r"""Return what looks wrong in a recording, a sentence each.

    >>> from causalgrain.systems.occupancy import cut_conditions
    >>> spikes = Recording.from_spikes([[100.0, 350.0, 900.0], [210.0, 780.0]], ["A", "B"], duration=1000.0)
    >>> print(*doubts_of(cut_conditions(spikes)), sep="\n")
    All units fire at less than 0.02 Hz: if times are ms or samples, give their rate, such as rate=1000 (--rate 1000).
    All spike times are whole numbers: if times are ms or samples, give their rate, such as rate=1000 (--rate 1000).
    """
    recording = pieces.recording
    told = [*_length(recording), *_conditions(pieces)]
    told += _trains(recording) if recording.spikes is not None else _samples(pieces)
    return tuple(told)


def _length(recording: Recording) -> Iterator[str]:
    days = recording.duration / 86400.0
    if recording.duration > LONGEST:
        yield (
            f"The recording lasts {days:,.1f} days: if its times are ms or samples, give the rate (rate=, --rate) in "
            "samples a second."
        )
    if recording.rate is not None and not SLOWEST_SAMPLING <= recording.rate <= FASTEST_SAMPLING:
        wrong = "kHz or a period in ms" if recording.rate > FASTEST_SAMPLING else "a period in s"
        yield f"The rate is {recording.rate:.6g} Hz: if {wrong} was meant, give samples a second (rate=, --rate)."


def _conditions(pieces: Pieces) -> Iterator[str]:
    for name, reason in pieces.missing.items():
        yield f"Condition {name!r} holds no sample, so nothing is said of it: {reason}"
    lengths = {name: pieces.seconds(i) for i, name in enumerate(pieces.names) if name not in pieces.missing}
    short, long = min(lengths, key=lengths.__getitem__), max(lengths, key=lengths.__getitem__)
    if lengths[long] > UNEQUAL * lengths[short]:
        yield (
            f"Condition {long!r} is {lengths[long] / lengths[short]:.1f} times as long as {short!r} "
            f"({lengths[long]:,.6g} and {lengths[short]:,.6g} s), so their biases differ: compare them by permutation "
            "(scan_recording with draws), never by raw Phi, or cut the longer one to the same length."
        )


# -- spike times -------------------------------------------------------------------------------------------------


def _trains(recording: Recording) -> Iterator[str]:
    labels, trains = recording.labels, recording.spikes or ()
    whole = np.array([len(train) for train in trains])
    parts = recording.segments
    inside = np.array([int(np.diff(np.searchsorted(train, parts), axis=1).sum()) for train in trains])
    rates = inside / recording.duration
    remedy = "if times are ms or samples, give their rate, such as rate=1000 (--rate 1000)"
    fast = np.flatnonzero(rates > FASTEST).tolist()
    if fast:
        yield (
            f"{_units(labels, fast)} at up to {rates.max():,.0f} Hz, more than any neuron: {remedy}; else leave "
            "them out."
        )
    if 0 < rates.max() < SLOWEST:
        yield f"All units fire at less than {SLOWEST:g} Hz: {remedy}."
    if whole.any() and all((train == np.floor(train)).all() for train in trains):
        yield f"All spike times are whole numbers: {remedy}."
    silent = np.flatnonzero(inside == 0).tolist()
    if silent:
        yield f"Units without a spike: {units_named(labels, silent)}. Leave them out with units=... (--units)."
    gaps = [np.diff(train) for train in trains]
    doubled = np.flatnonzero([bool((gap == 0).any()) for gap in gaps]).tolist()
    if doubled:
        yield (
            f"The same time stands twice in {units_named(labels, doubled)}: sorted spikes don't do that; make the "
            "times unique, or find out whether two channels were merged."
        )
    near = np.flatnonzero([bool(((gap > 0) & (gap < SAME_SPIKE)).any()) for gap in gaps]).tolist()
    if near:
        many = sum(int(((gaps[i] > 0) & (gaps[i] < SAME_SPIKE)).sum()) for i in near)
        yield (
            f"{many:,} intervals in {units_named(labels, near)} are shorter than 0.1 ms: one spike was detected "
            "twice, or the times are not s (simulated Poisson spikes do that too); remove the second of each pair."
        )
    shares = [(gap < REFRACTORY).mean() if len(gap) >= FEWEST_SPIKES else 0.0 for gap in gaps]
    mixed = sorted(np.flatnonzero(np.array(shares) > CONTAMINATED).tolist(), key=lambda i: -shares[i])
    if mixed:
        share, rate = shares[mixed[0]], rates[mixed[0]]
        first = f"{share:.1%} of the intervals of {labels[mixed[0]]!r} ({rate:.3g} Hz) are shorter than 1.5 ms"
        others = f", and more than 2 % of those of {units_named(labels, mixed[1:])}" if len(mixed) > 1 else ""
        yield f"{first}{others}: spikes of several cells or noise; leave such units out, or say that they are no cells."
    yield from _same(labels, [[float(hash(train.tobytes()))] for train in trains], (whole > 0).tolist())


# -- traces and counts -------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Moments:
    """Of every unit: least and largest value, mean, standard deviation, a number that tells units apart; some rows."""

    low: np.ndarray
    high: np.ndarray
    mean: np.ndarray
    spread: np.ndarray
    mark: np.ndarray
    rows: np.ndarray


def _samples(pieces: Pieces) -> Iterator[str]:
    recording = pieces.recording
    labels, rate = recording.labels, recording.sampling
    most = max(min(MOST_BINS, MOST_VALUES // recording.n_units), 2)
    found = _moments(spread(pieces, most / rate).recording)
    constant = found.low == found.high
    still = np.flatnonzero(constant).tolist()
    if still:
        yield f"Units whose value never changes: {units_named(labels, still)}. Leave them out with units=... (--units)."
    if recording.kind == "counts":
        fast = np.flatnonzero(found.mean * rate > FASTEST).tolist()
        if fast:
            yield (
                f"{_units(labels, fast)} at up to {(found.mean * rate).max():,.0f} Hz, more than any neuron: check "
                "the rate; values that are no counts are read with kind='traces' (--kind traces)."
            )
    elif not constant.all():
        varied = [len(np.unique(column)) for column in found.rows.T[~constant]]
        if max(varied) <= FEW_VALUES:
            whole = bool((found.rows == np.floor(found.rows)).all())
            yield (
                f"The traces have at most {max(varied)} different values: "
                + (
                    "if they are counts or states, read them with kind='counts' (--kind counts)."
                    if whole
                    else "they seem rounded or binary; take the values as recorded, or a threshold between them."
                )
            )
        centred = np.abs(found.mean[~constant]) / found.spread[~constant]
        if np.median(centred) < NEARLY and np.median(np.abs(found.spread[~constant] - 1.0)) < NEARLY:
            yield (
                "The traces are z-scored (mean 0, standard deviation 1), so a threshold is in standard deviations and "
                "dF/F can't be had from them: binarise by the median, or take the original traces if they are there."
            )
    yield from _same(labels, found.mark.reshape(-1, 1).tolist(), (~constant).tolist())


def _moments(recording: Recording) -> _Moments:
    """Go once over a recording's samples."""
    n = recording.n_units
    rng = np.random.default_rng(0)
    low, high, shift = np.full(n, np.inf), np.full(n, -np.inf), None
    sums, squares, mark = np.zeros(n), np.zeros(n), np.zeros(n)
    every = max(recording.n_samples // MOST_ROWS, 1)
    rows = []
    for begin, stop in recording.segments.tolist():
        for _, block in recording.blocks(begin, stop):
            for first, last in stretches(0, len(block), n):
                part = block[first:last].astype(np.float64)
                rows.append(part[:: min(every, len(part))].copy())
                low, high = np.minimum(low, part.min(axis=0)), np.maximum(high, part.max(axis=0))
                shift = part.mean(axis=0) if shift is None else shift
                mark += (rng.random((len(part), 1)) * part).sum(axis=0)  # row by row: equal units, equal sums
                part -= shift
                sums += part.sum(axis=0)
                squares += (part**2).sum(axis=0)
    mean = sums / recording.n_samples
    variance = np.maximum(squares / recording.n_samples - mean**2, 0.0)
    return _Moments(low, high, mean + (0.0 if shift is None else shift), np.sqrt(variance), mark, np.concatenate(rows))


# -- words -------------------------------------------------------------------------------------------------------


def _same(labels: tuple[str, ...], marks: list[list[float]], taken: list[bool]) -> Iterator[str]:
    """Say which units are copies of others, by numbers that only equal units share."""
    groups: dict[tuple[float, ...], list[int]] = {}
    for unit, mark in enumerate(marks):
        if taken[unit]:
            groups.setdefault(tuple(mark), []).append(unit)
    copies = [units for units in groups.values() if len(units) > 1]
    if copies:
        shown = "; ".join(" = ".join(repr(labels[i]) for i in units[:3]) for units in copies[:3])
        more = f"; and {len(copies) - 3} more" if len(copies) > 3 else ""
        yield f"Units with the very same values: {shown}{more}. Keep one of each: a copy is no second unit."


def _units(labels: tuple[str, ...], units: list[int]) -> str:
    return f"{units_named(labels, units)} fire{'s' if len(units) == 1 else ''}"
