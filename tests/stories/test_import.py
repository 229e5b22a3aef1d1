"""A person imports a messy drive: what comes in, where it goes, what stays out, and what the report says of it."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from tests import build
from tests.run import Desk, snapshot

DAY = "2019:07:03 12:34:56"


def test_pictures_of_every_kind_come_in_by_their_capture_dates(desk: Desk) -> None:
    build.jpeg(desk.source / "a" / "IMG_0001.JPG", 1, date=DAY, make="Canon", model="Canon EOS 5")
    build.heic(desk.source / "b" / "IMG_0002.HEIC", 2, date="2019:08:01 00:30:00", offset="+08:00")
    build.png(desk.source / "b" / "screen.png", 3, text={"Creation Time": "2018:01:02 03:04:05"})
    build.png(desk.source / "b" / "tagged.png", 4, date="2018:02:03 04:05:06")
    build.video(desk.source / "c" / "MVI_1.MOV", 5, tags={"com.apple.quicktime.creationdate": "2019-07-31T23:30:00+0200"})
    build.video(desk.source / "c" / "v.mp4", 6, created="2019-12-31T23:30:00Z")
    build.jpeg(desk.source / "IMG-20170505-WA0001.jpg", 7)

    done = desk.run()

    assert done.code == 0
    assert set(desk.in_album()) == {
        "2019/07/IMG_0001.JPG",
        "2019/08/IMG_0002.HEIC",
        "2018/01/screen.png",
        "2018/02/tagged.png",
        "2019/07/MVI_1.MOV",
        "2019/12/v.mp4",
        "2017/05/IMG-20170505-WA0001.jpg",
    }
    assert not build.tree(desk.source)
    assert {row["action"] for row in done.rows} == {"moved"}
    first = done.row("IMG_0001.JPG")
    told = ("2019-07-03 12:34:56", "EXIF DateTimeOriginal", "", "Canon EOS 5", "320", "240", "")
    assert tuple(first[c] for c in ("capture_date", "date_source", "utc_offset", "camera", "width", "height", "error")) == told
    assert done.row("IMG_0002.HEIC")["utc_offset"] == "+08:00"
    assert done.row("v.mp4")["date_source"] == "video creation_time, zone assumed"
    assert done.row("WA0001.jpg")["date_source"] == "file name"


def test_names_of_all_the_world_come_through(desk: Desk) -> None:
    names = ["照片.jpg", "صورة.jpg", "😀 party.jpg", "new\nline.jpg", "quo\"te,'comma;.jpg", "=SUM(1).jpg", "C'est là.JPG"]
    for seed, name in enumerate(names):
        build.jpeg(desk.source / name, seed, date=DAY)
    odd = os.fsencode(desk.source) + b"/\xff\xfe\xe4.jpg"
    os.rename(build.jpeg(desk.source / "odd.jpg", 99, date=DAY), odd)
    before = build.tree(desk.source)

    done = desk.run("--copy")

    assert done.code == 0
    assert desk.in_album() == {f"2019/07/{name}": data for name, data in before.items()}
    assert {row["source"].removeprefix(f"{desk.source}/") for row in done.rows} == set(before)


def test_the_report_has_the_columns_that_readme_promises(desk: Desk) -> None:
    build.jpeg(desk.source / "a.jpg", 1, date=DAY)
    desk.run("--dryrun")
    with desk.report.open("rb") as file:
        assert file.read(3) == b"\xef\xbb\xbf", "Excel takes it for UTF-8 by this"
    with desk.report.open(encoding="utf-8-sig", newline="") as text:
        header = next(csv.reader(text))
    assert ",".join(header) == (
        "source,action,rule,destination,reason,capture_date,date_source,utc_offset,source_size,source_sha256,camera,width,height,"
        "competitor,competitor_size,competitor_sha256,competitor_date,error,belongs_to,damaged,people,people_maybe"
    )


def test_what_no_album_needs_is_passed_over(desk: Desk) -> None:
    for folder in ("@eaDir", ".thumbnails", ".Trash-1000", "$RECYCLE.BIN", ".hidden", ".photo-toolkit"):
        build.jpeg(desk.source / folder / "x.jpg", 1, date=DAY)
    build.jpeg(desk.source / "._IMG.jpg", 1)
    (desk.source / "Thumbs.db").write_bytes(b"x")
    build.jpeg(desk.source / "real.jpg", 2, date=DAY)

    done = desk.run()

    assert list(desk.in_album()) == ["2019/07/real.jpg"]
    assert done.counts == {"moved": 1, "skipped": 7}, "all but the toolkit's own records"


def test_links_loops_and_pipes_neither_hang_nor_come_in(desk: Desk, tmp_path: Path) -> None:
    outside = build.jpeg(tmp_path / "outside" / "o.jpg", 1, date=DAY)
    os.symlink(outside, desk.source / "link.jpg")
    os.symlink(outside.parent, desk.source / "folder")
    os.symlink(desk.source, desk.source / "loop")
    os.mkfifo(desk.source / "pipe.jpg")
    build.jpeg(desk.source / "real.jpg", 2, date=DAY)

    done = desk.run()

    assert done.code == 0
    assert list(desk.in_album()) == ["2019/07/real.jpg"]
    assert outside.exists()


def test_contents_are_believed_more_than_names(desk: Desk) -> None:
    build.png(desk.source / "really.jpg", 1, date=DAY)
    (desk.source / "text.jpg").write_text("no picture at all")
    (desk.source / "empty.jpg").write_bytes(b"")
    (desk.source / "notes.txt").write_text("x")
    whole = build.jpeg(desk.source / "cut.jpg", 2, date=DAY).read_bytes()
    (desk.source / "cut.jpg").write_bytes(whole[: len(whole) // 2])

    done = desk.run()

    assert set(desk.in_album()) == {"2019/07/really.jpg", "2019/07/cut.jpg"}
    assert done.row("really.jpg")["error"] == "its content is PNG, though its name says JPG"
    assert (done.row("text.jpg")["action"], done.row("text.jpg")["rule"]) == ("skipped", "content is no picture")
    assert done.row("empty.jpg")["error"] == "it is empty"
    assert (done.row("notes.txt")["action"], done.row("notes.txt")["rule"]) == ("skipped", "no photo or video")
    assert done.code == 1, "a picture that holds none may be a child's picture that broke: a person has to know"
    assert "text.jpg" in done.err and "empty.jpg" in done.err and "notes.txt" not in done.err


def test_a_file_that_may_not_be_read_costs_its_row_alone(desk: Desk) -> None:
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    build.jpeg(desk.source / "a.jpg", 1, date=DAY)
    os.chmod(build.jpeg(desk.source / "b.jpg", 2, date=DAY), 0)
    done = desk.run()
    assert (done.code, done.row("a.jpg")["action"], done.row("b.jpg")["action"]) == (1, "moved", "failed")


def test_undated_files_go_by_their_time_and_are_marked_or_lie_apart(desk: Desk) -> None:
    os.utime(build.jpeg(desk.source / "plain.jpg", 1), (1_500_000_000, 1_500_000_000))
    build.jpeg(desk.source / "dated.jpg", 2, date=DAY)

    guessed = desk.run("--dryrun")
    apart = desk.run("--undated", "folder")

    assert guessed.row("plain.jpg")["destination"] == "2017/07/plain.jpg"
    assert "a guess" in guessed.row("plain.jpg")["date_source"]
    assert "1 file told no capture date" in guessed.out
    assert set(desk.in_album()) == {"undated/plain.jpg", "2019/07/dated.jpg"}
    assert apart.code == 0


def test_a_zone_places_videos_that_tell_utc(desk: Desk) -> None:
    build.video(desk.source / "v.mp4", 1, created="2019-07-31T23:30:00Z")
    cases = {"Europe/Berlin": "2019/08/v.mp4", "-05:00": "2019/07/v.mp4", "+05:30": "2019/08/v.mp4", "America/New_York": "2019/07/v.mp4"}
    for zone, place in cases.items():
        assert desk.run("--dryrun", "--zone", zone).row("v.mp4")["destination"] == place, zone


def test_copy_leaves_the_sources_alone_and_keeps_times_rights_and_attributes(desk: Desk) -> None:
    path = build.jpeg(desk.source / "a.jpg", 1, date=DAY)
    os.chmod(path, 0o640)
    os.utime(path, ns=(10**18, 1_234_567_890_123_456_789))
    try:
        os.setxattr(path, "user.tags", b"family")
    except (OSError, AttributeError):
        pytest.skip("no extended attributes here")
    before = snapshot(desk.source)

    done = desk.run("--copy")

    copy = desk.album / "2019/07/a.jpg"
    assert done.row("a.jpg")["action"] == "copied"
    assert snapshot(desk.source) == before
    assert copy.stat().st_mtime_ns == 1_234_567_890_123_456_789
    assert copy.stat().st_mode & 0o777 == 0o640
    assert os.getxattr(copy, "user.tags") == b"family"


def test_half_a_picture_goes_in_and_is_told(desk: Desk) -> None:
    for name, part in (("whole.jpg", 1.0), ("half.jpg", 0.5)):
        path = build.jpeg(desk.source / name, 1, (1200, 900), date=DAY)
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * part)])
    film = build.video(desk.source / "film.mp4", 2, created="2019-07-03T10:00:00Z")
    film.write_bytes(film.read_bytes()[:-50])

    done = desk.run("--copy")

    assert done.code == 1
    assert {os.path.basename(row["source"]) for row in done.rows if row["damaged"]} == {"half.jpg", "film.mp4"}
    assert "cut off" in done.row("half.jpg")["damaged"]
    assert "2 files went in though damaged" in done.out
    assert "half.jpg: it is cut off" in done.err
    again = desk.run("--copy")
    assert (again.code, "though damaged" in again.out) == (0, False), "once is enough"
    assert "cut off" in again.row("half.jpg")["damaged"]

    unchecked = desk.run("--copy", "--no-damage-check", album=desk.folder / "other")
    assert (unchecked.code, unchecked.row("half.jpg")["damaged"]) == (0, "")
