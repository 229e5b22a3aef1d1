"""Lay a thumbnail over a photo: the exact crop box and the correlation there, for many photos at once, from coarse to fine."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    Floats = NDArray[np.float32]

Box = tuple[float, float, float, float]  # left, top, width, height as parts of the photo's sides


@dataclass(frozen=True, slots=True)
class Fit:
    """Where a thumbnail lies in a photo, and the normalised correlation of their luminance there (-1 to 1)."""

    box: Box
    correlation: float


def fit(thumbnail: Image.Image, photos: Sequence[Image.Image], starts: Sequence[Box], longest: int, rounds: int) -> list[Fit]:
    """Each photo's box refined from its start, on a grid of at most `longest` thumbnail pixels a side, by Gauss-Newton steps.

    Photos may repeat (several starts in one photo). Left and top, width and height each move freely: four numbers a photo,
    with gain and offset of the luminance found in each step.
    """
    target = _grid(thumbnail, longest)
    return _refine(target, _Stack(photos, starts, target.shape), starts, rounds)


def _grid(thumbnail: Image.Image, longest: int) -> Floats:
    """The thumbnail's luminance, shrunk by area to `longest` at most, then softened: what is finer than two pixels misleads the steps."""
    import numpy as np
    from PIL import Image

    scale = min(1.0, longest / max(thumbnail.size))
    size = (max(4, round(thumbnail.width * scale)), max(4, round(thumbnail.height * scale)))
    return _mixed(np.asarray(thumbnail.convert("L").resize(size, Image.Resampling.BOX), np.float32), (0.25, 0.5, 0.25))


class _Stack:
    """Photos shrunk so that their pixels in the start box are as large as the thumbnail's, laid in one array to sample from."""

    def __init__(self, photos: Sequence[Image.Image], starts: Sequence[Box], shape: tuple[int, ...]) -> None:
        import numpy as np
        from PIL import Image

        grids: list[Floats] = []
        made: dict[tuple[int, int, int], Floats] = {}
        for photo, (_, _, wide, high) in zip(photos, starts):
            fine = 2.0 ** (round(4 * math.log2(2 * shape[1] / (wide * photo.width))) / 4)  # in steps, so that starts share one
            narrow = 2.0 ** (round(4 * math.log2(2 * shape[0] / (high * photo.height))) / 4)
            size = max(8, min(photo.width, round(fine * photo.width))), max(8, min(photo.height, round(narrow * photo.height)))
            key = (id(photo), *size)
            if key not in made:
                made[key] = _mixed(np.asarray(photo.convert("L").resize(size, Image.Resampling.BOX), np.float32), _HALF_PITCH)
            grids.append(made[key])
        self.widths = np.array([grid.shape[1] for grid in grids])
        self.heights = np.array([grid.shape[0] for grid in grids])
        self._starts = np.cumsum([0, *(grid.size for grid in grids)])[:-1, None]
        self._pixels = np.concatenate([grid.ravel() for grid in grids])

    def sample(self, boxes: Floats, shape: tuple[int, ...]) -> tuple[Floats, Floats, Floats]:
        """(n, pixels): values under the thumbnail's pixel centres, and their slopes along x and y (per photo side)."""
        import numpy as np

        height, width = shape
        left, top, wide, high = (boxes[:, n, None] for n in range(4))
        w, h = self.widths[:, None], self.heights[:, None]
        x = ((left + wide * ((np.arange(width, dtype=np.float32) + 0.5) / width)) * w - 0.5).clip(0, w - 1.001)
        y = ((top + high * ((np.arange(height, dtype=np.float32) + 0.5) / height)) * h - 0.5).clip(0, h - 1.001)
        column, row = x.astype(np.int64), y.astype(np.int64)
        fx, fy = (x - column).astype(np.float32)[:, None, :], (y - row).astype(np.float32)[:, :, None]
        place = self._starts[:, :, None] + row[:, :, None] * self.widths[:, None, None] + column[:, None, :]
        below = place + self.widths[:, None, None]
        a, b, c, d = self._pixels[place], self._pixels[place + 1], self._pixels[below], self._pixels[below + 1]
        across_top, across_bottom = b - a, d - c
        upper, lower = a + fx * across_top, c + fx * across_bottom
        value = upper + fy * (lower - upper)
        slope_x = (across_top + fy * (across_bottom - across_top)) * w[:, :, None].astype(np.float32)
        slope_y = (lower - upper) * h[:, :, None].astype(np.float32)
        n = len(boxes)
        return value.reshape(n, -1), slope_x.reshape(n, -1), slope_y.reshape(n, -1)


