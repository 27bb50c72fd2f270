"""Over what time surrogates of a condition are made, and when to doubt them.

Surrogates by rotation keep what each unit says about itself only as far as the time that they are made of does.

* Over the *condition* seams move. Its epochs stand end to end; each unit is rotated by an amount of its own, and the
  pauses of the units no longer fall together. Of slow units in short epochs surrogates then have weaker chance
  relations than the data, and p is too small. Said where epochs are shorter than EPOCHS_SHORT memories of the slowest
  unit and there are several.
* Over the *recording* foreign activity comes in: what units do in other conditions. Where they remember longer here
  than elsewhere their own memory counts as causal power beyond the null: three independent units of memory .95 here and
  .2 elsewhere had p <= .05 in all of 40 runs. Said where the autocorrelation of a unit at the lag differs by more than
  MEMORY_APART standard errors and MEMORY_NATS, or its variance VARIANCE_APART-fold (variances nine-fold apart, memory
  equal, did no harm in simulations).

"auto" takes the recording where the first fear holds and the second doesn't and the recording's own stretches are long
enough, else the condition. The choice rests on what units do by themselves, never on relations between them.
docs/emergence.md has what was measured. Standard errors are Bartlett's for an AR(1), sqrt((1 - r^2) / pairs).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..systems.resample import memory_samples

NULL_OVER = ("auto", "condition", "recording")
EPOCHS_SHORT = 2.0
MEMORY_APART, MEMORY_NATS = 3.0, 0.02
VARIANCE_APART = 4.0


@dataclass(frozen=True, eq=False)
class Stretches:
    """Values and the stretches of time that count.

    Attributes
    ----------
    values : ndarray, shape (time, unit)
    segments : ndarray of int, shape (segment, 2)
    """

    values: np.ndarray
    segments: np.ndarray

    @property
    def mean_length(self) -> float:
        """Mean length of a segment, samples."""
        return float((self.segments[:, 1] - self.segments[:, 0]).mean())

    def alone(self, lag: int) -> tuple[np.ndarray, np.ndarray, int]:
        """Return autocorrelation at the lag and variance of every unit, and the number of pairs."""
        first = np.concatenate([np.arange(a, max(b - lag, a)) for a, b in self.segments.tolist()])
        now, then = (np.asarray(self.values[first + shift], dtype=np.float64) for shift in (0, lag))
        now, then = now - now.mean(axis=0), then - then.mean(axis=0)
        power = now.std(axis=0) * then.std(axis=0)
        r = (now * then).mean(axis=0) / np.where(power > 0, power, 1.0)
        return np.clip(r, -0.9999, 0.9999), now.var(axis=0), len(first)


def choose_time(
    null_over: str,
    name: str,
    here: Stretches,
    whole: Stretches,
    *,
    lag: int,
    rate: float,
    labels: Sequence[str],
) -> tuple[str, tuple[str, ...]]:
    """Return over what time to make surrogates of a condition, and what there is to say about it.

    Parameters
    ----------
    null_over : {"auto", "condition", "recording"}
    name : str
        Of the condition.
    here, whole : Stretches
        The condition, and the recording that it is a part of.
    lag : int, samples
    rate : float, Hz
    labels : sequence of str
        Names of the units.

    Examples
    --------
    >>> values = np.random.default_rng(0).standard_normal((400, 2))
    >>> whole = Stretches(values, np.array([[0, 400]]))
    >>> here = Stretches(values, np.array([[0, 100], [200, 300]]))
    >>> choose_time("auto", "rest", here, whole, lag=1, rate=10.0, labels=("a", "b"))
    ('condition', ())
    """
    memory = memory_samples(np.asarray(here.values, dtype=np.float64), here.segments)
    epoch, stretch = here.mean_length, whole.mean_length
    moving = epoch < EPOCHS_SHORT * memory
    same_edges = stretch < EPOCHS_SHORT * memory
    part = here.segments.shape != whole.segments.shape or bool((here.segments != whole.segments).any())
    memories, variances = _foreign(name, here, whole, lag, labels) if part else ("", "")
    lasts = f"last {epoch / rate:.3g} s and units remember {memory / rate:.3g} s"
    over = null_over
    if over == "auto":
        over = "recording" if moving and not same_edges and not memories else "condition"
    notes = []
    if over == "condition" and moving:
        way = ""
        if part and not same_edges:
            way = "; null_over='recording' has no such edges, for units that behave alike in all conditions"
        if part and memories:
            way = "; null_over='recording' would be worse, for units remember more or less in other conditions"
        notes.append(
            f"null of {name}: epochs {lasts}: rotated units lose pauses that they share, and p can be off{way}"
        )
    if over == "recording":
        if same_edges:
            notes.append(f"null of {name}: stretches of the recording are as short as memories, and p can be off")
        if null_over == "auto":
            notes.append(f"null of {name}: over the recording, since epochs {lasts}, in the rest of it as well")
        notes += [note for note in (memories, variances) if note]
    return over, tuple(notes)


def said_of_times(chosen: Mapping[str, str]) -> str:
    """Return the choices in words.

    >>> said_of_times({"rest": "condition", "run": "recording"})
    'the condition (rest), the recording (run)'
    """
    if len(set(chosen.values())) < 2:
        return f"the {next(iter(chosen.values()), NULL_OVER[1])}"
    places = [(over, [name for name, one in chosen.items() if one == over]) for over in NULL_OVER[1:]]
    return ", ".join(f"the {over} ({', '.join(names)})" for over, names in places)


def memory_apart(r: np.ndarray, r_all: np.ndarray, pairs: int) -> np.ndarray:
    """Return by how many standard errors autocorrelations differ, 0 where by less than MEMORY_NATS of channel EI.

    >>> memory_apart(np.array([0.7, 0.61]), np.array([0.6, 0.6]), 1600).round(9).tolist()  # standard error .02
    [5.0, 0.0]
    """
    nats = 0.5 * np.abs(np.log((1.0 - r**2) / (1.0 - r_all**2)))
    return np.where(nats > MEMORY_NATS, np.abs(r - r_all) / np.sqrt((1.0 - r_all**2) / pairs), 0.0)


def _foreign(name: str, here: Stretches, whole: Stretches, lag: int, labels: Sequence[str]) -> tuple[str, str]:
    """Say of which unit memory, and of which variance, differs most between a condition and the recording."""
    (r, variance, pairs), (r_all, variance_all, _) = here.alone(lag), whole.alone(lag)
    if not pairs:
        return "", ""
    apart = memory_apart(r, r_all, pairs)
    unit, memories, variances = int(np.argmax(apart)), "", ""
    made = "of which surrogates are made"
    if apart[unit] > MEMORY_APART:
        memories = (
            f"null of {name}: {labels[unit]} has autocorrelation {r[unit]:.2f} here and {r_all[unit]:.2f} in the "
            f"recording, {made}: p can be far off; take null_over='condition'"
        )
    known = (variance > 0) & (variance_all > 0)
    fold = np.abs(np.log(np.where(known, variance, 1.0) / np.where(known, variance_all, 1.0)))
    unit = int(np.argmax(fold))
    if fold[unit] > np.log(VARIANCE_APART):
        variances = (
            f"null of {name}: the variance of {labels[unit]} is {variance[unit] / variance_all[unit]:.2g} times that "
            f"of the recording, {made}: p can be off; compare null_over='condition'"
        )
    return memories, variances
