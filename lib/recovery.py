"""Find out how far a run that was cut off had come, and bring what it had begun to its end."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from dataclasses import replace

from lib import journal, manifest, transfer
from lib.execution import carry_out
from lib.folders import Folder, open_below, open_root
from lib.journal import Journal, Progress, Run
from lib.model import Failure, MediaFile
from lib.operation import Deed, Operation, Result
from lib.transfer import Refused


def settle_all(root: str, *, stop: threading.Event) -> Iterator[tuple[Run, list[Failure]]]:
    """Settle every unfinished run of `root`; each with what could not be settled and wants a person's eye.

    A file that was being copied is copied anew by the next plan; a photo whose companions were left behind gets them.
    """
    for run in journal.unfinished(root):
        yield run, _settle(root, run, stop)


def _settle(root: str, run: Run, stop: threading.Event) -> list[Failure]:
    writing = journal.resume(run)
    failures: list[Failure] = []
    waiting = False
    for number, operation in enumerate(run.operations if run.planned else ()):
        if run.progress[number] in (Progress.DONE, Progress.FAILED):
            continue
        try:
            if not os.path.isdir(operation.source.folder) and not _target_is_there(operation):
                waiting = True
                failures.append(Failure(operation.source.path, "its folder is not there (is the drive connected?)"))
                continue
            run.progress[number] = _settle_one(run.run_id, number, operation, run.progress[number])
            writing.mark([number], run.progress[number], sync=run.progress[number] is Progress.DONE)
        except Refused as refused:
            failures.append(Failure(operation.source.path, str(refused)))
            writing.mark([number], Progress.FAILED, sync=False)
        except OSError as error:
            failures.append(Failure(operation.source.path, str(transfer.explain(error))))
            writing.mark([number], Progress.FAILED, sync=False)
    failures += _complete_groups(run, writing, stop)
    with contextlib.suppress(FileNotFoundError):
        manifest.write(root, manifest.after(manifest.read(root), (op for _, op in run.done()), root))
    if waiting:
        writing.close()
    else:
        writing.end("recovered")
        run.ended = "recovered"
    return failures


def _target_is_there(operation: Operation) -> bool:
    try:
        with open_below(operation.root, operation.destination) as (target, name):
            return target.status(name) is not None
    except OSError:
        return False


def _settle_one(run_id: str, number: int, operation: Operation, progress: Progress) -> Progress:
    """DONE, or FAILED where nothing was placed and the next plan takes the file again. Raises Refused to alarm a person."""
    with contextlib.ExitStack() as stack:
        source = _open(stack, operation.source)
        there = source is not None and source.status(operation.source.name) is not None
        if operation.deed is Deed.REMOVE:
            return Progress.FAILED if there else Progress.DONE
        try:
            target, name = stack.enter_context(open_below(operation.root, operation.destination))
        except FileNotFoundError:
            if there:
                return Progress.FAILED
            raise Refused("neither the file nor its copy in the album can be found any more") from None
        _remove_temporary(target, journal.temporary_name(run_id, number))
        placed = target.status(name)
        if placed is not None and placed.st_size == 0 and progress is Progress.RESERVED and operation.source.size:
            target.unlink(name)
            placed = None
        if placed is None:
            if there:
                return Progress.FAILED
            raise Refused("neither the file nor its copy in the album can be found any more")
        if _checksum(target, name, operation) != operation.checksum:
            if there:
                return Progress.FAILED
            raise Refused(f"what lies at {os.path.join(target.path, name)} is not what was to be placed there")
        if source is not None and there and operation.deed is Deed.MOVE:
            if transfer.is_one_file(source, operation.source.name, target, name):
                return Progress.FAILED
            if _checksum(source, operation.source.name, operation) != operation.checksum:
                raise Refused("it changed since it was copied into the album; both are kept")
            target.sync()
            source.unlink(operation.source.name)
        return Progress.DONE


def _open(stack: contextlib.ExitStack, file: MediaFile) -> Folder | None:
    try:
        return stack.enter_context(open_root(file.folder))
    except (FileNotFoundError, NotADirectoryError):
        return None


def _remove_temporary(target: Folder, temporary: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        target.unlink(temporary)


def _checksum(folder: Folder, name: str, operation: Operation) -> str:
    return transfer.checksum_of(folder, name, operation.checksum.partition(":")[0])


def _complete_groups(run: Run, writing: Journal, stop: threading.Event) -> list[Failure]:
    """A set of files of which some were placed gets its other ones; a set that was not begun is left to the next plan."""
    begun = {op.group for _, op in run.done()} - {0}
    rest = []
    for number, operation in enumerate(run.operations):
        if operation.group in begun and run.progress[number] is Progress.FAILED:
            status = os.stat(operation.source.path, follow_symlinks=False) if os.path.lexists(operation.source.path) else None
            if status and (status.st_size, status.st_mtime_ns) == (operation.source.size, operation.source.mtime_ns):
                now = replace(operation.source, ctime_ns=status.st_ctime_ns, device=status.st_dev, inode=status.st_ino)
                rest.append((number, replace(operation, source=now)))
    failures = []
    for outcome in carry_out(rest, writing, stop=stop):
        if outcome.result in (Result.DONE, Result.SOURCE_KEPT):
            run.progress[outcome.number] = Progress.DONE
        if outcome.reason:
            failures.append(Failure(outcome.operation.source.path, outcome.reason))
    return failures
