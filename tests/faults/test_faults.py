"""Nothing is lost and nothing is left half done, whatever call fails: the short version of `python -m tests.faults`."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence

import pytest

from tests.faults import law, points
from tests.faults.cases import CASES
from tests.faults.law import Broken
from tests.faults.points import Point
from tests.faults.trial import BROKEN_DISK, FULL, KILL, LOST_WRITE, trial

pytestmark = [pytest.mark.faults, pytest.mark.slow]

DECISIVE = ("rename", "renameat", "renameat2", "linkat", "unlinkat")
BITES = {
    "unlink_early": (KILL, "lost"),
    "write_in_place": (KILL, "not whole under a final name"),
    "believe_the_write": (LOST_WRITE, "lost"),
    "forget_the_journal": (KILL, "left over|another end|an open journal"),
}


@pytest.fixture(autouse=True)
def strace() -> None:
    require_strace()


def require_strace() -> None:
    """Skip the test, and say so, where calls cannot be followed."""
    works = shutil.which("strace") and subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], capture_output=True).returncode == 0
    if not works:
        why = "strace is missing, or may not trace: the promise that nothing is lost was NOT tested (apt-get install strace)"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(why)


def spread(found: Sequence[Point], count: int) -> Iterator[Point]:
    """Some of the points, from the first to the last."""
    yield from (found[number * (len(found) - 1) // max(1, count - 1)] for number in range(min(count, len(found))))


@pytest.mark.parametrize(
    "name",
    [
        "move_to_another_disk",
        "delete_on_one_disk",
        "better_version_on_one_disk",
        "live_photo_to_another_disk",
        "undo_of_delete_on_another_disk",
        "move_on_one_disk_like_fat",
    ],
)
def test_the_law_holds_at_the_decisive_calls(name: str) -> None:
    with trial(CASES[name]) as tried:
        decisive = [point for point in tried.points if point.call in DECISIVE]
        for point in spread(decisive, 7):
            tried.attempt(point, KILL)
        for point in spread([point for point in tried.points if point.call in ("write", "fsync", "mkdirat")], 4):
            tried.attempt(point, KILL)
        for fault, point in zip((FULL, BROKEN_DISK) * 3, spread(tried.points, 6)):
            tried.attempt(point, fault)
        for point in spread([point for point in tried.points if point.size > 1000], 1):
            tried.attempt(point, LOST_WRITE)


@pytest.mark.parametrize("bug", BITES)
def test_a_planted_bug_is_found(bug: str) -> None:
    fault, how = BITES[bug]
    with trial(CASES["move_to_another_disk"], plant=bug) as tried, pytest.raises(Broken, match=how):
        for point in tried.points:
            if fault == KILL or (point.size > 1000 and ".tmp" in point.what):
                tried.attempt(point, fault)


@pytest.mark.parametrize("call", ["fsync", "renameat2", "utimensat"])
def test_the_law_holds_with_all_threads_at_work(call: str) -> None:
    with trial(CASES["move_to_another_disk"]) as tried:
        for when in (1, 2, 3):
            tried.fresh()
            kill = ("-f", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={when}")
            killed = points.run(tried.command, cwd=tried.ground.desk, strace=kill)
            law.nothing_lost(tried.before, law.look(tried.ground.places))
            again = points.run(tried.command, cwd=tried.ground.desk)
            assert (again.code, law.look(tried.ground.places)) == (0, tried.after), (killed, again)
            law.all_settled(tried.ground.places)
