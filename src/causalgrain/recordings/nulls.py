"""Surrogates of a recording: the same units, rate and segments, other activity; see :mod:`causalgrain.surrogates`."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..surrogates import surrogate
from .recording import Recording


def null_recording(
    recording: Recording, method: str = "circular_shift", *, rng: int | np.random.Generator, **settings: Any
) -> Recording:
    """Return a surrogate of a recording.

    Parameters
    ----------
    recording : Recording
    method : str
        A name in :data:`causalgrain.surrogates.METHODS`, which says what it keeps and what it destroys.
    rng : int or numpy Generator
        Seed or source of randomness.
    **settings
        Those of the method.

    Returns
    -------
    Recording
        With a note that says what it is.

    Raises
    ------
    InputError
        Unknown method or setting, a method that doesn't fit spike times or samples.

    Examples
    --------
    >>> rec = Recording([[1, 0], [0, 0], [0, 1], [1, 0]], 10.0, kind="counts")
    >>> null = null_recording(rec, "time_shuffle", rng=1)
    >>> null.values.sum(axis=0).tolist(), null.notes
    ([2.0, 1.0], ('surrogate: time_shuffle',))
    """
    words = ", ".join(f"{name}={value!r}" for name, value in settings.items())
    notes = (*recording.notes, f"surrogate: {method}" + (f" ({words})" if words else ""))
    if recording.spikes is not None:
        made = surrogate(recording.spikes, recording.segments, method, rng=rng, **settings)
        return recording.replaced(spikes=made, notes=notes)
    values, _ = recording.sampled()
    made = surrogate(values, recording.segments, method, rng=rng, **settings)
    kind = "traces" if method == "phase_randomise" else recording.kind
    return recording.replaced(values=made, kind=kind, notes=notes)
