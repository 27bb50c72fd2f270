"""How far causal power moves: over seeds, and over draws of the data in blocks of time.

Conventions. A member (seed, fold) that failed is NaN, and is counted, never averaged in. A block is a stretch of one
segment; as many blocks as there are are drawn with replacement, and rows keep the order of time within them. The
default length is five times the memory of the first array, but no more than leaves 20 blocks, as for the linear
baseline (:func:`causalgrain.information.linear_moments.block_moments`).

What a bootstrap covers is what is done anew in it: of held-out residuals, S; of a whole fit, everything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._checks import as_float_array, as_number, as_whole
from .._doubt import t_reach
from .._errors import InputError
from ..information.linear_moments import CORRELATION_TIMES, FEWEST_BLOCKS, cut
from ..surrogates.streams import draw_rng
from ..systems.resample import draw_blocks, memory_samples

LEVEL = 0.95
BOOTSTRAP = 3  # purpose of random streams


@dataclass(frozen=True, eq=False)
class Spread:
    """A number over members of an ensemble.

    Attributes
    ----------
    mean, sd : ndarray or float
        Over the members that didn't fail; sd is NaN for fewer than two.
    low, high : ndarray or float
        Interval in which one more member would fall.
    members, failed : int
        How many there are, and how many of them failed (NaN anywhere).
    """

    mean: Any
    sd: Any
    low: Any
    high: Any
    members: int
    failed: int

    def __repr__(self) -> str:
        lost = f", {self.failed} failed" if self.failed else ""
        pairs = zip(np.atleast_1d(self.mean).ravel(), np.atleast_1d(self.sd).ravel(), strict=True)
        return f"{' '.join(f'{m:.4g} +- {s:.2g}' for m, s in pairs)} ({self.members} members{lost})"


def spread_over_members(values: Any, *, level: float = LEVEL) -> Spread:
    """Return mean, standard deviation and interval over the members of an ensemble.

    Parameters
    ----------
    values : array_like, shape (members, ...)
        NaN where a member failed; a member with a NaN anywhere counts as failed.
    level : float
        Of the interval, two-sided, from t with a new member's own spread: t sd sqrt(1 + 1/members).

    Examples
    --------
    >>> spread_over_members([1.0, 2.0, float("nan"), 3.0])
    2 +- 1 (4 members, 1 failed)
    """
    every = as_float_array(values, "values")
    as_number(level, "level", low=0.5, high=0.999999)
    if not every.ndim or not len(every):
        raise InputError(
            "values", expected="one row a member", got=f"shape {every.shape}", remedy="Give (members, ...)."
        )
    known = every[np.isfinite(every).reshape(len(every), -1).all(axis=1)]
    none = np.full(every.shape[1:], np.nan)
    mean = known.mean(axis=0) if len(known) else none
    sd = known.std(axis=0, ddof=1) if len(known) > 1 else none
    half = t_reach(known, level, scale=float(np.sqrt(1.0 + 1.0 / len(known)))) if len(known) > 1 else none
    parts = [part[()] if part.ndim else float(part) for part in map(np.asarray, (mean, sd, mean - half, mean + half))]
    return Spread(*parts, members=len(every), failed=len(every) - len(known))


def block_bootstrap(
    statistic: Callable[..., Any],
    *arrays: Any,
    segments: Any = None,
    block: int | None = None,
    draws: int = 100,
    seed: int = 0,
) -> np.ndarray:
    """Return a statistic of rows drawn with replacement in blocks of time.

    Parameters
    ----------
    statistic : callable
        ``statistic(*arrays)`` -> float or array, of as many arrays as are given, with other rows.
    *arrays : array_like, shape (time, ...)
        Rows of all belong together: samples, residuals, losses.
    segments : array_like of int, shape (segment, 2), optional
        Half open; by default all rows are one.
    block : int, rows, optional
        Length of a block.
    draws, seed : int

    Returns
    -------
    ndarray, shape (draws, ...)

    Raises
    ------
    InputError
        Arrays of different lengths, fewer than two blocks.

    Examples
    --------
    >>> x = np.random.default_rng(0).standard_normal(400)
    >>> means = block_bootstrap(np.mean, x, block=10, draws=400)
    >>> bool(abs(means.std() - 1 / 20) < 0.01)
    True
    """
    rows = [as_float_array(array, f"array {place}") for place, array in enumerate(arrays)]
    lengths = {len(part) if part.ndim else 0 for part in rows}
    if len(lengths) != 1 or not min(lengths):
        raise InputError(
            "arrays", expected="equally many rows in all", got=f"{sorted(lengths)}", remedy="Rows belong together."
        )
    n = lengths.pop()
    spans = np.array([[0, n]] if segments is None else segments, dtype=np.int64)
    as_whole(draws, "draws", 1)
    if block is None:
        memory = memory_samples(rows[0].reshape(n, -1), spans)
        total = int((spans[:, 1] - spans[:, 0]).sum())
        block = max(min(int(np.ceil(CORRELATION_TIMES * memory)), total // FEWEST_BLOCKS), 1)
    blocks = [np.concatenate([np.arange(a, b) for a, b in part]) for part in cut(spans, as_whole(block, "block", 1), 0)]
    if len(blocks) < 2:
        raise InputError(
            "block",
            expected=f"at least two blocks in {n} rows",
            got=f"{block} rows a block",
            remedy="Take shorter blocks.",
        )
    found = []
    for draw in range(draws):
        times = draw_blocks(len(blocks), draw_rng(seed, BOOTSTRAP, draw))
        taken = np.concatenate([blocks[i] for i in np.repeat(np.arange(len(blocks)), times)])
        found.append(np.asarray(statistic(*(part[taken] for part in rows)), dtype=np.float64))
    return np.array(found)
