"""The nouns of the toolkit: files, what is known of them, and what is decided about them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

PHOTO_ENDINGS = frozenset(
    {"heic", "heif", "hif", "jpg", "jpeg", "jpe", "mpo", "insp", "png", "webp", "avif", "tif", "tiff", "gif", "bmp", "psd", "jxl", "jp2"}
)
RAW_ENDINGS = frozenset(
    {"dng", "cr2", "cr3", "crw", "nef", "nrw", "arw", "srf", "sr2", "orf", "rw2", "rwl", "raf", "pef", "srw", "x3f"}
    | {"dcr", "kdc", "mrw", "iiq", "3fr", "erf"}
)
VIDEO_ENDINGS = frozenset(
    {"mp4", "mov", "m4v", "3gp", "3g2", "insv", "avi", "mts", "m2ts", "mkv", "webm", "flv", "wmv", "asf"}
    | {"mpg", "mpeg", "m2v", "mod", "tod", "vob", "dv"}
)
SIDECAR_ENDINGS = frozenset({"xmp", "aae", "thm", "json"})
AUDIO_ENDINGS = frozenset({"wav", "m4a"})
"""What cameras record as a note to the photo of the same name; without one it is music, and none of an album's business."""


IS_WINDOWS = os.name == "nt"
HAS_CHANGE_TIME = not IS_WINDOWS
"""True where a status tells when a file was last changed in any way. Windows tells in its place when it was made; by handle another."""

_SEPARATOR = os.sep
_NO_SEPARATOR = ("", _SEPARATOR)


class FileKind(Enum):
    """What a file is by the ending of its name; its content may tell otherwise."""

    PHOTO = "photo"
    RAW = "raw"
    VIDEO = "video"
    SIDECAR = "sidecar"
    AUDIO = "audio"
    OTHER = "other"

    @classmethod
    def of(cls, name: str) -> FileKind:
        """The kind that the ending of `name` promises, in any letter case."""
        stem, _, ending = name.rpartition(".")
        return _KIND_BY_ENDING.get(ending.lower(), cls.OTHER) if stem.strip(".") else cls.OTHER

    @property
    def is_picture(self) -> bool:
        """True for everything that an album is made of: photos, raw files and videos."""
        return self in (FileKind.PHOTO, FileKind.RAW, FileKind.VIDEO)

    @property
    def needs_picture(self) -> bool:
        """True for what goes into an album beside its picture only: sidecars and audio notes."""
        return self in (FileKind.SIDECAR, FileKind.AUDIO)


_KIND_BY_ENDING = {
    ending: kind
    for kind, endings in (
        (FileKind.PHOTO, PHOTO_ENDINGS),
        (FileKind.RAW, RAW_ENDINGS),
        (FileKind.VIDEO, VIDEO_ENDINGS),
        (FileKind.SIDECAR, SIDECAR_ENDINGS),
        (FileKind.AUDIO, AUDIO_ENDINGS),
    )
    for ending in endings
}


class BadRequest(Exception):
    """The person asked for something that cannot be done; the text is one sentence that says what to try. Exit code 2."""


class Unreadable(Exception):
    """Content that could not be read; the text is the reason, in words for a person."""


class Changed(Unreadable):
    """A file that is another one by now than when it was found: the next look at it may go well."""


PATH_TOO_LONG = "its path is longer than the 260 letters that Windows allows; move it up, or switch long paths on in Windows"


def is_path_too_long(error: OSError) -> bool:
    """True where Windows says that something is not there because it looks no further."""
    return IS_WINDOWS and len(os.fspath(error.filename or "")) >= 248  # for folders it is less: a name of 12 letters must fit in


def in_words(error: OSError) -> str:
    """The system's reason for an error, as part of a sentence: "permission denied"."""
    if isinstance(error, FileNotFoundError) and is_path_too_long(error):
        return PATH_TOO_LONG
    return (error.strerror or str(error) or type(error).__name__).lower()


def join(folder: str, name: str) -> str:
    """The path of a name in a folder; done for every file several times, and os.path.join takes five times as long."""
    return folder + name if folder[-1:] in _NO_SEPARATOR else f"{folder}{_SEPARATOR}{name}"


