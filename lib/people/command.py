"""The stages of `import.py --people` and its kin, in their order: look, learn names, name, and then tell, copy or write."""

from __future__ import annotations

import argparse
import contextlib
import os
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from lib.album import command as album_command
from lib.album.command import ImportJob, album_root
from lib.album.decision import Decision
from lib.album.facts import Clock
from lib.dates.zones import zone
from lib.model import BadRequest, Failure, in_words
from lib.people import album_pictures, decisions, grouping, naming, networks, people_report, samples
from lib.people.job import PeopleJob, end
from lib.people.model import FaceDecision, Person, PicturePeople, Sample
from lib.reporting import command_hint, command_line, csv_tables, review_page
from lib.transfer import locked_folder
from lib.transfer.locked_folder import LockedFolder

CSV = "people.csv"


def run(arguments: argparse.Namespace, now: datetime) -> int:
    """Do what was asked for; the exit code. Raises BadRequest."""
    _check(arguments)
    if arguments.forget_faces:
        from lib.people import forgetting

        return forgetting.forget(arguments)
    networks.require()
    job = _job(arguments, now)
    with job.index, contextlib.ExitStack() as held:
        locked = _locked(job, held) if (arguments.apply or arguments.write_names) and not job.dryrun else None
        decided = _take_decisions(job, arguments.apply) if arguments.apply else decisions.of_album(job.album)
        pictures = name_album(job, decided)
        if arguments.people_of:
            from lib.people import collecting

            return collecting.collect(job, pictures, arguments)
        if arguments.write_names:
            from lib.people import writing

            return writing.write_names(job, pictures, locked)
        return report(job, pictures, arguments)


def check_import(arguments: argparse.Namespace) -> None:
    """Return if --people may follow the import that is asked for. Raises BadRequest."""
    if arguments.watch or arguments.apply or arguments.people_of or arguments.write_names or arguments.forget_faces:
        raise BadRequest("With --input only --people goes; --watch, and what else is done with faces, wants a run of its own.")
    if arguments.people:
        command_line.folder(arguments.people, "--people")
    networks.require()


def report_import(arguments: argparse.Namespace, imported: ImportJob, decisions_made: Sequence[Decision]) -> int:
    """Look for faces in the album after an import, and tell both; the exit code."""
    if imported.stopped or (imported.dryrun and not os.path.isdir(imported.album)):
        return album_command.report(imported, decisions_made)
    samples_folder = command_line.folder(arguments.people, "--people") if arguments.people else ""
    target = imported.report.with_name(CSV)
    csv_tables.check_target(target, people_report.COLUMNS)
    job = PeopleJob(
        imported.album,
        samples_folder,
        imported.index,
        imported.clock,
        target,
        imported.workers,
        imported.dryrun,
        arguments.videos,
    )
    pictures = name_album(job, decisions.of_album(job.album))
    cells = {one.picture.name: (people_report.people_cell(one.people), people_report.people_cell(one.maybe)) for one in pictures}
    code = album_command.report(imported, decisions_made, cells)
    return max(code, report(job, pictures, arguments))


def _check(arguments: argparse.Namespace) -> None:
    if arguments.watch:
        raise BadRequest("--people and its kin look at an album that is there; --watch wants a run of its own.")
    if arguments.people_of and not arguments.copy_to:
        raise BadRequest("--people-of copies pictures: name the folder that they go to, as --copy-to DIR.")
    if not arguments.people_of and (arguments.copy_to or arguments.both):
        raise BadRequest("--copy-to and --and go with --people-of NAME.")
    if arguments.people_of and arguments.write_names:
        raise BadRequest("--people-of copies pictures, --write-names writes sidecars; do one after the other.")


def _job(arguments: argparse.Namespace, now: datetime) -> PeopleJob:
    album = album_root(arguments.output, must_exist=True)
    folder = command_line.folder(arguments.people, "--people") if arguments.people else ""
    target = Path(arguments.report).expanduser().absolute() if arguments.report else Path.cwd() / CSV
    if not (arguments.people_of or arguments.write_names):
        csv_tables.check_target(target, people_report.COLUMNS)
    return PeopleJob(
        album,
        folder,
        command_line.index(arguments),
        Clock(zone(arguments.zone), now),
        target,
        command_line.workers(arguments),
        arguments.dryrun,
        arguments.videos,
    )


