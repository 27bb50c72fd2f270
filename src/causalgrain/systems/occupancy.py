"""How often random sets of units visit their states: the numbers behind a check of a recording.

Conventions: epochs first, then bins, as in a scan; thresholds from all conditions together, one a bin. What is long is
looked at in part: at most 2**18 bins of one width, in stretches spread evenly over every segment, and at most 40 units.
Visits are then scaled up to all transitions that there are. A set of fewer units is the beginning of the larger one,
so that one count of states serves all sizes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from .._errors import InputError
from ..recordings.binary import thresholds_of
from ..recordings.binning import EDGE_TOLERANCE, bin_recordings, samples_per_bin
from ..recordings.recording import Recording
from .bias_law import expected_bias, transitions_needed
from .memory import memories

MOST_BINS = 1 << 18  # of one width that are looked at
MOST_UNITS = 40  # from which sets are drawn
PIECES = 16  # stretches in which a long recording is looked at
TOGETHER_BYTES = 1 << 27  # of the bins of several widths that are made in one pass


@dataclass(frozen=True, eq=False)
class Pieces:
    """The stretches of all conditions, one after the other in time.

    Attributes
    ----------
    recording : Recording
        Its segments are the stretches; without epochs.
    owner : array of int, shape (segment,)
        Which condition each belongs to.
    names : tuple of str
        The conditions; "all" where there are none.
    missing : dict of condition -> reason
        Conditions without a sample.
    """

    recording: Recording
    owner: np.ndarray
    names: tuple[str, ...]
    missing: dict[str, str] = field(default_factory=dict)

    def bins(self, width: float) -> np.ndarray:
        """Return how many bins each segment holds, shape (segment,)."""
        lengths = self.recording.segments[:, 1] - self.recording.segments[:, 0]
        if self.recording.rate is None:
            return np.floor(lengths / width + EDGE_TOLERANCE).astype(np.int64)
        return lengths // samples_per_bin(width, self.recording.rate)

    def seconds(self, condition: int) -> float:
        """Return the length of a condition in s."""
        spans = self.recording.spans[self.owner == condition]
        return float((spans[:, 1] - spans[:, 0]).sum())


@dataclass(frozen=True, eq=False)
class Occupancy:
    """What one condition holds at one bin.

    Attributes
    ----------
    condition : str
    width : float, s
    transitions : int
        From one bin to the next, within segments, over all of the condition.
    shares, memory, times : array, shape (unit,)
        Share of the bins in which each unit that varies is ON, correlation with its next bin, and correlation time (s).
    inflation : array, shape (unit, unit)
        How many transitions count as one, for each pair.
    constant : int
        Units that are never ON, or always.
    sets : list of int arrays
        Which of the units that vary are in each set, the largest size asked for.
    visits : list of arrays, shape (2**units of the set,)
        How often each set is in each of its states, before a transition; scaled up to all transitions.
    """

    condition: str
    width: float
    transitions: int
    shares: np.ndarray
    memory: np.ndarray
    times: np.ndarray
    inflation: np.ndarray
    constant: int
    sets: list[np.ndarray]
    visits: list[np.ndarray]

    def visits_of(self, size: int) -> list[np.ndarray]:
        """Return the visits of the first `size` units of each set, shape (2**size,); unit 0 varies fastest."""
        return [visits.reshape(-1, 1 << size).sum(axis=0) for visits in self.visits]

    def members(self, size: int) -> list[np.ndarray]:
        """Return the first `size` units of every set that has so many."""
        return [s[:size] for s in self.sets if len(s) >= size]

    def inflation_of(self, members: np.ndarray) -> float:
        """Return how many transitions count as one for a set: the mean over its pairs."""
        pairs = self.inflation[np.ix_(members, members)]
        return float((pairs.sum() - np.trace(pairs)) / (len(members) * (len(members) - 1)))

    def bias(self, members: np.ndarray) -> float:
        """Return the bias to expect of a set."""
        transitions = self.transitions / self.inflation_of(members)
        return expected_bias(transitions, self.shares[members], self.memory[members])

    def needed(self, members: np.ndarray, bias: float) -> float:
        """Return the transitions that bring a set down to a bias."""
        needed = transitions_needed(bias, self.shares[members], self.memory[members])
        return needed * self.inflation_of(members)


def cut_conditions(recording: Recording) -> Pieces:
    """Return the stretches of all conditions; without epochs the recording is one condition, "all"."""
    names = recording.conditions or ("all",)
    rows, missing = [], {}
    for number, name in enumerate(names):
        try:
            part = recording.in_condition(name) if recording.conditions else recording
        except InputError as error:
            missing[name] = error.remedy
            continue
        rows += [(tuple(s), t, number) for s, t in zip(part.segments.tolist(), part.onsets.tolist(), strict=True)]
    rows.sort()
    onsets = None if recording.rate is None else np.array([row[1] for row in rows])
    kept = recording.with_epochs(None).with_segments(np.array([row[0] for row in rows]), onsets)
    return Pieces(kept, np.array([row[2] for row in rows]), names, missing)


def spread(pieces: Pieces, seconds: float) -> Pieces:
    """Return about `seconds` of a recording in stretches spread evenly over it, the same share of every segment.

    >>> from causalgrain.recordings.recording import Recording
    >>> looked = spread(cut_conditions(Recording([[0.0]] * 320, 10.0)), 16.0).recording
    >>> len(looked.segments), looked.segments[1].tolist(), looked.duration
    (16, [20, 30], 16.0)
    """
    recording = pieces.recording
    share = seconds / recording.duration
    if share >= 1.0:
        return pieces
    rate = recording.rate or 1.0
    step = recording.duration * rate / PIECES
    segments, onsets, owner = [], [], []
    for number, (begin, stop) in enumerate(recording.segments.tolist()):
        marks = np.linspace(begin, stop, max(int((stop - begin) / step), 1) + 1)
        first, last = marks[:-1], marks[:-1] + share * np.diff(marks)
        if recording.rate is not None:
            first = np.floor(first).astype(np.int64)
            last = np.minimum(np.maximum(np.floor(last).astype(np.int64), first + 1), stop)
        segments.append(np.column_stack([first, last]))
        onsets.append(recording.onsets[number] + (first - begin) / rate)
        owner.append(np.full(len(first), pieces.owner[number]))
    table = np.concatenate(segments)
    times = None if recording.rate is None else np.concatenate(onsets)
    return Pieces(recording.with_segments(table, times), np.concatenate(owner), pieces.names, pieces.missing)


def look(
    pieces: Pieces, widths: Sequence[float], *, method: str, most: int, sets: int, rng: np.random.Generator
) -> Iterator[Occupancy]:
    """Yield what every condition holds at every bin, widths one after the other.

    Parameters
    ----------
    pieces : Pieces
    widths : sequence of float, s
    method : str
        As in :func:`~causalgrain.recordings.binary.binarise`.
    most : int
        Units a set.
    sets : int
        How many are drawn.
    rng : numpy Generator
    """
    n = pieces.recording.n_units
    pool = np.sort(rng.permutation(n)[:MOST_UNITS])
    orders = [rng.permutation(len(pool)) for _ in range(sets)]
    few = Pieces(pieces.recording.select(pool.tolist()), pieces.owner, pieces.names, pieces.missing)
    for group, part in _groups(few, widths):
        for width, states, segments, owner in _binary(part, group, method):
            lengths = few.bins(width)
            for number, name in enumerate(few.names):
                if name in few.missing:
                    continue
                total = int(np.maximum(lengths[few.owner == number] - 1, 0).sum())
                yield _occupancy(name, width, total, states, segments[owner == number], orders, most)


def _groups(pieces: Pieces, widths: Sequence[float]) -> Iterator[tuple[list[float], Pieces]]:
    """Yield widths that are binned in one pass, and what is looked at for them."""
    group: list[float] = []
    size = 0.0
    for width in widths:
        if pieces.recording.duration > MOST_BINS * width:
            yield [width], spread(pieces, MOST_BINS * width)
            continue
        bytes_more = 4.0 * pieces.recording.duration / width * pieces.recording.n_units
        if group and size + bytes_more > TOGETHER_BYTES:
            yield group, pieces
            group, size = [], 0.0
        group.append(width)
        size += bytes_more
    if group:
        yield group, pieces


def _binary(
    pieces: Pieces, widths: Sequence[float], method: str
) -> Iterator[tuple[float, np.ndarray, np.ndarray, np.ndarray]]:
    """Yield (width, states (time, unit), segments, their conditions) of every width."""
    nothing = np.empty((0, pieces.recording.n_units), np.int8), np.empty((0, 2), np.int64), np.empty(0, np.int64)
    fitting = [width for width in widths if pieces.bins(width).any()]
    binned = iter(bin_recordings(pieces.recording, fitting, precision="single") if fitting else ())
    for width in widths:
        if width not in fitting:
            yield width, *nothing
            continue
        made = next(binned)
        table, _ = made.sampled()
        states = np.empty(table.shape, np.int8)
        np.greater(table, thresholds_of(made, method), out=states, casting="unsafe")
        yield width, states, made.segments, pieces.owner[pieces.bins(width) > 0]


def _occupancy(
    name: str,
    width: float,
    transitions: int,
    states: np.ndarray,
    segments: np.ndarray,
    orders: Sequence[np.ndarray],
    most: int,
) -> Occupancy:
    steps = [np.arange(begin, stop - 1) for begin, stop in segments.tolist() if stop - begin > 1]
    at = np.concatenate(steps) if steps else np.empty(0, np.int64)
    if not len(at):
        none = np.empty(0)
        return Occupancy(name, width, 0, none, none, none, none, 0, [], [])
    now, after = states[at], states[at + 1]
    share, later = now.mean(axis=0), after.mean(axis=0)
    varies = (share > 0) & (share < 1) & (later > 0) & (later < 1)
    units = np.flatnonzero(varies)
    place = np.cumsum(varies) - 1
    share, later = share[units], later[units]
    both = (now & after).mean(axis=0)[units]
    memory = (both - share * later) / np.sqrt(share * (1 - share) * later * (1 - later))
    times, pairs = memories(states[:, units], segments) if len(units) else (np.empty(0), np.empty((0, 0)))
    sets, visits = [], []
    for order in orders:
        members = order[varies[order]][:most]
        if not len(members):
            continue
        index = np.zeros(len(at), np.int32)
        for bit, unit in enumerate(members.tolist()):
            index += now[:, unit].astype(np.int32) << bit
        counted = np.bincount(index, minlength=1 << len(members))
        sets.append(place[members])
        visits.append(counted * (transitions / len(at)))
    return Occupancy(name, width, transitions, share, memory, times * width, pairs, int((~varies).sum()), sets, visits)
