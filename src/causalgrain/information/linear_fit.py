r"""A linear Gaussian system from a recording: ``x_{t+lag} = m' + A (x_t - m) + e``.

Conventions. Pairs never reach across edges of segments (:mod:`.linear_moments`). A is least squares with the gains of
its independent channels shrunk (:mod:`.linear_shrink`); the strength is the one with the best held-out likelihood in
blocked cross-validation: folds of whole blocks in the order of time. ``S`` is the covariance of the held-out errors,
each fold predicted by a model trained on the others, about 0 (so a mean that drifts counts as noise). ``C`` is the
covariance of x in the data. Every unit is in its own units of measure.

Fewer than 3 pairs for each unit in the smallest training part are refused: least squares would fit noise whole. Fewer
than 10 pairs for each unit are warned of.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._checks import as_number, as_whole
from .._errors import CausalGrainWarning, InputError
from .._provenance import Provenance
from ..recordings.recording import Recording
from .linear import LinearGaussian
from .linear_cv import FOLDS, cross_validate
from .linear_moments import BlockMoments, block_moments, fold_moments
from .linear_shrink import STRENGTHS, fit_scale, split, train

FEWEST, FEW = 3.0, 10.0  # pairs for each unit: refused below, warned of below
STILL = 1e-9  # share of a unit's variance that a part of the time must have
COPY = 1e-9  # smallest eigenvalue of the correlations below which units are made of each other
CAUTION = (
    "fitted to activity as it came: what was not recorded may drive the variables, and an intervention may do otherwise"
)
CONVENTIONS = {
    "pairs": "(x_t, x_{t+lag}) inside blocks of segments",
    "A": "least squares, gains of its channels shrunk by a garrote; strength by blocked cross-validation",
    "S": "covariance of held-out errors",
    "C": "covariance of the data",
    "score": "held-out log-likelihood less that of a model in which nothing follows from the present",
}


@dataclass(frozen=True, eq=False)
class LinearFit:
    """A linear Gaussian system fitted to a recording.

    Attributes
    ----------
    system : LinearGaussian
        A, S (held out) and C, in the units of the recording.
    mean, mean_next : ndarray, shape (n,)
        Of x_t and of x_{t+lag}.
    strength : float
        Of the shrinkage: 0 is least squares, infinity that nothing follows from the present.
    scores : ndarray, shape (strengths,), nats per unit and pair
        Held-out score at each of `strengths`.
    strengths : ndarray, shape (strengths,)
    score, r2 : float
        Held out, the strength chosen inside the training part: score in nats per unit and pair; share of variance.
    S_in_sample : ndarray, shape (n, n)
        Covariance of the errors on the data fitted: too small.
    pairs : int
    lag : int, samples
    """

    system: LinearGaussian
    mean: np.ndarray
    mean_next: np.ndarray
    strength: float
    scores: np.ndarray
    strengths: np.ndarray
    score: float
    r2: float
    S_in_sample: np.ndarray
    pairs: int
    lag: int
    provenance: Provenance

    def __repr__(self) -> str:
        return (
            f"{self.system}\nfrom {self.pairs} pairs at lag {self.lag}: strength {self.strength:g}, held-out score "
            f"{self.score:+.6f} nats per unit and pair, R2 {self.r2:+.4f}\n{self.provenance}"
        )


def linear_fit(
    recording: Recording,
    *,
    lag: int = 1,
    condition: str | None = None,
    strength: float | None = None,
    folds: int = FOLDS,
    block: float | None = None,
) -> LinearFit:
    """Fit a linear Gaussian system to a recording.

    Parameters
    ----------
    recording : Recording
        Sampled traces or counts.
    lag : int, samples
        From x to x'.
    condition : str, optional
        Only this condition.
    strength : float, optional
        Of the shrinkage, instead of choosing it; 0 is least squares.
    folds : int
        Parts for cross-validation, at least 3.
    block : float, s, optional
        Length of a block; five times the memory of the slowest unit by default, and at least 20 blocks.

    Returns
    -------
    LinearFit
        ``.system`` goes into every measure of linear Gaussian systems.

    Raises
    ------
    InputError
        Spike times, too few pairs for so many units, units that never change or are made of others.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = np.zeros(4000)
    >>> for t in range(3999):
    ...     x[t + 1] = 0.8 * x[t] + 0.6 * rng.standard_normal()
    >>> fit = linear_fit(Recording(x[:, None], 10.0))
    >>> bool(abs(fit.system.A[0, 0] - 0.8) < 0.03 and abs(fit.system.S[0, 0] - 0.36) < 0.03)
    True
    """
    if not isinstance(recording, Recording):
        raise InputError(
            "recording",
            expected="a Recording",
            got=type(recording).__name__,
            remedy="Make one: Recording(values, rate), values of shape (time, unit).",
        )
    part = recording if condition is None else recording.in_condition(condition)
    data = prepare(part, lag=lag, folds=folds, block=block)
    given = np.array(STRENGTHS if strength is None else [_as_strength(strength)])
    n = part.n_units
    parts = fold_moments(data.blocks, np.ones((1, len(data.blocks))), folds)[0]
    result = cross_validate(parts, [n], given)
    place = int(result.overall[0])
    chosen = given[place : place + 1]
    whole = train(parts.sum(axis=0))
    a, noise = _weights(whole, chosen)
    scale = data.scale
    held = _held_out_noise(parts, chosen) * np.outer(scale, scale)
    _, mean, after, xx, _, _ = split(parts.sum(axis=0))
    c = (xx - np.outer(mean, mean)) * np.outer(scale, scale)
    system = LinearGaussian(a * scale[:, None] / scale, held, 0.5 * (c + c.T), part.labels, CAUTION)
    settings = {"lag": lag, "condition": condition, "strength": strength, "folds": folds, "block": block}
    words = CONVENTIONS | {"blocks": f"{len(data.blocks)} of about {data.blocks.length} samples"}
    provenance = Provenance("linear_fit", settings, part.hash, words, CAUTION)
    arrays = {
        "mean": data.centre + scale * mean,
        "mean_next": data.centre + scale * after,
        "scores": result.curve[0],
        "strengths": given,
        "S_in_sample": noise * np.outer(scale, scale),
    }
    for array in arrays.values():
        array.setflags(write=False)
    return LinearFit(
        system=system,
        strength=float(chosen[0]),
        score=float(result.score[0]),
        r2=float(result.r2[0]),
        pairs=int(data.blocks.pairs.sum()),
        lag=lag,
        provenance=provenance,
        **arrays,
    )


# -- what goes in ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Prepared:
    """Values on a common scale, and the moments of their pairs.

    Attributes
    ----------
    values : ndarray, shape (time, n)
        ``(x - centre) / scale``, mean 0 and s.d. 1 within the segments.
    segments : ndarray, shape (segment, 2)
    blocks : BlockMoments
    centre, scale : ndarray, shape (n,)
    """

    values: np.ndarray
    segments: np.ndarray
    blocks: BlockMoments
    centre: np.ndarray
    scale: np.ndarray


def prepare(recording: Recording, *, lag: int, folds: int, block: float | None) -> Prepared:
    """Return what a fit needs, or say why the recording won't do."""
    lag, folds = as_whole(lag, "lag", 1, of="samples"), as_whole(folds, "folds", 3, of="parts")
    values, rate = recording.sampled()
    length = None
    if block is not None:
        length = int(np.rint(as_number(block, "block", low=(lag + 1) / rate) * rate))
    inside = recording.inside()
    used = np.asarray(values[inside], dtype=np.float64)
    centre, scale = used.mean(axis=0), used.std(axis=0)
    size = np.abs(used).max(axis=0)
    still = [name for name, s, m in zip(recording.labels, scale, size, strict=True) if s <= 1e-12 * max(m, 1e-300)]
    if still:
        raise InputError(
            "recording",
            expected="units that change",
            got=f"{len(still)} that never do ({', '.join(still[:6])}{', ...' if len(still) > 6 else ''})",
            remedy="Leave them out: recording.select([...]).",
        )
    even = (np.asarray(values, dtype=np.float64) - centre) / scale
    lowest, vectors = np.linalg.eigh(even[inside].T @ even[inside] / len(used))
    n = recording.n_units
    blocks = block_moments(even, recording.segments, lag, length)
    pairs = int(blocks.pairs.sum())
    if len(blocks) < 2 * folds:
        raise InputError(
            "recording",
            expected=f"at least {2 * folds} blocks of time, for {folds} folds",
            got=f"{len(blocks)} of about {blocks.length} samples",
            remedy="Use a longer recording, shorter blocks (block=) or fewer folds.",
        )
    smallest = pairs * (folds - 2) / folds
    if smallest < FEWEST * n + 2:
        most = int((smallest - 2) / FEWEST)
        remedy = (
            f"Use at most {most} units or pools of them (recording.select, pool), or a longer recording."
            if most >= 1
            else "Use a longer recording."
        )
        raise InputError(
            "recording",
            expected=f"at least {int(np.ceil((FEWEST * n + 2) * folds / (folds - 2)))} pairs for {n} units",
            got=f"{pairs}",
            remedy=remedy,
        )
    _check_folds(blocks, recording.labels, folds)
    if lowest[0] < COPY:
        names = [recording.labels[i] for i in np.argsort(-np.abs(vectors[:, 0]))[:2]]
        raise InputError(
            "recording",
            expected="units none of which is made of others",
            got=f"some that are, {' and '.join(names)} among them",
            remedy="Leave one out: recording.select([...]).",
        )
    if pairs < FEW * n:
        warnings.warn(
            f"{pairs} pairs for {n} units are few (less than {FEW:g} for each): fine scales will be shrunk to nothing",
            CausalGrainWarning,
            stacklevel=3,
        )
    return Prepared(even, recording.segments, blocks, centre, scale)


