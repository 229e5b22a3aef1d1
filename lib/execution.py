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
from dataclasses import dataclass, field

from lib import transfer
from lib.folders import FileIdentity, Folder, open_below, open_root
from lib.journal import Journal, Progress
from lib.model import MediaFile
from lib.operation import Deed, Operation, Outcome, Result
from lib.transfer import DiskFull, Refused

_BATCH_FILES = 64
_BATCH_BYTES = 256 << 20


class _Stopped(Refused):
    """The person asked to stop."""


@dataclass(slots=True)
class _Step:
    """One operation on its way through a batch."""

    number: int
    operation: Operation
    copied: bool = False
    placed: MediaFile | None = None
    notes: list[str] = field(default_factory=list)
    refused: Refused | None = None
    source_kept: str = ""

    def outcome(self) -> Outcome:
        if self.refused is not None:
            result = Result.STOPPED if isinstance(self.refused, _Stopped) else Result.FAILED
            return Outcome(self.number, self.operation, result, str(self.refused))
        result = Result.SOURCE_KEPT if self.source_kept else Result.DONE
        return Outcome(self.number, self.operation, result, self.source_kept, tuple(self.notes), self.placed)


def carry_out(
    operations: Iterable[tuple[int, Operation]],
    journal: Journal,
    *,
    stop: threading.Event,
    advance: Callable[[int, int], None] = lambda files, count: None,
    threads: int = 4,
) -> Iterator[Outcome]:
    """One outcome for each numbered operation, in their order. `advance` is told files done and bytes read.

    Once `stop` is set, or the disk is full, what has not been placed is left as it was.
    """
    lock = threading.Lock()

    def tell(files: int, count: int) -> None:
        with lock:
            advance(files, count)
        if stop.is_set():
            raise _Stopped("stopped before its turn")

    last_refusal: Refused | None = None
    failed_group = 0
    with ThreadPoolExecutor(threads) as pool:
        for batch in _batches(operations):
            for step in batch:
                if stop.is_set():
                    step.refused = _Stopped("stopped before its turn")
                elif isinstance(last_refusal, DiskFull):
                    step.refused = last_refusal
                elif step.operation.group and step.operation.group == failed_group:
                    step.refused = Refused("left where it is, because the photo that it belongs to could not be moved")
            with _Handles() as handles:
                _Batch([step for step in batch if step.refused is None], handles, journal, tell).carry_out(pool)
            for step in batch:
                if step.refused is not None:
                    last_refusal = step.refused
                    failed_group = step.operation.group or failed_group
                yield step.outcome()


def _batches(operations: Iterable[tuple[int, Operation]]) -> Iterator[list[_Step]]:
    """Runs of operations that do not build on each other and are not too much to hold open; a group is not torn apart."""
    batch: list[_Step] = []
    touched: set[str] = set()
    size = 0
    for number, operation in operations:
        paths = {operation.source.path, os.path.join(operation.root, *operation.destination.split("/"))}
        same_group = bool(batch) and operation.group and operation.group == batch[-1].operation.group
        full = len(batch) >= _BATCH_FILES or size >= _BATCH_BYTES
        if batch and (paths & touched or (full and not same_group)):
            yield batch
            batch, touched, size = [], set(), 0
        batch.append(_Step(number, operation))
        touched |= paths
        size += operation.source.size
    if batch:
        yield batch


class _Handles(contextlib.ExitStack):
    """The folders that a batch works in, each opened once; safe to ask from several threads."""

    def __init__(self) -> None:
        super().__init__()
        self._open: dict[tuple[str, str, bool], Folder] = {}
        self._lock = threading.Lock()

    def source(self, file: MediaFile) -> Folder:
        return self._get(file.folder, "", is_target=False, create=False)

    def target(self, operation: Operation) -> tuple[Folder, str]:
        parent, _, name = operation.destination.rpartition("/")
        return self._get(operation.root, parent, is_target=True, create=operation.deed is not Deed.REMOVE), name

    def sync(self, *, sources: bool) -> None:
        """Make every name in the target folders (and in the `sources`, on demand) survive a power cut."""
        for (_, _, is_target), folder in self._open.items():
            if is_target or sources:
                folder.sync()

    def _get(self, root: str, relative: str, *, is_target: bool, create: bool) -> Folder:
        with self._lock:
            folder = self._open.get((root, relative, is_target))
            if folder is None:
                if relative:
                    folder, _ = self.enter_context(open_below(root, f"{relative}/-", create=create))
                else:
                    folder = self.enter_context(open_root(root))
                self._open[root, relative, is_target] = folder
            return folder


