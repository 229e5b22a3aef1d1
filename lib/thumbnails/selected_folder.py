"""Make `selected` exactly what the rows of matches.csv say: add what is missing, take out only copies that were made here."""

from __future__ import annotations

import argparse
import contextlib
import os
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from lib.analysis.features import XXH3, analyse
from lib.analysis.index import Index
from lib.files.folders import open_below
from lib.files.names import fold, free_path
from lib.model import BadRequest, Failure, MediaFile
from lib.reporting import command_line, undo_command
from lib.thumbnails import selected_ledger
from lib.thumbnails.selected_ledger import Ledger, Made
from lib.thumbnails.selection_names import MatchRow, wanted
from lib.transfer import journal
from lib.transfer.locked_folder import broken_off, lock_folder
from lib.transfer.operation import Operation, OperationKind, Outcome, Result

COMMAND = "select"
_COARSE_TIMES_NS = 2_000_000_000  # FAT keeps every second one


@dataclass(slots=True)
class Change:
    """What became of `selected`; `run_ids` are the runs that did it, one after another."""

    added: int = 0
    removed: int = 0
    kept: int = 0
    failures: list[Failure] = field(default_factory=list)
    run_ids: list[str] = field(default_factory=list)


def update_selected(output: str, rows: Sequence[MatchRow], ledger: Ledger, index: Index, *, workers: int, now: datetime) -> Change:
    """Bring `selected` (and `alternatives`) in `output` to what `rows` say, by the safe transfer; the ledger follows.

    Raises BadRequest where another run is at work there.
    """
    aims = wanted(rows, ledger.options)
    change = Change()
    with command_line.stop_gently() as stop, lock_folder(output, stop=stop) as locked, contextlib.ExitStack() as ending:
        for run in locked.recovered:
            change.failures += run.failures
        _catch_up(output, ledger)
        # What is copied and taken out stands in a journal too: that the ledger hears of it late, or never, is made good at the next start.
        ending.callback(selected_ledger.write, output, ledger)

        def perform(operations: Sequence[Operation], caption: str) -> None:
            with command_line.progress(caption, len(operations), sum(op.source.size for op in operations)) as advance:
                try:
                    for outcome in locked.perform(COMMAND, operations, index, now=now, stop=stop, advance=advance):
                        _note(output, outcome, ledger, change)
                except (OSError, BadRequest) as error:
                    change.failures.append(broken_off(output, error))
            if operations:
                change.run_ids.append(locked.run_id)

        def checksums(files: Sequence[MediaFile]) -> dict[str, str]:
            return _checksums(files, index, workers, change)

        aims = _resolved(output, aims, ledger)
        superfluous = [place for place, made in ledger.copies.items() if aims.get(place) != made.photo]
        _take_symbolic_links_out(output, superfluous, ledger, change)
        perform(_removals(output, superfluous, ledger, change, checksums), "Taking out")
        missing = {place: photo for place, photo in _resolved(output, aims, ledger).items() if place not in ledger.copies}
        change.kept = len(aims) - len(missing)
        if ledger.options.link:
            _link(output, missing, ledger, change)
        else:
            perform(_additions(output, missing, change, checksums), "Copying")
        _remove_empty_folders(output, superfluous)
    return change


def undo(arguments: argparse.Namespace) -> int:
    """Put back what a run did to `selected`; the exit code. The next run sees by the journals what is there again. Raises BadRequest."""
    return undo_command.undo(arguments, [command_line.folder(arguments.output, "--output")], commands=[COMMAND])


def _catch_up(output: str, ledger: Ledger) -> None:
    """Enter the copies of which the ledger never heard, of runs that were cut off or put back: the last one at each place counts."""
    copied: dict[str, Operation] = {}
    for run in journal.runs(output):
        for _, operation in run.done():
            if operation.kind is OperationKind.COPY and selected_ledger.is_own_place(place := _place_of(operation.target, output)):
                copied[place] = operation
    for place, operation in copied.items():
        known = ledger.copies.get(place)
        with contextlib.suppress(OSError):
            copy, made_at = _file(operation.target), operation.mtime_ns or operation.source.mtime_ns
            is_as_made = copy.size == operation.source.size and abs(copy.mtime_ns - made_at) <= _COARSE_TIMES_NS
            if is_as_made and not (known and known.is_link):
                ledger.copies[place] = Made(operation.source.path, copy.size, copy.mtime_ns)


def _place_of(path: str, output: str) -> str:
    return os.path.relpath(path, output).replace(os.sep, "/")


def _path_of(place: str, output: str) -> str:
    return os.path.join(output, *place.split("/"))


def _note(output: str, outcome: Outcome, ledger: Ledger, change: Change) -> None:
    operation = outcome.operation
    if outcome.result is not Result.DONE:
        change.failures.append(Failure(operation.source.path, outcome.reason))
    elif operation.kind is OperationKind.REMOVE:
        del ledger.copies[_place_of(operation.source.path, output)]
        change.removed += 1
    elif outcome.placed is not None:
        ledger.copies[operation.destination] = Made(operation.source.path, outcome.placed.size, outcome.placed.mtime_ns)
        change.added += 1


