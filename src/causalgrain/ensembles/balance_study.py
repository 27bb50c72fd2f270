"""What a balance study looks at: conditions as trains, labellings of the units, widths, blocks of time.

Conventions. Units of which nothing is known are left out. Where types are probabilities, a *labelling* is drawn from
them, unit by unit, and everything is measured under each; certain types are one labelling. The most probable labelling
(from .5 on inhibitory) is the one that symmetry tests take. Blocks are stretches of joined time of a condition, all
segments end to end, equally long; a bin belongs to the block that holds its middle, so blocks are the same stretches at
every scale.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from .._checks import as_number, as_whole, choose
from .._errors import InputError
from ..recordings.recording import Recording
from ..surrogates.streams import draw_rng
from .binned import NORMALISATIONS, Binned
from .cell_type import WAYS, CellTypes, cell_type
from .ladder import TimeScales, as_widths, scale_ladder
from .trains import Trains
from .trains_in import as_inhibitory

LABELS, BOOTSTRAP, PERMUTATION, SYMMETRY, SURROGATE = range(5)  # what a stream of random numbers is for
MOST_BLOCKS, LEAST_BLOCKS, BINS_A_BLOCK = 100, 10, 4
MANY_TRIES = 100


@dataclass(frozen=True, eq=False)
class Study:
    """One study; `trains` are labelled by the most probable labelling.

    Attributes
    ----------
    recording : Recording
        Of the units that are looked at.
    types : CellTypes or None
    labellings : array of bool, shape (labellings, units)
    best : array of bool, shape (units,)
        The most probable labelling.
    trains : dict of str to Trains
    scales : TimeScales
    normalisation : str
    max_lag : int, bins
    seconds : dict of str to float
        Length of the blocks of each condition.
    left_out : tuple of str
        Units of which nothing is known.
    """

    recording: Recording
    types: CellTypes | None
    labellings: np.ndarray
    best: np.ndarray
    trains: dict[str, Trains]
    scales: TimeScales
    normalisation: str
    max_lag: int
    seconds: dict[str, float]
    left_out: tuple[str, ...]

    @property
    def conditions(self) -> tuple[str, ...]:
        """Names of the conditions."""
        return tuple(self.trains)

    def labelled(self, condition: str, labelling: int) -> Trains:
        """Return the trains of a condition under one labelling."""
        return self.relabelled(self.trains[condition], labelling)

    def relabelled(self, trains: Trains, labelling: int) -> Trains:
        """Return trains, such as a surrogate, under one labelling."""
        marks = self.labellings[labelling % len(self.labellings)]
        return trains if (marks == trains.inhibitory).all() else trains.relabelled(marks)

    def binned(self, trains: Trains, scale: int) -> Binned:
        """Return one scale of trains."""
        return trains.binned(self.scales[scale], normalisation=self.normalisation)

    def blocks(self, condition: str) -> int:
        """Return how many blocks a condition has."""
        return max(round(self.trains[condition].duration / self.seconds[condition]), 1)


def make_study(
    recording: Recording,
    inhibitory: Any,
    *,
    cell_types: Any,
    labels: Any,
    waveform_rate: float | None,
    widths: Any,
    normalisation: str,
    conditions: Any,
    max_lag: int,
    block: float | None,
    label_draws: int,
    seed: int,
) -> Study:
    """Return the study of a recording, with everything that was asked for checked."""
    choose(normalisation, NORMALISATIONS, "normalisation")
    if not isinstance(recording, Recording) or recording.kind == "traces":
        raise InputError(
            "recording",
            expected="a Recording of spikes or counts",
            got=f"a Recording of {recording.kind}" if isinstance(recording, Recording) else type(recording).__name__,
            remedy="Ensembles are sums of spikes: read spike times, or deconvolved activity as counts.",
        )
    names = _names(recording, conditions)
    types, probability = _probability(recording, inhibitory, cell_types, labels, waveform_rate)
    known = np.isfinite(probability)
    left_out = tuple(label for label, kept in zip(recording.labels, known, strict=True) if not kept)
    chosen = recording if known.all() else recording.select(np.flatnonzero(known).tolist())
    chance = probability[known]
    best = chance >= 0.5
    _both(chance, best)
    drawn = bool(((chance > 0) & (chance < 1)).any())
    labellings = _draw(chance, as_whole(label_draws, "label_draws", 1), seed) if drawn else best[None]
    trains = {name or "all": Trains.of(chosen, best, name) for name in names}
    resolution = next(iter(trains.values())).resolution
    scales = TimeScales(as_widths(scale_ladder(resolution=resolution or None) if widths is None else widths))
    seconds = {name: _block_seconds(part, scales.widths, block) for name, part in trains.items()}
    lag = as_whole(max_lag, "max_lag", 0, of="bins")
    return Study(chosen, types, labellings, best, trains, scales, normalisation, lag, seconds, left_out)


def _names(recording: Recording, conditions: Any) -> list[str | None]:
    if conditions is None:
        return list(recording.conditions) or [None]
    given = [conditions] if isinstance(conditions, str) else list(conditions)
    for name in given:
        choose(name, recording.conditions, "conditions")
    return list(dict.fromkeys(given))


def _probability(
    recording: Recording, inhibitory: Any, cell_types: Any, labels: Any, waveform_rate: float | None
) -> tuple[CellTypes | None, np.ndarray]:
    """Return the types, where they were found, and the probability of each unit of being inhibitory."""
    types = next((given for given in (inhibitory, cell_types) if isinstance(given, CellTypes)), None)
    if types is None and inhibitory is not None:
        if labels is not None:
            raise InputError(
                "labels", expected="labels or inhibitory", got="both", remedy="Give one of them: they say the same."
            )
        return None, as_inhibitory(inhibitory, recording.n_units, recording.labels).astype(float)
    if types is None:
        way = choose(cell_types, WAYS, "cell_types")
        types = cell_type(recording, by=way, labels=labels, waveform_rate=waveform_rate)
    if types.units != recording.labels:
        raise InputError(
            "cell_types",
            expected=f"types of the {recording.n_units} units of the recording, in its order",
            got=f"types of {len(types.units)} units",
            remedy="Find them for this recording: cell_type(recording).",
        )
    return types, types.probability


def _both(chance: np.ndarray, best: np.ndarray) -> None:
    """Refuse units of one kind."""
    if len(best) and best.any() and not best.all():
        return
    kind = "inhibitory" if not best.any() else "excitatory"
    raise InputError(
        "cell types",
        expected="units of both kinds",
        got=f"no {kind} unit among the {len(best)} whose type is known"
        + (f" (probabilities {chance.min():.2g} to {chance.max():.2g})" if len(chance) else ""),
        remedy="Balance needs an excitatory and an inhibitory ensemble: give labels (labels=, --labels units.csv with "
        "the columns unit and type), or record more units.",
    )


def _draw(chance: np.ndarray, draws: int, seed: int) -> np.ndarray:
    """Return labellings drawn from probabilities, each with units of both kinds, shape (draws, units)."""
    found = []
    for draw in range(draws):
        rng = draw_rng(seed, LABELS, draw)
        for _ in range(MANY_TRIES):
            marks = rng.random(len(chance)) < chance
            if marks.any() and not marks.all():
                found.append(marks)
                break
    return np.array(found) if found else (chance >= 0.5)[None]


def _block_seconds(trains: Trains, widths: tuple[float, ...], block: float | None) -> float:
    """Return the length of blocks: at least four of the widest bins that fit, and a hundredth of the time."""
    total = trains.duration
    if block is not None:
        given = as_number(block, "block", low=np.finfo(float).tiny)
        return total / max(round(total / given), 1)
    longest = float(np.diff(trains.segments, axis=1).max())
    widest = max((w for w in widths if w <= longest), default=longest)
    many = int(np.clip(total // (BINS_A_BLOCK * widest), LEAST_BLOCKS, MOST_BLOCKS))
    return total / many


def block_bins(binned: Binned, spans: np.ndarray, blocks: int) -> np.ndarray:
    """Return the first bin whose middle lies beyond each edge of a block, shape (blocks + 1,).

    Parameters
    ----------
    binned : Binned
    spans : array, shape (segments,), s
        Length of each segment.
    blocks : int
        Equal stretches of joined time.
    """
    since = np.linspace(0.0, spans.sum(), blocks + 1)[:, None] - (np.cumsum(spans) - spans)
    edges = np.clip(np.ceil(since / binned.width - 0.5), 0, binned.lengths).sum(axis=1).astype(np.int64)
    edges[-1] = binned.n_bins
    return edges


def block_moments(binned: Binned, edges: np.ndarray, *, centre: tuple[float, float] | None = None) -> np.ndarray:
    """Return (bins, sums of E, I, E^2, I^2, E I) in each block, shape (blocks, 6).

    E and I are taken about the overall means, or about `centre` beyond what they are in silence.

    >>> trains = Trains.from_units([[0.05, 0.31], [0.12]], [False, True], duration=0.4)
    >>> binned = trains.binned(0.1, normalisation="fraction")
    >>> block_moments(binned, np.array([0, 2, 4]))[:, :3].tolist()
    [[2.0, 0.0, 0.5], [2.0, 0.0, -0.5]]
    """
    n = np.diff(edges).astype(np.float64)
    place = np.searchsorted(binned.index, edges)
    sums = np.zeros((len(n), 5))
    for block, (begin, stop) in enumerate(pairwise(place.tolist())):
        # slices, one block at a time: all bins' products at once would be the largest thing in memory
        e, i = binned.excitatory[begin:stop] - binned.empty[0], binned.inhibitory[begin:stop] - binned.empty[1]
        sums[block] = e.sum(), i.sum(), e @ e, i @ i, e @ i
    e_sum, i_sum, ee, ii, ei = sums.T
    total = max(binned.n_bins, 1)
    e_mean, i_mean = (float(e_sum.sum()) / total, float(i_sum.sum()) / total) if centre is None else centre
    about = (
        e_sum - n * e_mean,
        i_sum - n * i_mean,
        ee - 2.0 * e_mean * e_sum + n * e_mean**2,
        ii - 2.0 * i_mean * i_sum + n * i_mean**2,
        ei - e_mean * i_sum - i_mean * e_sum + n * e_mean * i_mean,
    )
    return np.stack([n, *about], axis=-1)


def of_moments(moments: np.ndarray, means: np.ndarray) -> dict[str, np.ndarray]:
    """Return what follows from summed moments (..., 6), about `means` (..., 2) of (E, I): each of shape (...)."""
    n, e, i, ee, ii, ei = np.moveaxis(moments, -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        var_e, var_i, cov = ee / n - (e / n) ** 2, ii / n - (i / n) ** 2, ei / n - e * i / n**2
        var_e, var_i = np.maximum(var_e, 0.0), np.maximum(var_i, 0.0)
        mean_f = (means[..., 0] + e / n) - (means[..., 1] + i / n)
        middle, half = 0.5 * (var_e + var_i), np.hypot(0.5 * (var_e - var_i), cov)
        short = np.maximum(middle - half, 0.0)
        var_f = np.maximum(var_e + var_i - 2.0 * cov, 0.0)
        return {
            "correlation": np.clip(cov / np.sqrt(var_e * var_i), -1.0, 1.0),
            "departure": mean_f / np.sqrt(var_f),
            "angle": (np.degrees(0.5 * np.arctan2(2.0 * cov, var_e - var_i)) + 45.0) % 180.0 - 45.0,
            "aspect_ratio": np.sqrt((middle + half) / short),
            "orthogonal_width": np.sqrt(0.5 * var_f),
        }
