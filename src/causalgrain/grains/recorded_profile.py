"""From the draws of a recording to a profile: corrected values, intervals, the null of the maximum, wins.

Conventions. The statistic of the null is the *excess* of a grain: its raw Phi less the mean, over the data and all
surrogates, of that grain's raw Phi; its null is the largest excess over admitted grains, in each surrogate (each with
its own admitted grains). The interval reaches from t standard deviations of the bootstrap below the smaller of the
raw and the corrected value (here not held below the raw one) to as many above the larger: where the bias is small the
two agree, where it is not the interval says so. A draw is won by the grain with the largest centred value among the
admitted ones that were drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from .._doubt import rank_p, two_sided_p
from .._provenance import Provenance
from ..phi.conventions import IIT_CONVENTIONS, MACRO_CONVENTIONS
from ..profile import GrainProfile, Measure
from ..recordings.recording import Recording
from ..surrogates import METHODS
from ..systems.estimate import CAUTION
from ..systems.states import format_state, index_state
from .estimated import admit_dependence
from .recorded_draws import Contrast, Draws, Scan
from .recorded_grains import RecordedGrains
from .recorded_null import null_doubts
from .recorded_study import Study

if TYPE_CHECKING:
    import xarray as xr

LEVEL = 0.95
REASONS = ("", "conditionally dependent", "no visited state is reachable")

MEASURES = (
    Measure(
        "phi_corrected", "", "2 phi(N) - phi(N/2), from 0 to phi; mean over visited states by occupancy", "maximum"
    ),
    Measure("phi", "", "as estimated, biased upward by finite data", "nothing"),
    Measure("low", "", f"{LEVEL:.0%} interval, block bootstrap about the raw and the corrected value", "nothing"),
    Measure("high", "", f"{LEVEL:.0%} interval, block bootstrap about the raw and the corrected value", "nothing"),
    Measure("phi_null", "", "mean of phi over surrogates", "nothing"),
    Measure("phi_excess", "", "phi less phi_null: what p tests, and less a bias from memory too", "nothing"),
    Measure("p", "", "of the excess over the null mean, against the null of the maximum over grains", "nothing"),
    Measure("wins", "", "share of bootstrap draws in which the grain is the best of those drawn", "nothing"),
    Measure(
        "ei_corrected", "bits", "2 ei(N) - ei(N/2), from 0 to ei; uniform intervention on the estimated TPM", "maximum"
    ),
    Measure("ei", "bits", "of the estimated TPM, uniform intervention", "nothing"),
    Measure("dependence", "", "worst-row total variation of the macro TPM from its marginals' product", "nothing"),
)


@dataclass(frozen=True)
class SubsetScan:
    """A set of units and what was found in every condition."""

    units: tuple[str, ...]
    scans: Mapping[str, Scan]


@dataclass(frozen=True, eq=False)
class Made:
    """Everything that a scan of a recording made."""

    study: Study
    draws: Draws
    scans: Mapping[str, Scan]
    contrasts: Sequence[Contrast]
    subsets: Sequence[SubsetScan]
    thresholds: tuple[float, ...]
    named: bool
    left_out: tuple[str, ...]
    recording: Recording
    settings: dict[str, Any]


def as_profile(made: Made) -> GrainProfile:
    """Return the profile of all conditions."""
    study = made.study
    grains = RecordedGrains(study.bins, np.array(study.lags), study.grains)
    data = _dataset(made, grains)
    selected = made.recording.select(study.grains.labels)
    provenance = Provenance("scan_recording", made.settings, selected.hash, _conventions(made), CAUTION)
    what = f"{len(study.grains.labels)} units ({', '.join(study.grains.labels)})"
    profile = GrainProfile(data, grains, MEASURES, what, provenance, notes=_notes(made))
    if made.named:
        return admit_dependence(profile, made.thresholds[0])
    unnamed = "the TPM is estimated, so the peak depends on max_dependence: see peaks_by_dependence"
    return profile.admit(data["admitted"].values, unnamed=unnamed)


def null_of_maximum(scan: Scan, threshold: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the excess of every grain (rows,) and the largest excess in each surrogate (nulls,)."""
    if not len(scan.null_phi):
        return np.full(len(scan.phi), np.nan), np.empty(0)
    everything = np.concatenate([scan.phi[None], scan.null_phi])
    known = np.isfinite(everything)
    with np.errstate(invalid="ignore"):
        mean = np.where(known, everything, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    excess = everything - mean
    admitted = known & (np.concatenate([scan.dependence[None], scan.null_dependence]) <= threshold)
    largest = np.where(admitted, excess, -np.inf).max(axis=1)
    return np.where(admitted[0], excess[0], np.nan), largest[1:]


def intervals(scan: Scan) -> tuple[np.ndarray, np.ndarray]:
    """Return the lower and upper ends for every grain, NaN where none was drawn; shapes (rows,)."""
    low, high = np.full(len(scan.phi), np.nan), np.full(len(scan.phi), np.nan)
    if len(scan.boot_phi) > 1:
        from scipy.stats import t as student_t

        many = len(scan.boot_phi)
        reach = scan.boot_phi.std(axis=0, ddof=1) * student_t.ppf(0.5 * (1.0 + LEVEL), many - 1)
        raw, corrected = scan.phi[scan.chosen], np.maximum(scan.unclipped[scan.chosen], 0.0)
        low[scan.chosen] = np.maximum(np.minimum(raw, corrected) - reach, 0.0)
        high[scan.chosen] = np.maximum(raw, corrected) + reach
    return low, high


def wins(scan: Scan, threshold: float) -> np.ndarray:
    """Return the share of bootstrap draws that each drawn grain wins; ties are shared; shape (rows,)."""
    share = np.full(len(scan.phi), np.nan)
    admitted = scan.dependence[scan.chosen] <= threshold
    if len(scan.boot_phi) and admitted.any():
        centred = scan.boot_phi - scan.boot_phi.mean(axis=0) + scan.corrected[scan.chosen]
        centred = np.where(admitted, centred, -np.inf)
        best = centred >= centred.max(axis=1, keepdims=True) - 1e-12
        share[scan.chosen] = np.where(admitted, (best / best.sum(axis=1, keepdims=True)).mean(axis=0), np.nan)
    return share


def _dataset(made: Made, grains: RecordedGrains) -> xr.Dataset:
    import xarray as xr

    study, scans = made.study, list(made.scans.values())
    rows, loosest = len(grains), max(made.thresholds)
    cells = len(study.cells)
    low, high = zip(*(intervals(scan) for scan in scans), strict=True)
    nulls = [[null_of_maximum(scan, t) for t in made.thresholds] for scan in scans]
    p = np.array([[rank_p(excess, null[:, None]) for excess, null in per] for per in nulls])  # condition, threshold
    won = np.array([[wins(scan, t) for t in made.thresholds] for scan in scans])
    place = made.thresholds.index(loosest)
    columns = {
        "phi_corrected": [scan.corrected for scan in scans],
        "phi": [scan.phi for scan in scans],
        "low": low,
        "high": high,
        "phi_null": [_mean(scan.null_phi, rows) for scan in scans],
        "phi_excess": [scan.phi - _mean(scan.null_phi, rows) for scan in scans],
        "p": p[:, place],
        "wins": won[:, place],
        "ei_corrected": [scan.corrected_ei for scan in scans],
        "ei": [scan.ei for scan in scans],
        "dependence": [scan.dependence for scan in scans],
    }
    variables: dict[str, Any] = {}
    for measure in MEASURES:
        values = np.array(columns[measure.name], dtype=np.float64).T[:, :, None]
        attributes = {"units": measure.unit, "convention": measure.convention}
        variables[measure.name] = (("grain", "condition", "draw"), values, attributes)
    dependence = np.array([scan.dependence for scan in scans]).T
    known = np.isfinite(np.array([scan.phi for scan in scans]).T)
    reason = np.where(dependence > loosest, REASONS[1], np.where(known, REASONS[0], REASONS[2]))
    variables["admitted"] = (("grain", "condition"), known & (dependence <= loosest))
    variables["reason"] = (("grain", "condition"), np.array(reason.tolist()))
    spatial = study.grains
    unclipped = np.array([scan.unclipped for scan in scans]).T
    variables["phi_unclipped"] = (("grain", "condition"), unclipped)
    variables["level"] = ("grain", np.tile(spatial.n_nodes - spatial.n_macro, cells))
    variables["nodes"] = ("grain", np.tile(spatial.n_nodes, cells))
    variables["p_by_threshold"] = (("threshold", "grain", "condition"), p.transpose(1, 2, 0))
    variables["wins_by_threshold"] = (("threshold", "grain", "condition"), won.transpose(1, 2, 0))
    variables["null_maximum"] = (
        ("threshold", "condition", "surrogate"),
        np.array([[null for _, null in per] for per in nulls]).transpose(1, 0, 2),
    )
    visits = np.array([scan.visits for scan in scans]).transpose(1, 0, 2).astype(np.float64)  # cell, condition, state
    variables["phi_by_state"] = (
        ("grain", "condition", "state"),
        np.array([s.by_state for s in scans]).transpose(1, 0, 2),
    )
    variables["visits"] = (("cell", "condition", "state"), visits)
    variables |= _contrast_variables(made, rows) | _subset_variables(made)
    for values in variables.values():
        values[1].setflags(write=False)
    n = len(spatial.labels)
    coordinates = {
        "condition": list(made.scans),
        "threshold": list(made.thresholds),
        "state": [format_state(index_state(i, n)) for i in range(1 << n)],
        "cell": [f"{study.bins[b]:.6g} s lag {study.lags[k]}" for b, k in study.cells],
    }
    return xr.Dataset(variables, coords=coordinates, attrs={"phi_taken_up_to_dependence": loosest})


def _contrast_variables(made: Made, rows: int) -> dict[str, Any]:
    if not made.contrasts:
        return {}
    shape = (len(made.contrasts), rows)
    difference, alone, together = np.full(shape, np.nan), np.full(shape, np.nan), np.full(shape, np.nan)
    for i, contrast in enumerate(made.contrasts):
        one, two = made.scans[contrast.first], made.scans[contrast.second]
        difference[i, contrast.rows] = (one.corrected - two.corrected)[contrast.rows]
        alone[i, contrast.rows] = two_sided_p(contrast.difference, contrast.permuted)
        everything = np.concatenate([contrast.difference[None], contrast.permuted])
        apart = np.abs(everything - everything.mean(axis=0))
        together[i, contrast.rows] = rank_p(apart[0], apart[1:].max(axis=1)[:, None])
    names = np.array([(c.first, c.second) for c in made.contrasts])
    return {
        "contrast": (("pair", "side"), names),
        "difference": (("pair", "grain"), difference),
        "difference_p": (("pair", "grain"), together),
        "difference_p_alone": (("pair", "grain"), alone),
    }


def _subset_variables(made: Made) -> dict[str, Any]:
    """The best grain at the loosest threshold and the best micro grain, for every set of units and condition."""
    inner, loosest = len(made.study.grains), max(made.thresholds)
    names = list(made.scans)
    best, value, raw, micro = (np.empty((len(made.subsets), len(names))) for _ in range(4))
    for i, subset in enumerate(made.subsets):
        for j, name in enumerate(names):
            scan = subset.scans[name]
            score = np.where((scan.dependence <= loosest) & np.isfinite(scan.corrected), scan.corrected, -1.0)
            best[i, j] = int(np.argmax(score))
            value[i, j], raw[i, j] = scan.corrected[int(best[i, j])], scan.phi[int(best[i, j])]
            micro[i, j] = scan.corrected[::inner].max()
    dims = ("subset", "condition")
    return {
        "subset_units": ("subset", np.array([",".join(subset.units) for subset in made.subsets])),
        "subset_best": (dims, best.astype(np.int64)),
        "subset_phi_corrected": (dims, value),
        "subset_phi": (dims, raw),
        "subset_micro_phi_corrected": (dims, micro),
    }


def _mean(draws: np.ndarray, rows: int) -> np.ndarray:
    if not len(draws):
        return np.full(rows, np.nan)
    known = np.isfinite(draws)
    with np.errstate(invalid="ignore"):
        total = np.where(known, draws, 0.0).sum(axis=0)
        return np.where(known.any(axis=0), total / np.maximum(known.sum(axis=0), 1), np.nan)


def _notes(made: Made) -> tuple[str, ...]:
    notes = []
    if not made.draws.nulls:
        many = len(made.study.grains.labels)
        why = "none was asked for" if many <= 5 else f"{many} units are too many for it (at most 5)"
        notes.append(f"null: no null of the maximum ({why}), so no grain can be said to stand out")
    if made.left_out:
        many, shown = len(made.left_out), ", ".join(made.left_out[:6])
        notes.append(
            f"units: {many} of {made.recording.n_units} can't be drawn, being always ON or always OFF in some "
            f"condition and bin ({shown}{', ...' if many > 6 else ''})"
        )
    twins = _never_apart(made)
    if twins:
        notes.append(f"units never apart: {twins}; as copies of each other they make Phi of their own: leave one out")
    for name, scan in made.scans.items():
        fewest = int(scan.visits.sum(axis=1).min())
        if fewest < 50 * (1 << len(made.study.grains.labels)):
            seen = int((scan.visits > 0).sum(axis=1).max())
            notes.append(f"data of {name}: {fewest} transitions at the widest bin and lag for {seen} visited states")
    return (*notes, *null_doubts(made.study, made.draws))


def _never_apart(made: Made) -> str:
    """Name pairs of units that are equal, or opposite, in every state visited in some condition."""
    labels = made.study.grains.labels
    found = []
    for i, j in combinations(range(len(labels)), 2):
        for name, scan in made.scans.items():
            seen = np.flatnonzero(scan.visits.sum(axis=0))
            apart = (seen >> i ^ seen >> j) & 1
            if apart.all() or not apart.any():
                found.append(
                    f"{labels[i]} and {labels[j]} in {name}" if len(made.scans) > 1 else f"{labels[i]} and {labels[j]}"
                )
    return ", ".join(found[:6])


def _conventions(made: Made) -> dict[str, str]:
    study, draws = made.study, made.draws
    words = {
        "state order": "element 0 varies fastest",
        "Phi of a grain": "mean over visited states by occupancy, each state once",
        "probabilities": "conditional, from spontaneous activity",
        "thresholds of ON": f"{study.method}, from all conditions together, one at every bin",
        "bias": f"2 phi(N) - phi(N/2), {draws.halves} random halves of the blocks",
        "blocks": ", ".join(f"{name}: {len(b)} of {b.seconds:.4g} s" for name, b in study.blocks.items()),
        "interval": f"{LEVEL:.0%}, t s.d. of {draws.bootstrap} block bootstrap draws about raw and corrected",
    }
    if draws.nulls:
        method = METHODS[draws.null]
        words["null"] = (
            f"{draws.nulls} surrogates by {draws.null} over the {draws.null_over}, keeping {method.keeps}; p against "
            "the largest excess over all grains"
        )
    if made.contrasts:
        words["conditions compared"] = (
            f"{draws.permutations} permutations of blocks; p against the largest difference over the grains drawn"
        )
    return IIT_CONVENTIONS | MACRO_CONVENTIONS | words
