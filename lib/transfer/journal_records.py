"""How an operation stands in a journal, as JSON: what is read back is an operation that could have been planned, or nothing."""

from __future__ import annotations

import os
import re

from lib.model import MediaFile
from lib.transfer.operation import Operation, OperationKind

_CHECKSUM = re.compile(r"((sha256|xxh3_128):[0-9a-f]+)?")
_SHA256 = re.compile(r"([0-9a-f]{64})?")
_WINDOWS_PATH = re.compile(r"[A-Za-z]:[\\/]|\\\\")
_RUN_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,99}")


def run_id(value: object) -> str:
    """Return the id of a run, of which file names are made. Raises ValueError for anything that leads elsewhere."""
    if not isinstance(value, str) or not _RUN_ID.fullmatch(value):
        raise ValueError("not the id of a run")
    return value


def to_record(operation: Operation) -> dict[str, object]:
    """Return the operation as a journal holds it."""
    file = operation.source
    return {
        "deed": operation.kind.value,
        "folder": file.folder,
        "name": file.name,
        "stat": [file.size, file.mtime_ns, file.ctime_ns, file.device, file.inode],
        "root": operation.root,
        "to": operation.destination,
        "checksum": operation.checksum,
        "sha256": operation.sha256,
        "group": operation.group,
        "mtime_ns": operation.mtime_ns,
        "keeper": operation.keeper,
        "promised": operation.promised,
    }


def from_record(record: dict[str, object], former: str, root: str) -> Operation:
    """Return the operation of a record; paths below `former` are told as they are below `root`. Raises ValueError, TypeError, KeyError."""
    stat, group, mtime_ns = record["stat"], record["group"], record["mtime_ns"]
    if not isinstance(stat, list) or not isinstance(group, int) or not isinstance(mtime_ns, int):
        raise TypeError("not a plan line")
    size, mtime, ctime, device, inode = (int(value) for value in stat)
    keys = ("folder", "name", "root", "to", "checksum", "sha256")
    folder, name, target, destination, checksum, sha256 = (_text(record[key]) for key in keys)
    keeper, promised = (_text(record.get(key, "")) for key in ("keeper", "promised"))  # journals of earlier versions do not name them
    if not all(map(_is_name, (name, *destination.split("/")))):
        raise ValueError("a name that leads elsewhere")
    if (
        not all(map(_is_whole_path, (folder, target, keeper or root)))
        or not _CHECKSUM.fullmatch(checksum)
        or not _SHA256.fullmatch(promised)
    ):
        raise ValueError("not a path, or not a checksum")
    file = MediaFile(_moved(folder, former, root), name, size, mtime, ctime, device, inode)
    kind, target, keeper = OperationKind(record["deed"]), _moved(target, former, root), _moved(keeper, former, root)
    return Operation(kind, file, target, destination, checksum, sha256, group, mtime_ns, keeper, promised)


def _text(value: object) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise TypeError("not a text")
    return value


def _is_name(part: str) -> bool:
    return part not in ("", ".", "..") and os.sep not in part and "/" not in part


def _is_whole_path(path: str) -> bool:
    return os.path.isabs(path) or bool(_WINDOWS_PATH.match(path))  # an album may have been on another system before


def _moved(path: str, former: str, root: str) -> str:
    """Return `path`, if it lies below `former`, as it is below `root`; without ways back up."""
    path = os.path.normpath(path) if path else path
    if path == former:
        return root
    return os.path.join(root, path.removeprefix(os.path.join(former, ""))) if path.startswith(os.path.join(former, "")) else path
