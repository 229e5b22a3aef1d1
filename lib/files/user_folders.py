"""Where a user's own files of the toolkit lie, whatever album is at work."""

from __future__ import annotations

import os
import sys


def data_folder() -> str:
    """Return the folder for what has to last, as the system wants it for each user; it may not exist yet."""
    home = os.path.expanduser("~")
    if sys.platform == "darwin":
        data = os.path.join(home, "Library", "Application Support")
    elif sys.platform == "win32":
        data = os.environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local")
    else:
        data = os.environ.get("XDG_DATA_HOME") or os.path.join(home, ".local", "share")
    return os.path.join(data, "photo-toolkit")
