"""What a picture or film says of itself, whatever container it came in."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lib.analysis import metadata
from lib.model import DateClaim, DateSource, Metadata, Unreadable
from tests import build, containers
from tests.containers import box, chunk

ROOT = Path(__file__).parents[3]
WHEN = "2019:07:03 12:34:56"
ORIGINAL = DateClaim(DateSource.EXIF_ORIGINAL, WHEN, "123", "+02:00")
XMP = containers.xmp({"exif:DateTimeOriginal": "2019-07-03T12:34:56.5+02:00", "photoshop:DateCreated": "2019-07-03"})


def claims(path: Path) -> dict[DateSource, str]:
    """The first text of each source that claims a date."""
    return {claim.source: claim.text for claim in reversed(metadata.read(os.fspath(path)).claims)}


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("ending", ["jpg", "heic", "png", "webp", "avif", "tif", "dng", "orf", "rw2", "raf", "cr3"])
def test_every_still_format_tells_its_exif_tags(tmp_path: Path, ending: str, order: str) -> None:
    path = tmp_path / "misleading.txt"
    exif = build.exif(WHEN, offset="+02:00", subsecond="123", make="Maker", model="Model 1", gps=(-33.5, 151.25))
    exif.endian = order
    block = exif.tobytes()
    picture = build.picture(1, (48, 32))
    if ending in ("jpg", "webp", "avif", "tif"):
        with path.open("wb") as file:
            picture.save(file, {"jpg": "JPEG", "tif": "TIFF"}.get(ending, ending.upper()), exif=block)
    elif ending == "heic":
        with path.open("wb") as file:
            build.picture(1, (64, 64)).save(file, "HEIF", exif=block)
    elif ending == "png":
        with path.open("wb") as file:
            picture.save(file, "PNG", exif=block)
    elif ending == "raf":
        picture.save(tmp_path / "in.jpg", exif=block)
        containers.raf(path, (tmp_path / "in.jpg").read_bytes())
    elif ending == "cr3":
        containers.cr3(path, main=block[6:])
    else:
        heads = {"dng": block[6:10], "orf": b"IIRO" if order == "<" else b"MMOR", "rw2": b"IIU\0" if order == "<" else block[6:10]}
        path.write_bytes(heads[ending] + block[10:])
    found = metadata.read(os.fspath(path))
    assert ORIGINAL in found.claims
    assert (found.make, found.model, found.camera) == ("Maker", "Model 1", "Maker Model 1")
    assert (found.latitude, found.longitude) == (-33.5, 151.25)
    assert found.notes == ()


@pytest.mark.parametrize(
    ("ending", "style"),
    [("jpg", "jpeg"), ("png", "png"), ("webp", "webp"), ("gif", "gif"), ("tif", "tiff"), ("avif", "avif"), ("heic", "heif")],
)
def test_the_content_tells_the_format_and_the_stored_size(tmp_path: Path, ending: str, style: str) -> None:
    build.picture(1, (64, 48)).save(tmp_path / f"a.{ending}")
    (tmp_path / f"a.{ending}").rename(tmp_path / "b.mp4")
    found = metadata.read(os.fspath(tmp_path / "b.mp4"))
    assert (found.format, found.width, found.height) == (style, 64, 48)


@pytest.mark.parametrize("options", [{"lossless": True}, {"lossless": False}, {"exif": b"Exif\0\0" + containers.tiff_block(date=WHEN)}])
def test_each_kind_of_webp_tells_its_size(tmp_path: Path, options: dict[str, Any]) -> None:
    build.picture(1, (61, 47)).save(tmp_path / "a.webp", **options)
    found = metadata.read(os.fspath(tmp_path / "a.webp"))
    assert (found.width, found.height) == (61, 47)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("ending", ["jpg", "avif"])
def test_orientation_is_what_a_viewer_would_apply(tmp_path: Path, ending: str, orientation: int) -> None:
    path = tmp_path / f"a.{ending}"
    build.picture(1, (64, 48)).save(path, exif=build.exif(orientation=orientation))
    found = metadata.read(os.fspath(path))
    with Image.open(path) as seen:
        assert found.orientation == seen.getexif().get(274, 1) == orientation
        assert (found.width, found.height) == seen.size


def test_a_heic_obeys_its_container_and_not_the_exif_orientation(tmp_path: Path) -> None:
    build.picture(1, (64, 48)).save(tmp_path / "a.heic", exif=build.exif(orientation=6).tobytes())
    found = metadata.read(os.fspath(tmp_path / "a.heic"))
    with Image.open(tmp_path / "a.heic") as seen:
        stored = seen.size if found.orientation < 5 else seen.size[::-1]
    assert (found.width, found.height) == stored


def test_xmp_and_iptc_of_a_jpeg_are_read_beside_exif(tmp_path: Path) -> None:
    path = containers.into_jpeg(
        build.jpeg(tmp_path / "a.jpg", modified="2020:01:01 10:00:00"),
        containers.xmp_segment(XMP),
        containers.iptc_segment({55: "20190703", 60: "123456+0200"}),
    )
    assert claims(path) == {
        DateSource.EXIF_MODIFIED: "2020:01:01 10:00:00",
        DateSource.XMP_ORIGINAL: "2019-07-03T12:34:56.5+02:00",
        DateSource.XMP_PHOTOSHOP: "2019-07-03",
        DateSource.IPTC: "2019-07-03 12:34:56",
    }


def test_large_segments_before_exif_hide_nothing(tmp_path: Path) -> None:
    path = build.jpeg(tmp_path / "a.jpg", date=WHEN, offset="+02:00", subsecond="123")
    containers.into_jpeg(path, *[containers.segment(0xE2, b"MPF\0" + b"\xff\xd9" * 30_000)] * 4)
    assert ORIGINAL in metadata.read(os.fspath(path)).claims


def test_stray_bytes_between_segments_hide_nothing(tmp_path: Path) -> None:
    path = containers.into_jpeg(build.jpeg(tmp_path / "a.jpg", date=WHEN), containers.segment(0xE2, b"x"), b"\0stray bytes\xff\0")
    found = metadata.read(os.fspath(path))
    assert (found.claims[0].text, found.width, found.notes) == (WHEN, 320, ())


@pytest.mark.parametrize("as_elements", [False, True])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xmp_properties_may_be_attributes_or_elements_in_any_encoding(tmp_path: Path, as_elements: bool, encoding: str) -> None:
    packet = containers.xmp({"xmp:CreateDate": "2019-07-03T12:34:56", "GCamera:MotionPhoto": "1"}, as_elements=as_elements)
    path = containers.into_jpeg(build.jpeg(tmp_path / "a.jpg"), containers.xmp_segment(packet.decode().encode(encoding)))
    found = metadata.read(os.fspath(path))
    assert found.claims == (DateClaim(DateSource.XMP_CREATE, "2019-07-03T12:34:56"),)
    assert found.motion_photo


def test_xmp_tells_a_place_and_the_satellites_time(tmp_path: Path) -> None:
    packet = containers.xmp(
        {"exif:GPSLatitude": "48,30.0N", "exif:GPSLongitude": "11,30,36W", "exif:GPSTimeStamp": "2019-07-03T10:34:56.7Z"}
    )
    found = metadata.read(os.fspath(containers.into_jpeg(build.jpeg(tmp_path / "a.jpg"), containers.xmp_segment(packet))))
    assert (found.latitude, found.longitude, found.gps_time) == (48.5, -11.51, "2019-07-03 10:34:56")


def test_a_doctype_in_xmp_is_refused(tmp_path: Path) -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'
    found = metadata.read(os.fspath(containers.into_jpeg(build.jpeg(tmp_path / "a.jpg", date=WHEN), containers.xmp_segment(bomb))))
    assert found.notes == ("its XMP block is damaged",)
    assert found.claims[0].text == WHEN


@pytest.mark.parametrize("key", ["Creation Time", "exif:DateTimeOriginal", "create-date"])
def test_a_png_tells_dates_in_its_texts(tmp_path: Path, key: str) -> None:
    assert claims(build.png(tmp_path / "a.png", text={key: WHEN})) == {DateSource.PNG_TEXT: WHEN}


def test_when_a_png_was_written_is_no_capture_date(tmp_path: Path) -> None:
    assert claims(build.png(tmp_path / "a.png", text={"date:create": "2019-07-03T12:34:56+02:00", "Software": "2019"})) == {}


def test_texts_behind_the_pixels_of_a_png_are_found(tmp_path: Path) -> None:
    path = containers.behind_pixels(
        build.png(tmp_path / "a.png"),
        containers.png_chunk(b"tEXt", b"Creation Time\0" + WHEN.encode()),
        containers.png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP),
    )
    assert claims(path) == {
        DateSource.PNG_TEXT: WHEN,
        DateSource.XMP_ORIGINAL: "2019-07-03T12:34:56.5+02:00",
        DateSource.XMP_PHOTOSHOP: "2019-07-03",
    }


@pytest.mark.parametrize("order", "<>")
def test_the_exif_of_a_heic_is_found_with_and_without_the_offset_before_it(tmp_path: Path, order: str) -> None:
    block = containers.tiff_block(order=order, date=WHEN)
    path = tmp_path / "a.heic"
    build.picture(1, (64, 48)).save(path, exif=b"Exif\0\0" + block)
    assert claims(path) == {DateSource.EXIF_ORIGINAL: WHEN}
    stored = b"\0\0\0\x06Exif\0\0" + block
    assert path.read_bytes().count(stored) == 1
    path.write_bytes(path.read_bytes().replace(stored, block + bytes(10)))
    assert claims(path) == {DateSource.EXIF_ORIGINAL: WHEN}


@pytest.mark.parametrize("kind", ["exif", "APP1", "iptc", "8bim", "xmp", "exif bare", "APP1 bare"])
def test_blocks_that_imagemagick_hides_in_a_png_are_found(tmp_path: Path, kind: str) -> None:
    records = containers.iptc({55: "20190703", 60: "123456"})
    blocks = {
        "exif": (b"Exif\0\0" + containers.tiff_block(date=WHEN), DateSource.EXIF_ORIGINAL),
        "APP1": (b"http://ns.adobe.com/xap/1.0/\0" + XMP, DateSource.XMP_ORIGINAL),
        "iptc": (containers.photoshop(0x0404, records), DateSource.IPTC),
        "8bim": (containers.photoshop(0x0404, records), DateSource.IPTC),
        "xmp": (XMP, DateSource.XMP_ORIGINAL),
        "exif bare": (containers.tiff_block(date=WHEN), DateSource.EXIF_ORIGINAL),
        "APP1 bare": (containers.tiff_block(date=WHEN), DateSource.EXIF_ORIGINAL),
    }
    block, source = blocks[kind]
    kind = kind.partition(" ")[0]
    text = f"\n{kind}\n{len(block):8}\n" + "\n".join(block.hex()[at : at + 72] for at in range(0, 2 * len(block), 72)) + "\n"
    assert source in claims(build.png(tmp_path / "a.png", text={f"Raw profile type {kind}": text}))


SAID = ("At the lake", ("Anna", "lake"), 4)
SAYING_XMP = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="4">
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">At the lake</rdf:li></rdf:Alt></dc:description>
<dc:subject><rdf:Bag><rdf:li>Anna</rdf:li><rdf:li>lake</rdf:li></rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>"""


