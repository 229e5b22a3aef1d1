"""Decide what becomes of each set of files: its place in the album, and what it meets there. Pure: looks at values only."""

from __future__ import annotations

import itertools
import os.path
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from lib.decision import Action, Competitor, Decision, Rule, Studied, StudiedSet
from lib.encounters import Album, inside, is_sidecar, second, stem_key
from lib.model import MediaFile
from lib.naming import Layout, folded, shorten, split_name

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
    for group, files in enumerate(sorted(sets, key=lambda files: _precedence(album, files)), 1):
        planner.take(_Entry(files, group, choices.layout.folder_of(files.main)))
    return [decision for entry in planner.entries for decision in planner.decide(entry)]


def _precedence(album: Album, files: StudiedSet) -> tuple[object, ...]:
    """Who comes first where several want the same: what lies in the album, then surer and older dates, then originals."""
    main = files.main
    elsewhere = not inside(album, main.file)
    copied = bool(_COPY.search(split_name(main.file.name)[0]))
    return elsewhere, main.captured.is_guess, main.captured.local, -len(files.companions), copied, main.file.path


@dataclass(slots=True)
class _Entry:
    """A set on its way to a place: `names` are its files' new ones, the main file's first, in `folder`."""

    files: StudiedSet
    group: int
    folder: str
    rule: Rule = Rule.NEW
    names: Sequence[str] = ()
    in_place: bool = False
    superseded: bool = False
    twin: _Entry | None = None
    kept: str = ""
    competitor: Competitor | None = None
    displaces: list[tuple[Studied, str]] = field(default_factory=list)

    @property
    def place(self) -> str:
        """Where the picture lies in the end: its own place, or that of the file with the same bytes."""
        return self.twin.place if self.twin else self.kept or f"{self.folder}/{self.names[0]}"


