"""Time-reversal symmetry of the joint (E, I) level process: entropy production in nats a step.

Conventions. Each ensemble is cut into levels of its own (``_levels``), and the pair of levels is the state. With n_ab
the transitions from state a to state b in one bin, none across an edge of a segment or a block, and p_ab = n_ab / n,

    entropy production = sum over a, b of p_ab ln(p_ab / p_ba)   nats a step  (Kullback-Leibler rate of two-bin words)

where a pair of states seen in one direction only has `prior` added to both directions (1/2; 0 would give infinity).
This is the plug-in estimate of a first-order Markov process over the levels; for levels that remember longer, and for
hidden states, it is a lower bound in the limit of much data. Two levels of one ensemble alone can't show a direction;
the joint process can: E ahead of I goes round the plane of (E, I) in one sense.

Bias. Under reversibility the plug-in is about 2 c / n too large, c = (pairs of states seen) - (states) + 1 the
independent cycles, since net flows of a stationary chain can only go round cycles (`bias`).

Null [ours]: **blocks of time reversed at random**. Reversing a block turns its transitions n into n^T and keeps all
that is symmetric in time: levels, correlation of E and I, how long they remember. If the process is reversible, each
block is as likely as its reversal, so flipping each with chance 1/2 leaves the law of the counts as it was; p is exact
for independent blocks, and nearly so where blocks are much longer than the memory. Under a driven process a flip of B
blocks keeps about 1/B of the production, which the null's mean, taken off in `corrected`, then takes with it.
(A circular shift of E against I isn't this null: it destroys the relation of E to I, and keeps what is irreversible in
each. Give its entropy productions as `null` to ask how much of the direction is in the relation.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .._checks import as_number, as_whole
from .._errors import InputError
from ..surrogates.streams import as_generator
from ._levels import as_levels, level_bounds
from ._ranks import real_spread, tied_rank_p
from ._series import as_pair, as_values, block_edges, jackknife_reach, read_only

PRIOR = 0.5


@dataclass(frozen=True, eq=False)
class TimeReversal:
    """Entropy production of the joint level process at one scale, nats a step unless said otherwise.

    Attributes
    ----------
    raw : float
        Plug-in estimate.
    corrected : float
        Raw less the mean of the null.
    bias : float
        2 c / n, what a reversible process of so many steps is expected to give.
    per_second : float, nats a second
        `corrected` over the width.
    p : float
        Share of null draws at least as large, the data among them.
    z : float
        `corrected` in standard deviations of the null.
    low, high : float
        Interval of `corrected`: delete-a-block jackknife, with the error of the null's mean.
    circulation : float, a step
        Net turns through the plane of levels, positive from E up to I up (E leads): mean over steps of
        (a_E b_I - a_I b_E)/2 of centred levels a before and b after, over their deviations. 0 under reversibility.
    null : ndarray, shape (draws,)
    flows : ndarray, shape (states, states)
        n_ab, state = E level * (levels of I) + I level.
    levels : tuple of int
        Of E and I that were found.
    blocks : int
    width : float, s
    level : float
        Of the interval.
    reason : str
        Why there is no number, or "".
    """

    raw: float
    corrected: float
    bias: float
    per_second: float
    p: float
    z: float
    low: float
    high: float
    circulation: float
    null: np.ndarray
    flows: np.ndarray
    levels: tuple[int, int]
    blocks: int
    width: float
    level: float
    reason: str = ""

    @property
    def headline(self) -> float:
        """Entropy production less the null's mean, nats a step; zero-lag correlation has no part in it."""
        return self.corrected

    def __repr__(self) -> str:
        if self.reason:
            return f"no entropy production: {self.reason}"
        return (
            f"entropy production {self.corrected:.5f} nats a step [{self.low:.5f}, {self.high:.5f}] "
            f"({self.per_second:.4g} a second; plug-in {self.raw:.5f}), p = {self.p:.3g} against {self.blocks} blocks "
            f"reversed at random, circulation {self.circulation:+.4f}; {self.levels[0]} x {self.levels[1]} levels"
        )


