"""Runs that follow on others, cross file systems, meet full disks, or are stopped by the person."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import build
from tests.run import Desk, snapshot

DAY = "2019:07:03 12:34:56"
needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace shows what is opened, and sends signals at a chosen call")


def messy(source: Path) -> None:
    build.heic(source / "a" / "IMG_1.HEIC", 1, date=DAY)
    build.jpeg(source / "a" / "IMG_2.jpg", 2, date=DAY)
    build.jpeg(source / "b" / "IMG_2.jpg", 2, (160, 120), date=DAY)
    build.video(source / "b" / "v.mp4", 3, created="2019-07-03T10:00:00Z")
    shutil.copy2(source / "a" / "IMG_1.HEIC", source / "b" / "copy.heic")
    (source / "a" / "IMG_2.xmp").write_text("<x/>")


def many(source: Path, count: int) -> dict[str, bytes]:
    """So many photos that differ in their last bytes, by the names that they have in the album."""
    first = build.jpeg(source / "0000.jpg", 1, (64, 48), date=DAY).read_bytes()
    for number in range(1, count):
        (source / f"{number:04}.jpg").write_bytes(first + number.to_bytes(4, "big"))
    return {f"2019/07/{name}": data for name, data in build.tree(source).items()}


@needs_strace
@pytest.mark.parametrize("how", ["--copy", "--keep-all"])
def test_a_second_run_does_nothing_says_so_and_opens_no_picture(desk: Desk, how: str) -> None:
    messy(desk.source)
    desk.run(how)
    before, calls = snapshot(desk.source, desk.album), desk.folder / "calls"

    again = desk.start(["strace", "-f", "-qq", "-e", "trace=openat,open", "-o", os.fspath(calls), *desk.command(how, "--no-reread")])

    opened = re.findall(r'"([^"]*)"', calls.read_text(errors="replace"))
    assert not [path for path in opened if re.search(r"\.(heic|jpe?g|mp4|xmp)$", path, re.IGNORECASE)]
    assert again.code == 0
    assert "Nothing to do" in again.out
    changed = {path for path, seen in snapshot(desk.source, desk.album).items() if before.get(path) != seen}
    assert all(".photo-toolkit" in path for path in changed)


def test_a_grown_source_brings_in_what_is_new_and_nothing_else(desk: Desk) -> None:
    messy(desk.source)
    desk.run("--copy")
    build.jpeg(desk.source / "a" / "new.jpg", 7, date=DAY)
    done = desk.run("--copy")
    assert done.counts == {"copied": 1, "duplicate": 6}


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    """A folder on another file system."""
    if not os.path.isdir("/dev/shm") or os.stat("/dev/shm").st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system here")
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder)


def test_a_move_across_file_systems_copies_verifies_and_unlinks(desk: Desk, elsewhere: Path) -> None:
    messy(elsewhere / "in")
    contents = set(build.tree(elsewhere / "in").values())
    path = elsewhere / "in" / "a" / "IMG_2.jpg"
    os.utime(path, ns=(10**18, 1_111_111_111_222_333_444))

    done = desk.run("--duplicates", "delete", source=elsewhere / "in")

    assert done.code == 0
    assert set(desk.in_album().values()) == contents
    assert not build.tree(elsewhere / "in")
    assert (desk.album / "2019/07/IMG_2.jpg").stat().st_mtime_ns == 1_111_111_111_222_333_444
    assert done.row("a/IMG_2.jpg")["action"] == "moved"


def in_small_room(desk: Desk, size: str, command: list[str], room: Path) -> subprocess.CompletedProcess[str]:
    """Run a command with a small tmpfs of its own at `room`; what it held is left there afterwards."""
    script = (
        'room=$1; left=$2; shift 2; mount -t tmpfs -o size=%s none "$room" || exit 99; "$@"; code=$?; cp -a "$room"/. "$left"; exit $code'
    )
    left = desk.folder / "left"
    left.mkdir()
    room.mkdir()
    words = ["unshare", "-m", "sh", "-c", script % size, "sh", os.fspath(room), os.fspath(left), *command]
    return subprocess.run(words, capture_output=True, text=True, check=False, cwd=desk.folder)


@pytest.fixture
def may_mount(tmp_path: Path) -> None:
    if shutil.which("unshare") is None or os.geteuid() != 0:
        pytest.skip("mounting is for root")
    if subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "none", os.fspath(tmp_path)], capture_output=True, check=False).returncode:
        pytest.skip("mounting is not allowed here")


@pytest.mark.usefixtures("may_mount")
def test_an_album_disk_that_is_too_small_is_told_before_anything_is_moved(desk: Desk) -> None:
    contents = many(desk.source, 20)
    (desk.source / "large.jpg").write_bytes(next(iter(contents.values())) + bytes(4_000_000))
    before = snapshot(desk.source)
    done = in_small_room(desk, "3m", desk.command(album=desk.folder / "room" / "album"), desk.folder / "room")
    assert done.returncode == 2
    assert "make room there" in done.stderr
    assert snapshot(desk.source) == before
    assert not [name for name in build.tree(desk.folder / "left") if name.endswith(".jpg")]


@needs_strace
def test_a_photo_is_read_whole_once(desk: Desk) -> None:
    """SHA-256 for the manifest, XXH3 for comparing, and the tags: one pass over the bytes, and the first blocks a second time.

    The check for damage decodes them, which is a pass of its own, out of memory.
    """
    photo = build.jpeg(desk.source / "a.jpg", 1, date=DAY)
    photo.write_bytes(photo.read_bytes() + bytes(8 << 20))
    photo_size, calls = photo.stat().st_size, desk.folder / "calls"
    names = "trace=read,readv,pread64,preadv,preadv2"
    done = desk.start(
        ["strace", "-f", "-qq", "-e", names, "-P", os.fspath(photo), "-o", os.fspath(calls), *desk.command("--no-damage-check")]
    )
    assert done.places() == {"a.jpg": ("moved", "2019/07/a.jpg")}
    counts = [
        int(line.rpartition("= ")[2]) for line in calls.read_text(errors="replace").splitlines() if line.rpartition("= ")[2].isdecimal()
    ]
    assert photo_size <= sum(counts) < 1.2 * photo_size


@needs_strace
def test_a_disk_that_fills_up_leaves_nothing_half_written_and_all_is_in_the_report(desk: Desk, elsewhere: Path) -> None:
    contents = many(elsewhere, 150)
    faults = [
        "strace",
        "-f",
        "-qq",
        "-o",
        os.devnull,
        "-P",
        os.fspath(desk.album / "2019" / "07"),
        "-e",
        "inject=fsync:error=ENOSPC:when=2+",
    ]
    command = desk.command(source=elsewhere)

    done = desk.start([*faults, *command])

    assert done.code == 1
    assert len(done.rows) == 150
    inside, outside = desk.in_album(), {f"2019/07/{name}": data for name, data in build.tree(elsewhere).items()}
    assert {**outside, **inside} == contents
    assert all(contents[name] == data for name, data in inside.items())
    again = desk.start(command)
    assert again.code == 0
    assert desk.in_album() == contents


@needs_strace
@pytest.mark.parametrize(("call", "when"), [("renameat2", 70), ("renameat2", 2)])  # made by one thread, so there is one signal
def test_ctrl_c_during_the_transfer_reports_what_was_done_and_the_next_run_goes_on(
    desk: Desk, call: str, when: int, elsewhere: Path
) -> None:
    contents = many(elsewhere, 200)
    command = desk.command(source=elsewhere)

    done = desk.start(["strace", "-f", "-qq", "-o", os.devnull, "-e", f"inject={call}:signal=INT:when={when}", *command])

    assert done.code == 130
    assert "starting again goes on from here" in done.out
    assert len(done.rows) == 200
    album = desk.in_album()
    assert done.counts["moved"] == len(album) < 200
    assert done.counts["skipped"] == 200 - len(album)
    assert all(contents[name] == data for name, data in album.items()), "what stands under a final name is whole"
    assert not [name for name in build.tree(desk.album) if name.endswith(".tmp")]
    assert done.err.count("\n") < 5, "what did not get its turn is no list of failures"

    again = desk.start(command)
    assert (again.code, again.counts) == (0, {"moved": 200 - len(album)})
    assert desk.in_album() == contents


@needs_strace
def test_ctrl_c_while_the_report_is_written_leaves_a_whole_report(desk: Desk) -> None:
    messy(desk.source)
    # Two files are put in their places before it: the record of the run, and the manifest
    done = desk.start(["strace", "-qq", "-o", os.devnull, "-e", "inject=renameat:signal=INT:when=3", *desk.command()])
    assert done.code == 130
    assert "starting again goes on from here" in done.out
    assert len(done.rows) == 6


@needs_strace
def test_ctrl_c_while_reading_changes_nothing(desk: Desk) -> None:
    messy(desk.source)
    before = snapshot(desk.source)
    # The parent's first wait for answers
    done = desk.start(["strace", "-qq", "-o", os.devnull, "-e", "inject=poll:signal=INT:when=1", *desk.command()])
    assert done.code == 130
    assert "Stopped before anything was changed" in done.err
    assert snapshot(desk.source) == before
    assert not desk.in_album()


def test_a_terminated_run_ends_like_an_interrupted_one(desk: Desk) -> None:
    messy(desk.source)
    process = subprocess.Popen(desk.command(), cwd=desk.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode in (130, -signal.SIGINT), "before its first line Python itself ends it"
    assert desk.run().code == 0


def test_sources_that_cannot_be_deleted_are_copied_and_that_is_told(desk: Desk, elsewhere: Path) -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace refuses the unlink")
    data = build.jpeg(elsewhere / "a.jpg", 1, date=DAY).read_bytes()
    done = desk.start(
        [
            "strace",
            "-f",
            "-qq",
            "-o",
            os.devnull,
            "-P",
            os.fspath(elsewhere),
            "-e",
            "inject=unlinkat:error=EACCES",
            *desk.command(source=elsewhere),
        ]
    )
    row = done.row("a.jpg")
    assert (done.code, row["action"]) == (1, "copied")
    assert "source kept" in row["error"]
    assert desk.in_album() == {"2019/07/a.jpg": data}
    assert build.tree(elsewhere) == {"a.jpg": data}
