"""Drift and diffusion of one or two macro variables from conditional moments (Kramers-Moyal).

Conventions. dy = D1(y) dt + sqrt(2 D2(y)) dW (Ito), y in its own unit, t in seconds. At a place y, with m the mean
and v the variance of y(t + dt) - y(t) given y(t) = y:

    D1 = m / dt,    D2 = v / (2 dt)        (finite_time="none"),    (1)

right for dt -> 0 only. With l = 1 + dm/dy, the multiplier over dt, a process that is linear near y has exactly

    D1 = (m / dt) ln l / (l - 1),    D2 = (v / (2 dt)) 2 ln l / (l^2 - 1)    (finite_time="local-linear", default),  (2)

one variable only. For an Ornstein-Uhlenbeck process of relaxation rate k, (1) gives a drift too small by (1 -
e^-kdt)/(k dt) and a potential too deep by 2 / (1 + e^-kdt): 1.17 at k dt = 1/3. Where l is below .05 (noise, or dt
too long to see the dynamics) (2) is NaN.

m, l and v come from a local linear regression with Gaussian weights of standard deviation `bandwidth`, for v of the
squared residuals of m; at the edges it is less biased than a local mean. `support` is the effective number of pairs
behind a place, (sum w)^2 / sum w^2; below `least` all is NaN.

References
----------
Siegert, Friedrich & Peinke (1998) Phys Lett A 243:275 (1). (2) is the local linearisation of Shoji & Ozaki (1998)
Stoch Anal Appl 16:733, read backwards; for the size of the error see Ragwitz & Kantz (2001) Phys Rev Lett 87:254501.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .._checks import as_float_array, as_number, as_whole, choose
from .._errors import InputError
from ._macro_series import as_edges, as_macro, pair_starts, read_only

if TYPE_CHECKING:
    import pandas as pd

FINITE_TIME = ("local-linear", "none")
FEWEST = 60
LEAST_MULTIPLIER = 0.05
FAR = 6.0  # bandwidths beyond which a weight (1e-8) isn't counted


@dataclass(frozen=True, eq=False)
class DriftDiffusion:
    """Drift and diffusion at places.

    Attributes
    ----------
    places : array, shape (m, d), unit of y
    drift : array, shape (m, d), unit of y per second
    diffusion : array, shape (m, d, d), unit of y squared per second
        D2, half the growth of the variance.
    support : array, shape (m,)
        Effective number of pairs behind each place.
    bandwidth : array, shape (d,), unit of y
    dt : float, seconds
    finite_time : {"local-linear", "none"}
    """

    places: np.ndarray
    drift: np.ndarray
    diffusion: np.ndarray
    support: np.ndarray
    bandwidth: np.ndarray
    dt: float
    finite_time: str

    def __post_init__(self) -> None:
        read_only(self.places, self.drift, self.diffusion, self.support, self.bandwidth)

    @property
    def table(self) -> pd.DataFrame:
        """One row a place."""
        import pandas as pd

        d = self.places.shape[1]
        columns = {f"y{j + 1}": self.places[:, j] for j in range(d)}
        columns |= {f"drift {j + 1}": self.drift[:, j] for j in range(d)}
        columns |= {f"diffusion {i + 1}{j + 1}": self.diffusion[:, i, j] for i in range(d) for j in range(i, d)}
        return pd.DataFrame(columns | {"support": self.support})

    def __repr__(self) -> str:
        known = np.asarray(np.isfinite(self.drift).all(axis=1))
        h = ", ".join(f"{b:.3g}" for b in self.bandwidth)
        return (
            f"drift and diffusion at {int(known.sum())} of {len(known)} places, bandwidth {h}, dt {self.dt:g} s, "
            f"finite time: {self.finite_time}"
        )


def drift_diffusion(
    y: Any,
    *,
    dt: float,
    at: Any = None,
    lengths: Any = None,
    bandwidth: Any = None,
    finite_time: str | None = None,
    points: int = 101,
    least: float = 10.0,
) -> DriftDiffusion:
    """Return drift and diffusion of one or two macro variables at places, equations (1), (2).

    Parameters
    ----------
    y : array_like, shape (samples, d), d = 1 or 2, or (samples,)
    dt : float, seconds
        Between samples.
    at : array_like, shape (m, d) or (m,), optional
        Places; by default `points` evenly spaced ones from the .5 % to the 99.5 % quantile (of two variables, 21 x 21).
    lengths : sequence of int, optional
        Samples of each segment.
    bandwidth : float or array_like (d,), optional, unit of y
        Standard deviation of the weights; by default .9 min(s.d., IQR / 1.34) n^(-1 / (4 + d)).
    finite_time : {"local-linear", "none"}, optional
        By default (2) for one variable; (1) is the only one for two.
    least : float
        Effective pairs needed behind a place.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> y = np.zeros(5000)
    >>> for t in range(4999):
    ...     y[t + 1] = 0.8 * y[t] + 0.3 * rng.normal()
    >>> found = drift_diffusion(y, dt=0.1, at=[0.5], bandwidth=0.2)
    >>> bool(abs(found.drift[0, 0] - 5 * np.log(0.8)) < 0.15)
    True
    """
    y = as_macro(y, most=2)
    dt = as_number(dt, "dt", low=1e-300)
    dim = y.shape[1]
    way = choose(finite_time or FINITE_TIME[dim - 1], FINITE_TIME[dim - 1 :], "finite_time")
    starts = pair_starts(as_edges(lengths, len(y)))
    if len(starts) < FEWEST:
        raise InputError(
            "y",
            expected=f"at least {FEWEST} pairs of samples",
            got=str(len(starts)),
            remedy="Record longer, or join more segments of the same condition.",
        )
    width = silverman(y) if bandwidth is None else as_widths(bandwidth, dim)
    if at is None:
        number = as_whole(points, "points", 5, 100_000, of="places") if dim == 1 else 21
        low, high = np.quantile(y, [0.005, 0.995], axis=0)
        axes = [np.linspace(low[j], high[j], number) for j in range(dim)]
        places = np.stack([a.ravel() for a in np.meshgrid(*axes, indexing="ij")], axis=1)
    else:
        places = as_float_array(at, "at").reshape(-1, dim)
    mean, slope, variance, support = local_moments(y[starts], y[starts + 1] - y[starts], places, width)
    drift, diffusion = mean / dt, variance / (2.0 * dt)
    if way == "local-linear":
        times = 1.0 + slope[:, 0, 0]
        times = np.where(times > LEAST_MULTIPLIER, times, np.nan)
        drift = drift * _log_over(times)[:, None]
        diffusion = diffusion * (2.0 * _log_over(times) / (times + 1.0))[:, None, None]
    few = support < least
    drift[few], diffusion[few] = np.nan, np.nan
    return DriftDiffusion(places, drift, diffusion, support, width, dt, way)


# -- the array layer -----------------------------------------------------------------------------------------------


def silverman(y: np.ndarray) -> np.ndarray:
    """Return .9 min(s.d., IQR / 1.34) n^(-1 / (4 + d)) of each variable, shape (d,)."""
    quarter, three = np.quantile(y, [0.25, 0.75], axis=0)
    sd, robust = y.std(axis=0, ddof=1), (three - quarter) / 1.34
    size = np.where(robust > 0, np.minimum(sd, robust), sd)
    return 0.9 * size * len(y) ** (-1.0 / (4 + y.shape[1]))


def as_widths(bandwidth: Any, dim: int) -> np.ndarray:
    """Return bandwidths above 0, shape (d,)."""
    width = np.broadcast_to(np.asarray(bandwidth, dtype=np.float64), (dim,)).copy()
    if not (np.isfinite(width).all() and (width > 0).all()):
        raise InputError(
            "bandwidth", expected="numbers above 0, in the unit of y", got=repr(bandwidth), remedy="Try .2."
        )
    return width


def local_moments(
    y: np.ndarray, rise: np.ndarray, places: np.ndarray, width: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return mean (m, d), slope (m, d, d), variance (m, d, d) of `rise` at places, and the support (m,).

    Local linear regression on y with Gaussian weights; `slope[:, i, j]` is that of rise i along y j. The variance is a
    local mean of the residuals' products, corrected for the 1 + d parameters.
    """
    m, dim = places.shape
    mean, slope = np.full((m, dim), np.nan), np.full((m, dim, dim), np.nan)
    variance, support = np.full((m, dim, dim), np.nan), np.zeros(m)
    order = np.argsort(y[:, 0], kind="stable")
    y, rise = y[order], rise[order]
    reach = np.searchsorted(y[:, 0], [places[:, 0] - FAR * width[0], places[:, 0] + FAR * width[0]])
    for k, place in enumerate(places):
        near = slice(*reach[:, k])
        z, rises = (y[near] - place) / width, rise[near]
        w = np.exp(-0.5 * (z**2).sum(axis=1))
        total = w.sum()
        if total < 1e-12:
            continue
        support[k] = total**2 / (w**2).sum()
        if support[k] <= 2 + dim:
            continue
        x = np.concatenate([np.ones((len(z), 1)), z], axis=1)
        weighted = x * w[:, None]
        gram = weighted.T @ x
        c = np.linalg.lstsq(gram, weighted.T @ rises, rcond=1e-10)[0]
        mean[k], slope[k] = c[0], (c[1:] / width[:, None]).T
        residual = rises - x @ c
        lost = np.trace(np.linalg.pinv(gram) @ (weighted.T @ weighted))  # weight that the fit itself takes up
        variance[k] = (residual * w[:, None]).T @ residual / (total - lost)
    return mean, slope, variance, support


def _log_over(times: np.ndarray) -> np.ndarray:
    """Return ln l / (l - 1), 1 at l = 1."""
    off = times - 1.0
    away = np.abs(off) > 1e-6
    return np.where(away, np.log(np.where(away, times, 2.0)) / np.where(away, off, 1.0), 1.0 - 0.5 * off)
