"""Drives that are far away: one file under two names through a cache, a cable that is pulled, and two computers on one album."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests import build
from tests.disks import cloud_drive, cut, network_drive
from tests.faults import law
from tests.run import ROOT, Desk, read_report

pytestmark = pytest.mark.drives
COUNT = 3


@pytest.fixture
def photos(desk: Desk) -> dict[str, str]:
    """The source holds photos, older than today as photos are; every file by its path."""
    for number in range(COUNT):
        photo = build.jpeg(desk.source / f"IMG_{number}.JPG", number + 1, (64, 48), date=f"2019:07:0{number + 1} 12:00:00")
        os.utime(photo, (1_500_000_000, 1_500_000_000))
    return law.look([desk.source])


def view(desk: Desk) -> AbstractContextManager[tuple[Path, Path]]:
    @contextlib.contextmanager
    def both() -> Iterator[tuple[Path, Path]]:
        with network_drive(desk.folder / "view", desk.source) as other:
            yield desk.source, other

    return both()


def view_of_the_source(desk: Desk) -> AbstractContextManager[tuple[Path, Path]]:
    @contextlib.contextmanager
    def both() -> Iterator[tuple[Path, Path]]:
        with network_drive(desk.folder / "view", desk.source) as other:
            yield other, desk.source

    return both()


@contextlib.contextmanager
def two_views(desk: Desk) -> Iterator[tuple[Path, Path]]:
    with network_drive(desk.folder / "view", desk.source) as one, network_drive(desk.folder / "again", desk.source) as other:
        yield one, other


@contextlib.contextmanager
def two_links(desk: Desk) -> Iterator[tuple[Path, Path]]:
    for name in ("one", "other"):
        (desk.folder / "links").mkdir(exist_ok=True)
        (desk.folder / "links" / name).symlink_to(desk.source)
    with network_drive(desk.folder / "view", desk.folder / "links", "follow_symlinks") as place:
        yield place / "one", place / "other"


@contextlib.contextmanager
def cloud(desk: Desk) -> Iterator[tuple[Path, Path]]:
    with cloud_drive(desk.folder / "view", desk.source) as other:
        yield desk.source, other


TWO_NAMES = [view, view_of_the_source, two_views, two_links, cloud]


@pytest.mark.parametrize("duplicates", ["delete", "quarantine"])
@pytest.mark.parametrize("two_names", TWO_NAMES)
def test_a_folder_under_two_names_is_not_imported_for_itself(
    desk: Desk, photos: dict[str, str], two_names: object, duplicates: str
) -> None:
    with two_names(desk) as (album, source):  # type: ignore[operator]  # the parameters are functions of this module
        done = desk.run("--duplicates", duplicates, source=source, album=album)
        assert (done.code, done.counts["failed"]) == (1, COUNT), done.err
    assert law.look([desk.source]) == photos


@pytest.mark.parametrize("delete", [True, False])
@pytest.mark.parametrize("two_names", [view, view_of_the_source, two_links])
def test_a_folder_under_two_names_is_no_heap_of_duplicates(desk: Desk, photos: dict[str, str], two_names: object, delete: bool) -> None:
    script = [sys.executable, str(ROOT / "find_duplicates.py"), "--no-index"]
    with two_names(desk) as (one, other):  # type: ignore[operator]  # the parameters are functions of this module
        words = ["-i", str(one), str(other), "-o", str(desk.folder), "--no-page", "--level", "identical"]
        assert subprocess.run([*script, *words], capture_output=True).returncode == 0
        table = desk.folder / "duplicates.csv"
        assert table.read_text("utf-8-sig").count("identical") == 2 * COUNT
        done = subprocess.run([*script, "--apply", str(table), *(["--delete"] if delete else [])], capture_output=True, text=True)
        assert done.returncode == 1 and "one and the same file" in done.stderr, done
    assert law.look([desk.source]) == photos


@pytest.mark.parametrize("duplicates", ["delete", "quarantine"])
def test_moves_and_duplicates_within_one_network_drive(desk: Desk, photos: dict[str, str], duplicates: str) -> None:
    there = desk.folder / "there"
    shutil.copytree(desk.source, there / "inbox")
    shutil.copytree(desk.source, there / "inbox/copies")
    before = law.look([there])
    with network_drive(desk.folder / "drive", there) as drive:
        done = desk.run("--duplicates", duplicates, source=drive / "inbox", album=drive / "album")
        assert (done.code, done.counts["moved"], done.counts["duplicate"]) == (0, COUNT, COUNT), done.err
        assert desk.start([*desk.command(album=drive / "album")[:-2], "--undo"]).code == 0
    assert law.visible(law.look([there])) == before and len(photos) == COUNT


HOLDER = """
import sys
sys.path.insert(0, sys.argv[1])
from lib.transfer.lock import hold
with hold(sys.argv[2], ".photo-toolkit"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.mark.skipif(shutil.which("unshare") is None, reason="unshare is missing")
def test_two_computers_do_not_change_one_album_at_once(desk: Desk, photos: dict[str, str]) -> None:
    """The other computer has a name of its own, and its own mount of the folder: neither sees the locks of the other."""
    there = desk.folder / "there"
    there.mkdir()
    with network_drive(desk.folder / "drive", there) as here, network_drive(desk.folder / "theirs", there) as elsewhere:
        words = [
            "unshare",
            "--uts",
            "sh",
            "-c",
            'hostname other && exec "$@"',
            "sh",
            sys.executable,
            "-c",
            HOLDER,
            str(ROOT),
            str(elsewhere),
        ]
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
            assert other.stdout and other.stdout.readline() == b"held\n"
            refused = desk.run(album=here)
            assert refused.code == 2 and "The computer other (process" in refused.err, refused.err
            assert law.look([desk.source]) == photos
            other.communicate()
        assert desk.run(album=here).code == 0
    assert len(law.visible(law.look([there]))) == COUNT


def test_a_network_that_is_cut_in_the_middle_leaves_a_report_and_every_photo(desk: Desk) -> None:
    """What was moved is in the report, and so is what was not; afterwards the same command brings it to its end."""
    for number in range(150):
        build.jpeg(desk.source / f"IMG_{number:03}.JPG", number + 1, (16, 16), date="2019:07:03 12:00:00")
    before, there = law.look([desk.source]), desk.folder / "there"
    there.mkdir()
    with network_drive(desk.folder / "drive", there) as drive:
        command = desk.command(album=drive)
        with subprocess.Popen(command, cwd=desk.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
            while run.poll() is None and not list(there.glob("2019/07/*.JPG")):
                time.sleep(0.002)
            cut(drive)
            out, err = run.communicate(timeout=120)
        assert run.returncode == 1 and "Traceback" not in err, err
    rows = read_report(desk.report)
    assert len(rows) == 150 and {row["action"] for row in rows} <= {"moved", "copied", "failed"}, out
    law.nothing_lost(before, law.look([desk.source, there]))
    moved = {row["source"] for row in rows if row["action"] == "moved"}
    assert moved.isdisjoint(law.look([desk.source])) and any(row["action"] == "failed" for row in rows)
    with network_drive(desk.folder / "again", there) as drive:
        again = desk.run(album=drive)
        assert again.code in (0, 1), again.err
    law.nothing_lost(before, law.look([desk.source, there]))
    assert set(law.visible(law.look([there])).values()) == set(before.values())
