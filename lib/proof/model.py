"""The nouns of a proof: what lies below an input, what was read of it, and the verdict on each file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from lib.files.inventory import Entry
from lib.model import Failure, MediaFile


class FileVerdict(Enum):
    """What is said of a file below the input; the value is what the certificate says."""

    SAME_BYTES = "in album, same bytes"
    SAME_PICTURE = "in album, same picture"
    BETTER_VERSION = "in album, better version"
    PART_OF = "part of"
    NOT_IN_ALBUM = "not in album"
    UNREADABLE = "unreadable"
    NO_PICTURE = "no picture"
    HIDDEN = "hidden"
    LINK = "link"
    LIBRARY = "library"


IN_ALBUM = frozenset({FileVerdict.SAME_BYTES, FileVerdict.SAME_PICTURE, FileVerdict.BETTER_VERSION})


class Content(Enum):
    """What a file holds, by its name and its first bytes."""

    PICTURE = "picture"
    SIDECAR = "sidecar"
    ARCHIVE = "archive"
    CLOSED = "container"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class AlbumCopy:
    """A file of the album with the checksum that it was read to have, and when; `name` is relative to the album, divided by "/"."""

    file: MediaFile
    name: str
    sha256: str
    read_at: str


@dataclass(frozen=True, slots=True)
class ArchiveMember:
    """A file in a zip archive: its name there, size and checksum."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class LinkTarget:
    """Where a link leads. `inside` is True for what is below the inputs, `holds_pictures` for a picture, and for a folder."""

    path: str
    inside: bool
    holds_pictures: bool


@dataclass(frozen=True, slots=True)
class ProofEvidence:
    """All that was read for a proof. Keys are paths below the inputs, but for `album`, which is by checksum.

    `rotten` tells by checksum which file of the album should have it, and has not. `same_file` are the files of the inputs that the
    album holds under another name (hard links, mounts); `same_picture` has the album's files with equal pixels, and `no_pixels` why the
    pixels of a picture prove nothing. `pictures_beside` are the pictures that a sidecar may belong to.
    """

    entries: Sequence[Entry]
    failures: Sequence[Failure]
    sums: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    album: Mapping[str, Sequence[AlbumCopy]] = field(default_factory=dict)
    rotten: Mapping[str, str] = field(default_factory=dict)
    same_file: Mapping[str, str] = field(default_factory=dict)
    contents: Mapping[str, Content | Failure] = field(default_factory=dict)
    members: Mapping[str, Sequence[ArchiveMember] | Failure] = field(default_factory=dict)
    same_picture: Mapping[str, AlbumCopy] = field(default_factory=dict)
    no_pixels: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, LinkTarget] = field(default_factory=dict)
    pictures_beside: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict on one file below the input, or a picture in an `archive`, whose path is that of the archive, "!" and its name in it.

    `only_here`: what it holds may be lost with the input, which makes the answer a no. `is_picture` tells whether it counts as one.
    `evidence` is the album's file and `evidence_sha256` its checksum, `read_at` when both had been read: ISO form, the earlier time.
    """

    path: str
    verdict: FileVerdict
    size: int
    sha256: str = ""
    evidence: str = ""
    evidence_sha256: str = ""
    read_at: str = ""
    reason: str = ""
    only_here: bool = False
    is_picture: bool = False
    mtime_ns: int = 0
    archive: str = ""


class Answer(Enum):
    """Whether the input may be erased."""

    YES = "Yes."
    FOR_PICTURES = "Yes, for pictures."
    NO = "No."
    UNPROVED = "Not proved."

    @property
    def allows(self) -> bool:
        """True where no picture would be lost."""
        return self in (Answer.YES, Answer.FOR_PICTURES)
