"""Walk folders and tell every file that is there: nothing followed, nothing opened, nothing met twice."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from enum import Enum
from operator import itemgetter

from lib.files.junctions import is_junction
from lib.files.names import is_library
from lib.model import Failure, MediaFile, in_words, join

OWN_FOLDER = ".photo-toolkit"
SUPERSEDED, QUARANTINE = "superseded", "quarantine"
OWN_PLACES = frozenset({SUPERSEDED, QUARANTINE})
_name_of = itemgetter(0)
_is_regular = stat.S_ISREG
_POSIX = os.name != "nt"
PASSED_OVER = frozenset({"@eadir", "thumbs.db", "desktop.ini", "$recycle.bin", "system volume information"})


class Passed(Enum):
    """Why the walk passes a file over."""

    HIDDEN = "hidden"
    LINK = "link"
    SPECIAL = "no regular file"
    SYSTEM = "a system's own"
    SET_ASIDE = "set aside"
    LIBRARY = "in a library"


_ORIGINALS = frozenset({"originals", "masters"})  # where the libraries of Photos, iPhoto, Aperture and Lightroom keep them
_ORIGINALS_DEPTH = 2
_CLOUD_ATTRIBUTES = 0x00400000 | 0x00040000 | 0x00001000  # RECALL_ON_DATA_ACCESS, RECALL_ON_OPEN, OFFLINE of Windows
_CLOUD_FLAG = 0x40000000  # SF_DATALESS of macOS
_MAY_BE_IN_CLOUD = sys.platform in ("win32", "darwin")
IN_CLOUD = "it lies in the cloud only: have its folder kept on this computer (OneDrive, iCloud: by a right click), then start again"

PassOver = Callable[[MediaFile, Passed], None]


def scan(
    roots: Sequence[str],
    *,
    keep_out: Collection[str] = (),
    own_folders: bool = False,
    libraries: bool = False,
    pass_over: PassOver | None = None,
) -> Iterator[MediaFile | Failure]:
    """Yield every regular file below `roots`, whatever its ending: a folder's files by name, then its subfolders by name.

    Hidden files and folders, the litter of file managers, and (without `own_folders`) the places where this toolkit puts files aside
    are passed over; links are not followed. A folder is walked once, however many roots or mounts lead to it, and those in `keep_out`
    not at all. Of the libraries of other programs only the originals are told, and these only with `libraries`. What cannot be read is
    a Failure, and so is what would first have to be fetched from the cloud. Paths are absolute; the files of a folder share one `folder`
    string.

    `pass_over` is called with each file that is passed over, also with all those in folders that are; the toolkit's own records are
    no such files.
    """
    for _, files, failures in scan_folders(roots, keep_out=keep_out, own_folders=own_folders, libraries=libraries, pass_over=pass_over):
        yield from failures
        yield from files


def scan_folders(
    roots: Sequence[str],
    *,
    keep_out: Collection[str] = (),
    own_folders: bool = False,
    libraries: bool = False,
    pass_over: PassOver | None = None,
) -> Iterator[tuple[str, list[MediaFile], list[Failure]]]:
    """Yield the same, a folder at a time: its path, its files, and what of it could not be read."""
    walked = {place for folder in keep_out if (place := _place(folder))}
    waiting = [os.path.abspath(root) for root in reversed(roots)]
    while waiting:
        folder = waiting.pop()
        files: list[MediaFile] = []
        failures: list[Failure] = []
        below: list[str] = []
        passed: list[tuple[str, Passed]] = []
        try:
            place = _place_of(folder, os.stat(folder))
            if place in walked:
                continue
            walked.add(place)
            with _opened(folder) as opened, os.scandir(opened) as listing:
                entries = [(entry.name, entry) for entry in listing]
                if pass_over:
                    passed = [(name, why) for name, _ in entries if (why := _by_name(name))]
                entries = [(name, entry) for name, entry in entries if name[0] != "." and name.lower() not in PASSED_OVER]
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
                    if _is_regular(seen.st_mode) and (_POSIX or not has_hidden_mark(seen)):
                        if _MAY_BE_IN_CLOUD and is_in_cloud(seen):
                            failures.append(Failure(join(folder, name), IN_CLOUD))
                        else:
                            files.append(MediaFile.of(folder, name, seen))
                    elif pass_over:
                        passed.append((name, _by_mode(seen.st_mode)))
        except OSError as error:
            yield folder, [], [Failure(folder, f"the folder could not be read: {in_words(error)}")]
            continue
        yield folder, files, failures
        if not own_folders and _is_own(folder):
            passed += [(name, Passed.SET_ASIDE) for name in below if name in OWN_PLACES]
            below = [name for name in below if name not in OWN_PLACES]
        if kept := [name for name in below if is_library(name)]:
            below = [name for name in below if name not in kept]
            if libraries:
                waiting += [place for name in reversed(kept) for place in _originals(os.path.join(folder, name))]
            else:
                passed += [(name, Passed.LIBRARY) for name in kept]
        if links := [name for name in below if is_junction(os.path.join(folder, name))]:
            passed += [(name, Passed.LINK) for name in links]
            below = [name for name in below if name not in links]
        if not _POSIX:
            passed += [(name, Passed.HIDDEN) for name in below if _is_hidden_folder(os.path.join(folder, name))]
        waiting += [path for name in reversed(below) if not _is_hidden_folder(path := os.path.join(folder, name))]
        if pass_over:
            for name, why in sorted(passed, key=_name_of):
                _pass_over(folder, name, why, walked, pass_over)


def _by_name(name: str) -> Passed | None:
    """Why a name alone is reason enough; None where it is not, and for the toolkit's own records."""
    if name[0] == ".":
        return None if name == OWN_FOLDER else Passed.HIDDEN
    return Passed.SYSTEM if name.lower() in PASSED_OVER else None


