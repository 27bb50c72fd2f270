"""How far activity departs from balance: the mean and spread of f = E - I.

Conventions: f is taken bin by bin, in the units of the activity; its standard deviation is over bins. The departure is
|mean f| / sd f with a sign of its own: + where excitation exceeds. Normalisations that give every ensemble the same
mean ("unit_mean", "zscore") make it 0: it speaks about "fraction", "rate" and "unit_maximum" only, and there about
rates as much as about balance, since fast-spiking cells fire several times faster. The shares of bins speak for all.

Mean and s.d. follow from the first two moments, rho among them: Var f = Var E + Var I - 2 rho sd E sd I. What is beyond
is the shape of f: `residual` is the share of bins with E > I, ties halved, minus that of a Gaussian f of the same mean
and s.d., Phi(mean / sd).

References
----------
Dehghani et al. (2016) Sci. Rep. 6:23176; Dehghani (2025) arXiv 2306.11965 (f).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import erf, sqrt
from typing import Any, final

import numpy as np

from ._moments import ROUNDING, pair_moments


@final
@dataclass(frozen=True)
class BalanceOfF:
    """Departure of one scale from balance; units are those of the activity.

    Attributes
    ----------
    bins : float
    mean, sd : float
        Of f = E - I.
    share_excitatory, share_inhibitory, share_tied : float
        Shares of the bins with E > I, E < I and E = I; they add up to 1.
    departure : float
        |mean| / sd, >= 0; infinite where f is constant and not 0.
    sign : int
        1 where the mean is above 0, -1 below, 0 at 0.
    residual : float
        Share of bins with E > I, ties halved, minus a Gaussian's.
    reason : str
        Why numbers are missing, or "".
    """

    bins: float
    mean: float
    sd: float
    share_excitatory: float
    share_inhibitory: float
    share_tied: float
    departure: float
    sign: int
    residual: float
    reason: str = ""

    @property
    def headline(self) -> float:
        """The departure with its sign, mean f / sd f."""
        return self.departure if self.sign >= 0 else -self.departure

    def __repr__(self) -> str:
        if np.isnan(self.mean):
            return f"BalanceOfF: nothing to say, {self.reason}"
        text = (
            f"BalanceOfF of {self.bins:g} bins: f = {self.mean:.4g} +- {self.sd:.4g}, departure {self.headline:+.4g}; "
            f"E > I in {self.share_excitatory:.1%}, E < I in {self.share_inhibitory:.1%}, tied {self.share_tied:.1%}"
        )
        return f"{text}\n  note: {self.reason}" if self.reason else text


def balance_of_f(excitatory: Any, inhibitory: Any, *, weights: Any = None) -> BalanceOfF:
    """Return mean, spread and sign of f = E - I, and how often each side exceeds.

    Parameters
    ----------
    excitatory, inhibitory : array_like, shape (bins,)
    weights : array_like, shape (bins,), optional
        How many bins each pair stands for.

    Returns
    -------
    BalanceOfF
        NaN with a reason where there are fewer than 2 bins, or f is 0 everywhere.

    Raises
    ------
    InputError
        Arrays that don't fit together.

    Examples
    --------
    >>> balance_of_f([1, 2, 3, 2], [1, 0, 1, 0])
    BalanceOfF of 4 bins: f = 1.5 +- 0.866, departure +1.732; E > I in 75.0%, E < I in 0.0%, tied 25.0%
    """
    m = pair_moments(excitatory, inhibitory, weights)
    nan = float("nan")
    if m.reason:
        return BalanceOfF(m.bins, nan, nan, nan, nan, nan, nan, 0, nan, m.reason)
    f = m.excitatory - m.inhibitory
    size = ROUNDING * float(np.maximum(np.abs(m.excitatory), np.abs(m.inhibitory)).max())
    f = np.where(np.abs(f) <= size, 0.0, f)
    mean = float(m.weights @ f) / m.bins
    sd = sqrt(float(m.weights @ (f - mean) ** 2) / m.bins)
    mean, sd = (value if abs(value) > size else 0.0 for value in (mean, sd))
    above, below = (float(m.weights[side].sum()) / m.bins for side in (f > 0, f < 0))
    tied = float(m.weights[f == 0].sum()) / m.bins
    sign = int(np.sign(mean))
    if sd == 0.0:
        reason = "E and I are the same in every bin" if sign == 0 else "f is constant"
        return BalanceOfF(m.bins, mean, 0.0, above, below, tied, float("inf") if sign else nan, sign, nan, reason)
    gaussian = 0.5 * (1.0 + erf(mean / sd / sqrt(2.0)))
    return BalanceOfF(m.bins, mean, sd, above, below, tied, abs(mean) / sd, sign, above + 0.5 * tied - gaussian)