def time_reversal(
    excitatory: Any,
    inhibitory: Any,
    *,
    lengths: Any = None,
    width: float = 1.0,
    levels: int | tuple[int, int] = 3,
    blocks: int = 100,
    null: Any = None,
    draws: int = 200,
    prior: float = PRIOR,
    level: float = 0.95,
    rng: int | np.random.Generator = 0,
) -> TimeReversal:
    """Return the entropy production of the joint level process, ``sum p_ab ln(p_ab / p_ba)``, with its null.

    Parameters
    ----------
    excitatory, inhibitory : array_like, shape (bins,)
        Activity in time order; its normalisation doesn't matter, only its order.
    lengths : array_like of int, shape (segments,), bins
        Default: one segment.
    width : float, s
        Of a bin.
    levels : int, or (int, int) for E and I
        At most so many levels.
    blocks : int
        Blocks of time; they should be much longer than the memory.
    null : array_like, shape (draws,), optional
        Raw entropy productions of surrogates of your own, in place of the blocks reversed at random.
    draws : int
        Of the null.
    prior : float, > 0
        Added to both directions of a pair of states seen in one only.
    level : float
        Of the interval.
    rng : int or numpy Generator

    Returns
    -------
    TimeReversal

    Raises
    ------
    InputError
        Shapes or settings that don't fit.

    Examples
    --------
    Excitation, then both, then inhibition, then none, round and round, with a pause now and then:

    >>> step = np.cumsum(np.random.default_rng(0).random(4000) < 0.5) % 4
    >>> found = time_reversal(np.isin(step, [1, 2]), np.isin(step, [2, 3]), width=0.01)
    >>> found.p < 0.01, found.circulation > 0
    (True, True)

    References
    ----------
    Entropy production of a Markov chain: Schnakenberg (1976) Rev Mod Phys 48:571, eq. 7.6; estimates from words:
    Roldan & Parrondo (2010) PRL 105:150607.
    """
    e, i, edges = as_pair(excitatory, inhibitory, lengths)
    width = as_number(width, "width", low=np.finfo(float).tiny)
    pair = levels if isinstance(levels, tuple | list) else (levels, levels)
    if len(pair) != 2:
        raise InputError("levels", expected="one or two whole numbers", got=repr(levels), remedy="For example (3, 3).")
    most = as_whole(pair[0], "levels", 1), as_whole(pair[1], "levels", 1)
    n_blocks, draws = as_whole(blocks, "blocks", 2), as_whole(draws, "draws", 0)
    prior = as_number(prior, "prior", low=np.finfo(float).tiny)
    level = as_number(level, "level", low=0.0, high=1.0)
    generator = as_generator(rng)
    given = None if null is None else as_values(null, "null")
    marks = block_edges(edges, n_blocks)
    steps = int(np.maximum(np.diff(marks, axis=1) - 1, 0).sum()) if len(marks) else 0
    constant = [name for name, x in (("excitatory", e), ("inhibitory", i)) if len(x) > 1 and (x == x[0]).all()]
    if len(constant) == 2:
        return _nothing("both ensembles are constant", width, level)
    if steps < 2 or len(marks) < 2:
        few = f"{len(e)} bins in {len(marks)} blocks hold {steps} steps; two blocks and two steps are needed"
        return _nothing(f"{few}: give more bins, or fewer `blocks=` (now {n_blocks})", width, level)
    bounds = level_bounds(e, None, most[0]), level_bounds(i, None, most[1])
    n_e, n_i = len(bounds[0]) + 1, len(bounds[1]) + 1
    if n_e * n_i < 3:
        which = f"{constant[0]} activity is constant: " if constant else ""
        return _nothing(f"{which}fewer than three states, so no cycle to go round", width, level)
    state = as_levels(e, bounds[0]) * n_i + as_levels(i, bounds[1])
    counts = block_flows(state, marks, n_e * n_i)
    flows = counts.sum(axis=0)
    raw = entropy_production(flows, prior=prior)
    if given is None:
        signs = generator.integers(0, 2, size=(draws, len(counts))) * 2.0 - 1.0
        symmetric = 0.5 * (flows + flows.T)
        against = 0.5 * (counts - counts.transpose(0, 2, 1)).reshape(len(counts), -1)
        turned = symmetric + (signs @ against).reshape(draws, *flows.shape)
        given = np.array([entropy_production(t, prior=prior) for t in turned])
    centre = float(given.mean()) if len(given) else np.nan
    spread = real_spread(given)
    corrected = raw - centre if len(given) else raw - reversible_bias(flows)
    left = np.array([entropy_production(flows - c, prior=prior) for c in counts])
    reach = jackknife_reach(left, given, level)
    p = tied_rank_p(raw, given) if len(given) else np.nan  # the data turned round altogether is a tie
    read_only(given, flows)
    return TimeReversal(
        raw=raw,
        corrected=corrected,
        bias=reversible_bias(flows),
        per_second=corrected / width,
        p=p,
        z=corrected / spread if spread > 0 else np.nan,
        low=corrected - reach,
        high=corrected + reach,
        circulation=_circulation(flows, n_i),
        null=given,
        flows=flows,
        levels=(n_e, n_i),
        blocks=len(counts),
        width=width,
        level=level,
    )


