"""Macro steps and figures at the command line, as a stranger would run them."""

import json
import subprocess
import sys

import pytest


@pytest.fixture
def swap(tmp_path):
    rows = [[row >> 3 & 1, row >> 2 & 1] for row in range(16)]
    path = tmp_path / "swap.json"
    path.write_text(json.dumps({"tpm": rows, "order": 2, "state": ["11", "11"]}))
    return path


def run(*args):
    return subprocess.run([sys.executable, "-m", "causalgrain", *map(str, args)], capture_output=True, text=True)


def test_scan_over_macro_steps(swap, tmp_path):
    done = run("scan", swap, "--max-tau", 2, "--json", "--out", tmp_path / "s.csv")
    assert done.returncode == 0, done.stderr
    table = (tmp_path / "s.csv").read_text()
    assert "{A}{B} tau=2 ON=1,2|1,2" in table
    assert '"max_tau": 2' in done.stdout


def test_phi_at_a_temporal_grain(swap):
    done = run("phi", swap, "--tau", 2, "--groups", "A|B", "--on", "1,2|1,2")
    assert "cut {A(t-1) B(t-1)} -> {A(t) B(t)}" in done.stdout
    assert "no integrated information in state 11 11" in done.stdout


def test_too_short_a_history_says_how_to_give_one(tmp_path):
    done = run("scan", "hoel2016-fig2", "--max-tau", 2, "--out", tmp_path / "x.h5")
    assert done.returncode == 2
    assert "the last 2 states, oldest first, got 1: 0000. For example '0000 0000'" in done.stderr


def test_figures_are_drawn(tmp_path):
    done = run("phi", "hoel2016-fig2", "--figure", tmp_path / "space.png")
    assert (tmp_path / "space.png").stat().st_size > 10_000
    assert "Figure of the cause-effect space" in done.stdout
    done = run("scan", "hoel2016-fig2", "--out", tmp_path / "x.h5", "--figure", tmp_path / "lattice.svg")
    assert (tmp_path / "lattice.svg").read_text().startswith("<?xml")
    again = run("phi", "hoel2016-fig2", "--figure", tmp_path / "space.png")
    assert again.returncode == 2
    assert "--force" in again.stderr
    assert "space.png, .pdf, .svg" not in again.stderr
    odd = run("phi", "hoel2016-fig2", "--figure", tmp_path / "space.xyz")
    assert "a name ending in .png, .pdf, .svg" in odd.stderr
