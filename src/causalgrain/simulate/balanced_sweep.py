"""Balance as inhibition is turned up and down: the control-parameter curve of the simulated network.

Measures of a recording with known cell types, from bins of D seconds in one span of time:

* rho(D): correlation of the two populations' spike counts;
* CV of a cell: standard deviation over mean of its interspike intervals; a population's is the mean over cells with at
  least `MIN_INTERVALS`, 1 for a Poisson process;
* synchrony chi (Golomb & Hansel 2000, Neural Comput 12:1095, eq. 2.8): chi^2 = variance of the mean count over cells,
  divided by the mean over cells of the variance of their counts; 1/sqrt(N) for N independent cells, 1 for equal ones.

Conventions: rates in Hz; a value that can't be had (no spikes, too few intervals, one bin) is NaN.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .._checks import as_number
from .._errors import CausalGrainWarning, InputError
from .._progress import track
from .._provenance import Provenance, hash_arrays
from ..recordings.recording import Recording
from .balanced import Regime, balanced_network
from .balanced_settings import NetworkSettings, settings_of

WIDTHS = (0.005, 0.02, 0.05)  # s
MIN_INTERVALS = 5
EDGE = 1e-9  # relative, of a last bin that ends where the span does


@dataclass(frozen=True)
class PopulationActivity:
    """What two populations do in a span of time.

    Attributes
    ----------
    rate_excitatory, rate_inhibitory : float, Hz
        Mean over cells.
    cv_excitatory, cv_inhibitory : float
        Mean coefficient of variation of interspike intervals.
    widths : tuple of float, s
    correlation : tuple of float
        Of excitatory and inhibitory counts, at each width.
    synchrony : float
        Chi of all cells at the first width.
    """

    rate_excitatory: float
    rate_inhibitory: float
    cv_excitatory: float
    cv_inhibitory: float
    widths: tuple[float, ...]
    correlation: tuple[float, ...]
    synchrony: float

    def __repr__(self) -> str:
        rho = ", ".join(f"{r:.3f} at {1e3 * w:g} ms" for r, w in zip(self.correlation, self.widths, strict=True))
        return (
            f"E {self.rate_excitatory:.2f} Hz, I {self.rate_inhibitory:.2f} Hz, CV {self.cv_excitatory:.2f} and "
            f"{self.cv_inhibitory:.2f}, chi {self.synchrony:.3f}, rho {rho}"
        )


@dataclass(frozen=True, eq=False)
class InhibitionSweep:
    """Activity over the strength of inhibition; arrays of shape (values,), read-only.

    Attributes
    ----------
    inhibition : array
        Factor on the weight of inhibitory synapses.
    rate_excitatory, rate_inhibitory : array, Hz
    cv_excitatory, cv_inhibitory : array
    correlation : array, shape (values, widths)
    synchrony : array
    died : array, s
        When activity died out; NaN where it lasted. Measures are of the whole run.
    widths : tuple of float, s
    regime : str
    provenance : Provenance
    """

    inhibition: np.ndarray
    rate_excitatory: np.ndarray
    rate_inhibitory: np.ndarray
    cv_excitatory: np.ndarray
    cv_inhibitory: np.ndarray
    correlation: np.ndarray
    synchrony: np.ndarray
    died: np.ndarray
    widths: tuple[float, ...]
    regime: str
    provenance: Provenance

    def __repr__(self) -> str:
        head = "".join(f"{f'rho {1e3 * w:g} ms':>11}" for w in self.widths)
        lines = [f"{self.regime} network over inhibition"]
        lines.append(f"{'inhibition':>10}{'E Hz':>8}{'I Hz':>8}{'CV E':>7}{'CV I':>7}{'chi':>7}{head}{'died s':>9}")
        for k, factor in enumerate(self.inhibition):
            rho = "".join(f"{value:>11.3f}" for value in self.correlation[k])
            died = f"{self.died[k]:>9.3f}" if np.isfinite(self.died[k]) else f"{'-':>9}"
            lines.append(
                f"{factor:>10.3g}{self.rate_excitatory[k]:>8.2f}{self.rate_inhibitory[k]:>8.2f}"
                f"{self.cv_excitatory[k]:>7.2f}{self.cv_inhibitory[k]:>7.2f}{self.synchrony[k]:>7.3f}{rho}{died}"
            )
        return "\n".join([*lines, str(self.provenance)])


def population_activity(
    recording: Recording, *, widths: Sequence[float] = WIDTHS, span: tuple[float, float] | None = None
) -> PopulationActivity:
    """Measure rates, irregularity, synchrony and E-I correlation of a recording with known cell types.

    Parameters
    ----------
    recording : Recording
        Spikes, with the property "cell_type": "E" or "I" a unit.
    widths : sequence of float, s
    span : (float, float), s, optional
        Default: from the first to the last moment of the recording.

    Examples
    --------
    >>> rec = Recording.from_spikes([[0.1, 0.3], [0.1, 0.3]], duration=0.4, properties={"cell_type": ["E", "I"]})
    >>> population_activity(rec, widths=[0.1])
    E 5.00 Hz, I 5.00 Hz, CV nan and nan, chi 1.000, rho 1.000 at 100 ms
    """
    kinds = recording.properties.get("cell_type")
    if recording.spikes is None or kinds is None or not np.isin(kinds, ("E", "I")).all():
        raise InputError(
            "recording",
            expected='spike times of units whose property "cell_type" is "E" or "I"',
            got=f"{recording.kind} with properties {', '.join(recording.properties) or 'none'}",
            remedy="A recording from balanced_network(...).recording has them.",
        )
    begin, stop = map(float, (recording.spans[0, 0], recording.spans[-1, 1]) if span is None else span)
    if not begin < stop:
        raise InputError("span", expected="start < stop, s", got=repr(span), remedy="For example span=(0, 10).")
    used = tuple(as_number(width, "widths", low=1e-6, high=stop - begin) for width in widths)
    trains = [train[np.searchsorted(train, begin) : np.searchsorted(train, stop)] for train in recording.spikes]
    inhibitory = np.asarray(kinds) == "I"
    split = [[trains[k] for k in np.flatnonzero(inhibitory == kind)] for kind in (False, True)]
    merged = [np.concatenate(group) if group else np.empty(0) for group in split]
    rates = [len(m) / (len(g) * (stop - begin)) if g else float("nan") for m, g in zip(merged, split, strict=True)]
    return PopulationActivity(
        rate_excitatory=rates[0],
        rate_inhibitory=rates[1],
        cv_excitatory=_mean_cv(split[0]),
        cv_inhibitory=_mean_cv(split[1]),
        widths=used,
        correlation=tuple(
            _correlation(_binned(merged[0], begin, stop, width), _binned(merged[1], begin, stop, width))
            for width in used
        ),
        synchrony=_synchrony(trains, begin, stop, used[0]) if used else float("nan"),
    )


def sweep_inhibition(
    values: Sequence[float],
    *,
    regime: Regime = "self-sustained",
    cells: int = 4000,
    share_inhibitory: float = 0.2,
    duration: float = 10.0,
    seed: int = 0,
    widths: Sequence[float] = WIDTHS,
    settings: NetworkSettings | None = None,
    dt: float = 1e-4,
    progress: bool | None = None,
) -> InhibitionSweep:
    """Simulate one network at several strengths of inhibition and measure each run.

    The network, its start and its drive are the same at each strength; inhibition doesn't fail in between.

    Parameters
    ----------
    values : sequence of float
        Factors on the weight of inhibitory synapses; 1 is the regime's own.
    widths : sequence of float, s
        Bins of the E-I correlation; chi is taken at the first.
    regime, cells, share_inhibitory, duration, seed, settings, dt, progress
        As in :func:`~causalgrain.simulate.balanced.balanced_network`.

    Examples
    --------
    >>> sweep = sweep_inhibition([0.5, 2.0], regime="driven", cells=200, duration=0.5, progress=False)
    >>> bool(sweep.rate_excitatory[0] > sweep.rate_excitatory[1])
    True
    """
    factors = np.array([as_number(v, "values", low=0.0, high=1e3) for v in values])
    if not len(factors):
        raise InputError("values", expected="at least one factor", got="none", remedy="For example [0.5, 1, 2].")
    used = replace(settings_of(regime, settings), failed_efficacy=1.0, failed_efficacy_inhibitory=1.0)
    common: dict[str, Any] = {
        "cells": cells, "share_inhibitory": share_inhibitory, "duration": duration, "seed": seed, "dt": dt
    }  # fmt: skip
    found, died = [], []
    with track("strengths of inhibition", len(factors), progress) as advance, warnings.catch_warnings():
        warnings.simplefilter("ignore", CausalGrainWarning)  # the result says which runs died
        for factor in factors:
            made = balanced_network(regime, inhibition=float(factor), settings=used, progress=False, **common)
            found.append(population_activity(made.recording, widths=widths))
            died.append(made.truth.died)
            advance(1)
    names = ("rate_excitatory", "rate_inhibitory", "cv_excitatory", "cv_inhibitory", "correlation", "synchrony")
    arrays = {name: np.array([getattr(one, name) for one in found], dtype=float) for name in names}
    arrays |= {"inhibition": factors, "died": np.array(died)}
    for array in arrays.values():
        array.setflags(write=False)
    asked = {"regime": regime, **common, "widths": found[0].widths}
    provenance = Provenance("sweep_inhibition", asked, hash_arrays(factors, repr(used)))
    return InhibitionSweep(**arrays, widths=found[0].widths, regime=regime, provenance=provenance)


def _binned(times: np.ndarray, begin: float, stop: float, width: float) -> np.ndarray:
    """Return spikes in each whole bin from `begin`."""
    bins = int(np.floor((stop - begin) / width * (1.0 + EDGE)))
    place = ((times - begin) / width).astype(np.int64)
    return np.bincount(place[place < bins], minlength=bins)


def _correlation(e: np.ndarray, i: np.ndarray) -> float:
    if len(e) < 2 or e.min() == e.max() or i.min() == i.max():
        return float("nan")
    return float(np.corrcoef(e, i)[0, 1])


def _mean_cv(trains: Sequence[np.ndarray]) -> float:
    gaps = [np.diff(train) for train in trains if len(train) > MIN_INTERVALS]
    return float(np.mean([gap.std() / gap.mean() for gap in gaps])) if gaps else float("nan")


def _synchrony(trains: Sequence[np.ndarray], begin: float, stop: float, width: float) -> float:
    total, alone = np.zeros_like(_binned(np.empty(0), begin, stop, width)), 0.0
    for train in trains:
        counts = _binned(train, begin, stop, width)
        total += counts
        alone += float(counts.var())
    return float(np.sqrt(total.var() / (len(trains) * alone))) if alone > 0.0 else float("nan")
