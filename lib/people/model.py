"""The nouns of this package: faces, samples of known people, decisions of a person, and what each face is called."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from lib.model import FileSet, MediaFile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Embedding = NDArray[np.float32]
    """128 numbers, of unit length: the cosine of two is their product."""


class Box(NamedTuple):
    """Where a face is, as parts (0 to 1) of the upright picture's width and height: left edge, top edge, width, height."""

    x: float
    y: float
    width: float
    height: float

    def overlap(self, other: Box) -> float:
        """Area that both cover over area that either covers, 0 to 1."""
        wide = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        high = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        if wide <= 0 or high <= 0:
            return 0.0
        shared = wide * high
        return shared / (self.width * self.height + other.width * other.height - shared)


@dataclass(frozen=True, slots=True)
class Face:
    """A face as the networks see it. `pixels` is the shorter side of its box in the picture that was searched; `score` from 0 to 1.

    `moment` is the second of a video that it was seen at, None in a photo.
    """

    box: Box
    pixels: float
    score: float
    embedding: Embedding
    moment: float | None = None


@dataclass(frozen=True, slots=True)
class FoundFaces:
    """The faces of a photo or video, the largest first, and the size of the upright picture in pixels."""

    width: int
    height: int
    faces: tuple[Face, ...] = ()


@dataclass(frozen=True, slots=True)
class NamedRegion:
    """A name that a program wrote into a picture or its sidecar; `box` is None where it tells no place."""

    name: str
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to be recognised."""

    name: str
    born: date | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """One face of a known person; `captured` is when that picture was taken, None where unknown."""

    name: str
    embedding: Embedding
    captured: datetime | None = None


class Verdict(Enum):
    """What a person said of a face: it is somebody, it is not that one, it is a stranger; or: forget what was said."""

    IS = "is"
    NOT = "not"
    STRANGER = "stranger"
    FORGET = "forget"


@dataclass(frozen=True, slots=True)
class FaceDecision:
    """What a person said of one face, known by the SHA-256 (hex) of its file and its box; without a box of the whole picture.

    `photo` is where the file lay at that time, for people who read the table.
    """

    sha256: str
    box: Box | None
    verdict: Verdict
    name: str = ""
    photo: str = ""


class Status(Enum):
    """How sure a name is; the value is what the report says."""

    CONFIRMED = "confirmed"
    SURE = "sure"
    MAYBE = "maybe"
    UNKNOWN = "unknown"
    SMALL = "small"


@dataclass(frozen=True, slots=True)
class NamedFace:
    """A face with what it is called. `face` is None for a name without a face: somebody said who is there, and no face was found.

    `similarity` is the cosine to the nearest sample, 0 where none counted. `refused` are names that it is not;
    a `stranger` is not asked about again. `group` numbers unknown faces that look alike, from 1; `part` the closer-knit parts of it.
    """

    box: Box | None
    face: Face | None
    name: str
    status: Status
    similarity: float = 0.0
    refused: frozenset[str] = frozenset()
    stranger: bool = False
    group: int = 0
    part: int = 0
    decided: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo or video of the album, and what is known of it before anybody is named.

    `name` is relative to the album, divided by "/"; `captured` is None where only a guess is known, `found` where it could not be
    looked into. `regions` are the names that it and its sidecars carry, boxes upright; `told` those that Google Takeout gives the whole
    picture. `sidecar` is its XMP sidecar, `group` is the set that it is the main file of, None where it is alone.
    """

    file: MediaFile
    name: str
    sha256: str
    captured: datetime | None
    found: FoundFaces | None
    regions: tuple[NamedRegion, ...] = ()
    told: tuple[str, ...] = ()
    sidecar: MediaFile | None = None
    group: FileSet | None = None
    orientation: int = 1


@dataclass(frozen=True, slots=True)
class PicturePeople:
    """A picture with its named faces, in the order of its faces, names without a face last."""

    picture: Picture
    faces: tuple[NamedFace, ...] = field(default=())

    def names(self, *statuses: Status) -> list[str]:
        """The names with one of these statuses, sorted, each once."""
        return sorted({face.name for face in self.faces if face.name and face.status in statuses})

    @property
    def people(self) -> list[str]:
        """Who is there, confirmed or sure."""
        return self.names(Status.CONFIRMED, Status.SURE)

    @property
    def maybe(self) -> list[str]:
        """Who may be there too."""
        known = set(self.people)
        return [name for name in self.names(Status.MAYBE) if name not in known]
