"""Mutual information of samples: counted, Gaussian, and by nearest neighbours; always in bits.

Conventions. Samples are rows: ``x`` (time,) or (time, k), paired row by row with ``y``; several columns are one joint
variable. Estimates are *not* held at 0: an estimate without bias must be free to fall below a true 0, and sums of
estimates held at 0 would add up the noise.

* ``"discrete"``: values are names. The plug-in estimate is biased upward by about (K_xy - K_x - K_y + 1) / (2 N ln 2)
  bits, K the numbers of values that occur; ``"miller-madow"`` takes that off (Miller 1955; Panzeri & Treves 1996,
  Network 7:87, with the occurring values for the relevant ones), ``"shuffle"`` takes off the mean over re-pairings,
  which is right for independent variables and too much for dependent ones.
* ``"gaussian"``: ``I = -1/2 sum log2(1 - r^2)`` over canonical correlations r. ``"analytic"`` takes off the bias of the
  log-determinants of sample covariances of N independent Gaussian samples, which is exact (Misra, Singh & Demchuk 2005,
  J Multivar Anal 92:324).
* ``"ksg"``: the first estimator of Kraskov, Stoegbauer & Grassberger (2004) Phys Rev E 69:066138, eq. 8, maximum norm,
  every column divided by its standard deviation. No well-kept library among our dependencies has it, so it is here, on
  scipy's k-d tree. It has no correction of its own; it is nearly unbiased for independent variables.

All three corrections suppose independent samples. Samples with memory have a larger bias: compare with a surrogate.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from .._checks import as_float_array, as_whole, choose
from .._errors import InputError
from ..surrogates.streams import as_generator

CORRECTIONS = {
    "discrete": ("miller-madow", "shuffle", "none"),  # the first is the default
    "gaussian": ("analytic", "none"),
    "ksg": ("none",),
}
SHUFFLES = 20
NEIGHBOURS = 4
DETERMINED = 1e-13  # 1 - r^2 below this is rounding: the information is infinite
RANK = 1e-10  # relative eigenvalue below which a direction has no variance
STRICTLY = 1.0 - 1e-9  # so that rounding can't count the neighbour at exactly this distance
LN2 = float(np.log(2.0))


def mutual_information(
    x: Any,
    y: Any,
    *,
    estimator: str = "discrete",
    correction: str | None = None,
    neighbours: int = NEIGHBOURS,
    rng: int | np.random.Generator = 0,
) -> float:
    """Return an estimate of the mutual information of paired samples, in bits.

    Parameters
    ----------
    x, y : array_like, shape (time,) or (time, k)
        Several columns are one joint variable.
    estimator : {"discrete", "gaussian", "ksg"}
    correction : str, optional
        Of the bias. Discrete: "miller-madow" (default), "shuffle" or "none". Gaussian: "analytic" (default) or
        "none". ksg: "none".
    neighbours : int
        k of the nearest-neighbour estimator.
    rng : int or numpy Generator
        Of the re-pairings of "shuffle".

    Returns
    -------
    float, bits
        May be below 0 by chance.

    Raises
    ------
    InputError
        Unequal lengths, too few samples, NaN, constant columns or repeated values where the estimator can't have them.

    Examples
    --------
    >>> mutual_information([0, 1, 0, 1], [1, 0, 1, 0], correction="none")
    1.0
    """
    choose(estimator, tuple(CORRECTIONS), "estimator")
    how = CORRECTIONS[estimator][0] if correction is None else choose(correction, CORRECTIONS[estimator], "correction")
    neighbours = as_whole(neighbours, "neighbours", 1)
    first, second = as_samples(x, "x"), as_samples(y, "y")
    if len(first) != len(second):
        raise InputError(
            "y",
            expected=f"{len(first)} samples, as many as x",
            got=str(len(second)),
            remedy="Pair them: row t of x belongs to row t of y.",
        )
    if estimator == "discrete":
        return discrete_information(codes(first), codes(second), correction=how, rng=rng)
    if estimator == "gaussian":
        return gaussian_information_of_samples(first, second, correction=how)
    return nearest_neighbour_information(first, second, neighbours=neighbours)


# -- counted -----------------------------------------------------------------------------------------------------


def information_of_table(table: np.ndarray) -> np.ndarray:
    """Return the mutual information (bits) of joint counts or probabilities, shape (..., a, b) -> (...).

    >>> float(information_of_table(np.array([[0.5, 0.0], [0.0, 0.5]])))
    1.0
    """
    joint = table / table.sum(axis=(-2, -1), keepdims=True)
    product = joint.sum(axis=-1, keepdims=True) * joint.sum(axis=-2, keepdims=True)
    seen = joint > 0
    ratio = np.divide(joint, product, out=np.ones_like(joint), where=seen)
    return np.maximum((joint * np.log2(ratio)).sum(axis=(-2, -1)), 0.0)


def miller_madow_bias(counts: np.ndarray) -> np.ndarray:
    """Return the first-order bias (bits) of the plug-in information of counts, shape (..., a, b) -> (...)."""
    seen = counts > 0
    both, first, second = seen.sum(axis=(-2, -1)), seen.any(axis=-1).sum(axis=-1), seen.any(axis=-2).sum(axis=-1)
    return (both - first - second + 1.0) / (2.0 * LN2 * counts.sum(axis=(-2, -1)))


def discrete_information(
    x: np.ndarray, y: np.ndarray, *, correction: str = "miller-madow", rng: int | np.random.Generator = 0
) -> float:
    """Return the information (bits) of two series of codes 0, 1, ..., each of shape (time,)."""
    a, b = int(x.max()) + 1, int(y.max()) + 1

    def counted(second: np.ndarray) -> np.ndarray:
        return np.bincount(x * b + second, minlength=a * b).reshape(a, b).astype(np.float64)

    counts = counted(y)
    plain = float(information_of_table(counts))
    if correction == "miller-madow":
        return plain - float(miller_madow_bias(counts))
    if correction == "shuffle":
        generator = as_generator(rng)
        tables = np.array([counted(generator.permutation(y)) for _ in range(SHUFFLES)])
        return plain - float(information_of_table(tables).mean())
    return plain


def codes(values: np.ndarray) -> np.ndarray:
    """Return a code 0, 1, ... of each different row, shape (time, k) -> (time,).

    >>> codes(np.array([[5.0, 1.0], [5.0, 1.0], [2.0, 0.0]])).tolist()
    [1, 1, 0]
    """
    if values.shape[1] == 1:
        return np.unique(values[:, 0], return_inverse=True)[1].reshape(-1)
    return np.unique(values, axis=0, return_inverse=True)[1].reshape(-1)


# -- Gaussian ----------------------------------------------------------------------------------------------------


def gaussian_information(covariance: np.ndarray, x: Sequence[int], y: Sequence[int]) -> float:
    """Return the information (bits) between two sets of jointly Gaussian variables.

    Parameters
    ----------
    covariance : array, shape (n, n)
    x, y : sequence of int
        Indices of the two sets. Directions without variance carry nothing; where one set determines a direction of
        the other the information is infinite.

    Examples
    --------
    >>> round(gaussian_information(np.array([[1.0, 0.6], [0.6, 1.0]]), [0], [1]), 6)  # -1/2 log2(1 - .36)
    0.321928
    """
    left, right = _whitener(covariance[np.ix_(x, x)]), _whitener(covariance[np.ix_(y, y)])
    if not left.size or not right.size:
        return 0.0
    r = np.linalg.svd(left @ covariance[np.ix_(x, y)] @ right.T, compute_uv=False)
    return float(information_of_correlation(r).sum())


def information_of_correlation(r: np.ndarray) -> np.ndarray:
    """Return ``-1/2 log2(1 - r^2)`` bits of each correlation; infinite at 1."""
    left = 1.0 - np.asarray(r, dtype=np.float64) ** 2
    with np.errstate(divide="ignore"):
        return np.where(left <= DETERMINED, np.inf, -0.5 * np.log2(np.maximum(left, DETERMINED)))


@lru_cache(maxsize=1024)
def gaussian_bias(k: int, m: int, samples: int) -> float:
    """Return the bias (bits) of the plug-in information between k and m Gaussian variables, mean unknown.

    The expected log-determinant of a sample covariance of d variables is that of the true one plus
    ``sum_{i<d} psi((N - 1 - i) / 2) + d ln(2 / (N - 1))``; the last terms cancel.

    >>> round(gaussian_bias(1, 1, 101), 6)  # about 1 / (2 N ln 2) = .00714
    0.007323
    """
    from scipy.special import digamma

    terms = digamma((samples - 1 - np.arange(k + m)) / 2.0)
    return float(terms[:k].sum() + terms[:m].sum() - terms.sum()) / (2.0 * LN2)


def gaussian_information_of_samples(x: np.ndarray, y: np.ndarray, *, correction: str = "analytic") -> float:
    """Return the Gaussian information (bits) of samples (time, k) and (time, m)."""
    k, m, samples = x.shape[1], y.shape[1], len(x)
    enough_samples(samples, k + m + 2)
    together = np.column_stack([x, y])
    _varying(together)
    plain = gaussian_information(np.cov(together, rowvar=False), range(k), range(k, k + m))
    return plain - gaussian_bias(k, m, samples) if correction == "analytic" else plain


def _whitener(covariance: np.ndarray) -> np.ndarray:
    """Return T (rank, k) with T C T' = 1; variables are scaled first, so that units of measure don't matter."""
    scale = np.sqrt(np.diag(covariance))
    kept = scale > 0
    inverse = np.divide(1.0, scale, out=np.zeros_like(scale), where=kept)
    values, vectors = np.linalg.eigh(covariance * inverse[:, None] * inverse)
    large = values > RANK * max(float(values[-1]), RANK)
    return (vectors[:, large] / np.sqrt(values[large])).T * inverse


# -- nearest neighbours ------------------------------------------------------------------------------------------


def nearest_neighbour_information(x: np.ndarray, y: np.ndarray, *, neighbours: int = NEIGHBOURS) -> float:
    """Return the information (bits) of continuous samples (time, k) and (time, m) by k-th nearest neighbours.

    ``I = psi(k) + psi(N) - mean( psi(n_x + 1) + psi(n_y + 1) )``: n_x and n_y count the samples that lie in x, and
    in y, strictly nearer than the k-th neighbour does in both together.
    """
    from scipy.spatial import cKDTree
    from scipy.special import digamma

    samples = len(x)
    enough_samples(samples, neighbours + 2)
    _varying(np.column_stack([x, y]))
    left, right = x / x.std(axis=0), y / y.std(axis=0)
    both = np.column_stack([left, right])
    reach = np.asarray(cKDTree(both).query(both, k=[neighbours + 1], p=np.inf)[0])[:, 0]
    if (reach <= 0.0).any():
        raise InputError(
            "samples",
            expected="continuous values, for nearest neighbours",
            got=f"{int((reach <= 0.0).sum())} samples that occur more than {neighbours} times",
            remedy='Use estimator="discrete" for counts and states.',
        )
    inner = reach * STRICTLY
    total = digamma(_within(left, inner)) + digamma(_within(right, inner))
    return float(digamma(neighbours) + digamma(samples) - total.mean()) / LN2


def _within(values: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """Return how many samples lie within `reach` of each, itself counted, shape (time,)."""
    if values.shape[1] == 1:
        line = np.sort(values[:, 0])
        high = np.searchsorted(line, values[:, 0] + reach, side="right")
        return np.maximum(high - np.searchsorted(line, values[:, 0] - reach, side="left"), 1)
    from scipy.spatial import cKDTree

    count: Callable[..., Any] = cKDTree(values).query_ball_point
    return np.asarray(count(values, reach, p=np.inf, return_length=True), dtype=np.float64)


# -- checks ------------------------------------------------------------------------------------------------------


def as_samples(values: Any, where: str) -> np.ndarray:
    """Return samples as finite float64, shape (time, k)."""
    array = as_float_array(values, where)
    array = array[:, None] if array.ndim == 1 else array
    if array.ndim != 2 or not array.size:
        raise InputError(
            where,
            expected="samples, shape (time,) or (time, k)",
            got=f"shape {array.shape}",
            remedy="Rows are samples, columns the parts of one variable.",
        )
    if not np.isfinite(array).all():
        row = int(np.flatnonzero(~np.isfinite(array).all(axis=1))[0])
        raise InputError(where, expected="finite values", got=f"NaN or infinity in row {row}", remedy="Leave it out.")
    return array


def enough_samples(samples: int, least: int) -> None:
    """Refuse fewer samples than `least`."""
    if samples < least:
        raise InputError(
            "samples", expected=f"at least {least}", got=str(samples), remedy="Take more data or a smaller lag."
        )


def _varying(values: np.ndarray) -> None:
    still = np.flatnonzero(np.ptp(values, axis=0) == 0.0)
    if still.size:
        raise InputError(
            "samples",
            expected="values that vary",
            got=f"the same value throughout in column {still[0]} of x and y side by side",
            remedy="Leave constant units out.",
        )
