"""Hold clock, chance and threads still, so that a script makes the same calls in the same order every time."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from lib.transfer import execution, journal

NOW = datetime(2030, 1, 1, tzinfo=UTC)


class OneThread:
    """Stands in for a pool of threads and does all at once, one after another."""

    def __init__(self, threads: int) -> None:
        pass

    def __enter__(self) -> OneThread:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def map(self, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        return iter([function(item) for item in items])


def stand_still() -> None:
    """Make the names of journals and temporary files, and the order of calls, the same in every run."""
    begin = journal.start
    setattr(journal, "start", lambda root, command, **more: begin(root, command, **{**more, "now": NOW}))  # noqa: B010
    tokens = itertools.count()
    setattr(journal.secrets, "token_hex", lambda count: f"{next(tokens):0{2 * count}x}")  # type: ignore[attr-defined]  # noqa: B010
    setattr(execution, "ThreadPoolExecutor", OneThread)  # noqa: B010
