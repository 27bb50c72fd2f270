"""What a search would cost, said before it starts.

Growth law of the exact search over a micro set of k elements: for each of 2**k cuts and each mechanism M with an
effect, the partitions of M and of its purviews among the inputs of M, about ``2**|M| * 3**|inputs(M)``. A dense
system so costs about 18 times more an element. Laying out the tables takes ``4**k`` steps more. The factors are
measured on one core of an ordinary machine (benchmarks/growth_law.py); the estimate is meant to be an upper one: bounds
leave most cuts of a dense system unsettled, by how much depends on the system.
"""

from __future__ import annotations

import os

import numpy as np

from .._errors import CostError
from .compiled import kernels
from .conventions import TOLERANCE
from .prepared import Prepared

SECONDS_PER_STEP = 2e-8
SECONDS_PER_ENTRY = 1.6e-7  # of the tables, 4**k
SECONDS_PER_CUT = 1.5e-6  # of a macro system, beside its structure
MAX_ELEMENTS = 12  # tables of 3**k numbers an element, and 2**k * 3**k repertoires, beyond it fill the memory


def micro_seconds(prepared: Prepared) -> float:
    """Estimate the CPU time of the exact Phi of a micro set, in seconds."""
    k = len(prepared.nodes)
    if k == 1:
        return 0.0
    if k > MAX_ELEMENTS:
        return float("inf")
    tables = SECONDS_PER_ENTRY * 4.0**k
    if k <= 4:
        return SECONDS_PER_STEP * 18.0**k + tables
    module = kernels()
    if not module.search.is_strong(prepared.inputs, k):
        return 0.0
    effect = module.tables.effect_table(prepared.on, prepared.state)
    steps = 0.0
    for mechanism in range(1, 1 << k):
        phi, _ = module.effect.core_effect(effect, mechanism, TOLERANCE)
        if phi > TOLERANCE:
            read = int(np.bitwise_or.reduce([prepared.inputs[i] for i in range(k) if mechanism >> i & 1]))
            steps += 2.0 ** mechanism.bit_count() * 3.0 ** read.bit_count()
    return SECONDS_PER_STEP * steps * 2.0**k + tables


def macro_seconds(n: int, m: int) -> float:
    """Estimate the CPU time of Phi at a grain of `m` macro elements over `n` micro elements, in seconds.

    Every one of 2**n cuts gives another macro TPM, whose structure costs 9**m steps.
    """
    return 2.0**n * (SECONDS_PER_STEP * 9.0**m + SECONDS_PER_CUT) if m > 1 else 0.0


def check_micro(prepared: Prepared, max_cost: float, what: str) -> None:
    """Refuse to start a search of a micro set that would take too long or too much memory."""
    k = len(prepared.nodes)
    if SECONDS_PER_STEP * 18.0**k + SECONDS_PER_ENTRY * 4.0**k > max_cost:  # as if every mechanism had an effect
        check_cost(micro_seconds(prepared), max_cost, what)
    check_memory(k, what)


def micro_bytes(k: int) -> float:
    """Estimate the memory of the exact Phi of a micro set of `k` elements, in bytes.

    Repertoires of all mechanisms and purviews, uncut and cut (2 * 6**k numbers), their marginals, what is remembered.
    """
    remembered = min(9.0 * 7.0**k, 17.0 * 2.0**23)
    return 16.0 * 6.0**k + 4.0**k * (16.0 * k + 40.0) + remembered


def check_memory(k: int, what: str) -> None:
    """Refuse to start work whose tables don't fit into the machine's memory."""
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # not told on this platform
        return
    if micro_bytes(k) > memory:
        raise CostError(
            what,
            expected=f"at most the {memory / 2**30:.3g} GiB of memory of this machine",
            got=f"about {micro_bytes(k) / 2**30:.3g} GiB",
            remedy="Look at a smaller candidate set, or through a grain with fewer elements.",
        )


def check_cost(seconds: float, max_cost: float, what: str) -> None:
    """Refuse to start work whose estimate is above `max_cost` seconds."""
    if seconds > max_cost:
        raise CostError(
            what,
            expected=f"an estimated cost of at most {describe_seconds(max_cost)}",
            got=f"about {describe_seconds(seconds)}",
            remedy="Look at less (fewer elements, draws, bins or sets), or allow more time with max_cost (seconds).",
        )


def describe_seconds(seconds: float) -> str:
    """Return a duration in words: "0.2 s", "3 min", "5 h", "40 days", "more memory than there is"."""
    if not np.isfinite(seconds):
        return "more time and memory than there is"
    for limit, unit, size in ((120.0, "s", 1.0), (7200.0, "min", 60.0), (172800.0, "h", 3600.0)):
        if seconds < limit:
            return f"{seconds / size:.2g} {unit}" if seconds / size < 10 else f"{seconds / size:.0f} {unit}"
    days = seconds / 86400.0
    return f"{days:.0f} days" if days < 1000 else f"{days / 365.25:.2g} years"
