"""What was planned and what was done, on the disk before and after each step: one file of JSON lines a run.

A journal holds the whole plan before the first file is touched. After a kill or a power cut it tells what was under way;
afterwards it tells what to undo. A torn last line is what a kill leaves; it is ignored.
"""

from __future__ import annotations

import base64
import errno
import hashlib
import json
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from pathlib import Path

from lib.files import disk_sync
from lib.files.folders import Folder, open_below, open_root
from lib.files.own_files import read_file
from lib.files.scanning import OWN_FOLDER
from lib.model import BadRequest, in_words
from lib.transfer import own_runs
from lib.transfer.journal_records import from_record, to_record
from lib.transfer.journal_records import run_id as run_id_of
from lib.transfer.operation import Operation, OperationKind

_RUNS = "runs"
_END_BYTES = 200  # more than the last line of a run that came to its end
_ENDING = ".jsonl"
_LONGEST_HEADER = 1 << 16


class Progress(Enum):
    """How far an operation is known to have come. KEPT is a move that could only be done as a copy: it is read back as one, DONE."""

    PLANNED = "planned"
    RESERVED = "reserved"
    PLACED = "placed"
    DONE = "done"
    KEPT = "kept"
    FAILED = "failed"


@dataclass(slots=True)
class Run:
    """A journal as read back. `ended` is empty where the run was cut off; `undoes` is the run that this one put back.

    `place` is its place in the order of runs: clocks are set wrong at times. `plan` is the SHA-256 (hex) of the lines that tell its plan.
    """

    path: Path
    run_id: str
    place: int
    command: str
    started: str
    undoes: str = ""
    ended: str = ""
    planned: bool = False
    plan: str = ""
    whole_bytes: int = 0
    operations: list[Operation] = field(default_factory=list)
    progress: list[Progress] = field(default_factory=list)

    def done(self) -> Iterator[tuple[int, Operation]]:
        """Return the operations that were carried out, with their numbers."""
        return ((n, op) for n, op in enumerate(self.operations) if self.progress[n] is Progress.DONE)


class Journal:
    """A journal being written. Every call that matters for recovery returns only once its lines are on the disk.

    Where `is_open` is set, something is left for the next start to settle, and the run is not to be ended.
    """

    def __init__(self, path: Path, run_id: str, handle: int) -> None:
        """Append to the file at `path`, which is open; `start` makes a new one."""
        self.path = path
        self.run_id = run_id
        self.is_open = False
        self._size = os.fstat(handle).st_size
        self._digest = hashlib.sha256()
        self._file = os.fdopen(handle, "ab")

    def close(self) -> None:
        """Close the file; a run without `end` counts as cut off."""
        self._file.close()

    def temporary_name(self, number: int) -> str:
        """Return the hidden name under which operation `number` prepares its file: recognisable as this run's own."""
        return temporary_name(self.run_id, number)

    def aside_name(self, number: int) -> str:
        """Return the hidden name by which the source of operation `number` goes for the moment before it is unlinked."""
        return aside_name(self.run_id, number)

    def plan(self, operations: Sequence[Operation]) -> None:
        """Write the whole plan down."""
        for number, operation in enumerate(operations):
            self._write({"k": "plan", "n": number, **to_record(operation)})
        own_runs.remember(self.run_id, self._digest.hexdigest())
        self._write({"k": "planned", "count": len(operations)})
        self._sync()

    def reserve(self, number: int) -> None:
        """Write down that an empty file of ours is about to be made under the final name."""
        self._write({"k": Progress.RESERVED.value, "n": number})
        self._sync()

    def mark(self, numbers: Iterable[int], progress: Progress, *, sync: bool) -> None:
        """Write down how far these operations have come."""
        for number in numbers:
            self._write({"k": progress.value, "n": number})
        if sync:
            self._sync()

    def end(self, state: str) -> None:
        """End the run as "complete", "stopped" or "recovered"; where it is left open, its lines are on the disk all the same."""
        if not self.is_open:
            self._write({"k": "end", "state": state})
        self._sync()
        self.close()
        if not self.is_open:
            own_runs.forget(self.run_id)

    def _write(self, record: dict[str, object]) -> None:
        line = json.dumps(record, separators=(",", ":")).encode("ascii") + b"\n"
        self._file.write(line)
        self._digest.update(line)
        self._size += len(line)

    def _sync(self) -> None:
        self._file.flush()
        disk_sync.sync(self._file.fileno())
        if os.fstat(self._file.fileno()).st_size != self._size:
            raise OSError(errno.EIO, "the disk did not keep what was written to the journal")


def temporary_name(run_id: str, number: int) -> str:
    """Return the name of the file that operation `number` of a run prepares."""
    return f".{_tag(run_id)}-{number}.tmp"


def aside_name(run_id: str, number: int) -> str:
    """Return the name of the source of operation `number` in the moment before it is unlinked."""
    return f".{_tag(run_id)}-{number}.aside"


def names_left(name: str, run_id: str) -> tuple[str, str]:
    """Return a hidden name of a run as it is called now, and as the first version called it, whose runs may have been cut off too."""
    return name, f"{OWN_FOLDER}-{run_id}-{name.rpartition('-')[2]}"


