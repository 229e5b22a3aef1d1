"""Learn what an import has to know of its files: checksums, tags, capture dates, and what belongs together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo

from lib import capture_date
from lib.analysis import METADATA, SHA256, SIDECAR, XXH3, analyse
from lib.companions import gather
from lib.decision import Action, Decision, Rule, Studied, StudiedSet
from lib.index import Index
from lib.model import CaptureDate, Failure, FileKind, FileSet, MediaFile, Metadata, Role
from lib.name_forms import is_motion_clip

_MP4_LIKE = frozenset({"mp4", "mov", "m4v", "3gp", "mp", "mv"})
_TIFF_LIKE = frozenset({"tif", "tiff", "dng", "cr2", "nef", "arw", "orf", "rw2"})
_ENDINGS = {
    "jpeg": {"jpg", "jpeg", "jpe", "mpo", "thm"},
    "heif": {"heic", "heif", "hif"},
    "avif": {"avif", "heif"},
    "mts": {"mts", "m2ts"},
    **dict.fromkeys(("mp4", "mov", "m4v", "3gp"), _MP4_LIKE),
    **dict.fromkeys(("tiff", "dng", "cr2", "nef", "arw", "orf", "rw2"), _TIFF_LIKE),
}


@dataclass(slots=True)
class Study:
    """Sets to be decided on, the groups that they are made of (by main file), and what needs no more deciding."""

    sets: list[StudiedSet] = field(default_factory=list)
    groups: dict[MediaFile, FileSet] = field(default_factory=dict)
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


@dataclass(slots=True)
class _Facts:
    """What is known of the files, by path; large parts are let go of as soon as a date is decided."""

    clock: Clock
    sums: dict[str, tuple[str, str]] = field(default_factory=dict)
    tags: dict[str, Metadata] = field(default_factory=dict)
    sidecars: dict[str, Metadata] = field(default_factory=dict)
    dates: dict[str, CaptureDate] = field(default_factory=dict)

    def put(self, file: MediaFile, sha256: str, checksum: str, tags: Metadata) -> None:
        path = file.path
        self.sums[path] = sha256, checksum
        self.dates[path] = self.clock.decide(file, tags)
        self.tags[path] = tags


def study(
    files: Iterable[MediaFile], index: Index, clock: Clock, *, workers: int, advance: Callable[[int, int], None] | None = None
) -> Study:
    """Study the files that may go into an album; what cannot or need not go in is settled at once, with its reason."""
    result, facts = Study(), _Facts(clock)
    pictures, sidecars = [], []
    for file in files:
        if file.kind is FileKind.SIDECAR:
            sidecars.append(file)
        elif not file.kind.is_picture and not is_motion_clip(file.name):
            result.settled.append(Decision(file, Action.SKIPPED, Rule.NOT_MEDIA))
        elif not file.size:
            result.settled.append(Decision(file, Action.SKIPPED, Rule.NO_PICTURE, error="it is empty"))
        else:
            pictures.append(file)
    known = _study_pictures(pictures, index, facts, result, workers, advance)
    known += _study_sidecars(sidecars, index, facts, result, workers, advance)
    gathered = gather(known, facts.tags, facts.dates)
    for group in gathered.sets:
        result.groups[group.main] = group
        result.sets.append(_studied_set(group, facts))
    for file in gathered.lone_sidecars:
        sha256, checksum = facts.sums[file.path]
        subject = Studied(file, sha256, checksum, clock.decide(file, None))
        result.settled.append(Decision(file, Action.SKIPPED, Rule.LONE_SIDECAR, subject))
    return result


def _study_pictures(
    files: Sequence[MediaFile],
    index: Index,
    facts: _Facts,
    result: Study,
    workers: int,
    advance: Callable[[int, int], None] | None,
) -> list[MediaFile]:
    known = []
    for file, (sha256, xxh3, tags) in analyse(files, (SHA256, XXH3, METADATA), index, workers=workers, advance=advance):
        if isinstance(sha256, Failure) or isinstance(xxh3, Failure):
            reason = sha256.reason if isinstance(sha256, Failure) else "it could not be read twice alike"
            result.settled.append(Decision(file, Action.FAILED, Rule.UNREADABLE, error=reason))
        elif isinstance(tags, Failure):
            subject = Studied(file, sha256, f"xxh3_128:{xxh3}", facts.clock.decide(file, None))
            result.settled.append(Decision(file, Action.SKIPPED, Rule.NO_PICTURE, subject, error=tags.reason))
        else:
            facts.put(file, sha256, f"xxh3_128:{xxh3}", tags)
            known.append(file)
    return known


def _study_sidecars(
    files: Sequence[MediaFile],
    index: Index,
    facts: _Facts,
    result: Study,
    workers: int,
    advance: Callable[[int, int], None] | None,
) -> list[MediaFile]:
    known = []
    for file, (sha256, xxh3, tags) in analyse(files, (SHA256, XXH3, SIDECAR), index, workers=workers, advance=advance):
        if isinstance(sha256, Failure) or isinstance(xxh3, Failure):
            reason = sha256.reason if isinstance(sha256, Failure) else "it could not be read twice alike"
            result.settled.append(Decision(file, Action.FAILED, Rule.UNREADABLE, error=reason))
            continue
        facts.sums[file.path] = sha256, f"xxh3_128:{xxh3}"
        if isinstance(tags, Metadata):
            facts.sidecars[file.path] = tags
        known.append(file)
    return known


def _studied_set(group: FileSet, facts: _Facts) -> StudiedSet:
    """All files of a set have the date of its main file; a main file that can only guess takes the date of a companion."""
    main = group.main
    told = [facts.sidecars[c.file.path] for c in group.companions if c.file.path in facts.sidecars and c.beside is main]
    videos = (facts.dates[c.file.path] for c in group.companions if c.role is Role.LIVE_VIDEO)
    offsets = (date.offset for date in videos if not date.zone_assumed)
    captured = facts.dates[main.path]
    if told or group.companions:
        captured = facts.clock.decide(main, facts.tags.get(main.path), told, next(offsets, None))
    if captured.is_guess:
        others = (facts.dates[c.file.path] for c in group.companions if c.file.path in facts.dates)
        captured = next((date for date in others if not date.is_guess), captured)
    return StudiedSet(
        _studied(main, captured, facts.sums, facts.tags),
        tuple(_studied(companion.file, captured, facts.sums, facts.tags, companion.role.value) for companion in group.companions),
    )


def _studied(
    file: MediaFile, captured: CaptureDate, sums: Mapping[str, tuple[str, str]], tags: Mapping[str, Metadata], role: str = ""
) -> Studied:
    found = tags.get(file.path)
    if found is None:
        return Studied(file, *sums[file.path], captured, remark=role)
    trouble = "; ".join((*_contradiction(file, found), *found.notes))
    remark = ", ".join(filter(None, (role, "motion photo, its video is in the file" if found.motion_photo else "")))
    return Studied(file, *sums[file.path], captured, found.camera, found.width or 0, found.height or 0, trouble, remark)


def _contradiction(file: MediaFile, tags: Metadata) -> Sequence[str]:
    ending = file.name.rpartition(".")[2].lower()
    if ending in _ENDINGS.get(tags.format, {tags.format}):
        return ()
    return (f"its content is {tags.format.upper()}, though its name says {ending.upper()}",)


def study_album_files(files: Iterable[tuple[str, MediaFile]], index: Index, clock: Clock, *, workers: int) -> dict[str, Studied]:
    """The album's files that pictures of this run meet, by their names in the album; those that cannot be read are left out."""
    names = {file: name for name, file in files}
    facts = _Facts(clock)
    result: dict[str, Studied] = {}
    for file, (sha256, xxh3, tags) in analyse(list(names), (SHA256, XXH3, METADATA), index, workers=workers):
        if not isinstance(sha256, Failure) and not isinstance(xxh3, Failure):
            facts.sums[file.path] = sha256, f"xxh3_128:{xxh3}"
            if isinstance(tags, Metadata):
                facts.tags[file.path] = replace(tags, claims=())
            captured = clock.decide(file, tags if isinstance(tags, Metadata) else None)
            result[names[file]] = _studied(file, captured, facts.sums, facts.tags)
    return result
