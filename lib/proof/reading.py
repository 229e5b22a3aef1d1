"""Read everything that a proof rests on: all that lies below the inputs, and what the album holds against it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from lib.album.album_reader import LAST_READ
from lib.analysis import hashing
from lib.analysis.features import METADATA, PIXELS, SHA256, analyse, patience, read_anew
from lib.analysis.index import Index
from lib.analysis.process_pool import run_in_pool
from lib.files.inventory import Entry, EntryKind, list_everything
from lib.files.names import is_below, split_name
from lib.files.scanning import scan
from lib.model import Failure, FileKind, MediaFile
from lib.proof.archives import pictures_in
from lib.proof.contents import content_of
from lib.proof.model import AlbumCopy, ArchiveMember, Content, LinkTarget, ProofEvidence
from lib.proof.pixels import provable_pixels
from lib.transfer import manifest

Progress = Callable[[str, int, int], AbstractContextManager[Callable[[int, int], None]]]
"""Shows a progress bar with a caption for so many files and bytes; the block is given what to call with what is done more."""
Answer = TypeVar("Answer")
SHA256_FROM_DISK = replace(SHA256, read=hashing.sha256_from_disk, takes_size=True, algorithm=None)
"""The checksum as the index keeps it, but never read from memory where the system can be told so."""


@dataclass(slots=True)
class ProofReader:
    """Reads for one proof; nothing that the index knows is taken for an answer, unless it was read within the last `trusted_days`.

    `failures` are what of the album could not be read: no loss, but a person has to know of it.
    """

    inputs: Sequence[str]
    album: str
    index: Index
    now: datetime
    workers: int
    progress: Progress
    trusted_days: float | None = None
    failures: list[Failure] = field(default_factory=list)

    def gather(self) -> ProofEvidence:
        """Return all evidence there is."""
        entries, failures = self._list_inputs()
        files = [entry.file for entry in entries if entry.kind is EntryKind.FILE]
        sums, unread = self._sums("1/3 Reading the input", files)
        failures += unread
        read = [file for file in files if file.path in sums]
        members = self._archives(read)
        wanted = {file.size for file in read} | {one.size for found in members.values() if not isinstance(found, Failure) for one in found}
        album, same_file = self._album_files(files)
        held, rotten = self._held([file for file in album.values() if file.size in wanted], album)
        alone = [file for file in read if sums[file.path][0] not in held]
        contents = self._contents(alone, members)
        same_picture, no_pixels = self._same_pictures([file for file in alone if contents.get(file.path) is Content.PICTURE], album)
        return ProofEvidence(
            entries,
            failures,
            sums,
            held,
            rotten,
            {file.path: same_file[number] for file in files if (number := (file.device, file.inode)) in same_file},
            contents,
            members,
            same_picture,
            no_pixels,
            {entry.file.path: self._link(entry.file.path) for entry in entries if entry.kind is EntryKind.LINK},
            _pictures_beside(files),
        )

    def changes_since(self, evidence: ProofEvidence) -> list[Failure]:
        """Return what of the inputs, and of the album's files that prove something, is not as it was when it was listed."""
        entries, _ = self._list_inputs()
        now = {entry.file.path: entry for entry in entries}
        before = {entry.file.path: entry for entry in evidence.entries}
        other = sorted(path for path in now.keys() | before.keys() if now.get(path) != before.get(path))
        return [Failure(path, "it came, went or changed while everything was read; ask again once nothing writes there") for path in other]

    def changed_copies(self, evidence: ProofEvidence) -> set[str]:
        """Return the names of the album's files that are not there any more as they were when they were read."""
        copies = [copy for found in evidence.album.values() for copy in found] + list(evidence.same_picture.values())
        return {copy.name for copy in copies if _seen_now(copy.file) != copy.file}

    def _list_inputs(self) -> tuple[list[Entry], list[Failure]]:
        found = [one for root in self.inputs for one in list_everything(root)]
        return [one for one in found if isinstance(one, Entry)], [one for one in found if isinstance(one, Failure)]

    def _sums(self, caption: str, files: Sequence[MediaFile]) -> tuple[dict[str, tuple[str, str]], list[Failure]]:
        """Return by path each file's SHA-256 and when it was read, and what could not be read."""
        stamp = self.now.isoformat(timespec="seconds")
        sums = self._trusted(files)
        failures: list[Failure] = []
        missing = [file for file in files if file.path not in sums]
        with self.progress(caption, len(missing), sum(file.size for file in missing)) as advance:
            for file, (sha256,) in read_anew(missing, SHA256_FROM_DISK, self.index, self.workers, advance):
                if isinstance(sha256, Failure):
                    failures.append(sha256)
                else:
                    sums[file.path] = sha256, stamp
                    self.index.remember(file, {LAST_READ: stamp.encode()})
        return sums, failures

    def _trusted(self, files: Iterable[MediaFile]) -> dict[str, tuple[str, str]]:
        """Return what the index knows from reads that are young enough; nothing unless the person asked for that."""
        sums: dict[str, tuple[str, str]] = {}
        if self.trusted_days is None:
            return sums
        oldest = self.now - timedelta(days=self.trusted_days)
        folders: dict[str, list[MediaFile]] = {}
        for file in files:
            folders.setdefault(file.folder, []).append(file)
        for folder, some in folders.items():
            some.sort(key=lambda file: file.name)
            for file, (sha256, read_at) in zip(some, self.index.recall(folder, some, (SHA256.name, LAST_READ))):
                if isinstance(sha256, bytes) and len(sha256) == SHA256.length and isinstance(read_at, bytes) and _is_young(read_at, oldest):
                    sums[file.path] = sha256.hex(), read_at.decode("ascii")
        return sums

    def _album_files(self, inputs: Sequence[MediaFile]) -> tuple[dict[str, MediaFile], dict[tuple[int, int], str]]:
        """Return the album's files by name, without those that are files of the inputs under another name; and of these the names."""
        ours = {(file.device, file.inode) for file in inputs}
        album: dict[str, MediaFile] = {}
        same_file: dict[tuple[int, int], str] = {}
        for file in scan([self.album], own_folders=True):
            if isinstance(file, Failure):
                self.failures.append(file)
                continue
            name = os.path.relpath(file.path, self.album).replace(os.sep, "/")
            if (file.device, file.inode) in ours:
                same_file[(file.device, file.inode)] = name
            elif name != manifest.NAME:
                album[name] = file
        return album, same_file

    def _held(self, candidates: Sequence[MediaFile], album: Mapping[str, MediaFile]) -> tuple[dict[str, list[AlbumCopy]], dict[str, str]]:
        """Return the album's files by the checksums that they have now; and names by checksums that none has, but should."""
        sums, failures = self._sums("2/3 Reading the album", candidates)
        self.failures += failures
        names = {file.path: name for name, file in album.items()}
        held: dict[str, list[AlbumCopy]] = {}
        for file in candidates:
            if file.path in sums:
                held.setdefault(sums[file.path][0], []).append(AlbumCopy(file, names[file.path], *sums[file.path]))
        return held, {sha256: name for name, sha256 in manifest.read(self.album).items() if sha256 not in held}

    def _archives(self, files: Sequence[MediaFile]) -> dict[str, tuple[ArchiveMember, ...] | Failure]:
        """Return by path what is in each file that is an archive by its first bytes, or why that cannot be told."""
        likely = [file for file in files if not (file.kind.is_picture or file.kind is FileKind.SIDECAR)]
        archives = [file for file, found in self._ask(content_of, likely) if found is Content.ARCHIVE]
        return {file.path: found for file, found in self._ask(pictures_in, archives)}

    def _contents(self, files: Sequence[MediaFile], archives: Mapping[str, object]) -> dict[str, Content | Failure]:
        unknown = [file for file in files if file.path not in archives]
        found: dict[str, Content | Failure] = {file.path: what for file, what in self._ask(content_of, unknown)}
        return found | dict.fromkeys(archives, Content.ARCHIVE)

    def _ask(self, function: Callable[[str], Answer], files: Sequence[MediaFile]) -> Iterable[tuple[MediaFile, Answer | Failure]]:
        by_path = {file.path: file for file in files}
        for path, found in run_in_pool(function, by_path, workers=self.workers, limit=lambda path: patience(by_path[path].size)):
            yield by_path[path], found

    def _same_pictures(self, alone: Sequence[MediaFile], album: Mapping[str, MediaFile]) -> tuple[dict[str, AlbumCopy], dict[str, str]]:
        """Return for the pictures that the album does not hold by bytes those with equal pixels; and why pixels prove nothing.

        The index helps to find candidates; what proves is decoded in this run.
        """
        pixels: dict[str, str] = {}
        reasons: dict[str, str] = {}
        for file, found in self._ask(provable_pixels, [file for file in alone if file.kind is FileKind.PHOTO]):
            if isinstance(found, Failure):
                reasons[file.path] = found.reason
            else:
                pixels[file.path] = found
        names = self._likely(pixels, alone, album)
        sums, _ = self._sums("3/3 Comparing pixels", [album[name] for name in names.values()])
        held: dict[str, AlbumCopy] = {}
        asked = {album[name].path: name for name in names.values()}
        for file, found in self._ask(provable_pixels, [album[name] for name in asked.values()]):
            if not isinstance(found, Failure) and file.path in sums:
                held.setdefault(found, AlbumCopy(file, asked[file.path], *sums[file.path]))
        return {path: held[found] for path, found in pixels.items() if found in held}, reasons

    def _likely(self, pixels: Mapping[str, str], alone: Sequence[MediaFile], album: Mapping[str, MediaFile]) -> dict[str, str]:
        """Return by hash of pixels the name of a photo of the album that seems to have them, of the same width and height."""
        if not pixels:
            return {}
        ours = [file for file in alone if file.path in pixels]
        sizes = {_sides(found) for _, (found,) in analyse(ours, (METADATA,), self.index, workers=self.workers)}
        photos = {file: name for name, file in album.items() if file.kind is FileKind.PHOTO}
        with self.progress("3/3 Looking for pixels", len(photos), 0) as advance:
            fitting = [
                file
                for file, (found,) in analyse(list(photos), (METADATA,), self.index, workers=self.workers, advance=advance)
                if _sides(found) in sizes
            ]
        wanted = set(pixels.values())
        answers = analyse(fitting, (PIXELS,), self.index, workers=self.workers)
        return {found: photos[file] for file, (found,) in answers if isinstance(found, str) and found in wanted}

    def _link(self, path: str) -> LinkTarget:
        target = os.path.realpath(path)
        inside = any(is_below(target, root) for root in self.inputs)
        holds = os.path.isdir(target)
        if os.path.isfile(target) and not inside:
            found = next(iter(run_in_pool(content_of, [target], workers=1)))[1]
            holds = found is not Content.OTHER and found is not Content.SIDECAR
        return LinkTarget(target, inside, holds)


