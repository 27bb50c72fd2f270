"""Systems beyond the reach of the oracle: seven and eight elements, against their own symmetry and definitions."""

import numpy as np
import pytest

import causalgrain as cg
from causalgrain.systems.gates import AND


def ring(n, **noise):
    names = [f"n{i}" for i in range(n)]
    return cg.Network.from_gates({name: AND(names[i - 1], names[(i + 1) % n], **noise) for i, name in enumerate(names)})


@pytest.mark.parametrize("n", [7, 8])
def test_and_ring_looks_the_same_from_every_element(n):
    result = cg.big_phi(ring(n), "0" * n)
    assert result.phi == pytest.approx(0.1388888888888889, abs=1e-12)
    singles = [c for c in result.structure if len(c.mechanism) == 1]
    assert len(singles) == n
    assert {round(c.phi, 12) for c in singles} == {round(singles[0].phi, 12)}
    turned = {tuple(sorted((i + 1) % n for i in c.from_nodes)) for c in (result.cut, *result.ties)}
    assert turned == {c.from_nodes for c in (result.cut, *result.ties)}


def test_a_mechanism_over_seven_elements():
    """One element reads seven: its core cause spans them, so the distance runs over several words."""
    n = 8
    names = "ABCDEFGH"
    gates = {"A": AND(*names[1:], on=0.9, off=0.2)} | {name: AND("A", on=0.8, off=0.1) for name in names[1:]}
    net = cg.Network.from_gates(gates)
    concept = cg.big_phi(net, "1" * n, max_cost=1e9).structure[(0,)]
    assert concept.cause.purview == tuple(range(1, n))
    # By hand: given A = 1, P(all on) = .9 / (.9 + 127 * .2), the others .2 / (.9 + 127 * .2).
    total = 0.9 + 127 * 0.2
    assert concept.cause.repertoire[-1] == pytest.approx(0.9 / total, abs=1e-14)
    assert concept.cause.repertoire[:-1] == pytest.approx(np.full(127, 0.2 / total), abs=1e-14)
    assert concept.cause.phi == pytest.approx(
        cg.emd(concept.cause.repertoire, concept.cause.partitioned_repertoire), abs=1e-12
    )
