"""Read what films say of themselves that are no MP4: AVI by its own chunks, Matroska, MPEG streams and others by PyAV."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from lib.analysis.tags.blocks import Blocks, BoundedReader, clean
from lib.model import DateClaim, DateSource, Metadata, Unreadable

_LISTS = (b"hdrl", b"strl", b"odml", b"INFO", b"exif", b"ncdt")
_CAMCORDER = bytes.fromhex("17ee8c60f84d11d98cd60800200c9a66") + b"MDPM"
_FIRST_PICTURE = 2 << 20
_DEMUXERS = {"mkv": "matroska", "mts": "mpegts", "mpeg": "mpeg", "wmv": "asf", "flv": "flv", "m2v": "mpegvideo", "dv": "dv"}


def avi(file: BoundedReader) -> tuple[Metadata, Blocks]:
    """Return what an AVI says: its header, IDIT, the EXIF block of Canon and others (strd), Nikon's own tags, ICRD."""
    found, texts = Blocks(), dict[bytes, str]()
    duration = None
    position, end = 12, file.size
    while position + 8 <= end and len(head := file.at(position, 12)) >= 8:
        kind, size = head[:4], int.from_bytes(head[4:8], "little")
        if kind == b"LIST" and head[8:12] in _LISTS:
            position += 12
            continue
        body = position + 8
        if kind == b"avih":
            header = file.at(body, 40)
            if len(header) == 40:
                per_frame, frames = struct.unpack_from("<L12xL", header)
                duration = per_frame * frames / 1e6 or None
                found.width, found.height = struct.unpack_from("<LL", header, 32)
        elif kind in (b"IDIT", b"ICRD", b"emdl", b"ecor"):
            texts.setdefault(kind, clean(file.at(body, min(size, 200)).decode("latin-1")))
        elif kind == b"strd" and file.at(body, 4) == b"AVIF":
            found.exif.append(_with_header(file.at(body + 8, size - 8)))
        elif kind == b"nctg":
            _nikon(file.at(body, min(size, 1 << 16)), texts)
        position = body + size + size % 2
    claims = [DateClaim(DateSource.AVI_IDIT, text) for key in (b"IDIT", b"nctg") if (text := texts.get(key))]
    if texts.get(b"ICRD"):
        claims.append(DateClaim(DateSource.VIDEO_DATE, texts[b"ICRD"]))
    make, model = texts.get(b"ecor", ""), texts.get(b"emdl", "")
    return Metadata("avi", duration=duration, make=make, model=model, claims=tuple(claims)), found


def _with_header(block: bytes) -> bytes:
    """Return a whole TIFF block out of one that begins with its directory, all places in it counted from there."""
    directory = block[: 2 + 12 * int.from_bytes(block[:2], "little") + 4]
    return b"II*\0" + len(block).to_bytes(4, "little") + block[8:] + directory


def _nikon(body: bytes, texts: dict[bytes, str]) -> None:
    """Nikon's own tags in an AVI: number, length, text."""
    names, at = {0x03: b"ecor", 0x04: b"emdl", 0x13: b"nctg", 0x14: b"nctg"}, 0
    while at + 4 <= len(body):
        tag, size = struct.unpack_from("<HH", body, at)
        if tag in names:
            texts.setdefault(names[tag], clean(body[at + 4 : at + 4 + size].decode("latin-1")))
        at += 4 + size


def camcorder_claims(file: BoundedReader) -> tuple[DateClaim, ...]:
    """Return the wall time that AVCHD camcorders write into the picture stream of an MTS file, which no library hands out.

    It stands in the first picture's supplemental information, behind "MDPM", as tags of one byte and four: 0x18 is century, year and month,
    0x19 day, hour, minute and second, in binary-coded decimals. Its byte for the zone is not believed: summer time is unclear in it.
    """
    data = file.at(0, _FIRST_PICTURE)
    shift, step = (0, 188) if data[188:189] == b"G" else (4, 192)
    streams: dict[int, list[bytes]] = {}
    for at in range(shift, len(data) - 187, step):
        flags = data[at + 3] >> 4 & 3
        begin = 4 + (1 + data[at + 4] if flags & 2 else 0)
        if data[at] == 0x47 and flags & 1 and begin < 188:
            streams.setdefault(int.from_bytes(data[at + 1 : at + 3], "big") & 0x1FFF, []).append(data[at + begin : at + 188])
    for packets in streams.values():
        stream = b"".join(packets)
        begin = stream.find(_CAMCORDER)
        if begin >= 0:
            tags = stream[begin + 20 : begin + 400].replace(b"\0\0\3", b"\0\0")
            found = {tags[at]: tags[at + 1 : at + 5].hex() for at in range(1, min(1 + 5 * tags[0], len(tags) - 4), 5)} if tags else {}
            day, time = found.get(0x18, ""), found.get(0x19, "")
            if day and time and (day[2:] + time).isdecimal():
                return (DateClaim(DateSource.VIDEO_DATE, f"{day[2:6]}-{day[6:]}-{time[:2]} {time[2:4]}:{time[4:6]}:{time[6:]}"),)
    return ()


def by_pyav(file: BoundedReader, style: str) -> Metadata:
    """Return what PyAV reads of a film of the given style; a note alone where it gives up. No frame is decoded by us."""
    import av

    av.logging.set_level(None)
    try:
        # The demuxer is named, so that a hostile file cannot make FFmpeg take it for a playlist of other files.
        with av.open(file, "r", format=_DEMUXERS[style], options={"probesize": str(2 << 20)}) as container:
            said = {str(key).lower(): str(value) for key, value in container.metadata.items()}
            for stream in container.streams:
                said = {**{str(key).lower(): str(value) for key, value in stream.metadata.items()}, **said}
            video = next(iter(container.streams.video), None)
            size = (video.width or None, video.height or None) if video else (None, None)
            duration = container.duration / av.time_base if container.duration and container.duration > 0 else None
    except Unreadable:
        raise
    except Exception:  # noqa: BLE001  hostile files make PyAV raise MemoryError and others; the note says it
        return Metadata(style, notes=("the film's header is damaged",))
    return Metadata(
        style, *size, duration=duration, make=clean(said.get("make", "")), model=clean(said.get("model", "")), claims=_claims(said)
    )


def _claims(said: Mapping[str, str]) -> tuple[DateClaim, ...]:
    claims = []
    for key, source, offset in (
        ("com.apple.quicktime.creationdate", DateSource.QUICKTIME, ""),
        ("date_recorded", DateSource.VIDEO_DATE, ""),
        ("date", DateSource.VIDEO_DATE, ""),
        ("creation_time", DateSource.VIDEO_CREATION, "Z"),
    ):
        if text := clean(said.get(key, "")):
            claims.append(DateClaim(source, text.removesuffix("Z") if offset else text, offset=offset))
    return tuple(claims)
