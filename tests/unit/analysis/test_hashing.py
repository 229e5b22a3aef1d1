"""Checksums of bytes and of pixels."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import xxhash
from PIL import Image, ImageCms, ImageOps

from lib.analysis.hashing import WHOLE_AT_ONCE, pixels, quick_hash, sha256, xxh3, xxh3_digest, xxh3_text
from lib.model import Changed, Unreadable
from tests import build

SIZES = [0, 1, 4095, 4096, 4097, 8191, 8192, WHOLE_AT_ONCE, WHOLE_AT_ONCE + 1, 3_000_001]


def seen(path: Path) -> bytes:
    return quick_hash(os.fspath(path), path.stat().st_size)


@pytest.mark.parametrize("size", SIZES)
def test_checksums_are_those_of_the_whole_content(tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    path = tmp_path / "a"
    path.write_bytes(data)
    assert sha256(os.fspath(path)) == hashlib.sha256(data).hexdigest()
    assert xxh3(os.fspath(path)) == f"xxh3_128:{xxhash.xxh3_128(data).hexdigest()}"
    assert xxh3_text(xxh3_digest(xxh3(os.fspath(path)))) == xxh3(os.fspath(path))


@pytest.mark.parametrize("size", SIZES[1:])
def test_a_glance_tells_files_apart_by_their_first_and_last_byte(tmp_path: Path, size: int) -> None:
    told = set()
    for changed in (None, 0, size - 1):
        data = bytearray(size)
        if changed is not None:
            data[changed] = 7
        (tmp_path / "a").write_bytes(data)
        told.add(seen(tmp_path / "a"))
    assert len(told) == (2 if size == 1 else 3)


@pytest.mark.parametrize(("size", "whole"), [(WHOLE_AT_ONCE, True), (WHOLE_AT_ONCE + 1, False)])
def test_a_glance_takes_small_files_whole_and_of_others_the_edges(tmp_path: Path, size: int, whole: bool) -> None:
    data = bytearray(size)
    (tmp_path / "a").write_bytes(data)
    data[size // 2] = 7
    (tmp_path / "b").write_bytes(data)
    assert (xxh3_text(seen(tmp_path / "b")) == xxh3(os.fspath(tmp_path / "b"))) is whole
    assert (seen(tmp_path / "a") != seen(tmp_path / "b")) is whole


@pytest.mark.parametrize("found", [1, 5000, WHOLE_AT_ONCE, WHOLE_AT_ONCE + 1, 3_000_001])
@pytest.mark.parametrize("change", [-1, 1, WHOLE_AT_ONCE, -5000])
def test_a_file_that_changed_its_size_since_it_was_found_is_not_glanced_at(tmp_path: Path, found: int, change: int) -> None:
    (tmp_path / "a").write_bytes(bytes(max(0, found + change)))
    with pytest.raises(Changed, match="changed since"):
        quick_hash(os.fspath(tmp_path / "a"), found)


@pytest.mark.parametrize("size", [5000, WHOLE_AT_ONCE + 1])
def test_a_drive_that_gives_little_at_once_is_read_to_the_end(tmp_path: Path, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    path.write_bytes(os.urandom(size))
    expected = seen(path)
    read = os.read
    monkeypatch.setattr("lib.analysis.hashing.next_block", lambda file: memoryview(read(file, 100)))
    monkeypatch.setattr(os, "read", lambda file, count: read(file, min(count, 1000)))
    assert seen(path) == expected


def test_a_file_that_grows_while_it_is_read_is_hashed_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"12")
    real = os.fstat

    def grow(file: int) -> os.stat_result:
        before = real(file)
        path.write_bytes(b"12345")
        return before

    monkeypatch.setattr(os, "fstat", grow)
    assert xxh3_digest(xxh3(os.fspath(path))) == xxhash.xxh3_128(b"12345").digest()


@pytest.mark.skipif(os.name == "nt", reason="needs links and pipes")
@pytest.mark.parametrize("eye", [sha256, xxh3, partial(quick_hash, size=10), pixels])
def test_only_regular_files_are_opened(tmp_path: Path, eye: Callable[[str], object]) -> None:
    (tmp_path / "link").symlink_to(build.png(tmp_path / "a.png"))
    os.mkfifo(tmp_path / "pipe")
    for name, reason in (("link", "symbolic"), ("pipe", "no regular file"), ("gone", "no such file"), (".", "no regular file|directory")):
        with pytest.raises(Unreadable, match=reason):
            eye(os.fspath(tmp_path / name))


def look(path: Path, *, upright: bool = True) -> str:
    return pixels(os.fspath(path), upright=upright)


def test_the_same_pixels_in_other_clothes_are_one_picture(tmp_path: Path) -> None:
    first = build.jpeg(tmp_path / "a.jpg", 1, date="2019:07:03 12:34:56", model="Pixel 3")
    with Image.open(first) as picture:
        picture.load()
        picture.save(tmp_path / "a.png")
        picture.save(tmp_path / "a.tif")
        picture.convert("RGBA").save(tmp_path / "opaque.png")
    told = {look(first), look(tmp_path / "a.png"), look(tmp_path / "a.tif"), look(tmp_path / "opaque.png")}
    assert len(told) == 1
    assert look(build.jpeg(tmp_path / "retagged.jpg", 1, model="Other")) in told
    assert look(build.jpeg(tmp_path / "recompressed.jpg", 1, quality=80)) not in told


def test_grey_and_palette_pictures_are_compared_by_their_colours(tmp_path: Path) -> None:
    grey = build.picture(2).convert("L")
    grey.save(tmp_path / "grey.png")
    grey.convert("RGB").save(tmp_path / "rgb.png")
    grey.convert("P").save(tmp_path / "palette.png")
    assert len({look(tmp_path / name) for name in ("grey.png", "rgb.png", "palette.png")}) == 1


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("strip", [1, 400, 1 << 20])
def test_a_picture_turned_by_its_flag_equals_the_turned_pixels(
    tmp_path: Path, orientation: int, strip: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lib.analysis.hashing._STRIP", strip)
    size = (47, 31)
    flagged = build.png(tmp_path / "flagged.png", 3, size, orientation=orientation)
    with Image.open(flagged) as picture:
        ImageOps.exif_transpose(picture).save(tmp_path / "turned.png", exif=b"")
    plain = build.png(tmp_path / "plain.png", 3, size)
    assert look(flagged) == look(tmp_path / "turned.png")
    assert look(flagged, upright=False) == look(plain)
    assert (look(flagged) == look(plain)) == (orientation == 1)


def test_transparency_counts(tmp_path: Path) -> None:
    picture = build.picture(4).convert("RGBA")
    picture.save(tmp_path / "opaque.png")
    picture.putalpha(128)
    picture.save(tmp_path / "pale.png")
    assert look(tmp_path / "opaque.png") != look(tmp_path / "pale.png")


def test_every_frame_of_an_animation_counts(tmp_path: Path) -> None:
    frames = [build.picture(seed, (32, 24)) for seed in (1, 2, 3)]
    frames[0].save(tmp_path / "a.webp", save_all=True, append_images=[frames[1]], lossless=True)
    frames[0].save(tmp_path / "b.webp", save_all=True, append_images=[frames[2]], lossless=True)
    assert look(tmp_path / "a.webp") != look(tmp_path / "b.webp")


def test_a_colour_profile_counts_unless_it_is_the_usual_one(tmp_path: Path) -> None:
    picture = build.picture(5)
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    other = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    picture.save(tmp_path / "none.png")
    picture.save(tmp_path / "srgb.png", icc_profile=srgb)
    picture.save(tmp_path / "other.png", icc_profile=other)
    assert look(tmp_path / "none.png") == look(tmp_path / "srgb.png") != look(tmp_path / "other.png")


def test_deep_pictures_keep_their_depth(tmp_path: Path) -> None:
    deep = Image.new("I;16", (8, 8), 1000)
    deep.save(tmp_path / "a.png")
    deep.putpixel((0, 0), 1001)
    deep.save(tmp_path / "b.png")
    assert look(tmp_path / "a.png") != look(tmp_path / "b.png")


@pytest.mark.parametrize(
    ("content", "reason"), [(b"", "no picture"), (b"hello", "no picture"), (b"\xff\xd8\xff\xe0junk", "no picture|decoded")]
)
def test_what_is_no_picture_has_no_pixels(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "a.jpg").write_bytes(content)
    with pytest.raises(Unreadable, match=reason):
        look(tmp_path / "a.jpg")


def test_half_a_picture_is_not_compared(tmp_path: Path) -> None:
    path = build.jpeg(tmp_path / "a.jpg")
    path.write_bytes(path.read_bytes()[:4000])
    with pytest.raises(Unreadable, match="truncated"):
        look(path)


def test_a_picture_too_large_for_memory_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lib.analysis.decoding._MOST_MEMORY", 2_000_000)
    Image.new("1", (2000, 1001)).save(tmp_path / "bomb.png")
    with pytest.raises(Unreadable, match="too large to decode safely"):
        look(tmp_path / "bomb.png")
