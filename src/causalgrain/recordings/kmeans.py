"""k-means that gives the same clusters for the same random numbers, whatever the version of a library below.

Conventions: points are rows; Lloyd's iterations from greedy k-means++ seeds, several restarts, the least sum of
squared distances wins. A cluster that runs empty takes the point farthest from its centre. Clusters are numbered by
their first point, so that the numbers don't depend on the seeds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MOST_ROUNDS = 300
CANDIDATES = 2  # and the logarithm of the number of clusters: what each seed is chosen from
SAME = 1e-9  # relative; sums of squares so near are the same solution


@dataclass(frozen=True)
class Clusters:
    """What :func:`kmeans` found.

    Attributes
    ----------
    cluster : array of int, shape (point,)
        Numbered from 0 by first point.
    within : float
        Sum of squared distances to the centres.
    explained : float
        1 - within / sum of squared distances to the common centre.
    found : int
        Restarts that came to the same sum.
    """

    cluster: np.ndarray
    within: float
    explained: float
    found: int


def kmeans(points: np.ndarray, n: int, *, rng: np.random.Generator, restarts: int = 10) -> Clusters:
    """Return `n` clusters of points, none of them empty.

    Parameters
    ----------
    points : array, shape (point, dimension)
        At least `n`.
    n : int
    rng : numpy Generator
    restarts : int

    Examples
    --------
    >>> kmeans(np.array([[0.0], [9.0], [0.1], [9.1]]), 2, rng=np.random.default_rng(0)).cluster.tolist()
    [0, 1, 0, 1]
    """
    points = points - points.mean(axis=0)
    total = float((points**2).sum())
    tries = [_lloyd(points, _seeds(points, n, rng)) for _ in range(restarts)]
    sums = [within for _, within in tries]
    best = int(np.argmin(sums))
    found = sum(within <= sums[best] + SAME * total for within in sums)
    explained = 1.0 - sums[best] / total if total > 0 else 1.0
    return Clusters(by_first(tries[best][0]), sums[best], explained, found)


def by_first(cluster: np.ndarray) -> np.ndarray:
    """Return the same clusters, numbered from 0 by their first point.

    >>> by_first(np.array([2, 0, 2, 1])).tolist()
    [0, 1, 0, 2]
    """
    _, first, inverse = np.unique(cluster, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse]


def _seeds(points: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Return `n` different points as centres.

    Each is the best of a few, drawn in proportion to their squared distance to the nearest centre so far.
    """
    lengths = (points**2).sum(axis=1)
    few = rng.integers(len(points), size=1)
    nearest = np.full((len(points), 1), np.inf)
    chosen: list[int] = []
    while True:
        apart = lengths[:, None] - 2.0 * points @ points[few].T + lengths[few]
        together = np.maximum(np.minimum(nearest, apart), 0.0)
        best = int(together.sum(axis=0).argmin())
        chosen.append(int(few[best]))
        if len(chosen) == n:
            return points[chosen].copy()
        nearest = together[:, [best]]
        nearest[chosen] = 0.0
        if not nearest.any():  # only doubles are left
            few = np.setdiff1d(np.arange(len(points)), chosen)[:1]
            continue
        share = nearest[:, 0] / nearest.sum()
        few = np.unique(rng.choice(len(points), size=CANDIDATES + int(np.log(n)), p=share))


def _lloyd(points: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, float]:
    """Return (cluster of every point, sum of squared distances) from these centres on."""
    n = len(centres)
    cluster = np.full(len(points), -1)
    for _ in range(MOST_ROUNDS):
        apart = (centres**2).sum(axis=1) - 2.0 * points @ centres.T  # less |point|^2, the same for all centres
        new = _filled(apart.argmin(axis=1), points, centres)
        if (new == cluster).all():
            break
        cluster = new
        member = np.zeros((n, len(points)))
        member[cluster, np.arange(len(points))] = 1.0
        centres = member @ points / member.sum(axis=1, keepdims=True)
    return cluster, float(((points - centres[cluster]) ** 2).sum())


def _filled(cluster: np.ndarray, points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Give every empty cluster the point farthest from its centre, out of clusters with more than one."""
    sizes = np.bincount(cluster, minlength=len(centres))
    for empty in np.flatnonzero(sizes == 0):
        far = ((points - centres[cluster]) ** 2).sum(axis=1)
        far[sizes[cluster] < 2] = -1.0
        moved = int(far.argmax())
        sizes[cluster[moved]] -= 1
        sizes[empty] = 1
        cluster[moved] = empty
    return cluster
