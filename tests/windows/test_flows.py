"""What a person does on Windows with c:/… and d:/…, by a Windows Python: every flow of the three scripts, there and back."""

from __future__ import annotations

import contextlib
import csv
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import build
from tests.run import album_files
from tests.stories.test_match_thumbnails import photo, shot, thumb
from tests.windows import wine_python
from tests.windows.conftest import Computer

DAY = "2019:07:03 12:34:56"
Row = dict[str, str]
short = pytest.mark.short
pytestmark = pytest.mark.windows


def card(folder: Path) -> dict[str, bytes]:
    """Five pictures, one of them twice, two of one name, and a text: what the folder holds."""
    original = build.jpeg(folder / "a" / "IMG_0001.JPG", 1, date=DAY)
    build.jpeg(folder / "b" / "IMG_0001.JPG", 2, date=DAY)
    shutil.copy2(original, folder / "a copy.jpg")
    build.heic(folder / "IMG_4711.HEIC", 3, date="2019:08:01 00:30:00", offset="+08:00")
    build.video(folder / "film.mp4", 6, created="2019-12-31T23:30:00Z")
    (folder / "notes.txt").write_text("no picture")
    for number, path in enumerate(sorted(folder.rglob("*"))):
        os.utime(path, (1_500_000_000 + number, 1_500_000_000 + number))
    return build.tree(folder)


def rewrite(report: Path, decide: Callable[[Row], None]) -> None:
    """Let `decide` change each row of a table, as a person does in a spreadsheet."""
    with report.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        decide(row)
    with report.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def without_own(tree: dict[str, bytes]) -> dict[str, bytes]:
    return {name: data for name, data in tree.items() if not name.startswith(".photo-toolkit")}


@short
def test_a_dry_run_changes_nothing(pc: Computer) -> None:
    before = card(pc.c / "card")
    done = pc.run("import.py", "--input", pc.c / "card", "--output", pc.d / "album", "--dryrun")
    assert "6 found = 4 moved + 0 copied + 1 duplicate + 0 superseded + 0 in place + 1 skipped + 0 failed" in done.told
    assert build.tree(pc.c / "card") == before
    assert not (pc.d / "album").exists()


@short
def test_a_move_from_c_to_d_and_back(pc: Computer) -> None:
    before = card(pc.c / "card")
    times = {path.name: path.stat().st_mtime for path in (pc.c / "card").rglob("*")}
    # As they were typed by the person who asked for this, with slashes
    there = [pc.there(path).replace("\\", "/").lower() for path in (pc.c / "card", pc.d / "album")]
    done = pc.run("import.py", "--input", there[0], "--output", there[1], "--workers", "2")
    assert "6 found = 4 moved + 0 copied + 1 duplicate + 0 superseded + 0 in place + 1 skipped + 0 failed" in done.told
    assert set(build.tree(pc.c / "card")) == {"notes.txt", "a copy.jpg"}
    album = album_files(pc.d / "album")
    assert set(album) == {"2019/07/IMG_0001.JPG", "2019/07/IMG_0001_2.JPG", "2019/08/IMG_4711.HEIC", "2019/12/film.mp4"}
    assert (pc.d / "album" / "2019" / "08" / "IMG_4711.HEIC").stat().st_mtime == times["IMG_4711.HEIC"]
    assert "4 files" in pc.run("import.py", "--verify", "--output", pc.d / "album").told
    undone = pc.run("import.py", "--undo", "--output", pc.d / "album")
    assert "put back: 4 files; 0 stay" in undone.told
    assert (build.tree(pc.c / "card"), album_files(pc.d / "album")) == (before, {})


