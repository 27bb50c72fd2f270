"""From counted states to answers: which analyses have enough data, what the others lack, and that in one sentence.

Convention: the best bin for a number of units is the one at which least recording time is missing in the condition
that lacks most; among bins where nothing is missing, the one with the smallest expected bias.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..recordings.recording import Recording
from .check_text import bias_in_words, bin_in_words, bins_in_words, join, number, seconds_in_words
from .resample import FEWEST_BLOCKS

LARGEST_BIAS = 0.02
PER_STATE = 10  # transitions for each possible state
MOST_WITH_NULL = 5  # units; a scan makes no null of the maximum for more
SLOW, NARROW = 0.5, 10.0  # correlation with the next bin, and bins a correlation time, from which bins are narrow
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
    inflation : float
        How many transitions count as one, because units remember further back than the last bin; median over sets.
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
    varying, constant : int
        Units looked at that are sometimes ON; that are never ON, or always.
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
    inflation: float
    expected_bias: float
    enough: bool
    sets_enough: float
    missing_transitions: float
    missing_seconds: float
    correlation_time: float
    blocks: int
    varying: int
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
        *(_phi(b, widths, recording.n_units) for b in best.values()),
        _interval(at),
        _null([b for b in best.values() if b.units <= MOST_WITH_NULL]),
        _conditions(at, recording),
        _temporal(best, widths),
        _position(recording),
        _cell_types(recording),
    )


def sentence_of(rows: Sequence[Row], n_units: int) -> str:
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
        first = short[0]
        if n_units < first.units:
            return f"Not enough units for Phi of {first.units}: {_lacks(first, n_units)}."
        even = "even " if len(best) > 1 else ""
        hint = "" if np.isnan(first.worst.missing_seconds) else "; compare a scan with its null"
        return (
            f"Not enough data to read Phi of {even}{first.units} units as it stands: "
            f"{_lacks(first, n_units, 'they ')}{hint}."
        )
    most = enough[-1]
    numbers = f"{enough[0].units} to {most.units}" if len(enough) > 2 else join([str(b.units) for b in enough])
    said = f"Enough for Phi of {numbers} units at {bins_in_words(most.bins_enough, widths)}{everywhere}"
    more = [b for b in short if b.units > most.units]
    if not more:
        return f"{said}."
    return f"{said}; {_lacks(more[0], n_units, f'{more[0].units} units ')}."


def bin_doubts(rows: Sequence[Row]) -> tuple[str, ...]:
    """Return what is doubtful about the bins, a sentence each."""
    first = min(row.units for row in rows)
    cells = [row for row in rows if row.units == first and row.transitions]
    widths = sorted({row.bin for row in rows})
    told = []
    slow = [row for row in cells if row.memory > SLOW and row.correlation_time > NARROW * row.bin]
    if slow:
        time = max(row.correlation_time for row in slow)
        told.append(
            f"The bins are faster than the signal: at {bins_in_words({row.bin for row in slow}, widths)} a unit mostly "
            f"stays as it was (correlation with its next bin up to {max(row.memory for row in slow):.2f}, correlation "
            f"time {seconds_in_words(time)}), so neighbouring bins repeat each other: look at wider bins or longer "
            "lags as well."
        )
    for side, remedy in (
        ("ON", "wider bins, or units that fire more"),
        ("OFF", "narrower bins, or a higher threshold"),
    ):
        shares = {row: row.on_share if side == "ON" else 1.0 - row.on_share for row in cells}
        rare = [row for row, share in shares.items() if share < RARE]
        if rare:
            told.append(
                f"At {bins_in_words({row.bin for row in rare}, widths)} the median unit is {side} in less than "
                f"{RARE:.0%} of the bins (down to {min(shares[row] for row in rare):.2%}), so that nearly all "
                f"transitions start from one state: take {remedy}."
            )
    still = [row for row in cells if row.constant]
    if still:
        worst = max(still, key=lambda row: row.constant)
        are, them = ("is", "it") if worst.constant == 1 else ("are", "them")
        upto = "Up to " if len({row.constant for row in still}) > 1 else ""
        told.append(
            f"{upto}{worst.constant} of {worst.constant + worst.varying} units looked at {are} never or always ON at "
            f"{bins_in_words({row.bin for row in still}, widths)}{_in(worst)} and can't be used there: leave {them} "
            "out, or take other bins."
        )
    return tuple(told)


# -- one analysis each -------------------------------------------------------------------------------------------


def _phi(best: Best, widths: Sequence[float], n_units: int) -> Answer:
    name = f"Phi of {best.units} units, and its peak over grains"
    row = best.worst
    state = (
        f"{number(row.per_state)} transitions a state, {row.visited:.0f} of {1 << best.units} states seen, expected "
        f"bias {bias_in_words(row.expected_bias)}"
    )
    if best.enough:
        best_bin = f"; best at {bin_in_words(best.bin)}{_in(row)}" if len(best.bins_enough) > 1 else ""
        return Answer(name, True, f"at {bins_in_words(best.bins_enough, widths)}{best_bin}: {state}")
    unknown = np.isnan(row.expected_bias)
    return Answer(name, False, _lacks(best, n_units) + ("" if unknown else f": {state} ({LARGEST_BIAS:g} allowed)"))


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
    if any(np.isnan(row.expected_bias) for row in every[0].rows):
        return Answer(name, False, f"not even {every[0].units} units vary in every condition")
    return Answer(
        name,
        False,
        f"{every[0].units} units have {number(worst.per_state)} transitions a state at {bin_in_words(worst.bin)}"
        f"{_in(worst)}, and need {PER_STATE}",
    )


def _conditions(best: Best, recording: Recording) -> Answer:
    name = "comparison of conditions"
    if len(recording.conditions) < 2:
        have = "one condition" if recording.conditions else "no conditions"
        return Answer(name, False, f"{have}: add epochs (epochs=, --epochs)")
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
    if recording.n_units < 2:
        return Answer(name, False, "there is one unit")
    return Answer(name, True, f"all {recording.n_units} units have one")


def _cell_types(recording: Recording) -> Answer:
    name = "pooling by cell type"
    types = recording.properties.get("cell_type")
    if types is not None:
        kinds, many = np.unique(types.astype(str), return_counts=True)
        if len(kinds) > 1:
            shown = ", ".join(f"{kind or 'unnamed'} {count}" for kind, count in zip(kinds, many, strict=True))
            return Answer(name, True, shown)
        return Answer(name, False, f"all units have the same, {kinds[0]}")
    waves = "waveforms are there, but " if "waveform" in recording.properties else ""
    return Answer(name, False, f"{waves}no types: add the property 'cell_type', a name a unit")


# -- words -------------------------------------------------------------------------------------------------------


def _lack(row: Row) -> tuple[float, float]:
    return (np.inf, np.inf) if np.isnan(row.missing_seconds) else (row.missing_seconds, row.expected_bias)


def _lacks(best: Best, n_units: int, who: str = "") -> str:
    """Say what is missing: "lack 8.3 h in run at bins of 2 s"."""
    row = best.worst
    if n_units < best.units:
        return f"the recording has {n_units} unit{'s' if n_units > 1 else ''}"
    where = f"{_in(row)} at bins of {bin_in_words(best.bin)}"
    if np.isnan(row.missing_seconds):
        return f"fewer than {best.units} units vary{where}" if row.transitions else f"no bin follows another{where}"
    less = sum(not other.enough for other in best.rows) - 1
    others = "" if not less else " (less in the other)" if len(best.rows) == 2 else " (less in others)"
    return f"{who}lack {seconds_in_words(row.missing_seconds)}{where}{others}"


def _in(row: Row) -> str:
    return "" if row.condition == "all" else f" in {row.condition}"


def _blocks_lacking(row: Row) -> str:
    return f"{row.blocks} of {FEWEST_BLOCKS} blocks of five correlation times{_in(row)}"
