"""The three scripts as commands of an installation: each runs as it would from the folder in which it lies."""

from __future__ import annotations

import os
import runpy

_SCRIPTS = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))


def import_photos() -> None:
    """Run import.py; its name is a word of Python, so nothing could import it."""
    _run("import.py")


def find_duplicates() -> None:
    """Run find_duplicates.py."""
    _run("find_duplicates.py")


def match_thumbnails() -> None:
    """Run match_thumbnails.py."""
    _run("match_thumbnails.py")


def _run(script: str) -> None:
    # As __main__ and by its path: processes that read files start from there too.
    runpy.run_path(os.path.join(_SCRIPTS, script), run_name="__main__")
