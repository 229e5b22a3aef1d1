"""Read what an album's files hold now, and tell which of them are not what SHA256SUMS says."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from lib.analysis.features import INTEGRITY, SHA256, analyse, read_anew, recall
from lib.analysis.index import Index
from lib.files.names import fold
from lib.model import Failure, Integrity, MediaFile

LAST_READ = "last_read_1"
"""The index's column of when a file was read whole, in ISO form."""


@dataclass(slots=True)
class AlbumReader:
    """The checksums of an album's `files` (by their names in it), as far as they were asked for.

    `sums` are what the files have; those in `fresh` were read in this run, the others are remembered. What could not be read is in
    `failures`, and in no other place.
    """

    files: Mapping[str, MediaFile]
    manifest: Mapping[str, str]
    index: Index
    now: datetime
    workers: int
    sums: dict[str, str] = field(default_factory=dict)
    fresh: set[str] = field(default_factory=set)
    failures: list[Failure] = field(default_factory=list)
    _folded: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Some file systems show names in another Unicode form than the one that was written down."""
        self._folded = {fold(name): sha256 for name, sha256 in self.manifest.items()}

    def promised(self, name: str) -> str:
        """The SHA-256 that the manifest has of a file; empty where it does not list it."""
        return self.manifest.get(name) or self._folded.get(fold(name), "")

    def recall(self, names: Iterable[str]) -> None:
        """Take in what is remembered of these files from when they were last read."""
        by_file = {self.files[name]: name for name in names}
        for file, sha256 in recall(by_file, SHA256, self.index):
            if isinstance(sha256, str):
                self.sums[by_file[file]] = sha256

    def read(self, names: Iterable[str], advance: Callable[[int, int], None]) -> None:
        """Read these files now. What was remembered of one that turns out to have other bytes is void."""
        by_file = {self.files[name]: name for name in names}
        stamp = self.now.isoformat(timespec="seconds").encode()
        for file, (sha256,) in read_anew(list(by_file), SHA256, self.index, self.workers, advance):
            name = by_file[file]
            remembered = self.sums.pop(name, None)
            if isinstance(sha256, Failure):
                self.failures.append(sha256)
                continue
            if remembered not in (None, sha256):
                self.index.forget(file.folder, file.name)
                self.index.remember(file, {SHA256.name: SHA256.encode(sha256)})
            self.index.remember(file, {LAST_READ: stamp})
            self.sums[name] = sha256
            self.fresh.add(name)

    def changed(self) -> set[str]:
        """The files that have other bytes than the manifest says."""
        return {name for name, sha256 in self.sums.items() if self.promised(name) not in ("", sha256)}

    def repairable(self, changed: Collection[str], arriving: Mapping[str, int]) -> dict[str, list[str]]:
        """Of the changed files those that went bad, by the SHA-256 that they should have, where a file with it is `arriving`.

        Bad disks change bytes and no sizes; a size that changed means that somebody edited the file, unless the picture is cut off
        or has a hole. `arriving` gives the size by SHA-256.
        """
        candidates = [name for name in changed if self.promised(name) in arriving]
        suspects = [self.files[name] for name in candidates if self.files[name].size != arriving[self.promised(name)]]
        checked = analyse(suspects, (INTEGRITY,), self.index, workers=self.workers)
        edited = {file.path for file, (found,) in checked if not isinstance(found, Integrity) or not found.damage}
        result: dict[str, list[str]] = {}
        for name in sorted(candidates):
            if self.files[name].path not in edited:
                result.setdefault(self.promised(name), []).append(name)
        return result

    def unread(self, wanted: Collection[str]) -> dict[str, str]:
        """For those files with `wanted` checksums that were not read in this run: since when not, in words."""
        names = [name for name, sha256 in self.sums.items() if name not in self.fresh and sha256 in wanted]
        return {name: self._since(self.files[name]) for name in names}

    def _since(self, file: MediaFile) -> str:
        ((when,),) = self.index.recall(file.folder, [file], (LAST_READ,))
        if not isinstance(when, bytes):
            return "not read since it came in"
        return f"not read since {when.decode('ascii', 'replace')[:16].replace('T', ' ')}"
