"""The ellipse of joint activity: where the cloud of (E, I) lies, how it leans, how long and how wide it is.

Conventions. The ellipse is that of the covariance matrix over bins: its axes are the eigenvectors, their lengths the
standard deviations along them. `angle` runs from the E axis towards the I axis, in degrees, in (-90, 90]: 45 is the
diagonal E = I. `aspect_ratio` is long over short axis, from 1 (round) to infinity (a line); `roundness` its inverse.
The width orthogonal to the diagonal is the standard deviation of (E - I) / sqrt 2, whatever way the ellipse leans.

How sure the angle is, for n independent bins of Gaussian activity: `round_p` is the exact chance that a round cloud
looks as long as this one, U^((n - 2) / 2) with U = 4 l1 l2 / (l1 + l2)^2 and l1 >= l2 the variances along the axes
(Mauchly 1940, eq. for two variables); `angle_error` is the angle's standard error, sqrt(l1 l2 / n) / (l1 - l2)
(Anderson 1963). Neighbouring bins that depend on each other make both too sure, counts that are mostly 0 make them
rough: surrogates and the bootstrap over time decide. Where round_p > 0.05 the lean says nothing and there is no error.

Ellipse, means, variances and correlation are the same knowledge: `residual`, what the aspect ratio says beyond
them, is 0 by construction. With equal variances it is sqrt((1 + |rho|) / (1 - |rho|)), the angle 45 or -45.

References
----------
Dehghani et al. (2016) Sci. Rep. 6:23176. Mauchly (1940) Ann. Math. Stat. 11:204. Anderson (1963) Ann. Math. Stat.
34:122.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from ._moments import pair_moments

SURE = 0.05  # round_p above which the lean of the ellipse says nothing
EQUAL = 1e-12  # relative difference of the axes' variances that is rounding


@final
@dataclass(frozen=True)
class EnsembleGeometry:
    """The ellipse of (E, I) at one scale; units are those of the activity, angles degrees.

    Attributes
    ----------
    bins : float
    mean_excitatory, mean_inhibitory : float
    sd_excitatory, sd_inhibitory : float
    rho : float
        Correlation of E and I; NaN where one is constant.
    angle : float, degrees
        Of the long axis from the E axis; NaN where the axes are equal.
    angle_error : float, degrees
        Its standard error for independent Gaussian bins; NaN where round_p > 0.05.
    long_axis, short_axis : float
        Standard deviations along the axes.
    aspect_ratio : float
        long / short; infinite on a line. The headline.
    roundness : float
        short / long, 0 to 1.
    round_p : float
        Chance that a round cloud looks so long.
    orthogonal_width : float
        Standard deviation of (E - I) / sqrt 2.
    reason : str
        Why numbers are missing, or "".
    """

    bins: float
    mean_excitatory: float
    mean_inhibitory: float
    sd_excitatory: float
    sd_inhibitory: float
    rho: float
    angle: float
    angle_error: float
    long_axis: float
    short_axis: float
    aspect_ratio: float
    roundness: float
    round_p: float
    orthogonal_width: float
    reason: str = ""

    @property
    def headline(self) -> float:
        """The aspect ratio."""
        return self.aspect_ratio

    @property
    def residual(self) -> float:
        """What the aspect ratio says beyond rho and the two variances: 0 by construction."""
        return 0.0 if np.isfinite(self.long_axis) else float("nan")

    def __repr__(self) -> str:
        if np.isnan(self.long_axis):
            return f"EnsembleGeometry: no ellipse, {self.reason}"
        lean = f"{self.angle:.2f}" + ("" if np.isnan(self.angle_error) else f" +- {self.angle_error:.2f}")
        text = (
            f"EnsembleGeometry of {self.bins:g} bins: mean E {self.mean_excitatory:.4g}, I {self.mean_inhibitory:.4g}; "
            f"long axis {self.long_axis:.4g} at {lean} degrees, short {self.short_axis:.4g}, aspect ratio "
            f"{self.aspect_ratio:.4g}; width across the diagonal {self.orthogonal_width:.4g}, rho {self.rho:.4f}"
        )
        return f"{text}\n  note: {self.reason}" if self.reason else text


def ensemble_geometry(excitatory: Any, inhibitory: Any, *, weights: Any = None) -> EnsembleGeometry:
    """Return the ellipse of joint activity.

    Parameters
    ----------
    excitatory, inhibitory : array_like, shape (bins,)
        Activity of the ensembles at one scale, normalised alike.
    weights : array_like, shape (bins,), optional
        How many bins each pair stands for.

    Returns
    -------
    EnsembleGeometry
        NaN with a reason where there are fewer than 3 bins or both ensembles are constant; an angle of NaN where the
        axes are equal.

    Raises
    ------
    InputError
        Arrays that don't fit together.

    Examples
    --------
    >>> found = ensemble_geometry([0, 1, 2, 3], [0, 1, 2, 3])
    >>> found.angle, found.short_axis, found.aspect_ratio
    (45.0, 0.0, inf)
    """
    m = pair_moments(excitatory, inhibitory, weights, least=3)
    nan = float("nan")
    (e_var, i_var), n = m.variance, m.bins
    sd_e, sd_i = float(np.sqrt(e_var)), float(np.sqrt(i_var))
    if m.reason or e_var + i_var == 0.0:
        reason = m.reason or "both ensembles are constant"
        flat = nan if m.reason else 0.0
        return EnsembleGeometry(n, *m.mean, sd_e, sd_i, nan, nan, nan, nan, nan, nan, nan, nan, flat, reason)
    # Eigenvalues of the 2 x 2 covariance: half sum and half difference, which keeps the small one exact.
    half, lean = 0.5 * (e_var + i_var), float(np.hypot(0.5 * (e_var - i_var), m.covariance))
    long = half + lean
    short = max(e_var * i_var - m.covariance**2, 0.0) / long
    short = short if short > EQUAL * long else 0.0
    across = np.sqrt(max(e_var + i_var - 2.0 * m.covariance, 0.0) / 2.0)
    equal = lean <= EQUAL * half
    angle = nan if equal else float(np.degrees(0.5 * np.arctan2(2.0 * m.covariance, e_var - i_var)))
    round_p = float((4.0 * long * short / (long + short) ** 2) ** (0.5 * (n - 2.0)))
    error = float(np.degrees(np.sqrt(long * short / n) / (long - short))) if round_p <= SURE else nan
    reason = ""
    if round_p > SURE:
        reason = f"the cloud is as good as round (p = {round_p:.2g}): its lean says nothing"
    elif np.isnan(m.rho):
        reason = "one ensemble is constant"
    return EnsembleGeometry(
        bins=n,
        mean_excitatory=m.mean[0],
        mean_inhibitory=m.mean[1],
        sd_excitatory=sd_e,
        sd_inhibitory=sd_i,
        rho=m.rho,
        angle=angle,
        angle_error=error,
        long_axis=float(np.sqrt(long)),
        short_axis=float(np.sqrt(short)),
        aspect_ratio=float(np.sqrt(long / short)) if short > 0 else float("inf"),
        roundness=float(np.sqrt(short / long)),
        round_p=round_p,
        orthogonal_width=float(across),
        reason=reason,
    )
