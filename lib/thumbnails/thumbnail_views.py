"""Read a thumbnail, and tell in which ways it may have been dressed: a border around it, a turn, the loss of its colours."""

from __future__ import annotations

import math
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
_WIDEST = 0.4  # of the side: what is plain for longer is no border
_STRIP = 0.16  # of the height: what captions and badges cover at most
_ONE_COLOUR = 40  # grey values: how much the pixels of round corners differ at most, compression included
_ENOUGH = 48  # pixels a side that must be left to be sure by
_ROUND = 0.147  # of a circle's width: what its inner square leaves out on each side
_STEP = 10  # grey values between two neighbours: an edge
_INNER = 0.3  # of a side: a picture in a thumbnail is at least so large
_CLEAR, _AT_THE_EDGE = 0.45, 0.6  # share of a line that must be an edge; what the thumbnail's own edge counts for beside it
_LINES, _FRAMES = 4, 3
_LEAST = 16  # pixels a side under which nothing can be recognised


@dataclass(frozen=True, slots=True)
class ThumbnailView:
    """One way to see a thumbnail: without `trim` pixels at the left, top, right and bottom, turned by `turn`° counter-clockwise, mirrored.

    Each trimmed side has lost one pixel more than the border, for compression smears the border's edge. `shape` is the width over
    height of the photo that was squeezed into the thumbnail; 0 where its pixels are as high as wide.
    """

    trim: tuple[int, int, int, int] = (0, 0, 0, 0)
    turn: int = 0
    mirrored: bool = False
    shape: float = 0.0

    @property
    def smeared(self) -> tuple[int, int, int, int]:
        """How many pixels of the picture itself each trimmed side has lost."""
        left, top, right, bottom = (min(side, 1) for side in self.trim)
        return left, top, right, bottom


def read(path: str) -> Image.Image:
    """The thumbnail's upright pixels, at most 480 a side. Raises Unreadable."""
    image = decoding.fitted(decoding.preview(path, LONGEST)[0], LONGEST)
    if min(image.size) < _LEAST:
        raise Unreadable(f"is too small to recognise anything ({image.width} x {image.height} pixels)")
    return image


def views_of(image: Image.Image, dress: ThumbnailView) -> Image.Image:
    """The thumbnail seen in this way."""
    from PIL import ImageOps

    left, top, right, bottom = dress.trim
    if any(dress.trim):
        image = image.crop((left, top, image.width - right, image.height - bottom))
    image = orientation.upright(image, orientation.from_turns(dress.turn // 90))
    return ImageOps.mirror(image) if dress.mirrored else image


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
    most_y, most_x = int(_WIDEST * image.height), int(_WIDEST * image.width)
    left, right = _plain(pixels.transpose(1, 0, 2), most_x), _plain(pixels[:, ::-1].transpose(1, 0, 2), most_x)
    top, bottom = _plain(pixels, most_y), _plain(pixels[::-1], most_y)
    if not (left and right) and not (top and bottom):
        return None
    trim = _past_the_smear((left, top, right, bottom))
    if image.width - trim[0] - trim[2] < _LEAST or image.height - trim[1] - trim[3] < _LEAST:
        return None
    return ThumbnailView(trim)


def _past_the_smear(sides: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """One pixel more than the border on each side that has one."""
    left, top, right, bottom = (side + 1 if side else 0 for side in sides)
    return left, top, right, bottom


def _plain(lines: NDArray[np.float32], most: int) -> int:
    """How many of the first lines are of one and the same colour; 0 where that goes on for more than `most`, as in a clear sky."""
    import numpy as np

    colour = np.median(lines[0], axis=0)
    for number in range(min(most + 1, len(lines))):
        if np.percentile(np.abs(lines[number] - colour).max(axis=1), 75) > 24:
            return number
    return 0


def uncovered(image: Image.Image) -> list[tuple[float, float, float, float]]:
    """Parts of the thumbnail (left, top, width, height as parts of its sides) that show the picture where something lies over the rest.

    Captions, stamps and badges lie along the lower or upper edge; round corners have one colour.
    """
    import numpy as np

    width, height = image.size
    strip = 8 * math.ceil(height * _STRIP / 8) / height  # whole blocks of a JPEG
    found = [(0.0, 0.0, 1.0, 1 - strip), (0.0, strip, 1.0, 1 - strip)]
    pixels = np.asarray(image.convert("RGB"), np.int16)
    corners = np.concatenate([pixels[y : y + 2, x : x + 2].reshape(4, 3) for y in (0, height - 2) for x in (0, width - 2)])
    if np.abs(corners - np.median(corners, axis=0)).max() <= _ONE_COLOUR:
        for inset in (8, 8 * math.ceil(min(width, height) * _ROUND / 8)):  # round corners; a whole round picture
            found.append((inset / width, inset / height, 1 - 2 * inset / width, 1 - 2 * inset / height))
    return [part for part in found if part[2] * width >= _ENOUGH and part[3] * height >= _ENOUGH]


def frames(image: Image.Image) -> list[ThumbnailView]:
    """The thumbnail without what seems to lie around a picture in it (a page, a card, a blurred filling): the likeliest three rectangles.

    A picture that was pasted in begins along a straight line: so much of the line is an edge as of no other line beside it.
    """
    import numpy as np

    pixels = np.asarray(image.convert("RGB"), np.int16)
    across = np.abs(np.diff(pixels, axis=1)).max(axis=2) > _STEP
    down = np.abs(np.diff(pixels, axis=0)).max(axis=2) > _STEP
    lines_x, lines_y = _lines(across.mean(axis=0)), _lines(down.mean(axis=1))
    upright = np.vstack([np.zeros(across.shape[1]), across.cumsum(axis=0)])  # of edges above each row, a column each
    level = np.hstack([np.zeros((down.shape[0], 1)), down.cumsum(axis=1)])
    width, height = image.size
    found = []
    for left, right in ((a, b) for a in lines_x[0] for b in lines_x[1] if b - a >= _INNER * width):
        for top, bottom in ((a, b) for a in lines_y[0] for b in lines_y[1] if b - a >= _INNER * height):
            sides = [(upright[bottom, x - 1] - upright[top, x - 1]) / (bottom - top) if 0 < x < width else -1.0 for x in (left, right)] + [
                (level[y - 1, right] - level[y - 1, left]) / (right - left) if 0 < y < height else -1.0 for y in (top, bottom)
            ]
            inner = [side for side in sides if side >= 0]
            if inner and min(inner) >= _CLEAR:
                found.append((sum(side if side >= 0 else _AT_THE_EDGE for side in sides), (left, top, width - right, height - bottom)))
    best = sorted(found, reverse=True)[:_FRAMES]
    return [ThumbnailView(_past_the_smear(trim)) for _, trim in best]


def _lines(share: NDArray[np.float64]) -> tuple[list[int], list[int]]:
    """Where a picture may begin in the first part of a side and end in the last: the strongest lines, and the very ends."""
    import numpy as np

    beside = np.convolve(np.pad(share, 2, mode="edge"), [0.25, 0.25, 0, 0.25, 0.25], mode="valid")
    excess = share - beside
    reach = int(_WIDEST * (len(share) + 1))
    first = [int(n) + 1 for n in np.argsort(-excess[:reach])[:_LINES]]
    last = [len(share) - int(n) for n in np.argsort(-excess[::-1][:reach])[:_LINES]]
    return [0, *first], [len(share) + 1, *last]
