"""Bugs to plant, each of a kind that loses pictures: the harness is worth something only if it finds every one of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from lib import execution, folders, transfer


def unlink_early() -> None:
    """Let go of the source as soon as the copy is begun, before it has its name."""
    copy = execution._Batch._copy

    def faulty(self: Any, step: Any, source: Any, target: Any) -> None:
        copy(self, step, source, target)
        os.unlink(step.operation.source.path)

    setattr(execution._Batch, "_copy", faulty)  # noqa: B010


def write_in_place() -> None:
    """Copy straight to the final name, as shutil.move does."""
    copy = transfer.copy_aside

    def faulty(source: Any, name: str, identity: Any, checksum: str, target: Any, temporary: str, advance: Any) -> Any:
        handle = target.create(name)
        os.write(handle, b"half of it")
        os.close(handle)
        target.unlink(name)
        return copy(source, name, identity, checksum, target, temporary, advance)

    setattr(transfer, "copy_aside", faulty)  # noqa: B010


def overwrite() -> None:
    """Rename over whatever has the name."""

    def faulty(self: Any, name: str, target: Any, new_name: str, reserve: Any) -> None:
        os.replace(os.path.join(self.path, name), os.path.join(target.path, new_name))

    setattr(folders.Folder, "rename", faulty)  # noqa: B010


def believe_the_write() -> None:
    """Take the word of the system that what was written is on the disk."""
    setattr(transfer, "_read_back", lambda handle, checksum: checksum)  # noqa: B010


BUGS: dict[str, Callable[[], None]] = {bug.__name__: bug for bug in (unlink_early, write_in_place, overwrite, believe_the_write)}
