"""The rules that settle what the papers leave open; every result carries them in its provenance."""

from __future__ import annotations

TOLERANCE = 1e-9
"""Absolute tolerance of every comparison of phi and Phi. Nothing is rounded on the way."""

IIT_CONVENTIONS = {
    "theory": "IIT 3.0 (Oizumi, Albantakis & Tononi 2014; Mayner et al. 2018)",
    "distance": "earth mover's distance, Hamming ground metric, exact in double precision",
    "tolerance": f"phi and Phi compared with absolute tolerance {TOLERANCE:g}, never rounded",
    "purview ties": "the larger purview, then the first in index order; all ties are reported",
    "cut ties": "the first in index order of the sending side; all ties are reported where Phi > 0",
    "background": "elements outside the candidate set are frozen in their current state",
    "severed inputs": "independent uniform noise",
    "null concept": "each concept meets it in its own system; the side that lacks phi gets the deficit",
    "new concepts": "after a cut, mechanisms that were concepts or that the cut splits are considered",
    "not strongly connected": "Phi = 0",
    "single micro element": "Phi = 0",
}

MACRO_CONVENTIONS = {
    "macro TPM": "macro perturbation: uniform average over the micro states of a macro state",
    "macro connectivity": "all-to-all",
    "cuts": "of micro elements; the cut micro system is then coarse-grained",
}

TEMPORAL_CONVENTIONS = {
    "macro step": "tau micro updates; the macro state is a function of the block of the last tau states",
    "unfolding": "every element once for every update of the macro step; cuts are of unfolded elements and sever "
    "connections across and within macro steps",
    "background in time": "elements outside the candidate set are frozen in their present state at all updates",
}

ORDER_CONVENTIONS = {
    "older states": "states older than the macro step are averaged out uniformly, for every element for itself",
}

ONE_ELEMENT = ("zero", "pyphi")
"""Phi of a grain of one macro element: 0 (Hoel et al. 2016, Fig. 7), or as the peer computes it."""
