"""Remember, in the album's own folder, what was stored, begun and checked, so that the next run need not ask S3 for all of it.

Nothing depends on it: what is lost, torn or stale is found out anew from the bucket.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import BinaryIO

from lib.cold_storage.model import StoredObject, StoreUrl
from lib.files.folders import open_below
from lib.files.names import safe
from lib.files.own_files import read_file
from lib.files.scanning import OWN_FOLDER

FOLDER = "cold-storage"
INCOMING = f"{OWN_FOLDER}/{FOLDER}/incoming"
"""Where files wait that came back whole and have no place in the album yet."""


@dataclass(slots=True)
class BegunUpload:
    """An upload in parts that was begun: S3's id of it, the SHA-256 (hex) of the file, and the ETags of the parts that arrived."""

    upload: str
    sha256: str
    part_size: int
    parts: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Check:
    """When a bucket was last held against the album, and what came of it."""

    store: str
    moment: str
    objects: int
    problems: int


@dataclass(slots=True)
class Drill:
    """A rehearsal that waits for S3: the files that are being brought back, by their names in the album."""

    names: list[str]


@dataclass(slots=True)
class RememberedStore:
    """All that is remembered of one bucket, by key. `fetched`: the bytes that came back in each month ("2026-11")."""

    objects: dict[str, StoredObject] = field(default_factory=dict)
    begun: dict[str, BegunUpload] = field(default_factory=dict)
    fetched: dict[str, int] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    drill: Drill | None = None


class Record:
    """The record of one bucket, open to be added to; several threads may do so. Lines that are lost to a power cut are no harm."""

    def __init__(self, file: BinaryIO | None) -> None:
        """Append to `file`; with None nothing is written, as in a dry run."""
        self._file = file
        self._lock = threading.Lock()

    def stored(self, made: StoredObject) -> None:
        """An object is in the bucket."""
        self._write(k="stored", key=made.key, sha256=made.sha256, md5=made.md5, size=made.size, etag=made.etag, checksum=made.checksum)

    def begun(self, key: str, upload: BegunUpload) -> None:
        """An upload in parts was begun."""
        self._write(k="begun", key=key, upload=upload.upload, sha256=upload.sha256, part_size=upload.part_size)

    def part(self, key: str, upload: str, number: int, etag: str) -> None:
        """A part arrived."""
        self._write(k="part", key=key, upload=upload, number=number, etag=etag)

    def fetched(self, month: str, size: int) -> None:
        """So many bytes came back."""
        self._write(k="fetched", month=month, size=size)

    def checked(self, check: Check) -> None:
        """The bucket was held against the album."""
        self._write(k="checked", store=check.store, moment=check.moment, objects=check.objects, problems=check.problems)

    def drill(self, names: list[str]) -> None:
        """A rehearsal was begun, or, without names, ended."""
        self._write(k="drill", names=names)

    def _write(self, **line: object) -> None:
        if self._file is not None:
            with self._lock:
                self._file.write(json.dumps(line, separators=(",", ":")).encode("ascii") + b"\n")
                self._file.flush()


def file_name(url: StoreUrl, endpoint: str) -> str:
    """What the record of a bucket is called."""
    place = hashlib.sha256(f"{endpoint}\n{url}".encode()).hexdigest()[:12]
    return f"{safe(url.bucket)}-{place}.jsonl"


@contextlib.contextmanager
def open_record(root: str, url: StoreUrl, endpoint: str) -> Iterator[tuple[RememberedStore, Record]]:
    """What is remembered of a bucket, and the record to add to. Raises OSError where the album cannot be written."""
    with open_below(root, f"{OWN_FOLDER}/{FOLDER}/{file_name(url, endpoint)}", create=True) as (folder, name):
        handle = folder.open_own(name, append=True)
        text = read_file(folder, name)
    with os.fdopen(handle, "r+b", buffering=0) as file:
        if text and not text.endswith(b"\n"):
            file.write(b"\n")  # what a kill tore stays a line of its own
        yield parse(text), Record(file)


def read(root: str, url: StoreUrl, endpoint: str) -> RememberedStore:
    """What is remembered of a bucket, nothing changed; nothing where there is no record, or it cannot be read."""
    try:
        with open_below(root, f"{OWN_FOLDER}/{FOLDER}/{file_name(url, endpoint)}") as (folder, name):
            return parse(read_file(folder, name))
    except OSError:
        return RememberedStore()


def checks(root: str) -> list[Check]:
    """For each bucket that was held against the album at `root`, the last time: what a report may say of further copies."""
    found = []
    folder = os.path.join(root, OWN_FOLDER, FOLDER)
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    for name in names:
        if name.endswith(".jsonl"):
            with contextlib.suppress(OSError), open_below(root, f"{OWN_FOLDER}/{FOLDER}/{name}") as (own, last):
                found += parse(read_file(own, last)).checks[-1:]
    return found


def month_of(moment: datetime) -> str:
    """The month that traffic is counted to: "2026-11", in UTC as AWS counts."""
    return f"{moment.astimezone(UTC):%Y-%m}"


def parse(text: bytes) -> RememberedStore:
    """What the lines of a record say; a line that makes no sense says nothing."""
    known = RememberedStore()
    for line in text.split(b"\n"):
        with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
            _take(known, json.loads(line))
    return known


def _take(known: RememberedStore, line: dict[str, object]) -> None:
    kind, key = line["k"], str(line.get("key", ""))
    if kind == "stored":
        sha256, md5, etag, checksum = (str(line[name]) for name in ("sha256", "md5", "etag", "checksum"))
        known.objects[key] = StoredObject(key, sha256, md5, int(str(line["size"])), etag, checksum)
        known.begun.pop(key, None)
    elif kind == "begun":
        known.begun[key] = BegunUpload(str(line["upload"]), str(line["sha256"]), int(str(line["part_size"])))
    elif kind == "part":
        if known.begun[key].upload == line["upload"]:
            known.begun[key].parts[int(str(line["number"]))] = str(line["etag"])
    elif kind == "fetched":
        month = str(line["month"])
        known.fetched[month] = known.fetched.get(month, 0) + int(str(line["size"]))
    elif kind == "checked":
        known.checks.append(Check(str(line["store"]), str(line["moment"]), int(str(line["objects"])), int(str(line["problems"]))))
    elif kind == "drill":
        names = line["names"]
        known.drill = Drill([str(name) for name in names]) if isinstance(names, list) and names else None
