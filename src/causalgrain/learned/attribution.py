"""Which traces and neurons carry a macro variable: integrated gradients of the encoder.

Conventions. y = F(x), one sample x of n traces -> d macro variables. With a baseline b,

    A_ki(x) = (x_i - b_i) * integral from 0 to 1 of dF_k/dx_i (b + a (x - b)) da,    (1)
    sum_i A_ki(x) = F_k(x) - F_k(b)        (completeness).    (2)

The baseline is part of the answer: by default the mean of the samples, so that A explains why y isn't what it is at
the mean activity. The integral is a Gauss-Legendre sum; its nodes are doubled until (2) holds within `tolerance` (of
the root mean square of F(x) - F(b) of that variable, worst sample), or `most` nodes are reached, which warns. `gap`
is what is left.

Neurons. Where traces are pooled neurons, x = P z (P of shape (traces, neurons)), the path in z is straight where that
in x is, so that the attribution of neuron j is

    A_kj(z) = (z_j - b_j) * sum_i P_ij * integral of dF_k/dx_i da,    (3)

complete too. Everything is computed in double precision.

Sign and size: `mean` keeps the sign and can cancel over samples (about 0 with the mean as baseline and a linear F);
`strength`, the mean over samples of |A|, is what is painted on the cortex; `share` is strength divided by its sum.

References
----------
Sundararajan, Taly & Yan (2017) ICML, arXiv 1703.01365: (1) is eq. 1, (2) proposition 1. (3) by the chain rule.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .._checks import as_float_array, as_number, as_whole, choose
from .._errors import CausalGrainWarning, InputError
from ._macro_series import read_only

if TYPE_CHECKING:
    import pandas as pd

CHUNK = 2**22  # gradients (samples x variables x units) held at a time
BASELINES = ("mean", "zero")


@dataclass(frozen=True, eq=False)
class Attribution:
    """Integrated gradients of macro variables.

    Attributes
    ----------
    strength : array, shape (d, units), unit of y
        Mean over samples of |A|; units are neurons where a pooling matrix was given, else traces.
    mean : array, shape (d, units), unit of y
        Mean over samples of A.
    trace_strength : array, shape (d, traces), unit of y
        Of the traces; the same as `strength` without a pooling matrix.
    values : array, shape (samples, d, units), unit of y
        A of each sample; no samples unless kept.
    baseline : array, shape (units,)
    baseline_name : {"mean", "zero", "given"}
    gap : array, shape (d,)
        Largest departure from completeness (2) over samples, in root mean squares of F(x) - F(b); NaN where F
        doesn't vary.
    nodes : int
        Of the integral.
    n_samples : int
    """

    strength: np.ndarray
    mean: np.ndarray
    trace_strength: np.ndarray
    values: np.ndarray
    baseline: np.ndarray
    baseline_name: str
    gap: np.ndarray
    nodes: int
    n_samples: int

    def __post_init__(self) -> None:
        read_only(self.strength, self.mean, self.trace_strength, self.values, self.baseline, self.gap)

    @property
    def share(self) -> np.ndarray:
        """Strength divided by its sum over units, shape (d, units); NaN for a variable that depends on nothing."""
        total = self.strength.sum(axis=1, keepdims=True)
        return np.where(total > 0, self.strength / np.where(total > 0, total, 1.0), np.nan)

    @property
    def table(self) -> pd.DataFrame:
        """One row a variable and unit: strength, share, mean."""
        import pandas as pd

        d, n = self.strength.shape
        return pd.DataFrame(
            {
                "variable": np.repeat(np.arange(1, d + 1), n),
                "unit": np.tile(np.arange(n), d),
                "strength": self.strength.ravel(),
                "share": self.share.ravel(),
                "mean": self.mean.ravel(),
            }
        )

    def __repr__(self) -> str:
        d, n = self.strength.shape
        rows = []
        for k in range(d):
            best = np.argsort(-self.strength[k], kind="stable")[:3]
            rows.append(f"  y{k + 1}: " + ", ".join(f"unit {i} {self.share[k, i]:.1%}" for i in best))
        line = (
            f"integrated gradients of {d} variable{'s'[: d - 1]} on {n} units, {self.n_samples} samples, baseline "
            f"{self.baseline_name}, {self.nodes} nodes, completeness within {np.nanmax(self.gap, initial=0.0):.1g}"
        )
        return "\n".join([line, *rows])


def integrated_gradients(
    encode: Callable[[Any], Any],
    x: Any,
    *,
    baseline: Any = "mean",
    pooling: Any = None,
    nodes: int = 16,
    most: int = 512,
    tolerance: float = 1e-3,
    keep: bool = False,
) -> Attribution:
    """Return the integrated gradients of macro variables with respect to traces, or to the neurons pooled in them.

    Parameters
    ----------
    encode : callable
        JAX function of one sample, (traces,) -> (d,).
    x : array_like, shape (samples, units)
        Traces; neurons where `pooling` is given.
    baseline : {"mean", "zero"} or array_like, shape (units,)
    pooling : array_like, shape (traces, units), optional
        Traces are ``pooling @ neurons``.
    nodes, most : int
        Nodes of the integral to begin with, and at most.
    tolerance : float
        By how much completeness may be missed.
    keep : bool
        Keep the attribution of every sample.

    Returns
    -------
    Attribution

    Raises
    ------
    InputError
        NaN, shapes that don't fit, a function that isn't one of a single sample.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> x = np.random.default_rng(0).normal(size=(50, 3))
    >>> found = integrated_gradients(lambda s: jnp.tanh(s[:1] + 2 * s[1:2]), x, baseline="zero", keep=True)
    >>> bool(np.allclose(found.values.sum(axis=2)[:, 0], np.tanh(x[:, 0] + 2 * x[:, 1]), atol=1e-3))
    True
    >>> float(found.strength[0, 2])
    0.0
    """
    import jax

    x = _matrix(x, "x", "(samples, units)")
    nodes = as_whole(nodes, "nodes", 1, 4096, of="nodes")
    most = as_whole(most, "most", nodes, 4096, of="nodes")
    tolerance = as_number(tolerance, "tolerance", low=0.0)
    units = x.shape[1]
    pool = None if pooling is None else _matrix(pooling, "pooling", "(traces, neurons)")
    if pool is not None and pool.shape[1] != units:
        raise InputError(
            "pooling",
            expected=f"one column a neuron, shape (traces, {units})",
            got=f"shape {pool.shape}",
            remedy="With a pooling matrix x holds neurons; transpose the matrix if it is the wrong way round.",
        )
    start, name = _baseline(baseline, x)
    traces, origin = (x, start) if pool is None else (x @ pool.T, pool @ start)
    with jax.enable_x64(True):
        rise, d = _rise(encode, traces, origin)
        size = np.sqrt((rise**2).mean(axis=0))
        slope = jax.jit(jax.vmap(jax.jacrev(encode)))  # compiled once, however many nodes it takes
        while True:
            out = _accumulate(
                lambda v, n=nodes: mean_slope(slope, v, origin, n), traces, origin, x, start, pool, d, keep
            )
            gap = np.abs(out["sum"] - rise).max(axis=0) / np.where(size > 0, size, np.nan)
            if nodes >= most or not (gap > tolerance).any():
                break
            nodes = min(2 * nodes, most)
    if (gap > tolerance).any():
        warnings.warn(
            f"integrated gradients miss completeness by up to {np.nanmax(gap):.2g} with {nodes} nodes: raise `most`",
            CausalGrainWarning,
            stacklevel=2,
        )
    return Attribution(
        strength=out["strength"],
        mean=out["mean"],
        trace_strength=out["traces"],
        values=out["values"],
        baseline=start,
        baseline_name=name,
        gap=gap,
        nodes=nodes,
        n_samples=len(x),
    )


# -- the array layer -----------------------------------------------------------------------------------------------


def mean_slope(slope: Callable[[Any], Any], traces: np.ndarray, origin: np.ndarray, nodes: int) -> np.ndarray:
    """Return the mean of the Jacobian along the straight path from the origin to each sample, (m, d, traces)."""
    places, weights = np.polynomial.legendre.leggauss(nodes)
    away, total = traces - origin, None
    for place, weight in zip(0.5 * (places + 1.0), 0.5 * weights, strict=True):
        part = weight * slope(origin + place * away)
        total = part if total is None else total + part
    return np.asarray(total, dtype=np.float64)


def _accumulate(
    slopes: Callable[[np.ndarray], np.ndarray],
    traces: np.ndarray,
    origin: np.ndarray,
    x: np.ndarray,
    start: np.ndarray,
    pool: np.ndarray | None,
    d: int,
    keep: bool,
) -> dict[str, np.ndarray]:
    n, units = x.shape
    size = int(min(n, max(1, CHUNK // (d * max(units, traces.shape[1])))))
    out = {
        "sum": np.empty((n, d)),
        "strength": np.zeros((d, units)),
        "mean": np.zeros((d, units)),
        "traces": np.zeros((d, traces.shape[1])),
        "values": np.empty((n if keep else 0, d, units)),
    }
    for a in range(0, n, size):
        rows = np.minimum(np.arange(a, a + size), n - 1)  # the last chunk is filled up, so that one shape is compiled
        slope = slopes(traces[rows])[: min(size, n - a)]
        b = a + len(slope)
        on_traces = slope * (traces[a:b] - origin)[:, None, :]
        on_units = on_traces if pool is None else (slope @ pool) * (x[a:b] - start)[:, None, :]
        out["sum"][a:b] = on_units.sum(axis=2)
        out["strength"] += np.abs(on_units).sum(axis=0) / n
        out["mean"] += on_units.sum(axis=0) / n
        out["traces"] += np.abs(on_traces).sum(axis=0) / n
        if keep:
            out["values"][a:b] = on_units
    return out


def _rise(encode: Callable[[Any], Any], traces: np.ndarray, origin: np.ndarray) -> tuple[np.ndarray, int]:
    """Return F(x) - F(b), (samples, d), and d, refusing functions that aren't of one sample."""
    import jax

    try:
        shape = jax.eval_shape(encode, traces[0]).shape
    except (TypeError, ValueError, IndexError) as error:
        raise InputError(
            "encode",
            expected=f"a JAX function of one sample, ({traces.shape[1]},) -> (d,)",
            got=f"an error: {str(error).splitlines()[0]}",
            remedy="Write it with jax.numpy, of one sample: batches are made here.",
        ) from error
    if len(shape) != 1:
        raise InputError(
            "encode",
            expected=f"a function of one sample, ({traces.shape[1]},) -> (d,)",
            got=f"an output of shape {shape}",
            remedy="Return one number a macro variable; for a single variable shape (1,).",
        )
    both = np.asarray(jax.vmap(encode)(np.concatenate([traces, origin[None]])), dtype=np.float64)
    if not np.isfinite(both).all():
        raise InputError(
            "encode", expected="finite values", got="NaN or infinity", remedy="Leave this member out as failed."
        )
    return both[:-1] - both[-1], shape[0]


def _baseline(baseline: Any, x: np.ndarray) -> tuple[np.ndarray, str]:
    if isinstance(baseline, str):
        name = choose(baseline, BASELINES, "baseline")
        return (x.mean(axis=0) if name == "mean" else np.zeros(x.shape[1])), name
    start = as_float_array(baseline, "baseline")
    if start.shape != (x.shape[1],) or not np.isfinite(start).all():
        raise InputError(
            "baseline",
            expected=f"one finite number a unit, shape ({x.shape[1]},)",
            got=f"shape {start.shape}",
            remedy="Or 'mean', or 'zero'.",
        )
    return start, "given"


def _matrix(values: Any, where: str, shape: str) -> np.ndarray:
    array = as_float_array(values, where)
    if array.ndim != 2 or 0 in array.shape or not np.isfinite(array).all():
        got = f"shape {array.shape}" if array.ndim != 2 or 0 in array.shape else "NaN or infinity"
        raise InputError(where, expected=f"finite numbers, shape {shape}", got=got, remedy="Leave such samples out.")
    return array
