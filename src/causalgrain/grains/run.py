"""Doing a search: units cut into tasks, tasks in threads, the same bytes for any number of workers.

A unit is a candidate set with one background (the elements around it frozen). Its tasks are one micro search a state
and one chunk of macro grains each; every task writes to its own place of the unit's arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Protocol, cast

import numpy as np

from .._progress import track
from ..information.effective import parts
from ..phi.compiled import kernels
from ..phi.conventions import TOLERANCE
from ..phi.prepared import Prepared
from ..systems.markov import to_state_by_state
from .lattice import GrainTable

CHUNK = 64  # macro grains a task
ROUND = 16  # tasks between two looks at the best so far, where only the best is asked for


@dataclass(frozen=True)
class Settings:
    """What decides whether a grain gets its Phi; `best_only`: only where it may be the largest of all."""

    max_dependence: float
    one_element_phi: bool
    best_only: bool = False


@dataclass(eq=False)
class Unit:
    """One candidate set with one background, and what is measured of it.

    Attributes
    ----------
    prepared : Prepared
    grains : GrainTable
        Row 0 is the micro grain.
    states : ndarray of int, shape (states,)
        Micro states of the set, as indices.
    rows : ndarray of int, shape (states,)
        Their places among the states of the search.
    live : ndarray of int
        Places of the states that are reachable with this background.
    phi, cut : ndarray, shape (grains, states)
        Phi (NaN where it was not taken) and the sending side of its cut by position in the set (0: none).
    pruned : ndarray of bool, shape (grains, states)
        Where Phi was not taken because it lies below that of another grain.
    table : ndarray, shape (grains, 4)
        Dependence, EI in bits, determinism, degeneracy.
    """

    prepared: Prepared
    grains: GrainTable
    states: np.ndarray
    rows: np.ndarray
    live: np.ndarray
    phi: np.ndarray = field(init=False)
    cut: np.ndarray = field(init=False)
    pruned: np.ndarray = field(init=False)
    table: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        shape = (len(self.grains), len(self.states))
        self.phi = np.full(shape, np.nan)
        self.cut = np.zeros(shape, dtype=np.int64)
        self.pruned = np.zeros(shape, dtype=bool)
        self.table = np.zeros((len(self.grains), 4))

    @cached_property
    def cut_tables(self) -> np.ndarray:
        """The micro TPM after every cut, shape (2**k, 2**k, k)."""
        return kernels().coarse.cut_tables(self.prepared.on)


class Later(Protocol):
    """A unit that says itself what is to be done."""

    grains: GrainTable

    def tasks(self, settings: Settings) -> Iterator[Callable[[], int]]:
        """Yield tasks; each returns how many grains it has measured."""
        ...


def run(
    units: Sequence[Unit], settings: Settings, workers: int, progress: bool | None, later: Sequence[Later] = ()
) -> None:
    """Measure all units, in `workers` threads (-1: all cores); `later` are those of longer macro steps."""
    kernels()  # compiled before threads start
    with track("grains", sum(len(unit.grains) for unit in (*units, *later)), progress) as advance:
        if not settings.best_only:
            tasks = [task for unit in units for task in _tasks(unit, settings)]
            _do(tasks + [task for unit in later for task in unit.tasks(settings)], workers, advance)
            return
        # Rounds of fixed size, each with the best of those before as its floor: the same for any number of workers.
        micro = [task for unit in units for task in _micro_tasks(unit)]
        macro = [partial(task, settings) for unit in units for task in _macro_tasks(unit)]
        _do(micro, workers, advance)
        for start in range(0, len(macro), ROUND):
            floor = max((float(np.nanmax(u.phi)) for u in units if np.isfinite(u.phi).any()), default=0.0)
            _do([partial(task, floor) for task in macro[start : start + ROUND]], workers, advance)


def _do(tasks: Sequence[Callable[[], int]], workers: int, advance: Callable[[float], None]) -> None:
    """Do tasks in threads."""
    if workers == 1 or len(tasks) <= 1:
        for task in tasks:
            advance(task())
        return
    from joblib import Parallel, delayed

    stream = Parallel(n_jobs=workers, backend="threading", return_as="generator_unordered")(
        delayed(task)() for task in tasks
    )
    for done in cast(Iterator[int], stream):
        advance(done)


def measure_unit(unit: Unit, settings: Settings) -> None:
    """Measure one unit in this thread."""
    for task in _tasks(unit, settings):
        task()


def _tasks(unit: Unit, settings: Settings) -> Iterator[Callable[[], int]]:
    yield from _micro_tasks(unit)
    for task in _macro_tasks(unit):
        yield partial(task, settings, 0.0)


def _micro_tasks(unit: Unit) -> Iterator[Callable[[], int]]:
    unit.table[0, 1:] = parts(to_state_by_state(unit.prepared.on))
    for count, place in enumerate(unit.live):
        yield partial(_micro, unit, int(place), count == 0)


def _macro_tasks(unit: Unit) -> Iterator[Callable[[Settings, float], int]]:
    for start in range(1, len(unit.grains), CHUNK):
        yield partial(_macro, unit, start, min(start + CHUNK, len(unit.grains)))


def _micro(unit: Unit, place: int, counted: bool) -> int:
    p = unit.prepared
    if len(p.nodes) == 1:
        unit.phi[0, place] = 0.0
    else:
        unit.phi[0, place], unit.cut[0, place], _ = kernels().search.micro_search(
            p.on, p.inputs, int(unit.states[place]), TOLERANCE, False, np.zeros(8, dtype=np.int64)
        )
    return int(counted)


def _macro(unit: Unit, start: int, stop: int, settings: Settings, floor: float) -> int:
    nodes = list(unit.prepared.nodes)
    phi = np.full((stop - start, len(unit.live)), np.nan)
    cut = np.zeros(phi.shape, dtype=np.int64)
    kernels().coarse.scan_macro_grains(
        unit.cut_tables,
        unit.prepared.inputs,
        np.ascontiguousarray(unit.grains.group[start:stop, nodes], dtype=np.int64),
        np.ascontiguousarray(unit.grains.on_counts[start:stop, : len(nodes)], dtype=np.int64),
        unit.grains.n_macro[start:stop],
        unit.states[unit.live],
        settings.max_dependence,
        settings.one_element_phi,
        floor,
        TOLERANCE,
        phi,
        cut,
        unit.table[start:stop],
        np.zeros(8, dtype=np.int64),
    )
    unit.phi[start:stop, unit.live] = phi
    unit.cut[start:stop, unit.live] = np.maximum(cut, 0)
    unit.pruned[start:stop, unit.live] = cut < 0
    return stop - start
