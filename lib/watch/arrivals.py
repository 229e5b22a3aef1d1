"""Stay with some folders and hand out what comes into them, batch by batch, once it is whole."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Collection, Generator, Iterable, Sequence

from lib.files.scanning import scan
from lib.model import Failure, MediaFile
from lib.watch.notifier import Notifier
from lib.watch.open_files import open_for_writing
from lib.watch.stability import StabilityTracker

SETTLE = 5.0  # seconds


class ArrivalWatcher:
    """Looks after some folders. The scan is the truth, and every other means only says when to scan.

    `settle`: seconds for which nothing may have changed before files are given out. `poll`: seconds between looks, where None
    leaves it to the system to tell of changes. Folders in `keep_out` are not entered. `incomplete` tells which of some files
    are not whole as yet; those are waited for a while longer. `tell` is given sentences for the person:
    of folders that are gone, that cannot be read, or that tell no changes and therefore are looked at now and then.
    """

    def __init__(
        self,
        roots: Sequence[str],
        *,
        settle: float = SETTLE,
        poll: float | None = None,
        keep_out: Collection[str] = (),
        incomplete: Callable[[Sequence[MediaFile]], Iterable[MediaFile]] = lambda files: (),
        tell: Callable[[str], None],
    ) -> None:
        """Start with nothing known: the first batch is what lies there already."""
        self._roots, self._keep_out = roots, keep_out
        self._settle, self._poll, self._tell = settle, poll, tell
        self._incomplete = incomplete
        self._settling = StabilityTracker(settle)
        self._troubles: set[Failure] = set()

    def batches(self, stop: threading.Event) -> Generator[list[MediaFile], None, None]:
        """Whatever comes into the folders, until `stop` is set: each file once, and again when it changes.

        A batch is whole: nothing changed for a while, and no program is known to hold a file of it open for writing. The caller
        takes care of it before asking for the next one. A folder may go away and come back.
        """
        waker = Notifier(self._roots, poll=self._poll, tell=self._tell)
        was_told = True
        try:
            while not stop.is_set():
                there = waker.renew()
                began = time.monotonic()
                files = self._look(there)
                ended = time.monotonic()
                # A file was seen somewhere in between: what counts is what is sure to have been still for long enough
                if self._settling.look(files, there, ended) and not was_told:
                    waker.mistrust()
                was_told = True
                del files
                if batch := self._whole(began, ended):
                    yield batch
                elif (due := self._settling.due(ended)) is not None:
                    waker.pause(stop, max(min(due, self._settle), self._settle / 4, 5 * (ended - began), 0.05))
                else:
                    was_told = waker.idle(stop, ended - began)
        finally:
            waker.close()

    def try_again(self, files: Iterable[MediaFile], after: float | None = None) -> None:
        """These files could not be taken care of; give them out again along with the next batch, or `after` seconds without one."""
        self._settling.try_again(files, None if after is None else time.monotonic() + after)

    def __len__(self) -> int:
        """How many files are kept in mind."""
        return len(self._settling)

    def _look(self, roots: Sequence[str]) -> list[MediaFile]:
        files: list[MediaFile] = []
        troubles: set[Failure] = set()
        for found in scan(roots, keep_out=self._keep_out):
            if isinstance(found, MediaFile):
                files.append(found)
            elif os.path.lexists(found.path):  # else it went away while we looked, as files do that are moved
                troubles.add(found)
        for trouble in sorted(troubles - self._troubles, key=lambda failure: failure.path):
            self._tell(f"{trouble.path}: {trouble.reason}")
        self._troubles = troubles
        return files

    def _whole(self, now: float, seen: float) -> list[MediaFile]:
        """The batch that is due, without files that a program is still writing to, or that are not whole yet; it counts as given."""
        batch = self._settling.batch(now)
        held = set(open_for_writing(batch))
        if held:
            self._settling.disturb(held, seen)
            batch = [file for file in self._settling.batch(now) if file not in held]
        if batch and self._settling.distrust(self._incomplete(batch)):
            batch = [file for file in self._settling.batch(now) if file not in held]
        self._settling.give(batch, seen)
        return batch
