"""The shared result: measures over grains.

A profile holds named measures x grain x condition x draw. For each measure it says its unit, its convention and what
is looked for in it: a maximum, a minimum, sameness over grains, or nothing. Where an extreme is looked for, the
profile names the peak with its runner-up, margin and ties; it never breaks a tie silently. Where sameness is, it says
how far the measure spreads over grains, beyond its doubt and against its null, and which grains break it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ._checks import choose
from ._doubt import rank_p
from ._errors import InputError
from ._provenance import Provenance

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

TIE_TOLERANCE = 1e-9
SOUGHT = ("maximum", "minimum", "invariance", "nothing")
MAX_SHOWN = 8
BREAK_LEVEL = 0.05  # chance that any grain is said to break sameness, Bonferroni over grains


class Grains(Protocol):
    """What a profile asks of its table of grains."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: Any) -> Any: ...

    def label(self, index: int) -> str:
        """Short name of one grain."""
        ...

    def columns(self) -> dict[str, Any]:
        """Columns that describe each grain; "level" among them."""
        ...


@dataclass(frozen=True)
class Measure:
    """One measure of a profile.

    Attributes
    ----------
    name, unit, convention : str
    sought : {"maximum", "minimum", "invariance", "nothing"}
        What is looked for in it over grains.
    """

    name: str
    unit: str
    convention: str
    sought: str

    def __post_init__(self) -> None:
        choose(self.sought, SOUGHT, "sought")


@dataclass(frozen=True)
class Peak:
    """A grain and its value of the measure sought, with its doubt where the profile has draws.

    Attributes
    ----------
    grain, label, value, index
        Which grain, its short name, the measure there, its row.
    interval : tuple of float, or None
        Of the value; its level is in the profile's conventions.
    p : float or None
        Against the null of the maximum over all grains.
    wins : float or None
        Share of the bootstrap draws in which this grain has the extreme.
    """

    grain: Any
    label: str
    value: float
    index: int
    interval: tuple[float, float] | None = None
    p: float | None = None
    wins: float | None = None

    def __repr__(self) -> str:
        parts = [f"{self.label}  {self.value:.6f}"]
        if self.interval is not None:
            parts.append(f"[{self.interval[0]:.4f}, {self.interval[1]:.4f}]")
        if self.p is not None:
            parts.append(f"p = {self.p:.3g}")
        if self.wins is not None:
            parts.append(f"wins {self.wins:.0%}")
        return "  ".join(parts)


@dataclass(frozen=True)
class Invariance:
    """Whether a measure is the same at all grains.

    Attributes
    ----------
    measure : str
    mean : float
        Over admitted grains; weighted by 1/error^2 where all errors are known.
    spread : float
        Standard deviation over admitted grains (over their number).
    beyond : float or None
        What is left of the spread without the grains' own errors, at least 0; None where errors aren't known.
    p : float or None
        Share of the null's spreads at least as large; None without a null.
    breaks : tuple of Peak
        Grains further from the mean than their error allows, in order of grains; empty where errors aren't known, and
        where the whole isn't told apart from the null (p above `BREAK_LEVEL`).
    grains : int
        How many were compared.
    """

    measure: str
    mean: float
    spread: float
    beyond: float | None
    p: float | None
    breaks: tuple[Peak, ...]
    grains: int

    def __repr__(self) -> str:
        parts = [f"{self.measure} {self.mean:.4f}, spread {self.spread:.4f} over {self.grains} grains"]
        if self.beyond is not None:
            parts.append(f"{self.beyond:.4f} beyond error")
        if self.p is not None:
            parts.append(f"p = {self.p:.3g}")
        if self.breaks:
            named = ", ".join(b.label for b in self.breaks[:MAX_SHOWN])
            whole = " (not told apart on the whole)" if self.beyond == 0.0 and self.p is None else ""
            parts.append(f"broken at {named}{', ...' if len(self.breaks) > MAX_SHOWN else ''}{whole}")
        return "; ".join(parts)


