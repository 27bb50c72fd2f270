"""What there is to say about an input, in one plain sentence."""

from __future__ import annotations

from typing import Any

import numpy as np

from .emerge_table import MICRO, Rows

ALPHA = 0.05
DOUBTED = "p can be"  # in notes on a null, see null_time
EMERGENCE = " emergence than surrogates do"
TESTED = (
    ("emergence of channel EI", "the linear model"),
    ("Psi", "synergy (Psi)"),
    ("causal emergence 2013", "effective information of counted transitions"),
)


def sentence_of(rows: Rows, kind: str, settings: dict[str, Any]) -> str:
    """Return the sentence for one kind of input."""
    if kind == "recording":
        return _recorded(rows, settings)
    return {"discrete": _discrete, "graph": _graph, "linear": _linear}[kind](rows)


def _discrete(rows: Rows) -> str:
    said = []
    gain, end = rows.find("causal emergence 2.0"), rows.find("CP, largest")
    if gain and end:
        micro = end["value"] - gain["value"]
        if gain["value"] > 1e-9:
            complexity = rows.find("emergent complexity 2.0")
            spread = ""
            if complexity:
                bits_spread = complexity["value"]
                spread = f", spread over scales with {bits_spread:.2f} bits" if bits_spread > 1e-9 else ", in one step"
            said.append(f"causal power rises from {micro:.4f} to {end['value']:.4f} at {end['scale']}{spread}")
        else:
            said.append(
                "no consistent coarse scale that was looked at has more causal power than the micro scale "
                f"({micro:.4f})"
            )
    bits, best = rows.find("EI"), rows.find("EI, largest")
    svd = rows.find("EI of the SVD grouping")
    more = f" ({svd['scale']} have {svd['value']:.4f})" if svd and best and svd["value"] > best["value"] + 1e-9 else ""
    if bits and best and best["scale"] != MICRO:
        said.append(
            f"effective information rises from {bits['value']:.4f} to {best['value']:.4f} bits at {best['scale']}{more}"
        )
    elif bits:
        none = f" and no grouping that was listed or met has more{more}" if best else ""
        said.append(f"effective information is {bits['value']:.4f} bits{none}")
    clear = rows.find("clear emergence")
    if clear:
        said.append(f"clear emergence by SVD is {clear['value']:.4f}")
    psi = [row for row in rows.rows if row["measure"] == "Psi" and row["value"] > 1e-9]
    if rows.assumed_elements:
        pass
    elif psi:
        most = max(psi, key=lambda row: row["value"])
        said.append(f"Psi of {most['scale'].removeprefix('V = ')} is {most['value']:.4f} bits")
    elif rows.find("Psi"):
        said.append("Psi of sum and parity isn't above 0, which excludes nothing")
    return _joined(said)


def _graph(rows: Rows) -> str:
    bits, best = rows.find("EI"), rows.find("EI, largest")
    said = []
    if bits:
        said.append(f"the random walk has effective information {bits['value']:.4f} bits over {bits['scale']}")
    if bits and best:
        gain = best["value"] - bits["value"]
        said.append(
            f"the macro nodes {best['scale']} have {best['value']:.4f}"
            if gain > 1e-9
            else "no grouping that was met has more"
        )
    return _joined(said)


def _linear(rows: Rows) -> str:
    found = [row for row in rows.rows if row["measure"] == "channel EI"]
    if not found:
        return _joined(["no scale of the linear system has a finite causal power"])
    best = max(found, key=lambda row: row["value"])
    micro = found[0]
    if best is micro:
        return _joined([f"channel EI is largest at the micro scale, {micro['value']:.4f} nats per dimension"])
    return _joined(
        [
            f"channel EI per dimension rises from {micro['value']:.4f} nats at {micro['scale']} to {best['value']:.4f} "
            f"at {best['scale']}"
        ]
    )


def _recorded(rows: Rows, settings: dict[str, Any]) -> str:
    draws, null = settings["draws"], settings["null"]
    said = []
    conditions = list(dict.fromkeys(row["condition"] for row in rows.rows))
    if not draws or null is None:
        for name in conditions:
            found = _best(rows, "emergence of channel EI", name)
            if found:
                said.append(
                    f"{_where(name)}channel EI of the linear model at {found['scale']} is {found['value']:+.4f} nats "
                    "per dimension from that of the finest scale"
                )
        said.append("no null was drawn, so this doesn't show that any scale stands out")
        return _joined(said)
    if 1.0 / (1 + draws) > ALPHA:
        return _joined(
            [f"nothing can be said against the null: with {draws} draws no p is below {1 / (1 + draws):.2g}; take 99"]
        )
    for name in conditions:
        loud, quiet = [], []
        for measure, words in TESTED:
            tested = [r for r in rows.rows if (r["measure"], r["condition"]) == (measure, name) and np.isfinite(r["p"])]
            if not tested:
                continue
            best = min(tested, key=lambda r: (r["p"], -r["value"]))
            if best["p"] <= ALPHA and best["value"] > 0:
                unit = "nats per dimension" if best["unit"] == "nats/dim" else "bits"
                loud.append(
                    f"{words} shows more emergence than surrogates do ({best['value']:+.3f} {unit} at "
                    f"{best['scale']}, in surrogates {best['null']:+.3f}, p = {best['p']:.2g})"
                )
            else:
                below = f", but {best['value']:.3g} isn't above 0" if best["p"] <= ALPHA else ""
                quiet.append(f"{words} (p = {best['p']:.2g}{below})")
        if loud and any(f"null of {name}: " in note and DOUBTED in note for note in rows.notes):
            loud[-1] += ", where p can be off (see the notes)"
        if len(quiet) > 1:
            loud.append(f"neither {' nor '.join(quiet)} shows more{'' if loud else EMERGENCE}")
        elif quiet:
            loud.append(f"{quiet[0]} shows no more{'' if loud else EMERGENCE}")
        if loud:
            said.append(f"{_where(name)}{', and '.join(loud)}")
    return _joined(said or ["nothing could be tested against a null"])


def _best(rows: Rows, measure: str, condition: str) -> dict[str, Any] | None:
    found = [row for row in rows.rows if row["measure"] == measure and row["condition"] == condition]
    return max(found, key=lambda row: row["value"]) if found else None


def _where(condition: str) -> str:
    return "" if condition == "all" else f"in {condition} "


def _joined(said: list[str]) -> str:
    text = "; ".join(said) if said else "nothing could be measured"
    return f"{text[0].upper()}{text[1:]}."
