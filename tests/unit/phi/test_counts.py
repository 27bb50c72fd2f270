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

COUNTS = {
    "basic": {
        "transports": 44, "repertoires": 82, "partitions": 7, "purviews": 24,
        "structures": 3, "structure_transports": 3, "cuts": 2, "grains": 0,
    },
    "xor-3": {
        "transports": 224, "repertoires": 136, "partitions": 160, "purviews": 43,
        "structures": 7, "structure_transports": 12, "cuts": 6, "grains": 0,
    },
    "Fig. 2": {
        "transports": 40, "repertoires": 23, "partitions": 8, "purviews": 12,
        "structures": 5, "structure_transports": 4, "cuts": 4, "grains": 0,
    },
    "Fig. 4": {
        "transports": 42, "repertoires": 34, "partitions": 0, "purviews": 18,
        "structures": 7, "structure_transports": 6, "cuts": 6, "grains": 0,
    },
    "rule 154, 10000": {
        "transports": 1586, "repertoires": 2832, "partitions": 995, "purviews": 741,
        "structures": 10, "structure_transports": 3, "cuts": 9, "grains": 0,
    },
    "rule 154, 11001": {
        "transports": 3108, "repertoires": 5632, "partitions": 1807, "purviews": 1378,
        "structures": 15, "structure_transports": 13, "cuts": 14, "grains": 0,
    },
    "dense 4 (a)": {
        "transports": 3392, "repertoires": 1800, "partitions": 2338, "purviews": 815,
        "structures": 15, "structure_transports": 30, "cuts": 14, "grains": 0,
    },
    "dense 4 (b)": {
        "transports": 1034, "repertoires": 602, "partitions": 624, "purviews": 361,
        "structures": 6, "structure_transports": 6, "cuts": 5, "grains": 0,
    },
    "dense 5": {
        "transports": 7665, "repertoires": 6508, "partitions": 7067, "purviews": 3549,
        "structures": 14, "structure_transports": 11, "cuts": 13, "grains": 0,
    },
    "dense 5, nearly independent": {
        "transports": 26737, "repertoires": 16324, "partitions": 27879, "purviews": 7095,
        "structures": 28, "structure_transports": 81, "cuts": 27, "grains": 0,
    },
    "all grains of Fig. 2": {
        "transports": 936, "repertoires": 4123, "partitions": 38, "purviews": 686,
        "structures": 130, "structure_transports": 54, "cuts": 74, "grains": 170,
    },
    "all grains of Fig. 4": {
        "transports": 98333, "repertoires": 774240, "partitions": 1726, "purviews": 88223,
        "structures": 9551, "structure_transports": 4160, "cuts": 6661, "grains": 8885,
    },
}  # fmt: skip


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
            0.0,
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
