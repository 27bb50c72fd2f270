"""Checkpoints: resumed equals uninterrupted, other settings are refused, broken files are named."""

import numpy as np
import pytest

from causalgrain import FileFormatError, InputError, OutputExistsError
from causalgrain.learned import fit
from causalgrain.learned.checkpoint import flatten, unflatten
from causalgrain.learned.fit import fit_scales
from causalgrain.learned.training import train

QUICK = {"dims": (3, 1), "seeds": 2, "folds": 2, "steps": 40, "hidden": 4, "couplings": 1}


def bent(samples, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((samples, 3))
    for t in range(samples - 1):
        x[t + 1, 0] += 0.9 * x[t, 0]
    return x + np.column_stack([np.zeros(samples), 0.7 * x[:, 0] ** 2, np.zeros(samples)])


def interrupted(monkeypatch, after, **settings):
    with monkeypatch.context() as patched:
        patched.setattr(fit, "train", lambda *rest, **named: train(*rest, **named, stop_after=after))
        return fit_scales(bent(300), **(QUICK | settings))


def test_a_resumed_training_gives_the_numbers_of_one_that_wasnt_stopped(tmp_path, monkeypatch):
    whole = fit_scales(bent(300), **QUICK, patience=100)
    first = interrupted(monkeypatch, 14, checkpoint=tmp_path / "c", patience=100)
    assert first.evaluated[-1] == 14
    again = fit_scales(bent(300), **QUICK, patience=100, checkpoint=tmp_path / "c", resume=True)
    for name, array in whole.to_arrays().items():
        assert array.tobytes() == again.to_arrays()[name].tobytes(), name
    done = fit_scales(bent(300), **QUICK, patience=100, checkpoint=tmp_path / "c", resume=True)  # nothing left to do
    assert done.parameters["scales/0/A"].tobytes() == whole.parameters["scales/0/A"].tobytes()


def test_a_checkpoint_of_others_is_refused(tmp_path, monkeypatch):
    place = tmp_path / "c"
    interrupted(monkeypatch, 4, checkpoint=place)
    with pytest.raises(OutputExistsError, match="resume=True"):
        fit_scales(bent(300), **QUICK, checkpoint=place)
    with pytest.raises(InputError, match="these settings and this recording"):
        fit_scales(bent(300), **(QUICK | {"batch": 64}), checkpoint=place, resume=True)
    with pytest.raises(InputError, match="these settings and this recording"):
        fit_scales(bent(300, seed=1), **QUICK, checkpoint=place, resume=True)
    (place / "state.npz").write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(FileFormatError, match=r"state\.npz"):
        fit_scales(bent(300), **QUICK, checkpoint=place, resume=True)


def test_nested_parameters_survive_being_flat():
    tree = {"a": tuple({"w": np.array(float(i))} for i in range(11)), "b": {"level1": np.ones(2)}}
    back = unflatten(flatten(tree))
    assert [float(part["w"]) for part in back["a"]] == list(range(11))
    assert back["b"]["level1"].tolist() == [1.0, 1.0]
