"""Read what XMP packets, IPTC records and PNG texts say of a picture."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from xml.etree import ElementTree

from lib.analysis.tags.blocks import clean
from lib.model import DateClaim, DateSource, Metadata

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_EXIF, _EXIF_EX = "{http://ns.adobe.com/exif/1.0/}", "{http://cipa.jp/exif/1.0/}"
_PHOTOSHOP, _BASIC, _TIFF = "{http://ns.adobe.com/photoshop/1.0/}", "{http://ns.adobe.com/xap/1.0/}", "{http://ns.adobe.com/tiff/1.0/}"
_DUBLIN_CORE = "{http://purl.org/dc/elements/1.1/}"
_CAMERA = "{http://ns.google.com/photos/1.0/camera/}"
_MOST_KEYWORDS, _LONGEST_CAPTION = 200, 2000
_LARGEST_XMP = 4 << 20
_XMP_DATES = (
    (DateSource.XMP_ORIGINAL, _EXIF + "DateTimeOriginal"),
    (DateSource.XMP_PHOTOSHOP, _PHOTOSHOP + "DateCreated"),
    (DateSource.XMP_CREATE, _BASIC + "CreateDate"),
    (DateSource.XMP_CREATE, _EXIF + "DateTimeDigitized"),
)
_PNG_KEYS = ("exif:datetimeoriginal", "datetimeoriginal", "creation time", "create-date", "exif:datetimedigitized")


def xmp(packet: bytes, *, sidecar: bool = False) -> Metadata:
    """Return what an XMP packet says; in a `sidecar` each date is the sidecar's. A packet that cannot be parsed gives a note alone."""
    root = parse_xmp(packet)
    if root is None:
        return Metadata("xmp", notes=("its XMP block is damaged",))
    values = _properties(root)
    claims = []
    for source, name in _XMP_DATES:
        if text := clean(values.get(name, "")):
            subsecond = clean(values.get(_EXIF + "SubSecTimeOriginal", "")) if source is DateSource.XMP_ORIGINAL else ""
            offset = clean(values.get(_EXIF_EX + "OffsetTimeOriginal", "")) if source is DateSource.XMP_ORIGINAL else ""
            claims.append(DateClaim(DateSource.SIDECAR_XMP if sidecar else source, text, subsecond, offset))
    latitude = _degrees(values.get(_EXIF + "GPSLatitude", ""), 90)
    longitude = _degrees(values.get(_EXIF + "GPSLongitude", ""), 180)
    is_placed = latitude is not None and longitude is not None and (latitude, longitude) != (0, 0)
    return Metadata(
        "xmp",
        make=clean(values.get(_TIFF + "Make", "")),
        model=clean(values.get(_TIFF + "Model", "")),
        latitude=latitude if is_placed else None,
        longitude=longitude if is_placed else None,
        gps_time=_gps_time(values.get(_EXIF + "GPSTimeStamp", "")),
        caption=clean(values.get(_DUBLIN_CORE + "description", "") or values.get(_DUBLIN_CORE + "title", ""), _LONGEST_CAPTION),
        keywords=_keywords(root),
        rating=_rating(values.get(_BASIC + "Rating", "")),
        motion_photo="1" in (values.get(_CAMERA + "MotionPhoto", "").strip(), values.get(_CAMERA + "MicroVideo", "").strip()),
        claims=tuple(claims),
    )


def parse_xmp(packet: bytes) -> ElementTree.Element | None:
    """Return the packet's XML, or None. Document types and entities are refused: they can grow without bound."""
    if packet[:2] in (b"\xff\xfe", b"\xfe\xff") or packet[:200].count(b"\0") > 50:
        text = packet.decode("utf-16", "replace")
    else:
        text = packet.decode("utf-8", "replace")
    begin = text.find("<")
    end = text.rfind(">")
    if len(packet) > _LARGEST_XMP or begin < 0 or "<!DOCTYPE" in text or "<!ENTITY" in text:
        return None
    if text.startswith("<?xml", begin):  # the declared encoding is that of the bytes, not of this text
        begin = text.find("?>", begin) + 2
    text = re.sub(r"[\0-\x08\x0b\x0c\x0e-\x1f]", "", text[begin : end + 1])
    try:
        return ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError, RecursionError):
        return None


