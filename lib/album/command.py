"""The stages of an import, in the order in which files flow through them."""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from lib.album import facts, import_report, libraries, naming, nested_albums, operation_plan, placement, planning
from lib.album.decision import Action, Decision, Rule
from lib.album.picture_comparison import picture_comparison
from lib.album.stale_sources import remembered_files, stale_sources, unreliable_device
from lib.album.survey import survey
from lib.analysis.index import Index
from lib.dates.zones import zone
from lib.files.names import free_path, is_below
from lib.files.scanning import QUARANTINE, Passed
from lib.files.scanning import scan as walk
from lib.files.volumes import mounted, volume_of
from lib.filesets.companion_names import new_names
from lib.model import BadRequest, Failure, MediaFile, in_words
from lib.reporting import command_line, csv_tables, undo_command
from lib.transfer import manifest
from lib.transfer.locked_folder import LockedFolder, broken_off, lock_folder
from lib.transfer.operation import OperationKind, Outcome, Result

_WINDOWS_STYLES = frozenset({"vfat", "msdos", "exfat", "fuseblk"})
_SPARE, _SPARE_A_FILE = 1 << 20, 2048  # bytes that stay free on the album's disk, for the journal and the manifest


@dataclass(slots=True)
class ImportJob:
    """One import as it was asked for. `report` is where its report goes; `troubles` are what a person has to know of at the end.

    `recovered` is what earlier imports that had been cut off have done, and no report tells yet.
    """

    inputs: list[str]
    album: str
    choices: placement.PlacementOptions
    clock: facts.Clock
    index: Index
    report: Path
    workers: int
    dryrun: bool
    check_damage: bool
    reread: bool
    merge: bool
    libraries: bool
    troubles: list[Failure]
    begun: bool = False
    stopped: bool = False
    run_id: str = ""
    recovered: list[Decision] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        """When it began."""
        return self.clock.now


def job(arguments: argparse.Namespace, now: datetime) -> ImportJob:
    """The import that the command line asks for, checked before anything starts. Raises BadRequest."""
    if not arguments.input:
        raise BadRequest("Name at least one folder to import from, as --input DIR.")
    if arguments.copy and arguments.duplicates != "leave":
        raise BadRequest(f"--copy leaves the sources as they are, --duplicates {arguments.duplicates} does not; choose one of them.")
    album = album_root(arguments.output, must_exist=False)
    inputs = _inputs(arguments.input, album)
    if arguments.copy and any(is_below(folder, album) for folder in inputs):
        raise BadRequest("--copy from a folder inside the album would fill the album with copies of itself; leave --copy away.")
    libraries.require_none(album, inputs)
    layout = naming.Layout(
        naming.check(arguments.folders, "--folders", folders=True),
        naming.check(arguments.names, "--names", folders=False),
        arguments.undated == "folder",
        _wants_windows_names(album),
    )
    target = _report_target(arguments.report, now)
    csv_tables.check_target(target, import_report.COLUMNS)
    return ImportJob(
        inputs,
        album,
        placement.PlacementOptions(layout, tuple(inputs), arguments.copy, arguments.keep_all, arguments.duplicates),
        facts.Clock(zone(arguments.zone), now),
        command_line.index(arguments),
        target,
        command_line.workers(arguments),
        arguments.dryrun,
        not arguments.no_damage_check,
        not arguments.no_reread,
        arguments.merge,
        arguments.libraries,
        [],
    )


def _inputs(given: Sequence[str], album: str) -> list[str]:
    """Each folder once, and none that lies in another one, unless the album, which is kept out of that one, lies between them."""
    folders = sorted({command_line.folder(text, "--input") for text in given})
    return [
        folder
        for folder in folders
        if not any(other != folder and is_below(folder, other) and is_below(other, album) == is_below(folder, album) for other in folders)
    ]


def _report_target(asked: str | None, now: datetime) -> Path:
    """Where the report goes: where the person says, else a name in this folder that no report has yet."""
    return Path(asked).expanduser().absolute() if asked else Path(free_path(os.path.abspath(report_name(now)), os.path.lexists))


def report_name(now: datetime) -> str:
    """What a report is called that the person gave no name."""
    return f"import-report-{now:%Y-%m-%d-%H%M%S}.csv"


def album_root(text: str, *, must_exist: bool) -> str:
    """The real path of the album. Raises BadRequest where it is no folder, does not exist but must, or cannot be written."""
    command_line.require_name(text, "--output")
    path = os.path.realpath(os.path.expanduser(text))
    if os.path.lexists(path) and not os.path.isdir(path):
        raise BadRequest(f"--output {text}: this is a file; name a folder for the album.")
    if must_exist and not os.path.isdir(path):
        raise BadRequest(f"--output {text}: there is no such album; check the spelling and whether the drive is connected.")
    nearest = _nearest(path)
    if not os.path.isdir(nearest):
        raise BadRequest(f"--output {text}: {nearest} is a file, so no folder can be made below it.")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise BadRequest(f"--output {text}: nothing can be written there; choose another folder, or change its permissions.")
    return path


