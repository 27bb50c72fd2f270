"""Do excitatory and inhibitory ensembles balance, at which time scales, and where does it break: the public verb.

What is looked at is said in :mod:`.balance_study`, what is measured in :mod:`.balance_measures`, what is drawn in
:mod:`.balance_draws`, the symmetry tests in :mod:`.balance_symmetry`, how it becomes a profile in
:mod:`.balance_profile`, and what it has to be read with in :mod:`.balance_notes`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from .._checks import as_number, as_whole, choose
from .._errors import InputError
from .._progress import track
from ..profile import GrainProfile
from ..recordings.recording import Recording
from .balance_contrast import contrasts_of
from .balance_cost import check_seconds, describe, study_seconds
from .balance_draws import measure_condition
from .balance_notes import notes_of
from .balance_profile import Made, as_profile
from .balance_study import make_study
from .balance_symmetry import symmetries_of
from .balance_units import check_population, check_radii, of_other_sizes, over_space, sampled_scales
from .nulls import NULLS

SAID_FROM = 10.0  # seconds; a longer study says beforehand what it will take


def balance(
    recording: Recording,
    inhibitory: Any = None,
    *,
    cell_types: Any = "auto",
    labels: Mapping[str, Any] | Sequence[Any] | None = None,
    waveform_rate: float | None = None,
    widths: Any = None,
    normalisation: str = "rate",
    conditions: Sequence[str] | None = None,
    surrogates: int = 200,
    null: str = "circular_shift",
    null_settings: Mapping[str, Any] | None = None,
    symmetry: bool = True,
    exchange_match: str = "rate",
    population: tuple[int, int] | None = None,
    radii: Any = None,
    max_lag: int = 10,
    block: float | None = None,
    bootstrap: int = 200,
    label_draws: int = 20,
    fdr: Literal["bh", "by"] = "bh",
    seed: int = 0,
    workers: int = 1,
    max_cost: float = 3600.0,
    progress: bool | None = None,
) -> GrainProfile:
    """Measure excitatory against inhibitory ensembles over time scales and conditions, each number with its doubt.

    Parameters
    ----------
    recording : Recording
        Spikes, or counts. With epochs, each condition is looked at; without, the whole.
    inhibitory : array_like of bool, shape (units,), sequence of str, or CellTypes, optional
        Which units are inhibitory; all others are excitatory.
    cell_types : {"auto", "labels", "waveform", "correlogram", "combined"} or CellTypes
        How to find out, where `inhibitory` isn't given; see :func:`causalgrain.cell_type`, whose results, with settings
        of their own, are taken too. Units of which nothing is known are left out.
    labels, waveform_rate
        Handed to it.
    widths : array_like, s, optional
        Widths of bins, ascending. Default: the published ladder, 1 ms to 10.94 s.
    normalisation : {"rate", "fraction", "unit_mean", "zscore", "unit_maximum"}
        What an ensemble's activity is; see :mod:`.binned`.
    conditions : sequence of str, optional
        Default: all of the recording's.
    surrogates : int
        How many, for p-values; 0 for none.
    null : {"circular_shift", "ensemble_shift", "isi_pooled", "isi_unit", "dither"}
        What they keep and destroy says :data:`.nulls.NULLS`.
    null_settings : mapping, optional
        Of the null, such as ``{"within": "segment"}``.
    symmetry : bool
        Whether to test exchange, time reversal and scale symmetry (with surrogates only).
    exchange_match : {"rate", "size"}
        Whether units are matched in rate before E and I are exchanged.
    population : (int, int), optional
        Excitatory and inhibitory units of the circuit that those seen are a sample of. Default: without end.
    radii : array_like, um, optional
        Also take the correlation within neighbourhoods of these radii.
    max_lag : int, bins
        Of the lagged correlation.
    block : float, s, optional
        Length of blocks of time. Default: a hundredth of the condition, at least four of the widest bins.
    bootstrap : int
        Draws of blocks, for intervals.
    label_draws : int
        Labellings drawn where types are probabilities.
    fdr : {"bh", "by"}
        Correction of p over scales and conditions: Benjamini-Hochberg, or Benjamini-Yekutieli.
    seed : int
        Of everything drawn.
    workers : int
        Threads; -1 for all cores. The result does not depend on it.
    max_cost : float, s
        Refuse to start when the estimate is above it.
    progress : bool, optional
        Whether to show a progress bar. Default: on a terminal.

    Returns
    -------
    GrainProfile
        Scale x condition x draw, a draw being a labelling of the units. ``profile.at("wake").peak`` is the scale with
        the largest correlation, ``profile.at("wake").invariance`` tells what stays the same over scales; tables are
        :func:`causalgrain.balance_table`, :func:`causalgrain.symmetry_table`, :func:`causalgrain.balance_differences`,
        :func:`causalgrain.condition_table`. All variables are listed in :mod:`.balance_profile`.

    Raises
    ------
    InputError
        No types, or one kind of units only; labels of unknown units; settings out of range; no positions for `radii`.
    CostError
        A longer study than allowed.

    Examples
    --------
    Two units that follow a third:

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> drive = np.sort(rng.uniform(0, 60, 300))
    >>> trains = [np.sort(drive + rng.uniform(0, 0.05, 300)) for _ in range(3)]
    >>> found = balance(Recording.from_spikes(trains, duration=61), [0, 0, 1], widths=[0.01, 0.1, 1.0], surrogates=19)
    >>> found.peak.label, found.peak.p
    ('1 s', 0.05)

    References
    ----------
    Dehghani (2025) arXiv 2306.11965; Dehghani et al. (2016) Sci. Rep. 6:23176; Benjamini & Hochberg (1995) J R Stat Soc
    B 57:289.
    """
    choose(null, tuple(NULLS), "null")
    choose(fdr, ("bh", "by"), "fdr")
    choose(exchange_match, ("rate", "size"), "exchange_match")
    surrogates, bootstrap = as_whole(surrogates, "surrogates", 0), as_whole(bootstrap, "bootstrap", 0)
    seed, most = as_whole(seed, "seed", 0), as_number(max_cost, "max_cost", low=0.0)
    threads = _threads(workers)
    study = make_study(
        recording,
        inhibitory,
        cell_types=cell_types,
        labels=labels,
        waveform_rate=waveform_rate,
        widths=widths,
        normalisation=normalisation,
        conditions=conditions,
        max_lag=max_lag,
        block=block,
        label_draws=label_draws,
        seed=seed,
    )
    whole, reach = check_population(population, study), check_radii(radii, study)
    extra = dict(null_settings or {})
    seconds = study_seconds(study, surrogates, bootstrap, symmetry)
    what = (
        f"{len(study.conditions)} condition{'s' * (len(study.conditions) > 1)}, {len(study.scales)} scales, "
        f"{surrogates} surrogates, {len(study.labellings)} labelling{'s' * (len(study.labellings) > 1)}"
    )
    check_seconds(seconds / threads, most, what)
    if seconds / threads > SAID_FROM and progress is not False:
        print(f"causalgrain: balance ({what}): about {describe(seconds / threads)}", file=sys.stderr, flush=True)
    scales, many = len(study.scales), len(study.conditions)
    steps = many * (len(study.labellings) + surrogates + (scales if symmetry and surrogates else 0))
    steps += sum(len(sampled_scales(study, name)) for name in study.conditions)
    steps += (many * (many - 1) // 2 + (many if reach is not None else 0)) * scales
    drawn, symmetries, sampled, space = {}, {}, {}, {}
    with track("balance", steps, progress) as advance:
        for name in study.conditions:
            drawn[name] = measure_condition(
                study,
                name,
                surrogates=surrogates,
                null=null,
                null_settings=extra,
                bootstrap=bootstrap,
                seed=seed,
                workers=threads,
                advance=advance,
            )
            symmetries[name] = symmetries_of(
                study,
                name,
                draws=surrogates,
                match=exchange_match,
                tests=symmetry,
                seed=seed,
                workers=threads,
                advance=advance,
            )
            sampled[name] = of_other_sizes(study, name, whole, threads, advance)
            if reach is not None:
                space[name] = over_space(study, name, reach, threads, advance)
        contrasts = []
        if surrogates and many > 1:
            contrasts = contrasts_of(
                study, draws=surrogates, tests=symmetry, seed=seed, workers=threads, advance=advance
            )
    notes = notes_of(study, drawn, surrogates=surrogates, null=null, normalisation=normalisation)
    notes += [note for found in symmetries.values() for note in found.notes]
    settings = {
        "inhibitory": [label for label, mark in zip(study.recording.labels, study.best, strict=True) if mark],
        "cell_types": "given"
        if inhibitory is not None
        else "CellTypes"
        if not isinstance(cell_types, str)
        else cell_types,
        "widths": [float(width) for width in study.scales.widths],
        "normalisation": normalisation,
        "conditions": list(study.conditions),
        "surrogates": surrogates,
        "null": null if surrogates else None,
        "null_settings": extra,
        "symmetry": bool(symmetry),
        "exchange_match": exchange_match,
        "population": None if whole is None else list(whole),
        "radii": None if reach is None else reach.tolist(),
        "max_lag": study.max_lag,
        "block": {name: round(found, 6) for name, found in study.seconds.items()},
        "bootstrap": bootstrap,
        "label_draws": len(study.labellings),
        "fdr": fdr,
        "seed": seed,
    }
    return as_profile(
        Made(study, drawn, symmetries, contrasts, sampled, reach, space, null, fdr, settings, tuple(notes))
    )


def _threads(workers: Any) -> int:
    if isinstance(workers, int) and not isinstance(workers, bool) and (workers == -1 or workers >= 1):
        return min(os.cpu_count() or 1, 64) if workers == -1 else workers
    raise InputError("workers", expected="a number of threads, or -1", got=repr(workers), remedy="Try workers=1.")
