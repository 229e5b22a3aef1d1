"""Put back what went bad or missing in an album, from any good copy that can be found: the bad file is kept among the superseded ones."""

from __future__ import annotations

import argparse
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime

from lib.album import verification
from lib.album.command import album_root
from lib.album.verification import Fixity, FixityFinding, Inspection
from lib.analysis.features import INTEGRITY, SHA256, analyse, read_anew
from lib.analysis.index import Index
from lib.files.names import fold, free_path
from lib.files.scanning import SUPERSEDED, scan
from lib.model import BadRequest, Failure, Integrity, MediaFile
from lib.reporting import command_line, undo_command
from lib.transfer import journal, manifest
from lib.transfer.journal import Progress, Run
from lib.transfer.locked_folder import LockedFolder, broken_off, lock_folder
from lib.transfer.operation import Operation, OperationKind, Outcome, Result

COMMAND = "repair"
_EDITED = "it has another size and is not damaged, so somebody edited it; --verify --adopt takes it in as it is"
Bar = Callable[[str, int, int], AbstractContextManager[Callable[[int, int], None]]]


@dataclass(slots=True)
class Repair:
    """What an album lacks: by name the SHA-256 that the file should have, its `bad` file where one is there, and what else is in the way.

    `good` are copies with the right bytes by checksum, `left` the reason for each name that cannot be repaired.
    """

    root: str
    wanted: dict[str, str] = field(default_factory=dict)
    bad: dict[str, tuple[MediaFile, str]] = field(default_factory=dict)
    good: dict[str, MediaFile] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)

    def leave(self, name: str, reason: str) -> None:
        """Do not repair this file."""
        self.wanted.pop(name, None)
        self.left[name] = reason

    def operations(self) -> Iterator[Operation]:
        """Yield what is to be done: each bad file gives way, then the copy comes to its place, which waits for that."""
        taken: set[str] = set()
        for number, (name, sha256) in enumerate(sorted(self.wanted.items()), 1):
            if sha256 not in self.good:
                continue
            if name in self.bad:
                file, now = self.bad[name]
                aside = free_path(f"{SUPERSEDED}/{name}", lambda path: fold(path) in taken or self._is_there(path))
                taken.add(fold(aside))
                yield Operation(OperationKind.MOVE, file, self.root, aside, f"sha256:{now}", now, number)
            yield Operation(OperationKind.COPY, self.good[sha256], self.root, name, f"sha256:{sha256}", sha256, number)

    def _is_there(self, name: str) -> bool:
        return os.path.lexists(os.path.join(self.root, *name.split("/")))


def repair(arguments: argparse.Namespace, now: datetime) -> int:
    """Look for a good copy of all that is changed or missing, and put it back; the exit code."""
    root = album_root(arguments.output, must_exist=True)
    inputs = [command_line.folder(text, "--input") for text in arguments.input]
    if not os.path.exists(os.path.join(root, manifest.NAME)):
        raise BadRequest(f"{root} has no {manifest.NAME}, which tells what its files should be; there is nothing to repair it by.")
    with command_line.index(arguments) as index, lock_folder(root, stop=threading.Event()) as locked:
        runs = journal.runs(root)
        for number, run in enumerate(runs):
            if run.command == COMMAND:
                keep_promises(root, run, runs[number + 1 :], only_missing=True)
        workers = command_line.workers(arguments)
        found = verification.inspect(root)
        with command_line.progress("1/3 Reading the album", len(found.sizes), sum(found.sizes.values())) as advance:
            findings = list(verification.verify(found, workers=workers, advance=advance))
        made = needed(found, findings)
        search(made, inputs, index, workers, command_line.progress)
        _leave_edited(made, index, workers)
        operations = list(made.operations())
        outcomes = [] if arguments.dryrun else _carry_out(locked, operations, index, now)
        return _report(made, operations, outcomes, index, workers, locked.run_id)


