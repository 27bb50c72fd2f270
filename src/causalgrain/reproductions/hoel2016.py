"""Hoel, Albantakis, Marshall & Tononi (2016), "Can the macro beat the micro?": every number in the text.

A row's basis is *stated* where the paper's text says what the system does (Figs. 2, 4 and what Fig. 6 says of A to D),
a *candidate* where a rule stands only in a figure that we don't have and the best candidate is used (Fig. 5: the
first-order marginal that gives the printed micro values; Fig. 6: what E and F read), *unknown* where nothing can be had
(Fig. 5's second-order rule). Nothing is fitted to look right.
"""

from __future__ import annotations

import numpy as np

from ..grains.paths import grain_path
from ..grains.search import scan
from ..information.effective import effective_information, state_determinism
from ..phi.complexes import complexes
from ..phi.results import IntegratedInformation
from ..phi.selectivity import concept_distances, selectivity_table
from ..phi.system import big_phi
from ..profile import GrainProfile
from ..systems.coarse import Grain, as_grain
from ..systems.network import Network
from ..systems.published import published
from .rows import PrintedValue

PAPER = "Hoel, Albantakis, Marshall & Tononi (2016) Can the macro beat the micro? Neurosci Conscious niw012"
FIG5_MARGINAL = ((0.25, 0.25), (0.25, 0.5), (0.5, 0.25), (0.5, 0.5))
"""Each of two elements reads the other: P(ON) = .25 if it was off, .5 if on. Rows: AB = 00, 10, 01, 11."""

SIDES = "by the paper's rule the side with the smaller phi counts, the cause ({:.4f}); the effect side has {:.4f}"
E_AND_F = "what E and F read stands only in the figure; candidate E = AND(C, F), F = AND(B, E)"
CAPTION = "as the text says (of state 11: state_determinism); the figure's caption prints both the other way round"
PATH = "path by our definition (grain_path): the paper gives it as a picture"
ORDER_2 = "the second-order rule stands only in the figure"
MARGINAL = "from the first-order marginal recovered from the printed values"


def rows() -> tuple[PrintedValue, ...]:
    """Compute all rows; a few seconds."""
    return (*_fig1(), *_fig2(), *_fig4(), *_fig5(), *_fig6(), *_fig7())


def _fig1() -> list[PrintedValue]:
    """Fig. 1B: two elements whose state 11 comes from, and goes to, 11 alone; or anything at all.

    The text says determinism 0, degeneracy 1 of the second; the figure's caption prints both the other way round.
    """
    copies = Network([[a & 1, a >> 1 & 1] for a in range(4)])
    noise = Network(np.full((4, 2), 0.5))
    out = []
    for what, net, determinism, degeneracy in (
        ("11 from 11, to 11", copies, "1", "0"),
        ("total noise", noise, "0", "1"),
    ):
        found = state_determinism(net, "11")
        note = CAPTION if net is noise else ""
        out.append(PrintedValue("Fig 1B", f"{what}: determinism", determinism, found.determinism, note=note))
        out.append(PrintedValue("Fig 1B", f"{what}: degeneracy", degeneracy, found.degeneracy, note=note))
    return out


