"""Groups of nodes as macro nodes: their out-weights, and the effective information of every possible merge.

Conventions. A grouping is an array ``group`` (n,): the number of each node's group, counted from 0. A
macro node's out-weights are the average of its members', weighted by ``share`` (n,): equal for all members that move
(sinks weigh 0), or the stationary distribution of the walk. Weights into members add up, so an edge inside a group
becomes a self-loop. A group whose members are all sinks is a sink. With "drop", sinks are left out of the averages.
"""

from __future__ import annotations

import numpy as np

from ._entropy import xlog2x

RESTART = 1e-9  # chance a step of starting anew: picks one stationary distribution where there are several


def stationary_share(walk: np.ndarray) -> np.ndarray:
    """Return the long-run share of time of a walker that starts anywhere with equal chance, shape (n,).

    It is the stationary distribution wherever that is unique. The walker starts anew with a chance of 1e-9 a step and
    at sinks, so that nodes that are only passed through keep a (tiny) share.

    >>> stationary_share(np.array([[0.0, 1.0], [0.5, 0.5]])).round(6).tolist()
    [0.333333, 0.666667]
    """
    n = len(walk)
    flow = np.linalg.solve(np.eye(n) - (1.0 - RESTART) * walk.T, np.full(n, 1.0 / n))
    flow = np.maximum(flow, 0.0)
    return flow / flow.sum()


def grouped(walk: np.ndarray, group: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return the walk between macro nodes, shape (groups, groups).

    >>> star = np.array([[0.0, 0.5, 0.5], [1.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    >>> grouped(star, np.array([0, 1, 1]), np.ones(3)).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    start, end = np.nonzero(walk)
    size = int(group.max()) + 1
    total = np.bincount(group, share, minlength=size)
    flow = np.bincount(group[start] * size + group[end], share[start] * walk[start, end], minlength=size * size)
    flow = flow.reshape(size, size)
    return np.divide(flow, total[:, None], out=np.zeros_like(flow), where=total[:, None] > 0)


class MacroNodes:
    """A grouping that can be merged further, with the effective information of each possible merge.

    A group goes by the number of its first node; the arrays keep their size, and a group merged away is empty in them.

    Parameters
    ----------
    walk : ndarray (n, n)
        Rows sum to 1, or are empty (sinks, left out of the averages).
    share : ndarray (n,)
        Weights of the members; 0 at sinks.
    """

    def __init__(self, walk: np.ndarray, share: np.ndarray) -> None:
        self.flow = walk * share[:, None]  # out-weights of each group, times its total
        self.total = share.copy()
        self.group = np.arange(len(walk))
        total = self.total[:, None]
        self.rows = np.divide(self.flow, total, out=np.zeros_like(self.flow), where=total > 0)
        self.log = xlog2x(self.rows)
        self._sum_up()

    def _sum_up(self) -> None:
        self.entropy = -self.log.sum(axis=1)
        self.sum = self.rows.sum(axis=0)
        self.moving = self.total > 0

    @property
    def ids(self) -> np.ndarray:
        """The groups there are."""
        return np.unique(self.group)

    @property
    def bits(self) -> float:
        """Effective information of the grouping, bits."""
        moving = int(self.moving.sum())
        return float(-xlog2x(self.sum / moving).sum() - self.entropy.sum() / moving)

    def merged_bits(self, one: int, others: np.ndarray) -> np.ndarray:
        """Return the effective information after merging group `one` with each of `others`, shape (others,)."""
        rows, place = self.rows, np.arange(len(others))
        felt = np.flatnonzero(rows[:, one])  # rows without weight into `one` keep their entropy
        joint = xlog2x(rows[felt, one][:, None] + rows[np.ix_(felt, others)])
        change = self.log[felt, one][:, None] + self.log[np.ix_(felt, others)] - joint  # of each row's entropy
        change[felt == one] = 0.0
        change[felt[:, None] == others[None]] = 0.0
        kept = change.sum(axis=0) + self.entropy.sum() - self.entropy[one] - self.entropy[others]
        total = (self.total[one] + self.total[others])[:, None]
        flow = self.flow[one] + self.flow[others]
        new = np.divide(flow, total, out=np.zeros_like(flow), where=total > 0)
        column = self.sum - rows[one] - rows[others] + new
        for table in (new, column):
            table[place, one] += table[place, others]
            table[place, others] = 0.0
        moving = self.moving.sum() - (self.moving[one] & self.moving[others])
        spread = -xlog2x(np.maximum(column, 0.0) / moving[:, None]).sum(axis=1)
        return spread - (kept - xlog2x(new).sum(axis=1)) / moving

    def merge(self, one: int, other: int) -> None:
        """Merge two groups; they go by the lower number."""
        one, other = min(one, other), max(one, other)
        for table in (self.flow, self.rows):
            table[:, one] += table[:, other]
            table[:, other] = 0.0
        self.flow[one] += self.flow[other]
        self.total[one] += self.total[other]
        self.flow[other] = self.rows[other] = self.log[other] = self.log[:, other] = self.total[other] = 0.0
        if self.total[one] > 0:
            self.rows[one] = self.flow[one] / self.total[one]
        self.log[:, one] = xlog2x(self.rows[:, one])
        self.log[one] = xlog2x(self.rows[one])
        self.group[self.group == other] = one
        self._sum_up()
