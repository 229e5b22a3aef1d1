"""Carry out a plan of operations safely, in batches, and journal each step.

Within a batch the copies are made side by side under hidden names, then placed one after another; the folders are brought to
the disk, then the journal, and only then is a source unlinked. So one slow sync serves many files and the order still holds.
"""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from lib.files.folders import FileIdentity, Folder, is_in_use
from lib.files.names import in_library
from lib.files.pinned_folders import PinnedFolders
from lib.model import MediaFile
from lib.transfer import file_transfer
from lib.transfer.batches import Handles, Step, Stopped, batches
from lib.transfer.file_transfer import DiskFull, DriveWentAway, OtherBytes, Refused
from lib.transfer.journal import Journal, Progress
from lib.transfer.operation import Operation, OperationKind, Outcome

_CANNOT_LEAVE = {errno.EPERM, errno.EACCES, errno.EROFS}


def carry_out(
    operations: Iterable[tuple[int, Operation]],
    journal: Journal,
    *,
    pinned: PinnedFolders,
    stop: threading.Event,
    advance: Callable[[int, int], None] = lambda files, count: None,
    threads: int = 4,
) -> Iterator[Outcome]:
    """Yield one outcome for each numbered operation, in their order. `advance` is told files done and bytes read.

    Once `stop` is set, or the disk is full, what has not been placed is left as it was; so is what was to come to a drive that went away.
    """
    lock = threading.Lock()

    def tell(files: int, count: int) -> None:
        with lock:
            advance(files, count)
        if stop.is_set():
            raise Stopped("stopped before its turn")

    last_refusal: Refused | None = None
    failed_groups: set[int] = set()
    begun_groups: set[int] = set()
    renewed: dict[tuple[int, int], int] = {}
    gone: dict[str, Refused] = {}
    with ThreadPoolExecutor(threads) as pool:
        for batch in batches(operations):
            for step in batch:
                if stop.is_set():
                    step.refused = Stopped("stopped before its turn")
                elif isinstance(last_refusal, DiskFull):
                    step.refused = last_refusal
                elif step.operation.root in gone:
                    step.refused = gone[step.operation.root]
                elif step.operation.group in failed_groups:
                    step.refused = Refused("left where it is, because the photo that it belongs to could not be moved")
            with Handles(pinned) as handles:
                _Batch([step for step in batch if step.refused is None], handles, journal, tell, renewed).carry_out(pool)
            begun_groups |= {step.operation.group for step in batch if step.refused is None} - {0}
            for step in batch:
                if step.refused is not None:
                    last_refusal = step.refused
                    if isinstance(step.refused, DriveWentAway) and step.refused.folder == step.operation.root:
                        gone[step.operation.root] = step.refused
                    failed_groups |= {step.operation.group} - {0}
                    # What belongs together and was torn apart is brought together at the next start.
                    journal.is_open |= step.operation.group in begun_groups
                yield step.outcome()


