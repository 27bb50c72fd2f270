"""The rows of a recording: the linear Gaussian model over scales, synergy, and counted transitions of a few units.

More units than `pools` are pooled by activity (k-means of their correlations) for the linear model and for synergy, to
half as many as long as some condition has too few samples for so many; the notes say so. Nothing is pooled where units
are named.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from .._errors import CausalGrainWarning, InputError
from ..profile import GrainProfile
from ..recordings.pooling import pool
from ..recordings.preprocessing import bin_recording
from ..recordings.recording import Recording
from .complexity_over_scales import emergent_complexity_over_scales
from .dimensions import checked_dims
from .emerge_counts import counted_profile
from .emerge_systems import EFFECTIVE, LINEAR, POWER, SVD, SYNERGY, complexity_row
from .emerge_table import MICRO, Rows, doubt_at, doubt_of
from .gaussian_recorded import check_held_out, gaussian_profile
from .inputs import recorded_conditions
from .linear_cv import FOLDS
from .linear_fit import prepare
from .synergy_recorded import emergence_profile

LEVELS = 3  # into which counts are cut for synergy
FEWEST_POOLS = 2


def recorded_rows(rows: Rows, recording: Recording, settings: dict[str, Any]) -> None:
    """Add what there is of a recording in every condition."""
    width = settings["bin"]
    if recording.spikes is not None and width is None:
        raise InputError(
            "bin",
            expected="the width of the bins in s, for spike times",
            got="none",
            remedy="For example bin=0.1 (--bin 0.1); try several, the answer depends on it.",
        )
    parts = recorded_conditions(recording, settings["conditions"])
    named = settings["units"] is not None
    whole = recording.select(settings["units"], seed=settings["seed"]) if named else recording
    binned = whole if width is None else bin_recording(whole, width)
    names = None if parts.keys() == {"all"} and not recording.conditions else tuple(parts)

    def linear() -> None:
        table = binned if named else _pooled(rows, binned, names, settings)
        _linear(rows, table, names, settings)

    def synergy() -> None:
        table = binned if named else _pooled(rows, binned, names, settings)
        _synergy(rows, table, names, settings)

    rows.attempt("linear model", linear)
    rows.attempt("synergy", synergy)
    rows.attempt("counted transitions", lambda: _counts(rows, recording, parts, settings))


def _pooled(rows: Rows, recording: Recording, names: tuple[str, ...] | None, settings: dict[str, Any]) -> Recording:
    """Return the recording, pooled to as many units as its conditions have samples for."""
    wanted = settings["pools"]
    sizes = [recording.n_units] if recording.n_units <= wanted else []
    power = 1 << (min(wanted, recording.n_units - 1).bit_length() - 1) if recording.n_units > 1 else 0
    sizes += [] if sizes else [wanted]
    while power >= FEWEST_POOLS:
        if power < sizes[-1]:
            sizes.append(power)
        power //= 2
    refusal: InputError | None = None
    for size in sizes:
        try:
            made = (
                recording if size == recording.n_units else pool(recording, size, by="activity", rng=settings["seed"])
            )
            for part in recorded_conditions(made, names).values():
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", CausalGrainWarning)  # said again when it is measured
                    data = prepare(part, lag=settings["lag"], folds=FOLDS, block=settings["block"])
                check_held_out(data, checked_dims(None, size), FOLDS)
        except InputError as error:
            refusal = refusal or error
            continue
        if size < recording.n_units:
            why = f"more than {wanted}" if size == wanted else _why(refusal)
            note = f"pools: {recording.n_units} units, {why}, were pooled into {size} by activity"
            if note not in rows.notes:
                rows.notes.append(note)
        return made
    assert refusal is not None
    raise refusal


def _why(refusal: InputError | None) -> str:
    """Return why units had to be pooled, from what refused them first."""
    if refusal is None or any(word in refusal.expected for word in ("pairs", "blocks")):
        return "more than every condition has samples for"
    return f"refused as they are (expected {refusal.expected}, got {refusal.got})"


def _linear(rows: Rows, table: Recording, names: tuple[str, ...] | None, settings: dict[str, Any]) -> None:
    given = settings["dims"]
    dims = None
    if given is not None:
        given = (given,) if isinstance(given, int) else given
        dims = [d for d in checked_dims(given, max(given)) if d <= table.n_units]
        beyond = [str(d) for d in given if d > table.n_units]
        if beyond:
            rows.notes.append(
                f"dims: {', '.join(beyond)} left out, for there are {table.n_units} units or pools of them"
            )
    shared = {name: settings[name] for name in ("lag", "draws", "null", "null_over", "block", "seed", "progress")}
    profile = gaussian_profile(table, dims=dims, conditions=names, **shared)
    rows.profiles["dimensions"] = profile
    rows.notes += [f"linear model: {note}" for note in profile.notes]
    held = "held out; Gaussian intervention with the data's covariance; p over all scales"
    for name in profile.conditions:
        scales = [profile.grains.label(i) for i in range(len(profile))]
        for place, scale in enumerate(scales):
            value = profile.values("ei", name)[place]
            doubt = doubt_at(profile, place, name)
            rows.add(LINEAR, "channel EI", scale, value, "nats/dim", held, condition=name, doubt=doubt)
        for place, scale in enumerate(scales[1:], start=1):
            value = profile.values("emergence", name)[place]
            doubt = doubt_at(profile, place, name, "emergence")
            words = f"channel EI less that at {scales[0]}; p over all scales"
            rows.add(LINEAR, "emergence of channel EI", scale, value, "nats/dim", words, condition=name, doubt=doubt)
        if len(scales) > 1:
            value = profile.values("ei", name)
            most = float(np.log2(len(scales)))
            doubt = doubt_of(_complexity, value, *_drawn(profile, name), within=(0.0, most))
            complexity_row(rows, value, name, doubt)


def _complexity(values: np.ndarray) -> float:
    return emergent_complexity_over_scales(values).bits if np.isfinite(values).all() else float("nan")


def _drawn(profile: GrainProfile, condition: str) -> tuple[np.ndarray, np.ndarray]:
    found = profile.data.sel(condition=condition)
    return found["ei_draws"].values, found["ei_surrogates"].values


def _synergy(rows: Rows, table: Recording, names: tuple[str, ...] | None, settings: dict[str, Any]) -> None:
    shared = {name: settings[name] for name in ("draws", "null", "block", "seed", "progress")}
    if shared["null"] is not None:
        shared["null"] = "circular_shift"
    how: dict[str, Any] = {"levels": LEVELS} if table.kind == "counts" else {}
    features = ("sum", "pc1")
    profile = emergence_profile(table, features=features, lags=settings["lag"], conditions=names, **how, **shared)
    rows.profiles["synergy"] = profile
    rows.notes += [f"synergy: {note}" for note in profile.notes]
    estimator = profile.provenance.settings["estimator"] + (f", {LEVELS} levels" if how else "")
    words = {
        "psi": ("Psi", f"{estimator}; I(V; V') - sum I(X_i; V'); null: units rotated; p of the excess over it"),
        "delta": ("Delta", f"{estimator}; biased upward by the maximum; p at this V alone"),
        "gamma": ("Gamma (synergy)", f"{estimator}; biased upward by the maximum; p at this V alone"),
    }
    for name in profile.conditions:
        for place, feature in enumerate(features):
            for measure, (label, convention) in words.items():
                value = profile.values(measure, name)[place]
                if not np.isfinite(value):
                    continue
                doubt = doubt_at(profile, place, name, "" if measure == "psi" else measure)
                scale = f"V = {feature}"
                rows.add(SYNERGY, label, scale, value, "bits", convention, condition=name, doubt=doubt)


def _counts(rows: Rows, recording: Recording, parts: Mapping[str, Recording], settings: dict[str, Any]) -> None:
    shared = {
        name: settings[name]
        for name in ("units", "lag", "binarise", "prior", "draws", "null", "null_over", "block", "seed")
    }
    profile = counted_profile(recording, parts, width=settings["bin"], **shared)
    rows.profiles["groupings"] = profile
    units = profile.provenance.settings["units"]
    rows.notes += [f"counted transitions: {note}" for note in profile.notes]
    rows.notes.append(f"counted transitions: of {', '.join(units)}; TPMs from counts are raw, their nulls say how far")
    families = {"gamma": SVD, "effectiveness": POWER}
    labels = {"ei": "EI", "effectiveness": "CP", "gamma": "Gamma per state"}
    for name in profile.conditions:
        for measure in ("ei", "determinism", "degeneracy", "effectiveness", "gamma"):
            m = next(m for m in profile.measures if m.name == measure)
            value = profile.values(measure, name)[0]
            doubt = doubt_at(profile, 0, name, "" if measure == "ei" else measure)
            family, label = families.get(measure, EFFECTIVE), labels.get(measure, measure)
            scale = f"{MICRO}, {len(units)} units"
            tested = "one-sided p over all groupings" if measure == "ei" else "two-sided p at this scale"
            words = f"{m.convention}; {tested}"
            rows.add(family, label, scale, value, m.unit, words, condition=name, doubt=doubt)
        value = profile.values("ei", name)
        best = int(np.argmax(value > value.max() - 1e-9))
        label = MICRO if best == 0 else profile.grains.label(best)
        doubt = doubt_at(profile, best, name)
        words = "over groupings of the units, consistency not asked for; one-sided p over all groupings"
        rows.add(EFFECTIVE, "EI, largest", label, value[best], "bits", words, condition=name, doubt=doubt)
        doubt = doubt_of(lambda column: float(column.max() - column[0]), value, *_drawn(profile, name))
        words = "largest EI less EI of the micro scale; null: the same in each surrogate"
        rows.add(
            EFFECTIVE,
            "causal emergence 2013",
            label,
            value[best] - value[0],
            "bits",
            words,
            condition=name,
            doubt=doubt,
        )
