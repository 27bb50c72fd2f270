"""Reader of text tables (.csv): one row a sample, one column a unit.

Takes: commas, semicolons, tabs or blanks between the cells; one header row with names, or none; lines that start with
# (the last one before the numbers may be the header). A first column called time, t, seconds or alike holds seconds
and gives the rate. Ignores nothing: every cell must be a number.
"""

from __future__ import annotations

import csv
import warnings
from pathlib import Path
from typing import TextIO

import numpy as np

from .._errors import FileFormatError
from .contents import AS_TEXT, Contents, Entry, unreadable

TIME_NAMES = ("time", "t", "seconds", "time_s", "time(s)", "time[s]", "t_s", "t(s)", "t[s]")
UNEVEN = 0.5  # of the median step; beyond it a row is missing or doubled
TABLE = "table"
ENCODING = "utf-8-sig"


def contents(path: Path) -> Contents:
    """Find header, separator and shape of a text table."""
    try:
        with open(path, encoding=ENCODING) as stream:
            head = _head(stream)
    except (UnicodeDecodeError, csv.Error, OSError) as error:
        raise unreadable(path, ".csv text", error, remedy=AS_TEXT) from error
    skip, names, first = head
    if first is None and names is None:
        raise FileFormatError(str(path), expected="a table of numbers", got="an empty file", remedy="Check the export.")
    separator = _separator(first if first is not None else names or "")
    header = None
    if names is not None:
        header = tuple(cell.strip().strip("\"'").strip() for cell in _cells(names, separator))
    columns = len(_cells(first, separator)) if first is not None else len(header or ())
    if names is not None and columns == 1:
        header = (names.strip("\"'"),)  # blanks part no columns where there is only one
    if header is not None and len(header) != columns:
        raise FileFormatError(
            f"{path}, line {skip}",
            expected=f"{columns} names, one a column",
            got=f"{len(header)}",
            remedy="Mend the header, or remove it.",
        )
    rows = _count_rows(path, skip)
    entry = Entry(TABLE, "array", (rows, columns), "text", lambda: _load(path, skip, separator, columns))
    return Contents(path, (entry,), header=header)


def is_time(name: str) -> bool:
    """Tell whether a column of this name holds seconds.

    >>> is_time("Time (s)"), is_time("Tim1")
    (True, False)
    """
    return name.casefold().replace(" ", "") in TIME_NAMES


def rate_of(times: np.ndarray, path: Path) -> float:
    """Return the rate in Hz of evenly spaced times in s; raise where a row is missing or out of order."""
    with np.errstate(all="ignore"):
        steps = np.diff(times)
        middle = float(np.median(steps)) if steps.size else 0.0
    remedy = "Cut the file at the gap, or remove the time column and give rate=... if the samples are even."
    if not np.isfinite(times).all() or middle <= 0:
        back = np.flatnonzero(np.diff(times) <= 0) if np.isfinite(times).all() else np.zeros(0, dtype=np.int64)
        got = f"{len(times)} of them" if np.isfinite(times).all() else "missing values"
        if back.size:
            got = f"{times[back[0] + 1]:.6g} s after {times[back[0]]:.6g} s (sample {back[0] + 1})"
        raise FileFormatError(
            f"{path}, time column", expected="at least two ascending times in s", got=got, remedy=remedy
        )
    wrong = np.flatnonzero(np.abs(steps - middle) > UNEVEN * middle)
    if wrong.size:
        row = int(wrong[0]) + 1
        raise FileFormatError(
            f"{path}, time column, sample {row}",
            expected=f"a step of about {middle:.6g} s",
            got=f"{steps[row - 1]:.6g} s (from {times[row - 1]:.6g} to {times[row]:.6g} s)",
            remedy=remedy,
        )
    return float((len(times) - 1) / (times[-1] - times[0]))


def _head(stream: TextIO) -> tuple[int, str | None, str | None]:
    """Return the number of lines before the numbers, the header line if any, and the first line of numbers."""
    comment = None
    for number, raw in enumerate(stream):
        line = raw.strip()
        if line.startswith("#"):
            comment = line.lstrip("#").strip() or comment
        elif line:
            cells = _cells(line, _separator(line))
            # An empty cell makes no header: it is a missing value, and told as such when the numbers are read.
            if any(cell.strip() and not _is_number(cell) for cell in cells):
                return number + 1, line, next((text.strip() for text in stream if text.strip()), None)
            # A comment above the numbers is a header only if it has a name for every column.
            named = comment is not None and len(_cells(comment, _separator(line))) == len(cells)
            return number, comment if named else None, line
    return 0, None, None


def _cells(line: str, separator: str | None) -> list[str]:
    if separator is None:
        return line.split()
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:  # a cell of more than 131072 letters
        return line.split(separator)


def _separator(line: str) -> str | None:
    # A comma may be a decimal sign where there is a tab or semicolon: told when the cells are read.
    return next((mark for mark in ("\t", ";", ",") if mark in line), None)


def _is_number(cell: str) -> bool:
    try:
        float(cell.strip().strip("\"'"))
    except ValueError:
        return False
    return True


def _count_rows(path: Path, skip: int) -> int:
    with open(path, "rb") as stream:
        return sum(1 for i, line in enumerate(stream) if i >= skip and line.strip() and line[:1] != b"#")


def _load(path: Path, skip: int, separator: str | None, columns: int) -> np.ndarray:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # "input contained no data": told by the recording
            table = np.loadtxt(path, delimiter=separator, skiprows=skip, ndmin=2, encoding=ENCODING, quotechar='"')
    except (ValueError, OSError) as error:
        raise _first_fault(path, skip, separator, columns) or unreadable(path, ".csv", error) from error
    if table.size and table.shape[1] != columns:
        raise _first_fault(path, skip, separator, columns) or FileFormatError(
            str(path),
            expected=f"{columns} cells in every row, as in the first",
            got=str(table.shape[1]),
            remedy="Look for a quotation mark too many, and export the table again.",
        )
    return table.reshape(-1, columns)


def _first_fault(path: Path, skip: int, separator: str | None, columns: int) -> FileFormatError | None:
    """Find the first cell that is no number or the first row of another length."""
    with open(path, encoding=ENCODING, errors="replace") as stream:
        for number, line in enumerate(stream):
            text = line.partition("#")[0].strip()
            if number < skip or not text:
                continue
            cells = _cells(text, separator)
            if len(cells) != columns:
                return FileFormatError(
                    f"{path}, line {number + 1}",
                    expected=f"{columns} cells, as in the first row",
                    got=str(len(cells)),
                    remedy="The file may be truncated, or the decimal sign a comma: export it again with points.",
                )
            for column, cell in enumerate(cells):
                if not _is_number(cell):
                    return FileFormatError(
                        f"{path}, line {number + 1}, column {column + 1}",
                        expected="a number",
                        got=repr(cell.strip()) if cell.strip() else "an empty cell",
                        remedy="Remove columns of text, and fill or cut missing values.",
                    )
    return None
