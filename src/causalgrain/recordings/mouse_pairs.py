"""Reader of folders of one-step pairs, {train,test}_{input,target}.csv, as the mouse paper's code lays them out.

Takes: the pairs for training, or ``array="test"``, or ``array="all"``: those for training followed by those for
testing. Tables have no header, rows are samples and columns ensembles; row i of the target is the step after row i of
the input. The folder is a stage's own, or one above with a single stage in it. The rate must be given.

Conventions and decisions: rows whose target is the next row's input, number for number, are one run: their samples are
written one after another. Every break begins a new segment; a pair alone is a segment of two samples. The files say
nothing of when a run was, so times are as if sampling had gone on. A first row 0, 1, 2, ... in both tables is a header
of column numbers and left out, with a note.

Ignores: all other files in the folder.

Reference: Wang, Rong, Liu, Yang, Zhang, He (2025), arXiv 2509.10891.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .._checks import choose
from .._errors import FileFormatError
from . import csv_table
from .recording import Recording
from .timing import choose_rate
from .wishes import Wishes

NAME = "folder of one-step pairs ({train,test}_{input,target}.csv)"
TAKES = "pairs of successive samples, joined to runs"
IGNORES = "all other files"

ARRAYS = ("train", "test", "all")
SIDES = ("input", "target")
PAPER = "it is 10 in the mouse paper."


def recognise(path: Path) -> bool:
    """Is it a folder with both tables of pairs, or with folders that have them?"""
    try:
        return path.is_dir() and bool(_stages(path))
    except OSError:
        return False


def _has_pairs(path: Path) -> bool:
    return any(all((path / f"{part}_{side}.csv").is_file() for side in SIDES) for part in ARRAYS[:2])


def _stages(path: Path) -> list[Path]:
    if _has_pairs(path):
        return [path]
    return sorted(p for p in path.iterdir() if p.is_dir() and _has_pairs(p))


def read(path: Path, wish: Wishes) -> Recording:
    """Join the pairs to runs."""
    wish.only("array", "rate", "labels", "units", "start", what=f"a {NAME}")
    path = path.absolute()
    stages = _stages(path)
    if len(stages) > 1:
        raise FileFormatError(
            str(path),
            expected="one folder of pairs",
            got=f"{len(stages)}: {', '.join(p.name for p in stages[:12])}",
            remedy=f"Name one of them, such as {path.name}/{stages[0].name}.",
        )
    folder, notes = stages[0], []
    array = "train" if wish.array is None else choose(wish.array, ARRAYS, f"{folder}, array")
    if wish.array is None:
        notes.append("the pairs for training are read; others by array='test' or array='all'")
    tables = [_pairs(folder, part, notes) for part in (ARRAYS[:2] if array == "all" else (array,))]
    if len({table.shape[2] for table in tables}) > 1:
        raise FileFormatError(
            str(folder),
            expected=f"as many columns for testing as for training, {tables[0].shape[2]}",
            got=str(tables[1].shape[2]),
            remedy="The files are of different stages: read one of them with array='train'.",
        )
    rate = choose_rate(wish.rate, None, "", folder, hint=PAPER)
    values, segments = _runs(np.concatenate(tables, axis=1))
    notes.append(
        f"pairs: {sum(table.shape[1] for table in tables)}, in runs (each a segment): {len(segments)}; when the runs "
        "were isn't known: times are as if sampling had gone on"
    )
    made = Recording(
        values,
        rate,
        wish.labels,
        segments=segments,
        start=0.0 if wish.start is None else wish.start,
        source=f"{folder.name}, {array}",
        notes=notes,
    )
    return wish.finish(made)


def _pairs(folder: Path, part: str, notes: list[str]) -> np.ndarray:
    """Return inputs and targets, shape (2, pair, unit)."""
    sides = []
    for side in SIDES:
        file = folder / f"{part}_{side}.csv"
        if not file.is_file():
            raise FileFormatError(
                str(file),
                expected="a table of pairs",
                got="no such file",
                remedy="Copy it too, or read the other part.",
            )
        contents = csv_table.contents(file)
        if contents.header is not None:
            raise FileFormatError(
                str(file),
                expected="numbers from the first row on",
                got=f"a header ({', '.join(contents.header[:5])}, ...)",
                remedy="Save the table without header and without a column of row numbers.",
            )
        sides.append(np.asarray(contents.entries[0].load()))
    if sides[0].shape != sides[1].shape or not sides[0].size:
        raise FileFormatError(
            f"{folder}, {part}",
            expected="as many rows and columns in the target as in the input, and at least one pair",
            got=f"{sides[0].shape} in the input, {sides[1].shape} in the target",
            remedy="The files are of different runs, or one is cut: copy them again.",
        )
    pairs = np.stack(sides)
    numbers = np.arange(pairs.shape[2])
    if pairs.shape[1] > 1 and pairs.shape[2] > 2 and (pairs[:, 0] == numbers).all():
        notes.append(f"first row 0, 1, 2, ... of {part} taken for a header and left out")
        pairs = pairs[:, 1:]
    return pairs


def _runs(pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return samples (time, unit) and segments of pairs, shape (2, pair, unit).

    >>> values, segments = _runs(np.array([[[1.0], [2.0], [8.0]], [[2.0], [3.0], [9.0]]]))
    >>> values.ravel().tolist(), segments.tolist()
    ([1.0, 2.0, 3.0, 8.0, 9.0], [[0, 3], [3, 5]])
    """
    before, after = pairs
    last = np.append((after[:-1] != before[1:]).any(axis=1), True)  # of its run
    ends = np.flatnonzero(last)
    values = np.insert(before, ends + 1, after[ends], axis=0)
    stops = ends + 1 + np.arange(1, len(ends) + 1)
    return values, np.column_stack([np.append(0, stops[:-1]), stops])
