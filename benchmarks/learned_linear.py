"""Learned scales of a 32-dimensional linear system, and of the same made nonlinear: channel EI against the exact
values.

    python benchmarks/learned_linear.py --case linear --pairs 20000
    python benchmarks/learned_linear.py --case linear --start random --pairs 20000
    python benchmarks/learned_linear.py --case sheared --pairs 60000

Eigenvalues .99, .9, .7 x 2, .5 x 4, .3 x 8, .1 x 16, noise .01 I, orthogonal mixing; exact channel EI under the
Gaussian intervention is -1/2 mean ln(1 - a^2) over the d largest. Sheared: whitened, rotated, b += .5 (a^2 - 1)
between the halves, rotated; an invertible map, so the exact values stay.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import jax
import numpy as np

from causalgrain.learned.fit import fit_scales

DIMS = (32, 16, 8, 4, 2, 1)
GAINS = np.repeat([0.99, 0.9, 0.7, 0.5, 0.3, 0.1], [1, 1, 2, 4, 8, 16])


def exact(d: int) -> float:
    """Return the channel EI of the d slowest variables, nats per dimension."""
    return float(-0.5 * np.log1p(-(GAINS[:d] ** 2)).mean())


def linear(pairs: int, seed: int) -> np.ndarray:
    """Return the slow variables mixed, (pairs + 1, 32)."""
    rng = np.random.default_rng(seed)
    u = np.zeros((pairs + 1, 32))
    u[0] = 0.1 * rng.standard_normal(32) / np.sqrt(1.0 - GAINS**2)
    for t, kick in enumerate(0.1 * rng.standard_normal((pairs, 32))):
        u[t + 1] = GAINS * u[t] + kick
    return u @ _rotation_of(seed).T


def sampled(x: np.ndarray, held: np.ndarray, d: int) -> float:
    """Return the channel EI that the true variables have on these very samples; x is the linear system."""
    u = x @ np.linalg.inv(_rotation_of(0)).T[:, :d]
    now, then = u[held], u[held + 1]
    error = then - now * GAINS[:d]
    signal = np.cov(now * GAINS[:d], rowvar=False).reshape(d, d)
    noise = (error.T @ error / len(error)).reshape(d, d)
    return float(0.5 * np.linalg.slogdet(np.eye(d) + np.linalg.solve(noise, signal))[1] / d)


def sheared(pairs: int, seed: int) -> np.ndarray:
    """Return the same through an invertible quadratic map."""
    x = linear(pairs, seed)
    rng = np.random.default_rng([seed, 1])
    values, vectors = np.linalg.eigh(np.cov(x, rowvar=False))
    z = (x @ vectors / np.sqrt(values)) @ _rotation(rng).T
    a, b = z[:, :16], z[:, 16:]
    return np.hstack([a, b + 0.5 * (a**2 - 1.0)]) @ _rotation(rng).T


def _rotation_of(seed: int) -> np.ndarray:
    """Return the mixing of `linear`; drawn first, so that it can be had alone."""
    return _rotation(np.random.default_rng([seed, 2]))


def _rotation(rng: np.random.Generator) -> np.ndarray:
    return np.linalg.qr(rng.standard_normal((32, 32)))[0]


def channel(model: Any, x: np.ndarray) -> float:
    """Return the channel EI of a scale under the Gaussian intervention on samples x, nats per dimension."""
    with jax.enable_x64(True):
        y = model.encode(x)
        slope = np.asarray(jax.vmap(jax.jacfwd(model.step))(y[:2000]))
        spread = np.atleast_2d(np.cov(np.asarray(y), rowvar=False))
    gain = np.eye(model.dim) + np.linalg.solve(model.covariance, slope @ spread @ slope.transpose(0, 2, 1))
    return float(0.5 * np.linalg.slogdet(gain)[1].mean() / model.dim)


def main() -> None:
    """Run one case and print exact, learned and linear values."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", choices=("linear", "sheared"), default="linear")
    parser.add_argument("--start", choices=("linear", "random"), default="linear")
    parser.add_argument("--pairs", type=int, default=20_000)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--steps", type=int, default=None)
    parser.add_argument("--settings", nargs="*", default=[], help="name=value of fit_scales, whole or decimal numbers")
    options = parser.parse_args()
    x = (linear if options.case == "linear" else sheared)(options.pairs, 0)
    extra: dict[str, Any] = {}
    for item in options.settings:
        name, _, value = item.partition("=")
        extra[name] = float(value) if "." in value or "e" in value else int(value)
    begun, cpu = time.perf_counter(), time.process_time()
    steps = "auto" if options.steps is None else options.steps
    result = fit_scales(x, dims=DIMS, seeds=options.seeds, folds=1, start=options.start, steps=steps, **extra)
    print(f"{time.perf_counter() - begun:.1f} s, {time.process_time() - cpu:.1f} CPU s")
    print(result)
    before = fit_scales(x, dims=DIMS, seeds=1, folds=1, steps=0)
    curve = result.curves.mean(axis=0).mean(axis=1)
    print("steps and mean score:", *(f"{s}:{v:.3f}" for s, v in zip(result.evaluated, curve, strict=True)))
    print("   d     exact   sampled   learned    linear   (sampled: the true variables on the held-out samples)")
    true = linear(options.pairs, 0)
    base = before.member(0)
    for d in DIMS:
        found = np.mean([channel(m.scale(d), x[m.held_out]) for m in result.members()])
        plain = channel(base.scale(d), x[base.held_out])
        e = exact(d)
        here = sampled(true, base.held_out, d)
        print(f"{d:4d}{e:10.4f}{here:10.4f}{found:10.4f} ({found / e - 1:+.1%}){plain:10.4f} ({plain / e - 1:+.1%})")


if __name__ == "__main__":
    main()
