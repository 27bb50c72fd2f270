"""What real files say of their clocks: the worms' time stamps, and spike times in seconds."""

import pytest

from causalgrain._errors import CausalGrainWarning, InputError
from causalgrain.recordings.readers import read_recording

WORMS = "celegans_wholebrain"


def test_a_worm_whose_frames_take_longer_than_its_notes_say(data_folder):
    slow = data_folder / WORMS / "swf415_no_id__2022-01-16-01-data.h5"
    with pytest.warns(
        CausalGrainWarning, match=r"1.66667 Hz, a sample every 0.6 s, .*0.7367\d* s apart \(median\), 1.357"
    ):
        rec = read_recording(slow, array="gcamp/trace_array", rate=1 / 0.6)
    assert rec.rate == pytest.approx(1 / 0.6)
    assert read_recording(slow, array="gcamp/trace_array", rate=1 / 0.737).n_samples == 799
    with pytest.raises(InputError, match=r"'timing/timestamp_confocal' are 0.7367\d* s apart: rate=1.357"):
        read_recording(slow, array="gcamp/trace_array")


@pytest.mark.parametrize("day", ["26-31", "27-38", "27-45"])
def test_worms_whose_frames_are_as_noted(data_folder, day):
    path = data_folder / WORMS / f"swf702_with_id__2022-07-{day}-data.h5"
    assert read_recording(path, array="gcamp/trace_array", rate=1 / 0.6).n_samples == 800


def test_a_worm_left_on_disk_is_the_same(data_folder):
    path = data_folder / WORMS / "swf702_with_id__2022-07-26-31-data.h5"
    lazy, eager = (read_recording(path, array="gcamp/trace_array", rate=1 / 0.6, lazy=w) for w in (True, False))
    assert lazy.on_disk is not None
    assert lazy == eager


@pytest.mark.parametrize(
    ("name", "units"), [("hippocampus_run_rest/wmaze_spikes.mat", 25), ("monosynaptic_units/all_unit.mat", 16)]
)
def test_spike_times_in_seconds_are_not_doubted(data_folder, name, units):
    assert read_recording(data_folder / name).n_units == units
