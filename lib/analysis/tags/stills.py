"""Find the blocks of tags in a still picture's file: JPEG, PNG, WebP, GIF, RAF. No pixel is decoded."""

from __future__ import annotations

import re
import struct
import zlib

from lib.analysis.tags.blocks import LARGEST_BLOCK, TIFF_STARTS, Blocks, BoundedReader

_EXIF, _XMP, _PHOTOSHOP = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0", b"Photoshop 3.0\0"
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_LONGEST_TEXT, _MOST_TEXTS = 1 << 20, 64


def jpeg(file: BoundedReader, start: int = 0) -> Blocks:
    """Blocks of a JPEG that begins at `start`: APP1 (EXIF, XMP), APP13 (IPTC), the frame's size, and Samsung's trailer."""
    found, photoshop, position = Blocks(), list[bytes](), start + 2
    while True:
        marker, size = _jpeg_segment(file.at(position, 4))
        if marker is None and (stray := _next_segment(file.at(position, 1 << 16))):
            position += stray
            continue
        if marker is None:
            found.notes.append("its segments end before the picture begins")
            break
        if marker == 0xFF or 0xD0 <= marker <= 0xD8 or marker == 0x01:
            position += 1 if marker == 0xFF else 2
            continue
        if marker in (0xD9, 0xDA):
            break
        if marker in _FRAMES:
            frame = file.at(position + 5, 4)
            if len(frame) == 4:
                found.height, found.width = struct.unpack(">HH", frame)
        elif marker == 0xE1:
            block = file.at(position + 4, size - 2)
            if block.startswith(_EXIF):
                found.exif.append(block[6:])
            elif block.startswith(_XMP):
                found.xmp.append(block[len(_XMP) :])
        elif marker == 0xED:
            block = file.at(position + 4, size - 2)
            if block.startswith(_PHOTOSHOP):
                photoshop.append(block[len(_PHOTOSHOP) :])
        position += 2 + size
    photoshop_resources(b"".join(photoshop), found)
    found.motion_photo = start == 0 and _has_samsung_video(file)
    return found


def _jpeg_segment(head: bytes) -> tuple[int | None, int]:
    if len(head) < 2 or head[0] != 0xFF:
        return None, 0
    size = int.from_bytes(head[2:4], "big")
    standalone = head[1] in (0x01, 0xFF) or 0xD0 <= head[1] <= 0xDA
    return (head[1], size) if standalone or (size >= 2 and len(head) == 4) else (None, 0)


def _next_segment(data: bytes) -> int:
    """Return how many stray bytes stand before the next segment, as some programs leave them; 0 where none follows."""
    found = re.search(rb"\xff[\xc0-\xfe]", data[1:])
    return found.start() + 1 if found else 0


def _has_samsung_video(file: BoundedReader) -> bool:
    """Return True where the trailer's directory ("SEFH … SEFT") lists an embedded video (type 0x0A30)."""
    tail = file.at(max(0, file.size - 8192), min(file.size, 8192))
    if not tail.endswith(b"SEFT"):
        return False
    start = tail.rfind(b"SEFH")
    count = int.from_bytes(tail[start + 8 : start + 12], "little") if start >= 0 else 0
    entries = tail[start + 12 : start + 12 + 12 * min(count, 600)]
    return any(entries[at + 2 : at + 4] == b"\x30\x0a" for at in range(0, len(entries), 12))


def photoshop_resources(data: bytes, found: Blocks) -> None:
    """Add the IPTC, EXIF and XMP blocks of Photoshop's "8BIM" resources to `found`."""
    position = 0
    while data[position : position + 4] == b"8BIM" and len(data) >= position + 12:
        number = int.from_bytes(data[position + 4 : position + 6], "big")
        name_length = data[position + 6] + 1
        position += 6 + name_length + name_length % 2
        size = int.from_bytes(data[position : position + 4], "big")
        block = data[position + 4 : position + 4 + size]
        blocks = {0x0404: found.iptc, 0x0422: found.exif, 0x0424: found.xmp}.get(number)
        if blocks is not None and block:
            blocks.append(block)
        position += 4 + size + size % 2


