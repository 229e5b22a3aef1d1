#!/usr/bin/env python3
"""Find the photo behind each thumbnail, and put the originals together again, set by set."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import datetime

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
# The work is spread over processes: threads of the linear algebra on top of them would only wait for each other
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from lib.reporting import command_line

EPILOG = """\
examples:
  match_thumbnails.py --thumbnails ~/Thumbs --album ~/Album --output ~/Found    look, copy what is sure, write matches.csv
  match_thumbnails.py --apply ~/Found/matches.csv --output ~/Found              then make selected/ what you decided there
"""


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = command_line.parser("Find the photo behind each thumbnail, and put the originals together again, set by set.", EPILOG)
    made.add_argument("-t", "--thumbnails", nargs="+", action="extend", metavar="DIR", default=[], help="each subfolder is a set")
    made.add_argument("-a", "--album", nargs="+", action="extend", metavar="DIR", default=[], help="where the originals are")
    made.add_argument("-o", "--output", metavar="DIR", required=True, help="for matches.csv, the page and the folder selected")
    made.add_argument("--apply", metavar="FILE", help="make selected exactly what this matches.csv says")
    command_line.add_switch(made, "--videos", help="look at the frames of the album's videos too")
    made.add_argument(
        "--prefer", nargs="+", action="extend", metavar="DIR", default=[], help="where versions of one shot are taken from, first one first"
    )
    command_line.add_switch(made, "--with-alternatives", help="copy the other versions too, to a folder beside")
    command_line.add_switch(made, "--link", help="link the originals instead of copying them")
    command_line.add_switch(made, "--number", help="put the running number of the thumbnail in front of the name")
    command_line.add_switch(made, "--list-unmatched", help="print the thumbnails that have no sure photo")
    made.add_argument("--undo", nargs="?", const="", metavar="RUN", help="put back what a run did to selected (default: the last one)")
    made.add_argument("--no-page", action="store_true", help="write no page to look at, only matches.csv")
    command_line.add_switch(made, "--open", help="open the page in the browser when done")
    return made


def main(words: Sequence[str]) -> int:
    """Do what the command line says; the exit code."""
    arguments = parser().parse_args(words)
    from lib.thumbnails import command, matches_report, selected_folder

    if arguments.undo is not None:
        return selected_folder.undo(arguments)
    job = command.job(arguments, datetime.now().astimezone())
    with job.index:
        if arguments.apply:
            return matches_report.apply(job, arguments.apply)
        sets = command.find_thumbnails(job)
        with command.study_album(job) as gallery:
            examined = command.examine(job, sets, gallery)
            matches = command.decide(job, sets, examined, gallery)
            rows = matches_report.report(job, sets, matches, gallery)
        change = None if job.dryrun else matches_report.bring_together(job, rows)
        return matches_report.summary(job, sets, rows, change)


if __name__ == "__main__":
    command_line.run(main)
