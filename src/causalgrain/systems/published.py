"""Example systems of the literature, by name, with their state and their source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .._checks import choose
from .gates import AND, COPY, OR, TABLE, XOR, Gate
from .network import Network

HOEL_2016 = "Hoel, Albantakis, Marshall & Tononi (2016) Neurosci Conscious niw012"
IIT_3 = "Oizumi, Albantakis & Tononi (2014) PLoS Comput Biol 10:e1003588"
PYPHI = "Mayner et al. (2018) PLoS Comput Biol 14:e1006343"


@dataclass(frozen=True)
class PublishedSystem:
    """A system of the literature.

    Attributes
    ----------
    name : str
        Its name here.
    about : str
        What it is, in one line.
    state : str
        The state in which the source looks at it, element 0 first.
    citation : str
    caution : str
        What about it is not certain, or "".
    """

    name: str
    about: str
    state: str
    citation: str
    gates: Callable[[], dict[str, Gate]]
    caution: str = ""

    @property
    def network(self) -> Network:
        """The system as a Network."""
        return Network.from_gates(self.gates())


def _noisy_and(a: str, b: str) -> Gate:
    return AND(a, b, off=0.3)


def _either(a: str, b: str, other: str) -> Gate:
    """1 if a and b, else .9 if the other input, else .3."""
    return TABLE(a, b, other, probabilities=[0.3, 0.3, 0.3, 1.0, 0.9, 0.9, 0.9, 1.0])


def _rule_154(left: str, middle: str, right: str) -> Gate:
    # Wolfram's numbering: neighbourhood (left, middle, right) read as a binary number, left most significant.
    return TABLE(right, middle, left, probabilities=[154 >> index & 1 for index in range(8)])


_SYSTEMS = (
    PublishedSystem(
        "hoel2016-fig2",
        "four noisy ANDs in two pairs that read each other: macro beats micro in space",
        "0000",
        f"{HOEL_2016}, Fig. 2",
        lambda: {
            "A": _noisy_and("C", "D"), "B": _noisy_and("C", "D"), "C": _noisy_and("A", "B"), "D": _noisy_and("A", "B"),
        },
    ),
    PublishedSystem(
        "hoel2016-fig4",
        "a ring of three pairs of deterministic ANDs: macro beats micro by less degeneracy",
        "000000",
        f"{HOEL_2016}, Fig. 4",
        lambda: {
            "A": AND("E", "F"), "B": AND("E", "F"), "C": AND("A", "B"),
            "D": AND("A", "B"), "E": AND("C", "D"), "F": AND("C", "D"),
        },
    ),
    PublishedSystem(
        "hoel2016-fig6",
        "four noisy elements and two ANDs: effective information sees no emergence, Phi does",
        "000000",
        f"{HOEL_2016}, Fig. 6",
        lambda: {
            "A": _either("C", "D", "E"), "B": _noisy_and("C", "D"), "C": _noisy_and("A", "B"),
            "D": _either("A", "B", "F"), "E": AND("C", "F"), "F": AND("B", "E"),
        },
        caution="the inputs of E and F are only in a figure; these are the best candidate, not certain",
    ),
    PublishedSystem(
        "iit3-fig1",
        "six elements of which A, B, C form the complex of Fig. 4",
        "100010",
        f"{IIT_3}, Fig. 1A",
        lambda: {
            "A": OR("B", "C", "D"), "B": AND("A", "C"), "C": XOR("A", "B"),
            "D": TABLE("A", probabilities=[0.0, 0.0]), "E": COPY("B"), "F": TABLE("A", probabilities=[0.0, 0.0]),
        },
        caution="D and F read nothing that is known to us: they stay off",
    ),
    PublishedSystem(
        "iit3-fig4",
        "OR, AND, XOR of each other",
        "100",
        f"{IIT_3}, Fig. 4",
        lambda: {"A": OR("B", "C"), "B": AND("A", "C"), "C": XOR("A", "B")},
    ),
    PublishedSystem(
        "iit3-fig5a",
        "a system without integration: A reads B and C, nothing reads A",
        "111",
        f"{IIT_3}, Fig. 5A",
        lambda: {"A": AND("B", "C"), "B": COPY("C"), "C": COPY("B")},
    ),
    PublishedSystem(
        "basic",
        "OR, COPY, XOR: the three-element example of the peer's paper",
        "100",
        f"{PYPHI}, Fig. 1",
        lambda: {"A": OR("B", "C"), "B": COPY("C"), "C": XOR("A", "B")},
    ),
    PublishedSystem(
        "xor-3",
        "three XORs, each of the other two",
        "000",
        f"{PYPHI}, examples",
        lambda: {"A": XOR("B", "C"), "B": XOR("A", "C"), "C": XOR("A", "B")},
    ),
    PublishedSystem(
        "and-or",
        "an OR and an AND of the same two elements",
        "11",
        f"{PYPHI}, examples",
        lambda: {"A": OR("A", "B"), "B": AND("A", "B")},
    ),
    PublishedSystem(
        "rule154-5",
        "elementary cellular automaton 154 on a ring of five cells",
        "10000",
        "Albantakis & Tononi (2015) Entropy 17:5472",
        lambda: {
            name: _rule_154("ABCDE"[i - 1], name, "ABCDE"[(i + 1) % 5]) for i, name in enumerate("ABCDE")
        },
    ),
)  # fmt: skip

SYSTEMS: dict[str, PublishedSystem] = {system.name: system for system in _SYSTEMS}


def published_system(name: str) -> PublishedSystem:
    """Return a published system with its state, source and cautions.

    >>> published_system("hoel2016-fig2").state
    '0000'
    """
    return SYSTEMS[choose(name, tuple(SYSTEMS), "published system")]


def published(name: str) -> Network:
    """Return the network of a published system.

    Parameters
    ----------
    name : str
        One of :data:`SYSTEMS`; ``causalgrain systems`` lists them.

    Examples
    --------
    >>> published("basic")
    Network of 3 elements (A, B, C), 5 edges: A -> C; B -> A, C; C -> A, B
    """
    return published_system(name).network
