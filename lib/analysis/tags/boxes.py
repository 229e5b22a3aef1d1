"""Walk the boxes of ISO base media files, and take the blocks of tags out of HEIF, AVIF and CR3 pictures."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from lib.analysis import orientation
from lib.analysis.tags.blocks import LARGEST_BLOCK, TIFF_STARTS, Blocks, BoundedReader

_CANON = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_MOST_ITEMS = 20_000


@dataclass(frozen=True, slots=True)
class MediaBox:
    """One box: its four-letter kind (for "uuid" the sixteen bytes in `uuid`), and where its body lies in the file."""

    kind: bytes
    start: int
    end: int
    uuid: bytes = b""

    def body(self, file: BoundedReader) -> bytes:
        """Return the whole body; only for boxes that are small."""
        return file.at(self.start, self.end - self.start)


def boxes(file: BoundedReader, start: int, end: int) -> Iterator[MediaBox]:
    """Yield the boxes between two places of the file, until one of them cannot be."""
    while start + 8 <= end:
        head = file.at(start, 16)
        if len(head) < 8:
            return
        size, kind, body = int.from_bytes(head[:4], "big"), head[4:8], start + 8
        if size == 1:
            size, body = int.from_bytes(head[8:16], "big"), start + 16
        elif size == 0:
            size = end - start
        if size < body - start:
            return
        after = min(start + size, end)
        uuid = file.at(body, 16) if kind == b"uuid" else b""
        yield MediaBox(kind, body + len(uuid), after, uuid)
        start += size


def first(file: BoundedReader, outer: MediaBox, *kinds: bytes) -> MediaBox | None:
    """Return the box reached from `outer` by going into the first of each kind in turn."""
    for kind in kinds:
        inner = next((box for box in boxes(file, outer.start, outer.end) if box.kind == kind), None)
        if inner is None:
            return None
        outer = inner
    return outer


def whole(file: BoundedReader) -> MediaBox:
    """Return the file as one box."""
    return MediaBox(b"", 0, file.size)


def cr3(file: BoundedReader) -> Blocks:
    """Blocks of a Canon CR3: CMT1 (IFD0), CMT2 (Exif), CMT4 (GPS), and XMP."""
    found = Blocks()
    moov = first(file, whole(file), b"moov")
    if moov:
        canon_blocks(file, moov, found)
    found.xmp += [box.body(file) for box in boxes(file, 0, file.size) if box.uuid == XMP]
    return found


def canon_blocks(file: BoundedReader, outer: MediaBox, found: Blocks) -> None:
    """Add the EXIF blocks of Canon's own box within `outer`; its stills and its newer films have it."""
    for box in boxes(file, outer.start, outer.end):
        if box.uuid == _CANON:
            for part in boxes(file, box.start, box.end):
                place = {b"CMT1": found.exif, b"CMT2": found.exif_inner, b"CMT4": found.exif_gps}.get(part.kind)
                if place is not None:
                    place.append(part.body(file))


def heif(file: BoundedReader) -> Blocks:
    """Blocks of a HEIF or AVIF picture: the items Exif and XMP, the primary picture's stored size, and how it is turned."""
    found = Blocks()
    meta = first(file, whole(file), b"meta")
    if meta is None:
        found.notes.append("the box that describes its pictures is missing")
        return found
    parts = {box.kind: box for box in reversed(list(boxes(file, meta.start + 4, meta.end)))}
    bodies = {kind: parts[kind].body(file) for kind in (b"pitm", b"iinf", b"iloc") if kind in parts}
    try:
        kinds = _item_kinds(bodies.get(b"iinf", b""))
        wanted = {item: kind for item, kind in kinds.items() if kind in (b"Exif", b"mime")}
        places = _item_places(bodies.get(b"iloc", b""), wanted)
        data_start = parts[b"idat"].start if b"idat" in parts else 0
        for item, (in_idat, extents) in places.items():
            shift = data_start if in_idat else 0
            if sum(length for _, length in extents) > LARGEST_BLOCK:
                continue
            block = b"".join(file.at(shift + offset, length) for offset, length in extents)
            if wanted[item] == b"Exif":
                found.exif.append(without_offset(block))
            elif b"<x:xmpmeta" in block[:400] or b"<rdf:RDF" in block[:2000]:
                found.xmp.append(block)
        primary = bodies.get(b"pitm", b"")
        if primary and b"iprp" in parts:
            number = int.from_bytes(primary[4:6] if primary[0] == 0 else primary[4:8], "big")
            _apply_properties(file, parts[b"iprp"], number, found)
    except (struct.error, IndexError):
        found.notes.append("the box that describes its pictures is damaged")
    return found


