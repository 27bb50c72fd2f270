"""A square table in a file: a TPM, or the weights of a network, in .npy or as text (.csv, .tsv, .txt).

Conventions. Rows are now (or where an edge starts), columns next (or where it ends). A first line of names is left out.
A table that isn't square, holds negative or missing numbers, or can't be read is none: it may be a recording.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

SEPARATORS = {".csv": ",", ".tsv": "\t", ".txt": None}
MOST_BYTES = 1 << 28


def read_square_table(path: str | os.PathLike[str]) -> np.ndarray | None:
    r"""Return the square table of a file as float64 (n, n), or None where it holds none.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> place = pathlib.Path(tempfile.mkdtemp()) / "tpm.csv"
    >>> _ = place.write_text("a,b\n0.5,0.5\n1,0\n")
    >>> read_square_table(place).tolist()
    [[0.5, 0.5], [1.0, 0.0]]
    """
    source = Path(path)
    ending = source.suffix.lower()
    if not source.is_file() or source.stat().st_size > MOST_BYTES or ending not in (".npy", *SEPARATORS):
        return None
    try:
        if ending == ".npy":
            table = np.load(source, mmap_mode="r", allow_pickle=False)
            if table.ndim != 2 or table.shape[0] != table.shape[1] or table.dtype.kind not in "biuf":
                return None
            table = np.array(table, dtype=np.float64)
        else:
            table = _text(source, SEPARATORS[ending])
    except (OSError, ValueError, UnicodeDecodeError, EOFError):
        return None
    if table is None or table.ndim != 2 or table.shape[0] != table.shape[1] or len(table) < 2:
        return None
    return table if np.isfinite(table).all() and (table >= 0).all() else None


def _text(source: Path, separator: str | None) -> np.ndarray | None:
    """Return the numbers of a text, or None where there are too many lines for a square table of its width."""
    with source.open(encoding="utf-8-sig") as lines:
        first = lines.readline().split(separator)
        names = 0
        try:
            [float(entry) for entry in first]
        except ValueError:
            names = 1
        rows = []
        for line in lines:
            if line.strip():
                rows.append([float(entry) for entry in line.split(separator)])
                if len(rows) > len(first):
                    return None
    if not names:
        rows.insert(0, [float(entry) for entry in first])
    return np.array(rows) if len(rows) == len(first) and all(len(row) == len(first) for row in rows) else None
