#!/usr/bin/env python3
"""Report what is there twice: the same bytes, the same picture, or a similar one; and act on the report when a human has decided."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

from lib.reporting import command_line

EPILOG = """\
examples:
  find_duplicates.py --input /media/red /media/blue            write duplicates.csv and duplicates.html here; nothing is touched
  find_duplicates.py --input ~/Pictures --level identical      the quick way: same bytes only
  find_duplicates.py --apply duplicates.csv --dryrun           what acting on the edited report would do
  find_duplicates.py --apply duplicates.csv                    move what is marked "remove" to quarantine
  find_duplicates.py --undo                                    put it back
"""


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = command_line.parser("Report what is there twice: the same bytes, the same picture, or a similar one; a human decides.", EPILOG)
    made.add_argument("-i", "--input", nargs="+", metavar="DIR", default=[], help="folders to search, on any number of drives")
    made.add_argument("-o", "--output", metavar="DIR", help="where the report goes (default: the current folder)")
    made.add_argument(
        "--level",
        choices=("identical", "picture", "similar"),
        default="similar",
        help="identical: same bytes; picture: also the same pixels in another file; similar: also pictures that look alike, "
        "bursts among them (default: %(default)s)",
    )
    made.add_argument(
        "--similarity",
        default="normal",
        metavar="HOW",
        help="how alike similar pictures are: strict, normal, loose, or a number from 50 to 100 (default: %(default)s)",
    )
    made.add_argument("--reference", action="append", default=[], metavar="DIR", help="a folder whose files are always kept; repeatable")
    command_line.add_switch(made, "--within-reference", help="also report what is twice within the reference folders")
    made.add_argument(
        "--keep-order", nargs="+", default=[], metavar="DIR", help="of equal files keep the one in the first of these folders"
    )
    command_line.add_switch(made, "--all-files", help="take every file for level identical, not only pictures")
    command_line.add_switch(made, "--remember", help="hash every file, so that the drive can be compared when it is unplugged")
    command_line.add_switch(made, "--known", help="compare also with what the index knows of drives that are not connected now")
    made.add_argument(
        "--decisions", "--ignore", metavar="FILE", help="what you decided in earlier runs (default: decisions.csv in the output folder)"
    )
    command_line.add_switch(made, "--json", help="print the report's rows as JSON lines")
    command_line.add_switch(made, "--no-page", help="write no page to look at, only the CSV")
    command_line.add_switch(made, "--open", help="open the page in the browser")
    made.add_argument("--apply", metavar="CSV", help="move what the edited report marks as remove to the folder quarantine on its drive")
    command_line.add_switch(
        made, "--delete", help="with --apply: delete identical copies instead, once the kept file was compared byte for byte"
    )
    made.add_argument(
        "--empty-quarantine",
        action="store_true",
        help="ask, then delete what earlier runs put into quarantine, each file once the copy that stays was compared byte for byte",
    )
    made.add_argument("--undo", nargs="?", const="", metavar="RUN", help="put a run of --apply back (default: the last one)")
    return made


def main(words: Sequence[str]) -> int:
    """Do what the command line says; the exit code."""
    arguments = parser().parse_args(words)
    if arguments.empty_quarantine:
        from lib.duplicates.empty_quarantine import empty_quarantine

        return empty_quarantine(arguments)
    if arguments.undo is not None or arguments.apply:
        from lib.duplicates import apply

        return apply.undo(arguments) if arguments.undo is not None else apply.apply(arguments)
    from lib.duplicates import command, exact

    # A search makes many objects, and no circles of them: looking for circles takes 6 % of the processor's time (30,000 files).
    gc.disable()
    job = command.job(arguments)
    with job.index:
        found = exact.same_bytes(job)
        groups = command.compare(job, found)
        command.settle(job, found, groups)
        return command.report(job, found)


if __name__ == "__main__":
    command_line.run(main)
