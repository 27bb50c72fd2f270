"""A write that fails half-way leaves nothing behind, and takes nothing away."""

from pathlib import Path

import pytest
import xarray as xr

import causalgrain as cg

NET = cg.published("basic")


@pytest.fixture
def full_disk(monkeypatch):
    """A disk that fills up while the file is being written; returns the paths that were tried."""
    tried = []

    def fail(self, filepath, *arguments, **settings):
        tried.append(Path(filepath))
        Path(filepath).write_bytes(b"half a file")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(xr.DataTree, "to_netcdf", fail)
    return tried


def test_a_failing_write_leaves_nothing(tmp_path, full_disk):
    with pytest.raises(OSError, match="No space left"):
        cg.save(NET, tmp_path / "result.h5")
    assert len(full_disk) == 1
    assert full_disk[0].parent == tmp_path  # beside the target, so that moving it is one step
    assert list(tmp_path.iterdir()) == []


def test_a_failing_write_keeps_the_old_file(tmp_path, full_disk):
    path = tmp_path / "result.h5"
    path.write_text("precious")
    with pytest.raises(OSError, match="No space left"):
        cg.save(NET, path, force=True)
    assert len(full_disk) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["result.h5"]
    assert path.read_text() == "precious"
