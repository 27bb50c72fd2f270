"""What is in a recording, and what can be asked of it: samples a state, the bias to expect, what is missing.

Conventions. A row of the table is a condition, a bin and a number of units; medians are over random sets of units that
vary there, from up to 40 units. *Enough* means both, for half of the sets:

* expected bias <= 0.02: what raw Phi would be if units with the same shares ON and the same memory had nothing to do
  with each other (:mod:`.bias_law`). The systems of Hoel et al. (2016) have Phi from 0.07 to 0.83, so 0.02 can't be
  taken for an effect of that size;
* at least 10 transitions for each of the 2**n possible states, so that the prior of half a count ON and half a count
  OFF weighs less than a tenth in the mean state.

Less data don't forbid a scan. They mean that raw Phi can't be read as it stands, only beside its null. Nothing is said
of how strong an effect must be to be found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from .._errors import InputError
from .._provenance import FrozenDict, Provenance
from ..recordings.binary import parse_binarise
from ..recordings.recording import Recording
from ..recordings.steps import as_recording
from ..recordings.validation import positive
from .answers import LARGEST_BIAS, PER_STATE, Answer, Row, answers_of, bin_doubts, sentence_of
from .bias_law import FEWEST_UNITS, MOST_UNITS
from .check_text import as_text
from .occupancy import MOST_BINS, Occupancy, Pieces, cut_conditions, look
from .occupancy import MOST_UNITS as MOST_LOOKED
from .plausible import doubts_of
from .resample import cut_blocks

if TYPE_CHECKING:
    import pandas as pd

BLOCK_TIMES, BLOCK_BINS = 5.0, 10.0  # correlation times, and bins, a block, as in a scan
SPIKE_BINS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)  # s
SAMPLE_BINS = (1, 2, 4, 8, 16)  # samples
FEWEST_BINS = 50  # in the longest condition, for a bin to be looked at unasked


@dataclass(frozen=True, repr=False)
class RecordingCheck:
    """What is in a recording and what can be asked of it; made by :func:`check_recording`.

    Attributes
    ----------
    summary : mapping
        "source", "kind", "units", "duration" (s), "rate" (Hz or None), "samples" or "spikes", "segments",
        "conditions" (name -> s), "known" (names of the units' properties).
    rows : tuple of Row
        What `table` shows.
    answers : tuple of Answer
        What `analyses` shows.
    doubts : tuple of str
        What looks wrong, and what to do about it.
    sentence : str
    provenance : Provenance
    """

    summary: Mapping[str, Any]
    rows: tuple[Row, ...]
    answers: tuple[Answer, ...]
    doubts: tuple[str, ...]
    sentence: str
    provenance: Provenance

    def __post_init__(self) -> None:
        object.__setattr__(self, "summary", FrozenDict(self.summary))

    @property
    def table(self) -> pd.DataFrame:
        """One row a condition, bin and number of units; columns as in :class:`.answers.Row`."""
        import pandas as pd

        return pd.DataFrame([asdict(row) for row in self.rows], columns=[f.name for f in fields(Row)])

    @property
    def analyses(self) -> pd.DataFrame:
        """One row an analysis: its name, whether there is enough for it, and why or what is missing."""
        import pandas as pd

        return pd.DataFrame([asdict(answer) for answer in self.answers], columns=[f.name for f in fields(Answer)])

    @property
    def conventions(self) -> Mapping[str, str]:
        """What the words mean."""
        return self.provenance.conventions

    def __repr__(self) -> str:
        return as_text(self.summary, self.rows, self.answers, self.doubts, self.sentence)


def check_recording(
    recording: Recording,
    *,
    bins: float | Sequence[float] | None = None,
    sizes: Sequence[int] = (3, 4, 5, 6),
    binarise: Any = None,
    sets: int = 20,
    seed: int = 0,
) -> RecordingCheck:
    """Return what is in a recording, which analyses have enough data, and what the others lack.

    It takes seconds: nothing is searched, and of long recordings only a part is looked at.

    Parameters
    ----------
    recording : Recording
        With epochs, each condition is looked at; without, the whole.
    bins : float or sequence of float, s, optional
        Default: for spikes 5 ms to 5 s, for samples 1 to 16 of them, as far as the recording is long enough.
    sizes : sequence of int
        Numbers of units, from 2 to 6.
    binarise : str, optional
        As in :func:`~causalgrain.recordings.binary.binarise`. Default: "spike" for spikes and counts, "median" for
        traces.
    sets : int
        Random sets of units for each number.
    seed : int
        Of the sets.

    Returns
    -------
    RecordingCheck
        ``check.table``, ``check.analyses``, ``check.doubts``, ``check.sentence``; printed, all of them.

    Raises
    ------
    InputError
        Bins that are no whole number of samples, sizes that can't be, an unknown way to binarise, missing values.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> spikes = [np.sort(rng.uniform(0, 1000, 8000)) for _ in range(4)]
    >>> check = check_recording(Recording.from_spikes(spikes, duration=1000.0), bins=[0.05, 0.1], sizes=[3, 4])
    >>> print(check.sentence)
    Enough for Phi of 3 and 4 units at bins of 50 ms and 100 ms.
    >>> check.table[["bin", "units", "transitions", "per_state", "enough"]].values.tolist()[0]
    [0.05, 3, 19999, 2499.875, True]
    """
    recording = as_recording(recording)
    numbers = _sizes(sizes)
    for name, value, least in (("sets", sets, 1), ("seed", seed, 0)):
        _check_whole(name, value, least)
    method = binarise if binarise is not None else "median" if recording.kind == "traces" else "spike"
    parse_binarise(method)
    pieces = cut_conditions(recording)
    widths = _widths(pieces, bins)
    rows: list[Row] = []
    rng = np.random.default_rng(seed)
    for found in look(pieces, widths, method=method, most=max(numbers), sets=sets, rng=rng):
        spans = pieces.recording.spans[pieces.owner == pieces.names.index(found.condition)]
        rows += [_row(found, size, spans) for size in numbers]
    rows.sort(key=lambda row: (pieces.names.index(row.condition), row.bin, row.units))
    settings = {"bins": widths, "sizes": numbers, "binarise": method, "sets": sets, "seed": seed}
    return RecordingCheck(
        summary=_summary(recording, pieces),
        rows=tuple(rows),
        answers=answers_of(rows, recording),
        doubts=(*doubts_of(pieces), *bin_doubts(rows)),
        sentence=sentence_of(rows, recording.n_units),
        provenance=Provenance("check_recording", settings, recording.hash, _conventions(method, sets)),
    )


def _row(found: Occupancy, size: int, spans: np.ndarray) -> Row:
    """Return what one condition (its segments, in s) holds at one bin for sets of `size` units."""
    several = found.members(size)
    known: dict[str, float] = dict.fromkeys(
        (
            "visited",
            "rare_visits",
            "inflation",
            "expected_bias",
            "missing_transitions",
            "missing_seconds",
            "correlation_time",
        ),
        np.nan,
    )
    share, blocks = 0.0, 0
    if several:
        visits = found.visits_of(size)
        needed = np.maximum([found.needed(m, LARGEST_BIAS) for m in several], PER_STATE << size)
        slowest = float(np.median([found.times[m].max() for m in several]))
        blocks = len(cut_blocks(spans, max(BLOCK_TIMES * slowest, BLOCK_BINS * found.width)))
        missing = max(float(np.ceil(np.median(needed))) - found.transitions, 0.0)
        share = float(np.mean(needed <= found.transitions))
        known = {
            "visited": float(np.median([np.count_nonzero(v) for v in visits])),
            "rare_visits": float(np.median([np.quantile(v, 0.25, method="lower") for v in visits])),
            "inflation": float(np.median([found.inflation_of(m) for m in several])),
            "expected_bias": float(np.median([found.bias(m) for m in several])),
            "missing_transitions": missing,
            "missing_seconds": missing * found.width,
            "correlation_time": slowest,
        }
    return Row(
        condition=found.condition,
        bin=found.width,
        units=size,
        transitions=found.transitions,
        per_state=found.transitions / (1 << size),
        on_share=float(np.median(found.shares)) if len(found.shares) else np.nan,
        memory=float(np.median(found.memory)) if len(found.memory) else np.nan,
        enough=known["missing_transitions"] == 0.0,
        sets_enough=share,
        blocks=blocks,
        varying=len(found.shares),
        constant=found.constant,
        **known,
    )


def _summary(recording: Recording, pieces: Pieces) -> dict[str, Any]:
    many = {"spikes": sum(map(len, recording.spikes))} if recording.spikes else {"samples": recording.n_samples}
    return {
        "source": recording.source,
        "kind": recording.kind,
        "units": recording.n_units,
        "duration": recording.duration,
        "rate": recording.rate,
        **many,
        "segments": len(recording.segments),
        "conditions": {name: pieces.seconds(i) for i, name in enumerate(pieces.names)} if recording.conditions else {},
        "known": tuple(recording.properties),
        "on_disk": recording.on_disk is not None,
    }


def _conventions(method: Any, sets: int) -> dict[str, str]:
    return {
        "enough": f"expected bias <= {LARGEST_BIAS:g} and >= {PER_STATE} transitions for each possible state, for half "
        "of the sets; with less, raw Phi can be read beside its null only",
        "expected bias": "raw Phi of independent units with the same shares ON and memory, from a law measured on "
        "simulated units (benchmarks/bias_law.py)",
        "thresholds of ON": f"{method}, from all conditions together, one at every bin",
        "sets": f"medians over {sets} random sets of units that vary, out of at most {MOST_LOOKED} units",
        "looked at": f"at most {MOST_BINS} bins of one width, in stretches spread over the recording; visits scaled up",
        "inflation": "transitions count as so many less where units remember further back than the last bin",
        "rare visits": "of the state at the lower quartile of all possible states",
        "block": "five correlation times of the slowest unit of a set, at least ten bins",
    }


# -- what was asked for ------------------------------------------------------------------------------------------


def _widths(pieces: Pieces, bins: Any) -> tuple[float, ...]:
    """Return the widths asked for, or the default ones that give enough bins; ascending."""
    if bins is not None:
        asked = [bins] if isinstance(bins, int | float | np.number) else list(bins)
        made = sorted({positive(width, "bins", "s", "For bins of 100 ms give 0.1.") for width in asked})
        if not made:
            raise InputError("bins", expected="at least one width in s", got="none", remedy="For example [0.1, 0.2].")
        for width in made:
            pieces.bins(width)  # says which widths there are, where samples don't fit
        return tuple(made)
    rate = pieces.recording.rate
    known = SPIKE_BINS if rate is None else [k / rate for k in SAMPLE_BINS]
    longest = max(pieces.seconds(i) for i in range(len(pieces.names)))
    fitting = [w for w in known if longest >= FEWEST_BINS * w and (pieces.bins(w) > 1).any()]
    return tuple(fitting) or (known[0],)


def _sizes(sizes: Any) -> tuple[int, ...]:
    asked = [sizes] if isinstance(sizes, int | np.integer) else list(sizes)
    whole = [n for n in asked if isinstance(n, int | np.integer) and not isinstance(n, bool)]
    if not asked or len(whole) < len(asked) or not all(FEWEST_UNITS <= n <= MOST_UNITS for n in whole):
        raise InputError(
            "sizes",
            expected=f"numbers of units from {FEWEST_UNITS} to {MOST_UNITS}",
            got=repr(sizes),
            remedy="For example sizes=(3, 4, 5).",
        )
    return tuple(sorted({int(n) for n in whole}))


def _check_whole(name: str, value: Any, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise InputError(
            name, expected=f"a whole number >= {least}", got=repr(value), remedy=f"Try {name}={max(least, 1)}."
        )
