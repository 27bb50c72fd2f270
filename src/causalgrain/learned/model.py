"""One scale of one trained member: encode, step, decode, and the noise. What the rest of the room works with.

Conventions. States are rows (..., channels) in the units of the recording; macro states are rows (..., dim). All
functions are JAX functions of one array, so they can be differentiated, mapped and compiled. Parameters are
kept as float64 numpy arrays and the functions follow the precision that is switched on: by default JAX computes in
single precision; inside ``with jax.enable_x64(True):`` they compute in double. Measures should do the latter.

``step`` is the map that is predicted, f(y) = E[y(t+1) | y(t)]: its Jacobian is the Jacobian of the prediction
(nothing is wrapped around it afterwards). ``covariance`` is the second moment, about 0, of y(t+1) - step(y(t)) on
samples that the member wasn't trained on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import jax
import numpy as np

from .flows import Shape
from .preparation import Preparation, prepare, unprepare
from .scales import inverses, macro, micro, step


@dataclass(frozen=True, eq=False)
class ScaleModel:
    """The variable of one scale and its dynamics.

    Attributes
    ----------
    dim : int
    channels : int
    covariance : ndarray, shape (dim, dim)
        Of the noise, held out.
    kind : {"learned", "linear"}
        Which of the two cross-validation chose; "linear" is the same model before training, a linear Gaussian one.
    condition : str
    seed, fold : int
    steps : int
        Of training; 0 for "linear".
    """

    dim: int
    channels: int
    covariance: np.ndarray
    kind: str
    condition: str
    seed: int
    fold: int
    steps: int
    shape: Shape = field(repr=False)
    preparation: Preparation = field(repr=False)
    parameters: dict[str, Any] = field(repr=False)

    @property
    def place(self) -> int:
        """Which of the dims this is."""
        return self.shape.dims.index(self.dim)

    @cached_property
    def _undo(self) -> tuple[np.ndarray, ...]:
        return inverses(self.parameters)

    def encode(self, x: jax.Array | np.ndarray) -> jax.Array:
        """Return y of states (..., channels), shape (..., dim)."""
        return macro(self.parameters, self.shape, prepare(self.preparation, x), self.place)

    def step(self, y: jax.Array | np.ndarray) -> jax.Array:
        """Return the mean of the next macro state, shape (..., dim)."""
        return step(self.parameters["scales"][self.place], jax.numpy.asarray(y))

    def decode(self, y: jax.Array | np.ndarray) -> jax.Array:
        """Return the states of macro states, shape (..., channels); what was dropped takes its conditional mean.

        The state of a mean isn't the mean of states where the encoder is bent, so errors of prediction in micro units
        can be larger than a linear model's though the density is far better. Models are compared by their scores.
        """
        w = micro(self.parameters, self._undo, self.shape, jax.numpy.asarray(y), self.place)
        return unprepare(self.preparation, w)

    def predict(self, x: jax.Array | np.ndarray, steps: int = 1) -> jax.Array:
        """Return states `steps` samples later by way of this scale, shape (..., channels)."""
        y = self.encode(x)
        for _ in range(steps):
            y = self.step(y)
        return self.decode(y)

    def __repr__(self) -> str:
        trained = "linear" if self.kind == "linear" else f"learned, {self.steps} steps"
        return (
            f"ScaleModel of {self.dim} of {self.channels} dimensions ({trained}; condition {self.condition}, "
            f"seed {self.seed}, fold {self.fold})"
        )
