"""Tell when files that are still arriving have arrived, and when a batch of them is whole. Pure: scans and times go in."""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from lib.files.names import fold, split_name
from lib.filesets import name_patterns
from lib.model import FileKind, MediaFile

PATIENCE = 4.0  # seconds that a photo waits for its companions, even where files settle sooner
_LONGEST = 1800.0  # seconds after which a folder that never becomes quiet is taken piece by piece; a full card may take as long
_UNSURE = 60.0  # seconds for which an empty or half a file is waited for, and the others wait for one that is held open
_KIN_LETTERS = 38  # of long names Takeout leaves only the beginning

# What browsers, copiers and editors call a file that is not finished.
_UNFINISHED = re.compile(
    r".*(?:~|\.(?:part|partial|filepart|crdownload|download|opdownload|tmp|temp|!ut|!qb|aria2|bc!|sb-[\w-]+))|~\$.*",
    re.IGNORECASE | re.DOTALL,
)


def is_unfinished(name: str) -> bool:
    """True for names under which programs keep a file, or a folder, while they write it."""
    return _UNFINISHED.fullmatch(name) is not None


@dataclass(slots=True)
class _Seen:
    file: MediaFile
    since: float  # when it was first seen as it is now
    given: bool = False
    held: bool = False  # some program had it open for writing when it was due
    cut: bool = False  # it did not look whole when it was due
    again: bool = False  # was given, but has to be given once more

    @property
    def is_awaited(self) -> bool:
        """True for what starts a batch; files of other kinds only come along."""
        return not self.given and self.file.kind is not FileKind.OTHER


