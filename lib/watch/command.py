"""Stay after an import: whatever comes into the folders is imported, each batch by a run of its own, until told to stop."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from lib.album import command
from lib.album.command import ImportJob
from lib.album.decision import Action, Decision
from lib.analysis.features import INTEGRITY, analyse
from lib.files.names import free_path
from lib.model import BadRequest, Integrity, MediaFile
from lib.reporting import command_line
from lib.watch.arrivals import SETTLE, ArrivalWatcher

_RETRY = 60.0  # seconds until a batch is tried again that could not even begin

Run = Callable[[ImportJob, Sequence[MediaFile]], list[Decision]]


def watch_folders(job: ImportJob, run: Run, *, settle: float | None, poll: float | None) -> int:
    """Import by `run` what lies in the job's inputs and what comes into them; the exit code once Ctrl-C or SIGTERM has ended it.

    What an earlier run left unfinished is settled first. Each batch has its own run, summary and report. Where the album
    cannot be reached, the batch waits and is tried again.
    """
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(line_buffering=True)  # whoever reads along through a pipe shall see each summary when it is made
    settle = settle or SETTLE
    with command.exclusive(job):
        command_line.tell_failures(job.troubles)
    incomplete = functools.partial(_incomplete, job)
    watch = ArrivalWatcher(job.inputs, settle=settle, poll=poll, keep_out=command.keep_out(job), incomplete=incomplete, tell=_tell)
    stop, album, code = threading.Event(), _AlbumGuard(job), command_line.DONE
    reports: set[str] = set()  # they may lie in a folder that is watched
    with command_line.stop_gently(stop), contextlib.closing(watch.batches(stop)) as batches:
        command_line.log.info(
            "Watching %s; what is copied there is imported once it has stood still for %g seconds. Ctrl-C ends it.",
            ", ".join(map(command_line.printable, job.inputs)),
            settle,
        )
        for batch in batches:
            turn = _turn(job)
            reports.add(os.fspath(turn.report))
            files = [file for file in batch if file.path not in reports]
            try:
                album.require()
                with command_line.stop_at_once():  # where nothing has been moved yet; the transfer itself ends gently
                    outcomes = run(turn, files)
                code = max(code, command.report(turn, outcomes))
                album.remember()
            except (BadRequest, OSError) as error:
                command_line.log.error("%s Files that wait: %d; the next try is in %d seconds.", error, len(batch), _RETRY)
                watch.try_again(batch, _RETRY)
                continue
            if turn.stopped:
                return command_line.INTERRUPTED
            watch.try_again(_failed(outcomes))
    return code


def _incomplete(job: ImportJob, files: Sequence[MediaFile]) -> list[MediaFile]:
    """Those of the files that are not whole. The import that follows has the answers from the index."""
    if not job.check_damage:
        return []
    pictures = [file for file in files if file.kind.is_picture and file.size]
    checked = analyse(pictures, (INTEGRITY,), job.index, workers=job.workers)
    return [file for file, (found,) in checked if isinstance(found, Integrity) and found != Integrity()]


def _tell(text: str) -> None:
    command_line.log.info("%s", command_line.printable(text))


def _turn(job: ImportJob) -> ImportJob:
    """The job anew, for one batch: its time is now, and it has a report of its own."""
    now = datetime.now().astimezone()
    named = job.report.name != command.report_name(job.now)
    report = Path(free_path(os.fspath(job.report if named else job.report.with_name(command.report_name(now))), os.path.lexists))
    recovered, job.recovered = job.recovered, []
    return replace(job, clock=replace(job.clock, now=now), report=report, troubles=[], recovered=recovered, stopped=False)


def _failed(outcomes: Iterable[Decision]) -> list[MediaFile]:
    return [decision.file for decision in outcomes if decision.action is Action.FAILED]


class _AlbumGuard:
    """Makes sure that the album stays the one that it was: a drive that is unplugged must not come anew as a folder."""

    def __init__(self, job: ImportJob) -> None:
        self._root = job.album
        self._device: int | None = None
        self.remember()

    def remember(self) -> None:
        """The album as it is now is the one to stay with."""
        if os.path.isdir(self._root):
            self._device = os.stat(self._root).st_dev

    def require(self) -> None:
        """Raises BadRequest where there was an album, but now is none, or another one."""
        if self._device is not None and (not os.path.isdir(self._root) or os.stat(self._root).st_dev != self._device):
            raise BadRequest(f"The album {self._root} is gone; connect its drive again.")
