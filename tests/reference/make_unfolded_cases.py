"""Write tests/reference/unfolded.json: systems over macro steps of several updates, with the answers of the slow oracle.

Run from tests/: python -m reference.make_unfolded_cases (about half a minute, one process; needs numpy, scipy, POT).
Conventions are those of unfolded_oracle.py; `META` goes into the file. Random systems have their own seed each
(Python's random.Random), so that a case can be made again by itself.
"""

import json
import time
from itertools import combinations, product
from pathlib import Path
from random import Random

from reference import oracle, unfolded_oracle

TARGET = Path(__file__).with_name("unfolded.json")
VALUES = {"deterministic": (0.0, 1.0), "quarters": (0.0, 0.25, 0.5, 0.75, 1.0)}
ANY = [[1, 2], [1, 2]]  # over two updates, each element by itself: ON where it was ON at either
APART = [[0], [1]]

META = {
    "made_by": "tests/reference/make_unfolded_cases.py with tests/reference/unfolded_oracle.py",
    "order": "TPM state-by-node over histories: bit of element j, l updates back (l = 1: the present state), at place "
    "j + n (l - 1) of the row's index. Histories are lists of states, oldest first.",
    "unfolded": "cuts name unfolded elements by place + k (s - 1): place in the candidate set of k elements, update s of "
    "the macro step, 1 the oldest.",
    "mapping": "per group the numbers of ON micro elements in the block that mean ON, or the sequences of them.",
    "rules": "phi and cuts [from, distance]: after a cut, mechanisms that were concepts or that the cut splits. "
    "phi_all and cuts_all: all mechanisms; left out where all distances are the same.",
    "numbers": "12 significant digits; below 1e-14 written as 0.",
}


# Systems ----------------------------------------------------------------------------------------------


def draw_tpm(rng, size, order, values):
    """A TPM of independent draws."""

    def chance():
        return round(rng.uniform(0.001, 0.999), 3) if values == "noisy" else rng.choice(VALUES[values])

    return [[chance() for _ in range(size)] for _ in range(2 ** (size * order))]


def draw_history(rng, size, steps):
    """States of a history, each at random."""
    return [tuple(rng.randint(0, 1) for _ in range(size)) for _ in range(steps)]


def draw_mapping(rng, groups, tau):
    """Random ON counts of each group."""
    return [list(rng.choice(oracle.subsets(range(1, len(g) * tau + 1)))) for g in groups]


def two_readers(rule):
    """Two elements of order 2 with the same rule of what the other was: rule(at the last update, at the one before)."""
    return [[rule(row >> 1 & 1, row >> 3 & 1), rule(row & 1, row >> 2 & 1)] for row in range(16)]


CROSSED = two_readers(lambda last, before: float(before))  # each copies the other as it was one update earlier
SWAP = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]  # each copies the other


def slow_reader(chance):
    """Each turns ON for certain where the other was ON one update earlier; where it is ON only now, by chance."""
    return two_readers(lambda last, before: 1.0 if before else chance * last)


EMERGENT = slow_reader(0.25)  # Phi at tau 2 (ON = any, exactly independent) above Phi at tau 1, which is above 0


# Cases ------------------------------------------------------------------------------------------------


