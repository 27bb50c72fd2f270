"""A balanced network of excitatory and inhibitory cells whose condition is known: ground truth for balance over scales.

Leaky integrate-and-fire cells with conductance synapses, sparse and random (Vogels & Abbott 2005, J Neurosci 25:10786;
Brette et al. 2007, J Comput Neurosci 23:349):

    tau dV/dt = (E_L - V) + (g_e + g_0) (E_e - V) + g_i (E_i - V) + g_a (E_a - V),

g_e and g_i jump at each presynaptic spike and decay exponentially, g_a (adaptation) at each spike of the cell itself.

Conventions: cells are counted from 0, excitatory ones first. A spike's time is the middle of the step in which the
threshold was crossed, so bins that are multiples of the step have no doubtful edges. A network of another size keeps
the number of inputs a cell. While inhibition fails, an inhibitory spike counts `efficacy` of its weight at excitatory
cells; efficacy falls linearly over `ramp` from the onset, and rises over `ramp` to be whole again at the end. Random
streams of positions, connections, start, drive and sampling follow from the seed apart: what is recorded does not
change what happens.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Literal

import numpy as np

from .._checks import as_number, as_whole
from .._errors import CausalGrainWarning, InputError
from .._provenance import FrozenDict, Provenance, hash_arrays
from ..recordings.epochs import Epochs
from ..recordings.recording import Recording
from ..surrogates.streams import as_seed, draw_rng
from .balanced_engine import SAMPLE, Run, positions, run, silence, wiring
from .balanced_settings import NetworkSettings, settings_of
from .balanced_truth import COUNT_BIN, BalancedTruth, Simulation

Regime = Literal["self-sustained", "driven", "up-down", "seizure"]
FAILS = (5.0 / 12.0, 7.0 / 12.0)  # default onset and end of the failure, as shares of the run: 25 and 35 s of 60
MAX_CELLS = 50_000  # all pairs are drawn
PHASES = ("baseline", "seizure", "recovery")
NO_FAILURE = 'Take regime="seizure", or set failed_efficacy below 1 in `settings`.'
VERB = "balanced_network"


def balanced_network(
    regime: Regime = "self-sustained",
    *,
    cells: int = 4000,
    share_inhibitory: float = 0.2,
    duration: float = 60.0,
    seed: int = 0,
    inhibition: float = 1.0,
    record: str | Sequence[int] = "all",
    failure: tuple[float, float] | None = None,
    settings: NetworkSettings | None = None,
    dt: float = 1e-4,
    progress: bool | None = None,
) -> Simulation:
    """Simulate a balanced network and record its spikes.

    Parameters
    ----------
    regime : {"self-sustained", "driven", "up-down", "seizure"}
        Irregular activity that keeps itself going; activity that lives by a drive whose rate is common to all cells;
        spells of activity and of silence; irregular activity in which inhibition fails for a while.
    cells : int
    share_inhibitory : float
        Of the cells, 0 to 1.
    duration : float, s
    seed : int
        The same seed gives the same bytes.
    inhibition : float
        Factor on the weight of all inhibitory synapses: the control parameter of :func:`sweep_inhibition`.
    record : "all" or (int, int)
        How many excitatory and inhibitory cells the recording shows, drawn at random: (80, 20) is an array's share.
    failure : (float, float), s, optional
        Onset and end of the failure of inhibition. Default for a regime in which it fails: 5/12 and 7/12 of the
        duration, 25 and 35 s of 60.
    settings : NetworkSettings, optional
        Cells, synapses and drive. Default: those of the regime, in ``REGIMES``.
    dt : float, s
        Step. Refractory time, delay and duration are rounded to whole steps.
    progress : bool, optional
        Show a progress bar. Default: on a terminal.

    Returns
    -------
    Simulation
        Positions are uniform on a sheet of 250 cells a mm^2; they tell of connections only where `reach` in the
        settings isn't 0.

    Raises
    ------
    InputError
        Settings out of range, a failure that is none or lies outside the run, more units asked for than there are.

    Warns
    -----
    CausalGrainWarning
        Activity that should keep itself going died out.

    Examples
    --------
    >>> sim = balanced_network("driven", cells=200, duration=0.5, record=(8, 2), progress=False)
    >>> sim.recording.properties["cell_type"].tolist()
    ['E', 'E', 'E', 'E', 'E', 'E', 'E', 'E', 'I', 'I']
    >>> sim.truth.n_excitatory, sim.truth.n_inhibitory
    (160, 40)

    References
    ----------
    Vogels & Abbott 2005, J Neurosci 25:10786; Brette et al. 2007, J Comput Neurosci 23:349, Appendix B, benchmark 1.
    """
    used = settings_of(regime, settings)
    number = as_whole(cells, "cells", 2, MAX_CELLS)
    inhibitory = round(number * as_number(share_inhibitory, "share_inhibitory", low=0.0, high=1.0))
    n = (number - inhibitory, inhibitory)
    start_seed = as_seed(seed, "seed")
    factor = as_number(inhibition, "inhibition", low=0.0, high=1e3)
    step = _step(dt, used)
    length = as_number(duration, "duration", low=max(step, COUNT_BIN), high=1e5)
    steps, early = round(length / step), round(used.settle / step)
    length = steps * step
    lapse = _failure(failure, used, length)
    shown = _recorded(record, n, start_seed)

    place = positions(number, start_seed)
    wires = wiring(place, used.inputs, used.reach, start_seed)
    efficacy = np.ones((2, early + steps))
    if lapse is not None:
        depth = _lapse((np.arange(steps) + 0.5) * step, *lapse, used.ramp)
        efficacy[0, early:] -= (1.0 - used.failed_efficacy) * depth
        efficacy[1, early:] -= (1.0 - used.failed_efficacy_inhibitory) * depth
    done = run(used, wires, n[0], factor * efficacy, dt=step, seed=start_seed, progress=progress)
    died = _died(done, used, early, steps, step)
    late = done.steps >= early
    shown.setflags(write=False)
    times, who = (done.steps[late] - early + 0.5) * step, done.cells[late]

    epochs = _epochs(regime, lapse, length)
    notes = [f"simulated: {regime} network of {n[0]} excitatory and {n[1]} inhibitory cells, seed {start_seed}"]
    if len(shown) < number:
        notes.append(f"{len(shown)} of {number} cells are recorded, drawn at random")
    if lapse is not None:
        notes.append(f"inhibition fails from {lapse[0]:g} to {lapse[1]:g} s")
    if np.isfinite(died):
        when = f"at {died:.4g} s" if died > 0.0 else "before time 0"
        said = f"the activity died out {when}: silence from there to the end"
        notes.append(said)
        warnings.warn(
            f"balanced_network: {said}. Try another seed, more cells, or a drive (drive_rate in `settings`).",
            CausalGrainWarning,
            stacklevel=2,
        )
    recording = Recording.from_spikes(
        _trains(times, who, shown, number),
        [f"E{c}" if c < n[0] else f"I{c - n[0]}" for c in shown],
        duration=length,
        properties={"cell_type": np.where(shown < n[0], "E", "I"), "position": place[shown], "cell": shown},
        epochs=epochs,
        source=f"causalgrain {VERB}, {regime}",
        notes=notes,
    )
    truth = BalancedTruth(
        regime=regime,
        n_excitatory=n[0],
        n_inhibitory=n[1],
        inhibition=factor,
        settings=used,
        failure=lapse,
        died=died,
        recorded=shown,
        count_bin=COUNT_BIN,
        excitatory=_counts(times[who < n[0]], length),
        inhibitory=_counts(times[who >= n[0]], length),
        rates=_rates(times, who, n, epochs),
    )
    asked = {
        "regime": regime, "cells": number, "share_inhibitory": share_inhibitory, "duration": length,
        "seed": start_seed, "inhibition": factor, "record": record if record == "all" else tuple(record),
        "failure": lapse, "dt": step,
    }  # fmt: skip
    return Simulation(recording, truth, Provenance(VERB, asked, hash_arrays(repr(sorted(asdict(used).items())))))


def demo_recording(seed: int = 0, *, progress: bool | None = None) -> Recording:
    """Return 80 excitatory and 20 inhibitory units of a seizure-like run of 60 s: what an array would see.

    Inhibition fails from 25 to 35 s; the recording's conditions say so: baseline, seizure, recovery.
    """
    return balanced_network("seizure", seed=seed, record=(80, 20), progress=progress).recording


def _step(dt: Any, settings: NetworkSettings) -> float:
    taus = (settings.tau_membrane, settings.tau_excitatory, settings.tau_inhibitory, settings.tau_adaptation)
    step = as_number(dt, "dt", low=1e-6, high=1e-3)
    if step > 0.2 * min(taus):
        raise InputError(
            "dt",
            expected=f"at most a fifth of the shortest time constant, {0.2 * min(taus):g} s",
            got=f"{step:g} s",
            remedy="Take a shorter step, for example dt=1e-4.",
        )
    return step


def _failure(failure: Any, settings: NetworkSettings, length: float) -> tuple[float, float] | None:
    """Return onset and end of the failure, checked, or None."""
    if not settings.fails:
        if failure is not None:
            raise InputError("failure", expected="none in this regime", got=repr(failure), remedy=NO_FAILURE)
        return None
    try:
        onset, end = (length * share for share in FAILS) if failure is None else map(float, failure)
    except (TypeError, ValueError):
        onset, end = float("nan"), float("nan")
    if not 0.0 < onset < end < length or end - onset < 2.0 * settings.ramp:
        raise InputError(
            "failure",
            expected=f"onset and end in s, 0 < onset < end < {length:g}, at least {2.0 * settings.ramp:g} s apart",
            got=f"{onset:g} to {end:g} s" if failure is None else repr(failure),
            remedy="Take a longer run, for example duration=60, failure=(25, 35), or a shorter `ramp` in `settings`.",
        )
    return onset, end


def _lapse(times: np.ndarray, onset: float, end: float, ramp: float) -> np.ndarray:
    """Return how far inhibition has failed, 0 to 1, at each time."""
    edge = np.minimum(times - onset, end - times)
    return np.clip(edge / ramp, 0.0, 1.0) if ramp > 0.0 else (edge > 0.0).astype(float)


def _recorded(record: Any, n: tuple[int, int], seed: int) -> np.ndarray:
    """Return which cells are recorded, ascending."""
    if isinstance(record, str) and record == "all":
        return np.arange(sum(n))
    asked = list(record) if isinstance(record, list | tuple) else []
    if len(asked) != 2:
        raise InputError(
            "record", expected='"all", or (excitatory, inhibitory) numbers of units', got=repr(record),
            remedy="For example record=(80, 20).",
        )  # fmt: skip
    wanted = [as_whole(k, "record", 0, most, of="units") for k, most in zip(asked, n, strict=True)]
    if not sum(wanted):
        raise InputError("record", expected="at least one unit", got=repr(record), remedy="For example (80, 20).")
    rng = draw_rng(seed, SAMPLE)
    found = [rng.choice(n[0], wanted[0], replace=False), n[0] + rng.choice(n[1], wanted[1], replace=False)]
    return np.sort(np.concatenate(found)).astype(np.int64)


def _died(done: Run, settings: NetworkSettings, early: int, steps: int, dt: float) -> float:
    """Return when an undriven network fell silent for good, s; NaN where it didn't."""
    last = int(done.steps[-1]) if len(done.steps) else -1
    alone = settings.drive_rate == 0.0 and settings.tonic == 0.0
    if not alone or (early + steps - 1 - last) * dt <= silence(settings):
        return float("nan")
    return max(0.0, (last - early + 0.5) * dt)


