"""Half a picture is told from a whole one, whatever its name says, and a whole one is never called damaged."""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from lib.analysis import integrity
from lib.model import Integrity, Unreadable
from tests import build

needs_libjpegs_warnings = pytest.mark.skipif(
    importlib.util.find_spec("simplejpeg") is None, reason="without simplejpeg, JPEGs with a hole in them are not told from whole ones"
)
Maker = Callable[[Path], Path]
Wound = Callable[[bytes], bytes]

KINDS: dict[str, Maker] = {
    "a.jpg": lambda folder: build.jpeg(folder / "a.jpg", 3, (1200, 900), date="2019:07:03 12:34:56"),
    "a.png": lambda folder: build.png(folder / "a.png", 3, (600, 400)),
    "a.heic": lambda folder: build.heic(folder / "a.heic", 3, (600, 400)),
    "a.webp": lambda folder: saved(folder / "a.webp", "WEBP"),
    "a.avif": lambda folder: saved(folder / "a.avif", "AVIF"),
    "a.mp4": lambda folder: build.video(folder / "a.mp4", 3),
    "a.mov": lambda folder: build.video(folder / "a.mov", 3),
    "a.avi": lambda folder: build.video(folder / "a.avi", 3),
    "progressive.jpg": lambda folder: saved(folder / "progressive.jpg", "JPEG", progressive=True),
    "grey.jpg": lambda folder: saved(folder / "grey.jpg", "JPEG", mode="L"),
    "cmyk.jpg": lambda folder: saved(folder / "cmyk.jpg", "JPEG", mode="CMYK"),
}


def saved(path: Path, style: str, mode: str = "RGB", **options: bool) -> Path:
    build.picture(3, (640, 480)).convert(mode).save(path, style, **options)
    return path


def cut_at(part: float) -> Wound:
    return lambda data: data[: int(len(data) * part)]


def hole(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes(4096) + data[middle + 4096 :]


def checked(path: Path, data: bytes) -> Integrity:
    path.write_bytes(data)
    return integrity.check(str(path))


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_picture_is_whole_and_so_is_one_with_something_behind_its_end(tmp_path: Path, kind: str) -> None:
    data = KINDS[kind](tmp_path).read_bytes()
    assert checked(tmp_path / "x", data) == Integrity()
    if kind not in ("a.mp4", "a.mov"):  # there it would be a box
        assert checked(tmp_path / "x", data + b"\1\2\3 and what a phone appends") == Integrity()


@pytest.mark.parametrize("part", [0.3, 0.6, 0.9, 0.99])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_cut_off_is_told(tmp_path: Path, kind: str, part: float) -> None:
    data = KINDS[kind](tmp_path).read_bytes()
    assert "cut off" in checked(tmp_path / "x", cut_at(part)(data)).damage


@pytest.mark.parametrize("kind", [pytest.param("a.jpg", marks=needs_libjpegs_warnings), "a.png"])
@pytest.mark.parametrize("wound", [hole, lambda data: data[: len(data) // 2] + data[len(data) // 2 + 512 :]], ids=["hole", "bytes missing"])
def test_holes_in_jpeg_and_png_are_told(tmp_path: Path, kind: str, wound: Wound) -> None:
    data = KINDS[kind](tmp_path).read_bytes()
    found = checked(tmp_path / "x", wound(data)).damage
    assert "missing or was overwritten" in found or "cut off" in found


@needs_libjpegs_warnings
def test_a_copy_that_has_its_full_size_from_the_start_is_told_while_its_end_is_empty(tmp_path: Path) -> None:
    data = KINDS["a.jpg"](tmp_path).read_bytes()
    done = len(data) * 7 // 10
    assert checked(tmp_path / "x", data[:done] + bytes(len(data) - done)).damage


@needs_libjpegs_warnings
def test_a_jpeg_that_lacks_the_mark_of_its_end_is_complete_and_this_is_noted(tmp_path: Path) -> None:
    data = KINDS["a.jpg"](tmp_path).read_bytes()
    found = checked(tmp_path / "x", data[:-2])
    assert found.damage == "" and "complete" in found.note


def test_bytes_between_the_tables_of_a_jpeg_do_no_harm(tmp_path: Path) -> None:
    data = KINDS["a.jpg"](tmp_path).read_bytes()
    table = data.index(b"\xff\xdb")
    assert checked(tmp_path / "x", data[:table] + b"\0" * 14 + data[table:]) == Integrity()


def test_a_film_that_was_never_finished_is_told(tmp_path: Path) -> None:
    data = KINDS["a.mp4"](tmp_path).read_bytes()
    assert data[-300:].find(b"moov") >= 0 or data.find(b"moov") > 0
    before = data.rindex(b"moov") - 4
    assert "never finished" in checked(tmp_path / "x", data[:before]).damage
    assert "never finished" in checked(tmp_path / "x", data[:before] + bytes(len(data) - before)).damage


def test_what_cannot_be_told_counts_as_whole(tmp_path: Path) -> None:
    assert checked(tmp_path / "x", b"no picture at all") == Integrity()
    with io.BytesIO() as file:
        build.picture(1, (64, 48)).save(file, "GIF")
        assert checked(tmp_path / "x", file.getvalue()[:200]) == Integrity()


def test_what_cannot_be_opened_is_no_verdict(tmp_path: Path) -> None:
    with pytest.raises(Unreadable):
        integrity.check(str(tmp_path / "missing"))


def test_a_bomb_is_not_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = KINDS["a.jpg"](tmp_path)
    monkeypatch.setattr("lib.analysis.decoding._MOST_JPEG_PIXELS", 1000)

    def decode(*_: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(integrity, "_libjpeg_warning", decode)
    monkeypatch.setattr(Image.Image, "load", decode)
    assert integrity.check(str(path)) == Integrity()
