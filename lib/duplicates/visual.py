"""Find the same and similar pictures by how they look: a cheap look at each, candidates by hash, and pixels only where it matters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from lib.album.facts import Clock
from lib.analysis.features import APPEARANCE, METADATA, PIXELS, STORED_PIXELS, XXH3, analyse
from lib.analysis.orientation import swaps_sides
from lib.duplicates import keeper, similarity
from lib.duplicates.exact import Found, Locations, SearchJob, identical_groups
from lib.duplicates.model import NO_FACTS, ComparedFile, DuplicateGroup, KnownFacts
from lib.duplicates.similarity import Looks
from lib.filesets.companions import group_files
from lib.model import Appearance, CaptureDate, Failure, FileKind, MediaFile, Metadata
from lib.reporting import command_line

_SAME_LOOK = 0.99
"""Pictures with the same pixels look at least so alike, however their formats are shrunk: a thumbnail in HEIC, waves in JPEG."""
_LENGTHS = 0.02
"""How much the durations of two versions of one video may differ, as a part of the longer one; and at least a second."""


@dataclass(slots=True)
class _Contents:
    """Each distinct content by one of its files, with all its files, and what is known of it; numbers are places in these lists."""

    files: list[MediaFile] = field(default_factory=list)
    copies: list[list[MediaFile]] = field(default_factory=list)
    checksums: list[str] = field(default_factory=list)
    facts: list[KnownFacts] = field(default_factory=list)
    looks: Looks = field(default_factory=Looks)
    tags: dict[str, Metadata] = field(default_factory=dict)
    dates: dict[str, CaptureDate] = field(default_factory=dict)


def compare(job: SearchJob, found: Found, clock: Clock) -> list[DuplicateGroup]:
    """Return the groups of all kinds that the job's level asks for."""
    known = _look(job, found, clock)
    with command_line.progress("Comparing pictures"):
        least = min(job.least, _SAME_LOOK) if job.level == "similar" else _SAME_LOOK
        looked = similarity.alike(known.looks, least)
        pairs = {(one, other): alike for one, other, alike in looked if _may_be_one(known, one, other)}
    clusters = _same_pixels(job, found, known, [pair for pair, alike in pairs.items() if alike >= _SAME_LOOK])
    similar = {pair: alike for pair, alike in pairs.items() if alike >= job.least} if job.level == "similar" else {}
    _complete_checksums(job, found, known, {number for some in (*clusters, *similar) for number in some})
    describer = _FileDescriber(found, known, Locations(job, found.away))
    groups, best_of = [], list(range(len(known.files)))
    for cluster in clusters:
        contents = {number: describer.best(number) for number in cluster}
        best = keeper.best_first(contents.values())[0]
        chosen = next(number for number, candidate in contents.items() if candidate is best)
        # Copies of the best content are told as identical; those of the others go the way of the content.
        files = [best, *(copy for number in cluster if number != chosen for copy in describer.copies(number))]
        for number in cluster:
            best_of[number] = chosen
        group = keeper.same_picture(files, within_reference=job.within_reference)
        groups += [group] if group else []
    lesser = {path for number, best in enumerate(best_of) if number != best for path in map(_path, known.copies[number])}
    groups += [group for group in identical_groups(job, found, describer.candidate) if group.members[0].candidate.file.path not in lesser]
    similar = {(one, other): alike for (one, other), alike in similar.items() if best_of[one] == one and best_of[other] == other}
    compared = {number: describer.best(number) for pair in similar for number in pair}
    groups += keeper.alike(compared, similar, within_reference=job.within_reference)
    return groups


class _FileDescriber:
    """What the comparison needs to know of each file."""

    def __init__(self, found: Found, known: _Contents, places: Locations) -> None:
        self._known, self._places = known, places
        self._numbers = {file.path: number for number, files in enumerate(known.copies) for file in files}
        files = [*found.files, *found.sidecars]
        self._sets = {
            file.path: (number, group)
            for number, group in enumerate(group_files(files, known.tags, known.dates).sets)
            if group.companions
            for file in group.files
        }

    def candidate(self, file: MediaFile, checksum: str) -> ComparedFile:
        """Return the file, its facts, and the set that it belongs to."""
        number = self._numbers.get(file.path)
        facts = NO_FACTS if number is None else replace(self._known.facts[number], captured=self._known.dates.get(file.path))
        made = self._places.candidate(file, checksum, facts)
        if file.path not in self._sets:
            return made
        number, group = self._sets[file.path]
        return made._replace(set_number=number, set_main=group.main, set_size=len(group.files))

    def copies(self, number: int) -> list[ComparedFile]:
        """Return all files with this content."""
        return [self.candidate(file, self._known.checksums[number]) for file in self._known.copies[number]]

    def best(self, number: int) -> ComparedFile:
        """Return the file with this content that is kept."""
        return keeper.best_first(self.copies(number))[0]


