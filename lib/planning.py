"""Decide what becomes of each set of files: its place in the album, and what it meets there. Pure: looks at values only."""

from __future__ import annotations

import itertools
import os.path
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from lib.decision import Action, Competitor, Decision, Rule, Studied, StudiedSet
from lib.encounters import Album, inside, is_sidecar, second, stem_key
from lib.model import MediaFile
from lib.naming import LONGEST, Layout, byte_length, folded, split_name
from lib.vacancy import Vacancy, further_names

SUPERSEDED = "superseded"
QUARANTINE = "quarantine"

# What file managers and browsers put behind the name of a copy
_COPY = re.compile(r"(\(\d+\)|[ _-](copy|kopie|copie|copia|cópia)( ?\(?\d+\)?)?)$", re.IGNORECASE)

SamePicture = Callable[[Studied, Studied], bool]
CompanionNames = Callable[[StudiedSet, str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Choices:
    """What the person chose."""

    layout: Layout
    inputs: tuple[str, ...] = ()
    copy: bool = False
    keep_all: bool = False
    duplicates: str = "leave"


def plan(
    sets: Sequence[StudiedSet], album: Album, choices: Choices, same_picture: SamePicture, companion_names: CompanionNames
) -> list[Decision]:
    """One decision for each file of each set. The order of `sets` does not matter.

    `same_picture` tells whether two pictures are one in different quality; `companion_names` gives the names of a set's
    companions from the new name of its main file.
    """
    planner = _Planner(album, choices, same_picture, companion_names)
    entries = [_Entry(files, choices.layout.folder_of(files.main)) for files in sets]
    entries.sort(key=lambda entry: _precedence(album, entry))
    for group, entry in enumerate(entries, 1):
        entry.group = group
        planner.take(entry)
    return [decision for entry in entries for decision in planner.decide(entry)]


def _precedence(album: Album, entry: _Entry) -> tuple[object, ...]:
    """Who comes first where several want the same: what lies in the album, there what lies right, then surer and older dates, originals."""
    main, companions = entry.files.main, entry.files.companions
    here = inside(album, main.file)
    misplaced = folded(here.rpartition("/")[0]) != folded(entry.folder)
    copied = bool(_COPY.search(split_name(main.file.name)[0]))
    return not here, misplaced, main.captured.is_guess, not companions, main.captured.local, -len(companions), copied, main.file.path


@dataclass(slots=True)
class _Entry:
    """A set on its way to a place: `names` are its files' new ones, the main file's first, in `folder`.

    `twin` is the file with the same bytes where another set of this run has it, `kept` its name where the album has it.
    """

    files: StudiedSet
    folder: str
    group: int = 0
    rule: Rule = Rule.NEW
    names: Sequence[str] = ()
    superseded: bool = False
    twin: tuple[_Entry, Studied] | None = None
    kept: str = ""
    competitor: Competitor | None = None
    displaces: tuple[tuple[Studied, str], ...] = ()

    @property
    def place(self) -> str:
        """Where the main file goes."""
        return f"{self.folder}/{self.names[0]}"

    def place_of(self, studied: Studied) -> str:
        """Where a file of the set goes."""
        position = 0 if self.files.main is studied else self.files.companions.index(studied) + 1
        return f"{self.folder}/{self.names[position]}"


class _Planner:
    def __init__(self, album: Album, choices: Choices, same_picture: SamePicture, companion_names: CompanionNames) -> None:
        self.album, self.choices, self.layout = album, choices, choices.layout
        self.same_picture, self.companion_names = same_picture, companion_names
        self.vacancy = Vacancy(album.names, album.sums)
        self.holders: dict[str, _Entry] = {}
        self.in_album = album.by_content()
        self.in_run: dict[str, tuple[_Entry, Studied]] = {}
        self.aside: dict[str, str] = {}
        self.late: dict[str, tuple[Studied, str]] = {}

    def take(self, entry: _Entry) -> None:
        """Find a place for the set, or the file that makes it superfluous."""
        main = entry.files.main
        if main.sha256 in self.in_album:
            entry.rule, entry.kept = Rule.SAME_IN_ALBUM, self.in_album[main.sha256]
        elif main.sha256 in self.in_run:
            entry.rule, entry.twin = Rule.SAME_IN_RUN, self.in_run[main.sha256]
        else:
            self._place(entry)
            for studied in (main, *entry.files.companions):
                if studied.file.kind.is_picture:
                    self.in_run.setdefault(studied.sha256, (entry, studied))

    def _place(self, entry: _Entry) -> None:
        main, here = entry.files.main, inside(self.album, entry.files.main.file)
        family, moment = folded(f"{entry.folder}/{self.layout.name_of(main, 1)}"), second(main)
        for number in self.vacancy.numbers(family, moment, from_start=bool(here)):
            names = self._names(entry, number)
            path = f"{entry.folder}/{names[0]}"
            rival = self._rival(path)
            if folded(here) == folded(path):
                entry.rule, entry.competitor = Rule.IN_PLACE, None
                entry.folder, _, name = here.rpartition("/")
                self._settle(entry, (name, *names[1:]))
            elif rival is not None and self._are_versions(main, rival[0]):
                self._contest(entry, names, path, *rival)
            elif self._is_free(entry, names):
                self._settle(entry, names)
            else:
                self._pass_by(entry, path, rival, family, number)
                continue
            self.vacancy.note(family, moment, number)
            return

    def _pass_by(self, entry: _Entry, path: str, rival: tuple[Studied, _Entry | None] | None, family: str, number: int) -> None:
        """Another picture has the name for good."""
        if entry.competitor is None:
            entry.rule, entry.competitor = Rule.NUMBERED, self._occupant(path, rival)
        if self.vacancy.is_taken(path):
            if rival is not None:
                self.vacancy.note(family, second(rival[0]), number)
            self.vacancy.skip(family, number)

    def _occupant(self, path: str, rival: tuple[Studied, _Entry | None] | None) -> Competitor:
        if rival is None:
            return Competitor(self.album.names.get(folded(path), path), 0, "")
        return _competitor(rival[0], self._path_at(path))

    def _names(self, entry: _Entry, number: int) -> tuple[str, ...]:
        """The names of the set's files when the picture gets this number, all of them short enough for any file system."""
        main, spare = entry.files.main, 0
        while True:
            name = self.layout.name_of(main, number, spare)
            names = (name, *self.companion_names(entry.files, name))
            excess = max(map(byte_length, names)) - LONGEST
            if excess <= 0 or name == main.file.name or spare > LONGEST:
                return names
            spare += excess

    def _rival(self, path: str) -> tuple[Studied, _Entry | None] | None:
        key = folded(path)
        if key in self.holders:
            return self.holders[key].files.main, self.holders[key]
        occupant = self.album.studied.get(self.album.names.get(key, ""))
        return (occupant, None) if occupant is not None else None

    def _path_at(self, path: str) -> str:
        key = folded(path)
        return self.holders[key].files.main.file.path if key in self.holders else self.album.names[key]

    def _are_versions(self, one: Studied, other: Studied) -> bool:
        return not self.choices.keep_all and second(one) == second(other) and self.same_picture(one, other)

    def _is_free(self, entry: _Entry, names: Sequence[str]) -> bool:
        own = {folded(inside(self.album, one.file)) for one in entry.files.companions}
        return not self.vacancy.is_taken(f"{entry.folder}/{names[0]}") and self.vacancy.are_free(entry.folder, names[1:], own)

    def _settle(self, entry: _Entry, names: Sequence[str]) -> None:
        """The set gets these names; a companion whose name is taken a numbered one."""
        entry.names = [names[0]]
        self.vacancy.take(entry.place, entry.files.main.sha256)
        for studied, name in zip(entry.files.companions, names[1:], strict=True):
            lies_there = folded(inside(self.album, studied.file)) == folded(f"{entry.folder}/{name}")
            free = (one for one in further_names(name, names[0]) if not self.vacancy.is_taken(f"{entry.folder}/{one}"))
            entry.names.append(name if lies_there else next(free))
            self.vacancy.take(f"{entry.folder}/{entry.names[-1]}", studied.sha256)
        self.holders[folded(entry.place)] = entry

    def _set_aside(self, entry: _Entry) -> None:
        """Give the set its place among the superseded versions."""
        here = folded(inside(self.album, entry.files.main.file))
        entry.superseded, entry.folder = True, f"{SUPERSEDED}/{entry.folder}"
        for number in itertools.count(1):
            names = self._names(entry, number)
            if here == folded(f"{entry.folder}/{names[0]}") or self.vacancy.are_free(entry.folder, names):
                break
        self._settle(entry, names)

    def _contest(self, entry: _Entry, names: Sequence[str], path: str, rival: Studied, holder: _Entry | None) -> None:
        """Two versions of one picture want one name: the better one gets it, the other one goes to a folder of its own."""
        competitor = _competitor(rival, self._path_at(path))
        if entry.files.main.quality <= rival.quality:
            entry.rule, entry.competitor = Rule.LESSER, competitor
            self._set_aside(entry)
            return
        entry.rule, entry.competitor = Rule.BETTER, competitor
        if holder is None:
            entry.displaces = tuple(self._displaced(self.album.names[folded(path)]))
        else:
            holder.rule, holder.competitor = Rule.LESSER, _competitor(entry.files.main, entry.files.main.file.path)
            for name in holder.names:
                self.vacancy.release(f"{holder.folder}/{name}")
            entry.displaces, holder.displaces = holder.displaces, ()
            self._set_aside(holder)
        self._settle(entry, names)

    def _displaced(self, name: str) -> Iterator[tuple[Studied, str]]:
        """A file of the album and its sidecars give way: each with its new place."""
        key = stem_key(name)
        for one in (name, *(other for other in self.album.studied if is_sidecar(other) and stem_key(other) == key)):
            folder, last = f"{SUPERSEDED}/{one}".rsplit("/", 1)
            self.aside[one] = f"{folder}/{self.vacancy.free_name(folder, last)}"
            self.vacancy.release(one)
            self.vacancy.take(self.aside[one], self.album.studied[one].sha256)
            yield self.album.studied[one], self.aside[one]

    def decide(self, entry: _Entry) -> Iterator[Decision]:
        """The decisions for the set's files, once every set has its place."""
        main, companions = entry.files.main, entry.files.companions
        if entry.twin or entry.kept:
            same = self._same_in_run(entry, main, *entry.twin) if entry.twin else self._same_in_album(entry, main, entry.kept)
            yield same
            folder, _, name = same.kept.rpartition("/")
            for studied, wish in zip(companions, self.companion_names(entry.files, name), strict=True):
                yield self._late_companion(entry, studied, folder, name, wish)
        else:
            yield self._arrival(entry, main, entry.rule, entry.place)
            for studied, name in zip(companions, entry.names[1:], strict=True):
                place = f"{entry.folder}/{name}"
                yield self._twin(entry, studied, place) or self._arrival(entry, studied, Rule.COMPANION, place)

    def _arrival(self, entry: _Entry, studied: Studied, rule: Rule, place: str) -> Decision:
        is_main = studied is entry.files.main
        action = Action.SUPERSEDED if entry.superseded else Action.COPIED if self.choices.copy else Action.MOVED
        if inside(self.album, studied.file) == place:
            action, rule = Action.IN_PLACE, Rule.LESSER if rule is Rule.LESSER else Rule.IN_PLACE
        return Decision(
            studied.file,
            action,
            rule,
            studied,
            place,
            entry.competitor if is_main else None,
            "" if is_main else entry.files.main.file.path,
            displaces=entry.displaces if is_main else (),
            copies=self.choices.copy,
            group=entry.group,
            error=studied.trouble,
        )

    def _late_companion(self, entry: _Entry, studied: Studied, folder: str, main_name: str, wish: str) -> Decision:
        """What becomes of a file that belongs to a picture which is there already: a new one goes to it."""
        if twin := self._twin(entry, studied, f"{folder}/{wish}"):
            return twin
        for name in further_names(wish, main_name):
            place = f"{folder}/{name}"
            if inside(self.album, studied.file) == place:
                break
            if self.vacancy.holds(place, studied.sha256):
                return self._same_in_album(entry, studied, place)
            if not self.vacancy.is_taken(place):
                self.vacancy.take(place, studied.sha256)
                break
        if studied.file.kind.is_picture:
            self.late.setdefault(studied.sha256, (studied, place))
        return self._arrival(entry, studied, Rule.COMPANION, place)

    def _twin(self, entry: _Entry, studied: Studied, place: str) -> Decision | None:
        """The decision for a companion whose bytes are elsewhere in album or run; sidecars of different pictures may well be alike."""
        if not studied.file.kind.is_picture or inside(self.album, studied.file) == place:
            return None
        if known := self.in_album.get(studied.sha256):
            return self._same_in_album(entry, studied, known)
        holder, twin = self.in_run.get(studied.sha256, (entry, studied))
        if twin is not studied:
            return self._same_in_run(entry, studied, holder, twin)
        late, there = self.late.get(studied.sha256, (studied, ""))
        return self._duplicate(entry, studied, Rule.SAME_IN_RUN, there, _competitor(late, late.file.path)) if there else None

    def _same_in_run(self, entry: _Entry, studied: Studied, holder: _Entry, twin: Studied) -> Decision:
        return self._duplicate(entry, studied, Rule.SAME_IN_RUN, holder.place_of(twin), _competitor(twin, twin.file.path))

    def _same_in_album(self, entry: _Entry, studied: Studied, name: str) -> Decision:
        place = self.aside.get(name, name)
        known = self.album.studied.get(name, studied)
        # What the bytes say is true of both; what a name or a file system says is not.
        date = known.captured if known is not studied or studied.captured.is_embedded else None
        held = Competitor(place, studied.file.size, studied.sha256, date)
        return self._duplicate(entry, studied, Rule.SAME_IN_ALBUM, place, held)

    def _duplicate(self, entry: _Entry, studied: Studied, rule: Rule, kept: str, competitor: Competitor) -> Decision:
        destination = ""
        if self.choices.duplicates == "quarantine":
            folder, _, name = self._quarantine_place(studied.file).rpartition("/")
            destination = f"{folder}/{self.vacancy.free_name(folder, name)}"
            self.vacancy.take(destination, studied.sha256)
        return Decision(
            studied.file,
            Action.DUPLICATE,
            rule,
            studied,
            destination,
            competitor,
            "" if studied is entry.files.main else entry.files.main.file.path,
            kept=kept,
            removes=self.choices.duplicates == "delete",
            group=entry.group,
            error=studied.trouble,
        )

    def _quarantine_place(self, file: MediaFile) -> str:
        """Below the quarantine folder a file keeps the way that it had in its source, the source's own name in front."""
        roots = [root for root in self.choices.inputs if file.path.startswith(os.path.join(root, ""))]
        root = max(roots, key=len, default="")
        below = os.path.relpath(file.path, root) if root else file.name
        return "/".join((QUARANTINE, os.path.basename(root) or "source", *below.split(os.sep)))


def _competitor(studied: Studied, path: str) -> Competitor:
    return Competitor(path, studied.file.size, studied.sha256, studied.captured)