def test_caption_keywords_and_rating_are_read_out_of_exif_xmp_and_iptc(tmp_path: Path) -> None:
    tags = build.exif(WHEN)
    tags[270], tags[18246], tags[40094] = "At the lake", 4, "Anna; lake\0".encode("utf-16-le")
    build.picture(1, (64, 48)).save(tmp_path / "exif.jpg", exif=tags)
    containers.into_jpeg(build.jpeg(tmp_path / "xmp.jpg"), containers.xmp_segment(SAYING_XMP))
    containers.into_jpeg(build.jpeg(tmp_path / "iptc.jpg"), containers.iptc_segment({120: "At the lake", 25: "Anna"}))
    (tmp_path / "a.xmp").write_bytes(SAYING_XMP)
    assert [said(metadata.read(os.fspath(tmp_path / name))) for name in ("exif.jpg", "xmp.jpg", "iptc.jpg")] == [
        SAID,
        SAID,
        ("At the lake", ("Anna",), 0),
    ]
    assert said(metadata.read_sidecar(os.fspath(tmp_path / "a.xmp"))) == SAID


def said(found: Metadata) -> tuple[str, tuple[str, ...], int]:
    return found.caption, found.keywords, found.rating


def test_what_tells_one_shot_from_the_next_is_read(tmp_path: Path) -> None:
    tags = build.exif(WHEN)
    tags.get_ifd(34665).update({33434: 0.008, 33437: 2.8, 34855: 200, 42016: "00ab12"})
    build.picture(1, (64, 48)).save(tmp_path / "a.jpg", exif=tags)
    found = metadata.read(os.fspath(tmp_path / "a.jpg"))
    assert (found.exposure, found.unique_id) == ("0.008 2.8 200 ?", "ab12")
    assert metadata.read(os.fspath(build.jpeg(tmp_path / "b.jpg"))).exposure == ""


