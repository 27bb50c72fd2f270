"""The spectral way to group a network's nodes: points from eigenvectors of the walk, linked by distance.

Conventions. Right eigenvectors: ``W e = lambda e``, rows of W are now. Node i is the point ``(lambda_k e_k[i])_k`` over
all eigenvalues that aren't 0 (real and imaginary part of complex ones). Where W is a symmetric table divided by its row
sums, eigenvectors are orthonormal in the measure of the row sums, so the distances don't depend on the choice of
vectors where eigenvalues coincide; elsewhere they may, and are as the linear algebra library gives them.

The idea is that of Griebenow, Klein & Hoel (2019) arXiv 1908.07565; distances and single linkage as here are ours.
"""

from __future__ import annotations

import numpy as np

ZERO = 1e-10  # eigenvalues below count as 0
SAME = 1e-9  # distances so near are one threshold


def points(walk: np.ndarray) -> np.ndarray:
    """Return the nodes as points, shape (n, dimensions).

    Parameters
    ----------
    walk : ndarray (n, n)
        Rows sum to 1 or are empty.
    """
    measure = _detailed_balance(walk)
    if measure is not None:
        root = np.sqrt(measure)
        symmetric = walk * root[:, None] / root[None]
        values, vectors = np.linalg.eigh(0.5 * (symmetric + symmetric.T))
        found = vectors / root[:, None] * values
    else:
        values, complex_vectors = np.linalg.eig(walk)
        scaled = complex_vectors * values
        found = np.concatenate([np.real(scaled), np.imag(scaled)], axis=1)
        values = np.concatenate([values, values])
    return found[:, np.abs(values) > ZERO]


def _detailed_balance(walk: np.ndarray) -> np.ndarray | None:
    """Return the measure m (n,) with ``m_i W_ij = m_j W_ji``, or None where there is none."""
    if not ((walk > 0) == (walk > 0).T).all():
        return None
    measure = np.zeros(len(walk))
    for root in range(len(walk)):
        if measure[root]:
            continue
        measure[root], front = 1.0, [root]
        while front:
            i = front.pop()
            for j in np.flatnonzero((walk[i] > 0) & (measure == 0)):
                measure[j] = measure[i] * walk[i, j] / walk[j, i]
                front.append(int(j))
    flow = measure[:, None] * walk
    balanced = np.isfinite(flow).all() and np.allclose(flow, flow.T, rtol=1e-9, atol=0.0)
    return measure if balanced and (measure > 0).all() else None


def cosine_distances(found: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """Return 1 - cosine of the angle between points, infinite where not allowed, shape (n, n).

    A point at the origin has no angle: it is infinitely far from all others.
    """
    length = np.sqrt((found**2).sum(axis=1))
    there = length > ZERO * max(float(length.max(initial=0.0)), 1e-300)
    unit = np.divide(found, length[:, None], out=np.zeros_like(found), where=there[:, None])
    apart = np.maximum(1.0 - unit @ unit.T, 0.0)
    apart[~(allowed & there[:, None] & there[None])] = np.inf
    return apart


def linkage_groupings(walk: np.ndarray, allowed: np.ndarray) -> list[np.ndarray]:
    """Return the groupings at every threshold that changes them, the finest first; each (n,).

    >>> pair = np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> [group.tolist() for group in linkage_groupings(pair, np.ones((2, 2), dtype=bool))]
    [[0, 1], [0, 0]]
    """
    n = len(walk)
    apart = cosine_distances(points(walk), allowed)
    i, j = np.nonzero(np.triu(np.isfinite(apart), k=1))
    order = np.argsort(apart[i, j], kind="stable")
    found = [np.arange(n)]
    group, height, changed = np.arange(n), -np.inf, False
    for one, other, distance in zip(i[order], j[order], apart[i, j][order], strict=True):
        if changed and distance > height + SAME:
            found.append(group.copy())
            changed = False
        if group[one] != group[other]:
            low, high = sorted((group[one], group[other]))
            group[group == high] = low
            height, changed = distance, True
    if changed:
        found.append(group)
    return [np.unique(group, return_inverse=True)[1] for group in found]
