"""List everything that lies below a folder: hidden, system's own, in libraries, links. Nothing is passed over, nothing is followed."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from lib.files.junctions import is_junction
from lib.files.names import in_library
from lib.files.scanning import IN_CLOUD, PASSED_OVER, has_hidden_mark, is_in_cloud
from lib.model import Failure, MediaFile, in_words


class EntryKind(Enum):
    """What an entry of a folder is to the file system."""

    FILE = "file"
    LINK = "link"
    SPECIAL = "no regular file"


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that is no folder. `hidden` and `library` are True where it, or a folder on the way to it, is one."""

    file: MediaFile
    kind: EntryKind
    hidden: bool
    library: bool


def list_everything(root: str) -> Iterator[Entry | Failure]:
    """Yield every entry below `root`, an absolute real path; what cannot be looked at is a Failure.

    A folder is listed once, however many mounts show it.
    """
    walked: set[tuple[int, int]] = set()
    waiting = [(root, False)]
    while waiting:
        folder, hidden = waiting.pop()
        library = in_library(folder[len(root) :])
        try:
            seen = os.stat(folder)
            if seen.st_ino and (seen.st_dev, seen.st_ino) in walked:
                continue
            walked.add((seen.st_dev, seen.st_ino))
            names = sorted(os.listdir(folder))
        except OSError as error:
            yield Failure(folder, f"the folder could not be read: {in_words(error)}")
            continue
        below = []
        for name in names:
            path = os.path.join(folder, name)
            try:
                status = os.lstat(path)
            except OSError as error:
                yield Failure(path, f"it could not be looked at: {in_words(error)}")
                continue
            is_hidden = hidden or name[0] == "." or name.lower() in PASSED_OVER or has_hidden_mark(status)
            file = MediaFile.of(folder, name, status)
            if stat.S_ISLNK(status.st_mode) or is_junction(path):
                yield Entry(file, EntryKind.LINK, is_hidden, library)
            elif stat.S_ISDIR(status.st_mode):
                below.append((path, is_hidden))
            elif not stat.S_ISREG(status.st_mode):
                yield Entry(file, EntryKind.SPECIAL, is_hidden, library)
            elif is_in_cloud(status):
                yield Failure(path, IN_CLOUD)
            else:
                yield Entry(file, EntryKind.FILE, is_hidden, library)
        waiting += reversed(below)
