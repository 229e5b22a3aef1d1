"""Read and replace the files that the toolkit writes for itself: one safe way to open them, one way to write them whole."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from lib.files import disk_sync
from lib.files.folders import Folder, open_root

LARGEST = 1 << 30
"""Bytes; a journal of a million files has half of that."""


def read_file(folder: Folder, name: str, *, largest: int = LARGEST) -> bytes:
    """Return what is in the file `name` of `folder`. Raises OSError where it cannot be read, is a link, a pipe or a device, or too large.

    A stranger's drive may hold anything under the name of a journal: a link to a secret, a pipe that never ends, a hole of a terabyte.
    """
    with os.fdopen(folder.open_to_read(name), "rb") as file:
        if os.fstat(file.fileno()).st_size > largest:
            raise OSError(errno.EFBIG, f"it is larger than {largest >> 20} MiB", os.path.join(folder.path, name))
        data = file.read(largest + 1)  # it may have grown meanwhile
    if len(data) > largest:
        raise OSError(errno.EFBIG, f"it is larger than {largest >> 20} MiB", os.path.join(folder.path, name))
    return data


def read_path(path: Path, *, largest: int = LARGEST) -> bytes:
    """Return the same for a path that a person named: links on the way to its folder are followed. Raises OSError."""
    with open_root(os.path.realpath(path.parent)) as folder:
        return read_file(folder, path.name, largest=largest)


@contextlib.contextmanager
def replacing(folder: Folder, name: str, *, temporary: str = "", durable: bool = True) -> Iterator[BinaryIO]:
    """Yield a new file to write (and to read back) in the block, which takes the `name` only when the block has ended well.

    Whoever reads sees the old file or the new one, whole, and with `durable` a power cut leaves one of them too. `temporary` is the name
    until then: one that is always the same is written anew where a kill left it, so only the holder of a lock may give it. Raises OSError.
    """
    unfinished = temporary or f".{name}.{secrets.token_hex(4)}.tmp"
    if temporary:
        with contextlib.suppress(FileNotFoundError):
            folder.unlink(temporary)
    try:
        with os.fdopen(folder.create(unfinished, 0o666), "w+b") as file:
            yield file
            file.flush()
            if durable:
                disk_sync.sync(file.fileno())
        folder.replace(unfinished, name)
    except BaseException:
        with contextlib.suppress(OSError):
            folder.unlink(unfinished)
        raise
    if durable:
        folder.sync()


@contextlib.contextmanager
def replacing_path(path: Path, *, durable: bool = True) -> Iterator[BinaryIO]:
    """The same for a path that a person named: links on the way to its folder are followed. Raises OSError."""
    with open_root(os.path.realpath(path.parent)) as folder, replacing(folder, path.name, durable=durable) as file:
        yield file
