"""Blocks of time, and the transitions that belong to them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import causalgrain as cg
from causalgrain.recordings.preprocessing import bin_recording, binarise
from causalgrain.systems.resample import correlation_time, cut_blocks, draw_blocks, list_transitions
from causalgrain.systems.transitions import count_transitions, state_indices


def binary_of(values, rate=10.0, **settings):
    recording = cg.Recording(values, rate, kind="counts", **settings)
    return recording, binarise(recording, "spike")


@st.composite
def recordings(draw):
    n = draw(st.integers(20, 60))
    values = np.random.default_rng(draw(st.integers(0, 1000))).integers(0, 2, (n, 2)).astype(float)
    cut = draw(st.integers(5, n - 8))
    segments = draw(st.sampled_from([None, [[0, cut], [cut, n]], [[1, cut], [cut + 2, n]]]))
    return values, segments


@given(recordings(), st.integers(1, 3), st.floats(0.2, 3.0))
def test_all_blocks_together_are_the_counts(made, lag, seconds):
    values, segments = made
    recording = cg.Recording(values, 10.0, kind="counts", segments=segments)
    binary = binarise(recording, thresholds=[0.5, 0.5], allow_constant=True)
    blocks = cut_blocks(recording.spans, seconds)
    transitions = list_transitions(binary, lag, recording.onsets, blocks)
    expected = count_transitions(state_indices(binary.states), binary.segments, 2, lag=lag)
    np.testing.assert_array_equal(transitions.counts(), expected)
    ones = np.ones(len(blocks), dtype=int)
    np.testing.assert_array_equal(transitions.counts(ones), expected)
    each = sum(transitions.counts(np.eye(len(blocks), dtype=int)[b]) for b in range(len(blocks)))
    np.testing.assert_array_equal(each, expected)
    np.testing.assert_array_equal(transitions.counts(3 * ones), 3 * expected)


def test_a_transition_belongs_to_the_block_in_which_it_begins():
    values = np.array([[0], [1], [0], [0], [1], [1.0]])
    recording, binary = binary_of(values)
    blocks = cut_blocks(recording.spans, 0.3)
    assert blocks.edges.round(9).tolist() == [[0.0, 0.3], [0.3, 0.6]]
    transitions = list_transitions(binary, 1, recording.onsets, blocks)
    # 0-1, 1-0, 0-0 begin in the first block, 0-1 and 1-1 in the second.
    assert transitions.counts(np.array([1, 0])).tolist() == [[1, 1], [1, 0]]
    assert transitions.counts(np.array([0, 1])).tolist() == [[0, 1], [0, 1]]


@pytest.mark.parametrize("width", [0.1, 0.3])
def test_blocks_are_the_same_stretches_at_every_bin(width):
    rng = np.random.default_rng(0)
    recording = cg.Recording.from_spikes([np.sort(rng.uniform(0, 30, 200)) for _ in range(2)], duration=30.0)
    blocks = cut_blocks(recording.spans, 3.0)
    binned = bin_recording(recording, width)
    binary = binarise(binned, "spike")
    transitions = list_transitions(binary, 1, binned.onsets, blocks)
    begins = np.arange(len(binary.states) - 1) * width
    np.testing.assert_array_equal(transitions.block, np.floor(begins / 3.0 + 1e-9).astype(int))


def test_blocks_never_reach_across_a_gap_and_keep_their_times():
    values = np.arange(20.0)[:, None] % 2
    recording = cg.Recording(values, 10.0, kind="counts", segments=[[0, 8], [12, 20]])
    blocks = cut_blocks(recording.spans, 0.5)
    assert blocks.edges.round(9).tolist() == [[0.0, 0.8], [1.2, 2.0]]
    assert blocks.of(np.array([0.0, 0.7, 1.2, 1.9])).tolist() == [0, 0, 1, 1]


def test_draws_keep_the_number_of_blocks():
    rng = np.random.default_rng(1)
    drawn = [draw_blocks(12, rng) for _ in range(200)]
    assert all(d.sum() == 12 and len(d) == 12 for d in drawn)
    # Each block is left out of a draw with probability (11/12)**12 = .352.
    assert np.mean([(d == 0).mean() for d in drawn]) == pytest.approx((11 / 12) ** 12, abs=0.02)


def test_correlation_time_of_a_chain_with_a_known_one():
    # A unit that keeps its state with probability (1 + a) / 2 has rho(k) = a**k: tau = (1 + a) / (1 - a) steps.
    a, rng = 0.8, np.random.default_rng(3)
    flips = rng.random(60_000) > (1 + a) / 2
    values = np.cumsum(flips) % 2
    _, binary = binary_of(values[:, None].astype(float))
    assert correlation_time(binary) == pytest.approx(0.1 * (1 + a) / (1 - a), rel=0.12)
    _, noise = binary_of(rng.integers(0, 2, (5000, 2)).astype(float))
    assert correlation_time(noise) < 0.15
