"""Disks as people have them: full, read-only, FAT-like, case-blind, and the same folder under two names."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests import build
from tests.disks import drive, mounted
from tests.faults import law
from tests.run import Desk, Done

DAY = "2019:07:03 12:00:00"


def exfat(place: Path) -> AbstractContextManager[Path]:
    return drive(place, make="mkfs.exfat", mount="mount.exfat-fuse")


def ntfs(place: Path) -> AbstractContextManager[Path]:
    return drive(place, make="mkntfs -F -q", mount="lowntfs-3g", options="ignore_case,windows_names")


@pytest.fixture
def photos(desk: Desk) -> dict[str, str]:
    """A source with two pictures of one name, and a copy of one of them; every file by its path."""
    build.jpeg(desk.source / "IMG_1.JPG", 1, date=DAY)
    build.jpeg(desk.source / "phone/img_1.jpg", 2, date=DAY)
    (desk.source / "old").mkdir()
    shutil.copy2(desk.source / "IMG_1.JPG", desk.source / "old")
    return law.look([desk.source])


def put_back(desk: Desk, album: Path) -> Done:
    """Undo the last run."""
    words = [word for word in desk.command("--undo", album=album) if word not in ("--input", str(desk.source))]
    return desk.start(words)


@pytest.mark.parametrize("kind", [exfat, ntfs])
def test_a_drive_that_knows_little_takes_everything_and_gives_it_back(desk: Desk, photos: dict[str, str], kind: object) -> None:
    with (exfat if kind is exfat else ntfs)(desk.folder / "drive") as place:
        album = place / "album"
        done = desk.run("--duplicates", "delete", album=album)
        assert (done.code, done.counts["moved"], done.counts["duplicate"]) == (0, 2, 1), done.err
        assert law.look([desk.source]) == {} and set(law.look([album]).values()) == set(photos.values())
        assert desk.run(album=album).code == 0
        assert desk.start([*desk.command(album=album)[:-2], "--verify"]).code == 0
        assert put_back(desk, album).code == 0
        assert law.look([desk.source]) == photos and law.visible(law.look([album])) == {}


def test_sources_on_such_a_drive_are_sorted_on_it(desk: Desk, photos: dict[str, str]) -> None:
    with exfat(desk.folder / "drive") as place:
        source = place / "camera"
        shutil.copytree(desk.source, source)
        before = law.look([source])
        done = desk.run("--duplicates", "quarantine", source=source, album=place / "album")
        assert done.code == 0, done.err
        assert law.look([source]) == {} and sorted(law.look([place / "album"]).values()) == sorted(before.values())
        assert put_back(desk, place / "album").code == 0
        assert law.look([source]) == before
    assert len(photos) == 3


def test_a_disk_with_no_room_for_another_name(desk: Desk, photos: dict[str, str]) -> None:
    with mounted(desk.folder / "drive", "-t", "tmpfs", "-o", "size=64m,nr_inodes=9", "none") as place:
        done = desk.run(album=place / "album")
        assert done.code in (1, 2) and ("is full" in done.err or "no space left" in done.err), done.err
        law.nothing_lost(photos, law.look([desk.source, place]))
        subdue = ["mount", "-o", "remount,nr_inodes=0", str(place)]
        assert os.spawnvp(os.P_WAIT, subdue[0], subdue) == 0
        assert desk.run(album=place / "album").code == 0
        law.all_settled([place])
        law.nothing_lost(photos, law.look([desk.source, place]))
        assert len(law.look([place])) == 2


def test_a_drive_that_can_only_be_read(desk: Desk, photos: dict[str, str]) -> None:
    with mounted(desk.folder / "drive", "-o", "bind,ro", desk.source) as source:
        refused = desk.run(album=source / "album")
        assert refused.code == 2 and len(refused.err.splitlines()) == 1
        done = desk.run(source=source)
        assert done.code == 1 and done.counts["copied"] == 2 and "source kept" in done.rows[0]["error"]
        assert len(desk.in_album()) == 2
        again = desk.run(source=source)
        assert again.code == 0 and again.counts["duplicate"] == 3
    assert law.look([desk.source]) == photos


@pytest.fixture
def sorted_album(desk: Desk, photos: dict[str, str]) -> Iterator[dict[str, str]]:
    """An album that the pictures are in, each with its path."""
    assert desk.run("--copy").code == 0
    yield law.look([desk.album])


@pytest.mark.parametrize("duplicates", ["leave", "quarantine", "delete"])
@pytest.mark.parametrize("part", [".", "2019", "2019/07"])
def test_an_album_under_a_second_name_is_no_source_for_itself(desk: Desk, sorted_album: dict[str, str], duplicates: str, part: str) -> None:
    with mounted(desk.folder / "second name", "--bind", desk.album / part) as source:
        done = desk.run("--duplicates", duplicates, source=source)
        assert done.code in (0, 1, 2)
        assert law.look([desk.album]) == sorted_album


@pytest.mark.parametrize("duplicates", ["quarantine", "delete"])
def test_an_album_seen_through_an_overlay_is_not_removed_for_itself(desk: Desk, sorted_album: dict[str, str], duplicates: str) -> None:
    with mounted(desk.folder / "memory", "-t", "tmpfs", "none") as memory:
        for name in ("upper", "work", "lower"):
            (memory / name).mkdir()
        shutil.copytree(desk.album / "2019", memory / "upper/album/2019")
        layers = f"lowerdir={memory / 'lower'},upperdir={memory / 'upper'},workdir={memory / 'work'}"
        with mounted(desk.folder / "merged", "-t", "overlay", "-o", layers, "overlay") as merged:
            before = set(law.look([merged]).values())
            desk.run("--duplicates", duplicates, source=memory / "upper/album/2019", album=merged / "album")
            assert set(law.look([merged]).values()) == before == set(sorted_album.values())
