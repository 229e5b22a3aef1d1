"""Equal pixels prove something only where nothing else of a picture would be lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lib.model import Unreadable
from lib.proof.pixels import provable_pixels
from tests import build


def test_tags_make_no_difference(tmp_path: Path) -> None:
    one, other = build.jpeg(tmp_path / "a.jpg", 1), build.jpeg(tmp_path / "b.jpg", 1, date="2020:01:01 00:00:00")
    assert one.read_bytes() != other.read_bytes() and provable_pixels(str(one)) == provable_pixels(str(other))
    assert provable_pixels(str(build.heic(tmp_path / "a.heic"))) == provable_pixels(
        str(build.heic(tmp_path / "b.heic", date="2020:01:01 00:00:00"))
    )


def film_behind(path: Path) -> None:
    build.jpeg(path)
    path.write_bytes(path.read_bytes() + b"\0\0\0\x18ftypmp42" + b"film" * 100)


def two_images(path: Path) -> None:
    build.picture(1).save(path, "MPO", save_all=True, append_images=[build.picture(2)])


def deep(path: Path) -> None:
    Image.fromarray(np.arange(64 * 64, dtype=np.uint16).reshape(64, 64) * 16).save(path, "PNG")


def tiff(path: Path) -> None:
    build.picture(1).save(path, "TIFF")


def cut_off(path: Path) -> None:
    build.jpeg(path)
    path.write_bytes(path.read_bytes()[:-3000])


@pytest.mark.parametrize("make", [film_behind, two_images, deep, tiff, cut_off, build.video])
def test_what_holds_more_than_its_pixels_is_refused(tmp_path: Path, make: Callable[[Path], object]) -> None:
    path = tmp_path / "x.mp4"
    make(path)
    with pytest.raises(Unreadable):
        provable_pixels(str(path))
