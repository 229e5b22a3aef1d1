"""Put blocks of tags into containers byte by byte, where no library writes them: the shapes that cameras and programs leave behind."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests import build

NAMESPACES = {
    "exif": "http://ns.adobe.com/exif/1.0/",
    "exifEX": "http://cipa.jp/exif/1.0/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "GCamera": "http://ns.google.com/photos/1.0/camera/",
}
CANON = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")


def xmp(properties: Mapping[str, str], *, as_elements: bool = False) -> bytes:
    """An XMP packet with simple properties such as {"exif:DateTimeOriginal": "2019-07-03T12:34:56"}."""
    spaces = " ".join(f'xmlns:{prefix}="{address}"' for prefix, address in NAMESPACES.items())
    attributes = "" if as_elements else " ".join(f'{name}="{value}"' for name, value in properties.items())
    elements = "".join(f"<{name}>{value}</{name}>" for name, value in properties.items()) if as_elements else ""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" {spaces} {attributes}>{elements}</rdf:Description></rdf:RDF></x:xmpmeta>'
        '<?xpacket end="w"?>'
    ).encode()


def tiff_block(*, order: str = "<", **tags: Any) -> bytes:
    """A TIFF block of EXIF tags, as `build.exif` takes them; `order` of bytes "<" (Intel) or ">" (Motorola)."""
    exif = build.exif(**tags)
    exif.endian = order
    return exif.tobytes()[6:]


def bare_directory(**tags: Any) -> bytes:
    """A directory of EXIF tags without a header before it, its places counted from its own start, as AVI has it."""
    exif = build.exif(**tags)
    exif.endian = "<"
    return exif.tobytes(offset=0)[14:]


def iptc(fields: Mapping[int, str]) -> bytes:
    """IPTC records of the application's kind (2), by number."""
    return b"".join(b"\x1c\2" + struct.pack(">BH", number, len(text)) + text.encode() for number, text in fields.items())


def photoshop(number: int, block: bytes) -> bytes:
    """A Photoshop resource."""
    return b"8BIM" + struct.pack(">HHL", number, 0, len(block)) + block + b"\0" * (len(block) % 2)


def segment(marker: int, body: bytes) -> bytes:
    """A segment of a JPEG."""
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def xmp_segment(packet: bytes) -> bytes:
    """A JPEG's segment with XMP."""
    return segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet)


def iptc_segment(fields: Mapping[int, str]) -> bytes:
    """A JPEG's segment with IPTC records."""
    return segment(0xED, b"Photoshop 3.0\0" + photoshop(0x0404, iptc(fields)))


def into_jpeg(path: Path, *parts: bytes) -> Path:
    """Put segments (or stray bytes) in front of all others of a JPEG."""
    data = path.read_bytes()
    path.write_bytes(data[:2] + b"".join(parts) + data[2:])
    return path


def png_chunk(kind: bytes, body: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">L", len(body)) + kind + body + struct.pack(">L", zlib.crc32(kind + body))


def behind_pixels(path: Path, *chunks: bytes) -> Path:
    """Put chunks between the pixels of a PNG and its end."""
    data = path.read_bytes()
    path.write_bytes(data[:-12] + b"".join(chunks) + data[-12:])
    return path


def box(kind: bytes, *bodies: bytes) -> bytes:
    """A box of an ISO base media file."""
    body = b"".join(bodies)
    return struct.pack(">L", 8 + len(body)) + kind + body


def cr3(path: Path, *, main: bytes, inner: bytes = b"") -> Path:
    """The boxes of a Canon CR3 that hold tags."""
    canon = box(b"uuid", CANON, box(b"CMT1", main), box(b"CMT2", inner) if inner else b"")
    path.write_bytes(box(b"ftyp", b"crx \0\0\0\1crx isom") + box(b"moov", canon) + box(b"mdat", b"\0" * 64))
    return path


