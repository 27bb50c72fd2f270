r"""Who holds how much: causal power over scales, and what drives a macro variable.

**Over scales.** Values s of one measure (channel EI or J, nats per dimension), micro first. *Causal emergence*
dI_d = s_d - s_micro (dJ_d for J). *Share* of a scale and *emergent complexity* over scales: what each scale adds to the
best of the finer ones, and the entropy of that in bits, see
:func:`causalgrain.information.complexity_over_scales.emergent_complexity_over_scales`.

**Input-driven against causal** (ours). The variance of y_d(t+1) falls into three parts that add up to 1:

* *causal*: explained by y_d(t), the variable's own past;
* *input-driven*: what the scale below, y_D(t) with D > d, explains beyond it: news that enters from the finer scale;
* *noise*: explained by neither.

Explained is held out: folds of contiguous time, coefficients from the others. Shares are of the whitened variable,
:math:`1 - \frac{1}{d} tr(V^{-1} E)`, V the covariance of y_d(t+1) and E that of what is left of it, so no invertible
affine map of either latent moves them. Coefficients are least squares times the Stein factor max(0, 1 - 1/F), F the
ratio of explained to unexplained variance per degree of freedom (Copas 1983), so that many useless predictors explain
about nothing rather than less; a share of 0 may come out a hair below 0, and isn't cut off. Both latents are taken
as they are: where the dynamics bend, hand in the model's own prediction of y_d(t+1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .._checks import as_float_array, as_whole
from .._errors import InputError
from .._provenance import Provenance, hash_arrays
from ..information.complexity_over_scales import emergent_complexity_over_scales
from .interventions import as_states
from .spread import block_bootstrap

FOLDS = 5
LEVEL = 0.95
CONVENTIONS = {
    "causal": "held-out share of the variance of y_d(t+1) explained by y_d(t)",
    "driven": "what the scale below explains beyond that",
    "noise": "the rest; the three add up to 1",
}


@dataclass(frozen=True, eq=False)
class ScaleShares:
    """Causal power over scales, micro first.

    Attributes
    ----------
    dims : tuple of int
        Dimensions of each scale, micro first.
    values : ndarray, shape (scales,), nats per dimension
    emergence : ndarray, shape (scales,), nats per dimension
        Value less that of the micro scale.
    shares : ndarray, shape (scales,)
        Of causal power; sums to 1, all 0 where no scale adds anything.
    complexity : float, bits
        Entropy of the shares.
    best : int
        Dimensions of the scale with the largest value (the finest of ties).
    """

    dims: tuple[int, ...]
    values: np.ndarray
    emergence: np.ndarray
    shares: np.ndarray
    complexity: float
    best: int
    provenance: Provenance

    def __repr__(self) -> str:
        rows = zip(self.dims, self.values, self.emergence, self.shares, strict=True)
        table = "\n".join(f"{d:>5}{v:>12.4f}{e:>12.4f}{s:>8.3f}" for d, v, e, s in rows)
        return (
            f"emergent complexity {self.complexity:.4f} bits, largest at {self.best}\n"
            f"{'dims':>5}{'nats/dim':>12}{'emergence':>12}{'share':>8}\n{table}\n{self.provenance}"
        )


def scale_shares(values: Any, dims: Any) -> ScaleShares:
    """Return emergence, share of every scale and emergent complexity.

    Parameters
    ----------
    values : array_like, shape (scales,), nats per dimension
    dims : sequence of int, shape (scales,)
        Dimensions of each scale, in any order; the result has the largest, micro, first.

    Raises
    ------
    InputError
        Unequal lengths, a scale twice, values that aren't finite.

    Examples
    --------
    >>> found = scale_shares([4.0, 1.6, 0.9, 1.0], dims=[1, 2, 4, 8])
    >>> round(found.complexity, 6), found.emergence.round(6).tolist(), found.best
    (1.352724, [0.0, -0.1, 0.6, 3.0], 1)
    """
    s = as_float_array(values, "values")
    sizes = [as_whole(d, f"dims, item {i}", 1, of="dimensions") for i, d in enumerate(dims)]
    if s.ndim != 1 or len(sizes) != len(s) or len(set(sizes)) != len(sizes):
        raise InputError(
            "dims", expected=f"{s.size} different numbers, one a value", got=repr(sizes), remedy="Name each scale once."
        )
    order = np.argsort(sizes)[::-1]
    s = s[order]
    over = emergent_complexity_over_scales(s)
    emergence = s - s[0]
    for array in (s, emergence):
        array.setflags(write=False)
    names = tuple(sizes[i] for i in order)
    provenance = Provenance(
        "scale_shares", {"dims": names}, hash_arrays(s), over.provenance.conventions, over.provenance.caution
    )
    return ScaleShares(names, s, emergence, over.shares, over.bits, names[int(np.argmax(s))], provenance)


@dataclass(frozen=True, eq=False)
class DrivenShare:
    """What the next state of a macro variable is made of.

    Attributes
    ----------
    causal, driven, noise : float
        Shares of its variance, held out; they add up to 1.
    of_explained : float
        causal / (causal + driven); NaN where nothing is explained.
    low, high : ndarray, shape (3,)
        95 % intervals of causal, driven and noise: quantiles of a block bootstrap of held-out losses.
    provenance : Provenance
    """

    causal: float
    driven: float
    noise: float
    of_explained: float
    low: np.ndarray
    high: np.ndarray
    provenance: Provenance

    def __repr__(self) -> str:
        named = zip(("causal", "input-driven", "noise"), (self.causal, self.driven, self.noise), strict=True)
        parts = [f"{w} {v:.3f} ({a:.3f} to {b:.3f})" for (w, v), a, b in zip(named, self.low, self.high, strict=True)]
        return f"{', '.join(parts)}\n{self.provenance}"


def driven_share(
    after: Any,
    now: Any,
    finer: Any,
    *,
    predicted: Any = None,
    segments: Any = None,
    folds: int = FOLDS,
    block: int | None = None,
    draws: int = 100,
    seed: int = 0,
) -> DrivenShare:
    """Return how much of a macro variable's next state its own past explains, and how much the scale below adds.

    Parameters
    ----------
    after, now : array_like, shape (pairs, d)
        y_d(t+1) and y_d(t), in order of time.
    finer : array_like, shape (pairs, D)
        y_D(t), the scale below.
    predicted : array_like, shape (pairs, d), optional
        The model's held-out prediction of y_d(t+1) from y_d(t), beside y_d(t) itself.
    segments : array_like of int, shape (segment, 2), optional
        Stretches of pairs that blocks of the bootstrap may not cross.
    folds : int
    block : int, pairs, optional
    draws, seed : int
        Of the bootstrap.

    Returns
    -------
    DrivenShare

    Raises
    ------
    InputError
        Unequal numbers of pairs, too few of them for the predictors, a variable that stands still.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> now, news, noise = rng.standard_normal((3, 4000, 1))
    >>> found = driven_share(now + news + noise, now, np.hstack([now, news]))
    >>> round(found.causal, 1), round(found.driven, 1), round(found.noise, 1)
    (0.3, 0.3, 0.3)

    References
    ----------
    Copas (1983) J R Stat Soc B 45:311, for the factor.
    """
    target, own, other = as_states(after, "after"), as_states(now, "now"), as_states(finer, "finer")
    if predicted is not None:
        own = np.hstack([own, as_states(predicted, "predicted")]) if len(predicted) == len(own) else own[:0]
    n = len(target)
    if len(own) != n or len(other) != n:
        raise InputError(
            "now, finer, predicted", expected=f"{n} pairs, like after", got="another number", remedy="Rows are pairs."
        )
    as_whole(folds, "folds", 2)
    need = 2 * (own.shape[1] + other.shape[1] + 2)
    if n - n // folds - 1 < need:
        raise InputError(
            "after",
            expected=f"more than {need} pairs to learn from, for {own.shape[1] + other.shape[1]} predictors",
            got=f"{n} pairs in {folds} folds",
            remedy="Use more data or a finer scale of fewer dimensions.",
        )
    values, vectors = np.linalg.eigh(np.atleast_2d(np.cov(target.T)))
    if values[0] <= 1e-20 * max(float(np.var(target, axis=0).max()), np.finfo(float).tiny):
        raise InputError(
            "after", expected="a variable that moves in every direction", got="a constant one", remedy="Leave it out."
        )
    white = (target - target.mean(axis=0)) @ (vectors / np.sqrt(values))
    first, second = np.empty_like(white), np.empty_like(white)
    fold = np.arange(n) * folds // n
    for held in range(folds):
        out, kept = fold == held, fold != held
        fitted, first[out] = _shrunk(own[kept], white[kept], own[out])
        both = np.hstack([own, other])
        second[out] = first[out] + _shrunk(both[kept], white[kept] - fitted, both[out])[1]
    losses = np.stack([(part**2).mean(axis=1) for part in (white, white - first, white - second)], axis=1)

    def shares(rows: np.ndarray) -> np.ndarray:
        total, left, rest = rows.mean(axis=0)
        return np.array([total - left, left - rest, rest]) / total

    causal, driven, noise = (float(v) for v in shares(losses))
    drawn = block_bootstrap(shares, losses, segments=segments, block=block, draws=draws, seed=seed)
    tail = 0.5 * (1.0 - LEVEL)
    low, high = np.quantile(drawn, [tail, 1.0 - tail], axis=0)
    for array in (low, high):
        array.setflags(write=False)
    explained = causal + driven
    settings = {"folds": folds, "block": block, "draws": draws, "seed": seed, "predicted": predicted is not None}
    return DrivenShare(
        causal=causal,
        driven=driven,
        noise=noise,
        of_explained=causal / explained if explained > 0 else float("nan"),
        low=low,
        high=high,
        provenance=Provenance("driven_share", settings, hash_arrays(target, own, other), CONVENTIONS),
    )


def _shrunk(x: np.ndarray, y: np.ndarray, new: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return predictions of y (n, d) at x (n, p) and at new: least squares about the mean, times the Stein factor."""
    centre, mean = x.mean(axis=0), y.mean(axis=0)
    scale = np.maximum(x.std(axis=0), np.finfo(float).tiny)
    u, sizes, vt = np.linalg.svd((x - centre) / scale, full_matrices=False)
    real = sizes > 1e-8 * sizes[0] if sizes[0] > 0 else np.zeros(len(sizes), dtype=bool)
    u, sizes, vt = u[:, real], sizes[real], vt[real]
    p, n = len(sizes), len(x)
    if not p:
        return np.broadcast_to(mean, y.shape), np.broadcast_to(mean, (len(new), y.shape[1]))
    loads = u.T @ (y - mean)
    explained = float((loads**2).sum())
    left = max(float(((y - mean) ** 2).sum()) - explained, 0.0)
    factor = max(0.0, 1.0 - (left / (n - p - 1)) * p / explained) if explained > 0 else 0.0
    weights = factor * (vt.T / sizes) @ loads
    return mean + (x - centre) / scale @ weights, mean + (new - centre) / scale @ weights
