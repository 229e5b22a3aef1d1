"""What a person can ask for, how, and what one sentence they get when it cannot be done."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests import build
from tests.run import Desk, album_files, snapshot

DAY = "2019:07:03 12:34:56"


@pytest.mark.parametrize("words", [["--dryrun"], ["--dry-run"], ["-d", "true"], ["--dryrun=yes"]], ids=" ".join)
def test_a_dry_run_reports_what_would_be_and_touches_nothing(desk: Desk, words: list[str]) -> None:
    build.jpeg(desk.source / "a" / "IMG.jpg", 1, date=DAY)
    build.jpeg(desk.source / "b" / "IMG.jpg", 2, date=DAY)
    build.jpeg(desk.album / "2019" / "07" / "IMG.jpg", 3, (160, 120), date=DAY)
    before = snapshot(desk.source, desk.album)

    dry = desk.run(*words)
    assert snapshot(desk.source, desk.album) == before
    assert "Dry run, nothing was changed" in dry.out

    real = desk.run("--dryrun", "false")
    assert real.rows == dry.rows
    assert set(desk.in_album()) == {"2019/07/IMG.jpg", "2019/07/IMG_2.jpg", "2019/07/IMG_3.jpg"}


def test_debug_logs_every_decision(desk: Desk) -> None:
    build.jpeg(desk.source / "a.jpg", 1, date=DAY)
    line = f"{desk.source / 'a.jpg'}: moved, not in the album yet"
    assert line in desk.run("-d", "--debug").err
    assert line in desk.run("-d", "--debug", "true").err
    assert line not in desk.run("-d", "--debug", "false").err
    assert line not in desk.run("-d").err


def test_the_report_is_named_by_date_and_time_unless_the_person_names_it(desk: Desk) -> None:
    build.jpeg(desk.source / "a.jpg", 1, date=DAY)
    words = [word for word in desk.command("-d") if word not in ("--report", os.fspath(desk.report))]
    for count in (1, 2):
        desk.start(words)
        reports = sorted(desk.folder.glob("import-report-*.csv"))
        assert len(reports) == count
    assert all(report.stat().st_size > 300 for report in reports)


PATTERNS = {
    ("--folders", "{year}/{year}-{month}-{day}"): "2019/2019-07-03/IMG_1.jpg",
    ("--folders", "{camera}/"): "_.._x CON/IMG_1.jpg",
    ("--folders", "by {name}"): "by IMG_1/IMG_1.jpg",
    ("--names", "{year}{month}{day}_{hour}{minute}{second}"): "2019/07/20190703_123456.jpg",
    ("--names", "{counter:04}"): "2019/07/0001.jpg",
    ("--names", "{camera}-{counter}"): "2019/07/_.._x CON-1.jpg",
    ("--names", "{name} ({camera})"): "2019/07/IMG_1 (_.._x CON).jpg",
}


@pytest.mark.parametrize(("option", "pattern"), PATTERNS, ids=str)
def test_patterns_make_folders_and_names_that_stay_in_the_album(desk: Desk, option: str, pattern: str) -> None:
    build.jpeg(desk.source / "IMG_1.jpg", 1, date=DAY, make="../../x", model="CON")
    desk.run(option, pattern)
    assert list(desk.in_album()) == [PATTERNS[option, pattern]]


def test_a_counter_goes_on_where_the_album_is(desk: Desk) -> None:
    for number in range(12):
        build.jpeg(desk.source / f"{number}.jpg", number, date=f"2019:07:03 12:34:{number:02}")
        if number == 5:
            desk.run("--names", "{counter:03}")
    desk.run("--names", "{counter:03}")
    assert sorted(desk.in_album()) == [f"2019/07/{number:03}.jpg" for number in range(1, 13)]


WRONG = {
    ("--folders", "{year"): "write fields like {year}",
    ("--folders", "{yeer}"): "there is no field {yeer}",
    ("--folders", "../{year}"): "none may begin with a dot",
    ("--folders", "/media/{year}"): "every part needs a name",
    ("--folders", "{counter}"): "there is no field {counter}",
    ("--folders", "{year:04}"): "only {counter:04} takes a width",
    ("--names", "photo"): "all files would get the same name",
    ("--names", "{year}/{name}"): "a name holds no separator",
    ("--names", "{name.__class__}"): "there is no field",
    ("--names", "{name}:{second}"): "no good in names",
    ("--zone", "Mars/Olympus"): "no such zone is known",
    ("--zone", "-5"): "an offset looks like +02:00",
    ("--workers", "0"): "no number from 1 to 256",
    ("--dryrun", "maybe"): "neither true nor false",
    ("--report", "no such folder/r.csv"): "does not exist",
    ("--report", "."): "is a folder",
    ("--report", "letter.txt"): "is no report",
    ("--duplicates", "burn"): "invalid choice",
    ("--nonsense",): "--help tells all options",
    ("--copy", "--duplicates", "delete"): "choose one of them",
    ("--input", "nowhere"): "there is no such folder",
    ("--input", "letter.txt"): "this is a file",
    ("--input", ""): "the name is empty",
    ("--input", "source", " "): "the name is empty",
    ("--output", ""): "the name is empty",
    ("--output", "letter.txt"): "this is a file",
    ("--output", "letter.txt/album"): "is a file",
}


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_what_cannot_be_done_is_one_sentence_and_nothing_is_touched(desk: Desk, words: tuple[str, ...]) -> None:
    build.jpeg(desk.source / "a.jpg", 1, date=DAY)
    (desk.folder / "letter.txt").write_text("dear reader")
    before = snapshot(desk.source)
    done = desk.start([*desk.command(), *words] if words[0] != "--input" else desk.command(*words))
    assert done.code == 2
    assert WRONG[words] in done.err
    assert len(done.err.strip().splitlines()) == 1 and done.err.strip().endswith(".")
    assert snapshot(desk.source) == before
    assert not desk.album.exists()
    assert (desk.folder / "letter.txt").read_text() == "dear reader"


def test_an_album_where_nothing_can_be_written_is_one_sentence(desk: Desk) -> None:
    build.jpeg(desk.source / "a.jpg", 1, date=DAY)
    album = Path("/proc/album") if os.geteuid() == 0 and os.path.isdir("/proc") else desk.folder / "locked" / "album"
    if album.parent != Path("/proc"):
        album.parent.mkdir(mode=0o500)
    done = desk.run(album=album)
    assert done.code == 2
    assert len(done.err.strip().splitlines()) == 1
    assert "written" in done.err


def test_an_input_may_be_named_twice_overlap_and_be_named_one_by_one(desk: Desk) -> None:
    for name in ("a", "b"):
        build.jpeg(desk.source / name / f"{name}.jpg", ord(name), date=DAY)
    os.symlink(desk.source / "a", desk.folder / "link")
    ways: list[list[str | Path]] = [
        ["-i", desk.source, desk.source / "a", desk.source],
        ["-i", desk.source / "a", "-i", desk.source / "b"],
        ["-i", desk.folder / "link", desk.source / "b", desk.source / "a" / ".."],
    ]
    for words in ways:
        done = desk.run("-d", *words)
        assert [os.path.basename(row["source"]) for row in done.rows] == ["a.jpg", "b.jpg"]


def test_an_album_below_the_input_is_kept_out_of_it(desk: Desk) -> None:
    build.jpeg(desk.source / "IMG.jpg", 1, date=DAY)
    album = desk.source / "album"
    first, again = desk.run(album=album), desk.run(album=album)
    assert first.counts == {"moved": 1}
    assert not again.rows and "no files" in again.out
    assert set(album_files(album)) == {"2019/07/IMG.jpg"}


def test_an_inbox_in_the_album_is_emptied_into_it_also_beside_a_folder_above(desk: Desk) -> None:
    album = desk.source / "album"
    build.jpeg(album / "inbox" / "IMG.jpg", 1, date=DAY)
    desk.run("--input", desk.source, album / "inbox", album=album)
    assert set(album_files(album)) == {"2019/07/IMG.jpg"}
    build.jpeg(album / "inbox" / "NEXT.jpg", 2, date=DAY)
    desk.run("--input", album / "inbox", album=album)
    assert set(album_files(album)) == {"2019/07/IMG.jpg", "2019/07/NEXT.jpg"}


def test_a_folder_may_be_sorted_in_place_and_then_lies_still(desk: Desk) -> None:
    build.jpeg(desk.source / "000" / "IMG.jpg", 1, date=DAY)
    right = build.jpeg(desk.source / "2019" / "07" / "IMG.jpg", 2, date="2019:07:09 12:00:00").read_bytes()
    build.jpeg(desk.source / "x" / "b.jpg", 3, date="2018:07:09 12:00:00")

    first = desk.run(album=desk.source)
    before = snapshot(desk.source / "2019", desk.source / "2018")
    again = desk.run(album=desk.source)

    assert first.counts == {"moved": 2, "in_place": 1}
    assert set(album_files(desk.source)) == {"2019/07/IMG.jpg", "2019/07/IMG_2.jpg", "2018/07/b.jpg"}
    assert (desk.source / "2019" / "07" / "IMG.jpg").read_bytes() == right
    assert again.counts == {"in_place": 3}
    assert "Nothing to do" in again.out
    assert snapshot(desk.source / "2019", desk.source / "2018") == before


def test_copying_out_of_the_album_into_itself_is_refused(desk: Desk) -> None:
    build.jpeg(desk.source / "IMG.jpg", 1, date=DAY)
    done = desk.run("--copy", album=desk.source)
    assert done.code == 2
    assert "fill the album with copies of itself" in done.err


def test_a_clock_that_is_centuries_ahead_stops_nothing(desk: Desk) -> None:
    """Nanoseconds since 1970 fit into 63 bits until the year 2262."""
    photo = build.jpeg(desk.source / "a.jpg", date="2019:07:03 12:34:56")
    os.utime(photo, ns=(2**63 + 10**15,) * 2)
    if photo.stat().st_mtime_ns < 2**63:
        pytest.skip("this file system has no such times")
    done = desk.run("--copy")
    assert (done.code, done.places()) == (0, {"a.jpg": ("copied", "2019/07/a.jpg")})
    assert desk.run().places() == {"a.jpg": ("duplicate", "")}


def test_an_index_that_is_a_photo_is_refused_and_left(desk: Desk) -> None:
    photo = build.jpeg(desk.source / "a.jpg", date="2019:07:03 12:34:56")
    before = photo.read_bytes()
    done = desk.run("--index", photo)
    assert done.code == 2 and "no index of this toolkit" in done.err
    assert {path.name: path.read_bytes() for path in desk.source.iterdir()} == {"a.jpg": before}


def test_a_camera_that_is_called_as_the_manifest_leaves_the_album_usable(desk: Desk) -> None:
    for number, camera in enumerate(("SHA256SUMS", "@eaDir", "superseded")):
        build.jpeg(desk.source / f"{number}.jpg", number, date="2019:07:03 12:34:56", make=camera)
    desk.run("--folders", "{camera}")
    assert sorted(desk.in_album()) == ["_@eaDir/1.jpg", "_SHA256SUMS/0.jpg", "_superseded/2.jpg"]
    again = desk.run("--verify", "--input", desk.source)
    assert again.code == 0 and "3 files read: 3 as they were" in again.out
