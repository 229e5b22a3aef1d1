"""Keep count of an album's names during planning: which are taken, which bytes lie there, and which is the next one free. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime

from lib.model import FileKind
from lib.naming import folded, shorten, split_name


class Vacancy:
    """The names of an album, folded: those that it has, and those that a plan has given away."""

    def __init__(self, names: Mapping[str, str], sums: Mapping[str, str]) -> None:
        """`names` as the album has them, by their folded form; `sums`: the SHA-256 of those that were read, by name."""
        self._taken = set(names)
        self._sums = {key: sums[name] for key, name in names.items() if name in sums}
        self._first_free: dict[str, int] = {}
        self._seconds: dict[tuple[str, datetime], list[int]] = {}

    def is_taken(self, path: str) -> bool:
        """True where a file has this name, or will have."""
        return folded(path) in self._taken

    def are_free(self, folder: str, names: Iterable[str], own: Collection[str] = ()) -> bool:
        """True where nobody has any of the names; those in `own` (folded paths) do not count."""
        keys = {folded(f"{folder}/{name}") for name in names}
        return not (keys.difference(own)) & self._taken

    def take(self, path: str, sha256: str) -> None:
        """Give the name to the file with these bytes."""
        self._taken.add(folded(path))
        self._sums[folded(path)] = sha256

    def release(self, path: str) -> None:
        """Nobody has the name any more."""
        self._taken.discard(folded(path))
        self._sums.pop(folded(path), None)

    def holds(self, path: str, sha256: str) -> bool:
        """True where the file of this name is known to have these bytes."""
        return self._sums.get(folded(path)) == sha256

    def free_name(self, folder: str, name: str) -> str:
        """`name`, or the first numbered one, that nobody has in `folder`."""
        return next(free for free in numbered(name) if not self.is_taken(f"{folder}/{free}"))

    def numbers(self, family: str, moment: datetime, *, from_start: bool) -> Iterator[int]:
        """The numbers worth trying for a picture of that second, out of all that want one name (`family`): first those that pictures
        of the same second have, which may be versions of it, then from the first one that nobody is known to have."""
        start = 1 if from_start else self._first_free.get(family, 1)
        yield from (number for number in self._seconds.get((family, moment), ()) if number < start)
        yield from itertools.count(start)

    def note(self, family: str, moment: datetime, number: int) -> None:
        """A picture of that second has this number of the family."""
        numbers = self._seconds.setdefault((family, moment), [])
        if number not in numbers:
            numbers.append(number)

    def skip(self, family: str, number: int) -> None:
        """The number is taken for good."""
        if number == self._first_free.get(family, 1):
            self._first_free[family] = number + 1


def numbered(name: str) -> Iterator[str]:
    """The name, and then with _2, _3 and so on behind its stem."""
    stem, ending = split_name(name)
    yield shorten(stem, ending)
    yield from (shorten(stem, f"_{number}{ending}") for number in itertools.count(2))


def further_names(name: str, beside: str) -> Iterator[str]:
    """The name of a companion, and then those that it may have instead; a sidecar's still tells the file that it lies `beside`."""
    if FileKind.of(name) is FileKind.SIDECAR:
        yield name
        yield from (shorten(beside, f".{number}{split_name(name)[1]}") for number in itertools.count(2))
    else:
        yield from numbered(name)
