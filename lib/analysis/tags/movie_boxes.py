"""Read what MP4, QuickTime and 3GP films say of themselves: headers, user data, keys, and blocks of EXIF and XMP."""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from lib.analysis import orientation
from lib.analysis.tags.blocks import Blocks, BoundedReader, clean
from lib.analysis.tags.boxes import XMP, MediaBox, boxes, canon_blocks, first
from lib.analysis.tags.stills import jpeg
from lib.model import DateClaim, DateSource, Metadata

_MAC_TO_UNIX = 2_082_844_800
_LONGEST_TEXT = 4000
_APPLE = "com.apple.quicktime."
_VIDEO_DATE_KEYS = ("\xa9day", "date", "IDIT", "nikon", "sony")
_GOPRO_BOXES = (b"FIRM", b"LENS", b"CAME", b"GPMF")

Texts = dict[str, str]


def movie(file: BoundedReader) -> tuple[Metadata, Blocks]:
    """Return what a film's boxes say, and the raw blocks found among them."""
    found, texts = Blocks(), Texts()
    moov = None
    for box in boxes(file, 0, file.size):
        if box.kind == b"moov" and moov is None:
            moov = box
        elif box.uuid == XMP:
            found.xmp.append(box.body(file))
        elif box.kind == b"meta":
            _sony(file, box, texts)
    if moov is None:
        return Metadata("mp4", notes=("the box that describes the film is missing: it was not finished, or is cut off",)), found
    duration, times = None, list[int]()
    for box in boxes(file, moov.start, moov.end):
        if box.kind == b"mvhd":
            created, duration = _movie_header(box.body(file))
            times.insert(0, created)
        elif box.kind == b"trak":
            times.append(_track(file, box, found, texts))
        elif box.kind == b"udta":
            _user_data(file, box, found, texts)
        elif box.kind == b"meta":
            _meta(file, box, texts)
        elif box.uuid == XMP:
            found.xmp.append(box.body(file))
    canon_blocks(file, moov, found)
    latitude, longitude = _place(_one(texts, (_APPLE + "location.ISO6709", "\xa9xyz")))
    return Metadata(
        "mp4",
        make=_one(texts, ("make", _APPLE + "make", "\xa9mak", "com.android.manufacturer")),
        model=_one(texts, ("model", _APPLE + "model", "\xa9mod", "com.android.model")),
        latitude=latitude,
        longitude=longitude,
        duration=duration,
        content_id=texts.get(_APPLE + "content.identifier", ""),
        claims=tuple(_claims(texts, next((time for time in times if time), 0))),
    ), found


def _claims(texts: Mapping[str, str], created: int) -> Iterator[DateClaim]:
    if text := texts.get(_APPLE + "creationdate"):
        yield DateClaim(DateSource.QUICKTIME, text)
    for key in _VIDEO_DATE_KEYS:
        if text := texts.get(key):
            yield DateClaim(DateSource.VIDEO_DATE, text)
    if created:
        # Some writers count from 1970, where the standard says 1904; no film is older than that.
        seconds = created - _MAC_TO_UNIX if created >= _MAC_TO_UNIX else created
        if seconds < 1 << 33:
            moment = datetime(1970, 1, 1) + timedelta(seconds=seconds)
            yield DateClaim(DateSource.VIDEO_CREATION, f"{moment:%Y-%m-%d %H:%M:%S}", offset="Z")


def _one(texts: Mapping[str, str], keys: Iterable[str]) -> str:
    return next((texts[key] for key in keys if texts.get(key)), "")


def _movie_header(body: bytes) -> tuple[int, float | None]:
    """Time of creation in seconds since 1904 (0: not said), and duration in seconds."""
    try:
        if body[0] == 1:
            created, _, scale, length = struct.unpack_from(">QQLQ", body, 4)
        else:
            created, _, scale, length = struct.unpack_from(">LLLL", body, 4)
    except (struct.error, IndexError):
        return 0, None
    is_known = scale and length not in (0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF)
    return created, length / scale if is_known else None


def _track(file: BoundedReader, track: MediaBox, found: Blocks, texts: Texts) -> int:
    """Take size and orientation of the first picture track; comes back with the track's time of creation, or 0."""
    header = first(file, track, b"tkhd")
    handler = first(file, track, b"mdia", b"hdlr")
    if handler and b"GoPro" in file.at(handler.start, min(200, handler.end - handler.start)):
        texts["make"] = "GoPro"
    if header is None:
        return 0
    body = header.body(file)
    wide = 12 if body[:1] == b"\1" else 0
    try:
        created: int = struct.unpack_from(">Q" if wide else ">L", body, 4)[0]
        a, b, _, c, d, *_ = struct.unpack_from(">9l", body, 40 + wide)
        width, height = (size >> 16 for size in struct.unpack_from(">LL", body, 76 + wide))
    except struct.error:
        return 0
    if width and height and found.width is None:
        found.width, found.height = width, height
        found.orientation = orientation.from_matrix(a, b, c, d)
    return created


