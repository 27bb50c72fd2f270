"""Surrogates of ensembles: spikes that keep something of the data and lose the relation a measure asks about.

Conventions: a surrogate is a :class:`.trains.Trains` of the same units, types, segments and numbers of spikes a unit.
Its random numbers follow from (seed, draw) alone, through ``surrogates.draw_rng``, so that draw 7 is the same whichever
worker makes it and however many there are. By default spikes move along *joined time*, all segments end to end: what
segments have in common (trials of one odour, a change from epoch to epoch) is lost with the rest. ``within="segment"``
keeps every segment's spikes in it, and so also the relation of E and I that lies between segments; "dither" always
does.

What the methods keep and destroy says :data:`NULLS`; "isi_pooled" is the published one. Under "circular_shift" and
"isi_unit" units lose their relations within an ensemble too, so the variance of E and of I falls with their
correlation; the null that touches nothing but E against I is "ensemble_shift". Counts stay whole samples.

References
----------
Dehghani et al. (2016) Sci. Rep. 6:23176 (permuted intervals of the pooled trains). Louis, Gerstein, Gruen & Diesmann
(2010) Front. Comput. Neurosci. 4:127 (dither, shift).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from .._checks import as_number, as_whole, choose, did_you_mean
from .._errors import InputError
from ..recordings.binning import EDGE_TOLERANCE
from ..surrogates import circular_shift, dither, draw_rng, isi_permutation
from ..surrogates.forms import WITHIN, joined_edges
from .trains import Trains


@dataclass(frozen=True)
class Null:
    """A null of ensembles.

    Attributes
    ----------
    name : str
    function : callable
        ``function(trains, rng, **settings)``.
    keeps, destroys : str
        What of the data is in its surrogates, and what is not.
    """

    name: str
    function: Callable[..., Trains]
    keeps: str
    destroys: str

    @property
    def settings(self) -> tuple[str, ...]:
        """Names of its settings."""
        parameters = inspect.signature(self.function).parameters.values()
        return tuple(p.name for p in parameters if p.kind is p.KEYWORD_ONLY)


def surrogate_trains(
    trains: Trains, method: str = "circular_shift", *, seed: int, draw: int, **settings: Any
) -> Trains:
    """Return one surrogate.

    Parameters
    ----------
    trains : Trains
    method : {"circular_shift", "ensemble_shift", "isi_pooled", "isi_unit", "dither"}
    seed, draw : int
        The surrogate follows from both and from nothing else.
    **settings
        ``within`` ("all" or "segment") for all but "dither" and "ensemble_shift"; ``min_shift`` in s (0) for the two
        shifts; ``width`` in s for "dither", which has no default.

    Returns
    -------
    Trains

    Raises
    ------
    InputError
        Unknown method or setting (near names are offered), or what the method itself refuses.

    Examples
    --------
    >>> trains = Trains.from_units([[0.1, 0.2, 0.9], [0.5]], [False, True], duration=1.0)
    >>> null = surrogate_trains(trains, "isi_pooled", seed=0, draw=3)
    >>> sorted(np.diff(null.times[~null.is_inhibitory]).round(6).tolist())
    [0.1, 0.7]
    """
    return _chosen(method, settings).function(trains, draw_rng(seed, draw), **settings)


def surrogate_draws(
    trains: Trains, method: str = "circular_shift", *, n: int, seed: int, **settings: Any
) -> Iterator[Trains]:
    """Return an iterator over surrogates 0 to n - 1, each made when it is asked for.

    >>> trains = Trains.from_units([[0.1, 0.2], [0.5]], [False, True], duration=1.0)
    >>> [len(null.times) for null in surrogate_draws(trains, n=2, seed=1)]
    [3, 3]
    """
    _chosen(method, settings)
    draws = range(as_whole(n, "n", 0, of="surrogates"))
    return (surrogate_trains(trains, method, seed=seed, draw=draw, **settings) for draw in draws)


def _chosen(method: Any, settings: Mapping[str, Any]) -> Null:
    null = NULLS[choose(method, tuple(NULLS), "method")]
    for name in settings:
        if name not in null.settings:
            raise InputError(
                f"settings of {null.name}",
                expected="settings that it has",
                got=repr(name),
                remedy=did_you_mean(name, null.settings),
            )
    return null


# -- the methods -------------------------------------------------------------------------------------------------


def _circular_shift(
    trains: Trains,
    rng: np.random.Generator,
    *,
    within: Literal["all", "segment"] = "all",
    min_shift: float = 0.0,
) -> Trains:
    return _rejoined(
        trains, circular_shift(trains.per_unit, trains.segments, rng=rng, min_shift=min_shift, within=within)
    )


def _isi_unit(trains: Trains, rng: np.random.Generator, *, within: Literal["all", "segment"] = "all") -> Trains:
    return _rejoined(trains, _permuted(trains, trains.per_unit, rng, within))


def _isi_pooled(trains: Trains, rng: np.random.Generator, *, within: Literal["all", "segment"] = "all") -> Trains:
    """Permute the intervals of each pooled train; its k-th spike stays the unit's that it was."""
    kinds = ~trains.is_inhibitory, trains.is_inhibitory
    times = _permuted(trains, tuple(trains.times[kind] for kind in kinds), rng, within)
    return _moved(trains, np.concatenate(times), np.concatenate([trains.unit[kind] for kind in kinds]))


