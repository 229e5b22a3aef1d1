"""One small whole file of every kind that the eyes know, to be mutated."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests import build, containers

TAGS: dict[str, Any] = {
    "date": "2019:07:03 12:34:56",
    "offset": "+02:00",
    "subsecond": "123",
    "make": "Maker",
    "model": "Model",
    "orientation": 6,
    "modified": "2020:01:02 03:04:05",
    "gps": (48.1, 11.5),
}
XMP = containers.xmp({"exif:DateTimeOriginal": "2019-07-03T12:34:56+02:00", "xmp:CreateDate": "2019-07-03T12:34:56"})
SMALL = (24, 16)


def seeds(folder: Path) -> dict[str, bytes]:
    """The bytes of each kind, by a name with its usual ending."""
    save, block = build.picture(1, SMALL), containers.tiff_block(**TAGS)
    build.jpeg(folder / "a.jpg", 1, SMALL, **TAGS)
    containers.into_jpeg(folder / "a.jpg", containers.xmp_segment(XMP), containers.iptc_segment({55: "20190703", 60: "123456+0200"}))
    build.jpeg(folder / "plain.jpg", 1, SMALL, **TAGS)
    build.heic(folder / "a.heic", 1, (64, 48), **TAGS)
    profile = "\nexif\n" + str(len(block) + 6) + "\n" + (b"Exif\0\0" + block).hex()
    texts = {"Creation Time": "Wed, 3 Jul 2019 12:34:56 +0200", "Raw profile type exif": profile, "XML:com.adobe.xmp": XMP.decode()}
    build.png(folder / "a.png", 1, SMALL, text=texts, **TAGS)
    save.save(folder / "a.webp", exif=build.exif(**TAGS), xmp=XMP)
    save.save(folder / "a.avif", exif=build.exif(**TAGS))
    save.save(folder / "a.tif", exif=build.exif(**TAGS).tobytes())
    save.save(folder / "a.gif")
    films = {"com.apple.quicktime.creationdate": "2019-07-03T12:34:56+0200", "com.apple.quicktime.content.identifier": "A-B"}
    canon = containers.box(b"CNTH", containers.box(b"CNDA", (folder / "plain.jpg").read_bytes()))
    nikon = containers.box(b"NCDT", containers.box(b"NCTG", b"\0\0\0\x12\0\2\0\x14" + b"2019:07:03 12:34:56\0"))
    containers.movie(
        folder / "a.mov",
        created=3_645_000_000,
        keys=films,
        user_data=canon + nikon + containers.box(b"\xa9day", b"\0\x0a\0\0" + b"2019-07-03"),
        after=containers.box(b"uuid", containers.XMP_UUID, XMP),
    )
    date = containers.chunk(b"IDIT", b"Wed Jul 03 12:34:56 2019\n\0")
    exif = containers.chunk(b"LIST", b"strl", containers.chunk(b"strd", b"AVIF\0\0\0\0", containers.bare_directory(**TAGS)))
    containers.avi(folder / "a.avi", date, exif, containers.chunk(b"nctg", b"\x13\0\x14\0" + b"2019:07:03 12:34:56\0"))
    containers.cr3(folder / "a.cr3", main=block, inner=block)
    containers.raf(folder / "a.raf", (folder / "plain.jpg").read_bytes())
    (folder / "a.orf").write_bytes(b"IIRO" + block[4:])
    (folder / "a.rw2").write_bytes(b"IIU\0" + block[4:])
    (folder / "a.dng").write_bytes(block)
    for name in ("b.mp4", "b.mov", "b.avi", "a.mkv", "a.3gp", "a.mts"):
        build.video(folder / name, 1, (32, 32), frames=3, created="2019-07-03T10:00:00Z")
    containers.transport_stream(folder / "b.mts", b"\x5a" * 900 + containers.camcorder_picture("20190703123456") + b"\x5a" * 2000)
    (folder / "a.xmp").write_bytes(XMP)
    taken = {"photoTakenTime": {"timestamp": "1562150096"}, "geoData": {"latitude": 48.1, "longitude": 11.5}}
    (folder / "a.json").write_text(json.dumps(taken), encoding="utf-8")
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def more_pictures(folder: Path) -> None:
    """Put the ways beside them in which pixels alone are stored."""
    image = build.picture(2, SMALL)
    image.save(folder / "progressive.jpg", progressive=True)
    image.convert("CMYK").save(folder / "cmyk.jpg")
    image.convert("L").save(folder / "grey.jpg")
    image.convert("P").save(folder / "palette.png", transparency=3)
    image.convert("RGBA").save(folder / "alpha.png")
    image.convert("I;16").save(folder / "deep.png")
    image.convert("1").save(folder / "fax.tif", compression="group4")
    image.save(folder / "packed.tif", compression="tiff_lzw")
    more = [build.picture(number, SMALL) for number in (3, 4)]
    image.save(folder / "moving.gif", save_all=True, append_images=more)
    image.save(folder / "moving.webp", save_all=True, append_images=more)
    image.save(folder / "exact.webp", lossless=True)
