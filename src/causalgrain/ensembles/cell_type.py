"""Which units are inhibitory: a probability a unit, and how it was found.

Conventions. Probabilities are of being *inhibitory*: 1 inhibitory, 0 excitatory, NaN where nothing is known. What can
tell, and how sure it is:

* **labels**: given with the call, or properties "ground_truth" and "cell_type" of the recording (a unit without a word
  in the one is looked up in the other); words as in :mod:`.cell_labels`. A label counts as certain, 0 or 1, whoever
  gave it: many files' types are themselves guesses from waveforms.
* **waveform**: from the trough to peak of the mean waveform (:mod:`.waveform`), calibrated on tagged cells, or on two
  groups fitted to pooled units (:mod:`.waveform_mixture`), with `prior`.
* **correlogram**: from the sign of significant outgoing pairs (:mod:`.correlogram`), with the same prior.
* **combined**: ln odds = ln prior odds + waveform + correlogram, as if both were independent given the type, which they
  are nearly (they share only the spike sorting); labels, where there are any, decide.
* **auto**: labels where there are any; for other units the waveform; for what is left nothing. Correlograms, which cost
  more and say less, are looked at only when asked for.

A conflict, where two sources each say "surely" (probability beyond ``SURE`` = .9) the opposite, or a unit's pairs have
both signs, is told. Probabilities are carried on by :meth:`CellTypes.draw`: a labelling drawn from them, unit by unit;
repeat a measure over draws, and its spread holds the doubt about types.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from .._checks import as_number, choose
from .._errors import InputError
from .._provenance import FrozenDict, Provenance, hash_arrays
from ..recordings.recording import Recording
from ..surrogates.streams import as_generator
from .cell_evidence import (
    Source,
    from_correlograms,
    from_labels,
    from_waveforms,
    has_waveforms,
    listed,
    nothing,
    warn,
)
from .correlogram import ERROR
from .waveform_mixture import PRIOR, as_prior, with_prior

if TYPE_CHECKING:
    import pandas as pd

WAYS = ("auto", "labels", "waveform", "correlogram", "combined")
CALIBRATIONS = ("reference", "pooled")
SHAPES = ("trough_to_peak", "both")
SURE = 0.9
INDEPENDENT = "log-odds of waveform and correlogram are added: independent given the type"


@dataclass(frozen=True, eq=False)
class CellTypes:
    """How probable it is that each unit is inhibitory; arrays have one entry a unit and are read-only.

    Attributes
    ----------
    units : tuple of str
    probability : array, shape (units,)
        Of being inhibitory; NaN where nothing is known.
    how : tuple of str
        "label", "waveform", "correlogram", "waveform + correlogram", or "" where nothing is known.
    reason : tuple of str
        What a unit's probability has to be read with: why it is unknown, or what contradicts it; or "".
    evidence : mapping of str to array, shape (units,)
        What was measured: "label" (0, 1), "trough_to_peak", "half_width" (ms), "waveform", "correlogram" (log-odds
        before the prior, nats), as far as it was looked at.
    prior : float
        Probability of being inhibitory before anything is seen.
    headline : float
        Expected share of inhibitory units among those known.
    notes : tuple of str
    provenance : Provenance
    """

    units: tuple[str, ...]
    probability: np.ndarray
    how: tuple[str, ...]
    reason: tuple[str, ...]
    prior: float
    provenance: Provenance
    evidence: Mapping[str, np.ndarray] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "evidence", FrozenDict(self.evidence))
        for array in (self.probability, *self.evidence.values()):
            array.setflags(write=False)

    @property
    def known(self) -> np.ndarray:
        """Units of which something is known, shape (units,), bool."""
        return np.isfinite(self.probability)

    @property
    def headline(self) -> float:
        """Expected share of inhibitory units among those known; NaN if none is."""
        return float(self.probability[self.known].mean()) if self.known.any() else float("nan")

    def draw(self, rng: int | np.random.Generator, *, unknown: str = "error") -> np.ndarray:
        """Return a labelling drawn from the probabilities: which units are inhibitory, shape (units,), bool.

        Parameters
        ----------
        rng : int or numpy Generator
        unknown : {"error", "prior"}
            What to do about units of which nothing is known: refuse, or draw them from the prior.

        Raises
        ------
        InputError
            Unknown units, unless they are to be drawn from the prior.
        """
        choose(unknown, ("error", "prior"), "unknown")
        missing = np.flatnonzero(~self.known)
        if len(missing) and unknown == "error":
            raise InputError(
                "cell types",
                expected="a probability for every unit, to draw from",
                got=f"nothing known of {len(missing)}: {listed([self.units[i] for i in missing])}",
                remedy="Leave them out (recording.select of those in .known), label them, or say unknown='prior'.",
            )
        chance = np.where(self.known, self.probability, self.prior)
        return as_generator(rng).random(len(chance)) < chance

    def labels(self, threshold: float = 0.5) -> tuple[str, ...]:
        """Return "inhibitory", "excitatory" or "unknown" for each unit.

        Parameters
        ----------
        threshold : float
            From .5 to 1. Inhibitory from this probability on, excitatory up to 1 less it; "unknown" in between. At .5
            exactly a unit is inhibitory.
        """
        limit = as_number(threshold, "threshold", low=0.5, high=1.0)
        return tuple(
            "inhibitory" if p >= limit else "excitatory" if 1 - p >= limit else "unknown" for p in self.probability
        )

    @property
    def table(self) -> pd.DataFrame:
        """One row a unit: probability, class at .5, how it was found, what was measured, what to mind."""
        import pandas as pd

        columns = {"probability": self.probability, "type": self.labels(), "how": self.how}
        return pd.DataFrame(
            {**columns, **self.evidence, "reason": self.reason}, index=pd.Index(self.units, name="unit")
        )

    def __repr__(self) -> str:
        kinds = self.labels()
        counts = ", ".join(f"{kinds.count(kind)} {kind}" for kind in ("excitatory", "inhibitory", "unknown"))
        expected = float(np.nansum(self.probability))
        ways = {way: self.how.count(way) for way in dict.fromkeys(self.how) if way}
        lines = [f"CellTypes of {len(self.units)} units: {counts} (at .5); {expected:.1f} inhibitory expected"]
        if ways:
            lines.append("  found by: " + ", ".join(f"{way} ({n})" for way, n in ways.items()))
        lines += [f"  note: {note}" for note in self.notes]
        return "\n".join(lines)


def cell_type(
    recording: Recording,
    *,
    by: str = "auto",
    labels: Mapping[str, Any] | Sequence[Any] | None = None,
    prior: float = PRIOR,
    calibration: str = "reference",
    pool: Sequence[Recording] = (),
    waveform_rate: float | None = None,
    polarity: str = "negative",
    shape: str = "trough_to_peak",
    level: float = 0.05,
    error: float = ERROR,
) -> CellTypes:
    """Find out which units are inhibitory.

    Parameters
    ----------
    recording : Recording
        With properties "cell_type" or "ground_truth", "waveform", or spike times; what is needed depends on `by`.
    by : {"auto", "labels", "waveform", "correlogram", "combined"}
        What to go by; see the module.
    labels : mapping of str to word, or sequence of words, optional
        Unit -> type, or one type a unit; come before those of the recording. True and False, and numbers from 0 to 1,
        are probabilities of being inhibitory.
    prior : float
        Probability of being inhibitory before anything is seen, of waveforms and correlograms.
    calibration : {"reference", "pooled"}
        Of waveforms: tagged cells of others, or two groups fitted to these units and those of `pool`.
    pool : sequence of Recording
        Further recordings whose units are fitted along, with the same waveform rate and filter.
    waveform_rate : float, Hz, optional
        Samples a second of "waveform". Default: from the property "waveform_time" (ms).
    polarity : {"negative", "positive"}
        Which way spikes point in "waveform".
    shape : {"trough_to_peak", "both"}
        What a pooled fit looks at: trough to peak, or the half-width too, which says little of cells filtered unlike.
    level : float
        Corrected p of correlograms.
    error : float
        Probability that a significant pair has the wrong sign.

    Returns
    -------
    CellTypes

    Raises
    ------
    InputError
        Nothing to go by; labels for units that there aren't, or words unknown among the labels given.

    Warns
    -----
    CausalGrainWarning
        Words in the recording that mean no type; no unit of one of the types; a pooled fit of few units, or
        without two groups.

    Examples
    --------
    >>> words = ["PV", "pyr", "?"]
    >>> rec = Recording.from_spikes([[0.1], [0.2], [0.3]], ["a", "b", "c"], properties={"cell_type": words})
    >>> types = cell_type(rec)
    >>> types
    CellTypes of 3 units: 1 excitatory, 1 inhibitory, 1 unknown (at .5); 1.0 inhibitory expected
      found by: label (2)
      note: nothing known of 1 unit
    >>> types.probability.tolist()
    [1.0, 0.0, nan]

    References
    ----------
    As in :mod:`.waveform_mixture` and :mod:`.correlogram`.
    """
    way = choose(by, WAYS, "by")
    share = as_prior(prior)
    choose(calibration, CALIBRATIONS, "calibration")
    choose(shape, SHAPES, "shape")
    if len(pool) and calibration == "reference":
        raise InputError(
            "pool",
            expected="no further recordings: the reference calibration is fitted to none",
            got=f"{len(pool)} recordings",
            remedy="Say calibration='pooled' to fit two groups to the units of all of them.",
        )
    n = recording.n_units
    told = from_labels(recording, labels) if way in ("auto", "labels", "combined") else nothing(n)
    wave, pairs = nothing(n), nothing(n)
    if way in ("waveform", "combined") or (way == "auto" and np.isnan(told.value).any()):
        needed = way == "waveform"
        if needed or has_waveforms(recording):
            wave = _tried(recording, told, calibration, pool, waveform_rate, polarity, share, shape, needed)
    if way in ("correlogram", "combined") and (way == "correlogram" or recording.spikes is not None):
        pairs = from_correlograms(recording, level, error)
    if not any(np.isfinite(source.value).any() for source in (told, wave, pairs)):
        _refuse(recording, way, told, wave, pairs)
    made = _together(recording, share, told, wave, pairs)
    made["notes"] = (*told.notes, *wave.notes, *pairs.notes, *made["notes"])
    settings = {
        "by": way,
        "labels": labels is not None,
        "prior": share,
        "calibration": calibration,
        "pool": len(pool),
        "waveform_rate": waveform_rate,
        "polarity": polarity,
        "shape": shape,
        "level": level,
        "error": error,
    }
    known = hash_arrays(recording.hash, told.value, *(other.hash for other in pool))
    provenance = Provenance("cell_type", settings, known, {"combining": INDEPENDENT})
    return CellTypes(recording.labels, prior=share, provenance=provenance, **made)


def _tried(recording: Recording, told: Source, *settings: Any) -> Source:
    """Return what the waveforms say; where labels will do, waveforms without a rate are a note, not an error."""
    try:
        return from_waveforms(recording, *settings)
    except InputError as error:
        if error.where != "waveform_rate" or settings[2] is not None or not np.isfinite(told.value).any():
            raise
        made = nothing(recording.n_units)
        made.notes.append("waveforms were left out: give waveform_rate, Hz")
        return made


def _together(recording: Recording, prior: float, told: Source, wave: Source, pairs: Source) -> dict[str, Any]:
    n = recording.n_units
    known = {name: np.isfinite(s.value) for name, s in (("label", told), ("waveform", wave), ("correlogram", pairs))}
    odds = np.where(known["waveform"], wave.value, 0.0) + np.where(known["correlogram"], pairs.value, 0.0)
    measured = known["waveform"] | known["correlogram"]
    probability = np.where(measured, with_prior(odds, prior), np.nan)
    probability = np.where(known["label"], told.value, probability)
    alone = {name: with_prior(source.value, prior) for name, source in (("waveform", wave), ("correlogram", pairs))}
    alone["label"] = told.value
    how, reason = [], []
    for i in range(n):
        parts = [name for name in ("waveform", "correlogram") if known[name][i]]
        how.append("label" if known["label"][i] else " + ".join(parts))
        clash = _clash({name: float(alone[name][i]) for name in alone if known[name][i]})
        if "both signs" in pairs.reason[i]:
            clash.append(pairs.reason[i])
        if not how[-1]:
            clash += [text for text in (wave.reason[i], pairs.reason[i]) if text] or ["nothing to go by"]
        reason.append("; ".join(clash))
    notes = []
    unknown = int(np.isnan(probability).sum())
    if unknown:
        notes.append(f"nothing known of {unknown} unit{'s' if unknown > 1 else ''}")
    clashes = [recording.labels[i] for i in range(n) if how[i] and reason[i]]
    if clashes:
        notes.append(f"conflicting evidence: {listed(clashes)} (see .reason)")
    if (known["waveform"] & known["correlogram"]).any():
        notes.append(INDEPENDENT)
    found = probability[np.isfinite(probability)]
    for kind, share in (("inhibitory", found), ("excitatory", 1 - found)):
        if share.sum() < 0.5:
            notes.append(f"no {kind} unit: fewer than .5 expected among {len(found)}")
            warn(f"No {kind} unit is to be expected among the {len(found)} known: a balance needs both classes.", 4)
    evidence = {**told.evidence, **wave.evidence, **pairs.evidence}
    return {
        "probability": probability,
        "how": tuple(how),
        "reason": tuple(reason),
        "evidence": evidence,
        "notes": tuple(notes),
    }


def _clash(alone: dict[str, float]) -> list[str]:
    """Return the sources that say "surely" the opposite of each other."""
    high = [name for name, p in alone.items() if p >= SURE]
    low = [name for name, p in alone.items() if p <= 1 - SURE]
    return [f"{' and '.join(high)} inhibitory, {' and '.join(low)} excitatory"] if high and low else []


def _refuse(recording: Recording, way: str, told: Source, wave: Source, pairs: Source) -> None:
    known = ", ".join(recording.properties) or "no properties"
    reasons = list(dict.fromkeys(text for source in (wave, pairs) for text in source.reason if text))
    why = f" ({'; '.join(reasons[:3])})" if reasons else ""
    looked = way in ("correlogram", "combined") or recording.spikes is None  # or there is nothing to look at
    pairs_too = "" if looked else ", or by='correlogram'"
    labels = "labels={unit: 'E' or 'I'}"
    remedy = {
        "labels": f"Give {labels}, or go by='waveform'{pairs_too}.",
        "waveform": f"Give other waveforms, or {labels}{pairs_too}.",
        "correlogram": f"Longer recordings show more pairs; else give {labels}, or go by='waveform'.",
        "combined": f"Longer recordings show more pairs; else give {labels}, or other waveforms.",
    }
    raise InputError(
        "recording",
        expected="something to tell excitatory from inhibitory units by: labels, waveforms, or connected pairs",
        got=f"none that can be used{why}; known of the units: {known}",
        remedy=remedy.get(way, f"Give {labels}, or the property 'waveform' with waveform_rate=...{pairs_too}."),
    )
