"""Constructors, methods and analyses of recordings under arguments of every kind: the law of `reading_law`."""

import numpy as np
import pandas
from hypothesis import given, settings
from hypothesis import strategies as st

import small_files as small
from causalgrain.grains.recorded import scan_recording
from causalgrain.recordings.epochs import Epochs, read_epochs
from causalgrain.recordings.objects import as_epochs
from causalgrain.recordings.readers import read_recording
from causalgrain.recordings.recording import Recording
from causalgrain.systems.sufficiency import check_recording
from reading_law import law

RNG = np.random.default_rng(0)
HALVES = Epochs([0, 3], [3, 6], ["x", "y"])
WAVES = Recording(RNG.normal(size=(60, 3)), 10.0, ["a", "b", "c"])
COUNTS = Recording(RNG.integers(0, 3, size=(60, 3)), 10.0, ["a", "b", "c"], kind="counts", epochs=HALVES)
SPIKES = Recording.from_spikes([np.sort(RNG.uniform(0, 6, 40)) for _ in range(3)], duration=6.0, epochs=HALVES)
THINGS = st.sampled_from((
    *(None, "x", "", b"x", 1j, [], {}, (), True, -1, 0, 3, 0.5, 1e300, -1e300, 1e-320, 10**400, 2**63, float("nan"), np.inf),
    *([None], [1, "a"], [[1], [2, 3]], ["a", "b"], [1, 2], [[0, 5]], [[0, 1e300]], {"a": 1}, {1, 2}, range(3), len, object()),
    *(np.float32(2), np.array(3.0), np.array([1.0]), np.arange(3), np.zeros((3, 2)), np.zeros((0, 2)), np.array(["a"])),
    *(np.array([1j]), np.ma.masked_array([1.0, 2.0], [0, 1]), np.array(["2020-01-01"], "M8[s]"), np.timedelta64(3, "ms")),
    *(np.array([None, 1]), np.longdouble("1e400"), "\ud800", "a\0b", pandas.Series([1.0, 2.0]), pandas.DataFrame({"a": [1]})),
))  # fmt: skip
VALUES = st.sampled_from((np.arange(12.0).reshape(6, 2), [[1, 2], [3, 4]], np.full((3, 2), 1e308), np.ma.masked_array(np.ones((3, 2)), np.eye(3, 2))))  # fmt: skip
TRAINS = st.sampled_from(
    ([[0.1, 0.2], [0.3]], [[0.1], []], [[-1, 0.5], [0]], [[1e308], [2]], [[0.0, 0.0], [0.0]], np.ones((2, 3)))
)
STARTS = st.sampled_from(([0], [0, 1], [-1e308], [0.1, 0.3]))
STOPS = st.sampled_from(([1], [1, 2], [1e308], [0.3, 0.5]))
CONDITIONS = st.sampled_from((["a"], ["a", "b"], ["a", "a"]))


def odd(usual):
    """Now and then something else than the usual."""
    return st.one_of(usual, usual, THINGS)


def made(*parts):
    """Epochs if these make some, else what was to make them."""
    try:
        return Epochs(*parts)
    except ValueError:
        return parts


EPOCHS = st.builds(made, STARTS, STOPS, CONDITIONS)
COMMON = {
    "labels": odd(st.just(["a", "b"])),
    "start": odd(st.sampled_from((0.0, -3.0, 1e300))),
    "segments": odd(st.sampled_from(([[0, 3]], [[0, 2], [2, 4]], [[0, 1e308]], [[-1e308, 1e308]]))),
    "properties": odd(st.dictionaries(st.sampled_from(("z", "\ud800")), odd(st.just([1, 2])), max_size=2)),
    "epochs": odd(EPOCHS),
    "notes": odd(st.just(["n"])),
    "source": odd(st.just("s")),
}
SAMPLED = {"kind": odd(st.sampled_from(("traces", "counts"))), "onsets": odd(st.sampled_from(([0.0], [0, 5])))}


@settings(max_examples=250)
@given(
    values=odd(VALUES),
    rate=odd(st.sampled_from((10, 1e-300, 1e308))),
    more=st.fixed_dictionaries({}, optional=COMMON | SAMPLED),
)
def test_arguments_of_recordings(values, rate, more):
    law(lambda: Recording(values, rate, **more))