def _by_mode(mode: int) -> Passed:
    return Passed.HIDDEN if _is_regular(mode) else Passed.LINK if stat.S_ISLNK(mode) else Passed.SPECIAL


def _pass_over(folder: str, name: str, why: Passed, walked: Collection[tuple[int, int] | str | None], tell: PassOver) -> None:
    """Tell a file that is passed over, or all files below a folder that is; one that cannot be read is told itself."""
    waiting = [(folder, name)]
    while waiting:
        folder, name = waiting.pop()
        path = os.path.join(folder, name)
        try:
            seen = os.lstat(path)
        except OSError:
            # It went away meanwhile, or may not be looked at.
            tell(MediaFile(folder, name, 0, 0, 0, 0, 0), why)
            continue
        if why is Passed.LIBRARY and is_library(name):
            originals = [os.path.split(place) for place in _originals(path)]
            waiting += originals
            if not originals:
                tell(MediaFile.of(folder, name, seen), why)
            continue
        is_link = stat.S_ISLNK(seen.st_mode) or is_junction(path)
        if is_link or not stat.S_ISDIR(seen.st_mode):
            tell(MediaFile.of(folder, name, seen), Passed.LINK if is_link else why)
            continue
        if _place_of(path, seen) in walked:
            continue
        try:
            names = sorted(os.listdir(path), reverse=True)
        except OSError:
            tell(MediaFile.of(folder, name, seen), why)
            continue
        waiting += [(path, inner) for inner in names if inner != OWN_FOLDER]


def _originals(library: str, depth: int = _ORIGINALS_DEPTH) -> list[str]:
    """The folders in which a library keeps pictures as they came in; its previews and derivatives lie beside them."""
    try:
        with os.scandir(library) as entries:
            folders = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return [library]  # the walk meets the same error there, and tells it
    found = [os.path.join(library, name) for name in folders if name.lower() in _ORIGINALS]
    if found or depth == 1:
        return found
    return [place for name in folders for place in _originals(os.path.join(library, name), depth - 1)]


def is_in_cloud(seen: os.stat_result) -> bool:
    """Return True for a file whose content would first have to be fetched from the cloud."""
    attributes, flags = getattr(seen, "st_file_attributes", 0), getattr(seen, "st_flags", 0)
    return bool(attributes & _CLOUD_ATTRIBUTES or flags & _CLOUD_FLAG)


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
    """Return what tells one folder from every other, whatever name it was reached by."""
    return (seen.st_dev, seen.st_ino) if seen.st_ino else os.path.realpath(folder)


def _is_own(folder: str) -> bool:
    return os.path.isdir(os.path.join(folder, OWN_FOLDER))


def has_hidden_mark(seen: os.stat_result) -> bool:
    """Return True for what Windows hides by an attribute."""
    return bool(getattr(seen, "st_file_attributes", 0) & stat.FILE_ATTRIBUTE_HIDDEN)


def _is_hidden_folder(path: str) -> bool:
    if _POSIX:
        return False
    try:
        return has_hidden_mark(os.lstat(path))
    except OSError:
        # The walk meets the same error when it gets there, and tells it.
        return False