def test_a_move_within_a_drive_and_back(pc: Computer) -> None:
    before = card(pc.c / "card")
    done = pc.run("import.py", "--input", pc.c / "card", "--output", pc.c / "album")
    assert sorted(done.actions().values()).count("moved") == 4 or "4 moved" in done.told
    assert pc.run("import.py", "--verify", "--output", pc.c / "album").code == 0
    assert "put back: 4 files; 0 stay" in pc.run("import.py", "--undo", "--output", pc.c / "album").told
    assert (build.tree(pc.c / "card"), album_files(pc.c / "album")) == (before, {})


@short
def test_a_copy_the_same_again_and_undo(pc: Computer) -> None:
    before = card(pc.c / "card")
    assert "4 copied + 1 duplicate" in pc.run("import.py", "--copy", "--input", pc.c / "card", "--output", pc.d / "album").told
    copied = album_files(pc.d / "album")
    again = pc.run("import.py", "--copy", "--input", pc.c / "card", "--output", pc.d / "album")
    assert "0 copied + 5 duplicate" in again.told
    assert album_files(pc.d / "album") == copied
    assert "put back: 4 files; 0 stay" in pc.run("import.py", "--undo", "--output", pc.d / "album").told
    assert (build.tree(pc.c / "card"), album_files(pc.d / "album")) == (before, {})


@pytest.mark.parametrize("how", [pytest.param("quarantine"), pytest.param("delete", marks=short)])
def test_duplicates_in_an_import(pc: Computer, how: str) -> None:
    before = card(pc.c / "card")
    os.link(pc.c / "card" / "a copy.jpg", pc.c / "card" / "hard link.jpg")
    done = pc.run("import.py", "--duplicates", how, "--input", pc.c / "card", "--output", pc.d / "album")
    assert "7 found = 4 moved + 0 copied + 2 duplicate" in done.told
    assert set(build.tree(pc.c / "card")) == {"notes.txt"}
    assert len(album_files(pc.d / "album")) == (6 if how == "quarantine" else 4)
    assert "0 stay" in pc.run("import.py", "--undo", "--output", pc.d / "album").told
    assert build.tree(pc.c / "card") == before | {"hard link.jpg": before["a copy.jpg"]}


def test_verify_names_what_has_changed(pc: Computer) -> None:
    card(pc.c / "card")
    pc.run("import.py", "--input", pc.c / "card", "--output", pc.d / "album")
    (pc.d / "album" / "2019" / "12" / "film.mp4").write_bytes(b"rotten")
    told = pc.run("import.py", "--verify", "--output", pc.d / "album", code=1).told
    assert "film.mp4" in told


@pytest.mark.parametrize("how", [pytest.param("quarantine", marks=short), pytest.param("delete")])
def test_duplicates_are_found_applied_and_put_back(pc: Computer, how: str) -> None:
    before = card(pc.d / "photos")
    found = pc.run("find_duplicates.py", "--input", pc.d / "photos", "--output", pc.c / "out")
    assert (pc.c / "out" / "duplicates.html").is_file(), found.told
    options = ("--delete",) if how == "delete" else ()
    pc.run("find_duplicates.py", "--apply", pc.c / "out" / "duplicates.csv", *options)
    after = {name for name in build.tree(pc.d / "photos") if not name.startswith((".photo-toolkit", "quarantine"))}
    assert len(before) - len(after) == 1
    pc.run("find_duplicates.py", "--undo", "--output", pc.c / "out")
    assert without_own(build.tree(pc.d / "photos")) == before


