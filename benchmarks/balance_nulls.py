"""p-values of every number of `balance` under its null, and power on planted effects.

    python benchmarks/balance_nulls.py [--runs 500] [--planted]

Null: excitatory and inhibitory units that share nothing across the two ensembles (Poisson spikes at rates that wander
slowly, each unit for itself), so that a circular shift of every unit changes nothing that matters. For each number and
width: Kolmogorov-Smirnov p of the p-values against uniform (p is a rank among 1 + surrogates values; it is spread over
its step at random first), and the share at or below .05. The bar: KS p > .001 over 500 runs.

Planted: the same units with a common gain, so that E and I rise and fall together.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

import causalgrain as cg

WIDTHS = (0.02, 0.1, 0.5)
SURROGATES = 39
N_E, N_I, DURATION, RATE = 10, 5, 60.0, 4.0
NOT_TESTED = ("exchange", "reversal", "circulation")  # nulls of their own: benchmarks/symmetry_nulls.py


def population(rng, gain):
    """Spikes of 10 + 5 units over 60 s; `gain` is the s.d. of a common log-gain."""
    step, many = 0.05, round(DURATION / 0.05)
    shared = wander(rng, many, 1.0)
    trains = []
    for _ in range(N_E + N_I):
        rate = RATE * np.exp(0.4 * wander(rng, many, 0.5) + gain * shared)
        counts = rng.poisson(rate * step)
        times = np.repeat(np.arange(many) * step, counts) + rng.uniform(0.0, step, counts.sum())
        trains.append(np.sort(times))
    return cg.Recording.from_spikes(trains, duration=DURATION)


def wander(rng, many, tau, step=0.05):
    """An Ornstein-Uhlenbeck path of variance 1."""
    from scipy.signal import lfilter

    a = np.exp(-step / tau)
    noise = rng.standard_normal(many) * np.sqrt(1.0 - a * a)
    noise[0] /= np.sqrt(1.0 - a * a)
    return lfilter([1.0], [1.0, -a], noise)


def one(run, gain):
    """Return p of every number at every width, by name."""
    rng = np.random.default_rng([run, 1])
    profile = cg.balance(
        population(rng, gain),
        [False] * N_E + [True] * N_I,
        widths=WIDTHS,
        surrogates=SURROGATES,
        bootstrap=0,
        symmetry=False,
        seed=run,
        progress=False,
    )
    found = {}
    for name in profile.data:
        if str(name).endswith("_p") and profile.data[name].dims == ("grain", "condition"):
            short = str(name).removesuffix("_p")
            if short not in NOT_TESTED:
                found[short] = profile.data[name].values[:, 0]
    return found


def main():
    """Run and print one row a number."""
    from scipy.stats import kstest

    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--planted", action="store_true")
    arguments = parser.parse_args()
    started = time.process_time()
    rows = [one(run, 0.5 if arguments.planted else 0.0) for run in range(arguments.runs)]
    rng = np.random.default_rng(0)
    print(f"{arguments.runs} runs, {SURROGATES} surrogates, {time.process_time() - started:.0f} CPU s")
    print(f"{'number':<24}" + "".join(f"{f'{w:g} s: KS p':>16}{'p <= .05':>10}" for w in WIDTHS))
    for name in rows[0]:
        line = f"{name:<24}"
        for k in range(len(WIDTHS)):
            p = np.array([row[name][k] for row in rows])
            p = p[np.isfinite(p)]
            if not len(p):
                line += f"{'-':>16}{'-':>10}"
                continue
            spread = p - rng.uniform(0.0, 1.0 / (SURROGATES + 1), len(p))
            line += f"{kstest(spread, 'uniform').pvalue:>16.3g}{(p <= 0.05 + 1e-9).mean():>10.3f}"
        print(line)


if __name__ == "__main__":
    main()
