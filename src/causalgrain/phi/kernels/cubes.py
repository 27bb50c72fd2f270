"""Earth mover's distance on cubes of two to four elements, as a maximum over all potentials.

The distance is the maximum of ``sum_x u(x) d(x)``, ``d = p - q``, over the functions ``u`` that change by at most 1
along an edge. The extreme ones are whole numbers and change by exactly 1 along *every* edge: tight edges join states
of unlike parity, and at a vertex of the polytope they join all states. So ``u`` is fixed by its values on the even
states, two of which may differ by 2 where they are two steps apart: each odd state then lies midway between its
neighbours, or, where these are all at one level, above or below them as its ``d`` wants (a gain of ``|d|``).

* 2 elements: the even states lie level or not: a median.
* 3 elements: the four even states lie two steps apart. On two levels, one against three or two against two, or all
  on one: 8 numbers.
* 4 elements: the even states are four ``e_i`` below (element 3 OFF) and four ``f_i`` above; an odd state
  ``o_i`` below touches ``f_i`` and the three ``e_j``, ``j != i``; ``q_i`` above touches ``e_i`` and the three
  ``f_j``. With A the raised ``e`` and B the raised ``f``, ``o_i`` is free only where A holds all or none of the three,
  ``q_i`` likewise; so at most ten A and ten B have gains of their own, and everything else is free to follow the
  signs. Even states four steps apart (``e_i`` and ``f_i``) may differ by 4.
"""

from __future__ import annotations

import numpy as np

from ._compile import kernel

_EVEN = np.array([0, 3, 5, 6])


@kernel
def emd_two(d0, d1, d2, d3):
    """Distance on the square, from the four differences: a cycle, so a median flow is best."""
    # Flow along the cycle 0-1-3-2-0 is known up to a constant c; the sum of |flow| is least at their median.
    a = 0.0
    b = d0
    c = d0 + d1
    e = d0 + d1 + d3
    low = min(min(a, b), min(c, e))
    high = max(max(a, b), max(c, e))
    middle = (a + b + c + e - low - high) / 2.0
    return abs(a - middle) + abs(b - middle) + abs(c - middle) + abs(e - middle)


@kernel
def emd_three(d):
    """Distance on the cube of three elements, from the eight differences."""
    one = abs(d[1])
    two = abs(d[2])
    four = abs(d[4])
    seven = abs(d[7])
    odd = d[1] + d[2] + d[4] + d[7]
    best = one + two + four + seven
    best = max(best, abs(2.0 * d[0] + odd - d[7]) + seven)
    best = max(best, abs(2.0 * d[3] + odd - d[4]) + four)
    best = max(best, abs(2.0 * d[5] + odd - d[2]) + two)
    best = max(best, abs(2.0 * d[6] + odd - d[1]) + one)
    best = max(best, abs(d[0] + d[3] - d[5] - d[6]))
    best = max(best, abs(d[0] + d[5] - d[3] - d[6]))
    return max(best, abs(d[0] + d[6] - d[3] - d[5]))


@kernel
def emd_four(d):
    """Distance on the cube of four elements, from the sixteen differences.

    e, f: differences at the even states below and above; o, q: at the odd ones; rise and fall of o and q are what
    a free odd state gains above or below its neighbours.
    """
    sum_e = sum_f = sum_o = sum_q = 0.0
    abs_e = abs_f = 0.0
    o_rise = o_fall = q_rise = q_fall = 0.0
    # e_up: the best A where all f are raised (then q_i rises with e_i); e_down: where none is; f_up, f_down alike.
    e_up = e_down = f_up = f_down = 0.0
    for i in range(4):
        x = _EVEN[i]
        e = d[x]
        f = d[15 - x]
        o = d[7 - x]
        q = d[8 + x]
        sum_e += e
        sum_f += f
        sum_o += o
        sum_q += q
        abs_e += abs(e)
        abs_f += abs(f)
        o_rise += 2.0 * max(o, 0.0)
        o_fall += 2.0 * max(-o, 0.0)
        q_rise += 2.0 * max(q, 0.0)
        q_fall += 2.0 * max(-q, 0.0)
        e_up += max(e + 2.0 * max(q, 0.0), -e)
        e_down += max(e, 2.0 * max(-q, 0.0) - e)
        f_up += max(f + 2.0 * max(o, 0.0), -f)
        f_down += max(f, 2.0 * max(-o, 0.0) - f)
    best = abs_e + abs_f
    best = max(best, max(sum_f + e_up, e_down - sum_f))
    best = max(best, max(sum_e + f_up, f_down - sum_e))
    best = max(best, max(sum_e + sum_f + o_rise + q_rise, o_fall + q_fall - sum_e - sum_f))
    for i in range(4):
        x = _EVEN[i]
        e = d[x]
        f = d[15 - x]
        o = d[7 - x]
        q = d[8 + x]
        o_up = 2.0 * max(o, 0.0)
        o_down = 2.0 * max(-o, 0.0)
        q_up = 2.0 * max(q, 0.0)
        q_down = 2.0 * max(-q, 0.0)
        # Only e_i raised (all but e_i: its negative); the same for f_i.
        only_e = 2.0 * e - sum_e
        only_f = 2.0 * f - sum_f
        rest = abs_e - abs(e)
        best = max(best, only_f + rest + max(e, q_down - e))
        best = max(best, -only_f + rest + max(e + q_up, -e))
        rest = abs_f - abs(f)
        best = max(best, only_e + rest + max(f, o_down - f))
        best = max(best, -only_e + rest + max(f + o_up, -f))
        best = max(best, only_e - only_f + o_down + q_up)
        best = max(best, only_f - only_e + o_up + q_down)
        best = max(best, only_e - sum_f + o_down + q_fall - q_down)
        best = max(best, sum_f - only_e + o_up + q_rise - q_up)
        best = max(best, only_f - sum_e + q_down + o_fall - o_down)
        best = max(best, sum_e - only_f + q_up + o_rise - o_up)
        best = max(best, abs(2.0 * (e - f - o + q) + sum_o - sum_q))
        for j in range(4):
            if j != i:
                y = _EVEN[j]
                other_f = 2.0 * d[15 - y] - sum_f
                other_q = 2.0 * d[8 + y]
                best = max(best, only_e + o_down + other_f + max(-other_q, 0.0))
                best = max(best, o_up - only_e - other_f + max(other_q, 0.0))
    return best
