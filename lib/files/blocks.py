"""Read an open file a block at a time, into memory that the next block and the next file use again."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from typing import Protocol

_SIZE = 256 * 1024
"""Bytes in a block: little enough to be hashed before it leaves the processor's cache."""


class Hasher(Protocol):
    """What is fed the blocks of a file and tells what they come to, as those of hashlib and xxhash do."""

    def update(self, data: bytes | bytearray | memoryview, /) -> None: ...  # noqa: D102  # as hashlib has it
    def digest(self) -> bytes: ...  # noqa: D102
    def hexdigest(self) -> str: ...  # noqa: D102


def next_block(file: int) -> memoryview:
    """Return the bytes that follow in an open file, empty at its end; the next call in this thread overwrites them. Raises OSError."""
    memory = _kept.memory
    return memory[: _read_into(file, memory)]


def blocks(file: int) -> Iterator[memoryview]:
    """Yield all that follows in an open file, a block at a time, each overwritten by the next. Raises OSError."""
    while block := next_block(file):
        yield block


class _Kept(threading.local):
    """For each thread the memory that it reads into: fresh memory for each file costs more than reading a small one."""

    def __init__(self) -> None:
        self.memory = memoryview(bytearray(_SIZE))


_kept = _Kept()


if hasattr(os, "readv"):

    def _read_into(file: int, memory: memoryview) -> int:
        return os.readv(file, (memory,))

else:

    def _read_into(file: int, memory: memoryview) -> int:
        data = os.read(file, len(memory))
        memory[: len(data)] = data
        return len(data)