def _properties(root: ElementTree.Element) -> Mapping[str, str]:
    """Simple properties of all the packet's descriptions, by "{namespace}name"; the first of several counts."""
    values: dict[str, str] = {}
    for description in root.iter(RDF + "RDF"):
        for node in description.findall(RDF + "Description"):
            for name, value in node.attrib.items():
                values.setdefault(name, value)
            for child in node:
                item = child if (child.text or "").strip() else next((inner for inner in child.iter() if (inner.text or "").strip()), child)
                values.setdefault(child.tag, (item.text or "").strip())
    return values


def _keywords(root: ElementTree.Element) -> tuple[str, ...]:
    """The words of dc:subject, in their order, each once."""
    words = (clean(item.text or "") for subject in root.iter(_DUBLIN_CORE + "subject") for item in subject.iter(RDF + "li"))
    return tuple(dict.fromkeys(filter(None, words)))[:_MOST_KEYWORDS]


def _rating(text: str) -> int:
    """1 to 5 stars; 0 where there are none, as for Lightroom's -1 (rejected)."""
    return int(text) if text.strip() in ("1", "2", "3", "4", "5") else 0


def _degrees(text: str, limit: int) -> float | None:
    """Degrees out of XMP's "51,25.02N" or "51,25,1N"."""
    found = re.fullmatch(r"\s*(\d{1,3})(?:,(\d{1,2}(?:\.\d{1,12})?))?(?:,(\d{1,2}(?:\.\d{1,12})?))?\s*([NSEW])\s*", text)
    if not found:
        return None
    degrees = int(found[1]) + float(found[2] or 0) / 60 + float(found[3] or 0) / 3600
    return None if degrees > limit else -degrees if found[4] in "SW" else degrees


def _gps_time(text: str) -> str:
    """UTC as the model wants it, out of XMP's "2023-11-15T12:30:00Z"; empty for another zone or form."""
    found = re.fullmatch(r"\s*(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?Z\s*", text)
    return "{}-{}-{} {}:{}:{}".format(*found.groups()) if found else ""


def iptc(records: bytes) -> Metadata:
    """Return what IPTC records say: date and time created (2:55, 2:60), caption (2:120) and keywords (2:25)."""
    fields: dict[int, str] = {}
    keywords: list[str] = []
    at = 0
    while records[at : at + 1] == b"\x1c" and len(records) >= at + 5:
        size = int.from_bytes(records[at + 3 : at + 5], "big")
        if size & 0x8000:
            break
        if records[at + 1] == 2:
            data = records[at + 5 : at + 5 + size]
            fields.setdefault(records[at + 2], clean(data.decode("latin-1")))
            if records[at + 2] in (25, 120):
                words = clean(_utf8_or_latin(data), _LONGEST_CAPTION)
                fields[records[at + 2]] = words
                keywords += [words] if records[at + 2] == 25 and words else []
        at += 5 + size
    date = re.match(r"(\d{4})-?(\d\d)-?(\d\d)", fields.get(55, ""))
    found = Metadata("iptc", caption=fields.get(120, ""), keywords=tuple(dict.fromkeys(keywords))[:_MOST_KEYWORDS])
    if not date:
        return found
    time = re.match(r"(\d\d):?(\d\d):?(\d\d)([+-]\d\d:?\d\d)?", fields.get(60, ""))
    text = "-".join(date.groups()) + (f" {time[1]}:{time[2]}:{time[3]}" if time else "")
    # The standard demands an offset, so programs that know none write +0000.
    offset = (time[4] or "") if time and time[4] not in ("+0000", "+00:00") else ""
    return replace(found, claims=(DateClaim(DateSource.IPTC, text, offset=offset),))


def _utf8_or_latin(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def png_texts(texts: Iterable[tuple[str, str]]) -> Metadata:
    """Dates in a PNG's texts; `date:create` is none of them: it is when a file was written."""
    said = {key.strip().lower(): value for key, value in reversed(tuple(texts))}
    return Metadata("png", claims=tuple(DateClaim(DateSource.PNG_TEXT, clean(said[key])) for key in _PNG_KEYS if clean(said.get(key, ""))))
