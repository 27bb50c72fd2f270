"""A recording of neural activity as one frozen value: sampled traces or counts, or spike times.

Conventions: arrays are (time, unit); times are seconds, rates Hz, samples and units are counted from 0. A recording
consists of segments (trials, epochs, stretches without a gap); nothing that follows one moment by another may reach
across their edges. Segments are half open, [start, stop): samples for traces and counts, seconds for spikes.
Conditions are labelled epochs on the same clock; values may stay in their file and be read in stretches.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, cast, final

import numpy as np

from .._checks import choose
from .._errors import InputError
from .._provenance import FrozenDict, hash_arrays, hash_rows
from . import naming
from . import validation as check
from .epochs import Epochs, check_inside, cut_samples, cut_times
from .on_disk import OnDisk
from .units import choose_units

if TYPE_CHECKING:
    import xarray

Kind = Literal["traces", "counts", "spikes"]
SAMPLED_KINDS = ("traces", "counts")
CACHED = ("hash",)


@final
class Recording:
    """Activity of named units over time; frozen and hashable.

    The constructor takes sampled values; spike times come in by :meth:`from_spikes`.

    Parameters
    ----------
    values : array_like or OnDisk, shape (time, unit)
        Continuous traces (any unit of measure), or counts per sample. Single precision is kept, all else becomes
        double. An :class:`~causalgrain.recordings.on_disk.OnDisk` stays in its file: it is checked as it is read.
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
    properties : mapping of str to array_like, optional
        What is known of the units, one row a unit: "position" (unit, 2 or 3; um unless the source says otherwise),
        "waveform" (unit, samples or channels x samples), "cell_type" (unit,), or any other name.
    epochs : Epochs, optional
        Conditions, in s on the recording's clock.
    source : str
        Where it comes from.
    notes : sequence of str
        What was decided on the way in.

    Attributes
    ----------
    kind : {"traces", "counts", "spikes"}
    labels : tuple of str
    values : array, shape (time, unit), read-only; None for spikes
    on_disk : OnDisk or None
        Where the values are when they aren't in memory; then `values` reads them all, if they fit.
    rate : float, Hz; None for spikes
    spikes : tuple of arrays of ascending times in s, read-only; None unless spikes
    segments : array, shape (segment, 2), read-only
    onsets : array, shape (segment,), s, read-only
    properties : mapping of str to array
    epochs : Epochs or None

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
    _table: np.ndarray | None
    labels: tuple[str, ...]
    on_disk: OnDisk | None
    rate: float | None
    spikes: tuple[np.ndarray, ...] | None
    segments: np.ndarray
    onsets: np.ndarray
    properties: FrozenDict
    epochs: Epochs | None
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
        properties: Mapping[str, Any] | None = None,
        epochs: Epochs | None = None,
        source: str = "",
        notes: Sequence[str] = (),
    ) -> None:
        kind = choose(kind, SAMPLED_KINDS, "kind")
        hertz = check.positive(rate, "rate", "Hz", "For a sample every 0.6 s give rate=1 / 0.6.")
        zero = check.finite(start, "start")
        stored = values if isinstance(values, OnDisk) else check.as_values(values)
        n_samples, n_units = stored.shape
        lazy, table = (stored, None) if isinstance(stored, OnDisk) else (None, stored)
        check.not_empty((n_samples, n_units))
        names = naming.as_labels(labels, n_units)
        parts = check.as_segments(segments, n_samples)
        begins = zero + parts[:, 0] / hertz if onsets is None else check.as_onsets(onsets, len(parts))
        check.clock(begins, parts, hertz)
        if table is not None:
            check.no_missing(table, names, zero, hertz)
            if kind == "counts":
                check.whole(table, names, zero, hertz)
        self._fill(
            kind=kind,
            labels=names,
            table=table,
            on_disk=lazy,
            rate=hertz,
            spikes=None,
            segments=parts,
            onsets=begins,
            properties=naming.as_properties(properties, n_units),
            epochs=None,
            source=str(source),
            notes=naming.as_notes(notes),
        )
        self._take(epochs)

    @classmethod
    def from_spikes(
        cls,
        spikes: Sequence[Any],
        labels: Sequence[str] | None = None,
        *,
        duration: float | None = None,
        start: float = 0.0,
        segments: Any = None,
        properties: Mapping[str, Any] | None = None,
        epochs: Epochs | None = None,
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
        properties, epochs, source, notes
            As for sampled values.

        Examples
        --------
        >>> Recording.from_spikes([[0.1, 0.25], [0.7]], ["A", "B"], duration=1.0)
        Recording of 2 units (A, B), spikes: 1 s, 3 spikes
        """
        trains = check.as_trains(spikes)
        names = naming.as_labels(labels, len(trains))
        check.ascending(trains, names)
        if segments is None:
            parts = check.as_span(trains, names, start, duration)
        elif duration is not None or check.finite(start, "start") != 0.0:
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
            table=None,
            on_disk=None,
            rate=None,
            spikes=trains,
            segments=parts,
            onsets=parts[:, 0].copy(),
            properties=naming.as_properties(properties, len(trains)),
            epochs=None,
            source=str(source),
            notes=naming.as_notes(notes),
        )
        made._take(epochs)
        return made

    def _fill(self, **values: Any) -> None:
        """Set everything, arrays read-only."""
        spikes = values["spikes"] or ()
        for array in (values["table"], values["segments"], values["onsets"], *values["properties"].values(), *spikes):
            if array is not None:
                array.setflags(write=False)
        self.__dict__.update({"_table" if name == "table" else name: value for name, value in values.items()})

    def _take(self, epochs: Epochs | None) -> None:
        if epochs is None:
            return
        if not isinstance(epochs, Epochs):
            raise InputError(
                "epochs",
                expected="Epochs",
                got=type(epochs).__name__,
                remedy='Make them: Epochs([0, 60], [60, 120], ["wake", "sleep"]), or read_epochs("epochs.csv").',
            )
        notes = check_inside(epochs, self.spans)
        self.__dict__.update(epochs=epochs, notes=(*self.notes, *notes))

    def _with(self, **changes: Any) -> Recording:
        state = {"table" if name == "_table" else name: v for name, v in self.__dict__.items() if name not in CACHED}
        made = object.__new__(Recording)
        made._fill(**(state | changes))
        return made

    # -- reading -------------------------------------------------------------------------------------------------

    @property
    def n_units(self) -> int:
        """Number of units."""
        return len(self.labels)

    @property
    def values(self) -> np.ndarray | None:
        """Samples, shape (time, unit), read-only; None for spikes."""
        if self._table is not None or self.on_disk is None:
            return self._table
        table = self.on_disk.load()
        self._check_block(0, table)
        table.setflags(write=False)
        return table

    @property
    def shape(self) -> tuple[int, int]:
        """(samples, units), those outside segments included; for spikes an error."""
        stored = self._table if self._table is not None else self.on_disk
        return (self.sampled()[0] if stored is None else stored).shape  # sampled() says what to do with spikes

    @property
    def n_samples(self) -> int:
        """Samples within segments; 0 for spikes."""
        return 0 if self.rate is None else int((self.segments[:, 1] - self.segments[:, 0]).sum())

    @property
    def spans(self) -> np.ndarray:
        """Start and stop of every segment on the recording's clock, shape (segment, 2), s."""
        if self.rate is None:
            return self.segments
        lengths = (self.segments[:, 1] - self.segments[:, 0]) / self.rate
        return np.column_stack([self.onsets, self.onsets + lengths])

    @property
    def duration(self) -> float:
        """Length of all segments together, in s."""
        length = float((self.segments[:, 1] - self.segments[:, 0]).sum())
        return length if self.rate is None else length / self.rate

    @property
    def times(self) -> np.ndarray:
        """Time of every sample in s, shape (time,); for spikes an error."""
        rate = self.sampling
        times = self.onsets[0] + (np.arange(self.shape[0]) - self.segments[0, 0]) / rate
        for (begin, stop), onset in zip(self.segments, self.onsets, strict=True):
            times[begin:stop] = onset + np.arange(stop - begin) / rate
        return times

    def inside(self) -> np.ndarray:
        """Return which samples lie in a segment, shape (time,), bool."""
        return samples_inside(self.shape[0], self.segments)

    def sampled(self) -> tuple[np.ndarray, float]:
        """Return (values, rate), or say that spike times have to be binned first."""
        rate = self.sampling
        return cast(np.ndarray, self.values), rate

    def blocks(self, begin: int, stop: int, *, multiple: int = 1) -> Iterator[tuple[int, np.ndarray]]:
        """Yield (first sample, values) of successive stretches from `begin` to `stop`.

        Values in memory come in one piece; those on disk in stretches of about 64 MB, whose lengths are multiples
        of `multiple`, checked as they are read.
        """
        if self._table is not None:
            yield begin, self._table[begin:stop]
        elif self.on_disk is None:
            self.sampled()  # says what to do with spike times
        else:
            for first, block in self.on_disk.blocks(begin, stop, multiple=multiple):
                self._check_block(first, block)
                yield first, block

    def _check_block(self, first: int, block: np.ndarray) -> None:
        rate = cast(float, self.rate)
        zero = float(self.onsets[0]) + (first - int(self.segments[0, 0])) / rate
        check.no_missing(block, self.labels, zero, rate, first)
        if self.kind == "counts":
            check.whole(block, self.labels, zero, rate, first)

    @property
    def sampling(self) -> float:
        """Samples a second (Hz), or an error that says that spike times have to be binned first."""
        if self.rate is None:
            raise InputError(
                "recording",
                expected="values at a fixed rate",
                got="spike times",
                remedy="Bin them first, for example with bin_recording(recording, 0.1) (bin=0.1, --bin 0.1): 0.1 s.",
            )
        return self.rate

    def select(self, units: Any, *, seed: int = 0) -> Recording:
        """Return the recording of some units, in the order given; see :func:`.units.choose_units`.

        >>> Recording([[0.0, 1.0], [2.0, 3.0]], 5.0, ["A", "B"]).select("B,A").labels
        ('B', 'A')
        """
        chosen = list(choose_units(self, units, seed=seed))
        return self._with(
            labels=tuple(self.labels[i] for i in chosen),
            table=None if self._table is None else self._table[:, chosen],
            on_disk=None if self.on_disk is None else self.on_disk.select(chosen),
            spikes=None if self.spikes is None else tuple(self.spikes[i] for i in chosen),
            properties=FrozenDict({name: rows[chosen] for name, rows in self.properties.items()}),
        )

    # -- conditions ----------------------------------------------------------------------------------------------

    @property
    def conditions(self) -> tuple[str, ...]:
        """Names of the conditions; none without epochs."""
        return () if self.epochs is None else self.epochs.names

    def replaced(
        self,
        *,
        values: np.ndarray | None = None,
        spikes: Sequence[np.ndarray] | None = None,
        kind: str | None = None,
        notes: Sequence[str] | None = None,
    ) -> Recording:
        """Return the recording with other activity of the same units over the same time.

        `values` as before in shape (or `spikes`, as many trains); all else, labels and segments among them, stays.
        """
        texts = self.notes if notes is None else naming.as_notes(notes)
        if self.rate is None:
            trains = check.as_trains(self.spikes if spikes is None else spikes)
            check.ascending(trains, naming.as_labels(self.labels, len(trains)))
            return self._with(spikes=trains, notes=texts)
        table = check.as_values(self.sampled()[0] if values is None else values)
        if table.shape != self.shape:
            raise InputError(
                "values", expected=f"shape {self.shape}", got=f"{table.shape}", remedy="Make a new Recording instead."
            )
        made = self._with(table=table, on_disk=None, kind=choose(kind or self.kind, SAMPLED_KINDS, "kind"), notes=texts)
        made._check_block(0, table)
        return made

    def with_segments(self, segments: Any, onsets: Any = None) -> Recording:
        """Return the recording with other segments (and, for samples, the times of their first samples in s)."""
        if self.rate is None:
            parts = check.as_time_segments(segments)
            return self._with(segments=parts, onsets=parts[:, 0].copy())
        parts = check.as_segments(segments, self.shape[0])
        times = self.times[parts[:, 0]] if onsets is None else check.as_onsets(onsets, len(parts))
        return self._with(segments=parts, onsets=times)

    def with_epochs(self, epochs: Epochs | None) -> Recording:
        """Return the recording with these labelled epochs in place of its own.

        Epochs that reach beyond what was recorded are cut, with a note; one wholly outside is an error.
        """
        made = self._with(epochs=None)
        made._take(epochs)
        return made

    def in_condition(self, name: str) -> Recording:
        """Return what was recorded in one condition: its epochs, each a segment (or several, at gaps).

        >>> rec = Recording([[0.0], [1.0], [2.0], [3.0]], 2.0, epochs=Epochs([0.5], [1.5], ["odour"]))
        >>> rec.in_condition("odour").segments.tolist()
        [[1, 3]]
        """
        if self.epochs is None:
            raise InputError(
                "condition",
                expected="a recording with epochs",
                got="one without",
                remedy='Add them: recording.with_epochs(read_epochs("epochs.csv")) (--epochs epochs.csv).',
            )
        stretches = self.epochs.of(name)
        if self.rate is None:
            segments = cut_times(self.segments, stretches)
            onsets = segments[:, 0].copy()
        else:
            segments, onsets = cut_samples(self.segments, self.onsets, self.rate, stretches)
        if not len(segments):
            raise InputError(
                f"condition {name!r}",
                expected="at least one sample in its epochs",
                got="none",
                remedy="Its epochs are shorter than a sample, or fall between segments.",
            )
        return self._with(segments=segments, onsets=onsets, epochs=None)

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
        """Hash of the data, names, rate, segments, properties and epochs; where it came from doesn't count."""
        rate = None if self.rate is None else np.float64(self.rate).reshape(1)
        names = "\n".join(self.labels)
        table = None if self.rate is None else hash_rows(block for _, block in self.blocks(0, self.shape[0]))
        # Texts are hashed as texts: how wide they are stored says nothing.
        rows = {n: "\n".join(r.ravel().tolist()) if r.dtype.kind == "U" else r for n, r in self.properties.items()}
        known = [part for name in sorted(rows) for part in (name, rows[name])]
        times = [] if self.epochs is None else [self.epochs.start, self.epochs.stop, "\n".join(self.epochs.condition)]
        return hash_arrays(
            self.kind, names, rate, self.segments, self.onsets, table, *known, *times, *(self.spikes or ())
        )

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a Recording is frozen: make a new one instead of setting {name!r}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Recording) and self.hash == other.hash

    def __hash__(self) -> int:
        return int(self.hash, 16)

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, ({"table" if k == "_table" else k: v for k, v in self.__dict__.items() if k not in CACHED},))

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
        if self.on_disk is not None:
            lines[0] += ", on disk"
        if self.epochs is not None:
            lengths = {name: float((rows[:, 1] - rows[:, 0]).sum()) for name, rows in self.epochs.rows.items()}
            lines.append("  conditions: " + ", ".join(f"{name} ({t:.6g} s)" for name, t in lengths.items()))
        if self.properties:
            lines.append(f"  known of the units: {', '.join(self.properties)}")
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
