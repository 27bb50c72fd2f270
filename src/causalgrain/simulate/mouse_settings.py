"""The parameters of the simulated mouse, frozen: what drives each condition, and how neurons and camera follow.

Conventions: times in s, rates in Hz, positions in um. The slow variable u obeys

    du = (b u - a u^3) / tau dt + sqrt(2 D) dW,

so its potential is -(b u^2 / 2 - a u^4 / 4) / tau: two wells at +-sqrt(b / a) where b > 0, one at 0 otherwise. It is
simulated in Euler steps of `step`, and those steps are the system: the truth is that of the steps, not of their limit
(:mod:`.mouse_macro`). All numbers are ours, chosen so that the conditions differ as Wang et al. (2025, arXiv
2509.10891) report of mice: two metastable states awake, none under anaesthesia, causal power awake > recovery >
anaesthesia. Nothing is fitted to a mouse.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

from .._checks import as_float_array, as_number
from .._errors import InputError
from .._provenance import FrozenDict

AREAS = ("MO", "SS", "VIS", "RSP")
WINDOWS = FrozenDict({"awake": 100.0, "anaesthesia": 100.0, "recovery": 100.0})  # s
PROTOCOL = FrozenDict({"awake": 100.0, "anaesthesia": 600.0, "recovery": 800.0})  # s, the whole experiment
MOST_FAST = 64


@dataclass(frozen=True)
class SlowDynamics:
    """What drives the slow variable u in one condition.

    Attributes
    ----------
    b : float
        Positive: 0 is left; negative: 0 is returned to.
    a : float
        At least 0; positive where b isn't negative, else u would run away.
    tau : float, s
    D : float, 1/s
        Noise: u gains the variance 2 D a second.

    Examples
    --------
    >>> SlowDynamics(b=1.0, a=4.0, tau=0.25, D=0.1).stable
    (-0.5, 0.5)
    """

    b: float
    a: float
    tau: float
    D: float

    def __post_init__(self) -> None:
        as_number(self.b, "b", low=-1e3, high=1e3)
        as_number(self.a, "a", low=0.0, high=1e3)
        as_number(self.tau, "tau", low=1e-3, high=1e3)
        as_number(self.D, "D", low=1e-6, high=1e6)
        if self.a == 0.0 and self.b >= 0.0:
            raise InputError(
                "a",
                expected="a positive number where b isn't negative",
                got=f"a = 0 with b = {self.b:g}",
                remedy="Without the cubic term u would run away. Take a=1, or a negative b.",
            )

    @property
    def stable(self) -> tuple[float, ...]:
        """Stable fixed points of the drift, ascending."""
        if self.b <= 0.0:
            return (0.0,)
        well = sqrt(self.b / self.a)
        return (-well, well)

    @property
    def unstable(self) -> tuple[float, ...]:
        """Unstable fixed points of the drift: 0, or none. Saddles once the fast variables are counted, all stable."""
        return (0.0,) if self.b > 0.0 else ()


CONDITIONS = FrozenDict(
    {
        "awake": SlowDynamics(b=1.0, a=1.0, tau=0.25, D=0.5),
        "anaesthesia": SlowDynamics(b=-1.0, a=0.0, tau=0.3, D=2.2),
        "recovery": SlowDynamics(b=0.3, a=1.0, tau=0.45, D=0.6),
    }
)


@dataclass(frozen=True)
class MouseSettings:
    """What the conditions, the neurons and the camera of the simulated mouse are like.

    Attributes
    ----------
    dynamics : mapping of str to SlowDynamics
        Condition -> what drives u there.
    fast : tuple of float, s
        Time constant of each fast variable: independent Ornstein-Uhlenbeck processes, the same in all conditions.
    base_rate : float, Hz
        Rate of a neuron where all variables are 0.
    gain : float
        Standard deviation of the logarithm of a neuron's rate.
    carriers : mapping of str to float
        Area -> share of its neurons, 0 to 1, that carry u. Areas left out carry none.
    loading : (float, float)
        Least and most weight of u in a neuron that carries it, 0 to 1; uniform between.
    reach : float, um
        Standard deviation of the Gaussian patch within which neurons follow a fast variable.
    decay : float, s
        Of calcium after a spike.
    noise : float
        Standard deviation of the camera's noise, in units of what one spike adds to a trace.
    step : float, s
        Longest Euler step of u; a frame is a whole number of equal steps.

    Examples
    --------
    >>> from dataclasses import replace
    >>> replace(MouseSettings(), noise=1.0).noise
    1.0
    """

    dynamics: Mapping[str, SlowDynamics] = field(default_factory=lambda: CONDITIONS)
    fast: tuple[float, ...] = (0.20, 0.16, 0.13, 0.10, 0.08, 0.065, 0.05)
    base_rate: float = 6.0
    gain: float = 0.7
    carriers: Mapping[str, float] = field(default_factory=lambda: {"MO": 0.95, "RSP": 0.95, "SS": 0.05, "VIS": 0.05})
    loading: tuple[float, float] = (0.7, 1.0)
    reach: float = 1000.0
    decay: float = 0.7
    noise: float = 0.3
    step: float = 0.005

    def __post_init__(self) -> None:
        object.__setattr__(self, "dynamics", FrozenDict(_dynamics(self.dynamics)))
        object.__setattr__(self, "fast", _numbers(self.fast, "fast", 1e-3, 1e3))
        object.__setattr__(self, "carriers", FrozenDict(_carriers(self.carriers)))
        object.__setattr__(self, "loading", _numbers(self.loading, "loading", 0.0, 1.0))
        if not 1 <= len(self.fast) <= MOST_FAST:
            raise InputError(
                "fast", expected=f"1 to {MOST_FAST} time constants in s", got=str(len(self.fast)),
                remedy="For example fast=(0.2, 0.1, 0.05).",
            )  # fmt: skip
        if len(self.loading) != 2 or not 0.0 < self.loading[0] <= self.loading[1]:
            raise InputError(
                "loading", expected="least and most weight, 0 < least <= most <= 1", got=repr(self.loading),
                remedy="For example loading=(0.7, 1.0).",
            )  # fmt: skip
        as_number(self.base_rate, "base_rate", low=1e-3, high=1e3)
        as_number(self.gain, "gain", low=0.0, high=3.0)
        as_number(self.reach, "reach", low=1.0, high=1e6)
        as_number(self.decay, "decay", low=1e-3, high=1e2)
        as_number(self.noise, "noise", low=0.0, high=1e6)
        as_number(self.step, "step", low=1e-4, high=1.0)

    @property
    def latents(self) -> int:
        """Number of variables: u and the fast ones."""
        return 1 + len(self.fast)


def as_settings(settings: MouseSettings | None) -> MouseSettings:
    """Return the settings given, or the default ones."""
    if settings is None or isinstance(settings, MouseSettings):
        return settings or MouseSettings()
    raise InputError(
        "settings",
        expected="MouseSettings",
        got=type(settings).__name__,
        remedy="Change the default ones: dataclasses.replace(MouseSettings(), noise=1.0).",
    )


def _dynamics(given: Any) -> dict[str, SlowDynamics]:
    fits = isinstance(given, Mapping) and len(given) > 0
    if not fits or not all(isinstance(k, str) and isinstance(v, SlowDynamics) for k, v in given.items()):
        raise InputError(
            "dynamics",
            expected="a dict of conditions, each with its SlowDynamics",
            got=repr(given),
            remedy='For example {"awake": SlowDynamics(b=1, a=1, tau=0.25, D=0.5)}.',
        )
    return dict(given)


def _carriers(given: Any) -> dict[str, float]:
    if not isinstance(given, Mapping) or not all(name in AREAS for name in given):
        raise InputError(
            "carriers",
            expected="a dict of areas, each with a share from 0 to 1; areas are " + ", ".join(AREAS),
            got=repr(given),
            remedy='For example {"MO": 1.0, "RSP": 0.5}.',
        )
    return {name: as_number(share, f"carriers, {name}", low=0.0, high=1.0) for name, share in given.items()}


def _numbers(given: Any, where: str, low: float, high: float) -> tuple[float, ...]:
    values = as_float_array(given, where).ravel()
    return tuple(as_number(float(v), f"{where}, item {i}", low=low, high=high) for i, v in enumerate(values))
