"""Which file lies where in `selected`: from the rows of matches.csv to names, numbered where they clash. Pure."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lib.files.names import fold, free_path

COLUMNS = ("set", "thumbnail", "status", "photo", "score", "runner_up", "runner_up_score", "alternatives", "reason")
SELECTED, ALTERNATIVES = "selected", "alternatives"
_BETWEEN = " | "


@dataclass(frozen=True, slots=True)
class SelectionOptions:
    """How `selected` is filled: names with the running number of their thumbnails, links instead of copies, the alternatives too."""

    number: bool = False
    link: bool = False
    with_alternatives: bool = False

    def __or__(self, other: SelectionOptions) -> SelectionOptions:
        """What either of the two asks for."""
        return SelectionOptions(self.number or other.number, self.link or other.link, self.with_alternatives or other.with_alternatives)


@dataclass(frozen=True, slots=True)
class MatchRow:
    """One line of matches.csv, as a person may have edited it."""

    set: str
    thumbnail: str
    status: str
    photo: str
    alternatives: tuple[str, ...] = ()

    @property
    def is_matched(self) -> bool:
        """True where the photo is to be in `selected`."""
        return self.status.strip().casefold() == "matched" and bool(self.photo)


def row_of(cells: Mapping[str, str]) -> MatchRow:
    """The row that these cells, by column, tell."""
    others = tuple(path for path in cells.get("alternatives", "").split(_BETWEEN) if path)
    return MatchRow(cells["set"].strip(), cells["thumbnail"].strip(), cells["status"], cells["photo"].strip(), others)


def with_full_path(row: MatchRow, folder: str | os.PathLike[str]) -> MatchRow:
    """The row, the path of its photo told from the root where a person wrote it from the `folder` of the table."""
    if not row.photo or os.path.isabs(row.photo):
        return row
    return MatchRow(row.set, row.thumbnail, row.status, os.path.normpath(os.path.join(folder, row.photo)), row.alternatives)


def alternatives_cell(paths: Sequence[str]) -> str:
    """What stands in the column `alternatives`."""
    return _BETWEEN.join(paths)


def natural(name: str) -> list[tuple[int, str]]:
    """A key that sorts names as people do: Image(2) before Image(10)."""
    return [(int(part), "") if part.isdecimal() else (-1, part.casefold()) for part in re.split(r"(\d+)", name) if part]


def wanted(rows: Sequence[MatchRow], options: SelectionOptions) -> dict[str, str]:
    """The photo that is to lie at each place below the output folder; places are divided by "/".

    A photo that several thumbnails of a set have is there once. With the option `number` the running number of its thumbnail in the set
    comes first. Names that clash (in any letter case) are numbered in the order of the thumbnails.
    """
    places: dict[str, str] = {}
    sets: dict[str, list[MatchRow]] = {}
    for row in rows:
        sets.setdefault(row.set, []).append(row)
    for name, members in sets.items():
        members = sorted(members, key=lambda row: (natural(row.thumbnail), row.thumbnail))
        digits = max(3, len(str(len(members))))
        taken: set[str] = set()
        given: set[str] = set()
        for count, row in enumerate(members, 1):
            if row.is_matched and row.photo not in given:
                given.add(row.photo)
                front = f"{count:0{digits}d}_" if options.number else ""
                places[_free(f"{SELECTED}/{name}", front + _last(row.photo), taken)] = row.photo
        for row in members if options.with_alternatives else ():
            for path in row.alternatives:
                if row.is_matched and path not in given:
                    given.add(path)
                    places[_free(f"{ALTERNATIVES}/{name}", _last(path), taken)] = path
    return places


def _last(path: str) -> str:
    return os.path.basename(path)


def _free(folder: str, name: str, taken: set[str]) -> str:
    place = free_path(f"{folder}/{name}", lambda place: fold(place) in taken)
    taken.add(fold(place))
    return place
