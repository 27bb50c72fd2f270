"""The commands. No computing here: each reads its input, calls one public function, and ends in one plain sentence.

Tables and the sentence go to stdout; progress and errors to stderr. With ``--json`` stdout holds one JSON object.
Exit codes: 0 done, 2 the input can't be used (one message, nothing written), 130 stopped by the user.
"""

from __future__ import annotations

from .main import app, main

__all__ = ["app", "main"]
