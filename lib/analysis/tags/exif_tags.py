"""Read EXIF tags out of a TIFF block, or out of a file built like one: dates with their offsets, camera, place, size."""

from __future__ import annotations

import io
import logging
import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, SupportsFloat, cast

from lib.analysis import orientation
from lib.analysis.tags.blocks import TIFF_STARTS, BoundedReader, clean
from lib.analysis.tags.tiff_directory import byte_layout, directory
from lib.model import DateClaim, DateSource, Metadata, Unreadable

_WIDTH, _HEIGHT, _MAKE, _MODEL, _MODIFIED, _SUB_IFDS = 256, 257, 271, 272, 306, 330
_XMP, _IPTC, _PHOTOSHOP, _EXIF_IFD, _GPS_IFD, _DNG_VERSION, _MAKER_NOTE = 700, 33723, 34377, 34665, 34853, 50706, 37500
_DATES = (
    (DateSource.EXIF_ORIGINAL, 36867, 37521, 36881),
    (DateSource.EXIF_DIGITIZED, 36868, 37522, 36882),
)
_BITS, _DESCRIPTION, _RATING, _EXPOSURE, _UNIQUE_ID = 258, 270, 18246, (33434, 33437, 34855, 37380), 42016
_WINDOWS_COMMENT, _WINDOWS_KEYWORDS = 40092, 40094  # UTF-16, as the Explorer writes them
_MODIFIED_SUBSECOND, _MODIFIED_OFFSET = 37520, 36880
_DATE_TAGS = (_MODIFIED_SUBSECOND, _MODIFIED_OFFSET, *(tag for _, *tags in _DATES for tag in tags))
_MAIN_WANTED = (
    *_DATE_TAGS,
    _WIDTH,
    _HEIGHT,
    _MAKE,
    _MODEL,
    orientation.TAG,
    _MODIFIED,
    _SUB_IFDS,
    _XMP,
    _IPTC,
    _PHOTOSHOP,
    _EXIF_IFD,
    _GPS_IFD,
    _DNG_VERSION,
    _BITS,
    _DESCRIPTION,
    _RATING,
    _WINDOWS_COMMENT,
    _WINDOWS_KEYWORDS,
)
_INNER_WANTED = (*_DATE_TAGS, _MAKER_NOTE, *_EXPOSURE, _UNIQUE_ID)
_LATITUDE_REF, _LATITUDE, _LONGITUDE_REF, _LONGITUDE, _GPS_TIME, _GPS_DATE = 1, 2, 3, 4, 7, 29
_GPS_WANTED = (_LATITUDE_REF, _LATITUDE, _LONGITUDE_REF, _LONGITUDE, _GPS_TIME, _GPS_DATE)
_LONGEST_TEXT = 2000
_TURNS_FOR_EXIFREAD = 20_000
_DAMAGED = "its EXIF block is damaged"

_Tags = dict[int, object]


@dataclass(slots=True)
class Directories:
    """EXIF tags by number: `main` is IFD0, `inner` the Exif IFD, `subs` the SubIFDs (the full picture of many raw files).

    The values are text, bytes, numbers, or sequences of numbers.
    """

    main: _Tags = field(default_factory=dict)
    inner: _Tags = field(default_factory=dict)
    gps: _Tags = field(default_factory=dict)
    subs: list[_Tags] = field(default_factory=list)

    @property
    def size(self) -> tuple[int | None, int | None]:
        """Width and height of the largest picture: in raw files the main directory often holds a preview."""
        sizes = [(_whole(tags.get(_WIDTH)), _whole(tags.get(_HEIGHT))) for tags in (self.main, *self.subs)]
        return max(((w, h) for w, h in sizes if w and h), key=lambda size: size[0] * size[1], default=(None, None))

    @property
    def is_dng(self) -> bool:
        """True for Adobe's DNG, which is a TIFF with a version tag."""
        return _DNG_VERSION in self.main

    @property
    def xmp(self) -> bytes:
        """The XMP packet that IFD0 holds, if any."""
        return _raw(self.main.get(_XMP))

    @property
    def iptc(self) -> bytes:
        """The IPTC records that IFD0 holds, if any."""
        return _raw(self.main.get(_IPTC))

    @property
    def photoshop(self) -> bytes:
        """The Photoshop resources that IFD0 holds, if any."""
        return _raw(self.main.get(_PHOTOSHOP))


