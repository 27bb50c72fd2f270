"""Spike times as files hold them: one vector a unit, or rows of (time, number of the unit)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .._errors import InputError

FEW = 20  # units; that so many have one spike each may be


@dataclass(frozen=True)
class Trains:
    """Spike times of several units in s; `span` = start and stop of the recording where the file says them."""

    times: tuple[np.ndarray, ...]
    labels: tuple[str, ...]
    span: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()


def from_vectors(times: Sequence[np.ndarray], labels: Sequence[str], span: tuple[float, float] | None = None) -> Trains:
    """Return the units that have a spike; how many have none is a note.

    >>> from_vectors([np.array([0.5]), np.array([])], ["u0", "u1"]).notes
    ('1 of 2 units have no spike and were left out',)
    """
    kept = [i for i, train in enumerate(times) if train.size]
    silent = len(times) - len(kept)
    if not kept:
        raise InputError(
            "spikes",
            expected="at least one spike",
            got=f"none in {len(times)} units",
            remedy="Check that these are the spike times.",
        )
    notes = (f"{silent} of {len(times)} units have no spike and were left out",) if silent else ()
    return Trains(tuple(times[i] for i in kept), tuple(labels[i] for i in kept), span, notes)


def doubled(times: Sequence[np.ndarray]) -> tuple[str, ...]:
    """Return a note on spikes that stand twice in a train; none where none does.

    >>> doubled([np.array([0.1, 0.1, 0.3])])
    ('spikes at the very time of another one of their unit, which are kept: 1',)
    """
    many = sum(int((train[1:] == train[:-1]).sum()) for train in times)
    return (f"spikes at the very time of another one of their unit, which are kept: {many}",) if many else ()


def from_pairs(table: np.ndarray, where: str) -> Trains:
    """Return one sorted train a unit from rows of (time in s, number of the unit), shape (spike, 2).

    >>> from_pairs(np.array([[0.1, 3], [0.4, 7], [0.2, 3]]), "spikes").labels
    ('c3', 'c7')
    """
    if table.ndim != 2 or table.shape[1] != 2:
        raise InputError(
            where,
            expected="two columns, (time in s, number of the unit), to read spikes",
            got=f"shape {table.shape}",
            remedy="If it has two rows, say orientation='unit x time'; for spike counts per bin say kind='counts'.",
        )
    times, numbers = table[:, 0].astype(np.float64), table[:, 1]
    good = np.isfinite(times) & np.isfinite(numbers) & (numbers == np.round(numbers))
    if not good.all():
        row = int(np.flatnonzero(~good)[0])
        raise InputError(
            f"{where}, row {row}",
            expected="(time in s, number of the unit), the number whole",
            got=f"({times[row]:g}, {numbers[row]:g})",
            remedy="If the columns are the other way round, swap them.",
        )
    order = np.lexsort((times, numbers))  # by unit, then by time
    found, first = np.unique(numbers[order], return_index=True)
    if len(found) > max(FEW, len(times) / 2):
        raise InputError(
            where,
            expected="(time in s, number of the unit) in every row, and several spikes of most units",
            got=f"{len(found)} different units in {len(times)} rows",
            remedy="If the columns are the other way round, swap them.",
        )
    return from_vectors(np.split(times[order], first[1:]), [f"c{int(number)}" for number in found])
