"""Is one picture another one, scaled and recompressed? Make the copy anew from the original, and look at what is left over.

Nothing is allowed for but scaling, mild sharpening and the copy's own codec: a fit that also settled gain and tint would explain an
exposure bracket or an edited picture away. The limits were read off 16 kinds of copies and 43 kinds of edits and shifts of real photos.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from lib.versions.codec import Codec, codec_of
from lib.versions.planes import block_means, blurred, luminance_and_colours, solve

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    Floats = NDArray[np.float32]
    Planes = tuple[Floats, Floats, Floats]

GRID = 1024
"""Longest side, in pixels, of the grid on which two pictures are compared."""

_SMALLEST = 48  # pixels a side: in less there is too little to be sure of anything
_DARK, _BRIGHT, _NEARLY_BLACK, _NEARLY_WHITE = 6, 249, 3, 252  # grey values near which something was cut off
_SHIFT, _ZOOM = 0.08, 0.2  # pixels of the grid
_SHARPENED_AS_LARGE, _SHARPENED_SMALLER, _AS_LARGE = 0.2, 0.8, 0.97
_SOFTENED, _SOFTEST_AS_LARGE = -0.15, -0.1  # else a sharpened picture would explain the one that it was made of
_MEAN, _SLOPE, _COLOUR_SLOPE = 1.1, 0.06, 0.12  # grey values, and parts of the contrast, beyond what the codec may have changed
_CODEC_SHARE = 1.5  # of the codec's own change of mean and slope is forgiven
_LOW, _LOW_COLOUR, _WORST, _WORST_MEAN, _ALL = 2.2, 2.5, 3.5, 3.0, 1.6  # times what the codec alone may have left over
_HEIF_LOW, _HEIF_WORST = 4.0, 9.0  # HEIC smooths by itself, which is not imitated
_WELL, _EARLIER_QUALITY, _MUCH_BETTER = 1.3, 45, 0.7  # a picture sent twice lost something before, too
_ROUNDING, _EDGE = 0.75, 0.06  # grey values, and parts of the step between pixels: what any scaler may leave over


class Difference(Enum):
    """Why one picture is not the other one, scaled and recompressed; the value goes on after "it looks alike, but"."""

    UNREADABLE = "one of the two could not be decoded"
    SEVERAL_FRAMES = "one of the two is of several frames or pages"
    TOO_LARGE = "one of the two is too large to be compared"
    TOO_SMALL = "the smaller one is too small to be sure"
    MOVED = "its frame is another one"
    SHARPENED = "one of the two was sharpened"
    TONES = "its brightness or contrast is another one"
    COLOURS = "its colours are others"
    PART = "a part of it differs"
    OVERALL = "it differs by more than compression would change"


@dataclass(frozen=True, slots=True)
class _LaidUnder:
    """The copy's luminance as the original gives it, with what had to be allowed for: `sharpened` (share of the finest detail added),
    `shift` and `zoom` in pixels of the grid."""

    made: Floats
    sharpened: float
    shift: float
    zoom: float


@dataclass(frozen=True, slots=True)
class _PlaneChange:
    """The mean that a plane gained, and the share of its contrast."""

    mean: float
    slope: float

    def beyond(self, codec: _PlaneChange) -> _PlaneChange:
        """What is not the codec's doing."""
        return _PlaneChange(_beyond(self.mean, codec.mean), _beyond(self.slope, codec.slope))


@dataclass(frozen=True, slots=True)
class _LeftOver:
    """What is left over, in times of what the codec alone may leave: over `all`, in the `worst` block, in the `worst_mean` of a block in
    any plane, in `low` frequencies of luminance and of `colour`; and how the copy's planes changed beyond the codec."""

    all: float
    worst: float
    worst_mean: float
    low: float
    colour: float
    luminance: _PlaneChange
    colours: tuple[_PlaneChange, _PlaneChange]


def explain(original: Image.Image, copy: Image.Image, data: bytes, size: tuple[int, int], *, longest: int = GRID) -> Difference | None:
    """Return None where the copy is the original scaled and recompressed; else what speaks against it first. In doubt it is not.

    Both are upright RGB, exact to a pixel's fraction in their frame and at least as large as the grid where there is so much; `original`
    is best as large as the copy is, `size` (width, height) of which is told apart, for `copy` may be a preview. `data` is its file.
    """
    if min(size) < _SMALLEST:
        return Difference.TOO_SMALL
    scale = min(1.0, longest / max(size))
    grid = max(16, round(size[0] * scale)), max(16, round(size[1] * scale))
    shown, wanted = luminance_and_colours(_scaled(original, grid)), luminance_and_colours(_scaled(copy, grid))
    is_as_large = max(size) > _AS_LARGE * max(original.size)
    fit = _fit(shown[0], wanted[0], softest=_SOFTEST_AS_LARGE if is_as_large else -1.0)
    if fit.shift > _SHIFT or fit.zoom > _ZOOM:
        return Difference.MOVED
    if fit.sharpened > (_SHARPENED_AS_LARGE if is_as_large else _SHARPENED_SMALLER):
        return Difference.SHARPENED
    if is_as_large and fit.sharpened < _SOFTENED and fit.sharpened < _SOFTENED + _softening(original, shown[0], data, size):
        return Difference.SHARPENED
    return _difference(_rest(original, shown, wanted, fit, data, size, is_as_large=is_as_large), is_heif=b"ftyp" in data[:12])