def _wants_windows_names(album: str) -> bool:
    """True where the album's file system takes no names with : or ? and the like, nor reserved ones."""
    return os.name == "nt" or volume_of(_nearest(album), mounted()).style in _WINDOWS_STYLES


def _nearest(path: str) -> str:
    """The folder itself, or the lowest one above it that is there."""
    while not os.path.exists(path):
        path = os.path.dirname(path)
    return path


Found = MediaFile | Failure | Decision
"""A file to be studied, what could not be read, or what is decided already: a file that is passed over."""


def scan(job: ImportJob) -> list[Found]:
    """Everything that lies below the inputs, but not what lies in the album, unless that is the input itself."""
    found: list[Found] = []

    def pass_over(file: MediaFile, why: Passed) -> None:
        # What this album itself has set aside is where it belongs.
        stays = why is Passed.SET_ASIDE and is_below(file.folder, job.album)
        found.append(Decision(file, Action.IN_PLACE if stays else Action.SKIPPED, Rule[why.name]))

    with command_line.progress("1/4 Looking for files") as advance:
        for file in walk(job.inputs, keep_out=[*keep_out(job), *_album_folders(job)], libraries=job.libraries, pass_over=pass_over):
            if isinstance(file, MediaFile) and _is_own_file(job, file):
                continue
            found.append(file)
            advance(1, 0)
    return found


def keep_out(job: ImportJob) -> Sequence[str]:
    """Folders below the inputs that are not to be entered."""
    return () if job.album in job.inputs else (job.album,)


def _album_folders(job: ImportJob) -> Iterator[str]:
    """Every folder of the album, because a mount may show any of them under a name outside; but none that is an input itself."""
    for folder, below, _ in os.walk(job.album) if job.album not in job.inputs else ():
        below[:] = [name for name in below if os.path.join(folder, name) not in job.inputs]
        yield folder


def _is_own_file(job: ImportJob, file: MediaFile) -> bool:
    """The manifest and this run's report are no sources."""
    return file.path in (os.path.join(job.album, manifest.NAME), os.fspath(job.report))


def study(job: ImportJob, found: Sequence[Found]) -> facts.CollectedFacts:
    """The files with their checksums, dates and companions; what cannot or need not go in is settled."""
    files = [file for file in found if isinstance(file, MediaFile)]
    if not job.merge and not job.choices.copy:
        nested_albums.require_none(files, job.inputs)
    read = facts.files_to_read(files)
    device = None if job.choices.copy else unreliable_device(_nearest(job.album))
    remembered = remembered_files(read, job.index) if job.reread or device is not None else set()
    with command_line.progress("2/4 Reading", len(read), sum(file.size for file in read)) as advance:
        studied = facts.collect_facts(files, job.index, job.clock, workers=job.workers, advance=advance, check_damage=job.check_damage)
    if stale := stale_sources(
        studied.sets, remembered, job.index, device=device, doubt_twins=job.reread, workers=job.workers, progress=command_line.progress
    ):
        for file in stale:
            job.index.forget(file.folder, file.name)
        return study(job, found)
    studied.settled += [one for one in found if isinstance(one, Decision)]
    for failure in found:
        if isinstance(failure, Failure):
            folder, name = os.path.split(failure.path)
            place = MediaFile(folder, name, 0, 0, 0, 0, 0)
            studied.settled.append(Decision(place, Action.FAILED, Rule.UNREADABLE, error=failure.reason))
    return studied


def decide(job: ImportJob, studied: facts.CollectedFacts) -> list[Decision]:
    """What becomes of every file that was found."""
    layout, quarantine = job.choices.layout, QUARANTINE
    album, failures = survey(
        job.album,
        studied.sets,
        layout,
        job.index,
        job.clock,
        quarantine=quarantine,
        reread=job.reread,
        workers=job.workers,
        progress=command_line.progress,
    )
    comparison = picture_comparison(studied.sets, album, layout, job.index, workers=job.workers, progress=command_line.progress)
    job.troubles += failures
    decisions = planning.plan(
        studied.sets,
        album,
        job.choices,
        comparison,
        lambda files, name: new_names(studied.groups[files.main.file.path], name) if files.companions else (),
        comparison.group_of,
    )
    decisions += studied.settled
    studied.sets.clear()
    studied.groups.clear()
    for decision in decisions:
        command_line.log.debug(
            "%s: %s, %s", command_line.printable(decision.file.path), decision.action.value, command_line.printable(decision.reason)
        )
    return decisions


