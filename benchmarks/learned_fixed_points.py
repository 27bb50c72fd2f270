"""Kinds of fixed points of the simulated mouse's u by a spline: how often right, and how sure the bootstrap is.

    uv run python benchmarks/learned_fixed_points.py [--runs 20] [--samples 1000] [--seed 20261121] [--mouse 20]

u' = (b u - a u^3) / tau + noise of strength D (du = ... dt + sqrt(2 D) dW), 10 samples a second:

* awake      b = a = 1,     tau .25 s, D .5:  a pair of stable points, one unstable between them
* recovery   b = .3, a = 1, tau .45 s, D .6:  a pair that noise all but covers (reported, nothing is promised)
* anaesthesia b = -1, a = 0, tau .3 s, D 2.2: one stable point

Each is seen as it is and with white observation noise of 10 % and 30 % of its standard deviation. The truth of the
map over a sample, E[u(t + .1 s) | u], comes from a transition matrix on a fine grid, not from the equation: its fixed
points aren't those of the drift. Rows: share of runs with the right kinds, mean share of bootstrap draws that agree,
distance of the fixed points from the map's own.

With --mouse N also from the whole simulated mouse: 1,200 neurons, deconvolved, pooled by activity into 32 traces;
y_1 is their linear-predictive direction (whitened with shrinkage 1e-3, first lagged singular vector) in each
condition, N seeds.
"""

import argparse
import time

import numpy as np

from causalgrain.learned.fixed_point_doubt import fixed_points_of
from causalgrain.learned.fixed_points import fixed_points
from causalgrain.recordings.pooling import pool
from causalgrain.simulate.mouse import simulated_mouse

CONDITIONS = {
    "awake": (1.0, 1.0, 0.25, 0.5, "2 stable, 1 unstable"),
    "recovery": (0.3, 1.0, 0.45, 0.6, None),
    "anaesthesia": (-1.0, 0.0, 0.3, 2.2, "1 stable"),
}
RATE, SUBSTEPS = 10.0, 50


def simulate(b, a, tau, strength, samples, runs, rng):
    """Return u, shape (runs, samples), by Euler-Maruyama with 2 ms steps after 10 s of settling."""
    dt = 1.0 / RATE / SUBSTEPS
    u, out = np.zeros(runs), np.empty((samples + 100, runs))
    for t in range(samples + 100):
        for e in np.sqrt(2.0 * strength * dt) * rng.normal(size=(SUBSTEPS, runs)):
            u = u + dt * (b * u - a * u**3) / tau + e
        out[t] = u
    return out[100:].T


def true_map(b, a, tau, strength):
    """Return u -> E[u(t + .1 s) | u(t) = u] from the transition matrix of a fine grid."""
    grid = np.linspace(-6.0, 6.0, 801)
    width, dt = grid[1] - grid[0], 1.0 / RATE / 10
    mean = grid + dt * (b * grid - a * grid**3) / tau
    mean = np.clip(mean, grid[0], grid[-1])
    one = np.exp(-((grid[None, :] - mean[:, None]) ** 2) / (4.0 * strength * dt))
    one /= one.sum(axis=1, keepdims=True)
    expected = np.linalg.matrix_power(one, 10) @ grid
    assert width < np.sqrt(2 * strength * dt) / 3
    return lambda y: np.interp(y, grid, expected)


def predictive(x):
    """Return the first linear-predictive direction of traces (samples, n), as y of shape (samples,)."""
    x = x - x.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(x.T))
    white = x @ (vectors / np.sqrt(values + 1e-3 * values.mean())) @ vectors.T
    return white @ np.linalg.svd(white[:-1].T @ white[1:] / (len(x) - 1))[0][:, 0]


def whole_mouse(number, draws):
    """Kinds of fixed points of y_1 of simulated recordings."""
    names = ("awake", "anaesthesia", "recovery")
    found = {name: [] for name in names}
    shares, coherent = {name: [] for name in names}, {name: [] for name in names}
    for seed in range(number):
        mouse = simulated_mouse(seed=seed)
        traces = np.asarray(pool(mouse.recording, 32, by="activity").values, dtype=np.float64)
        for name in names:
            rows = slice(*mouse.truth.spans[name])
            y = predictive(traces[rows])
            doubt = fixed_points_of(y, draws=draws, seed=seed)
            found[name].append(doubt.found.signature)
            shares[name].append(doubt.share)
            coherent[name].append(abs(np.corrcoef(y, mouse.truth.latents[rows, 0])[0, 1]))
    for name in names:
        counts = {kinds: found[name].count(kinds) for kinds in sorted(set(found[name]))}
        print(
            f"mouse, y_1 {name}: {counts}, bootstrap share {np.mean(shares[name]):.2f}, "
            f"correlation with u {np.mean(coherent[name]):.2f} (least {np.min(coherent[name]):.2f})"
        )


def main():
    """Run everything."""
    parser = argparse.ArgumentParser(description="Kinds of fixed points of the simulated mouse's u.")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--seed", type=int, default=20261121)
    parser.add_argument("--mouse", type=int, default=0)
    options = parser.parse_args()
    for name, (b, a, tau, strength, expected) in CONDITIONS.items():
        truth = fixed_points(true_map(b, a, tau, strength), (-2.0, 2.0))
        expected = expected or truth.signature
        print(f"{name}: {truth!r}")
        rng = np.random.default_rng(options.seed)
        series = simulate(b, a, tau, strength, options.samples, options.runs, rng)
        for noise in (0.0, 0.1, 0.3):
            begin, right, shares, gaps, seen = time.perf_counter(), 0, [], [], []
            for run, u in enumerate(series):
                u = u + noise * u.std() * rng.normal(size=len(u))
                found = fixed_points_of(u, draws=options.draws, seed=run)
                right += found.found.signature == expected
                seen.append(found.found.signature)
                shares.append(found.share)
                if found.found.signature == truth.signature:
                    gaps.append(np.abs(found.found.points - truth.points).max())
            seconds = (time.perf_counter() - begin) / options.runs
            print(
                f"  noise {noise:.0%}: right in {right} of {options.runs}, bootstrap share {np.mean(shares):.2f} "
                f"(least {np.min(shares):.2f}), largest distance {np.mean(gaps) if gaps else np.nan:.2f}, "
                f"{seconds:.2f} s a run; {sorted(set(seen))}",
                flush=True,
            )
    if options.mouse:
        whole_mouse(options.mouse, options.draws)


if __name__ == "__main__":
    main()
