"""Speed is guarded by counts: the work that ten fixed systems and two scans take, single-threaded, to the last unit.

What a count means is in `causalgrain.phi.kernels.tables.COUNTS`: earth mover's distances (transports), cause
repertoires, partitions tried, purviews looked at, cause-effect structures unfolded, transports between structures,
cuts looked at after their first bound, macro grains.

After an honest change of the engine the counts change: look at what changed and why, then put the new ones here. This
prints them, ready to be pasted:

    uv run python tests/unit/phi/test_counts.py
"""

import numpy as np
import pytest

import causalgrain as cg
from causalgrain.grains.search import _candidate_sets, _units
from causalgrain.phi.compiled import kernels
from causalgrain.phi.conventions import TOLERANCE
from causalgrain.phi.prepared import prepare
from causalgrain.systems.network import INDEPENDENCE_TOLERANCE
from causalgrain.systems.states import state_index

COUNTS = {}


def dense(n, seed):
    """Every element reads every other, with any probabilities."""
    return cg.Network(np.random.default_rng(seed).random((1 << n, n)))


SYSTEMS = {
    "basic": lambda: (cg.published("basic"), "100"),
    "xor-3": lambda: (cg.published("xor-3"), "000"),
    "Fig. 2": lambda: (cg.published("hoel2016-fig2"), "0000"),
    "Fig. 4": lambda: (cg.published("hoel2016-fig4"), "000000"),
    "rule 154, 10000": lambda: (cg.published("rule154-5"), "10000"),
    "rule 154, 11001": lambda: (cg.published("rule154-5"), "11001"),
    "dense 4 (a)": lambda: (dense(4, 0), "0000"),
    "dense 4 (b)": lambda: (dense(4, 1), "0000"),
    "dense 5": lambda: (dense(5, 2), "00000"),
    "dense 5, nearly independent": lambda: (cg.Network(0.5 + 0.1 * (dense(5, 3).tpm - 0.5)), "00000"),
}

SCANS = {
    "all grains of Fig. 2": lambda: (cg.published("hoel2016-fig2"), "0000"),
    "all grains of Fig. 4": lambda: (cg.published("hoel2016-fig4"), "000000"),
}


def work_of_phi(network, state):
    """What Phi of the whole network in a state takes: {what: how often}."""
    counts = np.zeros(len(kernels().tables.COUNTS), dtype=np.int64)
    p = prepare(network, network.check_state(state), tuple(range(network.n)))
    kernels().search.micro_search(p.on, p.inputs, p.state, TOLERANCE, False, counts)
    return named(counts)


def work_of_scan(network, state):
    """What all grains of all candidate sets in a state take, macro grains as in `causalgrain.grains.run`."""
    counts = np.zeros(len(kernels().tables.COUNTS), dtype=np.int64)
    weights = {state_index(network.check_state(state)): 1.0}
    for unit in _units(network, weights, _candidate_sets(network, "all")):
        p, grains, live = unit.prepared, unit.grains, unit.states[unit.live]
        many = len(grains) - 1
        if len(live) and len(p.nodes) > 1:
            kernels().search.micro_search(p.on, p.inputs, int(live[0]), TOLERANCE, False, counts)
        kernels().coarse.scan_macro_grains(
            unit.cut_tables,
            p.inputs,
            np.ascontiguousarray(grains.group[1:, list(p.nodes)], dtype=np.int64),
            np.ascontiguousarray(grains.on_counts[1:, : len(p.nodes)], dtype=np.int64),
            grains.n_macro[1:],
            live,
            INDEPENDENCE_TOLERANCE,
            False,
            TOLERANCE,
            np.full((many, len(live)), np.nan),
            np.zeros((many, len(live)), dtype=np.int64),
            np.zeros((many, 4)),
            counts,
        )
    return named(counts)


def named(counts):
    return dict(zip(kernels().tables.COUNTS, counts.tolist(), strict=True))


def measure(name):
    return work_of_phi(*SYSTEMS[name]()) if name in SYSTEMS else work_of_scan(*SCANS[name]())


@pytest.mark.parametrize("name", [*SYSTEMS, *SCANS])
def test_work_is_what_it_was(name):
    assert measure(name) == COUNTS[name]


@pytest.mark.parametrize("name", ["basic", "Fig. 2", "dense 4 (a)"])
def test_the_second_time_takes_the_same_work(name):
    """Nothing is kept from one search to the next."""
    assert measure(name) == measure(name)


def test_fewer_than_all_cuts_are_looked_at():
    """The bounds leave out at least half of the 30 cuts of a dense system."""
    assert measure("dense 5")["cuts"] <= 15


if __name__ == "__main__":
    print("COUNTS = {")
    for _name in [*SYSTEMS, *SCANS]:
        print(f'    "{_name}": {{')
        _row = [f'"{key}": {value}' for key, value in measure(_name).items()]
        print("        " + ", ".join(_row[:4]) + ",")
        print("        " + ", ".join(_row[4:]) + ",")
        print("    },")
    print("}  # fmt: skip")
