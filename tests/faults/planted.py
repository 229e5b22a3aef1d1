"""Bugs to plant, each of a kind that loses pictures: the harness is worth something only if it finds every one of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lib.transfer import execution, file_transfer


def unlink_early() -> None:
    """Let go of the source before its copy is safe."""

    def faulty(self: Any, step: Any, source: Any, target: Any) -> None:
        data = Path(step.operation.source.path).read_bytes()
        os.unlink(step.operation.source.path)
        handle = target.create(self.journal.temporary_name(step.number))
        os.write(handle, data)
        os.close(handle)
        step.copied = True

    setattr(execution._Batch, "_copy", faulty)  # noqa: B010
    setattr(file_transfer, "unlink_verified", lambda *_: 0)  # noqa: B010


def write_in_place() -> None:
    """Copy straight to the final name, as shutil.move does."""
    copy = file_transfer.copy_to_temporary

    def faulty(source: Any, name: str, identity: Any, checksum: str, target: Any, temporary: str, *more: Any) -> Any:
        final = f"{len(os.listdir(target.path))}.jpg"
        handle = target.create(final)
        os.write(handle, b"the first half")
        os.fsync(handle)
        os.close(handle)
        target.unlink(final)
        return copy(source, name, identity, checksum, target, temporary, *more)

    setattr(file_transfer, "copy_to_temporary", faulty)  # noqa: B010


def believe_the_write() -> None:
    """Take the word of the system that what was written is on the disk."""
    setattr(file_transfer, "_read_back", lambda handle, checksum: checksum)  # noqa: B010


def forget_the_journal() -> None:
    """Do without noting down what is under way."""
    from lib.transfer.journal import Journal

    setattr(Journal, "_sync", lambda self: None)  # noqa: B010


def _never_sync(ending: str) -> None:
    """Do not bring files to the disk whose names end like this."""
    sync = os.fsync

    def faulty(handle: int) -> None:
        path = os.readlink(f"/proc/self/fd/{handle}")
        if not path.endswith(ending):
            sync(handle)

    setattr(os, "fsync", faulty)  # noqa: B010


def no_content_sync() -> None:
    """Give a copy its name before its content is on the disk."""
    _never_sync(".tmp")


def no_sync_before_rename() -> None:
    """Rename a file whose content may be in memory only."""
    setattr(file_transfer, "bring_to_disk", lambda folder, name: None)  # noqa: B010


def no_journal_sync() -> None:
    """Leave it to the system when the journal comes to the disk."""
    _never_sync(".jsonl")


def placed_is_not_synced() -> None:
    """Unlink sources while it is only in memory that the copies have their places."""
    from lib.transfer.journal import Journal

    mark = Journal.mark
    setattr(Journal, "mark", lambda self, numbers, progress, *, sync: mark(self, numbers, progress, sync=False))  # noqa: B010


def believe_the_cache() -> None:
    """Read a copy back from memory."""
    setattr(file_transfer, "_forget_cached", lambda handle: None)  # noqa: B010


_BUGS = (
    unlink_early,
    write_in_place,
    believe_the_write,
    forget_the_journal,
    no_content_sync,
    no_sync_before_rename,
    no_journal_sync,
    placed_is_not_synced,
    believe_the_cache,
)
BUGS: dict[str, Callable[[], None]] = {bug.__name__: bug for bug in _BUGS}
