"""Everything between a recording as it was read and a measure, in one place.

Each step takes a recording and returns a new one whose notes say what was done; settings are keywords; nothing
reaches across the edges of segments. A usual order: subtract the neuropil, dF/F, detrend or z-score, choose a
condition, bin, pool, binarise. Deconvolved activity (suite2p's spks, CaImAn's S) comes from those programs; read it
as traces and bin it with ``how="sum"``.
"""

from __future__ import annotations

from .binary import BinaryRecording, binarise, parse_binarise, thresholds_of
from .binning import bin_recording, bin_recordings
from .fluorescence import delta_f_over_f, subtract_neuropil
from .pooling import pool
from .scores import zscore
from .trends import detrend

__all__ = [
    "BinaryRecording",
    "bin_recording",
    "bin_recordings",
    "binarise",
    "delta_f_over_f",
    "detrend",
    "parse_binarise",
    "pool",
    "subtract_neuropil",
    "thresholds_of",
    "zscore",
]
