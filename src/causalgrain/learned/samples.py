"""What comes in: recordings and arrays made into conditions of samples and segments, checked."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._checks import as_float_array
from .._errors import CausalGrainWarning, InputError
from .._provenance import hash_arrays
from ..recordings.recording import Recording

FEWEST, FEW = 3, 10  # training windows for each channel: refused below, warned of below
COPY = 1e-9  # smallest eigenvalue of the correlations below which channels are made of each other
ALL = "all"


@dataclass(frozen=True, eq=False)
class Samples:
    """Samples of one condition.

    Attributes
    ----------
    name : str
    values : ndarray, shape (samples, channels), float64
    segments : ndarray of int, shape (segments, 2), half open
    """

    name: str
    values: np.ndarray
    segments: np.ndarray


def as_samples(x: Any, conditions: Sequence[str] | str | None) -> tuple[list[Samples], tuple[str, ...], str]:
    """Return (conditions, labels of channels, hash) of a recording or of arrays.

    Parameters
    ----------
    x : Recording, array, or sequence of arrays
        (samples, channels), (segments, samples, channels), or arrays of (samples, channels), one a segment.
    conditions : sequence of str, optional
        Of a recording with epochs; all of them by default.

    Examples
    --------
    >>> made, labels, _ = as_samples(np.eye(4).reshape(2, 2, 4), None)
    >>> made[0].segments.tolist(), labels
    ([[0, 2], [2, 4]], ('x0', 'x1', 'x2', 'x3'))
    """
    if isinstance(x, Recording):
        x.sampled()
        names = (conditions,) if isinstance(conditions, str) else conditions
        if names is None:
            names = x.conditions if x.epochs is not None else None
        parts = [(ALL, x)] if names is None else [(name, x.in_condition(name)) for name in names]
        if not parts:
            raise InputError("conditions", expected="at least one", got="none", remedy="Name one, or leave it out.")
        return [_of_recording(name, part) for name, part in parts], x.labels, x.hash
    if conditions is not None:
        raise InputError(
            "conditions",
            expected="a Recording with epochs, to look for conditions in",
            got=type(x).__name__,
            remedy="Make a Recording, or fit every condition's array for itself.",
        )
    pieces = [as_float_array(part, f"x[{i}]") for i, part in enumerate(_pieces(x))]
    widths = {part.shape[1:] for part in pieces}
    if len(widths) != 1 or any(part.ndim != 2 or not part.size for part in pieces):
        raise InputError(
            "x",
            expected="arrays (samples, channels) with the same channels, or one (segments, samples, channels)",
            got="shapes " + ", ".join(str(part.shape) for part in pieces[:4]),
            remedy="Put time along rows and channels along columns.",
        )
    stops = np.cumsum([len(part) for part in pieces])
    values = np.concatenate(pieces)
    segments = np.column_stack([stops - [len(part) for part in pieces], stops])
    labels = tuple(f"x{i}" for i in range(values.shape[1]))
    return [Samples(ALL, values, segments)], labels, hash_arrays(values, segments)


def _pieces(x: Any) -> list[Any]:
    if isinstance(x, list | tuple) and len(x) and all(np.ndim(part) == 2 for part in x):
        return list(x)
    array = as_float_array(x, "x")
    return list(array) if array.ndim == 3 else [array]


def _of_recording(name: str, part: Recording) -> Samples:
    values, _ = part.sampled()
    pieces = [np.asarray(values[a:b], dtype=np.float64) for a, b in part.segments.tolist()]
    stops = np.cumsum([len(p) for p in pieces])
    return Samples(name, np.concatenate(pieces), np.column_stack([stops - [len(p) for p in pieces], stops]))


def check(samples: Samples, train: np.ndarray, labels: Sequence[str], fold: int) -> None:
    """Refuse a training part that a model can't be made of; `train` are the rows it begins with."""
    n, where = samples.values.shape[1], f"condition {samples.name!r}"
    if not np.isfinite(samples.values).all():
        row, column = np.argwhere(~np.isfinite(samples.values))[0]
        raise InputError(
            where,
            expected="finite numbers",
            got=f"{samples.values[row, column]} in channel {labels[column]} at sample {row}",
            remedy="Leave out or mend what is missing; epochs can leave out stretches of time.",
        )
    if len(train) < FEWEST * n:
        raise InputError(
            where,
            expected=f"at least {FEWEST * n} windows to train {n} channels on ({FEWEST} for each channel)",
            got=f"{len(train)} in fold {fold}",
            remedy="Pool the channels (pool_units), record longer, or use fewer folds= or a shorter gap=.",
        )
    if len(train) < FEW * n:
        message = (
            f"{where}: {len(train)} windows train {n} channels; with fewer than {FEW * n} the scales are uncertain"
        )
        warnings.warn(message, CausalGrainWarning, stacklevel=4)
    rows = samples.values[train]
    still = np.ptp(rows, axis=0) <= 1e-12 * np.maximum(np.abs(rows).max(axis=0), np.finfo(float).tiny)
    if still.any():
        raise InputError(
            where,
            expected="channels that change",
            got=f"a constant one in fold {fold}: " + ", ".join(np.asarray(labels)[still][:6]),
            remedy="Leave it out: recording.select(...).",
        )
    lowest = float(np.linalg.eigvalsh(np.corrcoef(rows, rowvar=False).reshape(n, n))[0])
    if lowest < COPY:
        raise InputError(
            where,
            expected="channels that aren't made of each other",
            got=f"correlations with an eigenvalue of {lowest:.2g}",
            remedy="Leave out the copies, or what is a sum of others (a mean subtracted from all channels is enough).",
        )
