"""Training of an ensemble in one compiled step: members (seed x fold x condition) side by side, steps in a scan.

Conventions. Every array of the parameters has a leading axis of members. Members share nothing but the compiled
program: each draws its own batches (windows with replacement, from its own training part), has its own optimiser, and
is looked at on its own held-out part every `every` steps (evaluation 0 is before training). The numbers of a step
follow from (key of the member, step) alone. Single precision.

Optimiser: Adam with decoupled weight decay on the weights of perceptrons only (so that it pulls toward the linear
model, never the dynamics toward rest), gradients clipped to norm 1, learning rate along a cosine to 0 over `steps`.
What is looked at and kept is a running average of the parameters (Polyak & Juditsky 1992), which begins at the linear
model and takes the noise of small batches out. Training ends
early when no condition's mean held-out score has risen for `patience` steps.

A member whose scores or loss are no longer finite has failed: the step is kept, and whoever averages leaves it out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from .._errors import CostError
from .._progress import track
from .checkpoint import Checkpoint
from .flows import Parameters, Shape
from .scales import log_densities, loss

ROUND = 256  # sizes are padded to multiples of this, so that recordings of about one length share a compiled program
LOOKED_AT = 4096  # held-out windows at most for the curves, evenly spaced


@dataclass(frozen=True)
class Schedule:
    """How to train.

    Attributes
    ----------
    steps, every, patience : int
        Most steps; steps between evaluations; steps without a better score after which it ends.
    batch : int, windows
    learning_rate, weight_decay, clip : float
    average : float
        Weight of the past in the running average of parameters that is looked at and kept; 0 for none.
    lag : int, samples
    """

    steps: int = 1000
    every: int = 50
    patience: int = 200
    batch: int = 128
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    clip: float = 1.0
    average: float = 0.98
    lag: int = 1


@dataclass(frozen=True, eq=False)
class Groups:
    """Data of every (condition, fold): what members of it train on and are looked at on.

    Attributes
    ----------
    states : ndarray, shape (groups, samples, channels), float32
        Prepared; shorter ones padded.
    train, held, seen : ndarray of int, shape (groups, windows)
        First samples of windows, padded; `seen` are those of `held` that the curves are made of.
    n_train, n_held, n_seen : ndarray of int, shape (groups,)
    """

    states: np.ndarray
    train: np.ndarray
    n_train: np.ndarray
    held: np.ndarray
    n_held: np.ndarray
    seen: np.ndarray
    n_seen: np.ndarray


@dataclass(frozen=True, eq=False)
class History:
    """What a training left.

    Attributes
    ----------
    evaluated : ndarray of int, shape (evaluations,)
        Steps.
    scores : ndarray, shape (members, evaluations, scales), nats per sample
        Held-out ln p_d, mean over steps ahead.
    losses : ndarray, shape (members, evaluations), nats per sample and channel
        Training loss, mean since the evaluation before; NaN at 0.
    snapshots : tuple of parameters at each evaluation, float32
    failed : ndarray of int, shape (members,)
        Step at which a member was found to have failed, -1 for none.
    """

    evaluated: np.ndarray
    scores: np.ndarray
    losses: np.ndarray
    snapshots: tuple[Parameters, ...]
    failed: np.ndarray


def make_groups(states: list[np.ndarray], train: list[np.ndarray], held: list[np.ndarray]) -> Groups:
    """Pad what each group has to the size of the largest."""
    samples = _round_up(max(len(s) for s in states))
    table = np.stack([np.pad(s, ((0, samples - len(s)), (0, 0))) for s in states]).astype(np.float32)
    seen = [rows[np.linspace(0, len(rows) - 1, min(len(rows), LOOKED_AT)).astype(int)] for rows in held]
    return Groups(table, *_padded(train), *_padded(held), *_padded(seen))


def _padded(rows: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    most = _round_up(max(len(r) for r in rows))
    return np.stack([np.pad(r, (0, most - len(r)), mode="edge") for r in rows]), np.array([len(r) for r in rows])


def _round_up(size: int) -> int:
    return -(-size // ROUND) * ROUND


def train(
    parameters: Parameters,
    groups: Groups,
    group: np.ndarray,
    condition: np.ndarray,
    keys: jax.Array,
    *,
    shape: Shape,
    schedule: Schedule,
    checkpoint: Checkpoint | None = None,
    stop_after: int | None = None,
    progress: bool | None = None,
) -> History:
    """Train all members.

    Parameters
    ----------
    parameters : pytree, leading axis members
    group, condition : array of int, shape (members,)
        Which of `groups`; members of one condition share the decision to stop.
    keys : array of keys, shape (members,)
    checkpoint : Checkpoint, optional
        Written at every evaluation, and gone on from if it holds a state.
    stop_after : int, optional
        Leave off after this step, as an interruption would.
    progress : bool, optional

    Raises
    ------
    CostError
        Memory doesn't suffice.
    """
    live = jax.tree.map(lambda a: jnp.asarray(a, jnp.float32), parameters)
    decays = jnp.asarray(_decays(live))
    flat, rates = _flat(live, 1), _rates(schedule)
    optimiser = jax.vmap(_optimiser(rates).init)(flat)
    leaves, shape_of = jax.tree.flatten(optimiser)
    data = [jnp.asarray(a) for a in (groups.states, groups.train, groups.n_train, groups.seen, groups.n_seen, group)]
    kept = checkpoint.read() if checkpoint is not None else None
    try:
        if kept is None:
            scores = [np.asarray(_evaluate(live, data, shape, schedule.lag))]
            losses, snapshots, evaluated = [np.full(len(group), np.nan)], [_to_numpy(live)], [0]
        else:
            assert checkpoint is not None
            evaluated = kept["evaluated"].tolist()
            scores, losses = list(kept["scores"]), list(kept["losses"])
            snapshots = [checkpoint.snapshot(at) for at in evaluated]
            live = jax.tree.map(lambda a: jnp.asarray(a), snapshots[-1])
            flat = jnp.asarray(kept["live"])
            leaves = [jnp.asarray(a) for a in kept["optimiser"]]
            optimiser = jax.tree.unflatten(shape_of, leaves)
        with track(f"learning, {len(group)} members", schedule.steps, progress) as advance:
            advance(evaluated[-1])
            while evaluated[-1] < schedule.steps and not _no_better(evaluated, scores, condition, schedule.patience):
                if stop_after is not None and evaluated[-1] >= stop_after:
                    break
                live, flat, optimiser, lost = _advance(
                    live,
                    flat,
                    optimiser,
                    decays,
                    keys,
                    evaluated[-1],
                    data,
                    rates,
                    shape,
                    schedule.every,
                    schedule.batch,
                    schedule.lag,
                )
                scores.append(np.asarray(_evaluate(live, data, shape, schedule.lag)))
                losses.append(np.asarray(lost))
                snapshots.append(_to_numpy(live))
                evaluated.append(evaluated[-1] + schedule.every)
                if checkpoint is not None:
                    state = {"evaluated": np.array(evaluated), "scores": np.stack(scores), "losses": np.stack(losses)}
                    state["live"] = np.asarray(flat)
                    state["optimiser"] = tuple(np.asarray(a) for a in jax.tree.leaves(optimiser))
                    new = [0, -1] if len(evaluated) == 2 else [-1]
                    checkpoint.write(state, {evaluated[i]: snapshots[i] for i in new})
                advance(schedule.every)
    except (jax.errors.JaxRuntimeError, MemoryError) as error:
        if isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in str(error):
            raise CostError(
                "fit_scales",
                expected="memory for all members at once",
                got=f"too little for {len(group)} members of {shape.channels} channels",
                remedy="Reduce seeds=, folds= or batch=, leave out conditions, or pool the channels first.",
            ) from error
        raise
    table = np.stack(scores, axis=1).astype(np.float64)
    lost = np.stack(losses, axis=1).astype(np.float64)
    lost_too = np.isfinite(lost) | (np.array(evaluated) == 0)
    good: np.ndarray = np.isfinite(table).all(axis=2) & lost_too
    failed = np.where(good.all(axis=1), -1, np.array(evaluated)[np.argmin(good, axis=1)])
    return History(np.array(evaluated), table, lost, tuple(snapshots), failed)


def _no_better(evaluated: list[int], scores: list[np.ndarray], condition: np.ndarray, patience: int) -> bool:
    """Whether no condition's mean score over members and scales has risen for `patience` steps."""
    table = np.stack(scores, axis=1).mean(axis=2)  # (members, evaluations)
    sound = np.isfinite(table).all(axis=1)
    if not sound.any():
        return True
    return all(
        evaluated[-1] - evaluated[int(np.argmax(table[sound & (condition == c)].mean(axis=0)))] >= patience
        for c in np.unique(condition[sound])
    )


