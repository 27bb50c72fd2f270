r"""The slow variable's own truth in one condition, by quadrature: distribution, one-frame map, causal power.

One Euler step takes u to a Gaussian, N(u + dt f(u), 2 D dt), f(u) = (b u - a u^3) / tau. On a grid twice finer than
that Gaussian's s.d. the step is a matrix, exact to rounding (the trapezoid rule converges exponentially), and so is
its power for a frame. From it, with F(u) = E[u' | u], S(u) = Var[u' | u], u' one frame after u, and p the stationary
distribution, mean 0 and variance C:

* **ei**, headline: mutual information I(u; u'), u set by p itself. At 10 Hz and steps of 5 ms: .874, .703, .357 nats
  awake, recovering, anaesthetised.
* **ei_gaussian**: I(u; u'), u set by N(0, C).
* **ei_channel**: channel EI, :math:`E_u[\frac12 \ln(1 + F'(u)^2 C / \bar S)]`, u ~ N(0, C), S averaged over p: one
  noise for all states.
* **ei_state**: the same with S(u): noise by state.
* **ei_linear**: -1/2 ln(1 - r^2), r the correlation of u and u': what a linear model with endless data says.

All agree where the drift is linear, and none is wrong: two wells are curved, and each treats the curve in its own way.
Names of the measures are ours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .._errors import InputError
from .mouse_settings import SlowDynamics

FINENESS = 2.0  # grid points for each s.d. of a step
RARE = 36.0  # nats below the most likely state at which the grid may end
REACH = 6.0  # s.d. of u that the grid covers at least
MOST_POINTS = 1500
EI = ("ei", "ei_gaussian", "ei_channel", "ei_state", "ei_linear")


@dataclass(frozen=True, eq=False)
class SlowTruth:
    """What is known of the slow variable in one condition, u in its own units.

    Attributes
    ----------
    dynamics : SlowDynamics
    sd : float
        Stationary standard deviation of u; neurons follow u / sd.
    ei, ei_gaussian, ei_channel, ei_state, ei_linear : float, nats
        One frame ahead; see the module.
    correlation : float
        Of u with itself one frame later.
    relaxation : float, s
        Time constant of the slowest relaxation; between two wells, each is left once in twice that time. Infinite
        where rounding hides it.
    stable, unstable : tuple of float
        Fixed points of the drift.
    map_fixed_points, map_slopes : array, shape (points,)
        Fixed points of the one-frame map F, ascending, and F' there; stable where abs(F') < 1.
    grid : array, shape (n,)
    density : array, shape (n,)
        Stationary density.
    map, map_slope, noise : array, shape (n,)
        F, F' and S on the grid.
    """

    dynamics: SlowDynamics
    sd: float
    ei: float
    ei_gaussian: float
    ei_channel: float
    ei_state: float
    ei_linear: float
    correlation: float
    relaxation: float
    stable: tuple[float, ...]
    unstable: tuple[float, ...]
    map_fixed_points: np.ndarray
    map_slopes: np.ndarray
    grid: np.ndarray
    density: np.ndarray
    map: np.ndarray
    map_slope: np.ndarray
    noise: np.ndarray

    @property
    def map_stable(self) -> np.ndarray:
        """Which fixed points of the map are stable, shape (points,), bool."""
        return np.abs(self.map_slopes) < 1.0

    def quantile(self, rank: float) -> float:
        """Return the u below which lies a share `rank`, 0 to 1, of the stationary distribution."""
        known, ranks = self._ranks()
        return float(np.interp(rank, ranks, known))

    def rank(self, u: float) -> float:
        """Return the share of the stationary distribution below `u`."""
        known, ranks = self._ranks()
        return float(np.interp(u, known, ranks))

    def _ranks(self) -> tuple[np.ndarray, np.ndarray]:
        mass = self.density * (self.grid[1] - self.grid[0])
        kept = mass > 1e-12  # so that ranks rise strictly
        return self.grid[kept], (np.cumsum(mass) - 0.5 * mass)[kept]

    def __repr__(self) -> str:
        points = ", ".join(
            f"{u:+.3f} ({'stable' if ok else 'unstable'})"
            for u, ok in zip(self.map_fixed_points, self.map_stable, strict=True)
        )
        return (
            f"EI {self.ei:.3f} nats (channel {self.ei_channel:.3f}, linear {self.ei_linear:.3f}), s.d. {self.sd:.3f}, "
            f"relaxation {self.relaxation:.2f} s, fixed points of the map {points}"
        )


def slow_truth(dynamics: SlowDynamics, *, step: float, steps: int) -> SlowTruth:
    """Return what follows from one condition's dynamics.

    Parameters
    ----------
    dynamics : SlowDynamics
    step : float, s
        Euler step.
    steps : int
        Of a frame.

    Raises
    ------
    InputError
        Steps too long for the drift, or noise too small for the grid.

    Examples
    --------
    >>> line = slow_truth(SlowDynamics(b=-1.0, a=0.0, tau=0.3, D=2.2), step=0.005, steps=20)
    >>> bool(np.isclose(line.ei, -0.5 * np.log1p(-((1 - 0.005 / 0.3) ** 40))))
    True
    """
    spread = float(np.sqrt(2.0 * dynamics.D * step))
    x = _grid(dynamics, spread)
    to, slope = _euler(dynamics, x, step)
    pull = max(abs(dynamics.b), 2.0 * dynamics.b) * step / dynamics.tau  # of a step, at a fixed point
    if pull > 0.5 or (np.abs(to) > x[-1]).any():
        raise InputError(
            "step",
            expected="Euler steps much shorter than tau",
            got=f"{step:g} s with tau = {dynamics.tau:g} s, b = {dynamics.b:g}, a = {dynamics.a:g}",
            remedy="Take a shorter `step`, or a longer tau.",
        )
    one = _kernel(to, x, spread)
    p = _stationary(one)
    before = np.linalg.matrix_power(one, steps - 1)
    frame = one @ before
    ahead = before @ x  # E[u' | u one step on]
    mean = frame @ x
    noise = np.maximum(frame @ x**2 - mean**2, 0.0)
    mean_slope = slope * ((one * (x - to[:, None])) @ ahead) / spread**2
    variance = float(p @ x**2)
    correlation = float(p @ (x * mean)) / variance
    normal = np.exp(-0.5 * x**2 / variance)
    normal /= normal.sum()
    gained = mean_slope**2 * variance
    points, slopes = _fixed(x, mean, mean_slope, 4.0 * np.sqrt(variance))
    arrays = {
        "map_fixed_points": points, "map_slopes": slopes, "grid": x, "density": p / (x[1] - x[0]), "map": mean,
        "map_slope": mean_slope, "noise": noise,
    }  # fmt: skip
    for array in arrays.values():
        array.setflags(write=False)
    return SlowTruth(
        dynamics=dynamics,
        sd=float(np.sqrt(variance)),
        ei=_information(p, frame),
        ei_gaussian=_information(normal, frame),
        ei_channel=float(0.5 * normal @ np.log1p(gained / (p @ noise))),
        ei_state=float(0.5 * normal @ np.log1p(gained / noise)),
        ei_linear=float(-0.5 * np.log1p(-(correlation**2))),
        correlation=correlation,
        relaxation=_relaxation(one, x, p, dynamics.tau / step) * step,
        stable=dynamics.stable,
        unstable=dynamics.unstable,
        **arrays,
    )


def _euler(dynamics: SlowDynamics, u: np.ndarray, step: float) -> tuple[np.ndarray, np.ndarray]:
    """Return where a step takes u without noise, and its slope."""
    b, a, each = dynamics.b, dynamics.a, step / dynamics.tau
    return u + each * (b * u - a * u**3), 1.0 + each * (b - 3.0 * a * u**2)


def _energy(dynamics: SlowDynamics, u: np.ndarray) -> np.ndarray:
    """Return the potential over the noise: minus the log of the density in the limit of small steps."""
    return (dynamics.a * u**4 / 4.0 - dynamics.b * u**2 / 2.0) / (dynamics.tau * dynamics.D)


def _reach(dynamics: SlowDynamics) -> float:
    """Return how far out u is ever found: where the energy is RARE above its minimum, at a root of a quadratic."""
    b, a, scale = dynamics.b, dynamics.a, dynamics.tau * dynamics.D
    high = RARE * scale - (b**2 / (4.0 * a) if b > 0.0 else 0.0)
    return float(np.sqrt((b + np.sqrt(b**2 + 4.0 * a * high)) / a) if a > 0.0 else np.sqrt(-2.0 * high / b))


def _grid(dynamics: SlowDynamics, spread: float) -> np.ndarray:
    """Return points symmetric about 0, 0 among them, that hold all of u and of an intervention of its variance."""
    reach = _reach(dynamics)
    u = np.linspace(-reach, reach, 2001)
    energy = _energy(dynamics, u)
    weight = np.exp(energy.min() - energy)
    sd = np.sqrt((weight * u**2).sum() / weight.sum())
    half = int(np.ceil(max(reach, REACH * sd) * FINENESS / spread))
    if 2 * half + 1 > MOST_POINTS:
        raise InputError(
            "D",
            expected="noise large enough that its steps can be followed on a grid",
            got=f"D = {dynamics.D:g} 1/s, for which {2 * half + 1} points would be needed",
            remedy="Take a larger D, or a longer `step`.",
        )
    return np.arange(-half, half + 1) * (spread / FINENESS)


def _kernel(to: np.ndarray, x: np.ndarray, spread: float) -> np.ndarray:
    """Return the probabilities of a step, row: now, column: next; rows sum to 1."""
    kernel = np.exp(-0.5 * ((x - to[:, None]) / spread) ** 2)
    return kernel / kernel.sum(axis=1, keepdims=True)


def _stationary(one: np.ndarray) -> np.ndarray:
    """Return the stationary distribution; made symmetric, as it is, so that two deep wells weigh the same."""
    equations = one.T - np.eye(len(one))
    equations[-1] = 1.0
    p = np.linalg.solve(equations, np.eye(len(one))[-1])
    p = np.maximum(0.5 * (p + p[::-1]), 0.0)
    return p / p.sum()


def _information(p: np.ndarray, frame: np.ndarray) -> float:
    """Return I(u; u'), nats, u set by `p`."""
    tiny = np.finfo(float).tiny
    after = np.maximum(p @ frame, tiny)
    return float(p @ (frame * (np.log(np.maximum(frame, tiny)) - np.log(after))).sum(axis=1))


def _relaxation(one: np.ndarray, x: np.ndarray, p: np.ndarray, often: float) -> float:
    """Return the slowest time constant in steps: the second eigenvalue, which belongs to an odd function.

    `often` is how many steps it takes, about, until faster ones are gone.
    """
    many = one
    for _ in range(max(0, int(np.log2(often)))):
        many = many @ many
    v = x.copy()
    for _ in range(200):
        v = many @ v
        v = v - v[::-1]  # rounding must not bring in the constant
        v /= np.sqrt(p @ v**2)
    kept = float(p @ (v * (one @ v)))
    return -1.0 / float(np.log(kept)) if kept < 1.0 - 1e-14 else float("inf")


def _fixed(x: np.ndarray, to: np.ndarray, slope: np.ndarray, most: float) -> tuple[np.ndarray, np.ndarray]:
    """Return fixed points of the map up to +-`most`, by symmetry 0 and pairs, and its slopes there."""
    middle = len(x) // 2
    away = to[middle + 1 :] - x[middle + 1 :]
    at = np.flatnonzero((away[:-1] * away[1:] < 0.0) & (x[middle + 1 : -1] <= most)) + middle + 1
    found = np.empty(len(at))
    for k, i in enumerate(at):  # cubic Hermite between grid points, by bisection
        h, low, high = x[i + 1] - x[i], 0.0, 1.0
        for _ in range(60):
            s = 0.5 * (low + high)
            value = (1 + 2 * s) * (1 - s) ** 2 * to[i] + s * (1 - s) ** 2 * h * slope[i]
            value += s**2 * (3 - 2 * s) * to[i + 1] - s**2 * (1 - s) * h * slope[i + 1]
            same = (value - x[i] - s * h) * (to[i] - x[i]) > 0.0
            low, high = (s, high) if same else (low, s)
        found[k] = x[i] + low * h
    points = np.concatenate([-found[::-1], [0.0], found])
    return points, np.interp(points, x, slope)
