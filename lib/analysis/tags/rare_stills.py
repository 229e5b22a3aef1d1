"""Find the blocks of tags in stills that are seldom met: Photoshop, bitmap, JPEG XL, JPEG 2000, Minolta's raw. No pixel is decoded."""

from __future__ import annotations

import struct

from lib.analysis.tags import boxes, stills
from lib.analysis.tags.blocks import LARGEST_BLOCK, Blocks, BoundedReader

_EXIF_IN_JPEG_2000 = b"JpgTiffExif->JP2"


def psd(file: BoundedReader) -> Blocks:
    """Blocks of a Photoshop document: its image resources hold EXIF, IPTC and XMP."""
    found = Blocks()
    head = file.at(0, 30)
    if len(head) < 30:
        found.notes.append("it is cut off")
        return found
    found.height, found.width = struct.unpack_from(">II", head, 14)
    resources = 30 + int.from_bytes(head[26:30], "big")  # behind the colour table
    size = min(int.from_bytes(file.at(resources, 4), "big"), LARGEST_BLOCK)
    stills.photoshop_resources(file.at(resources + 4, size), found)
    return found


def bmp(file: BoundedReader) -> Blocks:
    """Return the size of a bitmap, which has nothing else to tell; a negative height is that of one that begins at the top."""
    found = Blocks()
    head = file.at(14, 12)
    if len(head) == 12 and head[:4] == b"\x0c\0\0\0":
        found.width, found.height = struct.unpack_from("<HH", head, 4)
    elif len(head) == 12:
        width, height = struct.unpack_from("<ii", head, 4)
        found.width, found.height = abs(width), abs(height)
    return found


def jpeg_xl(file: BoundedReader) -> Blocks:
    """Blocks of a JPEG XL: the boxes Exif and xml, where they are not compressed. A bare codestream has none."""
    found = Blocks()
    for box in boxes.boxes(file, 0, file.size):
        if box.kind == b"Exif" and box.end - box.start <= LARGEST_BLOCK:
            found.exif.append(boxes.without_offset(box.body(file)))
        elif box.kind == b"xml " and box.end - box.start <= LARGEST_BLOCK:
            found.xmp.append(box.body(file))
    return found


def jpeg_2000(file: BoundedReader) -> Blocks:
    """Blocks of a JPEG 2000: its size, XMP, and the EXIF block that Adobe's programs write."""
    found = Blocks()
    header = boxes.first(file, boxes.whole(file), b"jp2h", b"ihdr")
    size = file.at(header.start, 8) if header else b""
    if len(size) == 8:
        found.height, found.width = struct.unpack(">II", size)
    for box in boxes.boxes(file, 0, file.size):
        if box.end - box.start > LARGEST_BLOCK:
            continue
        if box.uuid == boxes.XMP:
            found.xmp.append(box.body(file))
        elif box.uuid == _EXIF_IN_JPEG_2000:
            found.exif.append(box.body(file))
    return found


def minolta(file: BoundedReader) -> Blocks:
    """Blocks of Minolta's raw file (MRW): the part TTW is a TIFF with EXIF tags, the part PRD tells the size."""
    found = Blocks()
    at, end = 8, 8 + int.from_bytes(file.at(4, 4), "big")
    while at + 8 <= end and len(head := file.at(at, 8)) == 8:
        kind, size = head[:4], int.from_bytes(head[4:], "big")
        if kind == b"\0TTW" and size <= LARGEST_BLOCK:
            found.exif.append(file.at(at + 8, size))
        elif kind == b"\0PRD" and len(sizes := file.at(at + 16, 8)) == 8:
            found.height, found.width = struct.unpack_from(">HH", sizes, 4)
        at += 8 + size
    return found
