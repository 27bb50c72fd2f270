"""Slow oracle of integrated information over macro steps: systems unfolded in time, the definitions written out.

Witness for the compiled code: it shares no line with the package. Every next block is walked through, every noisy input
averaged by writing out its values. From `oracle.py` come only what a system of columns is, its concepts and distances.

Source: Hoel, Albantakis, Marshall, Tononi (2016) Neurosci Conscious niw012, "Temporal coarse-graining" and Fig. 5. The
paper shows the unfolding by its example only; the general rule is the project's.

Conventions
* A macro step is tau micro updates. Unfolded element (i, s), s = 1..tau, 1 the oldest: element i at update s of the
  step. In a candidate set of m elements its number is place + m (s - 1), place = position of i in the sorted set. A
  *block* is a tuple of tau states of the set, oldest first.
* The TPM is state-by-node over histories: row index = sum of bit (element j, l updates back) << (j + n (l - 1)),
  l = 1 the present state. A *history* is written oldest first; of it the last tau states count.
* The next block is made by tau updates. (i, s) reads element j, l updates back, for l = 1..k: in its own block where
  s - l >= 1, else in the block before at s - l + tau; where this is no update of that block, it is noise.
* Outside elements keep the present state (the last of the history) at every update and lag.
* Noise: both values equally likely, for every unfolded element and every read of its own.
* A cut (from, to) turns into noise all that unfolded elements in `to` read of unfolded elements in `from`, whether in
  the same block or in the one before.
* A macro state is set by the uniform average over its blocks; the macro state of the next block is read out. After a
  cut only the marginals are kept. Macro connectivity is all-to-all. One macro element: Phi = 0.
"""

import math
from itertools import product

from reference import oracle

AFTER_CUT = ("all", "split")


# Blocks -----------------------------------------------------------------------------------------------


def blocks_of(size, tau):
    """All blocks of `size` elements over `tau` updates."""
    return list(product(oracle.states_of(size), repeat=tau))


def place_of_read(s, lag, tau):
    """Where update s looks `lag` updates back: ("own", r), ("previous", r), or None for before that."""
    r = s - lag
    if r >= 1:
        return "own", r
    return ("previous", r + tau) if r + tau >= 1 else None


def average_over_noise(tpm, size, order, element, known):
    """P(element ON), where `known` gives the value of some (j, lag) and all others are uniform noise."""
    noisy = [(j, lag) for lag in range(1, order + 1) for j in range(size) if (j, lag) not in known]
    chances = []
    for values in product((0, 1), repeat=len(noisy)):
        history = {**known, **dict(zip(noisy, values, strict=True))}
        row = sum(bit << (j + size * (lag - 1)) for (j, lag), bit in history.items())
        chances.append(float(tpm[row][element]))
    return math.fsum(chances) / len(chances)


class UnfoldedSystem:
    """A candidate set over a macro step of tau updates, in its background, under one cut."""

    def __init__(self, tpm, tau, nodes, background, severed=((), ())):
        self.tpm, self.tau, self.nodes, self.background, self.severed = tpm, tau, nodes, background, severed
        self.size = len(background)
        self.order = (len(tpm).bit_length() - 1) // self.size
        self.remembered = {}

    def number(self, element, s):
        """Number of the unfolded element (element, s)."""
        return self.nodes.index(element) + len(self.nodes) * (s - 1)

    def known_inputs(self, i, s, previous, own):
        """What (i, s) knows: the values of (j, lag) that are no noise. `own`: the updates of this block so far."""
        known = {}
        for lag in range(1, self.order + 1):
            where = place_of_read(s, lag, self.tau)
            for j in range(self.size):
                if j not in self.nodes:
                    known[j, lag] = self.background[j]
                elif where is not None:
                    cut = self.number(j, where[1]) in self.severed[0] and self.number(i, s) in self.severed[1]
                    if not cut:
                        block = own if where[0] == "own" else previous
                        known[j, lag] = block[where[1] - 1][self.nodes.index(j)]
        return known

    def chance_of_on(self, i, s, previous, own):
        """P(element i is ON at update s | the block before, the updates of this one so far)."""
        known = self.known_inputs(i, s, previous, own)
        key = i, tuple(known.items())
        if key not in self.remembered:
            self.remembered[key] = average_over_noise(self.tpm, self.size, self.order, i, known)
        return self.remembered[key]

    def chances_of_next_blocks(self, previous):
        """{block: P(block | the block before)}: one factor for every unfolded element."""
        found = {}
        for block in blocks_of(len(self.nodes), self.tau):
            chance = 1.0
            for s in range(1, self.tau + 1):
                for place, i in enumerate(self.nodes):
                    on = self.chance_of_on(i, s, previous, block[: s - 1])
                    chance *= on if block[s - 1][place] else 1 - on
            found[block] = chance
        return found


# Macro elements ---------------------------------------------------------------------------------------


def macro_state_of(block, nodes, groups, mapping):
    """State of every group: by its number of ON elements in the block, or by their numbers at each update."""
    state = []
    for group, on in zip(groups, mapping, strict=True):
        counts = tuple(sum(update[nodes.index(i)] for i in group) for update in block)
        by_sequence = not isinstance(on[0], int)
        state.append(int(counts in {tuple(o) for o in on}) if by_sequence else int(sum(counts) in on))
    return tuple(state)


