"""An album file went bad, or was changed behind our back: it beats nothing, is named, and the right bytes get their place back."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

import pytest

from lib.transfer import manifest
from tests import build
from tests.run import Desk

DAY = "2019:07:03 12:34:56"


def imported(desk: Desk, *options: str) -> dict[str, bytes]:
    """A photo with its sidecar, a Live Photo's video beside another one, and what they are, by their names in the album."""
    build.jpeg(desk.source / "IMG_1.jpg", 1, (640, 480), date=DAY)
    (desk.source / "IMG_1.xmp").write_text("<x/>")
    build.heic(desk.source / "IMG_2.heic", 2, date=DAY)
    build.video(desk.source / "IMG_2.mov", 2, created="2019-07-03T12:34:57Z")
    assert desk.run("--copy", *options).code == 0
    return desk.in_album()


def rot(path: Path, at: float = 0.7) -> bytes:
    """Flip a bit, as a failing disk does: size and times are what they were."""
    seen, data = path.stat(), bytearray(path.read_bytes())
    data[int(len(data) * at)] ^= 4
    with path.open("r+b") as file:
        file.write(data)
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    return bytes(data)


def forge(desk: Desk, path: Path) -> None:
    """Let the index know the file as it is seen now with the checksum of before: a disk that goes bad changes no time of any kind."""
    with contextlib.closing(sqlite3.connect(desk.folder / "index")) as base, base:
        seen = path.stat()
        changed = base.execute("update file set ctime_ns = ? where inode = ?", (seen.st_ctime_ns, seen.st_ino))
        assert changed.rowcount == 1


@pytest.mark.parametrize("index", ["remembered", "--no-index"])
@pytest.mark.parametrize("name", ["IMG_1.jpg", "IMG_2.heic", "IMG_2.mov", "IMG_1.xmp"])
def test_the_right_bytes_take_the_place_of_a_file_that_went_bad(desk: Desk, name: str, index: str) -> None:
    options = [index] if index.startswith("-") else []
    before = imported(desk, *options)
    place = f"2019/07/{name}"
    rotten = rot(desk.album / place)
    if not options:
        forge(desk, desk.album / place)

    done = desk.run("--copy", *options)

    row = done.row(f"/{name}")
    assert (row["action"], row["rule"], row["destination"]) == ("copied", "repaired", place)
    assert row["competitor"] == place and f"which goes to superseded/{place}" in row["reason"]
    assert desk.in_album() == {**before, f"superseded/{place}": rotten}
    assert "1 file of the album had gone bad and is repaired" in done.out
    assert {row["action"] for row in done.rows if not row["source"].endswith(name)} <= {"duplicate", "copied"}
    assert desk.run("--verify").code == 0
    assert desk.run("--copy", *options).counts == {"duplicate": 4}

    assert desk.run("--undo").code == 0
    assert desk.in_album() == {**before, place: rotten}
    verified = desk.run("--verify")
    assert (verified.code, verified.out.splitlines()[0]) == (1, f"changed: {place}"), "what is rotten again must not pass as sound"


def test_a_file_that_went_bad_wins_against_nothing(desk: Desk) -> None:
    build.jpeg(desk.source / "IMG.jpg", 1, (640, 480), date=DAY)
    desk.run()
    rot(desk.album / "2019/07/IMG.jpg")
    lesser = build.jpeg(desk.source / "IMG.jpg", 1, (320, 240), date=DAY).read_bytes()

    done = desk.run()

    assert desk.in_album()["2019/07/IMG_2.jpg"] == lesser
    assert done.code == 1
    assert "2019/07/IMG.jpg: its bytes are not those that SHA256SUMS has" in done.err
    assert done.row("IMG.jpg")["rule"] == "numbered"


