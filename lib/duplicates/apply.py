"""Act on the edited report: what is marked goes to quarantine on its own drive, and comes back when asked."""

from __future__ import annotations

import argparse
import itertools
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from lib.album.facts import Clock
from lib.analysis.features import METADATA, XXH3, analyse
from lib.analysis.hashing import xxh3
from lib.analysis.index import Index
from lib.dates.zones import zone
from lib.duplicates import removal_rules
from lib.duplicates.command import CSV, decisions_file, known_decisions, remember
from lib.duplicates.removal_rules import Removal, ReportRow, SeenFile
from lib.files.folders import open_root
from lib.files.names import fold, free_path
from lib.files.scanning import OWN_FOLDER, QUARANTINE, scan
from lib.filesets.companions import group_files
from lib.model import BadRequest, Failure, FileSet, MediaFile, Metadata
from lib.reporting import command_line, csv_tables, undo_command
from lib.transfer import file_transfer, journal
from lib.transfer import undo as undo_plans
from lib.transfer.file_transfer import Refused
from lib.transfer.locked_folder import broken_off, lock_folder
from lib.transfer.operation import Operation, OperationKind, Result

COMMAND = "find_duplicates"


def apply(arguments: argparse.Namespace) -> int:
    """Do what the edited report says, as far as it may be done; the exit code. Raises BadRequest."""
    path = Path(arguments.apply).expanduser().absolute()
    lines = removal_rules.rows(csv_tables.read(path, removal_rules.COLUMNS))
    now = datetime.now().astimezone()
    recovered, gone = ([], set()) if arguments.dryrun else _earlier_runs(_roots_of(lines))
    with command_line.index(arguments) as index:
        seen = _look_again(lines, index, command_line.workers(arguments))
        going, refused = removal_rules.removals(lines, seen)
        going, differing = _compare_bytes(going, seen)
        along, torn = removal_rules.whole_sets(
            {removal.path for removal in going}, _sets(going, index, now, command_line.workers(arguments))
        )
        refused = [failure for failure in [*refused, *differing, *torn] if failure.path not in gone] + recovered
        left = {failure.path for failure in refused}
        plans = _plan([removal for removal in going if removal.path not in left], along, seen, delete=arguments.delete)
        if arguments.dryrun:
            for operation in itertools.chain.from_iterable(plans.values()):
                print(f"{_deed(operation)}: {command_line.printable(operation.source.path)}")
            done = list(itertools.chain.from_iterable(plans.values()))
            stopped, run_ids = False, dict[str, str]()
        else:
            done, failed, stopped, run_ids = _carry_out(plans, index, now)
            refused += failed
    if not arguments.dryrun:
        _remember(arguments, path, lines)
    size = command_line.size_text(sum(operation.source.size for operation in done))
    files = command_line.count_text(len(done), "file")
    print(f"Dry run, nothing was changed: {files} would go ({size})." if arguments.dryrun else f"{files} went ({size}).")
    if refused:
        print(f"{command_line.count_text(len(refused), 'file stays where it is', 'files stay where they are')}:")
        command_line.tell_failures(refused)
    for root, run_id in run_ids.items():
        if any(operation.root == root for operation in done):
            print(f"Quarantine: {command_line.printable(os.path.join(root, QUARANTINE))}")
        print(f"To put it back: {undo_command.hint('--input', root, run_id)}")
    return command_line.INTERRUPTED if stopped else command_line.SOME_FAILED if refused else command_line.DONE


def _earlier_runs(roots: Sequence[str]) -> tuple[list[Failure], set[str]]:
    """Bring to its end what was cut off below the roots: what could not be, and the files that are gone because they went before."""
    failures: list[Failure] = []
    gone: set[str] = set()
    for root in roots:
        if journal.unfinished(root):
            with lock_folder(root, stop=threading.Event()) as locked:
                failures += [failure for run in locked.recovered for failure in run.failures]
        runs = journal.runs(root)
        went = (op.source.path for run in runs if run.command == COMMAND for op in undo_plans.remaining(run, runs))
        gone |= {path for path in went if not os.path.lexists(path)}
    return failures, gone


