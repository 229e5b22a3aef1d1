"""Tell whether a picture or film is whole: JPEG decoded to its end, PNG by its checksums, the others by how their parts fill the file."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable

from lib.analysis.decoding import require_jpeg_memory
from lib.analysis.formats import SNIFFED, sniff_format
from lib.analysis.tags.blocks import BoundedReader, LimitExceeded, open_bounded
from lib.model import Integrity, Unreadable

_PIECE = 4 << 20
_END_OF_IMAGE = b"\xff\xd9"
_NEVER_FINISHED = "it is cut off or was never finished: the part that tells where its pictures are is missing"
_CUT_OFF = "it is cut off: its data ends before the picture does"
_LOST = "a part of its data is missing or was overwritten"
_NOTHING_FOUND = Integrity()

# What libjpeg warns of in pictures that are complete: bytes between tables, and headers that say something odd.
_HARMLESS = re.compile(r"extraneous bytes before marker 0x(db|c4|e.|fe|da)|unknown (JFIF|Adobe)|Invalid SOS parameters", re.IGNORECASE)
# What says that this decoder cannot, not that the picture is damaged.
_NOT_FOR_US = re.compile(r"subsampling level|unsupported|not supported|not implemented", re.IGNORECASE)

_KNOWN_BOXES = frozenset(map(str.encode, ["ftyp", "moov", "mdat", "meta", "moof", "mfra", "free", "skip", "wide", "uuid", "idat", "pnot"]))
_UNKNOWN_LENGTHS = (0, 0xFFFF_FFFF)  # in a RIFF that was recorded and never ended properly, or is larger than its field


def check(path: str) -> Integrity:
    """What is damaged in the file at `path`, as far as its format lets that be seen. Raises Unreadable where it cannot be opened.

    JPEG shows cuts, holes and most overwritten bytes (a flipped bit in one of five), PNG every changed byte. Of WebP, HEIC, AVIF, CR3,
    MP4, MOV and AVI only what is cut off is seen: their decoders conceal the rest. Other formats are taken for whole.
    """
    with open_bounded(path) as file:
        checker = _CHECKERS.get(sniff_format(file.at(0, SNIFFED)))
        try:
            return checker(file) if checker else _NOTHING_FOUND
        except LimitExceeded:
            # Larger than any real picture of its kind: nothing that a decoder should be let loose on.
            return _NOTHING_FOUND


def _jpeg(file: BoundedReader) -> Integrity:
    data = b"".join(file.at(start, _PIECE) for start in range(0, file.size, _PIECE))
    try:
        size = require_jpeg_memory(io.BytesIO(data))
    except Unreadable:
        return _NOTHING_FOUND
    except (OSError, ValueError, SyntaxError):
        return Integrity(_LOST)
    warning = _libjpeg_warning(data, size)
    if warning is None or _HARMLESS.search(warning) or _NOT_FOR_US.search(warning):
        return _as_pillow_sees_it(data)
    if "premature end of jpeg" in warning.lower():
        # libjpeg says the same of a picture that is complete and lacks nothing but the mark of its end.
        if _libjpeg_warning(data + _END_OF_IMAGE, size) == "":
            return Integrity(note="the mark of its end is missing; the picture is complete")
        return Integrity(_CUT_OFF)
    return Integrity(f"{_LOST} ({warning})") if warning else _NOTHING_FOUND


def _libjpeg_warning(data: bytes, size: tuple[int, int]) -> str | None:
    """The last thing that libjpeg finds wrong while it decodes the whole picture at an eighth of its size; empty for nothing.

    None where simplejpeg is not installed. Pillow, which is, keeps the warnings for itself.
    """
    try:
        import simplejpeg
    except ImportError:
        return None
    width, height = size
    try:
        simplejpeg.decode_jpeg(
            data, "GRAY", fastdct=True, fastupsample=True, min_height=max(1, height // 8), min_width=max(1, width // 8), strict=True
        )
    except ValueError as error:
        return str(error)
    return ""


def _as_pillow_sees_it(data: bytes) -> Integrity:
    """What Pillow refuses to decode is cut off; of holes and overwritten bytes it says nothing."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data)) as image:
            image.draft("L", (max(1, image.width // 8), max(1, image.height // 8)))
            image.load()
    except OSError as error:
        return Integrity(_CUT_OFF if "truncated" in str(error) else _LOST)
    except (ValueError, SyntaxError):
        return Integrity(_LOST)
    return _NOTHING_FOUND


def _png(file: BoundedReader) -> Integrity:
    start = 8
    while start + 12 <= file.size:
        length, kind = int.from_bytes(file.at(start, 4), "big"), file.at(start + 4, 4)
        body, end = start + 8, start + 8 + length
        if end + 4 > file.size:
            return Integrity(_CUT_OFF)
        checksum = zlib.crc32(kind)
        for at in range(body, end, _PIECE):
            checksum = zlib.crc32(file.at(at, min(_PIECE, end - at)), checksum)
        if checksum != int.from_bytes(file.at(end, 4), "big"):
            return Integrity(f"{_LOST} (the checksum of its part {kind.decode('latin-1')!r} is wrong)")
        if kind == b"IEND":
            return _NOTHING_FOUND
        start = end + 4
    return Integrity(_CUT_OFF)


def _riff(file: BoundedReader) -> Integrity:
    length = int.from_bytes(file.at(4, 4), "little")
    return Integrity(_CUT_OFF) if length not in _UNKNOWN_LENGTHS and 8 + length > file.size else _NOTHING_FOUND


def _boxes(file: BoundedReader) -> Integrity:
    """The boxes of an ISO file one after another have to fill it, and one has to tell where in it the pictures are."""
    start, is_told = 0, False
    while start + 8 <= file.size:
        head = file.at(start, 16)
        length, kind = int.from_bytes(head[:4], "big"), head[4:8]
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        is_told |= kind in (b"moov", b"meta")
        if length == 0 and kind in _KNOWN_BOXES:
            return _whole_if(is_told)
        if length < 8 or not all(0x20 <= letter < 0x7F or letter == 0xA9 for letter in kind):
            # Cameras and apps append things of their own behind the last box.
            return _whole_if(is_told)
        if start + length > file.size:
            return Integrity(_CUT_OFF) if kind in _KNOWN_BOXES else _whole_if(is_told)
        start += length
    return _whole_if(is_told)


def _whole_if(is_told: bool) -> Integrity:
    return _NOTHING_FOUND if is_told else Integrity(_NEVER_FINISHED)


_CHECKERS: dict[str, Callable[[BoundedReader], Integrity]] = {
    "jpeg": _jpeg,
    "png": _png,
    **dict.fromkeys(("webp", "avi"), _riff),
    **dict.fromkeys(("heif", "avif", "cr3", "mp4", "mov", "3gp", "m4v"), _boxes),
}
