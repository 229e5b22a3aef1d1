"""A search for duplicates from the command line: its options checked, its level chosen, its report written."""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from lib.duplicates import duplicates_report, exact
from lib.duplicates.exact import Found, SearchJob
from lib.duplicates.model import DuplicateGroup
from lib.model import BadRequest, Failure, in_words
from lib.reporting import command_line, csv_tables, review_page

CSV, PAGE, IGNORED, UNREADABLE = "duplicates.csv", "duplicates.html", "ignored.csv", "unreadable.csv"
UNREADABLE_COLUMNS = ("path", "reason")
IGNORED_COLUMNS = ("group", "checksum", "path")
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
    output = Path(command_line.output_folder(arguments.output))
    csv_tables.check_target(output / CSV, duplicates_report.COLUMNS)
    page = not arguments.no_page and (arguments.level != "identical" or arguments.open)
    if page:
        review_page.check_target(output / PAGE)
    ignore = Path(arguments.ignore).expanduser() if arguments.ignore else output / IGNORED
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
        ignored=ignored(ignore) if ignore.exists() else (),
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


def ignored(path: Path) -> list[Counter[str]]:
    """Return the contents of each group that a human has called no duplicates. Raises BadRequest."""
    groups: dict[str, Counter[str]] = {}
    for row in csv_tables.read(path, IGNORED_COLUMNS):
        groups.setdefault(row["group"], Counter())[row["checksum"]] += 1
    return list(groups.values())


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
    rows = (row for number, group in enumerate(found.groups, 1) for row in duplicates_report.rows(number, group))
    csv_tables.write(output / CSV, duplicates_report.COLUMNS, rows)
    if job.json:
        for number, group in enumerate(found.groups, 1):
            for line in duplicates_report.json_line(number, group):
                print(line)
    say = command_line.log.info if job.json else print
    for line in duplicates_report.summary(found.groups, len(found.files), found.failures, found.passed_over):
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
        duplicates_page.write(page, found.groups, workers=job.workers)
    except OSError as error:
        found.failures.append(Failure(os.fspath(page), f"the page could not be written: {in_words(error)}"))
        command_line.tell_failures(found.failures[-1:])
        return
    say(f"To look at: {command_line.printable(page)}")
    if job.open_page:
        import webbrowser

        webbrowser.open(page.as_uri())
