"""Blocked cross-validation: parts of the time held out, and what is chosen by them. Plain arrays.

Conventions. A *window* is the samples t, t + lag, .., t + horizon * lag, named by its first; windows never cross
edges of segments. A fold is a contiguous part of the windows in the order of time; with one fold the last fifth is held
out. A window may train if, in its own segment, at least `gap` samples lie between it and every held-out window.

Choices. After every evaluation there is a held-out score for each member and scale. Members of a condition and a fold
take the number of steps at which the mean over scales of the score is largest, the mean being over all *other* folds of
that condition and all seeds; and per scale the model before training ("linear") unless the trained one scores higher.
So what a fold says of a model played no part in choosing it (with one fold it does, and that is said). Failed
members are left out of every mean. Of equal scores the fewest steps are taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .._errors import InputError

LAST = 0.2  # share held out where there is one fold
LONGEST_GAP = 0.02  # of the samples


@dataclass(frozen=True, eq=False)
class Split:
    """First samples of the windows that train, and of those held out, ascending."""

    train: np.ndarray
    held: np.ndarray


def windows(segments: np.ndarray, reach: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (first sample, segment) of every window that spans `reach` samples beyond its first.

    >>> windows(np.array([[0, 3], [3, 4], [4, 6]]), 1)
    (array([0, 1, 4]), array([0, 0, 2]))
    """
    starts = [np.arange(a, max(b - reach, a)) for a, b in segments.tolist()]
    return np.concatenate(starts), np.repeat(np.arange(len(starts)), [len(s) for s in starts])


def blocked_folds(segments: np.ndarray, reach: int, *, folds: int, gap: int) -> tuple[Split, ...]:
    """Cut the windows of segments into folds.

    Parameters
    ----------
    segments : array of int, shape (segments, 2)
        Half open.
    reach : int, samples
        From the first to the last sample of a window.
    folds : int
        At least 1.
    gap : int, samples

    Raises
    ------
    InputError
        A fold would have nothing to hold out or nothing to train on.

    Examples
    --------
    >>> split = blocked_folds(np.array([[0, 20]]), 1, folds=2, gap=2)[0]
    >>> split.held.tolist(), split.train.tolist()
    ([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [13, 14, 15, 16, 17, 18])
    """
    starts, segment = windows(segments, reach)
    marks = np.linspace(0, len(starts), folds + 1).round().astype(int)
    if folds == 1:
        marks = np.array([len(starts) - round(LAST * len(starts)), len(starts)])
    splits = []
    for low, high in pairwise(marks):
        free = np.ones(len(starts), dtype=bool)
        free[low:high] = False
        for part in np.unique(segment[low:high]):
            inside = starts[low:high][segment[low:high] == part]
            near = (starts >= inside[0] - reach - gap) & (starts <= inside[-1] + reach + gap)
            free &= ~(near & (segment == part))
        if low == high or not free.any():
            raise InputError(
                "folds",
                expected="windows to hold out and windows to train on in every fold",
                got=f"{len(starts)} windows in {folds} folds with a gap of {gap} samples",
                remedy="Use fewer folds, a shorter gap= or horizon=, or a longer recording.",
            )
        splits.append(Split(starts[free], starts[low:high]))
    return tuple(splits)


def default_gap(x: np.ndarray, segments: np.ndarray) -> int:
    """Return the lag at which all autocorrelations have fallen below 1/e, at most 2 % of the samples."""
    longest = max(int(LONGEST_GAP * sum(b - a for a, b in segments.tolist())), 1)
    mean = np.concatenate([x[a:b] for a, b in segments.tolist()]).mean(axis=0)
    for lag in range(1, longest):
        parts = [x[a:b] - mean for a, b in segments.tolist() if b - a > lag]
        if not parts:
            return lag
        product = sum((p[lag:] * p[:-lag]).sum(axis=0) for p in parts)
        power = sum(0.5 * (p[lag:] ** 2 + p[:-lag] ** 2).sum(axis=0) for p in parts)
        if (product < np.exp(-1.0) * power).all():
            return lag
    return longest


@dataclass(frozen=True, eq=False)
class Choice:
    """What was chosen for each member.

    Attributes
    ----------
    place : ndarray of int, shape (members,)
        Which evaluation.
    learned : ndarray of bool, shape (members, scales)
        False: the linear model of evaluation 0.
    """

    place: np.ndarray
    learned: np.ndarray


def choose(scores: np.ndarray, condition: np.ndarray, fold: np.ndarray, failed: np.ndarray) -> Choice:
    """Choose steps, and linear or learned, by what other folds say.

    Parameters
    ----------
    scores : array, shape (members, evaluations, scales)
        Held out; evaluation 0 is before training.
    condition, fold : array of int, shape (members,)
    failed : array of bool, shape (members,)
    """
    place = np.zeros(len(scores), dtype=np.int64)
    learned = np.zeros((len(scores), scores.shape[2]), dtype=bool)
    for i in range(len(scores)):
        near = (condition == condition[i]) & ~failed
        others = near & (fold != fold[i])
        voters = others if others.any() else near
        if not voters.any():
            continue
        mean = scores[voters].mean(axis=0)
        place[i] = int(np.argmax(mean.mean(axis=1)))
        learned[i] = mean[place[i]] > mean[0]
    return Choice(place, learned)
