"""The running of the balanced network: wiring, drive, and the clock, on plain arrays.

Conventions: those of :mod:`.balanced`. Streams of random numbers follow from (seed, purpose) alone: one each for
positions, connections, start, drive, its common rate, and sampling.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from math import exp
from typing import TYPE_CHECKING

import numpy as np

from .._progress import track
from ..surrogates.streams import draw_rng
from .balanced_settings import NetworkSettings

if TYPE_CHECKING:
    from types import ModuleType

POSITIONS, CONNECTIONS, START, DRIVE, COMMON, SAMPLE = range(6)
DENSITY = 250e-6  # cells a um^2: 4,000 cells fill a sheet of 4 mm x 4 mm
CHUNK = 0.1  # s of the network's time between two looks at the progress bar
COMMON_STEP = 1e-3  # s for which the common rate of the drive is held
NEGLIGIBLE = 1e-30  # conductances below are zero; subnormal numbers would be slow
COMPILE_MESSAGE = "causalgrain: compiling the simulation's kernel; this happens once, and takes some seconds ..."


@dataclass(frozen=True, eq=False)
class Run:
    """Spikes of a run, in order of time then cell.

    Attributes
    ----------
    steps : array of int, shape (spikes,)
        Step in which each was fired.
    cells : array of int, shape (spikes,)
    done : int
        Steps that were simulated; fewer than asked where the network was given up as silent.
    """

    steps: np.ndarray
    cells: np.ndarray
    done: int


def silence(settings: NetworkSettings) -> float:
    """Return after how many seconds without a spike an undriven network is dead: its conductances are gone.

    >>> round(silence(NetworkSettings()), 4)
    0.3501
    """
    return 10.0 * (settings.tau_membrane + settings.tau_excitatory + settings.tau_inhibitory) + settings.delay


@cache
def kernel_module() -> ModuleType:
    """Return the module of the compiled loop, with a word on the screen if it must be compiled."""
    from .kernels import _compile, integrate

    if _compile.is_cold():
        print(COMPILE_MESSAGE, file=sys.stderr, flush=True)
    return integrate


def positions(cells: int, seed: int) -> np.ndarray:
    """Return where cells lie on a square sheet, uniformly at random, shape (cells, 2), um.

    >>> positions(4000, 0).max() < 4000.0
    np.True_
    """
    return draw_rng(seed, POSITIONS).random((cells, 2)) * (cells / DENSITY) ** 0.5


def wiring(place: np.ndarray, inputs: float, reach: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw who projects to whom; each pair once at most, nobody to itself.

    Parameters
    ----------
    place : array, shape (cells, 2), um
    inputs : float
        Mean number of inputs a cell.
    reach : float, um
        Standard deviation of the Gaussian fall with distance; 0 for none.

    Returns
    -------
    starts : array of int64, shape (cells + 1,)
        Targets of cell i are ``targets[starts[i]:starts[i + 1]]``, ascending.
    targets : array of int32
    """
    cells, rng = len(place), draw_rng(seed, CONNECTIONS)
    side = (cells / DENSITY) ** 0.5
    share = min(1.0, inputs / max(cells - 1, 1))
    counts, found = np.zeros(cells, dtype=np.int64), []
    block = max(1, (1 << 21) // cells)
    for first in range(0, cells, block):
        here = np.arange(first, min(first + block, cells))
        if reach > 0.0:
            gap = np.abs(place[here, None, :] - place[None, :, :])
            near = np.exp(-(np.minimum(gap, side - gap) ** 2).sum(axis=2) / (2.0 * reach**2))
            near[np.arange(len(here)), here] = 0.0
            chance = near * (share * (cells - 1) / near.sum(axis=1, keepdims=True))
        else:
            chance = np.full((1, cells), share)
        hit = rng.random((len(here), cells)) < chance
        hit[np.arange(len(here)), here] = False
        counts[here] = hit.sum(axis=1)
        found.append(np.nonzero(hit)[1].astype(np.int32))
    starts = np.concatenate([[0], np.cumsum(counts)])
    return starts, np.concatenate(found)


def constants(settings: NetworkSettings, dt: float) -> np.ndarray:
    """Return the numbers the kernel wants, in its order."""
    s, taus = settings, (settings.tau_excitatory, settings.tau_inhibitory, settings.tau_adaptation)
    hold = float(round(s.refractory / dt))
    membrane = [0.5 * dt / s.tau_membrane, s.leak_reversal, s.threshold, s.reset, hold]
    reversals = [s.excitatory_reversal, s.inhibitory_reversal, s.adaptation_reversal, s.tonic]
    decays = [exp(-dt / tau) for tau in taus] + [exp(-0.5 * dt / tau) for tau in taus]
    return np.array(
        [*membrane, *reversals, *decays, s.excitatory_weight, s.inhibitory_weight, s.drive_weight, s.adaptation]
    )


def drive_rates(settings: NetworkSettings, dt: float, steps: int, seed: int) -> np.ndarray:
    """Return the rate of each cell's drive in every step, shape (steps,), Hz; the same for all cells."""
    rates = np.full(steps, float(settings.drive_rate))
    if settings.common > 0.0 and settings.drive_rate > 0.0:
        from scipy.signal import lfilter

        hold = max(1, round(COMMON_STEP / dt))
        keep = exp(-hold * dt / settings.tau_common)
        noise = draw_rng(seed, COMMON).standard_normal(-(-steps // hold))
        noise[1:] *= (1.0 - keep * keep) ** 0.5
        path = np.asarray(lfilter([1.0], [1.0, -keep], noise))
        rates *= np.repeat(np.maximum(0.0, 1.0 + settings.common * path), hold)[:steps]
    rates[: round(settings.kick / dt)] += settings.kick_rate
    return rates


def run(
    settings: NetworkSettings,
    wires: tuple[np.ndarray, np.ndarray],
    n_excitatory: int,
    efficacy: np.ndarray,
    *,
    dt: float,
    seed: int,
    progress: bool | None = None,
) -> Run:
    """Run the network from a random start.

    Parameters
    ----------
    wires : tuple of arrays
        From :func:`wiring`.
    n_excitatory : int
        The first so many cells excite.
    efficacy : array, shape (2, steps)
        Of inhibitory synapses onto excitatory and onto inhibitory cells, in every step.
    dt : float, s
    """
    integrate = kernel_module()
    (starts, targets), steps = wires, efficacy.shape[1]
    cells = len(starts) - 1
    state = np.zeros((5, cells))
    state[integrate.POTENTIAL] = draw_rng(seed, START).uniform(settings.reset, settings.threshold, cells)
    delay = max(1, round(settings.delay / dt))
    pending, n_pending = np.zeros((delay, cells), dtype=np.int32), np.zeros(delay, dtype=np.int64)
    numbers, rates, rng = constants(settings, dt), drive_rates(settings, dt, steps, seed), draw_rng(seed, DRIVE)
    driven = int(rates.nonzero()[0][-1]) + 1 if rates.any() else 0
    chunk = max(1, round(CHUNK / dt))
    room = cells * (chunk // (round(settings.refractory / dt) + 1) + 1)
    out_step, out_cell = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int32)
    kept_steps, kept_cells, last = [np.empty(0, np.int64)], [np.empty(0, np.int32)], 0
    with track("seconds of the network's time", steps * dt, progress) as advance_bar:
        for first in range(0, steps, chunk):
            stop = min(first + chunk, steps)
            if first - last > silence(settings) / dt and first >= driven and settings.tonic == 0.0:
                return Run(np.concatenate(kept_steps), np.concatenate(kept_cells), first)
            events = rng.poisson(cells * dt * rates[first:stop])
            ends = np.concatenate([[0], np.cumsum(events)])
            hits = rng.integers(0, cells, int(ends[-1]), dtype=np.int32)
            whole = np.ascontiguousarray(efficacy[:, first:stop])  # of one layout, so the kernel is compiled once
            fired = integrate.advance(
                state, pending, n_pending, first, starts, targets, n_excitatory, numbers, whole, ends, hits,
                out_step, out_cell,
            )  # fmt: skip
            if fired:
                last = int(out_step[fired - 1])
                kept_steps.append(out_step[:fired].copy())
                kept_cells.append(out_cell[:fired].copy())
            state[1:4][state[1:4] < NEGLIGIBLE] = 0.0
            advance_bar((stop - first) * dt)
    return Run(np.concatenate(kept_steps), np.concatenate(kept_cells), steps)
