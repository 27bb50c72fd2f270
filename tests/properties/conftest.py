"""A folder for the files of all examples of a property."""

import shutil

import pytest


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """Return a function that empties a folder and gives it."""
    folder = tmp_path_factory.mktemp("room") / "x"

    def emptied():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder

    return emptied
