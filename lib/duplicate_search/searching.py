"""A search for duplicates from the command line: its options checked, its level chosen, its report written."""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from lib import cli
from lib import report as tables
from lib.duplicate_search import duplicates_report as told
from lib.duplicate_search import finding
from lib.duplicate_search.duplicates import DuplicateGroup
from lib.duplicate_search.finding import Found, Job
from lib.index import Index, default_index_path
from lib.model import BadRequest, Failure, in_words

CSV, PAGE, IGNORED, UNREADABLE = "duplicates.csv", "duplicates.html", "ignored.csv", "unreadable.csv"
UNREADABLE_COLUMNS = ("path", "reason")
IGNORED_COLUMNS = ("group", "checksum", "path")
SIMILARITY = {"strict": 97.0, "normal": 90.0, "loose": 80.0}
"""Words for how alike two pictures are, as percent of likeness of their colour layouts."""


def job(arguments: argparse.Namespace) -> Job:
    """The search that the command line asks for, checked before anything starts. Raises BadRequest."""
    if not arguments.input:
        raise BadRequest("Name at least one folder to search, as --input DIR.")
    if arguments.delete:
        raise BadRequest("--delete goes with --apply: first look at the report, then apply it.")
    if arguments.remember and arguments.no_index:
        raise BadRequest("--remember writes to the index, --no-index has none; choose one of them.")
    if arguments.known and arguments.no_index:
        raise BadRequest("--known asks the index, --no-index has none; choose one of them.")
    inputs = [cli.folder(text, "--input") for text in arguments.input]
    output = Path(cli.output_folder(arguments.output))
    tables.check_target(output / CSV, told.COLUMNS)
    ignore = Path(arguments.ignore).expanduser() if arguments.ignore else output / IGNORED
    return Job(
        inputs=inputs,
        references=[cli.folder(text, "--reference") for text in arguments.reference],
        keep_order=[cli.folder(text, "--keep-order") for text in arguments.keep_order],
        level=arguments.level,
        least=_least(arguments.similarity),
        index=Index(None if arguments.no_index else arguments.index or default_index_path()),
        workers=cli.workers(arguments),
        all_files=arguments.all_files,
        remember=arguments.remember,
        known=arguments.known,
        within_reference=arguments.within_reference,
        ignored=ignored(ignore) if ignore.exists() else (),
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
    """The contents of each group that a human has called no duplicates. Raises BadRequest."""
    groups: dict[str, Counter[str]] = {}
    for row in tables.read(path, IGNORED_COLUMNS):
        groups.setdefault(row["group"], Counter())[row["checksum"]] += 1
    return list(groups.values())


def compare(job: Job, found: Found) -> list[DuplicateGroup]:
    """The groups that the level asks for; only looking at pictures needs what decodes them."""
    if job.level == "identical":
        return finding.identical_groups(job, found)
    from datetime import datetime

    from lib.duplicate_search import looking
    from lib.imports.study import Clock
    from lib.zones import zone

    return looking.compare(job, found, Clock(zone(None), datetime.now().astimezone()))


def report(arguments: argparse.Namespace, job: Job, found: Found) -> int:
    """Write the table and the page, print the summary; the exit code."""
    output = Path(os.path.realpath(os.path.expanduser(arguments.output)))
    rows = (row for number, group in enumerate(found.groups, 1) for row in told.rows(number, group))
    tables.write(output / CSV, told.COLUMNS, rows)
    if arguments.json:
        for number, group in enumerate(found.groups, 1):
            for line in told.json_line(number, group):
                print(line)
    say = cli.log.info if arguments.json else print
    for line in told.summary(found.groups, len(found.files), found.failures, found.passed_over):
        say(line)
    cli.tell_failures(found.failures)
    unreadable = output / UNREADABLE
    if found.failures or unreadable.exists():
        tables.check_target(unreadable, UNREADABLE_COLUMNS)
        tables.write(unreadable, UNREADABLE_COLUMNS, [(failure.path, failure.reason) for failure in found.failures])
    if found.failures:
        say(f"What could not be read: {cli.printable(unreadable)}")
    say(f"Report: {cli.printable(output / CSV)}")
    # Identical bytes need no looking at, and their search is quick because it decodes nothing; but who asks to see it shall.
    if not arguments.no_page and (job.level != "identical" or arguments.open):
        _show(arguments, job, found, output / PAGE, say)
    return cli.SOME_FAILED if found.failures else cli.DONE


def _show(arguments: argparse.Namespace, job: Job, found: Found, page: Path, say: Callable[[str], object]) -> None:
    from lib.duplicate_search import duplicates_page

    try:
        duplicates_page.write(page, found.groups, workers=job.workers)
    except OSError as error:
        found.failures.append(Failure(os.fspath(page), f"the page could not be written: {in_words(error)}"))
        cli.tell_failures(found.failures[-1:])
        return
    say(f"To look at: {cli.printable(page)}")
    if arguments.open:
        import webbrowser

        webbrowser.open(page.as_uri())
