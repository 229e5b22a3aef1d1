"""Which of very many 64-bit hashes are near to each other, without comparing each with each."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]
    Pairs = NDArray[np.int64]

CROWD = 200
"""Of more pictures than that which all look alike, so many are compared at a time."""
_PARTS = ((0, 21), (21, 21), (42, 22))
"""Shift and bits of the parts of a hash: of two hashes within a distance, one part is within a third of it."""
_MOST_CANDIDATES = 1 << 20
"""Pairs that are held against each other in one go: what a step of numpy has in memory."""


def neighbours(
    hashes: Hashes, distance: int, others: Hashes | None = None, *, farthest: int | None = None, crowd: Crowd | None = None
) -> Pairs:
    """Return (n, 2) int64: every two of the 64-bit `hashes` that differ in `distance` bits at most, by their numbers, the smaller first.

    Those that differ in up to `farthest` bits come too where the search meets them (of 9 bits nine in ten, of 11 two in three).
    With `others`, every one of `hashes` that is so near to one of those, and the number of that one, but not its own. Pairs that a
    `crowd` does not compare are left out.
    """
    import numpy as np

    found = [np.empty((0, 2), np.int64)]
    for one, other in _met(hashes, distance, others, farthest or distance):
        if crowd is not None:
            wanted = crowd.compares(one, other)
            one, other = one[wanted], other[wanted]
        found.append(np.stack([one, other], axis=1))
    return np.concatenate(found)


def _met(hashes: Hashes, distance: int, others: Hashes | None, farthest: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Pairs of numbers as `near` tells them, each pair once, in pieces.

    Each part of a hash is looked up in a table of all parts, with every change of so few bits that one part at least has no more.
    """
    import numpy as np

    base = hashes if others is None else others
    for number, (shift, bits) in enumerate(_PARTS):
        keys, probed = (_part(some, shift, bits).astype(np.int64) for some in (base, hashes))
        order = np.argsort(keys, kind="stable")
        counts = np.bincount(keys, minlength=1 << bits)
        starts = np.cumsum(counts) - counts
        # Nearly every look-up finds nothing; a table of bytes stays in the processor's cache.
        is_there = counts > 0
        for change in _changes(bits, distance // len(_PARTS)):
            probes = probed ^ change
            hits = np.flatnonzero(is_there[probes])
            for some in _blocks(hits, counts[probes[hits]]):
                many, first = counts[probes[some]], starts[probes[some]]
                one = np.repeat(some, many)
                other = order[np.repeat(first - np.cumsum(many) + many, many) + np.arange(len(one))]
                ahead = one < other if others is None else one != other
                one, other = one[ahead], other[ahead]
                differences = hashes[one] ^ base[other]
                close = np.flatnonzero(np.bitwise_count(differences) <= farthest)
                for earlier in _PARTS[:number]:  # which has met them already
                    close = close[np.bitwise_count(_part(differences[close], *earlier)) > distance // len(_PARTS)]
                if len(close):
                    yield one[close], other[close]


def _part(hashes: Hashes, shift: int, bits: int) -> Hashes:
    import numpy as np

    return (hashes >> np.uint64(shift)) & np.uint64((1 << bits) - 1)


class Crowd:
    """Which pictures are so near to very many others that they are compared with some of them only: neighbours in number, or in hash.

    In a time lapse every frame is like thousands: their pairs would not fit into memory, and nobody looks at a group of thousands.
    """

    def __init__(self, all_hashes: Sequence[Hashes], distance: int, farthest: int) -> None:
        """Count the neighbours that each picture has by the hashes of each kind, as `near` finds them."""
        import numpy as np

        count = len(all_hashes[0])
        neighbours = sum(
            (
                np.bincount(side, minlength=count)
                for hashes in all_hashes
                for piece in _met(hashes, distance, None, farthest)
                for side in piece
            ),
            np.zeros(count, np.int64),
        )
        self._is_in = neighbours > CROWD
        orders = [np.arange(count), *(np.argsort(hashes, kind="stable") for hashes in all_hashes)]
        self._portions = []
        for order in orders:
            portion = np.empty(count, np.int64)
            portion[order] = np.cumsum(self._is_in[order]) // CROWD
            self._portions.append(portion)

    def compares(self, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return (n,) bool: whether the two pictures of each pair are held against each other."""
        compared = ~(self._is_in[one] & self._is_in[other])
        for portion in self._portions:
            compared |= portion[one] == portion[other]
        return compared


def keys(pairs: Pairs) -> NDArray[np.int64]:
    """Return (n,) int64: each pair as one number."""
    return pairs[:, 0] << 32 | pairs[:, 1]


def distinct(pieces: Sequence[Pairs]) -> Pairs:
    """Return (n, 2) int64: each pair of the pieces once, sorted."""
    import numpy as np

    # numpy.unique would hash them, which takes several times as long.
    found = np.sort(np.concatenate([keys(piece) for piece in pieces]))
    found = found[np.diff(found, prepend=-1) > 0]
    return np.stack([found >> 32, found & 0xFFFF_FFFF], axis=1)


def _changes(bits: int, most: int) -> list[int]:
    """Return every number of `bits` bits of which `most` at most are set."""
    return [sum(1 << bit for bit in some) for count in range(most + 1) for some in itertools.combinations(range(bits), count)]


def _blocks(numbers: NDArray[np.int64], weights: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """`numbers` in their order, in pieces of bounded weight (or of one number)."""
    import numpy as np

    if len(numbers):
        piece = np.cumsum(weights) // _MOST_CANDIDATES
        yield from np.split(numbers, np.flatnonzero(np.diff(piece)) + 1)
