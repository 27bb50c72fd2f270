"""Neighbourhoods of growing radius: the same statistic over more and more of space.

Conventions. Positions are of any dimension, in any unit of length (um); distance is Euclidean. A neighbourhood holds
all units at most `radius` from its centre, the centre unit itself too. One that has fewer than `least` excitatory or
inhibitory units is passed over. Neighbourhoods with the same units count once: at large radii all centres see the same.
They overlap, so their values aren't independent; only the mean over centres is given a spread, not an interval.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._checks import as_whole
from .._errors import InputError
from ._series import read_only


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """Units near a centre.

    Attributes
    ----------
    radius : float, unit of the positions
    centre : ndarray, shape (dimensions,)
    units : ndarray of int
        Ascending indices.
    """

    radius: float
    centre: np.ndarray
    units: np.ndarray

    def __repr__(self) -> str:
        return f"{len(self.units)} units within {self.radius:g} of {np.round(self.centre, 3).tolist()}"


@dataclass(frozen=True, eq=False)
class OverSpace:
    """A statistic over neighbourhoods of growing radius; arrays have shape (radii,).

    Attributes
    ----------
    radii : ndarray, unit of the positions
    mean, deviation : ndarray
        Over neighbourhoods with a value; NaN where there is none, or only one for the deviation.
    count : ndarray of int
        Neighbourhoods with a value.
    units : ndarray
        Mean number of units in them.
    """

    radii: np.ndarray
    mean: np.ndarray
    deviation: np.ndarray
    count: np.ndarray
    units: np.ndarray

    @property
    def headline(self) -> float:
        """Mean at the largest radius that has one less that at the smallest: what space adds."""
        known = np.flatnonzero(np.isfinite(self.mean))
        return float(self.mean[known[-1]] - self.mean[known[0]]) if known.size else np.nan

    def __repr__(self) -> str:
        rows = zip(self.radii, self.mean, self.deviation, self.count, self.units, strict=True)
        return "\n".join(f"within {r:g}: {m:.4f} +- {d:.4f} ({c} of {u:.1f} units)" for r, m, d, c, u in rows)


def neighbourhoods(
    positions: Any, *, inhibitory: Any, radii: Any, centres: Any = None, least: int = 1
) -> Iterator[Neighbourhood]:
    """Return an iterator over neighbourhoods, radius by radius.

    Parameters
    ----------
    positions : array_like, shape (units, dimensions)
        For example um.
    inhibitory : array_like of bool, shape (units,)
    radii : array_like, ascending, unit of the positions
    centres : array_like, shape (centres, dimensions), optional
        Default: every unit's position.
    least : int
        Units of each class that a neighbourhood must have.

    Yields
    ------
    Neighbourhood

    Raises
    ------
    InputError
        No positions, or missing ones; labels or radii that don't fit.

    Examples
    --------
    >>> places = [[0.0], [1.0], [5.0]]
    >>> [n.units.tolist() for n in neighbourhoods(places, inhibitory=[False, True, True], radii=[2, 9])]
    [[0, 1], [0, 1, 2]]
    """
    places = _as_positions(positions)
    labels = np.asarray(inhibitory)
    if labels.dtype != bool or labels.shape != (len(places),):
        raise InputError(
            "inhibitory",
            expected=f"{len(places)} bools, one a unit with a position",
            got=f"shape {labels.shape} of {labels.dtype}",
            remedy="Give True for each inhibitory unit.",
        )
    reach = np.atleast_1d(np.asarray(radii, dtype=np.float64))
    if reach.ndim != 1 or not reach.size or not np.isfinite(reach).all() or (np.diff(reach) <= 0).any() or reach[0] < 0:
        raise InputError(
            "radii", expected="ascending numbers >= 0", got=repr(radii), remedy="For example radii=[100, 200, 400]."
        )
    least = as_whole(least, "least", 1, of="units")
    middles = places if centres is None else np.atleast_2d(np.asarray(centres, dtype=np.float64))
    if middles.ndim != 2 or middles.shape[1] != places.shape[1] or not np.isfinite(middles).all():
        raise InputError(
            "centres",
            expected=f"finite points of {places.shape[1]} dimensions",
            got=f"shape {middles.shape}",
            remedy="Give centres as positions are given.",
        )
    apart = np.sqrt(((middles[:, None, :] - places[None, :, :]) ** 2).sum(axis=2))
    return _walk(middles, apart, labels, reach, least)


def over_neighbourhoods(
    function: Callable[[np.ndarray], float],
    positions: Any,
    *,
    inhibitory: Any,
    radii: Any,
    centres: Any = None,
    least: int = 1,
    most: int | None = None,
) -> OverSpace:
    """Return a statistic averaged over neighbourhoods, radius by radius.

    Parameters
    ----------
    function : callable
        From ascending indices of units to one number, NaN where it has none; for example
        ``lambda units: exchange_test(counts[:, units], inhibitory[units], rng=0).effect``.
    positions, inhibitory, radii, centres, least
        As for :func:`neighbourhoods`.
    most : int, optional
        Neighbourhoods a radius, evenly spread among those there are in order of their centres.

    Returns
    -------
    OverSpace

    Examples
    --------
    >>> found = over_neighbourhoods(len, [[0.0], [1.0], [5.0]], inhibitory=[False, True, True], radii=[2, 9])
    >>> found.mean.tolist(), found.count.tolist()
    ([2.0, 3.0], [1, 1])
    """
    most = None if most is None else as_whole(most, "most", 1)
    by_radius: dict[float, list[Neighbourhood]] = {}
    for near in neighbourhoods(positions, inhibitory=inhibitory, radii=radii, centres=centres, least=least):
        by_radius.setdefault(near.radius, []).append(near)
    reach = np.atleast_1d(np.array(radii, dtype=np.float64))
    mean, deviation, units = (np.full(len(reach), np.nan) for _ in range(3))
    count = np.zeros(len(reach), dtype=np.int64)
    for place, radius in enumerate(reach.tolist()):
        group = by_radius.get(radius, [])
        if most is not None and len(group) > most:
            group = [group[k] for k in np.linspace(0, len(group) - 1, most).round().astype(int)]
        values = np.array([float(function(near.units)) for near in group])
        known = np.isfinite(values)
        count[place] = known.sum()
        if known.any():
            mean[place] = values[known].mean()
            units[place] = np.mean([len(near.units) for near, fit in zip(group, known, strict=True) if fit])
        if known.sum() > 1:
            deviation[place] = values[known].std(ddof=1)
    read_only(reach, mean, deviation, count, units)
    return OverSpace(reach, mean, deviation, count, units)


def _walk(
    middles: np.ndarray, apart: np.ndarray, labels: np.ndarray, reach: np.ndarray, least: int
) -> Iterator[Neighbourhood]:
    for radius in reach.tolist():
        seen: set[bytes] = set()
        for middle, distance in zip(middles, apart, strict=True):
            near = distance <= radius
            inside = int((near & labels).sum()), int((near & ~labels).sum())
            key = np.packbits(near).tobytes()
            if min(inside) >= least and key not in seen:
                seen.add(key)
                yield Neighbourhood(radius, middle, np.flatnonzero(near))


def _as_positions(positions: Any) -> np.ndarray:
    remedy = "Give `positions` (units, dimensions), for example in um; spatial scale can't be asked for without them."
    if positions is None:
        raise InputError("positions", expected="where the units are", got="none", remedy=remedy)
    try:
        places = np.asarray(positions, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError("positions", expected="numbers", got=str(error), remedy=remedy) from error
    if places.ndim != 2 or not places.size:
        raise InputError("positions", expected="shape (units, dimensions)", got=f"shape {places.shape}", remedy=remedy)
    lost = np.flatnonzero(~np.isfinite(places).all(axis=1))
    if lost.size:
        raise InputError(
            "positions",
            expected="a place for every unit",
            got=f"none for {lost.size} of {len(places)}, first unit {lost[0]}",
            remedy="Leave units without a place out, of `positions`, `inhibitory` and the counts alike.",
        )
    return places
