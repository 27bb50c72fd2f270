"""Results as tables on a screen, as JSON, and as one plain sentence."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..phi.results import IntegratedInformation
from ..profile import GrainProfile, Peak
from ..systems.states import format_state

if TYPE_CHECKING:
    import pandas as pd

ATMOST_TIES = 6


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print a table to stdout."""
    from rich.console import Console
    from rich.table import Table

    grid = Table(title=title, title_justify="left", title_style="bold", header_style="bold", pad_edge=False, box=None)
    for name in columns:
        numeric = any(isinstance(row[columns.index(name)], int | float | np.number) for row in rows)
        grid.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        grid.add_row(*(cell(value) for value in row))
    console = Console(markup=False, highlight=False, soft_wrap=False)
    if not console.is_terminal:
        console = Console(markup=False, highlight=False, width=140)
    console.print(grid)
    console.print()


def cell(value: Any) -> str:
    """Return a value as a cell: six decimals, nothing for NaN."""
    if isinstance(value, float | np.floating):
        return "" if math.isnan(value) else f"{value:.6f}"
    return str(value)


def print_json(payload: dict[str, Any]) -> None:
    """Print one JSON object, NaN as null."""
    print(json.dumps(_plain(payload), allow_nan=False, ensure_ascii=True))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return value if value is None else str(value)


# -- profiles ----------------------------------------------------------------------------------------------------


def show_profile(profile: GrainProfile) -> None:
    """Print the peak, the runner-up, the ties and the maximum per level."""
    print(f"{len(profile)} grains, {profile.n_admitted} admitted")
    peak, second = profile.peak, profile.runner_up
    if peak is not None:
        rows: list[tuple[str, Any, Any]] = [("peak", peak.label, peak.value)]
        shown = profile.ties[:ATMOST_TIES]
        rows += [("  tied", tie.label, tie.value) for tie in shown]
        if len(profile.ties) > len(shown):
            rows.append(("  tied", f"and {len(profile.ties) - len(shown)} more", ""))
        if second is not None:
            rows += [("runner-up", second.label, second.value), ("margin", "", profile.margin)]
        table("", ("", "grain", "Phi"), rows)
    frame = profile.levels
    table("Maximum per level", list(frame.columns), [tuple(row) for row in frame.itertuples(index=False)])


def profile_json(profile: GrainProfile) -> dict[str, Any]:
    """Return what `scan --json` prints of a profile."""
    return {
        "measure": profile.measure.name,
        "grains": len(profile),
        "admitted": profile.n_admitted,
        "peak": _peak_json(profile.peak),
        "runner_up": _peak_json(profile.runner_up),
        "margin": profile.margin,
        "ties": [_peak_json(t) for t in profile.ties],
        "levels": profile.levels.to_dict("records"),
        "no_peak_because": profile.unnamed or None,
        "notes": list(profile.notes),
        "provenance": provenance_json(profile),
    }


def _peak_json(peak: Peak | None) -> dict[str, Any] | None:
    if peak is None:
        return None
    return {"label": peak.label, "value": peak.value, "groups": peak.grain.groups, "mapping": peak.grain.mapping}


def provenance_json(result: Any) -> dict[str, Any]:
    """Return a result's provenance with its conventions."""
    p = result.provenance
    return {
        "version": p.version,
        "verb": p.verb,
        "settings": dict(p.settings),
        "input_hash": p.input_hash,
        "conventions": dict(p.conventions),
        "caution": p.caution or None,
    }


def estimate_json(info: Any) -> dict[str, Any]:
    """Return what stands behind an estimated network: everything needed to estimate it again, and how much data."""
    names = (
        "units", "binarise", "default_binarise", "bin_width", "lag", "rate", "n_samples", "n_transitions",
        "states_visited", "states_possible", "prior", "prior_weight", "prior_weight_occupancy", "dependence",
        "dependence_mean", "origin", "caution",
    )  # fmt: skip
    out = {name: getattr(info, name) for name in names}
    out["occupancy"] = {format_state(state): share for state, share in info.occupancy.items()}
    out["on_share"] = dict(info.on_share)
    return out


