"""What every reader of tags starts from: a file read in bounded sips, and the raw blocks found in it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from lib.model import Metadata, Unreadable

LARGEST_BLOCK = 16 << 20
"""Bytes that one block of tags may have; the largest real ones (XMP with an embedded depth map) stay under it."""

TIFF_STARTS = (b"II*\0", b"MM\0*")
"""What an Exif block begins with, in either byte order."""

_ALL_SIPS = 96 << 20
_MOST_SIPS = 200_000


class LimitExceeded(Exception):
    """A file that asks for more reading than any real picture's tags need."""


class BoundedReader:
    """A file, or a window of one, that can be read in small parts only, and not for ever.

    A read past the end comes back short. `LimitExceeded` is raised when one read, their sum or their number goes past what real files
    need, so that a counter in a hostile file can cost neither memory nor time; `Unreadable` where the drive fails. It serves as a binary
    file for libraries, too.
    """

    def __init__(self, file: BinaryIO, size: int, turns: int = _MOST_SIPS) -> None:
        """`size` is how far `file` may be read, `turns` how often."""
        self.size = size
        self._file = file
        self._position = 0
        self._left, self._turns = _ALL_SIPS, turns

    def at(self, offset: int, count: int) -> bytes:
        """`count` bytes from `offset`; fewer where the file ends."""
        self._turns -= 1
        if self._turns < 0:
            raise LimitExceeded("its structure has no end")
        count = min(count, self.size - offset)
        if offset < 0 or count <= 0:
            return b""
        self._left -= count
        if count > LARGEST_BLOCK or self._left < 0:
            raise LimitExceeded("a block of tags in it claims to be larger than any real one")
        try:
            self._file.seek(offset)
            return self._file.read(count)
        except OSError as error:
            raise Unreadable(f"cannot be read: {error.strerror or error}") from error

    def again(self, turns: int) -> BoundedReader:
        """Return the same file for another reader, who may turn to it so often."""
        return BoundedReader(self._file, self.size, turns)

    def read(self, size: int | None = -1, /) -> bytes:
        """As of any binary file."""
        data = self.at(self._position, self.size if size is None or size < 0 else size)
        self._position += len(data)
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """As of any binary file."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.size}[whence]
        if start + offset < 0:
            raise OSError("a place before the start of the file")
        self._position = start + offset
        return self._position

    def tell(self) -> int:
        """As of any binary file."""
        return self._position


@contextmanager
def open_bounded(path: str) -> Iterator[BoundedReader]:
    """The regular file at `path`; raises Unreadable for anything else. Neither a link is followed nor a pipe waited for."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(path, flags)
    except (OSError, ValueError) as error:
        raise Unreadable(f"cannot be opened: {getattr(error, 'strerror', None) or error}") from error
    facts = os.fstat(handle)
    if not stat.S_ISREG(facts.st_mode):
        os.close(handle)
        raise Unreadable("is no regular file")
    with open(handle, "rb") as file:
        yield BoundedReader(file, facts.st_size)


@dataclass(slots=True)
class Blocks:
    """What a container holds, still raw: TIFF blocks of EXIF tags, XMP packets, IPTC records, PNG texts, and the picture's size.

    `exif` are whole blocks (IFD0 and what it points to); `exif_inner` and `exif_gps` blocks whose first IFD is the Exif or the GPS one.
    """

    width: int | None = None
    height: int | None = None
    orientation: int | None = None
    exif: list[bytes] = field(default_factory=list)
    exif_inner: list[bytes] = field(default_factory=list)
    exif_gps: list[bytes] = field(default_factory=list)
    xmp: list[bytes] = field(default_factory=list)
    iptc: list[bytes] = field(default_factory=list)
    texts: list[tuple[str, str]] = field(default_factory=list)
    motion_photo: bool = False
    bit_depth: int = 8
    notes: list[str] = field(default_factory=list)


def merged(first: Metadata, others: Iterable[Metadata]) -> Metadata:
    """One Metadata of several: for each fact the first that knows it; claims and notes of all, each once."""
    whole = first
    for other in others:
        place = whole if whole.latitude is not None else other
        whole = replace(
            whole,
            width=whole.width or other.width,
            height=whole.height or other.height,
            orientation=other.orientation if whole.orientation == 1 else whole.orientation,
            make=whole.make or other.make,
            model=whole.model or other.model,
            latitude=place.latitude,
            longitude=place.longitude,
            gps_time=whole.gps_time or other.gps_time,
            duration=whole.duration if whole.duration is not None else other.duration,
            content_id=whole.content_id or other.content_id,
            motion_photo=whole.motion_photo or other.motion_photo,
            exposure=whole.exposure or other.exposure,
            unique_id=whole.unique_id or other.unique_id,
            bit_depth=max(whole.bit_depth, other.bit_depth),
            caption=whole.caption or other.caption,
            keywords=tuple(dict.fromkeys(whole.keywords + other.keywords)),
            rating=whole.rating or other.rating,
            claims=tuple(dict.fromkeys(whole.claims + other.claims)),
            notes=tuple(dict.fromkeys(whole.notes + other.notes)),
        )
    return whole


def clean(text: str, longest: int = 200) -> str:
    """Text out of a tag as it may be shown: up to the first NUL, without control characters, not over-long."""
    text = text.partition("\0")[0][: 4 * longest]
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:longest]