@dataclass(frozen=True, eq=False)
class GrainProfile:
    """Measures over grains.

    Attributes
    ----------
    data : xarray.Dataset
        One variable a measure, dimensions (grain, condition, draw); ``admitted`` (grain,) or (grain, condition)
        says which grains compete; further variables as the maker of the profile documents them. Among them may be
        the doubt of the first measure: ``low``, ``high``, ``p`` and ``wins`` (grain, condition); and of a measure whose
        sameness is looked for: ``NAME_error`` (grain, condition) and ``NAME_surrogates`` (surrogate, grain, condition).
    grains : sequence
        The grain of each row.
    measures : tuple of Measure
        The first one is the one whose peak is named.
    what : str
        One line on the system.
    notes : tuple of str
        Cautions that belong to every number here.
    unnamed : str
        Why no peak is named, or "".
    """

    data: xr.Dataset
    grains: Grains
    measures: tuple[Measure, ...]
    what: str
    provenance: Provenance
    notes: tuple[str, ...] = ()
    unnamed: str = ""

    # -- conditions ----------------------------------------------------------------------------------------------

    @property
    def conditions(self) -> tuple[str, ...]:
        """Names of the conditions."""
        return tuple(str(name) for name in self.data["condition"].values)

    def at(self, condition: str) -> GrainProfile:
        """Return the profile of one condition."""
        place = self.conditions.index(choose(condition, self.conditions, "condition"))
        what = self.what if len(self.conditions) == 1 else f"{self.what}, {condition}"
        return replace(self, data=self.data.isel(condition=[place]), what=what)

    def _single(self) -> None:
        if len(self.conditions) > 1:
            raise InputError(
                "profile",
                expected="one condition, to name its peak",
                got=f"{len(self.conditions)}: {', '.join(self.conditions)}",
                remedy=f"Say which: profile.at({self.conditions[0]!r}).",
            )

    def _flat(self, name: str) -> np.ndarray:
        """Return a variable of the grains as (grains,), whether it depends on the condition or not."""
        array = self.data[name]
        for dim in ("condition", "draw"):
            if dim in array.dims:
                array = array.isel({dim: 0})
        return array.values

    # -- the peak ------------------------------------------------------------------------------------------------

    @property
    def measure(self) -> Measure:
        """The measure whose peak is named."""
        return self.measures[0]

    def values(self, measure: str | None = None, condition: int | str = 0) -> np.ndarray:
        """Return a measure at every grain, mean over draws, shape (grains,)."""
        name = choose(measure or self.measure.name, [m.name for m in self.measures], "measure")
        array = self.data[name]
        chosen = array.sel(condition=condition) if isinstance(condition, str) else array.isel(condition=condition)
        if chosen.sizes["draw"] == 1:
            return chosen.isel(draw=0).values
        return chosen.mean("draw").values

    @cached_property
    def ranking(self) -> np.ndarray:
        """Rows of the admitted grains, best first.

        Values within the tolerance of the best are one tie, ordered by the finer level, then the larger candidate
        set, then the order of the table; the tie is reported in `ties`.
        """
        self._single()
        score = self.values() * (1.0 if self.measure.sought == "maximum" else -1.0)
        rows = np.flatnonzero(self._flat("admitted") & np.isfinite(score))
        if self.unnamed or not len(rows):
            return rows[:0]
        rows = rows[np.argsort(-score[rows], kind="stable")]
        tied = rows[score[rows] >= score[rows[0]] - TIE_TOLERANCE]
        level, size = self._level, self.data["nodes"].values if "nodes" in self.data else np.zeros(len(score))
        tied = tied[np.lexsort((tied, -size[tied], level[tied]))]
        order = np.concatenate([tied, rows[len(tied) :]])
        order.setflags(write=False)
        return order

    def _peak(self, row: int) -> Peak:
        low, high, p, wins = (self._doubt(name, row) for name in ("low", "high", "p", "wins"))
        interval = None if low is None or high is None else (low, high)
        return Peak(self.grains[row], self.grains.label(row), float(self.values()[row]), int(row), interval, p, wins)

    def _doubt(self, name: str, row: int) -> float | None:
        value = float(self._flat(name)[row]) if name in self.data else float("nan")
        return value if np.isfinite(value) else None

    @property
    def peak(self) -> Peak | None:
        """The best admitted grain, or None where there is none to name (see `unnamed`)."""
        return self._peak(int(self.ranking[0])) if len(self.ranking) else None

    @property
    def runner_up(self) -> Peak | None:
        """The second best admitted grain, a tied one included."""
        return self._peak(int(self.ranking[1])) if len(self.ranking) > 1 else None

    @property
    def margin(self) -> float:
        """By how much the peak beats the runner-up; 0 in a tie, NaN without a runner-up."""
        if len(self.ranking) < 2:
            return float("nan")
        best, second = self.values()[self.ranking[:2]]
        gap = abs(float(best - second))
        return 0.0 if gap <= TIE_TOLERANCE else gap

    @property
    def ties(self) -> tuple[Peak, ...]:
        """Other grains with the peak's value."""
        if not len(self.ranking):
            return ()
        values = self.values()
        near = np.abs(values[self.ranking] - values[self.ranking[0]]) <= TIE_TOLERANCE
        return tuple(self._peak(int(row)) for row in self.ranking[near][1:])

    # -- sameness ------------------------------------------------------------------------------------------------

    @property
    def invariance(self) -> dict[str, Invariance]:
        """Sameness over grains of every measure that was declared so, by name."""
        self._single()
        return {m.name: self._invariance(m.name) for m in self.measures if m.sought == "invariance"}

    def _invariance(self, name: str) -> Invariance:
        values = self.values(name)
        rows = np.flatnonzero(self._flat("admitted") & np.isfinite(values))
        if len(rows) < 2:
            return Invariance(name, float("nan"), float("nan"), None, None, (), len(rows))
        found, error = values[rows], self._errors(name)[rows]
        spread, sure = float(found.std()), bool((np.isfinite(error) & (error > 0)).all())
        weights = 1.0 / error**2 if sure else np.ones(len(rows))
        mean = float(np.average(found, weights=weights))
        beyond, breaks = None, ()
        if sure:
            beyond = float(np.sqrt(max(spread**2 - float((error**2).mean()), 0.0)))
            limit = NormalDist().inv_cdf(1.0 - 0.5 * BREAK_LEVEL / len(rows))
            breaks = tuple(self._at(name, int(row)) for row in rows[np.abs(found - mean) > limit * error])
        p = None
        if f"{name}_surrogates" in self.data:
            null = self.data[f"{name}_surrogates"].isel(condition=0).values[:, rows]
            ranked = float(rank_p(spread, null.std(axis=1)))
            p = ranked if np.isfinite(ranked) else None
        if p is not None and p > BREAK_LEVEL:
            breaks = ()
        return Invariance(name, mean, spread, beyond, p, breaks, len(rows))

    def _errors(self, name: str) -> np.ndarray:
        """Return the standard error of a measure at every grain, NaN where it isn't known, shape (grains,)."""
        if f"{name}_error" in self.data:
            return self._flat(f"{name}_error")
        draws = self.data[name].isel(condition=0).values
        return draws.std(axis=-1, ddof=1) if draws.shape[-1] > 1 else np.full(len(self), np.nan)

    def _at(self, name: str, row: int) -> Peak:
        return Peak(self.grains[row], self.grains.label(row), float(self.values(name)[row]), row)

    # -- tables --------------------------------------------------------------------------------------------------

    @property
    def _level(self) -> np.ndarray:
        return self.data["level"].values

    @property
    def admitted(self) -> np.ndarray:
        """Which grains compete, shape (grains,), bool."""
        self._single()
        return self._flat("admitted")

    @property
    def n_admitted(self) -> int:
        """How many grains compete."""
        self._single()
        return int(self._flat("admitted").sum())

    @property
    def table(self) -> pd.DataFrame:
        """One row a grain and condition: what it is, every measure, whether it is admitted and why not."""
        return self._table.copy()

    @property
    def levels(self) -> pd.DataFrame:
        """One row a level: how many grains, how many admitted, the extreme of the measure and where it lies."""
        return self._levels.copy()

    @cached_property
    def _table(self) -> pd.DataFrame:
        import pandas as pd

        names = list(self.conditions)
        if len(names) > 1:
            return pd.concat([self.at(name)._table for name in names], ignore_index=True)
        columns = dict(self.grains.columns())
        if names != ["all"]:
            columns = {"condition": names * len(self), **columns}
        columns.update({m.name: self.values(m.name) for m in self.measures})
        for extra in ("admitted", "reason"):
            columns[extra] = self._flat(extra)
        return pd.DataFrame(columns)

    @cached_property
    def _levels(self) -> pd.DataFrame:
        import pandas as pd

        self._single()
        level, admitted = self._level, self._flat("admitted")
        values = self.values()
        sign = 1.0 if self.measure.sought == "maximum" else -1.0
        rows = []
        for this in np.unique(level):
            here = level == this
            fit = np.flatnonzero(here & admitted & np.isfinite(values))
            best = fit[int(np.argmax(sign * values[fit]))] if len(fit) else None
            ties = int((np.abs(values[fit] - values[best]) <= TIE_TOLERANCE).sum()) - 1 if best is not None else 0
            rows.append(
                {
                    "level": int(this),
                    "grains": int(here.sum()),
                    "admitted": int((here & admitted).sum()),
                    self.measure.name: float(values[best]) if best is not None else float("nan"),
                    "grain": self.grains.label(int(best)) if best is not None and values[best] != 0.0 else "",
                    "ties": ties,
                }
            )
        return pd.DataFrame(rows)

    def admit(self, mask: Sequence[bool] | np.ndarray, *, unnamed: str = "", note: str = "") -> GrainProfile:
        """Return the profile with other grains admitted.

        Parameters
        ----------
        mask : array of bool, shape (grains,) or (grains, condition)
        unnamed : str
            Why no peak should be named, if so.
        note : str
            A caution to add.
        """
        table = np.asarray(mask, dtype=bool)
        dims = ("grain",) if table.ndim == 1 else ("grain", "condition")
        data = self.data.assign(admitted=(dims, table))
        kept = tuple(n for n in self.notes if n.split(":")[0] != note.split(":")[0])
        return replace(self, data=data, unnamed=unnamed, notes=(*kept, note) if note else self.notes)

    # -- reading -------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self.grains)

    def __repr__(self) -> str:
        if len(self.conditions) > 1:
            return "\n".join(self.at(name)._brief() for name in self.conditions) + "\n" + self._tail()
        return f"{self._brief()}\n{self.levels.to_string(index=False, float_format='{:.6f}'.format)}\n{self._tail()}"

    def _brief(self) -> str:
        measure = f"{self.measure.name} {self.measure.unit}".rstrip()
        lines = [f"{self.what}: {len(self)} grains, {self.n_admitted} admitted, {measure}"]
        peak, second = self.peak, self.runner_up
        if peak is None:
            lines.append(f"no peak named: {self.unnamed or 'no grain is admitted'}")
        else:
            lines.append(f"peak       {peak}")
            if self.ties:
                names = ", ".join(t.label for t in self.ties[:MAX_SHOWN])
                lines.append(
                    f"tied with  {len(self.ties)} more: {names}{', ...' if len(self.ties) > MAX_SHOWN else ''}"
                )
            if second is not None:
                lines.append(f"runner-up  {second}  margin {self.margin:.6f}")
        lines += [f"sameness   {found}" for found in self.invariance.values()]
        return "\n".join(lines)

    def _tail(self) -> str:
        return "\n".join([*(f"note: {note}" for note in self.notes), str(self.provenance)])
