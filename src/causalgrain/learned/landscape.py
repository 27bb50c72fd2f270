"""Effective potential of one macro variable, from its drift and diffusion and from its stationary density.

Conventions. Drift D1 and diffusion D2 as in :mod:`.drift_diffusion`. Potentials have no unit (energy over noise):

    from the drift    U(y) = ln D2(y) - integral of D1 / D2 dy,    (1)
    from the density  U(y) = -ln p(y),  p the stationary density (kernel estimate, same bandwidth),    (2)

each shifted so that its least value is 0. They are equal for a stationary diffusion in one dimension. Where they
differ, it isn't one: y has memory (not Markov), conditions were mixed, or dt is too long. `mismatch` is the root mean
square of their difference, the constant taken off, weighted by the density. The kernel's width fills in wells and
barriers of (2) narrower than itself. Inner extrema of (1) are smoothed by the bandwidth alone: small ones near the
edges, where support is thin, are the estimate's noise; :mod:`.fixed_points` says how sure stable states are.

References
----------
Risken (1989) The Fokker-Planck Equation, eq. 5.13 (1); Gardiner (2009) Stochastic Methods, 4th ed., eq. 5.5.23
(passage times).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .._checks import as_float_array
from .._errors import InputError
from ._macro_series import as_macro, read_only
from .drift_diffusion import LEAST_MULTIPLIER, DriftDiffusion, drift_diffusion

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Landscape:
    """Effective potential of one macro variable.

    Attributes
    ----------
    places : array, shape (m,), unit of y
        Evenly spaced.
    potential : array, shape (m,)
        From drift and diffusion, (1); least value 0.
    density_potential : array, shape (m,)
        -ln of the stationary density, (2); least value 0.
    mismatch : float
        Root mean square of their difference, weighted by the density.
    wells, barriers : array, unit of y
        Inner minima and maxima of `potential`.
    moments : DriftDiffusion
        At the same places.
    reason : str
        Why places are NaN or numbers missing, or "".
    """

    places: np.ndarray
    potential: np.ndarray
    density_potential: np.ndarray
    mismatch: float
    wells: np.ndarray
    barriers: np.ndarray
    moments: DriftDiffusion
    reason: str = ""

    def __post_init__(self) -> None:
        read_only(self.places, self.potential, self.density_potential, self.wells, self.barriers)

    @property
    def barrier_heights(self) -> np.ndarray:
        """Height of each barrier over the lower and the higher of its neighbouring wells, shape (barriers, 2)."""

        def at(y: float) -> float:
            return float(np.interp(y, self.places, self.potential))

        out = []
        for top in self.barriers:
            left, right = self.wells[self.wells < top], self.wells[self.wells > top]
            near = [at(w) for w in (*left[-1:], *right[:1])]
            out.append([at(top) - min(near), at(top) - max(near)] if near else [np.nan, np.nan])
        return np.array(out).reshape(-1, 2)

    @property
    def table(self) -> pd.DataFrame:
        """One row a place: both potentials, drift, diffusion, support."""
        table = self.moments.table.rename(columns={"y1": "y", "drift 1": "drift", "diffusion 11": "diffusion"})
        table.insert(1, "potential", self.potential)
        table.insert(2, "density potential", self.density_potential)
        return table

    def __repr__(self) -> str:
        wells, tops = (", ".join(f"{v:.3g}" for v in values) or "none" for values in (self.wells, self.barriers))
        high = ", ".join(f"{a:.2f}" for a in self.barrier_heights[:, 0])
        line = f"potential: wells at {wells}; barriers at {tops}{f' ({high} above the lower well)' if high else ''}"
        line += f"; drift and density differ by {self.mismatch:.2f} (r.m.s.)"
        return "\n".join([line, repr(self.moments), *([self.reason] if self.reason else [])])


def landscape(
    y: Any,
    *,
    dt: float,
    lengths: Any = None,
    bandwidth: float | None = None,
    finite_time: str = "local-linear",
    points: int = 101,
    least: float = 10.0,
) -> Landscape:
    """Return the effective potential of one macro variable, from its drift and from its density, equations (1), (2).

    Parameters are those of :func:`drift_diffusion`.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> y = np.zeros(5000)
    >>> for t in range(4999):
    ...     y[t + 1] = y[t] + 0.1 * (y[t] - y[t] ** 3) + 0.2 * rng.normal()
    >>> found = landscape(y, dt=0.1)
    >>> len(found.wells), len(found.barriers)
    (2, 1)
    """
    y = as_macro(y, most=1)
    settings: dict[str, Any] = {"lengths": lengths, "bandwidth": bandwidth, "finite_time": finite_time}
    moments = drift_diffusion(y, dt=dt, points=points, least=least, **settings)
    places, drift, diffusion = moments.places[:, 0], moments.drift[:, 0], moments.diffusion[:, 0, 0]
    reason = ""
    known = np.isfinite(drift) & (diffusion > 0)
    if not known.all():
        reason = f"{int((~known).sum())} places have too few pairs, or a multiplier below {LEAST_MULTIPLIER:g}"
    keep = longest_run(known)
    potential, from_density = np.full(len(places), np.nan), np.full(len(places), np.nan)
    wells = barriers = np.zeros(0)
    mismatch = float("nan")
    if keep.sum() >= 5:
        here = places[keep]
        potential[keep] = drift_potential(here, drift[keep], diffusion[keep])
        density = kernel_density(y[:, 0], here, float(moments.bandwidth[0]))
        from_density[keep] = -np.log(density)
        from_density -= np.nanmin(from_density)
        gap, weight = potential[keep] - from_density[keep], density / density.sum()
        mismatch = float(np.sqrt((weight * (gap - (weight * gap).sum()) ** 2).sum()))
        inner = np.diff(np.sign(np.diff(potential[keep])))
        wells, barriers = here[1:-1][inner > 0], here[1:-1][inner < 0]
    return Landscape(places, potential, from_density, mismatch, wells, barriers, moments, reason)


# -- the array layer -----------------------------------------------------------------------------------------------


def drift_potential(places: np.ndarray, drift: np.ndarray, diffusion: np.ndarray) -> np.ndarray:
    """Return equation (1) at places in ascending order, least value 0."""
    from scipy.integrate import cumulative_trapezoid

    potential = np.log(diffusion) - cumulative_trapezoid(drift / diffusion, places, initial=0)
    return potential - potential.min()


def kernel_density(y: np.ndarray, places: np.ndarray, width: float) -> np.ndarray:
    """Return a Gaussian kernel estimate of the density at places."""
    out = np.array([np.exp(-0.5 * ((y - place) / width) ** 2).sum() for place in places])
    return np.maximum(out / (len(y) * width * np.sqrt(2.0 * np.pi)), np.finfo(float).tiny)


def longest_run(known: np.ndarray) -> np.ndarray:
    """Return the mask of the longest stretch of True, the first of equals."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], known.astype(int), [0]])))
    keep = np.zeros(len(known), dtype=bool)
    if len(edges):
        best = int(np.argmax(edges[1::2] - edges[::2]))
        keep[edges[2 * best] : edges[2 * best + 1]] = True
    return keep


