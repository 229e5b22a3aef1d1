"""Short ways to plan and carry out operations in a test."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from lib.analysis.index import Index
from lib.model import MediaFile
from lib.transfer.locked_folder import lock_folder
from lib.transfer.operation import Operation, OperationKind, Outcome

NOW = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


def write(path: Path, text: str) -> Path:
    """A file with this text, and the folders on the way to it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def media(path: Path) -> MediaFile:
    """The file as a scan sees it now."""
    return MediaFile.of(str(path.parent), path.name, path.lstat())


def plan(kind: OperationKind, path: Path, root: Path, destination: str, *, group: int = 0) -> Operation:
    """The operation on the file as it is now."""
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return Operation(kind, media(path), str(root), destination, f"sha256:{sha256}", sha256, group)


def move(path: Path, root: Path, destination: str, *, group: int = 0) -> Operation:
    """Move the file, as it is now, to its destination below the root."""
    return plan(OperationKind.MOVE, path, root, destination, group=group)


def copy(path: Path, root: Path, destination: str) -> Operation:
    """Copy the file, as it is now, to its destination below the root."""
    return plan(OperationKind.COPY, path, root, destination)


def remove(path: Path, root: Path, kept: str) -> Operation:
    """Remove the file, for `kept` below the root holds the same bytes."""
    return plan(OperationKind.REMOVE, path, root, kept)


def carry_out(root: Path, operations: Sequence[Operation], command: str = "import") -> list[Outcome]:
    """Do it as a run of its own."""
    stop = threading.Event()
    with Index(None) as index, lock_folder(str(root), stop=stop) as locked:
        return list(locked.perform(command, operations, index, now=NOW, stop=stop, advance=lambda files, count: None))


def undo(root: Path, wanted: str = "") -> tuple[str, list[str]]:
    """Put a run back: its id, and the reasons why files stayed."""
    stop = threading.Event()
    with Index(None) as index, lock_folder(str(root), stop=stop) as locked:
        undone = locked.undo(wanted, index, now=NOW, stop=stop, progress=lambda files, size: _Silent())
    return undone.run_id, [failure.reason for failure in undone.failures]


class _Silent:
    def __enter__(self) -> Callable[[int, int], None]:
        return lambda files, count: None

    def __exit__(self, *_: object) -> None:
        pass


def files(folder: Path) -> dict[str, str]:
    """The files below a folder and their texts, hidden ones but for the toolkit's own folder as well."""
    found = {}
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != ".photo-toolkit"]
        for name in names:
            path = Path(place, name)
            if name != "SHA256SUMS" and path.is_file() and not path.is_symlink():
                found[os.fspath(path.relative_to(folder))] = path.read_text()
    return found
