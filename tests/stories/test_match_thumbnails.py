"""The lost selection: small bad thumbnails in sets, an album, and the originals put together again, set by set."""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

from tests import build

SCRIPT = Path(__file__).parents[2] / "match_thumbnails.py"


@dataclass
class Desk:
    """A folder with an album, thumbnails and what comes out, and the script to run on them."""

    root: Path

    def run(self, *options: str, album: str = "album", code: int = 0) -> str:
        words = ["--thumbnails", "thumbs", "--album", album, "--output", "out", "--index", "index.sqlite", "--no-page", *options]
        return self.call(words, code)

    def call(self, words: list[str], code: int = 0) -> str:
        done = subprocess.run([sys.executable, SCRIPT, *words], cwd=self.root, capture_output=True, text=True)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def apply(self, *options: str, code: int = 0) -> str:
        return self.call(["--apply", "out/matches.csv", "--output", "out", "--index", "index.sqlite", *options], code)

    def rows(self) -> dict[str, dict[str, str]]:
        with open(self.root / "out" / "matches.csv", newline="", encoding="utf-8-sig") as file:
            lines = file.read().splitlines()
        return {Path(row["thumbnail"]).name: row for row in csv.DictReader(lines, delimiter=";" if lines[0].startswith("set;") else ",")}

    def rewrite(self, change: Callable[[dict[str, str]], None]) -> None:
        rows = list(self.rows().values())
        for row in rows:
            change(row)
        with open(self.root / "out" / "matches.csv", "w", newline="", encoding="utf-8-sig") as file:
            writer = csv.DictWriter(file, list(rows[0]), delimiter=";")
            writer.writeheader()
            writer.writerows(rows)

    def selected(self, folder: str = "selected") -> dict[str, bytes]:
        below = self.root / "out" / folder
        return build.tree(below) if below.exists() else {}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def shot(seed: int, size: tuple[int, int] = (800, 600)) -> Image.Image:
    return build.picture(seed, size)


def photo(path: Path, seed: int, size: tuple[int, int] = (800, 600)) -> Path:
    return build.jpeg(path, seed, size, quality=92)


def thumb(path: Path, image: Image.Image, *, side: int = 160, quality: int = 60, square: bool = False, brighter: float = 1.0) -> Path:
    """What a web service makes of a picture."""
    small = ImageOps.fit(image, (side, side)) if square else image.copy()
    small.thumbnail((side, side))
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        ImageEnhance.Brightness(small.convert("RGB")).enhance(brighter).save(file, "JPEG", quality=quality)
    return path


def names(desk: Desk) -> dict[str, str]:
    """Each thumbnail's status and photo."""
    return {name: f"{row['status']} {Path(row['photo']).name}".strip() for name, row in desk.rows().items()}


def test_sets_are_put_together_again_from_photos_of_many_formats(desk: Desk) -> None:
    album, thumbs = desk.root / "album", desk.root / "thumbs"
    photo(album / "2019" / "IMG_0001.JPG", 1)
    build.heic(album / "2019" / "IMG_0002.HEIC", 2, (800, 600), orientation=6)
    build.png(album / "sub" / "shot ☃.png", 3, (600, 800))
    photo(album / "2020" / "IMG_0004.jpg", 4)
    thumb(thumbs / "album_1" / "a1b2c3", shot(1))  # no ending: as a browser's cache has it
    thumb(
        thumbs / "album_1" / "Image(12)", ImageOps.exif_transpose(Image.open(album / "2019" / "IMG_0002.HEIC")), square=True, brighter=1.15
    )
    thumb(thumbs / "album_2" / "Image(2).jpg", shot(3, (600, 800)), side=120, quality=30)
    thumb(thumbs / "album_2" / "x.jpg", shot(1), side=96)
    thumb(thumbs / "album_2" / "stranger.jpg", shot(99))
    told = desk.run()
    assert names(desk) == {
        "a1b2c3": "matched IMG_0001.JPG",
        "Image(12)": "matched IMG_0002.HEIC",
        "Image(2).jpg": "matched shot ☃.png",
        "x.jpg": "matched IMG_0001.JPG",
        "stranger.jpg": "none",
    }
    assert desk.selected() == {
        "album_1/IMG_0001.JPG": (album / "2019" / "IMG_0001.JPG").read_bytes(),
        "album_1/IMG_0002.HEIC": (album / "2019" / "IMG_0002.HEIC").read_bytes(),
        "album_2/IMG_0001.JPG": (album / "2019" / "IMG_0001.JPG").read_bytes(),
        "album_2/shot ☃.png": (album / "sub" / "shot ☃.png").read_bytes(),
    }
    assert "album_1: 2 thumbnails, 2 matched, 0 to review, 0 without a photo" in told
    assert "album_2: 3 thumbnails, 2 matched, 0 to review, 1 without a photo" in told
    assert "together: 5 thumbnails, 4 matched, 0 to review, 1 without a photo" in told
    assert ",".join(desk.rows()["x.jpg"]) == "set,thumbnail,status,photo,score,runner_up,runner_up_score,alternatives,reason"


