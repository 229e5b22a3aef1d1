"""What a file is by its first bytes, whatever its name says: the one place that knows signatures and brands. Pure."""

from __future__ import annotations

SNIFFED = 1024
"""As many bytes from the start of a file are enough for `sniff_format`."""
_HEIF_BRANDS = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}  # HEVC stills and sequences
    | {b"mif1", b"msf1", b"mif2", b"heif", b"miaf", b"MiHB", b"MiHA", b"MiHE", b"MiAB", b"MiPr"}  # ISO 23008-12 and 23000-22, any coder
)
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_BITMAP_HEADERS = frozenset(size.to_bytes(4, "little") for size in (12, 40, 52, 56, 64, 108, 124))
_AUDIO_BRANDS = frozenset({b"M4A ", b"M4B ", b"M4P "})
_QUICKTIME_BOXES = frozenset({b"moov", b"wide", b"free", b"skip", b"pnot"})
_SIGNATURES = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"FUJIFILMCCD-RAW", "raf"),
    (b"IIRO", "orf"),
    (b"IIRS", "orf"),
    (b"MMOR", "orf"),
    (b"IIU\0", "rw2"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
    (b"\x1a\x45\xdf\xa3", "mkv"),
    (b"\0\0\1\xba", "mpeg"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "wmv"),
    (b"FLV\1", "flv"),
    (b"\0\0\1\xb3", "m2v"),
    (b"\x1f\x07\0", "dv"),
    (b"8BPS\0\1", "psd"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "jxl"),
    (b"\xff\x0a", "jxl"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "jp2"),
    (b"\xff\x4f\xff\x51", "jp2"),
    (b"FOVb", "x3f"),
    (b"\0MRM", "mrw"),
    (b"II\x1a\0\0\0HEAPCCDR", "crw"),
)
TIFF_LIKE = frozenset({"tiff", "cr2", "orf", "rw2"})
MP4_LIKE = frozenset({"mp4", "mov", "3gp", "m4v"})
VIDEO_FORMATS = MP4_LIKE | {"avi", "mkv", "mts", "mpeg", "m2v", "wmv", "flv", "dv"}
CAMERA_RAW = frozenset({"cr2", "cr3", "crw", "raf", "orf", "rw2", "x3f", "mrw"})
"""Raw formats that tell themselves by their first bytes; the rest look like TIFF."""


def sniff_format(head: bytes) -> str:
    """Return the format that the first bytes (SNIFFED are enough) give away; empty for what is no picture and no film.

    NEF, ARW and DNG begin like any TIFF and are "tiff" here; the metadata tell "dng" by a tag.
    """
    for signature, style in _SIGNATURES:
        if head.startswith(signature):
            return "cr2" if style == "tiff" and head[8:10] == b"CR" else style
    if head[:2] == b"BM" and head[14:18] in _BITMAP_HEADERS:
        return "bmp"
    if head[:4] == b"RIFF":
        return {b"WEBP": "webp", b"AVI ": "avi"}.get(head[8:12], "")
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    if head[4:8] == b"mdat" or (head[4:8] in _QUICKTIME_BOXES and head[0] < 4):  # four letters of a text would be a box of gigabytes
        return "mov"
    for start, step in ((0, 188), (4, 192)):
        if len(head) > start + 2 * step and all(head[at] == 0x47 for at in range(start, len(head), step)):
            return "mts"
    return ""


def _by_brand(head: bytes) -> str:
    brands = [head[8:12]] + [head[at : at + 4] for at in range(16, min(int.from_bytes(head[:4], "big"), len(head)), 4)]
    if brands[0] == b"crx ":
        return "cr3"
    if not _AVIF_BRANDS.isdisjoint(brands):
        return "avif"
    if not _HEIF_BRANDS.isdisjoint(brands):
        return "heif"
    if brands[0] in _AUDIO_BRANDS:
        return ""
    if brands[0] == b"qt  ":
        return "mov"
    if brands[0][:3] in (b"3gp", b"3g2"):
        return "3gp"
    return "m4v" if brands[0][:3] == b"M4V" else "mp4"
