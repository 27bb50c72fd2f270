"""Files of every format that hold other things than they should: the law of `reading_law`."""

import h5py
import numpy as np
import pytest
import scipy.io
from hypothesis import given, settings
from hypothesis import strategies as st

import small_files as small
from causalgrain.recordings.readers import read_recording
from matlab_files import cell, save_v73, struct_array
from reading_law import law

NAMES = st.sampled_from(
    ("rate", "fs", "labels", "segments", "position", "values", "traces", "times", "spikes", "x", "a")
)
SHAPES = st.sampled_from(
    ((), (0,), (1,), (2,), (3,), (12,), (12, 3), (3, 12), (12, 1), (0, 3), (3, 0), (12, 2), (2, 3, 2))
)
KINDS = st.sampled_from(("f8", "f8", "f4", "f2", ">f8", "i8", "u8", "u1", "?", "c16", "U3", "S2", "g"))
FILLS = st.sampled_from(("random", "steps", "whole", "odd"))
ODD = (np.nan, np.inf, -np.inf, 1e300, -1.0, 0.0, 2.0**62, 0.5, 30000.0)
OPTIONS = st.fixed_dictionaries(
    {"rate": st.sampled_from((1.0, 10.0))},
    optional={
        "kind": st.sampled_from(("traces", "counts", "spikes")),
        "array": NAMES,
        "epochs": NAMES,
        "units": st.sampled_from(("random:1", [0], "u0")),
        "orientation": st.sampled_from(("time x unit", "unit x time")),
        "segments": st.sampled_from(([[0, 5]], [[0, 0.5]])),
        "start": st.sampled_from((-5.0, 3.0)),
        "duration": st.sampled_from((1.0, 100.0)),
        "lazy": st.booleans(),
    },
)


def filled(shape, kind, fill, seed):
    """An array of a data type: random numbers, steps of 0.1, whole numbers, or odd ones."""
    rng, many = np.random.default_rng(seed), int(np.prod(shape))
    numbers = {
        "random": rng.normal(size=many),
        "steps": np.arange(many) / 10,
        "whole": rng.integers(0, 4, many).astype(float),
        "odd": rng.choice(ODD, many),
    }[fill]
    if kind in ("U3", "S2"):
        return rng.choice(["a", "b", "", "good", "1"], many).astype(kind).reshape(shape)
    with np.errstate(all="ignore"):
        return numbers.astype(kind).reshape(shape)


ARRAYS = st.builds(filled, SHAPES, KINDS, FILLS, st.integers(0, 99))
LEAVES = st.one_of(ARRAYS, ARRAYS, st.sampled_from(("text", "", 3.0, 10, True, None)))
DICTS = st.dictionaries(
    NAMES, st.recursive(LEAVES, lambda inner: st.dictionaries(NAMES, inner, max_size=3), max_leaves=5), max_size=5
)
NUMBERS = st.builds(
    filled, SHAPES, st.sampled_from(("f8", "f4", "i8", "u1", "?", "c16", "g")), FILLS, st.integers(0, 99)
)


def in_cells(leaves):
    """Cells, arrays of structs and structs, as MATLAB nests them."""
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(cell),
            st.lists(inner, min_size=1, max_size=3).map(
                lambda items: struct_array([{"times": item} for item in items])
            ),
            st.dictionaries(NAMES, inner, max_size=3),
        ),
        max_leaves=6,
    )


IN_CELLS = in_cells(LEAVES.map(lambda leaf: "none" if leaf is None else leaf))


def flat(content, above=""):
    """Nested dicts as names with slashes."""
    for name, value in content.items():
        if isinstance(value, dict):
            yield from flat(value, f"{above}{name}/")
        else:
            yield above + name, value


def stored(value):
    """What HDF5 can hold of a value."""
    if value is None:
        return h5py.Empty("f8")
    array = np.asarray(value)
    return array.astype("S8") if array.dtype.kind == "U" else array


@settings(max_examples=80)
@given(content=DICTS, options=OPTIONS)
def test_archives(room, content, options):
    path = room() / "x.npz"
    np.savez(path, **{name.replace("/", "_"): np.asarray(value) for name, value in flat(content)})
    law(lambda: read_recording(path, **options))


@settings(max_examples=80)
@given(content=DICTS, options=OPTIONS)
def test_hdf5(room, content, options):
    path = room() / "x.h5"
    with h5py.File(path, "w") as file:
        for name, value in flat(content):
            file[name] = stored(value)
    law(lambda: read_recording(path, **options))


@settings(max_examples=80)
@given(content=st.dictionaries(NAMES, IN_CELLS, max_size=4), options=OPTIONS)
def test_matlab(room, content, options):
    folder = room()
    scipy.io.savemat(folder / "x.mat", content, oned_as="row")
    law(lambda: read_recording(folder / "x.mat", **options))


@settings(max_examples=40)
@given(content=st.dictionaries(NAMES, in_cells(NUMBERS), max_size=4), options=OPTIONS)
def test_matlab_73(room, content, options):
    path = save_v73(room() / "x.mat", content)
    law(lambda: read_recording(path, **options))


@settings(max_examples=50)
@given(array=ARRAYS, options=OPTIONS)
def test_single_arrays(room, array, options):
    path = room() / "x.npy"
    np.save(path, array)
    law(lambda: read_recording(path, **options))


FILES = {
    "suite2p": ("F", "iscell", "redcell"),
    "phy": ("spike_times", "spike_clusters", "spike_templates", "templates", "channel_positions", "templates_ind"),
}


