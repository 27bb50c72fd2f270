"""What a profile of emergence criteria measures in a recording, in its surrogates and in draws of its blocks.

Conventions are those of :mod:`causalgrain.information.synergy_recorded`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._checks import did_you_mean
from .._doubt import t_reach
from .._errors import CostError, InputError
from .._provenance import Provenance
from ..recordings.recording import Recording
from ..surrogates.streams import draw_rng
from ..systems.resample import FEWEST_BLOCKS, Blocks, cut_blocks, draw_blocks, memory_samples
from .mutual_information import as_samples
from .synergy import EmergenceCriteria, as_shared, criteria
from .synergy_sources import Asked, Pairs, Part, from_samples, pairs_at

LEVEL = 0.95
SERIES = ("sum", "pc1")
MEMORIES_A_BLOCK = 5.0
FEWEST_PAIRS = 30  # below, a grain has no value
KSG_LIMIT = 3e9  # pairs of variables times samples times draws: about an hour
NULLS, BOOTSTRAP = 1, 2  # purposes of streams


@dataclass(frozen=True, eq=False)
class Study:
    """What is measured in data and surrogates alike."""

    units: np.ndarray
    series: Mapping[str, Any]  # name -> "sum", "pc1", or column of `units`
    parts: np.ndarray
    segments: Mapping[str, np.ndarray]
    lags: tuple[int, ...]
    settings: Mapping[str, Any]

    @property
    def nulls(self) -> int:
        """How many surrogates are made."""
        return self.settings["draws"] if self.settings["null"] else 0


@dataclass(frozen=True, eq=False)
class Kept:
    """Pairs of one grain in one condition, the sample at which each begins, and the parts."""

    pairs: Pairs
    first: np.ndarray
    parts: list[Part]


def take_series(recording: Recording, values: np.ndarray, features: Any) -> tuple[np.ndarray, dict[str, Any]]:
    """Return units and series of their own side by side, and what each macro variable is made of."""
    table, series = np.asarray(values, dtype=np.float64), {}
    if isinstance(features, Mapping):
        for name, given in features.items():
            column = as_samples(given, f"features[{name!r}]")
            if column.shape != (len(values), 1):
                raise InputError(
                    f"features[{name!r}]",
                    expected=f"one value for each of {len(values)} samples",
                    got=f"shape {np.shape(given)}",
                    remedy="Give it on the recording's own clock, samples outside segments included.",
                )
            series[str(name)] = table.shape[1]
            table = np.column_stack([table, column])
        wanted: list[Any] = []
    else:
        wanted = [features] if isinstance(features, str) else list(features)
    for name in wanted:
        known = (*SERIES, *recording.labels)
        if not isinstance(name, str) or name not in known:
            raise InputError(
                "features", expected='"sum", "pc1" or a unit', got=repr(name), remedy=did_you_mean(str(name), known)
            )
        series[name] = name if name in SERIES else recording.labels.index(name)
    if not series:
        raise InputError("features", expected="at least one", got="none", remedy='Try features="sum".')
    return table, series


def recipe(study: Study, reference: np.ndarray) -> Callable[[np.ndarray], tuple[np.ndarray, dict[str, np.ndarray]]]:
    """Return what turns samples (time, column) into units (time, unit) and macro variables, each (time,).

    Component and levels are those of the reference samples (time, column).
    """
    share = (
        None if study.settings["levels"] is None else np.arange(1, study.settings["levels"]) / study.settings["levels"]
    )
    seen = reference[:, study.parts]
    middle, spread = seen.mean(axis=0), seen.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    axis = np.empty(0)
    if "pc1" in study.series.values():
        axis = np.linalg.eigh(np.cov((seen - middle) / spread, rowvar=False))[1][:, -1]

    def raw(table: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        units = table[:, study.parts]
        found = {}
        for name, what in study.series.items():
            if what == "sum":
                found[name] = units.sum(axis=1)
            else:
                found[name] = ((units - middle) / spread) @ axis if what == "pc1" else table[:, what]
        return units, found

    if share is None:
        return raw
    first, second = raw(reference)
    unit_edges = np.quantile(first, share, axis=0).T
    edges = {name: np.quantile(v, share) for name, v in second.items()}

    def cut(table: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        units, found = raw(table)
        columns = [np.searchsorted(e, column, side="left") for e, column in zip(unit_edges, units.T, strict=True)]
        levels = {name: np.searchsorted(edges[name], v, side="left").astype(np.float64) for name, v in found.items()}
        return np.column_stack(columns).astype(np.float64), levels

    return cut


def measure_all(study: Study, draw: int | None = None) -> dict[str, tuple[list[EmergenceCriteria | None], list[Kept]]]:
    """Return, for each condition, the criteria at every grain and what is needed to draw from them again.

    The criteria are None with too few pairs. With a number of a draw: of a surrogate, in which the pairs of every
    column are rotated by an amount of its own, so that no pair is broken.
    """
    nothing = np.zeros((len(study.units), 0))
    cells = {}
    for lag in study.lags:
        pairs = {c: pairs_at(study.units, nothing, segments, lag) for c, segments in study.segments.items()}
        ends = {c: (found.now, found.later) for c, (found, _) in pairs.items()}
        if draw is not None:
            ends = {c: _rotated(study, *both, place, draw) for place, (c, both) in enumerate(ends.items())}
        reference = np.concatenate([now for now, _ in ends.values()])
        make = recipe(study, reference) if len(reference) > 1 else None
        for condition, (now, later) in ends.items():
            first = pairs[condition][1]
            (x, v), (y, w) = (make(now), make(later)) if make else ((now, {}), (later, {}))
            for name, own in study.series.items():
                parts = [(k,) for k, unit in enumerate(study.parts) if unit != own]
                columns = (v[name][:, None], w[name][:, None]) if make else (nothing[:0], nothing[:0])
                kept = Kept(Pairs(x, y, *columns), first, parts)
                enough = len(first) >= FEWEST_PAIRS
                cells[condition, name, lag] = (_measure(study, kept.pairs, parts) if enough else None, kept)
    out = {}
    for condition in study.segments:
        rows = [cells[condition, name, lag] for name in study.series for lag in study.lags]
        out[condition] = ([found for found, _ in rows], [kept for _, kept in rows])
    return out


def _rotated(study: Study, now: np.ndarray, later: np.ndarray, place: int, draw: int) -> tuple[np.ndarray, np.ndarray]:
    """Rotate the pairs of every column by at least one; the same share of the whole at every lag."""
    share = draw_rng(study.settings["seed"], NULLS, place, draw).random(now.shape[1])
    shifts = 1 + np.floor(share * max(len(now) - 1, 1)).astype(np.int64)
    rows = (np.arange(len(now))[:, None] - shifts) % max(len(now), 1)
    return np.take_along_axis(now, rows, axis=0), np.take_along_axis(later, rows, axis=0)


def _measure(study: Study, pairs: Pairs, parts: list[Part], downward: bool | None = None) -> EmergenceCriteria:
    settings = study.settings
    corrected = settings["correction"] != "none"
    source = from_samples(pairs, settings["estimator"], corrected=corrected, neighbours=settings["neighbours"] or 1)
    asked = Asked(source, parts, settings["downward"] if downward is None else downward)
    nobody = Provenance("emergence_profile", {}, "")
    return criteria(asked, [""] * len(study.parts), settings["shared_by"], nobody, samples=len(pairs))


def draw_again(
    study: Study, kept: list[Kept], blocks: Blocks, recording: Recording, place: int, advance: Callable[[float], None]
) -> tuple[np.ndarray, np.ndarray]:
    """Return Psi in every draw (draws, grains), and how far the interval reaches about Psi (grains,)."""
    times = recording.times
    members = [blocks.of(times[k.first]) for k in kept]
    leave_out = study.settings["estimator"] == "ksg"
    many = len(blocks) if leave_out else study.settings["draws"]
    draws = np.full((many, len(kept)), np.nan)
    for draw in range(many):
        if leave_out:
            often = np.ones(len(blocks), dtype=np.int64)
            often[draw] = 0
        else:
            often = draw_blocks(len(blocks), draw_rng(study.settings["seed"], BOOTSTRAP, place, draw))
        for g, (one, member) in enumerate(zip(kept, members, strict=True)):
            rows = np.repeat(np.arange(len(one.pairs)), often[member])
            if len(rows) >= FEWEST_PAIRS // 2 and len(one.pairs) >= FEWEST_PAIRS:
                draws[draw, g] = _measure(study, one.pairs.taken(rows), one.parts, downward=False).psi
        advance(1)
    scale = float(np.sqrt((many - 1) ** 2 / many)) if leave_out else 1.0
    return draws, t_reach(draws, LEVEL, scale=scale)


def blocks_of(part: Recording, study: Study) -> Blocks:
    """Return blocks of a condition's time, for the slowest macro variable."""
    seconds = study.settings["block"]
    if seconds is None:
        inside = np.concatenate([np.arange(a, b) for rows in study.segments.values() for a, b in rows.tolist()])
        made = recipe(study, study.units[inside])(study.units)[1]
        slow = memory_samples(np.column_stack(list(made.values())), part.segments)
        wanted = max(MEMORIES_A_BLOCK * slow, 2.0 * max(study.lags)) / part.sampling
        seconds = min(wanted, part.duration / FEWEST_BLOCKS)
    return cut_blocks(part.spans, float(seconds))


def check_parts(study: Study, recording: Recording) -> None:
    """Refuse too few units, and a number of sharers that they can't be."""
    least = 2 + any(isinstance(what, int) and what < recording.n_units for what in study.series.values())
    if len(study.parts) < least:
        raise InputError(
            "recording", expected=f"at least {least} units", got=str(len(study.parts)), remedy="Take more units."
        )
    as_shared(study.settings["shared_by"], len(study.parts))


def check_cost(study: Study) -> None:
    """Refuse nearest neighbours of too much."""
    if study.settings["estimator"] != "ksg":
        return
    n = len(study.parts)
    each = (n + 1) ** 2 if study.settings["downward"] else 2 * n + 1
    draws = 1 + study.nulls + (FEWEST_BLOCKS if study.settings["draws"] else 0)
    total = float(each * draws * len(study.series) * len(study.lags) * len(study.units))
    if total > KSG_LIMIT:
        raise CostError(
            "estimator",
            expected=f"at most {KSG_LIMIT:g} pairs of variables x samples x draws, by nearest neighbours",
            got=f"{total:.2g}",
            remedy='Take fewer units or surrogates, downward=False, or estimator="gaussian".',
        )
