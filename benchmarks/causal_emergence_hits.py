"""How often the greedy and the beam search find what listing all partitions finds, and what they cost.

    uv run python benchmarks/causal_emergence_hits.py [--states 6 7 8] [--runs 40] [--width 8]

Systems with consistent partitions, of eight kinds, random otherwise:

    twins      states of a hidden block have the same row
    lumpable   states of a hidden block send the same to each block, but not to the same states of it
    nested     the same twice: blocks of blocks
    product    two independent chains side by side, states = pairs (sizes 2 x n/2 or 3 x n/3)
    copies     two independent chains with the same TPM (9 states with --states 9, else 4)
    alike      a network of three elements that may change places (8 states with --states 8, else 2 elements)
    estimated  the TPM of "twins" counted from 2,000 transitions a state, with a tolerance of .1 bits
    ring       the TPM is unchanged when a cycle of all states is turned

Printed per kind: share of runs in which the end has the causal power of the exhaustive search (and is as fine), in
which the path is as long, in which its emergent complexity is the same to 1e-6; consistent partitions found of those
there are; partitions measured; CPU seconds a run. Then, for more states than can be listed, how often the beam's end
has at least the causal power of a planted partition into 2 to 6 blocks, over 5 runs.
"""

import argparse
import platform
import time

import numpy as np

from causalgrain.information.causal_emergence import TOLERANCE, causal_emergence
from causalgrain.information.primitives import causal_power


def rows(rng, m, n=None):
    """Random distributions, some sharp, some flat."""
    return rng.dirichlet(np.full(n or m, rng.choice([0.2, 1.0])), size=m)


def hidden(rng, n, low=2):
    """A random partition with `low` to n - 1 blocks, as labels."""
    m = int(rng.integers(low, n))
    labels = np.concatenate([np.arange(m), rng.integers(0, m, n - m)])
    return rng.permutation(labels)


def spread(rng, macro, labels, twins):
    """A TPM that has `macro` as the TPM of the blocks."""
    n, m = len(labels), len(macro)
    tpm = np.zeros((n, n))
    for block in range(m):
        members = np.flatnonzero(labels == block)
        inside = rows(rng, m if twins else n, len(members))
        tpm[:, members] = macro[labels, block][:, None] * (inside[labels] if twins else inside)
    return tpm


def system(kind, n, rng):
    """One random TPM of a kind."""
    if kind in ("twins", "lumpable"):
        labels = hidden(rng, n)
        return spread(rng, rows(rng, labels.max() + 1), labels, kind == "twins")
    if kind == "nested":
        fine = hidden(rng, n, 3)
        coarse = hidden(rng, int(fine.max()) + 1)
        return spread(rng, spread(rng, rows(rng, coarse.max() + 1), coarse, False), fine, bool(rng.integers(2)))
    if kind == "product":
        a = 3 if n % 3 == 0 and rng.integers(2) else 2
        order = rng.permutation(a * (n // a))
        return np.kron(rows(rng, a), rows(rng, n // a))[np.ix_(order, order)]
    if kind == "copies":
        one = rows(rng, 3 if n >= 9 else 2)
        return np.kron(one, one)
    if kind == "alike":
        k = 3 if n == 8 else 2
        states = np.arange(1 << k)[:, None] >> np.arange(k) & 1
        on = rng.random((2, k))[states, (states.sum(axis=1, keepdims=True) - states)]
        return np.prod(np.where(states[None] == 1, on[:, None], 1 - on[:, None]), axis=2)
    if kind == "estimated":
        counts = np.array([rng.multinomial(2000, row) for row in system("twins", n, rng)])
        return counts / 2000
    row = rows(rng, 1, n)[0]
    return np.array([np.roll(row, i) for i in range(n)])


def compared(kind, n, runs, width):
    """Return {method: means of (end, length, complexity, consistent, measured, seconds)}."""
    out = {"greedy": [], "beam": [], "exhaustive": []}
    tolerance = 0.1 if kind == "estimated" else TOLERANCE
    for seed in range(runs):
        tpm = system(kind, n, np.random.default_rng([seed, n, len(kind)]))
        found, seconds = {}, {}
        for method in out:
            began = time.process_time()
            found[method] = causal_emergence(tpm, method=method, width=width, tolerance=tolerance)
            seconds[method] = time.process_time() - began
        best = found["exhaustive"]
        for method, got in found.items():
            fine = got.path.scales.blocks[-1] == best.path.scales.blocks[-1]
            out[method].append(
                (
                    abs(got.end.value - best.end.value) < 1e-9 and fine,
                    len(got.path) == len(best.path),
                    abs(got.complexity - best.complexity) < 1e-6,
                    got.profile.n_admitted / best.profile.n_admitted,
                    len(got.profile),
                    seconds[method],
                )
            )
    return {method: np.array(values, dtype=float).mean(axis=0) for method, values in out.items()}


def planted(kind, n, seed, width):
    """Return (whether the beam's end has at least the causal power of the planted partition, measured, seconds)."""
    rng = np.random.default_rng([seed, n])
    m = int(rng.integers(2, 7))
    labels = rng.permutation(np.concatenate([np.arange(m), rng.integers(0, m, n - m)]))
    macro = rng.dirichlet(np.full(m, 0.2), size=m)
    began = time.process_time()
    got = causal_emergence(spread(rng, macro, labels, kind == "twins"), method="beam", width=width)
    return got.end.value >= causal_power(macro) - 1e-9, len(got.profile), time.process_time() - began


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--states", type=int, nargs="+", default=[6, 8, 9])
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--width", type=int, default=8)
    parser.add_argument("--large", type=int, nargs="*", default=[16, 32, 64], help="states for the cost of the beam")
    args = parser.parse_args()
    print(f"Python {platform.python_version()}, numpy {np.__version__}, {platform.machine()}, width {args.width}")
    print("kind      states  method      end   length  EC    consistent  measured  CPU s")
    for kind in ("twins", "lumpable", "nested", "product", "copies", "alike", "ring", "estimated"):
        for n in args.states:
            for method, means in compared(kind, n, args.runs, args.width).items():
                end, length, complexity, consistent, measured, seconds = means
                print(
                    f"{kind:9s} {n:6d}  {method:10s}  {end:.2f}  {length:.2f}    {complexity:.2f}  {consistent:10.2f}"
                    f"  {measured:8.0f}  {seconds:.3f}",
                    flush=True,
                )
    print("states  kind      planted found  measured  CPU s")
    for n in args.large:
        for kind in ("twins", "lumpable"):
            hits, measured, seconds = zip(*(planted(kind, n, seed, args.width) for seed in range(5)), strict=True)
            print(
                f"{n:6d}  {kind:9s} {np.mean(hits):12.2f}  {np.mean(measured):8.0f}  {np.mean(seconds):.1f}", flush=True
            )


if __name__ == "__main__":
    main()
