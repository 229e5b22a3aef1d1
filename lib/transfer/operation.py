"""What is to be done to one file, and how it went: the nouns that a plan on paper and its execution share."""

from __future__ import annotations

import os.path
from dataclasses import dataclass, replace
from enum import Enum

from lib.model import MediaFile


class OperationKind(Enum):
    """The three things that ever happen to a file."""

    MOVE = "move"
    COPY = "copy"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Operation:
    """One change to one file. `destination` lies below the folder `root`, its parts divided by "/".

    For REMOVE `root` and `destination` name the file that stays: the source goes only while that one holds the same bytes.
    `checksum` ("sha256:…" or "xxh3_128:…") is what the bytes must have on the way, `sha256` (hex, or empty) what is written
    down of them. Operations of one `group` belong together: when one cannot be done, those after it are left too. A COPY gets the
    time `mtime_ns` where that is not 0, else its source's. `keeper` is the path of the file for whose sake a duplicate is moved away:
    it has to be readable, and to hold the same bytes, once the duplicate has left its name. `promised` is the SHA-256 that the
    manifest has of the source, where that is another one than its bytes have: who puts it back puts it back as a changed file.
    """

    kind: OperationKind
    source: MediaFile
    root: str
    destination: str
    checksum: str
    sha256: str = ""
    group: int = 0
    mtime_ns: int = 0
    keeper: str = ""
    promised: str = ""

    @property
    def target(self) -> str:
        """The path of the destination."""
        return os.path.join(self.root, *self.destination.split("/"))


class Result(Enum):
    """How an operation ended."""

    DONE = "done"
    SOURCE_KEPT = "source kept"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How operation `number` of a plan ended: the reason in words where it failed or a person has to know of something, and notes
    on what was lost on the way.

    `other_bytes`: what was to be taken has not the checksum that it was planned with, so what is remembered of it is void.
    `placed` is the file as it now lies at its destination, None for REMOVE and where nothing was placed.
    """

    number: int
    operation: Operation
    result: Result
    reason: str = ""
    notes: tuple[str, ...] = ()
    placed: MediaFile | None = None
    other_bytes: bool = False

    def as_done(self) -> Operation:
        """Return the operation as it was carried out: a move whose source had to be kept was a copy."""
        return replace(self.operation, kind=OperationKind.COPY) if self.result is Result.SOURCE_KEPT else self.operation
