"""The nulls shared by all measures: surrogate recordings that keep something of the data and destroy something else.

Conventions, for every null here. Data come in two forms: *samples*, an array (time, unit) of traces, counts or states;
or *trains*, a tuple or list of ascending spike times in s, one array a unit. Segments are half open, [start, stop):
sample indices for samples, seconds for trains. What lies outside all segments belongs to no segment and stays as it
is. *Joined time* is the time of all segments laid end to end. ``within="all"`` works along joined time, so what
followed one moment may come to follow another; ``within="segment"`` lets nothing leave its segment. The input is never
changed and the result has its form: an array of the same shape and data type, or a tuple or list of float64 arrays.
Randomness is always a parameter: ``rng`` is a seed or a numpy Generator (which moves on), and the same seed gives the
same surrogate. Surrogates are made a unit at a time, so that the memory beyond the result grows with time alone.

>>> import numpy as np
>>> data = np.arange(12).reshape(6, 2)
>>> null = surrogate(data, [[0, 6]], "circular_shift", rng=1)
>>> null.shape, sorted(null[:, 0].tolist())
((6, 2), [0, 2, 4, 6, 8, 10])
"""

from __future__ import annotations

from .catalogue import METHODS, Method, draws, surrogate
from .dithering import dither
from .intervals import isi_permutation
from .phases import phase_randomise
from .rotation import circular_shift
from .shuffling import time_shuffle
from .streams import draw_rng

__all__ = [
    "METHODS",
    "Method",
    "circular_shift",
    "dither",
    "draw_rng",
    "draws",
    "isi_permutation",
    "phase_randomise",
    "surrogate",
    "time_shuffle",
]
