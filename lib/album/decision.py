"""What is decided about files: the nouns that planning, report and execution share."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from lib.model import CaptureDate, MediaFile


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """A file with all that an import needs to know of it. `sha256` in hex; `checksum` ("xxh3_128:…") is the quick one for copying.

    `width` and `height` are stored pixels, 0 where unknown; `trouble` says in words what is odd about the file, `damage` why it
    is not whole, `remark` what it is beside a plain picture: a motion photo, or what it is to the picture that it belongs to.
    """

    file: MediaFile
    sha256: str
    checksum: str
    captured: CaptureDate
    camera: str = ""
    width: int = 0
    height: int = 0
    trouble: str = ""
    remark: str = ""
    damage: str = ""

    @property
    def bulk(self) -> tuple[int, int, int]:
        """What decides last of two versions of a picture: pixels, then bytes, then the older file; larger is better."""
        return self.width * self.height, self.file.size, -self.file.mtime_ns


@dataclass(frozen=True, slots=True)
class SetFacts:
    """Files that stay together and are decided as one: a picture, and what belongs to it."""

    main: PictureFacts
    companions: tuple[PictureFacts, ...] = ()


class Action(Enum):
    """What becomes of a file that was found; the value is the report's word."""

    MOVED = "moved"
    COPIED = "copied"
    DUPLICATE = "duplicate"
    SUPERSEDED = "superseded"
    IN_PLACE = "in_place"
    SKIPPED = "skipped"
    FAILED = "failed"


class Rule(Enum):
    """Which rule made a decision: the report's word, and the reason as a sentence with places for what it was held against."""

    NEW = "new", "not in the album yet"
    NUMBERED = "numbered", "another picture has, or gets, this name: {competitor}"
    BETTER = "better quality", "better than the version that had this name: {competitor}"
    REPAIRED = "repaired", "the album's file of this name had gone bad, and this one has the bytes that SHA256SUMS says: {competitor}"
    LESSER = "lesser quality", "a better version of this picture has its name: {competitor}"
    SAME_IN_ALBUM = "same bytes in album", "the album holds the same bytes: {competitor}"
    SAME_IN_RUN = "same bytes in this run", "the same bytes go in from {competitor}"
    IN_PLACE = "already in place", "lies where it belongs"
    COMPANION = "belongs to a picture", "goes with the picture that it belongs to"
    LONE_SIDECAR = "lone sidecar", "the picture that it belongs to was not found"
    HIDDEN = "hidden", "it is hidden, or lies in a hidden folder"
    LINK = "link", "it is a link, and links are not followed"
    SPECIAL = "no regular file", "it is a pipe, a device or the like"
    SYSTEM = "a system's own", "a system or a network drive keeps it for itself, as @eaDir and Thumbs.db"
    SET_ASIDE = "set aside", "it was set aside: superseded and quarantine, in a folder that this toolkit works in, are not imported from"
    LIBRARY = "in a library", "it lies in a library of another program, which is never changed; --libraries copies its originals"
    RECOVERED = "recovered", "the run {competitor}, which did this, had been cut off; it was brought to its end"
    NOT_MEDIA = "no photo or video", "its name does not end like a photo or a video"
    NO_PICTURE = "content is no picture", "its content is no photo or video"
    UNREADABLE = "unreadable", "it could not be read"

    def __init__(self, word: str, sentence: str) -> None:
        """`word` for the report's column, `sentence` for people."""
        self.word = word
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class VersionVerdict:
    """Whether two pictures are versions of one, and if so whether the first is the better one; `why` says it in words, where there is
    something to say."""

    are_versions: bool
    is_better: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class Competitor:
    """What a file was held against: its path, and what it had; `why` tells how the comparison came out."""

    path: str
    size: int
    sha256: str
    captured: CaptureDate | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to become of one file, which rule says so, and what it was held against. Report, log and transfer all read this.

    `destination` is relative to the album, divided by "/", empty where the file stays. `displaces` are (from, to) moves within
    the album that have to come first. `kept` names, for a duplicate, the album file with the same bytes; `removes`: the duplicate
    goes away. `copies`: the source stays. `unread` says since when the kept file was not read, where that was not done in this run.
    """

    file: MediaFile
    action: Action
    rule: Rule
    subject: PictureFacts | None = None
    destination: str = ""
    competitor: Competitor | None = None
    belongs_to: str = ""
    displaces: tuple[tuple[PictureFacts, str], ...] = ()
    kept: str = ""
    removes: bool = False
    copies: bool = False
    group: int = 0
    error: str = ""
    unread: str = ""

    @property
    def reason(self) -> str:
        """Why, in one sentence."""
        words = self.rule.sentence.format(competitor=self.competitor.path if self.competitor else "?")
        if self.competitor and self.competitor.why:
            words += f" ({self.competitor.why})"
        if self.displaces:
            words += f", which goes to {self.displaces[0][1]}"
        if self.unread:
            words += f", {self.unread}"
        if self.removes:
            words += "; this copy is deleted"
        return f"{words} ({self.subject.remark})" if self.subject and self.subject.remark else words
