"""What pictures do that meet: the same bytes, the same name, the same picture in another quality."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests import build
from tests.run import Desk

DAY = "2019:07:03 12:34:56"
LARGE, SMALL = (640, 480), (320, 240)


def test_two_cameras_that_shot_img_0001_in_one_month_lose_nothing(desk: Desk) -> None:
    first = build.jpeg(desk.source / "canon" / "IMG_0001.JPG", 1, date=DAY).read_bytes()
    second = build.jpeg(desk.source / "nikon" / "IMG_0001.JPG", 2, date="2019:07:05 10:00:00").read_bytes()
    third = build.jpeg(desk.source / "phone" / "img_0001.jpg", 3, date="2019:07:06 10:00:00").read_bytes()

    done = desk.run()

    assert desk.in_album() == {"2019/07/IMG_0001.JPG": first, "2019/07/IMG_0001_2.JPG": second, "2019/07/img_0001_3.jpg": third}
    row = done.row("nikon/IMG_0001.JPG")
    assert (row["action"], row["rule"]) == ("moved", "numbered")
    assert row["competitor"].endswith("canon/IMG_0001.JPG")
    assert (row["competitor_size"], row["competitor_date"]) == (str(len(first)), "2019-07-03 12:34:56")


def test_a_different_picture_in_the_album_keeps_its_name(desk: Desk) -> None:
    build.jpeg(desk.source / "IMG.jpg", 1, date=DAY)
    desk.run()
    build.jpeg(desk.source / "IMG.jpg", 2, date=DAY)
    done = desk.run()
    assert set(desk.in_album()) == {"2019/07/IMG.jpg", "2019/07/IMG_2.jpg"}
    assert done.row("IMG.jpg")["competitor"] == "2019/07/IMG.jpg"


def test_the_same_bytes_go_in_once_whatever_their_names_are(desk: Desk) -> None:
    data = build.jpeg(desk.source / "a" / "IMG.jpg", 1, date=DAY).read_bytes()
    for name in ("a/IMG (1).jpg", "b/other.jpg", "IMG - Copy.jpg"):
        (desk.source / name).parent.mkdir(exist_ok=True)
        (desk.source / name).write_bytes(data)

    done = desk.run()

    assert desk.in_album() == {"2019/07/IMG.jpg": data}
    assert done.counts == {"moved": 1, "duplicate": 3}
    assert set(build.tree(desk.source)) == {"a/IMG (1).jpg", "b/other.jpg", "IMG - Copy.jpg"}
    row = done.row("b/other.jpg")
    assert row["rule"] == "same bytes in this run"
    assert row["competitor"].endswith("a/IMG.jpg") and row["competitor_sha256"] == row["source_sha256"]
    assert "3 files with bytes that the album holds already still lie in the source" in done.out


def test_the_same_bytes_anywhere_in_the_album_are_found(desk: Desk) -> None:
    data = build.jpeg(desk.album / "sorted by hand" / "best.jpg", 1, date=DAY).read_bytes()
    (desk.source / "IMG.jpg").write_bytes(data)
    done = desk.run()
    assert desk.in_album() == {"sorted by hand/best.jpg": data}
    assert done.row("IMG.jpg")["competitor"] == "sorted by hand/best.jpg"
    assert done.row("IMG.jpg")["competitor_date"] == "2019-07-03 12:34:56"


@pytest.mark.parametrize("choice", ["leave", "quarantine", "delete"])
def test_duplicates_are_left_set_apart_or_deleted_as_asked(desk: Desk, choice: str) -> None:
    data = build.jpeg(desk.source / "a" / "IMG.jpg", 1, date=DAY).read_bytes()
    (desk.source / "b").mkdir()
    (desk.source / "b" / "IMG.jpg").write_bytes(data)

    done = desk.run("--duplicates", choice)

    album, left = desk.in_album(), build.tree(desk.source)
    assert done.code == 0
    assert done.counts == {"moved": 1, "duplicate": 1}
    assert album["2019/07/IMG.jpg"] == data
    assert left == ({"b/IMG.jpg": data} if choice == "leave" else {})
    assert album.get("quarantine/source/b/IMG.jpg") == (data if choice == "quarantine" else None)
    assert ("deleted" in done.row("b/IMG.jpg")["reason"]) == (choice == "delete")
    assert ("still lie in the source" in done.out or "still lies" in done.out) == (choice == "leave")

    (desk.source / "b").mkdir(exist_ok=True)
    (desk.source / "b" / "IMG.jpg").write_bytes(data)
    again = desk.run("--duplicates", choice)
    assert again.row("b/IMG.jpg")["rule"] == "same bytes in album"
    assert ("Nothing to do" in again.out) == (choice == "leave")
    assert len(build.tree(desk.source)) == (choice == "leave")


def test_what_lies_in_quarantine_does_not_count_as_being_in_the_album(desk: Desk) -> None:
    data = build.jpeg(desk.album / "quarantine" / "x.jpg", 1, date=DAY).read_bytes()
    (desk.source / "x.jpg").write_bytes(data)
    desk.run()
    assert desk.in_album() == {"2019/07/x.jpg": data, "quarantine/x.jpg": data}


@pytest.mark.parametrize("first", ["large", "small", "together", "in the source alone"])
def test_of_two_versions_the_better_one_gets_the_name(desk: Desk, first: str) -> None:
    large = build.jpeg(desk.folder / "large" / "IMG.jpg", 1, LARGE, date=DAY)
    small = build.smaller(desk.folder / "small" / "IMG.jpg", 1, SMALL, LARGE, date=DAY)
    contents = {"2019/07/IMG.jpg": large.read_bytes(), "superseded/2019/07/IMG.jpg": small.read_bytes()}
    if first == "together":
        os.rename(large.parent, desk.source / "z")
        os.rename(small.parent, desk.source / "a")
        done = desk.run()
    elif first == "in the source alone":
        done = desk.run("--input", large.parent, small.parent)
    else:
        earlier, later = (large, small) if first == "large" else (small, large)
        desk.run(source=earlier.parent)
        done = desk.run(source=later.parent)

    assert desk.in_album() == contents
    assert done.code == 0
    rules = {row["source_size"]: row["rule"] for row in done.rows}
    assert rules.get(str(len(contents["superseded/2019/07/IMG.jpg"])), "lesser quality") == "lesser quality"
    if first == "small":
        assert (done.rows[0]["rule"], done.rows[0]["competitor"]) == ("better quality", "2019/07/IMG.jpg")
        assert done.rows[0]["reason"].endswith("goes to superseded/2019/07/IMG.jpg")
    if first == "large":
        assert (done.rows[0]["action"], done.rows[0]["destination"]) == ("superseded", "superseded/2019/07/IMG.jpg")


def test_three_qualities_end_alike_in_any_order(desk: Desk) -> None:
    make = {
        "best": lambda path: build.jpeg(path, 1, LARGE, quality=95, date=DAY),
        "pressed": lambda path: build.jpeg(path, 1, LARGE, quality=80, date=DAY),
        "small": lambda path: build.smaller(path, 1, SMALL, LARGE, date=DAY),
    }
    contents = {name: make[name](desk.folder / name / "IMG.jpg").read_bytes() for name in make}
    for number, order in enumerate((("small", "best", "pressed"), ("pressed", "small", "best"))):
        album = desk.folder / f"album{number}"
        for name in order:
            desk.run("--copy", source=desk.folder / name, album=album)
        found = {name: data for name, data in build.tree(album).items() if name.endswith("jpg")}
        assert found["2019/07/IMG.jpg"] == contents["best"]
        assert set(found.values()) == set(contents.values())
        assert sorted(found) == ["2019/07/IMG.jpg", "superseded/2019/07/IMG.jpg", "superseded/2019/07/IMG_2.jpg"]


def test_keep_all_numbers_both_versions(desk: Desk) -> None:
    build.jpeg(desk.source / "a" / "IMG.jpg", 1, LARGE, date=DAY)
    build.smaller(desk.source / "b" / "IMG.jpg", 1, SMALL, LARGE, date=DAY)
    desk.run("--keep-all")
    assert set(desk.in_album()) == {"2019/07/IMG.jpg", "2019/07/IMG_2.jpg"}


def test_versions_of_another_second_or_of_a_burst_stay_side_by_side(desk: Desk) -> None:
    build.jpeg(desk.source / "a" / "IMG.jpg", 1, LARGE, date=DAY)
    build.jpeg(desk.source / "b" / "IMG.jpg", 1, SMALL, date="2019:07:03 12:34:57")
    build.jpeg(desk.source / "c" / "IMG.jpg", 9, SMALL, date=DAY)
    desk.run()
    assert set(desk.in_album()) == {"2019/07/IMG.jpg", "2019/07/IMG_2.jpg", "2019/07/IMG_3.jpg"}


def test_a_copy_of_the_version_that_gives_way_is_deleted_only_for_its_true_twin(desk: Desk) -> None:
    small = build.smaller(desk.source / "a" / "IMG.jpg", 1, SMALL, LARGE, date=DAY).read_bytes()
    desk.run()
    (desk.source / "a" / "copy.jpg").write_bytes(small)
    large = build.jpeg(desk.source / "b" / "IMG.jpg", 1, LARGE, date=DAY).read_bytes()

    done = desk.run("--duplicates", "delete")

    assert done.code == 0
    assert desk.in_album() == {"2019/07/IMG.jpg": large, "superseded/2019/07/IMG.jpg": small}
    assert done.row("copy.jpg")["competitor"] == "superseded/2019/07/IMG.jpg"
    assert not build.tree(desk.source)


def test_an_input_that_is_the_album_itself_gives_way_to_a_better_version(desk: Desk) -> None:
    small = build.smaller(desk.album / "2019" / "07" / "IMG.jpg", 1, SMALL, LARGE, date=DAY).read_bytes()
    large = build.jpeg(desk.source / "IMG.jpg", 1, LARGE, date=DAY).read_bytes()
    desk.run("--input", desk.source, desk.album)
    assert desk.in_album() == {"2019/07/IMG.jpg": large, "superseded/2019/07/IMG.jpg": small}
    again = desk.run("--input", desk.source, desk.album, desk.album / "superseded")
    assert "Nothing to do" in again.out
    assert desk.in_album() == {"2019/07/IMG.jpg": large, "superseded/2019/07/IMG.jpg": small}


def test_folders_and_links_that_bear_a_wanted_name_are_stepped_aside_from(desk: Desk) -> None:
    (desk.album / "2019" / "07" / "IMG.jpg").mkdir(parents=True)
    os.symlink("nowhere", desk.album / "2019" / "07" / "IMG_2.jpg")
    data = build.jpeg(desk.source / "IMG.jpg", 1, date=DAY).read_bytes()
    done = desk.run()
    assert done.code == 0
    assert desk.in_album() == {"2019/07/IMG_3.jpg": data}
    assert done.row("IMG.jpg")["competitor"] == "2019/07/IMG.jpg"


def test_an_album_folder_that_leads_elsewhere_is_not_followed(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    desk.album.mkdir()
    os.symlink(tmp_path / "elsewhere", desk.album / "2019")
    data = build.jpeg(desk.source / "IMG.jpg", 1, date=DAY).read_bytes()
    done = desk.run()
    assert (done.code, done.row("IMG.jpg")["action"]) == (1, "failed")
    assert "link" in done.row("IMG.jpg")["error"]
    assert build.tree(desk.source) == {"IMG.jpg": data}
    assert not build.tree(tmp_path / "elsewhere")


def test_shots_of_one_second_stay_side_by_side_and_the_report_says_why(desk: Desk) -> None:
    build.jpeg(desk.source / "a" / "IMG.jpg", 1, LARGE, date=DAY, subsecond="12")
    build.smaller(desk.source / "b" / "IMG.jpg", 1, SMALL, LARGE, date=DAY, subsecond="45")
    done = desk.run()
    assert set(desk.in_album()) == {"2019/07/IMG.jpg", "2019/07/IMG_2.jpg"}
    assert any("it was taken at another part of the second" in row["reason"] for row in done.rows)