def read(source: BoundedReader) -> tuple[Metadata, Directories]:
    """Return what a TIFF file says, or a raw file built like one, and its directories; a damaged one gives what is left, and a note.

    Where nothing is found, exifread is asked: it does not mind an odd signature, for one.
    """
    tags = _directories(source)
    if tags is None or not (tags.main or tags.inner):
        tags = _by_exifread(source.again(_TURNS_FOR_EXIFREAD)) or tags
    if tags is None:
        return Metadata("tiff", notes=(_DAMAGED,)), Directories()
    return facts(tags), tags


def read_block(data: bytes) -> Metadata:
    """Return what a whole EXIF block says: IFD0 and all it points to."""
    begin = min((at for start in TIFF_STARTS if (at := data.find(start, 0, 64)) >= 0), default=0)
    return read(BoundedReader(io.BytesIO(data[begin:]), len(data) - begin))[0]


def read_part(data: bytes, *, gps: bool) -> Metadata:
    """Return what a block says whose first directory is the Exif IFD, or with `gps` the GPS one, as Canon's CR3 keeps them."""
    source = BoundedReader(io.BytesIO(data), len(data))
    how = byte_layout(source)
    if how is None:
        return Metadata("tiff", notes=(_DAMAGED,))
    tags: _Tags = dict(directory(source, how, how.first, _GPS_WANTED if gps else _INNER_WANTED))
    return facts(Directories(gps=tags) if gps else Directories(inner=tags))


def _directories(source: BoundedReader) -> Directories | None:
    how = byte_layout(source)
    if how is None:
        return None
    tags = Directories(main=dict(directory(source, how, how.first, _MAIN_WANTED, raw=(_XMP, _IPTC, _PHOTOSHOP))))
    for pointer, place, wanted in ((_EXIF_IFD, tags.inner, _INNER_WANTED), (_GPS_IFD, tags.gps, _GPS_WANTED)):
        if offset := _whole(tags.main.get(pointer)):
            place.update(directory(source, how, offset, wanted))
    for number in _numbers(tags.main.get(_SUB_IFDS))[:8]:
        tags.subs.append(dict(directory(source, how, int(number), (_WIDTH, _HEIGHT))))
    return tags


def _by_exifread(source: BoundedReader) -> Directories | None:
    """Return the same by exifread; None where it gives up, in whichever way it does."""
    import exifread

    logging.getLogger("exifread").setLevel(logging.CRITICAL + 1)
    tags = Directories()
    places = {"Image": tags.main, "EXIF": tags.inner, "GPS": tags.gps}
    try:
        found = exifread.process_file(cast("BinaryIO", source), details=False, extract_thumbnail=False)
    except Unreadable:
        raise
    except Exception:  # noqa: BLE001  hostile blocks make it raise anything at all; the caller writes a note
        return None
    for name, tag in found.items():
        place = places.get(name.partition(" ")[0])
        if place is not None and hasattr(tag, "values"):
            values = tag.values
            place[int(tag.tag)] = values[0] if isinstance(values, list) and len(values) == 1 else values
    return tags


def facts(tags: Directories) -> Metadata:
    """Return what the tags of a file say, in the words of the model."""
    width, height = tags.size
    latitude = _degrees(tags.gps.get(_LATITUDE), tags.gps.get(_LATITUDE_REF), 90)
    longitude = _degrees(tags.gps.get(_LONGITUDE), tags.gps.get(_LONGITUDE_REF), 180)
    is_placed = latitude is not None and longitude is not None and (latitude, longitude) != (0, 0)
    claims = [
        DateClaim(source, text, _text(place.get(subsecond)), _text(place.get(offset)))
        for source, date, subsecond, offset in _DATES
        for place in (tags.inner, tags.main)  # raw files after TIFF/EP have their dates in IFD0
        if (text := _text(place.get(date)))
    ]
    if text := _text(tags.main.get(_MODIFIED)):
        subsecond, offset = tags.inner.get(_MODIFIED_SUBSECOND), tags.inner.get(_MODIFIED_OFFSET)
        claims.append(DateClaim(DateSource.EXIF_MODIFIED, text, _text(subsecond), _text(offset)))
    return Metadata(
        "tiff",
        width=width,
        height=height,
        orientation=orientation.checked(_whole(tags.main.get(orientation.TAG))),
        make=_text(tags.main.get(_MAKE)),
        model=_text(tags.main.get(_MODEL)),
        latitude=latitude if is_placed else None,
        longitude=longitude if is_placed else None,
        gps_time=_gps_time(tags.gps.get(_GPS_DATE), tags.gps.get(_GPS_TIME)),
        content_id=_apple_content_id(_raw(tags.inner.get(_MAKER_NOTE))),
        exposure=_exposure(tags.inner),
        unique_id=_text(tags.inner.get(_UNIQUE_ID)).strip("0 "),
        bit_depth=max(8, *(int(bits) for each in (tags.main, *tags.subs) for bits in _numbers(each.get(_BITS)) if bits <= 64), 8),
        caption=_text(tags.main.get(_DESCRIPTION)) or _windows_text(tags.main.get(_WINDOWS_COMMENT)),
        keywords=tuple(filter(None, (word.strip() for word in _windows_text(tags.main.get(_WINDOWS_KEYWORDS)).split(";")))),
        rating=min(5, _whole(tags.main.get(_RATING)) or 0),
        claims=tuple(claims),
    )


