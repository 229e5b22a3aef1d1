"""Change a folder tree as one run: alone in it, what an earlier run left unfinished settled first, journaled, manifest kept."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from lib import journal, lock, manifest, recovery, undo
from lib.execution import carry_out
from lib.index import Index
from lib.model import BadRequest, Failure, in_words
from lib.operation import Deed, Operation, Outcome, Result


@dataclass(frozen=True, slots=True)
class Recovered:
    """An earlier run that had been cut off, by its id, and what of it wants a person's eye."""

    run_id: str
    failures: tuple[Failure, ...]


@contextlib.contextmanager
def changing(root: str, *, stop: threading.Event) -> Iterator[list[Recovered]]:
    """Within the block no other run changes `root`; told is what an earlier run had left and was settled.

    Raises BadRequest where another run is at work or nothing can be written.
    """
    with contextlib.ExitStack() as held:
        try:
            os.makedirs(root, exist_ok=True)
            held.enter_context(lock.hold(root, journal.OWN_FOLDER))
            recovered = [Recovered(run.run_id, tuple(failures)) for run, failures in recovery.settle_all(root, stop=stop)]
        except OSError as error:
            raise BadRequest(f"Nothing can be written to {error.filename or root}: {in_words(error)}.") from error
        yield recovered


def perform(
    root: str,
    command: str,
    operations: Sequence[Operation],
    index: Index,
    *,
    now: datetime,
    stop: threading.Event,
    advance: Callable[[int, int], None],
    undoes: str = "",
) -> Iterator[Outcome]:
    """Carry the plan out under a journal in `root`, and tell each outcome. Use it inside `changing`.

    When the outcomes have been taken, the manifest of `root` is up to date where it has or needs one. Raises OSError where
    the journal cannot be written: then nothing was begun.
    """
    if not operations:
        return
    writing = journal.start(root, command, now=now, undoes=undoes)
    writing.plan(operations)
    done: list[Operation] = []
    stopped = False
    for outcome in carry_out(enumerate(operations), writing, stop=stop, advance=advance):
        if outcome.result in (Result.DONE, Result.SOURCE_KEPT):
            kept = outcome.result is Result.SOURCE_KEPT
            done.append(outcome.operation if not kept else _as_copy(outcome.operation))
        stopped |= outcome.result is Result.STOPPED
        if outcome.placed is not None:
            index.carry(outcome.operation.source, outcome.placed)
        yield outcome
    update_manifest(root, done)
    writing.end("stopped" if stopped else "complete")


def _as_copy(operation: Operation) -> Operation:
    return Operation(
        Deed.COPY,
        operation.source,
        operation.root,
        operation.destination,
        operation.checksum,
        operation.sha256,
        operation.group,
    )


def update_manifest(root: str, done: Sequence[Operation]) -> None:
    """Bring the manifest at `root` to what these operations have made of it; where it says the same, it is left alone."""
    before = manifest.read(root)
    after = manifest.after(before, done, root)
    if after != before:
        manifest.write(root, after)


def put_back(
    root: str,
    wanted: str,
    index: Index,
    *,
    now: datetime,
    stop: threading.Event,
    progress: Callable[[int, int], contextlib.AbstractContextManager[Callable[[int, int], None]]],
) -> tuple[str, list[Outcome], list[Failure]]:
    """Undo the run `wanted` (the newest one where empty): its id, what was done, and what was left as it is and why."""
    run = undo.choose(journal.runs(root), wanted)
    operations, failures = undo.plan(run)
    originals = {op.destination: op.source for _, op in run.done() if op.deed is Deed.REMOVE}
    with progress(len(operations), sum(op.source.size for op in operations)) as advance:
        steps = perform(root, "undo", operations, index, now=now, stop=stop, advance=advance, undoes=run.run_id)
        outcomes = list(steps)
    for outcome in outcomes:
        if outcome.operation.deed is Deed.COPY and outcome.placed is not None:
            original = next((file for file in originals.values() if file.path == outcome.placed.path), None)
            if original is not None:
                os.utime(original.path, ns=(original.mtime_ns, original.mtime_ns))
    undo.remove_empty_folders(run)
    failures += [Failure(o.operation.source.path, o.reason) for o in outcomes if o.result in (Result.FAILED, Result.STOPPED)]
    return run.run_id, outcomes, failures
