"""Tell folders that are links, as only Windows has them, from real ones."""

from __future__ import annotations

import os

from lib.model import IS_WINDOWS

_MOUNT_POINT = 0xA0000003  # IO_REPARSE_TAG_MOUNT_POINT
_DRIVE = "\\\\?\\Volume{"


def is_junction(path: str) -> bool:
    """True for a folder that leads to another one, a junction; a drive that is mounted in the folder is none."""
    if not IS_WINDOWS:
        return False
    try:
        return getattr(os.lstat(path), "st_reparse_tag", 0) == _MOUNT_POINT and not os.readlink(path).startswith(_DRIVE)
    except OSError:
        # Whoever goes on with it meets the same error.
        return False