def is_hopeless(original: Image.Image, copy: Image.Image) -> Difference | None:
    """Return what speaks against a copy already in a small preview of each, before any codec is asked; None where nothing does."""
    grid = min(original.size, copy.size)
    if min(grid) < _SMALLEST:
        return None
    shown, wanted = luminance_and_colours(_scaled(original, grid)), luminance_and_colours(_scaled(copy, grid))
    fit = _fit(shown[0], wanted[0])
    if fit.shift > 2 * _SHIFT or fit.zoom > 2 * _ZOOM:
        return Difference.MOVED
    side = _block_side(grid)
    changes = [_change(before, after, side) for before, after in zip(shown, wanted)]
    if abs(changes[0].mean) > 3 * _MEAN or abs(changes[0].slope) > 3 * _SLOPE:
        return Difference.TONES
    return Difference.COLOURS if any(abs(change.mean) > 4 * _MEAN for change in changes[1:]) else None


def _scaled(picture: Image.Image, size: tuple[int, int], scaler: str = "LANCZOS") -> Floats:
    import numpy as np
    from PIL import Image

    return np.asarray(picture if picture.size == size else picture.resize(size, Image.Resampling[scaler]), np.float32)


def _fit(shown: Floats, wanted: Floats, softest: float = -1.0) -> _LaidUnder:
    """Lay the original under the copy. Shift and zoom, gain and offset are measured, so that they do not look like sharpening, and not
    allowed for. `softest`: the share of detail, negated, that may have gone by anything but compression."""
    import numpy as np

    height, width = shown.shape
    soft = blurred(shown)
    fine, less_fine = shown - soft, soft - blurred(soft)
    slope_y, slope_x = np.gradient(soft)
    across = np.broadcast_to((np.arange(width, dtype=np.float32) + 0.5) / width - 0.5, shown.shape)
    down = np.broadcast_to(((np.arange(height, dtype=np.float32) + 0.5) / height - 0.5)[:, None], shown.shape)
    inner = (shown > _DARK) & (shown < _BRIGHT) & (wanted > _DARK) & (wanted < _BRIGHT)
    if inner.sum() < 0.05 * inner.size:
        inner[:] = True
    zooms = (slope_x * across, slope_y * down, slope_x * down, slope_y * across)
    columns = np.stack([shown - 128, np.ones_like(shown), fine, less_fine, slope_x, slope_y, *zooms])[:, inner]
    _, _, first, second, *moves = (float(weight) for weight in solve(columns, (wanted - 128)[inner]))
    made = shown + np.float32(np.clip(first, softest, 1.2)) * fine + np.float32(np.clip(second, softest, 1.2)) * less_fine
    return _LaidUnder(made, first, max(map(abs, moves[:2])), max(map(abs, moves[2:])) / 2)


def _softening(original: Image.Image, shown: Floats, data: bytes, size: tuple[int, int]) -> float:
    """The share of the finest detail, negated, that the copy's codec alone takes."""
    full = _full(original, size)
    again = luminance_and_colours(_scaled(codec_of(data, full)(full), (shown.shape[1], shown.shape[0])))[0]
    return _fit(shown, again).sharpened


def _full(original: Image.Image, size: tuple[int, int], scaler: str = "LANCZOS") -> Image.Image:
    from PIL import Image

    return original if original.size == size else original.resize(size, Image.Resampling[scaler])


def _rest(
    original: Image.Image, shown: Planes, wanted: Planes, fit: _LaidUnder, data: bytes, size: tuple[int, int], *, is_as_large: bool
) -> _LeftOver:
    """What is left over by the scaler, and the number of compressions, that explain most."""
    codec = codec_of(data, _full(original, size))
    best = _least(original, shown, wanted, fit.made, codec, size, "LANCZOS")
    if is_as_large or (best.worst <= _WORST - 0.5 and best.low <= 1.5):
        return best
    for scaler in ("BOX", "BILINEAR"):
        others = luminance_and_colours(_scaled(original, (wanted[0].shape[1], wanted[0].shape[0]), scaler))
        found = _least(original, others, wanted, _sharpened(others[0], wanted[0]), codec, size, scaler)
        best = min(best, found, key=lambda rest: rest.worst)
    return best


def _sharpened(shown: Floats, wanted: Floats) -> Floats:
    import numpy as np

    soft = blurred(shown)
    details = np.stack([shown - soft, soft - blurred(soft)])
    weights = solve(details.reshape(2, -1), (wanted - shown).ravel()).clip(-1, 1.2)
    return np.asarray(shown + np.tensordot(weights, details, 1), np.float32)


