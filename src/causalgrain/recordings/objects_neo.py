"""Objects of Neo: Block, Segment, a list of SpikeTrain, AnalogSignal.

Takes: spike trains (any unit of time, to s; t_start and t_stop are what was recorded) with annotations of one number
or text as properties and mean waveforms as "waveform" (unit, channel, sample); analog signals with their rate, in their
own unit of measure; labelled epochs as conditions. Where an object has both spike trains and signals, kind="spikes" or
kind="traces" says which; several signals are told apart by array="name". Units are called after the trains' names
where these are all there and differ, else u0, u1, ...; the trains of a Block's segments are matched by name, else by
order. Several segments are segments. Ignores: events, images, irregular signals, epochs without labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from .._checks import did_you_mean
from .._errors import InputError
from .epochs import Epochs
from .objects_times import columns_of, kind_of, on_one_clock, only_spikes_kind
from .recording import Recording
from .timing import warn
from .wishes import Wishes

NAME = "Neo Block, Segment, SpikeTrain list and AnalogSignal"


def recognise(source: Any) -> bool:
    """Has it what blocks, segments, signals or lists of spike trains of Neo have?"""
    if isinstance(source, list | tuple):
        return bool(source) and all(_is_train(item) for item in source)
    return _is_block(source) or _is_segment(source) or _is_signal(source) or _is_train(source)


def _is_train(source: Any) -> bool:
    return all(hasattr(source, name) for name in ("t_start", "t_stop", "rescale", "sampling_rate", "waveforms"))


def _is_signal(source: Any) -> bool:
    return all(hasattr(source, n) for n in ("t_start", "sampling_rate", "rescale")) and not hasattr(source, "waveforms")


def _is_segment(source: Any) -> bool:
    return hasattr(source, "spiketrains") and hasattr(source, "analogsignals")


def _is_block(source: Any) -> bool:
    return hasattr(source, "segments") and hasattr(source, "groups") and not isinstance(source, Recording)


def read(source: Any, wish: Wishes) -> Recording:
    """Make a recording of it."""
    name = type(source).__name__
    if _is_block(source):
        pieces = list(source.segments)
        trains, signals = [list(s.spiketrains) for s in pieces], [list(s.analogsignals) for s in pieces]
        epochs = [list(s.epochs) for s in pieces]
    elif _is_segment(source):
        trains, signals, epochs = [list(source.spiketrains)], [list(source.analogsignals)], [list(source.epochs)]
    elif _is_signal(source):
        trains, signals, epochs = [[]], [[source]], [[]]
    else:
        trains, signals, epochs = [list(source) if isinstance(source, list | tuple) else [source]], [[]], [[]]
        name = "SpikeTrain list"
    spikes, sampled = any(trains), any(signals)
    if wish.kind is None and spikes and sampled:
        many = f"{max(map(len, trains))} spike trains and {max(map(len, signals))} signals"
        raise InputError(
            "kind",
            expected="'spikes' or 'traces'",
            got=f"none, and the {name} has {many}",
            remedy="Say which to read: kind='spikes' or kind='traces'.",
        )
    wanted = wish.kind == "spikes" or (wish.kind is None and spikes)
    if not (spikes if wanted else sampled):
        raise InputError(
            "source",
            expected="spike trains or analog signals" if wish.kind is None else f"{wish.kind} in the {name}",
            got="neither" if not (spikes or sampled) else "spike trains alone" if spikes else "analog signals alone",
            remedy="Check what was loaded; irregularly sampled signals are not taken.",
        )
    if wanted:
        return _spikes([list(map(_loaded, part)) for part in trains], epochs, wish, name)
    return _samples(signals, epochs, wish, name)


# -- spikes ------------------------------------------------------------------------------------------------------


def _spikes(pieces: list[list[Any]], epochs: list[list[Any]], wish: Wishes, name: str) -> Recording:
    wish.only("units", "labels", "kind", "segments", what=f"a {name} of Neo")
    only_spikes_kind(wish.kind, f"a {name} of Neo")
    used = [i for i, part in enumerate(pieces) if part]
    pieces, epochs = [pieces[i] for i in used], [epochs[i] for i in used]
    pieces, labels = _matched(pieces)
    spans = [(min(_s(t.t_start) for t in part), max(_s(t.t_stop) for t in part)) for part in pieces]
    moved, notes = on_one_clock(spans, "segments")
    times = [
        np.concatenate([np.sort(_s(part[u])) + shift for part, shift in zip(pieces, moved, strict=True)])
        for u in range(len(labels))
    ]
    own = [(a + m, b + m) for (a, b), m in zip(spans, moved, strict=True)]
    made = Recording.from_spikes(
        times,
        labels if wish.labels is None else wish.labels,
        segments=own if wish.segments is None else wish.segments,
        properties=_annotations(pieces[0]),
        epochs=_epochs(epochs, moved, notes),
        source=name,
        notes=notes,
    )
    return wish.finish(made)


def _matched(pieces: list[list[Any]]) -> tuple[list[list[Any]], list[str]]:
    """Bring the trains of all segments into the order of the first, by name or as they stand; return labels."""
    names = [[str(train.name or "") for train in part] for part in pieces]
    named = all("" not in part and len(set(part)) == len(part) for part in names)
    if named and all(set(part) == set(names[0]) for part in names):
        return [[part[own.index(n)] for n in names[0]] for part, own in zip(pieces, names, strict=True)], names[0]
    sizes = [len(part) for part in pieces]
    if len(set(sizes)) > 1 or (named and len(pieces) > 1):
        raise InputError(
            "segments",
            expected=f"the same units in all segments, {sizes[0]} as in the first",
            got=", ".join(map(str, sizes)) if len(set(sizes)) > 1 else "other names of spike trains",
            remedy="Read one segment: block.segments[0]; or name the trains alike in all.",
        )
    return pieces, [f"u{i}" for i in range(sizes[0])]


def _annotations(trains: list[Any]) -> dict[str, np.ndarray]:
    """Return annotations that all trains have, and their mean waveforms."""
    shared = [key for key in trains[0].annotations if all(key in train.annotations for train in trains)]
    properties = columns_of(shared, lambda key: [train.annotations[key] for train in trains], len(trains))
    properties = {key: rows for key, rows in properties.items() if rows.ndim == 1}
    waves = [None if t.waveforms is None or not len(t.waveforms) else np.asarray(t.waveforms, float) for t in trains]
    shapes = {None if wave is None else wave.shape[1:] for wave in waves}
    if len(shapes) == 1 and None not in shapes:
        properties["waveform"] = np.stack([wave.mean(axis=0) for wave in waves if wave is not None])
    return properties


# -- signals -----------------------------------------------------------------------------------------------------


def _samples(signals: list[list[Any]], epochs: list[list[Any]], wish: Wishes, name: str) -> Recording:
    wish.only("array", "units", "labels", "kind", what=f"a {name} of Neo")
    used = [i for i, part in enumerate(signals) if part]
    epochs = [epochs[i] for i in used]
    chosen = [_loaded(_one(signals[i], wish.array)) for i in used]
    rates = [float(signal.sampling_rate.rescale("Hz").magnitude) for signal in chosen]
    widths, units = {int(signal.shape[1]) for signal in chosen}, {str(signal.dimensionality) for signal in chosen}
    if max(rates) - min(rates) > 1e-9 * rates[0] or len(widths) > 1 or len(units) > 1:
        raise InputError(
            "segments",
            expected="the same rate, unit of measure and channels in all segments",
            got=f"rates {sorted(set(rates))} Hz, units {sorted(units)}, channels {sorted(widths)}",
            remedy="Read one segment: block.segments[0].",
        )
    lengths = [int(signal.shape[0]) for signal in chosen]
    spans = [(_s(x.t_start), _s(x.t_start) + n / rates[0]) for x, n in zip(chosen, lengths, strict=True)]
    moved, notes = on_one_clock(spans, "segments")
    notes = [f"values in {units.pop()}", f"rate {rates[0]:.6g} Hz of the signal", *notes]
    edges = np.concatenate([[0], np.cumsum(lengths)])
    values = np.concatenate([np.asarray(signal.magnitude) for signal in chosen])
    made = Recording(
        values,
        rates[0],
        _channel_names(chosen[0]) if wish.labels is None else wish.labels,
        kind=kind_of(values, wish.kind, notes),
        segments=list(pairwise(edges.tolist())),
        onsets=[start + shift for (start, _), shift in zip(spans, moved, strict=True)],
        epochs=_epochs(epochs, moved, notes),
        source=name if not chosen[0].name else f"{name}, {chosen[0].name}",
        notes=notes,
    )
    return wish.finish(made)


def _one(signals: Sequence[Any], name: str | None) -> Any:
    """Return the signal of that name, or the only one."""
    names = [str(signal.name or f"signal {i}") for i, signal in enumerate(signals)]
    if name is None and len(signals) == 1:
        return signals[0]
    if name in names:
        return signals[names.index(name)]
    listed = ", ".join(
        f"{n!r} ({signal.shape[0]} x {signal.shape[1]}, {signal.sampling_rate})"
        for n, signal in zip(names, signals, strict=True)
    )
    raise InputError(
        "array",
        expected="the name of one signal",
        got="none" if name is None else repr(name),
        remedy=f"{'' if name is None else did_you_mean(name, names) + ' '}There are {listed}.",
    )


def _channel_names(signal: Any) -> list[str] | None:
    names = [str(name) for name in signal.array_annotations.get("channel_names", ())]
    return names if len(names) == signal.shape[1] and len(set(names)) == len(names) else None


# -- both --------------------------------------------------------------------------------------------------------


def _loaded(item: Any) -> Any:
    """Load what a lazy reader of Neo left in its file."""
    return item.load() if hasattr(item, "load") and not hasattr(item, "magnitude") else item


def _s(quantity: Any) -> Any:
    """Return a quantity of time in s, as a number or array."""
    values = np.asarray(quantity.rescale("s").magnitude, dtype=np.float64)
    return float(values) if values.ndim == 0 else values


def rows_of(epoch: Any, shift: float = 0.0) -> list[tuple[float, float, str]]:
    """Return (start, stop, label) of a Neo epoch, s; nothing where it has no labels."""
    begins, lengths, labels = np.atleast_1d(_s(epoch.times)), np.atleast_1d(_s(epoch.durations)), list(epoch.labels)
    if len(labels) != len(begins):
        return []
    rows = zip(begins, lengths, labels, strict=True)
    return [
        (float(a) + shift, float(a + n) + shift, str(label)) for a, n, label in rows if n > 0 and str(label).strip()
    ]


def _epochs(pieces: list[list[Any]], moved: np.ndarray, notes: list[str]) -> Epochs | None:
    """Return the labelled epochs of all segments; where kinds of them overlap, the first kind."""
    sets = [[rows_of(_loaded(epoch), shift) for epoch in part] for part, shift in zip(pieces, moved, strict=True)]
    depth = max(map(len, sets), default=0)
    kinds = [[row for part in sets if i < len(part) for row in part[i]] for i in range(depth)]
    kinds = [rows for rows in kinds if rows]
    for rows in ([row for kind in kinds for row in kind], *kinds):
        if not rows:
            continue
        try:
            made = Epochs([r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows], source="epochs of Neo")
        except InputError as error:
            warn(f"epochs of Neo: {error} They are left out.")
            continue
        notes.append(f"conditions: the labelled epochs ({', '.join(made.names)})")
        return made
    return None
