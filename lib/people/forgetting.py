"""Delete what was learnt from faces and what was said of them, and say what is left where."""

from __future__ import annotations

import argparse
import glob
import os
import sqlite3
import threading

from lib.album.command import album_root
from lib.analysis.index import Index
from lib.analysis.index_file import default_index_path
from lib.files.folders import open_below
from lib.files.scanning import OWN_FOLDER
from lib.model import BadRequest, in_words
from lib.people import decisions, faces
from lib.reporting import command_line
from lib.transfer import locked_folder


def forget(arguments: argparse.Namespace) -> int:
    """Delete the faces in the index (of all albums, for it is one) and the decisions of this album; the exit code. Raises BadRequest."""
    album = album_root(arguments.output, must_exist=True)
    path = arguments.index or default_index_path()
    decided = decisions.path_in(album)
    if arguments.dryrun:
        print(
            f"Dry run: the faces in {command_line.printable(path)} and the decisions in {command_line.printable(decided)} would be deleted."
        )
        return command_line.DONE
    if os.path.exists(path):
        with Index(path) as index:
            try:
                count = index.forget_features(faces.COLUMNS)
            except sqlite3.DatabaseError as error:
                raise BadRequest(
                    f"The index {path} cannot be changed now ({error}); wait until no other run uses it, then again."
                ) from error
        print(f"Deleted from {command_line.printable(path)}: what was learnt from the faces of {count // len(faces.COLUMNS):,} pictures.")
    aside = sorted(glob.glob(f"{glob.escape(path)}.aside-*"))
    if aside:
        print(
            f"Older indexes that were set aside may hold faces too; delete them yourself: {', '.join(map(command_line.printable, aside))}"
        )
    if decided.exists():
        with locked_folder.lock_folder(album, stop=threading.Event()):
            try:
                with open_below(album, f"{OWN_FOLDER}/{decisions.NAME}") as (folder, name):
                    folder.unlink(name)
                    folder.sync()
            except OSError as error:
                raise BadRequest(f"{decided} could not be deleted: {in_words(error)}.") from error
        print(f"Deleted: every decision on the faces of this album ({command_line.printable(decided)}).")
    print("Reports and pages that you made (people.csv, people.html and the folder people_files), and names in sidecars, stay as they are.")
    return command_line.DONE
