"""Discrete measures of a recording through counted transitions, at every grouping of a few units.

Conventions. Thresholds for ON come from all conditions together; transitions are counted inside segments; the TPM is
that of :meth:`Network.from_counts` (units independent given the present state, `prior` pseudo-counts). A grouping of
units is seen through how many of a group are ON. Consistency isn't asked for: no estimated TPM is exactly lumpable; the
inconsistency stands beside. Everything is raw: finite data push EI up, in data and surrogates alike, so only the
comparison with the null means anything. Surrogates by "circular_shift" rotate the pairs (now, later) of every unit
inside the condition by an amount of its own, so that no pair is broken; others, and those over the recording, are made
of the samples (which time is taken: :mod:`.null_time`). Interval: 95 %, t s.d. of block bootstrap draws about the raw
value. p of `ei`: against the largest excess over all groupings in each surrogate; of the others: two-sided, at the same
grouping.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._checks import as_number, as_whole
from .._doubt import rank_p, share_of_wins, t_reach, two_sided_p
from .._errors import InputError
from .._provenance import Provenance
from ..profile import GrainProfile, Measure
from ..recordings.binary import binarise as binarise_recording
from ..recordings.binary import thresholds_of
from ..recordings.nulls import null_recording
from ..recordings.preprocessing import bin_recording
from ..recordings.recording import Recording
from ..recordings.units import choose_units
from ..surrogates.streams import draw_rng
from ..systems.network import CAUTIONS, Network
from ..systems.resample import FEWEST_BLOCKS, Transitions, correlation_time, cut_blocks, draw_blocks, list_transitions
from .causal_path import state_names
from .effective import parts
from .emerge_table import LEVEL
from .gaussian_recorded import ROTATED
from .linear_moments import rotated_rows
from .null_time import NULL_OVER, Stretches, choose_time, said_of_times
from .partitions import StatePartitions, element_partitions, inconsistencies, macro_tpms
from .reversibility import gamma

MOST_UNITS = 5
DRAWN = "random:4"
BOOTSTRAP, NULL = 11, 12  # purposes of random streams
MEMORIES_A_BLOCK = 5.0
QUANTITIES = ("ei", "effectiveness", "determinism", "degeneracy", "gamma")
WORDS = {
    "ei": ("bits", "effective information of the counted TPM, raw"),
    "effectiveness": ("", "ei / log2 of the states: causal power"),
    "determinism": ("", "1 - mean entropy of rows / log2 of the states"),
    "degeneracy": ("", "1 - entropy of the mean row / log2 of the states"),
    "gamma": ("", "sum of singular values over the number of states"),
}


@dataclass(frozen=True, eq=False)
class Counting:
    """How transitions of a recording of the chosen units are counted."""

    recording: Recording
    width: float | None
    lag: int
    thresholds: np.ndarray
    prior: float
    labels: np.ndarray

    def transitions(self, part: Recording, spans: np.ndarray, seconds: float) -> Transitions:
        """Return the transitions of one condition, or of a surrogate of it."""
        binned = part if self.width is None else bin_recording(part, self.width)
        binary = binarise_recording(binned, thresholds=self.thresholds, allow_constant=True)
        return list_transitions(binary, self.lag, binned.onsets, cut_blocks(spans, seconds))

    def null_time(self, null_over: str, name: str, part: Recording) -> tuple[str, tuple[str, ...]]:
        """Return over what time surrogates of a condition are made, and the notes on it."""
        here, whole = (self._stretches(recording) for recording in (part, self.recording))
        return choose_time(null_over, name, here[0], whole[0], lag=self.lag, rate=here[1], labels=self.recording.labels)

    def _stretches(self, recording: Recording) -> tuple[Stretches, float]:
        binned = recording if self.width is None else bin_recording(recording, self.width)
        binary = binarise_recording(binned, thresholds=self.thresholds, allow_constant=True)
        return Stretches(binary.states, binary.segments), binary.rate

    def measure(self, counts: np.ndarray) -> np.ndarray:
        """Return every quantity at every grouping, shape (quantities, groupings)."""
        tpm = Network.from_counts(counts, prior=self.prior).state_by_state
        out = np.empty((len(QUANTITIES), len(self.labels)))
        for place, row in enumerate(self.labels):
            macro = macro_tpms(tpm, row[None])[0]
            bits, determinism, degeneracy = parts(macro)
            out[:, place] = bits, determinism - degeneracy, determinism, degeneracy, gamma(macro) / len(macro)
        return out


def counted_profile(
    recording: Recording,
    conditions: Mapping[str, Recording],
    *,
    units: Any = None,
    width: float | None = None,
    lag: int = 1,
    binarise: Any = None,
    prior: float = 0.5,
    draws: int = 100,
    null: str | None = "circular_shift",
    null_over: str = NULL_OVER[0],
    block: float | None = None,
    seed: int = 0,
    advance: Callable[[float], None] = lambda amount: None,
) -> GrainProfile:
    """Return effective information and its kin at every grouping of a few units, in every condition.

    Parameters
    ----------
    recording : Recording
    conditions : mapping of str to Recording
        As :func:`.inputs.recorded_conditions` gives them.
    units : optional
        At most 5. Default: all, or four drawn at random among those that are ON in some bins and OFF in others.
    width : float, s, optional
        Of the bins.

    Returns
    -------
    GrainProfile
        Grains are :class:`.StatePartitions`, the micro scale first; ``ei_draws`` and ``ei_surrogates`` stand in
        ``.data``, (grain, condition, draw number).
    """
    lag, prior = as_whole(lag, "lag", 1, of="bins"), as_number(prior, "prior", low=0.0, high=1e6)
    method = binarise or ("median" if recording.kind == "traces" else "spike")
    chosen = _units(recording, conditions, units, width, method, seed)
    selected = recording.select(chosen)
    kept = {name: part.select(chosen) for name, part in conditions.items()}
    n = selected.n_units
    labels = element_partitions(n)
    together = _joined(selected, kept)
    binned = together if width is None else bin_recording(together, width)
    binary = binarise_recording(binned, method)
    counting = Counting(selected, width, lag, binary.thresholds, prior, labels)
    memory = correlation_time(binary)
    found = {}
    times = {name: counting.null_time(null_over, name, part) for name, part in kept.items()}
    for place, (name, part) in enumerate(kept.items()):
        most = part.duration / FEWEST_BLOCKS
        seconds = min(max(MEMORIES_A_BLOCK * memory, 2.0 * lag / binned.sampling), most) if block is None else block
        chosen = times[name][0]
        over = counting.recording if chosen == "recording" else part
        over = None if (null, chosen) == (ROTATED, "condition") else over
        found[name] = _measure(counting, name, part, over, seconds, draws, null, seed, place, advance)
    names = state_names(Network(np.full((1 << n, n), 0.5), labels=selected.labels), 1 << n)
    grains = StatePartitions(labels, names)
    settings = {
        "units": selected.labels,
        "bin": width,
        "lag": lag,
        "binarise": method,
        "prior": prior,
        "conditions": tuple(kept),
        "draws": draws,
        "null": null,
        "null_over": null_over,
        "block": block,
        "seed": seed,
    }
    words = {
        "tpm": f"counted transitions of binary units ({method}), {prior:g} pseudo-counts, units independent given it",
        "intervention": "uniform over all states",
        "grouping": "a group of units is seen through how many are ON; consistency isn't asked for",
        "estimates": "raw: finite data push effective information up; compare with ei_null",
    }
    if draws and null:
        said = said_of_times({name: chosen for name, (chosen, _) in times.items()})
        words["null"] = f"{draws} surrogates by {null} over {said}; p of ei over all groupings"
    if draws:
        words["interval"] = f"{LEVEL:.0%}, t s.d. of {draws} block bootstrap draws about the raw value"
    provenance = Provenance("emerge", settings, selected.hash, words, CAUTIONS["estimated"])
    what = f"counted transitions of {n} units ({', '.join(selected.labels)})"
    notes = tuple(note for _, said in times.values() for note in said) if draws and null else ()
    return GrainProfile(_dataset(found, grains), grains, _measures(), what, provenance, notes)


def _units(
    recording: Recording,
    conditions: Mapping[str, Recording],
    units: Any,
    width: float | None,
    method: Any,
    seed: int,
) -> tuple[int, ...]:
    if units is None and recording.n_units > MOST_UNITS:
        together = _joined(recording, conditions)
        thresholds = thresholds_of(together if width is None else bin_recording(together, width), method)
        fit = np.ones(recording.n_units, dtype=bool)
        for part in conditions.values():
            binned = part if width is None else bin_recording(part, width)
            share = binarise_recording(binned, thresholds=thresholds, allow_constant=True).on_share
            fit &= (share > 0.0) & (share < 1.0)
        varying = np.flatnonzero(fit)
        if len(varying) < 4:
            raise InputError(
                "units",
                expected="at least 4 units that are ON in some bins and OFF in others, in every condition",
                got=str(len(varying)),
                remedy="Take other bins (--bin) or another rule for ON (--binarise).",
            )
        return tuple(int(varying[i]) for i in choose_units(recording.select(varying.tolist()), DRAWN, seed=seed))
    chosen = choose_units(recording, units, seed=seed)
    if not 2 <= len(chosen) <= MOST_UNITS:
        raise InputError(
            "units",
            expected=f"2 to {MOST_UNITS} units, to count their transitions",
            got=str(len(chosen)),
            remedy='Name fewer, or draw some: units="random:4".',
        )
    return chosen


def _joined(recording: Recording, conditions: Mapping[str, Recording]) -> Recording:
    """Return the recording with the conditions' stretches as its segments."""
    pieces = [(tuple(s), t) for part in conditions.values() for s, t in zip(part.segments, part.onsets, strict=True)]
    pieces.sort(key=lambda piece: piece[0])
    onsets = None if recording.rate is None else np.array([t for _, t in pieces])
    return recording.with_segments(np.array([s for s, _ in pieces]), onsets)


