"""Which units of a sorted or segmented file are read: those that count as cells, and those asked for by name.

Convention: a program's own judgement (iscell, good, accepted components) decides, unless a unit is named in `units`:
then it is read whatever the judgement. Indices and random choices count the units that are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .units import choose_units


@dataclass(frozen=True)
class Named:
    """Names alone, for :func:`.units.choose_units`."""

    labels: tuple[str, ...]


def units_to_read(names: Sequence[str], good: Iterable[bool], units: Any = None) -> list[int]:
    """Return the places of the units to read, in the order asked for.

    Parameters
    ----------
    names : sequence of str, shape (unit,)
        All units of the file.
    good : iterable of bool, shape (unit,)
        Which of them count.
    units
        As in :func:`.units.choose_units`, or None for all that count.

    Examples
    --------
    >>> units_to_read(["roi0", "roi1", "roi2"], [True, False, True]), units_to_read(["12", "7"], [True, False], "7")
    ([0, 2], [1])
    """
    asked = named_in(units)
    kept = [i for i, (name, counts) in enumerate(zip(names, good, strict=True)) if counts or name in asked]
    return [kept[j] for j in choose_units(Named(tuple(names[i] for i in kept)), units)]


def named_in(units: Any) -> set[str]:
    """Return the texts in `units` that may be names."""
    if isinstance(units, str):
        return {units} | {part.strip() for part in units.split(",")}
    return {item for item in units if isinstance(item, str)} if isinstance(units, Iterable) else set()
