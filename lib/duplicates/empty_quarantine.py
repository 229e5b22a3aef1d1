"""Delete what lies in quarantine, each file only while the copy for whose sake it went there holds the same bytes."""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from lib.duplicates.apply import roots_of_runs
from lib.files.scanning import QUARANTINE
from lib.model import BadRequest, Failure, MediaFile
from lib.reporting import command_line, undo_command
from lib.transfer import journal, undo
from lib.transfer.locked_folder import broken_off, lock_folder
from lib.transfer.operation import Operation, OperationKind, Result

COMMAND = "empty_quarantine"


def empty_quarantine(arguments: argparse.Namespace) -> int:
    """Ask, then delete; the exit code. Raises BadRequest."""
    plans = {root: list(removable(root)) for root in roots_of_runs(arguments)}
    going = [operation for operations in plans.values() for operation in operations]
    files = command_line.count_text(len(going), "file")
    size = command_line.size_text(sum(operation.source.size for operation in going))
    for operation in going:
        kept = os.path.join(operation.root, operation.destination)
        print(f"delete {command_line.printable(operation.source.path)} (as long as {command_line.printable(kept)} has the same bytes)")
    if not going:
        print("Nothing lies in quarantine of which it is known which copy stays.")
        return command_line.DONE
    if arguments.dryrun:
        print(f"Dry run, nothing was changed: {files} would go ({size}).")
        return command_line.DONE
    if not _agreed(f"Delete {files} ({size}) in {QUARANTINE}? Type yes to do it: "):
        print("Nothing was deleted.")
        return command_line.DONE
    return _carry_out(plans, arguments)


def removable(root: str) -> Iterator[Operation]:
    """Yield the removal of each file that runs below `root` have put into its quarantine for the sake of another one, and that is there."""
    runs = journal.runs(root)
    seen: set[str] = set()
    for run in reversed(runs):
        for operation in undo.remaining(run, runs):
            is_there = operation.kind is OperationKind.MOVE and operation.destination.startswith(f"{QUARANTINE}/")
            if not is_there or not operation.keeper or operation.target in seen:
                continue
            seen.add(operation.target)
            try:
                file = MediaFile.of(*os.path.split(operation.target), os.lstat(operation.target))
            except OSError:
                # It was taken out or deleted: nothing is left to do for it.
                continue
            folder, name = os.path.split(operation.keeper)
            if os.path.isdir(folder):
                yield Operation(OperationKind.REMOVE, file, folder, name, operation.checksum, operation.sha256)


def _agreed(question: str) -> bool:
    print(question, end="", flush=True)
    answer = sys.stdin.readline() if sys.stdin else ""
    if not answer:
        print()
        raise BadRequest("Nobody answered, so nothing was deleted; start it in a terminal, or see with --dryrun what would go.")
    return answer.strip().lower() == "yes"


def _carry_out(plans: Mapping[str, Sequence[Operation]], arguments: argparse.Namespace) -> int:
    failures: list[Failure] = []
    freed = gone = 0
    now = datetime.now().astimezone()
    with command_line.index(arguments) as index, command_line.stop_gently() as stop:
        for root, operations in plans.items():
            with lock_folder(root, stop=threading.Event()) as locked:
                failures += [failure for run in locked.recovered for failure in run.failures]
                total = sum(operation.source.size for operation in operations)
                with command_line.progress("Emptying quarantine", len(operations), total) as advance:
                    try:
                        for outcome in locked.perform(COMMAND, operations, index, now=now, stop=stop, advance=advance):
                            if outcome.result is Result.DONE:
                                gone, freed = gone + 1, freed + outcome.operation.source.size
                            if outcome.reason:
                                failures.append(Failure(outcome.operation.source.path, outcome.reason))
                    except (OSError, BadRequest) as error:
                        failures.append(broken_off(root, error))
                if locked.run_id:
                    print(f"To put it back: {undo_command.hint('--input', root, locked.run_id)}")
    print(f"{command_line.count_text(gone, 'file')} deleted ({command_line.size_text(freed)}).")
    command_line.tell_failures(failures)
    return command_line.INTERRUPTED if stop.is_set() else command_line.SOME_FAILED if failures else command_line.DONE