def carry_out(job: ImportJob, album: LockedFolder, decisions: Sequence[Decision]) -> list[Decision]:
    """Do what was decided; the decisions as they turned out, whatever came in between."""
    made = operation_plan.plan_operations(decisions, job.album)
    _require_room(job, made)
    outcomes: list[Outcome] = []
    ended = 0
    job.begun = True
    with (
        command_line.stop_gently() as stop,
        command_line.progress("4/4 Transferring", len(made.operations), sum(op.source.size for op in made.operations)) as advance,
    ):
        try:
            for outcome in album.perform("import", made.operations, job.index, now=job.now, stop=stop, advance=advance):
                ended = outcome.number + 1
                if outcome.result is not Result.DONE or outcome.reason or outcome.notes:
                    outcomes.append(outcome)
        except (OSError, BadRequest) as error:
            job.troubles.append(broken_off(job.album, error))
            outcomes += made.from_number(ended, Result.FAILED, job.troubles[-1].reason)
        except KeyboardInterrupt:  # asked for twice
            stop.set()
            reason = "stopped at once; the next run brings to its end what had begun, and tells it"
            outcomes += made.from_number(ended, Result.STOPPED, reason)
        job.stopped, job.run_id = stop.is_set(), album.run_id
        settled = operation_plan.apply_outcomes(decisions, made, outcomes)
        done = (o for o in outcomes if o.result in (Result.DONE, Result.SOURCE_KEPT))
        odd = (o for o in done if o.reason and not import_report.is_problem(settled[made.owners[o.number]]))
        job.troubles += [Failure(outcome.operation.source.path, outcome.reason) for outcome in odd]
        return settled


def _require_room(job: ImportJob, made: operation_plan.OperationPlan) -> None:
    nearest = _nearest(job.album)
    device = os.stat(nearest).st_dev
    copied = (
        op.source
        for op in made.operations
        if op.kind is OperationKind.COPY or (op.kind is OperationKind.MOVE and op.source.device != device)
    )
    needed, free = sum(file.size for file in copied), shutil.disk_usage(nearest).free
    if needed and needed + _SPARE + _SPARE_A_FILE * len(made.operations) > free:
        raise BadRequest(
            f"The album's disk has {command_line.size_text(free)} free, and {command_line.size_text(needed)} would come in; "
            "make room there, or import fewer folders at once."
        )


@contextlib.contextmanager
def exclusive(job: ImportJob) -> Iterator[LockedFolder | None]:
    """Lock the album for the block, what an earlier run left unfinished settled first; None for a dry run, which touches nothing."""
    with contextlib.ExitStack() as held:
        album = None
        if not job.dryrun:
            album = held.enter_context(lock_folder(job.album, stop=threading.Event()))
            for run in album.recovered:
                command_line.log.info("The run %s had been cut off; what it had begun was brought to its end.", run.run_id)
                job.troubles += run.failures
                job.recovered += [] if run.undoes else operation_plan.recovered(run.run_id, run.done, job.album)
        try:
            yield album
        except KeyboardInterrupt as interrupt:
            if not job.begun:
                raise KeyboardInterrupt("Stopped before anything was changed; what was read until now is remembered.") from interrupt
            raise


def report(job: ImportJob, decisions: Sequence[Decision], people: Mapping[str, tuple[str, str]] = MappingProxyType({})) -> int:
    """Write the report, say what was done; the exit code. `people` as `import_report.rows` takes it."""
    decisions = [*job.recovered, *decisions]
    with command_line.stop_gently() as stop:  # whoever stops now still wants to know what was done
        written = _write_report(job, decisions, people)
    job.stopped |= stop.is_set()
    for line in import_report.summary(decisions, dryrun=job.dryrun):
        print(line)
    if not job.dryrun:
        sources = [folder for folder in job.inputs if not is_below(folder, job.album)]
        for line in import_report.by_source(decisions, sources):
            print(command_line.printable(line))
    failed = [Failure(d.file.path, import_report.problem(d)) for d in decisions if import_report.is_problem(d)]
    command_line.tell_failures([*job.troubles, *failed])
    print(f"Report: {command_line.printable(written)}")
    if job.run_id:
        print(f"To put it back: {undo_command.hint('--output', job.album, job.run_id)}")
    if job.stopped:
        print("Stopped; what was done is in the report, and starting again goes on from here.")
        return command_line.INTERRUPTED
    return command_line.SOME_FAILED if failed or job.troubles else command_line.DONE


def _write_report(job: ImportJob, decisions: Sequence[Decision], people: Mapping[str, tuple[str, str]]) -> Path:
    """Where the report was written: what was done must be on paper, be it in another place than the one asked for."""
    try:
        csv_tables.write(job.report, import_report.COLUMNS, import_report.rows(decisions, people))
        return job.report
    except OSError as error:
        job.troubles.append(Failure(os.fspath(job.report), f"the report could not be written there: {in_words(error)}"))
        instead = Path(tempfile.mkdtemp(prefix="import-report-"), job.report.name)
        csv_tables.write(instead, import_report.COLUMNS, import_report.rows(decisions, people))
        return instead