@pytest.mark.parametrize("how", [pytest.param("copy", marks=short), pytest.param("link")])
def test_thumbnails_find_their_photos(pc: Computer, how: str) -> None:
    for seed in (1, 2, 3):
        photo(pc.c / "album" / f"{seed}.jpg", seed)
    thumb(pc.c / "thumbs" / "set" / "a.jpg", shot(1))
    thumb(pc.c / "thumbs" / "set" / "b.jpg", shot(2))
    photos = build.tree(pc.c / "album")
    options = ("--link",) if how == "link" else ()
    pc.run("match_thumbnails.py", "--thumbnails", pc.c / "thumbs", "--album", pc.c / "album", "--output", pc.c / "out", *options)
    assert sorted(build.tree(pc.c / "out" / "selected").values()) == sorted([photos["1.jpg"], photos["2.jpg"]])

    def one_less(row: Row) -> None:
        row["status"] = "none" if row["thumbnail"].endswith("b.jpg") else row["status"]

    rewrite(pc.c / "out" / "matches.csv", one_less)
    pc.run("match_thumbnails.py", "--apply", pc.c / "out" / "matches.csv", "--output", pc.c / "out")
    assert list(build.tree(pc.c / "out" / "selected").values()) == [photos["1.jpg"]]
    assert build.tree(pc.c / "album") == photos


@pytest.mark.parametrize("at", [2, 5])
def test_a_run_that_is_cut_off_goes_on(pc: Computer, at: int) -> None:
    before = card(pc.c / "card")
    pc.variables["FLOW_END_AT"] = str(at)
    pc.run("import.py", "--input", pc.c / "card", "--output", pc.d / "album", code=9)
    everywhere = {*build.tree(pc.c / "card").values(), *build.tree(pc.d / "album").values()}
    assert set(before.values()) <= everywhere
    pc.variables.clear()
    again = pc.run("import.py", "--input", pc.c / "card", "--output", pc.d / "album")
    assert "had been cut off" in again.told
    assert set(album_files(pc.d / "album").values()) == set(before.values()) - {b"no picture"}
    assert set(build.tree(pc.c / "card")) == {"notes.txt", "a copy.jpg"}
    assert pc.run("import.py", "--verify", "--output", pc.d / "album").code == 0


@short
def test_names_in_many_scripts_and_reserved_ones(pc: Computer) -> None:
    names = ["照片.jpg", "صورة.jpg", "😀 party.jpg", "C'est là & 100% $HOME.JPG", "=SUM(1).jpg", "é.jpg", "ﬁn.jpg"]
    for seed, name in enumerate(names):
        build.jpeg(pc.c / "card" / name, seed, date=DAY, model="aux")
    before = build.tree(pc.c / "card")
    done = pc.run("import.py", "--input", pc.c / "card", "--output", pc.d / "album", "--folders", "{camera}")
    assert set(done.actions().values()) == {"moved"}, done.told
    assert {name.split("/")[0] for name in album_files(pc.d / "album")} == {"_aux"}
    assert sorted(album_files(pc.d / "album").values()) == sorted(before.values())
    assert pc.run("import.py", "--verify", "--output", pc.d / "album").code == 0
    assert "0 stay" in pc.run("import.py", "--undo", "--output", pc.d / "album").told
    assert build.tree(pc.c / "card") == before


@short
def test_read_only_files_move_and_come_back(pc: Computer) -> None:
    before = card(pc.c / "card")
    for path in (pc.c / "card").rglob("*.*"):
        path.chmod(0o444)
    pc.run("import.py", "--input", pc.c / "card", "--output", pc.d / "album", "--duplicates", "delete")
    assert set(build.tree(pc.c / "card")) == {"notes.txt"}
    assert not (pc.d / "album" / "2019" / "12" / "film.mp4").stat().st_mode & 0o200, "the mark is kept"
    assert "0 stay" in pc.run("import.py", "--undo", "--output", pc.d / "album").told
    assert build.tree(pc.c / "card") == before


@pytest.mark.parametrize("drives", [pytest.param("cc"), pytest.param("cd", marks=short), pytest.param("dd")])
def test_a_drive_with_fat_gives_other_inodes_with_a_rename(pc: Computer, drives: str) -> None:
    pc.variables["FLOW_FAT"] = "d:" if "d" in drives else "c:"
    source, album = ({"c": pc.c, "d": pc.d}[drive] for drive in drives)
    before = card(source / "card")
    pc.run("import.py", "--input", source / "card", "--output", album / "album", "--duplicates", "delete")
    assert set(build.tree(source / "card")) == {"notes.txt"}
    assert "0 stay" in pc.run("import.py", "--undo", "--output", album / "album").told
    assert build.tree(source / "card") == before


