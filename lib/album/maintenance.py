"""What can be done with an album beside importing: list its runs, put one back, hold it against its manifest."""

from __future__ import annotations

import argparse
import os
import threading
from collections import Counter

from lib.album import repair, verification
from lib.album.command import album_root
from lib.album.verification import Fixity, FixityFinding
from lib.model import BadRequest
from lib.reporting import command_line, undo_command
from lib.transfer import journal, manifest
from lib.transfer.journal import Progress, Run
from lib.transfer.locked_folder import lock_folder


def list_runs(arguments: argparse.Namespace) -> int:
    """Print each run that changed the album, oldest first; the exit code."""
    root = album_root(arguments.output, must_exist=True)
    runs = journal.runs(root)
    undone = {run.undoes for run in runs if run.undoes and run.ended == "complete"}
    for run in runs:
        print(f"{run.run_id}  {run.started}  {run.command:<6}  {_counts(run):<40}  {_state(run, undone)}")
    if not runs:
        print("No run has changed this album yet.")
    return command_line.DONE


def _counts(run: Run) -> str:
    counts = Counter(run.progress)
    done, failed = counts[Progress.DONE], counts[Progress.FAILED]
    waiting = len(run.operations) - done - failed
    words = [f"{done:,} of {len(run.operations):,} done"]
    words += [f"{failed:,} failed"] if failed else []
    words += [f"{waiting:,} not begun"] if waiting else []
    return ", ".join(words)


def _state(run: Run, undone: set[str]) -> str:
    if run.run_id in undone:
        return "put back"
    if run.undoes:
        return f"put back {run.undoes}"
    return run.ended or "cut off; the next run settles it"


def undo(arguments: argparse.Namespace) -> int:
    """Put a run back; the exit code."""
    root = album_root(arguments.output, must_exist=True)
    code = undo_command.undo(arguments, [root])
    if not arguments.dryrun:
        repair.keep_promises_of_undone(root)
    return code


def verify(arguments: argparse.Namespace) -> int:
    """Read the album and name what is not as the manifest says; the exit code."""
    root = album_root(arguments.output, must_exist=True)
    if not os.path.exists(os.path.join(root, manifest.NAME)) and not arguments.adopt:
        raise BadRequest(f"{root} has no {manifest.NAME} yet; an import makes one, and --verify --adopt takes in what is there.")
    found = verification.inspect(root)
    total = len(found.sizes)
    with command_line.progress("Reading the album", total, sum(found.sizes.values())) as advance:
        findings = list(verification.verify(found, workers=command_line.workers(arguments), advance=advance))
    findings.sort(key=lambda finding: (finding.fixity.value, finding.name))
    counts = Counter(finding.fixity for finding in findings)
    for finding in findings:
        reason = f" ({command_line.printable(finding.reason)})" if finding.reason else ""
        print(f"{finding.fixity.value}: {command_line.printable(finding.name)}{reason}")
    sound = total - sum(counts[fixity] for fixity in (Fixity.CHANGED, Fixity.EXTRA, Fixity.UNREADABLE))
    words = ", ".join(f"{counts[fixity]:,} {fixity.value}" for fixity in Fixity)
    print(f"{command_line.count_text(total, 'file')} read: {sound:,} as they were, {words}.")
    if arguments.adopt and not arguments.dryrun:
        return _adopt(root, findings)
    return command_line.SOME_FAILED if findings else command_line.DONE


def _adopt(root: str, findings: list[FixityFinding]) -> int:
    """Take changed and extra files into the manifest as they are now; the exit code."""
    adopted = {finding.name: finding.sha256 for finding in findings if finding.sha256}
    with lock_folder(root, stop=threading.Event()):
        manifest.write(root, {**manifest.read(root), **adopted})
    print(f"{command_line.count_text(len(adopted), 'file was', 'files were')} taken into {manifest.NAME} as they are now.")
    return command_line.SOME_FAILED if len(adopted) < len(findings) else command_line.DONE
