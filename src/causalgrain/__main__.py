"""``python -m causalgrain`` is the command ``causalgrain``."""

from .cli import main

main()
