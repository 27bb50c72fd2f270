"""What a recording must be: every check that its constructor makes, each with the unit and time at fault."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from .._errors import InputError
from .real_numbers import real_array, real_number, shown

LATEST = 1e12  # s, before or after 0; up to it doubles tell tenths of a ms apart, and what is beyond is ns or samples
CLOCK = "Times are seconds: divide ns by 1e9 and samples by the rate, or count from the recording's start."


def positive(value: Any, where: str, unit: str, remedy: str) -> float:
    """Return a finite number > 0."""
    number = real_number(value)
    if number is None or not np.isfinite(number) or number <= 0:
        raise InputError(where, expected=f"a number > 0, in {unit}", got=shown(value), remedy=remedy)
    return number


def finite(value: Any, where: str) -> float:
    """Return a time in s."""
    number = real_number(value)
    if number is None or not np.isfinite(number):
        raise InputError(where, expected="a time in s", got=shown(value), remedy="Give one number.")
    not_too_late(np.array([number]), where)
    return number


def not_too_late(times: np.ndarray, where: str) -> None:
    """Refuse times that can't be seconds."""
    far = times[np.abs(times) > LATEST]
    if far.size:
        raise InputError(where, expected=f"a time in s, at most {LATEST:g}", got=f"{far.flat[0]:.6g}", remedy=CLOCK)


def clock(onsets: np.ndarray, segments: np.ndarray, rate: float) -> None:
    """Refuse a rate and times of segments (samples) between which samples can't be told apart."""
    with np.errstate(over="ignore"):
        last = np.abs(onsets) + (segments[:, 1] - segments[:, 0]) / rate
    if float(last.max()) > LATEST:
        raise InputError(
            "rate",
            expected=f"a rate (Hz) at which the recording ends before {LATEST:g} s",
            got=f"{rate:g} Hz, at which it ends at {last.max():.6g} s",
            remedy="Rates are samples a second: for a sample every 0.6 s give rate=1 / 0.6.",
        )
    if 4.0 * np.spacing(last.max()) > 1.0 / rate:
        raise InputError(
            "start",
            expected=f"a clock on which samples at {rate:g} Hz can be told apart",
            got=f"times up to {last.max():.12g} s, which the computer keeps to {np.spacing(last.max()):.1g} s",
            remedy=CLOCK,
        )


def as_values(values: Any) -> np.ndarray:
    """Return a new (time, unit) float array with at least one sample and one unit."""
    single = isinstance(values, np.ndarray) and values.dtype == np.float32 and not np.ma.isMaskedArray(values)
    array = np.array(values, dtype=np.float32, subok=False) if single else real_array(values)
    if array is None:
        masked = np.ma.isMaskedArray(values)
        raise InputError(
            "values",
            expected="real numbers, one row a sample and one column a unit",
            got=shown(values),
            remedy="Fill or cut what is masked first."
            if masked
            else "Give a two-dimensional array of plain numbers; names of units go into `labels`.",
        )
    if array.ndim != 2:
        hint = {
            1: "For one unit give values[:, None].",
            3: "Stack trials along time and name their edges in `segments`.",
        }
        raise InputError(
            "values",
            expected="two dimensions (time, unit)",
            got=f"shape {array.shape}",
            remedy=hint.get(array.ndim, "Give one row a sample and one column a unit."),
        )
    not_empty(array.shape)
    return array


def not_empty(shape: tuple[int, ...]) -> None:
    """Refuse a table without units or without samples."""
    if shape[1] == 0:
        raise InputError(
            "values", expected="at least one unit", got="none", remedy="Columns are units: check the array."
        )
    if shape[0] == 0:
        raise InputError("values", expected="at least one sample", got="an empty recording", remedy="Check the array.")


