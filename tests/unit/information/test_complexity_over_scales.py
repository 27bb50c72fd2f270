"""Emergent complexity over scales."""

import numpy as np
import pytest

from causalgrain import CausalGrainError
from causalgrain.information.complexity_over_scales import emergent_complexity_over_scales


@pytest.mark.parametrize(
    ("values", "bits", "increments"),
    [
        ([1, 0.9, 1.6, 4], 1.352724, [1, 0, 0.6, 2.4]),
        ([1, 2, 3, 4], 2.0, [1, 1, 1, 1]),
        ([2, 1, 1.5], 0.0, [2, 0, 0]),
        ([-1, 1], 0.0, [0, 2]),
        ([0, 1, 2], 1.0, [0, 1, 1]),
        ([-2, -1, -3], 0.0, [0, 1, 0]),
    ],
)
def test_by_hand(values, bits, increments):
    found = emergent_complexity_over_scales(values)
    assert found.bits == pytest.approx(bits, abs=1e-6)
    assert found.increments == pytest.approx(np.array(increments, dtype=float))
    assert found.shares.sum() == pytest.approx(1)
    assert bool(found.provenance.caution) == (values[0] <= 0)


def test_nothing_there():
    found = emergent_complexity_over_scales([-1.0, -2.0])
    assert found.bits == 0
    assert found.shares.tolist() == [0, 0]
    assert "no scale adds anything" in found.provenance.caution


@pytest.mark.parametrize("values", [[], [[1.0]], [1.0, np.nan]])
def test_what_is_refused(values):
    with pytest.raises(CausalGrainError, match="micro first"):
        emergent_complexity_over_scales(values)
