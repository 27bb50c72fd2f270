r"""I(y; y') of a noisy map under an intervention, by simulating it: no small-noise form, no linearisation.

:math:`I = E[\ln p(y'|y) - \ln p(y')]`, :math:`y' = f(y) + e`, :math:`e \sim N(0, S)` or :math:`N(0, S(y))`; p(y') is
the mean of p(y'|y_m) over other draws y_m. Nats, all dimensions together.

Draws come in replicates, independent of each other. Each replicate's y' meet the mixture of all the others, so the
estimate isn't flattered by a draw that finds itself. What a finite mixture leaves is an excess,
:math:`E[-\ln\hat p] = -\ln p + \frac{1}{2} CV^2(\hat p)` to leading order; CV of each point is read off the spread over
replicates and the excess taken away. The mean of :math:`\frac{1}{2}|z|^2`, z the noise in its own units, is known to be
d/2, and is used as a control variate. Interval: t over replicates.

A mixture of M kernels can't tell more than ln M nats, so the estimate is refused where the information expected is
above ln M - MARGIN (ours; the rule d J > ln M - 2 with channel EI in place of J, which is never below it and doesn't
go to minus infinity where a map is singular).
"""

from __future__ import annotations

import numpy as np

from .._errors import InputError

MARGIN = 2.0  # nats below ln M
MOST_DRAWS = 2**16  # that are recommended
KERNELS = 2**21  # kernels evaluated at a time


def refuse_past_cap(expected: float, draws: int) -> None:
    """Raise InputError where `expected` nats are more than a mixture of `draws` kernels can show.

    >>> refuse_past_cap(3.0, 4096)
    """
    cap = np.log(draws) - MARGIN
    if expected <= cap:
        return
    needed = np.exp(min(expected + MARGIN, 700.0))
    needed = 2 ** int(np.ceil(np.log2(needed)))
    way = f"Take draws={needed}" if needed <= MOST_DRAWS else "No number of draws that fits in memory is enough"
    raise InputError(
        "estimator='monte-carlo'",
        expected=f"at most ln(draws) - {MARGIN:g} = {cap:.2f} nats in all dimensions together",
        got=f"about {expected:.2f} nats, with {draws} draws",
        remedy=f'{way}, or use estimator="channel".',
    )


def simulated_information(means: np.ndarray, noise_roots: np.ndarray, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return an estimate of I(y; y') of every replicate and of every draw.

    Parameters
    ----------
    means : ndarray, shape (replicates, draws, d)
        f(y) of draws y from the intervention.
    noise_roots : ndarray, shape (d, d) or (replicates, draws, d, d)
        Lower triangular L with L L^T = S, the same everywhere or one for each draw.
    z : ndarray, shape (replicates, draws, d)
        Standard normal.

    Returns
    -------
    replicates : ndarray, shape (replicates,), nats
    draws : ndarray, shape (replicates, draws), nats
        Each draw's ln p(y'|y) - ln p(y'), mended as said above.

    Examples
    --------
    >>> from causalgrain.learned.interventions import standard_points
    >>> y, z = standard_points("gaussian", 1, 4096, noise=1)
    >>> found, _ = simulated_information(0.8 * y, np.array([[0.6]]), z)
    >>> bool(abs(found.mean() + 0.5 * np.log(1 - 0.8**2)) < 0.002)
    True
    """
    replicates, count, d = means.shape
    everywhere = noise_roots.ndim == 2
    roots = np.broadcast_to(noise_roots, (replicates, count, d, d))
    outcome = means + np.einsum("rmij,rmj->rmi", roots, z)
    own = -0.5 * (z**2).sum(axis=-1) - _log_volume(roots)
    other = np.empty((replicates, count))
    excess = np.empty((replicates, count))
    step = max(KERNELS // (replicates * count), 1)
    inverses = np.linalg.inv(noise_roots).reshape(-1, d, d)
    lift = -_log_volume(roots).reshape(-1)
    points = outcome @ inverses[0].T if everywhere else outcome
    flat = (inverses @ means.reshape(-1, d, 1))[..., 0]
    for r in range(replicates):
        kept = np.arange(replicates) != r
        for start in range(0, count, step):
            part = points[r, start : start + step]
            if everywhere:
                distance = (part**2).sum(axis=1)[:, None] + (flat**2).sum(axis=1) - 2.0 * part @ flat.T
            else:
                turned = np.einsum("kij,pj->pki", inverses, part) - flat
                distance = (turned**2).sum(axis=-1)
            kernels = (lift - 0.5 * distance).reshape(len(part), replicates, count)[:, kept]
            top = kernels.max(axis=(1, 2))
            each = np.exp(kernels - top[:, None, None]).mean(axis=2)
            mean = each.mean(axis=1)
            other[r, start : start + step] = top + np.log(mean)
            excess[r, start : start + step] = 0.5 * each.var(axis=1, ddof=1) / (replicates - 1) / mean**2
    told = own - other - excess
    known = 0.5 * ((z**2).sum(axis=-1) - d)
    spread = known.var()
    weight = ((told - told.mean()) * known).mean() / spread if spread > 0 else 0.0
    told = told - weight * known
    return told.mean(axis=1), told


def _log_volume(roots: np.ndarray) -> np.ndarray:
    return np.log(np.diagonal(roots, axis1=-2, axis2=-1)).sum(axis=-1)