@dataclass(frozen=True, slots=True)
class _Batch:
    """The three stages of some steps: prepare side by side, place one after another, make safe and let go of the sources.

    `renewed` are the ctimes that this run has itself given to files of several names (hard links), by device and inode.
    """

    steps: Sequence[Step]
    handles: Handles
    journal: Journal
    tell: Callable[[int, int], None]
    renewed: dict[tuple[int, int], int]

    def carry_out(self, pool: ThreadPoolExecutor) -> None:
        list(pool.map(lambda step: self._attempt(step, self._prepare), self.steps))
        broken = {step.operation.group for step in self.steps if step.refused is not None} - {0}
        for step in self.steps:
            if step.refused is None and step.operation.group in broken:
                self._discard(step)
                step.refused = Refused("left where it is, because a file that belongs to it could not be moved")
            self._attempt(step, self._place)
            if step.refused is not None:
                broken |= {step.operation.group} - {0}
        self._settle([step for step in self.steps if step.refused is None])
        self._write_down()

    def _attempt(self, step: Step, stage: Callable[[Step], None]) -> None:
        if step.refused is None:
            try:
                stage(step)
            except Refused as refused:
                step.refused = refused
            except OSError as error:
                step.refused = file_transfer.explain(error)

    def _prepare(self, step: Step) -> None:
        operation, file = step.operation, step.operation.source
        changed = (file.folder, operation.kind is not OperationKind.COPY), (operation.target, operation.kind is not OperationKind.REMOVE)
        if any(is_changed and in_library(path) for path, is_changed in changed):
            raise Refused("it lies in a library of another program, which is never changed")
        source = self.handles.source(file)
        target, name = self.handles.target(operation)
        status = target.status(name)
        if operation.kind is OperationKind.REMOVE:
            file_transfer.require(source, file.name, self._identity(file))
            if status is None or status.st_size != file.size:  # the bytes are compared at the last moment
                raise OtherBytes(f"kept, because it is not byte for byte the same as {os.path.join(target.path, name)}")
            step.kept = FileIdentity.of(status)
            return
        if status is not None:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), os.path.join(target.path, name))
        if operation.kind is OperationKind.COPY or source.identity()[0] != target.identity()[0]:
            self._copy(step, source, target)
        else:
            file_transfer.require(source, file.name, self._identity(file))
            file_transfer.bring_to_disk(source, file.name)

    def _copy(self, step: Step, source: Folder, target: Folder) -> None:
        operation, file, temporary = step.operation, step.operation.source, self.journal.temporary_name(step.number)
        step.notes += file_transfer.copy_to_temporary(
            source,
            file.name,
            self._identity(file),
            operation.checksum,
            target,
            temporary,
            lambda count: self.tell(0, count),
            operation.mtime_ns,
        )
        step.copied = True

    def _place(self, step: Step) -> None:
        operation, file = step.operation, step.operation.source
        if operation.kind is OperationKind.REMOVE:
            return
        source = self.handles.source(file)
        target, name = self.handles.target(operation)

        def reserve() -> None:
            self.journal.reserve(step.number)

        if not step.copied:
            file_transfer.require(source, file.name, self._identity(file))
            try:
                source.rename(file.name, target, name, reserve)
            except OSError as error:
                # A file of the root's own stays rather than being there twice.
                is_own = file.path.startswith(os.path.join(operation.root, ""))
                if error.errno != errno.EXDEV and (is_own or error.errno not in _CANNOT_LEAVE or is_in_use(error)):
                    step.unclear = not isinstance(error, FileExistsError)
                    raise
                self._copy(step, source, target)
            else:
                self._require_the_same(step, source, target, name)
                self._require_keeper(step, source, target, name)
        if step.copied:
            try:
                target.rename(self.journal.temporary_name(step.number), target, name, reserve)
            except OSError as error:
                step.unclear = not isinstance(error, FileExistsError)
                self._discard(step)
                raise
        self._look_at_placed(step, target, name)

    def _look_at_placed(self, step: Step, target: Folder, name: str) -> None:
        status = target.status(name)
        if status is None:
            raise Refused("it was taken away from its new place at once")
        step.kept = FileIdentity.of(status)
        step.placed = MediaFile.of(target.path, name, status)
        if status.st_nlink > 1:
            self.renewed[status.st_dev, status.st_ino] = step.placed.ctime_ns

    def _require_the_same(self, step: Step, source: Folder, target: Folder, name: str) -> None:
        """Put a file back that was exchanged between the last look and the rename. Raises Refused then."""
        status = target.status(name)
        if status is not None and not target.is_renamed(status, self._identity(step.operation.source)):
            step.unclear = True
            file_transfer.restore_name(target, name, source, step.operation.source.name)
            raise Refused("the file changed since it was read; run again to take it as it is now")

    def _require_keeper(self, step: Step, source: Folder, target: Folder, name: str) -> None:
        """Put a duplicate back that turns out to be the only file with its bytes, seen under two names. Raises Refused then."""
        if step.operation.keeper:
            try:
                self._compare_with_keeper(step, target, name)
            except (Refused, OSError):
                step.unclear = True
                file_transfer.restore_name(target, name, source, step.operation.source.name)
                raise

    def _compare_with_keeper(self, step: Step, folder: Folder, name: str) -> None:
        kept_in, kept_name = self.handles.keeper(step.operation)
        file_transfer.require_same_bytes(folder, name, kept_in, kept_name, lambda count: self.tell(0, 0 if step.copied else count))

    def _discard(self, step: Step) -> None:
        if step.copied:
            target, _ = self.handles.target(step.operation)
            with contextlib.suppress(OSError):  # what stays is cleaned away at the next start
                target.unlink(self.journal.temporary_name(step.number))

    def _settle(self, steps: Sequence[Step]) -> None:
        """Bring what was placed to the disk; only then unlink the sources of what was copied, and what is to be removed."""
        unsafe = ""
        try:
            self.handles.sync(sources=any(s.operation.kind is OperationKind.MOVE and not s.copied for s in steps))
            self.journal.mark((s.number for s in steps if s.placed), Progress.PLACED, sync=True)
        except OSError as error:
            unsafe = f"it could not be made sure that the disk holds the new place: {file_transfer.explain(error)}"
        for step in steps:
            operation = step.operation
            step.unsettled, step.doubt = bool(unsafe) and operation.kind is not OperationKind.REMOVE, unsafe
            if operation.kind is OperationKind.REMOVE or (operation.kind is OperationKind.MOVE and step.copied):
                try:
                    if unsafe:
                        raise Refused(unsafe)
                    self._let_go(step)
                except (Refused, OSError) as error:
                    why = error if isinstance(error, Refused) else file_transfer.explain(error)
                    if operation.kind is OperationKind.REMOVE or (operation.keeper and self._take_back(step)):
                        step.refused = why
                    else:
                        step.source_kept = f"copied, and the source kept: {why}"
                        step.unsettled |= isinstance(error, OSError) and error.errno not in _CANNOT_LEAVE
            moved_at_once = operation.kind is OperationKind.MOVE and not step.copied and not operation.keeper
            with contextlib.suppress(Stopped):
                self.tell(1, operation.source.size if moved_at_once else 0)

    def _let_go(self, step: Step) -> None:
        file, aside = step.operation.source, self.journal.aside_name(step.number)
        if step.kept is None:
            raise ValueError("nothing is known of the file that stays")
        source, (target, name) = self.handles.source(file), self.handles.target(step.operation)

        def confirm() -> None:
            if step.operation.kind is OperationKind.REMOVE:
                file_transfer.require_same_bytes(source, aside, target, name, lambda count: self.tell(0, count))
            elif step.operation.keeper:
                self._compare_with_keeper(step, source, aside)

        if ctime_ns := file_transfer.unlink_verified(source, file.name, self._identity(file), aside, target, name, step.kept, confirm):
            self.renewed[file.device, file.inode] = ctime_ns

    def _take_back(self, step: Step) -> bool:
        """Remove the copy that this step made of a duplicate which has to stay; False where the duplicate is not seen at its place."""
        file, (target, name) = step.operation.source, self.handles.target(step.operation)
        source = self.handles.source(file)
        status = source.status(file.name)
        if status is None or not source.is_renamed(status, self._identity(file)):
            return False
        target.unlink(name)
        step.placed, step.unsettled = None, False
        return True

    def _identity(self, file: MediaFile) -> FileIdentity:
        ctime_ns = self.renewed.get((file.device, file.inode), file.ctime_ns)
        return FileIdentity(file.device, file.inode, file.size, file.mtime_ns, ctime_ns)

    def _write_down(self) -> None:
        """Write down how the steps ended. A line that is lost here is found out at the next start by looking at the files.

        Where something was left behind, or the disk had trouble, the run stays open, and the next start settles it.
        """
        ended: dict[Progress, list[int]] = {Progress.FAILED: [], Progress.KEPT: [], Progress.DONE: []}
        for step in self.steps:
            if step.unsettled or (step.refused is not None and self._left_something(step)):
                self.journal.is_open = True
            elif step.refused is not None:
                ended[Progress.FAILED].append(step.number)
            else:
                ended[Progress.KEPT if step.source_kept else Progress.DONE].append(step.number)
        with contextlib.suppress(OSError):
            for progress, numbers in ended.items():
                self.journal.mark(numbers, progress, sync=False)

    def _left_something(self, step: Step) -> bool:
        try:
            source, (target, name) = self.handles.source(step.operation.source), self.handles.target(step.operation)
            left = [target.status(self.journal.temporary_name(step.number)), source.status(self.journal.aside_name(step.number))]
            return any(left) or (step.unclear and target.status(name) is not None)
        except OSError:
            return False
