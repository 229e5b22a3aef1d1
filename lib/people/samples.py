"""Read the folder of samples: a subfolder for each person with a few pictures, and perhaps a table of birth dates."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from lib.album.facts import Clock
from lib.analysis.features import METADATA, analyse
from lib.analysis.index import Index
from lib.files.scanning import scan
from lib.model import BadRequest, Failure, FileKind, MediaFile, Metadata
from lib.people import faces
from lib.people.model import Face, FoundFaces, Person, Sample
from lib.people.naming import SMALL
from lib.people.written_names import plain_name
from lib.reporting import csv_tables

TABLE = "people.csv"
_CLEARLY_LARGER = 2.5
"""How many times the area of the second largest face the largest has to have, so that it is surely who the sample is of."""
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")


@dataclass(slots=True)
class KnownPeople:
    """Who is known, by which samples, and what of the folder could not be used."""

    people: list[Person] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)


def read(
    folder: str,
    index: Index,
    clock: Clock,
    *,
    workers: int,
    progress: Callable[[str, int], AbstractContextManager[Callable[[int, int], None]]],
) -> KnownPeople:
    """The people below `folder`. Raises BadRequest where its table makes no sense."""
    table = Path(folder, TABLE)
    known = KnownPeople(birth_dates(table) if table.exists() else [])
    found = list(scan([folder]))
    known.failures += [one for one in found if isinstance(one, Failure)]
    files = [file for file in found if isinstance(file, MediaFile) and file.kind is FileKind.PHOTO and _person_of(file, folder)]
    tags = {file: told for file, (told,) in analyse(files, (METADATA,), index, workers=workers) if isinstance(told, Metadata)}
    with progress("Looking at samples", len(files)) as advance:
        for file, answer in faces.find(files, index, workers=workers, advance=advance):
            face = answer if isinstance(answer, Failure) else _only_face(file, answer)
            if isinstance(face, Failure):
                known.failures.append(face)
                continue
            captured = clock.decide(file, tags.get(file))
            known.samples.append(Sample(_person_of(file, folder), face.embedding, None if captured.is_guess else captured.local))
    known.samples.sort(key=lambda sample: sample.name)
    return known


def _person_of(file: MediaFile, folder: str) -> str:
    """The name of the subfolder that a sample lies in, however deep; empty for what lies in the folder itself."""
    below = os.path.relpath(file.folder, folder)
    return "" if below == os.curdir else plain_name(below.split(os.sep)[0])


def _only_face(file: MediaFile, found: FoundFaces) -> Face | Failure:
    """The one face that the sample can be of."""
    seen: Sequence[Face] = found.faces
    if not seen:
        return Failure(file.path, "no face was found in this sample; take another picture, or cut it to the face")
    areas = [face.box.width * face.box.height for face in seen]
    if len(seen) > 1 and areas[0] < _CLEARLY_LARGER * areas[1]:
        return Failure(file.path, f"{len(seen)} faces were found in this sample; cut it to the one that is meant")
    if seen[0].pixels < SMALL:
        return Failure(file.path, f"the face in this sample is only {seen[0].pixels:.0f} pixels wide; {SMALL:.0f} are needed")
    return seen[0]


def birth_dates(table: Path) -> list[Person]:
    """The people that a table with the columns `name` and `born` tells. Raises BadRequest."""
    people = []
    for number, row in enumerate(csv_tables.read(table, ("name", "born")), 2):
        name, text = plain_name(row["name"]), row["born"].strip()
        if name:
            people.append(Person(name, _born(text, f"{table}, row {number}") if text else None))
    return people


def _born(text: str, where: str) -> date:
    found = _DATE.fullmatch(text)
    try:
        if found:
            return date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
    except ValueError:
        pass
    raise BadRequest(f"{where}: {text!r} is no date of birth; write it as 2011-05-30, 2011-05 or 2011.")
