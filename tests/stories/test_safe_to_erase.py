"""May this drive be erased? Yes only where every picture on it is in the album, read from the disk in this run."""

from __future__ import annotations

import csv
import os
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from tests import build
from tests.disks import may_mount
from tests.run import Desk, Done, snapshot

PICTURES = ("beach.jpg", "party/cake.jpg", "party/dance.mp4", "garden.png")


@dataclass(frozen=True, slots=True)
class Wipe:
    """An old disk whose pictures were copied into an album, and a desk from which to ask."""

    desk: Desk

    @property
    def disk(self) -> Path:
        return self.desk.source

    @property
    def album(self) -> Path:
        return self.desk.album

    @property
    def table(self) -> Path:
        return self.desk.folder / "proof.csv"

    def ask(self, *options: str | Path) -> Done:
        self.table.unlink(missing_ok=True)
        return self.desk.start([*self.desk.command("--safe-to-erase", *options), "--report", os.fspath(self.table)])

    def rows(self) -> dict[str, dict[str, str]]:
        with self.table.open(encoding="utf-8-sig", newline="") as file:
            return {row["path"]: row for row in csv.DictReader(file) if row["verdict"] not in ("certificate", "seal")}

    def verdict(self, name: str) -> str:
        return self.rows()[os.fspath(self.disk / name)]["verdict"]

    def in_album(self, name: str) -> Path:
        (found,) = [path for path in self.album.rglob(Path(name).name) if path.is_file()]
        return found


@pytest.fixture
def wipe(tmp_path: Path) -> Wipe:
    made = Wipe(Desk(tmp_path))
    build.jpeg(made.disk / "beach.jpg", 1, date="2019:07:03 12:00:00")
    build.jpeg(made.disk / "party/cake.jpg", 2, date="2020:01:01 12:00:00")
    build.video(made.disk / "party/dance.mp4", 3, created="2020-01-01T13:00:00Z")
    build.png(made.disk / "garden.png", 4, date="2021:05:05 12:00:00")
    done = made.desk.run("--copy")
    assert done.code == 0, done.err
    return made


def last(done: Done) -> str:
    return done.out.strip().splitlines()[-1]


def test_yes_when_every_picture_was_read_in_both_places(wipe: Wipe) -> None:
    before = snapshot(wipe.disk, wipe.album)
    done = wipe.ask()
    assert (done.code, last(done)[:46]) == (0, f"Yes. 4 pictures, all in {wipe.album}"[:46]), done.out
    assert "on the same drive" in done.out  # this folder, that is, and not the drive
    assert {wipe.verdict(name) for name in PICTURES} == {"in album, same bytes"}
    assert snapshot(wipe.disk, wipe.album) == before


def change_a_byte(wipe: Wipe) -> None:
    data = bytearray((wipe.disk / "beach.jpg").read_bytes())
    data[len(data) // 2] ^= 1
    (wipe.disk / "beach.jpg").write_bytes(data)


def remove_from_album(wipe: Wipe) -> None:
    wipe.in_album("beach.jpg").unlink()


def rot_in_album(wipe: Wipe) -> None:
    path = wipe.in_album("beach.jpg")
    seen, data = path.stat(), bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))


def link_album_to_disk(wipe: Wipe) -> None:
    path = wipe.in_album("beach.jpg")
    path.unlink()
    path.symlink_to(wipe.disk / "beach.jpg")


def link_disk_to_album(wipe: Wipe) -> None:
    (wipe.disk / "beach.jpg").unlink()
    (wipe.disk / "beach.jpg").symlink_to(wipe.in_album("beach.jpg"))


def hard_link(wipe: Wipe) -> None:
    (wipe.disk / "beach.jpg").unlink()
    (wipe.disk / "beach.jpg").hardlink_to(wipe.in_album("beach.jpg"))


def add(name: str) -> Callable[[Wipe], None]:
    def do(wipe: Wipe) -> None:
        build.jpeg(wipe.disk / name, 77)

    return do