def raf(path: Path, jpeg: bytes) -> Path:
    """The head of a Fujifilm raw file and the JPEG within."""
    head = b"FUJIFILMCCD-RAW 0201".ljust(84, b"\0") + struct.pack(">LL", 148, len(jpeg))
    path.write_bytes(head.ljust(148, b"\0") + jpeg)
    return path


def movie(
    path: Path,
    *,
    created: int = 0,
    keys: Mapping[str, str] | None = None,
    user_data: bytes = b"",
    matrix: tuple[int, int, int, int] = (1, 0, 0, 1),
    handler: bytes = b"Core Media Video",
    brand: bytes = b"qt  ",
    after: bytes = b"",
) -> Path:
    """The boxes of a film of two seconds and 640 x 480 pixels; `created` in seconds since 1904."""
    header = struct.pack(">LLLLL", 0, created, created, 600, 1200) + b"\0" * 80
    a, b, c, d = (part << 16 for part in matrix)
    track = struct.pack(">LLLLLL", 7, 0, 0, 1, 0, 1200) + b"\0" * 16 + struct.pack(">9l", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    track += struct.pack(">LL", 640 << 16, 480 << 16)
    parts = [box(b"mvhd", header), box(b"trak", box(b"tkhd", track), box(b"mdia", box(b"hdlr", b"\0" * 24 + handler)))]
    if keys:
        names = b"".join(struct.pack(">L", 8 + len(name)) + b"mdta" + name.encode() for name in keys)
        items = [
            box(struct.pack(">L", number), box(b"data", struct.pack(">LL", 1, 0) + text.encode()))
            for number, text in enumerate(keys.values(), 1)
        ]
        keys_box = box(b"keys", struct.pack(">LL", 0, len(keys)) + names)
        parts.append(box(b"meta", box(b"hdlr", b"\0" * 8 + b"mdta".ljust(16, b"\0")), keys_box, box(b"ilst", *items)))
    if user_data:
        parts.append(box(b"udta", user_data))
    path.write_bytes(box(b"ftyp", brand + b"\0\0\0\0" + brand) + box(b"mdat", b"\0" * 64) + box(b"moov", *parts) + after)
    return path


def transport_stream(path: Path, payload: bytes, *, pid: int = 0x1011, stamped: bool = True) -> Path:
    """An MPEG transport stream of one elementary stream; `stamped` as camcorders write it, with four bytes before each packet."""
    packets = []
    for at in range(0, len(payload), 150):
        part = payload[at : at + 150]
        stuffing = bytes([183 - len(part), 0]) + b"\xff" * (182 - len(part))
        packets.append((b"\0" * 4 if stamped else b"") + b"G" + struct.pack(">HB", pid, 0x30) + stuffing + part)
    path.write_bytes(b"".join(packets))
    return path


def camcorder_picture(when: str) -> bytes:
    """The supplemental information of an AVCHD picture; `when` like "20190703123456"."""
    digits = bytes.fromhex(when)
    tags = b"\x13\0\0\0\0" + b"\x18\x02" + digits[:3] + b"\x19" + digits[3:]
    return b"\0\0\1\6\5\x30" + bytes.fromhex("17ee8c60f84d11d98cd60800200c9a66") + b"MDPM\3" + tags + b"\x80"


def chunk(kind: bytes, *bodies: bytes) -> bytes:
    """A chunk of a RIFF file."""
    body = b"".join(bodies)
    return kind + struct.pack("<L", len(body)) + body + b"\0" * (len(body) % 2)


def avi(path: Path, *header_chunks: bytes) -> Path:
    """The head of an AVI of two seconds and 640 x 480 pixels, with more chunks in its header list."""
    header = struct.pack("<LLLLLLLLLL", 40_000, 0, 0, 0, 50, 0, 1, 0, 640, 480) + b"\0" * 16
    body = b"AVI " + chunk(b"LIST", b"hdrl", chunk(b"avih", header), *header_chunks) + chunk(b"LIST", b"movi", b"\0" * 64)
    path.write_bytes(chunk(b"RIFF", body))
    return path