def test_the_bits_of_a_channel_are_read(tmp_path: Path) -> None:
    deep = Image.fromarray(np.full((48, 64), 40000, np.uint16))
    for name in ("a.png", "a.tif"):
        deep.save(tmp_path / name)
    build.picture(1, (64, 48)).convert("P").save(tmp_path / "b.png")
    names = ("a.png", "a.tif", "b.png", build.jpeg(tmp_path / "b.jpg").name, build.heic(tmp_path / "b.heic").name)
    assert [metadata.read(os.fspath(tmp_path / name)).bit_depth for name in names] == [16, 16, 8, 8, 8]


def test_an_exif_block_with_an_odd_signature_is_read_all_the_same(tmp_path: Path) -> None:
    path = build.jpeg(tmp_path / "a.jpg", date=WHEN, make="Maker")
    path.write_bytes(path.read_bytes().replace(b"MM\0*", b"MM\0+").replace(b"II*\0", b"II+\0"))
    found = metadata.read(os.fspath(path))
    assert (found.make, found.claims) == ("Maker", (DateClaim(DateSource.EXIF_ORIGINAL, WHEN),))


def test_the_layers_of_a_tiff_hide_nothing(tmp_path: Path) -> None:
    layers = struct.pack("<HHLL", 37724, 7, 500 << 20, 4096)
    exif = struct.pack("<HHLL", 34665, 4, 1, 64)
    main = b"II*\0\x08\0\0\0" + struct.pack("<H", 2) + layers + exif + b"\0" * 4
    inner = struct.pack("<HHHLL", 1, 36867, 2, 20, 100)
    (tmp_path / "a.tif").write_bytes(main.ljust(64, b"\0") + inner.ljust(36, b"\0") + WHEN.encode() + b"\0")
    os.truncate(tmp_path / "a.tif", 600 << 20)
    assert claims(tmp_path / "a.tif") == {DateSource.EXIF_ORIGINAL: WHEN}


