"""What a balance study would cost, said before it starts.

Constants are seconds of one core of an ordinary server of 2024, measured by benchmarks/balance_cost.py.
"""

from __future__ import annotations

import numpy as np

from .._errors import CostError
from .balance_study import Study

A_SCALE = 3e-3  # whatever the data
A_SPIKE = 3e-9  # binning it, a scale
OCCUPIED = 4e-8  # measuring an occupied bin
A_BIN = 5e-9  # a lag's walk through all bins
A_SHIFT = 6e-8  # moving a spike
LABELS_DRAWN = 99
EXCHANGED = 0.3  # a draw of labels, in measurements of all scales


def study_seconds(study: Study, surrogates: int, bootstrap: int, symmetry: bool) -> float:
    """Estimate the CPU time of a study, s."""
    total, widths = 0.0, np.array(study.scales.widths)
    for trains in study.trains.values():
        bins, spikes = trains.duration / widths, len(trains.times)
        occupied = np.minimum(bins, spikes)
        one = float((A_SCALE + A_SPIKE * spikes + OCCUPIED * occupied + A_BIN * bins).sum())
        total += (surrogates + len(study.labellings)) * one + surrogates * A_SHIFT * spikes
        if symmetry and surrogates:
            total += EXCHANGED * min(surrogates, LABELS_DRAWN) * one
        total += bootstrap * len(widths) * 2e-6
    return total


def check_seconds(seconds: float, most: float, what: str) -> None:
    """Refuse work above the limit."""
    if seconds > most:
        raise CostError(
            "max_cost",
            expected=f"at most {describe(most)}",
            got=f"about {describe(seconds)} for {what}",
            remedy="Take fewer surrogates, wider bins (widths=) or one condition, or raise max_cost.",
        )


def describe(seconds: float) -> str:
    """Return a time in words.

    >>> describe(4.2), describe(300), describe(9000)
    ('4 s', '5 min', '2.5 h')
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
