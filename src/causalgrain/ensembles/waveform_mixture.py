"""From the width of a spike to the probability that its cell is inhibitory.

Conventions. x = ln(trough to peak in ms). Probabilities are of being inhibitory; `prior` is its value before anything
is seen, by default .2: the share among recorded cortical units, which tagging experiments, that look for
interneurons, don't tell. There are two calibrations:

**reference** (needs no other unit). p(x | inhibitory) = sum over kinds k of w_k t_k(x), p(x | excitatory) = t_E(x).
Each t is the predictive Student density of a normal sample of n cells with mean m and standard deviation s, after a
weak prior on its variance (``NU`` = 3 cells' worth of sd ``SPREAD`` = .2): few cells give heavy tails. Both have a
share ``STRAY`` = .05 spread evenly over .08 to 2 ms, for mislabelled, badly sorted or unlike cells: so no waveform
makes a cell certain. Weights w: of neocortical interneurons about 40 % express Pvalb, 30 % Sst, 30 % Htr3a (Vip among
them). (n, m, s) are in ``REFERENCE``.

**pooled** (fitted on the units at hand, of as many recordings as there are). Two normal groups in x, or in x and
ln(half-width), by maximum likelihood (EM from fixed starts), give the probability that a spike is *narrow*, which is
evidence by the shares of narrow spikes among tagged inhibitory and excitatory cells, a and b (Bayes' rule, and the
prior). A narrow spike is not the same as an inhibitory cell: of the tagged SST, VIP and other interneurons many are
wide. The half-width is left out by default: it depends on the filter more than on the cell (tagged pyramidal cells of
one laboratory have that of PV cells of another).

``REFERENCE``: our own measure of the mean waveforms of opto-tagged mouse cells of the CellExplorer ground-truth
collection (PV and axo-axonic: 22 cells of hippocampus and visual cortex, 11 sessions; SST: 3; VIP and VGAT that isn't
PV: 5), and as excitatory 6 tagged pyramidal cells of one session with 6 juxtacellular ones of rat hippocampus, which
that collection *presumes* to be pyramidal (a 7th has too short a waveform). These are few, and each class from few
sessions. ``SPREAD`` is the middle of three values looked at on these very cells. ``NARROW``: how many of them have a
trough to peak below .425 ms (CellExplorer's border), n + 1/2 of N + 1.

References
----------
Petersen, Siegle, Steinmetz, Mahallati & Buzsaki (2021) Neuron 109:3594 (CellExplorer); Senzai, Fernandez-Ruiz &
Buzsaki (2019) Neuron 101:500 and English et al. (2017) Neuron 96:505 (tagged cells); Henze et al. (2000) J.
Neurophysiol. 84:390 (juxtacellular); Rudy, Fishell, Lee & Hjerling-Leffler (2011) Dev. Neurobiol. 71:45 (shares of
kinds); Gelman et al., Bayesian Data Analysis, 3rd ed., section 3.3 (predictive density); Schwarz (1978) Ann. Stat.
6:461 (BIC).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .._checks import as_float_array, as_number
from .._errors import InputError

# kind: (cells, mean and standard deviation of ln(trough to peak / ms), of that many cells, n - 1)
REFERENCE = {
    "fast spiking": (22, -1.2276, 0.2394),
    "SST": (3, -0.9794, 0.1328),
    "VIP and other": (5, -0.8605, 0.2674),
    "excitatory": (12, -0.3808, 0.1315),
}
SHARES = {"fast spiking": 0.4, "SST": 0.3, "VIP and other": 0.3}  # of inhibitory cells
NARROW = {"fast spiking": (21, 22), "SST": (2, 3), "VIP and other": (2, 5), "excitatory": (0, 13)}
PRIOR = 0.2
NU, SPREAD, STRAY = 3.0, 0.2, 0.05
STRAY_RANGE = (0.08, 2.0)  # ms
FEW_UNITS = 50  # fewer don't pin down two groups
LEAST_UNITS = 10
STARTS = (0.1, 0.2, 0.35, 0.5, 0.7)  # quantiles of the first feature at which the first split is made
ROUNDS, SETTLED = 500, 1e-9
FLOOR = 0.02  # of a group's standard deviation, as a share of the whole sample's


def predictive(x: Any, n: int, mean: float, spread: float) -> np.ndarray:
    """Return the density of a further cell's ln(trough to peak), after `n` of this mean and standard deviation.

    Parameters
    ----------
    x : array_like, shape (...), ln(ms)
    n : int
    mean, spread : float
        Of the cells seen; the spread with n - 1 in its denominator (0 for one cell).

    Examples
    --------
    >>> bool(predictive(0.0, 3, 0.0, 0.1) > predictive(0.5, 3, 0.0, 0.1))
    True
    """
    from scipy.special import gammaln

    nu = NU + n - 1
    scale = np.sqrt((NU * SPREAD**2 + (n - 1) * spread**2) / nu * (1 + 1 / n))
    z = (np.asarray(x, dtype=np.float64) - mean) / scale
    top = gammaln((nu + 1) / 2) - gammaln(nu / 2) - 0.5 * np.log(nu * np.pi) - np.log(scale)
    return np.exp(top - 0.5 * (nu + 1) * np.log1p(z**2 / nu))


def reference_log_odds(
    trough_to_peak: Any, *, reference: dict[str, tuple[int, float, float]] | None = None
) -> np.ndarray:
    """Return ln p(x | inhibitory) - ln p(x | excitatory), before any prior.

    Parameters
    ----------
    trough_to_peak : array_like, shape (units,), ms
        NaN where unknown: 0 is never returned for it, but NaN.
    reference : dict, optional
        (cells, mean, standard deviation) of ln(trough to peak / ms) of "excitatory" and of kinds of inhibitory cells,
        in place of ours. Kinds that are missing lose their share to the others.

    Returns
    -------
    array, shape (units,), nats

    Raises
    ------
    InputError
        A reference without excitatory or without inhibitory cells; times that are not positive.

    Examples
    --------
    >>> reference_log_odds([0.25, 0.75]).round(0).tolist()
    [4.0, -3.0]
    """
    known = REFERENCE if reference is None else reference
    kinds = [kind for kind in known if kind != "excitatory"]
    strange = [kind for kind in kinds if kind not in SHARES]
    if "excitatory" not in known or not kinds or strange:
        raise InputError(
            "reference",
            expected=f"'excitatory' and at least one of {', '.join(map(repr, SHARES))}",
            got=", ".join(map(repr, known)) or "nothing",
            remedy="A waveform can be told inhibitory only against excitatory ones: give both classes.",
        )
    time = as_float_array(trough_to_peak, "trough_to_peak")
    if (time <= 0).any():
        raise InputError(
            "trough_to_peak", expected="ms, > 0", got=f"{time[time <= 0].flat[0]:g}", remedy="Use NaN where unknown."
        )
    x = np.log(time)
    total = sum(SHARES[kind] for kind in kinds)
    inhibitory = sum(SHARES[kind] / total * predictive(x, *known[kind]) for kind in kinds)
    low, high = np.log(STRAY_RANGE)
    stray = np.where((x >= low) & (x <= high), STRAY / (high - low), 1e-6)
    return np.log((1 - STRAY) * inhibitory + stray) - np.log((1 - STRAY) * predictive(x, *known["excitatory"]) + stray)


def narrow_shares() -> tuple[float, float]:
    """Return (share of inhibitory cells, share of excitatory cells) whose spikes are narrow, of tagged cells.

    >>> tuple(round(share, 2) for share in narrow_shares())
    (0.69, 0.04)
    """
    share = {kind: (narrow + 0.5) / (n + 1) for kind, (narrow, n) in NARROW.items()}
    return sum(SHARES[kind] * share[kind] for kind in SHARES), share["excitatory"]


def narrow_log_odds(narrow: Any) -> np.ndarray:
    """Return the log-odds of inhibitory that a probability of a narrow spike is evidence of, before any prior.

    Parameters
    ----------
    narrow : array_like, shape (units,)
        Probability that the spike is narrow.

    Notes
    -----
    With a and b the shares of narrow spikes among inhibitory and excitatory cells: ln(q a + (1 - q)(1 - a)) -
    ln(q b + (1 - q)(1 - b)). For q of 0 or 1 that is Bayes' rule.

    Examples
    --------
    >>> narrow_log_odds([0.0, 1.0]).round(1).tolist()
    [-1.1, 3.0]
    """
    q = as_float_array(narrow, "narrow")
    a, b = narrow_shares()
    return np.log(q * a + (1 - q) * (1 - a)) - np.log(q * b + (1 - q) * (1 - b))


@dataclass(frozen=True, eq=False)
class TwoGroups:
    """Two normal groups of units, the one of shorter spikes first.

    Attributes
    ----------
    narrow : array, shape (units,)
        Probability of the first group; NaN where a feature is. Of one feature, it never rises with it.
    weights : array, shape (2,)
    means : array, shape (2, features)
    covariances : array, shape (2, features, features)
    log_likelihood : float, nats
    bic, bic_one : float
        Of two groups, and of one; the lower is the better.
    n : int
        Units fitted.
    agreed : int
        Starts, of five, that came to the same likelihood.
    """

    narrow: np.ndarray
    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray
    log_likelihood: float
    bic: float
    bic_one: float
    n: int
    agreed: int

    @property
    def two(self) -> bool:
        """Whether two groups describe the units better than one."""
        return self.bic < self.bic_one

    def of(self, features: Any) -> np.ndarray:
        """Return the probability of the first group for other units, shape (units,)."""
        points = as_float_array(features, "features")
        return _narrow(points, self.weights, self.means, self.covariances)

    def __repr__(self) -> str:
        parts = ", ".join(
            f"{w:.0%} about ({', '.join(f'{v:.3f}' for v in m)})" for w, m in zip(self.weights, self.means, strict=True)
        )
        word = "two groups" if self.two else "one group describes them as well"
        return f"TwoGroups of {self.n} units: {parts}; {word} (BIC {self.bic:.1f}, one group {self.bic_one:.1f})"


def fit_two_groups(features: Any) -> TwoGroups:
    """Fit two normal groups to units by EM, from fixed starts; the same numbers give the same fit.

    Of one feature each group has its own variance; of several they share one covariance, so that the border between
    them is a plane and extreme units stay on their side.

    Parameters
    ----------
    features : array_like, shape (units, features)
        Such as ln(trough to peak) and ln(half-width). Rows with NaN are left out of the fit.

    Returns
    -------
    TwoGroups

    Raises
    ------
    InputError
        Fewer than ten units, or all of them alike.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x = np.concatenate([rng.normal(-1.3, 0.1, 40), rng.normal(-0.4, 0.1, 160)])
    >>> groups = fit_two_groups(x[:, None])
    >>> groups.weights.round(2).tolist(), groups.means.round(1).ravel().tolist(), groups.two
    ([0.2, 0.8], [-1.3, -0.4], True)
    """
    points = as_float_array(features, "features")
    if points.ndim != 2 or not points.shape[1]:
        raise InputError(
            "features", expected="shape (units, features)", got=f"shape {points.shape}", remedy="For one, x[:, None]."
        )
    known = np.isfinite(points).all(axis=1)
    fitted = points[known]
    n, d = fitted.shape
    if n < LEAST_UNITS or (np.ptp(fitted, axis=0) == 0).any():
        raise InputError(
            "features",
            expected=f"at least {LEAST_UNITS} units whose waveforms differ, better {FEW_UNITS}",
            got=f"{n} units" if n < LEAST_UNITS else f"{n} units with one and the same value",
            remedy="Pool the units of several recordings, or use calibration='reference', which needs no others.",
        )
    least = (FLOOR * fitted.std(axis=0)) ** 2
    tries = [_em(fitted, fitted[:, 0] <= np.quantile(fitted[:, 0], q), least) for q in STARTS]
    best = max(tries, key=lambda found: found[0])
    agreed = sum(found[0] >= best[0] - 1e-4 * n for found in tries)
    like, weights, means, covariances = best
    order = np.argsort(means[:, 0], kind="stable")
    weights, means, covariances = weights[order], means[order], covariances[order]
    narrow = _narrow(points, weights, means, covariances)
    one = d + d * (d + 1) // 2
    whole = np.cov(fitted.T, ddof=0).reshape(d, d) + np.diag(least)
    alone = _responsible(fitted, np.ones(1), fitted.mean(axis=0)[None], whole[None])[1]
    for array in (narrow, weights, means, covariances):
        array.setflags(write=False)
    return TwoGroups(
        narrow,
        weights,
        means,
        covariances,
        float(like),
        float(((2 * one if d == 1 else one + d) + 1) * np.log(n) - 2 * like),
        float(one * np.log(n) - 2 * alone),
        n,
        agreed,
    )


def with_prior(log_odds: Any, prior: float) -> np.ndarray:
    """Return probabilities from log-odds before a prior, and the prior.

    >>> with_prior([0.0], 0.2).round(3).tolist()
    [0.2]
    """
    share = as_prior(prior)
    from scipy.special import expit

    return expit(as_float_array(log_odds, "log_odds") + np.log(share / (1 - share)))


def as_prior(prior: Any) -> float:
    """Return a share of inhibitory units strictly between 0 and 1."""
    share = as_number(prior, "prior", low=0.0, high=1.0)
    if not 0.0 < share < 1.0:
        raise InputError(
            "prior",
            expected="a share between 0 and 1, neither of them",
            got=repr(prior),
            remedy="With 0 or 1 nothing could be learned; the default is 0.2.",
        )
    return share


def _em(points: np.ndarray, first: np.ndarray, least: np.ndarray) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
    """Return (log-likelihood, weights, means, covariances) from a first split on."""
    share = np.column_stack([first, ~first]).astype(np.float64) * 0.9 + 0.05
    before, like = -np.inf, -np.inf
    weights = means = covariances = np.zeros(0)
    for _ in range(ROUNDS):
        size = share.sum(axis=0)
        weights = size / len(points)
        means = (share.T @ points) / size[:, None]
        apart = points[:, None, :] - means
        spread = np.einsum("nk,nki,nkj->kij", share, apart, apart)
        if points.shape[1] > 1:
            covariances = np.broadcast_to(spread.sum(axis=0) / len(points), spread.shape) + np.diag(least)
        else:
            covariances = spread / size[:, None, None] + np.diag(least)
        share, like = _responsible(points, weights, means, covariances)
        if like - before < SETTLED * len(points):
            break
        before = like
    return like, weights, means, covariances


def _narrow(points: np.ndarray, weights: np.ndarray, means: np.ndarray, covariances: np.ndarray) -> np.ndarray:
    """Return the probability of the first group; NaN where a feature is. Of one feature it never rises with it.

    The log-ratio of the densities is a parabola then, unless both variances are the same. Beyond its vertex it would
    turn: of two groups the one with the larger spread takes both ends, and the widest spikes would come out narrow.
    There the value at the vertex is kept.
    """
    known = np.isfinite(points).all(axis=1)
    inner = points[known].copy()
    if points.shape[1] == 1:
        (one,), (two,) = 1.0 / covariances[:, 0]
        bend = float(two - one)
        if bend != 0.0:
            vertex = (means[1, 0] * two - means[0, 0] * one) / bend
            inner = np.minimum(inner, vertex) if bend > 0 else np.maximum(inner, vertex)
    made = np.full(len(points), np.nan)
    made[known] = _responsible(inner, weights, means, covariances)[0][:, 0]
    return made


def _responsible(
    points: np.ndarray, weights: np.ndarray, means: np.ndarray, covariances: np.ndarray
) -> tuple[np.ndarray, float]:
    """Return (probability of each group for each point, shape (points, groups); log-likelihood)."""
    from scipy.special import logsumexp

    apart = points[:, None, :] - means
    inverse = np.linalg.inv(covariances)
    square = np.einsum("nki,kij,nkj->nk", apart, inverse, apart)
    size = np.linalg.slogdet(2 * np.pi * covariances)[1]
    joint = np.log(np.maximum(weights, 1e-300)) - 0.5 * (square + size)
    total = logsumexp(joint, axis=1)
    return np.exp(joint - total[:, None]), float(total.sum())
