"""The symmetry tests of ensembles under their nulls, and on planted effects.

    uv run python benchmarks/symmetry_nulls.py [--runs 500] [--draws 99] [--only NAME ...]

Each line is one situation: of `runs` simulated recordings, the p of a Kolmogorov-Smirnov test of the p-values against
the uniform distribution (its bar: > .001), the share of p-values up to .05 (the false positives, or the power where an
effect is planted), and CPU milliseconds a run. Situations whose name begins with "planted" have an effect; for them
the KS test says nothing. "edge" situations break an assumption that the test states, to show what that costs.

Then come intervals: how often the 95 % interval of the lagged correlation, of its peak, of a difference between
conditions and of the entropy production of a biased 3-cycle holds the true value, and how often excursions find the
onset and end of a planted loss of inhibition within 1 s, and any excursion more.
"""

import argparse
import platform
import time

import numpy as np

from causalgrain.ensembles.difference import difference_by_permutation
from causalgrain.ensembles.exchange_units import exchange_test
from causalgrain.ensembles.excursions import excursions
from causalgrain.ensembles.lag import lagged_correlation
from causalgrain.ensembles.scale_symmetry import scale_symmetry
from causalgrain.ensembles.time_reversal import time_reversal


def linear(rng, n, a):
    """x_{t+1} = a x_t + white noise, shape (n, 2); reversible where a is symmetric."""
    x, noise = np.zeros((n + 100, 2)), rng.normal(size=(n + 100, 2))
    for t in range(1, len(x)):
        x[t] = a @ x[t - 1] + noise[t]
    return x[100:]


def reversal(rng, draws, *, a, counts=False, n=5000, blocks=100):
    """Return p of the time reversal test of a linear pair, or of Poisson counts driven by it (still reversible)."""
    x = linear(rng, n, np.array(a))
    if counts:
        x = rng.poisson(np.exp(0.4 * x))
    return time_reversal(x[:, 0], x[:, 1], draws=draws, blocks=blocks, rng=rng).p


def units(rng, n_e, n_i, *, bins=2000, spread=0.5, burst=1, common=0.5, faster=1.0):
    """Counts of units with rates of their own, a common gain that remembers, and bursts of inhibitory units."""
    gain = np.exp(common * linear(rng, bins, 0.8 * np.eye(2))[:, :1])
    rate = 0.2 * np.exp(spread * rng.normal(size=n_e + n_i)) * gain
    rate[:, n_e:] *= faster
    counts = rng.poisson(rate)
    counts[:, n_e:] = burst * rng.poisson(rate[:, n_e:] / burst)
    return counts, np.arange(n_e + n_i) >= n_e


def exchanged(rng, draws, *, n_e=12, n_i=5, match="size", **settings):
    """Return p of the exchange test."""
    counts, labels = units(rng, n_e, n_i, **settings)
    return exchange_test(counts, labels, match=match, draws=draws, rng=rng).p


