"""Earth mover's distance between distributions over states of binary elements."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._checks import as_float_array
from .._errors import InputError

MASS_TOLERANCE = 1e-9


def emd(p: Any, q: Any) -> float:
    """Return the earth mover's distance between two distributions on the n-cube.

    ``min over transport plans of sum(mass * number of elements in which the states differ)``, exact in double
    precision.

    Parameters
    ----------
    p, q : array_like, shape (2**n,)
        Probabilities of the states in index order (element 0 varies fastest); each sums to 1.

    Returns
    -------
    float
        Between 0 and n.

    Raises
    ------
    InputError
        Lengths differ or are no power of two, negative entries, sums that aren't 1.

    Examples
    --------
    All mass on (0, 0) against all mass on (1, 1): two elements differ.

    >>> emd([1, 0, 0, 0], [0, 0, 0, 1])
    2.0

    References
    ----------
    Rubner, Tomasi & Guibas (2000) Int J Comput Vis 40:99; used as in Oizumi et al. (2014).
    """
    from .compiled import kernels

    first, second = _distribution(p, "p"), _distribution(q, "q")
    if first.shape != second.shape:
        raise InputError(
            "q",
            expected=f"as many states as p ({first.size})",
            got=str(second.size),
            remedy="Expand both over the same elements first.",
        )
    n = first.size.bit_length() - 1
    module = kernels()
    return float(module.transport.emd(first, second, n, module.transport.emd_scratch(n), np.inf))


def _distribution(values: Any, where: str) -> np.ndarray:
    array = as_float_array(values, where)
    if array.ndim != 1 or array.size < 1 or array.size & (array.size - 1):
        raise InputError(
            where,
            expected="a flat array of 2**n probabilities",
            got=f"shape {array.shape}",
            remedy="List the states in index order, element 0 varying fastest.",
        )
    if not np.isfinite(array).all() or (array < 0).any() or abs(array.sum() - 1.0) > MASS_TOLERANCE:
        raise InputError(
            where,
            expected="probabilities >= 0 that sum to 1",
            got=f"a sum of {array.sum():.6g} and a minimum of {array.min():.6g}",
            remedy="Divide by the sum first.",
        )
    return array
