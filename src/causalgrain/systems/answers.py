"""From counted states to answers: which analyses have enough data, what the others lack, and that in one sentence.

Convention: the best bin for a number of units is the one at which least recording time is missing in the condition
that lacks most; among bins where nothing is missing, the one with the smallest expected bias.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..recordings.recording import Recording
from .resample import FEWEST_BLOCKS

LARGEST_BIAS = 0.02
PER_STATE = 10  # transitions for each possible state
MOST_WITH_NULL = 5  # units; a scan makes no null of the maximum for more
SLOW = 0.8  # correlation with the next bin from which bins are called narrow
RARE = 0.02  # share of bins ON (or OFF) below which nearly all transitions start from one state


@dataclass(frozen=True)
class Row:
    """What a condition holds at one bin for sets of some units.

    Attributes
    ----------
    condition : str
        "all" where the recording has none.
    bin : float, s
    units : int
        In a set.
    transitions : int
        From one bin to the next, within segments.
    per_state : float
        Transitions for each of the 2**units states.
    visited : float
        States that are visited; median over sets.
    rare_visits : float
        Visits of the state at the lower quartile of all possible states, so that a quarter of them have no more;
        median over sets.
    on_share, memory : float
        Share of bins in which a unit is ON, and correlation with its next bin; median over units that vary.
    expected_bias : float
        Raw Phi to expect of independent units; median over sets. Above 0.1 it only means "far too few".
    enough : bool
        For half of the sets.
    sets_enough : float
        Share of the sets with enough.
    missing_transitions : float
        Further transitions that half of the sets need; NaN where nothing can be said.
    missing_seconds : float, s
        Of recording that they take.
    correlation_time : float, s
        Of the slowest unit of a set; median over sets.
    blocks : int
        Stretches of five correlation times (at least ten bins).
    constant : int
        Units looked at that are never ON, or always.
    """

    condition: str
    bin: float
    units: int
    transitions: int
    per_state: float
    visited: float
    rare_visits: float
    on_share: float
    memory: float
    expected_bias: float
    enough: bool
    sets_enough: float
    missing_transitions: float
    missing_seconds: float
    correlation_time: float
    blocks: int
    constant: int


@dataclass(frozen=True)
class Answer:
    """Whether there is enough for an analysis, and why, or what is missing."""

    analysis: str
    enough: bool
    why: str


@dataclass(frozen=True)
class Best:
    """The best bin for a number of units: a row for each condition, and the bins at which all have enough."""

    units: int
    bin: float
    rows: tuple[Row, ...]
    bins_enough: tuple[float, ...]

    @property
    def enough(self) -> bool:
        """Have all conditions enough?"""
        return bool(self.bins_enough)

    @property
    def worst(self) -> Row:
        """The condition that lacks most."""
        return max(self.rows, key=_lack)


def best_bins(rows: Sequence[Row]) -> dict[int, Best]:
    """Return the best bin for each number of units."""
    found = {}
    for units in sorted({row.units for row in rows}):
        by_bin: dict[float, list[Row]] = {}
        for row in rows:
            if row.units == units:
                by_bin.setdefault(row.bin, []).append(row)
        width = min(by_bin, key=lambda width: max(_lack(row) for row in by_bin[width]))
        enough = tuple(width for width, some in by_bin.items() if all(row.enough for row in some))
        found[units] = Best(units, width, tuple(by_bin[width]), enough)
    return found


def answers_of(rows: Sequence[Row], recording: Recording) -> tuple[Answer, ...]:
    """Return what has enough data and what not."""
    best = best_bins(rows)
    widths = sorted({row.bin for row in rows})
    at = next((b for b in reversed(best.values()) if b.enough), next(iter(best.values())))
    return (
        *(_phi(b, widths) for b in best.values()),
        _interval(at),
        _null([b for b in best.values() if b.units <= MOST_WITH_NULL]),
        _conditions(at, recording),
        _temporal(best, widths),
        _position(recording),
        _cell_types(recording),
    )


def sentence_of(rows: Sequence[Row]) -> str:
    """Say in one sentence what can be asked.

    The largest number of units with enough data in every condition comes first, then what the next one lacks.
    """
    best = best_bins(rows)
    widths = sorted({row.bin for row in rows})
    several = len({row.condition for row in rows})
    everywhere = {1: "", 2: " in both conditions"}.get(several, f" in all {several} conditions")
    enough = [b for b in best.values() if b.enough]
    short = [b for b in best.values() if not b.enough]
    if not enough:
        return (
            f"Not enough to read Phi of {'even ' if len(best) > 1 else ''}{short[0].units} units as it stands: "
            f"{_lacks(short[0])}; compare a scan with its null."
        )
    most = enough[-1]
    upto = f"up to {most.units}" if len(enough) > 2 else join([str(b.units) for b in enough])
    said = f"Enough for Phi of {upto} units at {bins_in_words(most.bins_enough, widths)}{everywhere}"
    more = [b for b in short if b.units > most.units]
    return f"{said}; {more[0].units} units: {_lacks(more[0])}." if more else f"{said}."


def bin_doubts(rows: Sequence[Row]) -> tuple[str, ...]:
    """Return what is doubtful about the bins, a sentence each."""
    first = min(row.units for row in rows)
    cells = [row for row in rows if row.units == first and row.transitions]
    widths = sorted({row.bin for row in rows})
    told = []
    slow = [row for row in cells if row.memory > SLOW]
    if slow:
        time = max(row.correlation_time for row in slow)
        told.append(
            f"The samples are faster than the signal: at {bins_in_words({row.bin for row in slow}, widths)} a unit "
            f"mostly stays as it is (correlation with its next bin up to {max(row.memory for row in slow):.2f}; "
            f"correlation time {seconds_in_words(time)}). Wider bins or longer lags lose little; narrower bins add no "
            "data."
        )
    rare = [row for row in cells if min(row.on_share, 1.0 - row.on_share) < RARE]
    if rare:
        side = "ON" if rare[0].on_share < 0.5 else "OFF"
        share = min(min(row.on_share, 1.0 - row.on_share) for row in rare)
        told.append(
            f"At {bins_in_words({row.bin for row in rare}, widths)} the median unit is {side} in less than 2 % of the "
            f"bins (down to {share:.2%}), so that nearly all transitions start from one state: take wider bins, or "
            "units that fire more."
        )
    still = [row for row in cells if row.constant]
    if still:
        worst = max(still, key=lambda row: row.constant)
        told.append(
            f"Units that are never or always ON can't be used where that is so: {worst.constant} of those looked at "
            f"in {worst.condition!r} at a bin of {bin_in_words(worst.bin)}"
            + (f", and some at {bins_in_words({row.bin for row in still}, widths)}" if len(still) > 1 else "")
            + ". Leave them out, or take other bins."
        )
    return tuple(told)


# -- one analysis each -------------------------------------------------------------------------------------------


def _phi(best: Best, widths: Sequence[float]) -> Answer:
    name = f"Phi of {best.units} units, and its peak over grains"
    if best.enough:
        row = max(best.rows, key=lambda row: row.expected_bias)
        why = (
            f"at {bins_in_words(best.bins_enough, widths)}; best at {bin_in_words(best.bin)}: {number(row.per_state)} "
            f"transitions a state, {row.visited:g} of {1 << best.units} states seen, expected bias "
            f"{bias_in_words(row.expected_bias)}"
        )
        return Answer(name, True, why)
    bias = bias_in_words(best.worst.expected_bias)
    note = "" if np.isnan(best.worst.expected_bias) else f" (expected bias {bias}, {LARGEST_BIAS:g} allowed)"
    return Answer(name, False, _lacks(best) + note)


def _interval(best: Best) -> Answer:
    name = "interval by block bootstrap"
    fewest = min(best.rows, key=lambda row: row.blocks)
    where = f"{best.units} units at {bin_in_words(best.bin)}"
    if fewest.blocks >= FEWEST_BLOCKS:
        return Answer(name, True, f"{number(fewest.blocks)} blocks of five correlation times or more ({where})")
    return Answer(name, False, f"{_blocks_lacking(fewest)} ({where})")


def _null(every: Sequence[Best]) -> Answer:
    name = f"null of the maximum over grains (at most {MOST_WITH_NULL} units)"
    good = [b for b in every if all(row.per_state >= PER_STATE and row.visited > 0 for row in b.rows)]
    if good:
        most = good[-1]
        least = min(row.per_state for row in most.rows)
        why = f"{most.units} units at {bin_in_words(most.bin)}: {number(least)} transitions a state"
        return Answer(name, True, why)
    if not every:
        return Answer(name, False, f"only sizes above {MOST_WITH_NULL} were asked for")
    worst = min(every[0].rows, key=lambda row: row.per_state)
    return Answer(
        name,
        False,
        f"{every[0].units} units have {number(worst.per_state)} transitions a state at {bin_in_words(worst.bin)}"
        f"{_in(worst)}, and need {PER_STATE}",
    )


def _conditions(best: Best, recording: Recording) -> Answer:
    name = "comparison of conditions"
    if len(recording.conditions) < 2:
        return Answer(name, False, f"{len(recording.conditions) or 'no'} condition: add epochs (epochs=, --epochs)")
    good = [row for row in best.rows if row.blocks >= FEWEST_BLOCKS]
    if len(good) >= 2:
        named = join([f"{row.condition} ({number(row.blocks)})" for row in good])
        return Answer(name, True, f"blocks of {named} are exchanged")
    return Answer(name, False, "; ".join(_blocks_lacking(row) for row in best.rows if row not in good))


def _temporal(best: dict[int, Best], widths: Sequence[float]) -> Answer:
    name = "temporal grain (Phi over bins)"
    good = [b for b in best.values() if len(b.bins_enough) >= 2]
    if good:
        return Answer(name, True, f"{good[-1].units} units at {bins_in_words(good[-1].bins_enough, widths)}")
    one = [b for b in best.values() if b.enough]
    if one:
        return Answer(name, False, f"only one bin has enough: {bin_in_words(one[-1].bin)} for {one[-1].units} units")
    return Answer(name, False, "no bin has enough for any number of units")


def _position(recording: Recording) -> Answer:
    name = "pooling by position"
    place = recording.properties.get("position")
    if place is None:
        return Answer(name, False, "no positions: add the property 'position', (unit, 2 or 3) in um")
    if place.dtype.kind not in "iuf" or place.ndim != 2:
        return Answer(name, False, "the positions are no rows of 2 or 3 numbers")
    missing = int((~np.isfinite(place).all(axis=1)).sum())
    if missing:
        return Answer(name, False, f"{missing} of {recording.n_units} units have no position: leave them out")
    return Answer(name, True, f"all {recording.n_units} units have one")


def _cell_types(recording: Recording) -> Answer:
    name = "pooling by cell type"
    types = recording.properties.get("cell_type")
    if types is not None:
        kinds, many = np.unique(types.astype(str), return_counts=True)
        if len(kinds) > 1:
            shown = ", ".join(f"{kind or 'unnamed'} {count}" for kind, count in zip(kinds, many, strict=True))
            return Answer(name, True, shown)
        return Answer(name, False, f"all are {kinds[0]!r}")
    waves = "waveforms are there, but " if "waveform" in recording.properties else ""
    return Answer(name, False, f"{waves}no types: add the property 'cell_type', a name a unit")


# -- words -------------------------------------------------------------------------------------------------------


def _lack(row: Row) -> tuple[float, float]:
    return (np.inf, np.inf) if np.isnan(row.missing_seconds) else (row.missing_seconds, row.expected_bias)


def _lacks(best: Best) -> str:
    row = best.worst
    if np.isnan(row.missing_seconds):
        why = "too few units vary" if row.transitions else "no two bins in one segment"
        return f"{why} at {bin_in_words(best.bin)}{_in(row)}"
    many = sum(not other.enough for other in best.rows)
    where = _in(row) + (", and less in the others" if many > 2 else "")
    return f"lack {seconds_in_words(row.missing_seconds)}{where} at bins of {bin_in_words(best.bin)}"


def _in(row: Row) -> str:
    return "" if row.condition == "all" else f" in {row.condition}"


def _blocks_lacking(row: Row) -> str:
    return f"{row.blocks} of {FEWEST_BLOCKS} blocks of five correlation times{_in(row)}"


def bin_in_words(width: float) -> str:
    """Return a width with its unit.

    >>> bin_in_words(0.05), bin_in_words(0.6), bin_in_words(2.0)
    ('50 ms', '600 ms', '2 s')
    """
    return f"{width:.4g} s" if width >= 1.0 else f"{width * 1000:.4g} ms"


def bins_in_words(some: Sequence[float] | set[float], every: Sequence[float]) -> str:
    """Return widths as a range where they follow one another among `every`.

    >>> bins_in_words([0.05, 0.1, 0.2], [0.05, 0.1, 0.2, 0.5]), bins_in_words([0.05, 1.0], [0.05, 0.1, 1.0])
    ('bins of 50 to 200 ms', 'bins of 50 ms and 1 s')
    """
    found = sorted(some)
    if len(found) > 2 and every.index(found[-1]) - every.index(found[0]) == len(found) - 1:
        first, last = bin_in_words(found[0]), bin_in_words(found[-1])
        return f"bins of {first.removesuffix(' ' + last.split()[1])} to {last}"
    return f"bins of {join([bin_in_words(width) for width in found])}"


def seconds_in_words(seconds: float) -> str:
    """Return a length of time in two digits.

    >>> [seconds_in_words(s) for s in (0.31, 1234.0, 50_000.0, 1e7, 1e12)]
    ['0.31 s', '1,300 s', '14 h', '120 days', 'more than a lifetime']
    """
    for limit, unit, size in ((1e4, "s", 1.0), (172_800.0, "h", 3600.0), (6.3e7, "days", 86_400.0)):
        if seconds < limit:
            value = seconds / size
            digits = 10.0 ** (np.floor(np.log10(value)) - 1) if value > 0 else 1.0
            value = np.ceil(value / digits - 1e-9) * digits
            return f"{value:,.0f} {unit}" if value >= 10 else f"{value:.2g} {unit}"
    return f"{seconds / 3.156e7:,.0f} years" if seconds < 2.5e9 else "more than a lifetime"


def number(value: float) -> str:
    """Return a count, whole from 10 on.

    >>> number(1095.6), number(3.1415)
    ('1,096', '3.1')
    """
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def bias_in_words(value: float) -> str:
    """Return a bias; what is above 0.1 is not known better.

    >>> bias_in_words(0.0123), bias_in_words(0.4)
    ('0.012', 'above 0.1')
    """
    return "unknown" if np.isnan(value) else "above 0.1" if value > 0.1 else f"{value:.2g}"


def join(items: Sequence[str]) -> str:
    """Return "a, b and c"."""
    return " and ".join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else "".join(items)