def png(file: BoundedReader) -> Blocks:
    """Blocks of a PNG, also those behind the pixels: eXIf, text chunks, and XMP, EXIF and IPTC hidden in texts."""
    found, position, texts = Blocks(), 8, 0
    while len(head := file.at(position, 8)) == 8 and head[4:] != b"IEND":
        size, kind = int.from_bytes(head[:4], "big"), head[4:]
        if kind == b"IHDR":
            header = file.at(position + 8, 9)
            if len(header) == 9:
                found.width, found.height, depth = struct.unpack(">IIB", header)
                found.bit_depth = max(8, depth)
        elif kind in (b"eXIf", b"zxIf") and size <= LARGEST_BLOCK:
            block = file.at(position + 8, size)
            found.exif.append(block.removeprefix(_EXIF))
        elif kind in (b"tEXt", b"zTXt", b"iTXt") and size <= _LONGEST_TEXT and texts < _MOST_TEXTS:
            texts += 1
            _png_text(kind, file.at(position + 8, size), found)
        position += 12 + size
    if len(head) < 8:
        found.notes.append("the file ends too early")
    return found


def _png_text(kind: bytes, chunk: bytes, found: Blocks) -> None:
    key, _, value = chunk.partition(b"\0")
    if kind == b"zTXt":
        value = _inflated(value[1:])
    elif kind == b"iTXt":
        compressed, value = value[:1] == b"\1", value[2:].partition(b"\0")[2].partition(b"\0")[2]
        value = _inflated(value) if compressed else value
    if key == b"XML:com.adobe.xmp":
        found.xmp.append(value)
    elif key.lower().startswith(b"raw profile type "):
        _raw_profile(value, found)
    elif len(value) <= 1000:
        encoding = "utf-8" if kind == b"iTXt" else "latin-1"
        found.texts.append((key.decode("latin-1"), value.decode(encoding, "replace")))


def _inflated(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, _LONGEST_TEXT)
    except zlib.error:
        return b""


def _raw_profile(text: bytes, found: Blocks) -> None:
    """ImageMagick's way to keep a block in a text: a line with its kind, one with its length, then hexadecimal digits."""
    kind, _, rest = text.strip().partition(b"\n")
    try:
        block = bytes.fromhex("".join(rest.strip().partition(b"\n")[2].decode("ascii").split()))
    except ValueError:
        return
    if block.startswith(_EXIF):
        found.exif.append(block[6:])
    elif kind in (b"exif", b"APP1") and block.startswith(TIFF_STARTS):
        found.exif.append(block)
    elif block.startswith(_XMP):
        found.xmp.append(block[len(_XMP) :])
    elif b"8BIM" in block[:40]:
        photoshop_resources(block[block.index(b"8BIM") :], found)
    elif kind == b"iptc":
        found.iptc.append(block)
    elif kind == b"xmp":
        found.xmp.append(block)


def webp(file: BoundedReader) -> Blocks:
    """Blocks of a WebP: the chunks EXIF and XMP, and the size out of whichever picture chunk comes first."""
    found, position = Blocks(), 12
    while len(head := file.at(position, 8)) == 8:
        kind, size = head[:4], int.from_bytes(head[4:], "little")
        if kind in (b"VP8X", b"VP8L", b"VP8 ") and found.width is None:
            found.width, found.height = _webp_size(kind, file.at(position + 8, 10))
        elif kind == b"EXIF":
            found.exif.append(file.at(position + 8, size).removeprefix(_EXIF))
        elif kind == b"XMP ":
            found.xmp.append(file.at(position + 8, size))
        position += 8 + size + size % 2
    return found


def _webp_size(kind: bytes, head: bytes) -> tuple[int | None, int | None]:
    if len(head) < 10:
        return None, None
    if kind == b"VP8X":
        return 1 + int.from_bytes(head[4:7], "little"), 1 + int.from_bytes(head[7:10], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(head[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return int.from_bytes(head[6:8], "little") & 0x3FFF, int.from_bytes(head[8:10], "little") & 0x3FFF


def gif(file: BoundedReader) -> Blocks:
    """Blocks of a GIF: its size, and XMP in an application extension near the start or the end."""
    found = Blocks()
    dimensions = file.at(6, 4)
    if len(dimensions) == 4:
        found.width, found.height = struct.unpack("<HH", dimensions)
    for start in sorted({0, max(0, file.size - _LONGEST_TEXT)}):
        part = file.at(start, _LONGEST_TEXT)
        begin = part.find(b"XMP DataXMP")
        end = part.find(b"</x:xmpmeta>", begin) if begin >= 0 else -1
        if end >= 0:
            found.xmp.append(part[begin + 11 : end + 12])
            break
    return found


def raf(file: BoundedReader) -> Blocks:
    """Blocks of a Fujifilm raw file: those of the JPEG within it."""
    start = int.from_bytes(file.at(84, 4), "big")
    if file.at(start, 3) != b"\xff\xd8\xff":
        return Blocks(notes=["the picture that carries its tags is missing"])
    return jpeg(file, start)
