"""Files of every format under random damage, and random tables of epochs: the law of `reading_law`.

Files are small. HDF5's own code can hang or crash on damage, so that what h5py opens is read in another process with a
time limit; scipy's reader of MATLAB files is guarded by `matlab_check`, and the other readers are Python.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import small_files as small
from causalgrain.recordings.epochs import read_epochs
from causalgrain.recordings.readers import read_recording
from reading_law import Elsewhere, law


@pytest.fixture(scope="module")
def elsewhere():
    process = Elsewhere()
    yield process
    process.close()


# -- damaged bytes -------------------------------------------------------------------------------------------------------

SPECIAL = (b"\0" * 4, b"\xff" * 4, b"\xff\xff\xff\x7f", b"\0\0\0\0\0\0\xf8\x7f", b"nan", b"1e400", b"-1", b"9" * 10)
PIECE = st.one_of(st.binary(min_size=1, max_size=8), st.sampled_from((*SPECIAL, b'"', b"#", b"\r", b"\n", b",")))
WAYS = st.sampled_from(("flip", "write", "insert", "cut", "drop", "splice"))
DAMAGES = st.lists(st.tuples(WAYS, st.integers(0, 1 << 20), PIECE), min_size=1, max_size=4)


def damaged(data, damages):
    """Flip a bit, overwrite, insert, cut off, leave out or splice in bytes, one after the other."""
    for way, number, piece in damages:
        place = number % (len(data) + 1)
        other = data[place // 2 : place // 2 + 40] if way == "splice" else piece
        if way == "flip" and place < len(data):
            data = data[:place] + bytes([data[place] ^ (1 << number % 8)]) + data[place + 1 :]
        elif way == "cut":
            data = data[:place]
        elif way == "insert":
            data = data[:place] + other + data[place:]
        else:
            data = data[:place] + (b"" if way == "drop" else other) + data[place + len(other) :]
    return data


def spoil(folder, write, which, damages):
    """Write a small file or folder and damage one file of it; return what to read, and options."""
    path, options = write(folder)
    files = sorted(folder.iterdir())
    file = files[which % len(files)]
    file.write_bytes(damaged(file.read_bytes(), damages))
    return path, options


@pytest.mark.parametrize("write", small.PLAIN, ids=small.name_of)
@settings(max_examples=40)
@given(which=st.integers(0, 9), damages=DAMAGES)
def test_damaged_files(room, write, which, damages):
    path, options = spoil(room(), write, which, damages)
    law(lambda: read_recording(path, **options))


@pytest.mark.parametrize("write", small.IN_HDF5, ids=small.name_of)
@settings(max_examples=30)
@given(damages=DAMAGES)
def test_damaged_hdf5(room, elsewhere, write, damages):
    elsewhere.law(*spoil(room(), write, 0, damages))


@pytest.mark.parametrize(
    "ending", [".npz", ".npy", ".csv", ".mat", ".h5", ".nwb", ".hdf5", ".cell_metrics.cellinfo.mat"]
)
@settings(max_examples=15)
@given(data=st.binary(max_size=200))
def test_junk(room, elsewhere, ending, data):
    path = room() / f"x{ending}"
    path.write_bytes(data)
    elsewhere.law(path, {"rate": 1.0})


# -- tables of epochs --------------------------------------------------------------------------------------------

HEADERS = st.sampled_from(
    (
        "start,stop,condition",
        "onset,duration,label",
        "Start (s),end [s],name,x",
        "start,stop",
        "stop,start,start,condition",
        "",
    )
)
CELLS = st.sampled_from(
    ("0", "0.2", "0.5", "1", "-3", "nan", "1e400", "1e308", "", "wake", "sleep", '"a,b"', '"', "#", "1_0", "\u2028")
)
ROWS = st.lists(st.one_of(st.lists(CELLS, max_size=5), st.tuples(st.sampled_from(("0", "0.2", "0.4")), st.sampled_from(("0.5", "0.9", "2")), st.just("wake"))), max_size=5)  # fmt: skip


@settings(max_examples=150)
@given(
    header=HEADERS,
    rows=ROWS,
    mark=st.sampled_from((",", ";", "\t")),
    end=st.sampled_from(("\n", "\r\n", "\r")),
    code=st.sampled_from(("utf-8", "utf-8-sig", "utf-16")),
    junk=st.binary(max_size=3),
)
def test_tables_of_epochs(room, header, rows, mark, end, code, junk):
    folder = room()
    path, options = small.csv(folder)
    lines = [header.replace(",", mark), *(mark.join(row) for row in rows)]
    (folder / "epochs.csv").write_bytes(junk + end.join(lines).encode(code))
    law(lambda: read_epochs(folder / "epochs.csv"), repr)
    law(lambda: read_recording(path, epochs=folder / "epochs.csv", **options))
