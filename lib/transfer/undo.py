"""Plan how to put a run back, file by file: by the same rules as forward, and only what has not changed since."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterable
from dataclasses import replace

from lib.files.folders import open_below, open_root
from lib.files.pinned_folders import PinnedFolders
from lib.model import BadRequest, Failure, MediaFile
from lib.transfer import file_transfer
from lib.transfer.file_transfer import Refused
from lib.transfer.journal import Run
from lib.transfer.operation import Operation, OperationKind

# Where drives are mounted: while one is away, a folder there is only the place for it (its number may change at each mount).
_DRIVES = ("/media/", "/run/media/", "/mnt/", "/Volumes/")


def choose_run(runs: list[Run], wanted: str) -> Run:
    """Return the run that `wanted` names, or the newest one that is not put back yet where it is empty. Raises BadRequest.

    A run that was put back in part only can be named again; unnamed, it is gone on with where its undo was cut off or stopped.
    """
    if wanted:
        found = next((run for run in runs if run.run_id == wanted), None)
        if found is None:
            raise BadRequest(f"There is no run {wanted}; --runs lists them.")
        if not remaining(found, runs):
            raise BadRequest(f"The run {wanted} was put back already." if any(found.done()) else f"The run {wanted} changed nothing.")
        return found
    for run in reversed(runs):
        if is_open(run, runs):
            return run
    raise BadRequest("There is no run left to put back.")


def is_open(run: Run, runs: list[Run]) -> bool:
    """Return True where something of `run` is left to put back, and no undo of it came to its end."""
    finished = any(later.undoes == run.run_id and later.ended == "complete" for later in runs)
    return not run.undoes and not finished and bool(remaining(run, runs))


def remaining(run: Run, runs: list[Run]) -> list[Operation]:
    """Return what `run` did and no later run put back, in the order in which it was done."""
    back = {(op.source.path, op.target) for later in runs if later.undoes == run.run_id for _, op in later.done()}
    return [operation for _, operation in run.done() if (operation.target, operation.source.path) not in back]


def plan(run: Run, runs: list[Run], pinned: PinnedFolders) -> tuple[list[Operation], list[Failure]]:
    """Return the operations that put back what remains of `run`, last one first, and the files that stay, each with the reason.

    The folders that files go back to are `pinned` to the drives that they are on now.
    """
    operations: list[Operation] = []
    failures: list[Failure] = []
    freed: set[str] = set()
    waiting = remaining(run, runs)
    groups = _groups(waiting)
    for operation in reversed(waiting):
        try:
            operations.append(replace(_reverse(operation, freed, pinned), group=groups[operation.target]))
            freed.add(operations[-1].source.path)
        except Refused as refused:
            failures.append(Failure(operation.target, str(refused)))
        except OSError as error:
            failures.append(Failure(operation.target, str(file_transfer.explain(error))))
    return operations, failures


def _groups(operations: Iterable[Operation]) -> dict[str, int]:
    """Return one number for all places that operations lead between: where one step back fails, those that build on it wait."""
    above: dict[str, str] = {}

    def top(path: str) -> str:
        while above.setdefault(path, path) != path:
            above[path] = above[above[path]]
            path = above[path]
        return path

    for operation in operations:
        above[top(operation.source.path)] = top(operation.target)
    numbers: dict[str, int] = {}
    return {path: numbers.setdefault(top(path), len(numbers) + 1) for path in above}


def _reverse(operation: Operation, freed: Collection[str], pinned: PinnedFolders) -> Operation:
    """Return the operation that undoes another. `freed` are the places that operations planned before will have left by then."""
    original = operation.source
    if not operation.checksum:
        raise Refused("kept, because the run wrote no checksum down by which it could be told whether the bytes are still the same")
    placed = _unchanged(operation)
    root, destination = _way_back(original)
    pinned.pin(root)
    kind, at_original = OperationKind.MOVE, "" if original.path in freed else _checksum_at(original, operation)
    if operation.kind is OperationKind.REMOVE:
        kind = OperationKind.COPY
    elif at_original == operation.checksum:
        kind = OperationKind.REMOVE
    elif operation.kind is OperationKind.COPY and not at_original:
        raise Refused(f"kept, because the file that it was copied from is not at {original.path} any more")
    if at_original and kind is not OperationKind.REMOVE:
        raise Refused(f"another file lies at {original.path} now")
    mtime_ns = original.mtime_ns if kind is OperationKind.COPY else 0
    return Operation(kind, placed, root, destination, operation.checksum, operation.promised or operation.sha256, mtime_ns=mtime_ns)


def _unchanged(operation: Operation) -> MediaFile:
    """Return the file that the operation placed (or that stayed), as it is now. Raises Refused where it is another one by now."""
    try:
        with open_below(operation.root, operation.destination) as (folder, name):
            status = folder.status(name)
            if status is None:
                raise Refused("it is not there any more")
            if file_transfer.checksum_of(folder, name, operation.checksum.partition(":")[0]) != operation.checksum:
                raise Refused("it was changed since")
            return MediaFile.of(folder.path, name, status)
    except FileNotFoundError:
        raise Refused("it is not there any more") from None


def _way_back(original: MediaFile) -> tuple[str, str]:
    """Return the nearest folder on the way to the original place that still exists, and the rest of the way. Raises Refused."""
    folder, rest = original.folder, [original.name]
    while not os.path.isdir(folder):
        folder, name = os.path.split(folder)
        if not name:
            break
        rest.insert(0, name)
    if original.device != os.stat(folder).st_dev and os.path.join(folder, "").startswith(_DRIVES) and not _is_mounted(folder):
        raise Refused(f"the drive with the folder {original.folder} is not connected")
    return folder, "/".join(rest)


def _is_mounted(folder: str) -> bool:
    while not os.path.ismount(folder):
        folder = os.path.dirname(folder)
    return folder != os.path.dirname(folder)


def _checksum_at(original: MediaFile, operation: Operation) -> str:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError), open_root(original.folder) as folder:
        if folder.status(original.name) is not None:
            return file_transfer.checksum_of(folder, original.name, operation.checksum.partition(":")[0])
    return ""


def remove_empty_folders(run: Run) -> None:
    """Remove the folders that the run's files leave empty, below its root; a folder that holds anything stays."""
    parents = {(op.root, op.destination.rpartition("/")[0]) for op in run.operations if op.kind is not OperationKind.REMOVE}
    for root, relative in sorted(parents, key=lambda parent: -len(parent[1])):
        while relative:
            try:
                with open_below(root, relative) as (folder, name):
                    folder.remove_child(name)
            except OSError:  # not empty, or gone already: both end the way up
                break
            relative = relative.rpartition("/")[0]
