"""From the draws of a balance study to a profile: values with intervals, nulls, p and q; and what to mind.

Variables beside the measures, each over (grain, condition): ``NAME_null`` (mean of surrogates), ``NAME_p``, ``NAME_q``
of every number; ``NAME_low``, ``NAME_high``, ``NAME_error`` of those that follow from moments; ``p``, ``wins`` of the
correlation over all scales; ``exchange``, ``reversal`` with ``_low``, ``_high``, ``_p``, ``_q``, and ``circulation``;
``correlation_half``, ``correlation_whole``, ``whole_low``, ``whole_high``; ``bins``; ``note``. Over (condition,) what
has no scale: names begin with "all_". Over (pair, grain): ``difference_NAME`` with ``_p``, ``_q``, ``_low``, ``_high``.

A scale with fewer than `LEAST_BINS` bins has its values, but no interval, p or q, and isn't admitted; ``reason`` says
so. ``exchange_reason`` and ``reversal_reason`` say why a scale has no such test. A condition in which
an ensemble is silent has no numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from .._doubt import false_discovery, share_of_wins
from .._provenance import Provenance
from ..profile import GrainProfile, Measure
from .balance_contrast import COMPARED, Contrast
from .balance_draws import DRAWN, LEVEL, Drawn, mean_known, p_of_largest, reach_of, two_sided
from .balance_measures import LEAST_BINS, NUMBERS, PLACE, too_few
from .balance_study import Study
from .balance_symmetry import PER_SCALE, Symmetries
from .balance_units import SAMPLED
from .nulls import NULLS

if TYPE_CHECKING:
    import xarray as xr

LOW_HIGH = (
    Measure("low", "", f"{LEVEL:.0%} interval of the correlation, blocks of time and labellings drawn", "nothing"),
    Measure("high", "", f"{LEVEL:.0%} interval of the correlation, blocks of time and labellings drawn", "nothing"),
)
OF_SYMMETRY = (
    Measure(
        "exchange", "", "distance of P(E, I) from P(I, E), units matched, less that of units relabelled", "nothing"
    ),
    Measure("reversal", "nats a step", "entropy production less that of blocks reversed at random", "nothing"),
    Measure("circulation", "a step", "net turns in the plane of levels; above 0: E leads", "nothing"),
)
KEPT_NULLS = tuple(n.name for n in NUMBERS if n.sought == "invariance") + ("correlation",)


@dataclass(frozen=True, eq=False)
class Made:
    """Everything that a study made; by condition."""

    study: Study
    drawn: Mapping[str, Drawn]
    symmetries: Mapping[str, Symmetries]
    contrasts: Sequence[Contrast]
    sampled: Mapping[str, Mapping[str, np.ndarray]]
    radii: np.ndarray | None
    space: Mapping[str, np.ndarray]
    null: str
    fdr: Literal["bh", "by"]
    settings: dict[str, Any]
    notes: Sequence[str] = field(default_factory=tuple)


def as_profile(made: Made) -> GrainProfile:
    """Return the profile of all conditions."""
    study = made.study
    first = next(iter(study.trains.values()))
    provenance = Provenance("balance", made.settings, study.recording.hash, _conventions(made))
    what = f"{first.n_excitatory} excitatory and {first.n_inhibitory} inhibitory units"
    measures = tuple(Measure(n.name, n.unit, n.convention, n.sought) for n in NUMBERS)
    measures = (measures[0], *LOW_HIGH, *measures[1:], *OF_SYMMETRY)
    unnamed = ""
    if not any(np.isfinite(d.number("correlation")).any() for d in made.drawn.values()):
        unnamed = "no scale has a correlation"
    elif not any((np.isfinite(d.number("correlation")) & _enough(d)).any() for d in made.drawn.values()):
        unnamed = f"no scale has {LEAST_BINS} bins"
    return GrainProfile(_dataset(made, measures), study.scales, measures, what, provenance, tuple(made.notes), unnamed)


def _dataset(made: Made, measures: tuple[Measure, ...]) -> xr.Dataset:
    import xarray as xr

    drawn = list(made.drawn.values())
    scales = len(made.study.scales)
    variables: dict[str, Any] = {}
    for number in NUMBERS:
        place = PLACE[number.name]
        values = np.stack([d.values[:, :, place].T for d in drawn], axis=1)  # scale, condition, labelling
        variables[number.name] = (
            ("grain", "condition", "draw"),
            values,
            {"units": number.unit, "convention": number.convention},
        )
    enough = np.stack([_enough(d) for d in drawn], axis=1)  # scale, condition
    tested = np.stack([two_sided(d.values, d.null) for d in drawn], axis=1)  # scale, condition, number
    tested[~enough] = np.nan
    for number in NUMBERS:
        place, over = PLACE[number.name], ("grain", "condition")
        null = np.stack([mean_known(d.null[:, :, place]) for d in drawn], axis=1)
        variables[f"{number.name}_null"] = (over, null)
        variables[f"{number.name}_p"] = (over, tested[:, :, place])
        variables[f"{number.name}_q"] = (over, false_discovery(tested[:, :, place], made.fdr))
    for name in KEPT_NULLS:
        null = np.stack([d.null[:, :, PLACE[name]] for d in drawn], axis=2)
        if len(null):
            variables[f"{name}_surrogates"] = (("surrogate", "grain", "condition"), null)
    variables |= _intervals(drawn)
    variables |= _symmetry_variables(made)
    for name in SAMPLED:
        table = np.stack([made.sampled[c][name] for c in made.drawn], axis=1)
        if name in ("whole_low", "whole_high"):
            table = np.where(enough, table, np.nan)
        variables[name] = (("grain", "condition"), table)
    variables |= _difference_variables(made)
    if made.radii is not None:
        space = np.stack([made.space[c] for c in made.drawn], axis=2)
        variables["space_correlation"] = (("radius", "grain", "condition"), space)
    correlation = np.stack([d.number("correlation") for d in drawn], axis=1)
    reason = np.array([d.reasons for d in drawn]).T
    flat = ~np.isfinite(correlation) & (reason == "")
    reason = np.where(flat, "an ensemble is constant", reason)
    few = np.array([[too_few(bins) for bins in d.bins.tolist()] for d in drawn]).T
    variables["admitted"] = (("grain", "condition"), np.isfinite(correlation) & enough)
    variables["reason"] = (("grain", "condition"), np.where(reason == "", few, reason))
    variables["note"] = (("grain", "condition"), np.array([d.notes for d in drawn]).T)
    variables["bins"] = (("grain", "condition"), np.stack([d.bins for d in drawn], axis=1))
    variables["level"] = ("grain", np.arange(scales))
    variables["width"] = ("grain", np.array(made.study.scales.widths), {"units": "s"})
    variables["probability"] = ("unit", made.study.labellings.mean(axis=0))
    for measure in measures:
        name = measure.name
        if len(variables[name][0]) == 2:
            variables[name] = (("grain", "condition", "draw"), _per_draw(variables[name][1], drawn[0]))
    for values in variables.values():
        values[1].setflags(write=False)
    coordinates: dict[str, Any] = {"condition": list(made.drawn), "unit": list(made.study.recording.labels)}
    if made.radii is not None:
        coordinates["radius"] = made.radii
    return xr.Dataset(variables, coords=coordinates)


def _enough(drawn: Drawn) -> np.ndarray:
    """Return which scales of a condition have bins enough to be tested, shape (scales,)."""
    return drawn.bins >= LEAST_BINS


def _per_draw(values: np.ndarray, drawn: Drawn) -> np.ndarray:
    """Return what isn't taken labelling by labelling, the same for each."""
    return np.repeat(values[:, :, None], len(drawn.values), axis=2)


