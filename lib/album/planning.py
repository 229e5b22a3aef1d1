"""Decide what becomes of each set of files: what goes where, and what is there already. Pure: looks at values only."""

from __future__ import annotations

import os.path
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from lib.album.album_state import AlbumState, inside
from lib.album.decision import Action, Competitor, Decision, PictureFacts, Rule, SetFacts
from lib.album.name_registry import further_names
from lib.album.placement import AlbumEntry, CompanionNames, CompareVersions, LookGroup, Placement, PlacementOptions, compared_with
from lib.files.names import fold, in_library, split_name
from lib.files.scanning import QUARANTINE
from lib.model import MediaFile

# What file managers and browsers put behind the name of a copy
_COPY = re.compile(r"(\(\d+\)|[ _-](copy|kopie|copie|copia|cópia)( ?\(?\d+\)?)?)$", re.IGNORECASE)


def plan(
    sets: Sequence[SetFacts],
    album: AlbumState,
    choices: PlacementOptions,
    compare_versions: CompareVersions,
    companion_names: CompanionNames,
    look_group: LookGroup = lambda picture: 0,
) -> list[Decision]:
    """One decision for each file of each set. The order of `sets` does not matter.

    `compare_versions` tells whether two pictures are one in different quality, and which is better; `companion_names` gives the names of a
    set's companions from the new name of its main file; `look_group` tells which pictures need not be compared.
    """
    places = Placement(album, choices, compare_versions, companion_names, look_group)
    entries = [AlbumEntry(files, choices.layout.folder_of(files.main)) for files in sets]
    entries.sort(key=lambda entry: _precedence(album, entry))
    for group, entry in enumerate(entries, 1):
        entry.group = group
        places.take(entry)
    places.forget({companion.sha256 for entry in entries for companion in entry.files.companions})
    entries.reverse()
    verdicts, decisions = _Verdicts(places, choices), list[Decision]()
    while entries:
        # A million entries and a million decisions need not be held at once.
        decisions += verdicts.decide(entries.pop())
    return decisions


def _precedence(album: AlbumState, entry: AlbumEntry) -> tuple[object, ...]:
    """Who comes first where several want the same: what lies in the album, there what lies right; then whole, surer, older, originals."""
    main, companions = entry.files.main, entry.files.companions
    here = inside(album, main.file)
    misplaced = fold(here.rpartition("/")[0]) != fold(entry.folder)
    copied = bool(_COPY.search(split_name(main.file.name)[0]))
    return (
        not here,
        misplaced,
        bool(main.damage),
        main.captured.is_guess,
        not companions,
        main.captured.local,
        -len(companions),
        copied,
        main.file.path,
    )


