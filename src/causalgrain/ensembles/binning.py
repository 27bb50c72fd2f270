"""Spikes into bins: how :class:`.trains.Trains` become :class:`.binned.Binned`, whose conventions hold here.

The work grows with the spikes, not with the bins: spikes ascend, so a bin's spikes are one run of equal bin numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .._checks import as_number, choose
from .._errors import InputError
from ..recordings.binning import EDGE_TOLERANCE, samples_per_bin
from .binned import NORMALISATIONS, WEIGHTED, Binned, count_units
from .ladder import width_label

if TYPE_CHECKING:
    from .trains import Trains

MOST_DROPPED = 0.5  # share of the time that fills no bin above which a scale carries a note


def bin_trains(trains: Trains, width: float, *, normalisation: str) -> Binned:
    """Return the ensembles' activity in bins of one width; what ``Trains.binned`` does."""
    way = choose(normalisation, NORMALISATIONS, "normalisation")
    width = checked_width(width, trains.resolution)
    bins, lengths = bin_numbers(trains, width)
    starts = run_starts(bins)
    ends, number, before = np.append(starts[1:], len(bins)), bins[starts], trains.inhibitory_before
    # Spikes in no bin make runs of their own, which are no bins.
    whole = number >= 0 if (number < 0).any() else slice(None)
    many, i_counts = (ends - starts)[whole], (before[ends] - before[starts])[whole]
    e_counts, n_bins = many - i_counts, int(lengths.sum())
    size, left_out, empty = (trains.n_excitatory, trains.n_inhibitory), (0, 0), (0.0, 0.0)
    if way in WEIGHTED:
        per_spike, in_silence = _unit_weights(trains, bins, way, n_bins)
        kinds = ~trains.inhibitory, trains.inhibitory
        used = int((per_spike[kinds[0]] > 0).sum()), int((per_spike[kinds[1]] > 0).sum())
        left_out, size = (size[0] - used[0], size[1] - used[1]), used
        empty = (
            float(in_silence[kinds[0]].sum()) / max(used[0], 1),
            float(in_silence[kinds[1]].sum()) / max(used[1], 1),
        )
        excitatory, inhibitory = (
            sums_from(np.where(kind, per_spike, 0.0)[trains.unit], starts)[whole] / max(n, 1) + silent
            for kind, n, silent in zip(kinds, used, empty, strict=True)
        )
    else:
        one = count_units(way, width, *size)
        excitatory, inhibitory = e_counts * one[0], i_counts * one[1]
    dropped = max(trains.duration - n_bins * width, 0.0)
    return Binned(
        width=width,
        normalisation=way,
        index=number[whole].astype(np.int64),
        e_counts=e_counts,
        i_counts=i_counts,
        excitatory=excitatory,
        inhibitory=inhibitory,
        empty=empty,
        n_bins=n_bins,
        lengths=lengths,
        onsets=trains.segments[:, 0].copy(),
        n_excitatory=size[0],
        n_inhibitory=size[1],
        left_out=left_out,
        dropped=dropped,
        reason=_reason(trains, width, n_bins),
        note=_note(trains, dropped, left_out, n_bins),
    )


