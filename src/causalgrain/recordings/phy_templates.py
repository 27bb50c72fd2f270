"""Waveform and position of clusters, from the templates that Kilosort found their spikes with.

Conventions: templates are (template, sample, channel), whitened; a file of channel numbers says which channels these
are, -1 for none, where they aren't all of them. A template times the inverse of the whitening matrix is the waveform.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from . import npy
from .real_numbers import REAL, real_array, whole_array

CHANNELS = ("templates_ind.npy", "template_ind.npy")
UNWHITENING = "whitening_mat_inv.npy"


def shapes(folder: Path, templates: Sequence[int | None], notes: list[str]) -> dict[str, np.ndarray]:
    """Return "waveform" (unit, sample) and "position" (unit, 2 or 3) of units with these templates, where known."""
    found = _load(folder, "templates.npy")
    wanted = [number for number in templates if number is not None]
    if found is None or not templates or len(wanted) < len(templates):
        return {}
    if not _is_table(found, 3) or max(wanted) >= len(found):
        what = f"is {found.dtype} of shape {found.shape}"
        notes.append(f"no waveforms: templates.npy {what}, and template {max(wanted)} is needed")
        return {}
    places, inverse = _load(folder, "channel_positions.npy"), _load(folder, UNWHITENING)
    places = places if places is not None and _is_table(places, 2) else None
    inverse = inverse if inverse is not None and _is_table(inverse, 2) else None
    own = next((table for name in CHANNELS if (table := _load(folder, name)) is not None), None)
    every = np.arange(found.shape[2])
    total = len(places) if places is not None else len(inverse) if inverse is not None else found.shape[2]
    waves, peaks = [], []
    for number in wanted:
        listed = every if own is None else whole_array(own[number : number + 1].ravel() if own.ndim else own)
        channels = np.zeros(0, np.int64) if listed is None else np.atleast_1d(listed)
        there = channels >= 0
        if len(channels) != found.shape[2] or channels.max(initial=-1) >= total or not there.any():
            notes.append(f"no waveforms: the channels of template {number} are not those in channel_positions.npy")
            return {}
        channels = channels[there]
        with np.errstate(over="ignore"):
            wave = found[number][:, there].astype(np.float64)
        if inverse is not None and inverse.shape == (total, total):
            with np.errstate(all="ignore"):
                wave = wave @ inverse[np.ix_(channels, channels)]
        if not np.isfinite(wave).all():
            notes.append(f"no waveforms: template {number} has missing values")
            return {}
        with np.errstate(over="ignore"):
            peak = int(np.ptp(wave, axis=0).argmax())
        waves.append(wave[:, peak])
        peaks.append(int(channels[peak]))
    kind = "whitening undone" if inverse is not None and inverse.shape == (total, total) else "as stored"
    notes.append(f"waveforms are templates on the channel where they swing most, {kind}, in arbitrary units")
    made = {"waveform": np.array(waves)}
    if places is not None and places.shape[1] in (2, 3) and (where := real_array(places)) is not None:
        made["position"] = where[peaks]
    return made


def _load(folder: Path, name: str) -> np.ndarray | None:
    """Return what a file holds; None where there is none."""
    file = folder / name
    return np.asarray(npy.load(file)) if file.is_file() else None


def _is_table(array: np.ndarray, dimensions: int) -> bool:
    """Are these real numbers in so many dimensions, at least one?"""
    return array.dtype.kind in REAL and array.ndim == dimensions and array.size > 0
