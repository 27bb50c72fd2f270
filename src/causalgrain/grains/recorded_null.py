"""When surrogates of a recording differ from its units by themselves, not only in what units do to each other.

Two things can go wrong, and no choice of time rules out both; docs/recordings.md has what they do to p.

* Seams. A shift joins epochs end to end, and edges come to lie inside epochs: there every unit forgets. Said where
  epochs are shorter than EPOCHS_SHORT correlation times.
* Foreign activity. Surrogates of the whole recording hold what units do in other conditions. Said where the odds of
  being ON are ODDS_APART times apart between a condition and the recording; memory that differs is not looked for.
"""

from __future__ import annotations

import numpy as np

from ..recordings.preprocessing import bin_recording, binarise
from ..recordings.recording import Recording
from .recorded_draws import Draws
from .recorded_study import Study

EPOCHS_SHORT = 2.0
ODDS_APART = 1.5


def null_doubts(study: Study, draws: Draws) -> tuple[str, ...]:
    """Return notes on the null of every condition; none where none was drawn."""
    if not draws.nulls:
        return ()
    over = draws.null_over == "recording"
    found = []
    for name, part in study.parts.items():
        spans = (study.recording if over else part).spans
        epoch = float((spans[:, 1] - spans[:, 0]).mean())
        if draws.null == "circular_shift" and len(spans) > 1 and epoch < EPOCHS_SHORT * study.memory:
            found.append(
                f"null of {name}: {'stretches' if over else 'epochs'} last {epoch:.3g} s and units remember "
                f"{study.memory:.3g} s, so surrogates forget at edges that moved, and p can be off"
                + (_way_out(study, epoch) if not over else "")
            )
        if over and study.conditions != ("all",):
            found += _foreign(study, name)
    return tuple(found)


def _way_out(study: Study, epoch: float) -> str:
    spans = study.recording.spans
    if float((spans[:, 1] - spans[:, 0]).mean()) < EPOCHS_SHORT * max(study.memory, epoch):
        return ""  # trials: the recording has the same edges
    return "; null_over='recording' has no such edges, for units that behave alike in all conditions"


def _foreign(study: Study, name: str) -> list[str]:
    """Say which unit's odds of being ON differ most between a condition and the recording, where they do."""
    worst, words = np.log(ODDS_APART), []
    for width, thresholds in zip(study.widths, study.thresholds, strict=True):
        here, all_time = (_shares(recording, width, thresholds) for recording in (study.parts[name], study.recording))
        apart = np.abs(np.log(here / (1.0 - here)) - np.log(all_time / (1.0 - all_time)))
        unit = int(np.argmax(apart))
        if apart[unit] > worst:
            worst = apart[unit]
            words = [
                f"null of {name}: {study.grains.labels[unit]} is ON in {here[unit]:.2g} of its bins and in "
                f"{all_time[unit]:.2g} of the recording's, of which surrogates are made: p can be far off; take "
                "null_over='condition'"
            ]
    return words


def _shares(recording: Recording, width: float | None, thresholds: np.ndarray) -> np.ndarray:
    """Return the share of ON of every unit, a little off 0 and 1; shape (unit,)."""
    binned = recording if width is None else bin_recording(recording, width)
    states = binarise(binned, thresholds=thresholds, allow_constant=True).states[binned.inside()]
    return (states.sum(axis=0) + 0.5) / (len(states) + 1.0)
