"""Tables read off the profile of a balance study."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .._errors import InputError
from ..profile import GrainProfile
from .balance_contrast import COMPARED
from .balance_measures import LEAST_BINS, NAMES, too_few

if TYPE_CHECKING:
    import pandas as pd

BEYOND = {
    "departure": "departure_beyond",
    "depth_ratio": "depth_beyond",
    "gini": "gini_beyond",
    "entropy": "entropy_beyond",
    "lag_correlation": "lag_beyond",
    "reach": "reach_beyond",
}


def balance_table(profile: GrainProfile) -> pd.DataFrame:
    """Return every number of a balance study in long form.

    Parameters
    ----------
    profile : GrainProfile
        From :func:`causalgrain.balance`.

    Returns
    -------
    pandas.DataFrame
        One row a condition, scale and measure: value (mean over labellings), interval where there is one, mean of the
        surrogates, two-sided p, q (false discovery rate over scales and conditions), what it says beyond the
        correlation with the q of that, and why the cell is empty.
    """
    import pandas as pd

    data = _balance(profile).data
    rows = []
    for j, condition in enumerate(profile.conditions):
        for k in range(len(profile)):
            for name in NAMES:
                if name.endswith("_beyond") or name == "variance_f":
                    continue
                low, high = ("low", "high") if name == "correlation" else (f"{name}_low", f"{name}_high")
                beyond = BEYOND.get(name)
                rows.append(
                    {
                        "condition": condition,
                        "scale": profile.grains.label(k),
                        "width_s": float(data["width"].values[k]),
                        "bins": int(data["bins"].values[k, j]),
                        "measure": name,
                        "value": float(profile.values(name, condition)[k]),
                        "low": _cell(data, low, k, j),
                        "high": _cell(data, high, k, j),
                        "null": _cell(data, f"{name}_null", k, j),
                        "p": _cell(data, f"{name}_p", k, j),
                        "q": _cell(data, f"{name}_q", k, j),
                        "beyond": float("nan") if beyond is None else float(profile.values(beyond, condition)[k]),
                        "beyond_q": float("nan") if beyond is None else _cell(data, f"{beyond}_q", k, j),
                        "reason": str(data["reason"].values[k, j]),
                    }
                )
    return pd.DataFrame(rows)


def symmetry_table(profile: GrainProfile) -> pd.DataFrame:
    """Return the symmetry tests of a balance study.

    Parameters
    ----------
    profile : GrainProfile
        From :func:`causalgrain.balance`, with surrogates.

    Returns
    -------
    pandas.DataFrame
        One row a condition, test and scale ("all" for scale symmetry): effect beyond the null, interval, p, q,
        and why there is none.
    """
    import pandas as pd

    data = _balance(profile).data
    rows = []
    for j, condition in enumerate(profile.conditions):
        for name in ("exchange", "reversal"):
            for k in range(len(profile)):
                rows.append(
                    {
                        "condition": condition,
                        "symmetry": name,
                        "scale": profile.grains.label(k),
                        "effect": float(data[name].values[k, j, 0]),
                        **{part: _cell(data, f"{name}_{part}", k, j) for part in ("low", "high", "p", "q")},
                        "reason": str(data[f"{name}_reason"].values[k, j]) if f"{name}_reason" in data else "",
                    }
                )
        numbers = {part: float(data[f"all_scale_{part}"].values[j]) for part in ("low", "high", "p")}
        effect = float(data["all_scale"].values[j])
        rows.append(
            {"condition": condition, "symmetry": "scale", "scale": "all", "effect": effect, **numbers, "reason": ""}
        )
    return pd.DataFrame(rows)


def balance_differences(profile: GrainProfile) -> pd.DataFrame:
    """Return the differences between conditions of a balance study, by permutation of their blocks.

    Parameters
    ----------
    profile : GrainProfile
        From :func:`causalgrain.balance`, with two conditions or more.

    Returns
    -------
    pandas.DataFrame
        One row a pair of conditions, measure and scale ("all" for the collapse error): first less second, interval,
        p, q over scales and pairs, and why there is no p.
    """
    import pandas as pd

    data = _balance(profile).data
    columns = ("first", "second", "measure", "scale", "difference", "low", "high", "p", "q", "reason")
    rows: list[dict[str, Any]] = []
    if "compared" not in data:
        return pd.DataFrame(columns=list(columns))
    for i, (first, second) in enumerate(data["compared"].values.tolist()):
        pair = {"first": first, "second": second}
        sides = [profile.conditions.index(name) for name in (first, second) if name in profile.conditions]
        fewest = data["bins"].values[:, sides].min(axis=1) if sides else np.full(len(profile), LEAST_BINS)
        for name in COMPARED:
            for k in range(len(profile)):
                value = float(data[f"difference_{name}"].values[i, k])
                if np.isfinite(value):
                    doubt = {part: _cell(data, f"difference_{name}_{part}", i, k) for part in ("low", "high", "p", "q")}
                    rows.append(
                        {**pair, "measure": name, "scale": profile.grains.label(k), "difference": value, **doubt}
                        | {"reason": too_few(int(fewest[k]))}
                    )
        parts = {part: float(data[f"difference_scale_{part}"].values[i]) for part in ("low", "high", "p")}
        value = float(data["difference_scale"].values[i])
        rows.append({**pair, "measure": "collapse error", "scale": "all", "difference": value, **parts, "reason": ""})
    return pd.DataFrame(rows, columns=list(columns))


def condition_table(profile: GrainProfile) -> pd.DataFrame:
    """Return what a balance study says of each condition as a whole: exponent of Var f, C(t), excursions.

    Parameters
    ----------
    profile : GrainProfile
        From :func:`causalgrain.balance`.

    Returns
    -------
    pandas.DataFrame
        One row a condition.
    """
    import pandas as pd

    data = _balance(profile).data
    names = [str(name) for name in data.data_vars if str(name).startswith("all_")]
    columns = {name.removeprefix("all_"): data[name].values.copy() for name in names}
    return pd.DataFrame({"condition": list(profile.conditions), **columns})


def _balance(profile: GrainProfile) -> GrainProfile:
    if profile.provenance.verb != "balance":
        raise InputError(
            "profile",
            expected="the profile of a balance study",
            got=f"one by {profile.provenance.verb}",
            remedy="Make one with balance(recording, ...).",
        )
    return profile


def _cell(data: Any, name: str, row: int, column: int) -> float:
    return float(np.ravel(data[name].values[row, column])[0]) if name in data else float("nan")
