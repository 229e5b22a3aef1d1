"""Formats by their first bytes: every reader of content takes one file for the same thing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lib.analysis import appearance, hashing, metadata
from lib.analysis.formats import VIDEO_FORMATS, sniff_format
from tests import build

DAY = "2019:07:03 12:34:56"


@pytest.mark.parametrize("brand", ["heic", "heix", "hevm", "heif", "mif1", "miaf", "MiHB", "MiHA", "MiHE"])
def test_a_heic_of_any_brand_is_read_decoded_and_hashed_alike(tmp_path: Path, brand: str) -> None:
    plain = build.heic(tmp_path / "plain.heic", 3, date=DAY)
    data = bytearray(plain.read_bytes())
    assert data[4:8] == b"ftyp"
    data[8:12] = brand.encode()
    branded = tmp_path / "branded.heic"
    branded.write_bytes(data)
    for eye in (metadata.read, appearance.read_appearance, hashing.pixels):
        assert eye(os.fspath(branded)) == eye(os.fspath(plain)), eye


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"\0\0\0\x18ftypMiHB\0\0\0\0mif1MiHB", "heif"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", "avif"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp41", "mp4"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "mov"),
        (b"\0\0\0\x08wide\0\0\0\x10mdat", "mov"),
        (b"hey free text, no film at all", ""),
        (b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42", ""),
        (b"\0\0\0\x18ftypcrx \0\0\0\1crx isom", "cr3"),
        (b"II*\0\x10\0\0\0CR\2\0", "cr2"),
        (b"RIFF\0\0\0\0AVI LIST", "avi"),
        ((b"G" + bytes(187)) * 5, "mts"),
        ((bytes(4) + b"G" + bytes(187)) * 5, "mts"),
        (b"", ""),
    ],
)
def test_first_bytes_tell_the_format(head: bytes, expected: str) -> None:
    assert sniff_format(head) == expected


@pytest.mark.parametrize("ending", ["mp4", "mov", "avi", "mkv", "3gp"])
def test_films_are_films_to_every_reader(tmp_path: Path, ending: str) -> None:
    path = build.video(tmp_path / f"clip.{ending}", 8, (176, 144), frames=4)
    assert sniff_format(path.read_bytes()[:1024]) in VIDEO_FORMATS
