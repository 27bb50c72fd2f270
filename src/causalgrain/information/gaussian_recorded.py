r"""The profile of a linear Gaussian system, or of a recording as one, over numbers of dimensions.

For a system the values are exact (:mod:`.gaussian_scales`). For a recording, scale d of each condition is a linear
model of d macro variables ``y = W x``; the directions W, their weights F and the strength of shrinkage come from
training parts only, noise and intervention from what was held out (:mod:`.linear_cv`). The headline is

* ``ei``: held-out channel EI per dimension under the Gaussian intervention with the data's covariance,

beside ``j_naive``, the small-noise J of least squares measured on the very data that it and W were made from: the trap.
On white noise its differences over scales are about +.8 nats; held-out channel EI stays at 0.

Doubt. Interval: from t standard deviations of a bootstrap of blocks of time below the smaller of the held-out and the
in-sample value to as many above the larger (finite data push the one down and the other up; all is done anew in each
draw, folds, directions and strengths; copies of a block stay in one fold). Memory of a tenth of the recording or more
makes every value too small and the interval too narrow: it held the truth in 60 to 100 % of simulated recordings of
1,000 samples with a memory of 200, and in 80 to 100 % at 10,000 (benchmarks/gaussian_profile.py).

Null: surrogates of each condition go through everything too. The statistic of a scale is its value less the mean over
data and surrogates, divided by their s.d. there; p compares it with the largest over all scales in each surrogate, so
it holds for whichever scale is looked at. ``emergence`` (value at d less that at the finest scale) is tested in the
same way. The default surrogate rotates the *pairs* (x_t, x_{t+lag}) of every unit by an amount of its own: no pair is
broken, each unit keeps what it says about itself, and relations between units go. (Where samples are shifted, units
forget at seams: inside short epochs independent slow units then had p <= .05 in all of 40 runs.) Pairs are rotated over
the condition, or over the recording and then the condition's cut out; neither is right everywhere, see
:mod:`.null_time`. Conditions are fitted apart, each with its own W. Streams of random numbers follow from (seed,
purpose, condition, draw).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .._checks import as_whole, choose
from .._doubt import rank_p, share_of_wins, t_reach
from .._errors import InputError
from .._progress import track
from .._provenance import Provenance
from ..profile import GrainProfile, Measure
from ..recordings.recording import Recording
from ..surrogates import METHODS, surrogate
from ..surrogates.streams import as_seed, draw_rng
from .dimensions import Dimensions, checked_dims
from .gaussian import as_linear
from .gaussian_scales import CONVENTIONS as EXACT_CONVENTIONS
from .gaussian_scales import best_linear_scale
from .inputs import recorded_conditions
from .linear import LinearGaussian
from .linear_cv import FOLDS, CrossValidated, cross_validate
from .linear_fit import CAUTION, Prepared, prepare
from .linear_moments import block_moments, draw_times, fold_moments, rotated_moments
from .linear_shrink import STRENGTHS, fit_scale, train
from .null_time import NULL_OVER, Stretches, choose_time, said_of_times

if TYPE_CHECKING:
    import xarray as xr

LEVEL = 0.95
PAIRS_HELD_OUT = 2  # for each dimension, in the smallest fold
BOOTSTRAP, NULL = 1, 2  # purposes of random streams
ROTATED = "circular_shift"  # rotates pairs, so that none is broken

NATS = "nats/dim"
EXACT_MEASURES = (
    Measure("ei", NATS, "channel EI, Gaussian intervention, at the best W found", "maximum"),
    Measure("emergence", NATS, "ei less ei of the finest scale", "nothing"),
    Measure("bound", NATS, "no W gives more", "nothing"),
    Measure("closure", "", "share of what drives the macro variables that they hold themselves", "nothing"),
    Measure("j", NATS, "small-noise J, W W^T = I, box [-1, 1], at its own best W; NaN where A is singular", "nothing"),
    Measure("dj", NATS, "j less j of all variables", "nothing"),
)
MEASURES = (
    Measure("ei", NATS, "channel EI held out, Gaussian intervention with the data's covariance", "maximum"),
    Measure("low", NATS, f"{LEVEL:.0%} interval, block bootstrap about held-out and in-sample ei", "nothing"),
    Measure("high", NATS, f"{LEVEL:.0%} interval, block bootstrap about held-out and in-sample ei", "nothing"),
    Measure("ei_null", NATS, "mean of ei over surrogates", "nothing"),
    Measure("ei_excess", NATS, "ei less ei_null", "nothing"),
    Measure("p", "", "of ei against the null of the maximum over scales", "nothing"),
    Measure("wins", "", "share of bootstrap draws in which the scale is best", "nothing"),
    Measure("emergence", NATS, "ei less ei of the finest scale", "nothing"),
    Measure(
        "emergence_low",
        NATS,
        f"{LEVEL:.0%} interval, block bootstrap about held-out and in-sample emergence",
        "nothing",
    ),
    Measure(
        "emergence_high",
        NATS,
        f"{LEVEL:.0%} interval, block bootstrap about held-out and in-sample emergence",
        "nothing",
    ),
    Measure("emergence_null", NATS, "mean of emergence over surrogates", "nothing"),
    Measure("emergence_p", "", "of emergence against the null of its maximum over scales", "nothing"),
    Measure("score", NATS, "held-out log-likelihood a pair, less that of the mean", "nothing"),
    Measure("r2", "", "held-out share of variance explained", "nothing"),
    Measure("ei_naive", NATS, "channel EI of least squares on its own data: biased upward", "nothing"),
    Measure("j_naive", NATS, "TRAP: small-noise J of least squares on its own data, Gaussian intervention", "nothing"),
    Measure("dj_naive", NATS, "TRAP: j_naive less that of the finest scale; about +.8 on white noise", "nothing"),
)


@dataclass(frozen=True, eq=False)
class Drawn:
    """What one condition gave.

    Attributes
    ----------
    data : CrossValidated
    naive_ei, naive_j : ndarray, shape (dims,)
    boot : ndarray, shape (draws, dims)
    null : ndarray, shape (surrogates, dims)
    """

    data: CrossValidated
    naive_ei: np.ndarray
    naive_j: np.ndarray
    boot: np.ndarray
    null: np.ndarray
    pairs: int
    blocks: int
    block: int


def gaussian_profile(
    system: Any,
    *,
    dims: Sequence[int] | None = None,
    lag: int = 1,
    conditions: Sequence[str] | None = None,
    draws: int = 100,
    null: str | None = "circular_shift",
    null_over: str = NULL_OVER[0],
    folds: int = FOLDS,
    block: float | None = None,
    seed: int = 0,
    progress: bool | None = None,
) -> GrainProfile:
    """Return causal power per dimension over numbers of dimensions.

    Parameters
    ----------
    system : LinearGaussian, tuple (A, S), or Recording
        Exact values of a system; held-out estimates, intervals and a null for a recording of traces or counts.
    dims : sequence of int, optional
        Numbers of dimensions; all variables and the powers of two below by default. Emergence is relative to the
        largest of them.
    lag : int, samples
        From the present to the next state.
    conditions : sequence of str, optional
        Conditions of the recording to compare; all by default, or the whole recording where it has none.
    draws : int
        Of the bootstrap and of the null, each, for every condition; 0 for none.
    null : str or None
        Kind of surrogate, a name in :data:`causalgrain.surrogates.METHODS`; None for no null.
    null_over : {"auto", "condition", "recording"}
        Over what time surrogates are made, before the condition is cut out of them. "condition" can be off where
        epochs are short, "recording" where units have another memory in other conditions; the notes say where.
        "auto" takes the condition, but the recording where epochs are short and memories alike.
    folds : int
        Parts for cross-validation, see :func:`.linear_fit.linear_fit`.
    block : float, s, optional
        Length of the blocks, see there.
    seed : int
        Of everything drawn.
    progress : bool, optional
        Whether to show a progress bar. Default: on a terminal.

    Returns
    -------
    GrainProfile
        Grains are :class:`.Dimensions`; draws and surrogates themselves stand in ``.data`` as ``ei_draws`` and
        ``ei_surrogates``, (grain, condition, draw number).

    Raises
    ------
    InputError
        Too few pairs for so many units, unknown conditions or surrogates, a system without covariance.

    Examples
    --------
    >>> profile = gaussian_profile(LinearGaussian([[0.9, 0.0], [0.0, 0.1]], 1.0))
    >>> profile.peak.label, round(profile.peak.value, 6)
    ('d = 1', 0.830366)
    """
    if not isinstance(system, Recording):
        system = as_linear(system)
        return _exact_profile(system, checked_dims(dims, system.n))
    scales = checked_dims(dims, system.n_units)
    if null is not None:
        choose(null, tuple(METHODS), "null")
    choose(null_over, NULL_OVER, "null_over")
    draws, seed = as_whole(draws, "draws", 0, remedy="0 for none."), as_seed(seed, "seed")
    ready = {}
    places = recorded_conditions(system, conditions)
    for name, part in places.items():
        try:
            data = prepare(part, lag=lag, folds=folds, block=block)
            check_held_out(data, scales, folds)
        except InputError as error:
            if len(places) == 1:
                raise
            raise InputError(
                f"condition {name!r}", expected=error.expected, got=error.got, remedy=error.remedy
            ) from error
        ready[name] = (data, part.segments)
    times = _null_times(null_over, ready, system, lag) if null is not None and draws else {}
    drawn = {}
    with track("draws", len(ready) * draws * (2 if null else 1), progress) as advance:
        for place, (name, (data, own)) in enumerate(ready.items()):
            over = system.segments if name in times and times[name][0] == "recording" else own
            drawn[name] = _draw(data, scales, lag, folds, draws, null, seed, place, over, advance)
    settings = {
        "dims": scales,
        "lag": lag,
        "conditions": tuple(ready),
        "draws": draws,
        "null": null,
        "null_over": null_over,
        "folds": folds,
        "block": block,
        "seed": seed,
    }
    grains = Dimensions(scales, system.n_units)
    said = said_of_times({name: chosen for name, (chosen, _) in times.items()})
    how = "" if null is None else f"{null} over {said}, keeping {METHODS[null].keeps}"
    if null == ROTATED:
        how = f"circular_shift of pairs over {said}, every unit by itself, keeping what it says about itself"
    words = _words(drawn, draws, how, folds)
    provenance = Provenance("gaussian_profile", settings, system.hash, words, CAUTION)
    what = f"linear models of {system.n_units} units at lag {lag}"
    notes = (*_notes(drawn, system.n_units), *(note for _, notes in times.values() for note in notes))
    return GrainProfile(_dataset(drawn, grains), grains, MEASURES, what, provenance, notes)


# -- a recording -------------------------------------------------------------------------------------------------


def _draw(
    data: Prepared,
    dims: tuple[int, ...],
    lag: int,
    folds: int,
    draws: int,
    null: str | None,
    seed: int,
    place: int,
    over: np.ndarray,
    advance: Callable[[float], None],
) -> Drawn:
    strengths = np.array(STRENGTHS)
    blocks = data.blocks
    once = np.ones((1, len(blocks)))
    parts = fold_moments(blocks, once, folds)[0]
    found = cross_validate(parts, dims, strengths)
    whole = train(parts.sum(axis=0)[None])
    naive = [fit_scale(whole, k, strengths[:1]) for k in dims]
    boot = []
    for i in range(draws):
        row = draw_times(len(blocks), folds, draw_rng(seed, BOOTSTRAP, place, i))
        boot.append(_resampled(data, row, dims, folds, strengths))
        advance(1)
    other = []
    for i in range(draws if null else 0):
        assert null is not None
        rng = draw_rng(seed, NULL, place, i)
        if null == ROTATED:
            moments = rotated_moments(data.values, data.segments, over, lag, blocks.length, rng)
        else:
            values = surrogate(data.values, over, null, rng=rng)
            moments = block_moments(np.asarray(values), data.segments, lag, blocks.length)
        other.append(_held_out(fold_moments(moments, once, folds)[0], dims, strengths))
        advance(1)
    return Drawn(
        found,
        np.array([fit.naive_ei[0] for fit in naive]),
        np.array([fit.naive_j[0] for fit in naive]),
        np.array(boot).reshape(draws, len(dims)),
        np.array(other).reshape(len(other), len(dims)),
        int(blocks.pairs.sum()),
        len(blocks),
        blocks.length,
    )


def _null_times(
    null_over: str, ready: dict[str, tuple[Prepared, np.ndarray]], system: Recording, lag: int
) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return over what time the surrogates of every condition are made, and the notes on it."""
    return {
        name: choose_time(
            null_over,
            name,
            Stretches(data.values, segments),
            Stretches(data.values, system.segments),
            lag=lag,
            rate=system.sampled()[1],
            labels=system.labels,
        )
        for name, (data, segments) in ready.items()
    }


