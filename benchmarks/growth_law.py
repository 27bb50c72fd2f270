"""How the time of exact Phi grows with the number of elements: dense noisy systems, and the sparse ring of ANDs.

    uv run python benchmarks/growth_law.py                    dense 3 to 7, AND ring 4 to 10
    uv run python benchmarks/growth_law.py --dense 3 8 --ring 4 11 --seeds 3

CPU seconds of one thread (the quickest of several searches where they are short), with the counts of what was done.
The factor per element is fitted to the logarithm of the time over all n from 4 on; the last step's own factor stands
beside it. Beside each time is what the package says before it starts (`causalgrain.phi.cost`).

dense: every element reads every other with probabilities uniform on [0, 1], state all OFF; the mean over seeds.
ring: every element is the AND of its two neighbours, state all OFF (Phi .1389 at every n).
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable

import numpy as np
from phi_peer import and_ring, dense
from phi_speed import machine, warm

import causalgrain as cg
from causalgrain.phi.compiled import kernels
from causalgrain.phi.conventions import TOLERANCE
from causalgrain.phi.cost import micro_seconds
from causalgrain.phi.prepared import prepare

SHOWN = ("cuts", "structures", "purviews", "partitions", "repertoires", "transports", "structure_transports")
WIDE = 22  # of a column of counts
FIRST_SEED = 2


def search(network: cg.Network) -> tuple[float, float, float, dict[str, int]]:
    """Return CPU seconds, what the package expects, Phi, and the counts, in the state all OFF."""
    module = kernels()
    p = prepare(network, (0,) * network.n, tuple(range(network.n)))
    counts = np.zeros(len(module.tables.COUNTS), dtype=np.int64)
    best, spent, phi = math.inf, 0.0, 0.0
    while spent == 0.0 or spent + best < 0.5:
        counts[:] = 0
        started = time.process_time()
        phi, _, _ = module.search.micro_search(p.on, p.inputs, p.state, TOLERANCE, False, counts)
        seconds = time.process_time() - started
        best, spent = min(best, seconds), spent + seconds
    return best, micro_seconds(p), float(phi), dict(zip(module.tables.COUNTS, counts.tolist(), strict=True))


def law(title: str, sizes: range, make: Callable[[int], list[cg.Network]]) -> None:
    """Print one family: a line for each n, then the fitted factor."""
    print(
        f"\n{title}\n{'n':>3}{'CPU s':>12}{'factor':>8}{'expected s':>12}{'Phi':>10}"
        + "".join(f"{w:>{WIDE}}" for w in SHOWN)
    )
    times: list[float] = []
    for n in sizes:
        answers = [search(network) for network in make(n)]
        seconds = float(np.mean([a[0] for a in answers]))
        factor = f"{seconds / times[-1]:.1f}" if times else ""
        times.append(seconds)
        counts = "".join(f"{np.mean([a[3][what] for a in answers]):>{WIDE},.0f}" for what in SHOWN)
        expected = float(np.mean([a[1] for a in answers]))
        print(f"{n:>3}{seconds:>12.6f}{factor:>8}{expected:>12.3g}{answers[0][2]:>10.6f}{counts}", flush=True)
    ns, logs = np.array([(n, math.log(t)) for n, t in zip(sizes, times, strict=True) if n >= 4]).T
    if len(ns) > 2:
        slope, start = np.polyfit(ns, logs, 1)
        off = math.exp(np.abs(start + slope * ns - logs).max())
        print(
            f"time ~ {math.exp(start):.2g} s x {math.exp(slope):.1f}^n over n = {ns[0]:.0f} to {ns[-1]:.0f}, "
            f"off by at most x{off:.1f}; the last step x{times[-1] / times[-2]:.1f}"
        )


def main() -> None:
    """Print both laws."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--dense", nargs=2, type=int, default=(3, 7), metavar=("FROM", "TO"))
    parser.add_argument("--ring", nargs=2, type=int, default=(4, 10), metavar=("FROM", "TO"))
    parser.add_argument("--seeds", type=int, default=1, help="dense systems of each size")
    options = parser.parse_args()
    print(machine())
    warm()
    seeds = range(FIRST_SEED, FIRST_SEED + options.seeds)
    low, high = options.dense
    law("dense noisy", range(low, high + 1), lambda n: [dense(n, seed) for seed in seeds])
    low, high = options.ring
    law("AND ring", range(low, high + 1), lambda n: [and_ring(n)])


if __name__ == "__main__":
    main()
