"""The search over the cuts of one micro set: small sets in one call, large ones cut by cut, in threads.

Cuts are settled in ascending order of a lower bound, and the best distance so far is shared, so that two threads do
little that one would not. Which distances are exact depends on who came first; those within the tolerance of the
least always are, so the partition and its ties don't depend on the number of threads.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np

from .._progress import track
from .compiled import kernels
from .conventions import TOLERANCE
from .prepared import Prepared

ONE_BY_ONE = 7  # from so many elements on a search takes seconds


def search_cuts(p: Prepared, workers: int = 1, progress: bool | None = None) -> tuple[float, int, np.ndarray]:
    """Return (Phi, sending side of the cut or 0, distances by sending side) of a set of two elements or more.

    Distances are lower bounds where they lie above the least.

    Parameters
    ----------
    p : Prepared
    workers : int
        Threads (-1: all cores), used from seven elements on.
    progress : bool, optional
    """
    search = kernels().search
    k = len(p.nodes)
    counts = np.zeros(8, dtype=np.int64)
    if k < ONE_BY_ONE:
        phi, source, distances = search.micro_search(p.on, p.inputs, p.state, TOLERANCE, False, counts)
        return float(phi), int(source), distances
    distances = np.full(1 << k, np.nan)
    if not search.is_strong(p.inputs, k):
        return 0.0, 0, distances
    system, whole, found = search.open_system(p.on, p.inputs, p.state, TOLERANCE, counts)
    if not found:
        return 0.0, 0, distances
    order = search.cut_order(p.inputs, k)
    bounds = search.bound_cuts(system, whole, order, TOLERANCE)
    places = np.argsort(bounds, kind="stable")
    queue = _Queue(order[places], bounds[places], distances)
    threads = _threads(workers)
    with track("cuts", len(order), progress) as advance:
        if threads == 1:
            _settle(queue, system, whole, advance)
        else:
            _in_threads(p, queue, threads, system, whole, advance)
    if queue.best <= TOLERANCE:
        return 0.0, queue.zero, distances
    phi, source, _ = search.pick(queue.best, distances, TOLERANCE)
    return float(phi), int(source), distances


@dataclass(eq=False)
class _Queue:
    """Cuts by ascending bound, and the best distance so far."""

    order: np.ndarray
    bounds: np.ndarray
    distances: np.ndarray
    best: float = np.inf
    zero: int = 0
    at: int = 0
    stopped: bool = False
    lock: Any = field(default_factory=Lock)

    def take(self) -> tuple[int, int, float, float] | None:
        """Return the next cut's place, sending side, bound and cutoff; None where nothing is left to do."""
        with self.lock:
            cutoff = self.best + TOLERANCE
            if self.stopped or self.best <= TOLERANCE or self.at == len(self.order):
                return None
            if self.bounds[self.at] > cutoff:
                # All others lie above the best too.
                self.distances[self.order[self.at :]] = self.bounds[self.at :]
                self.at = len(self.order)
                return None
            place = self.at
            self.at += 1
            return place, int(self.order[place]), float(self.bounds[place]), cutoff

    def put(self, source: int, distance: float) -> None:
        """Take note of a distance. Cuts leave in order, so the first that leaves nothing is the same for any number
        of threads: of those that come back with 0, the one that left first.
        """
        with self.lock:
            self.distances[source] = distance
            if distance <= TOLERANCE:
                first = np.flatnonzero(np.nan_to_num(self.distances[self.order], nan=np.inf) <= TOLERANCE)[0]
                self.zero = int(self.order[first])
            self.best = min(self.best, distance)


def _settle(queue: _Queue, system: Any, whole: Any, advance: Any) -> None:
    """Settle cuts until none is left."""
    settle = kernels().search.settle_cut
    while (task := queue.take()) is not None:
        place, source, bound, cutoff = task
        # Ids are used once in a system; every thread has its own.
        queue.put(source, float(settle(system, whole, source, place + 1, bound, cutoff, TOLERANCE)))
        advance(1)


def _in_threads(p: Prepared, queue: _Queue, threads: int, system: Any, whole: Any, advance: Any) -> None:
    """Settle cuts in threads, each with a system of its own."""

    def work(first: bool) -> None:
        if first:
            _settle(queue, system, whole, advance)
            return
        counts = np.zeros(8, dtype=np.int64)
        own, same, _ = kernels().search.open_system(p.on, p.inputs, p.state, TOLERANCE, counts)
        _settle(queue, own, same, advance)

    with ThreadPoolExecutor(threads) as pool:
        tasks = [pool.submit(work, place == 0) for place in range(threads)]
        try:
            for task in tasks:
                task.result()
        except BaseException:
            queue.stopped = True
            raise


def _threads(workers: int) -> int:
    from joblib import effective_n_jobs

    return int(effective_n_jobs(workers))
