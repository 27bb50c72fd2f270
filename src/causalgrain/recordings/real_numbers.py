"""Real numbers and texts out of whatever a file or a caller hands over.

Conventions: numbers become double precision; long doubles too large for it become infinite, to be refused where numbers
must be finite. Complex numbers, dates, durations, texts, masked values and rows of different lengths are no real
numbers: None.
"""

from __future__ import annotations

from typing import Any

import numpy as np

REAL = "biuf"
EXACT = 2**53  # up to it doubles tell whole numbers apart
LONGEST = 80  # letters of a value in a message
KINDS = {"c": "complex numbers", "U": "text", "S": "text", "M": "dates", "m": "durations", "V": "named columns"}


def real_array(values: Any) -> np.ndarray | None:
    """Return a new array of doubles, or None where these are no real numbers.

    >>> real_array([1, 2.5]).tolist(), real_array(["1"]), real_array([1j]), real_array([[1], [2, 3]])
    ([1.0, 2.5], None, None, None)
    """
    if np.ma.isMaskedArray(values) and np.ma.getmaskarray(values).any():
        return None
    try:
        raw = np.asarray(values)
        if raw.dtype.kind not in REAL + "O":
            return None
        with np.errstate(over="ignore"):
            return np.array(raw, dtype=np.float64)
    except Exception:  # rows of different lengths, objects that are no numbers, whole numbers of hundreds of digits
        return None


def doubles(numbers: Any) -> np.ndarray:
    """Return real numbers of a file as doubles; long doubles that are too large become infinite."""
    with np.errstate(over="ignore"):
        return np.asarray(numbers, dtype=np.float64)


def real_number(value: Any) -> float | None:
    """Return one real number, or None; truth values are none.

    >>> real_number(np.float32(0.5)), real_number(True), real_number("0.5"), real_number([0.5])
    (0.5, None, None, None)
    """
    if isinstance(value, bool | np.bool_ | list | tuple | str | bytes):
        return None
    array = real_array(value)
    return float(array.ravel()[0]) if array is not None and array.size == 1 else None


def whole_array(values: Any) -> np.ndarray | None:
    """Return a new array of whole numbers (int64), or None where they aren't whole, or too large to be exact.

    >>> whole_array([1.0, 2.0]).tolist(), whole_array([0.5]), whole_array([1e300])
    ([1, 2], None, None)
    """
    array = real_array(values)
    if array is None or not (np.abs(array) <= EXACT).all() or (array != np.round(array)).any():
        return None
    return array.astype(np.int64)


def is_whole(value: Any) -> bool:
    """Is it one whole number? Neither truth values nor durations are.

    >>> is_whole(np.int8(3)), is_whole(True), is_whole(np.timedelta64(3)), is_whole(3.0)
    (True, False, False, False)
    """
    return isinstance(value, int | np.integer) and not isinstance(value, bool | np.timedelta64)


def clean_text(value: Any) -> str:
    """Return a text that can be printed and saved: no zero bytes, no halves of characters; "" for nothing (NaN).

    >>> clean_text(" a" + chr(0)), clean_text(float("nan")), clean_text(None)
    ('a', '', '')
    """
    if value is None or (isinstance(value, float) and value != value):
        return ""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "").strip()


def shown(value: Any) -> str:
    """Return a value for a message: its beginning, or what kind it is.

    >>> shown("x"), shown(range(3)), shown(np.array([1j]))
    ("'x'", 'range(0, 3)', 'complex numbers of shape (1,)')
    """
    if isinstance(value, np.ndarray) and value.ndim:
        what = "masked values" if np.ma.isMaskedArray(value) else KINDS.get(value.dtype.kind, f"{value.dtype} values")
        return f"{what} of shape {value.shape}"
    try:
        text = " ".join(repr(value).split())
    except Exception:  # a number of more digits than Python prints, an object that can't be shown
        text = f"a value of type {type(value).__name__}"
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 4]} ..."
