"""What labels, waveforms and correlograms each say of the units of a recording; put together in :mod:`.cell_type`.

Convention: evidence is the log-odds (nats) of being inhibitory before any prior, NaN where there is none; labels are
probabilities, 0 or 1 or as given.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._checks import did_you_mean
from .._errors import CausalGrainWarning, InputError
from ..recordings.recording import Recording
from .cell_labels import KNOWN, read_words
from .correlogram import Connections, monosynaptic
from .waveform import WaveformFeatures, waveform_features
from .waveform_mixture import FEW_UNITS, fit_two_groups, narrow_log_odds, reference_log_odds, with_prior

LABELS_FROM = ("ground_truth", "cell_type")
WIDTHS_FROM = ("trough_to_peak", "waveform_duration")  # ms, of CellExplorer and of the Allen Institute's NWB files
PLAUSIBLE = (0.05, 3.0)  # ms
SHOWN = 6
ENOUGH_TO_SEE = 20  # units
MOST_TIMES = 1.5  # the prior


@dataclass
class Source:
    """What one source says: log-odds before a prior, or a label; NaN where nothing."""

    value: np.ndarray
    reason: list[str]
    evidence: dict[str, np.ndarray]
    notes: list[str]


def nothing(n: int) -> Source:
    return Source(np.full(n, np.nan), [""] * n, {}, [])


# -- labels ------------------------------------------------------------------------------------------------------


def from_labels(recording: Recording, given: Any) -> Source:
    n = recording.n_units
    made = nothing(n)
    if given is not None:
        made.value = _given(recording, given)
    strange: list[str] = []
    for name in LABELS_FROM:
        rows = recording.properties.get(name)
        if rows is None or rows.ndim != 1 or rows.dtype.kind not in "US":
            continue
        meant, unknown = read_words([str(row) for row in rows])
        strange += [word for word in unknown if word not in strange]
        made.value = np.where(np.isnan(made.value), meant, made.value)
    if strange:
        warnings.warn(
            f"{len(strange)} words for cell types aren't known and were left out: {listed(strange)}. "
            f"{did_you_mean(strange[0], KNOWN)} Give types with labels={{unit: 'E' or 'I'}}.",
            CausalGrainWarning,
            stacklevel=3,
        )
        made.notes.append(f"words that aren't cell types: {listed(strange)}")
    if np.isfinite(made.value).any():
        made.evidence["label"] = made.value
    return made


def _given(recording: Recording, given: Any) -> np.ndarray:
    """Return 1 for inhibitory, 0 for excitatory, probabilities as they are, NaN for the rest."""
    made = np.full(recording.n_units, np.nan)
    if isinstance(given, Mapping):
        strange = [str(unit) for unit in given if unit not in recording.labels]
        if strange:
            raise InputError(
                "labels",
                expected="units of the recording",
                got=listed(strange),
                remedy=did_you_mean(strange[0], recording.labels),
            )
        rows = [(recording.labels.index(unit), value) for unit, value in given.items()]
    else:
        words = list(given) if not isinstance(given, str) and hasattr(given, "__iter__") else None
        if words is None or len(words) != len(made):
            raise InputError(
                "labels",
                expected=f"a word for each of {len(made)} units, or a dict of some",
                got=repr(given) if words is None else str(len(words)),
                remedy="For example labels={'u0': 'E', 'u1': 'PV'}.",
            )
        rows = list(enumerate(words))
    wrong = []
    for place, value in rows:
        if isinstance(value, str):
            meant, unknown = read_words([value])
            made[place] = meant[0]
            wrong += unknown
        elif isinstance(value, bool | np.bool_ | int | float | np.number) and (value != value or 0 <= value <= 1):
            made[place] = float(value)
        elif value is not None:
            wrong.append(repr(value))
    if wrong:
        raise InputError(
            "labels",
            expected="cell types, such as 'E', 'I', 'pyramidal', 'PV', or probabilities of being inhibitory",
            got=listed(list(dict.fromkeys(wrong))),
            remedy=did_you_mean(wrong[0], KNOWN),
        )
    return made


# -- waveforms ---------------------------------------------------------------------------------------------------


def has_waveforms(recording: Recording) -> bool:
    return any(name in recording.properties for name in ("waveform", *WIDTHS_FROM))


def from_waveforms(
    recording: Recording,
    calibration: str,
    pool: Sequence[Recording],
    rate: float | None,
    polarity: str,
    prior: float,
    shape: str,
    needed: bool,
) -> Source:
    made = nothing(recording.n_units)
    if needed and not has_waveforms(recording):
        raise InputError(
            "recording",
            expected="the property 'waveform', or 'trough_to_peak' in ms",
            got=f"{', '.join(recording.properties) or 'no properties'}",
            remedy="Without waveforms use by='correlogram', or give types with labels={unit: 'E' or 'I'}.",
        )
    length, width, reason, notes = _widths(recording, rate, polarity)
    made.reason, made.notes = reason, notes
    if calibration == "reference":
        made.value = reference_log_odds(length)
        _check_shift(made, prior)
    else:
        others = [_widths(other, rate, polarity)[:2] for other in pool]
        every = np.concatenate([np.column_stack([a, b]) for a, b in [(length, width), *others]])
        columns = [0, 1] if shape == "both" else [0]
        groups = fit_two_groups(np.log(every[:, columns]))
        own = np.log(np.column_stack([length, width])[:, columns])
        made.value = narrow_log_odds(groups.of(own))
        made.evidence["narrow"] = groups.of(own)
        made.notes.append(
            f"pooled fit of {groups.n} units: {groups.weights[0]:.0%} narrow, about "
            f"{np.exp(groups.means[0, 0]):.2f} ms against {np.exp(groups.means[1, 0]):.2f} ms"
        )
        if groups.n < FEW_UNITS:
            made.notes.append(f"fewer than {FEW_UNITS} units: the two groups are not reliable")
            warn(
                f"Two groups of waveforms were fitted to {groups.n} units: fewer than {FEW_UNITS} don't pin them "
                "down. Pool recordings with pool=[...], or use calibration='reference'."
            )
        if not groups.two:
            made.notes.append("one group describes the waveforms as well as two")
            warn(
                "The waveforms don't fall into two groups (BIC of one group is no higher): the probabilities split "
                "one group. Pool more units, or use calibration='reference'."
            )
    made.evidence |= {"trough_to_peak": length, "half_width": width, "waveform": made.value}
    made.evidence = {k: np.array(v) for k, v in made.evidence.items()}
    return made


def _check_shift(made: Source, prior: float) -> None:
    """Say so where far more units look inhibitory than the prior has it: spikes filtered otherwise are narrower."""
    known = np.isfinite(made.value)
    if known.sum() < ENOUGH_TO_SEE:
        return
    share = float(with_prior(made.value[known], prior).mean())
    if share > MOST_TIMES * prior:
        made.notes.append(
            f"by the reference {share:.0%} are inhibitory, with a prior of {prior:.0%}: not to be trusted"
        )
        warn(
            f"By the reference calibration {share:.0%} of {int(known.sum())} units are inhibitory, where the prior is "
            f"{prior:.0%}. Their spikes are narrower than the reference's: another filter, area or a wrong "
            "waveform_rate. Check the rate, or fit them with calibration='pooled' and pool=[...].",
            6,
        )


def _widths(
    recording: Recording, rate: float | None, polarity: str
) -> tuple[np.ndarray, np.ndarray, list[str], list[str]]:
    """Return (trough to peak, half-width in ms, why not, notes)."""
    n = recording.n_units
    length, width, reason, notes = np.full(n, np.nan), np.full(n, np.nan), ["no waveform"] * n, []
    waves = recording.properties.get("waveform")
    told = next((name for name in WIDTHS_FROM if name in recording.properties), "")
    hertz = _rate(recording, rate) if waves is not None else None
    if waves is not None and hertz is None and not told:
        raise InputError(
            "waveform_rate",
            expected="Hz at which the waveforms were sampled",
            got="none, and no property 'waveform_time'",
            remedy="Samples aren't ms: say for example waveform_rate=30000.",
        )
    lost = np.ones(n, dtype=bool)
    if waves is not None and hertz is not None:
        seen: WaveformFeatures = waveform_features(waves, rate=hertz, polarity=polarity)
        length, width, reason = np.array(seen.trough_to_peak), np.array(seen.half_width), list(seen.reason)
        lost = ~np.isfinite(waves).reshape(n, -1).all(axis=1)
        if seen.inverted.any():
            notes.append(f"{int(seen.inverted.sum())} waveforms are inverted and were not measured")
        if seen.cut.any():
            notes.append(f"{int(seen.cut.sum())} waveforms end before their peak: trough to peak is a lower bound")
    if told and lost.any():
        rows = np.asarray(recording.properties[told], dtype=np.float64).reshape(n, -1)[:, 0]
        use = lost & np.isfinite(rows) & (rows > 0)
        if use.any():
            middle = float(np.median(rows[use]))
            if not PLAUSIBLE[0] <= middle <= PLAUSIBLE[1]:
                raise InputError(
                    f"properties, {told!r}",
                    expected=f"ms, a median from {PLAUSIBLE[0]} to {PLAUSIBLE[1]}",
                    got=f"a median of {middle:.4g}",
                    remedy="Convert it to ms, or give waveforms and waveform_rate.",
                )
            length[use] = rows[use]
            reason = ["" if use[i] else reason[i] for i in range(n)]
            notes.append(f"trough to peak of {int(use.sum())} units as the file has it ({told}, ms)")
    return length, width, reason, notes


def _rate(recording: Recording, rate: float | None) -> np.ndarray | float | None:
    if rate is not None:
        return rate
    times = recording.properties.get("waveform_time")
    if times is None or times.ndim != 2 or times.shape[1] < 2 or times.dtype.kind not in "fiu":
        return None
    return 1e3 / np.median(np.diff(times.astype(np.float64), axis=1), axis=1)


# -- correlograms ------------------------------------------------------------------------------------------------


def from_correlograms(recording: Recording, level: float, error: float) -> Source:
    if recording.spikes is None:
        raise InputError(
            "recording",
            expected="spike times, for cross-correlograms of ms",
            got=recording.kind,
            remedy="Binned counts and calcium are too slow for monosynaptic signs: use by='waveform' or labels.",
        )
    made = nothing(recording.n_units)
    if recording.n_units < 2:
        made.reason = ["a connection has two ends: one unit alone"]
        return made
    found: Connections = monosynaptic(
        recording.spikes, segments=recording.segments, units=recording.labels, level=level, error=error
    )
    made.value = found.log_odds
    clash, silent = found.conflict, np.isnan(made.value)
    made.reason = [
        "outgoing pairs of both signs" if clash[i] else "no significant outgoing pair" if silent[i] else ""
        for i in range(recording.n_units)
    ]
    made.evidence["correlogram"] = np.array(made.value)
    made.notes.append(
        f"{int(found.excitatory.sum())} excitatory and {int(found.inhibitory.sum())} inhibitory pairs of "
        f"{int(np.isfinite(found.p_excess).sum())} tested (corrected p {level:g})"
    )
    if found.doubles:
        pairs = [f"{a} and {b}" for a, b in found.doubles]
        made.notes.append(f"not tested, as they share spikes (one neuron sorted twice?): {listed(pairs)}")
    return made


def listed(names: Sequence[str]) -> str:
    more = f", ... ({len(names)} in all)" if len(names) > SHOWN else ""
    return ", ".join(map(repr, names[:SHOWN])) + more


def warn(text: str, level: int = 5) -> None:
    warnings.warn(text, CausalGrainWarning, stacklevel=level)
