"""The law of every way in: a recording, or an error of ours that says what to do; nothing else, and never a hang.

Warnings other than CausalGrainWarning break it too: they are errors in the tests (pyproject.toml), and here where this
module is run as a program, which reads files in a process of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from causalgrain._errors import CausalGrainError, CausalGrainWarning
from causalgrain.recordings.readers import read_recording
from causalgrain.recordings.recording import Recording

LIMIT = 20.0  # s for one file


def use(recording: Recording) -> None:
    """Look at everything that a recording tells."""
    assert repr(recording)
    assert recording.hash
    assert recording.duration > 0
    if recording.rate is not None:
        assert np.isfinite(recording.values).all()
        assert np.isfinite(recording.times).all()
    for name in recording.conditions:
        assert recording.in_condition(name).duration > 0
    recording.select([0])


def law(call: Callable[[], Any], look: Callable[[Any], Any] = use) -> None:
    """Hold the law for one call; `look` is done with what it returns."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CausalGrainWarning)
        try:
            look(call())
        except CausalGrainError as error:
            message = str(error)
        else:
            return
    assert ": expected " in message, message
    assert message.endswith((".", "?", '"', ")")), message


class Elsewhere:
    """Another process that reads files; it is killed when one takes too long, so that no hang or crash stays unseen."""

    def __init__(self) -> None:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen([sys.executable, __file__], stdin=pipe, stdout=pipe, text=True)

    def law(self, path: Path, options: dict[str, Any]) -> None:
        """Hold the law for one file."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        watch = threading.Timer(LIMIT, self.process.kill)
        watch.start()
        self.process.stdin.write(json.dumps([str(path), options]) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        watch.cancel()
        assert line, f"the process ended ({self.process.wait()}): it crashed, or hung for {LIMIT:g} s"
        assert not json.loads(line), json.loads(line)

    def close(self) -> None:
        """End the process."""
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        self.process.wait()


def _serve() -> None:
    warnings.simplefilter("error")
    for line in sys.stdin:
        path, options = json.loads(line)
        broken = ""
        try:
            law(lambda path=path, options=options: read_recording(path, **options))
        except Exception:
            broken = traceback.format_exc()
        print(json.dumps(broken), flush=True)


if __name__ == "__main__":
    _serve()