def test_a_second_run_changes_nothing(desk: Desk) -> None:
    photo(desk.root / "album" / "a.jpg", 1)
    thumb(desk.root / "thumbs" / "s" / "1.jpg", shot(1))
    desk.run()
    before = build.tree(desk.root / "out" / "selected"), desk.rows()
    told = desk.run()
    assert (build.tree(desk.root / "out" / "selected"), desk.rows()) == before
    assert "0 added, 0 taken out, 1 there already" in told


def test_dryrun_writes_the_table_alone(desk: Desk) -> None:
    photo(desk.root / "album" / "a.jpg", 1)
    thumb(desk.root / "thumbs" / "s" / "1.jpg", shot(1))
    desk.run("--dryrun")
    assert [name for name in os.listdir(desk.root / "out") if not name.startswith(".")] == ["matches.csv"]
    assert names(desk) == {"1.jpg": "matched a.jpg"}


def test_shots_of_a_burst_are_told_apart_and_an_absent_one_is_not_taken_for_its_neighbour(desk: Desk) -> None:
    scene = shot(5, (1000, 750))
    frames = [
        scene.rotate(turn).crop((x, y, x + 880, y + 660)) for x, y, turn in ((20, 20, 0.4), (70, 30, -0.5), (40, 70, 1.0), (100, 60, 0))
    ]
    for number, frame in enumerate(frames):
        if number != 3:
            (desk.root / "album").mkdir(exist_ok=True)
            frame.save(desk.root / "album" / f"B{number}.jpg", quality=92)
        thumb(desk.root / "thumbs" / "s" / f"t{number}.jpg", frame, side=160, brighter=0.95)
    desk.run()
    answers = names(desk)
    assert [answers[f"t{n}.jpg"] for n in range(3)] == ["matched B0.jpg", "matched B1.jpg", "matched B2.jpg"]
    assert not answers["t3.jpg"].startswith("matched")


def test_versions_of_one_shot_go_by_preference_and_the_others_are_alternatives(desk: Desk) -> None:
    album = desk.root / "album"
    photo(album / "original" / "IMG_7.jpg", 7)
    (album / "edited").mkdir()
    ImageEnhance.Contrast(shot(7)).enhance(0.85).save(album / "edited" / "IMG_7.jpg", quality=92)
    thumb(desk.root / "thumbs" / "s" / "t.jpg", ImageEnhance.Contrast(shot(7)).enhance(0.92))
    desk.run()
    assert desk.rows()["t.jpg"]["status"] == "review"  # a thumbnail's own contrast could be the edit
    for preferred, other in (("edited", "original"), ("original", "edited")):
        desk.run("--prefer", f"album/{preferred}", "--with-alternatives")
        row = desk.rows()["t.jpg"]
        assert (row["status"], Path(row["photo"]).parent.name, Path(row["alternatives"]).parent.name) == ("matched", preferred, other)
        assert desk.selected() == {"s/IMG_7.jpg": (album / preferred / "IMG_7.jpg").read_bytes()}
        assert desk.selected("alternatives") == {"s/IMG_7.jpg": (album / other / "IMG_7.jpg").read_bytes()}


