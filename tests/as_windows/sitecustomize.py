"""Let this Python treat files as Windows does: with this folder on PYTHONPATH it is loaded by every start, workers included.

A status by handle has another ctime than one by name; what is open for reading only cannot be synced; an open file can be neither
renamed nor unlinked, a read-only one not unlinked; a rename replaces nothing; folders have no handles; processes are spawned; there is
no zone data. Below the folder that TESTS_FAT names, inodes are made of the path, as on FAT, where a rename gives a new one.
"""

from __future__ import annotations

import errno
import fcntl
import multiprocessing
import os
import stat
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

_LOADED_AT_START = __name__ == "sitecustomize"
if _LOADED_AT_START:
    sys.path.insert(0, os.fspath(Path(__file__).parents[2]))
    os.supports_dir_fd.clear()
    os.supports_fd.clear()

from lib import model  # noqa: E402  # what it finds there depends on the lines above
from lib.files import folders, scanning, volumes  # noqa: E402

_SHARING_VIOLATION, _ACCESS_DENIED = 32, 5
_lstat, _stat, _fstat, _fsync = os.lstat, os.stat, os.fstat, os.fsync
_link, _mounted = os.link, volumes.mounted
_spawn = multiprocessing.get_context("spawn")
_FAT = os.environ.get("TESTS_FAT", "")


def _refused(path: Any, winerror: int) -> PermissionError:
    error = PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
    error.winerror = winerror  # type: ignore[attr-defined]  # only Windows declares it
    return error


def _changed(status: os.stat_result, **changes: int) -> os.stat_result:
    values = {name: getattr(status, name) for name in dir(status) if name.startswith("st_")} | changes
    values["st_ctime"] = values["st_ctime_ns"] / 1e9
    numbers = [values.pop(name) for name in ("st_mode", "st_ino", "st_dev", "st_nlink", "st_uid", "st_gid", "st_size")]
    return os.stat_result([*numbers, *(int(values[name]) for name in ("st_atime", "st_mtime", "st_ctime"))], values)


def _as_on_fat(status: os.stat_result, path: str) -> os.stat_result:
    if not _FAT or not os.path.join(path, "").startswith(os.path.join(_FAT, "")):
        return status
    return _changed(status, st_ino=zlib.crc32(os.fsencode(path)) + 1)


def lstat(path: Any, *, dir_fd: int | None = None) -> os.stat_result:
    return _as_on_fat(_lstat(path, dir_fd=dir_fd), os.path.abspath(os.fsdecode(path)))


def status(path: Any, *, dir_fd: int | None = None, follow_symlinks: bool = True) -> os.stat_result:
    if isinstance(path, int):
        return fstat(path)
    return _as_on_fat(_stat(path, dir_fd=dir_fd, follow_symlinks=follow_symlinks), os.path.abspath(os.fsdecode(path)))


def fstat(handle: int) -> os.stat_result:
    seen = _fstat(handle)
    if not stat.S_ISREG(seen.st_mode):
        return seen
    return _as_on_fat(_changed(seen, st_ctime_ns=seen.st_ctime_ns + 1_000_000_007), os.readlink(f"/proc/self/fd/{handle}"))


def fsync(handle: Any) -> None:
    number = handle if isinstance(handle, int) else handle.fileno()
    if fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    _fsync(number)


def _require_closed(path: Any) -> None:
    """Raises PermissionError where this process has the file open, unless it is memory that processes share."""
    if os.path.basename(os.fsdecode(path)).startswith("pym-"):
        return
    try:
        wanted = _lstat(path)
    except OSError:
        return
    for number in os.listdir("/proc/self/fd"):
        try:
            seen = _fstat(int(number))
        except OSError:
            continue
        if stat.S_ISREG(seen.st_mode) and (seen.st_dev, seen.st_ino) == (wanted.st_dev, wanted.st_ino):
            raise _refused(path, _SHARING_VIOLATION)


def _careful(function: Callable[..., None], *, replaces: bool = True) -> Callable[..., None]:
    """A call of `os` that takes a name away, as Windows has it."""

    def call(path: Any, *others: Any, **options: Any) -> None:
        _require_closed(path)
        for other in others:
            if not replaces and os.path.lexists(other):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), other)
            _require_closed(other)
        if not others and not os.path.islink(path) and os.path.exists(path) and not _lstat(path).st_mode & stat.S_IWUSR:
            raise _refused(path, _ACCESS_DENIED)
        function(path, *others, **options)

    return call


def link(source: Any, target: Any, **_: Any) -> None:
    _link(source, target)


def mounted() -> list[volumes.Volume]:
    fat = [volumes.Volume("uuid:FA7D-15C5", _FAT, "", False, "vfat")] if _FAT else []
    return fat + _mounted()


def patches() -> list[tuple[Any, str, Any]]:
    """What is to be set where, so that this process does as Windows does."""
    return [
        (os, "lstat", lstat),
        (os, "stat", status),
        (os, "fstat", fstat),
        (os, "fsync", fsync),
        (os, "unlink", _careful(os.unlink)),
        (os, "remove", _careful(os.remove)),
        (os, "rename", _careful(os.rename, replaces=False)),
        (os, "replace", _careful(os.replace)),
        (os, "link", link),
        (volumes, "mounted", mounted),
        (folders, "mounted", mounted),
        (folders, "_IS_WINDOWS", True),
        (folders, "_BY_HANDLE", False),
        (scanning, "_POSIX", False),
        (model, "HAS_CHANGE_TIME", False),
        (multiprocessing, "get_context", lambda _: _spawn),
    ]


if _LOADED_AT_START:
    for _place, _name, _value in patches():
        setattr(_place, _name, _value)
    for _name in ("readv", "pread", "posix_fadvise", "fchown", "fchmod", "O_NOFOLLOW", "O_NONBLOCK", "O_DIRECTORY"):
        if hasattr(os, _name):
            delattr(os, _name)
