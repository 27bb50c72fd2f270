"""The scan of a recording: every bin, lag and grouping in every condition, each number with its doubt.

What is measured is said in :mod:`.recorded_study`, what is drawn in :mod:`.recorded_draws`, how it becomes a profile in
:mod:`.recorded_profile`; here is the public verb.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .._checks import as_number, choose
from .._errors import CostError, InputError
from .._progress import track
from ..phi.conventions import ONE_ELEMENT
from ..phi.cost import check_cost, describe_seconds
from ..profile import GrainProfile
from ..recordings.recording import Recording
from ..recordings.units import choose_units
from ..recordings.validation import positive
from ..surrogates import METHODS, draw_rng
from ..systems.estimate import MAX_UNITS
from .estimated import THRESHOLDS
from .recorded_cost import scan_seconds
from .recorded_draws import NULL_OVER, Draws, Sampler, Scan
from .recorded_profile import Made, SubsetScan, as_profile
from .recorded_study import Study, make_study, varying_units
from .run import Settings

MOST_WITH_NULL = 5  # units; the null of the maximum scans every grain in every draw
SUBSETS = 10
SAID_FROM = 10.0  # seconds; a longer scan says beforehand what it will take
SUBSET_KEY = 17


def scan_recording(
    recording: Recording,
    *,
    units: Any = None,
    subsets: int | None = None,
    bins: float | Sequence[float] | None = None,
    lags: int | Sequence[int] = 1,
    binarise: Any = None,
    conditions: Sequence[str] | None = None,
    max_dependence: float | None = None,
    one_element: str = "zero",
    prior: float = 0.5,
    draws: int = 100,
    null: str | None = "circular_shift",
    null_over: str = "condition",
    best: int = 10,
    block: float | None = None,
    seed: int = 0,
    workers: int = 1,
    max_cost: float = 3600.0,
    progress: bool | None = None,
) -> GrainProfile:
    """Return integrated information at every bin, lag and grouping of a recording, each with its doubt.

    For every condition, bin and lag the transitions of the binary states of the chosen units make a network, which is
    looked at through all groupings of its units. Phi of a grain is its mean over visited states by occupancy. Finite
    data bias it upward, so beside the raw value stand

    * ``phi_corrected = 2 phi(N) - phi(N / 2)``, from 0 to the raw value, the second term a mean over halves of the
      blocks: it takes away a bias that falls as 1/N, but only two fifths of one that falls as 1/sqrt(N), as that of
      units with memory does;
    * ``phi_excess``, the raw value less its mean over surrogates, which have the same memory and no coupling;
    * an interval for the micro grain of every bin and lag and the `best` grains, from a block bootstrap;
    * the null of the *maximum* over all grains, from surrogates of the recording;
    * the share of bootstrap draws that each grain wins;
    * the difference between conditions under permutation of their blocks.

    Parameters
    ----------
    recording : Recording
        With epochs, each condition is scanned; without, the whole.
    units : optional
        As in :func:`~causalgrain.recordings.units.choose_units`, at most 8; "random:5" draws five among the units that
        are neither always ON nor always OFF in any condition and bin. Default: all.
    subsets : int, optional
        How many random sets are scanned, the first of them with all its draws. Default: 10 for "random:N", else 1.
    bins : float or sequence of float, s, optional
        Needed for spike times; default: the recording's own samples.
    lags : int or sequence of int, bins
        From cause to effect.
    binarise : str, optional
        As in :func:`~causalgrain.recordings.preprocessing.binarise`. Thresholds are taken from all conditions
        together. Default: "spike" for spikes and counts, "median" for traces.
    conditions : sequence of str, optional
        Default: all of the recording's.
    max_dependence : float, optional
        Largest conditional dependence of a grain that competes. Default: answers at 1e-8, .01, .05 and 1, and no
        single peak.
    one_element : {"zero", "pyphi"}
        Phi of a grain of one macro element.
    prior : float, pseudo-counts
        Added to the ON and to the OFF count of each unit in each state.
    draws : int
        Of the null, the bootstrap and the permutation, each; 0 for none.
    null : str or None
        A name in :data:`causalgrain.surrogates.METHODS`; None for none. Made for at most 5 units.
    null_over : {"condition", "recording"}
        Over what time surrogates are made. Inside a condition of short epochs a shift breaks every unit's own course
        at edges that have moved. Over the recording it doesn't, but surrogates then hold what units do in other
        conditions too: where rates differ between conditions, p can be far too small. Notes say where either is feared;
        docs/recordings.md has the numbers.
    best : int
        How many of the best grains are drawn, besides the micro grain of every bin and lag.
    block : float, s, optional
        Length of the blocks. Default: five correlation times of the slowest unit, at least ten of the widest bins;
        less where that leaves fewer than ten blocks.
    seed : int
        Of everything drawn.
    workers : int
        Threads; -1 for all cores. The result does not depend on it.
    max_cost : float, seconds
        Refuse to start when the estimate is above it.
    progress : bool, optional
        Whether to show a progress bar with the time left. Default: on a terminal.

    Returns
    -------
    GrainProfile
        One row a bin, lag and grouping; one condition each. ``profile.at("run").peak``; the tables are
        :func:`causalgrain.peaks_by_dependence`, :func:`causalgrain.compare_conditions`,
        :func:`causalgrain.subset_table`.

    Raises
    ------
    InputError
        Unknown units, conditions or names, bins that don't fit, a unit without two states.
    CostError
        More than 8 units, or a longer search than allowed.

    Examples
    --------
    >>> import causalgrain as cg
    >>> from causalgrain.systems.sampling import sample_recording
    >>> rec = sample_recording(cg.published("hoel2016-fig2"), 2000, rng=1)
    >>> profile = cg.scan_recording(rec, bins=[1.0, 2.0], max_dependence=0.05, draws=0)
    >>> profile.peak.label
    '1 s ABCD'

    References
    ----------
    Hoel, Albantakis, Marshall & Tononi (2016) Neurosci Conscious niw012; Westfall & Young (1993) Resampling-based
    Multiple Testing (the null of the maximum).
    """
    _check_recording(recording)
    choose(one_element, ONE_ELEMENT, "one_element")
    as_number(max_cost, "max_cost", low=0.0)
    as_number(prior, "prior", low=0.0)
    if null is not None:
        choose(null, tuple(METHODS), "null")
    choose(null_over, NULL_OVER, "null_over")
    for name, value, low in (("draws", draws, 0), ("best", best, 1), ("workers", workers, -1), ("seed", seed, 0)):
        _check_whole(name, value, low)
    if block is not None:
        positive(block, "block", "s", "Give the length of the blocks of the bootstrap, or leave it out.")
    if max_dependence is not None:
        as_number(max_dependence, "max_dependence", low=0.0)
    thresholds = THRESHOLDS if max_dependence is None else (float(max_dependence),)
    settings = Settings(max(thresholds), one_element == "pyphi")
    widths = _widths(recording, bins)
    every_lag = _lags(lags)
    method = binarise or ("median" if recording.kind == "traces" else "spike")
    names = _conditions(recording, conditions)
    drawn = isinstance(units, str) and units.partition(":")[0].strip() == "random" and units not in recording.labels
    fit = varying_units(recording, names, widths, method) if drawn else tuple(range(recording.n_units))
    sets = _unit_sets(recording, fit, units, drawn, subsets, seed)

    def study_of(chosen: tuple[int, ...]) -> Study:
        selected = recording.select(chosen)
        parts = {name: selected.in_condition(name) for name in names} if names else {"all": selected}
        return make_study(
            selected, parts, widths=widths, lags=every_lag, method=method, prior=prior, settings=settings, block=block
        )

    study = study_of(sets[0])
    with_null = null is not None and len(sets[0]) <= MOST_WITH_NULL
    counts = Draws(
        nulls=draws if with_null else 0,
        null=null or "",
        null_over=null_over,
        bootstrap=draws,
        permutations=draws,
        best=best,
    )
    sampler = Sampler(study, counts, seed, 0, thresholds)
    once, work = scan_seconds(sampler), _work(sampler, counts, len(sets))
    threads = min(os.cpu_count() or 1, 64) if workers == -1 else workers
    words = _cost_words(study, counts, len(sets), threads)
    check_cost(once * work / threads, max_cost, words)
    if once * work / threads > SAID_FROM and progress is not False:
        print(f"causalgrain: {words}: about {describe_seconds(once * work / threads)}", file=sys.stderr, flush=True)
    with track(f"grains of {len(names) or 1} x {len(study.cells)} cells", work, progress) as advance:
        scans = sampler.scan(workers, advance)
        if counts.nulls:
            sampler.nulls(scans, workers, advance)
        contrasts = []
        if draws:
            sampler.bootstrap(scans, workers, advance)
            contrasts = sampler.contrasts(scans, workers, advance)
        others = [
            _other(study_of(chosen), place, counts, seed, thresholds, workers, advance)
            for place, chosen in enumerate(sets[1:], start=1)
        ]
    labels = [tuple(recording.labels[i] for i in chosen) for chosen in sets]
    every = [SubsetScan(names, found) for names, found in zip(labels, [scans, *others], strict=True)]
    return as_profile(
        Made(
            study=study,
            draws=counts,
            scans=scans,
            contrasts=contrasts,
            subsets=every,
            thresholds=thresholds,
            named=max_dependence is not None,
            left_out=tuple(label for i, label in enumerate(recording.labels) if i not in fit),
            recording=recording,
            settings={
                "units": list(labels[0]),
                "subsets": len(sets),
                "bins": [float(b) for b in study.bins],
                "lags": list(every_lag),
                "binarise": method,
                "conditions": list(study.conditions),
                "max_dependence": max_dependence,
                "one_element": one_element,
                "prior": prior,
                "draws": draws,
                "null": counts.null if counts.nulls else None,
                "null_over": counts.null_over if counts.nulls else None,
                "best": best,
                "block": {name: round(found.seconds, 6) for name, found in study.blocks.items()},
                "seed": seed,
            },
        )
    )


def _other(
    study: Study, place: int, draws: Draws, seed: int, thresholds: Sequence[float], workers: int, advance: Any
) -> dict[str, Scan]:
    return Sampler(study, replace(draws, halves=1), seed, place, thresholds).scan(workers, advance)


def _work(sampler: Sampler, draws: Draws, subsets: int) -> float:
    """Return all there is to do, in scans of one cell at every grain."""
    conditions, cells = len(sampler.study.conditions), len(sampler.study.cells)
    inner = len(sampler.study.grains)
    rows = np.union1d(np.arange(cells) * inner, np.arange(min(draws.best, inner)))
    some = sampler.work(rows)
    scans = conditions * cells * (1.0 + 2.0 * draws.halves)
    others = conditions * cells * 3.0 * (subsets - 1)
    pairs = conditions * (conditions - 1) // 2
    return (
        scans
        + others
        + conditions * (draws.nulls * cells + draws.bootstrap * some)
        + pairs * draws.permutations * 4.0 * some
    )


def _cost_words(study: Study, draws: Draws, subsets: int, threads: int) -> str:
    counted = [
        (len(study.grains), "grain", "grains"),
        (len(study.conditions), "condition", "conditions"),
        (len(study.bins), "bin", "bins"),
        (len(study.lags), "lag", "lags"),
        (draws.nulls, "surrogate", "surrogates"),
        (subsets, "set of units", "sets of units"),
        (threads, "thread", "threads"),
    ]
    words = [f"{many} {one if many == 1 else several}" for many, one, several in counted]
    return f"the scan of {len(study.grains.labels)} units ({', '.join(words)})"


# -- what was asked for ------------------------------------------------------------------------------------------


def _check_recording(recording: Any) -> None:
    if not isinstance(recording, Recording):
        raise InputError(
            "recording",
            expected="a Recording",
            got=type(recording).__name__,
            remedy="Read a file with read_recording, or make one: Recording(values, rate). For a Network use scan.",
        )


def _check_whole(name: str, value: Any, low: int) -> None:
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or value < low or (name == "workers" and value == 0):
        wanted = "a number of threads, or -1" if name == "workers" else f"a whole number >= {low}"
        raise InputError(name, expected=wanted, got=repr(value), remedy=f"Try {name}={max(low, 1)}.")


def _widths(recording: Recording, bins: Any) -> tuple[float | None, ...]:
    if bins is None:
        if recording.rate is None:
            raise InputError(
                "bins",
                expected="widths of bins in s, for spike times",
                got="none",
                remedy="For example bins=[0.05, 0.1, 0.2] (--bin 0.05,0.1,0.2).",
            )
        return (None,)
    widths = [bins] if isinstance(bins, int | float | np.number) else list(bins)
    made = tuple(positive(width, "bins", "s", "For bins of 100 ms give 0.1.") for width in widths)
    if not made or len(set(made)) != len(made):
        raise InputError("bins", expected="at least one, each once", got=repr(bins), remedy="For example [0.1, 0.2].")
    return made


def _lags(lags: Any) -> tuple[int, ...]:
    made = [lags] if isinstance(lags, int | np.integer) else list(lags)
    for lag in made:
        _check_whole("lags", lag, 1)
    if not made or len(set(made)) != len(made):
        raise InputError("lags", expected="at least one, each once", got=repr(lags), remedy="For example [1, 2].")
    return tuple(int(lag) for lag in made)


def _unit_sets(
    recording: Recording, fit: tuple[int, ...], units: Any, drawn: bool, subsets: int | None, seed: int
) -> list[tuple[int, ...]]:
    """Return the sets of units to scan; random ones are drawn among those that `fit`."""
    first = tuple(fit[i] for i in choose_units(recording.select(fit), units, seed=seed))
    if len(first) > MAX_UNITS:
        raise CostError(
            "units",
            expected=f"at most {MAX_UNITS}",
            got=f"{len(first)}",
            remedy=f"Choose fewer, by name, by index or at random: units='random:{min(5, len(first))}' (--units).",
        )
    if subsets is not None:
        _check_whole("subsets", subsets, 1)
        if subsets > 1 and not drawn:
            raise InputError(
                "subsets",
                expected="units='random:N' beside it",
                got=f"units={units!r}",
                remedy="Named units make one set; draw them for a distribution over sets.",
            )
    sets = [first]
    for place in range(1, (subsets or SUBSETS) if drawn else 1):
        for attempt in range(20):
            rng = draw_rng(seed, SUBSET_KEY, place, attempt)
            other = tuple(sorted(rng.choice(fit, size=len(first), replace=False).tolist()))
            if other not in sets:
                sets.append(other)
                break
    return sets


def _conditions(recording: Recording, conditions: Any) -> tuple[str, ...]:
    if conditions is None:
        return recording.conditions
    names = [conditions] if isinstance(conditions, str) else list(conditions)
    for name in names:
        recording.in_condition(name)
    return tuple(dict.fromkeys(names))
