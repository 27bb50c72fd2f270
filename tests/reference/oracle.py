"""Slow oracle of IIT 3.0 integrated information: the definitions written out, nothing clever.

Witness for the compiled code: it shares no line with the package and uses no closed form, no bound and
no early stop. The only liberties are memoisation (equal arguments, equal result) and that an earth
mover's distance under a metric moves the excess to the deficit only.

Sources: Oizumi, Albantakis, Tononi (2014) PLoS Comput Biol 10:e1003588 ("IIT 3.0", Text S2 for the
computations), Hoel, Albantakis, Marshall, Tononi (2016) Neurosci Conscious niw012 (macro elements).

Conventions
* TPM state-by-node, row index little-endian: node 0 is the least significant bit. A system is held as
  its *columns*: `columns[i][s]` = P(element i is ON at t+1 | the elements are in state s at t).
* Connectivity cm[i][j] = 1 means i -> j. An unconnected or severed input is averaged out uniformly.
* Nodes outside the candidate set are fixed in their current state, for causes and for effects alike.
* Repertoires are flat tuples, little-endian in ascending purview index. Mechanisms and purviews are
  ascending tuples.
* One tolerance, `TOLERANCE`, decides "equal" and "more than zero" everywhere; nothing is rounded.
* Purview ties: the larger purview, then the first in the order of `itertools.combinations`.
"""

import math
from functools import cache
from itertools import combinations, product

import numpy as np
import ot
from scipy.optimize import linprog

TOLERANCE = 1e-9
DUST = 1e-14  # rounding left-overs in a difference of two repertoires: no mass to transport


# States, subsets ------------------------------------------------------------------------------------


def subsets(items, smallest=1):
    """Subsets in the order of size, then of `itertools.combinations`."""
    return [c for size in range(smallest, len(items) + 1) for c in combinations(items, size)]


def states_of(size):
    """All states of `size` binary elements in little-endian order: (0,0), (1,0), (0,1), (1,1)."""
    return [bits[::-1] for bits in product((0, 1), repeat=size)]


def directed_bipartitions(items):
    """All (from, to): two non-empty, disjoint parts that make up `items`, in both orders."""
    return [(a, tuple(i for i in items if i not in a)) for a in subsets(items) if len(a) < len(items)]


# Earth mover's distance (IIT 3.0, Text S2) ----------------------------------------------------------


