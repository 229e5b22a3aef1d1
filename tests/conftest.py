"""What stories about files on disks, and about import.py, begin with."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.run import Desk

# A shell that starts the tests in the background has them, and all that they start, ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes says how busy the machine is.
settings.register_profile("no clock", deadline=None)
settings.load_profile("no clock")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A folder with an empty source, and a place for the album."""
    return Desk(tmp_path)


@pytest.fixture
def far_path(tmp_path: Path) -> Iterator[Path]:
    """A folder on another file system than `tmp_path`."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK) or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system here")
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Path(folder).resolve()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly which promises were not tried, where the system does not let drives be mounted."""
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if "drives" in report.keywords]
    reasons = {report.longrepr[2].removeprefix("Skipped: ") for report in skipped if isinstance(report.longrepr, tuple)}
    if skipped:
        terminalreporter.section("NOT TRIED", sep="!", red=True, bold=True)
        terminalreporter.line(
            f"{len(skipped)} tests with other drives were left out ({'; '.join(sorted(reasons))}): that nothing is lost on network "
            "drives, on drives that go away and in power cuts was NOT tested."
        )
