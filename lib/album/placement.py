"""Find each set of files its place in the album, and let the better of two versions have the name. Pure: looks at values only."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from lib.album.album_state import AlbumState, inside, is_sidecar, second, stem_key
from lib.album.decision import Competitor, PictureFacts, Rule, SetFacts, VersionVerdict
from lib.album.name_registry import NameRegistry, further_names
from lib.album.naming import Layout
from lib.files.names import LONGEST, byte_length, fold
from lib.files.scanning import SUPERSEDED

CompareVersions = Callable[[PictureFacts, PictureFacts], VersionVerdict]
"""Tells whether two pictures are one in different quality, and which is the better one."""
LookGroup = Callable[[PictureFacts], int | None]
"""What a picture has in common with all those that may be versions of it; None where there can be none."""
CompanionNames = Callable[[SetFacts, str], Sequence[str]]
"""The names of a set's companions, from the new name of its main file."""


_UNLIKE = VersionVerdict(are_versions=False)


@dataclass(frozen=True, slots=True)
class PlacementOptions:
    """What the person chose."""

    layout: Layout
    inputs: tuple[str, ...] = ()
    copy: bool = False
    keep_all: bool = False
    duplicates: str = "leave"


@dataclass(slots=True)
class AlbumEntry:
    """A set on its way to a place: `names` are its files' new ones, the main file's first, in `folder`.

    `repaired` is the album's name of a file gone bad whose place the main file takes. `twin` is the set of this run that has a file
    with the bytes of the main one, `kept` that file's name where the album has it.
    """

    files: SetFacts
    folder: str
    group: int = 0
    rule: Rule = Rule.NEW
    names: Sequence[str] = ()
    superseded: bool = False
    twin: AlbumEntry | None = None
    kept: str = ""
    competitor: Competitor | None = None
    repaired: str = ""
    displaces: tuple[tuple[PictureFacts, str], ...] = ()

    @property
    def number(self) -> int:
        """What the files that come and go together have in common; 0 for a file on its own."""
        return self.group if self.files.companions or self.displaces else 0

    @property
    def place(self) -> str:
        """Where the main file goes."""
        return f"{self.folder}/{self.names[0]}"

    def find(self, sha256: str) -> PictureFacts:
        """The first file of the set with these bytes."""
        return next(one for one in (self.files.main, *self.files.companions) if one.sha256 == sha256)

    def place_of(self, studied: PictureFacts) -> str:
        """Where a file of the set goes."""
        position = 0 if self.files.main is studied else self.files.companions.index(studied) + 1
        return f"{self.folder}/{self.names[position]}"