def test_of_a_photo_and_its_edit_the_one_that_needs_no_change_is_taken(desk: Desk) -> None:
    photo(desk.root / "album" / "IMG_7.jpg", 7)
    ImageEnhance.Contrast(shot(7)).enhance(0.8).save(desk.root / "album" / "postcard.jpg", quality=92)
    thumb(desk.root / "thumbs" / "s" / "photo.jpg", shot(7))
    thumb(desk.root / "thumbs" / "t" / "edit.jpg", ImageEnhance.Contrast(shot(7)).enhance(0.8))
    desk.run()
    assert names(desk) == {"photo.jpg": "matched IMG_7.jpg", "edit.jpg": "matched postcard.jpg"}


def test_of_a_photo_and_its_messenger_copy_the_photo_is_taken(desk: Desk) -> None:
    photo(desk.root / "album" / "IMG_7.jpg", 7, (1600, 1200))
    Image.open(desk.root / "album" / "IMG_7.jpg").resize((1024, 768)).save(desk.root / "album" / "from-messenger.jpg", quality=70)
    thumb(desk.root / "thumbs" / "s" / "t.jpg", Image.open(desk.root / "album" / "from-messenger.jpg"))
    desk.run()
    row = desk.rows()["t.jpg"]
    assert (row["status"], Path(row["photo"]).name, Path(row["alternatives"]).name) == ("matched", "IMG_7.jpg", "from-messenger.jpg")


def test_mirrored_squeezed_and_pasted_thumbnails_find_their_photos(desk: Desk) -> None:
    for seed in (1, 2, 3):
        photo(desk.root / "album" / f"{seed}.jpg", seed)
    page = Image.new("RGB", (220, 190), "white")
    page.paste(shot(3).resize((150, 112)), (40, 30))
    thumb(desk.root / "thumbs" / "s" / "mirrored.jpg", ImageOps.mirror(shot(1)))
    thumb(desk.root / "thumbs" / "s" / "squeezed.jpg", shot(2).resize((150, 150)))
    thumb(desk.root / "thumbs" / "s" / "page.jpg", page, side=220)
    desk.run()
    found = names(desk)
    assert found.pop("page.jpg").endswith(" 3.jpg"), "found; sure only where the border is seen to the pixel"
    assert found == {"mirrored.jpg": "matched 1.jpg", "squeezed.jpg": "matched 2.jpg"}


def test_what_a_person_wrote_into_the_table_outlives_another_run(desk: Desk) -> None:
    for seed in (1, 2):
        photo(desk.root / "album" / f"{seed}.jpg", seed)
        thumb(desk.root / "thumbs" / "s" / f"t{seed}.jpg", shot(seed))
    photo(desk.root / "other.jpg", 9)
    desk.run()
    desk.rewrite(lambda row: row.update(photo="../other.jpg") if row["photo"].endswith("1.jpg") else None)
    table = desk.root / "out" / "matches.csv"
    table.write_text("".join(line for line in table.read_text("utf-8-sig").splitlines(True) if "t2.jpg" not in line), "utf-8")
    expected = {"s/other.jpg": (desk.root / "other.jpg").read_bytes()}
    desk.apply()
    assert desk.selected() == expected
    for _ in range(2):
        desk.run()
        assert desk.selected() == expected
        assert names(desk) == {"t1.jpg": "matched other.jpg", "t2.jpg": "none"}


def test_matched_without_a_photo_is_refused_and_takes_nothing_out(desk: Desk) -> None:
    photo(desk.root / "album" / "1.jpg", 1)
    thumb(desk.root / "thumbs" / "s" / "t.jpg", shot(1))
    desk.run()
    desk.rewrite(lambda row: row.update(photo=""))
    assert "names no photo" in desk.apply(code=2)
    assert list(desk.selected()) == ["s/1.jpg"]


def test_one_photo_that_is_twice_in_the_album_is_selected_once(desk: Desk) -> None:
    photo(desk.root / "album" / "b.jpg", 1)
    shutil.copy(desk.root / "album" / "b.jpg", desk.root / "album" / "a.jpg")
    thumb(desk.root / "thumbs" / "s" / "t.jpg", shot(1))
    thumb(desk.root / "thumbs" / "s" / "smaller.jpg", shot(1), side=100, brighter=1.1)
    desk.run()
    assert list(desk.selected()) == ["s/a.jpg"]


