"""Which grain peaks when the TPM is an estimate: an answer for every threshold of conditional dependence.

An estimated TPM has practically no coarse grain of several elements that is conditionally independent to 1e-8, so a
scan with the exact rule would always answer "micro". There is no silent default: the peak is given at several
thresholds, and none is named where fewer than two coarse grains of several elements are left to compete.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from .._errors import InputError
from ..profile import GrainProfile

if TYPE_CHECKING:
    import pandas as pd

THRESHOLDS = (1e-8, 0.01, 0.05, 1.0)
FEWEST_GRAINS = 2


def admit_dependence(profile: GrainProfile, max_dependence: float) -> GrainProfile:
    """Return the profile with the grains of at most this dependence admitted.

    No peak is named where fewer than two coarse grains of several macro elements are among them, in every condition.
    """
    taken = float(profile.data.attrs.get("phi_taken_up_to_dependence", np.inf))
    if max_dependence > taken:
        raise InputError(
            "max_dependence",
            expected=f"at most {taken:g}, up to which this profile took Phi",
            got=f"{max_dependence:g}",
            remedy=f"Scan again with max_dependence={max_dependence:g}.",
        )
    dependence = profile.data["dependence"].isel(draw=0).values  # (grain, condition)
    mask = (dependence <= max_dependence) & np.isfinite(profile.data["phi"].isel(draw=0).values)
    coarse = (profile.data["level"].values > 0) & (profile.data["nodes"].values - profile.data["level"].values >= 2)
    fewest = int((mask & coarse[:, None]).sum(axis=0).min())
    unnamed = ""
    if fewest < FEWEST_GRAINS:
        unnamed = (
            f"only {fewest} coarse grains of several elements have a dependence of at most "
            f"{max_dependence:g}: too few for a comparison of grains"
        )
    note = f"admitted: grains of dependence <= {max_dependence:g}"
    return profile.admit(mask if mask.shape[1] > 1 else mask[:, 0], unnamed=unnamed, note=note)


def peaks_by_dependence(profile: GrainProfile, thresholds: tuple[float, ...] = THRESHOLDS) -> pd.DataFrame:
    """Return how the peak depends on the largest dependence admitted.

    Parameters
    ----------
    profile : GrainProfile
        From :func:`causalgrain.scan` of an estimated network, or :func:`causalgrain.scan_recording`, with the default
        `max_dependence`.
    thresholds : tuple of float
        Default: 1e-8, .01, .05 and 1.

    Returns
    -------
    pandas.DataFrame
        One row a condition and threshold: grains admitted, coarse grains of several elements among them, the peak
        with its value and margin (empty where none is named), for a recording raw Phi there and its mean over
        surrogates, its interval, p against the null of the maximum among
        the grains admitted and share of bootstrap draws won (NaN without draws), and why none is named. Thresholds
        above the one up to which the profile took Phi are left out.

    Examples
    --------
    >>> import causalgrain as cg
    >>> profile = cg.scan(cg.published("hoel2016-fig2"), "0000", max_dependence=1.0)
    >>> peaks_by_dependence(profile)[["max_dependence", "peak"]].values.tolist()[0]
    [1e-08, '{AB}{CD} ON=2|2']
    """
    import pandas as pd

    rows = []
    taken = float(profile.data.attrs.get("phi_taken_up_to_dependence", np.inf))
    macro = profile.data["nodes"].values - profile.data["level"].values
    for name in profile.conditions:
        for threshold in (t for t in thresholds if t <= taken):
            view = admit_dependence(with_threshold(profile.at(name), threshold), threshold)
            several = view.admitted & (profile.data["level"].values > 0) & (macro >= 2)
            peak = view.peak
            low, high = peak.interval if peak is not None and peak.interval is not None else (np.nan, np.nan)
            rows.append(
                {
                    "condition": name,
                    "max_dependence": threshold,
                    "admitted": view.n_admitted,
                    "several": int(several.sum()),
                    "peak": peak.label if peak else "",
                    profile.measure.name: peak.value if peak else np.nan,
                    **{extra: _at(view, extra) for extra in ("phi", "phi_null") if extra != profile.measure.name},
                    "low": low,
                    "high": high,
                    "p": np.nan if peak is None or peak.p is None else peak.p,
                    "wins": np.nan if peak is None or peak.wins is None else peak.wins,
                    "margin": view.margin if peak else np.nan,
                    "ties": len(view.ties),
                    "why_none": view.unnamed,
                }
            )
    return pd.DataFrame(rows)


def _at(view: GrainProfile, name: str) -> float:
    """Return another measure at the peak, NaN where there is no peak or no such measure."""
    known = view.peak is not None and name in [m.name for m in view.measures]
    return float(view.values(name)[view.peak.index]) if known and view.peak is not None else float("nan")


def with_threshold(profile: GrainProfile, threshold: float) -> GrainProfile:
    """Return the profile with the p and the wins that belong to this threshold, where it keeps several."""
    kept = profile.data.get("threshold")
    if kept is None or threshold not in kept.values.tolist():
        return profile
    place = kept.values.tolist().index(threshold)
    chosen = {name: profile.data[f"{name}_by_threshold"].isel(threshold=place, drop=True) for name in ("p", "wins")}
    return replace(profile, data=profile.data.assign(chosen))


def phi_by_state(profile: GrainProfile) -> pd.DataFrame:
    """Return how Phi varies over the states of a scan.

    Parameters
    ----------
    profile : GrainProfile
        From :func:`causalgrain.scan`, over one state or several.

    Returns
    -------
    pandas.DataFrame
        One row a state: its share, Phi of the first row's grain (the micro grain of the largest set), and the admitted
        grain with the largest Phi in this state.

    Examples
    --------
    >>> import causalgrain as cg
    >>> states = {"0000": 3, "1111": 1}
    >>> phi_by_state(cg.scan(cg.published("hoel2016-fig2"), states))[["state", "share", "best grain"]].values.tolist()
    [['0000', 0.75, '{AB}{CD} ON=2|2'], ['1111', 0.25, 'ABCD']]
    """
    import pandas as pd

    phi = profile.data["phi_by_state"].values
    admitted = profile.data["admitted"].values
    rows = []
    for place, state in enumerate(profile.data["state"].values):
        values = np.where(admitted, phi[:, place], np.nan)
        best = int(np.nanargmax(values)) if np.isfinite(values).any() else None
        rows.append(
            {
                "state": str(state),
                "share": float(profile.data["share"].values[place]),
                "micro phi": float(phi[0, place]),
                "best grain": "" if best is None else profile.grains.label(best),
                "phi": float("nan") if best is None else float(values[best]),
            }
        )
    return pd.DataFrame(rows)
