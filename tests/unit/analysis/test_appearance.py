"""How pictures look: the same shot is recognised in every dress, and no file can bring the toolkit down."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path
from typing import Any

import imagehash
import numpy as np
import pytest
from PIL import Image, ImageOps

from lib.analysis import appearance, decoding
from lib.model import Appearance, Unreadable
from tests import build


def looks(image: Image.Image) -> Appearance:
    return appearance.appearance_of(image.convert("RGB"), image.width / image.height)


def bits_apart(a: Appearance, b: Appearance) -> int:
    return (a.phash ^ b.phash).bit_count()


@pytest.mark.parametrize("seed", range(12))
def test_the_hash_is_the_one_that_imagehash_defines(seed: int) -> None:
    picture = build.picture(seed, (300 + 17 * seed, 200))
    assert looks(picture).phash == int(str(imagehash.phash(picture)), 16)


def test_featureless_pictures_of_one_colour_have_one_hash_and_resemble_nothing() -> None:
    grey, black = (looks(Image.new("RGB", (200, 150), colour)) for colour in ("#777777", "#cc9933"))
    assert grey.phash == black.phash
    assert abs(appearance.likeness(grey, grey)) < 0.01
    assert grey.detail < 8


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tif", "gif", "avif", "heic", "bmp"])
def test_one_picture_looks_the_same_in_every_format(tmp_path: Path, ending: str) -> None:
    shot = build.picture(3, (640, 480))
    path = tmp_path / f"shot.{ending}"
    shot.save(path)
    seen = appearance.read_appearance(os.fspath(path))
    assert bits_apart(seen, looks(shot)) <= 4
    assert appearance.likeness(seen, looks(shot)) > 0.98
    assert seen.aspect == pytest.approx(4 / 3)
    assert len(seen.layout) == 768
    other = appearance.read_appearance(os.fspath(build.jpeg(tmp_path / "other.jpg", 4, (640, 480))))
    assert appearance.likeness(seen, other) < 0.8


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("make", [build.jpeg, build.heic, build.png])
def test_pictures_are_looked_at_upright(tmp_path: Path, make: Any, orientation: int) -> None:
    path = make(tmp_path / f"turned.{make.__name__}", 5, (480, 360), orientation=orientation)
    with Image.open(path) as stored:
        upright = ImageOps.exif_transpose(stored).convert("RGB")
    seen = appearance.read_appearance(os.fspath(path))
    assert appearance.likeness(seen, looks(upright)) > 0.99
    assert seen.aspect == pytest.approx(upright.width / upright.height)
    assert appearance.small(os.fspath(path), 120).size == decoding.fitted(upright, 120).size


def test_a_preview_is_never_enlarged_and_never_larger_than_asked(tmp_path: Path) -> None:
    path = os.fspath(build.jpeg(tmp_path / "a.jpg", 1, (900, 600)))
    assert appearance.small(path, 300).size == (300, 200)
    assert appearance.small(path, 5000).size == (900, 600)


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.heic"])
def test_a_preview_comes_with_the_size_of_the_whole_picture(tmp_path: Path, name: str) -> None:
    build.picture(1, (1200, 803)).save(tmp_path / name)
    preview, size = decoding.photo_preview(os.fspath(tmp_path / name), 256)
    assert max(preview.size) < 600 and size == (1200, 803)


def test_the_thumbnail_inside_a_heic_is_taken_only_when_it_has_the_shape_of_the_photo(tmp_path: Path) -> None:
    path = tmp_path / "a.heic"
    build.picture(6, (1200, 900)).save(path, thumbnails=[400])
    seen = appearance.read_appearance(os.fspath(path))
    assert seen.aspect == pytest.approx(4 / 3)
    assert appearance.likeness(seen, looks(build.picture(6, (1200, 900)))) > 0.99
    assert max(appearance.small(os.fspath(path), 800).size) == 800


@pytest.mark.parametrize(
    ("mode", "style"),
    [
        ("L", "PNG"),
        ("1", "PNG"),
        ("P", "PNG"),
        ("LA", "PNG"),
        ("RGBA", "PNG"),
        ("I;16", "PNG"),
        ("CMYK", "JPEG"),
        ("F", "TIFF"),
        ("I;16", "TIFF"),
    ],
)
def test_every_way_to_store_pixels_shows_the_same_picture(tmp_path: Path, mode: str, style: str) -> None:
    grey = build.picture(7, (400, 300)).convert("L")
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    stored = deep if mode == "I;16" else grey.convert("RGB").convert(mode) if mode in ("P", "CMYK", "RGBA") else grey.convert(mode)
    path = tmp_path / "a"
    with open(path, "wb") as file:
        stored.save(file, style)
    assert appearance.likeness(appearance.read_appearance(os.fspath(path)), looks(grey)) > (0.8 if mode == "1" else 0.98)


def test_transparency_is_seen_over_white(tmp_path: Path) -> None:
    clear = Image.new("RGBA", (200, 200), (0, 0, 0, 0))
    clear.paste((200, 30, 30, 255), (50, 50, 150, 150))
    clear.save(tmp_path / "a.png")
    seen = appearance.small(os.fspath(tmp_path / "a.png"), 100)
    assert seen.getpixel((5, 5)) == (255, 255, 255)
    assert seen.getpixel((50, 50)) == (200, 30, 30)


@pytest.mark.parametrize("ending", ["mp4", "mov", "avi", "mkv", "3gp"])
def test_a_video_is_seen_by_its_frames(tmp_path: Path, ending: str) -> None:
    path = os.fspath(build.video(tmp_path / f"clip.{ending}", 8, (176, 144), frames=24))
    assert appearance.read_appearance(path).aspect == pytest.approx(176 / 144)
    frames = decoding.frames(path, 4, 100)
    assert len(frames) == 4
    assert all(max(frame.size) == 100 for frame in frames)
    alike = [appearance.likeness(looks(frames[0]), looks(frame)) for frame in frames]
    assert alike == sorted(alike, reverse=True)
    assert alike[0] > alike[-1]


def test_a_raw_file_is_seen_by_the_preview_that_the_camera_put_into_it(tmp_path: Path) -> None:
    small, large = io.BytesIO(), io.BytesIO()
    build.picture(9, (160, 120)).save(small, "JPEG")
    build.picture(9, (1200, 900)).save(large, "JPEG")
    path = tmp_path / "a.raf"
    path.write_bytes(
        b"FUJIFILMCCD-RAW 0201" + bytes(100) + small.getvalue() + b"\xff\xd8\xff\xc3chance" + bytes(999) + large.getvalue() + bytes(5000)
    )
    assert appearance.likeness(appearance.read_appearance(os.fspath(path)), looks(build.picture(9, (1200, 900)))) > 0.99
    path.write_bytes(b"FUJIFILMCCD-RAW 0201" + bytes(5000))
    with pytest.raises(Unreadable):
        appearance.read_appearance(os.fspath(path))


def png_claiming(width: int, height: int) -> bytes:
    """A few bytes of PNG that unpack to as many pixels as they claim."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0))
        + chunk(b"IDAT", b"")
        + chunk(b"IEND", b"")
    )


