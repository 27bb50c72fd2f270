"""Damaged MATLAB files that would end the process, or fill the memory, if scipy read them."""

import struct

import numpy as np
import pytest
import scipy.io

from causalgrain._errors import FileFormatError
from causalgrain.recordings.matlab_check import check_file
from causalgrain.recordings.readers import read_recording


def cell(*items):
    array = np.empty((1, len(items)), dtype=object)
    array[0] = items
    return array


VARIABLES = {
    "numbers": {"x": np.arange(6.0).reshape(3, 2)},
    "text": {"x": "abc"},
    "cells": {"x": cell(np.ones((2, 1)), "abc", np.zeros((0, 0)))},
    "struct": {"x": {"time": np.ones((2, 1)), "name": "abc"}},
    "complex": {"x": np.ones((2, 2)) * 1j},
    "sparse": {"x": scipy.sparse.csc_array(np.eye(3))},
    "integers": {"x": np.arange(6, dtype=np.int16).reshape(2, 3), "y": np.array([[True]])},
    "three dimensions": {"x": np.zeros((2, 3, 4))},
    "empty": {"x": np.zeros((0, 3))},
    "nothing": {},
}


@pytest.mark.parametrize("what", VARIABLES)
@pytest.mark.parametrize("settings", [{}, {"do_compression": True}])
def test_whole_files_pass(tmp_path, what, settings):
    scipy.io.savemat(tmp_path / "x.mat", VARIABLES[what], **settings)
    assert check_file(tmp_path / "x.mat") is None


@pytest.mark.parametrize("what", ["numbers", "text", "complex", "sparse", "empty"])
def test_whole_files_of_level_4_pass(tmp_path, what):
    scipy.io.savemat(tmp_path / "x.mat", VARIABLES[what], format="4")
    assert check_file(tmp_path / "x.mat") is None


@pytest.mark.parametrize(
    ("what", "old", "new", "message"),
    [
        # The type of the numbers: 9 is double, 8 and 20 are nothing.
        ("numbers", (9, 48), (8, 48), "type 8"),
        ("numbers", (9, 48), (20, 48), "type 20"),
        ("numbers", (9, 48), (14, 48), "type 14"),
        ("numbers", (9, 48), (9, 4800), "4800 bytes where"),
        # Flags: a complex array must have a second part; a class that there is not.
        ("numbers", (6, 8, 6), (6, 8, 6 | 1 << 11), "4 parts|3 parts"),
        ("sparse", (6, 8, 5), (6, 8, 5 | 1 << 11), "5 parts"),
        ("numbers", (6, 8, 6), (6, 8, 30), "class 30"),
        # Dimensions: too many numbers, no dimensions, negative ones, a struct that would take 13 GB.
        ("numbers", (5, 8, 3, 2), (5, 8, 3, 200), "shape"),
        ("numbers", (5, 8, 3, 2), (5, 8, -3, -2), "shape"),
        ("struct", (5, 8, 1, 1), (5, 8, 1, 1_700_000_000), "2 contents"),
        ("cells", (5, 8, 1, 3), (5, 8, 1, 1_700_000_000), "3 contents"),
        ("text", (14, 48), (9, 48), "variable of type 9"),
    ],
)
def test_damaged_files_do_not(tmp_path, what, old, new, message):
    path = tmp_path / "x.mat"
    scipy.io.savemat(path, VARIABLES[what])
    data = path.read_bytes()
    was, now = (struct.pack(f"={len(v)}i", *v) for v in (old, new))
    assert was in data[128:]
    path.write_bytes(data[:128] + data[128:].replace(was, now, 1))
    with pytest.raises(ValueError, match=message):
        check_file(path)
    with pytest.raises(FileFormatError, match="truncated or of another format"):
        read_recording(path, rate=1.0)


def test_damaged_level_4(tmp_path):
    path = tmp_path / "x.mat"
    scipy.io.savemat(path, VARIABLES["numbers"], format="4")
    data = path.read_bytes()
    for bad in (data[:-1], data[:10], data + b"\0", data[:4] + struct.pack("=i", 2**30) + data[8:]):
        path.write_bytes(bad)
        with pytest.raises(ValueError, match=r"ends within|missing"):
            check_file(path)
