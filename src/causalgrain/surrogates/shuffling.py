"""Time shuffle: values or spikes of each unit at times drawn anew."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Literal, cast

import numpy as np

from .._checks import choose
from .._errors import InputError
from .forms import WITHIN, Data, Samples, Trains, as_flag, as_form, joined_edges
from .streams import as_generator


def time_shuffle(
    data: Data,
    segments: Any,
    *,
    rng: int | np.random.Generator,
    within: Literal["all", "segment"] = "all",
    together: bool = False,
) -> Data:
    """Give each unit's samples a random order, or each spike a new uniform time.

    A unit keeps its values (its number of spikes) and nothing of their order in time. With `together` all units take
    the same order: patterns across units stay, their order in time is lost. For spikes this is a homogeneous Poisson
    process with the number of spikes given.

    Parameters
    ----------
    data : array, shape (time, unit), or tuple or list of arrays of ascending spike times in s
    segments : array_like, shape (segment, 2)
        Half open; sample indices, or s for spike trains.
    rng : int or numpy Generator
        Seed or source of randomness.
    within : {"all", "segment"}
        Over all segments, or inside every segment on its own.
    together : bool
        The same order for all units; samples only.

    Returns
    -------
    array, tuple or list
        As `data`.

    Raises
    ------
    InputError
        Bad shapes or segments, or `together` with spike trains.

    References
    ----------
    Theiler, Eubank, Longtin, Galdrikian & Farmer (1992) Physica D 58:77-94.

    Examples
    --------
    >>> data = np.array([[1, 10], [2, 20], [3, 30]])
    >>> null = time_shuffle(data, [[0, 3]], rng=0, together=True)
    >>> (null[:, 1] == 10 * null[:, 0]).all(), sorted(null[:, 0].tolist())
    (np.True_, [1, 2, 3])
    """
    form = as_form(data, segments)
    scope = choose(within, WITHIN, "within")
    same = as_flag(together, "together")
    generator = as_generator(rng)
    if isinstance(form, Samples):
        return cast("Data", _shuffle_samples(form, scope, same, generator))
    if same:
        raise InputError(
            "together",
            expected="False for spike trains",
            got="True",
            remedy="Patterns across units need bins: bin the spikes first, then shuffle the bins together.",
        )
    return cast("Data", _shuffle_trains(form, scope, generator))


def _shuffle_samples(form: Samples, within: str, together: bool, generator: np.random.Generator) -> np.ndarray:
    edges = form.edges(within)

    def shuffled(column: np.ndarray) -> np.ndarray:
        return np.concatenate([generator.permutation(column[a:b]) for a, b in pairwise(edges)])

    if not together:
        return form.each(shuffled)
    order = shuffled(np.arange(edges[-1]))
    return form.each(lambda column: column[order])


def _shuffle_trains(form: Trains, within: str, generator: np.random.Generator) -> Any:
    edges = joined_edges(form.segments)

    def move(segment: np.ndarray, local: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        drawn = generator.random(len(local))
        if within == "segment":
            return segment, drawn * form.lengths[segment]
        joined = drawn * edges[-1]
        segment = np.searchsorted(edges[1:-1], joined, side="right")
        return segment, joined - edges[segment]

    return form.each(move)