def macro_rows(system, groups, mapping):
    """Macro state-by-state TPM: blocks of a macro state equally likely, the next block's macro state read out."""
    macro_states = oracle.states_of(len(groups))
    members = {before: [] for before in macro_states}
    for block in blocks_of(len(system.nodes), system.tau):
        members[macro_state_of(block, system.nodes, groups, mapping)].append(block)
    rows = []
    for before in macro_states:
        sums = dict.fromkeys(macro_states, 0.0)
        for block in members[before]:
            for after, chance in system.chances_of_next_blocks(block).items():
                sums[macro_state_of(after, system.nodes, groups, mapping)] += chance
        rows.append([sums[after] / len(members[before]) for after in macro_states])
    return rows


# Phi --------------------------------------------------------------------------------------------------


def concepts_after(columns, state, whole, severed, unfolded_of, after_cut):
    """Concepts of the cut system.

    "all": every mechanism is considered (IIT 3.0 to the letter). "split": those that were concepts of the whole, and
    those whose unfolded elements lie on both sides of the cut.
    """
    found = oracle.structure(columns, state)
    if after_cut == "all":
        return found
    were = [c["mechanism"] for c in whole]

    def split(mechanism):
        elements = {u for g in mechanism for u in unfolded_of[g]}
        return bool(elements & set(severed[0])) and bool(elements & set(severed[1]))

    return [c for c in found if c["mechanism"] in were or split(c["mechanism"])]


def block_at_the_end(history, nodes, tau):
    """The block of the candidate set that a history, oldest first, ends in."""
    return tuple(tuple(state[i] for i in nodes) for state in history[len(history) - tau :])


def macro_measures(tpm, tau, groups, mapping, history):
    """What needs no state but the background's: macro_tpm (state-by-state), dependence, ei (bits)."""
    nodes = tuple(sorted(i for g in groups for i in g))
    rows = macro_rows(UnfoldedSystem(tpm, tau, nodes, tuple(history[-1])), groups, mapping)
    return {"macro_tpm": rows, "dependence": oracle.dependence_of(rows), "ei": oracle.effective_information(rows)}


def reachable(tpm, tau, nodes, history):
    """Whether some block of the candidate set, in its background, leads to the one that the history ends in."""
    block = block_at_the_end(history, nodes, tau)
    system = UnfoldedSystem(tpm, tau, nodes, tuple(history[-1]))
    return any(system.chances_of_next_blocks(x)[block] > 0 for x in blocks_of(len(nodes), tau))


def unfolded_phi(tpm, tau, groups, mapping, history, after_cut=AFTER_CUT):
    """Integrated information of macro elements in space and time.

    Parameters: tpm, 2**(n k) rows of n probabilities; tau, micro updates of a macro step; groups, disjoint groups of
    elements, their union is the candidate set; mapping, per group the ON counts over the block, or sequences of counts,
    one an update; history, states of all n elements, oldest first, at least tau; after_cut, rules for the mechanisms
    considered after a cut. Returns the dict of `macro_measures` with macro_state; concepts (macro indices); and for
    each rule of `after_cut` a dict of phi, cuts (each with its distance), best_cuts (minimal within oracle.TOLERANCE).

    >>> swap = [[0, 0], [0, 1], [1, 0], [1, 1]]  # two elements, each a copy of the other
    >>> found = unfolded_phi(swap, 1, [[0], [1]], [[1], [1]], [(1, 1)])
    >>> found["split"]["phi"], found["ei"]
    (1.0, 2.0)
    """
    nodes = tuple(sorted(i for g in groups for i in g))
    background = tuple(history[-1])
    if not reachable(tpm, tau, nodes, history):
        raise ValueError(f"block of elements {nodes} in {history} has no cause: choose a history with a predecessor")
    measures = macro_measures(tpm, tau, groups, mapping, history)
    columns = oracle.marginal_columns(measures["macro_tpm"])
    state = macro_state_of(block_at_the_end(history, nodes, tau), nodes, groups, mapping)
    whole = oracle.structure(columns, state)
    number = UnfoldedSystem(tpm, tau, nodes, background).number
    unfolded_of = [{number(i, s) for i in g for s in range(1, tau + 1)} for g in groups]
    found = {rule: [] for rule in after_cut}
    cuttable = whole and len(groups) > 1
    for severed in oracle.directed_bipartitions(tuple(range(len(nodes) * tau))) if cuttable else []:
        cut = UnfoldedSystem(tpm, tau, nodes, background, severed)
        cut_columns = oracle.marginal_columns(macro_rows(cut, groups, mapping))
        for rule, cuts in found.items():
            after = concepts_after(cut_columns, state, whole, severed, unfolded_of, rule)
            distance = oracle.structure_distance(whole, columns, after, cut_columns, state)
            cuts.append({"from_nodes": severed[0], "to_nodes": severed[1], "phi": distance})
    by_rule = {}
    for rule, cuts in found.items():
        phi = min((c["phi"] for c in cuts), default=0.0)
        best = [c for c in cuts if c["phi"] <= phi + oracle.TOLERANCE]
        by_rule[rule] = {"phi": phi, "cuts": cuts, "best_cuts": best}
    return {**measures, "macro_state": state, "concepts": whole, **by_rule}


def first_order(tpm, size):
    """TPM over present states alone: older states are noise, for every element of its own."""
    order = (len(tpm).bit_length() - 1) // size
    rows = []
    for state in oracle.states_of(size):
        known = {(j, 1): bit for j, bit in enumerate(state)}
        rows.append([average_over_noise(tpm, size, order, i, known) for i in range(size)])
    return rows
