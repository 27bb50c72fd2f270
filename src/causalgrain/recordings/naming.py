"""What a recording's units are called and what is known of them: names, properties, notes, each checked.

Convention: texts are kept without zero bytes and halves of characters, which no file or terminal can hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from .._errors import InputError
from .._provenance import FrozenDict
from .real_numbers import KINDS, clean_text, shown


def as_properties(properties: Mapping[str, Any] | None, n: int) -> FrozenDict:
    """Return one read-only array a property, its first dimension the unit."""
    made = {}
    if properties is not None and not isinstance(properties, Mapping):
        raise InputError(
            "properties",
            expected="a dict of arrays, one row a unit",
            got=shown(properties),
            remedy="For example {'cell_type': ['PV', 'pyramidal']}.",
        )
    for name, rows in (properties or {}).items():
        try:
            array = np.array(rows)
            if array.dtype.kind in "OSU":
                texts = [clean_text(row) for row in array.flat]
                array = np.array(texts, dtype=np.str_).reshape(array.shape)
        except Exception as error:  # rows of different lengths, objects of any kind
            raise _not_property(name, n, shown(rows)) from error
        if array.dtype.kind not in "biufU" or not array.ndim or len(array) != n:
            raise _not_property(name, n, f"{KINDS.get(array.dtype.kind, array.dtype)} of shape {array.shape}")
        made[clean_text(name)] = array
    return FrozenDict(made)


def as_notes(notes: Any) -> tuple[str, ...]:
    """Return notes, one text each."""
    if notes is None or isinstance(notes, str):
        return () if notes is None else (notes,)
    try:
        return tuple(str(note) for note in notes)
    except Exception as error:
        raise InputError(
            "notes", expected="a list of texts", got=shown(notes), remedy="For example ['z-scored']."
        ) from error


def _not_property(name: Any, n: int, got: str) -> InputError:
    return InputError(
        f"properties, {name!r}",
        expected=f"an array with {n} rows, one a unit",
        got=got,
        remedy="Give a row for every unit, in the order of the units.",
    )


def as_labels(labels: Sequence[str] | None, n: int) -> tuple[str, ...]:
    """Return `n` different names."""
    if labels is None:
        return tuple(f"u{i}" for i in range(n))
    names = as_texts(labels)
    if names is None or len(names) != n:
        got = f"the text {shown(labels)}" if isinstance(labels, str) else shown(labels)
        raise InputError(
            "labels",
            expected=f"{n} names, one a unit",
            got=got if names is None else str(len(names)),
            remedy="Give one name a column, in order; if the array is (unit, time), say orientation='unit x time'.",
        )
    twice = sorted(name for name, many in Counter(names).items() if many > 1)
    if twice:
        raise InputError(
            "labels",
            expected="names that differ",
            got=f"{', '.join(map(repr, twice[:5]))} more than once",
            remedy="Rename one of them.",
        )
    if "" in names:
        raise InputError(
            "labels",
            expected="a name for every unit",
            got=f"an empty one for unit {names.index('')}",
            remedy="Name it.",
        )
    return names


def as_texts(values: Any) -> tuple[str, ...] | None:
    """Return one text for each of several values; None for a single text and for what isn't several."""
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        return None
    try:
        return tuple(clean_text(value) for value in values)
    except TypeError:  # an array of no dimension
        return None