# -- the array layer -----------------------------------------------------------------------------------------------


def entropy_production(flows: np.ndarray, *, prior: float = PRIOR) -> float:
    """Return the plug-in entropy production, nats a step, of counts of transitions (states, states).

    A biased 3-cycle, .5 forward and .2 back: (.5 - .2) ln(.5/.2).

    >>> cycle = np.array([[0.3, 0.5, 0.2], [0.2, 0.3, 0.5], [0.5, 0.2, 0.3]])
    >>> round(entropy_production(cycle), 4)
    0.2749
    """
    n = float(flows.sum())
    if not n > 0:
        return np.nan
    upper = np.triu_indices(len(flows), 1)
    forth, back = flows[upper], flows.T[upper]
    seen = (forth > 0) | (back > 0)
    forth, back = forth[seen], back[seen]
    added = np.where((forth <= 0) | (back <= 0), prior, 0.0)
    return float(((forth - back) * np.log((forth + added) / (back + added))).sum() / n)


def reversible_bias(flows: np.ndarray) -> float:
    """Return what the plug-in gives a reversible process on average, about 2 c / n, c independent cycles.

    >>> reversible_bias(np.full((3, 3), 100.0)) * 900
    2.0
    """
    n = float(flows.sum())
    pairs = int(np.count_nonzero(np.triu(flows + flows.T, 1)))
    states = int(np.count_nonzero(flows.sum(axis=0) + flows.sum(axis=1)))
    return 2.0 * max(pairs - states + 1, 0) / n if n > 0 else np.nan


def block_flows(state: np.ndarray, marks: np.ndarray, states: int) -> np.ndarray:
    """Return counts of transitions (block, from, to) inside each block of bins, none across their edges.

    >>> block_flows(np.array([0, 1, 1, 0]), np.array([[0, 3], [3, 4]]), 2)[0].tolist()
    [[0.0, 1.0], [0.0, 1.0]]
    """
    block = np.repeat(np.arange(len(marks)), np.diff(marks, axis=1)[:, 0])
    inside = block[1:] == block[:-1]
    code = (block[:-1] * states + state[:-1]) * states + state[1:]
    counts = np.bincount(code[inside], minlength=len(marks) * states * states)
    return counts.reshape(len(marks), states, states).astype(np.float64)


def _circulation(flows: np.ndarray, n_i: int) -> float:
    """Return the mean signed area a step sweeps in the plane of standardised levels; E ahead of I is positive."""
    share = flows / flows.sum()
    occupancy = 0.5 * (share.sum(axis=0) + share.sum(axis=1))
    places = np.divmod(np.arange(len(flows)), n_i)
    x, y = (p - occupancy @ p for p in places)
    area = float(np.sqrt((occupancy @ x**2) * (occupancy @ y**2)))
    return float(x @ share @ y - y @ share @ x) / (2.0 * area) if area > 0 else np.nan


def _nothing(reason: str, width: float, level: float) -> TimeReversal:
    nan = float("nan")
    return TimeReversal(
        *(nan, nan, nan, nan, nan, nan, nan, nan, nan), np.zeros(0), np.zeros((0, 0)), (0, 0), 0, width, level, reason
    )
