"""What a balance study costs: CPU seconds and memory, and how they grow with units, hours and surrogates.

Run: uv run python benchmarks/balance_cost.py [goal | items | growth | long]. Every run has its own process, so that its
peak memory is its own. "items" is the study without symmetry tests, "goal" with all, both of 100 units, 1 h, the 32
scales and 200 surrogates; "growth" varies one thing at a time; "long" is 1,000 units over 10 h without surrogates.

Units are Poisson with lognormal rates, 80 % excitatory at .8 Hz and 20 % inhibitory at 4 Hz on average, their
ensembles driven together by a slow common modulation.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time

import numpy as np

RATES = (0.8, 4.0)  # Hz, means of excitatory and inhibitory units
SPREAD = 0.7  # s.d. of log rates
STEP = 0.5  # s, of the common modulation


def made_up(units: int, hours: float):
    """A recording, and which of its units are inhibitory."""
    import causalgrain as cg

    rng = np.random.default_rng(0)
    seconds = 3600.0 * hours
    inhibitory = np.arange(units) >= 0.8 * units
    slow = np.exp(0.5 * rng.normal(size=int(seconds / STEP)))
    edges = np.concatenate([[0.0], np.cumsum(slow) / slow.sum()])
    clock = np.linspace(0.0, seconds, len(edges))
    spikes = []
    for kind in inhibitory:
        rate = RATES[int(kind)] * np.exp(SPREAD * rng.normal() - 0.5 * SPREAD**2)
        spikes.append(np.sort(np.interp(rng.random(rng.poisson(rate * seconds)), edges, clock)))
    return cg.Recording.from_spikes(spikes, duration=seconds), inhibitory


def one(units: int, hours: float, surrogates: int, symmetry: bool) -> None:
    """Do one study and print what it took."""
    import causalgrain as cg

    recording, inhibitory = made_up(units, hours)
    many = sum(len(train) for train in recording.spikes or ())
    began, wall = time.process_time(), time.perf_counter()
    cg.balance(
        recording, inhibitory, surrogates=surrogates, symmetry=symmetry, max_cost=1e9, progress=False, bootstrap=200
    )
    cpu, wall = time.process_time() - began, time.perf_counter() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"{units:5d} units {hours:5g} h {many:9d} spikes {surrogates:4d} surrogates "
        f"{'all' if symmetry else 'items 2-9'}: {cpu:7.1f} CPU s ({wall:.1f} s), {peak:.2f} GiB",
        flush=True,
    )


RUNS = {
    "items": [(100, 1, 200, 0)],
    "goal": [(100, 1, 200, 1)],
    "growth": [(100, 0.25, 20, 0), (50, 0.25, 20, 0), (200, 0.25, 20, 0), (100, 0.5, 20, 0), (100, 0.25, 40, 0)],
    "long": [(1000, 10, 0, 0)],
}


def main(which: list[str]) -> None:
    """Run each case in a process of its own."""
    for name in which or list(RUNS):
        for case in RUNS[name]:
            subprocess.run([sys.executable, __file__, "one", *map(str, case)], check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["one"]:
        one(int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]), bool(int(sys.argv[5])))
    else:
        main(sys.argv[1:])
