"""Find out how far a run that was cut off had come, and bring what it had begun to its end."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from dataclasses import replace

from lib.files.folders import FileIdentity, Folder, open_below, open_root
from lib.files.names import is_below
from lib.files.pinned_folders import PinnedFolders
from lib.model import Failure, MediaFile
from lib.transfer import file_transfer, journal, manifest, own_runs
from lib.transfer.execution import carry_out
from lib.transfer.file_transfer import Refused
from lib.transfer.journal import Journal, Progress, Run
from lib.transfer.operation import Operation, OperationKind, Result

_NOT_OWN = "the run was not begun by you on this computer, and its journal alone is not believed outside of the folder that it lies in"


class _SourceKept(Refused):
    """The file is where it was to go, and has to stay where it was as well."""


def recover_all(root: str, pinned: PinnedFolders, *, stop: threading.Event) -> Iterator[tuple[Run, list[Failure]]]:
    """Settle every unfinished run of `root`, and yield each with what a person has to look at. Raises OSError.

    A file that was being copied is copied anew by the next plan; a photo whose companions were left behind gets them. A journal says
    what is to be done with any file on the computer, and may have come with a stranger's drive: outside of `root` it is believed only
    where this user's own record knows the run.
    """
    for run in journal.unfinished(root):
        yield run, _settle(root, run, pinned, stop)


def _settle(root: str, run: Run, pinned: PinnedFolders, stop: threading.Event) -> list[Failure]:
    writing = journal.resume(root, run)
    believed = "" if own_runs.knows(run.run_id, run.plan) else root
    failures: list[Failure] = []
    for number, operation in enumerate(run.operations if run.planned else ()):
        if run.progress[number] in (Progress.DONE, Progress.FAILED):
            continue
        try:
            run.progress[number] = _settle_one(run.run_id, number, operation, run.progress[number], believed, pinned)
            writing.mark([number], run.progress[number], sync=run.progress[number] is Progress.DONE)
            continue
        except _SourceKept as kept:
            failures.append(Failure(operation.source.path, str(kept)))
            run.operations[number], run.progress[number] = replace(operation, kind=OperationKind.COPY), Progress.DONE
            writing.mark([number], Progress.KEPT, sync=True)
            continue
        except Refused as refused:
            failures.append(Failure(operation.source.path, str(refused)))
        except OSError as error:
            failures.append(Failure(operation.source.path, str(file_transfer.explain(error))))
        run.progress[number] = Progress.FAILED
        writing.mark([number], Progress.FAILED, sync=False)
    failures += _complete_groups(run, writing, believed, pinned, stop)
    manifest.update(root, [operation for _, operation in run.done()], pinned.open)
    writing.end("recovered")
    run.ended = "recovered"
    return failures


def _may_change(path: str, believed: str) -> bool:
    return not believed or is_below(path, believed)


def _settle_one(run_id: str, number: int, operation: Operation, progress: Progress, believed: str, pinned: PinnedFolders) -> Progress:
    """Return DONE, or FAILED where nothing was placed and the next plan takes the file again. Raises Refused to alarm a person.

    Nothing is changed but below the folder `believed`, or anywhere where it is empty.
    """
    with contextlib.ExitStack() as stack:
        file, aside = operation.source, journal.aside_name(run_id, number)
        source = _open(stack, file)
        may_change_source = _may_change(file.path, believed)
        if source is not None and may_change_source:
            for left in journal.names_left(aside, run_id):
                file_transfer.restore_name(source, left, source, file.name)
        seen = source.status(file.name) if source is not None else None
        if operation.kind is OperationKind.REMOVE:
            return Progress.DONE if source is not None and seen is None else Progress.FAILED
        if not _may_change(operation.target, believed):
            raise Refused(f"nothing was done to {operation.target}, because {_NOT_OWN}")
        try:
            target, name = stack.enter_context(open_below(operation.root, operation.destination, open_folder=pinned.open))
        except FileNotFoundError:
            return _not_placed(operation, progress, source, seen)
        placed, names = target.status(name), journal.names_left(journal.temporary_name(run_id, number), run_id)
        temporary = next((left for left in names if target.status(left) is not None), names[0])
        if placed is not None and placed.st_size == 0 and progress is Progress.RESERVED and file.size:
            target.unlink(name)
            placed = None
        if target.status(temporary) is not None:
            if _is_only_copy(target, temporary, name if placed is not None else "", operation, seen):
                if placed is not None:
                    raise Refused(f"its only copy is {os.path.join(target.path, temporary)}, because another file took its name")
                file_transfer.bring_to_disk(target, temporary)
                target.rename(temporary, target, name, lambda: None)
                placed = target.status(name)
            else:
                target.unlink(temporary)
        if placed is None:
            return _not_placed(operation, progress, source, seen)
        if _checksum(target, name, operation) != operation.checksum:
            if seen is not None:
                return Progress.FAILED
            raise Refused(f"what lies at {operation.target} is not what was to be placed there")
        target.sync()
        # Another file of the same name, or a newer version, is no business of this run any more.
        if source is not None and seen is not None and operation.kind is OperationKind.MOVE and _is_as_planned(seen, file):
            if _checksum(source, file.name, operation) != operation.checksum:
                raise _SourceKept("it changed since it was copied; both are kept")
            if not may_change_source:
                raise _SourceKept(f"copied, and the source kept, because {_NOT_OWN}")
            kept = FileIdentity.of(placed)

            def confirm() -> None:
                file_transfer.require_same_bytes(source, aside, target, name)
                _require_keeper(operation, source, aside)

            try:
                file_transfer.unlink_verified(source, file.name, FileIdentity.of(seen), aside, target, name, kept, confirm)
            except (Refused, OSError) as error:
                why = error if isinstance(error, Refused) else file_transfer.explain(error)
                raise _SourceKept(f"copied, and the source kept: {why}") from error
        elif seen is None:
            _require_keeper(operation, target, name)
        return Progress.DONE


def _require_keeper(operation: Operation, folder: Folder, name: str) -> None:
    """Return only if the file can be read for whose sake a duplicate was moved away to `name`; raises Refused."""
    if operation.keeper:
        kept_in, kept_name = os.path.split(operation.keeper)
        try:
            with open_root(kept_in) as keeper:
                file_transfer.require_same_bytes(folder, name, keeper, kept_name)
        except (Refused, OSError) as error:
            why = error if isinstance(error, Refused) else file_transfer.explain(error)
            raise Refused(f"it lies at {os.path.join(folder.path, name)}, and may be the only file with its bytes: {why}") from error


def _is_only_copy(target: Folder, temporary: str, placed: str, operation: Operation, seen: os.stat_result | None) -> bool:
    """Return True where somebody has meanwhile taken the source away, or put another one in its place, and only we have its bytes."""
    if seen is not None and _is_as_planned(seen, operation.source):
        return False
    if _checksum(target, temporary, operation) != operation.checksum:
        return False
    return not placed or _checksum(target, placed, operation) != operation.checksum


def _not_placed(operation: Operation, progress: Progress, source: Folder | None, seen: os.stat_result | None) -> Progress:
    if seen is not None:
        return Progress.FAILED
    if source is None and progress is Progress.PLANNED:
        raise Refused("its folder is not there any more (is the drive connected?); import it again when it is")
    raise Refused("neither the file nor its copy can be found any more")


def _is_as_planned(seen: os.stat_result, file: MediaFile) -> bool:
    """Return True where a name still means the file of the plan; inode and ctime change when a drive is connected anew."""
    return (seen.st_size, seen.st_mtime_ns) == (file.size, file.mtime_ns)


def _open(stack: contextlib.ExitStack, file: MediaFile) -> Folder | None:
    try:
        return stack.enter_context(open_root(file.folder))
    except (FileNotFoundError, NotADirectoryError):
        return None


def _checksum(folder: Folder, name: str, operation: Operation) -> str:
    return file_transfer.checksum_of(folder, name, operation.checksum.partition(":")[0])


def _complete_groups(run: Run, writing: Journal, believed: str, pinned: PinnedFolders, stop: threading.Event) -> list[Failure]:
    """Place the missing files of each set that was begun; a set that was not is left to the next plan."""
    begun = {op.group for _, op in run.done()} - {0}
    rest = []
    for number, operation in enumerate(run.operations):
        may_change = _may_change(operation.source.path, believed) and _may_change(operation.target, believed)
        if operation.group in begun and run.progress[number] is Progress.FAILED and may_change:
            file = operation.source
            with contextlib.suppress(OSError):
                status = os.stat(file.path, follow_symlinks=False)
                if _is_as_planned(status, file):
                    rest.append((number, replace(operation, source=MediaFile.of(file.folder, file.name, status))))
    failures = []
    for outcome in carry_out(rest, writing, pinned=pinned, stop=stop):
        if outcome.result in (Result.DONE, Result.SOURCE_KEPT):
            run.operations[outcome.number] = outcome.as_done()
            run.progress[outcome.number] = Progress.DONE
        if outcome.reason:
            failures.append(Failure(outcome.operation.source.path, outcome.reason))
    return failures
