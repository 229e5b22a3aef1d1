"""What was planned and what was done, on the disk before and after each step: one file of JSON lines a run.

A journal holds the whole plan before the first file is touched. After a kill or a power cut it tells what was under way;
afterwards it tells what to undo. A torn last line is what a kill leaves; it is ignored.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from pathlib import Path

from lib.model import BadRequest, MediaFile
from lib.operation import Deed, Operation

OWN_FOLDER = ".photo-toolkit"
_RUNS = "runs"
_END_BYTES = 200  # more than the last line of a run that came to its end


class Progress(Enum):
    """How far an operation is known to have come."""

    PLANNED = "planned"
    RESERVED = "reserved"
    PLACED = "placed"
    DONE = "done"
    FAILED = "failed"


@dataclass(slots=True)
class Run:
    """A journal as read back. `ended` is empty where the run was cut off; `undoes` is the run that this one put back."""

    path: Path
    run_id: str
    command: str
    started: str
    undoes: str = ""
    ended: str = ""
    planned: bool = False
    whole_bytes: int = 0
    operations: list[Operation] = field(default_factory=list)
    progress: list[Progress] = field(default_factory=list)

    def done(self) -> Iterator[tuple[int, Operation]]:
        """The operations that were carried out, with their numbers."""
        return ((n, op) for n, op in enumerate(self.operations) if self.progress[n] is Progress.DONE)


class Journal:
    """A journal being written. Every call that matters for recovery returns only once its lines are on the disk."""

    def __init__(self, path: Path, run_id: str) -> None:
        """Append to the journal at `path`; `start` makes a new one."""
        self.path = path
        self.run_id = run_id
        self._file = path.open("ab")

    def close(self) -> None:
        """Close the file; a run without `end` counts as cut off."""
        self._file.close()

    def temporary_name(self, number: int) -> str:
        """The hidden name under which operation `number` prepares its file: recognisable as this run's own."""
        return temporary_name(self.run_id, number)

    def plan(self, operations: Sequence[Operation]) -> None:
        """Write the whole plan down."""
        for number, operation in enumerate(operations):
            self._write({"k": "plan", "n": number, **_to_json(operation)})
        self._write({"k": "planned", "count": len(operations)})
        self._sync()

    def reserve(self, number: int) -> None:
        """An empty file under the final name is about to be made and is ours."""
        self._write({"k": Progress.RESERVED.value, "n": number})
        self._sync()

    def mark(self, numbers: Iterable[int], progress: Progress, *, sync: bool) -> None:
        """These operations have come this far."""
        for number in numbers:
            self._write({"k": progress.value, "n": number})
        if sync:
            self._sync()

    def end(self, state: str) -> None:
        """The run is over: "complete", "stopped" or "recovered"."""
        self._write({"k": "end", "state": state})
        self._sync()
        self.close()

    def _write(self, record: dict[str, object]) -> None:
        self._file.write(json.dumps(record, separators=(",", ":")).encode("ascii") + b"\n")

    def _sync(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())


def temporary_name(run_id: str, number: int) -> str:
    """The name of the file that operation `number` of a run prepares."""
    return f"{OWN_FOLDER}-{run_id}-{number}.tmp"


def start(root: str, command: str, *, now: datetime, undoes: str = "") -> Journal:
    """A new journal in `root`'s own folder, its name on the disk. Raises OSError."""
    folder = Path(root, OWN_FOLDER, _RUNS)
    folder.mkdir(parents=True, exist_ok=True)
    run_id = f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    path = folder / f"{run_id}.jsonl"
    with path.open("xb"):
        pass
    journal = Journal(path, run_id)
    journal._write({"k": "run", "id": run_id, "command": command, "started": f"{now:%Y-%m-%d %H:%M:%S}", "undoes": undoes})
    journal._sync()
    for parent in (folder, folder.parent, folder.parent.parent):
        _sync_folder(parent)
    return journal


def _sync_folder(path: Path) -> None:
    if os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def runs(root: str) -> list[Run]:
    """All runs that `root` remembers, oldest first. Raises BadRequest for a journal that cannot be understood."""
    folder = Path(root, OWN_FOLDER, _RUNS)
    return [run for path in sorted(folder.glob("*.jsonl")) if (run := read(path)) is not None] if folder.is_dir() else []


def unfinished(root: str) -> list[Run]:
    """The runs of `root` that were cut off, oldest first; the others, however many they are, are not read. Raises BadRequest."""
    folder = Path(root, OWN_FOLDER, _RUNS)
    paths = [path for path in sorted(folder.glob("*.jsonl")) if not _has_end(path)] if folder.is_dir() else []
    return [run for path in paths if (run := read(path)) is not None and not run.ended]


def _has_end(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _END_BYTES))
        tail = file.read()
    return tail.endswith(b"\n") and tail[:-1].rpartition(b"\n")[2].startswith(b'{"k":"end",')


def read(path: Path) -> Run | None:
    """The run that a journal tells; None where the run was cut off before its first line was whole. Raises BadRequest."""
    run: Run | None = None
    with path.open("rb") as file:
        lines = file.read().split(b"\n")
    for number, line in enumerate(lines[:-1], 1):
        try:
            record = json.loads(line)
            if record["k"] == "run":
                run = Run(path, record["id"], record["command"], record["started"], record["undoes"])
            elif run is not None:
                _take(run, record)
        except (ValueError, KeyError, TypeError, IndexError) as error:
            if number == len(lines) - 1:
                break
            raise BadRequest(f"The journal {path} is damaged at line {number}; move it away to go on without it.") from error
        if run is not None:
            run.whole_bytes += len(line) + 1
    return run


def resume(run: Run) -> Journal:
    """The journal of a run that was cut off, open to be gone on with; the torn line that a kill may leave is cut away."""
    os.truncate(run.path, run.whole_bytes)
    return Journal(run.path, run.run_id)


def _take(run: Run, record: dict[str, object]) -> None:
    kind = record["k"]
    if kind == "plan":
        run.operations.append(_from_json(record))
        run.progress.append(Progress.PLANNED)
    elif kind == "planned":
        run.planned = True
    elif kind == "end":
        run.ended = str(record["state"])
    else:
        number = record["n"]
        assert isinstance(number, int)
        run.progress[number] = Progress(kind)


def _to_json(operation: Operation) -> dict[str, object]:
    file = operation.source
    return {
        "deed": operation.deed.value,
        "folder": file.folder,
        "name": file.name,
        "stat": [file.size, file.mtime_ns, file.ctime_ns, file.device, file.inode],
        "root": operation.root,
        "to": operation.destination,
        "checksum": operation.checksum,
        "sha256": operation.sha256,
        "group": operation.group,
    }


def _from_json(record: dict[str, object]) -> Operation:
    stat = record["stat"]
    group = record["group"]
    if not isinstance(stat, list) or not isinstance(group, int):
        raise TypeError("not a plan line")
    size, mtime_ns, ctime_ns, device, inode = (int(value) for value in stat)
    file = MediaFile(str(record["folder"]), str(record["name"]), size, mtime_ns, ctime_ns, device, inode)
    root, destination, checksum, sha256 = (str(record[key]) for key in ("root", "to", "checksum", "sha256"))
    return Operation(Deed(record["deed"]), file, root, destination, checksum, sha256, group)
