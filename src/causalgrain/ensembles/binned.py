"""One scale of one condition: the activity of the two ensembles in bins, kept sparse.

Conventions. Bins are counted from the start of each segment and never cross its end; the rest that fills no bin is
dropped. A spike at exactly k widths after the start belongs to bin k; a spike less than 1e-6 bins before an edge counts
as on it (rounding: 0.3 / 0.1 < 3), as in ``bin_recording``. Global bin numbers run through the segments in order.

With n_u the spikes of unit u in the bin, and sums over the units of one ensemble (N of them), activity is

* "fraction": (1/N) sum n_u, spikes a unit; the published Ens. Below one spike a unit and bin it is the share of units.
* "rate": (1/(N D)) sum n_u, spikes a unit and second.
* "unit_mean": (1/N') sum n_u / m_u, with m_u the unit's mean count over the condition's bins at this scale. Its mean
  is 1 for both ensembles, so the mean of f is 0 by construction.
* "zscore": (1/N') sum (n_u - m_u) / s_u, with s_u the standard deviation (over bins, not bins - 1). Its mean is 0.
* "unit_maximum": (1/N') sum n_u / max n_u, the largest count in a bin of this scale; between 0 and 1.

The last three know each unit by its own numbers over the condition's whole bins. N' counts the units that have them:
one without a spike (for "zscore": with the same count in every bin) is left out and counted in `left_out`. "fraction"
and "rate" divide by all units, silent ones too.

References
----------
Dehghani et al. (2016) Sci. Rep. 6:23176; Dehghani (2025) arXiv 2306.11965 (Ens).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import final

import numpy as np

from .._errors import CostError
from .ladder import width_label

NORMALISATIONS = ("rate", "fraction", "unit_mean", "zscore", "unit_maximum")
WEIGHTED = ("unit_mean", "zscore", "unit_maximum")
MOST_TABLE = 1 << 22  # cells; more distinct pairs of counts than that are sorted instead of tabulated
MOST_DENSE = 1 << 28  # bins in time order


@final
@dataclass(frozen=True, eq=False, repr=False)
class Binned:
    """Ensemble activity at one scale; made by ``Trains.binned``.

    Attributes
    ----------
    width : float, s
    normalisation : str
        See the module.
    index : array of int, shape (occupied,), read-only
        Global numbers of the bins that hold a spike, ascending.
    e_counts, i_counts : arrays of int, shape (occupied,), read-only
        Spikes of each ensemble there.
    excitatory, inhibitory : arrays, shape (occupied,), read-only
        Activity there, normalised.
    empty : tuple of float
        (E, I) of a bin without a spike; (0, 0) unless "zscore".
    n_bins : int
    lengths : array of int, shape (segments,), read-only
        Bins of each segment; 0 for one shorter than a bin.
    onsets : array, shape (segments,), s, read-only
        Where the segments begin.
    n_excitatory, n_inhibitory : int
        Units that the sums are divided by, N or N'.
    left_out : tuple of int
        (E, I) units without a mean, spread or maximum, which are left out.
    dropped : float, s
        Time that fills no bin.
    reason : str
        Why there is no bin here, or "".
    note : str
        What else to know of this scale, or "".
    """

    width: float
    normalisation: str
    index: np.ndarray
    e_counts: np.ndarray
    i_counts: np.ndarray
    excitatory: np.ndarray
    inhibitory: np.ndarray
    empty: tuple[float, float]
    n_bins: int
    lengths: np.ndarray
    onsets: np.ndarray
    n_excitatory: int
    n_inhibitory: int
    left_out: tuple[int, int] = (0, 0)
    dropped: float = 0.0
    reason: str = ""
    note: str = field(default="")

    def __post_init__(self) -> None:
        for name in ("index", "e_counts", "i_counts", "excitatory", "inhibitory", "lengths", "onsets"):
            getattr(self, name).setflags(write=False)

    @property
    def n_empty(self) -> int:
        """Bins without a spike."""
        return self.n_bins - len(self.index)

    @property
    def segment_of(self) -> np.ndarray:
        """Segment of each occupied bin, shape (occupied,)."""
        return np.searchsorted(np.cumsum(self.lengths), self.index, side="right")

    @property
    def times(self) -> np.ndarray:
        """Start of each occupied bin in s, shape (occupied,)."""
        segment = self.segment_of
        first = np.cumsum(self.lengths) - self.lengths
        return self.onsets[segment] + (self.index - first[segment]) * self.width

    def pairs(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return (E, I, weights), shape (pairs,): pairs of values, and how many bins have each, empty ones included.

        For "fraction" and "rate" the pairs are distinct, ascending in E, then I. For the other normalisations nearly
        every bin has values of its own: the pairs are the empty bins (one pair, first) and then each occupied bin.
        Weights add up to `n_bins`.
        """
        if self.normalisation in WEIGHTED:
            excitatory, inhibitory = self.excitatory, self.inhibitory
            weights = np.ones(len(excitatory))
            if self.n_empty:
                excitatory = np.concatenate([[self.empty[0]], excitatory])
                inhibitory = np.concatenate([[self.empty[1]], inhibitory])
                weights = np.concatenate([[float(self.n_empty)], weights])
            return excitatory, inhibitory, weights
        columns = int(self.i_counts.max(initial=0)) + 1
        key = self.e_counts * columns + self.i_counts
        cells = (int(self.e_counts.max(initial=0)) + 1) * columns
        if cells <= max(MOST_TABLE, 4 * len(key)):
            table = np.bincount(key, minlength=1)
            table[0] += self.n_empty
            found = np.flatnonzero(table)
            weights = table[found]
        else:
            found, weights = np.unique(key, return_counts=True)
            if self.n_empty:
                found, weights = np.concatenate([[0], found]), np.concatenate([[self.n_empty], weights])
        e_unit, i_unit = self._units()
        return found // columns * e_unit, found % columns * i_unit, weights.astype(np.float64)

    def dense(self) -> tuple[np.ndarray, np.ndarray]:
        """Return (E, I), each of shape (n_bins,) in time order; `lengths` says where segments end.

        Raises
        ------
        CostError
            More than 268 million bins.
        """
        if self.n_bins > MOST_DENSE:
            raise CostError(
                "dense",
                expected=f"at most {MOST_DENSE} bins in time order",
                got=f"{self.n_bins} bins of {width_label(self.width)}",
                remedy="Take wider bins or a shorter condition; measures without order take pairs() instead.",
            )
        excitatory, inhibitory = (np.full(self.n_bins, value) for value in self.empty)
        excitatory[self.index] = self.excitatory
        inhibitory[self.index] = self.inhibitory
        return excitatory, inhibitory

    def _units(self) -> tuple[float, float]:
        """Return what one spike counts for in (E, I), for normalisations by counts."""
        return count_units(self.normalisation, self.width, self.n_excitatory, self.n_inhibitory)

    def __repr__(self) -> str:
        lines = [
            f"Binned at {width_label(self.width)}, {self.normalisation}: {self.n_bins} bins, {len(self.index)} with "
            f"spikes, in {len(self.lengths)} segment{'' if len(self.lengths) == 1 else 's'}; "
            f"{self.n_excitatory} E and {self.n_inhibitory} I units"
        ]
        lines += [f"  {name}: {text}" for name, text in (("empty", self.reason), ("note", self.note)) if text]
        return "\n".join(lines)


def count_units(normalisation: str, width: float, n_excitatory: int, n_inhibitory: int) -> tuple[float, float]:
    """Return what one spike counts for in (E, I), for "fraction" and "rate".

    >>> count_units("rate", 0.5, 4, 1)
    (0.5, 2.0)
    """
    span = width if normalisation == "rate" else 1.0
    return 1.0 / (n_excitatory * span), 1.0 / (n_inhibitory * span)
