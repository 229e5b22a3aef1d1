"""Keep all transfers of a run together below a number of bytes a second, and end them at once when the person stops the run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class RunStopped(BaseException):
    """The person stops the run: no error, and none that a library's retry may catch."""


class Bandwidth:
    """What may be sent or fetched; shared by all threads of a run. `limit` in bytes a second, 0 for as fast as it goes."""

    def __init__(
        self,
        limit: float,
        stop: threading.Event,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`stop` ends every wait; `clock` tells seconds."""
        self.stop = stop
        self._limit = limit
        self._clock = clock
        self._lock = threading.Lock()
        self._free_at = 0.0

    def take(self, count: int) -> None:
        """Return once `count` bytes more may pass. Raises RunStopped."""
        if self.stop.is_set():
            raise RunStopped
        if self._limit:
            with self._lock:
                now = self._clock()
                begin = max(now, self._free_at)
                self._free_at = begin + count / self._limit
            if begin > now and self.stop.wait(begin - now):
                raise RunStopped