def _epochs(regime: str, lapse: tuple[float, float] | None, length: float) -> Epochs:
    edges = (0.0, *lapse, length) if lapse is not None else (0.0, length)
    return Epochs(edges[:-1], edges[1:], PHASES if lapse is not None else (regime,), source=VERB)


def _trains(times: np.ndarray, who: np.ndarray, shown: np.ndarray, cells: int) -> list[np.ndarray]:
    """Return the spike times of each recorded cell."""
    order = np.argsort(who, kind="stable")
    ends = np.cumsum(np.bincount(who, minlength=cells))
    by_cell = np.split(times[order], ends[:-1])
    return [by_cell[cell] for cell in shown]


def _counts(times: np.ndarray, length: float) -> np.ndarray:
    """Return spikes in each bin of the truth, read-only."""
    bins = int(np.floor(length / COUNT_BIN + 1e-9))
    counts = np.bincount((times / COUNT_BIN).astype(np.int64), minlength=bins)[:bins]
    counts.setflags(write=False)
    return counts


def _rates(times: np.ndarray, who: np.ndarray, n: tuple[int, int], epochs: Epochs) -> FrozenDict:
    """Return mean rates of both populations in each condition, Hz."""
    found = {}
    for begin, stop, name in zip(epochs.start, epochs.stop, epochs.condition, strict=True):
        inside = who[(times >= begin) & (times < stop)]
        spikes = int((inside < n[0]).sum()), int((inside >= n[0]).sum())
        found[name] = tuple(k / (cells * (stop - begin)) if cells else 0.0 for k, cells in zip(spikes, n, strict=True))
    return FrozenDict(found)