def test_equal_pixels_under_two_names_are_no_reason_for_doubt(desk: Desk) -> None:
    photo(desk.root / "album" / "a.jpg", 1)
    shutil.copy(desk.root / "album" / "a.jpg", desk.root / "album" / "copy of it.jpg")
    thumb(desk.root / "thumbs" / "s" / "t.jpg", shot(1))
    desk.run()
    row = desk.rows()["t.jpg"]
    assert row["status"] == "matched"
    assert {Path(row["photo"]).name, Path(row["alternatives"]).name} == {"a.jpg", "copy of it.jpg"}


def test_the_same_thumbnail_twice_in_a_set_counts_once(desk: Desk) -> None:
    photo(desk.root / "album" / "a.jpg", 1)
    thumb(desk.root / "thumbs" / "s" / "t.jpg", shot(1))
    shutil.copy(desk.root / "thumbs" / "s" / "t.jpg", desk.root / "thumbs" / "s" / "t(1).jpg")
    assert "s: 1 thumbnail, 1 matched" in desk.run()
    assert len(desk.rows()) == 1
    assert list(desk.selected()) == ["s/a.jpg"]


def test_a_crop_a_border_a_turn_and_lost_colours_do_not_hide_a_photo(desk: Desk) -> None:
    for seed in range(1, 6):
        photo(desk.root / "album" / f"{seed}.jpg", seed)
    thumbs = desk.root / "thumbs" / "s"
    thumb(thumbs / "crop.jpg", shot(1).crop((30, 20, 630, 470)), quality=80)
    thumb(thumbs / "border.jpg", ImageOps.expand(shot(2).resize((150, 112)), 4, "white"), quality=80)
    thumb(thumbs / "turned.jpg", shot(3).rotate(90, expand=True), quality=80)
    thumb(thumbs / "grey.jpg", shot(4).convert("L"), quality=80)
    desk.run()
    assert {name: Path(row["photo"]).name for name, row in desk.rows().items()} == {
        "crop.jpg": "1.jpg",
        "border.jpg": "2.jpg",
        "turned.jpg": "3.jpg",
        "grey.jpg": "4.jpg",
    }
    assert names(desk)["grey.jpg"] == "matched 4.jpg"


def test_a_thumbnail_larger_than_the_photo_and_one_that_shows_nothing(desk: Desk) -> None:
    photo(desk.root / "album" / "small.jpg", 1, (200, 150))
    build.png(desk.root / "album" / "grey.png", 2)
    Image.new("RGB", (600, 400), "#808080").save(desk.root / "album" / "plain.jpg")
    thumb(desk.root / "thumbs" / "s" / "large.jpg", Image.open(desk.root / "album" / "small.jpg").resize((400, 300)), side=400, quality=85)
    thumb(desk.root / "thumbs" / "s" / "plain.jpg", Image.new("RGB", (600, 400), "#808080"))
    desk.run()
    assert names(desk)["large.jpg"].endswith("small.jpg")
    assert names(desk)["plain.jpg"] == "review plain.jpg"


def test_videos_take_part_by_their_frames_when_asked(desk: Desk) -> None:
    build.video(desk.root / "album" / "clip.mp4", 8, (320, 240), frames=16)
    photo(desk.root / "album" / "other.jpg", 1)
    from lib.analysis import decoding

    thumb(desk.root / "thumbs" / "s" / "t.jpg", decoding.frames(os.fspath(desk.root / "album" / "clip.mp4"), 8, 320)[3])
    desk.run()
    assert names(desk)["t.jpg"] == "none"
    desk.run("--videos")
    assert names(desk)["t.jpg"].endswith("clip.mp4")


