"""The draws behind a scan of a recording: halves, nulls, bootstrap, permutations of conditions.

Conventions: rows are grains in the order of the profile (bin, lag, grouping). Every draw has a stream of random numbers
of its own, by the seed and what it is, so the numbers don't depend on the workers. Bootstrap and permutation draw
blocks of time, the same at every bin, lag and grouping. Surrogates are made of a condition (its epochs end to end), or
of the recording, and the condition is cut out of them; bins come after the cut, so none reaches across an edge.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import combinations
from typing import Any, cast

import numpy as np

from ..recordings.nulls import null_recording
from ..recordings.recording import Recording
from ..surrogates import draw_rng
from ..systems.resample import draw_blocks
from .measured import Measured
from .recorded_study import Study

# What a stream of random numbers is for: its first key.
HALVES, NULL, BOOTSTRAP, PERMUTATION = range(4)
NULL_OVER = ("condition", "recording")


@dataclass(frozen=True)
class Draws:
    """How many of each.

    Attributes
    ----------
    halves : int
        Random divisions into two halves, for the bias.
    nulls : int
        Surrogates by `null`, each scanned at every grain.
    null : str
    null_over : {"condition", "recording"}
        Over what time surrogates are made.
    bootstrap, permutations : int
        On chosen grains only.
    best : int
        Chosen are the single units of every bin and lag, and as many of the best grains.
    """

    halves: int = 2
    nulls: int = 100
    null: str = "circular_shift"
    null_over: str = NULL_OVER[0]
    bootstrap: int = 100
    permutations: int = 100
    best: int = 10


@dataclass(eq=False)
class Scan:
    """What was found in one condition.

    Attributes
    ----------
    phi, ei, dependence : ndarray, shape (rows,)
    half_phi, half_ei : ndarray, shape (rows,)
        Mean over the halves.
    by_state : ndarray, shape (rows, 2**n)
    visits : ndarray, shape (cells, 2**n)
    chosen : ndarray of int
        Rows that are drawn.
    null_phi, null_ei, null_dependence : ndarray, shape (nulls, rows)
    boot_phi, boot_ei : ndarray, shape (bootstrap, chosen)
    """

    phi: np.ndarray
    ei: np.ndarray
    dependence: np.ndarray
    by_state: np.ndarray
    visits: np.ndarray
    half_phi: np.ndarray = field(init=False)
    half_ei: np.ndarray = field(init=False)
    chosen: np.ndarray = field(init=False)
    null_phi: np.ndarray = field(init=False)
    null_ei: np.ndarray = field(init=False)
    null_dependence: np.ndarray = field(init=False)
    boot_phi: np.ndarray = field(init=False)
    boot_ei: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        for name in ("null_phi", "null_ei", "null_dependence", "boot_phi", "boot_ei"):
            setattr(self, name, np.empty((0, len(self.phi))))

    @property
    def unclipped(self) -> np.ndarray:
        """2 phi(N) - phi(N / 2), shape (rows,)."""
        return 2.0 * self.phi - self.half_phi

    @property
    def corrected(self) -> np.ndarray:
        """Phi less its bias: 2 phi(N) - phi(N / 2), from 0 to the raw value; shape (rows,).

        Noise biases upward. Where halves have less than the whole, it is because they lost rare states to the prior:
        that says nothing about the bias, and the raw value stands.
        """
        return np.clip(self.unclipped, 0.0, self.phi)

    @property
    def corrected_ei(self) -> np.ndarray:
        """Effective information less its bias, from 0 to the raw value; shape (rows,)."""
        return np.clip(2.0 * self.ei - self.half_ei, 0.0, self.ei)


@dataclass(eq=False)
class Contrast:
    """Phi of two conditions under permutation of their blocks, at chosen rows."""

    first: str
    second: str
    rows: np.ndarray
    difference: np.ndarray
    permuted: np.ndarray


Task = tuple[float, Callable[[], Any]]
Advance = Callable[[float], None]


def run_tasks(tasks: Sequence[Task], workers: int, advance: Advance) -> list[Any]:
    """Do tasks (work, function) in threads; return what they return, in their order."""
    found: list[Any] = []
    if workers == 1 or len(tasks) < 2:
        for work, task in tasks:
            found.append(task())
            advance(work)
        return found
    from joblib import Parallel, delayed

    stream = Parallel(n_jobs=workers, backend="threading", return_as="generator")(delayed(t)() for _, t in tasks)
    for (work, _), result in zip(tasks, cast(Any, stream), strict=True):
        found.append(result)
        advance(work)
    return found


class Sampler:
    """All draws of one study; `work` of a task is counted in scans of one cell at every grain."""

    def __init__(self, study: Study, draws: Draws, seed: int, subset: int, thresholds: Sequence[float]) -> None:
        self.study = study
        self.draws = draws
        self.seed = seed
        self.subset = subset
        self.thresholds = thresholds
        self.transitions = {name: study.transitions(name) for name in study.conditions}

    # -- what is always done -------------------------------------------------------------------------------------

    def scan(self, workers: int, advance: Advance) -> dict[str, Scan]:
        """Scan every condition, whole and in halves."""
        names, cells = self.study.conditions, range(len(self.study.cells))
        whole = [(name, cell) for name in names for cell in cells]
        done = dict(
            zip(whole, run_tasks([(1.0, partial(self._one, *k)) for k in whole], workers, advance), strict=True)
        )
        scans = {}
        for name in names:
            main: list[Measured] = [done[name, cell] for cell in cells]
            scans[name] = Scan(
                phi=np.concatenate([m.phi for m in main]),
                ei=np.concatenate([m.ei for m in main]),
                dependence=np.concatenate([m.dependence for m in main]),
                by_state=np.concatenate([m.phi_by_state for m in main]),
                visits=np.array([t.counts().sum(axis=1) for t in self.transitions[name]]),
            )
        keys = [(name, h) for name in names for h in range(self.draws.halves)]
        taken = {name: np.flatnonzero(np.isfinite(scan.phi)) for name, scan in scans.items()}
        tasks = [(2.0 * self.work(taken[name]), partial(self._half, name, h, taken[name])) for name, h in keys]
        halves = dict(zip(keys, run_tasks(tasks, workers, advance), strict=True))
        for name, scan in scans.items():
            scan.half_phi = np.full(len(scan.phi), np.nan)
            scan.half_ei = np.full(len(scan.phi), np.nan)
            mean = np.mean([halves[name, h] for h in range(self.draws.halves)], axis=0)
            scan.half_phi[taken[name]], scan.half_ei[taken[name]] = mean
            scan.chosen = self._choose(scan)
        return scans

    def _one(self, name: str, cell: int) -> Measured:
        return self.study.measure_cell(self.transitions[name][cell].counts())

    def _half(self, name: str, half: int, rows: np.ndarray) -> np.ndarray:
        n_blocks = len(self.study.blocks[name])
        taken = np.zeros(n_blocks, dtype=np.int64)
        taken[self._rng(HALVES, name, half).permutation(n_blocks)[: n_blocks // 2]] = 1
        sides = [self._at(rows, [t.counts(times) for t in self.transitions[name]]) for times in (taken, 1 - taken)]
        return 0.5 * (sides[0] + sides[1])

    def _choose(self, scan: Scan) -> np.ndarray:
        """Return the rows to draw: single units everywhere, the best at the loosest threshold, one at each other."""
        inner = len(self.study.grains)
        rows = set(range(0, len(scan.phi), inner))
        score = np.where(np.isfinite(scan.corrected), scan.corrected, -np.inf)
        for place, threshold in enumerate(sorted(self.thresholds, reverse=True)):
            score[scan.dependence > threshold] = -np.inf
            order = np.argsort(-score, kind="stable")
            best = order[: self.draws.best if place == 0 else 1]
            rows |= {int(row) for row in best if np.isfinite(score[row])}
        return np.array(sorted(rows))

    # -- what is drawn -------------------------------------------------------------------------------------------

    def nulls(self, scans: dict[str, Scan], workers: int, advance: Advance) -> None:
        """Scan surrogates of every condition at every grain."""
        keys = [(name, d) for name in scans for d in range(self.draws.nulls)]
        work = float(len(self.study.cells))
        found = run_tasks([(work, partial(self._null, *key)) for key in keys], workers, advance)
        for name, scan in scans.items():
            mine = [result for (owner, _), result in zip(keys, found, strict=True) if owner == name]
            stacked = np.array(mine).reshape(len(mine), 3, len(scan.phi))
            scan.null_phi, scan.null_ei, scan.null_dependence = stacked[:, 0], stacked[:, 1], stacked[:, 2]

    def _null(self, name: str, draw: int) -> np.ndarray:
        made = self.study.transitions(name, self.surrogate(name, draw))
        measured = [self.study.measure_cell(t.counts()) for t in made]
        return np.array([np.concatenate([getattr(m, what) for m in measured]) for what in ("phi", "ei", "dependence")])

    def surrogate(self, name: str, draw: int) -> Recording:
        """Return one surrogate of a condition, with the condition's own segments."""
        part, rng = self.study.parts[name], self._rng(NULL, name, draw)
        if self.draws.null_over == "condition":
            return null_recording(part, self.draws.null, rng=rng)
        made = null_recording(self.study.recording, self.draws.null, rng=rng)
        return made.with_segments(part.segments, part.onsets)

    def bootstrap(self, scans: dict[str, Scan], workers: int, advance: Advance) -> None:
        """Draw blocks with replacement and measure the chosen grains."""
        keys = [(name, d) for name in scans for d in range(self.draws.bootstrap)]
        tasks = [(self.work(scans[name].chosen), partial(self._boot, name, d, scans[name].chosen)) for name, d in keys]
        found = run_tasks(tasks, workers, advance)
        for name, scan in scans.items():
            mine = [result for (owner, _), result in zip(keys, found, strict=True) if owner == name]
            stacked = np.array(mine).reshape(len(mine), 2, len(scan.chosen))
            scan.boot_phi, scan.boot_ei = stacked[:, 0], stacked[:, 1]

    def _boot(self, name: str, draw: int, rows: np.ndarray) -> np.ndarray:
        rng = self._rng(BOOTSTRAP, name, draw)
        times = draw_blocks(len(self.study.blocks[name]), rng)
        return self._at(rows, [t.counts(times) for t in self.transitions[name]])

    def contrasts(self, scans: dict[str, Scan], workers: int, advance: Advance) -> list[Contrast]:
        """Permute blocks between every two conditions."""
        made = []
        for one, two in combinations(scans, 2):
            rows = np.union1d(scans[one].chosen, scans[two].chosen)
            tasks = [
                (2.0 * self.work(rows), partial(self._permute, one, two, d, rows))
                for d in range(self.draws.permutations)
            ]
            permuted = np.array(run_tasks(tasks, workers, advance)).reshape(-1, len(rows))
            made.append(Contrast(one, two, rows, scans[one].phi[rows] - scans[two].phi[rows], permuted))
        return made

    def _permute(self, one: str, two: str, draw: int, rows: np.ndarray) -> np.ndarray:
        rng = draw_rng(self.seed, PERMUTATION, self.subset, *self._places(one, two), draw)
        many = [len(self.study.blocks[name]) for name in (one, two)]
        mixed = rng.permutation(sum(many))
        first = np.zeros(sum(many), dtype=np.int64)
        first[mixed[: many[0]]] = 1
        found = []
        for times in (first, 1 - first):
            pairs = zip(self.transitions[one], self.transitions[two], strict=True)
            counts = [a.counts(times[: many[0]]) + b.counts(times[many[0] :]) for a, b in pairs]
            found.append(self._at(rows, counts)[0])
        return found[0] - found[1]

    # -- helpers -------------------------------------------------------------------------------------------------

    def work(self, rows: np.ndarray) -> float:
        """Return the cost of some rows, in scans of one cell at every grain."""
        weights = grain_weights(self.study)
        return float(weights[rows % len(weights)].sum() / weights.sum())

    def _at(self, rows: np.ndarray, counts: Sequence[np.ndarray]) -> np.ndarray:
        """Return (Phi, EI) at ascending rows of the whole table, however dependent they are; shape (2, rows)."""
        inner, found = len(self.study.grains), []
        for cell, table in enumerate(counts):
            local = rows[(rows >= cell * inner) & (rows < (cell + 1) * inner)] - cell * inner
            if len(local):
                # The micro grain leads every table of grains; it goes again where it wasn't asked for.
                lead = int(local[0] != 0)
                measured = self.study.measure_cell(table, np.concatenate([[0] * lead, local]).astype(np.int64))
                found.append(np.array([measured.phi[lead:], measured.ei[lead:]]))
        return np.concatenate(found, axis=1)

    def _rng(self, purpose: int, name: str, draw: int) -> np.random.Generator:
        return draw_rng(self.seed, purpose, self.subset, *self._places(name), draw)

    def _places(self, *names: str) -> list[int]:
        return [self.study.conditions.index(name) for name in names]


def grain_weights(study: Study) -> np.ndarray:
    """Return the estimated cost of every grouping relative to the others, shape (groupings,)."""
    n = study.grains.group.shape[1]
    m = study.grains.n_macro.astype(np.float64)
    weights = np.where(m > 1, 2.0**n * 9.0**m * 2.0**m, 1.0)
    weights[0] = 18.0**n * 2.0**n
    return weights