def test_raw_files_may_keep_their_dates_in_the_main_directory(tmp_path: Path) -> None:
    tags = Image.Exif()
    tags[271], tags[36867] = "NIKON CORPORATION", WHEN
    (tmp_path / "a.nef").write_bytes(tags.tobytes()[6:])
    assert claims(tmp_path / "a.nef") == {DateSource.EXIF_ORIGINAL: WHEN}


def test_a_bigtiff_is_read_like_a_small_one(tmp_path: Path) -> None:
    entry = struct.pack("<HHQQ", 306, 2, 20, 100)
    (tmp_path / "a.tif").write_bytes((b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, 1) + entry).ljust(100, b"\0") + WHEN.encode() + b"\0")
    assert claims(tmp_path / "a.tif") == {DateSource.EXIF_MODIFIED: WHEN}


def test_the_largest_picture_of_a_raw_file_is_its_size(tmp_path: Path) -> None:
    sub = struct.pack("<H", 2) + struct.pack("<HHLL", 256, 4, 1, 6000) + struct.pack("<HHLL", 257, 4, 1, 4000)
    main = [(256, 4, 1, 160), (257, 4, 1, 120), (330, 4, 1, 100)]
    data = b"II*\0\x08\0\0\0" + struct.pack("<H", 3) + b"".join(struct.pack("<HHLL", *entry) for entry in main)
    (tmp_path / "a.nef").write_bytes(data.ljust(100, b"\0") + sub)
    found = metadata.read(os.fspath(tmp_path / "a.nef"))
    assert (found.format, found.width, found.height) == ("tiff", 6000, 4000)


def test_an_iptc_offset_of_nothing_is_not_believed(tmp_path: Path) -> None:
    path = containers.into_jpeg(build.jpeg(tmp_path / "a.jpg"), containers.iptc_segment({55: "20190703", 60: "123456+0000"}))
    assert metadata.read(os.fspath(path)).claims == (DateClaim(DateSource.IPTC, "2019-07-03 12:34:56"),)


