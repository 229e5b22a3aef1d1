"""Stop as a person asks for it: by Ctrl-C, by the system's signals, by closing the terminal."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType

_STOPS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK", "SIGHUP") if hasattr(signal, name))
_HANG_UP = getattr(signal, "SIGHUP", None)


def heed_signals() -> None:
    """From now on whatever asks to stop interrupts, as Ctrl-C does."""
    _terminals.extend(number for number in (1, 2) if os.isatty(number))
    for number in _stops():
        if number != signal.SIGINT:
            signal.signal(number, _interrupt)


def _stops() -> Iterator[signal.Signals]:
    """The signals that ask to stop; a terminal that is closed asks too, unless the person wants to go on without it (nohup)."""
    yield from (number for number in _STOPS if number != _HANG_UP or signal.getsignal(number) is not signal.SIG_IGN)


_terminals: list[int] = []


def _heed(number: int) -> None:
    """Where the terminal was closed, nobody reads on: what is still said must not fail, so that the report gets written."""
    if number == _HANG_UP:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in _terminals:
            os.dup2(nowhere, stream)
        os.close(nowhere)


def _interrupt(number: int, frame: FrameType | None) -> None:
    _heed(number)
    raise KeyboardInterrupt


@contextlib.contextmanager
def stop_gently(event: threading.Event | None = None) -> Iterator[threading.Event]:
    """Within the block, whatever asks to stop sets the event, so that a step comes to its end; a second Ctrl-C or SIGTERM stops at once."""
    event = event or threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        _heed(number)
        if event.is_set() and number != _HANG_UP:  # which comes twice, for the shell and for what runs in it
            raise KeyboardInterrupt
        event.set()

    before = {number: signal.signal(number, stop) for number in _stops()}
    try:
        yield event
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def stop_at_once() -> Iterator[None]:
    """Within the block, which may lie in one of `stop_gently`, Ctrl-C and SIGTERM stop the work where it is."""
    before = {number: signal.signal(number, _interrupt) for number in _stops()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
