"""Plan how to put a run back, file by file: by the same rules as forward, and only what has not changed since."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection

from lib import transfer
from lib.folders import open_below, open_root
from lib.journal import Run
from lib.model import BadRequest, Failure, MediaFile
from lib.operation import Deed, Operation
from lib.transfer import Refused


def choose(runs: list[Run], wanted: str) -> Run:
    """The run that `wanted` names, or the newest one that was not put back yet where it is empty. Raises BadRequest."""
    undone = {run.undoes for run in runs if run.undoes and run.ended}
    if wanted:
        found = next((run for run in runs if run.run_id == wanted), None)
        if found is None:
            raise BadRequest(f"There is no run {wanted}; --runs lists them.")
        if found.run_id in undone:
            raise BadRequest(f"The run {wanted} was put back already.")
        return found
    for run in reversed(runs):
        if not run.undoes and run.run_id not in undone and any(True for _ in run.done()):
            return run
    raise BadRequest("There is no run left to put back.")


def plan(run: Run) -> tuple[list[Operation], list[Failure]]:
    """The operations that put `run` back, last one first, and the files that stay as they are, each with the reason."""
    operations: list[Operation] = []
    failures: list[Failure] = []
    freed: set[str] = set()
    for _, operation in reversed(list(run.done())):
        placed = os.path.join(operation.root, *operation.destination.split("/"))
        try:
            operations.append(_reverse(operation, freed))
            freed.add(operations[-1].source.path)
        except Refused as refused:
            failures.append(Failure(placed, str(refused)))
        except OSError as error:
            failures.append(Failure(placed, str(transfer.explain(error))))
    return operations, failures


def _reverse(operation: Operation, freed: Collection[str]) -> Operation:
    """`freed` are the places that operations planned before will have left by then."""
    original = operation.source
    placed = _unchanged(operation)
    root, destination = _way_back(original)
    at_original = "" if original.path in freed else _checksum_at(original, operation)
    if operation.deed is Deed.REMOVE:
        if at_original:
            raise Refused(f"another file lies at {original.path} now")
        return Operation(Deed.COPY, placed, root, destination, operation.checksum, operation.sha256)
    if at_original == operation.checksum:
        return Operation(Deed.REMOVE, placed, root, destination, operation.checksum, operation.sha256)
    if at_original:
        raise Refused(f"another file lies at {original.path} now")
    if operation.deed is Deed.COPY:
        raise Refused(f"kept, because the file that it was copied from is not at {original.path} any more")
    return Operation(Deed.MOVE, placed, root, destination, operation.checksum, operation.sha256)


def _unchanged(operation: Operation) -> MediaFile:
    """The file that the operation placed (or that stayed), as it is now. Raises Refused where it is another one by now."""
    try:
        with open_below(operation.root, operation.destination) as (folder, name):
            status = folder.status(name)
            if status is None:
                raise Refused("it is not there any more")
            if transfer.checksum_of(folder, name, operation.checksum.partition(":")[0]) != operation.checksum:
                raise Refused("it was changed since")
            return MediaFile(folder.path, name, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_dev, status.st_ino)
    except FileNotFoundError:
        raise Refused("it is not there any more") from None


def _way_back(original: MediaFile) -> tuple[str, str]:
    """The nearest folder on the way to the original place that still exists, and the rest of the way."""
    folder, rest = original.folder, [original.name]
    while not os.path.isdir(folder):
        folder, name = os.path.split(folder)
        if not name:
            break
        rest.insert(0, name)
    if len(rest) > 1 and original.device and os.stat(folder).st_dev != original.device:
        raise Refused(f"the folder {original.folder} is not there (is the drive connected?)")
    return folder, "/".join(rest)


def _checksum_at(original: MediaFile, operation: Operation) -> str:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError), open_root(original.folder) as folder:
        if folder.status(original.name) is not None:
            return transfer.checksum_of(folder, original.name, operation.checksum.partition(":")[0])
    return ""


def remove_empty_folders(run: Run) -> None:
    """Remove the folders that the run's files leave empty, below its root; a folder that holds anything stays."""
    parents = {(op.root, op.destination.rpartition("/")[0]) for op in run.operations if op.deed is not Deed.REMOVE}
    for root, relative in sorted(parents, key=lambda parent: -len(parent[1])):
        while relative:
            try:
                with open_below(root, relative) as (folder, name):
                    folder.remove_child(name)
            except OSError:  # not empty, or gone already: both end the way up
                break
            relative = relative.rpartition("/")[0]
