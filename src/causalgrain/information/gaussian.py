r"""Effective information of a linear Gaussian system under an intervention, in total and per dimension.

``x' = A x + e``, ``e ~ N(0, S)``, x set by an intervention with entropy h(do) and covariance C. All numbers are nats
per dimension unless said otherwise (multiply by n for the total, divide by ln 2 for bits).

* **Channel EI** (ours): :math:`I = \frac{1}{2n} \ln\det(I + S^{-1} A C A^T)`. Never negative. Exact for a Gaussian
  intervention; for an ellipsoid or a box it is an upper bound, since among all inputs of a covariance the Gaussian one
  tells most about the output.
* **J**, the small-noise form (Liu, Yuan & Zhang 2024, arXiv 2405.09207; Zhang & Liu 2023, Entropy 25:26):
  :math:`J = \frac{1}{n}[h(do) + \ln|\det A| - \frac{1}{2}\ln\det(2\pi e S)]`, h(do) = ln vol for a uniform one.
  Negative for noisy systems; the entropy of the output without its noise stands for the output's, so it is too low.
* **Exact I** where there is a way: Gaussian intervention (closed form); box, and ellipsoid in one dimension, where the
  channels don't mix (S diagonal, at most one entry in each row and column of A), by integrating 1-D channels.
* **Bounds** that hold for every intervention here: channel EI from above; from below (entropy power inequality)
  :math:`\frac{1}{2}\ln(1 + e^{2J})`.

Interventions: "gaussian" N(m, C), C the system's covariance; "ellipsoid" uniform in the ellipsoid whose covariance is
C (radius sqrt(n + 2) in standard deviations); "box-data" uniform in the box whose half-widths are sqrt(3) standard
deviations of each axis (same variances as C), or that times `box`; "box-fixed" uniform in [-L, L], L = `box` (1 by
default). The first two belong to the system: no invertible linear change of coordinates moves them. Boxes belong to
the coordinates: "box-data" only stays under scaling, shifting and permuting axes, "box-fixed" not even under scaling.

Split (ours, after Hoel, Albantakis & Tononi 2013): determinism = (h(do) - h(e)) / n, degeneracy = (h(do) - h(x')) / n,
channel EI = determinism - degeneracy, with the entropy of the output taken as that of the Gaussian of its covariance.
In J the output has the entropy of A x: its degeneracy is -ln|det A| / n. Under a Gaussian intervention with
the stationary covariance the degeneracy of the channel form is 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .._checks import as_number, choose
from .._errors import InputError
from .._provenance import Provenance
from ..recordings.recording import Recording
from .linear import RANK, LinearGaussian

INTERVENTIONS = ("gaussian", "ellipsoid", "box-data", "box-fixed")
LOG_2_PI_E = float(np.log(2.0 * np.pi * np.e))
EDGE = 12.0  # noise standard deviations from an edge of a box within which it is felt (a normal tail of 1e-33)
INSIDE = 1.959964  # standard deviations that hold 95 % of Gaussian data

WORDS = {
    "gaussian": "Gaussian with the system's covariance; unchanged by invertible linear maps of the variables",
    "ellipsoid": "uniform in the ellipsoid with the system's covariance; unchanged by invertible linear maps",
    "box-data": "uniform in a box by each axis's standard deviation; changes under rotation of the variables",
    "box-fixed": "uniform in [-L, L] on each axis; changes under rescaling and rotation of the variables",
}
CONVENTIONS = {
    "unit": "nats per dimension",
    "channel EI": "1/(2n) ln det(I + S^-1 A C A^T), C the covariance of the intervention (ours)",
    "J": "1/n [h(do) + ln|det A| - 1/2 ln det(2 pi e S)], the small-noise form",
    "determinism, degeneracy": "(h(do) - h(e)) / n and (h(do) - h(x')) / n, x' Gaussian of its covariance (ours)",
    "bounds": "below: entropy power inequality, 1/2 ln(1 + exp(2 J)); above: channel EI",
}


@dataclass(frozen=True, eq=False)
class GaussianInformation:
    """Effective information of a linear Gaussian system.

    Attributes
    ----------
    ei : float, nats per dimension
        Channel EI; infinite where some direction of the next state has no noise but depends on the present.
    total : float, nats
    j, j_total : float, nats per dimension and nats
        Small-noise form; -inf where A is singular.
    exact : float, nats per dimension
        I(x; x') itself where there is a way to it, else NaN.
    low, high : float, nats per dimension
        Between these lies I(x; x').
    determinism, degeneracy : float, nats per dimension
        ``ei = determinism - degeneracy``.
    j_degeneracy : float, nats per dimension
        ``j = determinism - j_degeneracy``.
    spectrum : ndarray, shape (n,), nats
        Channel EI of the independent channels into which the system falls apart, largest first; sums to `total`.
    half_widths : ndarray, shape (n,)
        Of the box; for the others sqrt(3) standard deviations of the intervention, in the variables' units.
    data_share : float
        Share of the intervention's range, mean over axes, in which 95 % of Gaussian data of the system's covariance
        lie; NaN where the system has no covariance. Small: the number is about states never seen.
    """

    ei: float
    total: float
    j: float
    j_total: float
    exact: float
    low: float
    high: float
    determinism: float
    degeneracy: float
    j_degeneracy: float
    spectrum: np.ndarray
    half_widths: np.ndarray
    data_share: float
    n: int
    provenance: Provenance

    def __repr__(self) -> str:
        exact = f"exact {self.exact:.6f}" if np.isfinite(self.exact) else f"between {self.low:.6f} and {self.high:.6f}"
        return (
            f"channel EI {self.ei:.6f} nats per dimension, {self.total:.6f} in {self.n} ({exact}; "
            f"determinism {self.determinism:.6f}, degeneracy {self.degeneracy:.6f}); small-noise J {self.j:.6f}\n"
            f"{self.provenance}"
        )


def gaussian_ei(system: Any, *, intervention: str = "gaussian", box: float | None = None) -> GaussianInformation:
    """Return the effective information of a linear Gaussian system.

    ``EI = 1/(2n) ln det(I + S^-1 A C A^T)``

    Parameters
    ----------
    system : LinearGaussian, tuple (A, S), or Recording
        A recording is fitted first, see :func:`.linear_fit.linear_fit`; its S is held out.
    intervention : {"gaussian", "ellipsoid", "box-data", "box-fixed"}
        How the present state is set.
    box : float, optional
        "box-fixed": half-width L in the variables' unit (1). "box-data": half-width in units of sqrt(3) standard
        deviations (1).

    Returns
    -------
    GaussianInformation
        ``.ei``, ``.total``, ``.j``, ``.exact``, ``.determinism``, ``.degeneracy``, ...

    Raises
    ------
    InputError
        No linear Gaussian system, an unknown intervention, a covariance that is needed and isn't there (unstable A).

    Examples
    --------
    >>> system = LinearGaussian([[1.0]], [[0.01]], covariance=[[1.0]])
    >>> result = gaussian_ei(system, intervention="box-fixed")
    >>> round(result.exact, 5), round(result.j, 5)
    (1.66711, 1.57679)

    References
    ----------
    Liu, Yuan & Zhang (2024) arXiv 2405.09207; Zhang & Liu (2023) Entropy 25:26.
    """
    choose(intervention, INTERVENTIONS, "intervention")
    system = as_linear(system)
    if box is not None and not intervention.startswith("box"):
        raise InputError(
            "box", expected="none", got=f"{box!r} with {intervention!r}", remedy='Choose "box-fixed" or "box-data".'
        )
    size = as_number(1.0 if box is None else box, "box", low=np.finfo(float).tiny, high=1e150)
    n, a, s = system.n, system.A, system.S
    covariance, entropy, half = intervention_moments(system, intervention, size)
    spectrum = channel_spectrum(a, s, covariance)
    ei = float(spectrum.sum()) / n
    caution = [system.caution] if system.caution else []
    with np.errstate(divide="ignore"):
        noise = 0.5 * (n * LOG_2_PI_E + _log_det(s))
        volume = float(np.linalg.slogdet(a)[1])
    determinism = (entropy - noise) / n if np.isfinite(entropy) else float("nan")
    j = determinism + volume / n if np.isfinite(noise) or np.isfinite(volume) else float("nan")
    if system.noise_rank < n:
        caution.append(
            f"the noise has rank {system.noise_rank} of {n}: directions without noise carry any amount of information, "
            "so J is infinite and channel EI too where the present state reaches them"
        )
    if not np.isfinite(volume):
        caution.append("A is singular, so J is -inf; channel EI is not touched by this")
    if not np.isfinite(entropy):
        caution.append("the intervention has no width in some direction, so its entropy, and J, are -inf")
    exact = _exact(system, intervention, covariance, half, ei)
    low = 0.5 * np.logaddexp(0.0, 2.0 * j) if not np.isnan(j) else 0.0
    low = float(min(max(low, 0.0), ei))
    if np.isfinite(exact):
        low = high = exact
    else:
        high = ei
    spectrum.setflags(write=False)
    half.setflags(write=False)
    words = CONVENTIONS | {"intervention": WORDS[intervention]}
    provenance = Provenance(
        "gaussian_ei", {"intervention": intervention, "box": box}, system.hash, words, "; ".join(caution)
    )
    return GaussianInformation(
        ei=ei,
        total=ei * n,
        j=j,
        j_total=j * n,
        exact=exact,
        low=low,
        high=high,
        determinism=determinism,
        degeneracy=determinism - ei if np.isfinite(ei) else float("nan"),
        j_degeneracy=-volume / n,
        spectrum=spectrum,
        half_widths=half,
        data_share=_data_share(system, half),
        n=n,
        provenance=provenance,
    )


def as_linear(system: Any) -> LinearGaussian:
    """Return the linear Gaussian system: (A, S) made one, a recording fitted first."""
    if isinstance(system, LinearGaussian):
        return system
    if isinstance(system, Recording):
        from .linear_fit import linear_fit

        return linear_fit(system).system
    if isinstance(system, tuple | list) and len(system) == 2:
        return LinearGaussian(system[0], system[1])
    raise InputError(
        "system",
        expected="a LinearGaussian or a Recording",
        got=type(system).__name__,
        remedy="Make one: LinearGaussian(A, S), or Recording(values, rate); for a TPM use effective_information.",
    )


# -- arrays ------------------------------------------------------------------------------------------------------


def intervention_moments(
    system: LinearGaussian, intervention: str, size: float
) -> tuple[np.ndarray, float, np.ndarray]:
    """Return (covariance (n, n), entropy in nats, half-widths (n,)) of an intervention."""
    n = system.n
    if intervention == "box-fixed":
        half = np.full(n, size)
        return np.diag(half**2 / 3.0), float(n * np.log(2.0 * size)), half
    c = system.C
    with np.errstate(divide="ignore"):
        deviations = np.sqrt(np.maximum(np.diag(c), 0.0))
        if intervention == "box-data":
            half = size * np.sqrt(3.0) * deviations
            return np.diag(half**2 / 3.0), float(np.log(2.0 * half).sum()), half
        spread = 0.5 * _log_det(c)
    if intervention == "gaussian":
        entropy = 0.5 * n * LOG_2_PI_E + spread
    else:
        from scipy.special import gammaln

        entropy = 0.5 * n * np.log(np.pi * (n + 2.0)) - gammaln(0.5 * n + 1.0) + spread
    return np.asarray(c), float(entropy), np.sqrt(3.0) * deviations


def channel_spectrum(a: np.ndarray, s: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Return the nats of the independent channels of ``x' = a x + e``, largest first, shape (rows of a,).

    ``1/2 ln(1 + g_i)``, g the eigenvalues of ``s^-1 a c a^T``. A direction without noise is infinite where the signal
    reaches it and 0 where it doesn't.
    """
    values, vectors = np.linalg.eigh(s)
    signal = vectors.T @ a @ _root(c)
    noisy = values > RANK * max(float(values[-1]), np.finfo(float).tiny)
    silent = signal[~noisy]
    scale = max(float(np.abs(signal).max(initial=0.0)), np.finfo(float).tiny)
    infinite = int(np.linalg.matrix_rank(silent, tol=1e-10 * scale)) if silent.size else 0
    rest = signal[noisy] / np.sqrt(values[noisy])[:, None]
    if infinite:  # what the noiseless directions tell at once is no news in the others
        _, _, right = np.linalg.svd(silent)
        rest = rest - rest @ right[:infinite].T @ right[:infinite]
    gains = np.linalg.svd(rest, compute_uv=False) if rest.size else np.empty(0)
    finite = np.zeros(len(a) - infinite)
    finite[: len(gains[: len(finite)])] = 0.5 * np.log1p(gains[: len(finite)] ** 2)
    return np.concatenate([np.full(infinite, np.inf), finite])


def box_channel(ratio: float) -> float:
    """Return I(u; u + g) in nats, u uniform in [-ratio, ratio], g standard normal: exact, by integration.

    >>> round(box_channel(10.0), 5)
    1.66711
    """
    from scipy.integrate import quad
    from scipy.special import ndtr, xlogy

    if ratio <= 0.0:
        return 0.0

    def surprise(y: float) -> float:
        density = float(ndtr(ratio - y) - ndtr(-ratio - y)) / (2.0 * ratio)
        return -float(xlogy(density, density))  # pyright: ignore[reportCallIssue, reportArgumentType]

    inner = max(ratio - EDGE, 0.0)
    edge = quad(surprise, inner, ratio, epsabs=1e-13, limit=200)[0]
    edge += quad(surprise, ratio, ratio + EDGE, epsabs=1e-13, limit=200)[0]
    flat = inner / ratio * np.log(2.0 * ratio)  # there the density is 1 / (2 ratio)
    return max(float(2.0 * edge + flat - 0.5 * LOG_2_PI_E), 0.0)


def _exact(system: LinearGaussian, intervention: str, c: np.ndarray, half: np.ndarray, ei: float) -> float:
    """I(x; x') per dimension, NaN where there is no way to it."""
    if intervention == "gaussian":
        return ei
    a, s, n = system.A, system.S, system.n
    alone = np.count_nonzero(s - np.diag(np.diag(s))) == 0
    alone = alone and max(int((a != 0).sum(axis=0).max()), int((a != 0).sum(axis=1).max())) <= 1
    if not alone or (intervention == "ellipsoid" and n > 1):
        return float("nan")
    gain, noise = np.abs(a) @ half, np.sqrt(np.maximum(np.diag(s), 0.0))
    if ((noise == 0.0) & (gain > 0.0)).any():
        return float("inf")
    return float(sum(box_channel(float(g / e)) for g, e in zip(gain, noise, strict=True) if e > 0.0)) / n


def _data_share(system: LinearGaussian, half: np.ndarray) -> float:
    if system.covariance is None and not system.stable:
        return float("nan")
    reach = INSIDE * np.sqrt(np.maximum(np.diag(system.C), 0.0))
    return float(np.minimum(reach / np.maximum(half, np.finfo(float).tiny), 1.0).mean())


def _root(c: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(c)
    return vectors * np.sqrt(np.maximum(values, 0.0))


def _log_det(matrix: np.ndarray) -> float:
    """Return ln det of a covariance, -inf where it is singular beyond rounding."""
    values = np.linalg.eigvalsh(matrix)
    if values[0] <= RANK * values[-1]:
        return float("-inf")
    return float(np.log(values).sum())
