"""What an import reads of the files that it found."""

from __future__ import annotations

import pytest

from lib.album.facts import files_to_read
from lib.model import MediaFile


def file(name: str, size: int = 9) -> MediaFile:
    return MediaFile("/card", name, size, 0, 0, 1, 1)


@pytest.mark.parametrize(
    ("found", "read"),
    [
        ((file("a.jpg"), file("a.xmp")), {"a.jpg", "a.xmp"}),
        ((file("a.jpg", 0), file("a.xmp", 0)), {"a.xmp"}),
        ((file("DSC1.JPG"), file("dsc1.wav"), file("song.wav")), {"DSC1.JPG", "dsc1.wav"}),
        ((file("todo.txt"), file("song.wav")), set()),
    ],
)
def test_pictures_sidecars_and_notes_to_pictures_are_read(found: tuple[MediaFile, ...], read: set[str]) -> None:
    assert {one.name for one in files_to_read(found)} == read
