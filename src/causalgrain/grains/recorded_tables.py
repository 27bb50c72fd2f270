"""Tables read off the profile of a recording: conditions compared, sets of units, states."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .._errors import InputError
from ..profile import GrainProfile
from .recorded_grains import RecordedGrains

if TYPE_CHECKING:
    import pandas as pd


def compare_conditions(profile: GrainProfile) -> pd.DataFrame:
    """Return the difference of Phi between every two conditions at the grains that were drawn.

    Parameters
    ----------
    profile : GrainProfile
        From :func:`causalgrain.scan_recording`, with draws and at least two conditions.

    Returns
    -------
    pandas.DataFrame
        One row a pair and grain: ``difference`` of the corrected Phi (first minus second), ``p`` by permutation of
        blocks against the largest difference over all these grains, ``p_alone`` against the grain's own. Two-sided,
        about the mean of the permutations, so that unequal lengths of the conditions make no difference.
    """
    import pandas as pd

    _recorded(profile)
    columns = ("first", "second", "grain", "difference", "p", "p_alone")
    if "contrast" not in profile.data:
        return pd.DataFrame(columns=list(columns))
    rows = []
    for i, (first, second) in enumerate(profile.data["contrast"].values.tolist()):
        difference = profile.data["difference"].values[i]
        order = sorted(np.flatnonzero(np.isfinite(difference)).tolist(), key=lambda row: -abs(difference[row]))
        for row in order:
            together, alone = (
                float(profile.data[name].values[i, row]) for name in ("difference_p", "difference_p_alone")
            )
            rows.append((first, second, profile.grains.label(row), float(difference[row]), together, alone))
    return pd.DataFrame(rows, columns=list(columns))


def subset_table(profile: GrainProfile) -> pd.DataFrame:
    """Return what every set of units says: its best grain, the corrected Phi there and at the single units.

    Parameters
    ----------
    profile : GrainProfile
        From :func:`causalgrain.scan_recording`.

    Returns
    -------
    pandas.DataFrame
        One row a set and condition. Grains are those at the loosest `max_dependence`; groups are of the set's own
        units, so their sizes and the bin can be compared between sets, not their names.
    """
    import pandas as pd

    grains = _recorded(profile)
    rows = []
    for i, units in enumerate(profile.data["subset_units"].values.tolist()):
        for j, name in enumerate(profile.conditions):
            best = grains[int(profile.data["subset_best"].values[i, j])]
            rows.append(
                {
                    "units": units,
                    "condition": name,
                    "bin": best.bin,
                    "lag": best.lag,
                    "group sizes": "+".join(str(len(group)) for group in best.space.groups),
                    "phi_corrected": float(profile.data["subset_phi_corrected"].values[i, j]),
                    "phi": float(profile.data["subset_phi"].values[i, j]),
                    "micro phi_corrected": float(profile.data["subset_micro_phi_corrected"].values[i, j]),
                }
            )
    return pd.DataFrame(rows)


def data_table(profile: GrainProfile) -> pd.DataFrame:
    """Return how much data stands behind every condition, bin and lag.

    Parameters
    ----------
    profile : GrainProfile
        From :func:`causalgrain.scan_recording`.

    Returns
    -------
    pandas.DataFrame
        One row a condition, bin and lag: transitions, states visited, visits of the rarest of them, smallest and
        largest share of ON among the units, weight of the prior (by occupancy).
    """
    import pandas as pd

    grains = _recorded(profile)
    prior = float(profile.provenance.settings["prior"])
    states = np.array([[int(c) for c in text] for text in profile.data["state"].values.tolist()], dtype=np.float64)
    rows = []
    for name in profile.conditions:
        for cell in range(len(grains.bins) * len(grains.lags)):
            visits = profile.at(name).data["visits"].values[cell, 0]
            on = visits @ states / visits.sum()
            seen = visits[visits > 0]
            rows.append(
                {
                    "condition": name,
                    "bin": float(grains.bins[cell // len(grains.lags)]),
                    "lag": int(grains.lags[cell % len(grains.lags)]),
                    "transitions": int(visits.sum()),
                    "states visited": f"{len(seen)} of {len(visits)}",
                    "rarest": int(seen.min()),
                    "ON least": float(on.min()),
                    "ON most": float(on.max()),
                    "prior weight": float(np.average(2.0 * prior / (seen + 2.0 * prior), weights=seen)),
                }
            )
    return pd.DataFrame(rows)


def state_table(profile: GrainProfile) -> pd.DataFrame:
    """Return Phi state by state: what the means over visited states are made of.

    Parameters
    ----------
    profile : GrainProfile
        From :func:`causalgrain.scan_recording`.

    Returns
    -------
    pandas.DataFrame
        One row a condition, bin, lag and visited state: its share of the transitions, raw Phi of the single units in
        it, and the grain with the largest raw Phi in it.
    """
    import pandas as pd

    grains = _recorded(profile)
    inner = len(grains.space)
    rows = []
    for j, name in enumerate(profile.conditions):
        phi = profile.data["phi_by_state"].values[:, j]
        for cell in range(len(grains.bins) * len(grains.lags)):
            visits = profile.data["visits"].values[cell, j]
            part = phi[cell * inner : (cell + 1) * inner]
            for place in np.flatnonzero(visits):
                values = part[:, place]
                known = np.isfinite(values).any()
                best = int(np.nanargmax(values)) if known else 0
                rows.append(
                    {
                        "condition": name,
                        "bin": float(grains.bins[cell // len(grains.lags)]),
                        "lag": int(grains.lags[cell % len(grains.lags)]),
                        "state": str(profile.data["state"].values[place]),
                        "share": float(visits[place] / visits.sum()),
                        "micro phi": float(values[0]),
                        "best grain": grains.space.label(best) if known else "",
                        "phi": float(values[best]),
                    }
                )
    return pd.DataFrame(rows)


def _recorded(profile: GrainProfile) -> RecordedGrains:
    if not isinstance(profile.grains, RecordedGrains):
        raise InputError(
            "profile",
            expected="the profile of a recording",
            got=profile.what,
            remedy="Make one with scan_recording(recording, ...).",
        )
    return profile.grains
