"""What searches over grains in space and time cost, in CPU seconds of one thread, kernels compiled beforehand.

    python benchmarks/grains.py

The bar: the spatiotemporal search (tau up to 3) of three elements, and the spatial search with complexes of the
six-element system of Hoel et al. (2016), Fig. 6, each below 60 s.
"""

from __future__ import annotations

import time

import numpy as np

import causalgrain as cg


def spent(what, call):
    """Print the CPU seconds of a call, and how many grains it looked at."""
    started = time.process_time()
    result = call()
    seconds = time.process_time() - started
    print(f"{what:<78}{seconds:8.2f} s")
    return result


def systems(rng):
    """Systems of three elements: deterministic, sparse noisy, dense noisy; of order 1, 2 and 3."""
    yield "basic (OR, COPY, XOR)", cg.published("basic"), "100 001 110"
    for order in (1, 2, 3):
        rows = 1 << (3 * order)
        yield f"random deterministic, order {order}", cg.Network(rng.integers(0, 2, (rows, 3)), order=order), None
        yield f"random dense noisy, order {order}", cg.Network(rng.random((rows, 3)), order=order), None


def main():
    """Run all rows."""
    cg.scan(cg.published("basic"), "100 001", max_tau=2, max_dependence=1.0)
    cg.scan(cg.published("hoel2016-fig2"), "0000")
    for name, net, history in systems(np.random.default_rng(1)):
        states = history or "111 011 101"
        for label, limit in (("admitted grains", None), ("every grain, dependent ones too", 1.0)):
            try:
                profile = spent(
                    f"tau <= 3, {name}: {label}",
                    lambda s=states, n=net, m=limit: cg.scan(n, s, max_tau=3, max_dependence=m),
                )
            except cg.UnreachableStateError:
                print(f"tau <= 3, {name}: state unreachable")
                break
            print(f"    {len(profile)} grains, {profile.n_admitted} admitted, peak {profile.peak}")
    fig6 = cg.published("hoel2016-fig6")
    found = spent("Fig. 6, complexes over all 8,948 grains", lambda: cg.complexes_over_grains(fig6, "000000"))
    print(found)


if __name__ == "__main__":
    main()
