"""Learn what an import has to know of its files: checksums, tags, capture dates, and what belongs together."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo

from lib.album.decision import Action, Decision, PictureFacts, Rule, SetFacts
from lib.analysis.features import INTEGRITY, METADATA, SHA256, SIDECAR, XXH3, analyse
from lib.analysis.index import Index
from lib.dates import capture_date
from lib.files.names import fold, split_name
from lib.filesets.companions import group_files
from lib.filesets.name_patterns import is_motion_clip
from lib.model import RAW_ENDINGS, CaptureDate, Companion, Failure, FileKind, FileSet, Integrity, MediaFile, Metadata, Role

_MP4_LIKE = frozenset({"mp4", "mov", "m4v", "3gp", "3g2", "insv", "mp", "mv"})
_TIFF_LIKE = frozenset({"tif", "tiff", *RAW_ENDINGS})
_ENDINGS = {
    "jpeg": {"jpg", "jpeg", "jpe", "mpo", "insp", "thm"},
    "heif": {"heic", "heif", "hif"},
    "avif": {"avif", "heif"},
    "mts": {"mts", "m2ts", "tod", "mod", "mpg", "mpeg"},
    "mpeg": {"mpg", "mpeg", "mod", "vob"},
    "m2v": {"m2v", "mpg", "mpeg"},
    "mkv": {"mkv", "webm"},
    "wmv": {"wmv", "asf"},
    **dict.fromkeys(("mp4", "mov", "m4v", "3gp"), _MP4_LIKE),
    **dict.fromkeys(("tiff", "dng", "cr2", "orf", "rw2"), _TIFF_LIKE),
}


@dataclass(slots=True)
class CollectedFacts:
    """Sets to be decided on, the groups of those that are more than one file (by main file's path), and what needs no more deciding."""

    sets: list[SetFacts] = field(default_factory=list)
    groups: dict[str, FileSet] = field(default_factory=dict)
    settled: list[Decision] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Clock:
    """What dates are judged by: the zone of files that tell none, and the time now (with its zone)."""

    zone: tzinfo
    now: datetime

    def decide(
        self,
        file: MediaFile,
        tags: Metadata | None,
        sidecars: Sequence[Metadata] = (),
        partner_offset: timedelta | None = None,
    ) -> CaptureDate:
        """The capture date of a file."""
        return capture_date.decide(
            tags, file.name, file.mtime_ns, sidecars=sidecars, partner_offset=partner_offset, zone=self.zone, now=self.now
        )


Answers = tuple[str | Failure, str | Failure, Metadata | Failure, Integrity | Failure]
_UNCHECKED = Integrity()
Advance = Callable[[int, int], None]


@dataclass(slots=True)
class _FolderFacts:
    """What is known of a folder's files, by path, until the last answer is there and it is found out what belongs together."""

    clock: Clock
    awaited: int = 0
    files: list[MediaFile] = field(default_factory=list)
    studied: dict[str, PictureFacts] = field(default_factory=dict)
    tags: dict[str, Metadata] = field(default_factory=dict)
    dates: dict[str, CaptureDate] = field(default_factory=dict)
    sidecars: dict[str, Metadata] = field(default_factory=dict)

    def put(self, file: MediaFile, sha256: str, checksum: str, tags: Metadata | None, integrity: Integrity) -> None:
        """A file's facts; for a sidecar, `tags` is what it says of its picture."""
        path = file.path
        self.files.append(file)
        if file.kind.needs_picture:
            self.studied[path] = PictureFacts(file, sha256, checksum, self.clock.decide(file, None))
            if tags:
                self.sidecars[path] = tags
        else:
            self.dates[path] = self.clock.decide(file, tags)
            self.studied[path] = _studied(file, sha256, checksum, self.dates[path], tags, integrity)
            if tags:
                self.tags[path] = tags

    def studied_set(self, group: FileSet) -> SetFacts:
        """The set with what is known of its files."""
        main = self.studied[group.main.path]
        if not group.companions:
            return SetFacts(main)
        captured = self._date_of_set(group)
        return SetFacts(replace(main, captured=captured), tuple(self._companion(each, captured) for each in group.companions))

    def _companion(self, companion: Companion, captured: CaptureDate) -> PictureFacts:
        studied = self.studied[companion.file.path]
        remark = ", ".join(filter(None, (companion.role.value, studied.remark)))
        return replace(studied, captured=captured, remark=remark)

    def _date_of_set(self, group: FileSet) -> CaptureDate:
        """All files of a set have the date of its main file; a main file that can only guess takes the date of a companion."""
        main = group.main
        told = [self.sidecars[c.file.path] for c in group.companions if c.file.path in self.sidecars and c.beside is main]
        videos = (self.dates[c.file.path] for c in group.companions if c.role is Role.LIVE_VIDEO)
        offsets = (date.offset for date in videos if not date.zone_assumed)
        captured = self.clock.decide(main, self.tags.get(main.path), told, next(offsets, None))
        if captured.is_guess:
            others = (self.dates[c.file.path] for c in group.companions if c.file.path in self.dates)
            captured = next((date for date in others if not date.is_guess), captured)
        return captured


def collect_facts(
    files: Iterable[MediaFile],
    index: Index,
    clock: Clock,
    *,
    workers: int,
    advance: Advance | None = None,
    check_damage: bool = True,
) -> CollectedFacts:
    """Study the files that may go into an album; what cannot or need not go in is settled at once, with its reason.

    `check_damage`: also decode them, to tell whether they are whole.
    """
    result = CollectedFacts()
    pictures, sidecars = _sorted_out(files, result)
    folders: dict[str, _FolderFacts] = {}
    for file in (*sidecars, *pictures):
        folders.setdefault(file.folder, _FolderFacts(clock)).awaited += 1
    told = analyse(sidecars, (SHA256, XXH3, SIDECAR), index, workers=workers, advance=advance)
    shown = _analysed(pictures, index, workers, advance, check_damage)
    for file, answers in itertools.chain(((file, (*answers, _UNCHECKED)) for file, answers in told), shown):
        folder = folders[file.folder]
        _take_in(file, answers, folder, result)
        folder.awaited -= 1
        if not folder.awaited:
            # What is known of it beyond this is let go of: a million files' tags would not fit into memory.
            _gather(folders.pop(file.folder), result)
    return result


def _analysed(
    pictures: Sequence[MediaFile], index: Index, workers: int, advance: Advance | None, check_damage: bool
) -> Iterator[tuple[MediaFile, Answers]]:
    if check_damage:
        yield from analyse(pictures, (SHA256, XXH3, METADATA, INTEGRITY), index, workers=workers, advance=advance)
    else:
        for file, answers in analyse(pictures, (SHA256, XXH3, METADATA), index, workers=workers, advance=advance):
            yield file, (*answers, _UNCHECKED)


def files_to_read(files: Sequence[MediaFile]) -> list[MediaFile]:
    """Return what `collect_facts` reads of the files: pictures and sidecars with something in them, and audio notes to pictures."""
    notes = _audio_notes(files)
    return [file for file in files if _wants_reading(file) or file in notes]


def _wants_reading(file: MediaFile) -> bool:
    return file.kind is FileKind.SIDECAR or (bool(file.size) and (file.kind.is_picture or is_motion_clip(file.name)))


def _sorted_out(files: Iterable[MediaFile], result: CollectedFacts) -> tuple[list[MediaFile], list[MediaFile]]:
    """Pictures and sidecars; the rest is settled."""
    files = list(files)
    notes = _audio_notes(files)
    pictures, sidecars = [], []
    for file in files:
        if file.kind is FileKind.SIDECAR or file in notes:
            sidecars.append(file)
        elif _wants_reading(file):
            pictures.append(file)
        elif file.kind.is_picture or is_motion_clip(file.name):
            result.settled.append(Decision(file, Action.SKIPPED, Rule.NO_PICTURE, error="it is empty"))
        else:
            result.settled.append(Decision(file, Action.SKIPPED, Rule.NOT_MEDIA))
    return pictures, sidecars


def _audio_notes(files: Sequence[MediaFile]) -> Collection[MediaFile]:
    """The audio files that may be notes to a picture; a collection of music need not be read."""
    found = [file for file in files if file.kind is FileKind.AUDIO and file.size]
    stems = {(file.folder, _stem(file)) for file in files if file.kind in (FileKind.PHOTO, FileKind.RAW)} if found else ()
    return {file for file in found if (file.folder, _stem(file)) in stems}


def _stem(file: MediaFile) -> str:
    return split_name(fold(file.name))[0]


def _take_in(file: MediaFile, answers: Answers, folder: _FolderFacts, result: CollectedFacts) -> None:
    sha256, xxh3, tags, integrity = answers
    if isinstance(sha256, Failure) or isinstance(xxh3, Failure):
        reason = sha256.reason if isinstance(sha256, Failure) else "it could not be read twice alike"
        result.settled.append(Decision(file, Action.FAILED, Rule.UNREADABLE, error=reason))
    elif isinstance(tags, Failure) and not file.kind.needs_picture:
        subject = PictureFacts(file, sha256, xxh3, folder.clock.decide(file, None))
        result.settled.append(Decision(file, Action.SKIPPED, Rule.NO_PICTURE, subject, error=tags.reason))
    else:
        # A check that broke off says nothing of the picture.
        integrity = _UNCHECKED if isinstance(integrity, Failure) else integrity
        folder.put(file, sha256, xxh3, tags if isinstance(tags, Metadata) else None, integrity)


def _gather(folder: _FolderFacts, result: CollectedFacts) -> None:
    gathered = group_files(folder.files, folder.tags, folder.dates)
    for group in gathered.sets:
        result.sets.append(folder.studied_set(group))
        if group.companions:
            result.groups[group.main.path] = group
    for file in gathered.lone_sidecars:
        result.settled.append(Decision(file, Action.SKIPPED, Rule.LONE_SIDECAR, folder.studied[file.path]))


def _studied(
    file: MediaFile, sha256: str, checksum: str, captured: CaptureDate, tags: Metadata | None, integrity: Integrity = _UNCHECKED
) -> PictureFacts:
    if tags is None:
        return PictureFacts(file, sha256, checksum, captured)
    trouble = "; ".join(filter(None, (*_contradiction(file, tags), *tags.notes, integrity.note)))
    size = tags.width or 0, tags.height or 0
    remark = "motion photo, its video is in the file" if tags.motion_photo else ""
    return PictureFacts(file, sha256, checksum, captured, sys.intern(tags.camera), *size, trouble, remark, integrity.damage)


def _contradiction(file: MediaFile, tags: Metadata) -> Sequence[str]:
    ending = file.name.rpartition(".")[2].lower()
    if ending in _ENDINGS.get(tags.format, {tags.format}):
        return ()
    return (f"its content is {tags.format.upper()}, though its name says {ending.upper()}",)


def collect_album_facts(files: Iterable[tuple[str, MediaFile]], index: Index, clock: Clock, *, workers: int) -> dict[str, PictureFacts]:
    """The album's files that pictures of this run meet, by their names in the album; those that cannot be read are left out."""
    names = {file: name for name, file in files}
    result: dict[str, PictureFacts] = {}
    for file, (sha256, xxh3, found) in analyse(list(names), (SHA256, XXH3, METADATA), index, workers=workers):
        if not isinstance(sha256, Failure) and not isinstance(xxh3, Failure):
            tags = found if isinstance(found, Metadata) else None
            result[names[file]] = _studied(file, sha256, xxh3, clock.decide(file, tags), tags)
    return result
