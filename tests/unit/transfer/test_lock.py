"""One run at a time changes an album, and a dead one never stands in the way."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lib.model import BadRequest
from lib.transfer import lock

ROOT = Path(__file__).parents[3]
HOLDER = (
    "import sys; from lib.transfer import lock; held = lock.hold(sys.argv[1], '.own'); held.__enter__(); "
    "print('held', flush=True); sys.stdin.read()"
)


def test_a_second_run_is_told_who_is_at_work(tmp_path: Path) -> None:
    with lock.hold(str(tmp_path), ".own"):
        sentence = rf"Another run \(process {os.getpid()}\) is changing .* just now; wait until it has ended"
        with pytest.raises(BadRequest, match=sentence), lock.hold(str(tmp_path), ".own"):
            pass
    with lock.hold(str(tmp_path), ".own"):
        pass


def test_the_lock_of_a_dead_process_is_taken_over(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout and holder.stdout.readline() == b"held\n"
    with pytest.raises(BadRequest, match=f"process {holder.pid}"), lock.hold(str(tmp_path), ".own"):
        pass
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    assert told(tmp_path)["process"] == holder.pid
    with lock.hold(str(tmp_path), ".own"):
        assert told(tmp_path)["process"] == os.getpid()
    assert os.listdir(tmp_path / ".own") == ["lock"]


def told(root: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((root / ".own/lock.holder").read_text())
    return found


def test_another_computer_that_is_at_work_or_was_cut_off_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as there:
        there.setattr(lock, "_host", lambda: "nas")
        left = lock.hold(str(tmp_path), ".own", "there")
        left.__enter__()
    os.rename(tmp_path / ".own/there.holder", tmp_path / ".own/lock.holder")
    sentence = r"The computer nas \(process \d+\) is changing .*, or was cut off .* delete the file .*/\.own/lock\.holder\."
    with pytest.raises(BadRequest, match=sentence), lock.hold(str(tmp_path), ".own"):
        pass
    assert told(tmp_path)["host"] == "nas", "whoever is refused leaves everything as it was"
    (tmp_path / ".own/lock.holder").unlink()
    with lock.hold(str(tmp_path), ".own"):
        pass


def test_a_process_that_got_the_number_of_a_dead_one_does_not_block(tmp_path: Path) -> None:
    with lock.hold(str(tmp_path), ".own"):
        holder = told(tmp_path)
    (tmp_path / ".own/lock.holder").write_text(json.dumps({**holder, "process": os.getppid(), "began": "7"}))
    with lock.hold(str(tmp_path), ".own"):
        pass


@pytest.mark.parametrize("text", ["", "{", "[]", '{"host": 7}', "x" * 5000])
def test_a_note_that_makes_no_sense_does_not_block(tmp_path: Path, text: str) -> None:
    (tmp_path / ".own").mkdir()
    (tmp_path / ".own/lock.holder").write_text(text)
    with lock.hold(str(tmp_path), ".own"):
        assert told(tmp_path)["process"] == os.getpid()


def test_a_network_that_is_cut_does_not_make_the_release_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(self: object, name: str) -> None:
        raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN))

    with lock.hold(str(tmp_path), ".own"):
        monkeypatch.setattr("lib.files.folders.Folder.unlink", cut)


def test_where_the_drive_knows_no_locks_runs_on_this_computer_still_keep_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    take = fcntl.flock
    on_drive = str(tmp_path)

    def flock(handle: int, how: int) -> None:
        if os.readlink(f"/proc/self/fd/{handle}").startswith(on_drive):
            raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))
        take(handle, how)

    monkeypatch.setattr(fcntl, "flock", flock)
    with lock.hold(str(tmp_path), ".own"), pytest.raises(BadRequest, match="Another run"), lock.hold(str(tmp_path), ".own"):
        pass


@pytest.mark.parametrize("place", [".own", ".own/lock"])
def test_a_planted_link_is_not_written_through(tmp_path: Path, place: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    link = tmp_path / "album" / place
    link.parent.mkdir(parents=True)
    link.symlink_to(outside if place == ".own" else outside / "lock")
    with pytest.raises(OSError), lock.hold(str(tmp_path / "album"), ".own"):
        pass
    assert list(outside.iterdir()) == []
