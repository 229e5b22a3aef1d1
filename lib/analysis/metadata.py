"""Read what a picture or film says of itself, whatever its name: what it is, its size, camera, place, and every date it claims.

Own readers rather than Pillow and exifread: of 81 dates by exiftool they read 79 instead of 77, in a quarter of the time (0.3 ms a
file instead of 1.5), and they bound what a hostile file can cost.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from lib.analysis.formats import MP4_LIKE, SNIFFED, TIFF_LIKE, sniff_format
from lib.analysis.tags import boxes, exif_tags, movie_boxes, rare_stills, stills, text_blocks, video_tags
from lib.analysis.tags.blocks import Blocks, BoundedReader, LimitExceeded, merged, open_bounded
from lib.model import DateClaim, DateSource, Metadata, Unreadable

LARGEST_SIDECAR = 8 << 20
_MOST_BLOCKS = 16
_BLOCKS: dict[str, Callable[[BoundedReader], Blocks]] = {
    "jpeg": stills.jpeg,
    "png": stills.png,
    "webp": stills.webp,
    "gif": stills.gif,
    "raf": stills.raf,
    "heif": boxes.heif,
    "avif": boxes.heif,
    "cr3": boxes.cr3,
    "psd": rare_stills.psd,
    "bmp": rare_stills.bmp,
    "jxl": rare_stills.jpeg_xl,
    "jp2": rare_stills.jpeg_2000,
    "mrw": rare_stills.minolta,
    # Their tags are in forms of their own, which nothing here reads; sidecar, name and folder date them.
    "crw": lambda file: Blocks(),
    "x3f": lambda file: Blocks(),
}


def read(path: str) -> Metadata:
    """Return what the content of the file at `path` says of itself.

    Raises Unreadable, with the reason in words, where it is no picture or cannot be opened. A picture that is damaged comes back with what
    could be read, and `notes` on the rest. Reading is bounded in time and memory, and decodes no pixels.
    """
    with open_bounded(path) as file:
        style = sniff_format(file.at(0, SNIFFED))
        if not style:
            raise Unreadable("is empty" if file.size == 0 else "is no picture: its content is of no kind that is known here")
        try:
            return _of(file, style)
        except LimitExceeded as error:
            return Metadata(style, notes=(str(error),))


def xmp_packets(path: str) -> list[bytes]:
    """Return the XMP packets in the content of a picture or film. Raises Unreadable where it is none or cannot be opened."""
    with open_bounded(path) as file:
        style = sniff_format(file.at(0, SNIFFED))
        if not style:
            raise Unreadable("is no picture: its content is of no kind that is known here")
        try:
            if style in TIFF_LIKE:
                packet = exif_tags.read(file)[1].xmp
                return [packet] if packet else []
            found = _BLOCKS[style](file) if style in _BLOCKS else movie_boxes.movie(file)[1] if style in MP4_LIKE else Blocks()
        except LimitExceeded:
            return []
        return found.xmp[:_MOST_BLOCKS]


def _of(file: BoundedReader, style: str) -> Metadata:
    if style in _BLOCKS:
        found = _BLOCKS[style](file)
        return _still(style, found, obeys_exif=style not in ("heif", "avif"))
    if style in TIFF_LIKE:
        return _tiff(file, style)
    if style in MP4_LIKE:
        film, found = movie_boxes.movie(file)
    elif style == "avi":
        film, found = video_tags.avi(file)
    else:
        film, found = video_tags.by_pyav(file, style), Blocks()
        if style == "mts":
            film = replace(film, claims=video_tags.camcorder_claims(file) + film.claims)
    container = Metadata(style, width=found.width, height=found.height, orientation=found.orientation or 1)
    within = [replace(part, orientation=1, width=None, height=None) for part in _parts(found)]
    return merged(container, (film, *within))


def _still(style: str, found: Blocks, *, obeys_exif: bool) -> Metadata:
    """Return a picture out of its blocks. What the container says of size wins; of orientation, where decoders obey it and not EXIF."""
    container = Metadata(
        style,
        width=found.width or None,
        height=found.height or None,
        motion_photo=found.motion_photo,
        bit_depth=found.bit_depth,
        notes=tuple(found.notes),
    )
    whole = merged(container, _parts(found))
    return whole if obeys_exif else replace(whole, orientation=found.orientation or 1)


def _parts(found: Blocks) -> Iterator[Metadata]:
    """Yield what each block says, the most trusted first. Real pictures have one or two of a kind."""
    for block in found.exif[:_MOST_BLOCKS]:
        yield exif_tags.read_block(block)
    for block in found.exif_inner[:_MOST_BLOCKS]:
        yield exif_tags.read_part(block, gps=False)
    for block in found.exif_gps[:_MOST_BLOCKS]:
        yield exif_tags.read_part(block, gps=True)
    for block in found.xmp[:_MOST_BLOCKS]:
        yield text_blocks.xmp(block)
    for block in found.iptc[:_MOST_BLOCKS]:
        yield text_blocks.iptc(block)
    if found.texts:
        yield text_blocks.png_texts(found.texts)


def _tiff(file: BoundedReader, style: str) -> Metadata:
    found, tags = exif_tags.read(file)
    style = "dng" if tags.is_dng else style
    blocks = Blocks(xmp=[tags.xmp] if tags.xmp else [], iptc=[tags.iptc] if tags.iptc else [])
    stills.photoshop_resources(tags.photoshop, blocks)
    return merged(replace(found, format=style), _parts(blocks))


def read_sidecar(path: str) -> Metadata:
    """Return what a sidecar says of the picture beside it: XMP, or the JSON of Google Takeout. Raises Unreadable for anything else."""
    with open_bounded(path) as file:
        if file.size > LARGEST_SIDECAR:
            raise Unreadable("is too large for a sidecar")
        data = file.at(0, file.size)
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return _takeout(data)
    found = text_blocks.xmp(data, sidecar=True)
    if found.notes:
        raise Unreadable("is no sidecar: neither XMP nor the JSON of Google Takeout")
    return found


def _takeout(data: bytes) -> Metadata:
    try:
        said: object = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Unreadable("is no sidecar: its JSON is damaged") from error
    claims: tuple[DateClaim, ...] = ()
    try:
        moment = datetime(1970, 1, 1) + timedelta(seconds=int(str(_inner(said, "photoTakenTime", "timestamp"))))
        claims = (DateClaim(DateSource.SIDECAR_JSON, f"{moment:%Y-%m-%d %H:%M:%S}", offset="+00:00"),)
    except (ValueError, OverflowError):
        if _inner(said, "geoData") is None:
            raise Unreadable("is no sidecar: its JSON is not that of Google Takeout") from None
    latitude, longitude = _inner(said, "geoData", "latitude"), _inner(said, "geoData", "longitude")
    if not isinstance(latitude, int | float) or not isinstance(longitude, int | float):
        return Metadata("json", claims=claims)
    is_placed = abs(latitude) <= 90 and abs(longitude) <= 180 and (latitude, longitude) != (0, 0)
    return Metadata("json", latitude=latitude if is_placed else None, longitude=longitude if is_placed else None, claims=claims)


def _inner(said: object, *names: str) -> object:
    """Return the value reached by these names in turn, or None."""
    for name in names:
        said = said.get(name) if isinstance(said, dict) else None
    return said
