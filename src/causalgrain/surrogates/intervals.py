"""Permuted inter-spike intervals: spike trains with the intervals they had, in another order.

Convention: the intervals of a unit in a segment are those between its successive spikes there, one fewer than spikes.
The slack is what the segment has beyond them: the time before the first spike and after the last.
"""

from __future__ import annotations

from typing import Any, Literal, cast

import numpy as np

from .._checks import choose
from .forms import Data, need_trains
from .streams import as_generator

OVERRUN_TOLERANCE = 1e-9  # of a segment's length; rounding of a sum of intervals is no overrun


def isi_permutation(
    data: Data,
    segments: Any,
    *,
    rng: int | np.random.Generator,
    pool: Literal["unit", "pooled"] = "unit",
) -> Data:
    """Permute the intervals between spikes within each segment.

    The permuted intervals are laid end to end. The first spike takes a uniform time in the slack, so that all lie in
    the segment; a single spike takes a uniform time in the segment.

    With ``pool="pooled"`` the intervals of all units in a segment are put together and dealt out without replacement,
    to each unit as many as it had. What a unit is dealt can then be longer than the segment, and is so as a rule for
    units that fire more than the average one. Such a unit starts at a uniform time and is wrapped modulo the segment's
    length: its number of spikes is kept, the intervals it was dealt are steps between spikes modulo the length but no
    longer between neighbours.

    Parameters
    ----------
    data : tuple or list of arrays of ascending spike times in s
    segments : array_like, shape (segment, 2), s
        Half open.
    rng : int or numpy Generator
        Seed or source of randomness.
    pool : {"unit", "pooled"}
        Permute among the intervals of each unit, or of all units. To permute the intervals of one merged train give
        the merged train as the only unit.

    Returns
    -------
    tuple or list
        As `data`, with the same number of spikes for each unit in each segment.

    Raises
    ------
    InputError
        Samples instead of spike trains; bad trains or segments.

    References
    ----------
    Louis, Gerstein, Gruen & Diesmann (2010) Front. Comput. Neurosci. 4:127.

    Examples
    --------
    >>> null = isi_permutation([[0.125, 0.25, 0.75]], [[0.0, 1.0]], rng=0)
    >>> sorted(np.diff(null[0]).round(6).tolist())
    [0.125, 0.5]
    """
    form = need_trains(
        data, segments, "isi_permutation", "Permute intervals of the spike times first, then bin the surrogate."
    )
    pooled = choose(pool, ("unit", "pooled"), "pool") == "pooled"
    generator = as_generator(rng)
    found = [_intervals(*form.locate(train)[1:]) for train in form.trains]
    of_segment = [segment for segment, _ in found]
    group = of_segment if pooled else [segment + i * len(form.segments) for i, segment in enumerate(of_segment)]
    dealt = _permuted(np.concatenate([steps for _, steps in found]), np.concatenate(group), generator)
    hands = iter(np.split(dealt, np.cumsum([len(segment) for segment in of_segment])[:-1]))

    def move(segment: np.ndarray, local: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return segment, _laid_out(segment, next(hands), form.lengths, generator)

    return cast("Data", form.each(move))


def _intervals(segment: np.ndarray, local: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the segment and length of every interval that lies within one."""
    same = np.diff(segment) == 0
    return segment[1:][same], np.diff(local)[same]


def _permuted(values: np.ndarray, group: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Permute values among those of the same group."""
    result = np.empty_like(values)
    result[np.argsort(group, kind="stable")] = values[np.lexsort((generator.random(len(values)), group))]
    return result


def _laid_out(
    segment: np.ndarray, steps: np.ndarray, lengths: np.ndarray, generator: np.random.Generator
) -> np.ndarray:
    """Return local times of one unit's spikes: `steps` laid end to end in every segment that holds a spike."""
    first = np.flatnonzero(np.diff(segment, prepend=-1))
    spikes = np.diff(first, append=len(segment))
    walked = np.zeros(len(segment))
    walked[np.diff(segment, prepend=-1) == 0] = steps
    walked = np.cumsum(walked)
    walked -= np.repeat(walked[first], spikes)
    length = lengths[segment[first]]
    total = walked[first + spikes - 1]
    overrun = total > length * (1 + OVERRUN_TOLERANCE)
    room = np.where(overrun, length, np.maximum(length - total, 0.0))
    local = walked + np.repeat(generator.random(len(first)) * room, spikes)
    return np.where(np.repeat(overrun, spikes), local % np.repeat(length, spikes), local)
