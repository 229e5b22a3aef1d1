"""Bring what was written to the disk itself, past every memory on the way."""

from __future__ import annotations

import contextlib
import os
import sys


def sync(handle: int) -> None:
    """Return once the bytes of an open file (or the names of an open folder) are on the disk. Raises OSError."""
    if sys.platform == "darwin":
        import fcntl

        # macOS' fsync leaves them in the drive's own memory. Network drives and the like do not know the other call.
        with contextlib.suppress(OSError):
            fcntl.fcntl(handle, fcntl.F_FULLFSYNC)
            return
    os.fsync(handle)
