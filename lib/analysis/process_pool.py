"""Ask many files the same question in processes that may die: whatever a file does, it costs its own answer and no other.

Own rather than `concurrent.futures`: that gives up every task when one process dies, and cannot end one that hangs.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from typing import Generic, Protocol, TypeVar

from lib.model import Failure, Unreadable

Item = TypeVar("Item")
Sent = TypeVar("Sent")
Answer = TypeVar("Answer")

_TASK_SECONDS = 0.1
"""Work for about this long goes to a worker at once: its cost to send is then nothing, and no worker is left over at the end."""
_LOOK_SECONDS = 0.5
_DRAWN_AT_ONCE = 250
_NOT_BEGUN = -1
_MOST_STILLBORN = 8
_MOST_WORKERS = 60 if sys.platform == "win32" else 1 << 16
"""Windows waits for 63 pipes at once and no more."""
_FAREWELL_SECONDS = 0.5
"""So long all processes together are waited for once they are killed."""


class _Counter(Protocol):
    """A number that worker and parent both see."""

    value: int


@dataclass(slots=True)
class _Worker(Generic[Item]):
    """One process, the items it has in hand, and since when it has been at the item that it is at."""

    process: BaseProcess
    pipe: Connection
    position: _Counter
    items: Sequence[Item] = ()
    asked: float = 0.0
    seen_position: int = _NOT_BEGUN
    seen_at: float = field(default_factory=time.monotonic)


def run_in_pool(
    function: Callable[[Sent], Answer],
    items: Iterable[Item],
    *,
    workers: int,
    batch: int = 250,
    limit: float | Callable[[Item], float] = 60.0,
    name: Callable[[Item], str] = str,
    send: Callable[[Item], Sent] | None = None,
    ahead: bool = False,
) -> Iterator[tuple[Item, Answer | Failure]]:
    """Yield each item with what `function` says of it, as soon as it is known (not in order), from `workers` processes.

    An item that raises Unreadable, takes longer than `limit` seconds, or twice brings down the process that reads it, is answered
    by a Failure whose path is `name(item)`. `function` must be picklable; it is given what `send` makes of an item, or the item
    itself. At most `batch` items are in one worker's hands; `items` is drawn from as answers come, or with `ahead` whenever all
    workers are busy: finding what to ask, and asking it, then go on side by side. Closing the iterator, or Ctrl-C, ends the
    processes at once.
    """
    pool = _Pool(function, items, max(1, workers), max(1, batch), limit if callable(limit) else lambda _: limit, name, send, ahead)
    try:
        yield from pool.answers()
    finally:
        pool.end()


class _Pool(Generic[Item, Sent, Answer]):
    """Hands out the items and gathers the answers; a worker that died or is stuck is replaced."""

    def __init__(
        self,
        function: Callable[[Sent], Answer],
        items: Iterable[Item],
        workers: int,
        batch: int,
        limit: Callable[[Item], float],
        name: Callable[[Item], str],
        send: Callable[[Item], Sent] | None,
        ahead: bool,
    ) -> None:
        self._function, self._limit, self._name, self._send = function, limit, name, send
        self._fresh = iter(items)
        self._drawn: deque[Item] = deque()
        self._draws = ahead
        self._most_workers, self._most_items = min(workers, _MOST_WORKERS), batch
        # Nobody knows yet how long an item takes: begin with few, so that all workers get some.
        self._item_seconds = _TASK_SECONDS / 16
        self._again: deque[Sequence[Item]] = deque()
        self._suspects: set[int] = set()
        self._stillborn = 0
        self._context = _context()
        self._workers: list[_Worker[Item]] = []

    def answers(self) -> Iterator[tuple[Item, Answer | Failure]]:
        """Until every item has its answer."""
        while True:
            while len(self._workers) < self._most_workers and (task := self._next_task()):
                self._workers.append(self._start())
                self._hand(self._workers[-1], task)
            if not any(worker.items for worker in self._workers):
                return
            waiting: list[Connection | int] = [worker.pipe for worker in self._workers if worker.items]
            ready = wait(waiting, timeout=0 if self._draws else _LOOK_SECONDS)
            if not ready and self._draws:
                self._draw()
            for worker in [worker for worker in self._workers if worker.items]:
                if worker.pipe in ready:
                    yield from self._receive(worker)
                elif failure := self._stuck(worker):
                    yield failure

    def end(self) -> None:
        """Kill whatever still runs: the processes only read, nothing of theirs is lost.

        One that waits for a drive which does not answer dies when that does: nobody who wants to stop waits for it.
        """
        for worker in self._workers:
            worker.process.kill()
        last = time.monotonic() + _FAREWELL_SECONDS
        for worker in self._workers:
            worker.pipe.close()
            worker.process.join(timeout=max(0.0, last - time.monotonic()))
        self._workers.clear()

    def _start(self) -> _Worker[Item]:
        ours, theirs = self._context.Pipe()
        position: _Counter = self._context.RawValue("q", 0)
        # A forked process inherits the other workers' pipes; held open there, a worker would not notice that the parent is gone.
        others = [worker.pipe for worker in self._workers] + [ours] if self._context.get_start_method() == "fork" else []
        make_process: Callable[..., BaseProcess] = getattr(self._context, "Process")  # noqa: B009  # each context has its own class, the base none
        process = make_process(target=_work, args=(theirs, position, self._function, others), daemon=True)
        process.start()
        theirs.close()
        return _Worker(process, ours, position)

    def _next_task(self) -> Sequence[Item]:
        if self._again:
            return self._again.popleft()
        count = min(self._most_items, int(_TASK_SECONDS / self._item_seconds))
        if self._drawn and not self._draws:
            # All is known that is still to ask: smaller tasks towards the end let the workers come to it together.
            count = min(count, len(self._drawn) // (2 * self._most_workers))
        count = max(1, count)
        task = [self._drawn.popleft() for _ in range(min(count, len(self._drawn)))]
        return task or list(itertools.islice(self._fresh, count))

    def _draw(self) -> None:
        """Find out what else there is to ask, a little at a time, so that no worker waits long for its next task."""
        before = len(self._drawn)
        self._drawn.extend(itertools.islice(self._fresh, _DRAWN_AT_ONCE))
        self._draws = len(self._drawn) > before

    def _hand(self, worker: _Worker[Item], task: Sequence[Item]) -> None:
        worker.items, worker.asked = task, time.monotonic()
        worker.position.value, worker.seen_position, worker.seen_at = _NOT_BEGUN, _NOT_BEGUN, worker.asked
        if task:
            # A worker that is already gone is found out when its answer is awaited.
            with suppress(BrokenPipeError, ConnectionResetError):
                worker.pipe.send(task if self._send is None else [self._send(item) for item in task])

    def _receive(self, worker: _Worker[Item]) -> Iterator[tuple[Item, Answer | Failure]]:
        try:
            seconds, answers = worker.pipe.recv()
        except (EOFError, OSError):
            yield from self._died(worker)
            return
        items = worker.items
        self._suspects.difference_update(map(id, items))
        self._stillborn = 0
        self._item_seconds = max(1e-6, seconds / len(items))
        # The worker gets its next task before anybody looks at these answers, so it never waits for that.
        self._hand(worker, self._next_task())
        for item, answer in zip(items, answers):
            if type(answer) is Failure and not answer.path:
                answer = Failure(self._name(item), answer.reason)
            yield item, answer

    def _stuck(self, worker: _Worker[Item]) -> tuple[Item, Failure] | None:
        """Return the answer for the item that `worker` has been at for too long."""
        now, position = time.monotonic(), worker.position.value
        if position != worker.seen_position:
            worker.seen_position, worker.seen_at = position, now
            return None
        item = worker.items[max(0, position)]
        limit = self._limit(item)
        if now - worker.seen_at < limit:
            return None
        self._remove(worker, position)
        return None if position == _NOT_BEGUN else (item, Failure(self._name(item), f"took longer than {limit:.0f} seconds to read"))

    def _died(self, worker: _Worker[Item]) -> Iterator[tuple[Item, Failure]]:
        worker.process.join(timeout=5)
        reason, position = _last_words(worker.process.exitcode), worker.position.value
        self._remove(worker, position)
        if position == _NOT_BEGUN:
            return
        item = worker.items[position]
        # The system may have shot a bystander: the item has a second chance, alone.
        if id(item) in self._suspects:
            self._suspects.discard(id(item))
            yield item, Failure(self._name(item), reason)
        else:
            self._suspects.add(id(item))
            self._again.append([item])

    def _remove(self, worker: _Worker[Item], position: int) -> None:
        """Take a worker out; what it had in hand, but for the item at `position`, is asked again."""
        self._workers.remove(worker)
        worker.process.kill()
        worker.pipe.close()
        if position == _NOT_BEGUN:
            self._stillborn += 1
            if self._stillborn > _MOST_STILLBORN:
                raise RuntimeError(f"no process could be started to read files: {_last_words(worker.process.exitcode)}")
        if rest := [item for number, item in enumerate(worker.items) if number != position]:
            self._again.append(rest)


def _context() -> BaseContext:
    # Forking is faster, and safe where no other thread may hold a lock at that moment.
    if sys.platform == "linux" and threading.active_count() == 1:
        return multiprocessing.get_context("fork")
    return multiprocessing.get_context("spawn")


def _work(pipe: Connection, position: _Counter, function: Callable[[Sent], Answer], others: Sequence[Connection]) -> None:
    """A worker's life: answer task after task, and tell how long each took, until the parent closes the pipe."""
    # Keys reach every process of a terminal; the parent decides. SIGBREAK is Windows' Ctrl-Break, and its closing of the window.
    for name in ("SIGINT", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    for other in others:
        other.close()
    _hush()
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            items: Sequence[Sent] = pipe.recv()
            begun = time.monotonic()
            answers: list[Answer | Failure] = []
            for number, item in enumerate(items):
                position.value = number
                answers.append(_answer(function, item))
            pipe.send((time.monotonic() - begun, answers))


def _hush() -> None:
    """Let nothing through to the terminal that libraries in C say of broken files; the answers tell it, and Python's own words pass."""
    with suppress(OSError, AttributeError):  # a process may have no stderr
        sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, errors="backslashreplace")
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)


def _answer(function: Callable[[Sent], Answer], item: Sent) -> Answer | Failure:
    """Return what the function says, or why it says nothing; the parent knows the path."""
    try:
        return function(item)
    except Unreadable as error:
        return Failure("", str(error))
    except MemoryError:
        return Failure("", "there was not enough memory to read it")
    except Exception as error:  # noqa: BLE001  # a file nobody foresaw costs one row of the report, never the run; the place is told
        place = traceback.extract_tb(error.__traceback__)[-1]
        return Failure("", f"could not be read ({type(error).__name__}: {error}; {place.filename}, line {place.lineno})")


def _last_words(exit_code: int | None) -> str:
    if exit_code == -9:
        return "the system killed the process that read it (out of memory?)"
    if exit_code is not None and exit_code < 0:
        return f"the process that read it crashed ({signal.Signals(-exit_code).name})"
    return f"the process that read it ended (exit code {exit_code})"