def _fig2() -> list[PrintedValue]:
    net, state = published("hoel2016-fig2"), "0000"
    pairs = as_grain(["AB", "CD"], labels="ABCD")
    micro, macro, profile = big_phi(net, state), big_phi(net, state, grain=pairs), scan(net, state)
    one, two = _means(micro), _means(macro)
    sides = SIDES.format(one["cause"], one["effect"])
    return [
        PrintedValue("Fig 2", "micro: concepts", "4", float(len(micro.structure))),
        PrintedValue("Fig 2", "micro: phi of every concept", "0.17", _common_phi(micro)),
        PrintedValue("Fig 2", "micro: Phi", "0.11", micro.phi),
        PrintedValue("Fig 2", "micro: MIP", "{AC} -> {BD}", _cut(micro, net), note=_tied(micro)),
        PrintedValue("Fig 2", "dimensions of the micro cause-effect space", "32", float(2 << len(micro.names))),
        PrintedValue("Fig 2", "concepts that overlap", "A/B, C/D", _overlapping(micro)),
        PrintedValue("Fig 2", "micro: mean distance between concepts", "0.9", one["distance"]),
        PrintedValue("Fig 2", "macro: grain of the largest Phi", "{AB}{CD} ON=2|2", _peak(profile)),
        PrintedValue("Fig 2", "macro: Phi", "0.6", macro.phi),
        PrintedValue("Fig 2", "macro: phi of both concepts", "0.46", _common_phi(macro)),
        PrintedValue(
            "Fig 2",
            "macro: MIP, of micro elements",
            "{AC} -> {BD}",
            _cut(macro, net),
            note=_tied(macro),
        ),
        PrintedValue("Fig 2", "macro: concepts", "2", float(len(macro.structure))),
        PrintedValue("Fig 2", "dimensions of the macro cause-effect space", "8", float(2 << len(macro.names))),
        PrintedValue("Fig 2", "macro: mean distance between concepts", "1.91", two["distance"]),
        PrintedValue("Fig 3", "micro: repertoire size", "2", one["size"]),
        PrintedValue("Fig 3", "macro: repertoire size", "1", two["size"]),
        PrintedValue("Fig 3", "micro: irreducible selectivity", "0.09", one["irreducible"], note=sides),
        PrintedValue("Fig 3", "micro: irreducible selectivity of the effect side", "0.09", one["effect"]),
        PrintedValue("Fig 3", "macro: irreducible selectivity", "0.37", two["irreducible"]),
        PrintedValue("Fig 3", "macro: side with the smaller phi", "effect", _side(macro)),
        PrintedValue("Fig 3", "micro: selectivity shift", "0", one["shift"]),
        PrintedValue("Fig 3", "macro: selectivity shift", "0.09", two["shift"]),
        PrintedValue(
            "Fig 3", "phi lost by repertoire size", "0.09", one["irreducible"] * (one["size"] - two["size"]), note=sides
        ),
        PrintedValue("Fig 3", "phi gained by irreducible selectivity", "0.28", two["irreducible"] - one["irreducible"]),
        PrintedValue("Fig 3", "phi gained by selectivity shift", "0.09", two["shift"] - one["shift"]),
    ]


def _fig4() -> list[PrintedValue]:
    net, state = published("hoel2016-fig4"), "000000"
    pairs = as_grain(["AB", "CD", "EF"], labels="ABCDEF")
    micro, macro, profile = big_phi(net, state), big_phi(net, state, grain=pairs), scan(net, state)
    one, two = _means(micro), _means(macro)
    return [
        PrintedValue("Fig 4", "micro: phi of every concept", "0.167", _common_phi(micro)),
        PrintedValue("Fig 4", "micro: repertoire size", "2", one["size"]),
        PrintedValue("Fig 4", "micro: irreducible selectivity", "0.083", one["irreducible"]),
        PrintedValue("Fig 4", "micro: selectivity shift", "0", one["shift"]),
        PrintedValue("Fig 4", "micro: Phi", "0.19", micro.phi),
        PrintedValue("Fig 4", "micro: MIP", "{A} -> {BCDEF}", _cut(micro, net), note=_tied(micro)),
        PrintedValue("Fig 4", "micro: mean distance between concepts", "1.33", one["distance"]),
        PrintedValue("Fig 4", "macro: grain of the largest Phi", "{AB}{CD}{EF} ON=2|2|2", _peak(profile)),
        PrintedValue("Fig 4", "macro: Phi", "0.83", macro.phi),
        PrintedValue("Fig 4", "macro: MIP", "{ABCDE} -> {F}", _cut(macro, net), note=_tied(macro)),
        PrintedValue("Fig 4", "macro: phi of every concept", "0.5", _common_phi(macro)),
        PrintedValue("Fig 4", "macro: repertoire size", "1", two["size"]),
        PrintedValue("Fig 4", "macro: irreducible selectivity", "0.5", two["irreducible"]),
        PrintedValue("Fig 4", "macro: selectivity shift", "0", two["shift"]),
        PrintedValue("Fig 4", "macro: mean distance between concepts", "2", two["distance"]),
    ]


