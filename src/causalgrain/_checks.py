"""Checks shared by all rooms: arrays in, names among names, files that must not be overwritten."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ._errors import FileFormatError, InputError, OutputExistsError


def as_float_array(values: Any, where: str) -> np.ndarray:
    """Return `values` as a new float64 array, or say why they are none."""
    if np.ma.isMaskedArray(values) and np.ma.getmaskarray(values).any():
        raise InputError(where, expected="values", got="masked entries", remedy="Fill or remove them first.")
    try:
        if isinstance(values, np.ndarray) and np.iscomplexobj(values):
            raise TypeError("complex numbers")
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(
            where,
            expected="a rectangular array of numbers",
            got=f"{type(values).__name__} that numpy can't convert ({error})",
            remedy="Give equally long rows of plain numbers.",
        ) from error
    return array


def as_number(value: Any, where: str, *, low: float, high: float = np.inf) -> float:
    """Return `value` as a float between `low` and `high`, not NaN."""
    number = float("nan")
    if isinstance(value, int | float | np.number) and not isinstance(value, bool):
        number = float(value)
    if not low <= number <= high:
        limit = f"from {low:g} to {high:g}" if np.isfinite(high) else f">= {low:g}"
        raise InputError(where, expected=f"a number {limit}", got=repr(value), remedy="Give a number in that range.")
    return number


def as_whole(value: Any, where: str, low: int, high: int | None = None, *, of: str = "", remedy: str = "") -> int:
    """Return `value` as an int from `low` to `high`; `of` says what is counted.

    >>> as_whole(3, "lag", 1, of="samples")
    3
    """
    fits = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if fits and value >= low and (high is None or value <= high):
        return int(value)
    limit = f">= {low}" if high is None else f"from {low} to {high}"
    raise InputError(
        where,
        expected=f"a whole number {f'of {of} ' if of else ''}{limit}",
        got=repr(value),
        remedy=remedy or f"For example {where}={low}.",
    )


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """Return a sentence that offers the nearest known names, or lists them all when none is near."""
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    if near:
        return "Did you mean " + " or ".join(repr(n) for n in near) + "?"
    if not known:
        return "There is none to choose from."
    shown = ", ".join(repr(n) for n in known[:20])
    return f"Known: {shown}{', ...' if len(known) > 20 else ''}."


def choose(value: Any, options: Sequence[str], where: str) -> str:
    """Return `value` if it is one of `options`."""
    if isinstance(value, str) and value in options:
        return value
    raise InputError(
        where,
        expected="one of " + ", ".join(repr(o) for o in options),
        got=repr(value),
        remedy=did_you_mean(str(value), options),
    )


def node_indices(nodes: Any, labels: Sequence[str], where: str = "nodes") -> tuple[int, ...]:
    """Turn names or indices of elements into sorted indices; each once."""
    labels = list(labels)
    if isinstance(nodes, str | int | np.integer) or not isinstance(nodes, Iterable):
        nodes = [nodes]
    items = list(nodes)
    found = []
    for item in items:
        if isinstance(item, str):
            if item not in labels:
                raise InputError(
                    where,
                    expected="labels of elements",
                    got=repr(item),
                    remedy=did_you_mean(item, labels),
                )
            found.append(labels.index(item))
        elif isinstance(item, int | np.integer) and not isinstance(item, bool):
            if not 0 <= item < len(labels):
                raise InputError(
                    where,
                    expected=f"indices from 0 to {len(labels) - 1}",
                    got=str(item),
                    remedy="Elements are counted from 0.",
                )
            found.append(int(item))
        else:
            raise InputError(
                where,
                expected="labels or indices of elements",
                got=repr(item),
                remedy=f"Use labels such as {labels[0]!r} or indices such as 0.",
            )
    if len(set(found)) != len(found):
        raise InputError(
            where, expected="each element once", got=repr(list(items)), remedy="Remove the repeated element."
        )
    if not found:
        raise InputError(where, expected="at least one element", got="none", remedy="Name the elements to look at.")
    return tuple(sorted(found))


def existing_file(path: str | os.PathLike[str]) -> Path:
    """Return the path of a file that is there and can be read, or offer its neighbours."""
    path = existing_place(path)
    if path.is_dir():
        raise FileFormatError(str(path), expected="a file", got="a folder", remedy="Name one file in it.")
    return path


def existing_place(path: str | os.PathLike[str]) -> Path:
    """Return the path of a file or folder that is there and can be read, or offer its neighbours."""
    path = Path(path)
    try:
        if path.is_file() or path.is_dir():
            if not os.access(path, os.R_OK):
                raise FileFormatError(
                    str(path), expected="a file that may be read", got="no permission", remedy="Change its permissions."
                )
            return path
        siblings = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise FileFormatError(
            str(path), expected="an existing file", got=reason, remedy="Check the name and the folder."
        ) from error
    near = difflib.get_close_matches(path.name, siblings, n=3, cutoff=0.75)
    hint = f"Did you mean {' or '.join(near)}?" if near else "Check the name and the folder."
    raise FileFormatError(str(path), expected="an existing file", got="nothing there", remedy=hint)


def output_path(path: str | os.PathLike[str], force: bool) -> Path:
    """Return a path that may be written: its folder can take it and nothing is overwritten unasked.

    A link is followed, so that what it points to is written and the link stays.
    """
    try:
        path = Path(os.path.realpath(path)) if os.path.islink(path) else Path(path)
        folder = path.parent.is_dir()
        special = path.exists() and not path.is_file()
    except (OSError, TypeError, ValueError) as error:
        raise InputError(
            str(path), expected="the name of a file to write", got=str(error), remedy="Use a shorter, plain name."
        ) from error
    if special:
        got = "a folder" if path.is_dir() else "a device or pipe"
        raise InputError(str(path), expected="a file name", got=got, remedy="Add a name such as result.h5.")
    if not folder:
        raise InputError(
            str(path),
            expected="an existing folder",
            got=f"no folder {path.parent}",
            remedy="Create the folder first.",
        )
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise InputError(
            str(path), expected="a folder that may be written", got="no permission", remedy="Choose another folder."
        )
    if path.exists() and not force:
        raise OutputExistsError(
            str(path),
            expected="a new file",
            got="a file that exists already",
            remedy="Choose another name, or overwrite it with force=True (--force on the command line).",
        )
    return path
