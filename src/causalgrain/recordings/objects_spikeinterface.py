"""Objects of SpikeInterface: BaseSorting, SortingAnalyzer (spikes), BaseRecording (traces).

Takes: spike trains in s, on the times of the recording where it is registered; the length from that recording, else up
to the last spike; properties with a number or text a unit; of an analyzer the average templates as "waveform" (unit,
channel, sample) and unit_locations as "position" (um). Traces in uV where the recording has gains, left where they are
and read in stretches; channel locations as "position". Units are called u0, u1, ... after their ids if these are
numbers. Several segments are segments. Ignores: other extensions, annotations, raw waveforms.
"""

from __future__ import annotations

import inspect
from contextlib import nullcontext
from functools import partial
from typing import Any

import numpy as np

from .._errors import InputError
from .objects_times import columns_of, no_spikes_kind, on_one_clock, only_spikes_kind
from .on_disk import OnDisk, in_memory_or_not
from .recording import Recording
from .timing import warn
from .wishes import Wishes

NAME = "SpikeInterface sortings, analyzers and recordings"
POSITIONS = ("unit_locations", "gt_unit_locations", "position", "location")  # of units, among their properties


def recognise(source: Any) -> bool:
    """Has it what sortings, analyzers or recordings of SpikeInterface have?"""
    if not hasattr(source, "get_num_segments"):
        return False
    return any(hasattr(source, name) for name in ("get_unit_spike_train", "get_traces", "get_extension"))


def read(source: Any, wish: Wishes) -> Recording:
    """Make a recording of it."""
    if hasattr(source, "get_extension"):
        return _sorting(source.sorting, wish, source)
    if hasattr(source, "get_unit_spike_train"):
        return _sorting(source, wish, None)
    return _traces(source, wish)


# -- spikes ------------------------------------------------------------------------------------------------------


def _sorting(sorting: Any, wish: Wishes, analyzer: Any) -> Recording:
    wish.only("units", "labels", "kind", "segments", "start", "duration", what="a sorting of SpikeInterface")
    only_spikes_kind(wish.kind, "a sorting of SpikeInterface")
    ids, count = list(sorting.unit_ids), int(sorting.get_num_segments())
    if not ids:
        raise InputError("sorting", expected="at least one unit", got="none", remedy="Check the sorting.")
    trains = [
        [np.asarray(sorting.get_unit_spike_train(unit_id=u, segment_index=s, return_times=True), float) for u in ids]
        for s in range(count)
    ]
    spans, measured = [], True
    for s in range(count):
        start, samples = _start(sorting, s), _samples(sorting, analyzer, s)
        last = max((float(train[-1]) for train in trains[s] if train.size), default=start)
        measured = measured and samples is not None
        stop = last if samples is None else start + samples / float(sorting.sampling_frequency)
        spans.append((start, max(stop, last)))
    notes = [] if measured else ["taken to last until the last spike: no recording is registered"]
    if not measured and count > 1:
        warn(
            f"{type(sorting).__name__} of SpikeInterface: {count} segments of unknown length, taken to last until "
            "their last spikes. Register the recording (sorting.register_recording), or name the edges in `segments`."
        )
    properties = columns_of(sorting.get_property_keys(), sorting.get_property, len(ids))
    _place(properties)
    if analyzer is not None:
        _add_extensions(analyzer, properties, notes)
    moved, more = on_one_clock(spans, "segments")
    notes += more
    times = [np.concatenate([trains[s][u] + moved[s] for s in range(count)]) for u in range(len(ids))]
    segments: Any = wish.segments
    whole: dict[str, Any] = {}
    if count == 1 and (wish.duration is not None or wish.start is not None):
        start = spans[0][0] if wish.start is None else wish.start
        whole = {"start": start, "duration": spans[0][1] - start if wish.duration is None else wish.duration}
    elif wish.duration is not None or wish.start is not None:
        raise InputError(
            "duration" if wish.start is None else "start",
            expected=f"none for {count} segments, which have their own",
            got=repr(wish.duration if wish.start is None else wish.start),
            remedy="Leave it out, or name the edges of all segments in `segments`.",
        )
    elif segments is None:
        kept = [(a + m, b + m) for (a, b), m in zip(spans, moved, strict=True) if b > a]
        if not kept:
            raise InputError("sorting", expected="at least one spike", got="none", remedy="Give duration=... in s.")
        segments = kept
    made = Recording.from_spikes(
        times,
        _names(ids, "u") if wish.labels is None else wish.labels,
        segments=segments,
        properties=properties,
        source=type(sorting if analyzer is None else analyzer).__name__,
        notes=notes,
        **whole,
    )
    return wish.finish(made)


def _start(source: Any, segment: int) -> float:
    getter = getattr(source, "get_start_time", None)
    start = None if getter is None else getter(segment_index=segment)
    return 0.0 if start is None else float(start)


def _samples(sorting: Any, analyzer: Any, segment: int) -> int | None:
    """Return the number of samples of a segment; None without a recording."""
    if analyzer is not None:
        return int(analyzer.get_num_samples(segment_index=segment))
    if not sorting.has_recording():
        return None
    return int(sorting.get_num_samples(segment_index=segment))


def _names(ids: list[Any], prefix: str) -> list[str]:
    return [f"{prefix}{i}" if str(i).isdecimal() else str(i) for i in ids]