def _look_again(lines: Sequence[ReportRow], index: Index, workers: int) -> dict[str, SeenFile]:
    """Every file that matters as it is now, read anew: the index might know what it was, and forgets what it then knew wrongly."""
    reported = {line.path: line.checksum for line in lines}
    seen: dict[str, SeenFile] = {}
    files: list[MediaFile] = []
    for path in removal_rules.involved(lines):
        try:
            files.append(_as_it_is(path))
        except OSError:
            seen[path] = SeenFile(trouble="it is not there any more")
    with command_line.progress("Looking again", len(files), sum(file.size for file in files)) as advance:
        for file, (checksum,) in analyse(files, (XXH3,), Index(None), workers=workers, advance=advance):
            told = SeenFile(trouble=f"it {checksum.reason}") if isinstance(checksum, Failure) else SeenFile(file, checksum)
            seen[file.path] = told
            if told.checksum != reported[file.path]:
                index.forget(file.folder, file.name)
    return seen


def _as_it_is(path: str) -> MediaFile:
    return MediaFile.of(*os.path.split(path), os.lstat(path))


def _compare_bytes(going: Sequence[Removal], seen: dict[str, SeenFile]) -> tuple[list[Removal], list[Failure]]:
    """Hold each copy that was reported as identical against the one that stays, byte for byte."""
    equal: list[Removal] = []
    differing: list[Failure] = []
    twins = [seen[removal.path].file for removal in going if removal.twin]
    with command_line.progress("Comparing bytes", len(twins), sum(file.size for file in twins if file)) as advance:
        for removal in going:
            if removal.twin and (reason := _difference(removal.path, removal.twin, lambda count: advance(0, count))):
                differing.append(Failure(removal.path, reason))
            else:
                equal.append(removal)
            advance(int(bool(removal.twin)), 0)
    return equal, differing


def _difference(path: str, twin: str, advance: Callable[[int], None]) -> str:
    (folder, name), (other, other_name) = os.path.split(path), os.path.split(twin)
    try:
        with open_root(folder) as here, open_root(other) as there:
            return "" if file_transfer.same_bytes(here, name, there, other_name, advance) else f"its bytes differ from {twin}"
    except Refused as refused:
        return str(refused)
    except OSError as error:
        return str(file_transfer.explain(error))


def _sets(going: Sequence[Removal], index: Index, now: datetime, workers: int) -> Iterator[FileSet]:
    """The sets in the folders that something is to leave."""
    folders = dict.fromkeys(os.path.dirname(removal.path) for removal in going)
    clock = Clock(zone(None), now)
    files = [file for folder in folders for file in _files_of(folder)]
    pictures = [file for file in files if file.kind.is_picture]
    facts: dict[str, Metadata] = {}
    with command_line.progress("Finding companions", len(pictures)) as advance:
        for file, (tags,) in analyse(pictures, (METADATA,), index, workers=workers, advance=advance):
            if isinstance(tags, Metadata):
                facts[file.path] = tags
    dates = {file.path: clock.decide(file, facts[file.path]) for file in pictures if file.path in facts}
    yield from group_files(files, facts, dates).sets


def _files_of(folder: str) -> Iterator[MediaFile]:
    """The files of the folder itself, which the walk tells before those of its subfolders."""
    for file in scan([folder]):
        if isinstance(file, MediaFile):
            if file.folder != folder:
                return
            yield file


def _plan(going: Sequence[Removal], along: dict[str, list[str]], seen: dict[str, SeenFile], *, delete: bool) -> dict[str, list[Operation]]:
    """What to do below each root, the files of a set one after another."""
    plans: dict[str, list[Operation]] = {}
    taken: set[str] = set()
    for number, removal in enumerate(going, 1):
        file = seen[removal.path].file
        if file is None:
            continue
        root = _root(removal)
        operations = plans.setdefault(root, [])
        if delete and removal.twin:
            folder, name = os.path.split(removal.twin)
            operations.append(Operation(OperationKind.REMOVE, file, folder, name, removal.checksum, group=number))
        else:
            operations.append(
                Operation(OperationKind.MOVE, file, root, _place(file, root, taken), removal.checksum, group=number, keeper=removal.twin)
            )
        for sidecar in map(_as_it_is, along.get(removal.path, ())):
            place = _place(sidecar, root, taken)
            operations.append(Operation(OperationKind.MOVE, sidecar, root, place, xxh3(sidecar.path), group=number))
    return plans