def test_a_decompression_bomb_is_refused_before_it_goes_off(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.png"
    bomb.write_bytes(png_claiming(60_000, 60_000))
    with pytest.raises(Unreadable, match=r"too large to decode safely \(60000 x 60000"):
        appearance.read_appearance(os.fspath(bomb))


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.jpg", b"", "is empty"),
        ("text.jpg", b"dear diary", "is no picture"),
        ("cut.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", ""),
        ("cut.mp4", b"\0\0\0\x18ftypisom\0\0\0\0mp41isom" + bytes(50), ""),
        ("cut.mkv", b"\x1aE\xdf\xa3" + bytes(50), ""),
        ("cut.tif", b"II*\0\x08\0\0\0\xff\xff", ""),
        ("cut.webp", b"RIFF\xff\xff\0\0WEBPVP8 ", ""),
    ],
)
def test_a_broken_file_is_told_of_in_words(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Unreadable, match=reason or "[a-z]"):
        appearance.read_appearance(os.fspath(tmp_path / name))


def test_half_a_photo_is_unreadable_rather_than_half_grey(tmp_path: Path) -> None:
    path = build.jpeg(tmp_path / "a.jpg", 2, (640, 480))
    path.write_bytes(path.read_bytes()[:9000])
    with pytest.raises(Unreadable):
        appearance.read_appearance(os.fspath(path))


def test_what_is_no_regular_file_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(Unreadable):
        appearance.read_appearance(os.fspath(tmp_path))
    with pytest.raises(Unreadable):
        appearance.read_appearance(os.fspath(tmp_path / "gone.jpg"))
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.jpg")
        with pytest.raises(Unreadable, match="no regular file"):
            appearance.read_appearance(os.fspath(tmp_path / "pipe.jpg"))
        (tmp_path / "link.jpg").symlink_to(build.jpeg(tmp_path / "a.jpg"))
        with pytest.raises(Unreadable):
            appearance.read_appearance(os.fspath(tmp_path / "link.jpg"))


def test_damaged_copies_of_every_format_never_raise_anything_else(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    for whole in (
        build.jpeg(tmp_path / "a.jpg", size=(64, 48)),
        build.heic(tmp_path / "a.heic", size=(64, 48)),
        build.png(tmp_path / "a.png", size=(64, 48)),
        build.video(tmp_path / "a.mp4", size=(64, 48)),
    ):
        data = whole.read_bytes()
        for _ in range(60):
            broken = bytearray(data)
            for place in rng.integers(0, len(data), rng.integers(1, 8)):
                broken[place] = int(rng.integers(0, 256))
            hurt = tmp_path / "hurt"
            hurt.write_bytes(broken[: int(rng.integers(1, len(broken) + 1))])
            try:
                assert 0 <= appearance.read_appearance(os.fspath(hurt)).detail <= 128
            except Unreadable as reason:
                assert str(reason)
