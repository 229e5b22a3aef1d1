"""Photos and what belongs to them come in together, under one name and one date."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests import build
from tests.containers import tiff_block
from tests.run import Desk

PHONE: dict[str, Any] = {"make": "Apple", "model": "iPhone 8", "offset": "+02:00"}


def live_photo(folder: Path, name: str, seed: int, day: int = 3) -> None:
    build.heic(folder / f"{name}.HEIC", seed, date=f"2019:07:{day:02} 12:34:56", **PHONE)
    build.video(folder / f"{name}.MOV", seed, tags={"com.apple.quicktime.creationdate": f"2019-07-{day:02}T12:34:57+0200"})
    (folder / f"{name}.AAE").write_text(f"adjustments of {seed}")


def takeout(path: Path, taken: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    told = {"title": path.stem, "photoTakenTime": {"timestamp": str(taken)}, "geoData": {"latitude": 52.5, "longitude": 13.4}}
    path.write_text(json.dumps(told))


def test_live_photos_of_one_name_are_numbered_as_one(desk: Desk) -> None:
    live_photo(desk.source / "a", "IMG_1", 1)
    live_photo(desk.source / "b", "IMG_1", 2, day=4)

    done = desk.run("--copy")

    stems = ("IMG_1", "IMG_1_2")
    assert set(desk.in_album()) == {f"2019/07/{stem}.{ending}" for stem in stems for ending in ("HEIC", "MOV", "AAE")}
    video = done.row("b/IMG_1.MOV")
    assert (video["destination"], video["rule"]) == ("2019/07/IMG_1_2.MOV", "belongs to a picture")
    assert video["belongs_to"].endswith("b/IMG_1.HEIC")
    assert done.row("b/IMG_1.HEIC")["belongs_to"] == ""
    again = desk.run("--copy")
    assert again.counts == {"duplicate": 6}
    assert "Nothing to do" in again.out


def test_raw_and_jpeg_keep_one_name_under_a_pattern(desk: Desk) -> None:
    date = "2019:07:03 12:34:56"
    build.jpeg(desk.source / "DSC1.JPG", 1, date=date, make="Sony", model="A7")
    (desk.source / "DSC1.ARW").write_bytes(tiff_block(date=date, make="Sony", model="A7"))
    (desk.source / "DSC1.ARW.xmp").write_text("<x/>")
    desk.run("--names", "{year}{month}{day}_{name}")
    assert set(desk.in_album()) == {f"2019/07/20190703_DSC1.{ending}" for ending in ("JPG", "ARW", "ARW.xmp")}


def test_edited_versions_go_with_their_originals(desk: Desk) -> None:
    for folder, seed, day in (("a", 1, "03"), ("b", 2, "04")):
        build.jpeg(desk.source / folder / "IMG_1234.JPG", seed, date=f"2019:07:{day} 12:34:56", **PHONE)
        build.jpeg(desk.source / folder / "IMG_E1234.JPG", seed + 10, date=f"2019:07:{day} 12:34:56", **PHONE)
    done = desk.run()
    assert set(desk.in_album()) == {
        "2019/07/IMG_1234.JPG",
        "2019/07/IMG_E1234.JPG",
        "2019/07/IMG_1234_2.JPG",
        "2019/07/IMG_1234_2-edited.JPG",
    }
    assert done.row("b/IMG_E1234.JPG")["belongs_to"].endswith("b/IMG_1234.JPG")


def test_takeouts_json_dates_a_photo_that_tells_no_date(desk: Desk) -> None:
    build.jpeg(desk.source / "plain.jpg", 1)
    takeout(desk.source / "plain.jpg.supplemental-metadata.json", 1_562_157_296)
    build.jpeg(desk.source / "dated.jpg", 2, date="2018:01:01 10:00:00")
    takeout(desk.source / "dated.jpg.json", 1_562_157_296)
    done = desk.run("--zone", "+02:00")
    assert set(desk.in_album()) == {
        "2019/07/plain.jpg",
        "2019/07/plain.jpg.supplemental-metadata.json",
        "2018/01/dated.jpg",
        "2018/01/dated.jpg.json",
    }
    assert done.row("plain.jpg")["capture_date"] == "2019-07-03 14:34:56"
    assert done.row("plain.jpg")["date_source"] == "sidecar JSON, zone assumed"


def test_a_sidecar_without_its_photo_is_left_and_listed(desk: Desk) -> None:
    takeout(desk.source / "gone.jpg.json", 1_562_157_296)
    (desk.source / "gone.xmp").write_text("<x/>")
    done = desk.run()
    assert done.code == 0
    assert {row["rule"] for row in done.rows} == {"lone sidecar"}
    assert set(build.tree(desk.source)) == {"gone.jpg.json", "gone.xmp"}
    assert not desk.in_album()


def test_a_duplicate_still_brings_its_new_sidecars_in_and_only_once(desk: Desk) -> None:
    data = build.jpeg(desk.source / "IMG_7.jpg", 1, date="2019:07:03 12:34:56").read_bytes()
    (desk.source / "IMG_7.xmp").write_text("<first/>")
    desk.run("--copy")
    (desk.source / "new").mkdir()
    (desk.source / "new" / "IMG_7.jpg").write_bytes(data)
    (desk.source / "new" / "IMG_7.xmp").write_text("<second/>")
    (desk.source / "new" / "IMG_7.aae").write_text("third")

    done = desk.run("--copy")
    again = desk.run("--copy")

    album = desk.in_album()
    assert album["2019/07/IMG_7.xmp"] == b"<first/>"
    assert album["2019/07/IMG_7.jpg.2.xmp"] == b"<second/>"
    assert album["2019/07/IMG_7.aae"] == b"third"
    assert done.row("new/IMG_7.xmp")["belongs_to"].endswith("new/IMG_7.jpg")
    assert done.counts == {"duplicate": 3, "copied": 2}
    assert again.counts == {"duplicate": 5}
    assert desk.in_album() == album


def test_a_video_that_is_also_half_of_a_live_photo_is_its_duplicate(desk: Desk) -> None:
    live_photo(desk.source / "z", "IMG_1", 1)
    (desk.source / "a.MOV").write_bytes((desk.source / "z" / "IMG_1.MOV").read_bytes())
    done = desk.run("--duplicates", "delete")
    assert done.code == 0
    assert set(desk.in_album()) == {f"2019/07/IMG_1.{ending}" for ending in ("HEIC", "MOV", "AAE")}
    assert not build.tree(desk.source)


def test_a_better_version_brings_its_companions_and_the_lesser_takes_its_own_along(desk: Desk) -> None:
    small = build.smaller(desk.source / "IMG.jpg", 1, (320, 240), (640, 480), date="2019:07:03 12:34:56").read_bytes()
    (desk.source / "IMG.xmp").write_text("of the small one")
    desk.run()
    large = build.jpeg(desk.source / "IMG.jpg", 1, (640, 480), date="2019:07:03 12:34:56").read_bytes()
    (desk.source / "IMG.xmp").write_text("of the large one")
    desk.run()
    assert desk.in_album() == {
        "2019/07/IMG.jpg": large,
        "2019/07/IMG.xmp": b"of the large one",
        "superseded/2019/07/IMG.jpg": small,
        "superseded/2019/07/IMG.xmp": b"of the small one",
    }


def test_a_numbered_photo_with_a_very_long_name_keeps_its_sidecar(desk: Desk) -> None:
    name = "x" * 247
    for folder, seed in (("a", 1), ("b", 2)):
        build.jpeg(desk.source / folder / f"{name}.jpg", seed, date=f"2019:07:0{seed} 12:34:56")
        (desk.source / folder / f"{name}.jpg.xmp").write_text(folder)
    done = desk.run()
    assert done.code == 0
    assert done.counts == {"moved": 4}
    assert max(len(name) for name in desk.in_album()) <= len("2019/07/") + 255


def test_the_report_tells_what_a_companion_is_and_which_photos_are_motion_photos(desk: Desk) -> None:
    live_photo(desk.source, "IMG_1", 1)
    moving = build.jpeg(desk.source / "MVIMG_2.jpg", 2, date="2019:07:03 12:34:56")
    directory = b"SEFH" + b"\x6a\0\0\0" + b"\1\0\0\0" + b"\0\0\x30\x0a" + b"\x40\0\0\0" * 2
    moving.write_bytes(moving.read_bytes() + b"\0" * 64 + directory + len(directory).to_bytes(4, "little") + b"SEFT")
    done = desk.run()
    reasons = {name: done.row(name)["reason"].partition(" (")[2] for name in ("IMG_1.HEIC", "IMG_1.MOV", "IMG_1.AAE", "MVIMG_2.jpg")}
    assert reasons == {
        "IMG_1.HEIC": "",
        "IMG_1.MOV": "Live Photo video)",
        "IMG_1.AAE": "sidecar)",
        "MVIMG_2.jpg": "motion photo, its video is in the file)",
    }


def test_audio_notes_go_with_their_photo_and_music_stays(desk: Desk) -> None:
    for folder, seed, day in (("a", 1, "03"), ("b", 2, "04")):
        build.jpeg(desk.source / folder / "DSC1.JPG", seed, date=f"2019:07:{day} 12:34:56")
        (desk.source / folder / "DSC1.WAV").write_bytes(b"RIFF a note" + bytes([seed]))
    (desk.source / "a" / "song.m4a").write_bytes(b"music")
    done = desk.run()
    assert set(desk.in_album()) == {"2019/07/DSC1.JPG", "2019/07/DSC1.WAV", "2019/07/DSC1_2.JPG", "2019/07/DSC1_2.WAV"}
    assert "audio note" in done.row("a/DSC1.WAV")["reason"]
    assert done.row("song.m4a")["rule"] == "no photo or video"
    assert (desk.source / "a" / "song.m4a").exists()


def test_what_cannot_be_opened_here_is_moved_and_dated_by_its_sidecar_or_name(desk: Desk) -> None:
    (desk.source / "DSC1.X3F").write_bytes(b"FOVb" + bytes(100))
    takeout(desk.source / "DSC1.X3F.json", 1562150096)
    (desk.source / "2009-07-03 12-34-56.crw").write_bytes(b"II\x1a\0\0\0HEAPCCDR" + bytes(100))
    done = desk.run()
    assert set(desk.in_album()) == {"2019/07/DSC1.X3F", "2019/07/DSC1.X3F.json", "2009/07/2009-07-03 12-34-56.crw"}
    assert done.row("DSC1.X3F")["date_source"].startswith("sidecar JSON")
    assert done.code == 0
    assert desk.run("--verify", source=desk.album).code == 0