def _place(properties: dict[str, np.ndarray]) -> None:
    """Call the locations of the units by our name."""
    name = next((n for n in POSITIONS if n in properties and properties[n].ndim == 2), None)
    if name is not None:
        properties["position"] = properties.pop(name)


def _add_extensions(analyzer: Any, properties: dict[str, np.ndarray], notes: list[str]) -> None:
    templates = analyzer.get_extension("templates")
    if templates is not None:
        waves = np.asarray(templates.get_data())
        properties["waveform"] = np.ascontiguousarray(waves.transpose(0, 2, 1))
        notes.append(
            f"waveform: average templates, {waves.shape[2]} channels of {waves.shape[1]} samples at "
            f"{float(analyzer.sampling_frequency):g} Hz"
        )
    locations = analyzer.get_extension("unit_locations")
    if locations is not None:
        properties["position"] = np.asarray(locations.get_data(), dtype=np.float64)
        notes.append("position: unit_locations, um")


# -- traces ------------------------------------------------------------------------------------------------------


def _traces(source: Any, wish: Wishes) -> Recording:
    wish.only("units", "labels", "kind", "lazy", what="a recording of SpikeInterface")
    no_spikes_kind(wish.kind, "a recording of SpikeInterface")
    rate, count = float(source.sampling_frequency), int(source.get_num_segments())
    lengths = [int(source.get_num_samples(segment_index=s)) for s in range(count)]
    edges = np.concatenate([[0], np.cumsum(lengths)])
    starts = [_start(source, s) for s in range(count)]
    spans = [(start, start + n / rate) for start, n in zip(starts, lengths, strict=True)]
    moved, notes = on_one_clock(spans, "segments")
    for s in range(count):
        _check_times(source, s, starts[s] + (lengths[s] - 1) / rate, rate)
    scaled = bool(source.has_scaleable_traces())
    kind = np.dtype(np.float32) if scaled else np.dtype(source.get_dtype())
    notes.append("traces in uV" if scaled else "traces as stored: the recording has no gains to uV")
    stacked = Stacked(source, edges, scaled)
    table = OnDisk(partial(nullcontext, stacked), (int(edges[-1]), len(source.channel_ids)), kind, name=repr_of(source))
    full = [s for s in range(count) if lengths[s]]
    made = Recording(
        in_memory_or_not(table, wish.lazy),
        rate,
        _names(list(source.channel_ids), "ch") if wish.labels is None else wish.labels,
        kind=wish.kind or "traces",
        segments=[(edges[s], edges[s + 1]) for s in full] or None,
        onsets=[starts[s] + moved[s] for s in full] or None,
        properties=_channels(source),
        source=type(source).__name__,
        notes=notes,
    )
    return wish.finish(made)


def _check_times(source: Any, segment: int, expected: float, rate: float) -> None:
    """Warn where a vector of sample times leads elsewhere than the rate."""
    if getattr(source, "has_time_vector", lambda **_: False)(segment_index=segment):
        drift = abs(float(source.get_end_time(segment_index=segment)) - expected)
        if drift > 1.0 / rate:
            warn(
                f"{repr_of(source)}, segment {segment}: its sample times end {drift:.3g} s away from what "
                f"{rate:.6g} Hz gives; even samples from its start are used."
            )


def repr_of(source: Any) -> str:
    """Return what to call it in messages."""
    return f"{type(source).__name__} of SpikeInterface"


class Stacked:
    """The traces of all segments of a SpikeInterface recording as one array with slices, (time, channel)."""

    def __init__(self, source: Any, edges: np.ndarray, scaled: bool) -> None:
        self.source, self.edges = source, edges
        names = inspect.signature(source.get_traces).parameters
        word = "return_in_uV" if "return_in_uV" in names else "return_scaled"  # before 0.103
        self.options = {word: True} if scaled else {}

    def __getitem__(self, key: slice | tuple[slice, slice]) -> np.ndarray:
        """Read samples, or samples and channels, as slices."""
        rows, columns = key if isinstance(key, tuple) else (key, slice(None))
        begin, stop, _ = rows.indices(int(self.edges[-1]))
        channels = self.source.channel_ids[columns]
        parts = []
        for s in range(len(self.edges) - 1):
            low, high = max(begin, int(self.edges[s])), min(stop, int(self.edges[s + 1]))
            if low < high:
                first = int(self.edges[s])
                parts.append(
                    self.source.get_traces(
                        segment_index=s,
                        start_frame=low - first,
                        end_frame=high - first,
                        channel_ids=channels,
                        **self.options,
                    )
                )
        return np.concatenate(parts) if parts else np.zeros((0, len(channels)))


def _channels(source: Any) -> dict[str, np.ndarray]:
    """Return where the channels are, and what else is known of them."""
    count = len(source.channel_ids)
    leave = ("gain_to_uV", "offset_to_uV", "location", "contact_vector")
    properties = columns_of(source.get_property_keys(), source.get_property, count, leave=leave)
    try:
        places = np.asarray(source.get_channel_locations(), dtype=np.float64)
    except Exception:  # it has several ways to say that there is no probe
        return properties
    if places.ndim == 2 and len(places) == count and np.isfinite(places).all():
        properties["position"] = places
    return properties
