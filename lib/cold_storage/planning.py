"""Decide what to upload, from the manifest and from what the bucket is known to hold; say what that costs. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from lib.cold_storage import keys
from lib.cold_storage.checksums import part_size_for, proves
from lib.cold_storage.model import AlbumFile, ListedObject, ObjectFacts, StorageClass, StoredObject, UploadAction, UploadDecision
from lib.cold_storage.prices import Stored

SMALL = 128 * 1024
"""Files of fewer bytes stay in STANDARD: in an archive, each one's overhead and requests would cost more than its bytes."""
_KEPT_HOME = ("superseded", "quarantine")


@dataclass(slots=True)
class BucketContents:
    """What a bucket holds, by key: as it was listed, what this computer remembers, and what S3 said of single objects."""

    listed: Mapping[str, ListedObject]
    known: Mapping[str, StoredObject] = field(default_factory=dict)
    facts: Mapping[str, ObjectFacts] = field(default_factory=dict)

    def remembered(self, key: str) -> StoredObject | None:
        """What is remembered of an object, where the listing shows that it still is that one."""
        known, listed = self.known.get(key), self.listed.get(key)
        return known if known and listed and (known.etag, known.size) == (listed.etag, listed.size) else None

    def holds(self, key: str, file: AlbumFile) -> bool:
        """True where the object is proven to be the file."""
        if (known := self.remembered(key)) is not None:
            return (known.sha256, known.size) == (file.sha256, file.size)
        facts = self.facts.get(key)
        return facts is not None and proves(facts, file.sha256, file.size)


def chosen(names: Iterable[str], also: Sequence[str]) -> list[str]:
    """The names of the manifest that are stored, in order; those in folders of the toolkit's own only where `also` names the folder."""
    kept_home = {folder for folder in _KEPT_HOME if folder not in also}
    return sorted(name for name in names if name.partition("/")[0] not in kept_home)


def doubtful(files: Iterable[AlbumFile], contents: BucketContents) -> list[str]:
    """The keys that S3 has to be asked about: the bucket has them, in the size of the file, and what they hold is not remembered."""
    asked = []
    for file in files:
        for key in (keys.key_of(file.name), keys.versioned_key(file.name, file.sha256)):
            listed = contents.listed.get(key)
            if listed is not None and listed.size == file.size and contents.remembered(key) is None:
                asked.append(key)
    return asked


def plan(
    files: Iterable[AlbumFile], contents: BucketContents, storage_class: StorageClass, *, versioned: bool, prefix: str = ""
) -> list[UploadDecision]:
    """What becomes of each file. Nothing is ever overwritten: changed bytes go in as a new version, or under a key of their own."""
    decisions: list[UploadDecision] = []
    taken: set[str] = set()
    for file in files:
        decision = _decide(file, contents, _class_of(file, storage_class), versioned, prefix)
        if decision.key in taken:
            reason = "another file has its key already; rename one of them in the album"
            decision = UploadDecision(file, UploadAction.FAILED, decision.key, decision.storage_class, reason)
        taken.add(decision.key)
        decisions.append(decision)
    return decisions


def _decide(file: AlbumFile, contents: BucketContents, kept: StorageClass, versioned: bool, prefix: str) -> UploadDecision:
    plain, own = keys.key_of(file.name), keys.versioned_key(file.name, file.sha256)
    if trouble := keys.trouble_with(file.name, prefix):
        return UploadDecision(file, UploadAction.FAILED, plain, kept, trouble)
    for key in (plain, own):
        if contents.holds(key, file):
            return UploadDecision(file, UploadAction.PRESENT, key, kept)
    there = contents.listed.get(plain)
    if there is None:
        return UploadDecision(file, UploadAction.UPLOAD, plain, kept)
    if versioned:
        reason = "the bucket has other bytes under this name, and keeps them as the version before"
        return UploadDecision(file, UploadAction.NEW_VERSION, plain, kept, reason, there.etag)
    if own in contents.listed:
        return UploadDecision(file, UploadAction.FAILED, own, kept, "the bucket has other bytes under both of its names")
    return UploadDecision(file, UploadAction.UPLOAD, own, kept, "the bucket has other bytes under this name, so it gets a name of its own")


def _class_of(file: AlbumFile, wanted: StorageClass) -> StorageClass:
    return StorageClass.STANDARD if file.size < SMALL and wanted.is_archive else wanted


def only_in_bucket(contents: BucketContents, decisions: Iterable[UploadDecision]) -> list[str]:
    """The keys that no file of the album has any more; they stay."""
    wanted = {key for decision in decisions for key in (decision.key, keys.key_of(decision.file.name))}
    return sorted(key for key in contents.listed if key not in wanted and not keys.is_own(key))


def to_send(decisions: Iterable[UploadDecision]) -> list[UploadDecision]:
    """The decisions that are uploads."""
    return [one for one in decisions if one.action in (UploadAction.UPLOAD, UploadAction.NEW_VERSION)]


def amounts(decisions: Iterable[UploadDecision]) -> list[Stored]:
    """Objects, bytes and further requests of these files, by storage class."""
    objects: Counter[StorageClass] = Counter()
    sizes: Counter[StorageClass] = Counter()
    requests: Counter[StorageClass] = Counter()
    for decision in decisions:
        kept, size = decision.storage_class, decision.file.size
        objects[kept] += 1
        sizes[kept] += size
        if part := part_size_for(size):
            requests[kept] += 1 + -(-size // part)  # to begin, and the parts; the completion is paid at the price of the class
    return [Stored(kept, objects[kept], sizes[kept], requests[kept]) for kept in sorted(objects, key=lambda one: one.value)]