def as_segments(segments: Any, n_samples: int) -> np.ndarray:
    """Return (segment, 2) sample indices, int64."""
    if segments is None:
        return np.array([[0, n_samples]], dtype=np.int64)
    raw = _pairs(segments, "samples")
    if not (raw == np.round(raw)).all():
        raise InputError(
            "segments",
            expected="sample indices, whole numbers",
            got=repr(float(raw[raw != np.round(raw)][0])),
            remedy="For seconds multiply by the rate.",
        )
    _in_order(raw)
    if raw[0, 0] < 0 or raw[-1, 1] > n_samples:
        raise InputError(
            "segments",
            expected=f"samples from 0 to {n_samples}",
            got=f"{int(raw[0, 0])} to {int(raw[-1, 1])}",
            remedy="Samples are counted from 0 and the stop is one past the last.",
        )
    return raw.astype(np.int64)


def as_time_segments(segments: Any) -> np.ndarray:
    """Return (segment, 2) times in s."""
    raw = _pairs(segments, "seconds")
    _in_order(raw)
    not_too_late(raw, "segments")
    return raw


def as_onsets(onsets: Any, n_segments: int) -> np.ndarray:
    """Return one time a segment; trials may share one clock, so that they needn't ascend."""
    array, remedy = real_array(onsets), "Leave `onsets` out where sampling went on between the segments."
    if array is None or array.shape != (n_segments,) or not np.isfinite(array).all():
        missing = array is not None and array.shape == (n_segments,)
        got = "missing values" if missing else shown(onsets) if array is None else f"shape {array.shape}"
        raise InputError("onsets", expected=f"{n_segments} times in s, one a segment", got=got, remedy=remedy)
    not_too_late(array, "onsets")
    return array


def no_missing(values: np.ndarray, labels: Sequence[str], start: float, rate: float, first: int = 0) -> None:
    """Refuse NaN and infinity; name the first and how many units hold some."""
    good = np.isfinite(values)
    if good.all():
        return
    sample, unit = (int(v) for v in np.argwhere(~good)[0])
    units = [labels[int(i)] for i in np.flatnonzero(~good.all(axis=0))]
    shown = ", ".join(units[:6]) + (", ..." if len(units) > 6 else "")
    many = "One value is" if (~good).sum() == 1 else f"{int((~good).sum())} values are"
    raise InputError(
        f"values, unit {labels[unit]!r} at {start + sample / rate:.6g} s (sample {first + sample})",
        expected="a finite number",
        got=repr(float(values[sample, unit])),
        remedy=(
            f"{many} missing or infinite, in {len(units)} of {len(labels)} units ({shown}). Read without "
            "those units (units=[...], --units), or fill or cut the gap first."
        ),
    )


def whole(values: np.ndarray, labels: Sequence[str], start: float, rate: float, first: int = 0) -> None:
    """Refuse counts that are not whole numbers >= 0."""
    wrong = (values < 0) | (values != np.round(values))
    if wrong.any():
        sample, unit = (int(v) for v in np.argwhere(wrong)[0])
        raise InputError(
            f"values, unit {labels[unit]!r} at {start + sample / rate:.6g} s (sample {first + sample})",
            expected="a count, a whole number >= 0",
            got=repr(float(values[sample, unit])),
            remedy="For continuous signals use kind='traces'.",
        )


def as_trains(spikes: Any) -> tuple[np.ndarray, ...]:
    """Return one new float array of spike times a unit."""
    if isinstance(spikes, str | bytes | Mapping) or not isinstance(spikes, Iterable):
        raise _not_trains(shown(spikes))
    if isinstance(spikes, np.ndarray) and not spikes.ndim:
        raise _not_trains("a single value")
    trains = []
    for i, train in enumerate(spikes):
        array = real_array(train)
        if array is None:
            raise _not_trains(f"{shown(train)} for unit {i}")
        if array.ndim != 1 and array.size:
            raise _not_trains(f"{'one number' if not array.ndim else f'shape {array.shape}'} for unit {i}")
        trains.append(array.reshape(-1))
    if not trains:
        raise InputError(
            "spikes", expected="at least one unit", got="none", remedy="Give one array of spike times a unit."
        )
    return tuple(trains)