def _measure(
    counting: Counting,
    name: str,
    part: Recording,
    over: Recording | None,
    seconds: float,
    draws: int,
    null: str | None,
    seed: int,
    place: int,
    advance: Callable[[float], None],
) -> dict[str, Any]:
    """Return values (quantities, groupings), draws and surrogates (draws, quantities, groupings), and more."""
    counted = counting.transitions(part, part.spans, seconds)
    states = 1 << counted.n
    if len(counted.pairs) < states:
        raise InputError(
            "lag" if counting.lag > 1 else "bin",
            expected=f"at least as many transitions as states, {states}, in {name!r}",
            got=str(len(counted.pairs)),
            remedy="Take narrower bins, a smaller lag, fewer units or more of the recording.",
        )
    counts = counted.counts()
    boot, other = [], []
    for draw in range(draws):
        times = draw_blocks(counted.n_blocks, draw_rng(seed, BOOTSTRAP, place, draw))
        boot.append(counting.measure(counted.counts(times)))
        advance(1)
    for draw in range(draws if null else 0):
        assert null is not None
        rng = draw_rng(seed, NULL, place, draw)
        if over is None:
            surrogate = _rotated(counted, rng)
        else:
            made = null_recording(over, null, rng=rng)
            same = made.in_condition(name) if name in made.conditions else made
            surrogate = counting.transitions(same, part.spans, seconds)
        other.append(counting.measure(surrogate.counts()))
        advance(1)
    tpm = Network.from_counts(counts, prior=counting.prior).state_by_state
    wrong = [float(inconsistencies(tpm, row[None], macro_tpms(tpm, row[None]), 1)[0]) for row in counting.labels]
    shape = (-1, len(QUANTITIES), len(counting.labels))
    return {
        "value": counting.measure(counts),
        "boot": np.array(boot).reshape(shape),
        "null": np.array(other).reshape(shape),
        "inconsistency": np.array(wrong),
        "transitions": len(counted.pairs),
    }


