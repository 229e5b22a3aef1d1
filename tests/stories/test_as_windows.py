"""The three scripts where files behave as on Windows: nothing that only Linux gives is needed to move, copy, remove and put back."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests import build
from tests.run import Desk, album_files
from tests.stories import test_match_thumbnails
from tests.stories.test_find_duplicates import Table

DAY = "2019:07:03 12:34:56"
HOOKS = Path(__file__).parents[1] / "as_windows"


@pytest.fixture(autouse=True, params=["ntfs", "fat"])
def as_windows(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is started in the test does as Windows does; on FAT a rename gives a file another inode."""
    monkeypatch.setenv("PYTHONPATH", os.fspath(HOOKS))
    monkeypatch.setenv("PYTHONTZPATH", "")
    if request.param == "fat":
        monkeypatch.setenv("TESTS_FAT", os.fspath(tmp_path))


def messy(desk: Desk) -> dict[str, bytes]:
    """A source with all that an import tells apart: what it holds."""
    original = build.jpeg(desk.source / "a" / "IMG_0001.JPG", 1, date=DAY)
    build.jpeg(desk.source / "b" / "IMG_0001.JPG", 2, date=DAY)
    shutil.copy2(original, desk.source / "a copy.jpg")
    os.link(original, desk.source / "another name.jpg")
    build.heic(desk.source / "IMG_4711.HEIC", 3, date="2019:08:01 00:30:00", offset="+08:00")
    build.video(desk.source / "v.mp4", 6, created="2019-12-31T23:30:00Z")
    (desk.source / "notes.txt").write_text("no picture")
    read_only = build.jpeg(desk.source / "locked.jpg", 8, date=DAY)
    read_only.chmod(0o444)
    return build.tree(desk.source)


@pytest.mark.parametrize("far, duplicates", [(False, "leave"), (True, "leave"), (False, "quarantine"), (True, "delete")])
def test_a_move_its_duplicates_and_the_way_back(desk: Desk, far_path: Path, far: bool, duplicates: str) -> None:
    before, album = messy(desk), far_path / "album" if far else desk.album

    done = desk.run("--duplicates", duplicates, album=album)

    assert (done.code, done.err) == (0, "")
    assert done.counts == {"moved": 5, "duplicate": 2, "skipped": 1}
    assert set(build.tree(desk.source).values()) == {b"no picture", *([before["a copy.jpg"]] if duplicates == "leave" else [])}
    assert {before["a copy.jpg"], before["locked.jpg"], before["IMG_4711.HEIC"], before["v.mp4"]} < set(album_files(album).values())
    assert desk.run("--verify", album=album).code == 0
    undone = desk.run("--undo", album=album)
    assert (undone.code, undone.err) == (0, "")
    assert build.tree(desk.source) == before
    assert album_files(album) == {}


@pytest.mark.parametrize("far", [False, True], ids=["one drive", "two drives"])
def test_a_copy_and_the_same_again(desk: Desk, far_path: Path, far: bool) -> None:
    before, album = messy(desk), far_path / "album" if far else desk.album
    done = desk.run("--copy", album=album)
    assert (done.code, done.counts) == (0, {"copied": 5, "duplicate": 2, "skipped": 1})
    assert build.tree(desk.source) == before
    copied = album_files(album)
    again = desk.run("--copy", album=album)
    assert (again.code, again.counts) == (0, {"duplicate": 7, "skipped": 1})
    assert album_files(album) == copied
    assert desk.run("--undo", album=album).code == 0
    assert (album_files(album), build.tree(desk.source)) == ({}, before)


@pytest.mark.parametrize("options", [(), ("--delete",)], ids=["quarantine", "delete"])
def test_duplicates_go_and_come_back(tmp_path: Path, options: tuple[str, ...]) -> None:
    table = Table(tmp_path)
    one = build.jpeg(table.drive / "one.jpg", 1, (800, 600))
    shutil.copy2(one, table.drive / "two.jpg")
    shutil.copy2(one, table.drive / "three.jpg")
    (table.drive / "three.jpg").chmod(0o444)
    before = table.files()
    rows = table.search()
    assert [row["action"] for row in rows] == ["keep", "remove", "remove"]
    applied = table.run("--apply", table.report, *options)
    assert (applied.code, applied.err) == (0, ""), applied
    after = {name: data for name, data in table.files().items() if not name.startswith("quarantine/")}
    assert list(after.values()) == [before["one.jpg"]]
    undone = table.run("--undo", "--input", table.drive)
    assert (undone.code, undone.err) == (0, ""), undone
    assert table.files() == before


def test_thumbnails_find_their_photos_and_what_was_chosen_is_copied_and_taken_out(tmp_path: Path) -> None:
    desk = test_match_thumbnails.Desk(tmp_path)
    for seed in (1, 2, 3):
        test_match_thumbnails.photo(tmp_path / "album" / f"{seed}.jpg", seed)
    test_match_thumbnails.thumb(tmp_path / "thumbs" / "set" / "a.jpg", test_match_thumbnails.shot(1))
    test_match_thumbnails.thumb(tmp_path / "thumbs" / "set" / "b.jpg", test_match_thumbnails.shot(2))
    desk.run()
    photos = build.tree(tmp_path / "album")
    assert sorted(desk.selected().values()) == sorted([photos["1.jpg"], photos["2.jpg"]])

    def none_of_it(row: dict[str, str]) -> None:
        row["status"] = "none" if row["thumbnail"].endswith("b.jpg") else row["status"]

    desk.rewrite(none_of_it)
    desk.apply()
    assert list(desk.selected().values()) == [photos["1.jpg"]]
    assert build.tree(tmp_path / "album") == photos
