"""CPU time of the effective information of large sparse networks.

    uv run python benchmarks/network_effective.py [--nodes 100000] [--edges 10]

Random weights on random directed edges (`edges` per node on average), and an undirected tree grown by preferential
attachment; each measured three times, sinks dropped and uniform.
"""

import argparse
import platform
import time

import numpy as np
import scipy
import scipy.sparse as sp

from causalgrain.information.networks import network_effective_information


def random_graph(n, edges, rng):
    """Return weights (n, n) with about `edges` out-edges a node."""
    start, end = rng.integers(n, size=(2, n * edges))
    return sp.csr_array(sp.coo_array((rng.random(n * edges), (start, end)), shape=(n, n)))


def tree(n, rng):
    """Return an undirected tree in which each node links to one drawn by its degree (an end of a random edge)."""
    ends = np.zeros(2 * n, dtype=np.int64)
    ends[:2] = 0, 1
    for i in range(2, n):
        ends[2 * i - 2], ends[2 * i - 1] = i, ends[rng.integers(2 * i - 2)]
    one, other = ends[0 : 2 * n - 2 : 2], ends[1 : 2 * n - 2 : 2]
    both = (np.concatenate([one, other]), np.concatenate([other, one]))
    return sp.csr_array(sp.coo_array((np.ones(len(both[0])), both), shape=(n, n)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--nodes", type=int, default=100_000)
    parser.add_argument("--edges", type=int, default=10)
    given = parser.parse_args()
    print(
        f"numpy {np.__version__}, scipy {scipy.__version__}, Python {platform.python_version()}, {platform.machine()}"
    )
    rng = np.random.default_rng(0)
    for name, table in (
        ("random", random_graph(given.nodes, given.edges, rng)),
        ("sparser", random_graph(given.nodes, 1, rng)),
        ("tree", tree(given.nodes, rng)),
    ):
        for sinks in ("drop", "uniform"):
            spent = []
            for _ in range(3):
                began = time.process_time()
                found = network_effective_information(table, sinks=sinks)
                spent.append(time.process_time() - began)
            print(
                f"{name:8s} {table.shape[0]:,} nodes {table.nnz:,} edges, sinks={sinks:8s} {found.bits:.6f} bits, "
                f"{found.sinks:,} sinks, CPU s {', '.join(f'{s:.3f}' for s in spent)}"
            )


if __name__ == "__main__":
    main()