def in_zip(wipe: Wipe) -> None:
    build.jpeg(wipe.desk.folder / "only.jpg", 78)
    with zipfile.ZipFile(wipe.disk / "old.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(wipe.disk / "beach.jpg", "a/beach.jpg")
        archive.write(wipe.desk.folder / "only.jpg", "a/only.jpg")


def broken_zip(wipe: Wipe) -> None:
    in_zip(wipe)
    (wipe.disk / "old.zip").write_bytes((wipe.disk / "old.zip").read_bytes()[:-40])


def encrypted_zip(wipe: Wipe) -> None:
    with zipfile.ZipFile(wipe.disk / "old.zip", "w") as archive:
        archive.write(wipe.disk / "beach.jpg", "beach.jpg")
    data = bytearray((wipe.disk / "old.zip").read_bytes())
    data[data.index(b"PK\1\2") + 8] |= 1
    (wipe.disk / "old.zip").write_bytes(data)


def zip_in_zip(wipe: Wipe) -> None:
    in_zip(wipe)
    with zipfile.ZipFile(wipe.disk / "outer.zip", "w") as archive:
        archive.write(wipe.disk / "old.zip", "old.zip")
    (wipe.disk / "old.zip").unlink()


def tar(wipe: Wipe) -> None:
    shutil.make_archive(os.fspath(wipe.disk / "all"), "gztar", wipe.disk / "party")


def without_ending(wipe: Wipe) -> None:
    build.jpeg(wipe.disk / "x.jpg", 79).rename(wipe.disk / "FILE0001")


def larger(wipe: Wipe) -> None:
    build.jpeg(wipe.disk / "beach.jpg", 1, (640, 480), date="2019:07:03 12:00:00")


@pytest.mark.parametrize(
    "meddle, name, verdict",
    [
        (change_a_byte, "beach.jpg", "not in album"),
        (remove_from_album, "beach.jpg", "not in album"),
        (rot_in_album, "beach.jpg", "not in album"),
        (link_album_to_disk, "beach.jpg", "not in album"),
        (link_disk_to_album, "beach.jpg", "link"),
        (hard_link, "beach.jpg", "not in album"),
        (add(".hidden.jpg"), ".hidden.jpg", "hidden"),
        (add(".trash/deep/er.jpg"), ".trash/deep/er.jpg", "hidden"),
        (add("@eaDir/thumb.jpg"), "@eaDir/thumb.jpg", "hidden"),
        (add(".photo-toolkit/er.jpg"), ".photo-toolkit/er.jpg", "hidden"),
        (add("Mine.photoslibrary/resources/renders/er.jpg"), "Mine.photoslibrary/resources/renders/er.jpg", "library"),
        (in_zip, "old.zip!a/only.jpg", "not in album"),
        (broken_zip, "old.zip", "unreadable"),
        (encrypted_zip, "old.zip", "unreadable"),
        (zip_in_zip, "outer.zip", "unreadable"),
        (tar, "all.tar.gz", "unreadable"),
        (without_ending, "FILE0001", "not in album"),
        (larger, "beach.jpg", "not in album"),
    ],
)
def test_no_with_the_file_named(wipe: Wipe, meddle: Callable[[Wipe], None], name: str, verdict: str) -> None:
    meddle(wipe)  # the index knows all files from the import, which must not count as having read them
    done = wipe.ask()
    assert (done.code, wipe.verdict(name)) == (1, verdict), done.out
    assert last(done).startswith("No. 1 file is only here") and os.fspath(wipe.disk / name) in last(done)
    assert [row["path"] for row in wipe.rows().values() if row["only_here"]] == [os.fspath(wipe.disk / name)]
    page = wipe.table.with_suffix(".html").read_text(encoding="utf-8")
    assert '<h1 class="no">No.</h1>' in page and Path(name).name in page


def test_a_file_that_has_rotted_in_the_album_is_told_as_such(wipe: Wipe) -> None:
    rot_in_album(wipe)
    assert "should have these bytes and has not" in wipe.ask().out


def test_a_picture_that_cannot_be_read_is_a_no(wipe: Wipe) -> None:
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    (wipe.disk / "beach.jpg").chmod(0)
    assert wipe.ask().code == 1 and wipe.verdict("beach.jpg") == "unreadable"


@pytest.mark.skipif(not may_mount(), reason="bind mounts need root")
@pytest.mark.drives
def test_the_album_shown_at_another_place_does_not_prove_itself(wipe: Wipe) -> None:
    shown = wipe.desk.folder / "shown"
    shown.mkdir()
    script = f"mount --bind '{wipe.album}/2020' '{shown}' && exec \"$@\""
    command = wipe.desk.command("--safe-to-erase", "--input", shown)
    done = wipe.desk.start(["unshare", "-m", "sh", "-c", script, "sh", *command, "--report", os.fspath(wipe.table)])
    assert (done.code, last(done)[:18]) == (1, "No. 2 files are on"), done.out
    assert "is this very file under another name" in done.out


def test_documents_make_it_a_yes_for_pictures(wipe: Wipe) -> None:
    (wipe.disk / "taxes.pdf").write_bytes(b"%PDF-1.4 " * 100)
    (wipe.disk / "beach.jpg.xmp").write_text("<x:xmpmeta xmlns:x='adobe:ns:meta/'/>")
    with zipfile.ZipFile(wipe.disk / "copy.zip", "w") as archive:
        archive.write(wipe.disk / "beach.jpg", "beach.jpg")
    done = wipe.ask()
    assert (done.code, last(done).partition(" 5 pictures")[0]) == (0, "Yes, for pictures."), done.out
    assert "3 other files" in last(done)
    assert [wipe.verdict(name) for name in ("taxes.pdf", "beach.jpg.xmp", "copy.zip", "copy.zip!beach.jpg")] == [
        "no picture",
        "part of",
        "no picture",
        "in album, same bytes",
    ]


def test_equal_pixels_count_where_only_tags_differ(wipe: Wipe) -> None:
    with Image.open(wipe.disk / "garden.png") as picture:
        picture.save(wipe.disk / "garden.png", "PNG", exif=build.exif("2001:01:01 00:00:00").tobytes(), compress_level=1)
    done = wipe.ask()
    assert (done.code, wipe.verdict("garden.png")) == (0, "in album, same picture"), done.out


def test_a_folder_may_be_called_as_if_it_were_an_archive(wipe: Wipe) -> None:
    build.jpeg(wipe.disk / "Party!/<b>.jpg", 80)
    done = wipe.ask()
    assert (done.code, wipe.verdict("Party!/<b>.jpg")) == (1, "not in album")
    page = wipe.table.with_suffix(".html").read_text(encoding="utf-8")
    assert f"<td>{wipe.disk}/Party!</td>" in page and "&lt;b&gt;.jpg" in page and "<b>" not in page
    assert len(list((wipe.desk.folder / "proof_files").glob("*.jpg"))) == 1  # its small picture


def test_what_is_set_aside_counts_and_is_told(wipe: Wipe) -> None:
    path = wipe.in_album("beach.jpg")
    (wipe.album / "superseded/2019/07").mkdir(parents=True)
    path.rename(wipe.album / "superseded/2019/07/beach.jpg")
    done = wipe.ask()
    assert (done.code, wipe.verdict("beach.jpg")) == (0, "in album, better version")
    assert "1 of them in superseded" in last(done)


@pytest.mark.parametrize("inside", [".", "2019", ".."])
def test_a_folder_cannot_prove_itself(wipe: Wipe, inside: str) -> None:
    done = wipe.ask("--input", wipe.album / inside)
    assert done.code == 2 and ("cannot prove itself" in done.err or "would be erased with it" in done.err)


def test_the_certificate_may_not_be_erased_with_the_disk(wipe: Wipe) -> None:
    done = wipe.desk.start([*wipe.desk.command("--safe-to-erase"), "--report", os.fspath(wipe.disk / "proof.csv")])
    assert done.code == 2 and "--report" in done.err and not (wipe.disk / "proof.csv").exists()


def check(wipe: Wipe) -> Done:
    return wipe.desk.start([*wipe.desk.command("--check-certificate", wipe.table)])


def test_a_certificate_holds_until_something_changes(wipe: Wipe) -> None:
    assert wipe.ask().code == 0
    assert check(wipe).code == 0
    wipe.disk.rename(wipe.desk.folder / "away")  # as after the wipe
    done = check(wipe)
    assert done.code == 0 and "not connected" in last(done)
    rot_in_album(wipe)
    done = check(wipe)
    assert done.code == 1 and "beach.jpg has other bytes" in done.out


def edit_table(wipe: Wipe) -> None:
    wipe.table.write_bytes(wipe.table.read_bytes().replace(b"garden.png", b"garten.png"))


@pytest.mark.parametrize("meddle", [change_a_byte, remove_from_album, rot_in_album, add("new.jpg"), add(".new.jpg"), edit_table])
def test_a_certificate_that_holds_no_more_says_why(wipe: Wipe, meddle: Callable[[Wipe], None]) -> None:
    assert wipe.ask().code == 0
    meddle(wipe)
    done = check(wipe)
    assert done.code == 1 and "It does not hold" in last(done), done.out


def test_a_no_is_no_certificate(wipe: Wipe) -> None:
    add("new.jpg")(wipe)
    assert wipe.ask().code == 1
    done = check(wipe)
    assert done.code == 1 and "never said yes" in done.out
