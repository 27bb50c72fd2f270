"""Systems unfolded in time: every element once for every update of a macro step, cuts among them, macro TPMs.

Conventions: a macro step is tau micro updates. Unfolded element (i, s), s = 0..tau-1 here, is element i at update s of
the macro step, the oldest first; it is bit ``i + n s`` of a *block*, the state of a macro step. The next block is made
by tau updates: (i, s) reads the k states before it, those of its own block ("within") and those of the block before
("across"); older states than that are averaged out, for every (i, s) for itself. A cut severs the connections from
(j, r) on its sending side to (i, s) on its receiving side, across and within; a severed input is independent uniform
noise (Hoel et al. 2016, "Temporal coarse-graining"; the unfolding is ours, their rule is given by its example only).

Plain numpy, for one grain at a time; the search over all grains uses compiled twins.
"""

from __future__ import annotations

import numpy as np

from .coarse import Grain
from .states import all_states

MAX_UNFOLDED = 12  # elements times tau, or times order: there are 2**12 cuts, and as many blocks


def condition_history(tpm: np.ndarray, nodes: tuple[int, ...], state: tuple[int, ...], order: int) -> np.ndarray:
    """Return the TPM over histories (2**(k order), k) of `nodes`, all other elements frozen in `state` throughout."""
    n, k = tpm.shape[1], len(nodes)
    frozen = sum(int(v) << i for i, v in enumerate(state) if i not in nodes)
    rows = np.zeros(1 << (k * order), dtype=np.int64)
    inside = np.arange(len(rows))
    for lag in range(order):
        rows |= frozen << (n * lag)
        for place, i in enumerate(nodes):
            rows |= ((inside >> (k * lag + place)) & 1) << (n * lag + i)
    return tpm[np.ix_(rows, np.array(nodes))]


def average_inputs(tpm: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Return the TPM (2**bits, k) with the inputs of element j that ``kept[:, j]`` lacks averaged out."""
    bits = kept.shape[0]
    grid = tpm.reshape((2,) * bits + (tpm.shape[1],), order="F")
    for bit in range(bits):
        if not kept[bit].all():
            grid = np.where(kept[bit], grid, grid.mean(axis=bit, keepdims=True))
    return np.ascontiguousarray(grid.reshape(tpm.shape, order="F"))


def window_inputs(n: int, order: int, tau: int, step: int) -> list[int]:
    """Return what each bit of a history reads at an update: the unfolded element, or -1 for older than the last block.

    Bit ``i + n lag`` of the history is element i, `lag` + 1 updates before update `step`. The element's bit is that in
    its own block, ``i + n s``, whether this is the block being made or the one before.
    """
    reads = []
    for lag in range(order):
        at = step - 1 - lag
        reads += [(i + n * (at % tau)) if at >= -tau else -1 for i in range(n)]
    return reads


def update_tables(tpm: np.ndarray, order: int, tau: int, source: int = 0) -> np.ndarray:
    """Return P(element i = 1 at update s | history), shape (tau, 2**(n order), n), after a cut.

    `source` is the bit mask of the unfolded elements on the sending side; 0: nothing is severed.
    """
    n = tpm.shape[1]
    out = np.empty((tau, *tpm.shape))
    for step in range(tau):
        kept = np.ones((n * order, n), dtype=bool)
        for bit, read in enumerate(window_inputs(n, order, tau, step)):
            for i in range(n):
                severed = read >= 0 and source >> read & 1 and not source >> (i + n * step) & 1
                kept[bit, i] = read >= 0 and not severed
        out[step] = average_inputs(tpm, kept)
    return out


def next_blocks(tables: np.ndarray, order: int, tau: int) -> np.ndarray:
    """Return P(next block | block), shape (2**(n tau), 2**(n tau)), from the tables of `update_tables`."""
    n = tables.shape[2]
    size = 1 << (n * tau)
    history = (1 << (n * order)) - 1
    blocks = np.arange(size)
    # The history before the first update: the present state, the last of the block, in the lowest bits.
    start = np.zeros(size, dtype=np.int64)
    for lag in range(min(order, tau)):
        start |= (blocks >> (n * (tau - 1 - lag)) & ((1 << n) - 1)) << (n * lag)
    made = np.ones((size, 1))
    past = start[:, None]
    states = all_states(n)
    for step in range(tau):
        on = tables[step][past]  # (block, path so far, element)
        p = np.where(states, on[..., None, :], 1.0 - on[..., None, :]).prod(axis=-1)  # (block, path, state)
        made = (made[..., None] * p).transpose(0, 2, 1).reshape(size, -1)  # the newest state in the highest bits
        past = ((past << n) & history)[..., None] | np.arange(1 << n)
        past = past.transpose(0, 2, 1).reshape(size, -1)
    return made


def block_states(grain: Grain) -> np.ndarray:
    """Return the macro state's index of every block of the grain's candidate set, shape (2**(k tau),)."""
    place = {node: p for p, node in enumerate(grain.nodes)}
    k = len(place)
    states = all_states(k * grain.tau).reshape(-1, grain.tau, k)
    index = np.zeros(len(states), dtype=np.int64)
    for g, members in enumerate(grain.groups):
        counts = states[:, :, [place[i] for i in members]].sum(axis=2).astype(np.int64)
        weights = (len(members) + 1) ** np.arange(grain.tau)
        on = [int(np.dot(sequence, weights)) for sequence in grain.on_sequences(g)]
        index |= np.isin(counts @ weights, on).astype(np.int64) << g
    return index


def temporal_macro_tpm(blocks: np.ndarray, grain: Grain) -> np.ndarray:
    """Return the macro TPM, state-by-state, shape (2**m, 2**m), from P(next block | block) of the candidate set."""
    index = block_states(grain)
    wide = 1 << len(grain.groups)
    to = np.zeros((len(index), wide))
    for macro in range(wide):
        to[:, macro] = blocks[:, index == macro].sum(axis=1)
    return np.array([to[index == macro].mean(axis=0) for macro in range(wide)])