def _resampled(
    data: Prepared, times: np.ndarray, dims: tuple[int, ...], folds: int, strengths: np.ndarray
) -> np.ndarray:
    """Return held-out channel EI of one bootstrap draw, NaN at scales for which it has too few different pairs."""
    different = fold_moments(data.blocks, (times > 0)[None].astype(np.float64), folds)[0, :, 0, 0]
    n = data.values.shape[1]
    found = np.full(len(dims), np.nan)
    if np.sort(different)[:-2].sum() >= 2 * n + 2:
        fit = np.array([PAIRS_HELD_OUT * k <= different.min() for k in dims])
        parts = fold_moments(data.blocks, times[None], folds)[0]
        if fit.any():
            found[fit] = _held_out(parts, [k for k, use in zip(dims, fit, strict=True) if use], strengths)
    return found


def _held_out(parts: np.ndarray, dims: Sequence[int], strengths: np.ndarray) -> np.ndarray:
    """Return held-out channel EI (dims,), NaN for a draw in which some unit never changes in a training part."""
    try:
        return cross_validate(parts, dims, strengths).ei
    except np.linalg.LinAlgError:
        return np.full(len(dims), np.nan)


def check_held_out(data: Prepared, dims: tuple[int, ...], folds: int) -> None:
    """Refuse scales whose noise can't be measured on one fold."""
    fewest = int(fold_moments(data.blocks, np.ones((1, len(data.blocks))), folds)[0, :, 0, 0].min())
    if fewest < PAIRS_HELD_OUT * dims[0]:
        most = fewest // PAIRS_HELD_OUT
        remedy = "Use a longer recording."
        if most >= 1:
            remedy = f"Pool the units to {most} (pool), or give dims of at most {most}, or use a longer recording."
        raise InputError(
            "dims",
            expected=f"at least {PAIRS_HELD_OUT} held-out pairs for each dimension",
            got=f"{fewest} pairs in the smallest of {folds} folds for {dims[0]} dimensions",
            remedy=remedy,
        )