def bin_numbers(trains: Trains, width: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the bin of each spike, -1 where it lies in none, and the bins of each segment."""
    spans = (trains.segments[:, 1] - trains.segments[:, 0]) / width
    lengths = np.floor(spans + EDGE_TOLERANCE).astype(np.int64)
    place = trains.local / width
    place += EDGE_TOLERANCE
    place = place.astype(np.int32 if spans.sum() < np.iinfo(np.int32).max else np.int64)
    # Where bins end with the segment, a spike in the last instant is not rounded out of it.
    whole = lengths >= spans - EDGE_TOLERANCE
    first = np.cumsum(lengths) - lengths
    ends = np.cumsum(trains.segment_counts)
    for segment, (begin, end) in enumerate(zip(ends - trains.segment_counts, ends, strict=True)):
        part = place[begin:end]  # ascends
        beyond = int(np.searchsorted(part, lengths[segment]))
        part += part.dtype.type(first[segment])
        part[beyond:] = first[segment] + lengths[segment] - 1 if whole[segment] else -1
    return place, lengths


def run_starts(values: np.ndarray) -> np.ndarray:
    """Return where runs of equal values begin.

    >>> run_starts(np.array([4, 4, 7, 4])).tolist()
    [0, 2, 3]
    """
    change = np.ones(len(values), dtype=bool)
    np.not_equal(values[1:], values[:-1], out=change[1:])
    return np.flatnonzero(change)


def sums_from(values: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return sums of values from each start to the next; none without a start."""
    return np.add.reduceat(values, starts) if len(starts) else np.zeros(0)


def checked_width(width: Any, resolution: float) -> float:
    """Return a width of bins, checked; of counts, the multiple of the sample that it is near."""
    number = as_number(width, "width", low=0.0)
    if not 0.0 < number < np.inf:
        raise InputError("width", expected="a number > 0, in s", got=repr(width), remedy="For 10 ms give 0.01.")
    # A width near a multiple of the sample is the multiple.
    return samples_per_bin(number, 1.0 / resolution) * resolution if resolution else number


def _unit_weights(trains: Trains, bins: np.ndarray, way: str, n_bins: int) -> tuple[np.ndarray, np.ndarray]:
    """Return what a spike of each unit counts for (0: it is left out) and what a bin adds without one, (units,)."""
    inside = bins >= 0
    totals = np.bincount(trains.unit if inside.all() else trains.unit[inside], minlength=trains.n_units).astype(float)
    nothing = np.zeros(trains.n_units)
    if not n_bins:
        return nothing, nothing
    mean = totals / n_bins
    if way == "unit_mean":
        return _inverse(mean), nothing
    largest, squares = _unit_moments(trains, bins)
    if way == "unit_maximum":
        return _inverse(largest), nothing
    # From whole numbers, so that a unit with the same count in every bin has exactly no spread.
    weights = _inverse(np.sqrt(np.maximum(squares * n_bins - totals**2, 0.0)) / n_bins)
    return weights, -mean * weights


def _inverse(values: np.ndarray) -> np.ndarray:
    """Return 1 / values, and 0 where they are 0."""
    return np.divide(1.0, values, out=np.zeros(len(values)), where=values > 0)


def _unit_moments(trains: Trains, bins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each unit's largest count in a bin and its sum of squared counts, shape (units,)."""
    place = bins[trains.by_unit]
    spikes = np.bincount(trains.unit, minlength=trains.n_units)
    change = np.ones(len(place), dtype=bool)
    np.not_equal(place[1:], place[:-1], out=change[1:])
    change[(np.cumsum(spikes) - spikes)[spikes > 0]] = True  # a unit's first spike
    starts = np.flatnonzero(change)
    counts = np.diff(starts, append=len(place)).astype(np.float64)
    counts[place[starts] < 0] = 0.0
    runs = np.searchsorted(starts, np.cumsum(spikes) - spikes)  # each unit's first run
    largest, squares = np.zeros(trains.n_units), np.zeros(trains.n_units)
    if len(starts):
        fires = spikes > 0
        largest[fires] = np.maximum.reduceat(counts, runs[fires])
        squares[fires] = np.add.reduceat(counts**2, runs[fires])
    return largest, squares


def _reason(trains: Trains, width: float, n_bins: int) -> str:
    if n_bins:
        return ""
    longest = float((trains.segments[:, 1] - trains.segments[:, 0]).max())
    return f"no segment holds a bin of {width_label(width)}: the longest lasts {longest:.6g} s"


def _note(trains: Trains, dropped: float, left_out: tuple[int, int], n_bins: int) -> str:
    parts = []
    if n_bins and dropped > MOST_DROPPED * trains.duration:
        parts.append(f"{dropped:.6g} of {trains.duration:.6g} s fill no bin")
    if n_bins and any(left_out):
        parts.append(f"{left_out[0]} E and {left_out[1]} I units without their own number here are left out")
    return "; ".join(parts)