def _intervals(drawn: list[Drawn]) -> dict[str, Any]:
    variables: dict[str, Any] = {}
    over = ("grain", "condition")
    for name in DRAWN:
        ends = [reach_of(name, d.number(name), d.boot[name]) for d in drawn]
        for part, ending in enumerate(("low", "high", "error")):
            known = [np.where(_enough(d), end[part], np.nan) for d, end in zip(drawn, ends, strict=True)]
            variables[f"{name}_{ending}"] = (over, np.stack(known, axis=1))
    variables["low"], variables["high"] = variables.pop("correlation_low"), variables.pop("correlation_high")
    place = PLACE["correlation"]
    p = [p_of_largest(*(np.where(_enough(d), part[:, :, place], np.nan) for part in (d.values, d.null))) for d in drawn]
    wins = [share_of_wins(d.boot["correlation"], np.where(_enough(d), d.number("correlation"), np.nan)) for d in drawn]
    variables["p"], variables["wins"] = (over, np.stack(p, axis=1)), (over, np.stack(wins, axis=1))
    return variables


def _symmetry_variables(made: Made) -> dict[str, Any]:
    found = list(made.symmetries.values())
    variables: dict[str, Any] = {}
    enough = np.stack([_enough(d) for d in made.drawn.values()], axis=1)
    silent = np.array([_silent(made, c) for c in made.drawn])
    for name in PER_SCALE:
        table = np.stack([s.per_scale[name] for s in found], axis=1)
        table[:, silent] = np.nan
        if name.endswith(("_low", "_high", "_p")):
            table[~enough] = np.nan
        variables[name] = (("grain", "condition"), table)
    for name in ("exchange", "reversal"):
        variables[f"{name}_q"] = (("grain", "condition"), false_discovery(variables[f"{name}_p"][1], made.fdr))
        why = np.array([s.reasons[name] for s in found]).T
        why = np.where(silent, np.array([d.reasons for d in made.drawn.values()]).T, why)
        few = np.array([[too_few(bins) for bins in d.bins.tolist()] for d in made.drawn.values()]).T
        variables[f"{name}_reason"] = (("grain", "condition"), np.where(why == "", few, why))
    nan, drawn = float("nan"), list(made.drawn.values())
    slopes = [_exponent(made.drawn[c], made.symmetries[c]) for c in made.drawn]
    scale = [s.scale for s in found]
    alone = {
        "scale": [nan if s is None else s.effect for s in scale],
        "scale_low": [nan if s is None else s.low for s in scale],
        "scale_high": [nan if s is None else s.high for s in scale],
        "scale_p": [nan if s is None else s.p for s in scale],
        "scale_error": [float(mean_known(d.scale)) for d in drawn],
        "scale_error_null": [float(mean_known(d.null_scale)) for d in drawn],
        "scale_error_p": [float(two_sided(d.scale[:, None], d.null_scale[:, None])[0]) for d in drawn],
        "exponent": [s.variance.exponent for s in found],
        "exponent_low": [s.variance.interval[0] for s in found],
        "exponent_high": [s.variance.interval[1] for s in found],
        "exponent_rates": [s.variance.rate_exponent for s in found],
        "exponent_uncorrelated": [s.variance.uncorrelated for s in found],
        "exponent_null": [null for null, _ in slopes],
        "exponent_p": [p for _, p in slopes],
        "current": [s.current.headline for s in found],
        "current_beyond": [s.current.residual for s in found],
        "current_correlation": [s.current.correlation for s in found],
        "excursions": [nan if s.excursions is None else float(len(s.excursions)) for s in found],
        "excursion_time": [nan if s.excursions is None else s.excursions.headline for s in found],
        "duration": [made.study.trains[c].duration for c in made.drawn],
        "spikes": [float(len(made.study.trains[c].times)) for c in made.drawn],
    }
    for name, values in alone.items():
        known = np.ones(len(silent), bool) if name in ("duration", "spikes") else ~silent
        variables[f"all_{name}"] = ("condition", np.where(known, np.array(values, dtype=np.float64), nan))
    return variables


