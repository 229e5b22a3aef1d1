"""Drives that are far away: one file under two names through a cache, a cable that is pulled, and two computers on one album."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests import build
from tests.disks import cloud_drive, network_drive
from tests.faults import law
from tests.run import ROOT, Desk

pytestmark = pytest.mark.drives
COUNT = 3


@pytest.fixture
def photos(desk: Desk) -> dict[str, str]:
    """The source holds photos, older than today as photos are; every file by its path."""
    for number in range(COUNT):
        photo = build.jpeg(desk.source / f"IMG_{number}.JPG", number + 1, (64, 48), date=f"2019:07:0{number + 1} 12:00:00")
        os.utime(photo, (1_500_000_000, 1_500_000_000))
    return law.look([desk.source])


def view(desk: Desk) -> AbstractContextManager[tuple[Path, Path]]:
    @contextlib.contextmanager
    def both() -> Iterator[tuple[Path, Path]]:
        with network_drive(desk.folder / "view", desk.source) as other:
            yield desk.source, other

    return both()


def view_of_the_source(desk: Desk) -> AbstractContextManager[tuple[Path, Path]]:
    @contextlib.contextmanager
    def both() -> Iterator[tuple[Path, Path]]:
        with network_drive(desk.folder / "view", desk.source) as other:
            yield other, desk.source

    return both()


@contextlib.contextmanager
def two_views(desk: Desk) -> Iterator[tuple[Path, Path]]:
    with network_drive(desk.folder / "view", desk.source) as one, network_drive(desk.folder / "again", desk.source) as other:
        yield one, other


@contextlib.contextmanager
def two_links(desk: Desk) -> Iterator[tuple[Path, Path]]:
    for name in ("one", "other"):
        (desk.folder / "links").mkdir(exist_ok=True)
        (desk.folder / "links" / name).symlink_to(desk.source)
    with network_drive(desk.folder / "view", desk.folder / "links", "follow_symlinks") as place:
        yield place / "one", place / "other"


@contextlib.contextmanager
def cloud(desk: Desk) -> Iterator[tuple[Path, Path]]:
    with cloud_drive(desk.folder / "view", desk.source) as other:
        yield desk.source, other


TWO_NAMES = [view, view_of_the_source, two_views, two_links, cloud]


@pytest.mark.parametrize("duplicates", ["delete", "quarantine"])
@pytest.mark.parametrize("two_names", TWO_NAMES)
def test_a_folder_under_two_names_is_not_imported_for_itself(
    desk: Desk, photos: dict[str, str], two_names: object, duplicates: str
) -> None:
    with two_names(desk) as (album, source):  # type: ignore[operator]  # the parameters are functions of this module
        done = desk.run("--duplicates", duplicates, source=source, album=album)
        assert (done.code, done.counts["failed"]) == (1, COUNT), done.err
    assert law.look([desk.source]) == photos


@pytest.mark.parametrize("delete", [True, False])
@pytest.mark.parametrize("two_names", [view, view_of_the_source, two_links])
def test_a_folder_under_two_names_is_no_heap_of_duplicates(desk: Desk, photos: dict[str, str], two_names: object, delete: bool) -> None:
    script = [sys.executable, str(ROOT / "find_duplicates.py"), "--no-index"]
    with two_names(desk) as (one, other):  # type: ignore[operator]  # the parameters are functions of this module
        words = ["-i", str(one), str(other), "-o", str(desk.folder), "--no-page", "--level", "identical"]
        assert subprocess.run([*script, *words], capture_output=True).returncode == 0
        table = desk.folder / "duplicates.csv"
        assert table.read_text("utf-8-sig").count("identical") == 2 * COUNT
        done = subprocess.run([*script, "--apply", str(table), *(["--delete"] if delete else [])], capture_output=True, text=True)
        assert done.returncode == 1 and "one and the same file" in done.stderr, done
    assert law.look([desk.source]) == photos


@pytest.mark.parametrize("duplicates", ["delete", "quarantine"])
def test_moves_and_duplicates_within_one_network_drive(desk: Desk, photos: dict[str, str], duplicates: str) -> None:
    there = desk.folder / "there"
    shutil.copytree(desk.source, there / "inbox")
    shutil.copytree(desk.source, there / "inbox/copies")
    before = law.look([there])
    with network_drive(desk.folder / "drive", there) as drive:
        done = desk.run("--duplicates", duplicates, source=drive / "inbox", album=drive / "album")
        assert (done.code, done.counts["moved"], done.counts["duplicate"]) == (0, COUNT, COUNT), done.err
        assert desk.start([*desk.command(album=drive / "album")[:-2], "--undo"]).code == 0
    assert law.visible(law.look([there])) == before and len(photos) == COUNT
