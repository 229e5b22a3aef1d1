"""How the thumbnails of a set are cut as a rule: one service takes the same share of every photo, or the whole of it. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

_FEWEST = 8  # thumbnails from which a rule can be read
_MOST = 300  # are looked at, spread evenly over the set
_NARROWEST = 0.0015  # of the log of the size: no thumbnail tells it closer
_RANGE = 0.5  # over so much of that it may spread without any rule
_EXCEPTIONS = 0.1  # the share of thumbnails that follow no rule


class CropPrior:
    """What is usual in a set for the size of a crop, its share of the photo along a side."""

    def __init__(self, sizes: Sequence[float]) -> None:
        """The size that the likeliest photo of each thumbnail tells, above 0."""
        step = max(1, math.ceil(len(sizes) / _MOST))
        self._logs = [math.log(size) for size in sizes[::step]] if len(sizes) >= _FEWEST else []
        self._width = _width(self._logs) if self._logs else _NARROWEST

    def unusual(self, one: float, other: float) -> float:
        """How much less usual the size `one` is than `other`, as the log of the odds; 0 where no rule can be read.

        `other` is what its own thumbnail told of the rule, so there that voice does not count.
        """
        if not self._logs:
            return 0.0
        return self._density(math.log(other), own=1) - self._density(math.log(one), own=0)

    def _density(self, at: float, own: int) -> float:
        near = math.fsum(math.exp(-0.5 * ((at - log) / self._width) ** 2) for log in self._logs) - own
        ruled = max(near, 0.0) / (len(self._logs) - own) / (self._width * math.sqrt(2 * math.pi))
        return math.log((1 - _EXCEPTIONS) * ruled + _EXCEPTIONS / _RANGE)


def _width(logs: Sequence[float]) -> float:
    """The width of the bell around each value: Silverman's rule on the middle half, which exceptions do not move."""
    ordered = sorted(logs)
    middle = ordered[(3 * len(ordered)) // 4] - ordered[len(ordered) // 4]
    spread: float = len(ordered) ** -0.2
    return max(_NARROWEST, 0.9 * middle / 1.34 * spread)
