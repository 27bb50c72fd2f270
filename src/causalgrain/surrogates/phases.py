"""Random phases: traces with the power spectra they had, and nothing else.

Convention: X_k = sum_t x_t exp(-2 pi i k t / n) over the n samples of a segment. Mean (k = 0) as it was, a random phase
for 0 < k < n / 2, a random sign for k = n / 2 where n is even.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from .._errors import InputError
from .forms import Data, as_flag, need_samples
from .streams import as_generator

BLOCK = 2**16  # values transformed at a time, where one unit has fewer; bounds memory, changes no number


def phase_randomise(data: Data, segments: Any, *, rng: int | np.random.Generator, common: bool = False) -> Data:
    """Turn the Fourier phases of each unit within each segment by random angles.

    X_k -> X_k exp(i phi_k), phi_k uniform and independent over k: the power spectrum |X_k|^2 of every unit in every
    segment is kept, and with it mean, variance and circular autocorrelation. With `common` the phi_k of a segment are
    the same for all units, which keeps cross-spectra too. The distribution of values is not kept (it tends to a
    Gaussian), so counts and states are counts no longer.

    The transform takes a segment as periodic: where its ends differ much, the jump becomes high-frequency power
    everywhere in the surrogate; trim such segments to ends alike. Segments of one sample stay.

    Parameters
    ----------
    data : array, shape (time, unit)
        Traces without missing values in the segments.
    segments : array_like of int, shape (segment, 2)
        Half open.
    rng : int or numpy Generator
        Seed or source of randomness.
    common : bool
        The same phases for all units.

    Returns
    -------
    array, shape (time, unit)
        Single precision stays (power to about 1e-6), all else becomes double (power to 1e-10).

    Raises
    ------
    InputError
        Spike trains instead of samples, missing values; bad shapes or segments.

    References
    ----------
    Theiler, Eubank, Longtin, Galdrikian & Farmer (1992) Physica D 58:77-94; for `common`, Prichard & Theiler (1994)
    Phys. Rev. Lett. 73:951-954.

    Examples
    --------
    >>> data = np.array([[1.0], [4.0], [2.0], [0.0], [3.0]])
    >>> null = phase_randomise(data, [[0, 5]], rng=0)
    >>> power = abs(np.fft.rfft(data[:, 0])), abs(np.fft.rfft(null[:, 0]))
    >>> np.allclose(*power, rtol=1e-12), np.allclose(data, null)
    (True, False)
    """
    form = need_samples(
        data,
        segments,
        "phase_randomise",
        "Bin the spikes first, or keep to nulls of spike times: circular_shift, isi_permutation, dither.",
    )
    same = as_flag(common, "common")
    generator = as_generator(rng)
    result = form.values.astype(np.float32 if form.values.dtype == np.float32 else np.float64)
    n_units = result.shape[1]
    for begin, stop in form.segments.tolist():
        n = stop - begin
        shared = _turns(n, 1, generator) if same else None
        step = max(1, BLOCK // n)
        for left in range(0, n_units, step):
            part = form.values[begin:stop, left : left + step].astype(np.float64)
            _refuse_missing(part, begin, left)
            turns = _turns(n, part.shape[1], generator) if shared is None else shared
            result[begin:stop, left : left + step] = np.fft.irfft(np.fft.rfft(part, axis=0) * turns, n=n, axis=0)
    return cast("Data", result)


def _turns(n: int, n_units: int, generator: np.random.Generator) -> np.ndarray:
    """Return exp(i phi_k), shape (n // 2 + 1, n_units), drawn unit by unit."""
    angles = generator.uniform(0.0, 2 * np.pi, (n_units, n // 2)).T
    turns = np.ones((n // 2 + 1, n_units), dtype=np.complex128)
    turns[1:] = np.exp(1j * angles)
    if n % 2 == 0:
        turns[-1] = np.where(angles[-1] < np.pi, 1.0, -1.0)  # the surrogate is real only if this one is
    return turns


def _refuse_missing(part: np.ndarray, begin: int, left: int) -> None:
    if not np.isfinite(part).all():
        sample, unit = (int(v) for v in np.argwhere(~np.isfinite(part))[0])
        raise InputError(
            f"data, unit {left + unit}, sample {begin + sample}",
            expected="a finite number",
            got=repr(float(part[sample, unit])),
            remedy="Fill the gap, or leave it out of the segments.",
        )
