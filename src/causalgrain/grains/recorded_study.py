"""What a scan of a recording is made of: conditions, bins and lags, and the transitions behind every number.

Conventions: a unit's threshold is taken from all conditions together, one at every bin, so that ON means the same in
each condition; epochs, then bins: no bin reaches across an edge of an epoch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .._errors import CausalGrainError, InputError
from ..recordings.preprocessing import BinaryRecording, bin_recording, binarise, thresholds_of
from ..recordings.recording import Recording
from ..systems.resample import (
    FEWEST_BLOCKS,
    Blocks,
    Transitions,
    correlation_time,
    cut_blocks,
    list_transitions,
)
from .lattice import GrainTable, grains_of
from .measured import Measured, measure_counts
from .run import Settings

BLOCK_TIMES = 5.0  # correlation times a block, so that blocks are nearly independent
BLOCK_BINS = 10.0  # of the widest bin and lag


@dataclass(frozen=True, eq=False)
class Study:
    """A recording of a few units, ready to be scanned again and again.

    Attributes
    ----------
    recording : Recording
        The units over all of recorded time.
    parts : dict of condition -> Recording
        Each at its own sampling; "all" where there are no conditions.
    widths : tuple of float or None, s
        Bins; None: the recording's own samples.
    lags : tuple of int, bins
    method : str
        How units become binary.
    thresholds : tuple of array (unit,)
        One array a bin.
    blocks : dict of condition -> Blocks
    grains : GrainTable
        Groupings of all units; row 0 is the single units.
    prior : float
    settings : Settings
    memory : float, s
        Correlation time of the slowest unit in all conditions, as far as epochs reach; the largest over bins.
    """

    recording: Recording
    parts: Mapping[str, Recording]
    widths: tuple[float | None, ...]
    lags: tuple[int, ...]
    method: str
    thresholds: tuple[np.ndarray, ...]
    blocks: Mapping[str, Blocks]
    grains: GrainTable
    prior: float
    settings: Settings
    memory: float

    @property
    def conditions(self) -> tuple[str, ...]:
        """Names of the conditions."""
        return tuple(self.parts)

    @property
    def cells(self) -> tuple[tuple[int, int], ...]:
        """(which bin, which lag), in the order of the table."""
        return tuple((b, k) for b in range(len(self.widths)) for k in range(len(self.lags)))

    @property
    def bins(self) -> np.ndarray:
        """Width of every bin in s, shape (bins,)."""
        first = next(iter(self.parts.values()))
        return np.array([1.0 / first.sampling if width is None else width for width in self.widths])

    def transitions(self, condition: str, part: Recording | None = None) -> tuple[Transitions, ...]:
        """Return the transitions of every cell; of `part`, a surrogate of the condition, where it is given."""
        found = []
        recording = self.parts[condition] if part is None else part
        for width, thresholds in zip(self.widths, self.thresholds, strict=True):
            binned = recording if width is None else bin_recording(recording, width)
            if part is None:
                binary = _binary(binned, self.method, thresholds, condition if self.conditions != ("all",) else "")
            else:  # a surrogate may leave a unit silent in a short condition
                binary = binarise(binned, thresholds=thresholds, allow_constant=True)
            found += [list_transitions(binary, lag, binned.onsets, self.blocks[condition]) for lag in self.lags]
        states = 1 << self.grains.group.shape[1]
        for (b, k), cell in zip(self.cells, found, strict=True):
            if len(cell.pairs) < states:
                where = "" if self.conditions == ("all",) else f" in {condition!r}"
                raise InputError(
                    "lag" if self.lags[k] > 1 else "bin",
                    expected=f"at least as many transitions as states, {states}{where}",
                    got=f"{len(cell.pairs)} at bins of {self.bins[b]:g} s and lag {self.lags[k]}",
                    remedy="Take narrower bins, a smaller lag, fewer units or more of the recording "
                    "(`causalgrain check` says how much).",
                )
        return tuple(found)

    def measure_cell(self, counts: np.ndarray, rows: np.ndarray | None = None) -> Measured:
        """Measure the counts of one cell: at all groupings, or at these rows however dependent they are."""
        if rows is None:
            return measure_counts(counts, self.grains, prior=self.prior, settings=self.settings)
        free = Settings(np.inf, self.settings.one_element_phi)
        return measure_counts(counts, self.grains[rows], prior=self.prior, settings=free)


def make_study(
    recording: Recording,
    conditions: Mapping[str, Recording],
    *,
    widths: Sequence[float | None],
    lags: Sequence[int],
    method: str,
    prior: float,
    settings: Settings,
    block: float | None = None,
) -> Study:
    """Return the study of a recording of a few units; `block` in s, default from the units' memory."""
    thresholds, memory = [], 0.0
    kept = _only(recording, conditions)
    for width in widths:
        binned = kept if width is None else bin_recording(kept, width)
        thresholds.append(thresholds_of(binned, method))
        memory = max(memory, correlation_time(_binary(binned, method, thresholds[-1], "")))
    widest = max(1.0 / recording.sampling if w is None else w for w in widths) * max(lags)
    seconds = max(BLOCK_TIMES * memory, BLOCK_BINS * widest) if block is None else block
    blocks = {name: cut_blocks(part.spans, seconds) for name, part in conditions.items()}
    for name, found in blocks.items():
        total = float((found.edges[:, 1] - found.edges[:, 0]).sum())
        if len(found) < FEWEST_BLOCKS:
            if block is not None:
                raise InputError(
                    "block",
                    expected=f"at least {FEWEST_BLOCKS} blocks in every condition",
                    got=f"{len(found)} of {seconds:.3g} s in {name!r} ({total:.4g} s)",
                    remedy=f"Take at most block={total / FEWEST_BLOCKS:.3g} (s).",
                )
            blocks[name] = cut_blocks(conditions[name].spans, total / (FEWEST_BLOCKS + 1))
    grains = grains_of(tuple(range(recording.n_units)), recording.labels)
    return Study(
        recording,
        dict(conditions),
        tuple(widths),
        tuple(lags),
        method,
        tuple(thresholds),
        blocks,
        grains,
        prior,
        settings,
        memory,
    )


