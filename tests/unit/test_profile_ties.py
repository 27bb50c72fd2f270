"""In which order tied grains stand: the finer level, then the larger candidate set, then the table's order."""

import numpy as np
import xarray as xr

from causalgrain import GrainProfile, Measure, Provenance


class Named:
    def __init__(self, names):
        self.names = names

    def __len__(self):
        return len(self.names)

    def __getitem__(self, index):
        return self.names[index]

    def label(self, index):
        return self.names[index]

    def columns(self):
        return {"grain": list(self.names)}


def profile(rows, sought="maximum"):
    """Rows of (name, value, level, size of the candidate set)."""
    names, values, level, nodes = zip(*rows, strict=True)
    data = xr.Dataset(
        {
            "phi": (("grain", "condition", "draw"), np.array(values, dtype=float)[:, None, None]),
            "admitted": ("grain", np.ones(len(rows), bool)),
            "reason": ("grain", np.full(len(rows), "")),
            "level": ("grain", np.array(level)),
            "nodes": ("grain", np.array(nodes)),
        }
    )
    measure = Measure("phi", "", "by hand", sought)
    return GrainProfile(data, Named(names), (measure,), "by hand", Provenance("test", {}, "0"))


def order(p):
    return [p.peak.label, *(t.label for t in p.ties)]


def test_of_tied_grains_at_one_level_the_larger_set_comes_first():
    p = profile([("small", 1, 1, 2), ("large", 1, 1, 4), ("middle", 1, 1, 3), ("less", 0.5, 1, 5)])
    assert order(p) == ["large", "middle", "small"]
    assert p.runner_up.label == "middle"
    assert p.margin == 0.0


def test_the_level_goes_before_the_size():
    assert order(profile([("coarse", 1, 2, 6), ("fine", 1, 0, 2), ("between", 1, 1, 5)])) == [
        "fine",
        "between",
        "coarse",
    ]


def test_equal_level_and_size_keep_the_order_of_the_table():
    p = profile([("first", 1, 1, 3), ("second", 1 + 5e-10, 1, 3), ("third", 1 - 3e-10, 1, 3)])
    assert order(p) == ["first", "second", "third"]


def test_ties_of_a_minimum_too():
    p = profile([("small", 1, 0, 2), ("large", 1, 0, 4), ("more", 2, 0, 6)], sought="minimum")
    assert order(p) == ["large", "small"]
    assert p.runner_up.label == "small"
