"""Formats that are seldom met: what their tags tell, what they look like, and that each ending means what its content is."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import Any

import av
import pytest

from lib.album import facts
from lib.analysis import appearance, metadata
from lib.analysis.formats import sniff_format
from lib.model import DateSource, FileKind, MediaFile, Unreadable
from tests import build, containers

DAY = "2009:07:03 12:34:56"
EXIF = containers.tiff_block(date=DAY, make="Maker", model="Rare")
PACKET = containers.xmp({"xmp:CreateDate": "2009-07-03T12:34:56"})


def _psd(exif: bytes) -> bytes:
    width, height = 32, 24
    resources = containers.photoshop(0x0422, exif)
    pixels = struct.pack(">IH", 0, 0) + bytes(3 * width * height)
    head = b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, height, width, 8, 3)
    return head + struct.pack(">I", 0) + struct.pack(">I", len(resources)) + resources + pixels


def _jpeg_xl() -> bytes:
    return containers.box(b"JXL ", b"\r\n\x87\n") + containers.box(b"Exif", bytes(4), EXIF) + containers.box(b"jxlc", b"\xff\x0a")


def _jpeg_2000() -> bytes:
    header = containers.box(b"jp2h", containers.box(b"ihdr", struct.pack(">II", 24, 32), bytes(6)))
    return containers.box(b"jP  ", b"\r\n\x87\n") + header + containers.box(b"uuid", b"JpgTiffExif->JP2", EXIF)


def _minolta() -> bytes:
    size = b"\0PRD" + struct.pack(">I", 24) + bytes(8) + struct.pack(">HHHH", 1952, 2568, 1920, 2560) + bytes(8)
    parts = size + b"\0TTW" + struct.pack(">I", len(EXIF)) + EXIF
    return b"\0MRM" + struct.pack(">I", len(parts)) + parts


@pytest.mark.parametrize(
    ("content", "style", "size"),
    [
        (_psd(EXIF), "psd", (32, 24)),
        (_jpeg_xl(), "jxl", (None, None)),
        (_jpeg_2000(), "jp2", (32, 24)),
        (_minolta(), "mrw", (2560, 1920)),
    ],
)
def test_tags_of_rare_stills_are_read(tmp_path: Path, content: bytes, style: str, size: tuple[int, int]) -> None:
    path = tmp_path / f"a.{style}"
    path.write_bytes(content)
    told = metadata.read(os.fspath(path))
    assert (told.format, (told.width, told.height), told.camera) == (style, size, "Maker Rare")
    assert [(claim.source, claim.text) for claim in told.claims if claim.source is DateSource.EXIF_ORIGINAL] == [
        (DateSource.EXIF_ORIGINAL, DAY)
    ]


@pytest.mark.parametrize("content", [_psd(EXIF), _jpeg_xl(), _jpeg_2000(), _minolta()])
def test_rare_stills_that_are_cut_off_anywhere_are_told_of_as_values(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a"
    for length in range(0, len(content), 3):
        path.write_bytes(content[:length])
        try:
            assert metadata.read(os.fspath(path)).format
        except Unreadable as reason:
            assert "is no picture" in str(reason) or "is empty" in str(reason)


@pytest.mark.parametrize(("ending", "style"), [("bmp", "BMP"), ("jp2", "JPEG2000"), ("mpo", "MPO"), ("insp", "JPEG")])
def test_what_pillow_opens_has_a_look(tmp_path: Path, ending: str, style: str) -> None:
    path = tmp_path / f"a.{ending}"
    with open(path, "wb") as file:
        build.picture(3, (64, 48)).save(file, style)
    told = metadata.read(os.fspath(path))
    assert (told.width, told.height) == (64, 48)
    assert abs(appearance.read_appearance(os.fspath(path)).aspect - 64 / 48) < 0.01


def test_a_photoshop_document_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "a.psd"
    path.write_bytes(_psd(b""))
    assert appearance.read_appearance(os.fspath(path)).detail == 0


@pytest.mark.parametrize("start", [b"FOVb" + bytes(60), b"II\x1a\0\0\0HEAPCCDR" + bytes(60)])
def test_raw_files_of_forms_of_their_own_show_the_jpeg_in_them(tmp_path: Path, start: bytes) -> None:
    path = tmp_path / "a.x3f"
    path.write_bytes(start + build.jpeg(tmp_path / "inner.jpg", 2, (160, 120)).read_bytes())
    assert metadata.read(os.fspath(path)).claims == ()
    assert abs(appearance.read_appearance(os.fspath(path)).aspect - 160 / 120) < 0.01


_FILMS = [
    ("mpg", "mpeg", "mpeg1video", (176, 144)),
    ("mod", "vob", "mpeg2video", (176, 144)),
    ("vob", "vob", "mpeg2video", (176, 144)),
    ("tod", "mpegts", "mpeg2video", (176, 144)),
    ("m2v", "mpeg2video", "mpeg2video", (176, 144)),
    ("wmv", "asf", "wmv2", (176, 144)),
    ("flv", "flv", "flv", (176, 144)),
    ("webm", "webm", "libvpx", (176, 144)),
    ("3g2", "3g2", "mpeg4", (176, 144)),
    ("dv", "dv", "dvvideo", (720, 576)),
]


def _film(path: Path, style: str, coder: str, size: tuple[int, int]) -> Path:
    with av.open(os.fspath(path), "w", format=style) as container:
        stream: Any = container.add_stream(coder, rate=25)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        wide = build.picture(4, (size[0] + 64, size[1]))
        for number in range(10):
            shot = wide.crop((number * 4, 0, number * 4 + size[0], size[1]))
            container.mux(stream.encode(av.VideoFrame.from_image(shot)))
        container.mux(stream.encode())
    return path


@pytest.mark.parametrize(("ending", "style", "coder", "size"), _FILMS)
def test_old_films_are_read_and_seen(tmp_path: Path, ending: str, style: str, coder: str, size: tuple[int, int]) -> None:
    path = _film(tmp_path / f"a.{ending}", style, coder, size)
    assert FileKind.of(path.name) is FileKind.VIDEO
    told = metadata.read(os.fspath(path))
    assert (told.width, told.height) == size
    assert told.notes == ()
    assert appearance.read_appearance(os.fspath(path)).detail > 8
    status = path.stat()
    assert facts._contradiction(MediaFile.of(os.fspath(tmp_path), path.name, status), told) == ()


def test_what_is_no_bitmap_is_none() -> None:
    assert sniff_format(b"BMW is a car, and this is a text about it") == ""
    assert sniff_format(b"BM" + bytes(12) + b"\x28\0\0\0" + bytes(40)) == "bmp"