def emd_linprog(supply, demand, cost):
    """min sum_ij cost_ij f_ij with row sums `supply` and column sums `demand`, f >= 0 (HiGHS)."""
    rows, columns = len(supply), len(demand)
    constraints = []
    for i in range(rows):
        constraints.append([float(k // columns == i) for k in range(rows * columns)])
    for j in range(columns):
        constraints.append([float(k % columns == j) for k in range(rows * columns)])
    flat = [c for row in cost for c in row]
    solution = linprog(flat, A_eq=constraints, b_eq=list(supply) + list(demand), method="highs")
    if not solution.success:
        raise RuntimeError(f"linear program of the transport not solved: {solution.message}")
    return solution.fun


def emd_simplex(supply, demand, cost):
    """The same linear program as `emd_linprog`, by POT's network simplex (masses scaled to 1)."""
    mass = math.fsum(supply)
    a, b = np.array(supply) / mass, np.array(demand) / math.fsum(demand)
    return mass * float(ot.emd2(a, b, np.array(cost, dtype=float), numItermax=10**6))


def hamming(i, j):
    """Number of elements in which the states with index i and j differ."""
    return (i ^ j).bit_count()


def repertoire_distance(p, q, solver=emd_simplex):
    """EMD between two repertoires over the same purview, ground distance `hamming`."""
    return transport_of_difference(tuple(a - b for a, b in zip(p, q, strict=True)), solver)


@cache
def transport_of_difference(difference, solver):
    """The ground distance is a metric: mass common to both stays, the excess moves to the deficit."""
    excess = [i for i, d in enumerate(difference) if d > DUST]
    deficit = [i for i, d in enumerate(difference) if d < -DUST]
    if not excess or not deficit:
        return 0.0
    cost = [[hamming(i, j) for j in deficit] for i in excess]
    return solver([difference[i] for i in excess], [-difference[j] for j in deficit], cost)


# Repertoires (IIT 3.0, Text S2; phi.md section 2) ---------------------------------------------------


@cache
def chance_of_on(column, fixed):
    """P(element ON | the inputs in `fixed` = ((node, value), ...) are set, all others uniform)."""
    rows = [p for s, p in enumerate(column) if all((s >> node) & 1 == value for node, value in fixed)]
    return math.fsum(rows) / len(rows)


def needed_columns(direction, columns, mechanism, purview):
    """Blank the columns that cannot matter, so that systems that differ only in those share a memo.

    A cause repertoire reads the columns of the mechanism, an effect repertoire those of the purview.
    """
    needed = mechanism if direction == "cause" else purview
    return tuple(c if i in needed else None for i, c in enumerate(columns))


def repertoire(direction, columns, state, mechanism, purview):
    """Cause or effect repertoire of a mechanism in its state. None: a cause repertoire without mass."""
    compute = cause_repertoire if direction == "cause" else effect_repertoire
    return compute(needed_columns(direction, columns, mechanism, purview), state, mechanism, purview)


@cache
def effect_repertoire(columns, state, mechanism, purview):
    """prod over purview nodes of P(node | mechanism in its state, all other inputs uniform)."""
    fixed = tuple((m, state[m]) for m in mechanism)
    on = [chance_of_on(columns[p], fixed) for p in purview]
    return tuple(
        math.prod(q if bit else 1 - q for q, bit in zip(on, bits, strict=True)) for bits in states_of(len(purview))
    )


@cache
def cause_repertoire(columns, state, mechanism, purview):
    """Normalised prod over mechanism nodes of P(node in its state | purview state, other inputs uniform)."""
    likelihood = []
    for bits in states_of(len(purview)):
        fixed = tuple(zip(purview, bits, strict=True))
        on = [chance_of_on(columns[m], fixed) for m in mechanism]
        likelihood.append(math.prod(q if state[m] else 1 - q for q, m in zip(on, mechanism, strict=True)))
    mass = math.fsum(likelihood)
    return tuple(x / mass for x in likelihood) if mass > 0 else None


def joint(purview_a, repertoire_a, purview_b, repertoire_b):
    """Product of two repertoires over disjoint purviews, over the ascending union of the purviews."""
    union = sorted(purview_a + purview_b)
    result = []
    for bits in states_of(len(union)):
        bit = dict(zip(union, bits, strict=True))
        i = sum(bit[node] << k for k, node in enumerate(purview_a))
        j = sum(bit[node] << k for k, node in enumerate(purview_b))
        result.append(repertoire_a[i] * repertoire_b[j])
    return tuple(result)


# Mechanisms: small phi, core cause, core effect, concept --------------------------------------------


@cache
def partitions(mechanism, purview):
    """Unordered pairs (M1, P1), (M2, P2) that share out mechanism and purview, neither part wholly empty."""
    found = []
    for m1 in subsets(mechanism, 0):
        for p1 in subsets(purview, 0):
            m2 = tuple(m for m in mechanism if m not in m1)
            p2 = tuple(p for p in purview if p not in p1)
            if (m1 or p1) and (m2 or p2) and (m1, p1) < (m2, p2):
                found.append(((m1, p1), (m2, p2)))
    return found


def small_phi(direction, columns, state, mechanism, purview):
    """phi = min over `partitions` of the EMD between the repertoire and the product of the parts'."""
    return small_phi_of(direction, needed_columns(direction, columns, mechanism, purview), state, mechanism, purview)


@cache
def small_phi_of(direction, columns, state, mechanism, purview):
    """`small_phi`, remembered by the columns that matter."""
    whole = repertoire(direction, columns, state, mechanism, purview)
    distances = []
    for (m1, p1), (m2, p2) in partitions(mechanism, purview):
        part1 = repertoire(direction, columns, state, m1, p1)
        part2 = repertoire(direction, columns, state, m2, p2)
        if whole is None or part1 is None or part2 is None:
            return 0.0  # no mass: phi is 0 by rule
        distances.append(repertoire_distance(whole, joint(p1, part1, p2, part2)))
    return min(distances)


def core(direction, columns, state, mechanism):
    """Core cause or core effect: the purview of largest phi, with every purview tied with it.

    `tied_purviews` includes the winner and is empty where there is no tie.
    """
    candidates = subsets(range(len(columns)))
    phis = {p: small_phi(direction, columns, state, mechanism, p) for p in candidates}
    largest = max(phis.values())
    tied = [p for p in candidates if phis[p] >= largest - TOLERANCE]
    winner = next(p for p in tied if len(p) == len(tied[-1]))
    return {
        "purview": winner,
        "phi": phis[winner],
        "repertoire": repertoire(direction, columns, state, mechanism, winner),
        "tied_purviews": tied if len(tied) > 1 else [],
    }


def structure(columns, state):
    """Cause-effect structure: the concepts, mechanisms with phi = min(cause phi, effect phi) > 0."""
    found = []
    for mechanism in subsets(range(len(columns))):
        cause = core("cause", columns, state, mechanism)
        effect = core("effect", columns, state, mechanism)
        phi = min(cause["phi"], effect["phi"])
        if phi > TOLERANCE:
            found.append({"mechanism": mechanism, "phi": phi, "cause": cause, "effect": effect})
    return found


# Distance of two structures: extended EMD (IIT 3.0, Text S2) ----------------------------------------
#
# The null concept has the empty purview and no system of its own: over the purview of the concept it
# faces it is the unconstrained repertoire of THAT concept's system. The alternatives (the unconstrained
# effects of the deficit's own side, of the whole always, of the cut always) agree for micro elements,
# whose unconstrained chances are column means that no cut changes; they differ for macro elements, and
# the peer's 596 macro grains in the golden file decide: 593 agree as done here, against 427, 560, 455.
# The three left are grains where the cut adds one concept and takes none away: the peer says 0 there.

NULL = {"purview": (), "repertoire": (1.0,)}
NULL_CONCEPT = {"mechanism": (), "cause": NULL, "effect": NULL}


def expanded(direction, columns, state, side, union):
    """A core cause or effect over the larger purview `union`, the added nodes unconstrained.

    Unconstrained = repertoire of the empty mechanism of the concept's own system: uniform for causes;
    for effects the chances with all inputs uniform, which a cut of micro elements changes in macro ones.
    """
    added = tuple(node for node in union if node not in side["purview"])
    free = repertoire(direction, columns, state, (), added)
    return joint(side["purview"], side["repertoire"], added, free)


def concept_distance(concept_a, columns_a, concept_b, columns_b, state):
    """Cause EMD + effect EMD, each over the union of both purviews; see above for the null concept."""
    columns_a = columns_b if concept_a["mechanism"] == () else columns_a
    columns_b = columns_a if concept_b["mechanism"] == () else columns_b
    total = 0.0
    for direction in ("cause", "effect"):
        a, b = concept_a[direction], concept_b[direction]
        union = tuple(sorted({*a["purview"], *b["purview"]}))
        p = expanded(direction, columns_a, state, a, union)
        q = expanded(direction, columns_b, state, b, union)
        total += repertoire_distance(p, q)
    return total


def same_concept(a, b):
    """Equal mass and equal repertoires over equal purviews (the mechanism does not enter)."""
    return abs(a["phi"] - b["phi"]) <= TOLERANCE and all(
        a[d]["purview"] == b[d]["purview"]
        and all(abs(x - y) <= TOLERANCE for x, y in zip(a[d]["repertoire"], b[d]["repertoire"], strict=True))
        for d in ("cause", "effect")
    )


def without_common(left, right):
    """Both structures less the concepts present in both, one for one."""
    right, kept = list(right), []
    for concept in left:
        twin = next((i for i, other in enumerate(right) if same_concept(concept, other)), None)
        if twin is None:
            kept.append(concept)
        else:
            del right[twin]
    return kept, right


def with_null(concepts, other):
    """Add the null concept, carrying the phi by which `concepts` falls short of `other`, if it does."""
    missing = math.fsum(c["phi"] for c in other) - math.fsum(c["phi"] for c in concepts)
    return concepts + [{**NULL_CONCEPT, "phi": missing}] if missing > DUST else concepts


def structure_distance(whole, whole_columns, cut, cut_columns, state, solver=emd_simplex):
    """Cheapest transport of the phi of the whole's concepts onto those of the cut system."""
    left, right = without_common(whole, cut)
    left, right = with_null(left, right), with_null(right, left)
    if not left or not right:
        return 0.0
    cost = [[concept_distance(a, whole_columns, b, cut_columns, state) for b in right] for a in left]
    return solver([c["phi"] for c in left], [c["phi"] for c in right], cost)


# Systems: columns under a cut, Phi ------------------------------------------------------------------


def columns_of(tpm, cm, state, nodes, severed=((), ())):
    """Columns of the candidate set: outside nodes fixed, then unconnected and severed inputs averaged out."""
    rows = [s for s in range(len(tpm)) if all((s >> i) & 1 == state[i] for i in range(len(state)) if i not in nodes)]
    columns = []
    for j in nodes:
        inputs = [k for k, i in enumerate(nodes) if cm[i][j] and not (i in severed[0] and j in severed[1])]
        inside = tuple(float(tpm[s][j]) for s in rows)  # rows ascend: little-endian in the candidate set
        averages = [chance_of_on(inside, tuple((k, (s >> k) & 1) for k in inputs)) for s in range(len(rows))]
        columns.append(tuple(averages))
    return tuple(columns)


def chance_of_state(columns, row, bits):
    """P(next state = bits | state index row) for elements that are independent given the past."""
    return math.prod(c[row] if bit else 1 - c[row] for c, bit in zip(columns, bits, strict=True))


def require_reachable(columns, state, nodes):
    """IIT 3.0 needs a past: raise where no state of the candidate set leads to the present one."""
    if not any(chance_of_state(columns, row, state) > 0 for row in range(2 ** len(state))):
        raise ValueError(f"state {state} of nodes {nodes} has no cause: choose a state with a predecessor")


def strongly_connected(cm, nodes):
    """Every node of the set reaches every other along edges inside the set."""
    for start in nodes:
        reached = {start}
        while True:
            more = {j for i in reached for j in nodes if cm[i][j]} - reached
            if not more:
                break
            reached |= more
        if len(reached) < len(nodes):
            return False
    return True


def minimum_over_cuts(whole_columns, state, cut_nodes, columns_under):
    """Phi = min over unidirectional bipartitions of the distance whole - cut; with all cuts and concepts."""
    whole = structure(whole_columns, state)
    cuts = []
    for severed in directed_bipartitions(cut_nodes) if whole else []:
        columns = columns_under(severed)
        phi = structure_distance(whole, whole_columns, structure(columns, state), columns, state)
        cuts.append({"from_nodes": severed[0], "to_nodes": severed[1], "phi": phi})
    phi = min((c["phi"] for c in cuts), default=0.0)
    best = [c for c in cuts if c["phi"] <= phi + TOLERANCE]
    return {"phi": phi, "cuts": cuts, "best_cuts": best, "concepts": whole}


def renamed(concepts, nodes):
    """Concepts with global node indices in place of positions in the candidate set."""

    def names(places):
        return tuple(nodes[k] for k in places)

    result = []
    for concept in concepts:
        new = {"mechanism": names(concept["mechanism"]), "phi": concept["phi"]}
        for d in ("cause", "effect"):
            tied = [names(p) for p in concept[d]["tied_purviews"]]
            new[d] = {**concept[d], "purview": names(concept[d]["purview"]), "tied_purviews": tied}
        result.append(new)
    return result


def big_phi(tpm, cm, state, nodes=None):
    """Integrated information of a candidate set in its state.

    Parameters: tpm, 2^n rows of n probabilities; cm, n x n zeros and ones; state, n zeros and ones;
    nodes, indices of the candidate set (all by default). Returns phi; cuts, every unidirectional
    bipartition with its phi; best_cuts, the minimal ones within TOLERANCE; concepts.
    Phi is 0 and cuts is empty for one node, a set not strongly connected, or a whole without concepts.

    >>> copy = [[0, 0], [0, 1], [1, 0], [1, 1]]  # two elements, each a copy of the other
    >>> big_phi(copy, [[0, 1], [1, 0]], (0, 0))["phi"]
    1.0
    """
    nodes = tuple(range(len(state))) if nodes is None else tuple(sorted(nodes))
    inner = tuple(state[i] for i in nodes)
    columns = columns_of(tpm, cm, state, nodes)
    require_reachable(columns, inner, nodes)
    cuttable = nodes if len(nodes) > 1 and strongly_connected(cm, nodes) else ()
    result = minimum_over_cuts(columns, inner, cuttable, lambda cut: columns_of(tpm, cm, state, nodes, cut))
    return {**result, "concepts": renamed(result["concepts"], nodes)}


# Macro elements (Hoel et al. 2016; phi.md section 3) ------------------------------------------------


def macro_state_of(bits, groups, mapping):
    """Each group is ON where its number of ON micro elements is among the counts mapped to ON."""
    return tuple(int(sum(bits[i] for i in g) in on) for g, (_off, on) in zip(groups, mapping, strict=True))


def macro_rows(columns, groups, mapping):
    """Macro state-by-state TPM: micro states of a macro state equally likely, read out the macro state."""
    micro = states_of(len(columns))
    macro = states_of(len(groups))
    rows = []
    for before in macro:
        members = [s for s, bits in enumerate(micro) if macro_state_of(bits, groups, mapping) == before]
        chances = {after: [] for after in macro}
        for s in members:
            for bits in micro:
                chances[macro_state_of(bits, groups, mapping)].append(chance_of_state(columns, s, bits))
        rows.append([math.fsum(chances[after]) / len(members) for after in macro])
    return rows


def marginal_columns(rows):
    """Columns of the macro elements: the marginals of each row; dependence within a row is dropped."""
    macro = states_of((len(rows) - 1).bit_length())
    return tuple(
        tuple(math.fsum(p for p, bits in zip(row, macro, strict=True) if bits[i]) for row in rows)
        for i in range(len(macro[0]))
    )


def dependence_of(rows):
    """Worst-row total variation between a state-by-state TPM and the product of its marginals."""
    columns, macro = marginal_columns(rows), states_of((len(rows) - 1).bit_length())
    return max(
        sum(abs(p - chance_of_state(columns, s, bits)) for p, bits in zip(row, macro, strict=True)) / 2
        for s, row in enumerate(rows)
    )


def effective_information(rows):
    """EI = mean over rows of KL(row, mean row), in bits (Hoel 2013)."""
    mean = [math.fsum(column) / len(rows) for column in zip(*rows, strict=True)]
    gains = [p * math.log2(p / m) for row in rows for p, m in zip(row, mean, strict=True) if p > 0]
    return math.fsum(gains) / len(rows)


def macro_phi(tpm, cm, state, groups, mapping, one_element="zero"):
    """Integrated information of macro elements: groups of all micro elements, mapped by their ON count.

    Parameters: tpm, cm, state as for `big_phi`; groups, a partition of all nodes; mapping, per group
    (counts mapped to OFF, counts mapped to ON); one_element, Phi of a single macro element: "zero", or
    "pyphi" to cut its micro elements as for any other grain. Cuts are of micro elements, the cut system
    is coarse-grained again and its marginals are taken; macro connectivity is all-to-all. Returns the
    dict of `big_phi` (concepts in macro indices, cuts in micro indices) with macro_tpm (state-by-node),
    macro_state, dependence and ei (bits).
    """
    nodes = tuple(range(len(state)))
    if sorted(i for g in groups for i in g) != list(nodes):
        raise ValueError(f"groups {groups} are no partition of nodes {nodes}: name every node once")

    def columns_under(severed):
        return marginal_columns(macro_rows(columns_of(tpm, cm, state, nodes, severed), groups, mapping))

    micro = columns_of(tpm, cm, state, nodes)
    require_reachable(micro, tuple(state), nodes)
    rows = macro_rows(micro, groups, mapping)
    columns = marginal_columns(rows)
    macro_state = macro_state_of(state, groups, mapping)
    cuttable = nodes if len(groups) > 1 or (one_element == "pyphi" and len(nodes) > 1) else ()
    result = minimum_over_cuts(columns, macro_state, cuttable, columns_under)
    macro_tpm = [list(row) for row in zip(*columns, strict=True)]
    extra = {"macro_state": macro_state, "dependence": dependence_of(rows), "ei": effective_information(rows)}
    return {**result, "macro_tpm": macro_tpm, **extra}


def forget():
    """Empty all memos (they grow with every network)."""
    for memo in (transport_of_difference, chance_of_on, effect_repertoire, cause_repertoire, small_phi_of):
        memo.cache_clear()
