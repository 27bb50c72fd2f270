r"""Emergent complexity over scales: how evenly causal power is spread over the scales that add some.

Values :math:`s_1` (micro) to :math:`s_K` (macro) of one measure per dimension (channel EI or J, nats). Each scale is
credited with what it adds to the best of the finer ones: :math:`c_1 = \max(0, s_1)`,
:math:`c_k = \max(0, s_k - \max_{j<k} s_j)`, share :math:`p_k = c_k / \sum c`, complexity
:math:`-\sum p_k \log_2 p_k` in bits. The first value counts as an increment over 0; where it isn't positive it counts
for nothing and this is said.

Not to be confused with the emergent complexity of causal emergence 2.0 (Hoel 2025, arXiv 2503.13395), the entropy of
the increments of determinism - degeneracy along a path of TPMs, without the micro value: that is
``emergent_complexity``. Same name in the literature, two quantities.

The formula is that of public code that goes with learned multiscale dynamics (record increments of J); whether a
published number was made with it is likely, not certain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .._checks import as_float_array
from .._errors import InputError
from .._provenance import Provenance, hash_arrays

CONVENTIONS = {
    "increments": "over the largest of all finer scales, never below 0; the micro value is an increment over 0",
    "unit": "bits",
    "order": "micro first, macro last",
}


@dataclass(frozen=True, eq=False)
class ComplexityOverScales:
    """Emergent complexity over scales.

    Attributes
    ----------
    bits : float, bits
        Entropy of the shares; 0 where one scale has everything, or nothing is there.
    shares : ndarray, shape (scales,)
        Share of causal power of each scale; sums to 1, all 0 where no scale adds anything.
    increments : ndarray, shape (scales,), unit of the values
    """

    bits: float
    shares: np.ndarray
    increments: np.ndarray
    provenance: Provenance

    def __repr__(self) -> str:
        shares = " ".join(f"{share:.3f}" for share in self.shares)
        return f"emergent complexity over scales {self.bits:.6f} bits, shares {shares}\n{self.provenance}"


def emergent_complexity_over_scales(values: Any) -> ComplexityOverScales:
    """Return the entropy of what each scale adds to the best of the finer ones.

    Parameters
    ----------
    values : array_like, shape (scales,)
        One measure at every scale, micro first. A profile's ``values()`` will do.

    Returns
    -------
    ComplexityOverScales
        ``.bits``, ``.shares``, ``.increments``.

    Raises
    ------
    InputError
        No values, more than one axis, or values that aren't finite.

    Examples
    --------
    >>> round(emergent_complexity_over_scales([1, 0.9, 1.6, 4]).bits, 6)
    1.352724
    """
    scales = as_float_array(values, "values")
    if scales.ndim != 1 or not len(scales) or not np.isfinite(scales).all():
        raise InputError(
            "values",
            expected="finite numbers, one a scale, micro first",
            got=f"shape {scales.shape}" if scales.ndim != 1 or not len(scales) else "NaN or infinity",
            remedy="Leave out scales without a value.",
        )
    best = np.maximum.accumulate(scales)
    increments = np.concatenate([np.maximum(scales[:1], 0.0), np.diff(best)])
    total = float(increments.sum())
    shares = increments / total if total > 0 else np.zeros_like(increments)
    kept = shares[shares > 0]
    bits = float(-(kept * np.log2(kept)).sum()) if len(kept) > 1 else 0.0
    caution = ""
    if scales[0] <= 0.0:
        caution = f"the micro value {scales[0]:.6g} isn't positive, so it counts as 0"
    if total <= 0:
        caution += ("; " if caution else "") + "no scale adds anything, so there is no complexity to speak of"
    for array in (shares, increments):
        array.setflags(write=False)
    provenance = Provenance(
        "emergent_complexity_over_scales", {"scales": len(scales)}, hash_arrays(scales), CONVENTIONS, caution
    )
    return ComplexityOverScales(bits, shares, increments, provenance)
