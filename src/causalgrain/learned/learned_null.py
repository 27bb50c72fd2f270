r"""What causal power comes out where there is none: the same fit, with the same selection, on surrogates.

Selection alone makes causal emergence: of nested scales the best is never below the finest, and independent AR(1)
traces give an in-sample dJ_1 of about +.5. So a value means something only beside the same procedure on surrogates of
equal length, in which everything is done anew: preparation, training, the choice of steps, of linear or learned.

* "circular_shift" (main): each trace rotated by an amount of its own. It keeps its memory and its values; relations
  between traces go.
* "independent_phases" (main): each trace with its power spectrum and random phases. Memory and variance stay; the shape
  of values, everything non-linear and relations between traces go.
* "common_phases": the same phases for all traces. Cross-spectra stay, so what a linear model finds stays: it tests
  non-linearity only.

A shuffle of time is no null here: it takes the memory of every trace along, and anything beats it.

p is a rank, (1 + number of surrogates at least as large) / (1 + surrogates): per scale, and against the largest
standardised value over scales in each surrogate (:func:`.gaussian_recorded.null_of_maximum`), which holds for whichever
scale is looked at. Streams of random numbers follow from (seed, purpose, surrogate) alone: each surrogate is the same
however many are made, and whoever makes them.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._checks import as_float_array, as_whole, choose
from .._doubt import rank_p
from .._errors import CausalGrainWarning, InputError
from .._progress import track
from .._provenance import Provenance, hash_arrays
from ..information.gaussian_recorded import null_of_maximum
from ..information.null_time import EPOCHS_SHORT
from ..surrogates import surrogate
from ..surrogates.streams import as_seed, draw_rng
from ..systems.resample import memory_samples

NULLS: dict[str, tuple[str, dict[str, Any]]] = {
    "circular_shift": ("circular_shift", {}),
    "independent_phases": ("phase_randomise", {"common": False}),
    "common_phases": ("phase_randomise", {"common": True}),
}
SURROGATE, FIT = 4, 5  # purposes of random streams


@dataclass(frozen=True, eq=False)
class LearnedNull:
    """A measure over scales beside its null.

    Attributes
    ----------
    value : ndarray, shape (scales,)
        Of the data.
    null : ndarray, shape (draws, scales)
        Of the surrogates; NaN where a fit failed.
    p : ndarray, shape (scales,)
        Rank of each scale among its own surrogates.
    p_max : ndarray, shape (scales,)
        Rank against the largest standardised value over scales.
    excess : ndarray, shape (scales,)
        Value less the mean of the surrogates.
    emergence, emergence_p : ndarray, shape (scales,)
        Value less that of the first (micro) scale, and its rank against the largest standardised one over scales; NaN
        at the first.
    failed : int
        Surrogates whose fit gave NaN, left out.
    method : str
    provenance : Provenance
    """

    value: np.ndarray
    null: np.ndarray
    p: np.ndarray
    p_max: np.ndarray
    excess: np.ndarray
    emergence: np.ndarray
    emergence_p: np.ndarray
    failed: int
    method: str
    provenance: Provenance

    def __repr__(self) -> str:
        columns = zip(self.value, self.excess, self.p, self.p_max, self.emergence_p, strict=True)
        rows = "\n".join(f"{v:>10.4f}{e:>10.4f}{p:>8.3f}{m:>8.3f}{g:>12.3f}" for v, e, p, m, g in columns)
        lost = f", {self.failed} failed" if self.failed else ""
        return (
            f"against {len(self.null)} surrogates by {self.method}{lost}\n"
            f"{'value':>10}{'excess':>10}{'p':>8}{'p max':>8}{'p emergence':>12}\n{rows}\n{self.provenance}"
        )


def learned_null(
    values: Any,
    fit: Callable[..., Any],
    measure: Callable[[Any], Any],
    *,
    segments: Any = None,
    null: str = "circular_shift",
    draws: int = 20,
    seed: int = 0,
    progress: bool | None = None,
) -> LearnedNull:
    """Return a measure of the data beside the same measure of surrogates, fitted and selected alike.

    Parameters
    ----------
    values : array_like, shape (time, channels)
    fit : callable
        ``fit(values, segments, seed=...)`` -> anything; it must hold the whole procedure, selection included.
    measure : callable
        ``measure(fitted)`` -> array, shape (scales,), micro first; NaN where the fit failed.
    segments : array_like of int, shape (segment, 2), optional
        Half open; by default the whole recording.
    null : {"circular_shift", "independent_phases", "common_phases"}
    draws : int
        Surrogates; p can't fall below 1 / (1 + draws).
    seed : int
    progress : bool, optional

    Returns
    -------
    LearnedNull

    Raises
    ------
    InputError
        Unknown null, NaN in segments, a measure that changes its number of scales.

    Warns
    -----
    CausalGrainWarning
        More than half of the fits failed; segments shorter than two memories of the slowest trace, where rotated traces
        lose pauses that they share.

    Examples
    --------
    >>> x = np.random.default_rng(0).standard_normal((300, 2))
    >>> x[1:, 1] += x[:-1, 0]  # the first drives the second
    >>> def fit(values, segments, seed):
    ...     return np.corrcoef(values[:-1, 0], values[1:, 1])[0, 1] ** 2
    >>> learned_null(x, fit, lambda r2: [r2]).p.round(3).tolist()
    [0.048]
    """
    choose(null, tuple(NULLS), "null")
    data = as_float_array(values, "values")
    spans = np.array([[0, len(data)]] if segments is None else segments, dtype=np.int64).reshape(-1, 2)
    as_whole(draws, "draws", 1, of="surrogates")
    as_seed(seed, "seed")
    first = surrogate_values(data, null, 0, segments=spans, seed=seed)  # checks form and segments before anything long
    notes = _short(data, spans) if null == "circular_shift" else ""
    if notes:
        warnings.warn(notes, CausalGrainWarning, stacklevel=2)
    rows: list[np.ndarray] = []
    with track("fitting surrogates", draws + 1, progress) as advance:
        for draw in range(-1, draws):
            one = (
                data
                if draw < 0
                else first
                if draw == 0
                else surrogate_values(data, null, draw, segments=spans, seed=seed)
            )
            row = np.atleast_1d(
                np.asarray(measure(fit(one, spans.copy(), seed=fit_seed(seed, draw))), dtype=np.float64)
            )
            if row.ndim != 1 or (rows and row.shape != rows[0].shape):
                raise InputError(
                    "measure",
                    expected="one number a scale, always as many" + (f" ({len(rows[0])})" if rows else ""),
                    got=f"shape {row.shape}",
                    remedy="Give NaN at scales where a fit failed.",
                )
            rows.append(row)
            advance(1)
    settings = {"null": null, "draws": draws, "seed": seed}
    return rank_against(rows[0], np.array(rows[1:]), null, hash_arrays(data, spans), settings, notes)


def rank_against(
    value: np.ndarray,
    null: np.ndarray,
    method: str,
    hashed: str = "",
    settings: dict[str, Any] | None = None,
    caution: str = "",
) -> LearnedNull:
    """Return the ranks of values (scales,) among those of surrogates (draws, scales), wherever they were fitted.

    >>> rank_against(np.array([0.1, 0.9]), np.zeros((19, 2)), "circular_shift").emergence_p.tolist()
    [nan, 0.05]
    """
    value, null = np.array(value, dtype=np.float64), np.array(null, dtype=np.float64)
    known = np.isfinite(null).all(axis=1)
    kept, failed = null[known], int((~known).sum())
    cautions = [caution] if caution else []
    if failed * 2 > len(null):
        said = f"{failed} of {len(null)} surrogates could not be fitted"
        warnings.warn(f"{said}: the rest may be a biased choice of them", CausalGrainWarning, stacklevel=2)
        cautions.append(said)
    if len(kept) < 19:
        cautions.append(f"of {len(kept)} surrogates no p can be .05 or below")
    if method == "common_phases":
        cautions.append("linear relations are in these surrogates too: p speaks of non-linearity only")
    none = np.full(len(value), np.nan)
    mean = kept.mean(axis=0) if len(kept) else none
    gain, gain_p = value - value[0], none.copy()
    p_max = null_of_maximum(value, kept) if np.isfinite(value).all() else none
    if len(value) > 1 and len(kept) and np.isfinite(value).all():
        gain_p[1:] = null_of_maximum(gain[1:], kept[:, 1:] - kept[:, :1])
    parts = value, null, rank_p(value, kept), p_max, value - mean, gain, gain_p
    for array in parts:
        array.setflags(write=False)
    words = {"p": "(1 + surrogates at least as large) / (1 + surrogates)", "selection": "done anew in each surrogate"}
    provenance = Provenance("learned_null", settings or {"null": method}, hashed, words, "; ".join(cautions))
    return LearnedNull(*parts, failed=failed, method=method, provenance=provenance)


def surrogate_values(values: np.ndarray, null: str, draw: int, *, segments: Any = None, seed: int = 0) -> np.ndarray:
    """Return surrogate number `draw` of values (time, channels), for those who fit all of them together."""
    name, settings = NULLS[choose(null, tuple(NULLS), "null")]
    spans = [[0, len(values)]] if segments is None else segments
    return np.asarray(surrogate(values, spans, name, rng=draw_rng(as_seed(seed, "seed"), SURROGATE, draw), **settings))


def fit_seed(seed: int, draw: int) -> int:
    """Return the seed for the fit of a surrogate; draw -1 is the data."""
    return int(draw_rng(seed, FIT, draw + 1).integers(2**31))


def _short(values: np.ndarray, segments: np.ndarray) -> str:
    length = float((segments[:, 1] - segments[:, 0]).mean())
    memory = memory_samples(values, segments)
    if len(segments) < 2 or length >= EPOCHS_SHORT * memory:
        return ""
    return (
        f"segments last {length:.4g} samples and the slowest trace remembers {memory:.4g}: rotated traces lose pauses "
        "that they share, so p can be too small; use longer segments, or null='independent_phases'"
    )