def test_xmp_and_iptc_of_a_tiff_are_read(tmp_path: Path) -> None:
    info = build.exif()
    info[700] = XMP
    info[33723] = containers.iptc({55: "20190703"}).ljust(16, b"\0")
    build.picture(1, (8, 8)).save(tmp_path / "a.tif", exif=info)
    assert set(claims(tmp_path / "a.tif")) == {DateSource.XMP_ORIGINAL, DateSource.XMP_PHOTOSHOP, DateSource.IPTC}


def test_canons_cr3_keeps_its_dates_in_a_directory_of_its_own(tmp_path: Path) -> None:
    tags = Image.Exif()
    tags[36867], tags[36881] = WHEN, "+02:00"
    found = metadata.read(os.fspath(containers.cr3(tmp_path / "a.cr3", main=containers.tiff_block(make="Canon"), inner=tags.tobytes()[6:])))
    assert (found.format, found.make) == ("cr3", "Canon")
    assert found.claims == (DateClaim(DateSource.EXIF_ORIGINAL, WHEN, "", "+02:00"),)


def test_each_date_has_its_own_offset_and_digits(tmp_path: Path) -> None:
    tags = build.exif(WHEN, offset="+02:00", subsecond="12", modified="2020:01:01 10:00:00")
    tags.get_ifd(34665).update({36868: "2019:07:04 08:00:00", 36882: "-05:00", 37522: "7", 36880: "+01:00", 37520: "9"})
    build.picture(1, (8, 8)).save(tmp_path / "a.jpg", exif=tags)
    assert metadata.read(os.fspath(tmp_path / "a.jpg")).claims == (
        DateClaim(DateSource.EXIF_ORIGINAL, WHEN, "12", "+02:00"),
        DateClaim(DateSource.EXIF_DIGITIZED, "2019:07:04 08:00:00", "7", "-05:00"),
        DateClaim(DateSource.EXIF_MODIFIED, "2020:01:01 10:00:00", "9", "+01:00"),
    )


def test_the_satellites_time_is_told_in_utc(tmp_path: Path) -> None:
    tags = build.exif(gps=(48.1, 11.5))
    tags.get_ifd(34853).update({29: "2019:07:03", 7: (10.0, 34.0, 56.5)})
    build.picture(1, (8, 8)).save(tmp_path / "a.jpg", exif=tags)
    assert metadata.read(os.fspath(tmp_path / "a.jpg")).gps_time == "2019-07-03 10:34:56"


@pytest.mark.parametrize("gps", [(0.0, 0.0), (91.0, 10.0), (48.0, 181.0)])
def test_a_place_that_cannot_be_is_none(tmp_path: Path, gps: tuple[float, float]) -> None:
    found = metadata.read(os.fspath(build.jpeg(tmp_path / "a.jpg", date=WHEN, gps=gps)))
    assert (found.latitude, found.longitude, found.claims[0].text) == (None, None, WHEN)


def test_the_halves_of_a_live_photo_share_an_identifier(tmp_path: Path) -> None:
    identifier = "1745E022-9712-43C7-B024-F308EC6413CB"
    note = b"Apple iOS\0\0\1MM" + b"\0\1" + b"\0\x11\0\2\0\0\0\x25\0\0\0\x20" + b"\0" * 4 + identifier.encode() + b"\0"
    tags = build.exif(WHEN)
    tags.get_ifd(34665)[37500] = note
    build.picture(1, (8, 8)).save(tmp_path / "a.jpg", exif=tags)
    containers.movie(tmp_path / "a.mov", keys={"com.apple.quicktime.content.identifier": identifier})
    assert metadata.read(os.fspath(tmp_path / "a.jpg")).content_id == identifier
    assert metadata.read(os.fspath(tmp_path / "a.mov")).content_id == identifier


def test_a_samsung_motion_photo_is_known_by_its_trailer(tmp_path: Path) -> None:
    path = build.jpeg(tmp_path / "a.jpg")
    assert not metadata.read(os.fspath(path)).motion_photo
    directory = b"SEFH" + b"\x6a\0\0\0" + b"\1\0\0\0" + b"\0\0\x30\x0a" + b"\x40\0\0\0" * 2
    path.write_bytes(path.read_bytes() + b"\0" * 64 + directory + len(directory).to_bytes(4, "little") + b"SEFT")
    assert metadata.read(os.fspath(path)).motion_photo