def scan_sentence(name: str, profile: GrainProfile) -> str:
    """Say in one sentence where integrated information peaks."""
    peak = profile.peak
    if peak is None:
        return f"No grain of {name} can be named as the peak: {profile.unnamed or 'no grain is admitted'}."
    if peak.value <= 0.0:
        return (
            f"{name} has no integrated information at any grain (Phi = 0 at all {profile.n_admitted} admitted grains)."
        )
    micro = profile.values()[(profile.data["level"].values == 0) & profile.data["admitted"].values]
    best_micro = float(np.nanmax(micro)) if len(micro) else float("nan")
    tied = f", tied with {len(profile.ties)} other grains" if profile.ties else ""
    if peak.grain.is_micro:
        coarse = profile.levels[profile.levels["level"] > 0][profile.measure.name]
        beat = f"; the best coarse grain has {coarse.max():.4f}" if len(coarse) and coarse.notna().any() else ""
        where = f"the micro grain {peak.label} (Phi {peak.value:.4f})"
        return f"Integrated information of {name} peaks at {where}{beat}{tied}."
    if best_micro > 0:
        ratio = f"{peak.value / best_micro:.1f} times the best micro grain's {best_micro:.4f}"
    else:
        ratio = "the best micro grain has 0"
    return (
        f"Integrated information of {name} peaks at the coarse grain {peak.label} "
        f"(Phi {peak.value:.4f}, {ratio}){tied}: the macro beats the micro."
    )


def estimated_sentence(name: str, peaks: pd.DataFrame) -> str:
    """Say in one sentence what an estimated scan can and can't tell."""
    named = peaks[peaks["peak"] != ""]
    if not len(named):
        return f"No grain of {name} can be named as the peak: too few coarse grains are independent at any threshold."
    answers = "; ".join(
        f"{peak} (Phi {same['phi'].iloc[0]:.4f}) at dependence <= {', '.join(f'{t:g}' for t in same['max_dependence'])}"
        for peak, same in named.groupby("peak", sort=False)
    )
    silent = peaks[peaks["peak"] == ""]["max_dependence"]
    quiet = (
        f", and no peak at {', '.join(f'{t:g}' for t in silent)} (too few coarse grains to compare)"
        if len(silent)
        else ""
    )
    return (
        f"In {name} the largest Phi is at {answers}{quiet}; these are estimates without a null, "
        "so they don't show that any grain stands out."
    )


# -- one candidate set -------------------------------------------------------------------------------------------


def phi_json(result: IntegratedInformation) -> dict[str, Any]:
    """Return what `phi --json` prints."""

    def core(side: Any) -> dict[str, Any]:
        return {"purview": side.purview, "phi": side.phi, "repertoire": side.repertoire, "ties": side.ties}

    return {
        "phi": result.phi,
        "nodes": result.nodes,
        "labels": result.labels,
        "state": result.state_text,
        "grain": {"groups": result.grain.groups, "mapping": result.grain.mapping},
        "cut": None if result.cut is None else {"from_nodes": result.cut.from_nodes, "to_nodes": result.cut.to_nodes},
        "ties": [{"from_nodes": c.from_nodes, "to_nodes": c.to_nodes} for c in result.ties],
        "phi_range": result.phi_range,
        "reason": result.reason or None,
        "concepts": [
            {"mechanism": c.mechanism, "phi": c.phi, "cause": core(c.cause), "effect": core(c.effect)}
            for c in result.structure
        ],
        "provenance": provenance_json(result),
    }


def show_phi(result: IntegratedInformation) -> None:
    """Print Phi, the partition and the concepts."""
    names = result.names
    print(f"Phi = {result.phi:.6f} of {result.grain.label(result.labels)} in state {result.state_text}")
    if result.phi_range is not None:
        print(f"over tied purviews: from {result.phi_range[0]:.6f} to {result.phi_range[1]:.6f}")
    if result.cut is not None:
        print(f"minimum-information partition: cut {result.cut.label(result.cut_labels)}")
        for cut in result.ties[:ATMOST_TIES]:
            print(f"                     tied with: {cut.label(result.cut_labels)}")
        if len(result.ties) > ATMOST_TIES:
            print(f"                     tied with: {len(result.ties) - ATMOST_TIES} more")
    if result.reason:
        print(f"because: {result.reason}")
    print()

    def spell(nodes: Sequence[int]) -> str:
        return " ".join(names[i] for i in nodes)

    def purview(side: Any) -> str:
        return spell(side.purview) + (f"  (+{len(side.ties)} tied)" if side.ties else "")

    rows = [
        (spell(c.mechanism), c.phi, purview(c.cause), c.cause.phi, purview(c.effect), c.effect.phi)
        for c in result.structure
    ]
    if rows:
        table(
            f"{len(rows)} concepts, sum of phi {result.structure.phi:.6f}",
            ("mechanism", "phi", "core cause", "phi cause", "core effect", "phi effect"),
            rows,
        )


def phi_sentence(name: str, result: IntegratedInformation) -> str:
    """Say in one sentence how integrated a candidate set is."""
    label = result.grain.label(result.labels)
    if result.phi <= 0.0:
        why = result.reason or "a cut changes nothing"
        return f"{label} of {name} has no integrated information in state {result.state_text} ({why})."
    assert result.cut is not None
    return (
        f"{label} of {name} has Phi {result.phi:.4f} in state {result.state_text}: "
        f"cutting {result.cut.label(result.cut_labels)} makes the least difference to its {len(result.structure)} "
        "concepts."
    )