def _root(removal: Removal) -> str:
    """The highest folder on the file's own drive, within the folder that was searched."""
    root = os.path.dirname(removal.path)
    device = os.stat(root).st_dev
    top = removal.location if removal.path.startswith(os.path.join(removal.location, "")) and removal.location else root
    while root != top and os.stat(os.path.dirname(root)).st_dev == device:
        root = os.path.dirname(root)
    return root


def _place(file: MediaFile, root: str, taken: set[str]) -> str:
    """A free name in quarantine, the folders as they were below the root."""
    below = os.path.relpath(file.path, root).replace(os.sep, "/")
    place = free_path(
        f"{QUARANTINE}/{below}", lambda place: fold(f"{root}/{place}") in taken or os.path.lexists(os.path.join(root, *place.split("/")))
    )
    taken.add(fold(f"{root}/{place}"))
    return place


def _carry_out(
    plans: dict[str, list[Operation]], index: Index, now: datetime
) -> tuple[list[Operation], list[Failure], bool, dict[str, str]]:
    """What was done, what was not and why, whether it was stopped, and the runs that did something, by their roots."""
    run_ids: dict[str, str] = {}
    done: list[Operation] = []
    failed: list[Failure] = []
    with command_line.stop_gently() as stop:
        for root, operations in plans.items():
            with lock_folder(root, stop=stop) as locked:
                failed += [failure for run in locked.recovered for failure in run.failures]
                with command_line.progress("Moving to quarantine", len(operations), sum(op.source.size for op in operations)) as advance:
                    try:
                        for outcome in locked.perform(COMMAND, operations, index, now=now, stop=stop, advance=advance):
                            if outcome.result is Result.DONE:
                                done.append(outcome.operation)
                                run_ids[root] = locked.run_id
                            if outcome.reason:
                                failed.append(Failure(outcome.operation.source.path, outcome.reason))
                    except (OSError, BadRequest) as error:
                        failed.append(broken_off(root, error))
        return done, failed, stop.is_set(), run_ids


def _deed(operation: Operation) -> str:
    if operation.kind is OperationKind.REMOVE:
        return f"delete (the same bytes stay in {command_line.printable(os.path.join(operation.root, operation.destination))})"
    return f"move to {command_line.printable(os.path.join(operation.root, operation.destination))}"


def _remember(arguments: argparse.Namespace, path: Path, lines: Sequence[ReportRow]) -> None:
    """Keep what the person decided, so that the next search knows it: in the folder of reports, else beside the table."""
    output = path.parent if arguments.output is None else Path(command_line.output_folder(arguments.output))
    target = decisions_file(arguments.decisions, output)
    _, number = remember(target, known_decisions(arguments.decisions, output), lines)
    if number:
        print(f"{command_line.count_text(number, 'decision')} of yours kept for the next search: {command_line.printable(target)}")


def undo(arguments: argparse.Namespace) -> int:
    """Put the last run back, or the one that is named; the exit code. Raises BadRequest."""
    return undo_command.undo(arguments, roots_of_runs(arguments), commands=[COMMAND])


def roots_of_runs(arguments: argparse.Namespace) -> list[str]:
    """Return where runs may have been: the folders that are named, else those of the report. Raises BadRequest."""
    if arguments.input:
        return [command_line.folder(text, "--input") for text in arguments.input]
    path = Path(arguments.apply) if arguments.apply else Path(arguments.output or ".", CSV)
    return _roots_of(removal_rules.rows(csv_tables.read(path.expanduser(), removal_rules.COLUMNS)))


def _roots_of(lines: Sequence[ReportRow]) -> list[str]:
    roots: dict[str, None] = {}
    for line in lines:
        folder = line.path
        while os.path.dirname(folder) != folder:
            folder = os.path.dirname(folder)
            if os.path.isdir(os.path.join(folder, OWN_FOLDER)):
                roots[folder] = None
    return list(roots)
