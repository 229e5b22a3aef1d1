"""Hold folders to the drives that they were on: a drive that goes away leaves an empty folder under the same path."""

from __future__ import annotations

import contextlib
import errno
import os
import threading

from lib.files.folders import Folder, open_root
from lib.files.volumes import mounted, volume_of


class DriveGone(OSError):
    """The folder at a path is not the one that it was: its drive went away, or another one is in its place."""

    def __init__(self, path: str) -> None:
        """Tell `path`, that of the folder."""
        super().__init__(errno.ENODEV, f"the drive with the folder {path} went away", path)


class PinnedFolders:
    """Folders by their paths, each with the device and inode that it had when it was pinned; safe to ask from several threads."""

    def __init__(self) -> None:
        """Nothing is pinned yet."""
        self._pinned: dict[str, tuple[int, int]] = {}
        self._lock = threading.Lock()

    def pin(self, path: str) -> None:
        """From now on the folder at `path` has to be this one; where none is there, or one is pinned already, nothing changes."""
        with self._lock, contextlib.suppress(OSError):
            if path not in self._pinned:
                self._pinned[path] = _identity(path, os.lstat(path))

    def open(self, path: str) -> Folder:
        """Return the folder at `path`, open. Raises DriveGone where it is not the one that was pinned, and OSError."""
        try:
            folder = open_root(path)
        except FileNotFoundError:
            if path in self._pinned:
                raise DriveGone(path) from None
            raise
        pinned = self._pinned.get(path)
        device, inode = folder.identity()
        if pinned is not None and pinned not in ((device, inode), (device, 0)):
            folder.close()
            raise DriveGone(path)
        return folder


def _identity(path: str, seen: os.stat_result) -> tuple[int, int]:
    """Return device and inode; 0 for an inode that the file system may give anew at any time."""
    stable = volume_of(os.path.realpath(path), mounted()).stable_inodes
    return seen.st_dev, seen.st_ino if stable else 0
