"""The Gaussian profile of recordings: time, what white noise gives, how far estimates lie from known values.

    uv run python benchmarks/gaussian_profile.py time
    uv run python benchmarks/gaussian_profile.py noise --seeds 20
    uv run python benchmarks/gaussian_profile.py truth --seeds 20 --samples 1000
    uv run python benchmarks/gaussian_profile.py null --runs 40

time: CPU seconds of 32 units x 1,000 samples with 100 bootstrap draws, without (below 10) and with 100 surrogates.
noise: held-out channel EI of white noise (32 x 1,000) at every scale (within .01 nats of 0), beside the naive dJ (+.8).
truth: 32 variables with eigenvalues .99, .9, .7 x 2, .5 x 4, .3 x 8, .1 x 16, mixed by a rotation, whose channel EI is
known: mean estimate, and how often the interval covers the truth.
null: independent AR(1) units in short epochs (4 to 11 samples): share of runs with p <= .05 somewhere, samples shifted
over the whole recording, or pairs rotated inside the condition.
"""

from __future__ import annotations

import argparse
import os
import platform
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from causalgrain import Recording
from causalgrain._provenance import package_version
from causalgrain.information.gaussian_recorded import gaussian_profile
from causalgrain.recordings.epochs import Epochs

DECAYS = np.array([0.99, 0.9] + [0.7] * 2 + [0.5] * 4 + [0.3] * 8 + [0.1] * 16)
SHOWN = "{:>6} " + "{:>9.4f}" * 6


def decaying(samples: int, seed: int) -> np.ndarray:
    """Return the mixed variables, started in their stationary state."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((samples, len(DECAYS)))
    x[1:] *= np.sqrt(1 - DECAYS**2)
    for t in range(1, samples):
        x[t] += DECAYS * x[t - 1]
    return x @ np.linalg.qr(rng.standard_normal((32, 32)))[0].T


def cpu_time() -> None:
    """Print CPU seconds."""
    recording = Recording(decaying(1000, 0), 10.0)
    for null in (None, "circular_shift"):
        begin = time.process_time()
        gaussian_profile(recording, draws=100, null=null)
        print(
            f"32 x 1,000, 100 bootstrap draws, {100 if null else 0} surrogates: {time.process_time() - begin:.1f} CPU s"
        )


def noise(seeds: int) -> None:
    """Print the largest values over seeds, scale by scale."""
    held, trap = [], []
    for seed in range(seeds):
        values = np.random.default_rng(seed).standard_normal((1000, 32))
        profile = gaussian_profile(Recording(values, 10.0), draws=0)
        held.append(profile.values("ei"))
        trap.append(profile.values("dj_naive"))
    print("dims   " + "".join(f"{d:>9}" for d in (32, 16, 8, 4, 2, 1)))
    print(SHOWN.format("mean", *np.mean(held, axis=0)), " held-out channel EI")
    print(SHOWN.format("max", *np.max(held, axis=0)))
    print(SHOWN.format("mean", *np.mean(trap, axis=0)), " naive dJ, in sample")
    print(SHOWN.format("min", *np.min(trap, axis=0)))


def truth(seeds: int, samples: int) -> None:
    """Print mean estimates and coverage."""
    exact = np.array([-0.5 * np.log(1 - DECAYS[:d] ** 2).mean() for d in (32, 16, 8, 4, 2, 1)])
    found, naive, covered = [], [], []
    for seed in range(seeds):
        profile = gaussian_profile(Recording(decaying(samples, seed), 10.0), draws=40, null=None)
        found.append(profile.values("ei"))
        naive.append(profile.values("ei_naive"))
        covered.append((profile.values("low") <= exact) & (exact <= profile.values("high")))
    print("dims   " + "".join(f"{d:>9}" for d in (32, 16, 8, 4, 2, 1)))
    print(SHOWN.format("truth", *exact))
    print(SHOWN.format("mean", *np.mean(found, axis=0)), " held out")
    print(SHOWN.format("s.d.", *np.std(found, axis=0, ddof=1)))
    print(SHOWN.format("naive", *np.mean(naive, axis=0)), " in sample")
    print(SHOWN.format("cover", *np.mean(covered, axis=0)), " share of intervals that hold the truth")


def null(runs: int) -> None:
    """Print false positives."""
    hits: dict[str, list[tuple[bool, bool]]] = {"recording": [], "condition": []}
    for run in range(runs):
        rng = np.random.default_rng(100 + run)
        decay = rng.uniform(0.7, 0.95, 8)
        x = rng.standard_normal((800, 8))
        x[1:] *= np.sqrt(1 - decay**2)
        for t in range(1, 800):
            x[t] += decay * x[t - 1]
        starts = np.cumsum(rng.integers(19, 50, 24))
        starts = starts[starts < 780]
        epochs = Epochs(starts, starts + rng.integers(4, 12, len(starts)), ["short"] * len(starts))
        recording = Recording(x, 1.0, epochs=epochs)
        for over, list_ in hits.items():
            profile = gaussian_profile(recording, draws=19, null_over=over)
            list_.append((np.nanmin(profile.values("p")) <= 0.05, np.nanmin(profile.values("emergence_p")) <= 0.05))
    for over, list_ in hits.items():
        value, emergence = np.mean(list_, axis=0)
        print(f"surrogates over the {over}: p <= .05 in {value:.0%} of {runs} runs, of emergence in {emergence:.0%}")


def main() -> None:
    """Run one of the studies."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study", choices=("time", "noise", "truth", "null"))
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=40)
    chosen = parser.parse_args()
    print(f"causalgrain {package_version()}, numpy {np.__version__}, {platform.machine()}, {os.cpu_count()} cores")
    if chosen.study == "time":
        cpu_time()
    elif chosen.study == "noise":
        noise(chosen.seeds)
    elif chosen.study == "truth":
        truth(chosen.seeds, chosen.samples)
    else:
        null(chosen.runs)


if __name__ == "__main__":
    main()
