"""Samples, segments, pairs and blocks of macro variables."""

import numpy as np
import pytest

from causalgrain import InputError
from causalgrain.learned._macro_series import as_edges, as_macro, block_labels, pair_starts, train_mask


def test_pairs_never_reach_into_the_next_segment():
    edges = as_edges([4, 1, 0, 3], 8)
    assert pair_starts(edges).tolist() == [0, 1, 2, 5, 6]
    assert pair_starts(edges, 2).tolist() == [0, 1, 5]
    assert pair_starts(edges, 0).tolist() == list(range(8))
    assert pair_starts(as_edges(None, 3)).tolist() == [0, 1]


def test_blocks_and_what_is_left_out_beside_them():
    fold = block_labels(7, 3)
    assert fold.tolist() == [0, 0, 0, 1, 1, 2, 2]
    assert train_mask(fold, 1).tolist() == [True, True, False, False, False, False, True]
    assert train_mask(fold, 0, gap=2).tolist() == [False] * 5 + [True] * 2


def test_input_is_copied():
    y = np.arange(4.0)
    as_macro(y)[0] = 9.0
    assert y[0] == 0.0


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.zeros((2, 2, 2)), "shape"),
        ([1.0, np.inf, 2.0], "inf at sample 1"),
        (np.full(5, 0.1), "constant at 0.1"),
        (1e9 + 1e-8 * np.arange(5), "constant"),
    ],
)
def test_errors(y, message):
    with pytest.raises(InputError, match=message):
        as_macro(y)


def test_lengths_that_do_not_add_up():
    with pytest.raises(InputError, match="add up to the 5 samples"):
        as_edges([2, 2], 5)
