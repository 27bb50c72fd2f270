"""How often an ascent finds the peak of the exhaustive scan, how much of its Phi it keeps, and what it costs.

    uv run python benchmarks/ascent.py [--runs 20] [--sizes 4 5 6] [--kinds pairs gates noisy estimated]
                                       [--starts micro coarse both] [--beams 1 3 10] [--once] [--subsets]

Random systems in a random reachable state, of four kinds:

    pairs      blocks of alike elements in a ring; each element reads the block before it by a noisy count rule (all,
               any, odd, majority), as the noisy AND pairs of Hoel et al. (2016), Fig. 2
    gates      deterministic gates (AND, OR, XOR, majority, NOR) of 1 to 3 random inputs
    noisy      gates of two random inputs with noise
    estimated  dense logistic systems counted from 200 to 5,000 transitions a state; grains up to dependence .02 count

Systems whose peak is 0 are left out. The peak is that of ``scan(..., nodes="full")`` ("all" with --subsets). Printed
for every kind, start and beam: share of peaks found; the same of the systems whose peak is a coarse grain, and how many
these are; mean share of the peak's Phi kept where it was missed; Phi searches and grains tested as a share of the
scan's (single macro elements not counted among the searches); CPU time as a share of the scan's. --once: without going
up and down again from the best grain.
"""

import argparse
import platform
import time
import warnings

import numpy as np

import causalgrain as cg
from causalgrain.grains.ascent import ascend

SIZES = {
    4: [(2, 2), (1, 3), (1, 1, 2)],
    5: [(2, 3), (1, 2, 2)],
    6: [(2, 2, 2), (3, 3), (2, 4), (1, 2, 3)],
    7: [(2, 2, 3), (3, 4), (1, 2, 4)],
    8: [(2, 2, 2, 2), (4, 4), (2, 3, 3)],
}
DEPENDENCE = {"estimated": 0.02}
KINDS = ("pairs", "gates", "noisy", "estimated")


def states(n):
    """All states of n elements, element 0 fastest."""
    return np.arange(1 << n)[:, None] >> np.arange(n) & 1


def rules(count, size):
    """What a count of `size` inputs means under all, any, odd, majority, none."""
    return [count == size, count > 0, count % 2 == 1, 2 * count > size, count == 0]


def pairs(rng, n):
    """Blocks of alike elements in a ring."""
    sizes = SIZES[n][rng.integers(len(SIZES[n]))]
    blocks = np.split(rng.permutation(n), np.cumsum(sizes)[:-1])
    tpm = np.zeros((1 << n, n))
    for b, block in enumerate(blocks):
        on = rules(states(n)[:, blocks[b - 1]].sum(axis=1), len(blocks[b - 1]))[rng.choice(4, p=[0.5, 0.2, 0.1, 0.2])]
        low = 0.0 if rng.random() < 0.3 else rng.uniform(0.0, 0.4)
        high = 1.0 if rng.random() < 0.3 else rng.uniform(0.7, 1.0)
        tpm[:, block] = np.where(on, high, low)[:, None]
    return tpm


def gates(rng, n, noisy=False):
    """Gates of random inputs, an element's own state not among them."""
    tpm = np.zeros((1 << n, n))
    for i in range(n):
        inputs = rng.choice(np.delete(np.arange(n), i), size=2 if noisy else rng.integers(1, 4), replace=False)
        on = rules(states(n)[:, inputs].sum(axis=1), len(inputs))[rng.integers(5)]
        low, high = (rng.uniform(0.0, 0.4), rng.uniform(0.6, 1.0)) if noisy else (0.0, 1.0)
        tpm[:, i] = np.where(on, high, low)
    return tpm


def estimated(rng, n):
    """A dense logistic system, counted."""
    weights = rng.normal(0.0, 1.5, (n, n))
    p = 1.0 / (1.0 + np.exp(-(states(n) @ weights + rng.normal(0.0, 1.0, n) - weights.sum(axis=0) / 2.0)))
    many = rng.choice([200, 1000, 5000])
    return (rng.binomial(many, p) + 0.5) / (many + 1.0)


def system(kind, n, run):
    """One random system in a random reachable state."""
    rng = np.random.default_rng([KINDS.index(kind), n, run])
    while True:
        make = {"pairs": pairs, "gates": gates, "estimated": estimated}.get(kind)
        net = cg.Network(make(rng, n) if make else gates(rng, n, True))
        quiet = kind == "pairs" and rng.random() < 0.5
        state = (0,) * n if quiet else tuple(int(v) for v in rng.integers(0, 2, n))
        if net.reachable(state):
            return net, state


