"""A recording of neural activity as one frozen value: sampled traces or counts, or spike times.

Conventions: arrays are (time, unit); times are seconds, rates Hz, samples and units are counted from 0. A recording
consists of segments (trials, epochs, stretches without a gap); nothing that follows one moment by another may reach
across their edges. Segments are half open, [start, stop): samples for traces and counts, seconds for spikes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, cast, final

import numpy as np

from .._checks import choose
from .._errors import InputError
from .._provenance import hash_arrays
from . import validation as check
from .units import choose_units

if TYPE_CHECKING:
    import xarray

Kind = Literal["traces", "counts", "spikes"]
SAMPLED_KINDS = ("traces", "counts")


@final
class Recording:
    """Activity of named units over time; frozen and hashable.

    The constructor takes sampled values; spike times come in by :meth:`from_spikes`.

    Parameters
    ----------
    values : array_like, shape (time, unit)
        Continuous traces (any unit of measure), or counts per sample. Single precision is kept, all else becomes
        double.
    rate : float, Hz
        Samples a second.
    labels : sequence of str, optional
        Names of the units. Default: u0, u1, ...
    kind : {"traces", "counts"}
        Counts must be whole numbers >= 0.
    segments : array_like of int, shape (segment, 2), optional
        First sample and one past the last of each segment, ascending, not overlapping. Default: one segment.
        Samples outside are kept but belong to no segment.
    start : float, s
        Time of sample 0.
    onsets : array_like, shape (segment,), s, optional
        Time of each segment's first sample. Default: as if sampling went on between the segments.
    source : str
        Where it comes from.
    notes : sequence of str
        What was decided on the way in.

    Attributes
    ----------
    kind : {"traces", "counts", "spikes"}
    labels : tuple of str
    values : array, shape (time, unit), read-only; None for spikes
    rate : float, Hz; None for spikes
    spikes : tuple of arrays of ascending times in s, read-only; None unless spikes
    segments : array, shape (segment, 2), read-only
    onsets : array, shape (segment,), s, read-only

    Raises
    ------
    InputError
        No samples, no units, missing values (unit and time are named), repeated labels, a rate that is not positive,
        values that are no numbers.

    Examples
    --------
    >>> rec = Recording([[0, 2], [1, 0], [0, 0]], 10.0, ["A", "B"], kind="counts")
    >>> rec
    Recording of 2 units (A, B), counts: 0.3 s at 10 Hz, 3 samples
    >>> rec.select(["B"]).values.ravel().tolist()
    [2.0, 0.0, 0.0]
    """

    kind: Kind
    labels: tuple[str, ...]
    values: np.ndarray | None
    rate: float | None
    spikes: tuple[np.ndarray, ...] | None
    segments: np.ndarray
    onsets: np.ndarray
    source: str
    notes: tuple[str, ...]

    def __init__(
        self,
        values: Any,
        rate: Any,
        labels: Sequence[str] | None = None,
        *,
        kind: str = "traces",
        segments: Any = None,
        start: float = 0.0,
        onsets: Any = None,
        source: str = "",
        notes: Sequence[str] = (),
    ) -> None:
        kind = choose(kind, SAMPLED_KINDS, "kind")
        hertz = check.positive(rate, "rate", "Hz", "For a sample every 0.6 s give rate=1 / 0.6.")
        zero = check.finite(start, "start")
        table = check.as_values(values)
        names = check.as_labels(labels, table.shape[1])
        parts = check.as_segments(segments, table.shape[0])
        begins = zero + parts[:, 0] / hertz if onsets is None else check.as_onsets(onsets, len(parts))
        check.no_missing(table, names, zero, hertz)
        if kind == "counts":
            check.whole(table, names, zero, hertz)
        self._fill(
            kind=kind,
            labels=names,
            values=table,
            rate=hertz,
            spikes=None,
            segments=parts,
            onsets=begins,
            source=str(source),
            notes=tuple(notes),
        )

    @classmethod
    def from_spikes(
        cls,
        spikes: Sequence[Any],
        labels: Sequence[str] | None = None,
        *,
        duration: float | None = None,
        start: float = 0.0,
        segments: Any = None,
        source: str = "",
        notes: Sequence[str] = (),
    ) -> Recording:
        """Make a recording of spike times.

        Parameters
        ----------
        spikes : sequence of array_like, s
            Ascending spike times of each unit; a unit may have none.
        labels : sequence of str, optional
            Names of the units. Default: u0, u1, ...
        duration : float, s, optional
            From `start`. Default: up to the last spike.
        start : float, s
            Where the recording begins.
        segments : array_like, shape (segment, 2), s, optional
            Start and stop of stretches, instead of `start` and `duration`; spikes outside belong to no segment.

        Examples
        --------
        >>> Recording.from_spikes([[0.1, 0.25], [0.7]], ["A", "B"], duration=1.0)
        Recording of 2 units (A, B), spikes: 1 s, 3 spikes
        """
        trains = check.as_trains(spikes)
        names = check.as_labels(labels, len(trains))
        check.ascending(trains, names)
        if segments is None:
            parts = check.as_span(trains, names, start, duration)
        elif duration is not None or start != 0.0:
            raise InputError(
                "segments",
                expected="segments, or start and duration",
                got="both",
                remedy="Leave `start` and `duration` out: the segments say what was recorded.",
            )
        else:
            parts = check.as_time_segments(segments)
        made = object.__new__(cls)
        made._fill(
            kind="spikes",
            labels=names,
            values=None,
            rate=None,
            spikes=trains,
            segments=parts,
            onsets=parts[:, 0].copy(),
            source=str(source),
            notes=tuple(notes),
        )
        return made

    def _fill(self, **values: Any) -> None:
        """Set everything, arrays read-only."""
        spikes = values["spikes"] or ()
        for array in (values["values"], values["segments"], values["onsets"], *spikes):
            if array is not None:
                array.setflags(write=False)
        self.__dict__.update(values)

    # -- reading -------------------------------------------------------------------------------------------------

    @property
    def n_units(self) -> int:
        """Number of units."""
        return len(self.labels)

    @property
    def n_samples(self) -> int:
        """Samples within segments; 0 for spikes."""
        return 0 if self.values is None else int((self.segments[:, 1] - self.segments[:, 0]).sum())

    @property
    def duration(self) -> float:
        """Length of all segments together, in s."""
        length = float((self.segments[:, 1] - self.segments[:, 0]).sum())
        return length if self.rate is None else length / self.rate

    @property
    def times(self) -> np.ndarray:
        """Time of every sample in s, shape (time,); for spikes an error."""
        table, rate = self.sampled()
        times = self.onsets[0] + (np.arange(len(table)) - self.segments[0, 0]) / rate
        for (begin, stop), onset in zip(self.segments, self.onsets, strict=True):
            times[begin:stop] = onset + np.arange(stop - begin) / rate
        return times

    def inside(self) -> np.ndarray:
        """Return which samples lie in a segment, shape (time,), bool."""
        return samples_inside(len(self.sampled()[0]), self.segments)

    def sampled(self) -> tuple[np.ndarray, float]:
        """Return (values, rate), or say that spike times have to be binned first."""
        if self.values is None or self.rate is None:
            raise InputError(
                "recording",
                expected="values at a fixed rate",
                got="spike times",
                remedy="Bin them first, for example with bin_recording(recording, 0.1) (bin=0.1, --bin 0.1): 0.1 s.",
            )
        return self.values, self.rate

    def select(self, units: Any, *, seed: int = 0) -> Recording:
        """Return the recording of some units, in the order given; see :func:`.units.choose_units`.

        >>> Recording([[0.0, 1.0], [2.0, 3.0]], 5.0, ["A", "B"]).select("B,A").labels
        ('B', 'A')
        """
        chosen = list(choose_units(self, units, seed=seed))
        made = object.__new__(Recording)
        made._fill(
            kind=self.kind,
            labels=tuple(self.labels[i] for i in chosen),
            values=None if self.values is None else self.values[:, chosen],
            rate=self.rate,
            spikes=None if self.spikes is None else tuple(self.spikes[i] for i in chosen),
            segments=self.segments,
            onsets=self.onsets,
            source=self.source,
            notes=self.notes,
        )
        return made

    def to_xarray(self) -> xarray.DataArray:
        """Return a labelled view with dimensions time (s) and unit; spike times must be binned first."""
        import xarray

        table, rate = self.sampled()
        return xarray.DataArray(
            table,
            dims=("time", "unit"),
            coords={"time": self.times, "unit": list(self.labels)},
            attrs={"rate": rate, "kind": self.kind, "source": self.source},
            name=self.kind,
        )

    # -- being a value -------------------------------------------------------------------------------------------

    @cached_property
    def hash(self) -> str:
        """Hash of the data, names, rate and segments; where it came from doesn't count."""
        rate = None if self.rate is None else np.float64(self.rate).reshape(1)
        names = "\n".join(self.labels)
        return hash_arrays(self.kind, names, rate, self.segments, self.onsets, self.values, *(self.spikes or ()))

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a Recording is frozen: make a new one instead of setting {name!r}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Recording) and self.hash == other.hash

    def __hash__(self) -> int:
        return int(self.hash, 16)

    def __reduce__(self) -> tuple[Any, ...]:
        state = {name: value for name, value in self.__dict__.items() if name != "hash"}
        return (_rebuild, (state,))

    def __repr__(self) -> str:
        names = self.labels if self.n_units <= 8 else (*self.labels[:3], "...", self.labels[-1])
        word = "unit" if self.n_units == 1 else "units"
        if self.spikes is not None:
            size = f"{self.duration:.6g} s, {sum(map(len, self.spikes))} spikes"
        else:
            size = f"{self.duration:.6g} s at {cast(float, self.rate):.6g} Hz, {self.n_samples} samples"
        lines = [f"Recording of {self.n_units} {word} ({', '.join(names)}), {self.kind}: {size}"]
        if len(self.segments) > 1:
            lines[0] += f" in {len(self.segments)} segments"
        if self.source:
            lines.append(f"  source: {self.source}")
        lines += [f"  note: {note}" for note in self.notes]
        return "\n".join(lines)


def samples_inside(n: int, segments: np.ndarray) -> np.ndarray:
    """Return which of `n` samples lie in a segment, shape (n,), bool.

    >>> samples_inside(4, np.array([[1, 3]])).tolist()
    [False, True, True, False]
    """
    mask = np.zeros(n, dtype=bool)
    for begin, stop in segments:
        mask[begin:stop] = True
    return mask


def _rebuild(state: dict[str, Any]) -> Recording:
    made = object.__new__(Recording)
    made._fill(**state)
    return made