def _sides(found: object) -> tuple[int, ...]:
    """Return width and height in falling order, since a picture may be stored turned; empty where they are not known."""
    width, height = getattr(found, "width", None), getattr(found, "height", None)
    return tuple(sorted((width, height), reverse=True)) if width and height else ()


def _is_young(read_at: bytes, oldest: datetime) -> bool:
    try:
        return datetime.fromisoformat(read_at.decode("ascii")) >= oldest
    except (ValueError, TypeError):
        # Damaged, or of a time without a zone: what is not known to be young is read.
        return False


def _seen_now(file: MediaFile) -> MediaFile | None:
    try:
        return MediaFile.of(file.folder, file.name, os.lstat(file.path))
    except OSError:
        # It is gone, or cannot be looked at: in any case it is not as it was.
        return None


def _pictures_beside(files: Iterable[MediaFile]) -> dict[str, str]:
    """Return by the path of a sidecar the picture in its folder whose name it has: `a.jpg.xmp`, `a.xmp`, `a.jpg.json`."""
    pictures: dict[tuple[str, str], str] = {}
    sidecars = []
    for file in files:
        if file.kind is FileKind.SIDECAR:
            sidecars.append(file)
        elif file.kind.is_picture:
            for name in (file.name, split_name(file.name)[0]):
                pictures.setdefault((file.folder, name.lower()), file.path)
    return {file.path: found for file in sidecars if (found := pictures.get((file.folder, split_name(file.name)[0].lower())))}
