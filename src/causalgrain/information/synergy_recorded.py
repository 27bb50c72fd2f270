"""Causal emergence by synergy in a recording: Psi of macro variables at several lags, with its null and interval.

Conventions. The parts are single units. Pairs (t, t + lag) never reach across segments or conditions. A macro variable
V is "sum" (of the units' values), "pc1" (first principal component of the z-scored units, one axis for all conditions
asked for), the name of a unit (which then is no part), or a series of its own, one value a sample.

* *Null*: the pairs (X_i at t, X_i at t + lag) of every unit are rotated by an amount of its own, inside each condition,
  and V is made anew of the rotated units (a series of its own is rotated like a unit). No pair is broken, so each unit
  keeps its information about itself exactly; the relations between units go. Independent units with memory have
  Psi > 0 for their sum, so only the excess over this null speaks of relations.
* *p*: rank of the excess of Psi over its mean over data and surrogates, among the largest excess over all grains in
  each surrogate. Surrogates by rotation are exchangeable with the data only approximately.
* *Interval*: 95 %, t s.d. of block bootstrap draws about Psi. A draw takes the same stretches of time at every lag. By
  nearest neighbours, where repeated samples would be each other's neighbours, blocks are left out one at a time instead
  (jackknife); that interval is about 40 % too wide.
* *Measured* (benchmarks/synergy_calibration.py, 200 runs a line, standard error 2 %): of independent AR(1) units 3 to
  8 % have p <= .05; intervals cover the truth in 86 to 98 % (87 % where V has a memory of 20 samples). Psi itself is
  low where memory is long for the data: .48 for .55 in 500 samples, .53 in 2,000 (AR(1), coefficient .9, four units);
  parity kept with .99 gives .76 for .92 in 500 samples, .89 in 2,000.
* *Levels*: with ``levels=q`` units and V are cut at their q-quantiles, from all conditions asked for together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._checks import as_whole, choose
from .._doubt import rank_p, share_of_wins
from .._errors import InputError
from .._progress import track
from .._provenance import Provenance, hash_arrays
from ..profile import GrainProfile, Measure
from ..recordings.recording import Recording
from ..recordings.validation import positive
from ..surrogates.streams import as_seed
from ..systems.resample import FEWEST_BLOCKS
from .inputs import recorded_conditions
from .mutual_information import NEIGHBOURS
from .synergy import CAUTION, CONVENTIONS, ESTIMATORS, EmergenceCriteria, as_correction
from .synergy_study import (
    FEWEST_PAIRS,
    LEVEL,
    Study,
    blocks_of,
    check_cost,
    check_parts,
    draw_again,
    measure_all,
    take_series,
)

TOO_FEW = f"fewer than {FEWEST_PAIRS} pairs"
NULLS = ("circular_shift",)
TESTED = ("psi", "psi_corrected", "delta", "gamma")
MEASURES = (
    Measure("psi", "bits", "I(V; V') - sum over units I(X_i; V'), bias taken off, not held at 0", "maximum"),
    Measure("psi_excess", "bits", "psi less its mean over data and surrogates: what p tests", "nothing"),
    Measure("psi_corrected", "bits", "information that units share counted once; see shared_by", "nothing"),
    Measure("delta", "bits", "max over units j of I(V; X_j') - sum over i I(X_i; X_j'); biased upward", "nothing"),
    Measure("gamma", "bits", "max over units j of I(V; X_j'); biased upward", "nothing"),
    Measure("whole", "bits", "I(V; V')", "nothing"),
    Measure("parts", "bits", "sum over units I(X_i; V')", "nothing"),
    Measure("low", "bits", f"{LEVEL:.0%} interval of psi, from blocks of time", "nothing"),
    Measure("high", "bits", f"{LEVEL:.0%} interval of psi, from blocks of time", "nothing"),
    Measure("psi_null", "bits", "mean of psi over surrogates", "nothing"),
    Measure("p", "", "of psi_excess, against the largest over all grains in each surrogate", "nothing"),
    Measure("psi_corrected_p", "", "of psi_corrected, against its own surrogates at this grain", "nothing"),
    Measure("delta_null", "bits", "mean of delta over surrogates", "nothing"),
    Measure("gamma_null", "bits", "mean of gamma over surrogates", "nothing"),
    Measure("delta_p", "", "of delta, against its own surrogates at this grain", "nothing"),
    Measure("gamma_p", "", "of gamma, against its own surrogates at this grain", "nothing"),
    Measure("wins", "", "share of bootstrap draws in which the grain has the largest psi", "nothing"),
)


@dataclass(frozen=True)
class EmergenceGrain:
    """A macro variable and the lag, in samples and s, at which it is looked at."""

    feature: str
    lag: int
    seconds: float


@dataclass(frozen=True, eq=False)
class EmergenceGrains:
    """The grains of a profile of emergence criteria: macro variables x lags, lags varying fastest."""

    features: tuple[str, ...]
    lags: tuple[int, ...]
    rate: float

    def __len__(self) -> int:
        return len(self.features) * len(self.lags)

    def __getitem__(self, index: Any) -> EmergenceGrain:
        place = range(len(self))[index]
        lag = self.lags[place % len(self.lags)]
        return EmergenceGrain(self.features[place // len(self.lags)], lag, lag / self.rate)

    def label(self, index: int) -> str:
        """Short name of one grain, such as "sum at 1.2 s"."""
        grain = self[index]
        return f"{grain.feature} at {grain.seconds:.6g} s"

    def columns(self) -> dict[str, Any]:
        """Columns that describe each grain; the level is the lag in samples."""
        grains = [self[i] for i in range(len(self))]
        return {
            "grain": [self.label(i) for i in range(len(self))],
            "feature": [g.feature for g in grains],
            "lag": [g.seconds for g in grains],
            "level": [g.lag for g in grains],
        }


def emergence_profile(
    recording: Recording,
    *,
    features: Any = "sum",
    lags: int | Sequence[int] = 1,
    conditions: Sequence[str] | None = None,
    estimator: str | None = None,
    levels: int | None = None,
    correction: str | None = None,
    shared_by: int | str = "all",
    downward: bool = True,
    neighbours: int = NEIGHBOURS,
    draws: int = 100,
    null: str | None = "circular_shift",
    block: float | None = None,
    seed: int = 0,
    progress: bool | None = None,
) -> GrainProfile:
    """Return Psi, Delta and Gamma of macro variables of a recording, at several lags and in every condition.

    Parameters
    ----------
    recording : Recording
        Traces or counts.
    features : str, or mapping of str to array_like of shape (time,), or sequence of str
        "sum", "pc1", the name of a unit, or series of their own by name, one value a sample of the recording.
    lags : int or sequence of int, samples
    conditions : sequence of str, optional
        Conditions of the recording to compare; all by default, or the whole recording where it has none.
    estimator : {"gaussian", "discrete", "ksg"}, optional
        Default: "discrete" for counts, "gaussian" for traces.
    levels : int, optional
        Cut units and V into this many equally filled levels; what "discrete" needs for traces and for "pc1".
    correction, shared_by, downward, neighbours
        As in :func:`~causalgrain.information.synergy.emergence_of_samples`.
    draws : int
        Of the bootstrap and of the null, each; 0 for none.
    null : {"circular_shift", None}
        Surrogates: the pairs of every unit rotated by an amount of its own; None for no null.
    block : float, s, optional
        Length of a block. Default: five correlation times of the slowest V, at most a tenth of the condition.
    seed : int
        Of everything drawn.
    progress : bool, optional
        Whether to show a progress bar. Default: on a terminal.

    Returns
    -------
    GrainProfile
        Grains are macro variables x lags, conditions those of the recording (or "all").

    Raises
    ------
    InputError
        Spike times, one unit only, unknown names, lags beyond every segment, traces for "discrete" without `levels`.
    CostError
        Nearest neighbours of too many units, samples and draws.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> rec = Recording(rng.normal(size=(400, 3)), 10.0, ["a", "b", "c"])
    >>> profile = emergence_profile(rec, lags=[1, 2], draws=19)
    >>> profile.grains.label(1), bool(profile.peak.p > 0.05)
    ('sum at 0.2 s', True)

    References
    ----------
    Rosas, Mediano et al. (2020) PLoS Comput Biol 16:e1008289.
    """
    if not isinstance(recording, Recording):
        raise InputError(
            "recording",
            expected="a Recording",
            got=type(recording).__name__,
            remedy="Use emergence_of_samples for arrays, emergence_criteria for known systems.",
        )
    values, rate = recording.sampled()
    how = ("discrete" if recording.kind == "counts" else "gaussian") if estimator is None else estimator
    choose(how, ESTIMATORS, "estimator")
    steps = tuple(lags) if isinstance(lags, Sequence | np.ndarray) else (lags,)
    steps = tuple(as_whole(lag, "lags", 1, of="samples") for lag in steps)
    if not steps or len(set(steps)) != len(steps):
        raise InputError("lags", expected="lags, each once", got=repr(steps), remedy="For example lags=[1, 2, 4].")
    if block is not None:
        positive(block, "block", "s", "Leave it out for five correlation times.")
    draws = as_whole(draws, "draws", 0, remedy="0 for none.")
    if null is not None:
        choose(null, NULLS, "null")
    neighbours = as_whole(neighbours, "neighbours", 1)
    if levels is not None:
        levels = as_whole(levels, "levels", 2)
    table, series = take_series(recording, values, features)
    if how == "discrete" and levels is None and ("pc1" in series.values() or (table != np.round(table)).any()):
        raise InputError(
            "levels",
            expected="levels, for the discrete estimator of continuous values",
            got="none",
            remedy='For example levels=3, or estimator="gaussian".',
        )
    parts = recorded_conditions(recording, conditions)
    settings = {
        "features": tuple(series),
        "lags": steps,
        "conditions": tuple(parts),
        "estimator": how,
        "levels": levels,
        "correction": as_correction(correction, how),
        "shared_by": shared_by,
        "downward": downward,
        "neighbours": neighbours if how == "ksg" else None,
        "draws": draws,
        "null": null,
        "block": block,
        "seed": as_seed(seed, "seed"),
    }
    places = {name: part.segments for name, part in parts.items()}
    study = Study(table, series, np.arange(values.shape[1]), places, steps, settings)
    check_parts(study, recording)
    check_cost(study)
    again = len(places) * (FEWEST_BLOCKS if how == "ksg" else draws) if draws else 0
    with track("draws", again + study.nulls, progress) as advance:
        return _profile(recording, parts, study, rate, advance)


def _profile(
    recording: Recording,
    parts: Mapping[str, Recording],
    study: Study,
    rate: float,
    advance: Callable[[float], None],
) -> GrainProfile:
    import xarray as xr

    conditions = list(study.segments)
    grains = EmergenceGrains(tuple(study.series), study.lags, rate)
    columns: dict[str, np.ndarray] = {m.name: np.full((len(grains), len(conditions)), np.nan) for m in MEASURES}
    measured = measure_all(study)
    nulls = []
    for draw in range(study.nulls):
        nulls.append(_numbers(study, draw))
        advance(1)
    samples: list[list[int]] = []
    lengths: dict[str, str] = {}
    largest = np.full((len(conditions), len(nulls)), np.nan)
    for place, condition in enumerate(conditions):
        found, kept = measured[condition]
        for name in ("psi", "psi_corrected", "delta", "gamma", "whole"):
            columns[name][:, place] = _values(found, name)
        columns["parts"][:, place] = columns["whole"][:, place] - columns["psi"][:, place]
        psi = columns["psi"][:, place]
        known = np.isfinite(psi)
        samples.append([len(k.pairs) for k in kept])
        if nulls and known.any():
            drawn = {name: np.array([null[condition][name] for null in nulls]) for name in TESTED}
            null = drawn["psi"]
            everything = np.vstack([psi, null])
            excess = everything - everything.mean(axis=0)
            columns["psi_null"][:, place], columns["psi_excess"][:, place] = null.mean(axis=0), excess[0]
            largest[place] = excess[1:, known].max(axis=1)
            columns["p"][:, place] = rank_p(excess[0], largest[place][:, None])
            for name in TESTED[1:]:
                columns[f"{name}_p"][:, place] = rank_p(columns[name][:, place], drawn[name])
                if f"{name}_null" in columns:
                    columns[f"{name}_null"][:, place] = drawn[name].mean(axis=0)
        if study.settings["draws"] and known.any():
            blocks = blocks_of(parts[condition], study)
            lengths[condition] = f"{condition}: {len(blocks)} of {blocks.seconds:.4g} s"
            draws, reach = draw_again(study, kept, blocks, recording, place, advance)
            columns["low"][:, place], columns["high"][:, place] = psi - reach, psi + reach
            columns["wins"][:, place] = share_of_wins(draws, psi)
    if not np.isfinite(columns["psi"]).any():
        raise InputError(
            "lags",
            expected=f"at least {FEWEST_PAIRS} pairs of samples at some lag",
            got=f"{max(map(max, samples))} at most",
            remedy="Take smaller lags, or longer segments.",
        )
    dims = ("grain", "condition", "draw")
    units = {m.name: {"units": m.unit, "convention": m.convention} for m in MEASURES}
    variables: dict[str, Any] = {n: (dims, values[:, :, None], units[n]) for n, values in columns.items()}
    variables["admitted"] = (("grain", "condition"), np.isfinite(columns["psi"]))
    variables["reason"] = (("grain", "condition"), np.where(np.isfinite(columns["psi"]), "", TOO_FEW))
    variables["level"] = ("grain", np.array([grains[i].lag for i in range(len(grains))]))
    variables["pairs"] = (("grain", "condition"), np.array(samples).T)
    variables["null_maximum"] = (("condition", "surrogate"), largest)
    for values in variables.values():
        values[1].setflags(write=False)
    words = {"states": "as they occur in the data", "estimates": "not held at 0"}
    if nulls:
        words["null"] = (
            f"{len(nulls)} surrogates: pairs of every unit rotated by its own amount, V made anew; p over all grains"
        )
    if lengths:
        kind = "blocks left out one at a time" if study.settings["estimator"] == "ksg" else "block bootstrap draws"
        words["interval"] = f"{LEVEL:.0%}, t s.d. of {kind}; blocks " + ", ".join(lengths.values())
    source = hash_arrays(recording.hash, study.units)
    provenance = Provenance("emergence_profile", study.settings, source, CONVENTIONS | words, CAUTION)
    what = f"causal emergence by synergy, {len(study.parts)} units, {study.settings['estimator']}"
    data = xr.Dataset(variables, coords={"condition": conditions})
    return GrainProfile(data, grains, MEASURES, what, provenance, notes=_notes(study))


def _numbers(study: Study, draw: int) -> dict[str, dict[str, np.ndarray]]:
    """Return what is tested in one surrogate: condition -> name -> a number of every grain."""
    measured = measure_all(study, draw)
    return {c: {name: _values(found, name) for name in TESTED} for c, (found, _) in measured.items()}


def _values(found: Sequence[EmergenceCriteria | None], name: str) -> np.ndarray:
    """Return one number of every grain, NaN where it has none."""
    return np.array([np.nan if one is None else getattr(one, name) for one in found])


def _notes(study: Study) -> tuple[str, ...]:
    notes = []
    if not study.nulls:
        notes.append("null: none was asked for, and independent units with memory have Psi > 0 too")
    own = [name for name, what in study.series.items() if isinstance(what, int)]
    if own:
        notes.append(f"supervenience: {', '.join(own)} need not follow from the units, which the criteria suppose")
    return tuple(notes)
