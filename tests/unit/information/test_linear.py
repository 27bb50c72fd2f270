"""Linear Gaussian systems: what goes in, the stationary covariance, other coordinates."""

import numpy as np
import pytest

from causalgrain import CausalGrainError, store
from causalgrain.information.linear import LinearGaussian

A = np.array([[0.5, 0.3], [0.0, 0.2]])
S = np.array([[1.0, 0.4], [0.4, 2.0]])


def test_stationary_covariance_by_hand_and_by_simulation():
    assert pytest.approx(np.array([[1.0]])) == LinearGaussian([[0.6]], [[0.64]]).C
    system = LinearGaussian(A, S)
    by_sum = sum(np.linalg.matrix_power(A, i) @ S @ np.linalg.matrix_power(A, i).T for i in range(200))
    assert pytest.approx(by_sum, abs=1e-12) == system.C
    # A transposed would give other variances: the convention is columns now, rows next.
    assert np.abs(LinearGaussian(A.T, S).C - by_sum).max() > 0.1
    many = np.diag(np.linspace(0.1, 0.9, 12))
    assert np.diag(LinearGaussian(many, 1.0).C) == pytest.approx(1 / (1 - np.linspace(0.1, 0.9, 12) ** 2))


def test_unstable_needs_a_covariance():
    system = LinearGaussian([[1.1]], [[1.0]])
    assert not system.stable
    assert "unstable" in repr(system)
    with pytest.raises(CausalGrainError, match=r"1\.1.*covariance="):
        _ = system.C
    assert LinearGaussian([[1.1]], [[1.0]], covariance=[[3.0]]).C.tolist() == [[3.0]]


def test_singular_matrices_are_taken():
    system = LinearGaussian([[0.5, 0.0], [0.5, 0.0]], np.diag([1.0, 0.0]))
    assert system.noise_rank == 1
    assert pytest.approx(np.array([[4 / 3, 1 / 3], [1 / 3, 1 / 3]])) == system.C


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"A": [[1.0, 2.0]]}, "square"),
        ({"A": [[np.nan, 0], [0, 0]]}, "finite"),
        ({"S": [[1.0, 2.0], [0.0, 1.0]]}, "symmetric"),
        ({"S": [[1.0, 2.0], [2.0, 1.0]]}, "no negative eigenvalue"),
        ({"S": [[1.0]]}, "like A"),
        ({"covariance": -np.eye(2)}, "no negative eigenvalue"),
        ({"labels": ["a"]}, "2 different names"),
        ({"labels": ["a", "a"]}, "2 different names"),
    ],
)
def test_what_is_refused(changes, message):
    with pytest.raises(CausalGrainError, match=message):
        LinearGaussian(**({"A": A, "S": S} | changes))


def test_it_is_a_value(tmp_path):
    system = LinearGaussian(A, S, labels=["a", "b"], caution="fitted")
    assert system == LinearGaussian(A.copy(), S, labels=("a", "b"))
    assert system != LinearGaussian(A, 2 * S, labels=["a", "b"])
    assert system.hash != LinearGaussian(A, S, covariance=np.eye(2)).hash
    with pytest.raises(ValueError, match="read-only"):
        system.A[0, 0] = 1.0
    again = store.load(store.save(system, tmp_path / "s.h5"))
    assert again == system
    assert again.caution == "fitted"


def test_changed_coordinates_follow_the_same_path():
    t = np.array([[2.0, 1.0], [0.0, -0.5]])
    system = LinearGaussian(A, S, covariance=np.eye(2))
    other = system.changed(t)
    x = np.array([0.3, -1.0])
    assert other.A @ (t @ x) == pytest.approx(t @ (A @ x))
    assert pytest.approx(t @ t.T) == other.C
    with pytest.raises(CausalGrainError, match="singular"):
        system.changed([[1.0, 1.0], [1.0, 1.0]])