# The photo's pixels are half as large as the thumbnail's: this makes of them the mean over a thumbnail's pixel, softened as `_grid` does
_HALF_PITCH = tuple(float(x) for x in (1 / 16, 1 / 8, 3 / 16, 1 / 4, 3 / 16, 1 / 8, 1 / 16))


def _mixed(pixels: Floats, weights: tuple[float, ...]) -> Floats:
    """Each pixel mixed with its neighbours by these weights (an odd number of them), down and across."""
    import numpy as np

    return np.asarray(_mixer(pixels.shape[0], weights) @ pixels @ _mixer(pixels.shape[1], weights).T, np.float32)


@functools.lru_cache(maxsize=512)
def _mixer(length: int, weights: tuple[float, ...]) -> Floats:
    """(length, length): the matrix that mixes each pixel of a line with its neighbours, the line's ends going on as they are."""
    import numpy as np

    reach = len(weights) // 2
    matrix = np.zeros((length, length), np.float32)
    for offset, weight in enumerate(weights):
        np.add.at(matrix, (np.arange(length), (np.arange(length) + offset - reach).clip(0, length - 1)), weight)
    return matrix


def _refine(target: Floats, stack: _Stack, starts: Sequence[Box], rounds: int) -> list[Fit]:
    import numpy as np

    height, width = target.shape
    wanted = target.ravel() - target.mean()
    wanted /= max(float(np.linalg.norm(wanted)), 1e-6)
    u = np.tile((np.arange(width, dtype=np.float32) + 0.5) / width, height)
    v = np.repeat((np.arange(height, dtype=np.float32) + 0.5) / height, width)
    boxes = np.array(starts, np.float32)
    best, peak = boxes.copy(), np.full(len(boxes), -1.0, np.float32)
    damping = np.full(len(boxes), 1e-3, np.float32)
    for step in range(rounds + 1):
        value, slope_x, slope_y = stack.sample(boxes, target.shape)
        value -= value.mean(axis=1, keepdims=True)
        energy = np.maximum((value * value).sum(axis=1), 1e-3)
        cross = value @ wanted
        correlation = cross / np.sqrt(energy)
        better = correlation > peak
        peak = np.where(better, correlation, peak)
        best[better] = boxes[better]
        damping = np.where(better, damping * 0.3, damping * 10)
        if step == rounds:
            break
        gain = cross / energy
        error = wanted - gain[:, None] * value
        slopes = np.stack([slope_x, slope_y, slope_x * u, slope_y * v], axis=1) * gain[:, None, None]
        slopes -= slopes.mean(axis=2, keepdims=True)
        slopes -= ((slopes @ value[:, :, None]) / energy[:, None, None]) * value[:, None, :]
        normal = slopes @ slopes.transpose(0, 2, 1)
        pull = (slopes @ error[:, :, None])[:, :, 0]
        diagonal = np.einsum("nii->ni", normal)
        diagonal += diagonal * damping[:, None] + 1e-9
        move = np.linalg.solve(normal, pull[:, :, None])[:, :, 0]
        boxes = boxes + np.where(better[:, None], move, 0)
        boxes = np.where(better[:, None], boxes, best + (boxes - best) * 0.25)
        boxes[:, 2:] = boxes[:, 2:].clip(0.2, 1.02)
        boxes[:, :2] = boxes[:, :2].clip(-0.02, 1.02 - boxes[:, 2:])
    return [Fit((float(b[0]), float(b[1]), float(b[2]), float(b[3])), float(c)) for b, c in zip(best, peak)]
