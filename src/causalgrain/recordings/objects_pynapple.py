"""Objects of pynapple: TsGroup and Ts (spikes), Tsd and TsdFrame (traces or counts); IntervalSet as epochs.

Takes: times in s; the intervals of the time support as segments; metadata with a number or text a unit as properties
(not `rate`). Samples must be even; a gap in them parts two segments too. Units of a TsGroup are called u0, u1, ...
after their keys, those of a TsdFrame after its columns. Ignores: TsdTensor, metadata of intervals without labels.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .._errors import InputError
from .objects_times import columns_of, even_stretches, kind_of, no_spikes_kind, only_spikes_kind
from .recording import Recording
from .wishes import Wishes

NAME = "pynapple TsGroup, Ts, Tsd and TsdFrame"


def recognise(source: Any) -> bool:
    """Has it what pynapple's time series and intervals have?"""
    return is_intervals(source) or (hasattr(source, "time_support") and (_is_group(source) or hasattr(source, "t")))


def is_intervals(source: Any) -> bool:
    """Is it an IntervalSet?"""
    return all(hasattr(source, name) for name in ("start", "end", "intersect", "as_dataframe"))


def _is_group(source: Any) -> bool:
    return hasattr(source, "to_tsd") and hasattr(source, "keys") and hasattr(source, "metadata_columns")


def read(source: Any, wish: Wishes) -> Recording:
    """Make a recording of it."""
    name = type(source).__name__
    if is_intervals(source):
        raise InputError(
            "source",
            expected="a recording",
            got="an IntervalSet, which is a set of epochs",
            remedy="Give it with a recording: recording.with_epochs(as_epochs(intervals)).",
        )
    if _is_group(source):
        trains = [np.asarray(source[key].t, dtype=np.float64) for key in source.keys()]  # noqa: SIM118 (not a dict)
        labels = [f"u{key}" for key in source.keys()]  # noqa: SIM118
        if not labels:
            raise InputError("TsGroup", expected="at least one unit", got="none", remedy="Check what was selected.")
        columns = columns_of(source.metadata_columns, source.get_info, len(labels), leave=("rate",))
        return _spikes(trains, labels, columns, source.time_support, wish, name)
    if not hasattr(source, "values"):
        return _spikes([np.asarray(source.t, dtype=np.float64)], ["u0"], {}, source.time_support, wish, name)
    return _samples(source, wish, name)


def _spikes(
    trains: list[np.ndarray],
    labels: list[str],
    properties: dict[str, np.ndarray],
    support: Any,
    wish: Wishes,
    name: str,
) -> Recording:
    wish.only("units", "labels", "kind", "segments", "start", "duration", what=f"a {name} of pynapple")
    only_spikes_kind(wish.kind, f"a {name} of pynapple")
    spans, notes = _spans(support), []
    segments: Any = wish.segments
    whole: dict[str, Any] = {}
    if segments is None and wish.start is None and wish.duration is None and len(spans):
        segments = spans
        notes = [f"recorded from {spans[0, 0]:.6g} to {spans[-1, 1]:.6g} s, the time support"]
    elif segments is None:
        start = wish.start if wish.start is not None else float(spans[0, 0]) if len(spans) else 0.0
        duration = wish.duration if wish.duration is not None or not len(spans) else float(spans[-1, 1]) - start
        whole = {"start": start, "duration": duration}
    made = Recording.from_spikes(
        trains,
        labels if wish.labels is None else wish.labels,
        segments=segments,
        properties=properties,
        source=name,
        notes=notes,
        **whole,
    )
    return wish.finish(made)


def _spans(support: Any) -> np.ndarray:
    """Return the intervals of a time support that last, shape (segment, 2), s."""
    pairs = np.column_stack([np.asarray(support.start, dtype=np.float64), np.asarray(support.end, dtype=np.float64)])
    return pairs[pairs[:, 1] > pairs[:, 0]]


def _samples(source: Any, wish: Wishes, name: str) -> Recording:
    wish.only("units", "labels", "kind", what=f"a {name} of pynapple")
    no_spikes_kind(wish.kind, f"a {name} of pynapple")
    values, times = np.asarray(source.values), np.asarray(source.t, dtype=np.float64)
    if values.ndim > 2:
        raise InputError(
            name,
            expected="one or two dimensions (time, unit)",
            got=f"shape {values.shape}",
            remedy="Choose one page of it, or make a Recording(values, rate).",
        )
    values = values.reshape(len(times), -1)
    breaks = np.searchsorted(times, np.asarray(source.time_support.start, dtype=np.float64))
    rate, segments, onsets, notes = even_stretches(times, name, breaks.tolist())
    columns, properties = getattr(source, "columns", None), {}
    labels = None if columns is None else [f"u{c}" if str(c).isdecimal() else str(c) for c in columns]
    if columns is not None:
        properties = columns_of(source.metadata_columns, source.get_info, values.shape[1])
    made = Recording(
        values,
        rate,
        labels if wish.labels is None else wish.labels,
        kind=kind_of(values, wish.kind, notes),
        segments=segments,
        onsets=onsets,
        properties=properties,
        source=name,
        notes=notes,
    )
    return wish.finish(made)
