"""What the measures of this room take: a Network, a state-by-state TPM, and how either is checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._checks import as_float_array, choose
from .._errors import InputError
from .._provenance import hash_arrays
from ..recordings.recording import Recording
from ..systems.network import ROW_SUM_TOLERANCE, Network


def state_tpm(system: Any) -> tuple[np.ndarray, str, str]:
    """Return the TPM (states, states) of a network or an array, its hash, and the caution that goes with it."""
    if isinstance(system, Network):
        return system.state_by_state, system.hash, system.caution
    if isinstance(system, Recording):
        raise InputError(
            "system",
            expected="a Network or a TPM",
            got="a Recording",
            remedy="Count its transitions first: network, info = estimate_network(recording, units=[...]).",
        )
    tpm = checked_tpm(system)
    return tpm, hash_arrays(tpm), ""


def checked_tpm(values: Any) -> np.ndarray:
    """Return `values` as a square float64 TPM with rows that sum to 1, or say what is wrong with them."""
    tpm = as_float_array(values, "tpm")
    if tpm.ndim != 2 or tpm.shape[0] != tpm.shape[1] or not len(tpm):
        raise InputError(
            "tpm",
            expected="a square state-by-state TPM",
            got=f"shape {tpm.shape}",
            remedy="For state-by-node tables make a Network first.",
        )
    if not ((tpm >= 0) & (tpm <= 1)).all():
        raise InputError(
            "tpm",
            expected="probabilities in [0, 1]",
            got=f"values from {tpm.min():g} to {tpm.max():g}",
            remedy="Divide counts by their row sums.",
        )
    sums = tpm.sum(axis=1)
    row = int(np.abs(sums - 1).argmax())
    if abs(sums[row] - 1) > ROW_SUM_TOLERANCE:
        raise InputError(
            f"tpm, row {row}",
            expected="a sum of 1",
            got=f"{sums[row]:.6g}",
            remedy="Rows are the present state, columns the next.",
        )
    return tpm


def recorded_conditions(recording: Recording, conditions: Sequence[str] | None) -> dict[str, Recording]:
    """Return the recording in each condition asked for, by name; all by default, "all" where it has none."""
    if conditions is None:
        names = recording.conditions
        return {name: recording.in_condition(name) for name in names} if names else {"all": recording}
    names = (conditions,) if isinstance(conditions, str) else tuple(conditions)
    for name in names:
        if recording.conditions:
            choose(name, recording.conditions, "conditions")
        else:
            recording.in_condition(name)  # says that there are no epochs
    if not names or len(set(names)) != len(names):
        raise InputError(
            "conditions",
            expected="names, each once",
            got=repr(conditions),
            remedy=f"Known: {', '.join(recording.conditions)}.",
        )
    return {name: recording.in_condition(name) for name in names}
