"""What can be done with an album later: list its runs, put one back, find what rotted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests import build
from tests.run import Desk, Done

DAY = "2019:07:03 12:00:00"


@pytest.fixture
def album(desk: Desk) -> Desk:
    """An album of three pictures."""
    for number in (1, 2, 3):
        build.jpeg(desk.source / f"{number}.jpg", number, date=DAY)
    assert desk.run().code == 0
    return desk


def ask(desk: Desk, *words: str) -> Done:
    command = desk.command(*words)
    at = command.index("--input")
    return desk.start(command[:at] + command[at + 2 :])


def rot(path: Path) -> None:
    """Change one byte, and nothing that the file system tells of the file but its ctime."""
    times, data = path.stat(), bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def test_a_sound_album_is_sound(album: Desk) -> None:
    done = ask(album, "--verify")
    assert done.code == 0 and "3 files read: 3 as they were" in done.out


def test_rot_loss_and_strangers_are_named(album: Desk) -> None:
    month = album.album / "2019/07"
    rot(month / "1.jpg")
    (month / "2.jpg").unlink()
    build.jpeg(month / "stranger.jpg", 9)
    done = ask(album, "--verify")
    assert done.code == 1
    assert done.out.splitlines()[:3] == ["changed: 2019/07/1.jpg", "extra: 2019/07/stranger.jpg", "missing: 2019/07/2.jpg"]
    assert "3 files read: 1 as they were, 1 changed, 1 missing, 1 extra, 0 unreadable" in done.out


def test_what_is_adopted_is_sound_from_then_on_and_what_is_missing_stays_missing(album: Desk) -> None:
    month = album.album / "2019/07"
    rot(month / "1.jpg")
    build.jpeg(month / "stranger.jpg", 9)
    assert ask(album, "--verify", "--adopt", "--dryrun").code == 1 and ask(album, "--verify").code == 1
    assert ask(album, "--verify", "--adopt").code == 0 and ask(album, "--verify").code == 0
    (month / "2.jpg").unlink()
    assert ask(album, "--verify", "--adopt").code == 1 and ask(album, "--verify").code == 1


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_link_to_the_same_bytes_is_no_file_of_the_album(album: Desk) -> None:
    photo = album.album / "2019/07/1.jpg"
    os.rename(photo, album.folder / "elsewhere.jpg")
    photo.symlink_to(album.folder / "elsewhere.jpg")
    done = ask(album, "--verify")
    assert done.code == 1 and "missing: 2019/07/1.jpg (it is hidden, a link, or no regular file any more)" in done.out


def test_runs_are_listed_with_what_became_of_them(album: Desk) -> None:
    build.jpeg(album.source / "4.jpg", 4, date=DAY)
    album.run()
    first, second = ask(album, "--runs").out.splitlines()
    assert "import" in first and "3 of 3 done" in first and "complete" in first and "1 of 1 done" in second
    run_id = second.split()[0]
    assert ask(album, "--undo", run_id).code == 0
    lines = ask(album, "--runs").out.splitlines()
    assert lines[1].endswith("put back") and lines[2].endswith(f"put back {run_id}")


def test_an_undo_says_what_it_did_and_what_stays(album: Desk) -> None:
    (album.album / "2019/07/1.jpg").write_bytes(b"edited")
    tried = ask(album, "--undo", "--dryrun")
    assert tried.code == 1 and "would be put back: 2 files; 1 stays as it is" in tried.out and not list(album.source.iterdir())
    done = ask(album, "--undo")
    assert done.code == 1 and "2 files; 1 stays as it is" in done.out
    assert "2019/07/1.jpg: it was changed since" in done.err
    assert sorted(path.name for path in album.source.iterdir()) == ["2.jpg", "3.jpg"]


@pytest.mark.parametrize("words", [["--verify"], ["--undo"], ["--undo", "19990101-000000-abcd"]], ids=" ".join)
def test_what_cannot_be_done_is_one_sentence(desk: Desk, words: list[str]) -> None:
    desk.album.mkdir()
    done = ask(desk, *words)
    assert done.code == 2 and len(done.err.splitlines()) == 1
