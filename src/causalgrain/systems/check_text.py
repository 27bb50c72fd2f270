"""A check of a recording as text: what is in it, a table for each condition, answers, doubts; words for numbers.

Convention: times that are missing are rounded up to two digits.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .bias_law import LARGEST_MEASURED

if TYPE_CHECKING:
    from .answers import Answer, Row

WIDTH = 118
LEGEND = (
    "ON: share of bins in which the median unit is ON; memory: correlation with its next bin. For each number of "
    "units: transitions a state, the Phi to expect if the units had nothing to do with each other (bias), and whether "
    "that is enough or how much more recording it takes (+)."
)


def headline(summary: Mapping[str, Any]) -> list[str]:
    """Return what is in the recording, a line each."""
    units = "1 unit" if summary["units"] == 1 else f"{summary['units']} units"
    lines = [f"{summary['source'] or 'Recording'}: {units}, {summary['kind']}"]
    long = f" ({seconds_in_words(summary['duration'])})" if summary["duration"] >= 1e4 else ""
    size = f"{summary['duration']:,.6g} s{long}"
    if summary["rate"] is None:
        size += f", {summary['spikes']:,} spikes ({summary['spikes'] / summary['duration'] / summary['units']:.3g} Hz "
        size += "a unit on average)"
    else:
        size += f" at {summary['rate']:.6g} Hz, {summary['samples']:,} sample{'s' if summary['samples'] > 1 else ''}"
    if summary["segments"] > 1:
        size += f" in {summary['segments']} segments"
    lines.append(f"  {size}")
    conditions = summary["conditions"]
    lines.append(
        "  conditions: " + (", ".join(f"{k} ({v:,.6g} s)" for k, v in conditions.items()) if conditions else "none")
    )
    if summary["known"]:
        lines.append(f"  known of the units: {', '.join(summary['known'])}")
    return lines


def grid(rows: Sequence[Row], condition: str) -> tuple[list[str], list[list[str]]]:
    """Return the column names and cells of one condition, a line a bin."""
    some = [row for row in rows if row.condition == condition]
    sizes = sorted({row.units for row in some})
    columns = ["bin", "transitions", "ON", "memory", *(f"{n} units" for n in sizes)]
    cells = []
    for width in sorted({row.bin for row in some}):
        line = {row.units: row for row in some if row.bin == width}
        first = line[sizes[0]]
        shares = ["", ""] if np.isnan(first.on_share) else [f"{first.on_share:.1%}", f"{first.memory:.2f}"]
        cells.append([bin_in_words(width), f"{first.transitions:,}", *shares, *(_cell(line[n]) for n in sizes)])
    return columns, cells


def title(condition: str, summary: Mapping[str, Any]) -> str:
    """Return what stands above the table of one condition."""
    seconds = summary["conditions"].get(condition, summary["duration"])
    return f"{'Whole recording' if condition == 'all' else condition} ({seconds:,.6g} s)"


def as_text(
    summary: Mapping[str, Any],
    rows: Sequence[Row],
    answers: Sequence[Answer],
    doubts: Sequence[str],
    sentence: str,
) -> str:
    """Return all of it."""
    lines = [*headline(summary), "", *textwrap.wrap(LEGEND, WIDTH)]
    for condition in dict.fromkeys(row.condition for row in rows):
        columns, cells = grid(rows, condition)
        lines += ["", title(condition, summary), *_aligned([columns, *cells])]
    lines += ["", "Enough data?"]
    indent = max(len(answer.analysis) for answer in answers) + 8
    for answer in answers:
        begin = f"  {'yes' if answer.enough else 'no':<4} {answer.analysis}"
        lines += textwrap.wrap(
            answer.why,
            WIDTH,
            initial_indent=begin.ljust(indent),
            subsequent_indent=" " * indent,
            break_on_hyphens=False,
        )
    if doubts:
        lines += ["", "Doubtful:"]
        for doubt in doubts:
            lines += textwrap.wrap(
                doubt, WIDTH, initial_indent="  * ", subsequent_indent="    ", break_on_hyphens=False
            )
    return "\n".join([*lines, "", *textwrap.wrap(sentence, WIDTH, break_on_hyphens=False)])


def _cell(row: Row) -> str:
    if np.isnan(row.expected_bias):
        vary = "1 unit varies" if row.varying == 1 else f"{row.varying} units vary"
        return vary if row.transitions else "no transitions"
    known = row.expected_bias <= LARGEST_MEASURED
    bias = f"{row.expected_bias:.3f}" if known else f"> {LARGEST_MEASURED:g}"
    verdict = "enough" if row.enough else f"+{seconds_in_words(row.missing_seconds)}".replace("+> ", "> ")
    return f"{number(row.per_state):>7} {bias:>5} {verdict:<9}"


def _aligned(table: Sequence[Sequence[str]]) -> list[str]:
    """Return rows as lines: the first four columns to the right, the others to the left."""
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    return [
        "  "
        + "  ".join(
            f"{cell:>{w}}" if i < 4 else f"{cell:<{w}}" for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    ]


# -- words for numbers ------------------------------------------------------------------------------------------------


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
    ['0.31 s', '1,300 s', '14 h', '120 days', '> 1 year']
    """
    for limit, unit, size in ((1e4, "s", 1.0), (172_800.0, "h", 3600.0), (3.1e7, "days", 86_400.0)):
        if seconds < limit:
            value = seconds / size
            digits = 10.0 ** (np.floor(np.log10(value)) - 1) if value > 0 else 1.0
            value = abs(np.ceil(value / digits - 1e-9)) * digits  # abs: no -0
            return f"{value:,.0f} {unit}" if value >= 10 else f"{value:.2g} {unit}"
    return "> 1 year"


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
    return (
        "unknown" if np.isnan(value) else f"above {LARGEST_MEASURED:g}" if value > LARGEST_MEASURED else f"{value:.2g}"
    )


def join(items: Sequence[str]) -> str:
    """Return "a, b and c"."""
    return " and ".join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else "".join(items)