def null_of_maximum(value: np.ndarray, null: np.ndarray) -> np.ndarray:
    """Return p of each scale against the largest standardised value over scales in each surrogate; NaN without any.

    Parameters
    ----------
    value : array, shape (scales,)
    null : array, shape (surrogates, scales)
    """
    if not len(null):
        return np.full(len(value), np.nan)
    everything = np.concatenate([value[None], null])
    apart = everything - everything.mean(axis=0)
    spread = everything.std(axis=0)
    apart = np.where(spread > 0, apart / np.where(spread > 0, spread, 1.0), 0.0)
    return rank_p(apart[0], apart[1:].max(axis=1)[:, None])


def _columns(drawn: Drawn) -> dict[str, np.ndarray]:
    ei, boot, null = drawn.data.ei, drawn.boot, drawn.null[np.isfinite(drawn.null).all(axis=1)]
    gain, gains, null_gains = ei - ei[0], boot - boot[:, :1], null - null[:, :1]
    naive_gain = drawn.naive_ei - drawn.naive_ei[0]
    none = np.full(len(ei), np.nan)
    reach, gain_reach = t_reach(boot, LEVEL), t_reach(gains, LEVEL)
    gain_p = none.copy()
    if len(ei) > 1:
        gain_p[1:] = null_of_maximum(gain[1:], null_gains[:, 1:])
    mean = null.mean(axis=0) if len(null) else none
    return {
        "ei": ei,
        "low": np.maximum(np.minimum(ei, drawn.naive_ei) - reach, 0.0),
        "high": np.maximum(ei, drawn.naive_ei) + reach,
        "ei_null": mean,
        "ei_excess": ei - mean,
        "p": null_of_maximum(ei, null),
        "wins": share_of_wins(boot, ei),
        "emergence": gain,
        "emergence_low": np.minimum(gain, naive_gain) - gain_reach,
        "emergence_high": np.maximum(gain, naive_gain) + gain_reach,
        "emergence_null": mean - mean[0],
        "emergence_p": gain_p,
        "score": drawn.data.score,
        "r2": drawn.data.r2,
        "ei_naive": drawn.naive_ei,
        "j_naive": drawn.naive_j,
        "dj_naive": drawn.naive_j - drawn.naive_j[0],
    }


