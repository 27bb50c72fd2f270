"""Write tests/golden/oracle.json: random networks and macro grains with the answers of the slow oracle.

Run: python tests/reference/make_oracle_cases.py (a few minutes, one process; needs numpy, scipy, POT).
Every network has its own seed (Python's random.Random), so that a case can be made again by itself.
Conventions are those of oracle.py; `META` goes into the file.
"""

import json
import time
from pathlib import Path
from random import Random

import oracle

TARGET = Path(__file__).resolve().parents[1] / "golden" / "oracle.json"
SEED = 20160000
VALUES = {"deterministic": (0.0, 1.0), "quarters": (0.0, 0.25, 0.5, 0.75, 1.0)}
KINDS = [(values, wiring) for values in ("deterministic", "quarters", "noisy") for wiring in ("dense", "sparse")]
INDEPENDENT = 1e-12  # a macro grain is taken where `dependence` is below

META = {
    "made_by": "tests/reference/make_oracle_cases.py with tests/reference/oracle.py",
    "order": "TPM state-by-node, row index little-endian (node 0 is the least significant bit); cm[i][j] = 1: i -> j.",
    "numbers": "12 significant digits; exact EMD; one tolerance 1e-9 for ties, equality and phi > 0; below "
    "1e-14 written as 0.",
    "ties": "The larger purview, then the first in itertools.combinations order; tied_purviews lists all tied, the "
    "winner included, and is empty without a tie.",
    "cuts": "Every unidirectional bipartition with its Phi; empty where Phi is 0 without a look at cuts: cm not "
    "strongly connected, or no concept.",
    "networks": "values: deterministic, quarters, noisy (3 decimals); wiring: dense (each node reads all) or sparse "
    "(each input with chance .6); edges: cm is exact (what the TPM depends on) or a superset of it.",
    "macro_grains": "groups of micro elements; mapping per group [ON counts mapped to OFF, ON counts mapped to ON]; "
    "concepts in macro indices, cuts in micro indices; all conditionally independent (dependence = worst-row total "
    "variation); macro_tpm state-by-node, ei (bits) and dependence are of the uncut grain.",
}


# Networks -------------------------------------------------------------------------------------------


def draw_probability(rng, values):
    """One entry of a TPM."""
    if values == "noisy":
        return min(0.999, max(0.001, round(rng.random(), 3)))
    return rng.choice(VALUES[values])


def tpm_from_readings(rng, values, readings):
    """TPM in which the chance of node j is one draw for each value of readings[j](bits)."""
    n = len(readings)
    tables = [{} for _ in range(n)]
    rows = []
    for bits in oracle.states_of(n):
        row = []
        for table, reading in zip(tables, readings, strict=True):
            key = reading(bits)
            if key not in table:
                table[key] = draw_probability(rng, values)
            row.append(table[key])
        rows.append(row)
    return rows


def reading_of(inputs):
    """What a node with these inputs sees of a state."""
    return lambda bits: tuple(bits[i] for i in inputs)


def functional_edges(tpm, n):
    """cm with exactly the edges i -> j for which some flip of i changes the chance of j."""
    return [[int(any(tpm[s][j] != tpm[s ^ (1 << i)][j] for s in range(2**n))) for j in range(n)] for i in range(n)]


def reachable_state(rng, tpm, n):
    """One of the states with a predecessor."""
    columns = tuple(zip(*tpm, strict=True))
    found = []
    for bits in oracle.states_of(n):
        if any(oracle.chance_of_state(columns, row, bits) > 0 for row in range(2**n)):
            found.append(bits)
    return rng.choice(found)


def with_idle_edges(rng, cm):
    """A superset of the edges: each missing one with chance .3."""
    return [[edge or int(rng.random() < 0.3) for edge in row] for row in cm]


def draw_network(seed, n, values, wiring):
    """A random network in a reachable state; where 5 does not divide the seed, strongly connected."""
    rng = Random(seed)
    edges = rng.choice(("exact", "superset"))
    while True:
        chance = 1.0 if wiring == "dense" else 0.6
        readings = [reading_of([i for i in range(n) if rng.random() < chance]) for _ in range(n)]
        tpm = tpm_from_readings(rng, values, readings)
        cm = functional_edges(tpm, n)
        if edges == "superset":
            cm = with_idle_edges(rng, cm)
        if seed % 5 == 0 or oracle.strongly_connected(cm, range(n)):
            break
    state = reachable_state(rng, tpm, n)
    return {"seed": seed, "values": values, "wiring": wiring, "edges": edges, "tpm": tpm, "cm": cm, "state": state}


# Macro grains: networks built so that a grain is conditionally independent --------------------------


def crossing_pairs(rng):
    """{0,1} reads {2,3} and back: the two macro outputs depend on different, independent micro states."""
    return [[0, 1], [2, 3]], lambda mapping: [reading_of((2, 3))] * 2 + [reading_of((0, 1))] * 2


