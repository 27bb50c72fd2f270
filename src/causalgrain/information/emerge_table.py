"""The rows of the one table: a number, the scale it belongs to, its doubt, and the convention it was computed under."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .._doubt import rank_p, t_reach
from .._errors import InputError
from ..profile import GrainProfile

LEVEL = 0.95
TEXTS = ("condition", "family", "measure", "scale", "unit", "convention")
NUMBERS = ("value", "low", "high", "null", "p")
ORDER = ("condition", "family", "measure", "scale", "value", "unit", "low", "high", "null", "p", "convention")
MICRO = "micro"
LONGEST_LABEL = 48


@dataclass
class Rows:
    """Rows as they come, the profiles behind them, and what was left out and why."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    profiles: dict[str, GrainProfile] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    refusals: list[InputError] = field(default_factory=list)
    assumed_elements: bool = False  # a bare TPM's states were read as those of binary elements

    def add(
        self,
        family: str,
        measure: str,
        scale: str,
        value: float,
        unit: str,
        convention: str,
        *,
        condition: str = "all",
        doubt: dict[str, float] | None = None,
    ) -> None:
        """Add one row; `doubt` has low, high, null and p where they are known."""
        numbers = {name: float("nan") for name in NUMBERS} | {"value": float(value)} | (doubt or {})
        texts = (condition, family, measure, shortened(scale), unit, convention)
        self.rows.append(dict(zip(TEXTS, texts, strict=True)) | numbers)

    def attempt(self, what: str, make: Callable[[], None]) -> None:
        """Make the rows of one family; where the input doesn't allow it, say so and go on."""
        try:
            make()
        except InputError as error:
            self.notes.append(f"{what}: left out. {error}")
            self.refusals.append(error)

    def columns(self) -> dict[str, Any]:
        """Return the table by columns: texts as tuples, numbers as arrays; refuse an empty one as its input was."""
        if not self.rows:
            raise self.refusals[0]
        places = list(dict.fromkeys(row["condition"] for row in self.rows))
        rows = sorted(self.rows, key=lambda row: places.index(row["condition"]))
        out: dict[str, Any] = {}
        for name in ORDER:
            found = [row[name] for row in rows]
            out[name] = tuple(found) if name in TEXTS else np.array(found, dtype=np.float64)
        return out

    def find(self, measure: str, condition: str = "all", scale: str | None = None) -> dict[str, Any] | None:
        """Return the first row of a measure in a condition."""
        for row in self.rows:
            if row["measure"] == measure and row["condition"] == condition and scale in (None, row["scale"]):
                return row
        return None


def doubt_of(
    what: Callable[[np.ndarray], float],
    value: np.ndarray,
    draws: np.ndarray,
    nulls: np.ndarray,
    *,
    within: tuple[float, float] = (-np.inf, np.inf),
) -> dict[str, float]:
    """Return interval, null mean and p of a number that is made of the values at all scales.

    Parameters
    ----------
    what : function of an array (scales,)
    value : array, shape (scales,)
    draws, nulls : array, shape (scales, draws)
        Of the bootstrap and of the surrogates; NaN where a draw has no value.
    within : (float, float)
        What the number can be at all; the interval is cut there.
    """
    here = what(value)
    nulls = nulls[:, np.isfinite(nulls).all(axis=0)]
    again = np.array([what(column) for column in draws.T])
    reach = float(t_reach(again, LEVEL)) if len(again) else float("nan")
    other = np.array([what(column) for column in nulls.T])
    return {
        "low": float(np.maximum(here - reach, within[0])),
        "high": float(np.minimum(here + reach, within[1])),
        "null": float(other.mean()) if len(other) else float("nan"),
        "p": float(rank_p(here, other)) if len(other) else float("nan"),
    }


def doubt_at(profile: GrainProfile, row: int, condition: str, measure: str = "") -> dict[str, float]:
    """Return what a profile says of the doubt of one number; `measure` as in "emergence" for "emergence_low"."""
    before = f"{measure}_" if measure else ""
    null = f"{measure or profile.measure.name}_null"
    names = {"low": f"{before}low", "high": f"{before}high", "null": null, "p": f"{before}p"}
    known = {m.name for m in profile.measures}
    return {
        key: float(profile.values(name, condition)[row]) if name in known else float("nan")
        for key, name in names.items()
    }


def counted(number: int, what: str) -> str:
    """Return "1 group" or "3 groups"."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def shortened(label: str) -> str:
    """Return a label that fits a column of a table."""
    return label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 4]} ..."