@settings(max_examples=250)
@given(
    trains=odd(TRAINS),
    more=st.fixed_dictionaries({}, optional=COMMON | {"duration": odd(st.sampled_from((1.0, 1e-300, 1e308)))}),
)
def test_arguments_of_spikes(trains, more):
    law(lambda: Recording.from_spikes(trains, **more))


@settings(max_examples=150)
@given(start=odd(STARTS), stop=odd(STOPS), condition=odd(CONDITIONS))
def test_arguments_of_epochs(start, stop, condition):
    for recording in (WAVES, SPIKES):
        law(lambda recording=recording: recording.with_epochs(Epochs(start, stop, condition)))


@settings(max_examples=100)
@given(thing=THINGS, other=THINGS)
def test_arguments_of_methods(thing, other):
    for recording in (WAVES, SPIKES):
        for call in (
            lambda recording=recording: recording.select(thing),
            lambda recording=recording: recording.select("random:2", seed=thing),
            lambda recording=recording: recording.with_segments(thing, other),
            lambda recording=recording: recording.in_condition(thing),
            lambda recording=recording: recording.with_epochs(thing),
            lambda recording=recording: read_recording(recording, units=thing),
        ):
            law(call)
    law(lambda: read_epochs(thing), repr)
    law(lambda: as_epochs(thing, condition=other), repr)
    law(lambda: read_recording(thing))


@settings(max_examples=100)
@given(options=st.dictionaries(st.sampled_from(("array", "rate", "labels", "kind", "orientation", "units", "segments", "start", "duration", "epochs", "lazy")), THINGS, max_size=2))  # fmt: skip
def test_options_of_the_reader(room, options):
    for write in (small.npz, small.npz_spikes, small.suite2p, small.phy, small.cell_explorer):
        path, usual = write(room())
        law(lambda path=path, usual=usual: read_recording(path, **(usual | options)))


# -- what a recording is made for ------------------------------------------------------------------------------------

WIDTHS = st.sampled_from(
    (None, 0.2, [0.1, 0.2], [0.5], 1.0, 0, -1.0, np.nan, np.inf, 1e-320, 1e300, 0.15, "x", [], [0.2, 0.2])
)
STATES = st.sampled_from((None, "median", "mean", "spike", "z:1", "z:x", "threshold:0.2", "percentile:60", "percentile:200", "", ("z", 2), 3))  # fmt: skip
WHOLE = st.sampled_from((0, 1, 2, 3, -1, 0.5, True, "x"))


@settings(max_examples=60)
@given(
    recording=st.sampled_from((WAVES, COUNTS, SPIKES)),
    options=st.fixed_dictionaries(
        {"units": st.sampled_from(("a,b", [0, 1], "random:2", [0], "u1", "random:9", [0, 0], 7, [], "0,1"))},
        optional={
            "bins": WIDTHS,
            "lags": st.sampled_from((1, 2, [1, 2], 0, -1, 10**6, [1, 1], [], [0.5], "x")),
            "binarise": STATES,
            "conditions": st.sampled_from((None, "x", ["x"], ["x", "y"], ["z"], "", ["x", "x"])),
            "max_dependence": st.sampled_from((None, 0.05, 1.0, -1.0, np.nan, "x")),
            "prior": st.sampled_from((0.5, 0, 1.0, -1, np.nan, "x")),
            "block": st.sampled_from((None, 0.5, 1.0, 3.0, 0, -1.0, np.nan, "x")),
            "seed": WHOLE,
            "best": WHOLE,
            "subsets": WHOLE,
            "null": st.sampled_from((None, "circular_shift", "x", 3)),
            "null_over": st.sampled_from(("condition", "recording", "x", None, 3)),
            "one_element": st.sampled_from(("zero", "pyphi", "x", None)),
        },
    ),
)
def test_options_of_scans(recording, options):
    law(lambda: scan_recording(recording, draws=0, progress=False, **options), repr)


@settings(max_examples=60)
@given(
    recording=st.sampled_from((WAVES, COUNTS, SPIKES)),
    options=st.fixed_dictionaries(
        {"sets": st.sampled_from((1, 3, 0, -1, 0.5, "x"))},
        optional={
            "bins": WIDTHS,
            "sizes": st.sampled_from(([3], [2, 3], 3, 7, 1, [], [0.5], "x", ["x"], [3, 3])),
            "binarise": STATES,
            "seed": WHOLE,
        },
    ),
)
def test_options_of_checks(recording, options):
    law(lambda: check_recording(recording, **options), str)
