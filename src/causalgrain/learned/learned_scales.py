"""The result of learning: an ensemble of members, what each is worth at every scale, and their parameters. Plain data.

Conventions. A member is one training: (condition, fold, seed). Arrays have members first, scales (in the order of
`dims`) next. Failed members are there, named, with NaN; no mean counts them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from .._checks import as_whole, did_you_mean
from .._errors import InputError
from .._provenance import Provenance
from .checkpoint import unflatten

if TYPE_CHECKING:
    from .model import ScaleModel


@dataclass(frozen=True, eq=False)
class LearnedScales:
    """Variables and dynamics of every scale, learned from a recording by an ensemble.

    Attributes
    ----------
    dims : tuple of int, descending
    labels : tuple of str
        Of the channels.
    shape : mapping
        Sizes of the model, see :class:`.flows.Shape`.
    lag : int, samples
        From a state to the next.
    condition : tuple of str; seed, fold : ndarray of int, shape (members,)
    failed : tuple of str, one a member
        What went wrong, or "".
    steps : ndarray of int, shape (members,)
        Of training, chosen by the other folds.
    learned : ndarray of bool, shape (members, scales)
        False where the other folds preferred the linear model.
    score, score_linear, score_persistence : ndarray, shape (members, scales), nats per sample
        Held-out log-likelihood of the next micro state less that of one Gaussian without a past: of what was chosen, of
        the model before training, of "nothing changes". For a linear Gaussian system the expectation is I(y; y').
    mae, mae_linear, mae_persistence : ndarray, shape (members, scales), units of the recording
        Held-out mean absolute error of the next micro state predicted by way of the scale.
    covariance : tuple of ndarray, shape (members, d, d), one a scale
        Of the held-out errors of y', of what was chosen.
    evaluated : ndarray of int, shape (evaluations,)
    curves : ndarray, shape (members, evaluations, scales), nats per sample
        Held-out ln p_d over training, mean over steps ahead.
    losses : ndarray, shape (members, evaluations), nats per sample and channel
        Training loss; NaN at 0.
    held_out : tuple of ndarray of int, one a member
        First samples of its held-out pairs, rows of its condition's samples (``samples_of``).
    n_train : ndarray of int, shape (members,)
        Windows trained on.
    parameters, start : mapping of str to ndarray, leading axis members
        Of the trained and of the linear model, float32, flat names.
    preparation : mapping of str to ndarray, leading axis members
        See :mod:`.preparation`.
    """

    dims: tuple[int, ...]
    labels: tuple[str, ...]
    shape: Mapping[str, Any]
    lag: int
    condition: tuple[str, ...]
    seed: np.ndarray
    fold: np.ndarray
    failed: tuple[str, ...]
    steps: np.ndarray
    learned: np.ndarray
    score: np.ndarray
    score_linear: np.ndarray
    score_persistence: np.ndarray
    mae: np.ndarray
    mae_linear: np.ndarray
    mae_persistence: np.ndarray
    covariance: tuple[np.ndarray, ...]
    evaluated: np.ndarray
    curves: np.ndarray
    losses: np.ndarray
    held_out: tuple[np.ndarray, ...]
    n_train: np.ndarray
    parameters: Mapping[str, np.ndarray]
    start: Mapping[str, np.ndarray]
    preparation: Mapping[str, np.ndarray]
    provenance: Provenance

    def __post_init__(self) -> None:
        for f in fields(self):
            value = getattr(self, f.name)
            parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, tuple) else (value,)
            for part in parts:
                if isinstance(part, np.ndarray):
                    part.setflags(write=False)

    # -- members -------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self.condition)

    @property
    def conditions(self) -> tuple[str, ...]:
        """Names of the conditions, in order."""
        return tuple(dict.fromkeys(self.condition))

    @cached_property
    def sound(self) -> np.ndarray:
        """Which members didn't fail, shape (members,), bool."""
        return np.array([not reason for reason in self.failed])

    def members(self, condition: str | None = None) -> tuple[Member, ...]:
        """Return the members (of one condition) that didn't fail."""
        if condition is not None and condition not in self.conditions:
            raise InputError(
                "condition",
                expected="a condition of the result",
                got=repr(condition),
                remedy=did_you_mean(condition, self.conditions),
            )
        chosen = [i for i, name in enumerate(self.condition) if self.sound[i] and condition in (None, name)]
        return tuple(Member(self, i) for i in chosen)

    def member(self, index: int) -> Member:
        """Return one member by its place.

        Raises
        ------
        InputError
            There is none at that place, or it failed.
        """
        place = as_whole(index, "index", 0, len(self) - 1)
        if self.failed[place]:
            raise InputError(
                f"member {place}",
                expected="one that didn't fail",
                got=self.failed[place],
                remedy="Choose among members(), or train again with a smaller learning_rate=.",
            )
        return Member(self, place)

    def mean(self, values: np.ndarray, condition: str | None = None) -> np.ndarray:
        """Return the mean of values (members, ...) over members that didn't fail."""
        return values[[m.index for m in self.members(condition)]].mean(axis=0)

    # -- arrays --------------------------------------------------------------------------------------------------

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return everything as one flat dict of arrays, for ``numpy.savez``."""
        arrays: dict[str, np.ndarray] = {}
        plain: dict[str, Any] = {}
        for f in fields(self):
            value = getattr(self, f.name)
            if isinstance(value, np.ndarray):
                arrays[f.name] = value
            elif f.name in ("covariance", "held_out"):
                arrays.update({f"{f.name}/{i}": part for i, part in enumerate(value)})
            elif f.name in ("parameters", "start", "preparation"):
                arrays.update({f"{f.name}/{name}": part for name, part in value.items()})
            else:
                plain[f.name] = asdict(value) if isinstance(value, Provenance) else value
        return arrays | {"plain": np.array(json.dumps(plain))}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> LearnedScales:
        """Undo :meth:`to_arrays`."""
        values: dict[str, Any] = json.loads(str(arrays["plain"]))
        for name in ("dims", "labels", "condition", "failed"):
            values[name] = tuple(values[name])
        values["shape"] = {k: tuple(v) if isinstance(v, list) else v for k, v in values["shape"].items()}
        values["provenance"]["settings"] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in values["provenance"]["settings"].items()
        }
        values["provenance"] = Provenance(**values["provenance"])
        for name, array in arrays.items():
            head, _, tail = name.partition("/")
            if tail:
                values.setdefault(head, {})[tail] = np.asarray(array)
            elif name != "plain":
                values[name] = np.asarray(array)
        for name in ("covariance", "held_out"):
            values[name] = tuple(values[name][str(i)] for i in range(len(values[name])))
        return cls(**values)

    # -- reading -------------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        lines = [f"learned scales of {len(self.labels)} channels: {len(self)} members, {int(self.sound.sum())} sound"]
        for name in self.conditions:
            here = [m.index for m in self.members(name)]
            if not here:
                lines.append(f"{name}: all members failed")
                continue
            taken = self.steps[here]
            lines.append(f"{name}: {len(here)} members, {taken.min()} to {taken.max()} steps")
            lines.append("   d     score    linear   persist       mae    linear   persist  learned")
            columns = (self.score, self.score_linear, self.score_persistence)
            columns = (*columns, self.mae, self.mae_linear, self.mae_persistence)
            for k, d in enumerate(self.dims):
                row = "".join(f"{column[here, k].mean():10.4f}" for column in columns)
                lines.append(f"{d:4d}{row}{self.learned[here, k].mean():9.0%}")
        lines += [f"failed: {reason}" for reason in self.failed if reason]
        return "\n".join([*lines, str(self.provenance)])


@dataclass(frozen=True, eq=False)
class Member:
    """One member of an ensemble.

    Attributes
    ----------
    result : LearnedScales
    index : int
    """

    result: LearnedScales
    index: int

    @property
    def condition(self) -> str:
        """Its condition."""
        return self.result.condition[self.index]

    @property
    def seed(self) -> int:
        """Its seed."""
        return int(self.result.seed[self.index])

    @property
    def fold(self) -> int:
        """The fold held out."""
        return int(self.result.fold[self.index])

    @property
    def held_out(self) -> np.ndarray:
        """First samples of its held-out pairs, rows of its condition's samples."""
        return self.result.held_out[self.index]

    def scale(self, dim: int) -> ScaleModel:
        """Return the model of one scale, as cross-validation chose it.

        Raises
        ------
        InputError
            No such scale was learned.
        """
        from .flows import Shape
        from .model import ScaleModel

        result, i = self.result, self.index
        if dim not in result.dims:
            raise InputError(
                "dim",
                expected="one of " + ", ".join(map(str, result.dims)),
                got=repr(dim),
                remedy="Name it in dims= of fit_scales.",
            )
        k = result.dims.index(dim)
        learned = bool(result.learned[i, k])
        flat = result.parameters if learned else result.start
        return ScaleModel(
            dim=dim,
            channels=len(result.labels),
            covariance=result.covariance[k][i],
            kind="learned" if learned else "linear",
            condition=self.condition,
            seed=self.seed,
            fold=self.fold,
            steps=int(result.steps[i]) if learned else 0,
            shape=Shape(**result.shape),
            preparation={name: part[i] for name, part in result.preparation.items()},
            parameters=unflatten({name: part[i].astype(np.float64) for name, part in flat.items()}),
        )

    def __repr__(self) -> str:
        return f"member {self.index}: condition {self.condition}, seed {self.seed}, fold {self.fold}"
