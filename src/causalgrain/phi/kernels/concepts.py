"""A cause-effect structure as arrays: one row a mechanism (2**k rows), with phi and core purviews."""

from __future__ import annotations

import numpy as np

from ._compile import INT, REAL, Bundle, Struct, kernel, struct


class Structure(Bundle):
    """A cause-effect structure.

    phi, cause_phi, effect_phi (2**k,) float64; cause, effect (2**k,) purview masks; side (2**k,) where the cause
    repertoire stands in the system; spread (2**k, k) effect marginals, unconstrained outside the core effect;
    unconstrained (k,).
    """


class StructureType(Struct):
    """Type of `Structure` in compiled code."""


FIELDS = {
    "phi": REAL[::1],
    "cause_phi": REAL[::1],
    "effect_phi": REAL[::1],
    "cause": INT[::1],
    "effect": INT[::1],
    "side": INT[::1],
    "spread": REAL[:, ::1],
    "unconstrained": REAL[::1],
}
structure_at = struct(Structure, StructureType, FIELDS)


@kernel
def columns(structure):
    """The arrays of a structure, in the order of `FIELDS`, for callers outside the kernels."""
    return (
        structure.phi, structure.cause_phi, structure.effect_phi, structure.cause, structure.effect, structure.side,
        structure.spread, structure.unconstrained,
    )  # fmt: skip


def column(name):
    """A property of `Structure` that reads one array."""
    place = list(FIELDS).index(name)
    return property(lambda structure: columns(structure)[place])


for _name in FIELDS:
    setattr(Structure, _name, column(_name))


@kernel
def new_structure(k):
    """Allocate a structure without concepts."""
    size = 1 << k
    return Structure(
        np.zeros(size), np.zeros(size), np.zeros(size),
        np.zeros(size, np.int64), np.zeros(size, np.int64), np.zeros(size, np.int64),
        np.zeros((size, k)), np.zeros(k),
    )  # fmt: skip


@kernel
def copy_structure(structure):
    """A structure of its own with the same numbers."""
    return Structure(
        structure.phi.copy(), structure.cause_phi.copy(), structure.effect_phi.copy(),
        structure.cause.copy(), structure.effect.copy(), structure.side.copy(),
        structure.spread.copy(), structure.unconstrained.copy(),
    )  # fmt: skip
