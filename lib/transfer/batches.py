"""Cut a plan into batches whose steps do not build on each other, and hold the folders open that a batch works in."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from lib.files.folders import FileIdentity, Folder, open_below
from lib.files.names import fold
from lib.files.pinned_folders import PinnedFolders
from lib.model import MediaFile
from lib.transfer.file_transfer import OtherBytes, Refused
from lib.transfer.operation import Operation, OperationKind, Outcome, Result

_BATCH_FILES, _MOST_FILES = 64, 128
_BATCH_BYTES = 256 << 20


def batches(operations: Iterable[tuple[int, Operation]]) -> Iterator[list[Step]]:
    """Yield runs of operations that do not build on each other and are not too much to hold open; only a very large group is torn apart."""
    batch: list[Step] = []
    touched: set[str] = set()
    keepers: set[str] = set()
    size = 0
    for number, operation in operations:
        paths = {fold(operation.source.path), fold(operation.target)}
        same_group = bool(batch) and operation.group and operation.group == batch[-1].operation.group
        full = len(batch) >= _BATCH_FILES or size >= _BATCH_BYTES
        keeper = {fold(operation.keeper)} - {""}
        builds_on_another = paths & touched or paths & keepers or keeper & touched
        if batch and (builds_on_another or (full and not same_group) or len(batch) >= _MOST_FILES):
            yield batch
            batch, touched, keepers, size = [], set(), set(), 0
        batch.append(Step(number, operation))
        touched |= paths
        keepers |= keeper
        size += operation.source.size
    if batch:
        yield batch


class Stopped(Refused):
    """The person asked to stop."""


@dataclass(slots=True)
class Step:
    """One operation on its way through a batch.

    `kept` is the file that stays when the source goes; `unclear`: a call failed that may have been done all the same; `unsettled`: the
    next start has to bring it to its end; `doubt` is what a person has to know of though all was done.
    """

    number: int
    operation: Operation
    copied: bool = False
    kept: FileIdentity | None = None
    placed: MediaFile | None = None
    notes: list[str] = field(default_factory=list)
    refused: Refused | None = None
    unclear: bool = False
    unsettled: bool = False
    source_kept: str = ""
    doubt: str = ""

    def outcome(self) -> Outcome:
        """Return how it ended, once it did."""
        if self.refused is not None:
            result = Result.STOPPED if isinstance(self.refused, Stopped) else Result.FAILED
            return Outcome(self.number, self.operation, result, str(self.refused), other_bytes=isinstance(self.refused, OtherBytes))
        result = Result.SOURCE_KEPT if self.source_kept else Result.DONE
        return Outcome(self.number, self.operation, result, self.source_kept or self.doubt, tuple(self.notes), self.placed)


class Handles(contextlib.ExitStack):
    """The folders that a batch works in, each opened once; safe to ask from several threads."""

    def __init__(self, pinned: PinnedFolders) -> None:
        """Nothing is open yet; what is opened must be on the drive that it was `pinned` to."""
        super().__init__()
        self._pinned = pinned
        self._open: dict[tuple[str, str, bool], Folder] = {}
        self._lock = threading.Lock()

    def source(self, file: MediaFile) -> Folder:
        """Return the folder of a file. Raises OSError."""
        return self._get(file.folder, "", is_target=False, create=False)

    def target(self, operation: Operation) -> tuple[Folder, str]:
        """Return the folder of an operation's destination, made where something is to come there, and the name in it. Raises OSError."""
        parent, _, name = operation.destination.rpartition("/")
        return self._get(operation.root, parent, is_target=True, create=operation.kind is not OperationKind.REMOVE), name

    def keeper(self, operation: Operation) -> tuple[Folder, str]:
        """Return the folder of the file for whose sake an operation moves a duplicate away, and its name. Raises OSError."""
        folder, name = os.path.split(operation.keeper)
        return self._get(folder, "", is_target=False, create=False), name

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
                    folder, _ = self.enter_context(open_below(root, f"{relative}/-", create=create, open_folder=self._pinned.open))
                else:
                    folder = self.enter_context(self._pinned.open(root))
                self._open[root, relative, is_target] = folder
            return folder
