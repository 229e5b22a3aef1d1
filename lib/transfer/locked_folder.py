"""Change a folder tree as one run: alone in it, what an earlier run left unfinished settled first, journaled, manifest kept."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from lib.analysis.index import Index
from lib.files.folders import make_root
from lib.files.pinned_folders import PinnedFolders
from lib.files.scanning import OWN_FOLDER
from lib.model import BadRequest, Failure, in_words
from lib.transfer import file_transfer, journal, lock, manifest, recovery, undo
from lib.transfer.execution import carry_out
from lib.transfer.operation import Operation, OperationKind, Outcome, Result

Progress = Callable[[int, int], contextlib.AbstractContextManager[Callable[[int, int], None]]]
"""Shows a progress bar for so many files and bytes; the block is given what to call with the files and bytes that are done more."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """An earlier run that had been cut off, by its id and the run that it was undoing.

    `done` is what it has done in all, before it was cut off and now; `failures` are what of it a person has to look at.
    """

    run_id: str
    undoes: str
    done: tuple[Operation, ...]
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class Undone:
    """The run that was undone, what became of each of its files that could be tried, and the files that stay, each with the reason."""

    run_id: str
    outcomes: tuple[Outcome, ...]
    failures: tuple[Failure, ...]


class LockedFolder:
    """A folder tree that no other run changes while this one holds it; `lock_folder` makes one. Only through it is anything changed.

    `recovered` are the earlier runs that had been cut off and were brought to their end when the folder was locked, `run_id` is the
    last run that was made in it.
    """

    def __init__(self, root: str) -> None:
        """Take over `root`, whose lock is held: from now on it has to be on the drive that it is on."""
        self.root = root
        self.pinned = PinnedFolders()
        self.pinned.pin(root)
        self.recovered: tuple[Recovered, ...] = ()
        self.run_id = ""
        self._is_locked = True

    def release(self) -> None:
        """Allow no change through this object from here on."""
        self._is_locked = False

    def perform(
        self,
        command: str,
        operations: Sequence[Operation],
        index: Index,
        *,
        now: datetime,
        stop: threading.Event,
        advance: Callable[[int, int], None],
        undoes: str = "",
    ) -> Iterator[Outcome]:
        """Carry out the operations under a journal, and yield the outcome of each.

        When all outcomes have been taken, the manifest is up to date where the folder has or needs one. Raises OSError where the
        journal cannot be written, before anything was begun, or the manifest, which the next run then mends.
        """
        self._require_lock()
        if not operations:
            return
        for operation in operations:
            self.pinned.pin(operation.root)
            self.pinned.pin(operation.source.folder)
        if not undoes:
            operations = manifest.with_promises(operations, manifest.read(self.root, self.pinned.open), self.root)
        writing = journal.start(self.root, command, now=now, undoes=undoes, open_folder=self.pinned.open)
        self.run_id = writing.run_id
        writing.plan(operations)
        done: list[Operation] = []
        stopped = False
        for outcome in carry_out(enumerate(operations), writing, pinned=self.pinned, stop=stop, advance=advance):
            if outcome.result in (Result.DONE, Result.SOURCE_KEPT):
                done.append(outcome.as_done())
            stopped |= outcome.result is Result.STOPPED
            if outcome.placed is not None:
                index.carry(outcome.operation.source, outcome.placed)
            if outcome.other_bytes:
                _forget(outcome.operation, index)
            yield outcome
        manifest.update(self.root, done, self.pinned.open)
        writing.end("stopped" if stopped else "complete")

    def undo(self, wanted: str, index: Index, *, now: datetime, stop: threading.Event, progress: Progress) -> Undone:
        """Undo the run with the id `wanted`, or the newest one where it is empty. Raises BadRequest where there is none.

        Where an undo had been cut off, an unnamed one goes on with that, and not with the run before it.
        """
        self._require_lock()
        runs = journal.runs(self.root)
        cut_off = [run for run in runs if run.run_id in {earlier.undoes for earlier in self.recovered}]
        run = cut_off[-1] if cut_off and not wanted else undo.choose_run(runs, wanted)
        operations, failures = undo.plan(run, runs, self.pinned)
        outcomes: list[Outcome] = []
        with progress(len(operations), sum(op.source.size for op in operations)) as advance:
            try:
                outcomes.extend(self.perform("undo", operations, index, now=now, stop=stop, advance=advance, undoes=run.run_id))
            except (OSError, BadRequest) as error:
                failures.append(broken_off(self.root, error))
        undo.remove_empty_folders(run)
        failures += [Failure(outcome.operation.source.path, outcome.reason) for outcome in outcomes if outcome.reason]
        return Undone(run.run_id, tuple(outcomes), tuple(failures))

    def _require_lock(self) -> None:
        if not self._is_locked:
            raise ValueError(f"{self.root} is not locked any more")


def broken_off(root: str, error: OSError | BadRequest) -> Failure:
    """Return what a person is told where `perform` raised in the middle: what was done before is done, and has to be told all the same."""
    reason = file_transfer.explain(error) if isinstance(error, OSError) else error
    return Failure(root, f"the run was broken off, start it again to go on: {str(reason).rstrip('.')}")


def _forget(operation: Operation, index: Index) -> None:
    """Drop what the index remembers of the file, and of the one that was to stay for it: it may be of what they once were."""
    index.forget(operation.source.folder, operation.source.name)
    if operation.kind is OperationKind.REMOVE:
        index.forget(*os.path.split(operation.target))
    if operation.keeper:
        index.forget(*os.path.split(operation.keeper))


@contextlib.contextmanager
def lock_folder(root: str, *, stop: threading.Event) -> Iterator[LockedFolder]:
    """Hold `root`, which is made where it does not exist, for the block; what an earlier run left unfinished is settled first.

    Raises BadRequest where another run is at work, nothing can be written, or the manifest makes no sense.
    """
    with contextlib.ExitStack() as stack:
        try:
            make_root(root)
            stack.enter_context(lock.hold(root, OWN_FOLDER))
            manifest.read(root)
            locked = LockedFolder(root)
            stack.callback(locked.release)
            settled = recovery.recover_all(root, locked.pinned, stop=stop)
            locked.recovered = tuple(
                Recovered(run.run_id, run.undoes, tuple(operation for _, operation in run.done()), tuple(failures))
                for run, failures in settled
            )
        except OSError as error:
            raise BadRequest(f"Nothing can be written to {root}: {in_words(error)}.") from error
        yield locked
