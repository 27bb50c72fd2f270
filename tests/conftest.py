"""Shared by all tests: where real recordings are, and how hypothesis runs."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[1]

settings.register_profile(
    "causalgrain", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("causalgrain")


@pytest.fixture(scope="session")
def data_folder():
    """Folder with real recordings; tests that need it are skipped elsewhere, but required where CI is set."""
    named = os.environ.get("CAUSALGRAIN_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"real recordings are required in CI: no folder {folder}; set CAUSALGRAIN_DATA")
        pytest.skip("no real recordings here: set CAUSALGRAIN_DATA to their folder")
    return folder


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    shutil.rmtree(tmp_path, ignore_errors=True)


collect_ignore_glob = ["*/make_*.py"]  # scripts that write frozen answers
