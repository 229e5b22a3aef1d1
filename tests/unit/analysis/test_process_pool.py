"""The pool: every item is answered, whatever becomes of the process that read it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from lib.analysis import process_pool
from lib.analysis.process_pool import run_in_pool
from lib.model import Failure, Unreadable


def square(item: int) -> int:
    return item * item


def behave(item: str) -> str:
    """Do what the item says; each is a way for a file to be hostile."""
    if item.startswith("hang"):
        while True:
            time.sleep(1)
    if item.startswith("die"):
        os.kill(os.getpid(), signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    if item.startswith("exit"):
        os._exit(3)
    if item.startswith("odd"):
        raise ZeroDivisionError("what is this")
    if item.startswith("full"):
        raise MemoryError
    if item.startswith("bad"):
        raise Unreadable("is no picture")
    return item.upper()


def die_once(folder: str, item: str) -> str:
    """The system shoots a bystander: the same item is innocent the second time."""
    mark = Path(folder, item)
    if item == "shot" and not mark.exists():
        mark.touch()
        os._exit(9)
    return item


def answers(items: list[str], **options: float) -> dict[str, str | Failure]:
    return dict(run_in_pool(behave, items, workers=2, limit=options.get("limit", 60.0), batch=int(options.get("batch", 250))))


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("batch", [1, 7, 250])
def test_every_item_is_answered_once(workers: int, batch: int) -> None:
    assert sorted(run_in_pool(square, range(300), workers=workers, batch=batch)) == [(n, n * n) for n in range(300)]


def test_nothing_to_ask_is_no_work() -> None:
    assert list(run_in_pool(square, [], workers=2)) == []


def test_a_bad_file_is_a_failure_with_its_reason() -> None:
    told = answers(["a", "bad.jpg", "full.jpg", "odd.jpg", "b"])
    assert told["bad.jpg"] == Failure("bad.jpg", "is no picture")
    assert told["full.jpg"] == Failure("full.jpg", "there was not enough memory to read it")
    assert isinstance(told["odd.jpg"], Failure) and "ZeroDivisionError: what is this" in told["odd.jpg"].reason
    assert (told["a"], told["b"]) == ("A", "B")


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
def test_a_file_that_kills_its_reader_is_named_and_the_rest_go_on() -> None:
    items = [f"file{n}" for n in range(40)] + ["die.jpg", "exit.jpg"] + [f"later{n}" for n in range(40)]
    told = answers(items)
    assert told.pop("die.jpg") == Failure("die.jpg", "the system killed the process that read it (out of memory?)")
    assert told.pop("exit.jpg") == Failure("exit.jpg", "the process that read it ended (exit code 3)")
    assert told == {item: item.upper() for item in items if item not in ("die.jpg", "exit.jpg")}


def test_a_file_that_hangs_is_named_and_the_rest_go_on() -> None:
    items = [f"file{n}" for n in range(40)] + ["hang.jpg"] + [f"later{n}" for n in range(40)]
    told = answers(items, limit=1)
    assert told.pop("hang.jpg") == Failure("hang.jpg", "took longer than 1 seconds to read")
    assert told == {item: item.upper() for item in items if item != "hang.jpg"}


def test_a_bystander_has_a_second_chance(tmp_path: Path) -> None:
    items = [*map(str, range(20)), "shot", *map(str, range(20, 40))]
    assert dict(run_in_pool(partial(die_once, os.fspath(tmp_path)), items, workers=1)) == {item: item for item in items}
    assert (tmp_path / "shot").exists()


def test_items_are_drawn_as_answers_come() -> None:
    drawn = 0

    def endless() -> Iterator[int]:
        nonlocal drawn
        while True:
            drawn += 1
            yield drawn

    stream = run_in_pool(square, endless(), workers=2, batch=10)
    assert next(stream)[0] in range(1, 100)
    assert drawn < 100
    stream.close()  # type: ignore[attr-defined]  # it is a generator, told as the iterator that it is for its readers


def await_file(path: str) -> bool:
    """Come back when there is a file at the path."""
    while not os.path.exists(path):
        time.sleep(0.001)
    return True


def test_what_else_to_ask_is_found_while_the_workers_are_busy(tmp_path: Path) -> None:
    path = os.fspath(tmp_path / "drawn")

    def search() -> Iterator[str]:
        yield path
        yield path
        Path(path).touch()
        yield path

    assert list(run_in_pool(await_file, search(), workers=1, batch=1, limit=30, ahead=True)) == [(path, True)] * 3


def test_closing_it_leaves_no_process_behind() -> None:
    stream = run_in_pool(behave, ["a", "hang", "hang", "hang"], workers=2, batch=1)
    assert next(stream) == ("a", "A")
    stream.close()  # type: ignore[attr-defined]  # as above
    assert multiprocessing.active_children() == []


def test_who_stops_does_not_wait_for_a_drive_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that waits for such a drive cannot even be killed."""
    waiting: list[BaseProcess] = []
    kill = BaseProcess.kill
    monkeypatch.setattr(BaseProcess, "kill", lambda process: waiting.append(process))
    stream = run_in_pool(time.sleep, [0.01, *[60.0] * 20], workers=4, batch=1)
    try:
        next(stream)
        begun = time.monotonic()
        stream.close()  # type: ignore[attr-defined]  # as above
        assert time.monotonic() - begun < 2
    finally:
        for process in waiting:
            kill(process)


def test_it_works_where_processes_cannot_be_forked() -> None:
    stop = threading.Event()
    other = threading.Thread(target=stop.wait)
    other.start()
    try:
        assert sorted(run_in_pool(square, range(20), workers=2)) == [(n, n * n) for n in range(20)]
    finally:
        stop.set()
        other.join()


def test_there_are_no_more_workers_than_a_system_can_wait_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_pool, "_MOST_WORKERS", 2)
    stream = run_in_pool(square, range(1000), workers=9, batch=1)
    next(stream)
    assert len(multiprocessing.active_children()) == 2
    stream.close()  # type: ignore[attr-defined]  # a generator has it


def test_an_item_is_named_as_the_caller_wants() -> None:
    (answer,) = run_in_pool(behave, ["bad"], workers=1, name=partial(os.path.join, "folder"))
    assert answer == ("bad", Failure(os.path.join("folder", "bad"), "is no picture"))


def shout(item: int) -> int:
    os.write(2, b"a library: broken file\n")
    print(f"Python: {item}", file=sys.stderr)
    return item


def test_what_libraries_say_of_broken_files_is_not_shown(capfd: pytest.CaptureFixture[str]) -> None:
    assert list(run_in_pool(shout, [1, 2], workers=1)) == [(1, 1), (2, 2)]
    assert capfd.readouterr().err == "Python: 1\nPython: 2\n"