def _to_numpy(tree: Parameters) -> Parameters:
    return jax.tree.map(np.asarray, tree)


Rates = dict[str, jax.Array]


def _rates(schedule: Schedule) -> Rates:
    """Return the numbers of a schedule; changing them compiles nothing anew."""
    names = ("steps", "learning_rate", "weight_decay", "clip", "average")
    return {name: jnp.asarray(getattr(schedule, name), jnp.float32) for name in names}


def _optimiser(rates: Rates) -> optax.GradientTransformation:
    clip = optax.clip_by_global_norm(rates["clip"])  # pyright: ignore[reportArgumentType]
    return optax.chain(clip, optax.scale_by_adam())


def _decays(tree: Parameters) -> np.ndarray:
    """Return which entries of one member's flat parameters weight decay acts on: weights of perceptrons."""
    marked = jax.tree_util.tree_map_with_path(lambda path, a: np.full(a[0].shape, _named_w(path)), tree)
    return np.concatenate([leaf.ravel() for leaf in jax.tree.leaves(marked)]).astype(np.float32)


def _named_w(path: tuple[Any, ...]) -> float:
    return float(getattr(path[-1], "key", "") == "w")


def _flat(tree: Parameters, lead: int) -> jax.Array:
    """Return parameters as one row a member (lead = 1), or one row (lead = 0)."""
    leaves = jax.tree.leaves(tree)
    return jnp.concatenate([jnp.reshape(leaf, (*leaf.shape[:lead], -1)) for leaf in leaves], axis=-1)


