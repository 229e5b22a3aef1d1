"""The stages of finding the photos behind thumbnails, in the order in which they follow each other."""

from __future__ import annotations

import argparse
import hashlib
import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from lib.analysis.features import Feature, analyse
from lib.analysis.index import Index
from lib.files.names import fold, numbered
from lib.files.scanning import OWN_FOLDER, scan
from lib.model import BadRequest, Failure, FileKind, MediaFile, Unreadable
from lib.reporting import command_line, csv_tables, review_page
from lib.thumbnails import album_sketches, decision, search_rounds, thumbnail_views
from lib.thumbnails.album_index import AlbumIndex
from lib.thumbnails.clues import Clue
from lib.thumbnails.decision import Match
from lib.thumbnails.examination import Explanation
from lib.thumbnails.selection_names import ALTERNATIVES, COLUMNS, SELECTED, SelectionOptions, natural
from lib.thumbnails.thumbnail_views import ThumbnailView

SKETCH = Feature("sketch", 1, album_sketches.sketch, album_sketches.to_bytes, album_sketches.from_bytes)
_NO_THUMBNAILS = (".txt", ".html", ".htm", ".csv", ".ini", ".md", ".log", ".pdf", ".zip", ".url", ".js", ".css")
_AT_ONCE = 1000  # thumbnails searched for together


