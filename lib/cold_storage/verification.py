"""Prove that the bucket holds the album without bringing anything back: by the checksums that S3 itself keeps of each object."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from lib.cold_storage import keys
from lib.cold_storage.checksums import proves
from lib.cold_storage.client import Bucket
from lib.cold_storage.model import ListedObject, ObjectFacts, StorageError, StoredObject
from lib.cold_storage.parallel import side_by_side
from lib.model import Failure


class CopyVerdict(Enum):
    """What the bucket has of a file; the value is what reports say."""

    WHOLE = "whole"
    MISSING = "missing"
    DIFFERENT = "different"
    UNPROVEN = "without checksum"
    EXTRA = "only in the bucket"
    FAILED = "not checked"


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found of a file of the album, or of an object that is none of its files."""

    name: str
    key: str
    sha256: str
    verdict: CopyVerdict
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Subject:
    """A file, and the objects that may hold it, the likeliest first."""

    name: str
    sha256: str
    keys: tuple[str, ...]


def fetch_facts(
    bucket: Bucket, wanted: Iterable[str], stop: threading.Event, advance: Callable[[int, int], None]
) -> dict[str, ObjectFacts | Failure | None]:
    """What S3 says of each key, side by side. Raises StorageError where it will say nothing of any."""

    def ask(key: str) -> ObjectFacts | Failure | None:
        try:
            return bucket.facts(key)
        except StorageError as error:
            if error.trouble.is_for_all:
                raise
            return Failure(key, str(error))

    found: dict[str, ObjectFacts | Failure | None] = {}
    for key, facts in side_by_side(ask, wanted, stop):
        advance(1, 0)
        found[key] = facts
    return found


def verify(
    sums: Mapping[str, str],
    listed: Mapping[str, ListedObject],
    known: Mapping[str, StoredObject],
    bucket: Bucket,
    stop: threading.Event,
    advance: Callable[[int, int], None],
) -> Iterator[Verified]:
    """Each file of the manifest with what the bucket has of it, then the objects that are none of them. Raises StorageError."""
    subjects = [_Subject(name, sha256, _candidates(name, sha256, listed)) for name, sha256 in sums.items()]

    def look(subject: _Subject) -> Verified:
        return _look(subject, listed, known, bucket)

    for _, verified in side_by_side(look, subjects, stop):
        advance(1, 0)
        yield verified
    wanted = {key for subject in subjects for key in (keys.key_of(subject.name), *subject.keys)}
    for key in sorted(listed.keys() - wanted):
        if not keys.is_own(key):
            yield Verified("", key, "", CopyVerdict.EXTRA, "the album has no such file (any more)")


def _candidates(name: str, sha256: str, listed: Mapping[str, ListedObject]) -> tuple[str, ...]:
    return tuple(key for key in (keys.versioned_key(name, sha256), keys.key_of(name)) if key in listed)


def _look(subject: _Subject, listed: Mapping[str, ListedObject], known: Mapping[str, StoredObject], bucket: Bucket) -> Verified:
    name, sha256 = subject.name, subject.sha256
    if not subject.keys:
        return Verified(name, keys.key_of(name), sha256, CopyVerdict.MISSING, "the bucket has no such object")
    verdict, reason = CopyVerdict.DIFFERENT, ""
    for key in subject.keys:
        try:
            facts = bucket.facts(key)
        except StorageError as error:
            if error.trouble.is_for_all:
                raise
            verdict, reason = CopyVerdict.FAILED, str(error)
            continue
        if facts is None:
            verdict, reason = CopyVerdict.MISSING, "it was taken away while this was looked at"
            continue
        remembered = known.get(key)
        composite = remembered.checksum if remembered and remembered.sha256 == sha256 else ""
        if proves(facts, sha256, listed[key].size, composite):
            return Verified(name, key, sha256, CopyVerdict.WHOLE)
        if not facts.checksum:
            verdict, reason = CopyVerdict.UNPROVEN, "the bucket has no SHA-256 of it: another program put it there"
        else:
            verdict, reason = CopyVerdict.DIFFERENT, "the bucket's checksum is not the one of SHA256SUMS"
    return Verified(name, subject.keys[-1], sha256, verdict, reason)