def _fig5() -> list[PrintedValue]:
    net = Network(FIG5_MARGINAL)
    micro = big_phi(net, "11")
    one = _means(micro)
    law = "phi = size (selectivity + shift) would be 0 with the printed pair; phi is .125"

    def candidate(quantity: str, paper: str, ours: float | str, note: str = "") -> PrintedValue:
        return PrintedValue("Fig 5", f"micro: {quantity}", paper, ours, "candidate", note or MARGINAL)

    out = [
        candidate("Phi", "0.07", micro.phi),
        candidate("MIP", "{A} -> {B}", _cut(micro, net), f"{MARGINAL}; tied with {len(micro.ties)} more"),
        candidate("concepts", "2", float(len(micro.structure))),
        candidate("repertoire size", "1", one["size"]),
        candidate("irreducible selectivity", "-0.125", one["irreducible"]),
        candidate("selectivity shift", "0.125", one["shift"], f"{MARGINAL}; {law}"),
        candidate("mean distance between concepts", "0.58", one["distance"]),
    ]
    for quantity, paper in (
        ("Phi", "0.12"),
        ("MIP", "{A(t-1) B(t-1)} -> {A(t) B(t)}"),
        ("concepts", "3"),
        ("repertoire size", "2.5"),
        ("irreducible selectivity", "0.16"),
        ("selectivity shift", "0.03"),
        ("mean distance between concepts", "0.75"),
    ):
        out.append(PrintedValue("Fig 5", f"tau = 2, ON = any: {quantity}", paper, None, "unknown", ORDER_2))
    return out


def _fig6() -> list[PrintedValue]:
    net, off, on = published("hoel2016-fig6"), "000000", "111111"
    pairs = as_grain(["AB", "CD"], labels="ABCDEF")
    macro, profile, other = big_phi(net, off, grain=pairs), scan(net, off), scan(net, on)
    micro = big_phi(net, off)
    one, two = _means(micro), _means(macro)
    full = profile.data["nodes"].values == net.n
    coarse = full & (profile.data["level"].values > 0) & profile.admitted
    several = (other.data["level"].values > 0) & other.admitted

    def candidate(quantity: str, paper: str, ours: float | str, note: str = "") -> PrintedValue:
        return PrintedValue("Fig 6", quantity, paper, ours, "candidate", f"{E_AND_F}{'; ' if note else ''}{note}")

    return [
        PrintedValue("Fig 6", "macro {AB}{CD} at 000000: Phi", "0.6", macro.phi, note="whatever E and F read"),
        PrintedValue("Fig 6", "macro: repertoire size", "1", two["size"]),
        PrintedValue("Fig 6", "macro: irreducible selectivity", "0.37", two["irreducible"]),
        PrintedValue("Fig 6", "macro: selectivity shift", "0.09", two["shift"]),
        PrintedValue("Fig 6", "macro: mean distance between concepts", "1.91", two["distance"]),
        candidate("complex over all grains at 000000", "{AB}{CD} ON=2|2", _peak(profile)),
        candidate("micro complex at 000000", "{ABCDEF}", _complex(net, off)),
        candidate("micro ABCDEF at 000000: Phi", "0.15", micro.phi, ".1528 with the peer's rounding of ties"),
        candidate("micro: concepts", "8", float(len(micro.structure))),
        candidate("micro: repertoire size", "2.25", one["size"]),
        candidate("micro: irreducible selectivity", "0.09", one["irreducible"]),
        candidate("micro: selectivity shift", "0.02", one["shift"]),
        candidate("micro: mean distance between concepts", "1.27", one["distance"]),
        candidate("micro: MIP", "{EF} -> {ABCD}", _cut(micro, net), f"tied with {len(micro.ties)} more"),
        candidate("micro: EI (bits)", "2.73", effective_information(net).bits),
        candidate("best macro: EI (bits)", "2.6", float(profile.values("ei")[coarse].max())),
        candidate("micro at 111111: largest Phi", "1", float(other.values()[~several & other.admitted].max())),
        candidate("macro at 111111: largest Phi", "0.21", float(np.nanmax(other.values()[several]))),
    ]


