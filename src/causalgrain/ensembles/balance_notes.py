"""The traps that a balance study can fall into, each said where it applies.

References
----------
Renart et al. (2010) Science 327:587 (shared input and tracking of E and I). Petersen et al. (2021) Neuron 109:3594
(tagged cells and their waveforms). Dehghani et al. (2016) Sci. Rep. 6:23176.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..recordings.recording import Recording
from .balance_draws import Drawn
from .balance_measures import LEAST_BINS, PLACE
from .balance_study import LEAST_BLOCKS, Study
from .nulls import NULLS
from .trains import Trains

RATES_DIFFER = 1.5
FEW_UNITS = 10
COARSE = 20  # steps of the clock: narrower bins hold unequal numbers of them
GRIDS = (1e-3, 5e-4, 1e-4)  # s
LOOKED_AT = 20_000  # spikes
ON_GRID = 1e-6
SHADOW = 2e-3  # s; spikes nearer than this overlap


def notes_of(study: Study, drawn: Mapping[str, Drawn], *, surrogates: int, null: str, normalisation: str) -> list[str]:
    """Return what every number of the study has to be read with."""
    found = [*_types(study), *_rates(study, normalisation), *_units(study), *_clock(study)]
    found += _time(study, drawn, null, surrogates)
    found += _shadow(study, drawn)
    found.append(
        "lag 0: a correlation of E and I at lag 0 is no evidence that the network makes its balance: a common drive, "
        "or slow changes of state, give the same (Renart et al. 2010)"
    )
    if not surrogates:
        found.append("null: no surrogates were asked for, so nothing here is tested")
    elif 1.0 / (1 + surrogates) > 0.05 / len(study.scales):
        found.append(f"null: with {surrogates} surrogates no p is below {1 / (1 + surrogates):.2g}")
    return found


def _types(study: Study) -> list[str]:
    found = []
    if study.left_out:
        shown = ", ".join(study.left_out[:6]) + (", ..." if len(study.left_out) > 6 else "")
        found.append(f"types: nothing is known of {len(study.left_out)} units, which are left out ({shown})")
    if study.types is not None:
        found += [f"types: {note}" for note in study.types.notes if "nothing known of" not in note]
        if any("waveform" in how for how in study.types.how):
            found.append(
                "types: narrow is not inhibitory: many SST and VIP cells and some axo-axonic ones have wide spikes, "
                "and some pyramidal cells narrow ones (Petersen et al. 2021)"
            )
    if len(study.labellings) > 1 and study.types is not None:
        chance = study.types.probability[study.types.known]
        unsure = int(((chance > 0.05) & (chance < 0.95)).sum())
        found.append(
            f"types: {unsure} of {len(chance)} units are unsure: everything but symmetry tests and differences of "
            f"conditions is averaged over {len(study.labellings)} labellings drawn from their probabilities"
        )
    return found


def _rates(study: Study, normalisation: str) -> list[str]:
    if normalisation not in ("rate", "fraction"):
        return []
    found = []
    for name, trains in study.trains.items():
        e, i = (float(trains.rates[kind].mean()) for kind in (~trains.inhibitory, trains.inhibitory))
        if min(e, i) > 0 and max(e, i) / min(e, i) > RATES_DIFFER:
            found.append(
                f"rates of {name}: I units fire {i:.3g}, E units {e:.3g} Hz: the mean of f, and so its departure from "
                "balance, is about rates (normalisation='unit_mean' takes them out)"
            )
    silent = {name: int((trains.rates == 0).sum()) for name, trains in study.trains.items()}
    if any(silent.values()):
        said = ", ".join(f"{many} in {name}" for name, many in silent.items() if many)
        found.append(f"units: without a spike: {said}; they still count as units of their ensemble")
    shares = []
    for name, trains in study.trains.items():
        for kind, marks in (("E", ~trains.inhibitory), ("I", trains.inhibitory)):
            part = trains.rates[marks]
            if len(part) > 1 and part.sum() > 0 and part.max() > 0.5 * part.sum():
                label = study.recording.labels[int(np.flatnonzero(marks)[int(np.argmax(part))])]
                shares.append(f"{label} has {part.max() / part.sum():.0%} of the {kind} spikes in {name}")
    if shares:
        found.append(f"units: one unit makes up an ensemble: {'; '.join(shares)} (normalisation='zscore' weighs alike)")
    return found


def _units(study: Study) -> list[str]:
    trains = next(iter(study.trains.values()))
    e, i = trains.n_excitatory, trains.n_inhibitory
    few = (
        f"only {min(e, i)} {'inhibitory' if i < e else 'excitatory'}: any one of them decides; "
        if min(e, i) < 3
        else ""
    )
    return [
        f"sample: {few}{e} E and {i} I units are a small part of any circuit, and the fewer the units the lower the "
        "correlation: see correlation_half and correlation_whole before comparing recordings"
    ]


def _clock(study: Study) -> list[str]:
    step = clock_step(study.recording)
    if step is None:
        return []
    off = [w for w in study.scales.widths if w < COARSE * step and abs(w / step - round(w / step)) > 1e-6]
    if not off:
        return []
    return [
        f"clock: spikes stand on a grid of {step * 1e3:g} ms, so {len(off)} widths below {COARSE * step * 1e3:g} ms "
        "that are no whole number of steps hold more steps in some bins than in others, which adds correlation: "
        f"take widths=scale_ladder(resolution={step:g}) (--resolution {step:g})"
    ]


def clock_step(recording: Recording) -> float | None:
    """Return the step of the grid that all spikes looked at stand on, s, or None.

    >>> [clock_step(Recording.from_spikes([times])) for times in ([0.0105, 0.0335, 0.0625], [0.01, 0.0314159])]
    [0.001, None]
    """
    if recording.spikes is None:
        return None
    many = max(LOOKED_AT // max(recording.n_units, 1), 2)
    for step in GRIDS:
        places = np.concatenate([train[:many] for train in recording.spikes]) / step
        if len(places) < 2:
            return None
        off = places - places[0]
        if np.abs(off - np.round(off)).max() < ON_GRID * max(1.0, float(np.abs(places).max()) * 1e-3):
            return step
    return None


def _shadow(study: Study, drawn: Mapping[str, Drawn]) -> list[str]:
    """Say what a negative correlation at the finest scales may be."""
    found = []
    for name, made in drawn.items():
        value, null = made.number("correlation"), made.null[:, :, PLACE["correlation"]]
        fine = [k for k, width in enumerate(study.scales.widths) if width <= SHADOW and np.isfinite(value[k])]
        if len(null) and any(value[k] < 0 and value[k] < null[:, k].min() for k in fine):
            found.append(
                f"sorting in {name}: below {SHADOW * 1e3:g} ms E and I avoid each other: spikes that overlap on one "
                "electrode are missed by spike sorting, which gives just that"
            )
    return found


def _time(study: Study, drawn: Mapping[str, Drawn], null: str, surrogates: int) -> list[str]:
    found = []
    for name, made in drawn.items():
        empty = [k for k, reason in enumerate(made.reasons) if reason]
        if empty:
            first = study.scales.label(empty[0])
            found.append(f"scales of {name}: {len(empty)} from {first} on are empty: {made.reasons[empty[0]]}")
        few = [k for k, reason in enumerate(made.reasons) if not reason and made.bins[k] < LEAST_BINS]
        if few:
            first = study.scales.label(few[0])
            found.append(
                f"scales of {name}: {len(few)} from {first} on have fewer than {LEAST_BINS} bins: too few to test"
            )
        blocks = study.blocks(name)
        if blocks < LEAST_BLOCKS:
            found.append(f"intervals of {name}: only {blocks} blocks of time, so intervals are rough")
    parts = {name: len(trains.segments) for name, trains in study.trains.items()}
    if surrogates and any(many > 1 for many in parts.values()):
        common = NULLS[null].name not in ("dither",)
        if common:
            found.append(
                "segments: surrogates move spikes along all segments end to end, so what segments have in common (the "
                "course of a trial) counts as coupling of E and I; --within segment (within='segment') keeps it apart"
            )
    return found


def units_of(trains: Trains) -> str:
    """Return how many units of each kind there are, in words."""
    return f"{trains.n_excitatory} E and {trains.n_inhibitory} I units"
