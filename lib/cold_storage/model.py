"""The nouns of cold storage: where the album goes, what the bucket holds, and what is decided about each file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from lib.model import BadRequest

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ARCHIVES = ("GLACIER", "DEEP_ARCHIVE")


class StorageClass(Enum):
    """How S3 keeps an object: the cheaper, the longer it takes to get it back. The value is S3's own word."""

    DEEP_ARCHIVE = "DEEP_ARCHIVE"
    GLACIER = "GLACIER"
    GLACIER_IR = "GLACIER_IR"
    STANDARD_IA = "STANDARD_IA"
    STANDARD = "STANDARD"

    @property
    def is_archive(self) -> bool:
        """True where an object has to be restored, for hours, before it can be read."""
        return self.value in _ARCHIVES


class Tier(Enum):
    """How fast, and at what price, archived objects are brought back. The value is S3's own word."""

    BULK = "Bulk"
    STANDARD = "Standard"
    EXPEDITED = "Expedited"


@dataclass(frozen=True, slots=True)
class StoreUrl:
    """Where an album is kept: a bucket, and what all of its keys begin with (empty, or ending in "/")."""

    bucket: str
    prefix: str

    @classmethod
    def parse(cls, text: str) -> StoreUrl:
        """The place that "s3://bucket/prefix" names. Raises BadRequest; what may be a secret is not repeated in it."""
        if "@" in text:
            raise BadRequest(
                "A name and a password do not belong into the address, where others can read them; set them up with `aws configure`, "
                "and give the address as s3://bucket/prefix."
            )
        scheme, _, rest = text.partition("://")
        bucket, _, prefix = rest.partition("/")
        if scheme != "s3" or not _BUCKET.fullmatch(bucket):
            raise BadRequest(f"{text!r} is no address of a bucket; write it as s3://bucket/prefix.")
        parts = prefix.strip("/").split("/") if prefix.strip("/") else []
        if any(part in ("", ".", "..") for part in parts):
            raise BadRequest(f"{text!r} has an empty part or dots in its prefix; write it as s3://bucket/prefix.")
        return cls(bucket, "".join(f"{part}/" for part in parts))

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")


@dataclass(frozen=True, slots=True)
class ListedObject:
    """An object as a listing tells it: no checksum there. `etag` without quotes."""

    key: str
    size: int
    etag: str
    storage_class: str
    modified: datetime


class Restoration(Enum):
    """How far an archived object is on its way back."""

    ARCHIVED = "archived"
    ONGOING = "being brought back"
    READY = "ready"


@dataclass(frozen=True, slots=True)
class ObjectFacts:
    """An object as S3 tells it when asked for it alone. `checksum`: its SHA-256, base64, of parts where it ends in "-N"; empty for none."""

    key: str
    size: int
    etag: str
    checksum: str
    restoration: Restoration
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AlbumFile:
    """A file that the manifest lists: its name in the album, its SHA-256 (hex), its bytes, and when it was last changed."""

    name: str
    sha256: str
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class FileChecksums:
    """What a file was found to hold when it was read: SHA-256 and MD5 of all of it (hex), SHA-256 of each part where it has parts."""

    sha256: str
    md5: str
    part_size: int = 0
    parts: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What this computer remembers of an object: the file it holds, and the ETag that S3 gave it. `checksum` as ObjectFacts has it."""

    key: str
    sha256: str
    md5: str
    size: int
    etag: str
    checksum: str


class UploadAction(Enum):
    """What becomes of a file of the album; the value is what reports say."""

    UPLOAD = "upload"
    NEW_VERSION = "new version"
    PRESENT = "in the bucket"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class UploadDecision:
    """What becomes of a file, under which key, and why. `replaces` is the ETag of the version that a new one follows."""

    file: AlbumFile
    action: UploadAction
    key: str
    storage_class: StorageClass
    reason: str = ""
    replaces: str = ""


class Trouble(Enum):
    """What a refusal of S3 means for the work."""

    EVERYTHING = "nothing more can be done"
    THIS_OBJECT = "this object cannot be done"
    EXISTS = "the key is taken, or changed meanwhile"
    NOT_THERE = "there is no such object"
    NO_UPLOAD = "the begun upload is not known any more"
    UNDERWAY = "it is being restored already"
    NOT_ARCHIVED = "it can be read as it is"
    ARCHIVED = "it has to be restored first"

    @property
    def is_for_all(self) -> bool:
        """True where no other object would fare better."""
        return self is Trouble.EVERYTHING


class StorageError(Exception):
    """S3 did not do what was asked; the text says why, in words for a person, without a name or secret of theirs."""

    def __init__(self, sentence: str, trouble: Trouble) -> None:
        """`sentence` for people, `trouble` for the program."""
        super().__init__(sentence)
        self.trouble = trouble
