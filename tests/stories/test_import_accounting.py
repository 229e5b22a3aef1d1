"""Every file has its row, also one that is passed over; and nobody is told that all is safe while something lies there unseen."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tests import build
from tests.run import Desk, snapshot

DAY = "2019:07:03 12:34:56"


def all_files(*roots: Path) -> list[str]:
    """Every file and link below the folders, but the toolkit's own records."""
    found = [os.path.join(folder, name) for root in roots for folder, below, names in os.walk(root) for name in names]
    found += [os.path.join(folder, name) for root in roots for folder, below, _ in os.walk(root) for name in below]
    return sorted(path for path in found if ".photo-toolkit" not in path and (os.path.islink(path) or not os.path.isdir(path)))


def other_album(desk: Desk, root: Path) -> Path:
    """An album with a set aside version, a quarantined copy, a sidecar, and a hidden original."""
    source = desk.folder / "other source"
    build.jpeg(source / "a" / "IMG_1.jpg", 1, (640, 480), date=DAY)
    build.smaller(source / "b" / "IMG_1.jpg", 1, (320, 240), (640, 480), date=DAY)
    shutil.copy2(source / "a" / "IMG_1.jpg", source / "copy.jpg")
    (source / "a" / "IMG_1.xmp").write_text("<x/>")
    assert desk.run("--duplicates", "quarantine", source=source, album=root).counts == {"moved": 2, "superseded": 1, "duplicate": 1}
    shutil.copy2(root / "2019" / "07" / "IMG_1.jpg", root / "2019" / "07" / ".IMG_1.jpg.original")
    return root


def test_what_is_passed_over_has_its_row_and_its_count(desk: Desk) -> None:
    build.jpeg(desk.source / "a.jpg", 1, date=DAY)
    for name in (".b.jpg", ".Trash-1000/files/c.jpg", "@eaDir/a.jpg/THUMB.jpg", "Thumbs.db"):
        build.jpeg(desk.source / "made.jpg", 2)
        (desk.source / name).parent.mkdir(parents=True, exist_ok=True)
        os.rename(desk.source / "made.jpg", desk.source / name)
    os.symlink("a.jpg", desk.source / "link.jpg")
    before = all_files(desk.source)

    done = desk.run()

    assert sorted(row["source"] for row in done.rows) == before
    assert {os.path.basename(row["source"]): row["rule"] for row in done.rows if row["action"] == "skipped"} == {
        ".b.jpg": "hidden",
        "c.jpg": "hidden",
        "THUMB.jpg": "a system's own",
        "Thumbs.db": "a system's own",
        "link.jpg": "link",
    }
    assert "Passed over, each named in the report: 2 hidden, 1 linked, 2 of a system's own." in done.out
    assert "Nothing to do" not in desk.run().out


def test_nobody_is_told_that_all_is_in_the_album_while_unknown_files_lie_there(desk: Desk) -> None:
    build.jpeg(desk.source / "a.jpg", 1, date=DAY)
    for name in ("1.svg", "2.SVG", "film.rm", "scan.pcx", "photos.zip", "README"):
        (desk.source / name).write_bytes(b"?")
    desk.run("--copy")
    again = desk.run("--copy")
    assert "Nothing to do" not in again.out and "Nothing came in." in again.out
    assert "names are no photo's or video's: 2 svg, 1 pcx, 1 rm, 1 without an ending, 1 zip." in again.out


def test_an_album_below_an_input_is_named_and_not_taken_apart_without_a_word(desk: Desk) -> None:
    album = other_album(desk, desk.source / "backup" / "album")
    build.jpeg(desk.source / "b.jpg", 5, date=DAY)
    before = snapshot(desk.source)

    done = desk.run()

    assert done.code == 2 and done.err.startswith(f"{album} is an album of its own")
    assert snapshot(desk.source) == before
    assert desk.run("--copy").counts["copied"] == 3
    assert desk.run("--merge", album=desk.folder / "merged").counts["moved"] == 3


def test_a_merged_album_is_accounted_for_file_by_file(desk: Desk) -> None:
    other = other_album(desk, desk.folder / "other")
    build.jpeg(desk.source / "own.jpg", 7, date=DAY)
    desk.run()
    before, contents = all_files(other), set(build.tree(other).values())

    done = desk.run(source=other)

    assert sorted(row["source"] for row in done.rows) == before
    assert done.counts == {"moved": 2, "skipped": 4}
    rules = {os.path.relpath(row["source"], other): row["rule"] for row in done.rows if row["action"] == "skipped"}
    assert rules == {
        "superseded/2019/07/IMG_1.jpg": "set aside",
        "quarantine/other source/copy.jpg": "set aside",
        "2019/07/.IMG_1.jpg.original": "hidden",
        "SHA256SUMS": "no photo or video",
    }
    assert "1 hidden, 2 set aside in superseded/ or quarantine/" in done.out
    assert contents <= set(build.tree(other).values()) | set(build.tree(desk.album).values())


def test_a_persons_own_folder_called_quarantine_is_imported_like_any_other(desk: Desk) -> None:
    build.jpeg(desk.source / "quarantine" / "2020" / "a.jpg", 1, date=DAY)
    assert desk.run().places() == {"a.jpg": ("moved", "2019/07/a.jpg")}