def case(name, tpm, tau, groups, mapping, history):
    """One grain with all its cuts."""
    start = time.process_time()
    history = history[len(history) - tau :]
    answer = unfolded_oracle.unfolded_phi(tpm, tau, groups, mapping, history)
    size = len(history[-1])
    if tau == 1 and len(groups) == size:
        check_first_order(tpm, history, answer["split"]["phi"])
    concepts = []
    for c in answer["concepts"]:
        sides = {d: {k: c[d][k] for k in ("purview", "phi", "tied_purviews")} for d in ("cause", "effect")}
        concepts.append({"mechanism": c["mechanism"], "phi": c["phi"], **sides})
    found = {
        "name": name,
        "order": (len(tpm).bit_length() - 1) // size,
        "tau": tau,
        "groups": groups,
        "mapping": mapping,
        "history": history,
        "tpm": tpm,
        **{k: answer[k] for k in ("macro_tpm", "macro_state", "dependence", "ei")},
        "phi": answer["split"]["phi"],
        "concepts": concepts,
        "cuts": short(answer["split"]["cuts"]),
    }
    differing = differing_cuts(answer)
    if differing:
        found |= {"phi_all": answer["all"]["phi"], "cuts_all": short(answer["all"]["cuts"])}
    oracle.forget()
    seconds = time.process_time() - start
    print(
        f"{name}: Phi {found['phi']:.6f}, {len(concepts)} concepts, EI {answer['ei']:.6f}, dependence "
        f"{answer['dependence']:.4g}, {seconds:.1f} s; {differing} of {len(found['cuts'])} cuts differ by rule",
        flush=True,
    )
    return found


def short(cuts):
    """[from, distance] of each cut."""
    return [[c["from_nodes"], c["phi"]] for c in cuts]


def differing_cuts(answer):
    """How many cuts have another distance under the other rule."""
    pairs = zip(answer["split"]["cuts"], answer["all"]["cuts"], strict=True)
    return sum(abs(a["phi"] - b["phi"]) > 1e-12 for a, b in pairs)


def check_first_order(tpm, history, phi):
    """At tau 1 the unfolded system is that of oracle.py, older states averaged out."""
    size = len(history[-1])
    wired = [[1] * size for _ in range(size)]
    direct = oracle.big_phi(unfolded_oracle.first_order(tpm, size), wired, history[-1])
    if abs(direct["phi"] - phi) > 1e-9:
        raise RuntimeError(f"two ways to Phi at tau 1: {direct['phi']} and {phi}")


def published_cases():
    """Systems with a plain description."""
    ones = [(1, 1), (1, 1)]
    yield case("crossed, tau 1", CROSSED, 1, APART, [[1], [1]], ones)
    yield case("crossed, tau 2, ON = any", CROSSED, 2, APART, ANY, ones)
    yield case("swap, tau 2, ON = any", SWAP, 2, APART, ANY, ones)
    for chance in (0.25, 0.5):
        yield case(f"slow readers {chance}, tau 1", slow_reader(chance), 1, APART, [[1], [1]], ones)
        yield case(f"slow readers {chance}, tau 2, ON = any", slow_reader(chance), 2, APART, ANY, ones)


def random_cases():
    """Two elements, whatever the dependence of the macro TPM."""
    for k, (order, values) in enumerate(product((1, 2, 3), ("noisy", "noisy", "quarters", "deterministic"))):
        yield random_case(51600 + k, 2, order, values, 2, APART)
    yield random_case(100031, 2, 2, "deterministic", 2, APART)  # the two rules of what may appear differ in Phi
    yield random_case(51620, 2, 2, "noisy", 3, APART)
    yield random_case(51621, 2, 1, "quarters", 3, APART)


def larger_cases():
    """Three elements; groups in space and time; sequences; elements outside the candidate set."""
    yield random_case(51630, 3, 1, "noisy", 2, [[0], [1], [2]])
    yield random_case(51631, 3, 2, "quarters", 2, [[0, 1], [2]])
    yield random_case(51632, 3, 1, "noisy", 2, [[0, 2], [1]], [[[0, 1], [1, 2], [2, 0]], [[0, 1], [1, 1]]])
    yield random_case(51633, 2, 2, "noisy", 2, APART, [[[0, 1], [1, 1]], [[0, 1], [1, 1]]])  # ON = the last update is
    yield random_case(51634, 2, 1, "noisy", 3, [[0], [1]], [[[0, 0, 1], [1, 0, 1]], [1, 3]])
    yield random_case(51640, 3, 2, "noisy", 2, [[0], [2]])
    yield random_case(51641, 3, 3, "noisy", 2, [[0], [1]])
    yield random_case(51642, 3, 2, "noisy", 2, [[0]])
    yield random_case(51643, 3, 2, "noisy", 1, [[0], [2]])