def study(kind, sizes, runs, starts, beams, again, subsets):
    """Measure one kind: rows of (start, beam, found, coarse, kept, searches, tests, seconds), one a system."""
    rows, seconds, left_out = [], 0.0, 0
    threshold = DEPENDENCE.get(kind)
    for n in sizes:
        for run in range(runs):
            net, state = system(kind, n, run)
            clock = time.process_time()
            profile = cg.scan(net, state, "all" if subsets else "full", max_dependence=threshold, progress=False)
            scanned = time.process_time() - clock
            seconds += scanned
            peak = 0.0 if profile.peak is None else profile.peak.value
            coarse = profile.peak is not None and profile.peak.grain.level > 0
            if peak <= 1e-9:
                left_out += 1
                continue
            several = profile.table["macro_elements"].to_numpy() > 1
            searched = int((profile.admitted & several).sum())
            for start in starts:
                for beam in beams:
                    clock = time.process_time()
                    found = ascend(
                        net, state, start=start, beam=beam, max_dependence=threshold, again=again, subsets=subsets
                    )
                    used = time.process_time() - clock
                    kept = (0.0 if found.grain is None else found.phi) / peak
                    shares = (found.searches / searched, found.tests / len(profile))
                    rows.append((start, beam, kept >= 1 - 1e-9, coarse, kept, *shares, used))
                    assert kept <= 1 + 1e-6, "an ascent can't find more than there is"
    return rows, seconds / (len(sizes) * runs), left_out


def show(name, rows, scan_seconds, starts, beams):
    """Print one line a start and beam."""
    for start in starts:
        for beam in beams:
            these = [row[2:] for row in rows if row[:2] == (start, beam)]
            hit, coarse, kept, searches, tests, used = (
                np.array(column, dtype=float) for column in zip(*these, strict=True)
            )
            missed = kept[hit < 1].mean() if (hit < 1).any() else np.nan
            of_coarse = hit[coarse > 0].mean() if coarse.any() else np.nan
            shown = f"{len(hit):>6}{hit.mean():>8.3f}{of_coarse:>8.3f} of{coarse.sum():>4.0f}{missed:>8.2f}"
            cost = f"{searches.mean():>10.2f}{tests.mean():>8.2f}{used.mean() / scan_seconds:>8.2f}"
            print(
                f"{name:<10}{start:<8}{beam:>4}{shown}{cost}",
                flush=True,
            )


def main():
    """Run the study and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20, help="systems a kind and number of elements")
    parser.add_argument("--sizes", type=int, nargs="+", default=[4, 5, 6], choices=list(SIZES))
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=KINDS)
    parser.add_argument("--starts", nargs="+", default=["micro", "coarse", "both"])
    parser.add_argument("--beams", type=int, nargs="+", default=[1, 3, 10])
    parser.add_argument("--once", action="store_true")
    parser.add_argument("--subsets", action="store_true")
    given = parser.parse_args()
    warnings.simplefilter("ignore", cg.CausalGrainWarning)
    ascend(cg.published("hoel2016-fig2"), "0000", start="both")  # compile first
    cg.scan(cg.published("hoel2016-fig2"), "0000", progress=False)
    clock = time.process_time()
    print(f"python {platform.python_version()}, {given.runs} systems of each of {given.sizes} elements and kind")
    print(
        f"{'kind':<10}{'start':<8}{'beam':>4}{'n':>6}{'found':>8}{'coarse':>8}{'':>7}{'kept':>8}{'searches':>10}{'tests':>8}{'cpu':>8}"
    )
    everything, spent = [], 0.0
    for kind in given.kinds:
        rows, scan_seconds, left_out = study(
            kind, given.sizes, given.runs, given.starts, given.beams, not given.once, given.subsets
        )
        everything += rows
        spent += scan_seconds / len(given.kinds)
        show(kind, rows, scan_seconds, given.starts, given.beams)
        print(f"           scan {scan_seconds:.3f} s a system, {left_out} systems without Phi left out")
    show("all", everything, spent, given.starts, given.beams)
    print(f"{time.process_time() - clock:.0f} s of CPU")


if __name__ == "__main__":
    main()
