"""How long units remember: autocorrelation of their states, correlation time, and what long memory costs.

Convention: correlations are taken within segments, around the mean of all of them; times are bins.
"""

from __future__ import annotations

import numpy as np

from .resample import LONGEST

MOST_LAGGED = 1 << 16  # bins of one condition that are looked at
FARTHEST = 10  # autocorrelations are looked for up to this part of the bins


def memories(states: np.ndarray, segments: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return correlation times in bins (unit,) and inflation (unit, unit), from the first 65,536 bins at most.

    Parameters
    ----------
    states : array of int8, shape (time, unit)
    segments : array of int, shape (segment, 2)
    """
    taken, left = [], MOST_LAGGED
    for begin, stop in segments.tolist():
        if left > 0:
            taken.append((begin, min(stop, begin + left)))
            left -= stop - begin
    total = min(MOST_LAGGED, MOST_LAGGED - left)
    rho = autocorrelation(states, np.array(taken), max(total // FARTHEST, 2))
    return correlation_times(rho[: max(total // int(LONGEST), 1) + 1]), inflation(rho)


def autocorrelation(states: np.ndarray, segments: np.ndarray, most: int) -> np.ndarray:
    """Return the correlation of every unit with itself 0 to `most` bins later, within segments, shape (most + 1, unit).

    As for :func:`~causalgrain.systems.resample.correlation_time`: sums over all pairs of bins, divided by the sum of
    squares; by Fourier transforms.

    >>> blinking, slow = np.tile([1, 0], 50), np.repeat([1, 0], 50)
    >>> autocorrelation(np.column_stack([blinking, slow]), np.array([[0, 100]]), 1).round(2).tolist()
    [[1.0, 1.0], [-0.99, 0.97]]
    """
    total = int((segments[:, 1] - segments[:, 0]).sum())
    mean = sum((states[b:s].sum(axis=0, dtype=np.int64) for b, s in segments.tolist()), np.zeros(states.shape[1]))
    sums = np.zeros((most + 1, states.shape[1]))
    for begin, stop in segments.tolist():
        values = states[begin:stop] - mean / total
        size = 1 << int(2 * (stop - begin) - 1).bit_length()
        for unit in range(0, states.shape[1], 8):
            power = np.abs(np.fft.rfft(values[:, unit : unit + 8], size, axis=0)) ** 2
            found = np.fft.irfft(power, size, axis=0)[: min(most + 1, stop - begin)]
            sums[: len(found), unit : unit + 8] += found
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.nan_to_num(sums / sums[0])  # a unit may happen not to vary in what is looked at: 0, no memory


def correlation_times(rho: np.ndarray) -> np.ndarray:
    """Return the integrated autocorrelation time of every unit in bins, shape (unit,), from its autocorrelation.

    >>> correlation_times(np.array([[1.0, 1.0], [0.5, -0.2], [0.25, 0.3], [-0.1, 0.3]])).tolist()
    [2.5, 1.0]
    """
    return 1.0 + 2.0 * _to_first_zero(rho[1:]).sum(axis=0)


def inflation(rho: np.ndarray) -> np.ndarray:
    """Return how many transitions count as one for each pair of units, shape (unit, unit), at least 1.

    What unit i does beyond its memory of the last bin has the autocorrelation

        e_i(k) = [(1 + rho_i(1)**2) rho_i(k) - rho_i(1) (rho_i(k - 1) + rho_i(k + 1))] / (1 - rho_i(1)**2),

    0 for k > 0 where the last bin is all that it remembers. Its chance correlation with the state of another unit j has
    a variance larger by 1 + 2 sum_k e_i(k) rho_j(k), the sum up to the first rho_j(k) that isn't positive.

    References
    ----------
    Bartlett (1935) J R Stat Soc 98:536 (correlations between autocorrelated series).

    >>> remembers_one_bin = 0.5 ** np.arange(20)
    >>> inflation(np.column_stack([remembers_one_bin, remembers_one_bin])).round(6).tolist()
    [[1.0, 1.0], [1.0, 1.0]]
    """
    first = rho[1]
    with np.errstate(invalid="ignore", divide="ignore"):
        beyond = ((1 + first**2) * rho[1:-1] - first * (rho[:-2] + rho[2:])) / (1 - first**2)
    return np.maximum(1.0 + 2.0 * np.nan_to_num(beyond).T @ _to_first_zero(rho[1:-1]), 1.0)


def _to_first_zero(rho: np.ndarray) -> np.ndarray:
    """Return correlations with 0 from the first that isn't positive (beyond rounding)."""
    return np.where(np.logical_or.accumulate(~(rho > 1e-12), axis=0), 0.0, rho)
