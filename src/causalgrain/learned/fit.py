"""Learn the variables of every scale of a recording: the public verb of this room.

Conventions. Each condition is learned for itself, by `folds` x `seeds` members trained side by side
(:mod:`.training`), each with its own preparation, encoder and dynamics (:mod:`.preparation`, :mod:`.flows`,
:mod:`.scales`, where the likelihood is written down). Steps, and linear or learned, are chosen by blocked
cross-validation (:mod:`.validation`); everything said of a member is measured on the fold it never saw
(:mod:`.held_out`). Random numbers follow from (seed, condition, fold, number of the seed) alone.

"auto": below 10,000 training windows 2 couplings of 16 units, learning rate 1e-3 and at most 1,000 steps; from there
on 6 couplings of 64 units, 5e-3 and at most 4,000 steps. (Ours, after a prototype.)
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from dataclasses import asdict
from itertools import pairwise
from typing import Any

import numpy as np

try:
    import jax
except ImportError as error:
    raise ImportError("learning needs JAX and optax: pip install 'causalgrain[learn]'") from error

from .._checks import as_number, as_whole, choose
from .._errors import CausalGrainError, CausalGrainWarning, InputError
from .._provenance import Provenance, hash_arrays
from . import validation
from .checkpoint import Checkpoint, flatten
from .flows import Parameters, Shape
from .held_out import measure
from .learned_scales import LearnedScales
from .preparation import MARGINALS, Preparation, first_rotation, fit_preparation, prepare, random_rotation
from .samples import Samples, as_samples, check
from .scales import init_parameters
from .training import Groups, History, Schedule, make_groups, rounded, train

DIMS = (32, 16, 8, 4, 2, 1)
MANY = 10_000  # training windows from which on a larger model pays
STARTS = ("linear", "random")
EVALUATIONS = 20
CAUTION = (
    "fitted to activity as it came: what was not recorded may drive the variables, and an intervention may do otherwise"
)
CONVENTIONS = {
    "likelihood": "exact, of the next micro state: macro part from macro state, dropped part from next macro state",
    "score": "held-out ln p_d less that of one Gaussian without a past, nats per sample; 1 step ahead",
    "chosen": "steps, and linear or learned, by the other folds",
    "covariance": "second moment about 0 of held-out errors of y'",
}


def fit_scales(
    x: Any,
    *,
    dims: Sequence[int] = DIMS,
    seeds: int = 3,
    folds: int = 5,
    steps: int | str = "auto",
    horizon: int = 1,
    lag: int = 1,
    conditions: Sequence[str] | str | None = None,
    marginals: str = "zscore",
    start: str = "linear",
    couplings: int | str = "auto",
    hidden: int | Sequence[int] | str = "auto",
    learning_rate: float | str = "auto",
    batch: int = 128,
    patience: int | str = "auto",
    weight_decay: float = 1e-2,
    gap: int | None = None,
    seed: int = 0,
    checkpoint: str | os.PathLike[str] | None = None,
    resume: bool = False,
    progress: bool | None = None,
) -> LearnedScales:
    """Learn nested variables of several scales and their dynamics.

    Parameters
    ----------
    x : Recording, array (samples, channels) or (segments, samples, channels), or sequence of arrays
        Pairs never cross edges of segments.
    dims : sequence of int, descending
        Dimensions of the scales; those above the number of channels are left out.
    seeds, folds : int
        Members for each fold; parts held out in turn (1: the last fifth).
    steps : int or "auto"
        Most training steps; how many are taken is chosen by the folds. 0: the linear model.
    horizon : int, samples
        Steps ahead that are predicted in training; 5 to 7 where the noise is of observation.
    lag : int, samples
        From one state to the next.
    conditions : sequence of str, optional
        Of a recording with epochs; all by default.
    marginals : {"zscore", "gaussian"}
        What is done to each channel first; "gaussian" undoes an elementwise warp by ranks.
    start : {"linear", "random"}
        Directions to begin with: linear-predictive, or random.
    couplings, hidden : int (hidden: or one int a layer), or "auto"
        Per level; units of their perceptrons.
    learning_rate, batch, patience, weight_decay
        Of training. `patience` in steps.
    gap : int, samples
        Between what trains and what is held out; the memory of the slowest channel by default, at most 2 %.
    seed : int
    checkpoint : path, optional
        Folder to write the state of the training to; with `resume` it is gone on from there.
    progress : bool, optional
        Show a bar; by default on a terminal.

    Returns
    -------
    LearnedScales

    Raises
    ------
    InputError
        Too few samples (it says how many are needed), constant, missing or copied channels, unknown settings, a
        checkpoint of other settings.
    CostError
        Memory doesn't suffice.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = np.zeros((500, 2))
    >>> for t in range(499):
    ...     x[t + 1] = [0.9, 0.3] * x[t] + rng.standard_normal(2)
    >>> result = fit_scales(x, dims=(2, 1), seeds=1, folds=2, steps=0)
    >>> result.member(0).scale(1)
    ScaleModel of 1 of 2 dimensions (linear; condition all, seed 0, fold 0)
    >>> bool(result.mean(result.score)[1] > 0.5)  # I(y; y') = -1/2 ln(1 - .9^2) = .83 nats
    True
    """
    parts, labels, input_hash = as_samples(x, conditions)
    n = len(labels)
    wanted = _as_dims(dims, n)
    choose(marginals, MARGINALS, "marginals")
    choose(start, STARTS, "start")
    for name, value, low in (("seeds", seeds, 1), ("folds", folds, 1), ("horizon", horizon, 1), ("lag", lag, 1)):
        as_whole(value, name, low)
    for name, value, low in (("batch", batch, 1), ("seed", seed, 0)):
        as_whole(value, name, low)
    as_number(weight_decay, "weight_decay", low=0.0)
    reach = horizon * lag
    splits = []
    for part in parts:
        usual = validation.default_gap(part.values, part.segments) if gap is None else as_whole(gap, "gap", 0)
        splits.append(validation.blocked_folds(part.segments, reach, folds=folds, gap=usual))
        for f, split in enumerate(splits[-1]):
            check(part, split.train, labels, f)
    many = max(len(split.train) for row in splits for split in row) >= MANY
    shape = Shape(
        channels=n,
        dims=wanted,
        couplings=(6 if many else 2) if couplings == "auto" else as_whole(couplings, "couplings", 0),
        hidden=_as_hidden(hidden, many),
        horizon=horizon,
    )
    most = (4000 if many else 1000) if steps == "auto" else as_whole(steps, "steps", 0)
    schedule = Schedule(
        steps=most,
        every=max(most // EVALUATIONS, 1),
        patience=max(most // 5, 1) if patience == "auto" else as_whole(patience, "patience", 1),
        batch=batch,
        learning_rate=(5e-3 if many else 1e-3)
        if learning_rate == "auto"
        else as_number(learning_rate, "learning_rate", low=0.0),
        weight_decay=weight_decay,
        lag=lag,
    )
    schedule = rounded(schedule) if most else schedule
    settings: dict[str, Any] = {
        "dims": wanted, "seeds": seeds, "folds": folds, "marginals": marginals, "start": start, "gap": gap,
        "seed": seed, "conditions": tuple(p.name for p in parts),
    }  # fmt: skip
    settings |= {k: v for k, v in (asdict(shape) | asdict(schedule)).items() if k not in ("channels",)}
    saved = None
    if checkpoint is not None:
        saved = Checkpoint(checkpoint, hash_arrays(repr(sorted(settings.items())), input_hash), resume=resume)
    built = _build(parts, splits, shape, seeds=seeds, marginals=marginals, start=start, seed=seed, lag=lag)
    groups, group, _, first, _, keys = built
    history = train(
        first, groups, group, group // folds, keys,
        shape=shape, schedule=schedule, checkpoint=saved, progress=progress,
    )  # fmt: skip
    provenance = Provenance("fit_scales", settings, input_hash, CONVENTIONS, CAUTION)
    return _result(history, built, labels, [p.name for p in parts], folds, shape, lag, provenance)


Built = tuple[Groups, np.ndarray, np.ndarray, Parameters, list[Preparation], jax.Array]


def _build(
    parts: list[Samples],
    splits: list[tuple[validation.Split, ...]],
    shape: Shape,
    *,
    seeds: int,
    marginals: str,
    start: str,
    seed: int,
    lag: int,
) -> Built:
    """Return (groups, group of each member, seed of each member, parameters, preparations by group, keys)."""
    states, train_rows, held, preparations, members, group, keys = [], [], [], [], [], [], []
    ahead = lag * np.arange(shape.horizon + 1)
    for c, (part, row) in enumerate(zip(parts, splits, strict=True)):
        for f, split in enumerate(row):
            seen = np.unique(split.train[:, None] + ahead)
            made = fit_preparation(part.values[seen], marginals=marginals)
            with jax.enable_x64(True):
                w = np.asarray(prepare(made, part.values))
            windows = w[split.train[:, None] + ahead]
            best = first_rotation(windows[:, 0], windows[:, 1], shape.dims)
            rngs = [np.random.default_rng([seed, c, f, s]) for s in range(seeds)]
            if start == "linear":
                members += init_parameters(rngs, shape, best, windows)
            else:
                for rng in rngs:
                    members += init_parameters([rng], shape, random_rotation(rng, shape.channels), windows)
            keys += [jax.random.key(int(rng.integers(2**31))) for rng in rngs]
            group += [len(states)] * seeds
            states.append(w)
            train_rows.append(split.train)
            held.append(split.held)
            preparations.append(made)
    stacked = jax.tree.map(lambda *arrays: np.stack(arrays).astype(np.float32), *members)
    numbers = np.tile(np.arange(seeds), len(states))
    groups = make_groups(states, train_rows, held)
    return groups, np.array(group), numbers, stacked, preparations, jax.numpy.stack(keys)


def _result(
    history: History,
    built: Built,
    labels: tuple[str, ...],
    names: list[str],
    folds: int,
    shape: Shape,
    lag: int,
    provenance: Provenance,
) -> LearnedScales:
    groups, group, numbers, _, preparations, _ = built
    condition, fold = group // folds, group % folds
    failed = history.failed >= 0
    reasons = tuple(
        f"condition {names[c]}, fold {f}, seed {s}: scores or loss no longer finite at step {at}" if at >= 0 else ""
        for c, f, s, at in zip(condition, fold, numbers, history.failed, strict=True)
    )
    if failed.all():
        raise CausalGrainError(f"every member failed; the first: {reasons[0]}. Use a smaller learning_rate=.")
    for reason in filter(None, reasons):
        warnings.warn(f"a member failed and is left out: {reason}", CausalGrainWarning, stacklevel=3)
    chosen = validation.choose(history.scores, condition, fold, failed)
    snapshots = history.snapshots
    trained = jax.tree.map(lambda *at: np.stack([at[p][i] for i, p in enumerate(chosen.place)]), *snapshots)
    new, old = (measure(p, preparations, groups, group, shape, lag) for p in (trained, snapshots[0]))
    blank = np.where(failed, np.nan, 1.0)[:, None]

    def picked(name: str) -> np.ndarray:
        return np.where(chosen.learned, getattr(new, name), getattr(old, name)) * blank

    covariance = tuple(
        np.where(chosen.learned[:, k, None, None], a, b) * blank[..., None]
        for k, (a, b) in enumerate(zip(new.covariance, old.covariance, strict=True))
    )
    return LearnedScales(
        dims=shape.dims,
        labels=labels,
        shape=asdict(shape),
        lag=lag,
        condition=tuple(names[c] for c in condition),
        seed=numbers,
        fold=fold,
        failed=reasons,
        steps=history.evaluated[chosen.place],
        learned=chosen.learned,
        score=picked("score"),
        score_linear=old.score * blank,
        score_persistence=picked("score_persistence"),
        mae=picked("mae"),
        mae_linear=old.mae * blank,
        mae_persistence=picked("mae_persistence"),
        covariance=covariance,
        evaluated=history.evaluated,
        curves=history.scores,
        losses=history.losses,
        held_out=tuple(groups.held[g][: groups.n_held[g]] for g in group),
        n_train=groups.n_train[group],
        parameters=flatten(trained),
        start=flatten(snapshots[0]),
        preparation={name: np.stack([preparations[g][name] for g in group]) for name in preparations[0]},
        provenance=provenance,
    )


def _as_dims(dims: Sequence[int], n: int) -> tuple[int, ...]:
    wanted = tuple(as_whole(d, "dims", 1) for d in dims)
    if not wanted or any(a <= b for a, b in pairwise(wanted)):
        raise InputError(
            "dims", expected="dimensions in descending order", got=repr(wanted), remedy="For example dims=(8, 4, 2, 1)."
        )
    fit = tuple(d for d in wanted if d <= n)
    if not fit:
        raise InputError(
            "dims", expected=f"at least one of at most {n} channels", got=repr(wanted), remedy=f"Use dims=({n}, 1)."
        )
    return fit


def _as_hidden(hidden: int | Sequence[int] | str, many: bool) -> tuple[int, ...]:
    if hidden == "auto":
        return (64,) if many else (16,)
    layers = (hidden,) if isinstance(hidden, int) else tuple(hidden)  # type: ignore[arg-type]
    return tuple(as_whole(units, "hidden", 1) for units in layers)  # pyright: ignore[reportArgumentType]