def change_time_ns(status: os.stat_result) -> int:
    """When the file or what is known of it was last changed (ctime), in nanoseconds since 1970; 0 where the system does not tell."""
    return status.st_ctime_ns if HAS_CHANGE_TIME else 0


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A regular file as the scan saw it. Names keep bytes that are no UTF-8 (surrogateescape).

    `size` in bytes, times in nanoseconds since 1970; device, inode and ctime are 0 where the system has none.
    """

    folder: str
    name: str
    size: int
    mtime_ns: int
    ctime_ns: int
    device: int
    inode: int

    @classmethod
    def of(cls, folder: str, name: str, status: os.stat_result) -> MediaFile:
        """The file `name` in `folder` as a stat of it tells."""
        return cls(folder, name, status.st_size, status.st_mtime_ns, change_time_ns(status), status.st_dev, status.st_ino)

    @property
    def path(self) -> str:
        """Folder and name joined."""
        return join(self.folder, self.name)

    @property
    def kind(self) -> FileKind:
        """What the ending of the name promises."""
        return FileKind.of(self.name)


@dataclass(frozen=True, slots=True)
class Failure:
    """A file or folder that could not be dealt with, and why, in words for a person."""

    path: str
    reason: str


class DateSource(Enum):
    """Where a capture date was read; the value is what reports say."""

    EXIF_ORIGINAL = "EXIF DateTimeOriginal"
    EXIF_DIGITIZED = "EXIF DateTimeDigitized"
    XMP_ORIGINAL = "XMP exif:DateTimeOriginal"
    XMP_PHOTOSHOP = "XMP photoshop:DateCreated"
    IPTC = "IPTC DateCreated"
    XMP_CREATE = "XMP xmp:CreateDate"
    PNG_TEXT = "PNG text"
    QUICKTIME = "QuickTime creationdate"
    VIDEO_DATE = "video date tag"
    AVI_IDIT = "AVI IDIT"
    VIDEO_CREATION = "video creation_time"
    SIDECAR_XMP = "sidecar XMP"
    SIDECAR_JSON = "sidecar JSON"
    FILE_NAME = "file name"
    EXIF_MODIFIED = "EXIF last modified"
    MTIME = "file time (mtime)"

    @property
    def is_guess(self) -> bool:
        """True where the source tells when the file was written rather than when the picture was taken."""
        return self in (DateSource.EXIF_MODIFIED, DateSource.MTIME)


@dataclass(frozen=True, slots=True)
class DateClaim:
    """One date as a file states it, not yet judged: the text, digits after the second, and the offset's text where it has one."""

    source: DateSource
    text: str
    subsecond: str = ""
    offset: str = ""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a picture's content says of itself. Unknown is None or empty, never a made-up value.

    `format` is what the content is ("jpeg", "heif", "png", "mp4", …), whatever the name says. `width` and `height` are
    stored pixels, before `orientation` (EXIF 1 to 8) is applied. Latitude and longitude in degrees; `gps_time` is
    "YYYY-MM-DD HH:MM:SS" in UTC; `duration` in seconds; `content_id` is what a Live Photo's halves have in common. `exposure` is "time
    aperture ISO bias", "?" for what is unknown of it; `unique_id` what a camera gives each shot; `bit_depth` is that of a channel.
    `notes` are sentences on what could not be read.
    """

    format: str
    width: int | None = None
    height: int | None = None
    orientation: int = 1
    make: str = ""
    model: str = ""
    latitude: float | None = None
    longitude: float | None = None
    gps_time: str = ""
    duration: float | None = None
    content_id: str = ""
    motion_photo: bool = False
    exposure: str = ""
    unique_id: str = ""
    bit_depth: int = 8
    caption: str = ""
    keywords: tuple[str, ...] = ()
    rating: int = 0
    claims: tuple[DateClaim, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def camera(self) -> str:
        """Make and model in one phrase, the make not said twice ("NIKON CORPORATION" and "NIKON D750" are "NIKON D750")."""
        first_word = self.make.partition(" ")[0].lower()
        said_twice = bool(first_word) and self.model.lower().startswith(first_word)
        return self.model if said_twice else f"{self.make} {self.model}".strip()


@dataclass(frozen=True, slots=True)
class CaptureDate:
    """When a picture was taken: `local` is wall time at the place (no tzinfo), `offset` its distance from UTC where known.

    `zone_assumed`: the file told UTC and the zone was not in it. `doubtful`: kept, but looks like a clock that was never set.
    """

    local: datetime
    source: DateSource
    offset: timedelta | None = None
    zone_assumed: bool = False
    doubtful: bool = False

    @property
    def is_guess(self) -> bool:
        """True where only the time of writing is known."""
        return self.source.is_guess

    @property
    def is_embedded(self) -> bool:
        """True where the file's own content tells the date."""
        return self.source not in _OUTSIDE

    @property
    def is_mtime(self) -> bool:
        """True where nothing but the file system tells a date."""
        return self.source is DateSource.MTIME


_OUTSIDE = frozenset({DateSource.SIDECAR_XMP, DateSource.SIDECAR_JSON, DateSource.FILE_NAME, DateSource.MTIME})


@dataclass(frozen=True, slots=True)
class Appearance:
    """How a picture looks, upright (EXIF orientation applied), small enough to keep for every picture of an album.

    `phash`: the 64 bits of ImageHash's `phash`, the first one the highest. `layout`: 16 x 16 x 3 bytes, RGB, rows from the top: the
    picture shrunk by area. `aspect`: width over height of the upright picture. `detail`: standard deviation of its grey values (0 to
    128); a picture under 8 has nothing to be recognised by.
    """

    phash: int
    layout: bytes
    aspect: float
    detail: float


@dataclass(frozen=True, slots=True)
class Integrity:
    """Whether a picture or film is whole, as far as its format lets that be seen.

    `damage` says in words what is wrong, empty where nothing was found; `note` what is odd about a file that is complete.
    """

    damage: str = ""
    note: str = ""


class Role(Enum):
    """What a companion is to the main file of its set; the value is what reports say."""

    LIVE_VIDEO = "Live Photo video"
    RAW_PAIR = "RAW pair"
    EDITED = "edited version"
    SIDECAR = "sidecar"
    AUDIO_NOTE = "audio note"


@dataclass(frozen=True, slots=True)
class Companion:
    """A file that goes where its main file goes. `beside`: the file of the set that its name goes by, the main one or a companion."""

    file: MediaFile
    role: Role
    beside: MediaFile


@dataclass(frozen=True, slots=True)
class FileSet:
    """What is decided and moved as one. The main file gives date, name and number; a companion never stands before what it is beside."""

    main: MediaFile
    companions: tuple[Companion, ...] = ()

    @property
    def files(self) -> tuple[MediaFile, ...]:
        """All files of the set, the main file first."""
        return (self.main, *(companion.file for companion in self.companions))
