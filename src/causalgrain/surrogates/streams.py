"""Streams of random numbers: from a seed, and one of its own for every draw of an ensemble.

Convention: the stream of a draw follows from the seed and the draw's keys alone, through numpy's SeedSequence with the
keys as its spawn key. So draw 7 is the same whether 10 or 1000 are made, and whichever worker makes it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .._errors import InputError

SEED_LIMIT = 2**128  # more would run into the words that hold the keys
KEY_LIMIT = 2**32  # one word a key: 2**32 would read as the two keys (0, 1)


def as_generator(rng: Any) -> np.random.Generator:
    """Return the Generator itself, or a new one from a seed."""
    if isinstance(rng, np.random.Generator):
        return rng
    return np.random.default_rng(as_seed(rng))


def as_seed(seed: Any, where: str = "rng") -> int:
    """Return a whole number that seeds a stream."""
    if isinstance(seed, int | np.integer) and not isinstance(seed, bool) and 0 <= seed < SEED_LIMIT:
        return int(seed)
    wanted = "a seed from 0 to 2**128 - 1"
    raise InputError(
        where,
        expected=wanted if where != "rng" else f"{wanted}, or a numpy Generator",
        got=repr(seed),
        remedy=f"Give a whole number, for example {where}=0: randomness is always named, so that it can be repeated.",
    )


def draw_rng(seed: int, *keys: int) -> np.random.Generator:
    """Return the stream of one draw, which depends on nothing but the seed and the keys.

    Parameters
    ----------
    seed : int
        From 0 to 2**128 - 1.
    *keys : int
        What the draw is counted by, such as (grain, draw), each from 0 to 2**32 - 1. Other keys, another number of
        keys included, give another stream; no key gives that of ``numpy.random.default_rng(seed)``.

    Returns
    -------
    numpy.random.Generator

    Raises
    ------
    InputError
        A seed or key out of range.

    Examples
    --------
    >>> draw_rng(1, 7).random() == draw_rng(1, 7).random()
    True
    >>> len({draw_rng(1, *keys).random() for keys in [(), (0,), (0, 0), (0, 1), (1, 0)]})
    5
    """
    for place, key in enumerate(keys):
        if not isinstance(key, int | np.integer) or isinstance(key, bool) or not 0 <= key < KEY_LIMIT:
            raise InputError(
                f"keys, item {place}",
                expected="a whole number from 0 to 2**32 - 1",
                got=repr(key),
                remedy="Count draws from 0; split a larger number into several keys.",
            )
    return np.random.default_rng(np.random.SeedSequence(as_seed(seed, "seed"), spawn_key=tuple(int(k) for k in keys)))
