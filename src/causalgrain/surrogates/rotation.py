"""Circular shift: every unit is rotated in time by an amount of its own.

Convention: a shift s moves what was at t to (t + s) modulo the length, forward in joined time or within each segment.
"""

from __future__ import annotations

from typing import Any, Literal, cast

import numpy as np

from .._checks import as_number, choose
from .._errors import InputError
from .forms import WITHIN, Data, Samples, Trains, as_form, joined_edges
from .streams import as_generator


def circular_shift(
    data: Data,
    segments: Any,
    *,
    rng: int | np.random.Generator,
    min_shift: float | None = None,
    within: Literal["all", "segment"] = "all",
) -> Data:
    """Rotate each unit in time by an amount of its own.

    The shift is uniform over [min_shift, T - min_shift], where T is the length of all segments together, or of the
    segment. A unit keeps its values or spikes in their order, so its autocorrelation breaks only where the end meets
    the start and, along joined time, where a segment's edge has moved into another segment. Timing between units is
    lost. Note that `min_shift` parts a unit from where it was (and so from a stimulus, or a unit that is not shifted);
    two units shifted alike by chance can still meet again.

    Parameters
    ----------
    data : array, shape (time, unit), or tuple or list of arrays of ascending spike times in s
    segments : array_like, shape (segment, 2)
        Half open; sample indices, or s for spike trains.
    rng : int or numpy Generator
        Seed or source of randomness.
    min_shift : int, samples; or float, s, for spike trains; optional
        Default: 1 sample, so that no unit stays where it was; 0 s for spike trains. With 0 samples staying is allowed.
    within : {"all", "segment"}
        Rotate along joined time, or inside every segment by an amount of its own.

    Returns
    -------
    array, tuple or list
        As `data`.

    Raises
    ------
    InputError
        Bad shapes or segments, or 2 * min_shift >= T.

    Examples
    --------
    >>> null = circular_shift(np.array([[1], [2], [3], [4]]), [[0, 4]], rng=0, min_shift=1)
    >>> (np.diff(null[:, 0]) % 4).tolist()  # the order is kept, all round
    [1, 1, 1]
    >>> trains = circular_shift([[0.25, 0.5], []], [[0.0, 1.0]], rng=0)
    >>> len(trains[0]), round(float(np.diff(trains[0])[0]) % 0.5, 6)  # 0.25 s apart, or 0.75 s round the end
    (2, 0.25)
    """
    form = as_form(data, segments)
    scope = choose(within, WITHIN, "within")
    generator = as_generator(rng)
    if isinstance(form, Samples):
        return cast("Data", _shift_samples(form, min_shift, scope, generator))
    return cast("Data", _shift_trains(form, min_shift, scope, generator))


def _shift_samples(form: Samples, min_shift: Any, within: str, generator: np.random.Generator) -> np.ndarray:
    edges = form.edges(within)
    lengths = np.diff(edges)
    least = int(_as_least(1 if min_shift is None else min_shift, lengths, within, "samples"))
    beyond = lengths - least + (1 if least else 0)  # shifts 0 and T are the same one

    def change(column: np.ndarray) -> np.ndarray:
        shifts = generator.integers(least, beyond)
        rolled = [np.roll(column[a:b], s) for a, b, s in zip(edges[:-1], edges[1:], shifts, strict=True)]
        return np.concatenate(rolled)

    return form.each(change)


def _shift_trains(form: Trains, min_shift: Any, within: str, generator: np.random.Generator) -> Any:
    edges = joined_edges(form.segments)
    lengths = form.lengths if within == "segment" else edges[-1:]
    least = _as_least(0.0 if min_shift is None else min_shift, lengths, within, "s")

    def move(segment: np.ndarray, local: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        shifts = generator.uniform(least, lengths - least)
        if within == "segment":
            return segment, _wrapped(local + shifts[segment], lengths[segment])
        joined = _wrapped(edges[segment] + local + shifts[0], lengths[0])
        segment = np.searchsorted(edges[1:-1], joined, side="right")
        return segment, joined - edges[segment]

    return form.each(move)


def _wrapped(times: np.ndarray, length: np.ndarray) -> np.ndarray:
    """Bring times from [0, 2 length) to [0, length)."""
    return np.where(times >= length, times - length, times)


def _as_least(value: Any, lengths: np.ndarray, within: str, unit: str) -> float:
    """Return the least shift, which must leave a choice in every stretch."""
    least = as_number(value, "min_shift", low=0.0)
    if unit == "samples" and not least.is_integer():
        raise InputError(
            "min_shift",
            expected="a whole number of samples",
            got=repr(value),
            remedy="For seconds multiply by the rate and round.",
        )
    short = np.flatnonzero(2 * least >= lengths)
    if short.size:
        which = f"segment {short[0]}" if within == "segment" else "all segments together"
        way_out = "leave short segments out, or use within='all'" if within == "segment" else "use longer segments"
        raise InputError(
            "min_shift",
            expected=f"less than half of {which} ({lengths[short[0]]:g} {unit})",
            got=f"{least:g} {unit}",
            remedy=f"Take a smaller min_shift (0 leaves every shift open), {way_out}.",
        )
    return least