def _user_data(file: BoundedReader, outer: MediaBox, found: Blocks, texts: Texts) -> None:
    for box in boxes(file, outer.start, outer.end):
        if box.kind[:1] == b"\xa9":
            head = file.at(box.start, min(_LONGEST_TEXT, box.end - box.start))
            _keep(texts, box.kind.decode("latin-1"), head[4 : 4 + int.from_bytes(head[:2], "big")])
        elif box.kind in (b"date", b"IDIT"):
            _keep(texts, box.kind.decode("ascii"), file.at(box.start, min(100, box.end - box.start)))
        elif box.kind == b"loci":
            _keep(texts, "\xa9xyz", _loci(file.at(box.start, min(_LONGEST_TEXT, box.end - box.start))))
        elif box.kind == b"meta":
            _meta(file, box, texts)
        elif box.kind == b"XMP_":
            found.xmp.append(box.body(file))
        elif box.kind == b"CNTH":  # Canon: a thumbnail with the EXIF tags of a still
            thumbnail = first(file, box, b"CNDA")
            if thumbnail:
                data = thumbnail.body(file)
                found.exif += jpeg(BoundedReader(io.BytesIO(data), len(data))).exif
        elif box.kind == b"NCDT":
            tags = first(file, box, b"NCTG")
            if tags:
                _nikon(tags.body(file), texts)
        elif box.kind == b"TAGS":  # Nikon, Olympus, Pentax, Sanyo: the maker stands first
            _keep(texts, "make", file.at(box.start, min(24, box.end - box.start)))
        elif box.kind in _GOPRO_BOXES:
            texts["make"] = "GoPro"


def _loci(body: bytes) -> bytes:
    """Return the place out of a 3GPP location box, in the form of the other ones: a name, a role, longitude, latitude."""
    place = body[6:].partition(b"\0")[2]
    if len(place) < 9:
        return b""
    longitude, latitude = struct.unpack_from(">ll", place, 1)
    return f"{latitude / 65536:+.5f}{longitude / 65536:+.5f}/".encode()


def _nikon(body: bytes, texts: Texts) -> None:
    """Nikon's own tags: a number, a format (2: text), a count, the value."""
    names = {0x01: "make", 0x02: "model", 0x11: "nikon", 0x12: "nikon"}
    widths, at = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8}, 0
    while at + 8 <= len(body):
        tag, style, count = struct.unpack_from(">LHH", body, at)
        size = widths.get(style, 1) * count
        if tag in names and style == 2:
            _keep(texts, names[tag], body[at + 8 : at + 8 + size])
        at += 8 + size


def _meta(file: BoundedReader, meta: MediaBox, texts: Texts) -> None:
    """Values by name: Apple's keys, and the four-letter names of iTunes."""
    shift = 0 if file.at(meta.start + 4, 4) == b"hdlr" else 4
    names: list[str] = []
    for box in boxes(file, meta.start + shift, meta.end):
        if box.kind == b"keys":
            names = [entry.decode("latin-1") for entry in _keys(file.at(box.start, min(1 << 16, box.end - box.start)))]
        elif box.kind == b"ilst":
            for item in boxes(file, box.start, box.end):
                number = int.from_bytes(item.kind, "big")
                name = names[number - 1] if 1 <= number <= len(names) else item.kind.decode("latin-1")
                data = first(file, item, b"data")
                if data:
                    _keep(texts, name, file.at(data.start + 8, min(_LONGEST_TEXT, data.end - data.start - 8)))


def _keys(body: bytes) -> Iterator[bytes]:
    at = 8
    while at + 8 <= len(body):
        size = int.from_bytes(body[at : at + 4], "big")
        if size < 8:
            return
        yield body[at + 8 : at + size]
        at += size


def _sony(file: BoundedReader, meta: MediaBox, texts: Texts) -> None:
    """Sony's XML beside the film: local time with its offset, and the camera."""
    shift = 0 if file.at(meta.start + 4, 4) == b"hdlr" else 4
    xml = next((box for box in boxes(file, meta.start + shift, meta.end) if box.kind == b"xml "), None)
    text = file.at(xml.start, min(1 << 20, xml.end - xml.start)) if xml else b""
    for name, pattern in (
        ("sony", rb'<CreationDate value="([^"]*)"'),
        ("make", rb'manufacturer="([^"]*)"'),
        ("model", rb'modelName="([^"]*)"'),
    ):
        match = re.search(pattern, text)
        if match:
            _keep(texts, name, match[1])


def _keep(texts: Texts, name: str, value: bytes) -> None:
    """Note a value, unless an earlier one has that name."""
    try:
        text = clean(value.decode("utf-8"))
    except UnicodeDecodeError:
        text = clean(value.decode("latin-1"))
    if text:
        texts.setdefault(name, text)


def _place(text: str) -> tuple[float | None, float | None]:
    """Latitude and longitude out of "+32.0929+034.8620+028.516/"."""
    match = re.match(r"([+-]\d{1,2}(?:\.\d{1,12})?)([+-]\d{1,3}(?:\.\d{1,12})?)(?=[+/-]|CRS|$)", text)
    if not match:
        return None, None
    latitude, longitude = float(match[1]), float(match[2])
    is_place = abs(latitude) <= 90 and abs(longitude) <= 180 and (latitude, longitude) != (0, 0)
    return (latitude, longitude) if is_place else (None, None)
