"""A drive from somebody else brings a journal of its own: nothing outside of its folder is done because of it, and nothing hangs."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from lib.model import BadRequest
from lib.transfer import journal, own_runs
from lib.transfer.journal import Journal, Progress
from lib.transfer.locked_folder import lock_folder
from lib.transfer.operation import Operation
from tests.moves import NOW, files, move, write

posix = pytest.mark.skipif(os.name == "nt", reason="no such files on Windows")


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """The folder that the stranger's drive has for an album; beside it lies a home."""
    write(tmp_path / "home/photo.jpg", "photo")
    (tmp_path / "stick").mkdir()
    return tmp_path / "stick"


def by_a_stranger(stick: Path, *operations: Operation, progress: Progress | None = None) -> Journal:
    """A journal that looks as if its run had been cut off, of a run that this user has never begun."""
    writing = journal.start(str(stick), "import", now=NOW)
    writing.plan(operations)
    if progress is not None:
        writing.mark(range(len(operations)), progress, sync=True)
    writing.close()
    own_runs.forget(writing.run_id)
    return writing


def settle(stick: Path) -> list[str]:
    with lock_folder(str(stick), stop=threading.Event()) as locked:
        return [failure.reason for run in locked.recovered for failure in run.failures]


def test_a_file_of_the_drive_is_not_brought_into_the_home(stick: Path, tmp_path: Path) -> None:
    """The first of a set counts as placed, so the second would be moved by the recovery."""
    first, evil = write(stick / "a", "a"), write(stick / "evil.desktop", "evil")
    home = tmp_path / "home"
    by_a_stranger(stick, move(first, home, "photo.jpg", group=1), move(evil, home, ".config/autostart/evil.desktop", group=1))
    assert all("not begun by you on this computer" in reason for reason in settle(stick))
    assert files(tmp_path) == {"home/photo.jpg": "photo", "stick/a": "a", "stick/evil.desktop": "evil"}


@pytest.mark.parametrize("what", ["temporary", "reserved", "renamed"])
def test_no_file_of_the_home_is_removed_or_renamed(stick: Path, tmp_path: Path, what: str) -> None:
    evil, home = write(stick / "evil", "evil"), tmp_path / "home"
    photo = home / "photo.jpg"
    if what == "temporary":
        writing = by_a_stranger(stick, move(evil, home, "new.jpg"))
        victim = write(home / writing.temporary_name(0), "mine")
    elif what == "reserved":
        victim = write(home / "empty", "")
        by_a_stranger(stick, move(evil, home, "empty"), progress=Progress.RESERVED)
    else:
        writing = by_a_stranger(stick, move(photo, stick, "x"))
        victim = write(home / writing.aside_name(0), "mine")
        photo.unlink()
    settle(stick)
    assert victim.exists() and photo.exists() is (what != "renamed")


def test_a_photo_of_the_home_stays_though_the_drive_has_its_bytes(stick: Path, tmp_path: Path) -> None:
    photo = tmp_path / "home/photo.jpg"
    write(stick / "copy.jpg", "photo")
    by_a_stranger(stick, move(photo, stick, "copy.jpg"), progress=Progress.PLACED)
    (reason,) = settle(stick)
    assert "the source kept, because the run was not begun by you" in reason
    assert photo.read_text() == "photo" and settle(stick) == []


def test_what_lies_on_the_drive_itself_is_settled_all_the_same(stick: Path) -> None:
    photo, copy = write(stick / "inbox/a.jpg", "photo"), write(stick / "2019/a.jpg", "photo")
    by_a_stranger(stick, move(photo, stick, "2019/a.jpg"), progress=Progress.PLACED)
    assert settle(stick) == [] and not photo.exists() and copy.exists()


def test_a_plan_that_was_changed_since_is_not_the_plan_that_is_known(stick: Path, tmp_path: Path) -> None:
    evil = write(stick / "evil", "evil")
    writing = journal.start(str(stick), "import", now=NOW)
    writing.plan([move(evil, stick, "harmless", group=1)])
    writing.close()
    (run,) = journal.runs(str(stick))
    assert own_runs.knows(run.run_id, run.plan)
    writing.path.write_text(writing.path.read_text().replace("harmless", "harmful"))
    (run,) = journal.runs(str(stick))
    assert not own_runs.knows(run.run_id, run.plan) and len(files(tmp_path)) == 2


def test_a_run_that_ended_is_not_remembered(stick: Path) -> None:
    writing = journal.start(str(stick), "import", now=NOW)
    writing.plan([move(write(stick / "a", "a"), stick, "b")])
    writing.end("complete")
    (run,) = journal.runs(str(stick))
    assert run.plan and not own_runs.knows(run.run_id, run.plan)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("to", "../evil"),
        ("to", "a//b"),
        ("to", "."),
        ("name", "../../a"),
        ("name", 7),
        ("folder", "here"),
        ("root", ""),
        ("checksum", "md5:00"),
    ],
)
def test_a_path_that_leads_elsewhere_makes_no_operation(stick: Path, key: str, value: object) -> None:
    writing = by_a_stranger(stick, move(write(stick / "a", "a"), stick, "b"))
    header, plan, *rest = writing.path.read_text().splitlines()
    writing.path.write_text("\n".join([header, json.dumps({**json.loads(plan), key: value}), *rest, ""]))
    with pytest.raises(BadRequest, match="damaged at line 2"):
        settle(stick)
    assert files(stick) == {"a": "a"}


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _zeros(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _hole(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)


@posix
@pytest.mark.parametrize("make", [_fifo, _zeros, _hole])
@pytest.mark.parametrize("name", [".photo-toolkit/runs/20200101-000000-0000.jsonl", "SHA256SUMS", ".photo-toolkit/lock"])
def test_a_file_of_the_toolkit_that_is_none_is_told_in_a_sentence(stick: Path, make: Callable[[Path], None], name: str) -> None:
    path = stick / name
    path.parent.mkdir(parents=True, exist_ok=True)
    make(path)
    if name.endswith("lock") and make is _hole:
        settle(stick)  # only its first bytes are read
        return
    with pytest.raises(BadRequest) as refused:
        settle(stick)
    assert str(refused.value).endswith(".") and "\n" not in str(refused.value)


@posix
def test_a_folder_of_journals_that_is_a_link_is_told_in_a_sentence(stick: Path, tmp_path: Path) -> None:
    (stick / ".photo-toolkit").mkdir()
    (stick / ".photo-toolkit/runs").symlink_to(tmp_path / "home")
    with pytest.raises(BadRequest, match="cannot be read"):
        settle(stick)