class _Verdicts:
    """The decisions for sets that all have their places."""

    def __init__(self, places: Placement, choices: PlacementOptions) -> None:
        self.places, self.album, self.choices = places, places.album, choices
        self.late: dict[str, tuple[PictureFacts, str]] = {}

    def decide(self, entry: AlbumEntry) -> Iterator[Decision]:
        """The decisions for the set's files, once every set has its place."""
        main, companions = entry.files.main, entry.files.companions
        if entry.twin or entry.kept:
            same = self._same_in_run(entry, main, entry.twin) if entry.twin else self._same_in_album(entry, main, entry.kept)
            yield same
            yield from self._late_companions(entry, same.kept)
        elif entry.repaired:
            yield self._arrival(entry, main, entry.rule, entry.place)
            yield from self._late_companions(entry, entry.place)
        else:
            yield self._arrival(entry, main, entry.rule, entry.place)
            for studied, name in zip(companions, entry.names[1:], strict=True):
                place = f"{entry.folder}/{name}"
                yield (
                    self._repair(entry, studied, place)
                    or self._twin(entry, studied, place)
                    or self._arrival(entry, studied, Rule.COMPANION, place)
                )

    def _arrival(self, entry: AlbumEntry, studied: PictureFacts, rule: Rule, place: str) -> Decision:
        is_main = studied is entry.files.main
        action = Action.SUPERSEDED if entry.superseded else Action.COPIED if self._copies(studied) else Action.MOVED
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
            copies=self._copies(studied),
            group=entry.number,
            error=studied.trouble,
        )

    def _copies(self, studied: PictureFacts) -> bool:
        """True where the source stays as it is."""
        return self.choices.copy or in_library(studied.file.folder)

    def _repair(self, entry: AlbumEntry, studied: PictureFacts, place: str) -> Decision | None:
        """The decision for a companion that has the right bytes of an album file gone bad."""
        name = self.places.repair(studied, place)
        if not name:
            return None
        rotten, aside = self.places.give_way(name)
        arrival = self._arrival(entry, studied, Rule.REPAIRED, name)
        return replace(arrival, competitor=compared_with(rotten, name), displaces=((rotten, aside),), group=entry.group)

    def _late_companions(self, entry: AlbumEntry, main_place: str) -> Iterator[Decision]:
        folder, _, name = main_place.rpartition("/")
        for studied, wish in zip(entry.files.companions, self.places.companion_names(entry.files, name), strict=True):
            yield self._late_companion(entry, studied, folder, name, wish)

    def _late_companion(self, entry: AlbumEntry, studied: PictureFacts, folder: str, main_name: str, wish: str) -> Decision:
        """What becomes of a file that belongs to a picture which is there already: a new one goes to it."""
        if settled := self._repair(entry, studied, f"{folder}/{wish}") or self._twin(entry, studied, f"{folder}/{wish}"):
            return settled
        for name in further_names(wish, main_name):
            place = f"{folder}/{name}"
            if inside(self.album, studied.file) == place:
                break
            if studied.sha256 in (self.places.sidecars.get(fold(place)), self.album.sums.get(self.album.names.get(fold(place), ""))):
                return self._same_in_album(entry, studied, place)
            if not self.places.vacancy.is_taken(place):
                self.places.take_name(place, studied)
                break
        if studied.file.kind.is_picture:
            self.late.setdefault(studied.sha256, (studied, place))
        return self._arrival(entry, studied, Rule.COMPANION, place)

    def _twin(self, entry: AlbumEntry, studied: PictureFacts, place: str) -> Decision | None:
        """The decision for a companion whose bytes are elsewhere in album or run; sidecars of different pictures may well be alike."""
        if not studied.file.kind.is_picture or inside(self.album, studied.file) == place:
            return None
        if known := self.places.in_album.get(studied.sha256):
            return self._same_in_album(entry, studied, known)
        holder = self.places.in_run.get(studied.sha256)
        if holder and holder.find(studied.sha256) is not studied:
            return self._same_in_run(entry, studied, holder)
        late, there = self.late.get(studied.sha256, (studied, ""))
        return self._duplicate(entry, studied, Rule.SAME_IN_RUN, there, compared_with(late, late.file.path)) if there else None

    def _same_in_run(self, entry: AlbumEntry, studied: PictureFacts, holder: AlbumEntry) -> Decision:
        twin = holder.find(studied.sha256)
        return self._duplicate(entry, studied, Rule.SAME_IN_RUN, holder.place_of(twin), compared_with(twin, twin.file.path))

    def _same_in_album(self, entry: AlbumEntry, studied: PictureFacts, name: str) -> Decision:
        place = self.places.aside.get(name, name)
        known = self.album.studied.get(name, studied)
        # What the bytes say is true of both; what a name or a file system says is not.
        date = known.captured if known is not studied or studied.captured.is_embedded else None
        held = Competitor(place, studied.file.size, studied.sha256, date)
        return replace(self._duplicate(entry, studied, Rule.SAME_IN_ALBUM, place, held), unread=self.album.unread.get(name, ""))

    def _duplicate(self, entry: AlbumEntry, studied: PictureFacts, rule: Rule, kept: str, competitor: Competitor) -> Decision:
        destination = ""
        handling = "leave" if in_library(studied.file.folder) else self.choices.duplicates
        if handling == "quarantine":
            folder, _, name = self._quarantine_place(studied.file).rpartition("/")
            destination = f"{folder}/{self.places.vacancy.free_name(folder, name)}"
            self.places.vacancy.take(destination)
        return Decision(
            studied.file,
            Action.DUPLICATE,
            rule,
            studied,
            destination,
            competitor,
            "" if studied is entry.files.main else entry.files.main.file.path,
            kept=kept,
            removes=handling == "delete",
            group=entry.number,
            error=studied.trouble,
        )

    def _quarantine_place(self, file: MediaFile) -> str:
        """Below the quarantine folder a file keeps the way that it had in its source, the source's own name in front."""
        roots = [root for root in self.choices.inputs if file.path.startswith(os.path.join(root, ""))]
        root = max(roots, key=len, default="")
        below = os.path.relpath(file.path, root) if root else file.name
        return "/".join((QUARANTINE, os.path.basename(root) or "source", *below.split(os.sep)))