def passage_time(places: Any, drift: Any, diffusion: Any, *, start: float, end: float) -> float:
    """Return the mean time in seconds that the diffusion takes from `start` until it first reaches `end`.

    With psi = integral of D1 / D2, going up,

        T = integral from start to end of dy e^-psi(y) integral from the lowest place to y of dz e^psi(z) / D2(z),

    the lowest place reflecting; going down the mirror image. Gardiner (2009) Stochastic Methods, 4th ed., eq. 5.5.23.

    Examples
    --------
    Free diffusion with D2 = 1 from the reflecting wall at 0 to 2 takes 2^2 / 2 s:

    >>> y = np.linspace(0.0, 2.0, 2001)
    >>> round(passage_time(y, 0.0 * y, 1.0 + 0.0 * y, start=0.0, end=2.0), 6)
    2.0
    """
    from scipy.integrate import cumulative_trapezoid

    y, d1, d2 = (as_float_array(v, "places") for v in (places, drift, diffusion))
    if not (y[0] <= min(start, end) and max(start, end) <= y[-1]) or not np.isfinite(d1 + d2).all():
        raise InputError(
            "start, end",
            expected=f"places from {y[0]:g} to {y[-1]:g} with finite drift and diffusion",
            got=f"{start:g}, {end:g}",
            remedy="Stay inside the range where the data have support.",
        )
    if end < start:
        y, d1, d2, start, end = -y[::-1], -d1[::-1], d2[::-1], -start, -end
    psi = cumulative_trapezoid(d1 / d2, y, initial=0)
    psi -= psi.max()
    inner = cumulative_trapezoid(np.exp(psi) / d2, y, initial=0)
    outer = cumulative_trapezoid(np.exp(-psi) * inner, y, initial=0)
    return float(np.interp(end, y, outer) - np.interp(start, y, outer))
