#!/usr/bin/env python3
"""Bring photos and videos from any number of folders into one dated, verified album."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

from lib.cold_storage.options import add_options, is_asked_for
from lib.proof import options as proof_options
from lib.reporting import command_line

if TYPE_CHECKING:
    from lib.album.command import ImportJob
    from lib.album.decision import Decision
    from lib.model import MediaFile

EPILOG = """\
examples:
  import.py --input /media/disk --output ~/Album --dryrun     look at the report first
  import.py --input /media/disk ~/Desktop --output ~/Album    then move the pictures
  import.py --watch --input ~/Inbox --output ~/Album          and stay: import whatever is copied there
  import.py --undo --output ~/Album                           put the last run back
  import.py --verify --output ~/Album                         read every file anew and hold it against SHA256SUMS
  import.py --safe-to-erase --input /media/disk --output ~/Album  is every picture of it in the album?
  import.py --store s3://bucket/album --output ~/Album        upload it into S3 cold storage; --dryrun tells the price
  import.py --people ~/People --output ~/Album                find out who is in the pictures
"""


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = command_line.parser("Bring photos and videos from any number of folders into one dated, verified album.", EPILOG)
    made.add_argument("-i", "--input", nargs="+", action="extend", metavar="DIR", default=[], help="folders to import from")
    made.add_argument("-o", "--output", metavar="DIR", required=True, help="the album; made where it does not exist")
    command_line.add_switch(made, "--copy", help="leave the sources as they are")
    made.add_argument("--folders", default="{year}/{month}", metavar="PATTERN", help="folders in the album (default: %(default)s)")
    made.add_argument("--names", default="{name}", metavar="PATTERN", help="names in the album (default: %(default)s, the original)")
    made.add_argument(
        "--undated",
        choices=("mtime", "folder"),
        default="mtime",
        help="files that tell no date: go by the time of the file, or all into the folder undated (default: %(default)s)",
    )
    made.add_argument("--zone", metavar="ZONE", help="where videos that tell UTC only were taken, as Europe/Berlin or +02:00")
    made.add_argument(
        "--duplicates",
        choices=("leave", "quarantine", "delete"),
        default="leave",
        help="files whose bytes the album holds: leave them in the source, move them to the folder quarantine in the album, "
        "or delete them once the surviving copy was compared byte for byte (default: %(default)s)",
    )
    command_line.add_switch(made, "--merge", help="take apart albums that lie below the inputs, too")
    command_line.add_switch(
        made, "--libraries", help="copy the originals in libraries of Photos, iPhoto, Aperture and Lightroom too (they are never moved)"
    )
    command_line.add_switch(made, "--keep-all", help="number two versions of one picture instead of setting the lesser one aside")
    command_line.add_switch(made, "--no-damage-check", help="do not decode pictures to see whether they are whole (faster)")
    command_line.add_switch(
        made,
        "--no-reread",
        help="take the album's files for what they were when last read, instead of reading those that matter (faster)",
    )
    made.add_argument("--report", metavar="FILE", help="the CSV to write (default: named by date and time, in this folder)")
    command_line.add_switch(made, "--watch", help="stay, and import whatever comes into the folders; Ctrl-C ends it")
    made.add_argument(
        "--settle",
        type=command_line.seconds,
        metavar="SECONDS",
        help="with --watch: how long a file has to stand still before it is taken (default: 5; at least 4 where companions may follow)",
    )
    made.add_argument(
        "--poll",
        type=command_line.seconds,
        metavar="SECONDS",
        help="with --watch: look that often instead of being woken by the system (default: only for network drives, every 10)",
    )
    made.add_argument("--undo", nargs="?", const="", metavar="RUN", help="put a run back (default: the last one)")
    made.add_argument("--runs", action="store_true", help="list the runs that changed the album")
    made.add_argument("--verify", action="store_true", help="read every file of the album and hold it against SHA256SUMS")
    made.add_argument("--adopt", action="store_true", help="with --verify: take changed and extra files into SHA256SUMS as they are")
    made.add_argument(
        "--repair",
        action="store_true",
        help="look for a good copy of every file of the album that is changed or missing, below the inputs too, and put it back",
    )
    _add_people(made.add_argument_group("people"))
    proof_options.add_options(made)
    add_options(made)
    return made


def _add_people(group: argparse._ArgumentGroup) -> None:
    """The options of lib/people."""
    group.add_argument(
        "--people",
        nargs="?",
        const="",
        metavar="DIR",
        help="find the faces of the album and name them; DIR has a subfolder with samples for each known person",
    )
    group.add_argument("--videos", action="store_true", help="with --people: look at a few frames of each video too")
    group.add_argument("--apply", metavar="CSV", help="take in the decisions that the page of --people saved, and name anew")
    group.add_argument("--people-of", metavar="NAME", help="copy the pictures that show this person to the folder --copy-to")
    group.add_argument("--and", dest="both", metavar="NAME", action="append", default=[], help="with --people-of: who has to be there too")
    group.add_argument("--copy-to", metavar="DIR", help="with --people-of: the folder for the copies")
    group.add_argument(
        "--with-suggestions", action="store_true", help="with --people-of: also where a name is sure, but nobody confirmed it"
    )
    group.add_argument("--write-names", action="store_true", help="write confirmed names into XMP sidecars, never into a picture")
    group.add_argument("--forget-faces", action="store_true", help="delete all that was learnt from faces, and all decisions on them")


def main(words: Sequence[str]) -> int:
    """Do what the command line says; the exit code."""
    arguments = parser().parse_args(command_line.joined(words, "--zone"))
    if is_asked_for(arguments):
        from lib.cold_storage import command as cold_storage

        return cold_storage.run(arguments, datetime.now().astimezone())
    if proof_options.is_asked_for(arguments):
        from lib.proof import command as proof

        return proof.run(arguments, datetime.now().astimezone())
    from lib.album import command, maintenance
    from lib.watch.command import watch_folders

    if arguments.runs:
        return maintenance.list_runs(arguments)
    if arguments.verify:
        return maintenance.verify(arguments)
    if arguments.repair:
        from lib.album import repair

        return repair.repair(arguments, datetime.now().astimezone())
    if arguments.undo is not None:
        return maintenance.undo(arguments)
    if any((arguments.people is not None, arguments.apply, arguments.people_of, arguments.write_names, arguments.forget_faces)):
        from lib.people import command as people

        if not arguments.input:
            return people.run(arguments, datetime.now().astimezone())
        people.check_import(arguments)
    job = command.job(arguments, datetime.now().astimezone())
    with job.index:
        if arguments.watch:
            return watch_folders(job, import_files, settle=arguments.settle, poll=arguments.poll)
        decisions = import_files(job)
        return command.report(job, decisions) if arguments.people is None else people.report_import(arguments, job, decisions)


def import_files(job: ImportJob, files: Sequence[MediaFile] | None = None) -> list[Decision]:
    """Import what lies below the inputs, or of it only `files`; what was decided, as it turned out."""
    from lib.album import command

    with command.exclusive(job) as album:
        found = command.scan(job) if files is None else files
        studied = command.study(job, found)
        decisions = command.decide(job, studied)
        return decisions if album is None else command.carry_out(job, album, decisions)


if __name__ == "__main__":
    command_line.run(main)
