"""Let one run at a time change an album."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator

from lib.files.folders import open_root
from lib.model import BadRequest

_HELD = {errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK}


@contextlib.contextmanager
def hold(root: str, own_folder: str, name: str = "lock") -> Iterator[None]:
    """Hold the lock of `root` for the block. The system lets go of it when its holder dies, so a dead run never blocks.

    Locks of another `name` are for work that changes no picture, and keeps out only its like.

    Raises BadRequest with one sentence where another run holds it, OSError where nothing can be written.
    """
    with open_root(root) as top, top.open_child(own_folder, create=True) as own:
        handle = own.open_own(name)
    with contextlib.ExitStack() as stack:
        stack.callback(os.close, handle)
        try:
            _take(handle)
        except OSError as error:
            if error.errno in _HELD:
                raise _refusal(root, handle) from error
            _hold_elsewhere(root, name, stack)
        # Who holds it is told for people only; the lock is not in the text.
        with contextlib.suppress(OSError):
            os.ftruncate(handle, 0)
            os.write(handle, f"process {os.getpid()}\n".encode())
        yield
        with contextlib.suppress(OSError):
            os.ftruncate(handle, 0)


def _hold_elsewhere(root: str, name: str, stack: contextlib.ExitStack) -> None:
    """Some network drives know no locks: there at least the runs on this computer keep out of each other's way."""
    there = os.path.join(tempfile.gettempdir(), f"photo-toolkit-{hashlib.sha256(os.fsencode(root)).hexdigest()[:16]}.{name}")
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    handle = os.open(there, flags, 0o600)
    stack.callback(os.close, handle)
    try:
        _take(handle)
    except OSError as error:
        raise _refusal(root, handle) from error


def _refusal(root: str, handle: int) -> BadRequest:
    os.lseek(handle, 0, os.SEEK_SET)
    holder = os.read(handle, 100).decode("utf-8", "replace").strip()
    who = f" ({holder})" if holder else ""
    return BadRequest(f"Another run{who} is changing {root} just now; wait until it has ended, then start again.")


def _take(handle: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        # A byte far behind the text: Windows would not let others read a locked one.
        os.lseek(handle, 1 << 20, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        os.lseek(handle, 0, os.SEEK_SET)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