def needed(found: Inspection, findings: Iterable[FixityFinding]) -> Repair:
    """Return what is changed or missing, and the good copies that the album itself has."""
    made = Repair(found.root)
    sums = {name: found.sums[name] for name in found.sizes if name in found.sums}
    for finding in findings:
        sums.pop(finding.name, None)
        if finding.fixity is Fixity.EXTRA:
            sums[finding.name] = finding.sha256
        elif finding.name not in found.sums:
            continue
        elif finding.fixity is Fixity.UNREADABLE:
            made.leave(finding.name, f"{finding.reason}; move it out of the album, then start again: a copy takes its place")
        elif finding.reason:
            made.leave(finding.name, f"{finding.reason}; move what is there out of the album, then start again")
        else:
            made.wanted[finding.name] = found.sums[finding.name]
            if finding.fixity is Fixity.CHANGED and (file := _file(found.root, finding.name)):
                made.bad[finding.name] = file, finding.sha256
    wanted = set(made.wanted.values())
    for name, sha256 in sums.items():
        if sha256 in wanted and (file := _file(found.root, name)):
            made.good.setdefault(sha256, file)
    return made


def _file(root: str, name: str) -> MediaFile | None:
    path = os.path.join(root, *name.split("/"))
    try:
        return MediaFile.of(*os.path.split(path), os.lstat(path))
    except OSError:
        # It went away since it was read: then it is neither a copy nor in the way.
        return None


def search(made: Repair, inputs: Sequence[str], index: Index, workers: int, progress: Bar) -> None:
    """Look for the rest below the inputs: first files of the same name or size, then all others; no further once all is found."""
    sizes = {file.size for file, _ in made.bad.values()}
    names = {fold(name.rpartition("/")[2]) for name in made.wanted}
    likely: list[MediaFile] = []
    others: list[MediaFile] = []
    for file in scan(inputs, keep_out=[made.root], own_folders=True, libraries=True):
        if isinstance(file, MediaFile):
            (likely if file.size in sizes or fold(file.name) in names else others).append(file)
    for files in (likely, others):
        missing = set(made.wanted.values()) - made.good.keys()
        if not missing or not files:
            continue
        with progress("2/3 Looking for copies", len(files), sum(file.size for file in files)) as advance:
            for file, (sha256,) in read_anew(files, SHA256, index, workers, advance):
                if isinstance(sha256, str) and sha256 in missing:
                    made.good[sha256] = file
                    missing.discard(sha256)
                    if not missing:
                        break


def _leave_edited(made: Repair, index: Index, workers: int) -> None:
    """Bad disks change bytes and no sizes: another size means that somebody edited the file, unless it is cut off or has a hole."""
    names = {
        file: name for name, (file, _) in made.bad.items() if (copy := made.good.get(made.wanted.get(name, ""))) and copy.size != file.size
    }
    for file, (found,) in analyse(list(names), (INTEGRITY,), index, workers=workers):
        if not isinstance(found, Integrity) or not found.damage:
            made.leave(names[file], _EDITED)


def _carry_out(locked: LockedFolder, operations: Sequence[Operation], index: Index, now: datetime) -> list[Outcome]:
    """Do it; what could not be put back is promised again by the manifest, so that the next look finds it missing."""
    outcomes: list[Outcome] = []
    size = sum(operation.source.size for operation in operations)
    with command_line.stop_gently() as stop, command_line.progress("3/3 Putting back", len(operations), size) as advance:
        try:
            outcomes.extend(locked.perform(COMMAND, operations, index, now=now, stop=stop, advance=advance))
        except (OSError, BadRequest) as error:
            command_line.tell_failures([broken_off(locked.root, error)])
    for run in journal.runs(locked.root):
        if run.run_id == locked.run_id:
            keep_promises(locked.root, run, only_missing=True)
    return outcomes


