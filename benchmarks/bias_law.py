"""How far finite data lift the Phi of independent units: the constants of causalgrain.systems.bias_law.

    uv run python benchmarks/bias_law.py [--most 6] [--runs 1.0]

Independent binary units, each ON in a share s of the bins and with the same correlation rho between neighbouring bins
(a unit keeps its state with probability rho and else draws anew), give N transitions. Their TPM is estimated with
prior 0.5, and raw Phi is the mean over visited states by occupancy, as in scan_recording; the true Phi is 0. Printed
for n = 2 ... 6 units are the means over runs at two lengths N and the constants made of them:

    without memory (rho = 0)     bias = a / N
    with memory (rho = 0.6)      bias**2 = (a / N)**2 + (g b)**2 / N,  g = 1.01

at s = 0.5 and s = 0.1. Then come sets whose units differ in s and rho, beside what the law says of them. Six units
take about half an hour on one core; --runs 0.2 takes a fifth of the runs.
"""

import argparse
import time

import numpy as np

from causalgrain.grains.lattice import grains_of
from causalgrain.grains.measured import measure_counts
from causalgrain.grains.run import Settings
from causalgrain.systems.bias_law import expected_bias, gain
from causalgrain.systems.transitions import count_transitions, state_indices

RUNS = {2: 400, 3: 400, 4: 100, 5: 20, 6: 3}
# Transitions at which the bias is roughly .02, where the law is to be right: (rho = 0, rho = 0.6).
LENGTHS = {
    0.5: {2: (200, 500), 3: (500, 2_000), 4: (2_000, 16_000), 5: (8_000, 64_000), 6: (32_000, 256_000)},
    0.1: {2: (200, 500), 3: (1_000, 4_000), 4: (8_000, 32_000), 5: (64_000, 256_000), 6: (512_000, 1_000_000)},
}
MEMORY = 0.6


def states(n, length, share, memory, rng):
    """Return states of independent units, shape (length + 1, n)."""
    fresh = rng.random((length + 1, n), dtype=np.float32) < share
    drawn = rng.random((length + 1, n), dtype=np.float32) >= memory
    drawn[0] = True
    last = np.maximum.accumulate(np.where(drawn, np.arange(length + 1, dtype=np.int32)[:, None], 0), axis=0)
    return np.take_along_axis(fresh, last, axis=0)


def phi(n, length, share, memory, seed):
    """Return raw Phi of the micro grain in one draw."""
    rng = np.random.default_rng([seed, n, length])
    indices = state_indices(states(n, length, share, memory, rng).astype(np.int8))
    counts = count_transitions(indices, np.array([[0, length + 1]]), n)
    micro = grains_of(tuple(range(n)), tuple(f"u{i}" for i in range(n)))[np.array([0])]
    return float(measure_counts(counts, micro, prior=0.5, settings=Settings(np.inf, False)).phi[0])


def mean_phi(n, length, share, memory, runs):
    """Return (mean, its standard error) over runs, and print them."""
    began = time.process_time()
    drawn = np.array([phi(n, length, share, memory, seed) for seed in range(runs)])
    error = drawn.std(ddof=1) / np.sqrt(runs) if runs > 1 else np.nan
    each = (time.process_time() - began) / runs
    print(f"{n:>5} {np.mean(share):>6.3g} {np.mean(memory):>6.3g} {length:>9,} {runs:>5}", end=" ")
    print(f"{drawn.mean():>9.5f} {error:>9.5f} {each:>8.3f}", flush=True)
    return float(drawn.mean()), float(error)


def constants(n, runs):
    """Measure (a at 0.5, a at 0.1, b at 0.5, b at 0.1)."""
    plain, slow = [], []
    for share in (0.5, 0.1):
        first, second = LENGTHS[share][n]
        a = np.mean([length * mean_phi(n, length, share, 0.0, runs)[0] for length in (first, 4 * first)])
        found = []
        for length in (second, 4 * second):
            raw, _ = mean_phi(n, length, share, MEMORY, runs)
            found.append(np.sqrt(length * max(raw**2 - (a / length) ** 2, 0.0)))
        plain.append(float(a))
        slow.append(float(np.mean(found) / gain(MEMORY)))
    return (*plain, *slow)


def mixed(n, runs, sets=12):
    """Print, for sets whose units differ, measured bias and law."""
    rng, ratios = np.random.default_rng(5), []
    for k in range(sets):
        share = np.exp(rng.uniform(np.log(0.03), np.log(0.5), n))
        memory = rng.uniform(0.0, 0.9, n)
        length = 2000 * 4 ** (k % 3 + n - 3)
        raw, _ = mean_phi(n, length, share, memory, runs)
        law = expected_bias(length, share, memory)
        ratios.append(law / raw)
        print(f"      law {law:.5f}, {law / raw:.2f} times the measured")
    spread = np.exp(np.std(np.log(ratios)))
    print(f"{n} units, {sets} mixed sets: the law is {np.exp(np.mean(np.log(ratios))):.2f} times the measured bias,")
    print(f"      one standard deviation a factor of {spread:.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--most", type=int, default=6, help="units")
    parser.add_argument("--runs", type=float, default=1.0, help="share of the runs")
    asked = parser.parse_args()
    print("units  share memory transitions runs  mean phi     error  CPU s/run")
    found = {}
    for n in range(2, asked.most + 1):
        found[n] = constants(n, max(int(RUNS[n] * asked.runs), 1))
    print("\nunits   a (s = 0.5)   a (s = 0.1)   b (s = 0.5)   b (s = 0.1)")
    for n, row in found.items():
        print(f"{n:>5} " + " ".join(f"{value:>13.3g}" for value in row))
    print()
    for n in range(3, min(asked.most, 5) + 1):
        mixed(n, max(int(RUNS[n] * asked.runs / 5), 1))


if __name__ == "__main__":
    main()
