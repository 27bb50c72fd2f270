"""The scan of a recording as a command: read, scan, show, save, and one plain sentence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .._errors import InputError
from ..profile import GrainProfile
from . import render

if TYPE_CHECKING:
    import pandas as pd

    from ..recordings.recording import Recording

MOST_ROWS = 8
LEVEL = 0.05


def read(text: str, given: dict[str, Any]) -> tuple[Recording, Any]:
    """Return the recording of a command's options, and the units that are still to be chosen from it.

    Units with missing values can be left out by naming others: then these are read alone.
    """
    from ..recordings.readers import read_recording
    from .inputs import parse_units

    reading = {k: given[k] for k in ("array", "rate", "kind", "orientation", "epochs") if given.get(k) is not None}
    units = given.get("units")
    try:
        recording = read_recording(text, **reading)
        return recording, parse_units(units, recording.labels)
    except InputError:
        # Other units than those asked for may be at fault, such as one with missing values.
        if units is None or units.startswith("random:"):
            raise
        return read_recording(text, units=parse_units(units, ()), **reading), None


def show(profile: GrainProfile, peaks: pd.DataFrame) -> None:
    """Print what was found in every condition."""
    from ..grains.recorded_tables import compare_conditions, data_table, subset_table

    data = data_table(profile)
    render.table(
        "Data behind every number (bin in s, lag in bins)",
        list(data.columns),
        [tuple(_short(v) for v in row) for row in data.itertuples(index=False)],
    )
    many = len(profile.conditions) > 1
    drawn = bool(np.isfinite(profile.data["low"].values).any())
    columns = [("condition", "condition")] if many else []
    columns += [("max dependence", "max_dependence"), ("admitted", "admitted"), ("peak", "peak")]
    columns += [("Phi", "phi"), ("null mean", "phi_null")] if peaks["phi_null"].notna().any() else [("Phi", "phi")]
    columns += [("corrected", "phi_corrected")]
    if drawn:
        columns += [("95% from", "low"), ("to", "high")]
    columns += [("p", "p"), ("wins", "wins")] if drawn or peaks["p"].notna().any() else []
    rows = []
    for record in peaks.to_dict("records"):
        cells: dict[Any, Any] = dict(record)
        cells["max_dependence"] = f"{record['max_dependence']:g}"
        cells["peak"] = record["peak"] or "none named"
        for name in ("phi", "phi_null", "phi_corrected", "low", "high", "p"):
            cells[name] = _short(record[name])
        cells["wins"] = "" if np.isnan(record["wins"]) else f"{record['wins']:.0%}"
        rows.append(tuple(cells[name] for _, name in columns))
    render.table(
        "Largest bias-corrected Phi over bin x lag x grouping, by the largest conditional dependence admitted",
        [title for title, _ in columns],
        rows,
    )
    for name in profile.conditions:
        view = profile.at(name)
        micro = view.table
        micro = micro[micro["level"] == 0]
        shown = ["bin", "lag", "phi", "phi_corrected", "low", "high", "phi_null", "p", "ei_corrected", "ei"]
        render.table(
            f"The single units{f' in {name}' if many else ''}, at every bin (s) and lag (bins)",
            shown,
            [tuple(_short(v) for v in row) for row in micro[shown].itertuples(index=False)],
        )
    contrast = compare_conditions(profile)
    if len(contrast):
        render.table(
            f"Phi of one condition less that of another, at the grains drawn (the {MOST_ROWS} largest)",
            list(contrast.columns),
            [tuple(_short(v) for v in row) for row in contrast.head(MOST_ROWS).itertuples(index=False)],
        )
    subsets = subset_table(profile)
    if len(subsets) > len(profile.conditions):
        rows = []
        for name in profile.conditions:
            values = subsets.loc[subsets["condition"] == name, "phi_corrected"].to_numpy()
            raw = subsets.loc[subsets["condition"] == name, "micro phi_corrected"].to_numpy()
            low, middle, high = np.quantile(values, [0.0, 0.5, 1.0])
            rows.append((name, len(values), *(_short(v) for v in (low, middle, high, float(np.median(raw))))))
        render.table(
            "Largest corrected Phi over random sets of units",
            ("condition", "sets", "least", "median", "most", "median of single units"),
            rows,
        )


def sentence(name: str, profile: GrainProfile, peaks: pd.DataFrame) -> str:
    """Return the one plain sentence at the end."""
    tested = peaks[peaks["p"].notna()]
    named = peaks[peaks["peak"] != ""]
    if not len(named):
        return f"In {name} no peak is named: too few coarse grains are left to compare{_single_units(profile)}."
    if len(tested) and 1.0 / (1 + profile.provenance.settings["draws"]) > LEVEL:
        drawn = profile.provenance.settings["draws"]
        return (
            f"In {name} nothing can be said against the null: with {drawn} draws no p is below {1 / (1 + drawn):.2g}; "
            "take at least --draws 19, better 99."
        )
    if not len(tested):
        best = named.sort_values("phi_corrected", ascending=False, kind="stable").iloc[0]
        return (
            f"In {name} the largest corrected Phi is {best['phi_corrected']:.4f} at {best['peak']}"
            f"{_where(profile, best['condition'])}; no null was drawn, so this doesn't show that any grain stands out."
        )
    loud, quiet = [], []
    for condition in profile.conditions:
        mine = tested[tested["condition"] == condition]
        good = mine[mine["p"] <= LEVEL]
        if not len(good):
            quiet.append(condition)
            continue
        best = good.iloc[0]
        share = "" if len(mine) == 1 else f" at {len(good)} of {len(mine)} limits of dependence that name a peak"
        which = f"in {condition} " if len(profile.conditions) > 1 else ""
        loud.append(
            f"{which}the largest Phi, {best['phi_corrected']:.4f}{_interval(best)} at {best['peak']}, exceeds the null "
            f"of the maximum (p = {best['p']:.2g}{share})"
        )
    if quiet:
        least = float(tested[tested["condition"].isin(quiet)]["p"].min())
        where = f" in {' or '.join(quiet)}" if len(profile.conditions) > 1 else ""
        if len(quiet) == len(profile.conditions) > 1:
            where = " in either condition" if len(quiet) == 2 else " in any condition"
        loud.append(f"no grain differs from the null{where} (smallest p = {least:.2g})")
    return f"In {name} {'; '.join(loud)}."


def _single_units(profile: GrainProfile) -> str:
    """Say what the single units have where nothing else competes."""
    said = []
    for condition in profile.conditions:
        rows = profile.at(condition).table
        best = rows[rows["level"] == 0].sort_values("phi_corrected", ascending=False, kind="stable").iloc[0]
        p = "" if np.isnan(best["p"]) else f", p = {best['p']:.2g}"
        where = f" in {condition}" if len(profile.conditions) > 1 else ""
        said.append(f"corrected Phi {best['phi_corrected']:.4f}{_interval(best)} at {best['bin']:.6g} s{p}{where}")
    return f"; the single units have {' and '.join(said)}"


def _where(profile: GrainProfile, condition: str) -> str:
    return f" in {condition}" if len(profile.conditions) > 1 else ""


def _interval(row: Any) -> str:
    return "" if np.isnan(row["low"]) else f" (95% {row['low']:.3f} to {row['high']:.3f})"


def _short(value: Any) -> str:
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else f"{value:.4g}" if value >= 1e-4 or value <= -1e-4 or value == 0 else "0.0000"
    return str(value)


def about(text: str, recording: Any) -> str:
    """Return what was read."""
    return f"{Path(text).name}: {recording}"