@pytest.mark.parametrize("zone", ["Asia/Tokyo", pytest.param("+09:00")])
def test_a_zone_by_name_and_by_offset(pc: Computer, zone: str) -> None:
    build.video(pc.c / "card" / "film.mp4", 6, created="2019-12-31T23:30:00Z")
    done = pc.run("import.py", "--input", pc.c / "card", "--output", pc.d / "album", "--zone", zone, "--dryrun")
    assert [row["capture_date"] for row in done.rows] == ["2020-01-01 08:30:00"]


@contextlib.contextmanager
def another_drive_d(pc: Computer) -> Iterator[None]:
    """Within the block another drive has the letter D:. Wine's services, which remember drives, are ended before and after."""
    letter, other = pc.installed / "prefix" / "dosdevices" / "d:", pc.installed / "other"
    other.mkdir(exist_ok=True)
    (other / ".windows-serial").write_text("0BADCAFE\n")

    def give_letter_to(place: Path) -> None:
        subprocess.run(["wineserver", "--kill"], env=wine_python.environment(pc.installed), check=False)
        letter.unlink()
        letter.symlink_to(place)

    give_letter_to(other)
    try:
        yield
    finally:
        give_letter_to(pc.installed / "d")


def test_what_is_known_of_a_drive_that_is_away_is_compared(pc: Computer) -> None:
    before = card(pc.d / "photos")
    pc.run("find_duplicates.py", "--input", pc.d / "photos", "--remember", "--output", pc.c / "out")
    shutil.copytree(pc.d / "photos", pc.c / "photos")
    with another_drive_d(pc):
        pc.run("find_duplicates.py", "--input", pc.c / "photos", "--known", "--level", "identical", "--output", pc.c / "out", "--no-page")
    with (pc.c / "out" / "duplicates.csv").open(encoding="utf-8-sig", newline="") as file:
        offline = [row["path"] for row in csv.DictReader(file) if row["location"] == "offline"]
    assert len(offline) == len([name for name in before if name != "notes.txt"])
    assert all(path.startswith("D:\\") for path in offline)


def test_watch_takes_what_comes_and_ends_when_it_is_told_to(pc: Computer) -> None:
    (pc.c / "inbox").mkdir()
    options = ("--watch", "--settle", "1", "--poll", "0.5", "--input", pc.c / "inbox", "--output", pc.d / "album", "--report", pc.report)
    with pc.started("import.py", *options) as watching:
        _wait(lambda: "Watching" in watching.told)
        build.jpeg(pc.c / "inbox" / "IMG_1.jpg", 1, date=DAY)
        _wait(lambda: (pc.d / "album" / "2019" / "07" / "IMG_1.jpg").exists() and "Report:" in watching.told)
    assert build.tree(pc.c / "inbox") == {}


def _wait(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < end, "it did not come to it within two minutes"
        time.sleep(0.1)


HOLD = (
    "import sys, threading, time; sys.path.insert(0, 'C:/toolkit'); from lib.transfer.locked_folder import lock_folder; "
    "held = lock_folder(sys.argv[1], stop=threading.Event()); held.__enter__(); print('held', flush=True); time.sleep(600)"
)


@short
def test_a_second_run_is_refused_in_words(pc: Computer) -> None:
    before = card(pc.c / "card")
    with pc.started("", words=["-c", HOLD, pc.there(pc.d / "album")]) as holder:
        _wait(lambda: "held" in holder.told)
        refused = pc.run("import.py", "--input", pc.c / "card", "--output", pc.d / "album", code=2)
    assert "Another run (" in refused.told and "is changing D:\\flows" in refused.told
    assert build.tree(pc.c / "card") == before
