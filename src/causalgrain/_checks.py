"""Checks shared by all rooms: arrays in, names among names, files that must not be overwritten."""

from __future__ import annotations

import difflib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ._errors import FileFormatError, InputError, OutputExistsError


def as_float_array(values: Any, where: str) -> np.ndarray:
    """Return `values` as a new float64 array, or say why they are none."""
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(
            where,
            expected="a rectangular array of numbers",
            got=f"{type(values).__name__} that numpy can't convert ({error})",
            remedy="Give equally long rows of plain numbers.",
        ) from error
    return array


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
    items = [nodes] if isinstance(nodes, str | int | np.integer) else list(nodes)
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
    """Return the path of a file that is there, or offer its neighbours."""
    path = Path(path)
    if path.is_file():
        return path
    if path.is_dir():
        raise FileFormatError(str(path), expected="a file", got="a folder", remedy="Name one file in it.")
    siblings = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
    near = difflib.get_close_matches(path.name, siblings, n=3, cutoff=0.6)
    hint = f"Did you mean {' or '.join(near)}?" if near else "Check the name and the folder."
    raise FileFormatError(str(path), expected="an existing file", got="nothing there", remedy=hint)


def output_path(path: str | os.PathLike[str], force: bool) -> Path:
    """Return a path that may be written: its folder exists and nothing is overwritten unasked."""
    path = Path(path)
    if path.is_dir():
        raise InputError(str(path), expected="a file name", got="a folder", remedy="Add a name such as result.h5.")
    if not path.parent.is_dir():
        raise InputError(
            str(path),
            expected="an existing folder",
            got=f"no folder {path.parent}",
            remedy="Create the folder first.",
        )
    if path.exists() and not force:
        raise OutputExistsError(
            str(path),
            expected="a new file",
            got="a file that exists already",
            remedy="Choose another name, or overwrite it with force=True (--force on the command line).",
        )
    return path