def _silent(made: Made, condition: str) -> bool:
    """Return whether an ensemble has no spike in a condition."""
    trains = made.study.trains[condition]
    return bool(trains.is_inhibitory.all() or not trains.is_inhibitory.any())


def _exponent(drawn: Drawn, symmetries: Symmetries) -> tuple[float, float]:
    """Return the surrogates' mean exponent of Var f and the p of the data's, both by plain regression."""
    used = symmetries.variance.used
    if used.sum() < 2 or not len(drawn.null):
        return float("nan"), float("nan")
    x = np.log(symmetries.variance.widths[used])
    x = (x - x.mean()) / ((x - x.mean()) @ (x - x.mean()))
    place = PLACE["variance_f"]
    with np.errstate(divide="ignore", invalid="ignore"):
        own, null = (np.log(part[:, used, place]) @ x for part in (drawn.values, drawn.null))
    return float(null.mean()), float(two_sided(own[:, None], null[:, None])[0])


def _difference_variables(made: Made) -> dict[str, Any]:
    if not made.contrasts:
        return {}
    names = np.array([(c.first, c.second) for c in made.contrasts])
    variables: dict[str, Any] = {"compared": (("pair", "side"), names)}
    for name in COMPARED:
        parts = {"": "difference", "_low": "low", "_high": "high", "_p": "p"}
        for ending, part in parts.items():
            table = np.stack([getattr(c, part)[name] for c in made.contrasts])
            variables[f"difference_{name}{ending}"] = (("pair", "grain"), table)
        p = variables[f"difference_{name}_p"][1]
        variables[f"difference_{name}_q"] = (("pair", "grain"), false_discovery(p, made.fdr))
    nan = float("nan")
    for ending, part in (("", "value"), ("_low", "low"), ("_high", "high"), ("_p", "p")):
        values = [nan if c.collapse is None else getattr(c.collapse, part) for c in made.contrasts]
        variables[f"difference_scale{ending}"] = ("pair", np.array(values, dtype=np.float64))
    return variables


def _conventions(made: Made) -> dict[str, str]:
    study = made.study
    words = {
        "ensembles": f"{study.normalisation}; f = E - I",
        "bins": "from each segment's start, none across its end; the rest is dropped",
        "beyond": "a measure less what it is for Gaussian (gini: Poisson) ensembles of the same correlation",
        "interval": f"{LEVEL:.0%}, t s.d. of bootstrap draws over "
        + ", ".join(f"{name}: {study.blocks(name)} blocks of {s:.4g} s" for name, s in study.seconds.items()),
        "q": f"false discovery rate over scales and conditions, measure by measure ({made.fdr})",
        "symmetry tests": "most probable labelling; exchange against units relabelled, reversal against blocks of time "
        "reversed, scale against blocks drawn again",
    }
    if made.settings["surrogates"]:
        null = NULLS[made.null]
        words["null"] = f"{made.settings['surrogates']} surrogates by {null.name}: keeps {null.keeps}; two-sided"
        words["p"] = "of the correlation: against the largest deviation over scales; NAME_p: scale by scale"
    if made.contrasts:
        words["conditions compared"] = "blocks of time permuted between conditions"
    return words
