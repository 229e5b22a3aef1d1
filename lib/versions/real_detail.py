"""Which of two versions of a picture has more real detail? Told from the pixels: an upscale has more of them, and nothing in them."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    Floats = NDArray[np.float32]

_TILES, _TILE = 12, 256  # so many tiles, of so many pixels a side, with the most texture
_AS_MUCH, _CLEARLY_MORE = 0.85, 1.18  # share of the other's detail within which two pictures of one size have as much
_FINER = 0.2  # of a doubling of the quantisation step
_COARSER = 1.5  # doublings of the quantisation step
_EMPTY = 2.0  # squared grey values: less than that beyond what the smaller picture can hold is no detail
_A_LITTLE_MORE = 1.04
_MOST_BLOCK_PIXELS = 600_000  # so many are enough to see a quantisation
_COARSEST_STEP = 80
_COEFFICIENTS = ((0, 1), (1, 0), (1, 1), (0, 2), (2, 0), (1, 2), (2, 1), (2, 2), (0, 3), (3, 0))


@dataclass(frozen=True, slots=True)
class RealDetail:
    """What a picture at full size holds: its number of `pixels` and longest `side`, the mean power of its luminance at each frequency (in
    squared grey values, from 0 to half a cycle a pixel), and the mean binary logarithm of the `step` that it was quantised by: 0 for none,
    None where its format has no blocks to see that by."""

    pixels: int
    side: int
    power: tuple[float, ...]
    step: float | None


def measure(picture: Image.Image, *, has_blocks: bool) -> RealDetail:
    """Return what a picture holds; `picture` is the whole of it, at full size. `has_blocks`: it is a JPEG, or may have been one."""
    grey = picture.convert("L")
    return RealDetail(
        grey.width * grey.height, max(grey.size), tuple(_spectrum(grey).tolist()), _quantisation_step(grey) if has_blocks else None
    )


def more_detail(one: RealDetail, other: RealDetail) -> int:
    """Return 1 where `one` clearly has more real detail, -1 where `other` has, 0 where neither has."""
    if one.side != other.side:
        larger, smaller, sign = (one, other, 1) if one.side > other.side else (other, one, -1)
        ratio = _bits(larger, smaller.pixels) / max(_bits(smaller, smaller.pixels), 1e-9)
        beyond = larger.power[int(len(larger.power) * smaller.side / larger.side) :]
        is_empty = not beyond or sum(beyond) / len(beyond) < _EMPTY
        if is_empty and ratio <= _A_LITTLE_MORE:
            # A soft picture has nothing there either, and a coarse copy of it is no better for that.
            return 0 if (smaller.step or 0) > (larger.step or 0) + _COARSER else -sign
        return sign if ratio > _CLEARLY_MORE else 0
    ratio = _bits(one, one.pixels) / max(_bits(other, one.pixels), 1e-9)
    if not _AS_MUCH <= ratio <= _CLEARLY_MORE:
        return 1 if ratio > 1 else -1
    if one.step is None or other.step is None:
        return 0
    finer = other.step - one.step
    return (finer > _FINER) - (finer < -_FINER)


def _bits(detail: RealDetail, smallest: int) -> float:
    """The information in a picture, in bits: the noise floor scales with the pixels, or upscales would win."""
    import numpy as np

    power = np.array(detail.power)
    ring = 2 * np.pi * np.arange(len(power)) / (2 * len(power)) ** 2
    floor = 2 * detail.pixels / smallest
    return float(detail.pixels * (ring * np.maximum(0, np.log2(np.maximum(power, 1e-9) / floor) / 2)).sum())


def _tiles(grey: Image.Image) -> list[Floats]:
    import numpy as np

    width, height = grey.size
    side = min(_TILE, width, height)
    small = np.asarray(grey.reduce(max(1, min(width, height) // 64)), np.float32)
    slope_y, slope_x = np.gradient(np.pad(small, 1, "edge"), axis=(0, 1))
    texture: Floats = np.asarray(slope_x**2 + slope_y**2, np.float32)[1:-1, 1:-1]
    across, down = small.shape[1] / width, small.shape[0] / height
    lefts = np.linspace(0, width - side, max(1, min(8, width // side))).astype(int)
    tops = np.linspace(0, height - side, max(1, min(8, height // side))).astype(int)

    def textured(place: tuple[int, int]) -> float:
        x, y = place
        return float(np.median(texture[int(y * down) : int((y + side) * down) + 1, int(x * across) : int((x + side) * across) + 1]))

    places = sorted(((int(x), int(y)) for x in lefts for y in tops), key=textured, reverse=True)[:_TILES]
    return [np.asarray(grey.crop((x, y, x + side, y + side)), np.float32) for x, y in places]


def _spectrum(grey: Image.Image) -> Floats:
    """(side / 2,): the mean power at each radius; white noise of variance v gives v."""
    import numpy as np

    tiles = _tiles(grey)
    side = tiles[0].shape[0]
    window, radius = _window(side)
    squares = [np.abs(np.fft.fft2((tile - tile.mean()) * window)) ** 2 for tile in tiles]
    power: Floats = (np.mean(squares, axis=0) / (window**2).sum()).astype(np.float32)
    count = max(1, side // 2)
    totals, numbers = np.bincount(radius, np.ravel(power), minlength=count), np.bincount(radius, minlength=count)
    return (totals[:count] / np.maximum(numbers[:count], 1)).astype(np.float32)


@functools.cache
def _window(side: int) -> tuple[Floats, NDArray[np.int64]]:
    import numpy as np

    bell = np.hanning(side) if side > 2 else np.ones(side)
    frequencies = np.fft.fftfreq(side) * side
    radius = (np.hypot(*np.meshgrid(frequencies, frequencies)) + 0.5).astype(np.int64).ravel()
    return np.outer(bell, bell).astype(np.float32), radius


def _quantisation_step(grey: Image.Image) -> float:
    """The mean binary logarithm of the steps on which ten low coefficients of 8 x 8 blocks lie: it shows what a picture was compressed by
    at its coarsest, be it that it was saved finely since."""
    import numpy as np

    width, height = grey.size
    rows, columns = height // 8, width // 8
    if not rows or not columns:
        return 0.0
    blocks = np.asarray(grey)[: rows * 8, : columns * 8].reshape(rows, 8, columns, 8)[:: max(1, rows * columns * 64 // _MOST_BLOCK_PIXELS)]
    blocks = blocks.transpose(0, 2, 1, 3).reshape(-1, 8, 8).astype(np.float32) - 128
    blocks = blocks[(blocks.max((1, 2)) < 127) & (blocks.min((1, 2)) > -128)]
    order = np.arange(8)
    cosines: Floats = (np.sqrt(2 / 8) * np.cos(np.pi * (2 * order[None] + 1) * order[:, None] / 16)).astype(np.float32)
    cosines[0] /= np.sqrt(2)
    coefficients = cosines @ blocks @ cosines.T
    return float(np.mean([np.log2(_step(coefficients[:, row, column])) for row, column in _COEFFICIENTS]))


def _step(values: Floats) -> int:
    """The coarsest step whose multiples the values cluster at; 1 where there is none."""
    import numpy as np

    for step in range(_COARSEST_STEP, 1, -1):
        large = values[np.abs(values) > 0.6 * step]
        if len(large) >= 60 and np.cos(2 * np.pi * large / step).mean() > 0.45:
            return step
    return 1
