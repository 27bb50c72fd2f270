"""Spike times out of an entry of a file, in seconds, and whether they can be seconds at all.

Conventions: times are seconds unless `rate` is given: then they are samples at that rate (1000 for ms), and so are the
edges that the file itself names. Whole numbers alone, or rates that no neuron reaches, are doubted.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from .._errors import InputError
from . import validation as check
from .contents import RATE_NAMES, Contents, Entry
from .csv_table import is_time
from .real_numbers import doubles, real_array
from .recording import Recording
from .sampled import segments_of, source_of
from .timing import warn
from .trains import Trains, doubled, from_pairs
from .wishes import Wishes

ENOUGH = 20  # spikes; fewer whole numbers may be so by chance
SLOWEST = 0.1  # Hz; the busiest unit of a recording fires more than this
FASTEST = 500.0  # Hz; half of the units of a recording don't


def read_spikes(contents: Contents, entry: Entry, wish: Wishes) -> Recording:
    """Make a recording of spike times."""
    if wish.kind not in (None, "spikes"):
        raise InputError(
            "kind",
            expected="'spikes' for spike times",
            got=repr(wish.kind),
            remedy="Leave it out, or name another array.",
        )
    where = f"{contents.path}, {entry.name}"
    if entry.form == "array":
        table = real_array(entry.load())
        if table is None:
            raise InputError(
                where, expected="numbers", got=entry.dtype, remedy="Name another array of the file with array=..."
            )
        table = table.T if wish.orientation == "unit x time" else table
        names = contents.header
        if names is not None and len(names) == 2 and is_time(names[1]) and not is_time(names[0]):
            table = table[:, ::-1]  # the header says which column holds the times
        trains = from_pairs(table, where)
    else:
        trains = entry.load()
    segments = segments_of(contents, entry, wish.segments, None)
    if wish.rate is None:
        check_seconds(trains, where, _rate_named(contents, entry))
    else:
        rate = check.positive(wish.rate, "rate", "Hz", "Samples a second of the clock that the times count.")
        trains = _divided(trains, rate)
        if wish.segments is None and segments is not None:
            segments = np.asarray(segments, dtype=np.float64) / rate
    start, duration, notes = wish.start, wish.duration, (*trains.notes, *doubled(trains.times))
    if segments is None and start is None and duration is None and trains.span is not None:
        start, duration = trains.span[0], trains.span[1] - trains.span[0]
        notes += (f"recorded from {start:.6g} to {trains.span[1]:.6g} s, as the file says",)
    elif segments is None and duration is None:
        notes += ("taken to last until the last spike",)
    made = Recording.from_spikes(
        trains.times,
        trains.labels if wish.labels is None else wish.labels,
        duration=duration,
        start=0.0 if start is None else start,
        segments=segments,
        source=source_of(contents, entry),
        notes=notes,
    )
    _check_fast(made, where)
    return wish.finish(made)


def check_seconds(trains: Trains, where: str, hint: str = "") -> None:
    """Refuse, or doubt, spike times that are all whole numbers: samples or ms, most likely.

    >>> check_seconds(Trains((np.arange(0, 3_000_000, 3_000),), ("u0",)), "spikes.mat")
    Traceback (most recent call last):
        ...
    causalgrain._errors.InputError: spikes.mat: expected spike times in s, got 1000 whole numbers up to 2.997e+06, ...
    """
    times = [train for train in trains.times if train.size]
    many = sum(map(len, times))
    if many < ENOUGH or not all((train == np.round(train)).all() for train in times):
        return
    first, last = min(float(train.min()) for train in times), max(float(train.max()) for train in times)
    busiest = max(map(len, times)) / max(last - first, 1.0)
    got = f"{many} whole numbers up to {last:.6g}, at which the busiest unit fires at {busiest:.3g} Hz"
    way = "They look like samples or ms: give rate=30000 for samples at 30 kHz, rate=1000 for ms, rate=1 if they are s."
    if busiest < SLOWEST:
        raise InputError(where, expected="spike times in s", got=got, remedy=way + hint)
    warn(f"{where}: expected spike times in s, got {got}. {way}{hint}")


def _check_fast(made: Recording, where: str) -> None:
    middle = float(np.median([len(train) for train in made.spikes or ()])) / made.duration
    if middle > FASTEST:
        warn(
            f"{where}: the median unit fires at {middle:.4g} Hz, faster than neurons do: the times, or start and "
            "duration, may be in other units than s."
        )


def _divided(trains: Trains, rate: float) -> Trains:
    span = None if trains.span is None else (trains.span[0] / rate, trains.span[1] / rate)
    note = f"times taken as samples at {rate:g} Hz"
    return replace(trains, times=tuple(train / rate for train in trains.times), span=span, notes=(*trains.notes, note))


def _rate_named(contents: Contents, entry: Entry) -> str:
    """Say which rate stands beside the times."""
    beside: Any = contents.beside(entry, RATE_NAMES)
    if beside is None or beside.form != "array" or int(np.prod(beside.shape)) != 1:
        return ""
    return f" The file has {beside.name!r} = {float(doubles(beside.load()).ravel()[0]):g}."
