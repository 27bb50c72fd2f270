"""Causal power at d = 32: one vmapped Jacobian beside 1,000 sequential ones, both in JAX in the same run.

    uv run python benchmarks/learned_jacobian.py
    uv run python benchmarks/learned_jacobian.py --dim 32 --states 1000 --hidden 16

The map is a residual network, y + A y + b + MLP (two hidden layers), as one scale of the learned model has it.
sequential: one state at a time as it is written without compiling, `jax.jacfwd` of the map and `slogdet`, as public
    code does it (in another library), each in single precision.
sequential, compiled: the same, the Jacobian of one state compiled beforehand: what is left is the cost of 1,000 calls.
one call: `jax.vmap(jax.jacfwd(map))` compiled, and one batched `slogdet`, in double precision, as `causal_power` has
    it inside.
causal_power: the whole verb with 1,024 draws: channel power, its error, and the share of the intervention that data
    reach.

Seconds of wall time, best of several but for the first; the first call of each compiles and isn't counted.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import jax
import jax.numpy as jnp
import numpy as np

from causalgrain.learned.jacobians import _automatic
from causalgrain.learned.power import causal_power


def network(dim: int, hidden: int, seed: int = 0) -> dict[str, Any]:
    """Return the weights of the map."""
    rng = np.random.default_rng(seed)
    sizes = [dim, hidden, hidden, dim]
    layers = [(rng.standard_normal((b, a)) / np.sqrt(a), np.zeros(b)) for a, b in pairwise(sizes)]
    return jax.tree.map(
        lambda part: jnp.asarray(part, dtype=jnp.float32),
        {"linear": rng.standard_normal((dim, dim)) / dim, "bias": np.zeros(dim), "layers": layers},
    )


def step(weights: dict[str, Any], y: Any) -> Any:
    """Return the mean of the next state."""
    inner = y
    for place, (matrix, bias) in enumerate(weights["layers"]):
        inner = matrix @ inner + bias
        inner = jnp.tanh(inner) if place < len(weights["layers"]) - 1 else inner
    return y + weights["linear"] @ y + weights["bias"] + 0.1 * inner


def seconds(work: Callable[[], Any], times: int) -> tuple[float, Any]:
    """Return the best wall time of several calls, and what the last gave."""
    best, found = np.inf, None
    for _ in range(times):
        begun = time.perf_counter()
        found = work()
        best = min(best, time.perf_counter() - begun)
    return best, found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--dim", type=int, default=32)
    parser.add_argument("--states", type=int, default=1000)
    parser.add_argument("--hidden", type=int, default=16)
    arguments = parser.parse_args()
    d, n = arguments.dim, arguments.states
    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; "
        f"{jax.devices()[0].platform}; JAX {jax.__version__}, numpy {np.__version__}"
    )
    weights = network(d, arguments.hidden)
    function = jax.tree_util.Partial(step, weights)
    y = np.random.default_rng(1).standard_normal((n, d))
    single = jnp.asarray(y, dtype=jnp.float32)

    def sequential(jacobian: Callable[[Any], Any]) -> float:
        return float(np.mean([float(jnp.linalg.slogdet(jacobian(state))[1]) for state in single]))

    def one_call() -> float:
        return float(np.linalg.slogdet(_automatic(function, True, y))[1].mean())

    plain, compiled = jax.jacfwd(function), jax.jit(jax.jacfwd(function))
    float(jnp.linalg.slogdet(plain(single[0]))[1])
    float(jnp.linalg.slogdet(compiled(single[0]))[1])
    begun = time.perf_counter()
    one_call()
    compile_time = time.perf_counter() - begun
    base, a = seconds(lambda: sequential(plain), 1)
    middle, b = seconds(lambda: sequential(compiled), 2)
    batch, c = seconds(one_call, 10)
    noise = 0.1 * np.eye(d)
    causal_power(function, noise, y)
    whole, found = seconds(lambda: causal_power(function, noise, y, draws=1024), 3)
    assert max(abs(a - c), abs(b - c)) < 1e-4 * max(abs(c), 1.0), (a, b, c)
    print(f"d = {d}, {n} states, E ln|det F| = {c:.6f} in all three")
    for name, value in (
        ("sequential", base),
        ("sequential, compiled", middle),
        (f"one call (compiled in {compile_time:.2f} s)", batch),
        (f"causal_power ({len(found.per_draw)} draws)", whole),
    ):
        print(f"{name:>36}{value:>10.4f} s{base / value:>10.1f} x")


if __name__ == "__main__":
    main()