def _locked(job: PeopleJob, held: contextlib.ExitStack) -> LockedFolder:
    """The album, held until the run ends: what an earlier run left half done is settled before anything is looked at."""
    locked = held.enter_context(locked_folder.lock_folder(job.album, stop=threading.Event()))
    job.failures += [failure for run in locked.recovered for failure in run.failures]
    return locked


def _take_decisions(job: PeopleJob, table: str) -> list[FaceDecision]:
    """What holds in the album once the saved table is taken in; a dry run keeps nothing."""
    fresh = decisions.read(Path(table).expanduser().absolute())
    decided = decisions.merged(decisions.of_album(job.album), fresh)
    if not job.dryrun:
        try:
            decisions.write(job.album, decided)
        except OSError as error:
            raise BadRequest(f"The decisions could not be kept in {job.album}: {in_words(error)}; they are as they were.") from error
    taken = command_line.count_text(len(fresh), "decision")
    print(f"Dry run: {taken} would be taken in." if job.dryrun else f"{taken} taken in.")
    return decided


def name_album(job: PeopleJob, decided: Sequence[FaceDecision]) -> list[PicturePeople]:
    """Every picture of the album with its named faces."""
    known = samples.KnownPeople()
    if job.samples:
        known = samples.read(job.samples, job.index, job.clock, workers=job.workers, progress=command_line.progress)
        job.failures += known.failures
    keep_out = [os.fspath(review_page.previews_folder(job.page)), *([job.samples] if job.samples else [])]
    found = album_pictures.collect(
        job.album,
        job.index,
        job.clock,
        workers=job.workers,
        videos=job.videos,
        keep_out=keep_out,
        progress=command_line.progress,
    )
    job.failures += found.failures
    by_content: dict[str, list[FaceDecision]] = {}
    for decision in decided:
        by_content.setdefault(decision.sha256, []).append(decision)
    settled = [naming.settle(picture, by_content.get(picture.sha256, ())) for picture in found.pictures]
    return decide(settled, known.samples, known.people)


def decide(settled: Sequence[PicturePeople], given: Sequence[Sample], people: Sequence[Person]) -> list[PicturePeople]:
    """The pictures with every face that is left named, suggested or grouped."""
    known = naming.gallery([*given, *naming.samples_of(settled)], people)
    return grouping.suggest_told(grouping.group_faces(naming.name_faces(settled, known)))


def report(job: PeopleJob, pictures: Sequence[PicturePeople], arguments: argparse.Namespace) -> int:
    """Write the table and the page, and print the summary; the exit code."""
    from lib.people import people_page

    csv_tables.write(job.report, people_report.COLUMNS, people_report.rows(pictures))
    for line in people_report.summary(pictures):
        print(line)
    print(f"Report: {command_line.printable(job.report)}")
    try:
        people_page.write(job.page, pictures, job.index, workers=job.workers, command=command_again(arguments))
        print(f"To look at: {command_line.printable(job.page)}")
    except OSError as error:
        job.failures.append(Failure(os.fspath(job.page), f"the page could not be written: {in_words(error)}"))
    return end(job)


def command_again(arguments: argparse.Namespace) -> str:
    """The command that takes in what the page saves, `{csv}` standing for the file."""
    return command_hint.to_paste(*_words(arguments), "--apply", "{csv}")


def _words(arguments: argparse.Namespace) -> Iterator[str]:
    yield from ("--output", os.path.abspath(os.path.expanduser(arguments.output)), "--people")
    if arguments.people:
        yield os.path.abspath(os.path.expanduser(arguments.people))
    if arguments.videos:
        yield "--videos"
    reported = "" if arguments.input else arguments.report
    for option, value in (("--report", reported), ("--index", arguments.index), ("--zone", arguments.zone)):
        if value:
            yield from (option, value if option == "--zone" else os.path.abspath(os.path.expanduser(value)))