def test_a_file_that_was_cut_is_repaired_and_one_that_was_edited_stays(desk: Desk) -> None:
    for name, seed in (("cut.jpg", 1), ("edited.jpg", 2)):
        build.jpeg(desk.source / name, seed, (640, 480), date=DAY)
    desk.run("--copy")
    before = desk.in_album()
    cut, edited = desk.album / "2019/07/cut.jpg", desk.album / "2019/07/edited.jpg"
    os.truncate(cut, cut.stat().st_size // 2)
    build.jpeg(edited, 2, (640, 480), quality=95, date=DAY)
    edit = edited.read_bytes()

    done = desk.run("--copy")

    assert done.row("cut.jpg")["rule"] == "repaired"
    now = desk.in_album()
    assert now["2019/07/cut.jpg"] == before["2019/07/cut.jpg"]
    assert (now["2019/07/edited.jpg"], now["2019/07/edited_2.jpg"]) == (edit, before["2019/07/edited.jpg"])
    assert "2019/07/edited.jpg: its bytes are not those" in done.err and "cut.jpg" not in done.err


def test_a_duplicate_rests_on_a_reading_in_this_run(desk: Desk) -> None:
    build.jpeg(desk.source / "IMG.jpg", 1, date=DAY)
    desk.run("--copy")
    path = desk.album / "2019/07/IMG.jpg"
    (desk.album / "SHA256SUMS").unlink()
    rotten = rot(path)
    forge(desk, path)

    done = desk.run("--copy")

    assert done.row("IMG.jpg")["action"] == "copied"
    assert desk.in_album()["2019/07/IMG.jpg"] == rotten
    assert (desk.source / "IMG.jpg").read_bytes() in desk.in_album().values()


def test_what_is_taken_from_memory_says_since_when(desk: Desk) -> None:
    build.jpeg(desk.source / "IMG.jpg", 1, date=DAY)
    desk.run("--copy")
    first = desk.run("--copy", "--no-reread")
    assert "not read since it came in" in first.row("IMG.jpg")["reason"]
    assert "1 file lies in the album by what was read of it before" in first.out
    plain = desk.run("--copy")
    assert "not read" not in plain.row("IMG.jpg")["reason"] + plain.out
    again = desk.run("--copy", "--no-reread")
    assert "not read since 20" in again.row("IMG.jpg")["reason"]


def test_a_dry_run_tells_of_the_repair_and_does_nothing(desk: Desk) -> None:
    imported(desk)
    rot(desk.album / "2019/07/IMG_1.jpg")
    before = build.tree(desk.album)
    dry = desk.run("--copy", "--dryrun")
    assert dry.row("IMG_1.jpg")["rule"] == "repaired"
    assert build.tree(desk.album) == before
    assert desk.run("--copy").rows == dry.rows


def test_a_twin_that_is_whole_does_not_keep_a_bad_file_from_being_repaired(desk: Desk) -> None:
    imported(desk)
    data = (desk.album / "2019/07/IMG_1.jpg").read_bytes()
    (desk.album / "best.jpg").write_bytes(data)
    rot(desk.album / "2019/07/IMG_1.jpg")
    done = desk.run("--copy")
    assert done.row("IMG_1.jpg")["rule"] == "repaired"
    assert manifest.read(os.fspath(desk.album))["2019/07/IMG_1.jpg"] == done.row("IMG_1.jpg")["source_sha256"]


def test_that_a_twin_goes_in_rests_on_a_reading_in_this_run(desk: Desk) -> None:
    data = build.jpeg(desk.source / "a.jpg", 1, date=DAY).read_bytes()
    (desk.source / "b.jpg").write_bytes(data)
    assert desk.run("--dryrun").counts == {"moved": 1, "duplicate": 1}
    (desk.source / "a.jpg").write_bytes(data)  # what the dry run read is remembered by a file that looks like this one
    rotten = rot(desk.source / "a.jpg")
    forge(desk, desk.source / "a.jpg")

    done = desk.run()

    assert done.counts == {"moved": 2}
    assert set(desk.in_album().values()) == {data, rotten}


def test_of_two_files_that_went_bad_alike_one_is_repaired_and_the_other_named(desk: Desk) -> None:
    build.jpeg(desk.source / "IMG_1.jpg", 1, (640, 480), date=DAY)
    desk.run("--copy")
    (desk.album / "best.jpg").write_bytes((desk.album / "2019/07/IMG_1.jpg").read_bytes())
    assert desk.run("--verify", "--adopt").code == 0
    for name in ("best.jpg", "2019/07/IMG_1.jpg"):
        rot(desk.album / name)
    done = desk.run("--copy")
    assert (done.row("IMG_1.jpg")["rule"], done.row("IMG_1.jpg")["destination"]) == ("repaired", "2019/07/IMG_1.jpg")
    assert done.code == 1 and "best.jpg: its bytes are not those" in done.err


def test_an_album_imported_into_itself_is_held_against_its_manifest(desk: Desk) -> None:
    """A file that went bad and gets another name is no sound file by that."""
    build.jpeg(desk.source / "IMG.jpg", 1, date=DAY)
    build.jpeg(desk.source / "sound.jpg", 2, date=DAY)
    desk.run("--copy")
    promised = manifest.read(str(desk.album))["2019/07/IMG.jpg"]
    rotten = rot(desk.album / "2019/07/IMG.jpg")

    done = desk.run("--folders", "{year}", source=desk.album)

    assert "IMG.jpg: its bytes are not those that SHA256SUMS has of it" in done.err and "sound.jpg" not in done.err
    assert done.code == 1
    assert desk.in_album()["2019/IMG.jpg"] == rotten and manifest.read(str(desk.album))["2019/IMG.jpg"] == promised
    verified = desk.run("--verify")
    assert verified.code == 1 and "changed: 2019/IMG.jpg" in verified.out and "1 changed, 0 missing" in verified.out
    assert desk.run("--undo").code == 0
    assert manifest.read(str(desk.album))["2019/07/IMG.jpg"] == promised
