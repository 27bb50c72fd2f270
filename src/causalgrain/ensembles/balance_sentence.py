"""What a balance study says, in one plain sentence.

Scales with fewer than `LEAST_BINS` bins are not named. Where no q of a condition could reach `LEVEL`, had all its
scales the least p that so many surrogates allow, the sentence says that, and how many would do.
"""

from __future__ import annotations

from math import ceil
from typing import Any, Literal

import numpy as np

from .._doubt import false_discovery
from ..profile import GrainProfile
from .balance_measures import LEAST_BINS
from .balance_tables import BEYOND

LEVEL = 0.05
ROUNDING = 1.0 + 1e-9


def balance_sentence(profile: GrainProfile) -> str:
    """Return the sentence: in each condition, whether E and I go together, at which scales, and what is beyond that."""
    data, surrogates = profile.data, int(profile.provenance.settings["surrogates"])
    said = [_condition(profile, j, name, surrogates) for j, name in enumerate(profile.conditions)]
    text = "; ".join(said)
    if "compared" in data:
        text += _contrasts(profile)
    if not surrogates:
        text += "; no surrogates were drawn, so none of this is tested"
    return f"{text[0].upper()}{text[1:]}."


def _condition(profile: GrainProfile, column: int, name: str, surrogates: int) -> str:
    # a recording without epochs has one condition, which nobody named
    where = "" if list(profile.provenance.settings["conditions"]) == ["all"] else f"in {name} "
    data, value = profile.data, profile.values("correlation", name)
    known = np.flatnonzero(np.isfinite(value) & (data["bins"].values[:, column] >= LEAST_BINS))
    if not len(known):
        reasons = [r for r in data["reason"].values[:, column].tolist() if r]
        return f"{where}nothing can be measured ({reasons[0] if reasons else 'no scale has a correlation'})"
    most = int(known[np.argmax(value[known])])
    ends = f"{_round(value[known[0]])} at {profile.grains.label(int(known[0]))}"
    if most not in (known[0], known[-1]):
        ends += f", {_round(value[most])} at {profile.grains.label(most)} (the most)"
    if len(known) > 1:
        ends += f" and {_round(value[known[-1]])} at {profile.grains.label(int(known[-1]))}"
    if not surrogates:
        return f"{where}the E-I correlation is {ends}"
    q, null = data["correlation_q"].values[:, column], data["correlation_null"].values[:, column]
    above = [k for k in known.tolist() if q[k] <= LEVEL and value[k] > null[k]]
    below = [k for k in known.tolist() if q[k] <= LEVEL and value[k] < null[k]]
    parts = [f"{where}the E-I correlation is {ends}"]
    if above or below:
        many = f"above surrogates at {_scales(profile, above, len(known))}" if above else ""
        few = f"below surrogates at {_scales(profile, below, len(known))}" if below else ""
        parts.append(" and ".join(part for part in (many, few) if part))
    else:
        parts.append(_untold(profile, column, surrogates))
    beyond = [
        measure
        for measure, rest in BEYOND.items()
        if measure != "reach" and (data[f"{rest}_q"].values[:, column] <= LEVEL).any()
    ]
    if beyond:
        parts.append(f"more than that correlation says is in {_list([b.replace('_', ' ') for b in beyond])}")
    broken = _broken(profile, column)
    if broken:
        parts.append(broken)
    return ", ".join(parts)


def _untold(profile: GrainProfile, column: int, surrogates: int) -> str:
    """Say that no scale is told from surrogates, or that so few surrogates couldn't tell."""
    p = profile.data["correlation_p"].values
    here, tests, fdr = int(np.isfinite(p[:, column]).sum()), int(np.isfinite(p).sum()), _fdr(profile)
    if not here:
        return "not tested at any scale"
    best = p.copy()
    best[np.isfinite(p[:, column]), column] = 1.0 / (1 + surrogates)
    if float(np.nanmin(false_discovery(best, fdr)[:, column])) <= LEVEL * ROUNDING:
        least = float(np.nanmin(p[:, column]))
        return f"not told from surrogates' at any scale (smallest p = {least:.2g} before correction)"
    strict = sum(1.0 / k for k in range(1, tests + 1)) if fdr == "by" else 1.0
    joint, alone = (ceil(strict * tests / many / LEVEL / ROUNDING) - 1 for many in (here, 1))
    text = f"{surrogates} surrogates can't tell after correction over {tests} tests: use at least {joint}"
    return text if here == 1 else f"{text} ({alone} for one scale alone to be told)"


def _fdr(profile: GrainProfile) -> Literal["bh", "by"]:
    return "by" if profile.provenance.settings["fdr"] == "by" else "bh"


def _round(value: Any) -> str:
    """Return a number with two decimals, 0 without a sign.

    >>> _round(-0.001), _round(-0.25)
    ('0.00', '-0.25')
    """
    return f"{round(float(value), 2) + 0.0:.2f}"


def _broken(profile: GrainProfile, column: int) -> str:
    data = profile.data
    names = {"exchange": "exchange of E and I", "reversal": "time reversal"}
    found = [words for name, words in names.items() if (data[f"{name}_q"].values[:, column] <= LEVEL).any()]
    error, null = (float(data[f"all_scale_error{ending}"].values[column]) for ending in ("", "_null"))
    if float(data["all_scale_error_p"].values[column]) <= LEVEL and error > null:
        found.append("scale (more than in surrogates)")
    untested = [name for name in names if not np.isfinite(data[f"{name}_q"].values[:, column]).any()]
    if len(untested) == len(names):
        return ""
    left = f" ({', '.join('exchange' if n == 'exchange' else 'time reversal' for n in untested)} not tested)"
    said = f"symmetry under {_list(found)} is broken" if found else "no symmetry is seen to be broken"
    return said + (left if untested else "")


def _contrasts(profile: GrainProfile) -> str:
    data, found = profile.data, []
    for i, (first, second) in enumerate(data["compared"].values.tolist()):
        loud, quiet = [], []
        for name, words in (("correlation", "correlation"), ("departure", "departure of f from balance")):
            q, value = data[f"difference_{name}_q"].values[i], data[f"difference_{name}"].values[i]
            sure = np.flatnonzero(q <= LEVEL)
            if len(sure):
                most = int(sure[np.argmax(np.abs(value[sure]))])
                loud.append(f"{words} {round(float(value[most]), 2) + 0.0:+.2f} at {profile.grains.label(most)}")
            elif np.isfinite(q).any():
                quiet.append(words)
        if loud:
            found.append(f"{first} differs from {second} in {_list(loud)}")
        if quiet:
            found.append(f"no difference between {first} and {second} is seen in {_list(quiet)}")
    return "".join(f"; {text}" for text in found)


def _scales(profile: GrainProfile, rows: list[int], many: int) -> str:
    if len(rows) == many:
        return "all scales"
    if len(rows) == 1:
        return profile.grains.label(rows[0])
    return f"{len(rows)} of {many} scales, from {profile.grains.label(rows[0])} to {profile.grains.label(rows[-1])}"


def _list(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""