def as_span(trains: Sequence[np.ndarray], labels: Sequence[str], start: Any, duration: Any) -> np.ndarray:
    """Return the one segment [start, start + duration) and check that it holds all spikes."""
    begin = finite(start, "start")
    last = max((float(train[-1]) for train in trains if train.size), default=begin)
    if duration is None:
        if last <= begin:
            raise InputError(
                "spikes",
                expected=f"a spike after the start ({begin:g} s), or a duration",
                got="an empty recording",
                remedy="Give duration=... in s if nothing fired, or check the spike times.",
            )
        stop = float(np.nextafter(last, np.inf))  # half open: the last spike lies in it
    else:
        length = positive(duration, "duration", "s", "Give the length of the recording in s.")
        stop = finite(begin + length, "duration")
        if stop <= begin:
            raise InputError(
                "duration",
                expected=f"a length that can be told apart from 0 at {begin:.12g} s",
                got=f"{length:g} s",
                remedy=CLOCK,
            )
    for train, label in zip(trains, labels, strict=True):
        outside = train[(train < begin) | (train > stop)]
        if outside.size:
            raise InputError(
                f"spikes, unit {label!r}",
                expected=f"times from {begin:.6g} to {stop:.6g} s",
                got=f"{float(outside[0]):.6g} s",
                remedy="Times are seconds (divide samples by the rate); else adjust `start` and `duration`.",
            )
    return np.array([[begin, stop]])


def ascending(trains: Sequence[np.ndarray], labels: Sequence[str]) -> None:
    """Refuse missing and unsorted spike times."""
    for train, label in zip(trains, labels, strict=True):
        if not np.isfinite(train).all():
            place = int(np.flatnonzero(~np.isfinite(train))[0])
            raise InputError(
                f"spikes, unit {label!r}, spike {place}",
                expected="a time in s",
                got=repr(float(train[place])),
                remedy="Remove it.",
            )
        not_too_late(train, f"spikes, unit {label!r}")
        back = np.flatnonzero(np.diff(train) < 0)
        if back.size:
            place = int(back[0]) + 1
            raise InputError(
                f"spikes, unit {label!r}, spike {place}",
                expected="ascending times",
                got=f"{train[place]:.6g} s after {train[place - 1]:.6g} s",
                remedy="Sort them with numpy.sort if their order has no meaning; else check that these are times.",
            )


def _pairs(segments: Any, unit: str) -> np.ndarray:
    raw = real_array(segments)
    if raw is None or raw.ndim != 2 or raw.shape[1] != 2 or not len(raw) or not np.isfinite(raw).all():
        good = raw is not None and bool(np.isfinite(raw).all())
        raise InputError(
            "segments",
            expected=f"rows of (start, stop) in {unit}",
            got=shown(segments) if raw is None else f"shape {raw.shape}" if good else "missing values",
            remedy="For example [[0, 100], [100, 250]].",
        )
    return raw


def _in_order(raw: np.ndarray) -> None:
    for i, (begin, stop) in enumerate(raw):
        if stop <= begin:
            raise InputError(
                f"segments, row {i}",
                expected="a stop after the start",
                got=f"{begin:g} to {stop:g}",
                remedy="Remove or mend it.",
            )
        if i and begin < raw[i - 1, 1]:
            raise InputError(
                f"segments, row {i}",
                expected=f"a start at or after the stop before it ({raw[i - 1, 1]:g})",
                got=f"{begin:g}",
                remedy="Segments must ascend and not overlap.",
            )


def _not_trains(got: str) -> InputError:
    return InputError(
        "spikes",
        expected="one array of spike times in s for each unit",
        got=got,
        remedy="For example [[0.12, 0.58], [0.33]] for two units.",
    )
