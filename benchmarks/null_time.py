"""False positives of `gaussian_profile` by the time that surrogates are made of: docs/emergence.md has a run.

    python benchmarks/null_time.py --runs 40

Independent AR(1) units, so every p <= .05 is a false positive; 39 surrogates. Conditions a and b take turns.
"""

from __future__ import annotations

import argparse
import os
import platform
from collections import Counter
from collections.abc import Callable

import numpy as np

from causalgrain import package_version
from causalgrain.information.gaussian_recorded import gaussian_profile
from causalgrain.information.null_time import NULL_OVER
from causalgrain.recordings.epochs import Epochs
from causalgrain.recordings.recording import Recording

SETTINGS: dict[str, tuple[tuple[float, float], tuple[float, float], int, int, int]] = {
    # memory (a, b), size (a, b), samples an epoch, samples a condition, units
    "memory .95 and .2, epochs of 500": ((0.95, 0.2), (1.0, 1.0), 500, 1000, 3),
    "memory .9 and .8, epochs of 500": ((0.9, 0.8), (1.0, 1.0), 500, 1000, 3),
    "memory .95 and .2, epochs of 50": ((0.95, 0.2), (1.0, 1.0), 50, 1000, 3),
    "memory .9 and .5, epochs of 10, 4 units": ((0.9, 0.5), (1.0, 1.0), 10, 400, 4),
    "variance 1 and 9, memory .8, epochs of 500": ((0.8, 0.8), (1.0, 3.0), 500, 1000, 3),
    "memory .9, epochs of 500": ((0.9, 0.9), (1.0, 1.0), 500, 1000, 3),
    "memory .9, epochs of 100": ((0.9, 0.9), (1.0, 1.0), 100, 1000, 3),
    "memory .9, epochs of 50": ((0.9, 0.9), (1.0, 1.0), 50, 1000, 3),
    "memory .9, epochs of 20": ((0.9, 0.9), (1.0, 1.0), 20, 1000, 3),
}
UNEVEN = "memory .7 to .95, epochs of 4 to 11, 8 units"


def alternating(name: str, run: int) -> Recording:
    """Units whose memory and size change from epoch to epoch."""
    memory, size, epoch, samples, n = SETTINGS[name]
    rng = np.random.default_rng(1000 + run)
    state, rows, starts, names = rng.normal(size=n), [], [], []
    for k in range(2 * samples // epoch):
        a = memory[k % 2]
        noise = rng.normal(size=(epoch, n)) * np.sqrt(1.0 - a * a)
        starts.append(k * epoch)
        names.append("ab"[k % 2])
        for kick in noise:
            state = a * state + kick
            rows.append(state * size[k % 2])
    begin = np.array(starts)
    return Recording(np.array(rows), 1.0, epochs=Epochs(begin, begin + epoch, names))


def uneven(run: int) -> Recording:
    """Units of different memory, of which short epochs count."""
    rng = np.random.default_rng(100 + run)
    decay = rng.uniform(0.7, 0.95, 8)
    x = rng.standard_normal((800, 8))
    x[1:] *= np.sqrt(1 - decay**2)
    for t in range(1, 800):
        x[t] += decay * x[t - 1]
    starts = np.cumsum(rng.integers(19, 50, 24))
    starts = starts[starts < 780]
    return Recording(x, 1.0, epochs=Epochs(starts, starts + rng.integers(4, 12, len(starts)), ["a"] * len(starts)))


def count(make: Callable[[int], Recording], runs: int, over: str) -> str:
    """Return how many runs have p <= .05, of channel EI and of its emergence, in each condition, and what was taken."""
    found: dict[str, list[tuple[bool, bool]]] = {}
    taken: Counter[str] = Counter()
    for run in range(runs):
        profile = gaussian_profile(make(run), draws=39, null_over=over, seed=run, progress=False)
        taken[profile.provenance.conventions["null"].split("of pairs over ")[1].split(", every")[0]] += 1
        for name in profile.conditions:
            p = [np.nanmin(profile.values(measure, name)) <= 0.05 for measure in ("p", "emergence_p")]
            found.setdefault(name, []).append((bool(p[0]), bool(p[1])))
    hits = ", ".join(f"{name}: {np.sum(list_, axis=0).tolist()}" for name, list_ in found.items())
    return f"{over:>10}  {hits}  took {dict(taken)}"


def main() -> None:
    """Run all settings."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=40)
    runs = parser.parse_args().runs
    print(f"causalgrain {package_version()}, numpy {np.__version__}, {platform.machine()}, {os.cpu_count()} cores")
    print(f"runs of {runs} with p <= .05: [channel EI, its emergence]")
    for name in (*SETTINGS, UNEVEN):
        print(name)
        for over in NULL_OVER:
            made = uneven if name == UNEVEN else lambda run, name=name: alternating(name, run)
            print(count(made, runs, over), flush=True)


if __name__ == "__main__":
    main()