def test_tags_are_shown_without_control_characters_and_cut(tmp_path: Path) -> None:
    found = metadata.read(os.fspath(build.jpeg(tmp_path / "a.jpg", make="Ma\x1b[31m\nker\x7f", model="M" * 5000)))
    assert found.make == "Ma [31m ker"
    assert found.model == "M" * 200


def test_text_in_utf8_is_read_as_such_and_cannot_turn_the_line_around(tmp_path: Path) -> None:
    path = build.jpeg(tmp_path / "a.jpg", make="Maker___")
    path.write_bytes(path.read_bytes().replace(b"Maker___", "Mäk\u202er".encode()))
    assert metadata.read(os.fspath(path)).make == "Mäk r"


def test_a_quicktime_film_tells_its_local_date_size_and_turn(tmp_path: Path) -> None:
    path = containers.movie(
        tmp_path / "a.mov",
        created=3_645_000_000,
        keys={
            "com.apple.quicktime.creationdate": "2019-07-24T11:25:40+0300",
            "com.apple.quicktime.make": "Apple",
            "com.apple.quicktime.model": "iPhone 6",
            "com.apple.quicktime.location.ISO6709": "+32.0929-034.8620+028.516/",
        },
        matrix=(0, 1, -1, 0),
    )
    found = metadata.read(os.fspath(path))
    assert found.claims[0] == DateClaim(DateSource.QUICKTIME, "2019-07-24T11:25:40+0300")
    assert (found.format, found.width, found.height, found.orientation, found.duration) == ("mov", 640, 480, 6, 2.0)
    assert (found.camera, found.latitude, found.longitude) == ("Apple iPhone 6", 32.0929, -34.862)


@pytest.mark.parametrize(
    ("created", "text"),
    [(3_645_000_000, "2019-07-03 12:00:00"), (3_645_000_000 - 2_082_844_800, "2019-07-03 12:00:00"), (0, None)],
)
def test_a_films_header_counts_from_1904_or_wrongly_from_1970_or_says_nothing(tmp_path: Path, created: int, text: str | None) -> None:
    assert claims(containers.movie(tmp_path / "a.mp4", created=created)).get(DateSource.VIDEO_CREATION) == text


@pytest.mark.parametrize(
    ("user_data", "source", "text"),
    [
        (box(b"\xa9day", b"\0\x18\x15\xc7" + b"2019-07-03T12:34:56+0200"), DateSource.VIDEO_DATE, "2019-07-03T12:34:56+0200"),
        (box(b"date", b"2019-07-03T12:34:56+02:00"), DateSource.VIDEO_DATE, "2019-07-03T12:34:56+02:00"),
        (
            box(b"NCDT", box(b"NCTG", b"\0\0\0\1\0\2\0\6NIKON\0" + b"\0\0\0\x12\0\2\0\x14" + WHEN.encode() + b"\0")),
            DateSource.VIDEO_DATE,
            WHEN,
        ),
        (box(b"XMP_", XMP), DateSource.XMP_ORIGINAL, "2019-07-03T12:34:56.5+02:00"),
    ],
    ids=["day", "date", "nikon", "xmp"],
)
def test_a_films_user_data_tells_dates(tmp_path: Path, user_data: bytes, source: DateSource, text: str) -> None:
    assert claims(containers.movie(tmp_path / "a.mp4", user_data=user_data))[source] == text


def test_a_canon_film_carries_the_exif_of_a_still(tmp_path: Path) -> None:
    thumbnail = build.jpeg(tmp_path / "a.jpg", date=WHEN, make="Canon", orientation=6)
    found = metadata.read(os.fspath(containers.movie(tmp_path / "a.mov", user_data=box(b"CNTH", box(b"CNDA", thumbnail.read_bytes())))))
    assert found.claims == (DateClaim(DateSource.EXIF_ORIGINAL, WHEN),)
    assert (found.make, found.orientation, found.width) == ("Canon", 1, 640)


