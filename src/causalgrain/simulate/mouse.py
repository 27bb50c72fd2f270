r"""A simulated mouse whose causal power is known: calcium imaging of dorsal cortex, awake, anaesthetised, recovering.

About 1,200 neurons follow eight variables: a slow one, u, whose dynamics are the condition's (two metastable states
awake, none under anaesthesia), and seven fast ones that are always the same. Neuron i fires, Poisson, at

    base_rate exp(gain sum_k w_ik z_k),

z the variables, each of variance 1 (u divided by its s.d. in the condition, so that conditions differ in dynamics and
not in how much u moves). Calcium falls by exp(-1 / (rate decay)) a frame and rises by 1 a spike; the camera adds white
noise. Deconvolved traces are y_t = x_t - exp(-1 / (rate decay)) x_{t-1}: spikes plus noise, decay known.

Conventions. Rates follow the variables at the frame's moment, k / rate for frame k, and stay for that frame: so the
variables are Markov at the frame rate, and their EI one frame ahead is exact (:mod:`.mouse_macro`). u goes on from one
condition into the next at the same rank of its distribution, so each condition is stationary from its first frame.
Before time 0 the first condition runs for some frames, to fill the calcium. Random streams of places, weights, u, fast
variables, spikes and camera follow from the seed apart: what is recorded does not change what happens.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from .._checks import as_number, as_whole, did_you_mean
from .._errors import CostError, InputError
from .._provenance import FrozenDict, Provenance, hash_arrays
from ..recordings.epochs import Epochs
from ..recordings.recording import Recording
from ..surrogates.streams import as_seed, draw_rng
from .mouse_macro import SlowTruth, slow_truth
from .mouse_settings import WINDOWS, MouseSettings, SlowDynamics, as_settings
from .mouse_sheet import loadings, sheet
from .mouse_truth import MouseSimulation, MouseTruth, count_transitions

SLOW, FAST, SPIKES, CAMERA = 2, 3, 4, 5  # purposes of random streams; 0 and 1 are the sheet's
SETTLE = 8.0  # decays of the calcium before time 0
STRETCH = 500  # frames made at once
MOST, FEWEST = 200_000_000, 100  # frames x neurons: 1.2 GB; fewer neurons count as so many, for the variables' sake
MOST_RATE = 1e4  # spikes in a frame that a count can hold with ease
MOST_TRIES = 200
OFF_BALANCE = 0.5  # s.d. of u; a window whose mean lies further off gets a note
VERB = "simulated_mouse"


def simulated_mouse(
    *,
    neurons: int = 1200,
    rate: float = 10.0,
    windows: Mapping[str, float] = WINDOWS,
    deconvolved: bool = True,
    imbalance: float | None = None,
    seed: int = 0,
    settings: MouseSettings | None = None,
) -> MouseSimulation:
    """Simulate calcium imaging of a mouse that is awake, anaesthetised, and recovers.

    Parameters
    ----------
    neurons : int
    rate : float, Hz
        Frames a second.
    windows : mapping of str to float, s
        Conditions in order of time, and how long each lasts; a whole number of frames is taken. ``PROTOCOL`` has the
        whole experiment, 1500 s.
    deconvolved : bool
        Whether calcium's decay is undone. Raw traces imitate emergence: the decay is memory that no neuron has.
    imbalance : float, s.d. of u, optional
        Windows in which the mean of u lies further from 0 are drawn again. For clear examples only: in 100 s u may
        by chance hardly leave one well, and such a window shows less causal power than there is. Default: windows
        as they come.
    seed : int
        The same seed gives the same bytes.
    settings : MouseSettings, optional
        Conditions, neurons and camera.

    Returns
    -------
    MouseSimulation
        ``.recording``: traces in single precision, in units of what a spike adds, with positions, areas, hemispheres
        and conditions. ``.truth``: variables, weights, fixed points and causal power.

    Raises
    ------
    InputError
        Settings out of range, a condition that the settings don't know, windows too short for so little imbalance.
    CostError
        More frames times neurons than fit.

    Examples
    --------
    >>> sim = simulated_mouse(neurons=40, windows={"awake": 5.0, "anaesthesia": 5.0})
    >>> sim.recording.shape, sim.recording.conditions
    ((100, 40), ('awake', 'anaesthesia'))
    >>> [round(sim.truth.slow[name].ei, 3) for name in sim.truth.conditions]
    [0.874, 0.357]

    References
    ----------
    After the experiment of Wang et al. (2025) arXiv 2509.10891; the simulation is ours.
    """
    used = as_settings(settings)
    number = as_whole(neurons, "neurons", 1)
    start_seed = as_seed(seed, "seed")
    hertz = as_number(rate, "rate", low=0.1, high=1000.0)
    if not isinstance(deconvolved, bool | np.bool_):
        raise InputError("deconvolved", expected="True or False", got=repr(deconvolved), remedy="True is the default.")
    off = None if imbalance is None else as_number(imbalance, "imbalance", low=0.0)
    frames = _frames(windows, used, hertz)
    total = sum(frames.values())
    early = int(np.ceil(SETTLE * used.decay * hertz))
    if (early + total) * max(number, FEWEST) > MOST:
        raise CostError(
            "windows",
            expected=f"at most {MOST} frames times neurons",
            got=f"{early + total} frames of {number} neurons",
            remedy="Take fewer neurons, shorter windows, or a lower rate.",
        )
    steps = int(np.ceil(1.0 / (hertz * used.step) - 1e-9))
    step = 1.0 / (hertz * steps)
    slow = {name: slow_truth(used.dynamics[name], step=step, steps=steps) for name in frames}

    placed = sheet(number, start_seed)
    weights = loadings(placed, used, start_seed)
    u = _slow(slow, frames, early, step, steps, start_seed, off)
    z = np.column_stack([u, _fast(used, hertz, early + total, start_seed)])
    values, spikes = _imaged(z, weights, used, hertz, early, bool(deconvolved), start_seed)

    ends = np.cumsum(list(frames.values()))
    spans = {name: (int(end) - count, int(end)) for (name, count), end in zip(frames.items(), ends, strict=True)}
    latents = np.ascontiguousarray(z[early:])
    means = {name: float(latents[slice(*span), 0].mean()) for name, span in spans.items()}
    went = {
        name: count_transitions(latents[slice(*spans[name]), 0] * known.sd, known.stable[-1])
        for name, known in slow.items()
        if len(known.stable) > 1
    }
    fast_ei = -0.5 * np.log1p(-np.exp(-2.0 / (hertz * np.array(used.fast))))
    for array in (latents, weights, spikes, fast_ei):
        array.setflags(write=False)
    truth = MouseTruth(
        settings=used,
        rate=hertz,
        spans=FrozenDict(spans),
        latents=latents,
        loadings=weights,
        spikes=spikes,
        slow=FrozenDict(slow),
        fast_ei=fast_ei,
        transitions=FrozenDict(went),
    )
    edges = np.concatenate([[0], ends]) / hertz
    kind = "deconvolved with the known decay" if deconvolved else f"raw calcium, decay {used.decay:g} s"
    recording = Recording(
        values,
        hertz,
        [f"n{i}" for i in range(number)],
        properties={"position": placed.position, "area": placed.area, "hemisphere": placed.hemisphere},
        epochs=Epochs(edges[:-1], edges[1:], list(frames), source=VERB),
        source=f"causalgrain {VERB}",
        notes=[
            f"simulated: {number} neurons, {truth.carriers.sum()} of them carry u, seed {start_seed}; {kind}",
            *(f"u changed wells {many} times in {name}" for name, many in went.items()),
            *(f"u was off balance in {name}: mean {m:+.2f} s.d." for name, m in means.items() if abs(m) > OFF_BALANCE),
        ],
    )
    asked = {
        "neurons": number, "rate": hertz, "windows": {name: count / hertz for name, count in frames.items()},
        "deconvolved": bool(deconvolved), "imbalance": off, "seed": start_seed,
    }  # fmt: skip
    return MouseSimulation(recording, truth, Provenance(VERB, asked, hash_arrays(repr(sorted(asdict(used).items())))))


def _frames(windows: Any, settings: MouseSettings, rate: float) -> dict[str, int]:
    """Return the number of frames of each condition, in order of time."""
    if not isinstance(windows, Mapping) or not windows:
        raise InputError(
            "windows",
            expected="a dict of conditions, each with its length in s",
            got=repr(windows),
            remedy='For example windows={"awake": 100.0, "anaesthesia": 100.0}.',
        )
    for name in windows:
        if name not in settings.dynamics:
            raise InputError(
                "windows",
                expected="conditions that the settings know",
                got=repr(name),
                remedy=did_you_mean(str(name), tuple(settings.dynamics)),
            )
    lengths = {name: as_number(s, f"windows, {name}", low=2.0 / rate, high=1e7) for name, s in windows.items()}
    return {name: round(length * rate) for name, length in lengths.items()}


def _slow(
    slow: Mapping[str, SlowTruth],
    frames: Mapping[str, int],
    early: int,
    step: float,
    steps: int,
    seed: int,
    imbalance: float | None = None,
) -> np.ndarray:
    """Return u / sd at every frame, those before time 0 included, shape (frames,)."""
    rng = draw_rng(seed, SLOW)
    rank, parts = float(rng.random()), []
    for name, count in frames.items():
        known, before = slow[name], 0 if parts else early
        for _ in range(MOST_TRIES):
            path = _walk(known.dynamics, known.quantile(rank), count + before, step, steps, rng)
            off = abs(float(path[before:-1].mean())) / known.sd
            if imbalance is None or off <= imbalance:
                break
        else:
            raise InputError(
                "imbalance",
                expected=f"one that a window of {count} frames meets by chance at least once in {MOST_TRIES} draws",
                got=f"{imbalance:g} for {name}",
                remedy="Take a longer window, a larger `imbalance`, or leave it out.",
            )
        rank = known.rank(path[-1])
        parts.append(path[:-1] / known.sd)
    return np.concatenate(parts)


def _walk(
    dynamics: SlowDynamics, u: float, frames: int, step: float, steps: int, rng: np.random.Generator
) -> np.ndarray:
    """Return u at each frame from the one given on, and one frame further, shape (frames + 1,)."""
    spread = np.sqrt(2.0 * dynamics.D * step)
    b, a = step * dynamics.b / dynamics.tau, step * dynamics.a / dynamics.tau
    path = np.empty(frames + 1)
    path[0] = u
    for frame in range(1, frames + 1):
        for kick in (spread * rng.standard_normal(steps)).tolist():
            u += b * u - a * u * u * u + kick
        path[frame] = u
    return path


def _fast(settings: MouseSettings, rate: float, frames: int, seed: int) -> np.ndarray:
    """Return the fast variables at every frame, stationary from the first, shape (frames, fast)."""
    keeps = np.exp(-1.0 / (rate * np.array(settings.fast)))
    z = draw_rng(seed, FAST).standard_normal((frames, len(keeps)))
    z[1:] *= np.sqrt(-np.expm1(-2.0 / (rate * np.array(settings.fast))))
    for frame in range(1, frames):
        z[frame] += keeps * z[frame - 1]
    return z


def _imaged(
    z: np.ndarray, weights: np.ndarray, settings: MouseSettings, rate: float, early: int, deconvolved: bool, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return (traces in single precision, spikes), each of shape (frames from time 0 on, neurons)."""
    spiking, camera = draw_rng(seed, SPIKES), draw_rng(seed, CAMERA)
    frames, neurons = len(z), len(weights)
    keep = float(np.exp(-1.0 / (rate * settings.decay)))
    traces = np.empty((frames - early, neurons), np.float32)
    counts = np.empty((frames - early, neurons), np.uint16)
    calcium = np.full(neurons, settings.base_rate / rate / (1.0 - keep))
    before = calcium
    for first in range(0, frames, STRETCH):
        expected = settings.base_rate / rate * np.exp(settings.gain * (z[first : first + STRETCH] @ weights.T))
        if expected.max() > MOST_RATE:
            raise InputError(
                "settings",
                expected=f"rates of at most {MOST_RATE:g} spikes a frame",
                got=f"{expected.max():.3g}",
                remedy="Take a smaller `gain` or `base_rate`.",
            )
        fired = spiking.poisson(expected)
        seen = settings.noise * camera.standard_normal(fired.shape)
        for row in range(len(fired)):
            calcium = keep * calcium + fired[row]
            seen[row] += calcium
        made = seen - keep * np.vstack([before, seen[:-1]]) if deconvolved else seen
        before = seen[-1]
        late = max(0, early - first)
        if late < len(fired):
            place = slice(first + late - early, first + len(fired) - early)
            traces[place], counts[place] = made[late:], fired[late:]
    return traces, counts