@dataclass(frozen=True, slots=True)
class _Batch:
    """The three stages of some steps: prepare side by side, place one after another, make safe and let go of the sources."""

    steps: Sequence[_Step]
    handles: _Handles
    journal: Journal
    tell: Callable[[int, int], None]

    def carry_out(self, pool: ThreadPoolExecutor) -> None:
        list(pool.map(lambda step: self._attempt(step, self._prepare), self.steps))
        broken = {step.operation.group for step in self.steps if step.refused is not None} - {0}
        for step in self.steps:
            if step.refused is None and step.operation.group in broken:
                self._discard(step)
                step.refused = Refused("left where it is, because a file that belongs to it could not be moved")
            self._attempt(step, self._place)
        self._settle([step for step in self.steps if step.refused is None])
        self._write_down((s.number for s in self.steps if s.refused is not None), Progress.FAILED)
        self._write_down((s.number for s in self.steps if s.refused is None), Progress.DONE)

    def _attempt(self, step: _Step, stage: Callable[[_Step], None]) -> None:
        if step.refused is None:
            try:
                stage(step)
            except Refused as refused:
                step.refused = refused
            except OSError as error:
                step.refused = transfer.explain(error)

    def _prepare(self, step: _Step) -> None:
        operation, file = step.operation, step.operation.source
        source = self.handles.source(file)
        target, name = self.handles.target(operation)
        if operation.deed is Deed.REMOVE:
            transfer.require(source, file.name, _identity(file))
            if not transfer.same_bytes(source, file.name, target, name, lambda count: self.tell(0, count)):
                raise Refused(f"kept, because it is not byte for byte the same as {os.path.join(target.path, name)}")
            return
        if target.status(name) is not None:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), os.path.join(target.path, name))
        if operation.deed is Deed.COPY or source.identity()[0] != target.identity()[0]:
            self._copy(step, source, target)

    def _copy(self, step: _Step, source: Folder, target: Folder) -> None:
        file, temporary = step.operation.source, self.journal.temporary_name(step.number)
        step.notes += transfer.copy_aside(
            source, file.name, _identity(file), step.operation.checksum, target, temporary, lambda count: self.tell(0, count)
        )
        step.copied = True

    def _place(self, step: _Step) -> None:
        if step.operation.deed is Deed.REMOVE:
            return
        file = step.operation.source
        source = self.handles.source(file)
        target, name = self.handles.target(step.operation)

        def reserve() -> None:
            self.journal.reserve(step.number)

        if not step.copied:
            transfer.require(source, file.name, _identity(file))
            try:
                source.rename(file.name, target, name, reserve)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                self._copy(step, source, target)
            else:
                self._require_the_same(step, source, target, name)
        if step.copied:
            try:
                target.rename(self.journal.temporary_name(step.number), target, name, reserve)
            except OSError:
                self._discard(step)
                raise
        step.placed = _seen(target, name)

    def _require_the_same(self, step: _Step, source: Folder, target: Folder, name: str) -> None:
        """A file that was exchanged between the last look and the rename goes back to where it was."""
        status = target.status(name)
        if status is not None and (status.st_ino, status.st_size) != (step.operation.source.inode, step.operation.source.size):
            target.rename(name, source, step.operation.source.name, lambda: None)
            raise Refused("the file changed since it was read; run again to take it as it is now")

    def _discard(self, step: _Step) -> None:
        if step.copied:
            target, _ = self.handles.target(step.operation)
            with contextlib.suppress(FileNotFoundError):
                target.unlink(self.journal.temporary_name(step.number))

    def _settle(self, steps: Sequence[_Step]) -> None:
        """Bring what was placed to the disk; only then unlink the sources of what was copied, and what is to be removed."""
        unsafe = ""
        try:
            self.handles.sync(sources=any(s.operation.deed is Deed.MOVE and not s.copied for s in steps))
            self.journal.mark((s.number for s in steps if s.placed), Progress.PLACED, sync=True)
        except OSError as error:
            unsafe = f"it could not be made sure that the disk holds the new place: {transfer.explain(error)}"
        for step in steps:
            operation, file = step.operation, step.operation.source
            if operation.deed is Deed.REMOVE or (operation.deed is Deed.MOVE and step.copied):
                try:
                    if unsafe:
                        raise Refused(unsafe)
                    self._let_go(self.handles.source(file), file, *self.handles.target(operation))
                except (Refused, OSError) as error:
                    why = error if isinstance(error, Refused) else transfer.explain(error)
                    if operation.deed is Deed.REMOVE:
                        step.refused = why
                    else:
                        step.source_kept = f"copied, and the source kept: {why}"
            self._report(step)

    def _report(self, step: _Step) -> None:
        moved_at_once = step.operation.deed is Deed.MOVE and not step.copied
        with contextlib.suppress(_Stopped):
            self.tell(1, step.operation.source.size if moved_at_once else 0)

    def _let_go(self, source: Folder, file: MediaFile, target: Folder, name: str) -> None:
        transfer.require(source, file.name, _identity(file))
        if transfer.is_one_file(source, file.name, target, name):
            raise Refused("both names lead to one and the same file")
        source.unlink(file.name)

    def _write_down(self, numbers: Iterable[int], progress: Progress) -> None:
        # A line that is lost here is found out at the next start by looking at the files.
        self.journal.mark(numbers, progress, sync=False)


def _identity(file: MediaFile) -> FileIdentity:
    return FileIdentity(file.device, file.inode, file.size, file.mtime_ns, file.ctime_ns)


def _seen(folder: Folder, name: str) -> MediaFile | None:
    status = folder.status(name)
    return None if status is None else MediaFile(folder.path, name, *_stat_fields(status))


def _stat_fields(status: os.stat_result) -> tuple[int, int, int, int, int]:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_dev, status.st_ino