def _permuted(
    trains: Trains, spikes: tuple[np.ndarray, ...], rng: np.random.Generator, within: str
) -> tuple[np.ndarray, ...]:
    if choose(within, WITHIN, "within") == "segment":
        return isi_permutation(spikes, trains.segments, rng=rng)
    total = float(joined_edges(trains.segments)[-1])
    return tuple(_part(trains, _laid_out(_join(trains, train), total, rng)) for train in spikes)


def _laid_out(joined: np.ndarray, total: float, rng: np.random.Generator) -> np.ndarray:
    """Return spikes with their intervals in another order, the first at a uniform time in what is left of `total`.

    What ``isi_permutation`` does in one segment, several times faster.
    """
    steps = rng.permutation(np.diff(joined))
    walked = np.concatenate([np.zeros(min(len(joined), 1)), np.cumsum(steps)])
    return walked + rng.random() * max(total - steps.sum(), 0.0)


def _dither(trains: Trains, rng: np.random.Generator, *, width: float = float("nan")) -> Trains:
    if trains.resolution:
        raise InputError(
            "method",
            expected="a null for counts",
            got="'dither', which moves spikes by less than a sample",
            remedy="Take 'circular_shift', 'ensemble_shift' or 'isi_pooled'.",
        )
    if isinstance(width, float) and np.isnan(width):
        raise InputError(
            "settings of dither",
            expected="a value for 'width', in s",
            got="none",
            remedy="Timing finer than the width is lost: for +-20 ms give width=0.02.",
        )
    return _rejoined(trains, dither(trains.per_unit, trains.segments, rng=rng, width=width))


def _ensemble_shift(trains: Trains, rng: np.random.Generator, *, min_shift: float = 0.0) -> Trains:
    """Rotate the inhibitory spikes together along joined time; excitatory ones stay."""
    total = float(joined_edges(trains.segments)[-1])
    least = as_number(min_shift, "min_shift", low=0.0)
    if 2.0 * least >= total:
        raise InputError(
            "min_shift",
            expected=f"less than half of all segments together ({total:g} s)",
            got=f"{least:g} s",
            remedy="Take a smaller min_shift (0 leaves every shift open).",
        )
    kind = trains.is_inhibitory
    joined = _join(trains, trains.times[kind]) + rng.uniform(least, total - least)
    times = trains.times.copy()
    times[kind] = _part(trains, np.where(joined >= total, joined - total, joined))
    return _moved(trains, times, trains.unit)


def _join(trains: Trains, times: np.ndarray) -> np.ndarray:
    """Return times along joined time, s."""
    segment = np.searchsorted(trains.segments[:, 0], times, side="right") - 1
    return joined_edges(trains.segments)[segment] + (times - trains.segments[segment, 0])


def _part(trains: Trains, joined: np.ndarray) -> np.ndarray:
    """Return times on the recording's clock from times along joined time, each inside a segment, s."""
    edges = joined_edges(trains.segments)
    segment = np.searchsorted(edges[1:-1], joined, side="right")
    begins, last = trains.segments[segment, 0], np.nextafter(trains.segments[segment, 1], -np.inf)
    return np.clip(begins + (joined - edges[segment]), begins, last)


def _rejoined(trains: Trains, spikes: tuple[np.ndarray, ...]) -> Trains:
    unit = np.repeat(np.arange(trains.n_units, dtype=trains.unit.dtype), [len(train) for train in spikes])
    return _moved(trains, np.concatenate(spikes), unit)


def _moved(trains: Trains, times: np.ndarray, unit: np.ndarray) -> Trains:
    """Return the surrogate; of counts, with every spike at the start of the sample it fell into."""
    if trains.resolution:
        begins = trains.segments[np.searchsorted(trains.segments[:, 0], times, side="right") - 1, 0]
        times = begins + np.floor((times - begins) / trains.resolution + EDGE_TOLERANCE) * trains.resolution
    return trains.moved(times, unit)


NULLS: Mapping[str, Null] = MappingProxyType(
    {
        null.name: null
        for null in (
            Null(
                "circular_shift",
                _circular_shift,
                keeps="each unit's rate, intervals and slow changes, but for a break where the end meets the start",
                destroys="timing between all units: of E against I, and within each ensemble",
            ),
            Null(
                "ensemble_shift",
                _ensemble_shift,
                keeps="each ensemble as it is, relations of its units included, but for a break where ends meet",
                destroys="timing of the excitatory against the inhibitory ensemble, and nothing else",
            ),
            Null(
                "isi_pooled",
                _isi_pooled,
                keeps="the intervals between successive spikes of the pooled E train, and of the pooled I train",
                destroys="the intervals' order: slow changes of each ensemble, and timing of E against I",
            ),
            Null(
                "isi_unit",
                _isi_unit,
                keeps="each unit's inter-spike intervals",
                destroys="the intervals' order (changes of rate, bursts), and timing between all units",
            ),
            Null(
                "dither",
                _dither,
                keeps="number of spikes of each unit in each segment, and all that is slower than the width",
                destroys="timing between units, and of intervals, finer than the width",
            ),
        )
    }
)