def test_clashing_names_are_numbered_and_number_puts_the_thumbnails_in_order(desk: Desk) -> None:
    for folder, seed in (("a", 1), ("b", 2), ("c", 3)):
        photo(desk.root / "album" / folder / "IMG_1.jpg", seed)
        thumb(desk.root / "thumbs" / "s" / f"Image({seed * 4}).jpg", shot(seed))
    desk.run()
    assert set(desk.selected()) == {"s/IMG_1.jpg", "s/IMG_1_2.jpg", "s/IMG_1_3.jpg"}
    desk.run("--number")
    tree = desk.selected()
    assert list(tree) == ["s/001_IMG_1.jpg", "s/002_IMG_1.jpg", "s/003_IMG_1.jpg"]
    assert tree["s/002_IMG_1.jpg"] == (desk.root / "album" / "b" / "IMG_1.jpg").read_bytes()


def test_links_instead_of_copies(desk: Desk) -> None:
    original = photo(desk.root / "album" / "a.jpg", 1)
    thumb(desk.root / "thumbs" / "s" / "t.jpg", shot(1))
    desk.run("--link")
    assert os.path.samefile(desk.root / "out" / "selected" / "s" / "a.jpg", original)
    desk.rewrite(lambda row: row.update(status="none"))
    desk.apply()
    assert desk.selected() == {}
    assert original.exists()


def test_apply_adds_what_was_confirmed_and_takes_out_what_was_rejected_and_nothing_else(desk: Desk) -> None:
    for seed in (1, 2, 3):
        photo(desk.root / "album" / f"{seed}.jpg", seed)
        thumb(desk.root / "thumbs" / "s" / f"t{seed}.jpg", shot(seed))
    desk.run()
    own = desk.root / "out" / "selected" / "s" / "mine.jpg"
    own.write_bytes(b"put here by hand")
    (desk.root / "out" / "selected" / "s" / "3.jpg").write_bytes(b"edited since")

    def decide(row: dict[str, str]) -> None:
        if row["thumbnail"].endswith("t1.jpg"):
            row["photo"] = os.fspath(desk.root / "album" / "2.jpg")
        elif row["thumbnail"].endswith("t2.jpg"):
            row["status"] = "Review"
        else:
            row["status"] = "none"

    desk.rewrite(decide)
    assert "nothing was changed" in desk.apply("--dryrun")
    told = desk.apply(code=1)
    assert "was changed since it was copied here" in told
    assert desk.selected() == {
        "s/2.jpg": (desk.root / "album" / "2.jpg").read_bytes(),
        "s/3.jpg": b"edited since",
        "s/mine.jpg": b"put here by hand",
    }
    assert all((desk.root / "album" / f"{seed}.jpg").exists() for seed in (1, 2, 3))
    desk.run(code=1)  # what was decided by hand outlives a new search; the copy that was edited is told of again
    assert names(desk)["t1.jpg"] == "matched 2.jpg"
    assert desk.rows()["t1.jpg"]["reason"] == "as you decided"


def test_the_last_copy_of_a_photo_is_never_taken_out(desk: Desk) -> None:
    original = photo(desk.root / "album" / "a.jpg", 1)
    content = original.read_bytes()
    thumb(desk.root / "thumbs" / "s" / "t.jpg", shot(1))
    desk.run()
    original.unlink()
    desk.rewrite(lambda row: row.update(status="none"))
    desk.apply(code=1)
    assert desk.selected() == {"s/a.jpg": content}


def test_apply_refuses_what_makes_no_sense(desk: Desk) -> None:
    photo(desk.root / "album" / "a.jpg", 1)
    thumb(desk.root / "thumbs" / "s" / "t.jpg", shot(1))
    desk.run()
    desk.rewrite(lambda row: row.update(set="../.."))
    assert "cannot be the name of a folder" in desk.apply(code=2)
    desk.rewrite(lambda row: row.update(set="s", status="perhaps"))
    assert "matched, review and none" in desk.apply(code=2)
    desk.rewrite(lambda row: row.update(status="matched", photo="/nowhere/b.jpg"))
    assert "/nowhere/b.jpg" in desk.apply(code=1)


