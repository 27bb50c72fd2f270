"""How often the searches for macro groupings of a network find the best one.

    uv run python benchmarks/network_macro.py [--nodes 7] [--graphs 100]

Graphs small enough for all groupings to be tried, from families; printed for each family and search: the share of
graphs in which the search's best is the best there is (within 1e-9 bits), the same among graphs whose best grouping
beats the network itself, the mean share of the possible gain that the search got there, and CPU time. With --large N
the searches are compared with one another on trees and block models of N nodes, where nobody knows the best.
"""

import argparse
import platform
import time

import numpy as np

from causalgrain.information.network_macro import network_macro_scale

SEARCHES = {
    "greedy x1": {"method": "greedy", "restarts": 1},
    "greedy x10": {"method": "greedy", "restarts": 10},
    "merge": {"method": "merge"},
    "spectral": {"method": "spectral"},
    "all": {"method": "all"},
}


def directed(n, rng):
    """Random weights on random directed edges."""
    return rng.random((n, n)) * (rng.random((n, n)) < 0.4) + 1e-3 * np.roll(np.eye(n), 1, axis=1)


def undirected(n, rng):
    """Unweighted, each pair linked with chance .4; a ring keeps it in one piece."""
    table = np.triu(rng.random((n, n)) < 0.4, k=1).astype(float)
    table = np.maximum(table, np.roll(np.eye(n), 1, axis=1))
    return np.maximum(table, table.T) * (1 - np.eye(n))


def tree(n, rng, power=1.5):
    """Preferential attachment, one link a node, chance by degree to a power."""
    table = np.zeros((n, n))
    table[0, 1] = table[1, 0] = 1
    for i in range(2, n):
        chance = table[:i].sum(axis=1) ** power
        j = rng.choice(i, p=chance / chance.sum())
        table[i, j] = table[j, i] = 1
    return table


def blocks(n, rng):
    """Two or three groups; each leads mostly to one of them, with noise."""
    group = rng.integers(2 + int(rng.random() < 0.5), size=n)
    target = rng.permutation(3)[group]
    return (target[:, None] == group[None]) * rng.random((n, n)) + 0.1 * rng.random((n, n))


FAMILIES = {"directed": directed, "undirected": undirected, "tree": tree, "blocks": blocks}


def small(n, graphs, macro):
    for family, make in FAMILIES.items():
        hits = {name: [] for name in SEARCHES}
        shares = {name: [] for name in SEARCHES}
        spent = dict.fromkeys(SEARCHES, 0.0)
        gains = []
        for seed in range(graphs):
            table = make(n, np.random.default_rng([seed, n]))
            exact = network_macro_scale(table, method="exhaustive", macro=macro)
            micro, best = exact.values()[0], exact.peak.value
            gains.append(best - micro)
            for name, settings in SEARCHES.items():
                began = time.process_time()
                value = network_macro_scale(table, macro=macro, **settings).peak.value
                spent[name] += time.process_time() - began
                hits[name].append(value >= best - 1e-9)
                if best - micro > 1e-9:
                    shares[name].append((value - micro) / (best - micro))
        some = np.array(gains) > 1e-9
        print(
            f"{family}, {n} nodes, {graphs} graphs, macro={macro}: {some.sum()} with a gain, mean {np.mean(gains):.4f}"
        )
        for name in SEARCHES:
            hit = np.array(hits[name])
            among = f"{hit[some].mean():.2f}" if some.any() else " -- "
            got = f"{np.mean(shares[name]):.3f}" if some.any() else " -- "
            print(
                f"  {name:11s} best in {hit.mean():.2f}, of those with a gain {among}, gain got {got}, "
                f"{1e3 * spent[name] / graphs:.1f} ms"
            )


def large(n, graphs):
    for family in ("tree", "blocks"):
        values = {name: [] for name in SEARCHES}
        spent = dict.fromkeys(SEARCHES, 0.0)
        for seed in range(graphs):
            table = FAMILIES[family](n, np.random.default_rng([seed, n]))
            for name, settings in SEARCHES.items():
                began = time.process_time()
                profile = network_macro_scale(table, **settings)
                spent[name] += time.process_time() - began
                values[name].append(profile.peak.value - profile.values()[0])
        print(f"{family}, {n} nodes, {graphs} graphs: mean gain in bits (CPU s)")
        for name in SEARCHES:
            print(f"  {name:11s} {np.mean(values[name]):.4f} ({spent[name] / graphs:.2f})")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--nodes", type=int, default=7)
    parser.add_argument("--graphs", type=int, default=100)
    parser.add_argument("--macro", choices=("uniform", "stationary"), default="uniform")
    parser.add_argument("--large", type=int)
    given = parser.parse_args()
    print(f"numpy {np.__version__}, Python {platform.python_version()}, {platform.machine()}")
    if given.large:
        large(given.large, given.graphs)
    else:
        small(given.nodes, given.graphs, given.macro)


if __name__ == "__main__":
    main()
