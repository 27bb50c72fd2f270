"""What a file says of its clock: a rate, or the time of every sample; and how it is held against what was asked.

Conventions: rates are Hz, times seconds. A rate that is given wins over one in the file; where they differ by more than
1 %, or where the samples' times tell of another rate or of gaps, that is a warning.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import numpy as np

from .._errors import CausalGrainWarning, InputError
from . import validation as check
from .contents import RATE_NAMES, Contents, Entry
from .real_numbers import doubles

RATES_AGREE = 0.01  # relative; beyond it two rates differ
GAP = 2.0  # median steps; a longer step between two samples is a gap
TIME_NAMES = ("time", "times", "t")  # and everything that begins with "timestamp"
PACKAGE = __name__.partition(".")[0] + "."
EXAMPLE = "For a sample every 0.6 s give rate=1 / 0.6."


def warn(text: str) -> None:
    """Warn of something that changes how a number is to be read, at the line that called the package."""
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and str(frame.f_globals.get("__name__")).startswith(PACKAGE):
        level, frame = level + 1, frame.f_back
    warnings.warn(text, CausalGrainWarning, stacklevel=level)


def choose_rate(
    given: float | None,
    told: float | None,
    where: str,
    path: Path,
    *,
    hint: str = "",
    lack: str = "and the file names none",
) -> float:
    """Return the rate to use in Hz: the given one, or the one that the file tells at `where`.

    >>> choose_rate(None, 30.0, "'fs' in ops.npy", Path("plane0"))
    30.0
    """
    if given is None:
        if told is None:
            raise InputError(
                "rate",
                expected="the sampling rate in Hz",
                got=f"none, {lack}",
                remedy=f"Give rate=... (--rate); {hint or 'for a sample every 0.6 s that is rate=1 / 0.6.'}",
            )
        return check.positive(told, f"{path}, {where}", "Hz", "Give rate=... to read it at another one.")
    rate = check.positive(given, "rate", "Hz", EXAMPLE)
    if told is not None and abs(told - rate) > RATES_AGREE * rate:
        warn(f"{path}: `rate` is {rate:g} Hz, but {where} says {told:.6g} Hz; {rate:g} Hz is used.")
    return rate


def rate_beside(contents: Contents, entry: Entry) -> tuple[float | None, str]:
    """Return the rate in the same group as `entry`, and where it stands."""
    beside = contents.beside(entry, RATE_NAMES)
    if beside is None or beside.form != "array" or int(np.prod(beside.shape)) != 1:
        return None, ""
    return float(doubles(beside.load()).ravel()[0]), f"{beside.name!r} in the file"


def lack_of_rate(contents: Contents, entry: Entry) -> str:
    """Say why no rate can be taken from beside `entry`: there is none, or it isn't one number."""
    beside = contents.beside(entry, RATE_NAMES)
    if beside is None:
        return "and the file names none"
    if beside.form != "array":
        return f"for {beside.name!r} in the file is {beside.dtype}, not a number"
    return f"for {beside.name!r} in the file holds {int(np.prod(beside.shape))} numbers, not one"


def stamps_beside(contents: Contents, entry: Entry, samples: int) -> tuple[str, np.ndarray] | None:
    """Return (name, ascending times) of the samples where the file has them, the nearest group first."""
    group = entry.name.rpartition(contents.separator)[0]
    found = [e for e in contents.entries if e is not entry and _is_stamps(e, contents.separator, samples)]
    found.sort(key=lambda e: e.name.rpartition(contents.separator)[0] != group)
    for candidate in found:
        times = doubles(candidate.load()).ravel()
        if np.isfinite(times).all() and (np.diff(times) > 0).all():
            return candidate.name, times
    return None


def _is_stamps(entry: Entry, separator: str, samples: int) -> bool:
    last = entry.name.rpartition(separator)[2].casefold()
    named = last in TIME_NAMES or last.startswith("timestamp")
    long = samples > 2 and int(np.prod(entry.shape)) == max(entry.shape, default=0) == samples
    return named and long and entry.form == "array"


def check_stamps(name: str, times: np.ndarray, rate: float, path: Path) -> None:
    """Warn where the times of the samples (s) tell of another rate, or of gaps."""
    steps = np.diff(times)
    middle = float(np.median(steps))
    if abs(1.0 / middle - rate) > RATES_AGREE * rate:
        warn(
            f"{path}: the rate is {rate:.6g} Hz, a sample every {1 / rate:.6g} s, but the times in {name!r} are "
            f"{middle:.6g} s apart (median), {1 / middle:.6g} Hz if they are seconds; {rate:.6g} Hz is used."
        )
    gaps = np.flatnonzero(steps > GAP * middle)
    if gaps.size:
        first = int(gaps[0])
        warn(
            f"{path}: the times in {name!r} have {gaps.size} gap{'s' if gaps.size > 1 else ''}, the first after sample "
            f"{first} ({steps[first]:.6g} where steps are {middle:.6g}). Name the stretches between them in "
            "`segments`, so that nothing is joined across."
        )