def random_case(seed, size, order, values, tau, groups, mapping=None):
    """A random system in a random history; the next seed where the history has no cause, or the grain no concept."""
    rng = Random(seed)
    tpm = draw_tpm(rng, size, order, values)
    history = draw_history(rng, size, tau)
    drawn = draw_mapping(rng, groups, tau)
    nodes = tuple(sorted(i for g in groups for i in g))
    columns = tuple(zip(*unfolded_oracle.first_order(tpm, size), strict=True))
    present = any(oracle.chance_of_state(columns, row, history[-1]) > 0 for row in range(2**size))
    if present and unfolded_oracle.reachable(tpm, tau, nodes, history):
        name = f"{seed}: {size} elements, order {order}, {values}, tau {tau}, groups {groups}"
        found = case(name, tpm, tau, groups, mapping or drawn, history)
        if found["concepts"]:
            return found
    return random_case(seed + 1000, size, order, values, tau, groups, mapping)


def scanned(name, tpm, history, max_tau, max_dependence=1e-8):
    """All grains of all candidate sets of two elements, mapped by counts; Phi up to a dependence."""
    size = len(history[-1])
    grains = []
    for tau in range(1, max_tau + 1):
        for nodes in [c for k in range(1, size + 1) for c in combinations(range(size), k)]:
            partitions = [[[i] for i in nodes]] + ([[list(nodes)]] if len(nodes) > 1 else [])
            for groups in partitions:
                choices = [oracle.subsets(range(1, len(g) * tau + 1)) for g in groups]
                for mapping in product(*choices):
                    grains.append(scanned_grain(tpm, tau, groups, mapping, history, max_dependence))
    oracle.forget()
    admitted = [g for g in grains if g["phi"] is not None]
    best = max(admitted, key=lambda g: g["phi"])
    print(f"scan of {name}: {len(grains)} grains, {len(admitted)} with Phi, most at {best}", flush=True)
    order = (len(tpm).bit_length() - 1) // size
    settings = {"order": order, "max_tau": max_tau, "max_dependence": max_dependence, "history": history}
    return {"name": name, **settings, "tpm": tpm, "grains": grains}


def scanned_grain(tpm, tau, groups, mapping, history, max_dependence):
    """Measures of one grain; phi None where the macro TPM is dependent or the block has no cause."""
    measures = unfolded_oracle.macro_measures(tpm, tau, groups, mapping, history)
    nodes = tuple(sorted(i for g in groups for i in g))
    phi = None
    if measures["dependence"] <= max_dependence and unfolded_oracle.reachable(tpm, tau, nodes, history):
        phi = unfolded_oracle.unfolded_phi(tpm, tau, groups, mapping, history, ("split",))["split"]["phi"]
    kept = {"phi": phi, "dependence": measures["dependence"], "ei": measures["ei"]}
    return {"tau": tau, "groups": groups, "mapping": mapping, **kept}


# The file ---------------------------------------------------------------------------------------------


def written(value):
    """Floats with 12 significant digits, rounding dust as 0, tuples as lists."""
    if isinstance(value, dict):
        return {k: written(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [written(v) for v in value]
    if isinstance(value, float):
        return 0.0 if abs(value) < 1e-14 else float(f"{value:.12g}")
    return value


def main():
    """Compute all cases and write the file."""
    ones = [(1, 1), (1, 1)]
    cases = [*published_cases(), *random_cases(), *larger_cases()]
    scans = [
        scanned("crossed", CROSSED, ones, 2),
        scanned("swap", SWAP, ones, 2),
        scanned("slow readers 0.25", EMERGENT, ones, 2),
        scanned("slow readers 0.5", slow_reader(0.5), ones, 2),
        scanned("noisy, order 2", draw_tpm(Random(51650), 2, 2, "noisy"), [(0, 1), (1, 1)], 2, max_dependence=1),
    ]
    content = {"meta": META, "cases": cases, "scans": scans}
    TARGET.write_text(json.dumps(written(content), separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
