"""Units pooled into fewer: by where they are, by what they do, by both, or by given names.

Conventions: positions keep their shape in space: one scale for all axes, so that a distance along one counts as much
as along another. Activity is compared by correlation: the squared distance of two units is 2 (1 - r) over all samples
within segments. "both" adds the two, each divided by its total variance, in stated parts. Pools are in the order of
their first units, so that the same pools always have the same numbers. Nothing in time changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, cast

import numpy as np

from .._checks import as_number, choose, did_you_mean
from .._errors import CostError, InputError
from .._provenance import FrozenDict
from .binning import bin_recording
from .kmeans import by_first, kmeans
from .recording import Recording
from .steps import as_recording, packed_segments, stretches, units_named

MEASURED = ("position", "activity", "both")
MOST_UNITS = 4000  # whose correlations are compared: 128 MB, and half a minute
WAYS = {"traces": ("mean", "sum"), "counts": ("sum", "mean", "any"), "spikes": ("sum",)}  # the first is the default


def pool(
    recording: Recording,
    n: int | None = None,
    *,
    by: Any = "position",
    weight: float = 0.5,
    how: str | None = None,
    width: float | None = None,
    rng: int | np.random.Generator = 0,
    restarts: int = 10,
) -> Recording:
    """Pool the units into `n` groups (ensembles) that become the units of a new recording.

    Parameters
    ----------
    recording : Recording
        Traces, counts or spike times.
    n : int, optional
        Number of pools; not needed where `by` names them.
    by : {"position", "activity", "both"}, name of a property, or sequence of str, shape (unit,)
        "position": k-means of the property "position". "activity": k-means of the correlations between units.
        "both": of the two together. The name of another property, such as "area", or one name a unit: these are the
        pools.
    weight : float
        Share of the activity in "both", from 0 (position alone) to 1.
    how : {"mean", "sum", "any"}, optional
        What a pool's value is. Default: the mean of traces, the sum of counts. "any": 1 where any member of the pool
        has a count. Spike trains are merged.
    width : float, s, optional
        Bin in which activities are compared; needed for spike times. Default: the recording's own samples.
    rng : int or numpy Generator
        Of the k-means seeds; the same number gives the same pools.
    restarts : int
        Of the k-means; the best is taken, and a note says how many found it.

    Returns
    -------
    Recording
        Pools as units, in memory; a file is read in stretches. Its properties: "members" (labels, parted by commas:
        ``recording.select(pools.properties["members"][0])``), "size", "position" (the members' mean) where known,
        and each property that is one and the same within every pool.

    Raises
    ------
    InputError
        No positions, more pools than units or places, a unit whose activity doesn't vary, names that don't fit.
    CostError
        Activity of more than 4000 units.

    Examples
    --------
    >>> where = {"position": [[0.0, 0.0], [9.0, 9.0], [1.0, 0.0]]}
    >>> rec = Recording([[1.0, 5.0, 3.0], [2.0, 7.0, 2.0]], 10.0, ["A", "B", "C"], properties=where)
    >>> pools = pool(rec, 2)
    >>> pools.values.tolist(), pools.properties["members"].tolist()
    ([[2.0, 5.0], [2.0, 7.0]], ['A,C', 'B'])
    """
    recording = as_recording(recording)
    way = WAYS[recording.kind][0] if how is None else choose(how, WAYS[recording.kind], f"how, for {recording.kind}")
    if isinstance(by, str) and by in MEASURED:
        number = _as_number_of_pools(n, recording.n_units)
        points = _points(recording, by, weight, width, number)
        found = kmeans(points, number, rng=_as_rng(rng), restarts=_as_whole(restarts, "restarts", 1))
        cluster = found.cluster
        names = tuple(f"pool{i}" for i in range(number))
        draw = f"rng {rng}" if isinstance(rng, int | np.integer) else "a generator of the caller's"
        what = f"{by} (activity {weight:g})" if by == "both" else by
        what += "" if width is None or by == "position" else f", activity in bins of {width:g} s"
        what += f" (k-means, {draw}; best found by {found.found} of {restarts} restarts; {found.explained:.1%} of the "
        what += "variance lies between pools)"
    else:
        cluster, names, what = _named(recording, by, n)
    members = [np.flatnonzero(cluster == i) for i in range(len(names))]
    sizes = [len(m) for m in members]
    made = {"sum": "merged" if recording.kind == "spikes" else "added up", "mean": "averaged", "any": "joined by OR"}
    note = (
        f"{recording.n_units} units pooled into {len(names)} of {min(sizes)} to {max(sizes)} by {what}; "
        f"members {made[way]}"
    )
    changes: dict[str, Any] = {
        "labels": names,
        "properties": _properties(recording, members),
        "notes": (*recording.notes, note),
    }
    if recording.spikes is not None:
        trains = recording.spikes
        merged = tuple(np.sort(np.concatenate([trains[i] for i in m]), kind="stable") for m in members)
        return recording._with(spikes=merged, **changes)
    kind: Literal["traces", "counts"] = "counts" if recording.kind == "counts" and way != "mean" else "traces"
    return recording._with(
        kind=kind,
        table=_pooled(recording, members, way),
        on_disk=None,
        segments=packed_segments(recording),
        **changes,
    )


def _pooled(recording: Recording, members: Sequence[np.ndarray], way: str) -> np.ndarray:
    """Return the pools' values within segments, shape (time, pool)."""
    dtype = cast(Any, recording.on_disk if recording._table is None else recording._table).dtype
    table = np.empty((recording.n_samples, len(members)), dtype)
    for (begin, stop), (place, _) in zip(recording.segments.tolist(), packed_segments(recording).tolist(), strict=True):
        for first, block in recording.blocks(begin, stop):
            at = place + first - begin
            for low, high in stretches(0, len(block), recording.n_units):
                for unit, chosen in enumerate(members):
                    part = block[low:high, chosen].astype(np.float64)
                    value = part.any(axis=1) if way == "any" else part.sum(axis=1)
                    table[at + low : at + high, unit] = value / len(chosen) if way == "mean" else value
    return table


def _properties(recording: Recording, members: Sequence[np.ndarray]) -> FrozenDict:
    """Return what is known of the pools."""
    known: dict[str, Any] = {
        "members": np.array([",".join(recording.labels[i] for i in m) for m in members]),
        "size": np.array([len(m) for m in members]),
    }
    for name, rows in recording.properties.items():
        if name == "position":
            known[name] = np.array([rows[m].astype(np.float64).mean(axis=0) for m in members])
        elif name not in known and all((rows[m] == rows[m[0]]).all() for m in members):
            known[name] = rows[[m[0] for m in members]]
    return FrozenDict(known)


def _named(recording: Recording, by: Any, n: int | None) -> tuple[np.ndarray, tuple[str, ...], str]:
    """Return (pool of every unit, names, what they are) of pools that are given."""
    if isinstance(by, str):
        others = [name for name in recording.properties if name != "position"]
        if by not in others:
            options = [*MEASURED, *others]
            raise InputError(
                "by",
                expected="'position', 'activity', 'both', the name of a property, or one name a unit",
                got=repr(by),
                remedy=did_you_mean(by, options),
            )
        rows, what = recording.properties[by], f"{by!r}"
    else:
        try:
            rows, what = np.array([str(name) for name in by]), "given names"
        except TypeError:
            rows, what = np.array([]), ""
    if rows.shape != (recording.n_units,):
        raise InputError(
            "by" if not isinstance(by, str) else f"by, property {by!r}",
            expected=f"{recording.n_units} names, one a unit",
            got=f"shape {rows.shape}" if what else repr(by),
            remedy="Give the pool of each unit, in the order of the units.",
        )
    cluster = by_first(rows)
    names = tuple(str(rows[np.argmax(cluster == i)]).strip() for i in range(cluster.max() + 1))
    if n is not None and n != len(names):
        raise InputError("n", expected=f"{len(names)}, the number of names", got=repr(n), remedy="Leave `n` out.")
    if "" in names or len(set(names)) < len(names):
        empty = units_named(recording.labels, [int(np.argmax(cluster == names.index("")))]) if "" in names else ""
        raise InputError(
            "by",
            expected="a name for every unit, different for different pools",
            got=f"an empty one for {empty}" if empty else "names that differ by spaces only",
            remedy="Name all, for example 'other', or leave those units out with recording.select.",
        )
    return cluster, names, what


def _points(recording: Recording, by: str, weight: Any, width: float | None, n: int) -> np.ndarray:
    """Return units as points whose squared distances are what k-means goes by, shape (unit, dimension)."""
    share = as_number(weight, "weight", low=0.0, high=1.0)
    parts = []
    if by != "activity":
        place = _positions(recording)
        different = len(np.unique(place, axis=0))
        if by == "position" and n > different:
            raise InputError(
                "n",
                expected=f"at most {different} pools: so many positions differ",
                got=str(n),
                remedy="Take fewer pools, or by='both'.",
            )
        parts.append((1.0 - share if by == "both" else 1.0, place))
    if by != "position":
        parts.append((share if by == "both" else 1.0, _activity(recording, width)))
    columns = []
    for part, values in parts:
        centred = values - values.mean(axis=0)
        variance = float((centred**2).sum(axis=1).mean())
        columns.append(centred * np.sqrt(part / variance) if variance > 0 else centred)
    return np.hstack(columns)


def _positions(recording: Recording) -> np.ndarray:
    """Return the units' positions, shape (unit, 2 or 3)."""
    place = recording.properties.get("position")
    if place is None:
        known = ", ".join(map(repr, recording.properties)) or "nothing"
        raise InputError(
            "position",
            expected="a recording whose units have positions",
            got=f"one where {known} is known of them",
            remedy=(
                'Give them: Recording(values, rate, properties={"position": xy}), xy of shape (unit, 2 or 3), in um; '
                "or pool by='activity', or by names."
            ),
        )
    if place.dtype.kind not in "iuf" or place.ndim != 2:
        raise InputError(
            "position",
            expected="one row of 2 or 3 numbers a unit",
            got=f"{place.dtype} of shape {place.shape}",
            remedy="Give them in um.",
        )
    missing = np.flatnonzero(~np.isfinite(place).all(axis=1)).tolist()
    if missing:
        raise InputError(
            "position",
            expected="a finite position of every unit",
            got=f"none for {units_named(recording.labels, missing)}",
            remedy="Leave those units out with recording.select.",
        )
    return place.astype(np.float64)


def _activity(recording: Recording, width: float | None) -> np.ndarray:
    """Return points whose squared distances are 2 (1 - r), r the correlation of two units, shape (unit, dimension)."""
    if recording.n_units > MOST_UNITS:
        raise CostError(
            "by",
            expected=f"at most {MOST_UNITS} units to compare by activity",
            got=str(recording.n_units),
            remedy="Pool them by position first, or choose units.",
        )
    if width is not None:
        recording = bin_recording(recording, width)
    elif recording.spikes is not None:
        raise InputError(
            "width",
            expected="the width of a bin in s, to compare spike times by activity",
            got="none",
            remedy="For example width=0.1.",
        )
    values, vectors = np.linalg.eigh(_correlations(recording))
    kept = values > values[-1] * len(values) * np.finfo(np.float64).eps
    return vectors[:, kept] * np.sqrt(values[kept])


def _correlations(recording: Recording) -> np.ndarray:
    """Return the correlation of every two units over all samples within segments, read in stretches."""
    n = recording.n_units
    sums, products = np.zeros(n), np.zeros((n, n))
    least, most = np.full(n, np.inf), np.full(n, -np.inf)
    shift = np.zeros(n)  # near the mean, so that little is lost in the difference below
    for begin, stop in recording.segments.tolist():
        for _, block in recording.blocks(begin, stop):
            for low, high in stretches(0, len(block), n):
                part = block[low:high].astype(np.float64)
                if np.isinf(least[0]):
                    shift = part.mean(axis=0)
                least, most = np.minimum(least, part.min(axis=0)), np.maximum(most, part.max(axis=0))
                part -= shift
                sums += part.sum(axis=0)
                products += part.T @ part
    mean = sums / recording.n_samples
    covariance = products / recording.n_samples - np.outer(mean, mean)
    variance = np.diag(covariance)
    still = np.flatnonzero((least == most) | ~(variance > 0)).tolist()
    if still:
        raise InputError(
            "by",
            expected="units whose activity varies",
            got=f"the same value throughout for {units_named(recording.labels, still)}",
            remedy="Leave them out with recording.select, or pool by='position'.",
        )
    scale = np.sqrt(variance)
    return covariance / np.outer(scale, scale)


def _as_number_of_pools(n: Any, units: int) -> int:
    if n is None:
        raise InputError("n", expected="the number of pools", got="none", remedy="For example pool(recording, 32).")
    return _as_whole(n, "n", 1, units, f"The recording has {units} units.")


def _as_whole(value: Any, where: str, low: int, high: int | None = None, remedy: str = "Give a whole number.") -> int:
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or value < low or (high is not None and value > high):
        limits = f"from {low} to {high}" if high is not None else f">= {low}"
        raise InputError(where, expected=f"a whole number {limits}", got=repr(value), remedy=remedy)
    return int(value)


def _as_rng(rng: Any) -> np.random.Generator:
    if isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, bool) or not isinstance(rng, int | np.integer) or rng < 0:
        raise InputError(
            "rng", expected="a whole number >= 0, or a numpy Generator", got=repr(rng), remedy="Try rng=0."
        )
    return np.random.default_rng(int(rng))
