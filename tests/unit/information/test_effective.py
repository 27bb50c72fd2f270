"""Effective information in cases that can be done by hand."""

import numpy as np
import pytest

import causalgrain as cg


@pytest.mark.parametrize(
    ("tpm", "bits", "determinism", "degeneracy"),
    [
        (np.eye(4), 2.0, 1.0, 0.0),
        (np.full((4, 4), 0.25), 0.0, 0.0, 0.0),
        (np.eye(4)[[0, 0, 0, 0]], 0.0, 1.0, 1.0),
        (np.eye(4)[[0, 0, 2, 2]], 1.0, 1.0, 0.5),
        (np.kron(np.eye(2), np.full((2, 2), 0.5)), 1.0, 0.5, 0.0),
        (np.eye(3), np.log2(3), 1.0, 0.0),
        (np.ones((1, 1)), 0.0, 0.0, 0.0),
    ],
)
def test_by_hand(tpm, bits, determinism, degeneracy):
    found = cg.effective_information(tpm)
    assert (found.bits, found.determinism, found.degeneracy) == pytest.approx(
        (bits, determinism, degeneracy), abs=1e-14
    )
    assert found.effectiveness == pytest.approx(determinism - degeneracy, abs=1e-14)


def test_macro_of_fig2():
    net = cg.published("hoel2016-fig2")
    assert cg.effective_information(net, grain=cg.as_grain(["AB", "CD"], labels="ABCD")).bits == pytest.approx(
        1.5518, abs=5e-5
    )


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: cg.effective_information([[0.5, 0.5]]), "square"),
        (lambda: cg.effective_information([[0.5, 0.4], [0, 1]]), "row 0.*sum of 1"),
        (lambda: cg.effective_information([[2, -1], [0, 1]]), r"\[0, 1\]"),
        (
            lambda: cg.effective_information(cg.published("hoel2016-fig2"), grain=cg.as_grain([[0, 1]])),
            "all 4 elements",
        ),
        (lambda: cg.effective_information(np.eye(2), grain=cg.as_grain([[0]])), "a Network"),
    ],
)
def test_errors(call, says):
    with pytest.raises(cg.InputError, match=says):
        call()
