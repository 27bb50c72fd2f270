"""Choosing units of a recording by name, by index or at random.

Convention: units are counted from 0, and the order in which they are named is kept: it is the order of the elements
of the network made from them. A random choice is sorted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import numpy as np

from .._checks import did_you_mean
from .._errors import InputError
from .real_numbers import is_whole, shown


class HasLabels(Protocol):
    """Anything with named units."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the units."""
        ...


def choose_units(recording: HasLabels, units: Any = None, *, seed: int = 0) -> tuple[int, ...]:
    """Return the indices of the units asked for.

    Parameters
    ----------
    recording : Recording
        Or anything with `labels`.
    units : None, str, int, or sequence of str and int
        None: all. "random:5": five drawn without replacement. Names, or indices from 0. A text may hold several,
        parted by commas ("AVAL,RIML" or "0,3,7"); a text of digits is an index unless a unit has that very name.
    seed : int
        Of the random choice; the same seed gives the same units.

    Returns
    -------
    tuple of int
        In the order given; ascending for a random choice.

    Raises
    ------
    InputError
        Unknown names (near ones are offered), indices outside, a unit twice, none at all, more than there are.

    Examples
    --------
    >>> from causalgrain.recordings.recording import Recording
    >>> rec = Recording([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]], 10.0, ["AVAL", "RIML", "AIBL"])
    >>> choose_units(rec, ["AIBL", 0])
    (2, 0)
    >>> choose_units(rec, "random:2", seed=1)
    (0, 1)
    """
    labels = recording.labels
    if units is None:
        return tuple(range(len(labels)))
    if isinstance(units, str) and units not in labels:
        head, _, number = units.partition(":")
        if head.strip() == "random":
            return _random_units(units, number, len(labels), seed)
        items: list[Any] = [part.strip() for part in units.split(",") if part.strip()]
    elif isinstance(units, str) or is_whole(units):
        items = [units]
    elif isinstance(units, Iterable) and getattr(units, "ndim", 1):
        items = list(units)
    else:
        raise _not_units(units, labels)
    found = [_one_unit(item, labels) for item in items]
    if not found:
        raise InputError("units", expected="at least one unit", got="none", remedy=f"Name some, such as {labels[0]!r}.")
    twice = sorted(labels[i] for i, many in Counter(found).items() if many > 1)
    if twice:
        raise InputError(
            "units",
            expected="each unit once",
            got=f"{', '.join(map(repr, twice))} more than once",
            remedy="Remove the repeated unit (a name and an index may mean the same one).",
        )
    return tuple(found)


def _one_unit(item: Any, labels: Sequence[str]) -> int:
    if isinstance(item, str):
        if item in labels:
            return labels.index(item)
        if not item.isdecimal():
            raise InputError(
                "units", expected="units of the recording", got=repr(item), remedy=did_you_mean(item, labels)
            )
        item = int(item)
    if not is_whole(item):
        raise _not_units(item, labels)
    if not 0 <= item < len(labels):
        raise InputError(
            "units",
            expected=f"indices from 0 to {len(labels) - 1}",
            got=shown(item),
            remedy=f"The recording has {len(labels)} units, counted from 0.",
        )
    return int(item)


def _random_units(text: str, number: str, n: int, seed: int) -> tuple[int, ...]:
    if not number.strip().isdecimal() or not 1 <= int(number) <= n:
        raise InputError(
            "units",
            expected=f"'random:NUMBER' with a number from 1 to {n}, the units of the recording",
            got=repr(text),
            remedy=f"For example 'random:{min(5, n)}'.",
        )
    if not is_whole(seed) or seed < 0:
        raise InputError("seed", expected="a whole number >= 0", got=shown(seed), remedy="Try seed=0.")
    drawn = np.random.default_rng(seed).choice(n, size=int(number), replace=False)
    return tuple(sorted(int(i) for i in drawn))


def _not_units(item: Any, labels: Sequence[str]) -> InputError:
    return InputError(
        "units",
        expected="names or indices of units",
        got=shown(item),
        remedy=f"Use names such as {labels[0]!r}, indices such as 0, or 'random:{min(5, len(labels))}'.",
    )
