"""Let one run at a time change an album."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from lib.model import BadRequest


@contextlib.contextmanager
def hold(root: str, own_folder: str) -> Iterator[None]:
    """Hold the lock of `root` for the block. The system lets go of it when its holder dies, so a dead run never blocks.

    Raises BadRequest with one sentence where another run holds it.
    """
    folder = Path(root, own_folder)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "lock"
    handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o644)
    try:
        try:
            _take(handle)
        except OSError as error:
            holder = os.pread(handle, 100, 0).decode("utf-8", "replace").strip() if hasattr(os, "pread") else ""
            who = f" ({holder})" if holder else ""
            raise BadRequest(f"Another run{who} is changing {root} just now; wait until it has ended, then start again.") from error
        os.ftruncate(handle, 0)
        os.write(handle, f"process {os.getpid()}\n".encode())
        yield
        os.ftruncate(handle, 0)
    finally:
        os.close(handle)


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