@pytest.mark.parametrize("layout", FILES)
@settings(max_examples=60)
@given(data=st.data())
def test_other_arrays_in_folders(room, layout, data):
    """Another array in the place of one that the layout has, of its shape or not."""
    path, options = getattr(small, layout)(room())
    for name in data.draw(st.lists(st.sampled_from(FILES[layout]), min_size=1, max_size=2, unique=True)):
        usual = np.load(path / f"{name}.npy").shape if (path / f"{name}.npy").exists() else (3, 2)
        shape = data.draw(st.one_of(st.just(usual), SHAPES))
        array = filled(shape, data.draw(KINDS), data.draw(FILLS), data.draw(st.integers(0, 99)))
        np.save(path / f"{name}.npy", array)
    law(lambda: read_recording(path, **options))


SAID = st.sampled_from(
    (None, 1, 10**400, 0.5, "x", np.nan, [1, 2], [1, "b"], [[1, 2], [3, 4]], 1j, True, np.array([3.0]))
)


@settings(max_examples=60)
@given(
    fs=SAID,
    stat=st.lists(
        st.fixed_dictionaries({}, optional=dict.fromkeys(("med", "npix", "iplane"), SAID)), min_size=3, max_size=3
    ),
    combined=st.booleans(),
)
def test_what_suite2p_says_of_rois(room, fs, stat, combined):
    folder = room() / ("combined" if combined else "plane0")
    folder.mkdir()
    path, _ = small.suite2p(folder)
    np.save(path / "ops.npy", np.array({"fs": fs}, dtype=object), allow_pickle=True)
    rois = np.empty(3, dtype=object)
    rois[:] = stat
    np.save(path / "stat.npy", rois, allow_pickle=True)
    law(lambda: read_recording(path))


CONSTANTS = st.sampled_from(
    ("1e400", "-1", "0", "'x'", "None", "[1]", "1e3", "'C:\\data'", "10**5", "True", "'f8,('", "'S'", "'raw.dat'")
)


@settings(max_examples=60)
@given(
    values=st.lists(CONSTANTS, min_size=5, max_size=5),
    cells=st.lists(st.lists(st.sampled_from(("cluster_id", "group", "0", "3", "good", "")), max_size=3), max_size=3),
)
def test_what_phy_says(room, values, cells):
    path, _ = small.phy(room())
    (path / "raw.dat").write_bytes(bytes(40))
    names = ("dat_path", "n_channels_dat", "dtype", "sample_rate", "offset")
    (path / "params.py").write_text("".join(f"{n} = {v}\n" for n, v in zip(names, values, strict=True)))
    (path / "cluster_group.tsv").write_text("\n".join("\t".join(row) for row in cells))
    law(lambda: read_recording(path))


@pytest.mark.parametrize("write", [small.nwb_units, small.nwb_series, small.caiman], ids=small.name_of)
@settings(max_examples=60)
@given(data=st.data())
def test_other_datasets_in_layouts(room, write, data):
    """Another dataset, or attribute, in the place of one that the layout has."""
    path, options = write(room())
    with h5py.File(path, "r+") as file:
        names = []
        file.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
        for name in data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True)):
            kept, shape = dict(file[name].attrs), data.draw(st.one_of(st.just(file[name].shape), SHAPES))
            array = filled(shape, data.draw(KINDS), data.draw(FILLS), data.draw(st.integers(0, 99)))
            del file[name]
            if data.draw(st.booleans()):
                file[name] = stored(array)
                values = st.sampled_from((0.0, np.nan, b"\xff", np.array([1, 2]), 1e300))
                file[name].attrs.update(
                    {key: data.draw(st.one_of(st.just(value), values)) for key, value in kept.items()}
                )
    law(lambda: read_recording(path, **options))


FIELDS = st.sampled_from(
    (
        "UID",
        "cellID",
        "sessionName",
        "putativeCellType",
        "troughToPeak",
        "trilat_x",
        "trilat_y",
        "waveforms",
        "general",
        "groundTruthClassification",
    )
)


@settings(max_examples=60)
@given(
    fields=st.dictionaries(
        FIELDS,
        st.one_of(IN_CELLS, ARRAYS, st.lists(st.sampled_from(("a", "b")), min_size=2, max_size=2).map(cell)),
        max_size=4,
    )
)
def test_other_fields_in_cell_explorer(room, fields):
    path = room() / "d.cell_metrics.cellinfo.mat"
    spikes = {"times": cell([np.array([[0.1], [0.5]]), np.array([[0.2]])])}
    scipy.io.savemat(path, {"cell_metrics": {"UID": np.array([[4.0, 7.0]]), "spikes": spikes} | fields})
    law(lambda: read_recording(path))


@settings(max_examples=60)
@given(
    tables=st.lists(
        st.builds(filled, st.sampled_from(((2, 12), (3, 12), (12,), (2, 3, 4))), KINDS, FILLS, st.integers(0, 99)),
        min_size=1,
        max_size=3,
    ),
    good=LEAVES,
)
def test_other_matrices_in_trials(room, tables, good):
    unit = {
        "odor": struct_array([{"spikeMatrix": table} for table in tables]),
        "good": "none" if good is None else good,
    }
    path = room() / "x.mat"
    scipy.io.savemat(path, {"espe": struct_array([{"shank": struct_array([{"SUA": {"cell": struct_array([unit])}}])}])})
    law(lambda: read_recording(path))
