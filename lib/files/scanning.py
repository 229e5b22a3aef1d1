"""Walk folders and tell every file that is there: nothing followed, nothing opened, nothing met twice."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from operator import itemgetter

from lib.model import Failure, MediaFile, in_words, join

OWN_FOLDER = ".photo-toolkit"
OWN_PLACES = frozenset({"superseded", "quarantine"})
_name_of = itemgetter(0)
_is_regular = stat.S_ISREG
_POSIX = os.name != "nt"
PASSED_OVER = frozenset({"@eadir", "thumbs.db", "desktop.ini", "$recycle.bin", "system volume information"})


def scan(roots: Sequence[str], *, keep_out: Collection[str] = (), own_folders: bool = False) -> Iterator[MediaFile | Failure]:
    """Every regular file below `roots`, whatever its ending: a folder's files by name, then its subfolders by name.

    Hidden files and folders, the litter of file managers, and (without `own_folders`) the places where this toolkit puts files aside
    are passed over; links are not followed. A folder is walked once, however many roots or mounts lead to it, and those in `keep_out`
    not at all. What cannot be read is a Failure. Paths are absolute; the files of a folder share one `folder` string.
    """
    for _, files, failures in scan_folders(roots, keep_out=keep_out, own_folders=own_folders):
        yield from failures
        yield from files


def scan_folders(
    roots: Sequence[str], *, keep_out: Collection[str] = (), own_folders: bool = False
) -> Iterator[tuple[str, list[MediaFile], list[Failure]]]:
    """The same, a folder at a time: its path, its files, and what of it could not be read."""
    walked = {place for folder in keep_out if (place := _place(folder))}
    waiting = [os.path.abspath(root) for root in reversed(roots)]
    while waiting:
        folder = waiting.pop()
        files: list[MediaFile] = []
        failures: list[Failure] = []
        below: list[str] = []
        try:
            place = _place_of(folder, os.stat(folder))
            if place in walked:
                continue
            walked.add(place)
            with _opened(folder) as opened, os.scandir(opened) as listing:
                entries = [(name, entry) for entry in listing if (name := entry.name)[0] != "." and name.lower() not in PASSED_OVER]
                entries.sort(key=_name_of)
                for name, entry in entries:
                    try:
                        if entry.is_dir(follow_symlinks=False):
                            below.append(name)
                            continue
                        # A listing on Windows knows no inode, and sizes of hard links may be old.
                        seen = entry.stat(follow_symlinks=False) if _POSIX else os.lstat(entry.path)
                    except OSError as error:
                        failures.append(Failure(join(folder, name), f"the file could not be looked at: {in_words(error)}"))
                        continue
                    if _is_regular(seen.st_mode) and (_POSIX or not _has_hidden_mark(seen)):
                        files.append(MediaFile.of(folder, name, seen))
        except OSError as error:
            yield folder, [], [Failure(folder, f"the folder could not be read: {in_words(error)}")]
            continue
        yield folder, files, failures
        if not own_folders and _is_own(folder):
            below = [name for name in below if name not in OWN_PLACES]
        waiting += [path for name in reversed(below) if not _is_hidden_folder(path := os.path.join(folder, name))]


@contextmanager
def _opened(folder: str) -> Iterator[int | str]:
    """The folder as `scandir` reads it best: what is looked at by its name in an open folder is found without its whole path."""
    if os.scandir not in os.supports_fd:
        yield folder
        return
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        yield number
    finally:
        os.close(number)


def _place(folder: str) -> tuple[int, int] | str | None:
    try:
        return _place_of(folder, os.stat(folder))
    except OSError:
        # What is not there cannot be walked into, so it needs no keeping out.
        return None


def _place_of(folder: str, seen: os.stat_result) -> tuple[int, int] | str:
    """What tells one folder from every other, whatever name it was reached by."""
    return (seen.st_dev, seen.st_ino) if seen.st_ino else os.path.realpath(folder)


def _is_own(folder: str) -> bool:
    return os.path.isdir(os.path.join(folder, OWN_FOLDER))


def _has_hidden_mark(seen: os.stat_result) -> bool:
    return bool(getattr(seen, "st_file_attributes", 0) & stat.FILE_ATTRIBUTE_HIDDEN)


def _is_hidden_folder(path: str) -> bool:
    if _POSIX:
        return False
    try:
        return _has_hidden_mark(os.lstat(path))
    except OSError:
        # The walk meets the same error when it gets there, and tells it.
        return False
