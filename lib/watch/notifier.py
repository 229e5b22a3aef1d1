"""Wake the watch when something changes below its folders: by native events where they work, else after a while."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from lib.files import volumes

if TYPE_CHECKING:
    from watchdog.observers.api import BaseObserver, ObservedWatch

_NETWORK = frozenset(
    {
        "nfs",
        "nfs4",
        "cifs",
        "smb",
        "smb2",
        "smb3",
        "smbfs",
        "ncpfs",
        "afs",
        "ceph",
        "9p",
        "coda",
        "davfs",
        "webdav",
        "afpfs",
        "vboxsf",
        "vmhgfs",
    }
)
POLL = 10.0  # seconds between looks at folders that tell no events
_REST = 60.0  # seconds after which even a folder that tells its events is looked at: some get lost
_SLICE = 0.2  # seconds between looks at whether to stop


def is_network(path: str) -> bool:
    """True where changes to `path` can be made by other computers, of which this one tells no events."""
    if sys.platform == "win32":
        import ctypes

        drive = os.path.splitdrive(os.path.abspath(path))[0]
        remote = 4
        return drive.startswith("\\\\") or ctypes.windll.kernel32.GetDriveTypeW(drive + "\\") == remote
    style = volumes.volume_of(os.path.realpath(path), volumes.mounted()).style
    # A file system in user space says nothing of changes that it did not make itself; fuseblk is a local disk
    return style in _NETWORK or style.startswith("fuse.")


class Notifier:
    """Sleeps until something may have changed. Events are a hint and nothing else: whoever is woken has to look."""

    def __init__(self, roots: Sequence[str], *, poll: float | None, tell: Callable[[str], None]) -> None:
        """`poll`: seconds, for looking that often instead of hearing events. `tell` takes sentences for the person."""
        self._poll = poll
        self._tell = tell
        self._woken = threading.Event()
        self._places: dict[str, tuple[int, int] | None] = dict.fromkeys(roots)
        self._hearing: dict[str, ObservedWatch] = {}
        self._deaf: set[str] = set()
        self._observer: BaseObserver | None = None
        if poll is None:
            self._observer = _observer()
            if self._observer is None:
                tell(f"The package watchdog is not installed, so the folders are looked at every {POLL:.0f} seconds.")

    def renew(self) -> list[str]:
        """The folders that are there now; hear those that came or were replaced, and let go of those that are gone.

        What is found in a folder after this call, or changes in it, is not missed.
        """
        self._woken.clear()
        for root, before in self._places.items():
            place = self._places[root] = _place(root)
            if place is None and before is not None:
                self._tell(f"{root} is gone; waiting for it to come back.")
            if place != before or self._is_unheard(root):
                self._let_go(root)
                if place is not None:
                    self._hear(root)
        return [root for root, place in self._places.items() if place is not None]

    def idle(self, stop: threading.Event, look_took: float) -> bool:
        """Return when something may have changed, when a folder came or went, when it is time to look anyway, or on `stop`.

        False where it only was time: if there is something new then, this was not told.
        """
        told = self._observer is not None and not self._deaf
        rest = self._poll or max(_REST if told else POLL, 20 * look_took)
        end = time.monotonic() + rest
        while not stop.is_set() and time.monotonic() < end:
            if self._woken.wait(min(_SLICE, rest)) or any(self._has_changed(root) for root in self._places):
                return True
        return not told

    def mistrust(self) -> None:
        """Something new was not told (a drive that is unmounted and mounted again at once leaves us deaf): hear all folders anew."""
        for root in list(self._hearing):
            self._let_go(root)
            self._hear(root)

    def pause(self, stop: threading.Event, seconds: float) -> None:
        """Sleep, and end early on `stop`."""
        # Not by stop.wait: the handler of Ctrl-C sets the event on this very thread, and would wait for the lock that wait holds
        end = time.monotonic() + seconds
        while not stop.is_set() and (left := end - time.monotonic()) > 0:
            time.sleep(min(_SLICE, left))

    def close(self) -> None:
        """Hear no more."""
        if self._observer is not None:
            self._observer.stop()
            if self._observer.is_alive():
                self._observer.join(5)

    def _hear(self, root: str) -> None:
        if self._observer is None:
            return
        try:
            if is_network(root):
                raise OSError("it is a network drive")
            self._hearing[root] = _schedule(self._observer, root, self._woken.set)
            self._deaf.discard(root)
        except OSError as error:
            if root not in self._deaf:
                self._deaf.add(root)
                why = error.strerror or str(error)
                self._tell(f"{root} tells no changes ({why}), so it is looked at every {POLL:.0f} seconds; --poll sets another time.")

    def _let_go(self, root: str) -> None:
        watch = self._hearing.pop(root, None)
        if watch is not None and self._observer is not None:
            self._observer.unschedule(watch)

    def _has_changed(self, root: str) -> bool:
        return self._is_unheard(root) or self._places[root] != _place(root)

    def _is_unheard(self, root: str) -> bool:
        # A folder that was removed and made anew may have the old one's inode; the ear to the old one has ended all the same
        watch = self._hearing.get(root)
        if watch is None or self._observer is None:
            return False
        return not any(emitter.watch == watch and emitter.is_alive() for emitter in self._observer.emitters)


def _place(root: str) -> tuple[int, int] | None:
    try:
        seen = os.stat(root)
    except OSError:
        # Gone, or its drive is: either way there is nothing to look at now
        return None
    return seen.st_dev, seen.st_ino


def _observer() -> BaseObserver | None:
    try:
        from watchdog.observers import Observer
    except ImportError:
        return None
    # It logs and warns when folders go away or are moved; that we see ourselves, and tell in words for people
    warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"watchdog\.")
    logging.getLogger("watchdog").setLevel(logging.CRITICAL)
    observer = Observer()
    observer.start()
    return observer


def _schedule(observer: BaseObserver, root: str, wake: Callable[[], None]) -> ObservedWatch:
    """Call `wake` on every change below `root`. Raises OSError where the system refuses, as when it has no more watches to give."""
    from watchdog import events

    class Handler(events.FileSystemEventHandler):
        def on_any_event(self, event: events.FileSystemEvent) -> None:
            wake()

    # Not the events of opening: our own looking would wake us for ever
    changes = [events.FileCreatedEvent, events.FileModifiedEvent, events.FileClosedEvent, events.FileMovedEvent, events.FileDeletedEvent]
    folders = [events.DirCreatedEvent, events.DirMovedEvent, events.DirDeletedEvent]
    return observer.schedule(Handler(), root, recursive=True, event_filter=[*changes, *folders])
