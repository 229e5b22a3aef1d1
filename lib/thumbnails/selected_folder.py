"""Make `selected` exactly what the rows of matches.csv say: add what is missing, take out only copies that were made here."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from lib.analysis.features import XXH3, analyse
from lib.analysis.index import Index
from lib.files.names import free_path
from lib.model import Failure, MediaFile
from lib.reporting import command_line
from lib.thumbnails.selection_names import MatchRow, wanted
from lib.transfer import journal
from lib.transfer.journal import OWN_FOLDER
from lib.transfer.locked_folder import lock_folder
from lib.transfer.operation import Operation, OperationKind, Outcome, Result

_LEDGER = "selected.json"


@dataclass(slots=True)
class Ledger:
    """What lies in `selected` by our doing, and how it was asked for; kept in the output folder.

    `copies`: place -> [photo, size, mtime_ns] of the copy; for a link size is -1. `told`: "set/thumbnail" -> [status, photo] as last
    written to matches.csv, so that what a person changed there is known.
    """

    copies: dict[str, list[str | int]] = field(default_factory=dict)
    told: dict[str, list[str]] = field(default_factory=dict)
    options: dict[str, bool] = field(default_factory=dict)


@dataclass(slots=True)
class Change:
    """What became of `selected`."""

    added: int = 0
    removed: int = 0
    kept: int = 0
    failures: list[Failure] = field(default_factory=list)


def read_ledger(output: str) -> Ledger:
    """The ledger of an output folder; an empty one where there is none, or none that can be understood."""
    try:
        told = json.loads(_ledger_path(output).read_text(encoding="utf-8"))
        return Ledger(dict(told["copies"]), dict(told["told"]), dict(told["options"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Ledger()


def write_ledger(output: str, ledger: Ledger) -> None:
    """Write it in one step. Raises OSError."""
    path = _ledger_path(output)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.tmp")
    unfinished.unlink(missing_ok=True)
    with unfinished.open("x", encoding="utf-8") as file:
        json.dump({"copies": ledger.copies, "told": ledger.told, "options": ledger.options}, file)
    os.replace(unfinished, path)


def _ledger_path(output: str) -> Path:
    return Path(output, OWN_FOLDER, _LEDGER)


def update_selected(output: str, rows: Sequence[MatchRow], ledger: Ledger, index: Index, *, workers: int, now: datetime) -> Change:
    """Bring `selected` (and `alternatives`) in `output` to what `rows` say, by the safe transfer; the ledger follows.

    Raises BadRequest where another run is at work there.
    """
    options = ledger.options
    aims = wanted(rows, number=options.get("number", False), with_alternatives=options.get("with_alternatives", False))
    change = Change()
    with command_line.stop_gently() as stop, lock_folder(output, stop=stop) as locked:
        for run in locked.recovered:
            change.failures += run.failures
        _catch_up(output, {run.run_id for run in locked.recovered}, ledger)

        def perform(operations: Sequence[Operation], caption: str) -> None:
            with command_line.progress(caption, len(operations), sum(op.source.size for op in operations)) as advance:
                for outcome in locked.perform("select", operations, index, now=now, stop=stop, advance=advance):
                    _note(output, outcome, ledger, change)
                    write_ledger(output, ledger)

        aims = _resolved(output, aims, ledger)
        superfluous = [place for place, (photo, *_) in ledger.copies.items() if aims.get(place) != photo]
        _unlink(output, [place for place in superfluous if ledger.copies[place][1] == -1], ledger, change)
        perform(_removals(output, superfluous, ledger, change), "Taking out")
        missing = {place: photo for place, photo in _resolved(output, aims, ledger).items() if place not in ledger.copies}
        change.kept = len(aims) - len(missing)
        if options.get("link"):
            _link(output, missing, ledger, change)
        else:
            perform(_additions(output, missing, index, workers, change), "Copying")
        write_ledger(output, ledger)
        _remove_empty_folders(output, superfluous)
    return change


def _catch_up(output: str, run_ids: Collection[str], ledger: Ledger) -> None:
    """Enter the copies of runs that were cut off before the ledger heard of them."""
    for run in journal.runs(output) if run_ids else ():
        for _, operation in run.done() if run.run_id in run_ids else ():
            with contextlib.suppress(FileNotFoundError):
                if operation.kind is OperationKind.COPY and operation.destination not in ledger.copies:
                    copy = _file(operation.target)
                    ledger.copies[operation.destination] = [operation.source.path, copy.size, copy.mtime_ns]


def _note(output: str, outcome: Outcome, ledger: Ledger, change: Change) -> None:
    operation = outcome.operation
    if outcome.result is not Result.DONE:
        change.failures.append(Failure(operation.source.path, outcome.reason))
    elif operation.kind is OperationKind.REMOVE:
        del ledger.copies[os.path.relpath(operation.source.path, output).replace(os.sep, "/")]
        change.removed += 1
    elif outcome.placed is not None:
        ledger.copies[operation.destination] = [operation.source.path, outcome.placed.size, outcome.placed.mtime_ns]
        change.added += 1


def _resolved(output: str, aims: Mapping[str, str], ledger: Ledger) -> dict[str, str]:
    """The aims, moved to a numbered name where a file that is not ours lies; what a person took away counts as missing."""
    for place in [place for place in ledger.copies if not os.path.lexists(os.path.join(output, *place.split("/")))]:
        del ledger.copies[place]
    resolved: dict[str, str] = {}

    def is_taken(place: str) -> bool:
        return place in resolved or (place not in ledger.copies and os.path.lexists(os.path.join(output, *place.split("/"))))

    for place, photo in aims.items():
        resolved[free_path(place, is_taken)] = photo
    return resolved


def _additions(output: str, missing: Mapping[str, str], index: Index, workers: int, change: Change) -> list[Operation]:
    files: dict[str, MediaFile] = {}
    for photo in dict.fromkeys(missing.values()):
        try:
            files[photo] = _file(photo)
        except OSError as error:
            change.failures.append(Failure(photo, f"cannot be copied: {error.strerror or error}"))
    sums: dict[str, str] = {}
    with command_line.progress("Reading", len(files), sum(file.size for file in files.values())) as advance:
        for file, (answer,) in analyse(files.values(), (XXH3,), index, workers=workers, advance=advance):
            if isinstance(answer, Failure):
                change.failures.append(answer)
            else:
                sums[file.path] = answer
    return [
        Operation(OperationKind.COPY, files[photo], output, place, sums[photo])
        for place, photo in missing.items()
        if photo in files and photo in sums
    ]


def _removals(output: str, superfluous: Sequence[str], ledger: Ledger, change: Change) -> list[Operation]:
    """Copies of ours that nobody wants any more, each only while it is as we made it and the photo is still there with the same bytes."""
    operations = []
    for place in superfluous:
        if place not in ledger.copies or ledger.copies[place][1] == -1:
            continue
        photo, size, mtime_ns = ledger.copies[place]
        path = os.path.join(output, *place.split("/"))
        try:
            copy = _file(path)
        except OSError:
            del ledger.copies[place]  # the person has taken it away already
            continue
        if (copy.size, copy.mtime_ns) != (size, mtime_ns):
            change.failures.append(Failure(path, "was changed since it was copied here, so it stays"))
            continue
        folder, name = os.path.split(str(photo))
        operations.append(Operation(OperationKind.REMOVE, copy, folder, name, ""))
    return operations


def _link(output: str, missing: Mapping[str, str], ledger: Ledger, change: Change) -> None:
    """Hard links where the file system can, else symbolic ones; neither ever replaces anything."""
    for place, photo in missing.items():
        path = os.path.join(output, *place.split("/"))
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            try:
                os.link(photo, path, follow_symlinks=False)
            except OSError as error:
                if isinstance(error, (FileExistsError, FileNotFoundError)):
                    raise
                os.symlink(photo, path)
        except OSError as error:
            change.failures.append(Failure(photo, f"cannot be linked: {error.strerror or error}"))
            continue
        ledger.copies[place] = [photo, -1, 0]
        change.added += 1


def _unlink(output: str, places: Sequence[str], ledger: Ledger, change: Change) -> None:
    for place in places:
        photo, path = str(ledger.copies[place][0]), os.path.join(output, *place.split("/"))
        try:
            linked = os.readlink(path) == photo if os.path.islink(path) else os.path.samefile(path, photo)
        except OSError:
            linked = False
        if linked:
            os.unlink(path)
            change.removed += 1
        elif os.path.lexists(path):
            change.failures.append(Failure(path, "is no longer the link that was made here, so it stays"))
            continue
        del ledger.copies[place]


def _remove_empty_folders(output: str, places: Sequence[str]) -> None:
    for folder in {os.path.dirname(os.path.join(output, *place.split("/"))) for place in places}:
        with contextlib.suppress(OSError):  # not empty, or gone already
            os.rmdir(folder)


def _file(path: str) -> MediaFile:
    """The regular file at `path` as it is now. Raises OSError."""
    return MediaFile.of(*os.path.split(path), os.lstat(path))