def _rotated(counted: Transitions, rng: np.random.Generator) -> Transitions:
    """Return transitions in which the pairs of every unit are rotated by an amount of its own."""
    n, bits = counted.n, np.arange(2 * counted.n)
    table = counted.pairs[:, None] >> bits & 1  # later states in the lower n bits, present ones above
    rows = rotated_rows(len(table), n, rng)
    mixed = np.take_along_axis(table, np.hstack([rows, rows]), axis=0)
    return Transitions((mixed << bits).sum(axis=1), counted.block, n, counted.n_blocks)


def _measures() -> tuple[Measure, ...]:
    found = [Measure("ei", *WORDS["ei"], "maximum")]
    found += [Measure(name, *WORDS[name], "nothing") for name in QUANTITIES[1:]]
    for name in QUANTITIES:
        before, unit = ("" if name == "ei" else f"{name}_"), WORDS[name][0]
        said = "against the null of the maximum over groupings" if name == "ei" else "two-sided, at this grouping"
        found += [
            Measure(f"{before}low", unit, f"{LEVEL:.0%} interval of {name}, block bootstrap", "nothing"),
            Measure(f"{before}high", unit, f"{LEVEL:.0%} interval of {name}, block bootstrap", "nothing"),
            Measure(f"{name}_null", unit, f"mean of {name} over surrogates", "nothing"),
            Measure(f"{before}p", "", f"of {name} {said}", "nothing"),
        ]
    found.append(Measure("wins", "", "share of bootstrap draws in which the grouping has the largest ei", "nothing"))
    found.append(Measure("inconsistency", "bits", "of the walks of macro and micro after one step", "nothing"))
    return tuple(found)


