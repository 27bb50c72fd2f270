"""What depends on which units are seen: fewer of them, all of the population, those of a neighbourhood.

Conventions. The correlation of ensembles of other sizes follows from the covariance of units (:mod:`.subsampling`,
eq. 1): with half of the units of each class, and in a population of given size, or one without end. It is taken at
`MOST_SCALES` scales at most, evenly spread over those with enough bins and not too many (`MOST_WORK`); under "rate"
and "fraction" all units count alike, so covariances are of counts, whatever the normalisation. Neighbourhoods are those
of :mod:`.neighbourhoods`, at most `MOST_CENTRES` a radius.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from .._checks import as_float_array
from .._errors import InputError
from .balance_draws import Advance, run_tasks
from .balance_study import Study
from .balance_symmetry import unit_counts
from .geometry import ensemble_geometry
from .neighbourhoods import over_neighbourhoods
from .subsampling import LEAST_UNITS, as_population, extrapolate_covariance
from .trains import Trains

MOST_SCALES = 8
LEAST_BINS = 20
ENDLESS = 10**9  # units of a class
SAMPLED = ("correlation_half", "correlation_whole", "whole_low", "whole_high")
MOST_CENTRES = 12
SPARSE = 0.1  # share of (bin, unit) with spikes above which a dense product is faster
MOST_WORK = 1e11  # bins times units squared
ROWS = 1 << 14


def sampled_scales(study: Study, condition: str) -> list[int]:
    """Return the scales at which other numbers of units are looked at."""
    trains = study.trains[condition]
    spans = np.diff(trains.segments, axis=1)[:, 0]
    bins = [float(np.floor(spans / width + 1e-6).sum()) for width in study.scales.widths]
    fit = [k for k, many in enumerate(bins) if many >= LEAST_BINS and many * trains.n_units**2 <= MOST_WORK]
    if not fit or min(trains.n_inhibitory, trains.n_excitatory) < LEAST_UNITS:
        return []
    return sorted({fit[int(k)] for k in np.linspace(0, len(fit) - 1, min(MOST_SCALES, len(fit))).round()})


def of_other_sizes(
    study: Study, condition: str, population: tuple[int, int] | None, workers: int, advance: Advance
) -> dict[str, np.ndarray]:
    """Return the correlation of half of the units and of the whole population, with its 90 % interval, (scales,)."""
    table = np.full((len(SAMPLED), len(study.scales)), np.nan)
    scales = sampled_scales(study, condition)
    trains = study.trains[condition]
    found = run_tasks([partial(_sizes, trains, study.scales[k], population) for k in scales], workers, advance)
    for scale, row in zip(scales, found, strict=True):
        table[:, scale] = row
    return dict(zip(SAMPLED, table, strict=True))


def _sizes(trains: Trains, width: float, population: tuple[int, int] | None) -> tuple[float, ...]:
    bins = trains.binned(width).n_bins
    made = extrapolate_covariance(
        count_covariance(trains, width, bins),
        trains.inhibitory,
        population=(ENDLESS, ENDLESS) if population is None else population,
    )
    half = made.at(max(trains.n_excitatory // 2, 1), max(trains.n_inhibitory // 2, 1))
    return half, made.value, made.low, made.high


def count_covariance(trains: Trains, width: float, bins: int) -> np.ndarray:
    """Return the covariance of the units' counts over all bins, shape (units, units).

    >>> trains = Trains.from_units([[0.05, 0.31], [0.12]], [False, True], duration=0.4)
    >>> count_covariance(trains, 0.1, 4).tolist()
    [[0.25, -0.125], [-0.125, 0.1875]]
    """
    counts, _ = unit_counts(trains, width)
    if counts.nnz < SPARSE * counts.shape[0] * counts.shape[1]:
        whole = counts.astype(np.float64)
        squares = (whole.T @ whole).toarray()
    else:
        squares = np.zeros((trains.n_units,) * 2)
        for start in range(0, counts.shape[0], ROWS):
            part = counts[start : start + ROWS].toarray().astype(np.float64)
            squares += part.T @ part
    sums = np.asarray(counts.sum(axis=0, dtype=np.float64)).ravel()
    return squares / bins - np.outer(sums, sums) / bins**2


def check_population(population: Any, study: Study) -> tuple[int, int] | None:
    """Return the sizes of the population, which holds the units seen."""
    if population is None:
        return None
    first = next(iter(study.trains.values()))
    return as_population(population, (first.n_excitatory, first.n_inhibitory))


def check_radii(radii: Any, study: Study) -> np.ndarray | None:
    """Return ascending radii, or say that there are no positions to take them about."""
    if radii is None:
        return None
    if "position" not in study.recording.properties:
        raise InputError(
            "radii",
            expected="a recording with positions of its units",
            got="none",
            remedy="Give the recording a property 'position', shape (units, 2 or 3), um; or leave radii out: spatial "
            "scale can't be asked for without it.",
        )
    found = np.atleast_1d(as_float_array(radii, "radii"))
    if found.ndim != 1 or not found.size or not (found > 0).all() or (np.diff(found) <= 0).any():
        raise InputError(
            "radii", expected="ascending numbers > 0, um", got=repr(radii), remedy="For example radii=[100, 200, 400]."
        )
    return found


def over_space(study: Study, condition: str, radii: np.ndarray, workers: int, advance: Advance) -> np.ndarray:
    """Return the correlation within neighbourhoods, mean over them, shape (radii, scales)."""
    trains, places = study.trains[condition], study.recording.properties["position"]

    def one(scale: int) -> np.ndarray:
        def correlation(units: np.ndarray) -> float:
            near = trains.of_units(units)
            e, i, weights = study.binned(near, scale).pairs()
            return ensemble_geometry(e, i, weights=weights).rho

        return over_neighbourhoods(
            correlation, places, inhibitory=trains.inhibitory, radii=radii, most=MOST_CENTRES
        ).mean

    return np.array(run_tasks([partial(one, k) for k in range(len(study.scales))], workers, advance)).T
