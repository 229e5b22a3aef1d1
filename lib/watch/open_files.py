"""Tell which files another program still holds open for writing, as far as the system lets us know."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Iterable

from lib.model import MediaFile


def open_for_writing(files: Iterable[MediaFile]) -> list[MediaFile]:
    """Those of `files` that are open for writing somewhere. Where the system cannot tell, a file counts as not held.

    Linux answers for the user's own files by a lease, which no file gets that is open for writing, and for the files of others by
    the open files of the programs that one may look into; Windows by its refusal to open. Other systems do not tell.
    """
    if sys.platform == "linux":
        return _held_on_linux(files)
    if sys.platform == "win32":
        return [file for file in files if _is_refused(file.path)]
    return []


def _held_on_linux(files: Iterable[MediaFile]) -> list[MediaFile]:
    answers = [(file, _has_writer(file.path)) for file in files]
    unknown = any(answer is None for _, answer in answers)
    written = _open_for_writing() if unknown else set()
    return [file for file, answer in answers if answer or (answer is None and (file.device, file.inode) in written)]


def _has_writer(path: str) -> bool | None:
    """True or False where a lease on the file can be had or is refused for a writer; None where leases are not for us."""
    if sys.platform != "linux":
        return None
    import fcntl

    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        # Gone or not readable: the import will find out and say so
        return False
    try:
        # A writer that comes while we hold the lease makes the kernel send a signal; this one is ignored by default
        fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return True if error.errno == errno.EAGAIN else None
    finally:
        os.close(handle)
    return False


def _open_for_writing() -> set[tuple[int, int]]:
    """Device and inode of every file that a program we may look into has open for writing."""
    found = set()
    for process in filter(str.isdecimal, os.listdir("/proc")):
        folder = f"/proc/{process}/fd"
        try:
            handles = os.listdir(folder)
        except OSError:
            # Another user's program, or one that has just ended
            continue
        for handle in handles:
            try:
                # The link's own permissions tell how the file was opened
                if os.lstat(f"{folder}/{handle}").st_mode & 0o200:
                    seen = os.stat(f"{folder}/{handle}")
                    found.add((seen.st_dev, seen.st_ino))
            except OSError:
                # Closed in the meantime
                continue
    return found


def _is_refused(path: str) -> bool:
    """On Windows a file that a program copies cannot be opened by others. We share all, so that our look hinders no program."""
    if sys.platform != "win32":
        return False
    import ctypes

    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel.CreateFileW.restype = ctypes.c_void_p
    generic_read, share_everything, open_existing, sharing_violation = 0x80000000, 7, 3, 32
    handle = kernel.CreateFileW(path, generic_read, share_everything, None, open_existing, 0, None)
    if handle == ctypes.c_void_p(-1).value:
        return ctypes.get_last_error() == sharing_violation
    kernel.CloseHandle(ctypes.c_void_p(handle))
    return False