def _dataset(drawn: dict[str, Drawn], grains: Dimensions) -> xr.Dataset:
    columns = {name: _columns(one) for name, one in drawn.items()}
    extra: dict[str, Any] = {
        "ei_draws": (("grain", "condition", "replicate"), np.stack([one.boot.T for one in drawn.values()], axis=1)),
        "ei_surrogates": (
            ("grain", "condition", "surrogate"),
            np.stack([one.null.T for one in drawn.values()], axis=1),
        ),
        "strength": (
            ("grain", "condition"),
            np.stack([np.array(STRENGTHS)[one.data.overall] for one in drawn.values()], axis=1),
        ),
    }
    return _table(columns, MEASURES, grains, extra)


def _table(
    columns: dict[str, dict[str, np.ndarray]], measures: tuple[Measure, ...], grains: Dimensions, extra: dict[str, Any]
) -> xr.Dataset:
    import xarray as xr

    variables: dict[str, Any] = {}
    for measure in measures:
        values = np.stack([column[measure.name] for column in columns.values()], axis=1)[:, :, None]
        attributes = {"units": measure.unit, "convention": measure.convention}
        variables[measure.name] = (("grain", "condition", "draw"), values, attributes)
    known = np.isfinite(np.stack([column[measures[0].name] for column in columns.values()], axis=1))
    variables["admitted"] = (("grain", "condition"), known)
    variables["reason"] = (("grain", "condition"), np.where(known, "", "not finite"))
    variables["level"] = ("grain", grains.columns()["level"])
    variables |= extra
    for entry in variables.values():
        entry[1].setflags(write=False)
    return xr.Dataset(variables, coords={"condition": list(columns)})


