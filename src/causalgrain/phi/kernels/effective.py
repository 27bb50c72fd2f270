"""Effective information of a state-by-state TPM (Hoel, Albantakis & Tononi 2013)."""

from __future__ import annotations

import numpy as np

from ._compile import kernel


@kernel
def effective_information(tpm):
    """Return (bits, determinism, degeneracy) of a TPM (states, states); 0 states' worth of log is 0.

    bits = mean over rows of KL(row, mean row); determinism = mean KL(row, uniform) / log2 n; degeneracy =
    KL(mean row, uniform) / log2 n.
    """
    n = tpm.shape[0]
    noise = 0.0
    mean = np.zeros(n)
    for x in range(n):
        for y in range(n):
            p = tpm[x, y]
            mean[y] += p / n
            if p > 0.0:
                noise -= p * np.log2(p) / n
    spread = 0.0
    for y in range(n):
        if mean[y] > 0.0:
            spread -= mean[y] * np.log2(mean[y])
    bits = max(spread - noise, 0.0)
    size = np.log2(n)
    return bits, (size - noise) / size, (size - spread) / size
