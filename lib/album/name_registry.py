"""Keep count of an album's names during planning: which are taken, by whom, and which is the next one free. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Hashable, Iterable, Iterator
from typing import Generic, TypeVar

from lib.files.names import fold, numbered, split_name
from lib.model import FileKind

Holder = TypeVar("Holder")


class NameRegistry(Generic[Holder]):
    """The names of an album, folded, each with its holder in this run: None for a file of the album, or one that has no say."""

    def __init__(self, names: Iterable[str]) -> None:
        """`names`: the folded names that the album has."""
        self._holders: dict[str, Holder | None] = dict.fromkeys(names)
        self._first_free: dict[str, int] = {}
        self._of_kin: dict[tuple[str, Hashable], list[int]] = {}

    def is_taken(self, path: str) -> bool:
        """True where a file has this name, or will have."""
        return fold(path) in self._holders

    def are_free(self, folder: str, names: Iterable[str], own: Collection[str] = ()) -> bool:
        """True where nobody has any of the names; those in `own` (folded paths) do not count."""
        return not any(key in self._holders and key not in own for key in (fold(f"{folder}/{name}") for name in names))

    def holder(self, path: str) -> Holder | None:
        """Who of this run has the name."""
        return self._holders.get(fold(path))

    def take(self, path: str, holder: Holder | None = None) -> None:
        """Give the name away."""
        self._holders[fold(path)] = holder

    def release(self, path: str) -> None:
        """Nobody has the name any more."""
        self._holders.pop(fold(path), None)

    def forget_holders(self) -> None:
        """Names stay taken, by nobody in particular."""
        for key in self._holders:
            self._holders[key] = None

    def free_name(self, folder: str, name: str) -> str:
        """`name`, or the first numbered one, that nobody has in `folder`."""
        return next(free for free in numbered(name) if not self.is_taken(f"{folder}/{free}"))

    def numbers(self, family: str, kin: Hashable, own: int | None) -> Iterator[int]:
        """The numbers worth trying for a picture, out of all that want one name (`family`): first those of pictures that may be versions
        of it (`kin` is what they have in common, None where there are none) and its `own` where it has one already, then from the
        first one that nobody is known to have."""
        start = self._first_free.get(family, 1)
        before = {number for number in (own, *self._of_kin.get((family, kin), ())) if number and number < start}
        yield from sorted(before)
        yield from itertools.count(start)

    def pass_by(self, family: str, number: int, kin: Hashable) -> None:
        """The number is taken for good, by a picture of that `kin`, or one of none."""
        if number == self._first_free.get(family, 1):
            self._first_free[family] = number + 1
            if kin is not None:
                self._of_kin.setdefault((family, kin), []).append(number)


def further_names(name: str, beside: str) -> Iterator[str]:
    """The name of a companion, and then those that it may have instead; a sidecar's still tells the file that it lies `beside`."""
    if FileKind.of(name) is FileKind.SIDECAR:
        yield name
        yield from itertools.islice(numbered(beside + split_name(name)[1], ".{}"), 1, None)
    else:
        yield from numbered(name)
