"""Dither: every spike moved a little, so that only timing finer than the width is lost."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from .._checks import as_number
from .._errors import InputError
from .forms import Data, need_trains
from .streams import as_generator


def dither(data: Data, segments: Any, *, rng: int | np.random.Generator, width: float) -> Data:
    """Move each spike by a uniform amount from -width to +width, reflected at the edges of its segment.

    Rates that change slower than the width stay; coincidences between units and intervals finer than it are lost. The
    number of spikes of each unit in each segment is kept, and a constant rate stays constant up to the edges.

    Parameters
    ----------
    data : tuple or list of arrays of ascending spike times in s
    segments : array_like, shape (segment, 2), s
        Half open.
    rng : int or numpy Generator
        Seed or source of randomness.
    width : float, s
        Largest move to either side, > 0. May exceed a segment: reflection goes on until the spike lies in it.

    Returns
    -------
    tuple or list
        As `data`.

    Raises
    ------
    InputError
        Samples instead of spike trains, or a width that is not positive; bad trains or segments.

    References
    ----------
    Louis, Gerstein, Gruen & Diesmann (2010) Front. Comput. Neurosci. 4:127.

    Examples
    --------
    >>> null = dither([[0.0, 0.3, 0.6]], [[0.0, 1.0]], rng=0, width=0.01)
    >>> null[0].round(1).tolist()
    [0.0, 0.3, 0.6]
    """
    form = need_trains(data, segments, "dither", "Dither the spike times first, then bin the surrogate.")
    reach = as_number(width, "width", low=0.0)
    if not 0.0 < reach < np.inf:
        raise InputError("width", expected="a number > 0, in s", got=repr(width), remedy="For +-5 ms give 0.005.")
    generator = as_generator(rng)

    def move(segment: np.ndarray, local: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        length = form.lengths[segment]
        local = (local + generator.uniform(-reach, reach, len(local))) % (2 * length)  # a mirror at 0 and at length
        return segment, np.where(local > length, 2 * length - local, local)

    return cast("Data", form.each(move))
