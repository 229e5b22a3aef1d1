"""The stages of a search for duplicates, in the order in which files flow through them; identical bytes need no more than this room."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lib.analysis.features import QUICK_HASH, XXH3, analyse
from lib.analysis.hashing import WHOLE_AT_ONCE, xxh3_text
from lib.analysis.index import Index
from lib.duplicates import keeper
from lib.duplicates.decisions import DECISIONS, GroupDecisions, RememberedAction
from lib.duplicates.model import NO_FACTS, ComparedFile, DuplicateGroup, Kind, KnownFacts, Location
from lib.files.names import is_below
from lib.files.scanning import scan_folders
from lib.model import Failure, MediaFile
from lib.reporting import command_line

_KINDS = tuple(Kind)
_PAGES = ("duplicates", "matches")


@dataclass(frozen=True, slots=True)
class SearchJob:
    """One search as it was asked for: real paths of folders, and how alike pictures must be (0 to 1).

    `page` and `open_page`: whether a page is written, and shown; `json`: whether the rows are printed too.
    """

    inputs: Sequence[str]
    output: Path
    index: Index
    workers: int
    references: Sequence[str] = ()
    keep_order: Sequence[str] = ()
    level: str = "similar"
    least: float = 0.90
    all_files: bool = False
    remember: bool = False
    known: bool = False
    within_reference: bool = False
    decisions: GroupDecisions = field(default_factory=GroupDecisions)
    decisions_file: Path = Path(DECISIONS)
    json: bool = False
    page: bool = True
    open_page: bool = False


@dataclass(slots=True)
class Found:
    """What the search has come to know: files by their contents, then groups, and what could not be read.

    `contents` has the files of each checksum ("xxh3_128:…") that was worked out; `unique` are the files whose size or edges no
    other file has. A file under several names (hard links) is told once. `remembered` has for each group what a person decided of
    its members earlier, by their numbers. `away` are the volumes of files on drives that are
    not connected, by path.
    """

    files: list[MediaFile] = field(default_factory=list)
    sidecars: list[MediaFile] = field(default_factory=list)
    contents: dict[str, list[MediaFile]] = field(default_factory=dict)
    unique: list[MediaFile] = field(default_factory=list)
    away: dict[str, str] = field(default_factory=dict)
    groups: list[DuplicateGroup] = field(default_factory=list)
    remembered: list[Mapping[int, RememberedAction]] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    passed_over: int = 0
    is_walked: bool = False


class Locations:
    """Where files lie: in which of the folders that were searched, and how that folder stands."""

    def __init__(self, job: SearchJob, away: dict[str, str]) -> None:
        """Remembers each folder that it was asked for, since many files share one."""
        self._roots = sorted({*job.inputs, *job.references}, key=len, reverse=True)
        self._references, self._order, self._away = job.references, job.keep_order, away
        self._known: dict[str, tuple[str, Location, int]] = {}

    def candidate(self, file: MediaFile, checksum: str = "", facts: KnownFacts = NO_FACTS) -> ComparedFile:
        """Return the file as it is compared."""
        if self._away and file.path in self._away:
            return ComparedFile(file, self._away[file.path], Location.OFFLINE, len(self._order), checksum, facts)
        location = self._known.get(file.folder)
        if location is None:
            root = next((root for root in self._roots if is_below(file.folder, root)), file.folder)
            place = Location.REFERENCE if any(is_below(file.folder, folder) for folder in self._references) else Location.INPUT
            order = next((number for number, folder in enumerate(self._order) if is_below(file.folder, folder)), len(self._order))
            location = self._known[file.folder] = root, place, order
        return ComparedFile(file, *location, checksum, facts)


def same_bytes(job: SearchJob) -> Found:
    """Walk the folders and find out which files have the same bytes: by size, by a quick hash, then by their whole content.

    What has to be looked at is known before the walk is over, so both go on side by side.
    """
    found = Found()
    away = _away(job, found) if job.known else []
    if job.remember:
        _hash_all(job, found)
    else:
        _compare_rivals(job, found, {file.size for _, file in away})
    for checksum, file in away:
        found.contents.setdefault(checksum, []).append(file)
    return found


def _hash_all(job: SearchJob, found: Found) -> None:
    """Read every file whole, whether it has a rival or not."""
    links: list[MediaFile] = []
    with command_line.progress("Reading", lambda: len(found.files) - len(links) if found.is_walked else None) as advance:
        files = _once_each(_scan(job, found), links)
        for file, (checksum,) in analyse(files, (XXH3,), job.index, workers=job.workers, advance=advance):
            if isinstance(checksum, Failure):
                found.failures.append(checksum)
            else:
                found.contents.setdefault(checksum, []).append(file)


def _compare_rivals(job: SearchJob, found: Found, away_sizes: Collection[int]) -> None:
    """Look at the files whose size another file has too (or `away_sizes` hold)."""
    links: list[MediaFile] = []
    alone: dict[int, MediaFile | None] = dict.fromkeys(away_sizes)
    small: dict[bytes, list[MediaFile]] = {}
    large: dict[tuple[int, bytes], list[MediaFile]] = {}

    def count() -> int | None:
        return len(found.files) - len(links) - sum(file is not None for file in alone.values()) if found.is_walked else None

    with command_line.progress("Comparing", count) as advance:
        rivals = _rivals(_once_each(_scan(job, found), links), alone)
        for file, (seen,) in analyse(rivals, (QUICK_HASH,), job.index, workers=job.workers, advance=advance):
            if isinstance(seen, Failure):
                found.failures.append(seen)
            elif file.size <= WHOLE_AT_ONCE:
                small.setdefault(seen, []).append(file)
            else:
                large.setdefault((file.size, seen), []).append(file)
    found.contents = {xxh3_text(digest): files for digest, files in small.items()}
    found.unique = [file for file in alone.values() if file]
    _compare_whole(job, found, large, away_sizes)


def _compare_whole(job: SearchJob, found: Found, seen: Mapping[tuple[int, bytes], list[MediaFile]], away_sizes: Collection[int]) -> None:
    """Read whole what the quick hash of large files, as `seen`, could not tell apart."""
    whole: list[MediaFile] = []
    for (size, _), files in seen.items():
        # Of a file on a drive that is away the whole content is known, not the quick hash: whatever has its size competes with it.
        (whole if len(files) > 1 or size in away_sizes else found.unique).extend(files)
    if whole:
        with command_line.progress("Comparing contents", len(whole), sum(file.size for file in whole)) as advance:
            for file, (checksum,) in analyse(whole, (XXH3,), job.index, workers=job.workers, advance=advance):
                if isinstance(checksum, Failure):
                    found.failures.append(checksum)
                else:
                    found.contents.setdefault(checksum, []).append(file)


def _scan(job: SearchJob, found: Found) -> Iterator[list[MediaFile]]:
    """Yield every picture below the folders (with all_files every file), a folder at a time; the sidecars beside them are noted.

    Empty files are no duplicates.
    """
    is_wanted: dict[str, bool] = {}
    with command_line.progress("Looking for files") as advance:
        for folder, files, failures in scan_folders([*job.references, *job.inputs]):
            found.failures += failures
            advance(len(files), 0)
            if _is_of_a_page(folder):
                continue
            wanted = []
            for file in files:
                name = file.name
                ending = name[name.rfind(".") :]
                if ending not in is_wanted:
                    is_wanted[ending] = job.all_files or file.kind.is_picture
                if not is_wanted[ending]:
                    found.sidecars.append(file)
                elif file.size:
                    wanted.append(file)
            found.files += wanted
            yield wanted
    found.is_walked = True


def _is_of_a_page(folder: str) -> bool:
    """Return True for the previews that lie beside a page of this toolkit: they look like everything that they were made of."""
    page = folder.removesuffix("_files")
    return page != folder and os.path.basename(page) in _PAGES and os.path.exists(f"{page}.html")


def _away(job: SearchJob, found: Found) -> list[tuple[str, MediaFile]]:
    """Return what the index knows of drives that are not connected: files and their checksums."""
    known = []
    for entry in job.index.away([XXH3.name, QUICK_HASH.name]):
        file = entry.file
        whole = entry.values[1] if entry.values[0] is None and file.size <= WHOLE_AT_ONCE else entry.values[0]
        if isinstance(whole, bytes) and (job.all_files or file.kind.is_picture):
            known.append((XXH3.decode(whole), file))
            found.away[file.path] = entry.volume
    return known


def _once_each(folders: Iterable[Iterable[MediaFile]], links: list[MediaFile]) -> Iterator[MediaFile]:
    """Yield the files of all folders, a file under several names (hard links) by the first; `links` gets the other names."""
    met: defaultdict[int, set[int]] = defaultdict(set)
    for files in folders:
        for file in files:
            inode, inodes = file.inode, met[file.device]
            if inode not in inodes:
                inodes.add(inode)
                yield file
            elif inode:
                links.append(file)
            else:
                # Nothing is known here of links.
                yield file


def _rivals(files: Iterable[MediaFile], alone: dict[int, MediaFile | None]) -> Iterator[MediaFile]:
    """Yield the files whose size another file has too, as soon as that is known.

    `alone` holds for each size the file that has no rival until now; None where there are several, or it is to count as a rival.
    """
    for file in files:
        first = alone.setdefault(file.size, file)
        if first is not file:
            if first:
                alone[file.size] = None
                yield first
            yield file


def identical_groups(
    job: SearchJob, found: Found, candidate: Callable[[MediaFile, str], ComparedFile] | None = None
) -> list[DuplicateGroup]:
    """Return the groups of files with the same bytes; `candidate` tells what is known of a file beside its place."""
    describe = candidate or Locations(job, found.away).candidate
    groups = []
    for checksum, files in found.contents.items():
        if len(files) > 1:
            group = keeper.identical([describe(file, checksum) for file in files], within_reference=job.within_reference)
            if group is not None:
                groups.append(group)
    return groups


def settle(found: Found, groups: Sequence[DuplicateGroup], decisions: GroupDecisions) -> None:
    """Leave out what a human has kept whole or called no duplicates, and put the biggest gain first; the surer kind goes first where
    gains are equal.
    """
    kept = [group for group in groups if not decisions.passes_over(group)]
    found.passed_over = len(groups) - len(kept)
    found.groups = sorted(kept, key=lambda group: (-group.gain, _KINDS.index(group.kind), group.members[0].candidate.file.path))
    found.remembered = [decisions.actions(group) for group in found.groups]
