"""Counting: bit order, lag, edges of segments, interventions; against counting by hand."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from causalgrain.systems.transitions import count_transitions, row_dependence, state_indices

ONE = np.array([[0, 6]])


def by_hand(states, segments, lag, marks=None):
    """Plain Python: loop over all bins of all segments."""
    n = len(states[0])
    counts = [[0] * 2**n for _ in range(2**n)]
    for begin, stop in segments:
        for t in range(begin, stop - lag):
            if marks is not None and (not marks[t] or any(marks[t + 1 : t + lag + 1])):
                continue
            x = sum(2**i for i in range(n) if states[t][i])
            y = sum(2**i for i in range(n) if states[t + lag][i])
            counts[x][y] += 1
    return counts


def test_element_0_is_the_lowest_bit():
    states = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0]], dtype=np.int8)
    assert state_indices(states).tolist() == [0, 1, 2, 4, 3]


def test_rows_are_the_present_columns_the_future():
    counts = count_transitions(np.array([0, 1, 1, 2, 3, 0]), ONE, 2)
    assert np.argwhere(counts).tolist() == [[0, 1], [1, 1], [1, 2], [2, 3], [3, 0]]
    assert counts.sum() == 5


def test_lag_skips_exactly_that_many():
    counts = count_transitions(np.array([0, 1, 2, 3, 0, 1]), ONE, 2, lag=2)
    assert {tuple(p) for p in np.argwhere(counts).tolist()} == {(0, 2), (1, 3), (2, 0), (3, 1)}


def test_nothing_reaches_across_an_edge():
    indices = np.array([0, 0, 0, 1, 1, 1])
    assert count_transitions(indices, ONE, 1).tolist() == [[2, 1], [0, 2]]
    assert count_transitions(indices, np.array([[0, 3], [3, 6]]), 1).tolist() == [[2, 0], [0, 2]]
    assert count_transitions(indices, np.array([[0, 3], [3, 6]]), 1, lag=2).tolist() == [[1, 0], [0, 1]]
    assert count_transitions(indices, np.array([[0, 3], [3, 6]]), 1, lag=3).sum() == 0
    assert count_transitions(indices, np.array([[0, 2], [4, 6]]), 1).tolist() == [[1, 0], [0, 1]]


def test_a_response_that_was_set_again_does_not_count():
    indices = np.array([0, 1, 0, 1, 0, 1])
    marks = np.array([True, False, True, True, False, False])
    # 0 -> 1 is free; 2 -> 3 ends in a set state; 3 -> 4 is free.
    assert count_transitions(indices, ONE, 1, interventions=marks).tolist() == [[0, 1], [1, 0]]
    # Over two bins, 0 -> 2 ends in a set state and 2 -> 4 has one on its way; 3 -> 5 is free.
    assert count_transitions(indices, ONE, 1, lag=2, interventions=marks).tolist() == [[0, 0], [0, 1]]


@given(st.data())
def test_agrees_with_counting_by_hand(data):
    n = data.draw(st.integers(1, 3))
    length = data.draw(st.integers(2, 30))
    seed = data.draw(st.integers(0, 10_000))
    rng = np.random.default_rng(seed)
    states = rng.integers(0, 2, size=(length, n)).astype(np.int8)
    edges = sorted(data.draw(st.sets(st.integers(0, length), min_size=2, max_size=6)))
    segments = np.array(list(pairwise(edges)))
    segments = segments[data.draw(st.integers(0, len(segments) - 1)) :]
    lag = data.draw(st.integers(1, 4))
    marks = rng.random(length) < 0.4 if data.draw(st.booleans()) else None
    counts = count_transitions(state_indices(states), segments, n, lag=lag, interventions=marks)
    assert counts.tolist() == by_hand(states.tolist(), segments.tolist(), lag, marks)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ([5, 0, 0, 5], 0.5),  # always together
        ([25, 25, 25, 25], 0.0),
        ([9, 3, 3, 1], 0.0),  # a product: 3/4 x 3/4
        ([0, 7, 0, 0], 0.0),
        ([1, 1, 0, 0], 0.0),
        ([2, 1, 1, 0], 1 / 16 * 2),  # product 9/16, 3/16, 3/16, 1/16
    ],
)
def test_row_dependence(row, expected):
    counts = np.zeros((4, 4), dtype=int)
    counts[2] = row
    assert row_dependence(counts).tolist() == pytest.approx([expected])
