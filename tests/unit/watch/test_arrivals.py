"""Watch real folders in which real programs write: hear, look, wait for the writer, and survive a folder that goes away."""

from __future__ import annotations

import contextlib
import os
import queue
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from watchdog.observers.api import BaseObserver, ObservedWatch

from lib.files import volumes
from lib.files.scanning import scan
from lib.model import Failure, MediaFile
from lib.watch import notifier, open_files
from lib.watch.arrivals import ArrivalWatcher

DEADLINE = 30.0  # seconds after which a condition that does not come true fails its test


def eventually(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.02)


@contextlib.contextmanager
def writer(path: Path, mode: str = "a") -> Iterator[None]:
    """Another program that has the file open."""
    program = f"import sys; f = open({os.fspath(path)!r}, {mode!r}); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout and process.stdout.readline() == b"open\n"
        yield
        process.communicate()


@dataclass
class Attended:
    """A watch at work in a thread of its own."""

    watch: ArrivalWatcher
    told: list[str]
    batches: queue.Queue[set[str]] = field(default_factory=queue.Queue)

    def gives(self) -> set[str]:
        """The names of the next batch."""
        return self.batches.get(timeout=DEADLINE)


@contextlib.contextmanager
def watching(*roots: Path, settle: float = 0.2, poll: float | None = None) -> Iterator[Attended]:
    told: list[str] = []
    attended = Attended(ArrivalWatcher([os.fspath(root) for root in roots], settle=settle, poll=poll, tell=told.append), told)
    stop = threading.Event()

    def work() -> None:
        for batch in attended.watch.batches(stop):
            attended.batches.put({file.name for file in batch})

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield attended
    finally:
        stop.set()
        thread.join(DEADLINE)
        assert not thread.is_alive()