def _least(
    original: Image.Image, shown: Planes, wanted: Planes, made: Floats, codec: Codec, size: tuple[int, int], scaler: str
) -> _LeftOver:
    """What is left over after the copy's codec; where that is much, and less after an earlier, coarser one too, after both."""
    grid = shown[0].shape[1], shown[0].shape[0]
    full = _full(original, size, scaler)
    once = _compare(shown, wanted, made, luminance_and_colours(_scaled(codec(full), grid)))
    if once.all < _WELL:
        return once
    again = luminance_and_colours(_scaled(codec(_recompressed(full, _EARLIER_QUALITY)), grid))
    twice = _compare(shown, wanted, made, again)
    return twice if twice.all < _MUCH_BETTER * once.all else once


def _recompressed(picture: Image.Image, quality: int) -> Image.Image:
    from PIL import Image

    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).convert("RGB")


def _compare(shown: Planes, wanted: Planes, made: Floats, again: Planes) -> _LeftOver:
    import numpy as np

    clipped = ((made <= _NEARLY_BLACK) & (wanted[0] <= _NEARLY_BLACK)) | ((made >= _NEARLY_WHITE) & (wanted[0] >= _NEARLY_WHITE))
    left = np.where(clipped, np.float32(0), wanted[0] - made.clip(0, 255))
    lost = again[0] - shown[0]
    slope_y, slope_x = np.gradient(made)
    unsure = np.asarray(_ROUNDING**2 + _EDGE**2 * (slope_x**2 + slope_y**2), np.float32)
    side = _block_side((made.shape[1], made.shape[0]))
    means, codec_means = block_means(left, side), block_means(lost, side)
    worst_means = [_worst_mean(means, codec_means, block_means(lost**2, side), 0.6, side)]
    colour_left = colour_lost = 0.0
    for before, after, through in zip(shown[1:], wanted[1:], again[1:]):
        means_now, means_codec = block_means(after - before, side), block_means(through - before, side)
        colour_left += float((means_now**2).mean())
        colour_lost += float((means_codec**2).mean()) + 0.2**2
        worst_means.append(_worst_mean(means_now, means_codec, block_means((through - before) ** 2, side), 0.9, side))
    changes = [_change(before, after, side).beyond(_change(before, through, side)) for before, after, through in zip(shown, wanted, again)]
    mean = _PlaneChange(float(left.mean()), 0.0).beyond(_change(shown[0], again[0], side)).mean
    return _LeftOver(
        all=float((left**2).mean() / (lost**2 + unsure).mean()),
        worst=float((block_means(left**2, side) / block_means(lost**2 + unsure, side)).max()),
        worst_mean=max(worst_means),
        low=float((means**2).mean() / ((codec_means**2).mean() + 0.15**2 + _EDGE**2 * unsure.mean() / side)),
        colour=colour_left / colour_lost,
        luminance=_PlaneChange(mean, changes[0].slope),
        colours=(changes[1], changes[2]),
    )


def _worst_mean(means: Floats, codec_means: Floats, energy: Floats, floor: float, side: int) -> float:
    import numpy as np

    return float((np.abs(means) / np.sqrt(codec_means**2 + floor**2 + energy / side)).max())


def _change(before: Floats, after: Floats, side: int) -> _PlaneChange:
    blocks, changed = block_means(before, side), block_means(after, side)
    blocks = blocks - blocks.mean()
    spread = float((blocks**2).sum())
    slope = float((blocks * (changed - changed.mean())).sum()) / spread - 1 if spread / blocks.size > 4 else 0.0
    return _PlaneChange(float((after - before).mean()), slope)


def _beyond(value: float, codec: float) -> float:
    forgiven = _CODEC_SHARE * codec
    return max(0.0, value - max(0.0, forgiven), min(0.0, forgiven) - value)


def _block_side(grid: tuple[int, int]) -> int:
    return max(4, min(16, min(grid) // 12))


def _difference(rest: _LeftOver, *, is_heif: bool) -> Difference | None:
    toned = rest.luminance.mean > _MEAN or (rest.luminance.slope > _SLOPE and rest.low >= 1.5)
    worst, low = (_HEIF_WORST, _HEIF_LOW) if is_heif else (_WORST, _LOW)
    verdicts = (
        (Difference.TONES, toned or rest.low > low),
        (Difference.COLOURS, rest.colour > _LOW_COLOUR or any(c.mean > _MEAN or c.slope > _COLOUR_SLOPE for c in rest.colours)),
        (Difference.PART, rest.worst > worst or rest.worst_mean > _WORST_MEAN),
        (Difference.OVERALL, rest.all > _ALL or not math.isfinite(rest.all)),
    )
    return next((difference for difference, is_so in verdicts if is_so), None)
