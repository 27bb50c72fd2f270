"""All nulls by name, what each keeps and destroys, and the ways to ask for one or for many."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from .._checks import choose, did_you_mean
from .._errors import InputError
from .dithering import dither
from .forms import Data
from .intervals import isi_permutation
from .phases import phase_randomise
from .rotation import circular_shift
from .shuffling import time_shuffle
from .streams import as_seed, draw_rng

Form = Literal["sampled", "trains"]


@dataclass(frozen=True)
class Method:
    """A null.

    Attributes
    ----------
    name : str
    function : callable
        ``function(data, segments, *, rng, **settings)``.
    forms : tuple of {"sampled", "trains"}
        The forms of data it takes.
    keeps, destroys : str
        What of the data is in its surrogates, and what is not.
    """

    name: str
    function: Callable[..., Any]
    forms: tuple[Form, ...]
    keeps: str
    destroys: str

    @property
    def settings(self) -> dict[str, Any]:
        """Names of the settings of its own and their defaults; `inspect.Parameter.empty` for one that must be given.

        >>> METHODS["time_shuffle"].settings
        {'within': 'all', 'together': False}
        """
        parameters = inspect.signature(self.function).parameters.values()
        return {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY and p.name != "rng"}


METHODS: Mapping[str, Method] = MappingProxyType(
    {
        method.name: method
        for method in (
            Method(
                "circular_shift",
                circular_shift,
                ("sampled", "trains"),
                keeps=(
                    "each unit's values or spikes in their order: rate, distribution, autocorrelation and inter-spike "
                    "intervals, but for a break where the end meets the start and at edges of segments"
                ),
                destroys="timing between units, and between units and stimuli or trials",
            ),
            Method(
                "time_shuffle",
                time_shuffle,
                ("sampled", "trains"),
                keeps=(
                    "each unit's distribution of values, or number of spikes; with together=True the patterns across "
                    "units, and how often each occurs"
                ),
                destroys="all order in time; with together=False also all relations between units",
            ),
            Method(
                "isi_permutation",
                isi_permutation,
                ("trains",),
                keeps=(
                    "number of spikes of each unit in each segment, and its inter-spike intervals; with pool='pooled' "
                    "the intervals of all units together, but for units dealt more than the segment holds"
                ),
                destroys="order of the intervals (changes of rate, bursts), and timing between units",
            ),
            Method(
                "dither",
                dither,
                ("trains",),
                keeps="number of spikes of each unit in each segment, and changes of rate slower than the width",
                destroys="coincidences between units, and inter-spike intervals, finer than the width",
            ),
            Method(
                "phase_randomise",
                phase_randomise,
                ("sampled",),
                keeps=(
                    "each unit's mean, power spectrum and circular autocorrelation in each segment; with common=True "
                    "cross-spectra between units too"
                ),
                destroys=(
                    "everything non-linear and the distribution of values; with common=False also all relations "
                    "between units"
                ),
            ),
        )
    }
)


def surrogate(data: Data, segments: Any, method: str, *, rng: int | np.random.Generator, **settings: Any) -> Data:
    """Return one surrogate by the name of its method.

    Parameters
    ----------
    data : array, shape (time, unit), or tuple or list of arrays of ascending spike times in s
    segments : array_like, shape (segment, 2)
        Half open; sample indices, or s for spike trains.
    method : str
        A name in :data:`METHODS`.
    rng : int or numpy Generator
        Seed or source of randomness.
    **settings
        Those of the method, such as ``width=0.005`` for "dither".

    Returns
    -------
    array, tuple or list
        As `data`.

    Raises
    ------
    InputError
        Unknown method or setting (near names are offered), a form of data that the method doesn't take, or whatever
        the method itself refuses.

    Examples
    --------
    >>> null = surrogate(([0.1, 0.4], [0.2]), [[0.0, 1.0]], "dither", rng=0, width=0.01)
    >>> [len(train) for train in null]
    [2, 1]
    """
    return _chosen(method, settings).function(data, segments, rng=rng, **settings)


def draws(
    data: Data, segments: Any, method: str, *, n: int, rng: int | np.random.Generator, **settings: Any
) -> Iterator[Data]:
    """Return an iterator over `n` surrogates, each made when it is asked for.

    With a seed, surrogate i is ``surrogate(data, segments, method, rng=draw_rng(seed, i), **settings)``: the same
    whatever `n` is and whichever worker makes it. Draws with one seed are not independent of draws with the same seed
    by another method.

    Parameters
    ----------
    data, segments, method, **settings
        As for :func:`surrogate`.
    n : int
        How many.
    rng : int or numpy Generator
        Seed; a Generator gives one, and moves on by one number.

    Returns
    -------
    iterator
        Of surrogates. Names and numbers are checked at once, the data with the first surrogate.

    Raises
    ------
    InputError
        As for :func:`surrogate`, or `n` is no whole number >= 0.

    Examples
    --------
    >>> data = np.arange(10)[:, None]
    >>> few, many = (list(draws(data, [[0, 10]], "time_shuffle", n=n, rng=3)) for n in (2, 5))
    >>> len(many), np.array_equal(few[1], many[1]), np.array_equal(many[0], many[1])
    (5, True, False)
    """
    _chosen(method, settings)
    if not isinstance(n, int | np.integer) or isinstance(n, bool) or n < 0:
        raise InputError(
            "n", expected="a whole number >= 0", got=repr(n), remedy="Give the number of surrogates, for example n=200."
        )
    seed = int(rng.integers(2**63)) if isinstance(rng, np.random.Generator) else as_seed(rng)
    return (surrogate(data, segments, method, rng=draw_rng(seed, i), **settings) for i in range(n))


def _chosen(method: Any, settings: Mapping[str, Any]) -> Method:
    """Return the method, which must know the settings and have all that it needs."""
    chosen = METHODS[choose(method, tuple(METHODS), "method")]
    known = chosen.settings
    for name in settings:
        if name not in known:
            raise InputError(
                f"settings of {chosen.name}",
                expected="settings that it has",
                got=repr(name),
                remedy=did_you_mean(name, tuple(known)),
            )
    missing = [name for name, default in known.items() if default is inspect.Parameter.empty and name not in settings]
    if missing:
        raise InputError(
            f"settings of {chosen.name}",
            expected=f"a value for {missing[0]!r}",
            got="none",
            remedy=f"Give {missing[0]}=...; it has no default.",
        )
    return chosen
