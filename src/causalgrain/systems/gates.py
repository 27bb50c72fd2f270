"""Logic gates with noise, the mechanisms of the field's example systems.

A gate maps the states of its inputs to P(ON). ``noise`` is the probability that the output flips; ``on`` and
``off`` set P(ON) when the gate's condition holds and when it doesn't (so AND(..., off=0.3) is "1 if all are on,
else 1 with p = .3", Hoel et al. 2016, Fig. 2).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._checks import node_indices
from .._errors import InputError
from .states import all_states

Input = str | int


@dataclass(frozen=True)
class Gate:
    """One element's rule: P(ON) for every state of its inputs.

    Attributes
    ----------
    name : str
        What it is called.
    inputs : tuple of str or int
        The elements it reads; the first varies fastest in `table`.
    table : tuple of float, length 2**len(inputs)
        P(ON) given each state of the inputs, in index order.
    """

    name: str
    inputs: tuple[Input, ...]
    table: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.table) != 1 << len(self.inputs):
            raise InputError(
                f"{self.name} gate",
                expected=f"{1 << len(self.inputs)} entries for {len(self.inputs)} inputs",
                got=str(len(self.table)),
                remedy="One probability a state of the inputs, the first input varying fastest.",
            )
        if len(set(self.inputs)) != len(self.inputs):
            raise InputError(
                f"{self.name} gate",
                expected="inputs that differ",
                got=repr(self.inputs),
                remedy="Name each input once.",
            )
        if not all(0.0 <= p <= 1.0 for p in self.table):
            raise InputError(
                f"{self.name} gate",
                expected="probabilities in [0, 1]",
                got=repr(self.table),
                remedy="Check noise, on and off.",
            )


def _gate(
    name: str,
    inputs: Sequence[Input],
    condition: Callable[[np.ndarray], Any],
    noise: float,
    on: float | None,
    off: float | None,
    needs: int = 1,
) -> Gate:
    if len(inputs) < needs:
        raise InputError(
            f"{name} gate",
            expected=f"at least {needs} input",
            got=str(len(inputs)),
            remedy="Name what it reads.",
        )
    high = 1.0 - noise if on is None else on
    low = noise if off is None else off
    holds = condition(all_states(len(inputs)).astype(int))
    return Gate(name, tuple(inputs), tuple(float(high if h else low) for h in holds))


def AND(*inputs: Input, noise: float = 0.0, on: float | None = None, off: float | None = None) -> Gate:
    """ON if all inputs are on.

    >>> AND("A", "B").table
    (0.0, 0.0, 0.0, 1.0)
    """
    return _gate("AND", inputs, lambda s: s.all(axis=1), noise, on, off)


def OR(*inputs: Input, noise: float = 0.0, on: float | None = None, off: float | None = None) -> Gate:
    """ON if any input is on."""
    return _gate("OR", inputs, lambda s: s.any(axis=1), noise, on, off)


def XOR(*inputs: Input, noise: float = 0.0, on: float | None = None, off: float | None = None) -> Gate:
    """ON if an odd number of inputs is on (parity)."""
    return _gate("XOR", inputs, lambda s: s.sum(axis=1) % 2 == 1, noise, on, off)


def NOT(source: Input, *, noise: float = 0.0, on: float | None = None, off: float | None = None) -> Gate:
    """ON if the input is off."""
    return _gate("NOT", (source,), lambda s: s[:, 0] == 0, noise, on, off)


def COPY(source: Input, *, noise: float = 0.0, on: float | None = None, off: float | None = None) -> Gate:
    """ON if the input is on."""
    return _gate("COPY", (source,), lambda s: s[:, 0] == 1, noise, on, off)


def MAJORITY(*inputs: Input, noise: float = 0.0, on: float | None = None, off: float | None = None) -> Gate:
    """ON if more than half of the inputs are on (a tie of an even number is OFF).

    >>> MAJORITY("A", "B", "C").table
    (0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0)
    """
    return _gate("MAJORITY", inputs, lambda s: 2 * s.sum(axis=1) > s.shape[1], noise, on, off)


def THRESHOLD(
    *inputs: Input, at_least: int, noise: float = 0.0, on: float | None = None, off: float | None = None
) -> Gate:
    """ON if at least `at_least` inputs are on.

    >>> THRESHOLD("A", "B", at_least=1) == Gate("THRESHOLD", ("A", "B"), OR("A", "B").table)
    True
    """
    return _gate("THRESHOLD", inputs, lambda s: s.sum(axis=1) >= at_least, noise, on, off)


def TABLE(*inputs: Input, probabilities: Sequence[float]) -> Gate:
    """Any rule: P(ON) for each state of the inputs, the first input varying fastest.

    >>> TABLE("A", "B", probabilities=[0.3, 0.3, 0.3, 1.0]) == Gate("TABLE", ("A", "B"), AND("A", "B", off=0.3).table)
    True
    """
    return Gate("TABLE", tuple(inputs), tuple(float(p) for p in probabilities))


def tables(gates: Sequence[Gate], labels: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the state-by-node TPM (2**n, n) and the edges (n, n) of one gate an element."""
    n = len(gates)
    states = all_states(n).astype(np.int64)
    tpm = np.empty((1 << n, n))
    edges = np.zeros((n, n), dtype=bool)
    for i, gate in enumerate(gates):
        if not isinstance(gate, Gate):
            raise InputError(
                f"gate of {labels[i]}",
                expected="a Gate, such as AND('A', 'B')",
                got=repr(gate),
                remedy="Make it with a function of causalgrain.systems.gates.",
            )
        sources = [node_indices(source, labels, f"inputs of {labels[i]}")[0] for source in gate.inputs]
        index = np.zeros(1 << n, dtype=np.int64)
        for place, source in enumerate(sources):
            index |= states[:, source] << place
            edges[source, i] = True
        tpm[:, i] = np.array(gate.table)[index]
    return tpm, edges


__all__ = ["AND", "COPY", "MAJORITY", "NOT", "OR", "TABLE", "THRESHOLD", "XOR", "Gate", "tables"]
