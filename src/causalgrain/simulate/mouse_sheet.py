"""Where the neurons of the simulated mouse lie, and which variables they follow.

Conventions: positions in um, (lateral, anterior) of bregma, seen from above; left is negative. Each area is an ellipse
in either hemisphere, much simplified; neurons are uniform over all of them. A neuron's weights are at least 0 and
their squares sum to 1, so each neuron's log rate has the same variance. Column 0 is u, the others the fast variables,
each with a patch of neurons about a centre; centres are neurons far from each other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..surrogates.streams import draw_rng
from .mouse_settings import AREAS, MouseSettings

PLACES, WEIGHTS = 0, 1  # purposes of random streams
SIDES = ("left", "right")
JITTER = 0.5  # s.d. of the logarithm of a fast weight
# Centre and half axes of each area in the right hemisphere, (lateral, anterior), um; none overlap.
ELLIPSES = {
    "MO": ((1300.0, 1300.0), (900.0, 1400.0)),
    "SS": ((3200.0, -600.0), (1000.0, 1300.0)),
    "VIS": ((2900.0, -3400.0), (1000.0, 1000.0)),
    "RSP": ((750.0, -2300.0), (450.0, 1300.0)),
}


@dataclass(frozen=True, eq=False)
class Sheet:
    """The neurons.

    Attributes
    ----------
    position : array, shape (neurons, 2), um
    area : array of str, shape (neurons,)
        MO, SS, VIS or RSP.
    hemisphere : array of str, shape (neurons,)
        left or right.
    """

    position: np.ndarray
    area: np.ndarray
    hemisphere: np.ndarray


def sheet(neurons: int, seed: int) -> Sheet:
    """Draw where the neurons lie.

    >>> drawn = sheet(5, 0)
    >>> drawn.position.shape, bool(((drawn.position[:, 0] < 0) == (drawn.hemisphere == "left")).all())
    ((5, 2), True)
    """
    rng = draw_rng(seed, PLACES)
    centre, half = (np.array([ELLIPSES[name][k] for name in AREAS]) for k in (0, 1))
    share = half.prod(axis=1)
    which = rng.choice(len(AREAS), neurons, p=share / share.sum())
    right = rng.random(neurons) < 0.5
    angle, radius = 2.0 * np.pi * rng.random(neurons), np.sqrt(rng.random(neurons))
    place = centre[which] + half[which] * (radius * np.array([np.cos(angle), np.sin(angle)])).T
    place[:, 0] *= np.where(right, 1.0, -1.0)
    return Sheet(place, np.array(AREAS)[which], np.array(SIDES)[right.astype(int)])


def loadings(placed: Sheet, settings: MouseSettings, seed: int) -> np.ndarray:
    """Draw which variables each neuron follows and how strongly, shape (neurons, variables)."""
    rng = draw_rng(seed, WEIGHTS)
    neurons = len(placed.area)
    share = np.array([settings.carriers.get(name, 0.0) for name in placed.area])
    carries = rng.random(neurons) < share
    slow = np.where(carries, rng.uniform(*settings.loading, neurons), 0.0)
    centres = _far_apart(placed.position, len(settings.fast), rng)
    distance = np.linalg.norm(placed.position[:, None] - centres, axis=2)
    nearest = distance.min(axis=1, keepdims=True)
    fast = np.exp(-0.5 * (distance**2 - nearest**2) / settings.reach**2)
    fast *= np.exp(JITTER * rng.standard_normal(fast.shape))
    fast *= np.sqrt(1.0 - slow[:, None] ** 2) / np.linalg.norm(fast, axis=1, keepdims=True)
    return np.column_stack([slow, fast])


def _far_apart(position: np.ndarray, number: int, rng: np.random.Generator) -> np.ndarray:
    """Return positions of neurons, each as far as can be from those before it."""
    chosen = [int(rng.integers(len(position)))]
    distance = np.full(len(position), np.inf)
    for _ in range(number - 1):
        distance = np.minimum(distance, np.linalg.norm(position - position[chosen[-1]], axis=1))
        chosen.append(int(distance.argmax()))
    return position[chosen]