def varying_units(
    recording: Recording, names: Sequence[str], widths: Sequence[float | None], method: str
) -> tuple[int, ...]:
    """Return the units that are ON in some bins and OFF in others, in every condition and at every bin."""
    conditions = {name: recording.in_condition(name) for name in names} if names else {"all": recording}
    kept = _only(recording, conditions)
    fit = np.ones(recording.n_units, dtype=bool)
    for width in widths:
        thresholds = thresholds_of(kept if width is None else bin_recording(kept, width), method)
        for part in conditions.values():
            binned = part if width is None else bin_recording(part, width)
            share = binarise(binned, thresholds=thresholds, allow_constant=True).on_share
            fit &= (share > 0.0) & (share < 1.0)
    if not fit.any():
        raise InputError(
            "units",
            expected="units that are ON in some bins and OFF in others, in every condition",
            got="none",
            remedy="Take other bins (--bin) or another rule for ON (--binarise).",
        )
    return tuple(np.flatnonzero(fit).tolist())


def _only(recording: Recording, conditions: Mapping[str, Recording]) -> Recording:
    """Return the recording with the conditions' stretches as its segments."""
    pieces = [(tuple(s), t) for part in conditions.values() for s, t in zip(part.segments, part.onsets, strict=True)]
    pieces.sort(key=lambda piece: piece[0])
    onsets = None if recording.rate is None else np.array([t for _, t in pieces])
    return recording.with_segments(np.array([s for s, _ in pieces]), onsets)


def _binary(binned: Recording, method: str, thresholds: np.ndarray, where: str) -> BinaryRecording:
    try:
        return binarise(binned, thresholds=thresholds)
    except CausalGrainError as error:
        if isinstance(error, InputError):
            place = f"binarise {method!r}" + (f" in {where!r}" if where else "")
            raise InputError(place, expected=error.expected, got=error.got, remedy=error.remedy) from error
        raise
