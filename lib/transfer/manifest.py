"""Keep SHA256SUMS at an album's root, in the format that `sha256sum -c` checks without this toolkit."""

from __future__ import annotations

import contextlib
import errno
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from lib.files.folders import Folder, open_root
from lib.files.names import NAME_ERRORS
from lib.files.own_files import read_file, replacing
from lib.files.pinned_folders import DriveGone
from lib.files.scanning import OWN_FOLDER, QUARANTINE, SUPERSEDED
from lib.model import BadRequest, in_words
from lib.transfer.operation import Operation, OperationKind

NAME = "SHA256SUMS"
_TEMPORARY = ".photo-toolkit-SHA256SUMS.tmp"
_LINE = re.compile(r"(\\?)([0-9a-fA-F]{64}) [ *](.+)", re.DOTALL)
_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r"}
_UNESCAPES = {escaped: plain for plain, escaped in _ESCAPES.items()}


def line_of(name: str, sha256: str) -> str:
    """Return the manifest's line for a file, as `sha256sum` writes it: a backslash in front tells that the name is escaped."""
    escaped = re.sub(r"[\\\n\r]", lambda found: _ESCAPES[found[0]], name)
    return f"{chr(92) if escaped != name else ''}{sha256}  {escaped}\n"


def parse(text: str) -> dict[str, str]:
    """Return the SHA-256 (hex) of each name that a manifest lists. Raises BadRequest with the number of a line that makes no sense."""
    sums = {}
    for number, line in enumerate(text.removesuffix("\n").split("\n") if text else [], 1):
        found = _LINE.fullmatch(line.removesuffix("\r"))  # an editor may have saved it; a name's own CR is written as an escape
        if not found:
            raise BadRequest(f"Line {number} of {NAME} is not a checksum and a name; mend it, or move the file away to start a new one.")
        name = re.sub(r"\\[\\nr]", lambda escape: _UNESCAPES[escape[0]], found[3]) if found[1] else found[3]
        sums[name] = found[2].lower()
    return sums


def read(root: str, open_folder: Callable[[str], Folder] = open_root) -> dict[str, str]:
    """Return the manifest of the album at `root`: names relative to it, divided by "/"; empty where there is none yet.

    Raises BadRequest, and DriveGone where `open_folder` does.
    """
    try:
        with open_folder(root) as folder:
            if folder.status(NAME) is None:
                return {}
            return parse(read_file(folder, NAME).decode("utf-8", NAME_ERRORS))
    except DriveGone:
        raise
    except OSError as error:
        raise BadRequest(f"{os.path.join(root, NAME)} cannot be read: {in_words(error)}.") from error


def write(root: str, sums: Mapping[str, str], open_folder: Callable[[str], Folder] = open_root) -> None:
    """Replace the manifest in one step: a reader sees the old one or the new one, whole. Raises OSError, the old one left as it was."""
    text = b"".join(line_of(name, sums[name]).encode("utf-8", NAME_ERRORS) for name in sorted(sums))
    with open_folder(root) as folder, replacing(folder, NAME, temporary=_TEMPORARY) as file:
        file.write(text)
        file.seek(0)
        if file.read() != text:
            raise OSError(errno.EIO, f"the disk did not keep what was written to {NAME}")


def _tidy(folder: Folder) -> None:
    with contextlib.suppress(FileNotFoundError):
        folder.unlink(_TEMPORARY)


def update(root: str, done: Iterable[Operation], open_folder: Callable[[str], Folder] = open_root) -> None:
    """Bring the manifest at `root` to what these operations have made of it; where it says so already, it is left alone.

    Doing so twice is no harm. Raises BadRequest and OSError.
    """
    before = read(root, open_folder)
    now = after(before, done, root)
    if now != before:
        write(root, now, open_folder)
    else:
        with open_folder(root) as folder:
            _tidy(folder)


def after(sums: Mapping[str, str], operations: Iterable[Operation], root: str) -> dict[str, str]:
    """Return what the manifest of the album at `root` says once these operations, in this order, were carried out."""
    result = dict(sums)
    for operation in operations:
        name = _below(root, operation.source.path)
        known = result.pop(name, "") if name and operation.kind is not OperationKind.COPY else result.get(name, "")
        target = _below(root, operation.target)
        if known and operation.kind is OperationKind.MOVE and not _is_set_aside(name) and not _is_set_aside(target):
            # A file that went bad does not become what it should be by getting another name.
            sha256 = known
        else:
            sha256 = operation.sha256 or known
        if operation.kind is not OperationKind.REMOVE and target and sha256:
            result[target] = sha256
    return result


def with_promises(operations: Sequence[Operation], sums: Mapping[str, str], root: str) -> list[Operation]:
    """Return the operations; those on files with other bytes than `sums` of the album at `root` says name what was promised of them."""
    result = []
    for operation in operations:
        promised = sums.get(_below(root, operation.source.path), "")
        changed = operation.kind is not OperationKind.COPY and operation.sha256 and promised not in ("", operation.sha256)
        result.append(replace(operation, promised=promised) if changed else operation)
    return result


def _is_set_aside(name: str) -> bool:
    return name.partition("/")[0] in (SUPERSEDED, QUARANTINE)


def _below(root: str, path: str) -> str:
    """Return `path` relative to `root` and divided by "/"; empty where it lies elsewhere, or in the toolkit's own folder."""
    prefix = os.path.join(root, "")
    name = path.removeprefix(prefix).replace(os.sep, "/") if path.startswith(prefix) else ""
    return "" if name.startswith(f"{OWN_FOLDER}/") else name