def test_broken_files_are_named_and_the_rest_goes_on(desk: Desk) -> None:
    photo(desk.root / "album" / "a.jpg", 1)
    (desk.root / "album" / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 nothing")
    thumb(desk.root / "thumbs" / "s" / "t.jpg", shot(1))
    (desk.root / "thumbs" / "s" / "cut.jpg").write_bytes(io.BytesIO(b"\xff\xd8\xff").getvalue())
    (desk.root / "thumbs" / "s" / "notes.txt").write_text("which ones?")
    told = desk.run("--list-unmatched", code=1)
    assert "broken.jpg" in told
    assert "cut.jpg" in told
    assert names(desk) == {"t.jpg": "matched a.jpg", "cut.jpg": "none"}
    assert "s: 2 thumbnails, 1 matched, 0 to review, 1 without a photo (1 unreadable)" in told


def test_thumbnails_of_every_kind_are_read_and_none_stops_the_run(desk: Desk) -> None:
    for number in range(8):
        photo(desk.root / "album" / f"{number}.jpg", number)
    folder = desk.root / "thumbs" / "s"
    folder.mkdir(parents=True)
    small = [shot(number).resize((160, 120), Image.Resampling.LANCZOS) for number in range(8)]
    small[0].convert("CMYK").save(folder / "cmyk.jpg", quality=70)
    Image.fromarray(np.asarray(small[1].convert("L"), np.uint16) * 257).save(folder / "deep.png")
    see_through = small[2].convert("RGBA")
    see_through.putalpha(0)
    see_through.save(folder / "invisible.png")
    small[3].save(folder / "moving.gif", save_all=True, append_images=[small[4]], duration=50)
    small[5].save(folder / "Image(12)", format="WEBP", quality=60)
    shot(6).resize((3000, 2250)).save(folder / "huge.jpg", quality=80)
    shot(7).resize((160, 120), Image.Resampling.BILINEAR).save(folder / "lossless.png")
    Image.new("RGB", (1, 1)).save(folder / "one.png")
    Image.new("RGB", (2000, 1)).save(folder / "line.png")
    told = desk.run(code=1)
    assert "one.png: is too small to recognise anything (1 x 1 pixels)" in told
    assert "line.png: is too small" in told
    found = names(desk)
    sure = {"cmyk.jpg": 0, "deep.png": 1, "Image(12)": 5, "huge.jpg": 6, "lossless.png": 7}
    assert {name: found[name] for name in sure} == {name: f"matched {number}.jpg" for name, number in sure.items()}
    assert found["moving.gif"] == "matched 3.jpg"
    assert found["invisible.png"].startswith("review"), "it shows nothing, and so is never sure"
    assert {found["one.png"], found["line.png"]} == {"none"}


def test_the_plain_edge_of_a_photo_is_no_border_of_its_thumbnail(desk: Desk) -> None:
    framed = ImageOps.expand(shot(1, (720, 540)), (40, 30), "white")
    (desk.root / "album").mkdir()
    framed.save(desk.root / "album" / "a.jpg", quality=92)
    thumb(desk.root / "thumbs" / "s" / "t.jpg", framed)
    desk.run()
    assert names(desk) == {"t.jpg": "matched a.jpg"}
    assert "as a whole" in desk.rows()["t.jpg"]["reason"]


def test_empty_folders_and_wrong_ones(desk: Desk) -> None:
    (desk.root / "album").mkdir()
    (desk.root / "thumbs").mkdir()
    assert "There are no thumbnails there." in desk.run()
    thumb(desk.root / "thumbs" / "t.jpg", shot(1))
    assert "thumbs: 1 thumbnail, 0 matched, 0 to review, 1 without a photo" in desk.run()
    assert "there is no such folder" in desk.run(album="nowhere", code=2)
    assert "Name the folder of thumbnails" in desk.call(["--output", "out"], code=2)


def test_the_page_shows_the_same_rows(desk: Desk) -> None:
    photo(desk.root / "album" / "a.jpg", 1)
    thumb(desk.root / "thumbs" / "s" / "t.jpg", shot(1))
    told = desk.call(["--thumbnails", "thumbs", "--album", "album", "--output", "out", "--no-index"])
    assert "matches.html" in told
    assert "a.jpg" in (desk.root / "out" / "matches.html").read_text(encoding="utf-8")
