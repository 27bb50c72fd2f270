"""Ladders of time scales: the widths of the bins at which ensembles are looked at.

Convention: widths are seconds and ascend; scales are counted from 1 in formulas, from 0 in arrays. The default ladder
is the published one, D_s = exp(0.3 (s - 1)) ms with s = 1..32: 1 ms to 10.94 s.

References
----------
Dehghani (2025) arXiv 2306.11965; Dehghani et al. (2016) Sci. Rep. 6:23176.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from .._checks import as_float_array, as_number, as_whole
from .._errors import InputError

MOST_DIGITS = 15


def scale_ladder(n: int = 32, first: float = 1e-3, step: float = 0.3, *, resolution: float | None = None) -> np.ndarray:
    """Return widths that grow by a constant factor, D_s = first exp(step (s - 1)).

    Parameters
    ----------
    n : int
        How many scales.
    first : float, s
        The finest width.
    step : float
        Natural logarithm of the factor from one scale to the next, > 0.
    resolution : float, s, optional
        Round every width to a whole number of these, at least one, and keep each once: for counts at a sample rate,
        which can be binned at multiples of the sample only.

    Returns
    -------
    array, shape (scales,), s

    Raises
    ------
    InputError
        A setting out of range, or widths beyond what a number holds.

    Examples
    --------
    >>> widths = scale_ladder()
    >>> len(widths), round(float(widths[10]), 6), round(float(widths[-1]), 3)
    (32, 0.020086, 10.938)
    >>> scale_ladder(4, 0.05, 0.5, resolution=0.05).round(3).tolist()
    [0.05, 0.1, 0.15, 0.2]
    """
    count = as_whole(n, "n", 1, of="scales")
    finest = _above_zero(first, "first", "s", "For 1 ms give 0.001.")
    factor = _above_zero(step, "step", "", "For the published ladder give 0.3.")
    with np.errstate(over="ignore"):
        widths = finest * np.exp(factor * np.arange(count))
    if not np.isfinite(widths).all():
        raise InputError(
            "n",
            expected="widths that a number can hold",
            got=f"{count} scales, each exp({factor:g}) times the one before",
            remedy="Take fewer scales or a smaller step.",
        )
    if resolution is None:
        return widths
    sample = _above_zero(resolution, "resolution", "s", "For counts at 20 Hz give 0.05.")
    return np.unique(np.maximum(np.rint(widths / sample), 1.0)) * sample


@final
@dataclass(frozen=True)
class TimeScales(Sequence[float]):
    """Widths of bins as the grains of a profile; finest first.

    Parameters
    ----------
    widths : sequence of float, s
        Ascending, > 0. Default: the published ladder.

    Attributes
    ----------
    widths : tuple of float, s

    Raises
    ------
    InputError
        No width, one that is not positive, or widths that don't ascend.

    Examples
    --------
    >>> scales = TimeScales()
    >>> len(scales), scales.label(0), scales.label(10), scales.label(31)
    (32, '1 ms', '20.1 ms', '10.94 s')
    >>> TimeScales([0.25, 1.5]).columns()["width_s"].tolist()
    [0.25, 1.5]
    """

    widths: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        given = self.widths if isinstance(self.widths, np.ndarray) or self.widths != () else scale_ladder()
        object.__setattr__(self, "widths", as_widths(given))

    def __len__(self) -> int:
        return len(self.widths)

    def __getitem__(self, index: Any) -> Any:
        return self.widths[index]

    @property
    def labels(self) -> tuple[str, ...]:
        """Short names of all scales, with as many digits as tell them apart."""
        for digits in range(3, MOST_DIGITS + 1):
            names = tuple(width_label(width, digits) for width in self.widths)
            if len(set(names)) == len(names):
                return names
        return tuple(f"{width!r} s" for width in self.widths)

    def label(self, index: int) -> str:
        """Return the short name of a scale, such as "20.1 ms"."""
        return self.labels[index]

    def columns(self) -> dict[str, Any]:
        """Return what a table says of each scale: its level (0 is the finest) and its width in s."""
        return {"level": np.arange(len(self.widths)), "width_s": np.array(self.widths)}

    def __repr__(self) -> str:
        many = "scale" if len(self) == 1 else "scales"
        span = self.label(0) if len(self) == 1 else f"{self.label(0)} to {self.label(len(self) - 1)}"
        return f"TimeScales: {len(self)} {many}, {span}"


def width_label(width: float, digits: int = 3) -> str:
    """Return a width in words: below 1 s in ms with so many significant digits, from 1 s with one decimal fewer.

    >>> [width_label(w) for w in (0.0005, 0.001, 0.0201, 0.9999, 1.5, 10.938, 120.0)]
    ['0.5 ms', '1 ms', '20.1 ms', '1 s', '1.5 s', '10.94 s', '120 s']
    """
    in_ms = f"{float(f'{width * 1e3:.{digits}g}'):.{digits}g}"
    if float(in_ms) < 1e3:
        return f"{in_ms} ms"
    return f"{width:.{digits - 1}f}".rstrip("0").rstrip(".") + " s"


def as_widths(widths: Any) -> tuple[float, ...]:
    """Return widths in s, checked: at least one, positive and ascending."""
    array = np.atleast_1d(as_float_array(widths, "widths"))
    if array.ndim != 1 or not array.size:
        raise InputError(
            "widths",
            expected="one or more widths in s",
            got=f"shape {array.shape}",
            remedy="For example scale_ladder(), or [0.01, 0.1, 1.0].",
        )
    wrong = np.flatnonzero(~((array > 0) & np.isfinite(array)))
    if wrong.size:
        raise InputError(
            f"widths, item {wrong[0]}",
            expected="a number > 0, in s",
            got=f"{array[wrong[0]]:g}",
            remedy="For 10 ms give 0.01.",
        )
    back = np.flatnonzero(np.diff(array) <= 0)
    if back.size:
        raise InputError(
            f"widths, item {back[0] + 1}",
            expected=f"more than the width before it ({array[back[0]]:g} s)",
            got=f"{array[back[0] + 1]:g} s",
            remedy="Give each width once, finest first.",
        )
    return tuple(array.tolist())


def _above_zero(value: Any, where: str, unit: str, remedy: str) -> float:
    number = as_number(value, where, low=0.0)
    if not 0.0 < number < np.inf:
        raise InputError(
            where, expected=f"a number > 0{', in ' + unit if unit else ''}", got=repr(value), remedy=remedy
        )
    return number