def keep_promises(root: str, run: Run, later: Sequence[Run] = (), *, only_missing: bool = False) -> None:
    """Have the manifest say again what the files of a repair that was not done, or was put back, should be.

    With `only_missing` only for names that it has not, since another checksum may be one that a person has adopted; and for none that
    `later` runs had to do with. The album is locked.
    """
    sums = manifest.read(root)
    settled = {path for one in later for _, operation in one.done() for path in (operation.source.path, operation.target)}
    promised = {
        operation.destination: operation.sha256
        for operation, progress in zip(run.operations, run.progress)
        if operation.kind is OperationKind.COPY and not (only_missing and progress is Progress.DONE) and operation.target not in settled
    }
    lost = {name: sha256 for name, sha256 in promised.items() if (name not in sums if only_missing else sums.get(name) != sha256)}
    if lost:
        manifest.write(root, {**sums, **lost})


def keep_promises_of_undone(root: str) -> None:
    """Do so where the newest run has put a repair back: what was bad is bad again, and must not count as what it should be."""
    runs = journal.runs(root)
    undone = next((run for run in runs if runs and run.run_id == runs[-1].undoes), None)
    if undone and undone.command == COMMAND:
        with lock_folder(root, stop=threading.Event()):
            keep_promises(root, undone)


def _report(made: Repair, operations: Sequence[Operation], outcomes: Sequence[Outcome], index: Index, workers: int, run_id: str) -> int:
    failed = {one.operation.destination: one.reason for one in outcomes if one.result not in (Result.DONE, Result.SOURCE_KEPT)}
    copied = [operation for operation in operations if operation.kind is OperationKind.COPY]
    done = {one.operation.destination for one in outcomes if one.result in (Result.DONE, Result.SOURCE_KEPT)}
    for operation in copied:
        state = "repaired" if operation.destination in done else "to be repaired" if not outcomes else "not repaired"
        why = failed.get(operation.destination, "") or f"from {operation.source.path}"
        print(f"{state}: {command_line.printable(operation.destination)} ({command_line.printable(why)})")
    without = {name: sha256 for name, sha256 in made.wanted.items() if sha256 not in made.good}
    for name, reason in sorted({**made.left, **copies_away(made, without, index, workers)}.items()):
        print(f"not repaired: {command_line.printable(name)} ({command_line.printable(reason)})")
    asked = len(made.wanted) + len(made.left)
    put_back = sum(operation.destination in done for operation in copied)
    if not asked:
        print("Nothing is changed or missing; there is nothing to repair.")
    elif run_id:
        print(f"{put_back:,} of {command_line.count_text(asked, 'file')} repaired; what was bad lies in {SUPERSEDED}.")
        print(f"To put it back: {undo_command.hint('--output', made.root, run_id)}")
    else:
        print(f"{len(copied):,} of {command_line.count_text(asked, 'file')} can be repaired; nothing was changed.")
    return command_line.DONE if asked == len(copied) and (not outcomes or put_back == asked) else command_line.SOME_FAILED


def copies_away(made: Repair, without: Mapping[str, str], index: Index, workers: int) -> dict[str, str]:
    """Return for the files that no copy was found of where one is on a drive that is away; else what is known of the damage."""
    wanted = set(without.values())
    away: dict[str, str] = {}
    for known in index.away((SHA256.name,)) if wanted else ():
        if isinstance(known.values[0], bytes) and known.values[0].hex() in wanted:
            where = f"on the drive {known.volume}, at {known.file.path}"
            away[known.values[0].hex()] = f"a good copy is {where}: connect it, and name it as --input"
    damage = {}
    bad = {made.bad[name][0]: name for name in without if name in made.bad}
    for file, (found,) in analyse(list(bad), (INTEGRITY,), index, workers=workers):
        if isinstance(found, Failure):
            damage[bad[file]] = found.reason
        elif found.damage:
            damage[bad[file]] = found.damage
    nothing = "no copy was found; name more drives as --input"
    return {name: away.get(sha256) or "; ".join(filter(None, (nothing, damage.get(name, "")))) for name, sha256 in without.items()}