class _Planner:
    def __init__(self, album: Album, choices: Choices, same_picture: SamePicture, companion_names: CompanionNames) -> None:
        self.album, self.choices = album, choices
        self.same_picture, self.companion_names = same_picture, companion_names
        self.entries: list[_Entry] = []
        self.taken = set(album.names)
        self.holders: dict[str, _Entry] = {}
        self.in_album = {sha256: name for name, sha256 in sorted(album.sums.items(), reverse=True)}
        self.in_run: dict[str, tuple[_Entry, Studied]] = {}
        self.sums = {key: album.sums[name] for key, name in album.names.items() if name in album.sums}

    def take(self, entry: _Entry) -> None:
        """Find a place for the set, or the file that makes it superfluous."""
        self.entries.append(entry)
        main = entry.files.main
        if main.sha256 in self.in_album:
            entry.rule, entry.kept = Rule.SAME_IN_ALBUM, self.in_album[main.sha256]
        elif main.sha256 in self.in_run:
            entry.rule, entry.twin = Rule.SAME_IN_RUN, self.in_run[main.sha256][0]
        else:
            self._place(entry)
            for studied in (main, *entry.files.companions):
                if studied.file.kind.is_picture:
                    self.in_run.setdefault(studied.sha256, (entry, studied))

    def _place(self, entry: _Entry) -> None:
        main, layout, here = entry.files.main, self.choices.layout, inside(self.album, entry.files.main.file)
        for number in itertools.count(1):
            name = layout.name_of(main, number)
            key = folded(f"{entry.folder}/{name}")
            names = (name, *self.companion_names(entry.files, name))
            rival = self._rival(key)
            if here and folded(here) == key:
                entry.in_place, entry.rule, entry.competitor = True, Rule.IN_PLACE, None
                self._settle(entry, (here.rpartition("/")[2], *names[1:]))
            elif rival is not None and self._are_versions(main, rival[0]):
                self._contest(entry, names, *rival)
            elif key not in self.taken and self._all_free(entry, names):
                self._settle(entry, names)
            else:
                if rival is not None and entry.competitor is None:
                    entry.rule, entry.competitor = Rule.NUMBERED, _competitor(rival[0], self._path_at(key))
                continue
            return

    def _rival(self, key: str) -> tuple[Studied, _Entry | None] | None:
        if key in self.holders:
            return self.holders[key].files.main, self.holders[key]
        occupant = self.album.studied.get(self.album.names.get(key, ""))
        return (occupant, None) if occupant is not None else None

    def _path_at(self, key: str) -> str:
        return self.holders[key].files.main.file.path if key in self.holders else self.album.names[key]

    def _are_versions(self, one: Studied, other: Studied) -> bool:
        return not self.choices.keep_all and second(one) == second(other) and self.same_picture(one, other)

    def _all_free(self, entry: _Entry, names: Sequence[str]) -> bool:
        own = {folded(inside(self.album, one.file)) for one in entry.files.companions}
        keys = {folded(f"{entry.folder}/{name}") for name in names[1:]}
        return not (keys - own) & self.taken

    def _settle(self, entry: _Entry, names: Sequence[str]) -> None:
        keys = [folded(f"{entry.folder}/{names[0]}")]
        entry.names = [names[0]]
        self.taken.add(keys[0])
        for studied, name in zip(entry.files.companions, names[1:], strict=True):
            lies_there = folded(inside(self.album, studied.file)) == folded(f"{entry.folder}/{name}")
            entry.names.append(name if lies_there else self._free_name(entry.folder, name))
            keys.append(folded(f"{entry.folder}/{entry.names[-1]}"))
            self.taken.add(keys[-1])
        self.holders[keys[0]] = entry
        self.sums.update(zip(keys, (one.sha256 for one in (entry.files.main, *entry.files.companions)), strict=True))

    def _free_name(self, folder: str, name: str) -> str:
        stem, ending = split_name(name)
        names = (shorten(stem, f"_{number}{ending}" if number > 1 else ending) for number in itertools.count(1))
        return next(free for free in names if folded(f"{folder}/{free}") not in self.taken)

    def _set_aside(self, entry: _Entry) -> None:
        """Give the set its place among the superseded versions."""
        entry.superseded, entry.folder = True, f"{SUPERSEDED}/{entry.folder}"
        for number in itertools.count(1):
            name = self.choices.layout.name_of(entry.files.main, number)
            names = (name, *self.companion_names(entry.files, name))
            if not {folded(f"{entry.folder}/{one}") for one in names} & self.taken:
                break
        self._settle(entry, names)

    def _with_sidecars(self, name: str) -> list[str]:
        key = stem_key(name)
        return [name, *(other for other in self.album.studied if is_sidecar(other) and stem_key(other) == key)]

    def _contest(self, entry: _Entry, names: Sequence[str], rival: Studied, holder: _Entry | None) -> None:
        """Two versions of one picture want one name: the better one gets it, the other one goes to a folder of its own."""
        key = folded(f"{entry.folder}/{names[0]}")
        competitor = _competitor(rival, self._path_at(key))
        if entry.files.main.quality <= rival.quality or (holder and holder.in_place):
            entry.rule, entry.competitor = Rule.LESSER, competitor
            self._set_aside(entry)
            return
        entry.rule, entry.competitor = Rule.BETTER, competitor
        if holder is None:
            for name in self._with_sidecars(self.album.names[key]):
                aside, last = f"{SUPERSEDED}/{name}".rsplit("/", 1)
                entry.displaces.append((self.album.studied[name], f"{aside}/{self._free_name(aside, last)}"))
                self.taken.add(folded(entry.displaces[-1][1]))
                self.taken.discard(folded(name))
        else:
            holder.rule = Rule.LESSER
            holder.competitor = _competitor(entry.files.main, entry.files.main.file.path)
            self.taken.difference_update(folded(f"{holder.folder}/{name}") for name in holder.names)
            entry.displaces, holder.displaces = holder.displaces, []
            self._set_aside(holder)
        self._settle(entry, names)

    def decide(self, entry: _Entry) -> Iterator[Decision]:
        """The decisions for the set's files, once every set has its place."""
        main = entry.files.main
        if entry.twin or entry.kept:
            yield self._duplicate(entry, main, entry.rule, entry.place, self._held_against(entry), "")
            folder, _, name = entry.place.rpartition("/")
            names = ["", *self.companion_names(entry.files, name)]
        else:
            action = Action.SUPERSEDED if entry.superseded else self._arrival
            if entry.in_place:
                action = Action.IN_PLACE
            yield Decision(
                main.file,
                action,
                entry.rule,
                main,
                entry.place,
                entry.competitor,
                displaces=tuple(entry.displaces),
                copies=self.choices.copy,
                group=entry.group,
                error=main.trouble,
            )
            folder, names = entry.folder, list(entry.names)
        for studied, name in zip(entry.files.companions, names[1:], strict=True):
            yield self._companion(entry, studied, folder, name)

    @property
    def _arrival(self) -> Action:
        return Action.COPIED if self.choices.copy else Action.MOVED

    def _held_against(self, entry: _Entry) -> Competitor | None:
        if entry.twin:
            return _competitor(entry.twin.files.main, entry.twin.files.main.file.path)
        known = self.album.studied.get(entry.kept)
        main = entry.files.main
        return Competitor(entry.kept, main.file.size, main.sha256, known.captured if known else None)

    def _companion(self, entry: _Entry, studied: Studied, folder: str, name: str) -> Decision:
        owner = entry.files.main.file.path
        key = folded(f"{folder}/{name}")
        if inside(self.album, studied.file) == f"{folder}/{name}":
            return Decision(studied.file, Action.IN_PLACE, Rule.IN_PLACE, studied, f"{folder}/{name}", belongs_to=owner)
        if studied.file.kind.is_picture:
            first, known = self.in_run.get(studied.sha256, (entry, studied)), self.in_album.get(studied.sha256)
            if known:
                competitor = Competitor(known, studied.file.size, studied.sha256)
                return self._duplicate(entry, studied, Rule.SAME_IN_ALBUM, known, competitor, owner)
            if first[1] is not studied:
                place = f"{first[0].folder}/{self._name_within(*first)}"
                competitor = _competitor(first[1], first[1].file.path)
                return self._duplicate(entry, studied, Rule.SAME_IN_RUN, place, competitor, owner)
        if entry.twin or entry.kept:
            if self.sums.get(key) == studied.sha256:
                competitor = Competitor(f"{folder}/{name}", studied.file.size, studied.sha256)
                return self._duplicate(entry, studied, Rule.SAME_IN_ALBUM, f"{folder}/{name}", competitor, owner)
            name = self._free_name(folder, name)
            self.taken.add(folded(f"{folder}/{name}"))
            self.sums[folded(f"{folder}/{name}")] = studied.sha256
        action = Action.SUPERSEDED if entry.superseded else self._arrival
        destination = f"{folder}/{name}"
        return Decision(
            studied.file,
            action,
            Rule.COMPANION,
            studied,
            destination,
            belongs_to=owner,
            copies=self.choices.copy,
            group=entry.group,
            error=studied.trouble,
        )

    def _name_within(self, entry: _Entry, studied: Studied) -> str:
        position = 0 if entry.files.main is studied else entry.files.companions.index(studied) + 1
        return entry.names[position]

    def _duplicate(self, entry: _Entry, studied: Studied, rule: Rule, kept: str, competitor: Competitor | None, owner: str) -> Decision:
        destination = ""
        if self.choices.duplicates == "quarantine":
            folder, _, name = self._quarantine_place(studied.file).rpartition("/")
            destination = f"{folder}/{self._free_name(folder, name)}"
            self.taken.add(folded(destination))
        return Decision(
            studied.file,
            Action.DUPLICATE,
            rule,
            studied,
            destination,
            competitor,
            owner,
            kept=kept,
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