def scaled(rng, draws, *, kind, blocks=50):
    """Return p of the test of scale symmetry over bins of 1 to 64 samples."""
    n = 20_000
    x = rng.exponential(size=n) if kind == "exponential" else rng.normal(size=n)
    if kind == "slow":
        x = linear(rng, n, 0.8 * np.eye(2))[:, 0]
    if kind == "bursts":
        x = x * np.exp(linear(rng, n, 0.9 * np.eye(2))[:, 0] * 0.3)
    series = [x[: n // k * k].reshape(-1, k).sum(axis=1) for k in (1, 2, 4, 8, 16, 32, 64)]
    return scale_symmetry(series, draws=draws, blocks=blocks, rng=rng).p


def differing(rng, draws, *, shift=0.0, spread=1.0):
    """Return p of the difference of two conditions of 12 and 30 blocks."""
    a, b = rng.exponential(size=12) + shift, spread * rng.exponential(size=30)
    return difference_by_permutation(a, b, draws=draws, rng=rng).p


SYMMETRIC, FEED = [[0.6, 0.2], [0.2, 0.6]], [[0.7, 0.0], [0.2, 0.7]]
SITUATIONS = {
    "reversal: linear pair, symmetric coupling": (reversal, {"a": SYMMETRIC}),
    "reversal: counts driven by a symmetric pair": (reversal, {"a": SYMMETRIC, "counts": True}),
    "edge reversal: blocks of two memories": (reversal, {"a": [[0.8, 0.1], [0.1, 0.8]], "blocks": 250}),
    "planted reversal: E feeds I": (reversal, {"a": FEED}),
    "planted reversal: counts, E feeds I": (reversal, {"a": FEED, "counts": True}),
    "planted reversal: the same, four times as long": (reversal, {"a": FEED, "counts": True, "n": 20_000}),
    "exchange: 12 + 5 units, matched by size": (exchanged, {}),
    "exchange: 16 + 10 units, matched by rate": (exchanged, {"match": "rate", "n_e": 16, "n_i": 10}),
    "exchange: 12 + 5 units, hardly any spikes": (exchanged, {"spread": 0.2, "common": 0.0, "bins": 400}),
    "planted exchange: inhibitory bursts of 3": (exchanged, {"burst": 3}),
    "planted exchange: bursts of 3, 16 + 10, by rate": (exchanged, {"burst": 3, "match": "rate", "n_e": 16, "n_i": 10}),
    "planted exchange: I twice as fast": (exchanged, {"faster": 2.0}),
    "edge exchange: I twice as fast, 16 + 10, by rate": (
        exchanged,
        {"faster": 2.0, "match": "rate", "n_e": 16, "n_i": 10},
    ),
    "scale: white Gaussian f": (scaled, {"kind": "white"}),
    "scale: Gaussian f that remembers": (scaled, {"kind": "slow"}),
    "planted scale: exponential f": (scaled, {"kind": "exponential"}),
    "planted scale: Gaussian f in bursts": (scaled, {"kind": "bursts"}),
    "difference: same law": (differing, {}),
    "edge difference: b twice as variable, same shape": (differing, {"spread": 2.0, "shift": 1.0}),
    "planted difference: one deviation": (differing, {"shift": 1.0}),
}


def covered(runs):
    """Print coverage of intervals and how well excursions are found."""
    a = np.array([[0.5, 0.0], [0.4, 0.5]])
    cov = np.eye(2)
    for _ in range(200):
        cov = a @ cov @ a.T + np.eye(2)
    # cov(E_t, I_{t+1}) = (a cov)[I, E]
    truth = (a @ cov)[1, 0] / np.sqrt(cov[0, 0] * cov[1, 1])
    cycle = 0.3 * np.log(0.5 / 0.2)
    rho = peak = mean = found = elsewhere = production = 0
    for k in range(runs):
        rng = np.random.default_rng([7, k])
        x = linear(rng, 3000, a)
        lags = lagged_correlation(x[:, 0], x[:, 1], max_lag=5, rng=rng)
        rho += lags.low[6] <= truth <= lags.high[6]
        peak += lags.peak_low <= 1 <= lags.peak_high
        both = difference_by_permutation(rng.exponential(size=20), rng.exponential(size=30) + 1.0, draws=199, rng=rng)
        mean += both.low <= -1.0 <= both.high
        state = np.cumsum(rng.choice([1, -1, 0], size=4000, p=[0.5, 0.2, 0.3])) % 3
        turned = time_reversal(state > 0, state > 1, draws=99, rng=rng)
        production += turned.low <= cycle <= turned.high
        x = linear(rng, 6000, 0.8 * np.eye(2))
        gain = np.exp(0.3 * x[:, :1] + 0.05 * x[:, 1:] * [1.0, -1.0])  # shared, and a little that is not
        fails = np.ones(6000)
        fails[2400:3600] = 0.1  # 60 s of inhibition at 10 %, bins of 50 ms
        f = rng.poisson(40 * gain[:, 0]) / 80 - rng.poisson(10 * gain[:, 1] * fails) / 20
        seen = excursions(f, width=0.05)
        hit = (np.abs(seen.onset - 120) < 1) & (np.abs(seen.end - 180) < 1)
        found += hit.any()
        elsewhere += len(seen) > 1
    print(f"covered: rho at lag 1 {rho / runs:.3f}, peak lag {peak / runs:.3f}, difference of means {mean / runs:.3f}")
    print(f"covered: entropy production of a biased 3-cycle {production / runs:.3f}")
    print(f"excursions: onset and end within 1 s {found / runs:.3f}, more than one {elsewhere / runs:.3f}")


def main():
    """Print the tables."""
    from scipy.stats import kstest

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--draws", type=int, default=99)
    parser.add_argument("--only", nargs="*", default=())
    given = parser.parse_args()
    print(f"{platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}; {given.runs} runs")
    for place, (name, (run, settings)) in enumerate(SITUATIONS.items()):
        if given.only and not any(word in name for word in given.only):
            continue
        begin = time.process_time()
        p = np.array([run(np.random.default_rng([place, k]), given.draws, **settings) for k in range(given.runs)])
        refused = np.isnan(p).mean()
        p = p[np.isfinite(p)]
        cost = (time.process_time() - begin) / given.runs * 1e3
        share = f"<= .05 {(p <= 0.05).mean():.3f}   refused {refused:.2f}"
        print(f"{name:50s} KS p {kstest(p, 'uniform').pvalue:8.2g}   {share}   {cost:6.0f} ms")
    if not given.only or "intervals" in given.only:
        covered(given.runs)


if __name__ == "__main__":
    main()