def _notes(drawn: dict[str, Drawn], n: int) -> tuple[str, ...]:
    notes = []
    for name, one in drawn.items():
        if one.pairs < 10 * n:
            notes.append(f"data of {name}: {one.pairs} pairs for {n} units are few; fine scales are shrunk to nothing")
        if not len(one.null):
            notes.append(f"null of {name}: none was asked for, so no scale can be said to stand out")
        lost = int((~np.isfinite(one.null)).any(axis=1).sum())
        if lost:
            notes.append(
                f"null of {name}: {lost} of {len(one.null)} surrogates have units still for too long, left out"
            )
        lost = int((~np.isfinite(one.boot)).any(axis=1).sum())
        if lost:
            notes.append(
                f"interval of {name}: {lost} of {len(one.boot)} draws had too few different pairs, or a still unit"
            )
        if (one.data.score < 0).all():
            notes.append(f"model of {name}: no scale predicts held-out data better than the mean does")
    return tuple(notes)


def _words(drawn: dict[str, Drawn], draws: int, null: str, folds: int) -> dict[str, str]:
    words = {
        "unit": "nats per dimension",
        "intervention": "Gaussian with the data's covariance; unchanged by invertible linear maps of the units",
        "held out": f"{folds} folds of blocks in order of time; directions, weights and strength from the others",
        "blocks": ", ".join(f"{name}: {one.blocks} of about {one.block} samples" for name, one in drawn.items()),
        "finest scale": "the largest number of dimensions given",
    }
    if draws:
        words["interval"] = f"{LEVEL:.0%}, t s.d. of {draws} block bootstrap draws about held-out and in-sample value"
    if draws and null:
        words["null"] = f"{draws} surrogates by {null}; p against the largest standardised value over all scales"
    return words


# -- a system ----------------------------------------------------------------------------------------------------


def _exact_profile(system: LinearGaussian, dims: tuple[int, ...]) -> GrainProfile:
    found = [best_linear_scale(system, k) for k in dims]
    ei = np.array([scale.value for scale in found])
    j = np.full(len(dims), np.nan)
    micro = np.nan
    if np.linalg.matrix_rank(system.A) == system.n:
        scales = [best_linear_scale(system, k, measure="J") for k in dims]
        j, micro = np.array([scale.value for scale in scales]), scales[0].micro
    columns = {
        "ei": ei,
        "emergence": ei - ei[0],
        "bound": np.array([scale.bound for scale in found]),
        "closure": np.array([scale.closure for scale in found]),
        "j": j,
        "dj": j - micro,
    }
    grains = Dimensions(dims, system.n)
    doubtful = [f"d = {scale.k}" for scale in found if not scale.proved]
    notes = (f"W: the best found, not proved the best, at {', '.join(doubtful)}",) if doubtful else ()
    proved = np.array([scale.proved for scale in found])[:, None]
    data = _table({"all": columns}, EXACT_MEASURES, grains, {"proved": (("grain", "condition"), proved)})
    provenance = Provenance("gaussian_profile", {"dims": dims}, system.hash, EXACT_CONVENTIONS, system.caution)
    return GrainProfile(
        data, grains, EXACT_MEASURES, f"linear Gaussian system of {system.n} variables", provenance, notes
    )
