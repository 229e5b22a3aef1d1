"""A search for duplicates from the command line: its options checked, its level chosen, its report written."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from lib.duplicates import decisions, duplicates_report, exact, removal_rules
from lib.duplicates.decisions import DECISIONS, FORERUNNER, GroupDecisions
from lib.duplicates.exact import Found, SearchJob
from lib.duplicates.model import DuplicateGroup
from lib.duplicates.removal_rules import ReportRow
from lib.model import BadRequest, Failure, in_words
from lib.reporting import command_line, csv_tables, review_page

CSV, PAGE, UNREADABLE = "duplicates.csv", "duplicates.html", "unreadable.csv"
UNREADABLE_COLUMNS = ("path", "reason")
SIMILARITY = {"strict": 97.0, "normal": 90.0, "loose": 80.0}
"""Words for how alike two pictures are, as percent of likeness of their colour layouts."""


def job(arguments: argparse.Namespace) -> SearchJob:
    """Return the search that the command line asks for, checked before anything starts. Raises BadRequest."""
    if not arguments.input:
        raise BadRequest("Name at least one folder to search, as --input DIR.")
    if arguments.delete:
        raise BadRequest("--delete goes with --apply: first look at the report, then apply it.")
    if arguments.remember and arguments.no_index:
        raise BadRequest("--remember writes to the index, --no-index has none; choose one of them.")
    if arguments.known and arguments.no_index:
        raise BadRequest("--known asks the index, --no-index has none; choose one of them.")
    inputs = [command_line.folder(text, "--input") for text in arguments.input]
    output = Path(command_line.output_folder("." if arguments.output is None else arguments.output))
    csv_tables.check_target(output / CSV, duplicates_report.COLUMNS)
    page = not arguments.no_page and (arguments.level != "identical" or arguments.open)
    if page:
        review_page.check_target(output / PAGE)
    _edited(output / CSV)  # a slip of the pen in it is told before the search, not after it
    return SearchJob(
        inputs=inputs,
        output=output,
        references=[command_line.folder(text, "--reference") for text in arguments.reference],
        keep_order=[command_line.folder(text, "--keep-order") for text in arguments.keep_order],
        level=arguments.level,
        least=_least(arguments.similarity),
        index=command_line.index(arguments),
        workers=command_line.workers(arguments),
        all_files=arguments.all_files,
        remember=arguments.remember,
        known=arguments.known,
        within_reference=arguments.within_reference,
        decisions=known_decisions(arguments.decisions, output),
        decisions_file=decisions_file(arguments.decisions, output),
        json=arguments.json,
        # Identical bytes need no looking at, and their search is quick because it decodes nothing; but who asks to see it shall.
        page=page,
        open_page=arguments.open,
    )


def _least(text: str) -> float:
    percent = SIMILARITY.get(text.strip().lower())
    if percent is None:
        try:
            percent = float(text.strip().rstrip("%").replace(",", "."))
        except ValueError:
            percent = 0.0
        if not 50 <= percent <= 100:
            raise BadRequest(f"--similarity {text}: say strict, normal or loose, or a number from 50 to 100.")
    return percent / 100


def decisions_file(named: str | None, output: Path) -> Path:
    """Return where decisions are kept: the file that the person named, else the one in the output folder."""
    return Path(named).expanduser() if named else output / DECISIONS


def known_decisions(named: str | None, output: Path) -> GroupDecisions:
    """Return what was decided so far; where there is no file yet, what an earlier version kept of groups. Raises BadRequest."""
    target = decisions_file(named, output)
    return decisions.read(target if named or target.exists() else output / FORERUNNER)


def remember(target: Path, known: GroupDecisions, lines: Sequence[ReportRow]) -> tuple[GroupDecisions, int]:
    """Keep what a person changed in these lines; all decisions then, and how many groups were decided. Raises BadRequest and OSError."""
    new = decisions.edited(lines, f"{date.today():%Y-%m-%d}")
    together = known.with_new(new)
    if together is not known:
        decisions.write(target, together)
    return together, len(new)


def _edited(report: Path) -> list[ReportRow]:
    """The lines of an earlier report; none where there is none. Raises BadRequest."""
    if not report.exists() or not report.stat().st_size:
        return []
    return removal_rules.rows(csv_tables.read(report, removal_rules.COLUMNS))


def settle(job: SearchJob, found: Found, groups: Sequence[DuplicateGroup]) -> None:
    """Bring what a person decided together with what was found; an edited report is read before another one takes its place."""
    known, number = remember(job.decisions_file, job.decisions, _edited(job.output / CSV))
    exact.settle(found, groups, known)
    if number:
        command_line.log.info(
            "%s in %s; they were read from there and are kept in %s.",
            command_line.count_text(number, "group has actions of yours", "groups have actions of yours"),
            command_line.printable(job.output / CSV),
            command_line.printable(job.decisions_file),
        )


def compare(job: SearchJob, found: Found) -> list[DuplicateGroup]:
    """Return the groups that the level asks for; only looking at pictures needs what decodes them."""
    if job.level == "identical":
        return exact.identical_groups(job, found)
    from datetime import datetime

    from lib.album.facts import Clock
    from lib.dates.zones import zone
    from lib.duplicates import visual

    return visual.compare(job, found, Clock(zone(None), datetime.now().astimezone()))


def report(job: SearchJob, found: Found) -> int:
    """Write the table and the page, print the summary; the exit code."""
    output = job.output
    numbered = [(number, group, earlier) for number, (group, earlier) in enumerate(zip(found.groups, found.remembered), 1)]
    rows = (row for entry in numbered for row in duplicates_report.rows(*entry))
    csv_tables.write(output / CSV, duplicates_report.COLUMNS, rows)
    if job.json:
        for entry in numbered:
            for line in duplicates_report.json_line(*entry):
                print(line)
    say = command_line.log.info if job.json else print
    remembered = sum(bool(earlier) for earlier in found.remembered)
    for line in duplicates_report.summary(found.groups, len(found.files), found.failures, found.passed_over, remembered):
        say(line)
    command_line.tell_failures(found.failures)
    unreadable = output / UNREADABLE
    if found.failures or unreadable.exists():
        csv_tables.check_target(unreadable, UNREADABLE_COLUMNS)
        csv_tables.write(unreadable, UNREADABLE_COLUMNS, [(failure.path, failure.reason) for failure in found.failures])
    if found.failures:
        say(f"What could not be read: {command_line.printable(unreadable)}")
    say(f"Report: {command_line.printable(output / CSV)}")
    if job.page:
        _show(job, found, output / PAGE, say)
    return command_line.SOME_FAILED if found.failures else command_line.DONE


def _show(job: SearchJob, found: Found, page: Path, say: Callable[[str], object]) -> None:
    from lib.duplicates import duplicates_page

    try:
        duplicates_page.write(page, found.groups, found.remembered, workers=job.workers)
    except OSError as error:
        found.failures.append(Failure(os.fspath(page), f"the page could not be written: {in_words(error)}"))
        command_line.tell_failures(found.failures[-1:])
        return
    say(f"To look at: {command_line.printable(page)}")
    if job.open_page:
        import webbrowser

        webbrowser.open(page.as_uri())
