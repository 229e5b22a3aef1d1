"""The one undo of all scripts: put runs back, or tell beforehand what that would do; and the line that a person pastes for it."""

from __future__ import annotations

import argparse
import contextlib
import functools
import threading
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from lib.files.pinned_folders import PinnedFolders
from lib.model import BadRequest, Failure
from lib.reporting import command_hint, command_line
from lib.transfer import journal
from lib.transfer import undo as undo_plans
from lib.transfer.journal import Run
from lib.transfer.locked_folder import lock_folder


def undo(arguments: argparse.Namespace, roots: Sequence[str], *, commands: Collection[str] = ()) -> int:
    """Put the run that `--undo` names back, or the last one below `roots` where it names none; the exit code. Raises BadRequest.

    Runs that one command made below several roots at the same moment are one to the person. With `commands` only runs of these
    are taken where none is named.
    """
    if arguments.dryrun:
        return _tell(_choose(roots, arguments.undo, commands, _cut_off_undos(roots)))
    failures: list[Failure] = []
    with command_line.index(arguments) as index, command_line.stop_gently() as stop:
        begun = _cut_off_undos(roots)
        failures += _settle(roots)
        for root, run in _choose(roots, arguments.undo, commands, begun):
            if stop.is_set():
                break
            with lock_folder(root, stop=threading.Event()) as locked:
                progress = functools.partial(command_line.progress, "Putting back")
                undone = locked.undo(run.run_id, index, now=datetime.now().astimezone(), stop=stop, progress=progress)
            failures += undone.failures
            back, stays = sum(not outcome.reason for outcome in undone.outcomes), len(undone.failures)
            print(f"The run {run.run_id} was put back: {command_line.count_text(back, 'file')}; {_stays(stays)}.")
    command_line.tell_failures(failures)
    return command_line.INTERRUPTED if stop.is_set() else command_line.SOME_FAILED if failures else command_line.DONE


def _cut_off_undos(roots: Sequence[str]) -> dict[str, str]:
    """The runs that were being put back when that was cut off, by their roots."""
    return {root: run.undoes for root in roots for run in journal.unfinished(root) if run.undoes}


def _settle(roots: Sequence[str]) -> list[Failure]:
    """Bring what was cut off to its end: only then is it known what there is to put back. What could not be settled."""
    failures: list[Failure] = []
    for root in roots:
        if journal.unfinished(root):
            with lock_folder(root, stop=threading.Event()) as locked:
                failures += [failure for earlier in locked.recovered for failure in earlier.failures]
    return failures


def _tell(chosen: Sequence[tuple[str, Run]]) -> int:
    failures: list[Failure] = []
    for root, run in chosen:
        operations, left = undo_plans.plan(run, journal.runs(root), PinnedFolders())
        failures += left
        files = command_line.count_text(len(operations), "file")
        if journal.unfinished(root):
            command_line.log.info("A run was cut off there; putting back first brings to its end what that had begun.")
        print(f"Dry run, nothing was changed: the run {run.run_id} would be put back: {files}; {_stays(len(left))}.")
    command_line.tell_failures(failures)
    return command_line.SOME_FAILED if failures else command_line.DONE


def _stays(count: int) -> str:
    return f"{count:,} {'stays as it is' if count == 1 else 'stay as they are'}"


def _choose(roots: Sequence[str], wanted: str, commands: Collection[str], begun: Mapping[str, str]) -> list[tuple[str, Run]]:
    """The runs that are meant, each with its root: the one that is named, or those that were started last and are not put back yet.

    Where putting back was `begun` and cut off, an unnamed undo goes on with that, and not with the run before it.
    """
    known = {root: journal.runs(root) for root in roots}
    if wanted:
        owners = [root for root, runs in known.items() if any(run.run_id == wanted for run in runs)]
        if not owners and len(roots) != 1:
            raise BadRequest(f"There is no run {wanted} in these folders.")
        return [(root, undo_plans.choose_run(known[root], wanted)) for root in owners or roots]
    if begun:
        runs_begun = [(root, run) for root in begun for run in known[root] if run.run_id == begun[root]]
        return [(root, run) for root, run in runs_begun if undo_plans.remaining(run, known[root])] or _all_back(runs_begun)
    candidates: list[tuple[str, Run]] = []
    for root, runs in known.items():
        with contextlib.suppress(BadRequest):
            candidates.append((root, undo_plans.choose_run([run for run in runs if _is_of(run, commands)], "")))
    if not candidates:
        raise BadRequest("There is no run left to put back.")
    last = max(run.started for _, run in candidates)
    return [(root, run) for root, run in candidates if run.started == last]


def _all_back(runs: Sequence[tuple[str, Run]]) -> list[tuple[str, Run]]:
    for _, run in runs:
        print(f"The run {run.run_id} was put back when that was cut off; nothing of it is left to do.")
    return []


def _is_of(run: Run, commands: Collection[str]) -> bool:
    """True for a run of one of the commands, and for what put a run back, which tells that this one is not open any more."""
    return not commands or run.command in commands or bool(run.undoes)


def hint(option: str, root: str, run_id: str) -> str:
    """The line that puts this run back when it is pasted into a terminal; `option` is by which the script is told of `root`."""
    return command_hint.to_paste("--undo", run_id, option, root)
