r"""How far finite data lift the Phi of units that have nothing to do with each other.

A TPM estimated from N transitions is never exactly that of independent units, so their raw Phi is above 0. Measured on
simulated units with known shares ON and known memory (benchmarks/bias_law.py prints all that is here), the mean of raw
Phi over visited states follows

    bias**2 = (a / N)**2 + (g(rho) b)**2 / N,        g(rho) = 2.5 |rho| - 1.35 rho**2

with rho the correlation of a unit's state with its next (g = 1.01 at rho = 0.6). Without memory the bias falls as
1 / N. With memory it falls only as 1 / sqrt(N): every unit then has a concept of its own, and each cut changes it by
chance.

Rare states hold the fewest visits, so for units ON (or OFF, whichever is rarer) in a share s of the bins

    a = a_half + (a_sparse - a_half) x(n - 1),      x(k) = (s**-k - 0.5**-k) / (0.1**-k - 0.5**-k)
    b = b_half + (b_sparse - b_half) x((n - 1) / 2)

with constants measured at s = 0.5 (x = 0) and s = 0.1 (x = 1); for units that differ, s is their geometric mean and g
the mean of theirs.

Where it holds: at the micro grain, at lag 1, with prior 0.5, up to a bias of about 0.1. Above that it grows less than
the law says (states that were never visited don't count), so a larger number only means "far too few". On sets of 3, 4
and 5 units with mixed shares (0.03 to 0.5) and memories (0 to 0.9) the law gave 1.06, 1.04 and 0.94 times the measured
bias in the mean, with a standard deviation of a factor of 1.06 to 1.17. For six units three runs stand behind each
constant. Nothing was measured below s = 0.01. Units that remember further back than the last bin need more:
:func:`.memory.inflation`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

HALF, SPARSE = 0.5, 0.1  # shares ON at which the constants were measured
LARGEST_MEASURED = 0.1  # bias; the law overstates what is larger

CONSTANTS: Mapping[int, tuple[float, float, float, float]] = MappingProxyType(
    {  # units: a_half, a_sparse, b_half, b_sparse
        2: (0.96, 1.33, 0.228, 0.263),
        3: (5.44, 14.0, 0.844, 1.33),
        4: (30.0, 156.0, 2.95, 5.79),
        5: (149.0, 1710.0, 9.63, 20.4),
        6: (569.0, 14300.0, 28.2, 63.0),
    }
)
FEWEST_UNITS, MOST_UNITS = min(CONSTANTS), max(CONSTANTS)


def expected_bias(transitions: float, shares: Any, memory: Any) -> float:
    """Return the raw Phi to expect of independent units.

    Parameters
    ----------
    transitions : float
        How many were counted.
    shares : array_like, shape (unit,)
        Share of bins in which each unit is ON, above 0 and below 1; 2 to 6 units.
    memory : array_like, shape (unit,)
        Correlation of each unit's state with its next; its sign makes no difference.

    Returns
    -------
    float
        Infinite without transitions.

    Examples
    --------
    >>> [round(expected_bias(n, [0.5] * 4, [0.0] * 4), 4) for n in (3000, 30000)]
    [0.01, 0.001]
    >>> [round(expected_bias(n, [0.5] * 4, [0.6] * 4), 4) for n in (8000, 32000)]
    [0.0337, 0.0167]
    """
    a, b = _terms(shares, memory)
    return float(np.hypot(a / transitions, b / np.sqrt(transitions))) if transitions > 0 else np.inf


def transitions_needed(bias: float, shares: Any, memory: Any) -> float:
    """Return how many transitions bring the expected bias down to `bias`; the inverse of :func:`expected_bias`.

    >>> round(transitions_needed(0.0167, [0.5] * 4, [0.6] * 4), -3)
    32000.0
    """
    a, b = _terms(shares, memory)
    # a**2 x**2 + b**2 x = bias**2 with x = 1 / N, solved so that nothing cancels.
    return float((b**2 + np.sqrt(b**4 + 4.0 * a**2 * bias**2)) / (2.0 * bias**2))


def gain(memory: Any) -> np.ndarray:
    """Return how much memory lifts the bias, about 1 at a correlation of 0.6 with the next bin.

    >>> gain([0.0, -0.3, 0.9]).round(3).tolist()
    [0.0, 0.629, 1.156]
    """
    rho = np.abs(np.asarray(memory, dtype=np.float64))
    return 2.5 * rho - 1.35 * rho**2


def _terms(shares: Any, memory: Any) -> tuple[float, float]:
    """Return (a, b times g)."""
    on = np.asarray(shares, dtype=np.float64)
    rarer = float(np.exp(np.log(np.minimum(on, 1.0 - on)).mean()))
    a_half, a_sparse, b_half, b_sparse = CONSTANTS[len(on)]
    a = a_half + (a_sparse - a_half) * _rare(rarer, len(on) - 1)
    b = b_half + (b_sparse - b_half) * _rare(rarer, (len(on) - 1) / 2)
    return a, b * float(gain(memory).mean())


def _rare(share: float, power: float) -> float:
    """Return how rare the rare states are: 0 at a share of 0.5, 1 at 0.1."""
    return (share**-power - HALF**-power) / (SPARSE**-power - HALF**-power)