def _fig7() -> list[PrintedValue]:
    """Which levels' maxima the path to the peak leaves out. (One macro element has Phi 0 by convention, as printed.)"""
    out = []
    for name, state, basis in (
        ("hoel2016-fig2", "0000", "stated"),
        ("hoel2016-fig4", "000000", "stated"),
        ("hoel2016-fig6", "000000", "candidate"),
    ):
        figure = name.removeprefix("hoel2016-fig")
        missed = grain_path(scan(published(name), state)).missed
        off = ", ".join(str(one) for one in missed) or "none"
        what = f"system of Fig. {figure}: levels whose maximum is off the path"
        note = f"{E_AND_F}; {PATH}" if basis == "candidate" else PATH
        out.append(PrintedValue("Fig 7", what, "4" if figure == "4" else "none", off, basis, note))
    what = "system of Fig. 5: levels whose maximum is off the path"
    out.append(PrintedValue("Fig 7", what, "none", None, "unknown", ORDER_2))
    return out


# -- reading results ----------------------------------------------------------------------------------------------


def _means(result: IntegratedInformation) -> dict[str, float]:
    """Mean size, selectivity and shift over the concepts' sides that count; selectivity by side; mean distance."""
    table = selectivity_table(result)
    counts = table[table["counts"]].drop_duplicates("mechanism")
    distances = concept_distances(result)
    sides = {side: float(table[table["direction"] == side]["irreducible"].mean()) for side in ("cause", "effect")}
    means = {name: float(counts[name].mean()) for name in ("size", "irreducible", "shift")}
    return means | sides | {"distance": float(distances[np.triu_indices(len(distances), 1)].mean())}


def _overlapping(result: IntegratedInformation) -> str:
    """Concepts at distance 0 from each other, such as "A/B, C/D"."""
    apart = concept_distances(result)
    names = ["".join(result.names[i] for i in c.mechanism) for c in result.structure]
    groups = {tuple(np.flatnonzero(row < 1e-9).tolist()) for row in apart}
    return ", ".join("/".join(names[i] for i in group) for group in sorted(groups) if len(group) > 1)


def _side(result: IntegratedInformation) -> str:
    """The side that counts, where it is the same for all concepts."""
    table = selectivity_table(result)
    sides = set(table[table["counts"]]["direction"])
    return sides.pop() if len(sides) == 1 else "both"


def _complex(net: Network, state: str) -> str:
    found = complexes(net, state)
    return "{" + "".join(net.labels[i] for i in found[0].nodes) + "}" if len(found) else "none"


def _common_phi(result: IntegratedInformation) -> float:
    """The phi of all concepts where they agree; NaN where they don't, so that no row can agree by an average."""
    phis = [concept.phi for concept in result.structure]
    return phis[0] if np.ptp(phis) < 1e-9 else float("nan")


def _tied(result: IntegratedInformation) -> str:
    return f"tied with {len(result.ties)} more"


def _cut(result: IntegratedInformation, net: Network) -> str:
    return "none" if result.cut is None else result.cut.label(net.labels)


def _peak(profile: GrainProfile) -> str:
    grain = profile.peak.grain if profile.peak is not None else None
    return grain.label(profile.grains.labels) if isinstance(grain, Grain) else "none"  # type: ignore[attr-defined]
