"""Units by name, index and chance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from causalgrain._errors import InputError
from causalgrain.recordings.recording import Recording
from causalgrain.recordings.units import choose_units

REC = Recording(np.zeros((2, 4)), 1.0, ["AVAL", "RIML", "7", "a, b"])


@pytest.mark.parametrize(
    ("units", "expected"),
    [
        (None, (0, 1, 2, 3)),
        ("RIML", (1,)),
        ("RIML,AVAL", (1, 0)),
        ("RIML, 3", (1, 3)),
        ("a, b", (3,)),  # a name with a comma is a name
        ("7", (2,)),  # a name of digits is a name ...
        ("3", (3,)),  # ... and other digits an index
        (3, (3,)),
        (np.int64(3), (3,)),
        ([1, "AVAL"], (1, 0)),
        (np.array([2, 0]), (2, 0)),
        (range(2), (0, 1)),
        (("0", "RIML"), (0, 1)),
    ],
)
def test_chooses(units, expected):
    assert choose_units(REC, units) == expected


@pytest.mark.parametrize(
    ("units", "message"),
    [
        ("RIMR", "Did you mean 'RIML'"),
        (["AVAL", "AVAR"], "Did you mean 'AVAL'"),
        (4, "0 to 3"),
        (-1, "0 to 3"),
        ("9", "0 to 3"),
        ([0, "AVAL"], "'AVAL' more than once"),
        ([], "at least one"),
        ("", "at least one"),
        ([True], "names or indices"),
        ([1.0], "names or indices"),
        (2.5, "names or indices"),
        ("random:5", "from 1 to 4"),
        ("random:0", "from 1 to 4"),
        ("random", "random:NUMBER"),
        ("random:x", "random:NUMBER"),
    ],
)
def test_refuses(units, message):
    with pytest.raises(InputError, match=message):
        choose_units(REC, units)


@given(st.integers(1, 30), st.integers(0, 2**32 - 1), st.data())
def test_random_choice_is_a_sorted_subset_that_the_seed_fixes(n, seed, data):
    rec = Recording(np.zeros((1, n)), 1.0)
    k = data.draw(st.integers(1, n))
    chosen = choose_units(rec, f"random:{k}", seed=seed)
    assert len(set(chosen)) == k
    assert list(chosen) == sorted(chosen)
    assert set(chosen) <= set(range(n))
    assert choose_units(rec, f"random:{k}", seed=seed) == chosen


def test_seeds_differ_and_all_units_have_a_chance():
    rec = Recording(np.zeros((1, 20)), 1.0)
    draws = {choose_units(rec, "random:3", seed=s) for s in range(100)}
    assert len(draws) > 80
    assert {i for draw in draws for i in draw} == set(range(20))
