"""How fast bytes may pass, and how a run is stopped."""

from __future__ import annotations

import io
import threading

import pytest

from lib.cold_storage.bandwidth import Bandwidth, RunStopped
from lib.cold_storage.client import Part
from lib.cold_storage.parallel import side_by_side
from lib.cold_storage.upload import mtime_of, mtime_text


class Waits(threading.Event):
    """An event that waits by moving a clock of its own."""

    now = 0.0

    def wait(self, timeout: float | None = None) -> bool:
        self.now += timeout or 0
        return self.is_set()


def test_a_limit_holds_over_all_that_passes() -> None:
    waits = Waits()
    bandwidth = Bandwidth(1000, waits, lambda: waits.now)
    for _ in range(50):
        bandwidth.take(100)
    assert waits.now == pytest.approx(4.9)  # the first hundred bytes pass at once


def test_without_a_limit_nothing_waits() -> None:
    waits = Waits()
    Bandwidth(0, waits, lambda: waits.now).take(10**12)
    assert waits.now == 0


def test_stopping_ends_the_reading_of_a_body() -> None:
    waits = Waits()
    body = Part(io.BytesIO(b"0123456789"), 2, 6, Bandwidth(0, waits))
    assert body.read(4) == b"2345"
    waits.set()
    with pytest.raises(RunStopped):
        body.read(4)


def test_a_body_is_a_stretch_of_a_file_and_can_be_sent_again() -> None:
    body = Part(io.BytesIO(b"0123456789"), 2, 6, Bandwidth(0, threading.Event()))
    assert (body.read(), body.read(), len(body)) == (b"234567", b"", 6)
    assert (body.seek(0, io.SEEK_END), body.tell(), body.seek(1)) == (6, 6, 1)
    assert body.read(100) == b"34567"


def test_requests_run_side_by_side_and_what_fails_is_raised() -> None:
    stop = threading.Event()
    assert dict(side_by_side(lambda n: n * n, range(30), stop, threads=4)) == {n: n * n for n in range(30)}

    def fail(n: int) -> int:
        if n == 5:
            raise ValueError("five")
        return n

    with pytest.raises(ValueError, match="five"):
        list(side_by_side(fail, range(30), stop, threads=4))
    assert not stop.is_set()


def test_nothing_more_is_begun_once_the_run_is_stopped() -> None:
    stop = threading.Event()
    begun = []

    def work(n: int) -> int:
        begun.append(n)
        if n == 3:
            stop.set()
            raise RunStopped
        return n

    done = [n for n, _ in side_by_side(work, range(1000), stop, threads=1)]
    assert done == [0, 1, 2] and begun == [0, 1, 2, 3]


@pytest.mark.parametrize("time", [0, 1, 10**18 + 123_456_789, -1, -(10**18) - 5])
def test_times_survive_as_text(time: int) -> None:
    assert mtime_of(mtime_text(time)) == time


@pytest.mark.parametrize("text", ["", "x", "1.x", "1e9", "٣", "nan", "9" * 40])
def test_times_that_are_none(text: str) -> None:
    assert mtime_of(text) == 0


def test_times_as_rclone_writes_them() -> None:
    assert mtime_of("1354040105.5") == 1354040105_500_000_000 and mtime_of("1354040105") == 1354040105 * 10**9