def _tag(run_id: str) -> str:
    """Return eight letters that no other run has: a path may be as long as its system allows, and these names must still fit in there."""
    return base64.b32encode(hashlib.blake2b(run_id.encode(), digest_size=5).digest()).decode().lower()


def start(root: str, command: str, *, now: datetime, undoes: str = "", open_folder: Callable[[str], Folder] = open_root) -> Journal:
    """Return a new journal in `root`'s own folder, its name on the disk. Raises OSError."""
    with open_below(root, f"{OWN_FOLDER}/{_RUNS}/-", create=True, open_folder=open_folder) as (folder, _):
        known = [name for name in folder.names() if name.endswith(_ENDING)]
        while f"{(run_id := f'{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}')}{_ENDING}" in known:
            continue
        name, place = f"{run_id}{_ENDING}", max((_place_of(folder, name) for name in known), default=0) + 1
        os.close(folder.create(name, 0o666))
        journal = Journal(Path(folder.path, name), run_id, folder.open_own(name, append=True))
        header = {"k": "run", "id": run_id, "place": place, "root": root, "command": command}
        journal._write({**header, "started": f"{now:%Y-%m-%d %H:%M:%S}", "undoes": undoes})
        journal._sync()
        folder.sync()
    return journal


def runs(root: str) -> list[Run]:
    """Return all runs that `root` remembers, oldest first. Raises BadRequest for a journal that cannot be understood."""
    return _read_all(root, lambda folder, name: True)


def unfinished(root: str) -> list[Run]:
    """Return the runs of `root` that were cut off, oldest first; the others, however many they are, are not read. Raises BadRequest."""
    return [run for run in _read_all(root, lambda folder, name: not _has_end(folder, name)) if not run.ended]


def _read_all(root: str, wanted: Callable[[Folder, str], bool]) -> list[Run]:
    path = Path(root, OWN_FOLDER, _RUNS)
    found = []
    try:
        with open_below(root, f"{OWN_FOLDER}/{_RUNS}/-") as (folder, _):
            for name in sorted(folder.names()):
                path = Path(folder.path, name)
                if name.endswith(_ENDING) and wanted(folder, name):
                    found.append(_parse(path, read_file(folder, name), root))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise BadRequest(f"The journal {path} cannot be read: {in_words(error)}; move it away to go on without it.") from error
    return sorted((run for run in found if run is not None), key=lambda run: (run.place, run.run_id))


def _place_of(folder: Folder, name: str) -> int:
    """Return the place of a journal's run among the runs, 0 where its first line is not whole."""
    try:
        with os.fdopen(folder.open_to_read(name), "rb") as file:
            return int(json.loads(file.readline(_LONGEST_HEADER))["place"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def _has_end(folder: Folder, name: str) -> bool:
    with os.fdopen(folder.open_to_read(name), "rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - _END_BYTES))
        tail = file.read(_END_BYTES)
    return tail.endswith(b"\n") and tail[:-1].rpartition(b"\n")[2].startswith(b'{"k":"end",')


def _parse(path: Path, data: bytes, root: str) -> Run | None:
    """Return the run that a journal of `root` tells; None where it was cut off before its first line was whole. Raises BadRequest.

    Where `root` had another path when the run was made (a drive mounted elsewhere), the paths below it are told as they are now.
    """
    run: Run | None = None
    former = root
    lines = data.split(b"\n")
    digest = hashlib.sha256()
    for number, line in enumerate(lines[:-1], 1):
        try:
            record = json.loads(line)
            if record["k"] == "run":
                former = str(record["root"])
                command, started, undoes = (str(record[key]) for key in ("command", "started", "undoes"))
                run = Run(path, run_id_of(record["id"]), int(record["place"]), command, started, undoes)
            elif run is not None:
                _take(run, record, former, root)
                if run.planned and not run.plan:
                    run.plan = digest.hexdigest()
        except (ValueError, KeyError, TypeError, IndexError) as error:
            if number == len(lines) - 1:
                break
            raise BadRequest(f"The journal {path} is damaged at line {number}; move it away to go on without it.") from error
        if run is not None:
            run.whole_bytes += len(line) + 1
            digest.update(line + b"\n")
    return run


def resume(root: str, run: Run) -> Journal:
    """Return the journal of a run that was cut off, open to go on with; the torn line that a kill may leave is cut off. Raises OSError."""
    with open_below(root, f"{OWN_FOLDER}/{_RUNS}/{run.path.name}") as (folder, name):
        handle = folder.open_own(name, append=True)
        os.ftruncate(handle, run.whole_bytes)
        return Journal(run.path, run.run_id, handle)


def _take(run: Run, record: dict[str, object], former: str, root: str) -> None:
    kind = record["k"]
    if kind == "plan":
        run.operations.append(from_record(record, former, root))
        run.progress.append(Progress.PLANNED)
    elif kind == "planned":
        run.planned = True
    elif kind == "end":
        run.ended = str(record["state"])
    else:
        number = record["n"]
        if not isinstance(number, int) or number < 0:
            raise TypeError("not a progress line")
        run.progress[number] = Progress(kind)
        if kind == Progress.KEPT.value:
            run.operations[number] = replace(run.operations[number], kind=OperationKind.COPY)
            run.progress[number] = Progress.DONE
