"""How far the extrapolated correlation of ensembles can be trusted: coverage of its interval, width, bias.

    uv run python benchmarks/subsampling_coverage.py [--samples 50] [--populations 8] [--seed 20261121]

Doubly stochastic populations of 1,600 excitatory and 400 inhibitory units: log-normal rates, gains that differ between
units, two correlated common drives with memory. 80 and 20 units are seen. The truth is the correlation of the whole
population over the same bins. Each line: what the population has, what the sample shows, median and quartiles of the
extrapolated value, coverage of the 90 % interval with its standard error, median width, and how often no value is had.
For comparison, the line a + b/n through thinned samples (the first populations only; it is slow and far off).

50 samples of each of 8 populations take about five minutes on one core.
"""

import argparse
import warnings

import numpy as np

from causalgrain.ensembles.subsampling import extrapolate_correlation
from causalgrain.ensembles.thinning import thinning_curve

WHOLE, SEEN = (1600, 400), (80, 20)
# bins; memory of the drive from bin to bin; mean gain and its spread; correlation of the drives; mean count of a bin
CASES = {
    "5 ms": (6000, 0.8, 0.25, 0.5, 0.90, 0.03),
    "20 ms": (3000, 0.5, 0.20, 0.5, 0.95, 0.12),
    "50 ms": (1200, 0.3, 0.20, 0.5, 0.90, 0.30),
    "weak, short": (300, 0.3, 0.20, 0.5, 0.90, 0.30),
    "strong, unequal": (3000, 0.9, 0.40, 1.0, 0.50, 0.50),
    "no E-I": (3000, 0.5, 0.20, 0.5, 0.00, 0.20),
    "opposed": (3000, 0.5, 0.25, 0.5, -0.80, 0.20),
}


def population(rng, bins, memory, gain, spread, shared, rate):
    """Return counts (bins, units) of a population, excitatory first."""
    from scipy.signal import lfilter

    common = np.asarray(lfilter([np.sqrt(1 - memory**2)], [1, -memory], rng.normal(size=(bins, 2)), axis=0))
    drives = common[:, 0], shared * common[:, 0] + np.sqrt(1 - shared**2) * common[:, 1]
    parts = []
    for drive, n in zip(drives, WHOLE, strict=True):
        rates = rate * np.exp(0.7 * rng.normal(size=n) - 0.245)
        gains = gain * (1 + spread * rng.normal(size=n))
        parts.append(rng.poisson(rates * np.exp(gains * drive[:, None] - gains**2 / 2)).astype(np.int32))
    return np.hstack(parts)


def correlation(e, i):
    """Return the correlation of two series."""
    return float(np.corrcoef(e, i)[0, 1])


def main():
    """Run everything."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=50)
    parser.add_argument("--populations", type=int, default=8)
    parser.add_argument("--seed", type=int, default=20261121)
    options = parser.parse_args()
    flags = np.arange(sum(SEEN)) >= SEEN[0]
    print(f"{WHOLE[0]} E and {WHOLE[1]} I units, {SEEN[0]} and {SEEN[1]} seen; numpy {np.__version__}")
    for place, (name, case) in enumerate(CASES.items()):
        truth, seen, values, covered, width, lines = [], [], [], [], [], []
        for draw in range(options.populations):
            rng = np.random.default_rng([options.seed, place, draw])
            counts = population(rng, *case)
            rho = correlation(counts[:, : WHOLE[0]].mean(axis=1), counts[:, WHOLE[0] :].mean(axis=1))
            hits = []
            for repeat in range(options.samples):
                units = rng.choice(WHOLE[0], SEEN[0], replace=False), rng.choice(WHOLE[1], SEEN[1], replace=False)
                sample = counts[:, np.concatenate([units[0], WHOLE[0] + units[1]])]
                found = extrapolate_correlation(sample, flags, population=WHOLE)
                hits.append(found.low <= rho <= found.high)
                seen.append(found.observed)
                values.append(found.value)
                width.append(found.high - found.low)
                if not draw and not repeat:
                    with warnings.catch_warnings():
                        warnings.simplefilter("ignore")
                        lines.append(
                            thinning_curve(sample, flags, correlation, population=WHOLE, repeats=5, groups=4).value
                        )
            truth.append(rho)
            covered.append(np.mean(hits))
        quarter, half, three = np.nanquantile(values, [0.25, 0.5, 0.75])
        error = np.std(covered, ddof=1) / np.sqrt(len(covered)) if len(covered) > 1 else float("nan")
        print(
            f"{name:<16} whole {np.mean(truth):+.3f} seen {np.mean(seen):+.3f} extrapolated {half:+.3f} "
            f"[{quarter:+.3f}, {three:+.3f}] cover {np.mean(covered):.3f} +- {error:.3f} "
            f"width {np.nanmedian(width):.3f} no value {np.mean(np.isnan(values)):.3f} line a + b/n {lines[0]:+.3f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
