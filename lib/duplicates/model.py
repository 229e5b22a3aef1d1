"""The nouns of the search for duplicates: what is known of a file, and a group with what is proposed for each of its files."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from lib.model import CaptureDate, FileKind, MediaFile


class Kind(Enum):
    """What the files of a group have in common, the surest first; the value is the report's word."""

    IDENTICAL = "identical"
    PICTURE = "picture"
    SIMILAR = "similar"
    BURST = "burst"

    @property
    def is_certain(self) -> bool:
        """True where nothing of the picture is lost when one of the files goes, so that one may be proposed."""
        return self in (Kind.IDENTICAL, Kind.PICTURE)


class Proposal(Enum):
    """What the report proposes for a file; the human has the last word."""

    KEEP = "keep"
    REMOVE = "remove"
    UNDECIDED = ""


class Location(Enum):
    """How a file came to be compared."""

    INPUT = "input"
    REFERENCE = "reference"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class KnownFacts:
    """What a picture's content says of it, as far as duplicates are concerned.

    `width` and `height` are upright pixels, 0 where unknown; `orientation` is the EXIF flag; `duration` in seconds.
    """

    format: str = ""
    width: int = 0
    height: int = 0
    orientation: int = 1
    captured: CaptureDate | None = None
    camera: str = ""
    duration: float | None = None
    motion_photo: bool = False

    @property
    def pixels(self) -> int:
        """How many, 0 where unknown."""
        return self.width * self.height


NO_FACTS = KnownFacts()
"""Of a file that was not looked into."""


class ComparedFile(NamedTuple):
    """A file among those that are compared; a tuple, since a report may have hundreds of thousands.

    `root` is the folder that was searched, or the drive where it is offline. `order` is the place of its folder among those that
    the person put first (0 is the first). `set_number` is equal for files that belong together, `set_main` is the main file of
    the set, `set_size` the number of its files.
    """

    file: MediaFile
    root: str
    place: Location = Location.INPUT
    order: int = 0
    checksum: str = ""
    facts: KnownFacts = NO_FACTS
    set_number: int = -1
    set_main: MediaFile | None = None
    set_size: int = 1

    @property
    def is_video(self) -> bool:
        """By the ending of its name."""
        return self.file.kind is FileKind.VIDEO


class Member(NamedTuple):
    """A file of a group: what is proposed for it, how alike it is to the group's first (0 to 1), and why, in words."""

    candidate: ComparedFile
    proposal: Proposal
    similarity: float
    reason: str


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Files that are one picture, the best first.

    Raises ValueError where it would hold fewer than two files or one file twice; where a certain kind would keep none or propose
    nothing for a file; where an uncertain kind would propose anything.
    """

    kind: Kind
    members: tuple[Member, ...]

    def __post_init__(self) -> None:
        """Refuse what no report may hold."""
        paths = {(member.candidate.file.folder, member.candidate.file.name) for member in self.members}
        if len(paths) != len(self.members) or len(self.members) < 2:
            raise ValueError("a group holds two different files or more")
        proposals = [member.proposal for member in self.members]
        if self.kind.is_certain and (Proposal.KEEP not in proposals or Proposal.UNDECIDED in proposals):
            raise ValueError("a group keeps a file, and says of each whether it is kept")
        if not self.kind.is_certain and proposals.count(Proposal.UNDECIDED) != len(proposals):
            raise ValueError(f"nothing is proposed for a {self.kind.value} group")

    @property
    def gain(self) -> int:
        """Bytes that are freed when what is proposed is done, or, where nothing is, when the first file alone stays."""
        if self.kind.is_certain:
            remove = Proposal.REMOVE
            return sum([member.candidate.file.size for member in self.members if member.proposal is remove])
        return sum(member.candidate.file.size for member in self.members[1:] if member.candidate.place is not Location.OFFLINE)
