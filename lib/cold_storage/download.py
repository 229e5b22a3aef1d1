"""Fetch objects back, each whole and proven before it has a name in the album, and placed without replacing anything."""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from lib.analysis.index import Index
from lib.cold_storage.bandwidth import Bandwidth
from lib.cold_storage.client import Bucket, Stream
from lib.cold_storage.model import ObjectFacts, StorageError
from lib.cold_storage.record import INCOMING
from lib.cold_storage.restore_planning import Wanted
from lib.cold_storage.upload import mtime_of
from lib.files import disk_sync
from lib.files.blocks import blocks
from lib.files.folders import Folder, open_below
from lib.model import Failure, MediaFile, in_words
from lib.transfer import file_transfer, manifest
from lib.transfer.file_transfer import Refused
from lib.transfer.locked_folder import LockedFolder
from lib.transfer.operation import Operation, OperationKind

_CHUNK = 256 * 1024
_PARTIAL = ".part"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that came back whole and waits in the album's own folder."""

    wanted: Wanted
    file: MediaFile


@dataclass(frozen=True, slots=True)
class Fetcher:
    """What all downloads of a run share. `root` is the album that they are for; `advance` may be called from any thread."""

    root: str
    bucket: Bucket
    bandwidth: Bandwidth
    advance: Callable[[int, int], None]

    def fetch(self, wanted: Wanted, facts: ObjectFacts) -> Fetched | Failure:
        """The file, proven by its SHA-256 after it was read back from the disk. Raises StorageError where no other will come either.

        What arrived before the line was cut is gone on from, so that it is not paid twice.
        """
        try:
            with open_below(self.root, f"{INCOMING}/{_waiting_name(wanted)}", create=True) as (folder, name):
                if not self._is_there(folder, name, wanted):
                    reason = self._download(folder, name + _PARTIAL, wanted, facts)
                    if reason:
                        return Failure(wanted.name, reason)
                    folder.rename(name + _PARTIAL, folder, name, lambda: None)
                    folder.sync()
                return Fetched(wanted, _as_file(folder, name))
        except StorageError as error:
            if error.trouble.is_for_all:
                raise
            return Failure(wanted.name, str(error))
        except Refused as refused:
            return Failure(wanted.name, str(refused))
        except OSError as error:
            return Failure(wanted.name, f"it could not be written: {in_words(error)}")

    def _is_there(self, folder: Folder, name: str, wanted: Wanted) -> bool:
        """True where an earlier run brought the file and could not place it any more."""
        if folder.status(name) is None:
            return False
        if file_transfer.checksum_of(folder, name, "sha256") == f"sha256:{wanted.sha256}":
            return True
        folder.unlink(name)
        return False

    def _download(self, folder: Folder, name: str, wanted: Wanted, facts: ObjectFacts) -> str:
        """Why the file did not come whole; empty where it did."""
        with os.fdopen(folder.open_own(name), "r+b", buffering=0) as file:
            arrived = self._receive(file, wanted, facts)
            if arrived == wanted.sha256:
                if os.utime in os.supports_fd and (mtime_ns := mtime_of(facts.metadata.get("mtime", ""))):
                    os.utime(file.fileno(), ns=(mtime_ns, mtime_ns))
                disk_sync.sync(file.fileno())
        if arrived == wanted.sha256:
            if os.utime not in os.supports_fd and (mtime_ns := mtime_of(facts.metadata.get("mtime", ""))):
                os.utime(os.path.join(folder.path, name), ns=(mtime_ns, mtime_ns))
            if file_transfer.checksum_of(folder, name, "sha256") == f"sha256:{wanted.sha256}":
                return ""
            folder.unlink(name)
            return "what was read back from the disk is not what was written: the disk may be failing"
        folder.unlink(name)
        return "what came back is not what SHA256SUMS says: the object in the bucket holds other bytes"

    def _receive(self, file: BinaryIO, wanted: Wanted, facts: ObjectFacts) -> str:
        """Write what is not there yet; the SHA-256 of all of it, in hex."""
        digest = hashlib.sha256()
        if os.fstat(file.fileno()).st_size > facts.size:
            file.truncate(0)
        for block in blocks(file.fileno()):
            digest.update(block)
        at = os.fstat(file.fileno()).st_size
        self.advance(0, at)
        if at < facts.size or not facts.size:
            with contextlib.closing(self.bucket.open(wanted.key, facts.etag, at)) as stream:
                receive(self.bucket, stream, self.bandwidth, lambda data: self._take(file, digest.update, data))
        return digest.hexdigest()

    def _take(self, file: BinaryIO, update: Callable[[bytes], object], data: bytes) -> None:
        update(data)
        left = memoryview(data)
        while left:
            left = left[file.write(left) :]
        self.advance(0, len(data))


def receive(bucket: Bucket, stream: Stream, bandwidth: Bandwidth, take: Callable[[bytes], object]) -> None:
    """Hand over all that comes, no faster than `bandwidth` allows. Raises StorageError, and RunStopped."""
    while True:
        bandwidth.take(_CHUNK)
        data = bucket.read_some(stream, _CHUNK)
        if not data:
            return
        take(data)


def _waiting_name(wanted: Wanted) -> str:
    """What a file is called until it has its place: the same at every start, and another one for each name in the album."""
    name = hashlib.sha256(wanted.name.encode("utf-8", "surrogateescape")).hexdigest()
    return f"{wanted.sha256[:32]}-{name[:16]}"


def _as_file(folder: Folder, name: str) -> MediaFile:
    seen = folder.status(name)
    if seen is None:
        raise Refused("it was taken away at once")
    return MediaFile.of(folder.path, name, seen)


def place(album: LockedFolder, fetched: Sequence[Fetched], now: datetime) -> list[Failure]:
    """Give each file its name in the album, under a journal, the manifest kept; those that found theirs taken stay where they wait."""
    operations = [
        Operation(OperationKind.MOVE, one.file, album.root, one.wanted.name, f"sha256:{one.wanted.sha256}", one.wanted.sha256)
        for one in fetched
    ]
    # What is here already is placed even where the person stops the run: it takes a moment, and was paid for.
    outcomes = album.perform("restore", operations, Index(None), now=now, stop=threading.Event(), advance=lambda files, count: None)
    return [Failure(outcome.operation.destination, outcome.reason) for outcome in outcomes if outcome.reason]


def already_here(root: str, wanted: Iterable[Wanted]) -> tuple[dict[str, str], list[Failure]]:
    """The wanted files that the album has, with their SHA-256, and those whose names other bytes have: these are left alone."""
    listed = manifest.read(root) if os.path.isdir(root) else {}
    here: dict[str, str] = {}
    failures: list[Failure] = []
    for one in wanted:
        path = os.path.join(root, *one.name.split("/"))
        if not os.path.lexists(path):
            continue
        try:
            with open_below(root, one.name) as (folder, name):
                status = folder.status(name)
                trusted = listed.get(one.name) == one.sha256 and status is not None and status.st_size == one.size
                if trusted or file_transfer.checksum_of(folder, name, "sha256") == f"sha256:{one.sha256}":
                    here[one.name] = one.sha256
                else:
                    failures.append(Failure(one.name, "another file has its name here; move that one away to bring this one back"))
        except OSError as error:
            failures.append(Failure(one.name, f"what has its name here could not be read: {in_words(error)}"))
        except Refused as refused:
            failures.append(Failure(one.name, f"what has its name here could not be read: {refused}"))
    return here, failures