def drop(folder: Path, *names: str) -> set[str]:
    """Photos with their sidecars, so that none of them waits for companions."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {f"{name}{ending}" for name in names for ending in (".jpg", ".xmp")}
    for file in files:
        (folder / file).write_bytes(b"x")
    return files


def media(path: Path) -> MediaFile:
    [found] = [file for file in scan([os.fspath(path.parent)]) if isinstance(file, MediaFile) and file.name == path.name]
    return found


linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who writes")


@linux
@pytest.mark.parametrize("without_leases", [False, True])
def test_a_file_that_a_program_writes_to_is_held(tmp_path: Path, without_leases: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    drop(tmp_path, "a", "b")
    if without_leases:
        monkeypatch.setattr(open_files, "_has_writer", lambda path: None)
    files = [media(tmp_path / "a.jpg"), media(tmp_path / "b.jpg")]
    with writer(tmp_path / "a.jpg"):
        assert open_files.open_for_writing(files) == files[:1]
    assert open_files.open_for_writing(files) == []


@linux
def test_a_file_that_a_program_reads_is_not_held(tmp_path: Path) -> None:
    drop(tmp_path, "a")
    with writer(tmp_path / "a.jpg", "r"):
        assert open_files.open_for_writing([media(tmp_path / "a.jpg")]) == []


def test_a_file_that_is_gone_is_not_held(tmp_path: Path) -> None:
    assert open_files.open_for_writing([MediaFile(os.fspath(tmp_path), "a.jpg", 1, 0, 0, 0, 0)]) == []


@pytest.mark.skipif(sys.platform != "linux", reason="asks for the types of Linux")
@pytest.mark.parametrize(
    ("style", "remote"),
    [
        ("nfs4", True),
        ("cifs", True),
        ("smb3", True),
        ("9p", True),
        ("fuse.sshfs", True),
        ("ext4", False),
        ("exfat", False),
        ("fuseblk", False),
    ],
)
def test_a_network_drive_is_known_by_its_file_system(style: str, remote: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(volumes, "mounted", lambda: [volumes.Volume("x", "/mnt/nas", style=style), volumes.Volume("y", "/", style="ext4")])
    assert notifier.is_network("/mnt/nas/photos") is remote
    assert not notifier.is_network("/home")


def test_what_lies_there_comes_first_and_then_what_comes(tmp_path: Path) -> None:
    first = drop(tmp_path, "a")
    with watching(tmp_path) as folder:
        assert folder.gives() == first
        second = drop(tmp_path / "deep" / "deeper", "b")
        assert folder.gives() == second
        (tmp_path / "moved").mkdir()
        shutil.move(tmp_path / "deep", tmp_path / "moved")
        assert folder.gives() == second
        assert not folder.told


def test_a_changed_file_comes_again_and_an_unchanged_one_does_not(tmp_path: Path) -> None:
    first = drop(tmp_path, "a")
    with watching(tmp_path) as folder:
        assert folder.gives() == first
        second = drop(tmp_path, "b")
        assert folder.gives() == second
        (tmp_path / "a.jpg").write_bytes(b"longer")
        assert folder.gives() == first


@linux
def test_a_file_is_waited_for_while_its_writer_has_it_open(tmp_path: Path) -> None:
    names = drop(tmp_path, "a")
    with watching(tmp_path) as folder:
        with writer(tmp_path / "a.jpg"):
            looks = count_calls(folder.watch)
            eventually(lambda: len(looks) >= 5, "looked five times")
            assert folder.batches.empty()
        assert folder.gives() == names


def count_calls(watch: ArrivalWatcher) -> list[None]:
    looks: list[None] = []
    look = watch._look

    def counted(roots: Sequence[str]) -> list[MediaFile]:
        looks.append(None)
        return look(roots)

    watch._look = counted  # type: ignore[method-assign]  # counts and changes nothing
    return looks


def test_a_folder_may_go_away_and_come_back(tmp_path: Path) -> None:
    card = tmp_path / "card"
    first = drop(card, "a")
    with watching(card) as folder:
        assert folder.gives() == first
        shutil.rmtree(card)
        eventually(lambda: bool(folder.told), "told that the folder is gone")
        assert "gone" in folder.told[0]
        eventually(lambda: len(folder.watch) == 0, "forgotten what was there")
        second = drop(card, "b")
        assert folder.gives() == second


def test_a_folder_may_be_replaced_at_once(tmp_path: Path) -> None:
    card = tmp_path / "card"
    names = drop(card, "a")
    with watching(card) as folder:
        assert folder.gives() == names
        for name in ("b", "c"):
            shutil.rmtree(card)
            names = drop(card, name)
            assert folder.gives() == names


def test_folders_are_polled_where_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "watchdog.observers", None)
    with watching(tmp_path, poll=0.1) as folder:
        names = drop(tmp_path, "a")
        assert folder.gives() == names
        assert not folder.told


@pytest.mark.parametrize("refusal", ["network", "no more watches"])
def test_folders_are_polled_where_the_system_tells_nothing(tmp_path: Path, refusal: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    if refusal == "network":
        monkeypatch.setattr(notifier, "is_network", lambda path: True)
    else:
        monkeypatch.setattr(notifier, "_schedule", refuse)
    monkeypatch.setattr(notifier, "POLL", 0.1)
    with watching(tmp_path) as folder:
        for name in ("a", "b"):
            names = drop(tmp_path, name)
            assert folder.gives() == names
        assert len(folder.told) == 1
        assert "--poll" in folder.told[0]


def test_without_watchdog_folders_are_polled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "watchdog.observers", None)
    monkeypatch.setattr(notifier, "POLL", 0.1)
    with watching(tmp_path) as folder:
        names = drop(tmp_path, "a")
        assert folder.gives() == names
        assert "not installed" in folder.told[0]


def test_a_folder_that_cannot_be_read_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    monkeypatch.setattr("lib.watch.arrivals.scan", lambda roots, keep_out: iter([Failure(os.fspath(closed), "you may not read it")]))
    with watching(tmp_path, poll=0.01) as folder:
        looks = count_calls(folder.watch)
        eventually(lambda: len(looks) >= 5, "looked five times")
        assert folder.told == [f"{closed}: you may not read it"]


def test_a_watch_that_was_told_nothing_listens_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    schedule = notifier._schedule
    times: list[None] = []

    def deaf_at_first(observer: BaseObserver, root: str, wake: Callable[[], None]) -> ObservedWatch:
        times.append(None)
        return schedule(observer, root, wake if len(times) > 1 else lambda: None)

    monkeypatch.setattr(notifier, "_schedule", deaf_at_first)
    monkeypatch.setattr(notifier, "_REST", 0.5)
    with watching(tmp_path) as folder:
        first = drop(tmp_path, "a")
        assert folder.gives() == first
        looks = count_calls(folder.watch)
        eventually(lambda: len(looks) >= 3, "come to rest")
        second = drop(tmp_path, "b")
        assert folder.gives() == second
        eventually(lambda: len(times) > 1, "listened anew")