def test_a_sony_film_tells_local_time_in_an_xml_beside(tmp_path: Path) -> None:
    xml = b'<Meta><CreationDate value="2019-07-03T12:34:56+09:00"/><Device manufacturer="Sony" modelName="ILCE-7"/></Meta>'
    after = box(b"meta", b"\0" * 4, box(b"hdlr", b"\0" * 8 + b"nrtm".ljust(16, b"\0")), box(b"xml ", b"\0" * 4 + xml))
    found = metadata.read(os.fspath(containers.movie(tmp_path / "a.mp4", created=3_645_000_000, after=after)))
    assert found.claims[0] == DateClaim(DateSource.VIDEO_DATE, "2019-07-03T12:34:56+09:00")
    assert found.camera == "Sony ILCE-7"


@pytest.mark.parametrize("gopro", [{"user_data": box(b"FIRM", b"HD4.02.05")}, {"handler": b"\x0b  GoPro AVC"}], ids=["box", "handler"])
def test_a_gopro_is_known_because_its_clock_is_local(tmp_path: Path, gopro: dict[str, bytes]) -> None:
    assert metadata.read(os.fspath(containers.movie(tmp_path / "a.mp4", **gopro))).make == "GoPro"  # type: ignore[arg-type]  # one of each


def test_a_place_in_3gpp_form_is_read(tmp_path: Path) -> None:
    place = box(b"loci", b"\0\0\0\0\x15\xc7name\0\0" + (-118 << 16).to_bytes(4, "big", signed=True) + (34 << 16).to_bytes(4, "big"))
    found = metadata.read(os.fspath(containers.movie(tmp_path / "a.3gp", brand=b"3gp4", user_data=place)))
    assert (found.format, found.latitude, found.longitude) == ("3gp", 34.0, -118.0)


def test_a_film_that_was_cut_off_gives_a_note(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(box(b"ftyp", b"isom\0\0\0\0isom") + box(b"mdat", b"\0" * 64))
    found = metadata.read(os.fspath(tmp_path / "a.mp4"))
    assert (found.format, found.claims, len(found.notes)) == ("mp4", (), 1)


def test_an_avi_tells_idit_exif_and_nikons_tags(tmp_path: Path) -> None:
    path = containers.avi(
        tmp_path / "a.avi",
        chunk(b"IDIT", b"Wed Jul 03 12:34:56 2019\n\0"),
        chunk(b"LIST", b"strl", chunk(b"strd", b"AVIF\0\0\0\0", containers.bare_directory(date=WHEN, make="Canon"))),
        chunk(b"LIST", b"ncdt", chunk(b"nctg", b"\x13\0\x14\0" + b"2019:07:03 12:00:00\0")),
    )
    found = metadata.read(os.fspath(path))
    assert [(claim.source, claim.text) for claim in found.claims] == [
        (DateSource.AVI_IDIT, "Wed Jul 03 12:34:56 2019"),
        (DateSource.AVI_IDIT, "2019:07:03 12:00:00"),
        (DateSource.EXIF_ORIGINAL, WHEN),
    ]
    assert (found.width, found.height, found.duration, found.make) == (640, 480, 2.0, "Canon")


@pytest.mark.parametrize(("name", "style"), [("a.mp4", "mp4"), ("a.mov", "mov"), ("a.3gp", "3gp"), ("a.mkv", "mkv")])
def test_films_as_a_program_writes_them_tell_when_they_were_made(tmp_path: Path, name: str, style: str) -> None:
    path = build.video(tmp_path / name, created="2019-07-03T10:00:00Z")
    found = metadata.read(os.fspath(path))
    assert (found.format, found.width, found.height) == (style, 160, 120)
    assert found.duration == pytest.approx(1.0, abs=0.2)
    [created] = found.claims
    assert (created.source, created.text[:10], created.text[11:19], created.offset) == (
        DateSource.VIDEO_CREATION,
        "2019-07-03",
        "10:00:00",
        "Z",
    )


@pytest.mark.parametrize(("name", "style"), [("a.avi", "avi"), ("a.mts", "mts")])
def test_films_without_dates_tell_their_size(tmp_path: Path, name: str, style: str) -> None:
    found = metadata.read(os.fspath(build.video(tmp_path / name)))
    assert (found.format, found.width, found.height, found.claims) == (style, 160, 120, ())


@pytest.mark.parametrize("stamped", [True, False])
@pytest.mark.parametrize("before", [0, 140, 100_000])
def test_a_camcorders_film_tells_its_wall_time(tmp_path: Path, stamped: bool, before: int) -> None:
    payload = b"\x5a" * before + containers.camcorder_picture("20190703123456") + b"\x5a" * 2000
    found = metadata.read(os.fspath(containers.transport_stream(tmp_path / "00001.MTS", payload, stamped=stamped)))
    assert (found.format, found.claims) == ("mts", (DateClaim(DateSource.VIDEO_DATE, "2019-07-03 12:34:56"),))


def test_a_camcorder_whose_clock_was_never_set_tells_nothing(tmp_path: Path) -> None:
    path = containers.transport_stream(tmp_path / "a.mts", containers.camcorder_picture("ffffffffffffff") + b"\x5a" * 2000)
    assert metadata.read(os.fspath(path)).claims == ()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"%PDF-1.4",
        b"PK\3\4",
        b"\0" * 4096,
        b"set free the bears",
        b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42",
        b"RIFF\0\0\0\0WAVEfmt ",
        b"{}",
    ],
)
def test_what_is_no_picture_is_unreadable(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.jpg").write_bytes(content)
    with pytest.raises(Unreadable, match=r"is no picture|is empty"):
        metadata.read(os.fspath(tmp_path / "a.jpg"))


def test_what_is_no_file_is_unreadable_and_nothing_is_waited_for(tmp_path: Path) -> None:
    build.jpeg(tmp_path / "a.jpg")
    (tmp_path / "link.jpg").symlink_to("a.jpg")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "folder.jpg").mkdir()
    for name in ("link.jpg", "pipe.jpg", "folder.jpg", "missing.jpg", "nul\0.jpg"):
        with pytest.raises(Unreadable):
            metadata.read(os.fspath(tmp_path / name))


