"""How far over the cortex a macro variable reaches.

Conventions [ours; the published formula isn't public]. With positions r_k in mm and weights w_k = |a_k| / sum |a|
from the attribution a of a variable,

    C = sqrt(sum_k w_k |r_k - r_bar|^2),    r_bar = sum_k w_k r_k,    (1)

a spatial standard deviation in mm. `even` is (1) with equal weights, what a variable carried by all alike would have,
and `ratio` is C over it: below 1 more local, above 1 at the rim. `neurons` = 1 / sum w^2 is the effective number of
neurons.

Read with care. A variable carried by one spot in either hemisphere has a large C and no neuron at r_bar: C measures
spread, not connectedness. A few weak far neurons weigh by the square of their distance; noise in the attribution
pulls C to `even`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .._checks import as_float_array, choose
from .._errors import InputError
from ._macro_series import read_only

if TYPE_CHECKING:
    import pandas as pd

UNITS = {"mm": 1.0, "um": 1e-3}


@dataclass(frozen=True, eq=False)
class Coverage:
    """How far macro variables reach.

    Attributes
    ----------
    coverage : array, shape (d,), mm
        C of each variable, (1); NaN for one without attribution.
    centre : array, shape (d, 2 or 3), mm
        r_bar.
    even : float, mm
        (1) with equal weights.
    neurons : array, shape (d,)
        Effective number of neurons.
    n_neurons : int
    """

    coverage: np.ndarray
    centre: np.ndarray
    even: float
    neurons: np.ndarray
    n_neurons: int

    def __post_init__(self) -> None:
        read_only(self.coverage, self.centre, self.neurons)

    @property
    def ratio(self) -> np.ndarray:
        """Coverage over that of equal weights, shape (d,)."""
        return self.coverage / self.even

    @property
    def table(self) -> pd.DataFrame:
        """One row a variable."""
        import pandas as pd

        columns: dict[str, Any] = {"variable": np.arange(1, len(self.coverage) + 1), "coverage_mm": self.coverage}
        columns |= {"ratio": self.ratio, "neurons": self.neurons}
        columns |= {f"centre_{'xyz'[j]}_mm": self.centre[:, j] for j in range(self.centre.shape[1])}
        return pd.DataFrame(columns)

    def __repr__(self) -> str:
        rows = [
            f"  y{k + 1}: {c:.3f} mm ({self.ratio[k]:.2f} of even), {self.neurons[k]:.0f} of {self.n_neurons} neurons"
            for k, c in enumerate(self.coverage)
        ]
        return "\n".join(
            [f"coverage of {len(rows)} variable{'s'[: len(rows) - 1]}, even weights {self.even:.3f} mm", *rows]
        )


def coverage(attribution: Any, positions: Any, *, unit: str) -> Coverage:
    """Return the attribution-weighted spatial standard deviation of each macro variable, in mm.

    Parameters
    ----------
    attribution : Attribution or array_like, shape (d, neurons) or (neurons,)
        Of an :class:`.Attribution` its strength.
    positions : array_like, shape (neurons, 2 or 3)
    unit : {"mm", "um"}
        Of the positions.

    Raises
    ------
    InputError
        No positions, or not of every neuron.

    Examples
    --------
    Two neurons 3 mm apart, one with twice the weight: sqrt(2/3 * 1 + 1/3 * 4) mm

    >>> coverage([2.0, -1.0], [[0, 0], [3, 0]], unit="mm")
    coverage of 1 variable, even weights 1.500 mm
      y1: 1.414 mm (0.94 of even), 2 of 2 neurons
    """
    scale = UNITS[choose(unit, list(UNITS), "unit")]
    weight = np.abs(as_float_array(getattr(attribution, "strength", attribution), "attribution"))
    weight = weight[None] if weight.ndim == 1 else weight
    if weight.ndim != 2 or not weight.size or not np.isfinite(weight).all():
        raise InputError(
            "attribution",
            expected="finite numbers, shape (d, neurons)",
            got=f"shape {weight.shape}" if weight.ndim != 2 or not weight.size else "NaN or infinity",
            remedy="Give an Attribution, or one row a macro variable.",
        )
    if positions is None:
        raise InputError(
            "positions",
            expected="where each neuron lies, shape (neurons, 2 or 3)",
            got="none",
            remedy="Coverage is a distance: give the recording's property 'position', or don't ask for coverage.",
        )
    place = as_float_array(positions, "positions") * scale
    if place.ndim != 2 or place.shape[0] != weight.shape[1] or place.shape[1] not in (2, 3):
        raise InputError(
            "positions",
            expected=f"shape ({weight.shape[1]}, 2 or 3), one row a neuron of the attribution",
            got=f"shape {place.shape}",
            remedy="Attribution on traces has no place: give integrated_gradients the pooling matrix and the neurons.",
        )
    lost = int((~np.isfinite(place).all(axis=1)).sum())
    if lost:
        raise InputError(
            "positions",
            expected="a position for every neuron",
            got=f"{lost} of {len(place)} neurons without",
            remedy="Choose the neurons that have one, in attribution and positions alike.",
        )
    total = weight.sum(axis=1, keepdims=True)
    share = np.where(total > 0, weight / np.where(total > 0, total, 1.0), np.nan)
    centre = share @ place
    spread = np.sqrt(np.einsum("kn,kn->k", share, ((place[None] - centre[:, None]) ** 2).sum(axis=2)))
    even = float(np.sqrt(((place - place.mean(axis=0)) ** 2).sum(axis=1).mean()))
    return Coverage(spread, centre, even, 1.0 / (share**2).sum(axis=1), n_neurons=len(place))
