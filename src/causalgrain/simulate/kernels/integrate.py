"""The clock of a conductance-based integrate-and-fire network: one call advances it by many steps.

Conventions: potentials in mV; conductances in units of the leak conductance; time in steps. Rows of `state`:
``POTENTIAL``, ``EXCITATORY``, ``INHIBITORY``, ``ADAPTATION`` (conductances) and ``WAIT`` (steps left in refractory).
In a step, in this order:

1. spikes that were fired `delay` steps ago, and the drive's events of this step, add to the conductances;
2. the membrane moves by the midpoint rule, with the conductances in the middle of the step, unless the cell is
   refractory, and conductances decay by their exact factors;
3. cells at or above threshold fire, are reset, adapt, and wait.

Only additions, multiplications and divisions, in a fixed order: same input, same bytes.
"""

from __future__ import annotations

import numpy as np

from ._compile import kernel

POTENTIAL, EXCITATORY, INHIBITORY, ADAPTATION, WAIT = range(5)


@kernel
def advance(
    state: np.ndarray,  # (5, cells)
    pending: np.ndarray,  # (delay, cells) int32: who fired, a row a step of the past
    n_pending: np.ndarray,  # (delay,) int64
    first: int,  # number of the first step
    starts: np.ndarray,  # (cells + 1,) int64: where each cell's targets begin
    targets: np.ndarray,  # int32
    n_excitatory: int,  # the first so many cells excite, the rest inhibit
    constants: np.ndarray,  # see `balanced_engine.constants`
    efficacy: np.ndarray,  # (2, steps) of inhibitory synapses onto excitatory and onto inhibitory cells
    drive_starts: np.ndarray,  # (steps + 1,) int64
    drive_targets: np.ndarray,  # int32
    out_step: np.ndarray,  # int64, long enough for all spikes
    out_cell: np.ndarray,  # int32
) -> int:
    """Advance `state` by the steps of `efficacy`; write spikes (step, cell) in order of time; return how many."""
    half, leak, top, bottom, hold = constants[0], constants[1], constants[2], constants[3], constants[4]
    rev_e, rev_i, rev_a, tonic = constants[5], constants[6], constants[7], constants[8]
    decay_e, decay_i, decay_a = constants[9], constants[10], constants[11]
    mid_e, mid_i, mid_a = constants[12], constants[13], constants[14]
    weight_e, weight_i, weight_x, step_a = constants[15], constants[16], constants[17], constants[18]
    cells, delay = state.shape[1], len(n_pending)
    v, g_e, g_i, g_a, wait = state[0], state[1], state[2], state[3], state[4]
    fired = 0
    for step in range(efficacy.shape[1]):
        row = (first + step) % delay
        for k in range(n_pending[row]):
            cell = pending[row, k]
            if cell < n_excitatory:
                for j in range(starts[cell], starts[cell + 1]):
                    g_e[targets[j]] += weight_e
            else:
                onto_e, onto_i = weight_i * efficacy[0, step], weight_i * efficacy[1, step]
                for j in range(starts[cell], starts[cell + 1]):
                    g_i[targets[j]] += onto_e if targets[j] < n_excitatory else onto_i
        for j in range(drive_starts[step], drive_starts[step + 1]):
            g_e[drive_targets[j]] += weight_x
        for i in range(cells):
            e, n, a = g_e[i] * mid_e + tonic, g_i[i] * mid_i, g_a[i] * mid_a
            pull = half * (1.0 + e + n + a)
            aim = 2.0 * half * (leak + e * rev_e + n * rev_i + a * rev_a)
            moved = ((1.0 - pull) * v[i] + aim) / (1.0 + pull)
            v[i] = moved if wait[i] < 0.5 else bottom
            wait[i] = wait[i] - 1.0 if wait[i] > 0.5 else 0.0
            g_e[i] *= decay_e
            g_i[i] *= decay_i
            g_a[i] *= decay_a
        count = 0
        for i in range(cells):
            if v[i] >= top:
                pending[row, count] = i
                count += 1
                v[i] = bottom
                wait[i] = hold
                if i < n_excitatory:
                    g_a[i] += step_a
                out_step[fired] = first + step
                out_cell[fired] = i
                fired += 1
        n_pending[row] = count
    return fired