def test_a_sidecar_in_xmp_tells_its_dates_as_its_own(tmp_path: Path) -> None:
    (tmp_path / "a.xmp").write_bytes(XMP)
    found = metadata.read_sidecar(os.fspath(tmp_path / "a.xmp"))
    assert [(claim.source, claim.text) for claim in found.claims] == [
        (DateSource.SIDECAR_XMP, "2019-07-03T12:34:56.5+02:00"),
        (DateSource.SIDECAR_XMP, "2019-07-03"),
    ]


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ({"latitude": 48.1, "longitude": -11.5}, (48.1, -11.5)),
        ({"latitude": 0.0, "longitude": 0.0}, (None, None)),
        ({"latitude": "north"}, (None, None)),
        (None, (None, None)),
    ],
)
def test_takeouts_json_tells_time_in_utc_and_place(tmp_path: Path, place: object, expected: tuple[float | None, float | None]) -> None:
    said = {"title": "a.jpg", "photoTakenTime": {"timestamp": "1562157296", "formatted": "…"}, "geoData": place}
    (tmp_path / "a.json").write_text(json.dumps(said), encoding="utf-8-sig")
    found = metadata.read_sidecar(os.fspath(tmp_path / "a.json"))
    assert found.claims == (DateClaim(DateSource.SIDECAR_JSON, "2019-07-03 12:34:56", "", "+00:00"),)
    assert (found.latitude, found.longitude) == expected


@pytest.mark.parametrize(
    "content", [b"", b"{", b"{}", b"[]", b'{"photoTakenTime": 1}', b"<html></html", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 100_000]
)
def test_what_is_no_sidecar_is_unreadable(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(Unreadable):
        metadata.read_sidecar(os.fspath(tmp_path / "a.json"))


def test_a_run_over_jpegs_does_not_load_what_it_does_not_need(tmp_path: Path) -> None:
    path = build.jpeg(tmp_path / "a.jpg", date=WHEN)
    code = (
        "import sys; from lib.analysis import metadata; before = set(sys.modules); metadata.read(sys.argv[1]); print(*before, *sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, os.fspath(path)], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {"PIL", "av", "exifread", "pillow_heif", "numpy"}.isdisjoint(done.stdout.split())
    light = subprocess.run(
        [sys.executable, "-c", "import sys, lib.metadata; print(*sys.modules)"], cwd=ROOT, capture_output=True, text=True
    )
    assert {"PIL", "av", "exifread"}.isdisjoint(light.stdout.split())
