"""Labelled arrays of xarray: a DataArray with a dimension `time` and one of units.

Takes: dimensions in either order, one alone is one unit; coordinate `time` in s (or timedelta64), even, a gap in it
parts two segments; without it attrs["rate"] or `rate` (Hz). Labels: the coordinate of the other dimension; further
coordinates along it become properties. attrs["kind"] and ["source"] as :meth:`.Recording.to_xarray` writes them. Arrays
that aren't in memory (dask, netCDF) can stay where they are. Ignores: other attributes and coordinates along time.
"""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial
from typing import Any

import numpy as np

from .._checks import did_you_mean
from .._errors import InputError
from . import validation as check
from .objects_times import columns_of, even_stretches, kind_of, no_spikes_kind
from .on_disk import OnDisk, in_memory_or_not
from .recording import SAMPLED_KINDS, Recording
from .timing import warn
from .wishes import Wishes

NAME = "xarray DataArray with dimensions time and unit"
TIME = "time"
AGREE = 0.01  # relative; beyond it two rates differ


def recognise(source: Any) -> bool:
    """Has it what a DataArray or Dataset has?"""
    return all(hasattr(source, name) for name in ("dims", "coords", "isel"))


def read(source: Any, wish: Wishes) -> Recording:
    """Make a recording of it."""
    what = "a DataArray of xarray"
    wish.only("rate", "units", "labels", "kind", "start", "lazy", what=what)
    no_spikes_kind(wish.kind, what)
    if hasattr(source, "data_vars"):
        names = ", ".join(map(repr, source.data_vars)) or "none"
        raise InputError(
            "source",
            expected="one array of the Dataset",
            got="a Dataset",
            remedy=f"Name one: dataset[...] with {names}.",
        )
    dims = [str(dim) for dim in source.dims]
    if TIME not in dims or len(dims) > 2:
        raise InputError(
            "source",
            expected="a DataArray with the dimensions time and unit",
            got=f"the dimensions {', '.join(dims) or 'none'}",
            remedy=f"{did_you_mean(TIME, dims)} Rename it with array.rename({{...: 'time'}}), and choose one of others."
            if dims
            else "Check the array.",
        )
    if source.dtype.kind not in "biuf":
        raise InputError("source", expected="real numbers", got=str(source.dtype), remedy="Convert the array first.")
    unit = next((dim for dim in source.dims if dim != TIME), None)
    count = 1 if unit is None else int(source.sizes[unit])
    rate, segments, onsets, notes = _clock(source, wish)
    properties, labels = {}, wish.labels
    if unit is not None:
        names = [n for n in source.coords if n != unit and source.coords[n].dims == (unit,)]
        properties = columns_of([str(n) for n in names], lambda n: source.coords[n].values, count)
        if labels is None and unit in source.coords:
            words = [str(name) for name in source.coords[unit].values]
            labels = [f"u{word}" if word.isdecimal() else word for word in words]
    values = _values(source, unit, count, wish, notes)
    kind = wish.kind or source.attrs.get("kind")
    if kind not in SAMPLED_KINDS:
        kind = kind_of(values, None, notes) if isinstance(values, np.ndarray) else "traces"
    made = Recording(
        values,
        rate,
        labels,
        kind=kind,
        segments=segments,
        onsets=onsets,
        properties=properties,
        source=str(source.attrs.get("source") or source.name or "DataArray"),
        notes=notes,
    )
    return wish.finish(made)


def _clock(source: Any, wish: Wishes) -> tuple[float, np.ndarray, np.ndarray, list[str]]:
    """Return rate, segments, onsets and notes, from the coordinate or the rate that is told."""
    told = wish.rate if wish.rate is not None else source.attrs.get("rate")
    size = int(source.sizes[TIME])
    if TIME not in source.coords:
        if told is None:
            raise InputError(
                "rate",
                expected="the sampling rate in Hz",
                got="none: the array has neither a coordinate time nor attrs['rate']",
                remedy="Give rate=..., or array.assign_coords(time=times in s).",
            )
        rate = check.positive(told, "rate", "Hz", "For a sample every 0.6 s give rate=1 / 0.6.")
        notes = [] if wish.rate is not None else [f"rate {rate:.6g} Hz from attrs['rate']"]
        return rate, np.array([[0, size]]), np.array([wish.start or 0.0]), notes
    times = np.asarray(source.coords[TIME].values)
    if times.dtype.kind == "m":
        times = times / np.timedelta64(1, "s")
    if times.dtype.kind not in "biuf":
        raise InputError(
            "time",
            expected="a coordinate in s",
            got=str(times.dtype),
            remedy="Subtract the first time: array.assign_coords(time=array.time - array.time[0]).",
        )
    times = times.astype(np.float64)
    if size == 1 and told is not None:
        rate = check.positive(told, "rate", "Hz", "For a sample every 0.6 s give rate=1 / 0.6.")
        segments, onsets, notes = np.array([[0, 1]]), times, []
    else:
        rate, segments, onsets, notes = even_stretches(times, "time")
    if told is not None:
        hertz = check.positive(told, "rate", "Hz", "For a sample every 0.6 s give rate=1 / 0.6.")
        if abs(hertz - rate) > AGREE * hertz:
            warn(f"time: the rate is {hertz:g} Hz, but the coordinate says {rate:.6g} Hz; {hertz:g} Hz is used.")
        rate, notes = hertz, notes[1:]
    shift = 0.0 if wish.start is None else wish.start - float(onsets[0])
    return rate, segments, onsets + shift, notes


def _values(source: Any, unit: Any, count: int, wish: Wishes, notes: list[str]) -> np.ndarray | OnDisk:
    ordered = source.expand_dims("unit", axis=1) if unit is None else source.transpose(TIME, unit)
    # Private, but the only mark of arrays that a file backend reads on demand; without it all is read.
    waiting = ordered.chunks is not None or not getattr(ordered.variable, "_in_memory", True)
    if not waiting:
        if wish.lazy:
            notes.append("the array is in memory already")
        return np.asarray(ordered.values)
    slices = _Slices(ordered)
    table = OnDisk(partial(nullcontext, slices), (len(ordered), count), ordered.dtype, name=str(source.name or "array"))
    return in_memory_or_not(table, wish.lazy)


class _Slices:
    """A DataArray that is read where it is sliced."""

    def __init__(self, array: Any) -> None:
        self.array = array

    def __getitem__(self, key: slice | tuple[slice, slice]) -> np.ndarray:
        """Read samples, or samples and units, as slices."""
        return np.asarray(self.array[key].values)