class StabilityTracker:
    """What is known of the files below the watched folders, from one scan to the next. Times are seconds of a clock that never jumps.

    A file is still when size, times and inode were the same for `settle` seconds. A batch is whole when nothing that looks like
    a picture, a sidecar or an unfinished file has changed for so long, so a card that is being copied comes in as one. A file is
    given once; one that is gone is forgotten.
    """

    def __init__(self, settle: float) -> None:
        self.settle = settle
        self._unsure = max(_UNSURE, 2 * settle)
        self._seen: dict[str, _Seen] = {}
        self._noise = float("-inf")
        self._waiting_since: float | None = None
        self._retry_at: float | None = None

    def look(self, files: Iterable[MediaFile], roots: Collection[str], now: float) -> bool:
        """Take in what a scan of all `roots` found at `now`; True if something is new or has changed."""
        before, self._seen = self._seen, {}
        unfinished: dict[str, bool] = {}
        is_news = False
        for file in files:
            if file.folder not in unfinished:
                unfinished[file.folder] = _is_within_unfinished(file.folder, roots)
            path = file.path
            old = before.get(path)
            if old and _signature(old.file) == _signature(file):
                self._seen[path] = old
                continue
            is_news = True
            if unfinished[file.folder] or is_unfinished(file.name):
                # Its growing says that more is to come; what it will be called is not known yet
                self._seen[path] = _Seen(file, now, given=True)
                self._noise = now
                continue
            self._seen[path] = _Seen(file, now)
            if file.kind is not FileKind.OTHER:
                self._noise = now
        self._note_waiting(now)
        return is_news

    def disturb(self, files: Iterable[MediaFile], now: float) -> None:
        """These files look still, but some program holds them open."""
        for file in files:
            seen = self._seen[file.path]
            seen.since, seen.held = now, True

    def distrust(self, files: Iterable[MediaFile]) -> bool:
        """These files stand still but are not whole, as uploads that stall; they are waited for. True where that is news."""
        doubted = [seen for file in files if not (seen := self._seen[file.path]).cut]
        for seen in doubted:
            seen.cut = seen.held = True
        return bool(doubted)

    def batch(self, now: float) -> list[MediaFile]:
        """The files to import now, in the order of the scan; empty while there is nothing or while more may come.

        With them come files that were given before: those to try again, and those that still lie beside a new file of the same
        name, such as the photo of a late sidecar.
        """
        waiting = [seen for seen in self._seen.values() if not seen.given]
        still = [seen for seen in waiting if now >= self._still_from(seen)]
        is_retry = self._retry_at is not None and now >= self._retry_at
        if not is_retry and not any(seen.is_awaited for seen in still):
            return []
        quiet_for = now - self._noise
        if quiet_for < self._quiet(waiting):
            if self._waiting_since is None or now - self._waiting_since < _LONGEST:
                return []
            still = self._with_still_kin(still, waiting, now)
        elif any(seen.held for seen in waiting if now < self._still_from(seen)):
            if quiet_for < self._unsure:
                return []
            still = self._with_still_kin(still, waiting, now)
        kin = {_kin(seen.file) for seen in still}
        taken = {seen.file.path for seen in still} | {seen.file.path for seen in self._seen.values() if seen.again}
        taken |= {seen.file.path for seen in self._in_folders(still) if seen.given and _kin(seen.file) in kin}
        return [seen.file for path, seen in self._seen.items() if path in taken]

    def give(self, files: Collection[MediaFile], now: float) -> None:
        """These files are given out; they count again only when they change."""
        if not files:
            return
        for file in files:
            self._seen[file.path].given, self._seen[file.path].again = True, False
        self._waiting_since = self._retry_at = None
        self._note_waiting(now)

    def try_again(self, files: Iterable[MediaFile], at: float | None = None) -> None:
        """These files were given in vain; they come with the next batch, or `at` that time if none comes before."""
        for file in files:
            if file.path in self._seen:
                self._seen[file.path].again = True
        self._retry_at = at

    def due(self, now: float) -> float | None:
        """In how many seconds another look may bring a batch; None while nothing is waited for."""
        waiting = [seen for seen in self._seen.values() if seen.is_awaited]
        if not waiting:
            return None if self._retry_at is None else self._retry_at - now
        return max(self._noise + self._quiet(waiting), min(map(self._still_from, waiting))) - now

    def __len__(self) -> int:
        """How many files are kept in mind."""
        return len(self._seen)

    def _still_from(self, seen: _Seen) -> float:
        return seen.since + (self.settle if seen.file.size and not seen.cut else self._unsure)

    def _note_waiting(self, now: float) -> None:
        if not any(seen.is_awaited for seen in self._seen.values()):
            self._waiting_since = None
        elif self._waiting_since is None:
            self._waiting_since = now

    def _quiet(self, waiting: Collection[_Seen]) -> float:
        """How long nothing may have happened: longer where a photo has come without the video or sidecar that may follow."""
        if self.settle >= PATIENCE:
            return self.settle
        lone = {_kin(seen.file) for seen in waiting if seen.is_awaited}
        mates = Counter(kin for seen in self._in_folders(waiting) if (kin := _kin(seen.file)) in lone)
        return PATIENCE if 1 in mates.values() else self.settle

    def _in_folders(self, some: Iterable[_Seen]) -> Iterator[_Seen]:
        """All finished files of the folders that `some` lie in."""
        folders = {seen.file.folder for seen in some}
        return (seen for seen in self._seen.values() if seen.file.folder in folders and not is_unfinished(seen.file.name))

    def _with_still_kin(self, still: Iterable[_Seen], waiting: Iterable[_Seen], now: float) -> list[_Seen]:
        """Those of a folder that never is quiet whose kin, too, has stood still long enough."""
        youngest: dict[tuple[str, str], float] = defaultdict(lambda: float("-inf"))
        for seen in waiting:
            youngest[_kin(seen.file)] = max(youngest[_kin(seen.file)], seen.since)
        return [seen for seen in still if now - youngest[_kin(seen.file)] >= max(self.settle, PATIENCE)]


def _signature(file: MediaFile) -> tuple[int, int, int, int, int]:
    return file.size, file.mtime_ns, file.ctime_ns, file.device, file.inode


def _is_within_unfinished(folder: str, roots: Collection[str]) -> bool:
    # A browser may keep a download in a folder of its own: photo.jpg.download/photo.jpg
    below = min((folder.removeprefix(root) for root in roots if folder.startswith(root)), key=len, default=folder)
    return any(is_unfinished(part) for part in below.split(os.sep))


def _kin(file: MediaFile) -> tuple[str, str]:
    """What a photo and its companions have in common, roughly: strangers may share it, members of a set should not lack it."""
    stem = split_name(fold(file.name))[0]
    if file.kind is FileKind.SIDECAR:
        stem = next((guess.text for guess in name_patterns.owners(file.name) if FileKind.of(guess.text).is_picture), stem)
        stem = split_name(stem)[0] if FileKind.of(stem).is_picture else stem
    stem = next(name_patterns.originals(stem), stem)
    return file.folder, name_patterns.numbered(stem)[0][:_KIN_LETTERS]