def _look(job: SearchJob, found: Found, clock: Clock) -> _Contents:
    """Read the tags and the looks of each distinct content, once."""
    contents = [(checksum, files) for checksum, files in found.contents.items()]
    contents += [("", [file]) for file in found.unique]
    here = {
        next(file for file in files if file.path not in found.away): (checksum, files)
        for checksum, files in contents
        if any(file.path not in found.away and file.kind.is_picture for file in files)
    }
    known = _Contents()
    with command_line.progress("Looking at pictures", len(here), sum(file.size for file in here)) as advance:
        for file, (tags, look) in analyse(here, (METADATA, APPEARANCE), job.index, workers=job.workers, advance=advance):
            failure = tags if isinstance(tags, Failure) else look
            if isinstance(failure, Failure):
                found.failures.append(failure)
            _take(known, here[file][1], here[file][0], tags, look, clock)
    if job.known:
        for entry in job.index.away([XXH3.name, METADATA.name, APPEARANCE.name]):
            whole, said, seen = entry.values
            if isinstance(whole, bytes) and isinstance(said, bytes) and isinstance(seen, bytes):
                text = XXH3.decode(whole)
                files = found.contents.get(text, [])
                # Of several copies that are away the first speaks for all; one that is here has been looked at.
                if files and files[0] == entry.file and all(file.path in found.away for file in files):
                    _take(known, files, text, METADATA.decode(said), APPEARANCE.decode(seen), clock)
    return known


def _take(
    known: _Contents, files: list[MediaFile], checksum: str, tags: Metadata | Failure, look: Appearance | Failure, clock: Clock
) -> None:
    found = tags if isinstance(tags, Metadata) else None
    for file in files:
        known.dates[file.path] = clock.decide(file, found)
        if found:
            known.tags[file.path] = replace(found, claims=(), notes=())
    if isinstance(look, Failure):
        return
    turned = found is not None and swaps_sides(found.orientation)
    width, height = (found.width or 0, found.height or 0) if found else (0, 0)
    facts = NO_FACTS
    if found:
        facts = KnownFacts(
            found.format,
            height if turned else width,
            width if turned else height,
            found.orientation,
            known.dates[files[0].path],
            found.camera,
            found.duration,
            found.motion_photo,
        )
    known.files.append(files[0])
    known.copies.append(files)
    known.checksums.append(checksum)
    known.facts.append(facts)
    known.looks.add(look)


def _may_be_one(known: _Contents, one: int, other: int) -> bool:
    """Return whether two contents may be one picture: a photo and a video never are, nor videos of different lengths."""
    first, second = known.files[one].kind is FileKind.VIDEO, known.files[other].kind is FileKind.VIDEO
    if first != second:
        return False
    lengths = known.facts[one].duration, known.facts[other].duration
    if not first or lengths[0] is None or lengths[1] is None:
        return True
    return abs(lengths[0] - lengths[1]) <= max(1.0, _LENGTHS * max(lengths[0], lengths[1]))


def _same_pixels(job: SearchJob, found: Found, known: _Contents, pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Return numbers of contents that are one picture, pixel for pixel; upright, or as stored where only the orientation flag differs."""
    one_of = list(range(len(known.files)))
    orientations = [facts.orientation for facts in known.facts]
    turned = similarity.turned_alike(known.looks, orientations, _SAME_LOOK)
    for question, some in ((PIXELS, pairs), (STORED_PIXELS, turned)):
        numbers = {number for pair in some if _may_have_same_pixels(known, *pair) for number in pair}
        files = {known.files[number]: number for number in numbers if known.files[number].path not in found.away}
        by_pixels: dict[tuple[str, bool], int] = {}
        with command_line.progress("Comparing pixels", len(files), sum(file.size for file in files)) as advance:
            for file, (pixels,) in analyse(files, (question,), job.index, workers=job.workers, advance=advance):
                if isinstance(pixels, Failure):
                    found.failures += [] if pixels in found.failures else [pixels]
                    continue
                number = files[file]
                # A still without its film is not the whole of a motion photo.
                first = by_pixels.setdefault((pixels, known.facts[number].motion_photo), number)
                _join(one_of, first, number)
    clusters: dict[int, list[int]] = {}
    for number in range(len(one_of)):
        clusters.setdefault(_root(one_of, number), []).append(number)
    return [numbers for numbers in clusters.values() if len(numbers) > 1]


def _may_have_same_pixels(known: _Contents, one: int, other: int) -> bool:
    if any(known.files[number].kind is not FileKind.PHOTO for number in (one, other)):
        return False
    return known.facts[one].pixels == known.facts[other].pixels


def _join(one_of: list[int], one: int, other: int) -> None:
    first, second = sorted((_root(one_of, one), _root(one_of, other)))
    one_of[second] = first


def _root(one_of: list[int], number: int) -> int:
    while one_of[number] != number:
        number = one_of[number]
    return number


def _complete_checksums(job: SearchJob, found: Found, known: _Contents, numbers: Iterable[int]) -> None:
    """What is reported has a checksum, by which it is known again when the report is acted on."""
    missing = {known.files[number]: number for number in numbers if not known.checksums[number]}
    with command_line.progress("Noting checksums", len(missing), sum(file.size for file in missing)) as advance:
        for file, (checksum,) in analyse(missing, (XXH3,), job.index, workers=job.workers, advance=advance):
            if isinstance(checksum, Failure):
                found.failures.append(checksum)
            else:
                known.checksums[missing[file]] = checksum


def _path(file: MediaFile) -> str:
    return file.path
