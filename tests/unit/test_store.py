"""Every result, saved and loaded: the same in every number; and files that are something else."""

import dataclasses
from collections.abc import Mapping

import h5py
import numpy as np
import pytest

import causalgrain as cg

NET = cg.published("hoel2016-fig2")


def same(a, b):
    """Deep equality of results."""
    assert type(a) is type(b)
    if hasattr(a, "identical"):
        assert a.identical(b)
        assert {k: v.dtype for k, v in a.variables.items()} == {k: v.dtype for k, v in b.variables.items()}
    elif dataclasses.is_dataclass(a):
        for field in dataclasses.fields(a):
            same(getattr(a, field.name), getattr(b, field.name))
    elif isinstance(a, np.ndarray):
        assert a.dtype == b.dtype
        assert a.tobytes() == b.tobytes()
    elif isinstance(a, Mapping):
        assert list(a) == list(b)
        for key in a:
            same(a[key], b[key])
    elif isinstance(a, tuple | list):
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            same(x, y)
    else:
        assert a == b or (a != a and b != b)


RESULTS = {
    "profile": lambda: cg.scan(NET, "0000"),
    "estimated profile": lambda: cg.scan(cg.Network(np.random.default_rng(0).random((8, 3)), origin="estimated", occupancy=np.arange(8.0))),
    "phi": lambda: cg.big_phi(NET, "0000"),
    "phi with its range": lambda: cg.big_phi(cg.published("and-or"), "11", ties="range"),
    "macro phi": lambda: cg.big_phi(NET, "0000", grain=cg.as_grain(["AB", "CD"], labels="ABCD")),
    "complexes": lambda: cg.complexes(cg.published("hoel2016-fig6"), "111111"),
    "effective information": lambda: cg.effective_information(NET),
    "network": lambda: NET,
    "several": lambda: {"a": NET, "b": {"c": cg.big_phi(NET, "0000")}},
}  # fmt: skip


@pytest.mark.parametrize("name", RESULTS)
def test_round_trip(name, tmp_path):
    result = RESULTS[name]()
    again = cg.load(cg.save(result, tmp_path / "result.h5"))
    same(result, again)
    assert repr(again) == repr(result)
    if name == "profile":
        assert again.table.equals(result.table)
        assert (again.peak, again.margin, again.ties) == (result.peak, result.margin, result.ties)


def test_other_programs_can_read_the_table(tmp_path):
    profile = cg.scan(NET, "0000")
    with h5py.File(cg.save(profile, tmp_path / "result.h5")) as file:
        assert file.attrs["format"] == "causalgrain result"
        phi = file["tables/t0/phi"][:, 0, 0]
    assert np.array_equal(phi, profile.values(), equal_nan=True)


def test_never_overwrites_unasked(tmp_path):
    path = tmp_path / "result.h5"
    path.write_text("precious")
    with pytest.raises(cg.OutputExistsError, match="--force"):
        cg.save(NET, path)
    assert path.read_text() == "precious"
    cg.save(NET, path, force=True)
    assert cg.load(path) == NET


def test_nothing_half_written(tmp_path):
    with pytest.raises(cg.InputError, match="got a complex"):
        cg.save({"good": NET, "bad": 1j}, tmp_path / "result.h5")
    with pytest.raises(cg.InputError, match="existing folder"):
        cg.save(NET, tmp_path / "missing" / "result.h5")
    assert list(tmp_path.iterdir()) == []


def test_foreign_and_broken_files(tmp_path):
    whole = cg.save(cg.scan(NET, "0000"), tmp_path / "whole.h5").read_bytes()
    broken = tmp_path / "broken.h5"
    for size in (0, 10, 1000, len(whole) // 2, len(whole) - 100):
        broken.write_bytes(whole[:size])
        with pytest.raises(cg.FileFormatError):
            cg.load(broken)
    with h5py.File(tmp_path / "foreign.h5", "w") as file:
        file["x"] = [1, 2]
    with pytest.raises(cg.FileFormatError, match="something else"):
        cg.load(tmp_path / "foreign.h5")
    with pytest.raises(cg.FileFormatError, match=r"Did you mean whole\.h5"):
        cg.load(tmp_path / "wholes.h5")
    with h5py.File(tmp_path / "whole.h5", "a") as file:
        file.attrs["format_version"] = 99
    with pytest.raises(cg.FileFormatError, match="Update causalgrain"):
        cg.load(tmp_path / "whole.h5")