def _columns(found: dict[str, Any]) -> dict[str, np.ndarray]:
    out = {"inconsistency": found["inconsistency"]}
    none = np.full(found["value"].shape[1], np.nan)
    for place, name in enumerate(QUANTITIES):
        value, boot, null = found["value"][place], found["boot"][:, place], found["null"][:, place]
        before = "" if name == "ei" else f"{name}_"
        reach = t_reach(boot, LEVEL) if len(boot) else none
        p = none
        if len(null):
            if name == "ei":
                everything = np.vstack([value, null])
                excess = everything - everything.mean(axis=0)
                p = rank_p(excess[0], excess[1:].max(axis=1)[:, None])
            else:
                p = two_sided_p(value, null)
        out |= {name: value, f"{before}low": value - reach, f"{before}high": value + reach, f"{before}p": p}
        out[f"{name}_null"] = null.mean(axis=0) if len(null) else none
    out["wins"] = share_of_wins(found["boot"][:, 0], found["value"][0])
    return out


def _dataset(found: dict[str, dict[str, Any]], grains: StatePartitions) -> Any:
    import xarray as xr

    columns: Sequence[dict[str, np.ndarray]] = [_columns(one) for one in found.values()]
    variables: dict[str, Any] = {
        m.name: (
            ("grain", "condition", "draw"),
            np.stack([c[m.name] for c in columns], axis=1)[:, :, None],
            {"units": m.unit, "convention": m.convention},
        )
        for m in _measures()
    }
    for name, kept in (("ei_draws", "boot"), ("ei_surrogates", "null")):
        dims = ("grain", "condition", "replicate" if kept == "boot" else "surrogate")
        variables[name] = (dims, np.stack([one[kept][:, 0].T for one in found.values()], axis=1))
    variables["admitted"] = (("grain", "condition"), np.ones((len(grains), len(columns)), dtype=bool))
    variables["reason"] = (("grain", "condition"), np.full((len(grains), len(columns)), ""))
    variables["level"] = ("grain", grains.columns()["level"])
    variables["transitions"] = ("condition", np.array([one["transitions"] for one in found.values()]))
    for entry in variables.values():
        entry[1].setflags(write=False)
    return xr.Dataset(variables, coords={"condition": list(found)})