def _resolved(output: str, aims: Mapping[str, str], ledger: Ledger) -> dict[str, str]:
    """The aims, moved to a numbered name where a file that is not ours lies; what a person took away counts as missing."""
    for place in [place for place in ledger.copies if not os.path.lexists(_path_of(place, output))]:
        del ledger.copies[place]
    resolved: dict[str, str] = {}

    def is_taken(place: str) -> bool:
        return place in resolved or (place not in ledger.copies and os.path.lexists(_path_of(place, output)))

    for place, photo in aims.items():
        resolved[free_path(place, is_taken)] = photo
    return resolved


def _checksums(files: Sequence[MediaFile], index: Index, workers: int, change: Change) -> dict[str, str]:
    """The checksums of the files by path; what cannot be read is noted."""
    sums: dict[str, str] = {}
    with command_line.progress("Reading", len(files), sum(file.size for file in files)) as advance:
        for file, (answer,) in analyse(files, (XXH3,), index, workers=workers, advance=advance):
            if isinstance(answer, Failure):
                change.failures.append(answer)
            else:
                sums[file.path] = answer
    return sums


Checksums = Callable[[Sequence[MediaFile]], Mapping[str, str]]


def _additions(output: str, missing: Mapping[str, str], change: Change, checksums: Checksums) -> list[Operation]:
    files: dict[str, MediaFile] = {}
    for photo in dict.fromkeys(missing.values()):
        try:
            files[photo] = _file(photo)
        except OSError as error:
            change.failures.append(Failure(photo, f"cannot be copied: {error.strerror or error}"))
    sums = checksums(list(files.values()))
    return [
        Operation(OperationKind.COPY, files[photo], output, place, sums[photo])
        for place, photo in missing.items()
        if photo in files and photo in sums
    ]


def _removals(output: str, superfluous: Iterable[str], ledger: Ledger, change: Change, checksums: Checksums) -> list[Operation]:
    """What nobody wants any more, each only while it is as it was made and the photo is still there with the same bytes."""
    going: list[tuple[MediaFile, str]] = []
    for place in [place for place in superfluous if place in ledger.copies]:
        made, path = ledger.copies[place], _path_of(place, output)
        try:
            there = _file(path)
        except FileNotFoundError:
            del ledger.copies[place]  # the person has taken it away already
            continue
        if made.is_link and not _is_hard_link(path, made.photo):
            change.failures.append(Failure(path, "is no longer the link that was made here, so it stays"))
        elif not made.is_link and (there.size, there.mtime_ns) != (made.size, made.mtime_ns):
            change.failures.append(Failure(path, "was changed since it was copied here, so it stays"))
        else:
            going.append((there, made.photo))
    sums = checksums([file for file, _ in going])
    return [
        Operation(OperationKind.REMOVE, file, os.path.realpath(os.path.dirname(photo)), os.path.basename(photo), sums[file.path])
        for file, photo in going
        if file.path in sums
    ]


def _is_hard_link(path: str, photo: str) -> bool:
    """True where the file has a second name at `photo` itself: behind a link there, the photo's only name may be `path`."""
    try:
        here, there = os.lstat(path), os.lstat(photo)
        one_folder = os.path.samefile(os.path.dirname(path), os.path.dirname(photo))
    except OSError:
        return False
    is_one_name = one_folder and fold(os.path.basename(path)) == fold(os.path.basename(photo))
    return stat.S_ISREG(here.st_mode) and os.path.samestat(here, there) and here.st_nlink > 1 and not is_one_name


def _link(output: str, missing: Mapping[str, str], ledger: Ledger, change: Change) -> None:
    """Hard links where the file system can, else symbolic ones; neither ever replaces anything."""
    for place, photo in missing.items():
        try:
            _file(photo)
            with open_below(output, place, create=True) as (folder, name):
                path = os.path.join(folder.path, name)
                try:
                    os.link(photo, path, follow_symlinks=False)
                except OSError as error:
                    if isinstance(error, (FileExistsError, FileNotFoundError)):
                        raise
                    os.symlink(photo, path)
        except OSError as error:
            change.failures.append(Failure(photo, f"cannot be linked: {error.strerror or error}"))
            continue
        ledger.copies[place] = Made.link_to(photo)
        change.added += 1


def _take_symbolic_links_out(output: str, places: Iterable[str], ledger: Ledger, change: Change) -> None:
    """No bytes go with a symbolic link: it is unlinked while it leads to the photo for which it was made."""
    for place in places:
        made = ledger.copies[place]
        try:
            with open_below(output, place) as (folder, name):
                status = folder.status(name)
                is_ours = made.is_link and status is not None and stat.S_ISLNK(status.st_mode)
                if not is_ours or os.readlink(os.path.join(folder.path, name)) != made.photo:
                    continue
                folder.unlink(name)
        except OSError as error:
            change.failures.append(Failure(_path_of(place, output), f"cannot be taken out: {error.strerror or error}"))
            continue
        del ledger.copies[place]
        change.removed += 1


def _remove_empty_folders(output: str, places: Sequence[str]) -> None:
    for folder in {os.path.dirname(_path_of(place, output)) for place in places}:
        with contextlib.suppress(OSError):  # not empty, or gone already
            os.rmdir(folder)


def _file(path: str) -> MediaFile:
    """The regular file at `path` as it is now. Raises OSError."""
    return MediaFile.of(*os.path.split(path), os.lstat(path))
