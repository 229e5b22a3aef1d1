"""Libraries of Photos and Lightroom lie in the folder that is imported: nothing in them is ever changed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from lib.files import scanning
from lib.transfer.operation import Result
from tests import build
from tests.moves import carry_out, move, remove, write
from tests.run import Desk, snapshot
from tests.stories.test_find_duplicates import Table

DAY = "2019:07:03 12:34:56"


def pictures(folder: Path) -> tuple[Path, Path]:
    """A picture, a library of Photos and one of Lightroom, each with originals and previews, and the previews of a catalogue."""
    photos, lightroom = folder / "Photos Library.photoslibrary", folder / "Lightroom Library.lrlibrary"
    build.jpeg(folder / "loose.jpg", 1, date=DAY)
    build.jpeg(photos / "originals" / "A" / "A1.jpeg", 2, date=DAY)
    build.jpeg(photos / "originals" / "B" / "B1.jpeg", 3, date=DAY)
    build.jpeg(photos / "resources" / "derivatives" / "A1_4.jpeg", 2, (160, 120), date=DAY)
    write(photos / "database" / "Photos.sqlite", "catalogue")
    build.jpeg(lightroom / "3f" / "originals" / "2019" / "C1.jpg", 4, date=DAY)
    build.jpeg(lightroom / "3f" / "previews" / "C1.jpg", 4, (160, 120), date=DAY)
    build.jpeg(folder / "Catalog Previews.lrdata" / "0" / "p.jpg", 4, (160, 120), date=DAY)
    return photos, lightroom


def test_their_pictures_are_counted_and_stay(desk: Desk) -> None:
    photos, lightroom = pictures(desk.source)
    before = snapshot(photos, lightroom)
    done = desk.run("--duplicates", "delete")
    assert done.code == 0
    assert snapshot(photos, lightroom) == before
    assert set(desk.in_album()) == {"2019/07/loose.jpg"}
    assert {Path(row["source"]).name for row in done.rows if row["rule"] == "in a library"} == {
        "A1.jpeg",
        "B1.jpeg",
        "C1.jpg",
        "Catalog Previews.lrdata",
    }
    assert "4 in libraries of other programs (--libraries copies their originals)" in done.out


@pytest.mark.parametrize("duplicates", ["quarantine", "delete"])
def test_their_originals_are_copied_where_that_is_asked_for(desk: Desk, duplicates: str) -> None:
    photos, lightroom = pictures(desk.source)
    shutil.copy2(photos / "originals" / "A" / "A1.jpeg", desk.source / "A1 loose.jpeg")
    before = snapshot(photos, lightroom)
    done = desk.run("--libraries", "--duplicates", duplicates)
    assert done.code == 0
    assert snapshot(photos, lightroom) == before
    assert {Path(name).name for name in desk.in_album()} >= {"loose.jpg", "B1.jpeg", "C1.jpg"}
    assert not any("_4" in name for name in desk.in_album()), "derivatives are no photos"
    assert {Path(row["source"]).name: row["action"] for row in done.rows} == {
        "loose.jpg": "moved",
        "A1 loose.jpeg": "moved",
        "A1.jpeg": "duplicate",
        "B1.jpeg": "copied",
        "C1.jpg": "copied",
    }
    assert desk.run("--undo").code == 0
    assert snapshot(photos, lightroom) == before


@pytest.mark.parametrize("place", ["input", "output"])
def test_a_library_is_neither_imported_from_alone_nor_an_album(desk: Desk, place: str) -> None:
    photos, _ = pictures(desk.source)
    before = snapshot(photos)
    done = desk.run(source=photos / "originals") if place == "input" else desk.run(album=photos / "album")
    assert done.code == 2 and "librar" in done.err
    assert snapshot(photos) == before


def test_no_operation_reaches_into_a_library(tmp_path: Path) -> None:
    photos, _ = pictures(tmp_path / "Pictures")
    original, loose = photos / "originals" / "A" / "A1.jpeg", tmp_path / "Pictures" / "loose.jpg"
    shutil.copy2(original, tmp_path / "kept.jpeg")
    before = snapshot(photos)
    operations = [
        move(original, tmp_path / "album", "a.jpeg"),
        remove(original, tmp_path, "kept.jpeg"),
        move(loose, photos, "originals/loose.jpg"),
    ]
    for operation in operations:
        (outcome,) = carry_out(tmp_path / "album", [operation])
        assert (outcome.result, outcome.reason) == (
            Result.FAILED,
            "it lies in a library of another program, which is never changed",
        )
    assert snapshot(photos) == before


def test_duplicates_in_a_library_are_not_looked_for(tmp_path: Path) -> None:
    table = Table(tmp_path)
    photos, lightroom = pictures(table.drive)
    shutil.copy2(photos / "originals" / "A" / "A1.jpeg", table.drive / "copy.jpeg")
    before = snapshot(photos, lightroom)
    assert table.search() == []
    assert snapshot(photos, lightroom) == before


def test_a_file_that_lies_in_the_cloud_only_is_listed_and_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here, away = write(tmp_path / "here.jpg", "here"), write(tmp_path / "away.jpg", "away")
    os.utime(away, (7, 7))
    monkeypatch.setattr(scanning, "_MAY_BE_IN_CLOUD", True)
    monkeypatch.setattr(scanning, "is_in_cloud", lambda seen: seen.st_mtime == 7)
    found = list(scanning.scan([str(tmp_path)]))
    assert [one.path for one in found] == [str(away), str(here)]
    assert "in the cloud only" in getattr(found[0], "reason", "")


@pytest.mark.parametrize(
    ("told", "away"),
    [
        ({}, False),
        ({"st_file_attributes": 0x20}, False),
        ({"st_file_attributes": 0x00400020}, True),
        ({"st_file_attributes": 0x00040020}, True),
        ({"st_file_attributes": 0x00001020}, True),
        ({"st_flags": 0}, False),
        ({"st_flags": 0x40000000}, True),
    ],
)
def test_what_the_system_says_of_a_file_in_the_cloud(told: dict[str, int], away: bool) -> None:
    assert scanning.is_in_cloud(type("Status", (), told)()) is away
