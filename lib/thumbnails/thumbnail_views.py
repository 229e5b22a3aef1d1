"""Read a thumbnail, and tell in which ways it may have been dressed: a border around it, a turn, the loss of its colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lib.analysis import decoding, orientation
from lib.model import Unreadable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

LONGEST = 480  # a larger "thumbnail" is shrunk to this: more tells no more
PLAIN = 8.0  # standard deviation of the grey values under which there is nothing to be sure by
_LEAST = 16  # pixels a side under which nothing can be recognised


@dataclass(frozen=True, slots=True)
class ThumbnailView:
    """One way to see a thumbnail: without `trim` pixels at the left, top, right and bottom, then turned by `turn`° counter-clockwise.

    Each trimmed side has lost one pixel more than the border, for compression smears the border's edge.
    """

    trim: tuple[int, int, int, int] = (0, 0, 0, 0)
    turn: int = 0


def read(path: str) -> Image.Image:
    """The thumbnail's upright pixels, at most 480 a side. Raises Unreadable."""
    image = decoding.fitted(decoding.preview(path, LONGEST)[0], LONGEST)
    if min(image.size) < _LEAST:
        raise Unreadable(f"is too small to recognise anything ({image.width} x {image.height} pixels)")
    return image


def views_of(image: Image.Image, dress: ThumbnailView) -> Image.Image:
    """The thumbnail seen in this way."""
    left, top, right, bottom = dress.trim
    if any(dress.trim):
        image = image.crop((left, top, image.width - right, image.height - bottom))
    return orientation.upright(image, orientation.from_turns(dress.turn // 90))


def is_grey(image: Image.Image) -> bool:
    """True where the thumbnail has no colours, be it that they were taken away."""
    import numpy as np

    pixels = np.asarray(image.convert("RGB"), np.float32)
    return float(np.abs(pixels - pixels.mean(axis=2, keepdims=True)).mean()) < 1.5


def detail(image: Image.Image) -> float:
    """Standard deviation of the grey values, 0 to 128."""
    import numpy as np

    return float(np.asarray(image.convert("L"), np.float32).std())


def border(image: Image.Image) -> ThumbnailView | None:
    """The thumbnail without the thin frame of one colour around it; None where it has none."""
    import numpy as np

    pixels = np.asarray(image.convert("RGB"), np.float32)
    most_y, most_x = image.height // 5, image.width // 5
    left, right = _plain(pixels.transpose(1, 0, 2), most_x), _plain(pixels[:, ::-1].transpose(1, 0, 2), most_x)
    top, bottom = _plain(pixels, most_y), _plain(pixels[::-1], most_y)
    if not (left and right) and not (top and bottom):
        return None
    sides = (left, top, right, bottom)
    trim = tuple(side + 1 if side else 0 for side in sides)
    if image.width - trim[0] - trim[2] < _LEAST or image.height - trim[1] - trim[3] < _LEAST:
        return None
    return ThumbnailView((trim[0], trim[1], trim[2], trim[3]))


def _plain(lines: NDArray[np.float32], most: int) -> int:
    """How many of the first lines are of one and the same colour; 0 where that goes on for more than `most`, as in a clear sky."""
    import numpy as np

    colour = np.median(lines[0], axis=0)
    for number in range(min(most + 1, len(lines))):
        if np.percentile(np.abs(lines[number] - colour).max(axis=1), 75) > 24:
            return number
    return 0
