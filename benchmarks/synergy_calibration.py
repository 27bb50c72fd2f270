"""How far the emergence criteria of recordings can be trusted: false positives, coverage and bias against exact values.

    uv run python benchmarks/synergy_calibration.py [--runs 200] [--seed 20261121]

* Four independent AR(1) units, V = their sum: Psi > 0 exactly, without any relation; share of runs with p <= .05.
  Cut into levels, Psi is another quantity: there only the false positives count.
* Three coupled units: Psi, Delta and Gamma against their exact values.
* Three bits whose parity is kept with .99, V = the parity: Psi = .919207 bits.

200 runs take about four minutes on one core.
"""

import argparse
from math import log2

import numpy as np

from causalgrain import Recording
from causalgrain.information.linear import LinearGaussian
from causalgrain.information.synergy import emergence_criteria
from causalgrain.information.synergy_recorded import emergence_profile

COUPLED = np.array([[0.6, 0.3, 0.0], [-0.3, 0.6, 0.2], [0.0, 0.3, 0.5]])


def linear(a, samples, rng):
    """Return a run of x' = a x + e, shape (samples, n)."""
    x, noise = np.zeros((samples, len(a))), rng.normal(size=(samples, len(a)))
    for t in range(1, samples):
        x[t] = a @ x[t - 1] + noise[t]
    return x


def parity_keeper(samples, rng):
    """Return bits (samples, 3) and their parity (samples,)."""
    parity = np.cumsum(rng.random(samples) > 0.99) % 2
    bits = rng.integers(0, 2, size=(samples, 3))
    bits[:, 2] = (parity + bits[:, 0] + bits[:, 1]) % 2
    return bits, parity


def line(name, exact, profiles):
    """Print mean and s.d. of Psi, false positives and coverage."""
    psi = np.array([p.peak.value for p in profiles])
    covered = np.mean([p.peak.interval[0] <= exact <= p.peak.interval[1] for p in profiles])
    tested = [p.peak.p for p in profiles if p.peak.p is not None]
    small = f"{np.mean(np.array(tested) <= 0.05):.3f}" if tested else "-"
    print(
        f"{name:<34} exact {exact:.4f} mean {psi.mean():.4f} s.d. {psi.std():.4f} p <= .05 {small} cover {covered:.3f}"
    )


def main():
    """Run everything."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=20261121)
    options = parser.parse_args()
    rng, runs = np.random.default_rng(options.seed), range(options.runs)
    for a, samples in ((0.5, 500), (0.9, 500), (0.9, 2000)):
        system = a * np.eye(4)
        exact = emergence_criteria(LinearGaussian(system, np.eye(4)), "sum").psi
        for settings in ({}, {"estimator": "discrete", "levels": 3}):
            found = [
                emergence_profile(
                    Recording(linear(system, samples, rng), 5.0),
                    draws=19,
                    downward=False,
                    seed=r,
                    **settings,
                )
                for r in runs
            ]
            line(f"independent, a = {a}, N = {samples}{', 3 levels' if settings else ''}", exact, found)
    exact = emergence_criteria(LinearGaussian(COUPLED, np.eye(3)), "sum")
    for samples in (300, 1000, 4000):
        found = [
            emergence_profile(Recording(linear(COUPLED, samples, rng), 5.0), draws=20, null=None, seed=r) for r in runs
        ]
        line(f"coupled, N = {samples}", exact.psi, found)
        for name in ("delta", "gamma"):
            mean = np.mean([p.values(name)[0] for p in found])
            print(f"    {name} exact {getattr(exact, name):.4f} mean {mean:.4f}")
    kept = 1 + 0.99 * log2(0.99) + 0.01 * log2(0.01)
    for samples in (500, 2000, 8000):
        found = []
        for r in runs:
            bits, parity = parity_keeper(samples, rng)
            rec = Recording(bits, 5.0, kind="counts")
            found.append(
                emergence_profile(rec, features={"parity": parity}, draws=20, null=None, downward=False, seed=r)
            )
        line(f"parity, N = {samples}", kept, found)


if __name__ == "__main__":
    main()
