"""What a run of `import.py --people` and its kin was asked for, and how it ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from lib.album.facts import Clock
from lib.analysis.index import Index
from lib.model import Failure
from lib.reporting import command_line


@dataclass(slots=True)
class PeopleJob:
    """What was asked for. `samples` is empty where no folder of them was named; `report` is the table, the page lies beside it."""

    album: str
    samples: str
    index: Index
    clock: Clock
    report: Path
    workers: int
    dryrun: bool
    videos: bool
    failures: list[Failure] = field(default_factory=list)

    @property
    def page(self) -> Path:
        """Where the page goes."""
        return self.report.with_suffix(".html")

    @property
    def now(self) -> datetime:
        """When it began."""
        return self.clock.now


def end(job: PeopleJob) -> int:
    """Name what went wrong; the exit code."""
    command_line.tell_failures(job.failures)
    return command_line.SOME_FAILED if job.failures else command_line.DONE
