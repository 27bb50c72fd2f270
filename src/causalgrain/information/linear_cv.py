"""Strengths of shrinkage chosen, and models looked at, on parts of the data that they weren't made on. Arrays only.

Conventions. For each fold held out, the models are trained on the others; their strength is the one whose mean held-out
score is largest when each of those others is held out in turn (nested cross-validation: what a fold says of a model
played no part in it, neither in its directions nor in its strength). Of strengths with equal score the larger is taken.
Values are means over folds, weighted by pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .linear_shrink import fit_scale, held_out, train

FOLDS = 5


@dataclass(frozen=True, eq=False)
class CrossValidated:
    """What cross-validation says of every scale.

    Attributes
    ----------
    ei, score, r2 : ndarray, shape (dims,)
        Held out, at the strength chosen; see :func:`.linear_shrink.held_out`.
    chosen : ndarray of int, shape (dims, folds)
        Place of the strength chosen for each fold.
    curve : ndarray, shape (dims, strengths), nats per dimension and pair
        Held-out score at every strength.
    overall : ndarray of int, shape (dims,)
        Place of the strength with the best `curve`.
    """

    ei: np.ndarray
    score: np.ndarray
    r2: np.ndarray
    chosen: np.ndarray
    curve: np.ndarray
    overall: np.ndarray


def cross_validate(folds: np.ndarray, dims: Sequence[int], strengths: np.ndarray) -> CrossValidated:
    """Return what nested cross-validation says of one data set.

    Parameters
    ----------
    folds : array, shape (folds, 2 n + 1, 2 n + 1)
        Moments of each fold.
    dims : sequence of int
    strengths : array, shape (strengths,), ascending
    """
    many = len(folds)
    first, second = np.triu_indices(many, 1)
    total = folds.sum(axis=0)
    outer, inner = train(total - folds), train(total - folds[first] - folds[second])
    weight = folds[:, 0, 0] / total[0, 0]
    found = []
    for k in dims:
        models = fit_scale(inner, k, strengths)
        scores = np.zeros((many, many, len(strengths)))
        scores[first, second] = held_out(inner, models, folds[second])[1]
        scores[second, first] = held_out(inner, models, folds[first])[1]
        chosen = largest_last(np.einsum("fgs,g->fs", scores, weight))
        ei, score, r2 = held_out(outer, fit_scale(outer, k, strengths), folds)
        rows = np.arange(many)
        curve = weight @ score
        at = [float(weight @ part[rows, chosen]) for part in (ei, score, r2)]
        found.append((*at, chosen, curve, largest_last(curve[None])[0]))
    ei, score, r2, chosen, curve, overall = (np.array(column) for column in zip(*found, strict=True))
    return CrossValidated(ei, score, r2, chosen, curve, overall)


def largest_last(rows: np.ndarray) -> np.ndarray:
    """Return the place of the largest value of each row, the last of equal ones.

    >>> largest_last(np.array([[1.0, 2.0, 2.0]])).tolist()
    [2]
    """
    return rows.shape[1] - 1 - np.argmax(rows[:, ::-1], axis=1)