def _tree(flat: Any, like: Parameters, lead: int) -> Parameters:
    """Undo `_flat`; `like` has a leading axis of members."""
    leaves, structure = jax.tree.flatten(like)
    made, at = [], 0
    for leaf in leaves:
        size = int(np.prod(leaf.shape[1:]))
        made.append(flat[..., at : at + size].reshape(*flat.shape[:lead], *leaf.shape[1:]))
        at += size
    return jax.tree.unflatten(structure, made)


@partial(jax.jit, static_argnames=("shape", "every", "batch", "lag"))
def _advance(
    like: Parameters,
    flat: jax.Array,
    optimiser: Any,
    decays: jax.Array,
    keys: jax.Array,
    first: int,
    data: list[jax.Array],
    rates: Rates,
    shape: Shape,
    every: int,
    batch: int,
    lag: int,
) -> tuple[Parameters, jax.Array, Any, jax.Array]:
    """Take `every` steps; `like` is the average so far, `flat` the parameters themselves, one row a member."""
    states, train_rows, n_train, _, _, group = data
    ahead = lag * jnp.arange(shape.horizon + 1)
    update = _optimiser(rates).update

    def member(
        flat: jax.Array, mean: jax.Array, o: Any, key: jax.Array, g: jax.Array, at: jax.Array
    ) -> tuple[jax.Array, jax.Array, Any, jax.Array]:
        drawn = jax.random.randint(jax.random.fold_in(key, at), (batch,), 0, n_train[g])
        windows = states[g, train_rows[g, drawn][:, None] + ahead]
        value, slope = jax.value_and_grad(loss)(_tree(flat, like, 0), shape, windows)
        change, o = update(_flat(slope, 0), o)
        change = jnp.asarray(change)  # pyright: ignore[reportArgumentType]
        rate = rates["learning_rate"] * 0.5 * (1.0 + jnp.cos(jnp.pi * at / rates["steps"]))
        flat = flat - rate * (change + rates["weight_decay"] * decays * flat)
        return flat, mean + (1.0 - rates["average"]) * (flat - mean), o, value

    def one_step(carry: tuple[jax.Array, jax.Array, Any], at: jax.Array) -> tuple[Any, jax.Array]:
        *moved, value = jax.vmap(member, in_axes=(0, 0, 0, 0, 0, None))(*carry, keys, group, at)
        return tuple(moved), value

    at = first + jnp.arange(every)
    (flat, mean, optimiser), values = jax.lax.scan(one_step, (flat, _flat(like, 1), optimiser), at)
    return _tree(mean, like, 1), flat, optimiser, values.mean(axis=0)


@partial(jax.jit, static_argnames=("shape", "lag"))
def _evaluate(live: Parameters, data: list[jax.Array], shape: Shape, lag: int) -> jax.Array:
    """Return held-out ln p_d, mean over windows and steps ahead, shape (members, scales)."""
    states, _, _, seen, n_seen, group = data
    ahead = lag * jnp.arange(shape.horizon + 1)

    def member(p: Parameters, g: jax.Array) -> jax.Array:
        found = log_densities(p, shape, states[g, seen[g][:, None] + ahead]).mean(axis=1)
        counts = jnp.arange(seen.shape[1]) < n_seen[g]
        return jnp.where(counts, found, 0.0).sum(axis=-1) / n_seen[g]

    return jax.vmap(member)(live, group)


def rounded(schedule: Schedule) -> Schedule:
    """Return the schedule with whole evaluations: `steps` rounded up to a multiple of `every`."""
    every = min(schedule.every, schedule.steps)
    return replace(schedule, every=every, steps=-(-schedule.steps // every) * every)