def _check_folds(blocks: BlockMoments, labels: Sequence[str], folds: int) -> None:
    """Refuse units that don't change in some training part (all folds but two): nothing can be learnt of them there."""
    parts = fold_moments(blocks, np.ones((1, len(blocks))), folds)[0]
    first, second = np.triu_indices(folds, 1)
    n = len(labels)
    inner = parts.sum(axis=0) - parts[first] - parts[second]
    _, mean, _, xx, _, _ = split(inner)
    spread = np.diagonal(xx, axis1=-2, axis2=-1) - mean**2
    still = [label for label, variance in zip(labels, spread.min(axis=0), strict=True) if variance <= STILL]
    if still:
        raise InputError(
            "recording",
            expected=f"units that change in any {folds - 2} of {folds} parts of the time",
            got=f"{len(still)} of {n} that don't ({', '.join(still[:6])}{', ...' if len(still) > 6 else ''})",
            remedy="Leave them out (recording.select([...])), pool units (pool), or take wider bins.",
        )


def _weights(trained: Any, strength: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (A, S on the data fitted) in the coordinates of the moments; shapes (..., n, n)."""
    n = trained.b.shape[-1]
    fit = fit_scale(trained, n, strength)
    back = np.linalg.inv(trained.white)
    f, s = fit.f[..., 0, :, :], fit.s[..., 0, :, :]
    return back @ f @ trained.white, back @ s @ np.swapaxes(back, -1, -2)


def _held_out_noise(parts: np.ndarray, strength: np.ndarray) -> np.ndarray:
    """Return the second moment of held-out errors, all folds together, in the coordinates of the moments."""
    trained = train(parts.sum(axis=0) - parts)
    a, _ = _weights(trained, strength)
    turned = np.swapaxes(a, -1, -2)
    pairs, mean, after, xx, yx, yy = split(parts)
    left, right = mean - trained.mean, after - trained.mean_next
    now = xx - mean[:, :, None] * mean[:, None, :] + left[:, :, None] * left[:, None, :]
    cross = yx - after[:, :, None] * mean[:, None, :] + right[:, :, None] * left[:, None, :]
    then = yy - after[:, :, None] * after[:, None, :] + right[:, :, None] * right[:, None, :]
    mixed = a @ np.swapaxes(cross, -1, -2)
    error = then - mixed - np.swapaxes(mixed, -1, -2) + a @ now @ turned
    total = np.einsum("f,fij->ij", pairs / pairs.sum(), error)
    return 0.5 * (total + total.T)


def _as_strength(value: Any) -> float:
    if isinstance(value, int | float | np.number) and not isinstance(value, bool) and float(value) >= 0:
        return float(value)
    raise InputError(
        "strength", expected="a number >= 0, or infinity", got=repr(value), remedy="Leave it out to have it chosen."
    )