class Placement:
    """The album's names while sets are given theirs, one after another."""

    def __init__(
        self,
        album: AlbumState,
        choices: PlacementOptions,
        compare_versions: CompareVersions,
        companion_names: CompanionNames,
        look_group: LookGroup = lambda picture: 0,
    ) -> None:
        self.album, self.choices, self.layout = album, choices, choices.layout
        self.compare_versions, self.companion_names, self.look_group = compare_versions, companion_names, look_group
        self.vacancy: NameRegistry[AlbumEntry] = NameRegistry(album.names)
        self.in_album = album.by_content()
        self.numbered: dict[str, dict[str, int]] = {}  # for each family the folded names that are taken, with their numbers
        self.in_run: dict[str, AlbumEntry] = {}
        self.aside: dict[str, str] = {}
        self.repairs = {sha256: list(names) for sha256, names in album.repairs.items()}
        self.sidecars: dict[str, str] = {}  # the SHA-256 of companions, by the folded names that they get

    def take(self, entry: AlbumEntry) -> None:
        """Find a place for the set, or the file that makes it superfluous."""
        main = entry.files.main
        if name := self.repair(main):
            self._repair(entry, name)
        elif main.sha256 in self.in_album:
            entry.rule, entry.kept = Rule.SAME_IN_ALBUM, self.in_album[main.sha256]
        elif main.sha256 in self.in_run:
            entry.rule, entry.twin = Rule.SAME_IN_RUN, self.in_run[main.sha256]
        else:
            self._place(entry)
            for studied in (main, *entry.files.companions):
                if studied is main or studied.file.kind.is_picture:
                    self.in_run.setdefault(studied.sha256, entry)

    def repair(self, studied: PictureFacts, place: str = "") -> str:
        """The name of an album file gone bad that should have these bytes, the place of which the file takes; empty where there is none.

        Sidecars of different pictures may be alike: one of these repairs nothing but what lies at its own `place`.
        """
        names = self.repairs.get(studied.sha256, [])
        if is_sidecar(studied.file.name):
            names = [name for name in names if fold(name) == fold(place)]
        if not names:
            return ""
        chosen = names[0]
        self.repairs[studied.sha256].remove(chosen)
        return chosen

    def give_way(self, name: str) -> tuple[PictureFacts, str]:
        """The album's file of this name, without its sidecars, and its new place among the superseded ones; its name goes to another."""
        folder, _, last = f"{SUPERSEDED}/{name}".rpartition("/")
        self.aside[name] = f"{folder}/{self.vacancy.free_name(folder, last)}"
        self.vacancy.take(self.aside[name])
        return self.album.studied[name], self.aside[name]

    def _repair(self, entry: AlbumEntry, name: str) -> None:
        rotten, aside = self.give_way(name)
        entry.rule, entry.repaired, entry.competitor = Rule.REPAIRED, name, compared_with(rotten, name)
        entry.displaces = ((rotten, aside),)
        entry.folder, _, last = name.rpartition("/")
        entry.names = (last,)
        self.vacancy.take(name, entry)
        self.in_run.setdefault(entry.files.main.sha256, entry)

    def take_name(self, path: str, companion: PictureFacts) -> None:
        """A companion gets this name."""
        self.vacancy.take(path)
        self.sidecars[fold(path)] = companion.sha256

    def forget(self, asked_for: Collection[str]) -> None:
        """Every set has its place: who has which name does not matter any more, nor who has which bytes but those `asked_for`."""
        self.vacancy.forget_holders()
        self.in_run = {sha256: entry for sha256, entry in self.in_run.items() if sha256 in asked_for}

    def _place(self, entry: AlbumEntry) -> None:
        main, here = entry.files.main, inside(self.album, entry.files.main.file)
        family = fold(f"{entry.folder}/{self.layout.name_of(main, 1)}")
        for number in self.vacancy.numbers(family, self._kin(main), self._own_number(entry, family, here)):
            names = self._names(entry, number)
            path = f"{entry.folder}/{names[0]}"
            rival = self._rival(path)
            verdict = _UNLIKE
            if fold(here) == fold(path):
                entry.rule, entry.competitor = Rule.IN_PLACE, None
                entry.folder, _, name = here.rpartition("/")
                self._settle(entry, (name, *names[1:]))
            elif rival is not None and (verdict := self._compared(main, rival[0])).are_versions:
                self._contest(entry, names, path, *rival, verdict)
            elif self._is_free(entry, names):
                self._settle(entry, names)
            else:
                if entry.competitor is None or (verdict.why and not entry.competitor.why):
                    entry.rule, entry.competitor = Rule.NUMBERED, replace(self._occupant(path, rival), why=verdict.why)
                if self.vacancy.is_taken(path):
                    self.vacancy.pass_by(family, number, self._kin(rival[0]) if rival else None)
                continue
            return

    def _kin(self, picture: PictureFacts) -> tuple[datetime, int] | None:
        """What pictures have in common that may be versions of each other; None where there are none of this one."""
        group = None if self.choices.keep_all else self.look_group(picture)
        return None if group is None else (second(picture), group)

    def _own_number(self, entry: AlbumEntry, family: str, here: str) -> int | None:
        """Which of the numbered names of its family a file in the album has; None where it has none, or lies elsewhere."""
        if not here or fold(here.rpartition("/")[0]) != fold(entry.folder):
            return None
        known, wanted = self.numbered.setdefault(family, {}), fold(here)
        while wanted not in known:
            path = fold(f"{entry.folder}/{self._names(entry, len(known) + 1)[0]}")
            if path in known or not self.vacancy.is_taken(path):
                return None
            known[path] = len(known) + 1
        return known[wanted]

    def _occupant(self, path: str, rival: tuple[PictureFacts, AlbumEntry | None] | None) -> Competitor:
        if rival is None:
            return Competitor(self.album.names.get(fold(path), path), 0, "")
        return compared_with(rival[0], self._path_at(path))

    def _names(self, entry: AlbumEntry, number: int) -> tuple[str, ...]:
        """The names of the set's files when the picture gets this number, all of them short enough for any file system."""
        main, spare = entry.files.main, 0
        while True:
            name = self.layout.name_of(main, number, spare)
            names = (name, *self.companion_names(entry.files, name))
            excess = max(map(byte_length, names)) - LONGEST
            if excess <= 0 or name == main.file.name or spare > LONGEST:
                return names
            spare += excess

    def _rival(self, path: str) -> tuple[PictureFacts, AlbumEntry | None] | None:
        if holder := self.vacancy.holder(path):
            return holder.files.main, holder
        occupant = self.album.studied.get(self.album.names.get(fold(path), ""))
        return (occupant, None) if occupant is not None else None

    def _path_at(self, path: str) -> str:
        holder = self.vacancy.holder(path)
        return holder.files.main.file.path if holder else self.album.names[fold(path)]

    def _compared(self, one: PictureFacts, other: PictureFacts) -> VersionVerdict:
        if self.choices.keep_all or second(one) != second(other):
            return _UNLIKE
        if self.album.changed and inside(self.album, other.file) in self.album.changed:
            return _UNLIKE
        return self.compare_versions(one, other)

    def _is_free(self, entry: AlbumEntry, names: Sequence[str]) -> bool:
        own = {fold(inside(self.album, one.file)) for one in entry.files.companions}
        return not self.vacancy.is_taken(f"{entry.folder}/{names[0]}") and self.vacancy.are_free(entry.folder, names[1:], own)

    def _settle(self, entry: AlbumEntry, names: Sequence[str]) -> None:
        """The set gets these names; a companion whose name is taken a numbered one."""
        entry.names = names[:1]
        self.vacancy.take(entry.place, entry)
        for studied, name in zip(entry.files.companions, names[1:], strict=True):
            lies_there = fold(inside(self.album, studied.file)) == fold(f"{entry.folder}/{name}")
            free = (one for one in further_names(name, names[0]) if not self.vacancy.is_taken(f"{entry.folder}/{one}"))
            entry.names = (*entry.names, name if lies_there else next(free))
            self.take_name(f"{entry.folder}/{entry.names[-1]}", studied)

    def _set_aside(self, entry: AlbumEntry) -> None:
        """Give the set its place among the superseded versions."""
        here = fold(inside(self.album, entry.files.main.file))
        entry.superseded, entry.folder = True, f"{SUPERSEDED}/{entry.folder}"
        family = fold(f"{entry.folder}/{self.layout.name_of(entry.files.main, 1)}")
        for number in self.vacancy.numbers(family, None, self._own_number(entry, family, here)):
            names = self._names(entry, number)
            if here == fold(f"{entry.folder}/{names[0]}") or self.vacancy.are_free(entry.folder, names):
                break
            if self.vacancy.is_taken(f"{entry.folder}/{names[0]}"):
                self.vacancy.pass_by(family, number, None)
        self._settle(entry, names)

    def _contest(
        self, entry: AlbumEntry, names: Sequence[str], path: str, rival: PictureFacts, holder: AlbumEntry | None, verdict: VersionVerdict
    ) -> None:
        """Two versions of one picture want one name: the better one gets it, the other one goes to a folder of its own."""
        competitor = replace(compared_with(rival, self._path_at(path)), why=verdict.why)
        if not verdict.is_better:
            entry.rule, entry.competitor = Rule.LESSER, competitor
            self._set_aside(entry)
            return
        entry.rule, entry.competitor = Rule.BETTER, competitor
        if holder is None:
            entry.displaces = tuple(self._displaced(self.album.names[fold(path)]))
        else:
            main = entry.files.main
            holder.rule, holder.competitor = Rule.LESSER, replace(compared_with(main, main.file.path), why=verdict.why)
            for name in holder.names:
                self.vacancy.release(f"{holder.folder}/{name}")
            entry.displaces, holder.displaces = holder.displaces, ()
            self._set_aside(holder)
        self._settle(entry, names)

    def _displaced(self, name: str) -> Iterator[tuple[PictureFacts, str]]:
        """A file of the album and its sidecars give way: each with its new place."""
        key = stem_key(name)
        for one in (name, *(other for other in self.album.studied if is_sidecar(other) and stem_key(other) == key)):
            folder, last = f"{SUPERSEDED}/{one}".rsplit("/", 1)
            self.aside[one] = f"{folder}/{self.vacancy.free_name(folder, last)}"
            self.vacancy.release(one)
            self.vacancy.take(self.aside[one])
            yield self.album.studied[one], self.aside[one]


def compared_with(studied: PictureFacts, path: str) -> Competitor:
    """A file as what another one is held against; `path` is where a person finds it."""
    return Competitor(path, studied.file.size, studied.sha256, studied.captured)