def without_offset(block: bytes) -> bytes:
    """An Exif item without the four bytes that tell where in it the tags begin; some writers leave them out."""
    return block if block.startswith(TIFF_STARTS) else block[4 + int.from_bytes(block[:4], "big") :] or block[4:]


def _item_kinds(body: bytes) -> dict[int, bytes]:
    """Item number to four-letter kind, from the item information box."""
    kinds: dict[int, bytes] = {}
    if not body:
        return kinds
    at = 6 if body[0] == 0 else 8
    while at + 8 <= len(body) and len(kinds) < _MOST_ITEMS:
        size = int.from_bytes(body[at : at + 4], "big")
        version, entry = body[at + 8], at + 12
        if size < 12:
            break
        if version == 2:
            kinds[int.from_bytes(body[entry : entry + 2], "big")] = body[entry + 4 : entry + 8]
        elif version == 3:
            kinds[int.from_bytes(body[entry : entry + 4], "big")] = body[entry + 6 : entry + 10]
        at += size
    return kinds


def _item_places(body: bytes, wanted: dict[int, bytes]) -> dict[int, tuple[bool, list[tuple[int, int]]]]:
    """For each wanted item: whether it lies in the data box, and its extents as (offset, length), from the item location box."""
    places: dict[int, tuple[bool, list[tuple[int, int]]]] = {}
    if not body:
        return places
    version, sizes = body[0], struct.unpack_from(">H", body, 4)[0]
    offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index_size = sizes & 15 if version in (1, 2) else 0
    number_size = 4 if version == 2 else 2
    at, left = 6, _MOST_ITEMS

    def take(count: int) -> int:
        nonlocal at
        at += count
        if at > len(body):
            raise IndexError
        return int.from_bytes(body[at - count : at], "big")

    for _ in range(min(take(number_size), _MOST_ITEMS)):
        item = take(number_size)
        method = take(2) & 15 if version in (1, 2) else 0
        take(2)
        base = take(base_size)
        extents = []
        for _ in range(take(2)):
            take(index_size)
            extents.append((base + take(offset_size), take(length_size)))
            left -= 1
            if left < 0:  # extents may be written in no bytes at all: their number alone has no bound
                raise IndexError
        if item in wanted:
            places[item] = (method == 1, extents)
    return places


def _apply_properties(file: BoundedReader, iprp: MediaBox, item: int, found: Blocks) -> None:
    """Size (ispe, clap), turn (irot) and mirror (imir) of one item. Decoders obey these, and not the EXIF orientation."""
    ipco = first(file, iprp, b"ipco")
    properties = list(boxes(file, ipco.start, ipco.end)) if ipco else []
    turns, is_mirrored = 0, False
    for number in _associated(file, iprp, item):
        if not 1 <= number <= len(properties):
            continue
        box = properties[number - 1]
        if box.kind == b"ispe":
            found.width, found.height = struct.unpack(">4xII", file.at(box.start, 12))
        elif box.kind == b"clap":  # of what is coded, decoders show this part
            wide, wide_by, high, high_by = struct.unpack(">LLLL", file.at(box.start, 16))
            found.width, found.height = (wide // wide_by, high // high_by) if wide_by and high_by else (found.width, found.height)
        elif box.kind == b"pixi" and (depths := file.at(box.start + 5, file.at(box.start + 4, 1)[0])):
            found.bit_depth = max(depths)
        elif box.kind == b"irot":
            angle = file.at(box.start, 1)[0] & 3
            turns = (turns - angle if is_mirrored else turns + angle) % 4
        elif box.kind == b"imir":
            is_sideways = file.at(box.start, 1)[0] & 1  # 1 exchanges left and right, 0 top and bottom
            is_mirrored, turns = not is_mirrored, (turns + (0 if is_sideways else 2)) % 4
    found.orientation = orientation.from_turns(turns, is_mirrored)


def _associated(file: BoundedReader, iprp: MediaBox, item: int) -> Iterator[int]:
    """Yield the numbers (from 1) of the properties of one item, in their order."""
    for box in boxes(file, iprp.start, iprp.end):
        if box.kind != b"ipma":
            continue
        body = box.body(file)
        version, is_wide = body[0], body[3] & 1
        count, at = int.from_bytes(body[4:8], "big"), 8
        for _ in range(min(count, _MOST_ITEMS)):
            width = 2 if version < 1 else 4
            number, at = int.from_bytes(body[at : at + width], "big"), at + width
            length, at = body[at], at + 1
            step = 2 if is_wide else 1
            if number == item:
                for place in range(at, at + length * step, step):
                    yield int.from_bytes(body[place : place + step], "big") & (0x7FFF if is_wide else 0x7F)
            at += length * step
