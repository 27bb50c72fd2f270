"""Types of units for `causalgrain balance`: a table of labels, and what to give where nothing tells them.

Conventions. A table has two columns, unit and type, parted by commas or tabs. A type is a word (see
:mod:`..ensembles.cell_labels`), or a number from 0 to 1, which is the probability of being inhibitory. The first line
may be a head of known names (`UNIT_HEADS`, `TYPE_HEADS`); any other head is refused, for nothing says what its columns
hold. A table may be of more units than are looked at: labels of units that weren't chosen are left out.
"""

from __future__ import annotations

import csv
import warnings
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from .._checks import choose, did_you_mean, existing_file
from .._errors import CausalGrainWarning, InputError

if TYPE_CHECKING:
    from ..ensembles.cell_type import CellTypes
    from ..recordings.recording import Recording

WAYS = ("auto", "labels", "waveform", "correlogram", "combined")
UNIT_HEADS = ("unit", "units", "label", "name", "id", "unit_id", "cell")
TYPE_HEADS = ("type", "types", "cell_type", "celltype", "cell type", "putative_cell_type", "ground_truth")
TYPE_HEADS += ("probability", "inhibitory")
SHOWN = 6


def types_of(
    recording: Recording, way: str, labels: Path | None, waveform_rate: float | None, whole: Collection[str]
) -> CellTypes:
    """Return the types of the units; an error says which option helps.

    Parameters
    ----------
    recording : Recording
        Of the units that are looked at.
    way : str
    labels : Path, optional
    waveform_rate : float, Hz, optional
    whole : collection of str
        Units of the recording before any were chosen.
    """
    from ..ensembles.cell_type import cell_type

    choose(way, WAYS, "--cell-type")
    given = None if labels is None else chosen_labels(read_labels(labels), recording.labels, whole, str(labels))
    try:
        return cell_type(recording, by=way, labels=given, waveform_rate=waveform_rate)
    except InputError as error:
        if error.where not in ("recording", "waveform_rate"):
            raise
        options = " or ".join(_options(recording, way, waveform_rate))
        raise InputError(
            error.where,
            expected=error.expected,
            got=error.got,
            remedy=f"At the command line: {options}. {error.remedy}",
        ) from error


def _options(recording: Recording, way: str, waveform_rate: float | None) -> list[str]:
    """Return the options that may still help: none that was tried, none that this recording can't be asked."""
    found = ["--labels units.csv (columns unit and type)"]
    if way not in ("correlogram", "combined") and recording.spikes is not None:
        found.append("--cell-type correlogram")
    if "waveform" in recording.properties and waveform_rate is None:
        found.append("--waveform-rate 30000" + (" with --cell-type waveform" if way == "correlogram" else ""))
    return found


def chosen_labels(
    given: Mapping[str, str | float], chosen: Collection[str], whole: Collection[str], where: str
) -> dict[str, str | float]:
    """Return the labels of the units that are looked at; warn of those that belong to no unit of the recording.

    >>> chosen_labels({"a": "E", "b": 0.3}, ["b"], ["a", "b"], "labels.csv")
    {'b': 0.3}
    """
    kept = {unit: word for unit, word in given.items() if unit in chosen}
    strange = [unit for unit in given if unit not in whole]
    if not kept:
        raise InputError(
            where,
            expected="types of the units that are looked at",
            got=f"types of {_listed(list(given))}",
            remedy=did_you_mean(next(iter(given)), list(chosen)),
        )
    if strange:
        warnings.warn(
            f"{where}: {len(strange)} of {len(given)} labels belong to no unit of the recording and were left out: "
            f"{_listed(strange)}. {did_you_mean(strange[0], list(whole))}",
            CausalGrainWarning,
            stacklevel=2,
        )
    return kept


def read_labels(path: Path) -> dict[str, str | float]:
    """Return unit -> type, or probability of being inhibitory, from a table of two columns; a head is left out."""
    with existing_file(path).open(newline="", encoding="utf-8-sig") as stream:
        text = stream.read()
    rows = [row for row in csv.reader(text.splitlines(), delimiter="\t" if "\t" in text else ",") if any(row)]
    rows = [[cell.strip() for cell in row] for row in rows]
    wrong = next((k for k, row in enumerate(rows) if len(row) != 2), None)
    if not rows or wrong is not None:
        raise InputError(
            str(path),
            expected="two columns, unit and type",
            got="no rows" if not rows else f"{len(rows[wrong or 0])} in row {(wrong or 0) + 1}",
            remedy="For example a line: 1-4,inhibitory",
        )
    if _is_head(rows[0], path):
        if len(rows) == 1:
            raise InputError(
                str(path),
                expected="a row for each unit",
                got=f"no rows below the head {','.join(rows[0])!r}",
                remedy="For example a line: 1-4,inhibitory",
            )
        rows = rows[1:]
    names = [row[0] for row in rows]
    twice = next((name for k, name in enumerate(names) if name in names[:k]), None)
    if twice is not None:
        raise InputError(str(path), expected="each unit once", got=f"{twice!r} twice", remedy="Leave one of them out.")
    return {unit: _value(word) for unit, word in rows}


def _is_head(row: list[str], path: Path) -> bool:
    """Return whether the first row names the columns; one that is neither that nor a unit's is refused."""
    from ..ensembles.cell_labels import inhibitory_word

    unit, word = (cell.lower() for cell in row)
    if unit in UNIT_HEADS and word in TYPE_HEADS:
        return True
    swapped = unit in TYPE_HEADS and word in UNIT_HEADS
    if not swapped and (inhibitory_word(word) is not None or isinstance(_value(word), float)):
        return False
    raise InputError(
        f"{path}, row 1",
        expected="the head unit,type, or a unit and its type (such as 'E', 'PV', or a probability of being inhibitory)",
        got=repr(",".join(row)),
        remedy="Put the unit first, the type second." if swapped else "Write unit,type in the first line, or no head.",
    )


def _value(word: str) -> str | float:
    """Return a number for a number (too large or small ones are refused later), else the word."""
    try:
        number = float(word)
    except ValueError:
        return word
    return word if number != number else number


def _listed(names: list[str]) -> str:
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
