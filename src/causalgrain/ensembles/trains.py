"""All spikes of a condition, merged and sorted, ready to be binned at many widths.

Conventions: spikes ascend in time; each knows its unit, and each unit whether it is inhibitory. Segments are half open,
[start, stop) in s, ascend and don't overlap; every spike lies in one. How bins and normalisations are defined says
:mod:`.binned`. Counts at a sample rate become spikes at the starts of their samples, with `resolution` the sample's
length: they can only be binned at multiples of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, final

import numpy as np

from .._checks import as_number
from .._errors import InputError
from .._provenance import hash_arrays
from ..recordings.recording import Recording
from .binned import Binned
from .binning import bin_trains
from .ladder import width_label
from .trains_in import (
    as_inhibitory,
    as_span_segments,
    as_spikes,
    check_times,
    check_units,
    fixed,
    merged,
    of_counts,
)


@final
@dataclass(frozen=True, eq=False, repr=False)
class Trains:
    """Spikes of a condition, of all units together.

    Parameters
    ----------
    times : array_like, shape (spikes,), s
        Ascending, each in a segment.
    unit : array_like of int, shape (spikes,)
        Unit of each spike, counted from 0.
    inhibitory : array_like of bool, shape (units,)
        Which units are inhibitory; all others are excitatory. Both kinds must be there.
    segments : array_like, shape (segments, 2), s
    resolution : float, s
        Length of a sample for counts at a sample rate; 0 for spike times.

    Raises
    ------
    InputError
        Arrays that don't fit together, times that don't ascend or lie outside the segments, one kind of unit only.

    Examples
    --------
    >>> trains = Trains.from_units([[0.05, 0.31, 0.32], [0.12]], [False, True], duration=0.4)
    >>> trains
    Trains of 1 excitatory and 1 inhibitory unit: 4 spikes in 0.4 s (E 7.5, I 2.5 Hz a unit)
    >>> binned = trains.binned(0.1, normalisation="fraction")
    >>> [values.tolist() for values in binned.dense()]
    [[1.0, 0.0, 0.0, 2.0], [0.0, 1.0, 0.0, 0.0]]
    >>> [values.tolist() for values in binned.pairs()]
    [[0.0, 0.0, 1.0, 2.0], [0.0, 1.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0]]
    """

    times: np.ndarray
    unit: np.ndarray
    inhibitory: np.ndarray
    segments: np.ndarray
    resolution: float = 0.0

    def __post_init__(self) -> None:
        inhibitory = as_inhibitory(self.inhibitory, np.size(self.inhibitory))
        segments = as_span_segments(self.segments)
        times = check_times(self.times, segments)
        unit = check_units(self.unit, len(times), len(inhibitory))
        for name, array in (("times", times), ("unit", unit), ("inhibitory", inhibitory), ("segments", segments)):
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        object.__setattr__(self, "resolution", as_number(self.resolution, "resolution", low=0.0))

    # -- making --------------------------------------------------------------------------------------------------

    @classmethod
    def of(cls, recording: Recording, inhibitory: Any, condition: str | None = None) -> Trains:
        """Return the spikes of a recording, or of one of its conditions.

        Parameters
        ----------
        recording : Recording
            Of spikes, or of counts; for traces there is no such thing.
        inhibitory : array_like of bool, shape (units,), or sequence of str
            Which units are inhibitory: one truth value a unit, or the labels of the inhibitory ones. Leave units of
            unknown kind out with ``recording.select`` first.
        condition : str, optional
            Default: the whole recording.

        Examples
        --------
        >>> recording = Recording.from_spikes([[0.1, 0.4], [0.2]], ["a", "b"], duration=1.0)
        >>> Trains.of(recording, ["b"]).inhibitory.tolist()
        [False, True]
        """
        if not isinstance(recording, Recording) or recording.kind == "traces":
            raise InputError(
                "recording",
                expected="a Recording of spikes or counts",
                got=f"a Recording of {recording.kind}"
                if isinstance(recording, Recording)
                else type(recording).__name__,
                remedy="Ensembles are sums of spikes: read spike times, or deconvolved activity as counts.",
            )
        marks = as_inhibitory(inhibitory, recording.n_units, recording.labels)
        chosen = recording if condition is None else recording.in_condition(condition)
        if chosen.spikes is None:
            times, unit = of_counts(chosen)
            return cls(fixed(times), unit, marks, chosen.spans, 1.0 / chosen.sampling)
        times, unit = merged(chosen.spikes, chosen.segments)
        return cls(fixed(times), unit, marks, chosen.segments)

    @classmethod
    def from_units(
        cls, spikes: Sequence[Any], inhibitory: Any, *, segments: Any = None, duration: float | None = None
    ) -> Trains:
        """Return the spikes of units given one by one.

        Parameters
        ----------
        spikes : sequence of array_like, s
            Spike times of each unit. Those outside the segments are left out.
        inhibitory : array_like of bool, shape (units,)
        segments : array_like, shape (segments, 2), s, optional
        duration : float, s, optional
            One segment from 0. One of the two must be given: silence before the first spike and after the last counts.
        """
        if (segments is None) == (duration is None):
            raise InputError(
                "segments",
                expected="either segments or a duration",
                got="neither" if segments is None else "both",
                remedy="For example duration=60.0, in s: bins without a spike count too.",
            )
        parts = as_span_segments([[0.0, duration]] if segments is None else segments)
        times, unit = merged(as_spikes(spikes), parts)
        return cls(fixed(times), unit, as_inhibitory(inhibitory, len(spikes)), parts)

    def moved(self, times: np.ndarray, unit: np.ndarray) -> Trains:
        """Return other spikes of the same units over the same time; in any order of time.

        >>> trains = Trains.from_units([[0.1], [0.2]], [False, True], duration=1.0)
        >>> trains.moved(np.array([0.9, 0.3]), np.array([0, 1])).times.tolist()
        [0.3, 0.9]
        """
        order = np.argsort(times)
        return replace(self, times=fixed(times[order]), unit=unit[order])

    def relabelled(self, inhibitory: Any) -> Trains:
        """Return the same spikes with other units called inhibitory."""
        return replace(self, inhibitory=as_inhibitory(inhibitory, self.n_units))

    def of_units(self, units: Any) -> Trains:
        """Return the spikes of some units, renumbered in the order given; both kinds must be among them.

        >>> Trains.from_units([[0.1], [0.2], [0.3]], [False, True, False], duration=1.0).of_units([2, 1]).unit.tolist()
        [1, 0]
        """
        chosen = np.asarray(units)
        chosen = np.flatnonzero(chosen) if chosen.dtype == bool else chosen.astype(np.int64)
        if (
            not chosen.size
            or chosen.min() < 0
            or chosen.max() >= self.n_units
            or len(set(chosen.tolist())) < len(chosen)
        ):
            raise InputError(
                "units",
                expected=f"different numbers from 0 to {self.n_units - 1}, or one truth value a unit",
                got=repr(units),
                remedy="Units are counted from 0.",
            )
        place = np.full(self.n_units, -1)
        place[chosen] = np.arange(len(chosen))
        unit = place[self.unit]
        kept = unit >= 0
        return replace(self, times=fixed(self.times[kept]), unit=unit[kept], inhibitory=self.inhibitory[chosen])

    # -- reading -------------------------------------------------------------------------------------------------

    @property
    def n_units(self) -> int:
        """Number of units."""
        return len(self.inhibitory)

    @property
    def n_excitatory(self) -> int:
        """Number of excitatory units."""
        return self.n_units - self.n_inhibitory

    @property
    def n_inhibitory(self) -> int:
        """Number of inhibitory units."""
        return int(self.inhibitory.sum())

    @property
    def duration(self) -> float:
        """Length of all segments together, s."""
        return float((self.segments[:, 1] - self.segments[:, 0]).sum())

    @cached_property
    def rates(self) -> np.ndarray:
        """Spikes a second of each unit, shape (units,)."""
        return fixed(np.bincount(self.unit, minlength=self.n_units) / self.duration)

    @cached_property
    def segment_counts(self) -> np.ndarray:
        """Spikes in each segment, shape (segments,)."""
        return np.diff(np.searchsorted(self.times, self.segments[:, 0]), append=len(self.times))

    @cached_property
    def segment(self) -> np.ndarray:
        """Segment of each spike, shape (spikes,)."""
        return fixed(np.repeat(np.arange(len(self.segments), dtype=np.int32), self.segment_counts))

    @cached_property
    def local(self) -> np.ndarray:
        """Time of each spike since the start of its segment, shape (spikes,), s."""
        if len(self.segments) == 1:
            begin = self.segments[0, 0]
            return fixed(self.times - begin) if begin else self.times
        return fixed(self.times - np.repeat(self.segments[:, 0], self.segment_counts))

    @cached_property
    def is_inhibitory(self) -> np.ndarray:
        """Whether each spike is an inhibitory unit's, shape (spikes,), bool."""
        return fixed(self.inhibitory[self.unit])

    @cached_property
    def inhibitory_before(self) -> np.ndarray:
        """How many inhibitory spikes come before each spike, and at the end all of them, shape (spikes + 1,)."""
        before = np.zeros(len(self.times) + 1, dtype=np.int64)
        np.cumsum(self.is_inhibitory, out=before[1:])
        return fixed(before)

    @cached_property
    def by_unit(self) -> np.ndarray:
        """Order that puts spikes unit after unit, each in order of time, shape (spikes,)."""
        return fixed(np.argsort(self.unit, kind="stable"))

    @cached_property
    def per_unit(self) -> tuple[np.ndarray, ...]:
        """Spike times of each unit, ascending, s."""
        times = fixed(self.times[self.by_unit])
        return tuple(np.split(times, np.cumsum(np.bincount(self.unit, minlength=self.n_units))[:-1]))

    @property
    def hash(self) -> str:
        """Hash of the spikes, units and segments."""
        return hash_arrays(self.times, self.unit.astype(np.int64), self.inhibitory, self.segments, str(self.resolution))

    # -- binning -------------------------------------------------------------------------------------------------

    def binned(self, width: float, *, normalisation: str = "rate") -> Binned:
        """Return the ensembles' activity in bins of one width.

        Parameters
        ----------
        width : float, s
            A scale wider than every segment has no bins; its `reason` says so. For counts a whole number of samples.
        normalisation : {"rate", "fraction", "unit_mean", "zscore", "unit_maximum"}
            See :mod:`.binned`.

        Returns
        -------
        Binned

        Raises
        ------
        InputError
            A width that is not positive, or not a multiple of the sample of counts; an unknown normalisation.

        Examples
        --------
        >>> trains = Trains.from_units([[0.05, 0.31], [0.12]], [False, True], duration=0.4)
        >>> trains.binned(1.0).reason
        'no segment holds a bin of 1 s: the longest lasts 0.4 s'
        """
        return bin_trains(self, width, normalisation=normalisation)

    def __repr__(self) -> str:
        rates, marks = self.rates, self.inhibitory
        word = "unit" if self.n_inhibitory == 1 else "units"
        text = (
            f"Trains of {self.n_excitatory} excitatory and {self.n_inhibitory} inhibitory {word}: {len(self.times)} "
            f"spikes in {self.duration:.6g} s (E {rates[~marks].mean():.3g}, I {rates[marks].mean():.3g} Hz a unit)"
        )
        text += f" in {len(self.segments)} segments" if len(self.segments) > 1 else ""
        return text + (f", counts in samples of {width_label(self.resolution)}" if self.resolution else "")