def reading_of_macro(groups, mapping):
    """What a node sees that reads macro states only."""
    return lambda bits: oracle.macro_state_of(bits, groups, mapping)


def macro_readers(rng):
    """Pairs whose nodes read the macro state, self included: equal roles within a pair."""
    groups = rng.choice([[[0, 1], [2, 3]], [[0, 2], [1, 3]], [[0, 1], [2], [3]]])
    return groups, lambda mapping: [reading_of_macro(groups, mapping)] * 4


def one_detailed_reader(rng):
    """All read macro states but node 3, which sees the members of {0,1} apart."""
    groups = [[0, 1], [2], [3]]
    return groups, lambda mapping: [reading_of_macro(groups, mapping)] * 3 + [reading_of((0, 1, 2))]


def triple_and_one(rng):
    """{0,1,2} reads its macro state and node 3; node 3 sees the three apart."""
    groups = [[0, 1, 2], [3]]
    return groups, lambda mapping: [reading_of_macro(groups, mapping)] * 3 + [reading_of((0, 1, 2))]


def single_element(rng):
    """One macro element of four nodes with random inputs, cut as the peer does."""
    readings = [reading_of([i for i in range(4) if rng.random() < 0.6]) for _ in range(4)]
    return [[0, 1, 2, 3]], lambda mapping: readings


BUILDERS = (crossing_pairs, macro_readers, one_detailed_reader, triple_and_one, single_element)


def draw_mapping(rng, groups):
    """A random 2-way split of the counts of each group, 0 always OFF; non-monotone splits too."""
    mapping = []
    for group in groups:
        splits = oracle.subsets(range(1, len(group) + 1))
        on = rng.choice(splits)
        mapping.append((tuple(c for c in range(len(group) + 1) if c not in on), on))
    return mapping


def draw_grain(seed, builder, values):
    """A conditionally independent macro grain with its answer; the next seed where the draw is not one."""
    rng = Random(seed)
    groups, readings = builder(rng)
    mapping = draw_mapping(rng, groups)
    tpm = tpm_from_readings(rng, values, readings(mapping))
    cm, state = functional_edges(tpm, 4), reachable_state(rng, tpm, 4)
    option = "pyphi" if len(groups) == 1 else "zero"
    answer = oracle.macro_phi(tpm, cm, state, groups, mapping, one_element=option)
    if answer["dependence"] > INDEPENDENT or answer["phi"] == 0:
        return draw_grain(seed + 1000, builder, values)
    case = {"seed": seed, "built": builder.__name__, "values": values, "tpm": tpm, "cm": cm, "state": state}
    return {**case, "groups": groups, "mapping": mapping, "one_element": option, **answered(answer)}


# The file -------------------------------------------------------------------------------------------


def answered(answer):
    """The part of an answer that is written: no repertoires; best_cuts follow from cuts."""
    concepts = []
    for c in answer["concepts"]:
        sides = {d: {k: c[d][k] for k in ("purview", "phi", "tied_purviews")} for d in ("cause", "effect")}
        concepts.append({"mechanism": c["mechanism"], "phi": c["phi"], **sides})
    extra = {k: answer[k] for k in ("macro_state", "macro_tpm", "dependence", "ei") if k in answer}
    return {"phi": answer["phi"], "cuts": answer["cuts"], "concepts": concepts, **extra}


def written(value):
    """Floats with 12 significant digits, rounding dust as 0, tuples as lists."""
    if isinstance(value, dict):
        return {k: written(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [written(v) for v in value]
    if isinstance(value, float):
        return 0.0 if abs(value) < 1e-14 else float(f"{value:.12g}")
    return value


def solved(network):
    """The network with the oracle's answer."""
    start = time.process_time()
    answer = answered(oracle.big_phi(network["tpm"], network["cm"], network["state"]))
    oracle.forget()
    seconds = time.process_time() - start
    print(network["seed"], network["values"], network["wiring"], answer["phi"], f"{seconds:.1f} s", flush=True)
    return {**network, **answer}


def main():
    """Compute all cases and write the file."""
    networks = []
    for n, count in ((3, 150), (4, 50)):
        for k in range(count):
            values, wiring = KINDS[k % len(KINDS)]
            networks.append(solved(draw_network(SEED + 1000 * n + k, n, values, wiring)))
    grains = []
    for k in range(20):
        builder, values = BUILDERS[k % len(BUILDERS)], ("quarters", "noisy")[k // len(BUILDERS) % 2]
        grains.append(draw_grain(SEED + 100000 + k, builder, values))
        oracle.forget()
        print("grain", k, builder.__name__, values, grains[-1]["phi"], flush=True)
    content = {"meta": META, "networks": networks, "macro_grains": grains}
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(json.dumps(written(content), separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