@dataclass(frozen=True, slots=True)
class MatchJob:
    """What was asked for, checked before anything starts; the stages note in `failures` the files that could not be read.

    `options` is how `selected` is to be filled. `page` and `open_page`: whether a page is written, and shown.
    """

    thumbnails: Sequence[str]
    album: Sequence[str]
    preferred: Sequence[str]
    output: str
    index: Index
    workers: int
    now: datetime
    videos: bool
    options: SelectionOptions
    dryrun: bool
    page: bool
    open_page: bool
    list_unmatched: bool
    failures: list[Failure] = field(default_factory=list)

    @property
    def csv(self) -> Path:
        """Where the answers are written."""
        return Path(self.output, "matches.csv")


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A thumbnail of a set; `also` are the names of others in the set with the same bytes; `reason` tells why it cannot be read."""

    set: str
    path: str
    also: tuple[str, ...] = ()
    reason: str = ""


def job(arguments: argparse.Namespace, now: datetime) -> MatchJob:
    """The job that the command line asks for. Raises BadRequest."""
    if not arguments.apply and not (arguments.thumbnails and arguments.album):
        raise BadRequest("Name the folder of thumbnails and the album, as --thumbnails DIR --album DIR.")
    made = MatchJob(
        [command_line.folder(text, "--thumbnails") for text in arguments.thumbnails],
        [command_line.folder(text, "--album") for text in arguments.album],
        [os.path.join(command_line.folder(text, "--prefer"), "") for text in arguments.prefer],
        command_line.output_folder(arguments.output),
        command_line.index(arguments),
        command_line.workers(arguments),
        now,
        arguments.videos,
        SelectionOptions(number=arguments.number, link=arguments.link, with_alternatives=arguments.with_alternatives),
        dryrun=arguments.dryrun,
        page=not arguments.no_page,
        open_page=arguments.open,
        list_unmatched=arguments.list_unmatched,
    )
    if not arguments.apply:
        csv_tables.check_target(made.csv, COLUMNS)
        if made.page:
            review_page.check_target(made.csv.with_suffix(".html"))
    return made


def find_thumbnails(job: MatchJob) -> list[Thumbnail]:
    """The thumbnails, set by set, each content of a set once."""
    found: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    for root in job.thumbnails:
        for file in scan([root], keep_out=_own_places(job)):
            if isinstance(file, Failure):
                job.failures.append(file)
            elif _may_be_thumbnail(file):
                inner = os.path.relpath(file.path, root).split(os.sep)
                name = inner[0] if len(inner) > 1 else os.path.basename(root)
                key = os.path.join(root, name) if len(inner) > 1 else root
                if key not in names:
                    names[key] = _free_set(name, names.values())
                found.setdefault(names[key], []).append(file.path)
    thumbs: list[Thumbnail] = []
    for name, paths in sorted(found.items(), key=lambda entry: natural(entry[0])):
        by_content: dict[str, list[str]] = {}
        for path in sorted(paths, key=lambda path: (natural(os.path.basename(path)), path)):
            try:
                with open(path, "rb") as opened:
                    by_content.setdefault(hashlib.file_digest(opened, "sha256").hexdigest(), []).append(path)
            except OSError as error:
                thumbs.append(Thumbnail(name, path, reason=f"cannot be read: {error.strerror}"))
        thumbs += [Thumbnail(name, same[0], tuple(os.path.basename(path) for path in same[1:])) for same in by_content.values()]
    return thumbs


def _free_set(name: str, taken: Collection[str]) -> str:
    used = {fold(one) for one in taken}
    return next(free for free in numbered(name, " ({})") if fold(free) not in used)


def _may_be_thumbnail(file: MediaFile) -> bool:
    return file.kind not in (FileKind.VIDEO, FileKind.SIDECAR) and not file.name.lower().endswith(_NO_THUMBNAILS)


def _own_places(job: MatchJob) -> list[str]:
    return [os.path.join(job.output, name) for name in (SELECTED, ALTERNATIVES, "matches_files", OWN_FOLDER)]


def study_album(job: MatchJob) -> AlbumIndex:
    """Sketches of all the album's photos, and of its videos' frames where that is asked for, from the index where it knows them."""
    kinds = {FileKind.PHOTO, FileKind.RAW} | ({FileKind.VIDEO} if job.videos else set())
    files: list[MediaFile] = []
    with command_line.progress("1/3 Looking for photos") as advance:
        for file in scan(job.album, keep_out=[*_own_places(job), *(t for t in job.thumbnails if t not in job.album)]):
            if isinstance(file, Failure):
                job.failures.append(file)
            elif file.kind in kinds:
                files.append(file)
                advance(1, 0)
    gallery = AlbumIndex()
    with command_line.progress("2/3 Looking at photos", len(files), sum(file.size for file in files)) as advance:
        for file, (answer,) in analyse(files, (SKETCH,), job.index, workers=job.workers, advance=advance):
            if isinstance(answer, Failure):
                job.failures.append(answer)
            else:
                gallery.add(file.path, answer)
    return gallery


def examine(job: MatchJob, thumbs: list[Thumbnail], gallery: AlbumIndex) -> list[tuple[Explanation, ...]]:
    """For each thumbnail the photos that may be behind it, best first; a thumbnail that cannot be read gets its reason."""
    found: list[tuple[Explanation, ...]] = []
    with command_line.progress("3/3 Matching", len(thumbs)) as advance:
        for start in range(0, len(thumbs), _AT_ONCE):
            some = range(start, min(start + _AT_ONCE, len(thumbs)))
            borders = {number - start: border for number in some if (border := _border(job, thumbs, number)) is not None}
            paths = [thumbs[number].path for number in some]
            found += search_rounds.examine(paths, borders, gallery, job.workers, job.failures)
            advance(len(some), 0)
    return found


def _border(job: MatchJob, thumbs: list[Thumbnail], number: int) -> ThumbnailView | None:
    """How to see a thumbnail without its border, if it has one; None where it cannot be read, which is noted."""
    thumb = thumbs[number]
    reason = thumb.reason
    if not reason:
        try:
            return thumbnail_views.border(thumbnail_views.read(thumb.path)) or ThumbnailView()
        except Unreadable as unreadable:
            reason = str(unreadable)
            thumbs[number] = replace(thumb, reason=reason)
    job.failures.append(Failure(thumb.path, reason))
    return None


def decide(job: MatchJob, thumbs: Sequence[Thumbnail], examined: Sequence[tuple[Explanation, ...]], gallery: AlbumIndex) -> list[Match]:
    """The answer for each thumbnail."""
    album = decision.AlbumLookup(
        gallery.paths,
        gallery.likeness,
        gallery.twins,
        job.preferred,
        lambda photo: FileKind.of(gallery.paths[photo]) is FileKind.RAW,
        gallery.one_picture,
        gallery.finer,
    )
    seen = [
        decision.ExaminedThumbnail(thumb.set, thumb.path, *_detail_and_side(thumb), tuple(_clues(findings)))
        for thumb, findings in zip(thumbs, examined)
    ]
    matches = decision.decide(seen, album)
    return [replace(match, reason=f"the thumbnail {thumb.reason}") if thumb.reason else match for thumb, match in zip(thumbs, matches)]


def _detail_and_side(thumb: Thumbnail) -> tuple[float, int]:
    if thumb.reason:
        return 0.0, 0
    image = thumbnail_views.read(thumb.path)
    return thumbnail_views.detail(image), max(image.size)


def _clues(findings: Sequence[Explanation]) -> Iterator[Clue]:
    """The best view of each file."""
    given: set[int] = set()
    for finding in findings:
        if finding.photo not in given:
            given.add(finding.photo)
            one = finding.evidence
            yield Clue(
                finding.photo,
                one.residual,
                one.correlation,
                one.canonical,
                one.size,
                one.overall,
                one.fine,
                one.worst,
                one.plain,
                finding.helped,
            )
