"""Folds: contiguous, apart from what trains, never across segments; what other folds choose."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from causalgrain import InputError
from causalgrain.learned.validation import blocked_folds, choose, default_gap, windows


@given(st.lists(st.integers(1, 30), min_size=1, max_size=6), st.integers(1, 4), st.integers(1, 5), st.integers(0, 5))
def test_folds_are_contiguous_parts_that_share_nothing_with_what_trains(lengths, reach, folds, gap):
    stops = np.cumsum(lengths)
    segments = np.column_stack([stops - lengths, stops])
    starts, _ = windows(segments, reach)
    of = np.repeat(np.arange(len(lengths)), lengths)  # segment of each sample
    assert starts.tolist() == [t for t in range(stops[-1] - reach) if of[t] == of[t + reach]]
    try:
        splits = blocked_folds(segments, reach, folds=folds, gap=gap)
    except InputError:
        return
    if folds > 1:
        assert np.concatenate([s.held for s in splits]).tolist() == starts.tolist()
    for split in splits:
        place = np.searchsorted(starts, split.held)
        assert (np.diff(place) == 1).all()
        seen = {t + k for t in split.held for k in range(reach + 1)}
        for t in starts:
            near = any(s in seen and of[s] == of[t] for s in range(t - gap, t + reach + gap + 1))
            assert (t in split.train) == (t not in split.held and not near)


def test_one_fold_holds_out_the_last_fifth():
    split = blocked_folds(np.array([[0, 101]]), 1, folds=1, gap=3)[0]
    assert split.held.tolist() == list(range(80, 100))
    assert split.train.tolist() == list(range(76))  # 75 uses 76; 77, 78, 79 lie between


def test_too_many_folds_are_refused():
    with pytest.raises(InputError, match="fewer folds"):
        blocked_folds(np.array([[0, 10]]), 1, folds=4, gap=9)


def test_the_gap_follows_the_slowest_channel():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((5000, 2))
    assert default_gap(x, np.array([[0, 5000]])) == 1
    for t in range(4999):
        x[t + 1, 1] = 0.9 * x[t, 1] + 0.4 * x[t + 1, 1]
    assert 7 <= default_gap(x, np.array([[0, 2500], [2500, 5000]])) <= 13  # exp(-1) = .9^9.5


def test_a_fold_plays_no_part_in_its_own_choice():
    scores = np.zeros((4, 3, 1))  # two folds, two seeds; each fold's own curve would choose evaluation 2 or 1
    fold = np.array([0, 0, 1, 1])
    scores[fold == 0, :, 0] = [0.0, 1.0, 5.0]
    scores[fold == 1, :, 0] = [0.0, 5.0, 1.0]
    chosen = choose(scores, np.zeros(4, int), fold, np.zeros(4, bool))
    assert chosen.place.tolist() == [1, 1, 2, 2]
    assert chosen.learned.all()


def test_linear_or_learned_is_chosen_scale_by_scale():
    scores = np.zeros((3, 2, 2))
    scores[:, 1] = [3.0, -1.0]
    chosen = choose(scores, np.zeros(3, int), np.arange(3), np.zeros(3, bool))
    assert chosen.place.tolist() == [1, 1, 1]
    assert chosen.learned.tolist() == [[True, False]] * 3


def test_failed_members_and_other_conditions_have_no_say():
    scores = np.zeros((4, 2, 1))
    scores[:, 1, 0] = [1.0, np.nan, 1.0, -50.0]
    failed = np.array([False, True, False, False])
    chosen = choose(scores, np.array([0, 0, 0, 1]), np.array([0, 1, 2, 0]), failed)
    assert chosen.place.tolist() == [1, 1, 1, 0]
