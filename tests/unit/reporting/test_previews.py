"""Small pictures for the page: upright, whatever the format, made once, and never half."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from lib.model import Failure, Unreadable
from lib.reporting.previews import LARGE, PreviewRequest, make_preview, make_previews, needs_large, preview_name
from tests import build


def alike(one: Image.Image, other: Image.Image) -> bool:
    """True where two pictures look the same but for compression."""
    pairs = zip(one.convert("RGB").resize((16, 16)).tobytes(), other.convert("RGB").resize((16, 16)).tobytes())
    return sum(abs(a - b) for a, b in pairs) / (16 * 16 * 3) < 12


@pytest.mark.parametrize("name", ["a.jpg", "a.heic", "a.png", "a.mov", "no ending \udcff"])
def test_every_format_becomes_a_small_jpeg(tmp_path: Path, name: str) -> None:
    make: Callable[..., Path] = {".heic": build.heic, ".png": build.png, ".mov": build.video}.get(Path(name).suffix, build.jpeg)
    make(tmp_path / name, 3, (640, 480))
    make_preview(str(tmp_path / name), tmp_path / "preview.jpg")
    with Image.open(tmp_path / "preview.jpg") as preview:
        assert (preview.format, preview.size) == ("JPEG", (320, 240))
        if Path(name).suffix != ".mov":
            assert alike(preview, build.picture(3, (640, 480)))


@pytest.mark.parametrize("make", [build.jpeg, build.heic, build.png])
def test_a_turned_photo_stands_upright_and_its_tags_stay_behind(tmp_path: Path, make: Callable[..., Path]) -> None:
    path = make(tmp_path / "turned", 3, (640, 480), orientation=6, make="Acme", gps=(47.0, 8.0))
    make_preview(str(path), tmp_path / "preview.jpg")
    with Image.open(tmp_path / "preview.jpg") as preview:
        assert preview.size == (240, 320)
        assert alike(preview, build.picture(3, (640, 480)).rotate(-90, expand=True))
        assert not preview.getexif() and "exif" not in preview.info


def test_copies_share_a_preview_and_a_second_run_makes_none(tmp_path: Path) -> None:
    one, two = build.jpeg(tmp_path / "1.jpg", 1), build.jpeg(tmp_path / "2.jpg", 1)
    other = build.jpeg(tmp_path / "3.jpg", 2)
    sittings = [PreviewRequest(str(one), "same"), PreviewRequest(str(two), "same"), PreviewRequest(str(other), "other", LARGE)]
    first = dict(make_previews(sittings, tmp_path / "files", workers=2))
    assert set(first) == set(sittings)
    assert {p.name for p in (tmp_path / "files").iterdir()} == {preview_name("same"), preview_name("other", LARGE)}
    assert (first[sittings[0]], first[sittings[2]]) == (preview_name("same"), preview_name("other", LARGE))
    for path in (one, two, other):
        path.unlink()
    assert dict(make_previews(sittings, tmp_path / "files", workers=2)) == first


def test_a_copy_that_cannot_be_read_leaves_the_turn_to_the_next(tmp_path: Path) -> None:
    good = build.jpeg(tmp_path / "good.jpg", 1)
    sittings = [
        PreviewRequest(str(tmp_path / "gone.jpg"), "same"),
        PreviewRequest(str(good), "same"),
        PreviewRequest(str(tmp_path / "lost.jpg"), "lost"),
    ]
    answers = dict(make_previews(sittings, tmp_path / "files", workers=1))
    assert answers[sittings[1]] == preview_name("same")
    assert all(isinstance(answers[sitting], Failure) for sitting in (sittings[0], sittings[2]))
    assert [p.name for p in (tmp_path / "files").iterdir()] == [preview_name("same")]


def test_a_preview_that_cannot_be_written_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    path = build.jpeg(tmp_path / "a.jpg", 1)
    (tmp_path / "in the way").mkdir()
    with pytest.raises(Unreadable, match="could not be written"):
        make_preview(str(path), tmp_path / "in the way")
    assert {p.name for p in tmp_path.iterdir()} == {"a.jpg", "in the way"}


def test_names_are_plain_whatever_the_key() -> None:
    names = {preview_name(key) for key in ("../../x", "a/b\\c", "\udcff", "", "xxh3_128:00")}
    assert len(names) == 5 and all(name.isascii() and name.replace("-", "").replace(".", "").isalnum() for name in names)


@pytest.mark.parametrize(
    ("name", "large"), [("a.HEIC", True), ("a.tif", True), ("a.CR2", True), ("a.jpg", False), ("a.mov", False), ("a", False)]
)
def test_what_browsers_do_not_open_wants_a_larger_preview(name: str, large: bool) -> None:
    assert needs_large(name) is large
