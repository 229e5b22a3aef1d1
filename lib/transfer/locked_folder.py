"""Change a folder tree as one run: alone in it, what an earlier run left unfinished settled first, journaled, manifest kept."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from lib.analysis.index import Index
from lib.files.folders import make_root
from lib.model import BadRequest, Failure, in_words
from lib.transfer import file_transfer, journal, lock, manifest, recovery, undo
from lib.transfer.execution import carry_out
from lib.transfer.operation import Operation, Outcome, Result


@dataclass(frozen=True, slots=True)
class Recovered:
    """An earlier run that had been cut off, by its id, the run that it was putting back, and what of it wants a person's eye."""

    run_id: str
    undoes: str
    failures: tuple[Failure, ...]


@contextlib.contextmanager
def changing(root: str, *, stop: threading.Event) -> Iterator[list[Recovered]]:
    """Within the block no other run changes `root`; told is what an earlier run had left and was settled.

    Raises BadRequest where another run is at work, nothing can be written, or the manifest makes no sense.
    """
    with contextlib.ExitStack() as stack:
        try:
            make_root(root)
            stack.enter_context(lock.hold(root, journal.OWN_FOLDER))
            manifest.read(root)
            settled = recovery.recover_all(root, stop=stop)
            recovered = [Recovered(run.run_id, run.undoes, tuple(failures)) for run, failures in settled]
        except OSError as error:
            raise BadRequest(f"Nothing can be written to {root}: {in_words(error)}.") from error
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

    When the outcomes have been taken, the manifest of `root` is up to date where it has or needs one. Raises OSError where the
    journal cannot be written, before anything was begun, or the manifest, which the next start then mends.
    """
    if not operations:
        return
    writing = journal.start(root, command, now=now, undoes=undoes)
    writing.plan(operations)
    done: list[Operation] = []
    stopped = False
    for outcome in carry_out(enumerate(operations), writing, stop=stop, advance=advance):
        if outcome.result in (Result.DONE, Result.SOURCE_KEPT):
            done.append(outcome.as_done())
        stopped |= outcome.result is Result.STOPPED
        if outcome.placed is not None:
            index.carry(outcome.operation.source, outcome.placed)
        yield outcome
    manifest.update(root, done)
    writing.end("stopped" if stopped else "complete")


def undo_run(
    root: str,
    wanted: str,
    index: Index,
    *,
    recovered: Sequence[Recovered],
    now: datetime,
    stop: threading.Event,
    progress: Callable[[int, int], contextlib.AbstractContextManager[Callable[[int, int], None]]],
) -> tuple[str, list[Outcome], list[Failure]]:
    """Undo the run `wanted` (the newest one where empty): its id, what was done, and what was left as it is and why.

    Where an undo had been cut off, starting it again goes on with that one, and not with the run before it.
    """
    runs = journal.runs(root)
    cut_off = [run for run in runs if run.run_id in {earlier.undoes for earlier in recovered}]
    run = cut_off[-1] if cut_off and not wanted else undo.choose_run(runs, wanted)
    operations, failures = undo.plan(run, runs)
    outcomes: list[Outcome] = []
    with progress(len(operations), sum(op.source.size for op in operations)) as advance:
        try:
            for outcome in perform(root, "undo", operations, index, now=now, stop=stop, advance=advance, undoes=run.run_id):
                outcomes.append(outcome)
        except OSError as error:
            failures.append(Failure(root, f"the run was broken off, start it again to go on: {file_transfer.explain(error)}"))
    undo.remove_empty_folders(run)
    return run.run_id, outcomes, failures + [Failure(o.operation.source.path, o.reason) for o in outcomes if o.reason]
