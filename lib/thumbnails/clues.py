"""What speaks for a photo behind a thumbnail, and how far that goes. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from lib.thumbnails.verification import FINE, OVERALL, WORST

_PROVED = (1.65, 1.8, 3.0)  # overall, fine and worst under which a photo is proved, not only possible,
_APART = 1.15  # where besides each rival leaves so many times more over
_TWIN = 1.06  # a runner-up that leaves less than this times the best over is as good
_UNCHANGED = 1.5  # times what the codec alone would lose: so little is left of a photo whose tones were not touched,
_TOUCHED = 1.5  # and so many times more of a version whose tones were
_MEANT = 1.25  # a whole frame or its middle is worth this much: a crop that happens to be just that is rare
RIVAL = 1.35  # runners-up within this stand in for the best where another thumbnail has the better claim to it


@dataclass(frozen=True, slots=True)
class Clue:
    """A photo (its number) that may be behind a thumbnail, and what speaks for it, as `verification.Evidence` tells it.

    `helped`: it was guessed what had been done to the photo.
    """

    photo: int
    residual: float
    correlation: float
    canonical: bool
    size: float
    overall: float
    fine: float
    worst: float
    plain: float = math.inf
    helped: bool = False
    unusual: float = 1.0  # a factor of the cost: above 1 where the set's thumbnails are not cut so as a rule

    @property
    def explains(self) -> bool:
        """True where what the photo leaves over is what the thumbnail's codec alone may have lost."""
        return self.overall < OVERALL and self.fine < FINE and self.worst < WORST and self.correlation > 0

    @property
    def is_exact(self) -> bool:
        """True where it is explained as well as can be.

        72 thumbnails of photos that were there left at most 1.4, 1.5 and 2.1; one of a film's next frame 1.9, 1.7 and 3.6.
        """
        return self.overall < _PROVED[0] and self.fine < _PROVED[1] and self.worst < _PROVED[2]

    def is_proved(self, rivals: Sequence[Clue]) -> bool:
        """True where it is explained as well as can be, and each rival plainly less well."""
        return self.is_exact and all(rival.residual + 0.25 >= _APART * (self.residual + 0.25) for rival in rivals)

    @property
    def is_unchanged(self) -> bool:
        """True where the photo explains the thumbnail with its tones as they are."""
        return self.explains and self.plain < _UNCHANGED

    @property
    def claim(self) -> float:
        """How well it explains the thumbnail for all that is known, less being better: what rivals for one photo are held against."""
        return math.log(max(self.overall, 0.5)) + (0.0 if self.canonical else 0.5)

    @property
    def cost(self) -> float:
        """What is left over, less being better, a crop that looks meant being worth something."""
        return (self.residual + 0.25) / (_MEANT if self.canonical else 1.0)

    @property
    def rank(self) -> float:
        """The cost, with what is usual in the set deciding between those that are nearly as good."""
        return self.cost * self.unusual


def unchanged_first(ranked: Sequence[Clue]) -> list[Clue]:
    """The clues, best first; of edited versions of one picture the one that needs no change of its tones comes before the others."""
    best = ranked[0]
    unchanged = [c for c in ranked if c.is_unchanged and c.canonical == best.canonical and c.cost <= RIVAL * best.cost]
    first = min(unchanged, key=lambda clue: clue.plain, default=best)
    if best.plain < _TOUCHED * first.plain:
        return list(ranked)
    return [first, *(clue for clue in ranked if clue is not first)]


def is_twin(best: Clue, rival: Clue) -> bool:
    """True where the rival explains the thumbnail as well; not where the best needs no change of its tones, and the rival does."""
    if best.is_unchanged and rival.plain >= _TOUCHED * best.plain:
        return False
    return rival.explains and rival.cost < _TWIN * best.cost
