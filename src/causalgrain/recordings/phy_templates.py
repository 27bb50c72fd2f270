"""Waveform and position of clusters, from the templates that Kilosort found their spikes with.

Conventions: templates are (template, sample, channel), whitened; a file of channel numbers says which channels these
are, -1 for none, where they aren't all of them. A template times the inverse of the whitening matrix is the waveform.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from . import npy

CHANNELS = ("templates_ind.npy", "template_ind.npy")
UNWHITENING = "whitening_mat_inv.npy"


def shapes(folder: Path, templates: Sequence[int | None], notes: list[str]) -> dict[str, np.ndarray]:
    """Return "waveform" (unit, sample) and "position" (unit, 2 or 3) of units with these templates, where known."""
    found = _load(folder, "templates.npy")
    wanted = [number for number in templates if number is not None]
    if found is None or not templates or len(wanted) < len(templates):
        return {}
    if found.ndim != 3 or max(wanted) >= len(found):
        notes.append(f"no waveforms: templates.npy has the shape {found.shape}, and template {max(wanted)} is needed")
        return {}
    places, inverse = _load(folder, "channel_positions.npy"), _load(folder, UNWHITENING)
    own = next((table for name in CHANNELS if (table := _load(folder, name)) is not None), None)
    every = np.arange(found.shape[2])
    total = len(places) if places is not None else len(inverse) if inverse is not None else found.shape[2]
    waves, peaks = [], []
    for number in wanted:
        channels = every if own is None else own[number].astype(np.int64)
        there = channels >= 0
        if len(channels) != found.shape[2] or channels.max(initial=-1) >= total or not there.any():
            notes.append(f"no waveforms: the channels of template {number} are not those in channel_positions.npy")
            return {}
        channels, wave = channels[there], found[number][:, there].astype(np.float64)
        if inverse is not None and inverse.shape == (total, total):
            wave = wave @ inverse[np.ix_(channels, channels)]
        peak = int(np.ptp(wave, axis=0).argmax())
        waves.append(wave[:, peak])
        peaks.append(int(channels[peak]))
    kind = "whitening undone" if inverse is not None and inverse.shape == (total, total) else "as stored"
    notes.append(f"waveforms are templates on the channel where they swing most, {kind}, in arbitrary units")
    made = {"waveform": np.array(waves)}
    if places is not None and places.ndim == 2 and places.shape[1] in (2, 3):
        made["position"] = places[peaks].astype(np.float64)
    return made


def _load(folder: Path, name: str) -> np.ndarray | None:
    file = folder / name
    return np.asarray(npy.load(file)) if file.is_file() else None
