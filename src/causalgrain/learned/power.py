r"""Causal power of a learned variable: how much its present, set by an intervention, says about its future.

Dynamics ``y' = f(y) + e``, ``e ~ N(0, S)``, in d dimensions, F = df/dy the Jacobian of f, the mean that is predicted.
All numbers are nats per dimension unless said otherwise. S should come from held-out data; the mean over y is over
draws from the intervention (:mod:`.interventions`), whose covariance is C and whose entropy is h(do).

* "channel" (ours): :math:`I_d = \frac{1}{d} E_y \frac{1}{2}\ln\det(I + S^{-1} F C F^T)`. Never negative; exact
  for a linear f under the Gaussian intervention: the closed form of :mod:`causalgrain.information.gaussian`.
* "small-noise": :math:`J_d = \frac{1}{d}[h(do) + E_y\ln|\det F| - \frac{1}{2}\ln\det(2\pi e S)]` (Zhang & Liu 2023,
  Entropy 25:26; Yang et al. 2024, Natl Sci Rev 12:nwae279). Negative for noisy maps, -inf for singular ones. **Trap**:
  its differences over scales deceive. White noise (32 traces, 1,000 samples, least squares) gives J_32 = -1.8, J_1 =
  -1.0: an "emergence" of +.8 of nothing.
* "monte-carlo": I(y; y') / d by simulation, see :mod:`.monte_carlo`; refused past its cap.
* "state-dependent": the same with noise S(y) that depends on the state, at d <= 2 only: more dimensions don't let S(y)
  be known from data.

Which of these belong to the system. Under ``y -> T y + b`` all four are unchanged with "gaussian" and "ellipsoid"
(every invertible T), and with "box-data" for scaled, flipped, shifted and permuted axes only. **"box-fixed" is a
gauge**: J(c y) = J(y) - ln c, and nothing pins the scale of a learned latent. It is there to repeat published numbers.

`error`, `low`, `high` speak of the mean over draws (t over independent replicates), not of the data: for those see
:mod:`.spread`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .._checks import as_whole, choose
from .._doubt import t_reach
from .._provenance import Provenance, hash_arrays
from ..information.gaussian import LOG_2_PI_E
from .interventions import REPLICATES, SAID, Intervention, as_states, intervention_from, reach, standard_points
from .jacobians import GIVEN, as_batched, in_chunks, jacobian_of
from .monte_carlo import refuse_past_cap, simulated_information
from .noise import finite, noise_at, noise_of

ESTIMATORS = ("channel", "small-noise", "monte-carlo", "state-dependent")
DRAWS = {"channel": 1024, "small-noise": 1024, "monte-carlo": 4096, "state-dependent": 4096}
PROBE = 64  # samples on which functions are tried
LEVEL = 0.95
CONVENTIONS = {
    "channel": "1/d E_y 1/2 ln det(I + S^-1 F C F^T), C the covariance of the intervention (ours)",
    "small-noise": "1/d [h(do) + E_y ln|det F| - 1/2 ln det(2 pi e S)]",
    "monte-carlo": "I(y; y') / d by simulation, against the mixture of other draws",
    "state-dependent": "I(y; y') / d by simulation with noise S(y), against the mixture of other draws",
}


@dataclass(frozen=True, eq=False)
class CausalPower:
    """Causal power of one variable.

    Attributes
    ----------
    value : float, nats per dimension
    total : float, nats
    error : float, nats per dimension
        Standard error of the mean over draws.
    low, high : float, nats per dimension
        95 % interval of the mean over draws; of the data's own doubt it says nothing.
    dim : int
    estimator, intervention : str
    per_draw : ndarray, shape (draws,), nats per dimension
        What each draw adds; `value` is their mean.
    latent_low, latent_high, latent_sd : ndarray, shape (d,)
        Range and standard deviation of the latent in the data.
    set_low, set_high : ndarray, shape (d,)
        Range of the intervention on each axis.
    reach : float
        Share of the intervention that data reach; NaN for fewer than 40 samples.
    provenance : Provenance
    """

    value: float
    total: float
    error: float
    low: float
    high: float
    dim: int
    estimator: str
    intervention: str
    per_draw: np.ndarray
    latent_low: np.ndarray
    latent_high: np.ndarray
    latent_sd: np.ndarray
    set_low: np.ndarray
    set_high: np.ndarray
    reach: float
    provenance: Provenance

    def __repr__(self) -> str:
        return (
            f"causal power {self.value:.6f} nats per dimension, {self.total:.6f} in {self.dim} ({self.estimator}, "
            f"{self.intervention}; error of the mean over {len(self.per_draw)} draws {self.error:.2g})\n"
            f"latent from {self.latent_low.min():.3g} to {self.latent_high.max():.3g}, set from "
            f"{self.set_low.min():.3g} to {self.set_high.max():.3g}; data reach {self.reach:.0%} of the intervention\n"
            f"{self.provenance}"
        )


def causal_power(
    step: Any,
    covariance: Any,
    samples: Any,
    *,
    intervention: str = "gaussian",
    estimator: str = "channel",
    box: float | None = None,
    draws: int | None = None,
    sampling: str = "sobol",
    jacobian: Any = None,
    seed: int = 0,
) -> CausalPower:
    """Return the causal power of a map with Gaussian noise.

    ``I_d = 1/d E_y 1/2 ln det(I + S^-1 F C F^T)``, or one of the other three estimators.

    Parameters
    ----------
    step : callable
        The mean of the next state: of a batch, (n, d) -> (n, d), or of one state, (d,) -> (d,); numpy or JAX. The
        methods of equinox modules, and `jax.tree_util.Partial(step, weights)`, are compiled once for all of equal
        shapes; anything else is compiled anew for each (.5 s in place of .01 s).
    covariance : array_like, shape (d, d), or float; for "state-dependent" a callable
        S, best of held-out samples; a number stands for that number times the identity. Callable: S(y), (n, d) -> (n,
        d, d) or (d,) -> (d, d).
    samples : array_like, shape (samples, d)
        The latent in the data, in order of time.
    intervention : {"gaussian", "ellipsoid", "box-data", "box-fixed"}
    estimator : {"channel", "small-noise", "monte-carlo", "state-dependent"}
    box : float, optional
        "box-fixed": half-width L, in the latent's unit (1). "box-data": quantile q, the box then reaching from q to
        1 - q (0, the range).
    draws : int, optional
        1,024, and 4,096 for the simulating estimators; raised to the next power of 2.
    sampling : {"sobol", "random"}
    jacobian : callable, optional
        F, (n, d) -> (n, d, d) or (d,) -> (d, d), ``F[i, j] = d f_i / d y_j``. By default JAX's, and central
        differences for maps that JAX can't look into.
    seed : int

    Returns
    -------
    CausalPower
        ``.value``, ``.error``, ``.reach``, ...

    Raises
    ------
    InputError
        Shapes that don't fit, NaN, noise that isn't positive definite, a latent that stands still, a map that gives
        NaN under the intervention, a simulation past its cap, S(y) at d > 2.

    Examples
    --------
    >>> y = np.linspace(-1.0, 1.0, 201)[:, None]
    >>> found = causal_power(lambda y: 0.9 * y, 0.01, y, intervention="box-fixed", estimator="small-noise")
    >>> round(found.value, 5)
    1.47143

    References
    ----------
    Zhang & Liu (2023) Entropy 25:26; Yang et al. (2024) Natl Sci Rev 12:nwae279; Liu, Yuan & Zhang (2024)
    arXiv 2405.09207.
    """
    choose(estimator, ESTIMATORS, "estimator")
    y = as_states(samples)
    d = y.shape[1]
    law = intervention_from(y, intervention, box=box)
    count = as_whole(DRAWS[estimator] if draws is None else draws, "draws", 2 * REPLICATES, of="draws")
    probe = y[:: -(-len(y) // PROBE)]
    noise = noise_of(covariance, estimator, d, probe)
    batched, single = as_batched(step, probe, (d,), "step")
    if jacobian is None:
        slopes, made = jacobian_of(step, single, batched, probe)
    else:
        slopes, made = as_batched(jacobian, probe, (d, d), "jacobian")[0], GIVEN
    simulate = estimator in ("monte-carlo", "state-dependent")
    points, z = standard_points(law.name, d, count, seed=seed, sampling=sampling, noise=d if simulate else 0)
    states = law.place(points)
    flat = states.reshape(-1, d)
    caution = []
    if simulate:
        told = _simulated(batched, slopes, noise, law, states, z)
    else:
        jacobians = finite(in_chunks(slopes, flat, d * d), "the Jacobian of step")
        told = channel_nats(jacobians, noise, law.root) if estimator == "channel" else None
        if told is None:
            told = small_noise_nats(jacobians, noise, law.entropy)
            if not np.isfinite(told).all():
                caution.append("the map is singular somewhere, so J is -inf; channel EI is not touched by this")
        told = told.reshape(points.shape[:2])
    told = told / d
    value = float(told.mean())
    error = half = float("nan")
    if np.isfinite(value):
        error = float(told.mean(axis=1).std(ddof=1) / np.sqrt(REPLICATES))
        half = float(t_reach(told.mean(axis=1), LEVEL, scale=1.0 / np.sqrt(REPLICATES)))
    if intervention == "box-fixed":
        caution.append(
            "at a fixed box the number depends on the latent's scale, which nothing pins: J(c y) = J(y) - ln c"
        )
    if estimator == "small-noise":
        caution.append("differences of J over scales are positive for pure noise; compare channel EI")
    per_draw, span = told.reshape(-1), (y.min(axis=0), y.max(axis=0), y.std(axis=0, ddof=1))
    for array in (per_draw, *span):
        array.setflags(write=False)
    settings = {
        "intervention": intervention,
        "estimator": estimator,
        "box": box,
        "draws": len(per_draw),
        "sampling": sampling,
        "seed": seed,
    }
    words = {
        "unit": "nats per dimension",
        "estimator": CONVENTIONS[estimator],
        "intervention": SAID[intervention],
        "jacobian": made,
    }
    hashed = hash_arrays(y, noise if isinstance(noise, np.ndarray) else "S(y)", finite(batched(probe), "step"))
    return CausalPower(
        value=value,
        total=value * d,
        error=error,
        low=value - half,
        high=value + half,
        dim=d,
        estimator=estimator,
        intervention=intervention,
        per_draw=per_draw,
        latent_low=span[0],
        latent_high=span[1],
        latent_sd=span[2],
        set_low=law.low,
        set_high=law.high,
        reach=reach(flat, y),
        provenance=Provenance("causal_power", settings, hashed, words, "; ".join(caution)),
    )


# -- arrays ------------------------------------------------------------------------------------------------------


def channel_nats(jacobians: np.ndarray, noise: np.ndarray, root: np.ndarray) -> np.ndarray:
    """Return ``1/2 ln det(I + S^-1 F C F^T)`` at every draw, all dimensions together.

    Parameters
    ----------
    jacobians : ndarray, shape (draws, d, d)
    noise : ndarray, shape (d, d) or (draws, d, d)
        S, positive definite.
    root : ndarray, shape (d, d)
        root root^T = C.

    Examples
    --------
    >>> channel_nats(np.array([[[0.8]]]), np.array([[0.36]]), np.array([[1.0]])).round(6).tolist()
    [0.510826]
    """
    d = jacobians.shape[-1]
    gain = np.linalg.solve(np.linalg.cholesky(noise), jacobians @ root)
    return 0.5 * np.linalg.slogdet(np.eye(d) + gain @ np.swapaxes(gain, -1, -2))[1]


def small_noise_nats(jacobians: np.ndarray, noise: np.ndarray, entropy: float) -> np.ndarray:
    """Return ``h(do) + ln|det F| - 1/2 ln det(2 pi e S)`` at every draw, all dimensions together.

    Parameters
    ----------
    jacobians : ndarray, shape (draws, d, d)
    noise : ndarray, shape (d, d)
        S, positive definite.
    entropy : float, nats
        h(do).
    """
    d = jacobians.shape[-1]
    return entropy + np.linalg.slogdet(jacobians)[1] - 0.5 * (d * LOG_2_PI_E + np.linalg.slogdet(noise)[1])


def _simulated(
    batched: Any, slopes: Any, noise: Any, law: Intervention, states: np.ndarray, z: np.ndarray
) -> np.ndarray:
    """Simulate in the intervention's own coordinates, where draws, noise included, go with the data."""
    d = law.dim
    flat = states.reshape(-1, d)
    back = np.linalg.inv(law.root)
    local = noise_at(noise, flat) if callable(noise) else noise
    few = slice(None, None, max(len(flat) // 512, 1))
    jacobians = finite(in_chunks(slopes, flat[few], d * d), "the Jacobian of step")
    expected = float(channel_nats(jacobians, local[few] if local.ndim == 3 else local, law.root).mean())
    refuse_past_cap(expected, len(flat))
    means = (finite(batched(flat), "step") - law.centre) @ back.T
    roots = np.linalg.cholesky(back @ local @ back.T)
    if roots.ndim == 3:
        roots = roots.reshape(*states.shape, d)
    return simulated_information(means.reshape(states.shape), roots, z)[1]