def _exposure(inner: _Tags) -> str:
    """Time, aperture, ISO and bias, "?" for each that is unknown; empty where all are."""
    values = [next(iter(_numbers(inner.get(tag))), None) for tag in _EXPOSURE]
    words = ["?" if value is None or not math.isfinite(value) else f"{value:.4g}" for value in values]
    return "" if words == ["?"] * len(words) else " ".join(words)


def _windows_text(value: object) -> str:
    return clean(_raw(value)[: 2 * _LONGEST_TEXT].decode("utf-16-le", "replace"), _LONGEST_TEXT)


def _text(value: object) -> str:
    if isinstance(value, int):
        return str(value)
    data = _raw(value)[:_LONGEST_TEXT].partition(b"\0")[0]
    try:
        return clean(data.decode("utf-8"))
    except UnicodeDecodeError:
        return clean(data.decode("latin-1"))


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 32 else None


def _raw(value: object) -> bytes:
    if isinstance(value, str):
        return value.encode("latin-1", "replace")
    if isinstance(value, list) and all(isinstance(byte, int) and 0 <= byte < 256 for byte in value):
        return bytes(value)
    return value if isinstance(value, bytes) else b""


def _numbers(value: object) -> list[float]:
    """Return the finite numbers of a tag's value; empty where one of them is none (0/0)."""
    values = value if isinstance(value, Sequence) and not isinstance(value, str | bytes) else (value,)
    try:
        numbers = [float(cast("SupportsFloat", number)) for number in values]
    except (TypeError, ValueError, ArithmeticError):
        return []
    return numbers if all(map(math.isfinite, numbers)) else []


def _degrees(value: object, reference: object, limit: int) -> float | None:
    numbers = _numbers(value)
    if not numbers or len(numbers) > 3:
        return None
    degrees: float = sum(number / unit for number, unit in zip(numbers, (1, 60, 3600)))
    if not 0 <= degrees <= limit:
        return None
    return -degrees if _text(reference)[:1].upper() in ("S", "W") else degrees


def _gps_time(date: object, time: object) -> str:
    """UTC as "YYYY-MM-DD HH:MM:SS" where both halves are there and can be; else empty."""
    day = _text(date).replace("-", ":").replace("/", ":").split(":")
    numbers = _numbers(time)
    if len(day) != 3 or not all(part.strip().isdecimal() for part in day) or len(numbers) != 3:
        return ""
    year, month, days = (int(part) for part in day)
    hour, minute, second = (int(number) for number in numbers)
    if not (1980 <= year <= 9999 and 1 <= month <= 12 and 1 <= days <= 31 and 0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60):
        return ""
    return f"{year:04}-{month:02}-{days:02} {hour:02}:{minute:02}:{second:02}"


def _apple_content_id(note: bytes) -> str:
    """Tag 0x0011 of Apple's maker note: what a Live Photo's still and video have in common."""
    if not note.startswith(b"Apple iOS\0") or note[12:14] != b"MM":
        return ""
    count = int.from_bytes(note[14:16], "big")
    for at in range(16, min(16 + 12 * count, len(note) - 11), 12):
        tag, kind, length, offset = struct.unpack_from(">HHLL", note, at)
        if tag == 0x0011 and kind == 2 and length <= 200:
            return clean(note[offset : offset + length].decode("latin-1"))
    return ""
