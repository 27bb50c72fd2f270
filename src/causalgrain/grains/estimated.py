"""Which grain peaks when the TPM is an estimate: an answer for every threshold of conditional dependence.

An estimated TPM has practically no coarse grain of several elements that is conditionally independent to 1e-8, so a
scan with the exact rule would always answer "micro". There is no silent default: the peak is given at several
thresholds, and none is named where fewer than two coarse grains of several elements are left to compete.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..profile import GrainProfile

if TYPE_CHECKING:
    import pandas as pd

THRESHOLDS = (1e-8, 0.01, 0.05, 1.0)
FEWEST_GRAINS = 2


def admit_dependence(profile: GrainProfile, max_dependence: float) -> GrainProfile:
    """Return the profile with the grains of at most this dependence admitted.

    No peak is named where fewer than two coarse grains of several macro elements are among them.
    """
    dependence = profile.values("dependence")
    mask = (dependence <= max_dependence) & np.isfinite(profile.values("phi"))
    several = mask & (profile.data["level"].values > 0)
    several &= profile.data["nodes"].values - profile.data["level"].values >= 2
    unnamed = ""
    if several.sum() < FEWEST_GRAINS:
        unnamed = (
            f"only {int(several.sum())} coarse grains of several elements have a dependence of at most "
            f"{max_dependence:g}: too few for a comparison of grains"
        )
    return profile.admit(mask, unnamed=unnamed, note=f"admitted: grains of dependence <= {max_dependence:g}")


def peaks_by_dependence(profile: GrainProfile, thresholds: tuple[float, ...] = THRESHOLDS) -> pd.DataFrame:
    """Return how the peak depends on the largest dependence admitted.

    Parameters
    ----------
    profile : GrainProfile
        From :func:`causalgrain.scan` of an estimated network, with the default `max_dependence`.
    thresholds : tuple of float
        Default: 1e-8, .01, .05 and 1.

    Returns
    -------
    pandas.DataFrame
        One row a threshold: grains admitted, coarse grains of several elements among them, the peak with its Phi and
        margin (empty where none is named), the best coarse grain's share of the micro grain's Phi.

    Examples
    --------
    >>> import causalgrain as cg
    >>> profile = cg.scan(cg.published("hoel2016-fig2"), "0000", max_dependence=1.0)
    >>> peaks_by_dependence(profile)[["max_dependence", "peak"]].values.tolist()[0]
    [1e-08, '{AB}{CD} ON=2|2']
    """
    import pandas as pd

    rows = []
    macro = profile.data["nodes"].values - profile.data["level"].values
    for threshold in thresholds:
        view = admit_dependence(profile, threshold)
        several = view.data["admitted"].values & (profile.data["level"].values > 0) & (macro >= 2)
        rows.append(
            {
                "max_dependence": threshold,
                "admitted": view.n_admitted,
                "several": int(several.sum()),
                "peak": view.peak.label if view.peak else "",
                "phi": view.peak.value if view.peak else float("nan"),
                "margin": view.margin if view.peak else float("nan"),
                "ties": len(view.ties),
                "why_none": view.unnamed,
            }
        )
    return pd.DataFrame(rows)
