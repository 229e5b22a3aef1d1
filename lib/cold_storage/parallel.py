"""Make many requests side by side, a few at a time, and hand over each answer as it comes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from lib.cold_storage.bandwidth import RunStopped
from lib.cold_storage.client import CONNECTIONS

_Item = TypeVar("_Item")
_Answer = TypeVar("_Answer")


def side_by_side(
    function: Callable[[_Item], _Answer], items: Iterable[_Item], stop: threading.Event, threads: int = CONNECTIONS
) -> Iterator[tuple[_Item, _Answer]]:
    """Each item with what `function` makes of it, in the order in which they are done.

    Once `stop` is set no further one is begun; those that are under way end in their own way, or are left out where they stop too.
    What else `function` raises is raised here, once those under way have ended.
    """
    coming = iter(items)
    running: dict[Future[_Answer], _Item] = {}
    pool = ThreadPoolExecutor(threads)
    is_waited_for = True
    try:
        while True:
            while len(running) < threads and not stop.is_set() and (item := next(coming, _NOTHING)) is not _NOTHING:
                running[pool.submit(function, item)] = item  # type: ignore[arg-type,assignment]  # it is none but an item
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                item = running.pop(future)
                try:
                    answer = future.result()
                except RunStopped:
                    continue
                yield item, answer
    except KeyboardInterrupt:
        is_waited_for = False  # the person stops a second time, and a request may take minutes to give up
        raise
    finally:
        pool.shutdown(wait=is_waited_for, cancel_futures=True)


_NOTHING = object()
