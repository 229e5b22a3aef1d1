"""Can a photo explain a thumbnail? Make the thumbnail anew from the photo, through its own codec, and look at what is left over."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from lib.thumbnails.refinement import (
    SCALERS,
    Box,
    RefinedFit,
    Target,
    basis_of,
    bends_of,
    cut,
    surroundings_of,
    unclipped,
)
from lib.thumbnails.thumbnail_views import is_grey
from lib.versions.codec import Codec, codec_of
from lib.versions.planes import LUMINANCE, blurred, solve

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    Floats = NDArray[np.float32]

WHOLE: Box = (0.0, 0.0, 1.0, 1.0)
OVERALL, FINE, WORST = 3.0, 2.3, 7.0  # times what the codec alone would lose: more is not explained by the photo
_FIT_SIDE = 160  # longest side of the grid on which a box is settled
WELL = 1.3  # times what the codec alone would have lost: with so little left over there is nothing to improve
_BEYOND = 2 * OVERALL  # times the same: what leaves so much over is not saved by another scaler
_ROUNDING = 0.75  # grey values: what rounding and a slightly different scaler leave even without compression
_BLUR = 0.06  # of the step between neighbouring pixels: what an unknown scaler may make of an edge
_IN_QUESTION = 1.4  # times the least left over: only such a photo can be the answer
_CLOSE = 1.6  # photos that leave more than this times the least over are not weighed to the end
_PLACED = 0.6  # of a thumbnail's pixel: a box that ends so near to the whole frame, or the middle, is meant to be it
_NEAR, _AS_GOOD = 2.0, 1.015  # so, too, one that ends within two pixels, where the whole frame or middle itself leaves no more over
_SAME, _AROUND = 1.5, 6.0  # pixels: from a box so near to it the whole frame or middle is the start; so near, it may be the better one
_WHOLE = 1.2  # of a thumbnail's pixel, in all: a box that is so nearly as large as can be is meant to be
_ROUNDED = 0.012  # shapes of squeezed photos are told to two digits
_TRIMMED = 1.5  # the same as _PLACED where a border was cut off, whose edge is known to a pixel only


class Allowing(Enum):
    """What had to be allowed for the photo to explain the thumbnail."""

    NOTHING = "nothing"
    TONES = "other tones"
    COVERED = "something over it"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for one photo behind a thumbnail.

    `residual`: mean square of luminance left unexplained, in squared grey values. The ratios tell it against what the codec
    alone would have lost (1 = just that): `overall`, in `fine` detail, and in the `worst` (95th percentile) of the windows
    a ninth of the side; they are infinite where it was not looked into, the photo being out of the question. `canonical`: the
    box is the whole frame or its middle; `size`: its share of that along a side.
    `correlation` of the luminance, -1 to 1. `plain`: as `overall`, but with the photo's tones as they are. `whole_side`: the box is as
    large as the thumbnail's shape allows, wherever it lies: cut, but not zoomed.
    """

    box: Box
    residual: float
    correlation: float
    canonical: bool
    size: float
    overall: float
    fine: float
    worst: float
    plain: float = float("inf")
    whole_side: bool = False
    allowing: Allowing = Allowing.NOTHING

    @property
    def explains(self) -> bool:
        """True where what the photo leaves over is what the thumbnail's codec alone may have lost."""
        return self.overall < OVERALL and self.fine < FINE and self.worst < WORST and self.correlation > 0


def gather_evidence(
    data: bytes,
    thumbnail: Image.Image,
    photos: Sequence[Image.Image],
    boxes: Sequence[Box],
    *,
    shape: float = 0.0,
    inside: Box = WHOLE,
    smeared: tuple[int, int, int, int] = (0, 0, 0, 0),
    toned: bool = False,
) -> list[Evidence]:
    """Evidence for each photo (an upright RGB preview finer than the thumbnail, where there is more) near a box, the likeliest first.

    `data` is the thumbnail's file, `thumbnail` its upright RGB pixels (perhaps turned, or without a border that took so many `smeared`
    pixels of each side with it), `shape` the width over height of what was squeezed into it. `inside` is the part of the thumbnail to look
    at, where something lies over the rest; the boxes are those of the whole. `toned`: the photo may also have got another tone curve,
    local contrast and darker corners.
    """
    from PIL import Image

    left, top, right, bottom = smeared
    outer = thumbnail.width + left + right, thumbnail.height + top + bottom
    kept = (left / outer[0], top / outer[1], thumbnail.width / outer[0], thumbnail.height / outer[1])
    meant = [part_of(part_of(canonical_box(outer, photo.size, shape), kept), inside) for photo in photos]
    whole = part_of(part_of(WHOLE, kept), inside)
    boxes = [part_of(box, inside) for box in boxes]
    greys, coloured = [photo.convert("L") for photo in photos], photos
    if is_grey(thumbnail):
        photos = [grey.convert("RGB") for grey in greys]
    thumbnail = _inner(thumbnail, inside)
    first = max(thumbnail.size) if len(photos) == 1 else _FIT_SIDE
    fitted = _settled(Target(thumbnail, first, toned=toned), thumbnail, greys, boxes, meant)
    least = min(map(_left, fitted))
    close = [n for n, settled in enumerate(fitted) if settled.residual <= _CLOSE * least + 1]
    full = Target(thumbnail, max(thumbnail.size), toned=toned)
    if max(thumbnail.size) > first:
        finer = _settled(full, thumbnail, [greys[n] for n in close], [fitted[n].box for n in close], [meant[n] for n in close])
        finest = min(map(_left, finer))
        fitted = [  # what is settled on the coarser grid only, where less is left over, is told as it would be on the finer one
            replace(settled, residual=max(settled.residual, finest * settled.residual / max(least, 1e-3))) for settled in fitted
        ]
        for n, settled in zip(close, finer):
            fitted[n] = settled
    made = {n: _made(thumbnail, photos[n], fitted[n].box, toned=toned) for n in close}
    best = min(close, key=lambda n: fitted[n].residual)
    codec = codec_of(data, Image.fromarray(_bytes(made[best])))
    found = []
    for n, settled in enumerate(fitted):
        aim, placed = meant[n], _TRIMMED if any(smeared) else _PLACED
        if n in made and _is_within(placed, settled.box, whole, thumbnail):
            aim = whole  # be it that it was squeezed
        canonical = _is_within(placed, settled.box, aim, thumbnail)
        if n in made and not canonical and _is_within(_NEAR, settled.box, aim, thumbnail):
            canonical = full.settle(greys[n], [aim], steps=0).residual <= _AS_GOOD * settled.residual + 0.05
        size = ((settled.box[2] / aim[2]) * (settled.box[3] / aim[3])) ** 0.5
        whole_side = _is_as_large(_TRIMMED if any(smeared) else _WHOLE, settled.box, aim, thumbnail)
        one = Evidence(settled.box, settled.residual, settled.correlation, canonical, size, *(math.inf,) * 3, whole_side=whole_side)
        if n in made:
            may_be_it = settled.residual <= _IN_QUESTION * fitted[best].residual
            remade = functools.partial(_made, thumbnail, photos[n], settled.box, toned=toned)
            overall, fine, worst = _least_left(thumbnail, made[n], remade if may_be_it else None, codec)
            plain = _ratios(thumbnail, _as_it_is(thumbnail, coloured[n], settled.box), codec)[0]
            one = replace(one, overall=overall, fine=fine, worst=worst, plain=plain)
        found.append(one)
    return found


def _least_left(thumbnail: Image.Image, made: Floats, remade: Callable[[str], Floats] | None, codec: Codec) -> tuple[float, float, float]:
    """The ratios of what is left over, by the scaler that leaves least: a codec that loses little does not hide by which it was scaled."""
    ratios = _ratios(thumbnail, made, codec)
    if remade is None or not WELL < ratios[0] < _BEYOND:
        return ratios
    return min((ratios, *(_ratios(thumbnail, remade(scaler), codec) for scaler in SCALERS[1:])))


def _settled(
    target: Target, thumbnail: Image.Image, greys: Sequence[Image.Image], boxes: Sequence[Box], meant: Sequence[Box]
) -> list[RefinedFit]:
    """Each photo settled near its box; one that has no hope of leaving little more over than the best so far only roughly."""
    found: list[RefinedFit] = []
    least = float("inf")
    for grey, box, aim in zip(greys, boxes, meant):
        starts = [box]
        if _is_within(_AROUND, box, aim, thumbnail):
            starts = [aim] if _is_within(_SAME, box, aim, thumbnail) else [aim, box]
        found.append(target.settle(grey, starts, bar=_CLOSE * least + 1))
        least = min(least, found[-1].residual)
    return found


def _left(settled: RefinedFit) -> float:
    return settled.residual


def unproved(box: Box, correlation: float) -> Evidence:
    """The evidence for a photo that has so little in common with the thumbnail that it needs no weighing."""
    never = float("inf")
    return Evidence(box, never, correlation, False, 1.0, never, never, never)


def compare_colours(thumbnail: Image.Image, photo: Image.Image, boxes: Sequence[Box]) -> Evidence:
    """For a thumbnail that shows next to nothing: how far its colours are from those in the nearest of the boxes. It explains nothing."""
    import numpy as np

    wanted = np.asarray(thumbnail, np.float32)

    def distance(box: Box) -> float:
        shown = cut(photo, (box[0], box[1], box[0] + box[2], box[1] + box[3]), thumbnail.size)
        return float(((wanted - shown) ** 2).mean())

    box = min(boxes, key=distance)
    never = float("inf")
    return Evidence(box, distance(box), 0.0, False, 1.0, never, never, never)


def part_of(box: Box, inside: Box) -> Box:
    """The part of a box that is `inside` of it."""
    left, top, width, height = box
    return (left + inside[0] * width, top + inside[1] * height, inside[2] * width, inside[3] * height)


def _inner(image: Image.Image, inside: Box) -> Image.Image:
    left, top = round(inside[0] * image.width), round(inside[1] * image.height)
    return image.crop((left, top, left + round(inside[2] * image.width), top + round(inside[3] * image.height)))


def canonical_box(thumbnail: tuple[int, int], photo: tuple[int, int], squeezed: float = 0.0) -> Box:
    """The whole frame where the shapes agree, else the largest box of the thumbnail's shape in the middle; sizes are (width, height).

    `squeezed` is the width over height of what was squeezed into the thumbnail, if it was.
    """
    shape = (squeezed or thumbnail[0] / thumbnail[1]) * photo[1] / photo[0]
    if abs(shape - 1) <= (_ROUNDED if squeezed else 0.0) + 0.6 * (1 / thumbnail[0] + 1 / thumbnail[1]) + 0.004:
        return (0.0, 0.0, 1.0, 1.0)
    wide, high = min(1.0, shape), min(1.0, 1 / shape)
    return ((1 - wide) / 2, (1 - high) / 2, wide, high)


def _is_within(pixels: float, box: Box, meant: Box, thumbnail: Image.Image) -> bool:
    """True where every edge of the box is within these pixels of the thumbnail from where it is meant to be."""
    edges = (box[0], box[1], box[0] + box[2], box[1] + box[3])
    aims = (meant[0], meant[1], meant[0] + meant[2], meant[1] + meant[3])
    scales = (thumbnail.width / meant[2], thumbnail.height / meant[3]) * 2
    return all(abs(edge - aim) * scale <= pixels for edge, aim, scale in zip(edges, aims, scales))


def _is_as_large(pixels: float, box: Box, meant: Box, thumbnail: Image.Image) -> bool:
    """True where the box is as wide and as high as it was meant to be, give or take these pixels of the thumbnail."""
    width, height = abs(box[2] - meant[2]) * thumbnail.width / meant[2], abs(box[3] - meant[3]) * thumbnail.height / meant[3]
    return max(width, height) <= pixels


def _as_it_is(thumbnail: Image.Image, photo: Image.Image, box: Box) -> Floats:
    """(h, w, 3): the photo's box, nothing changed but its size."""
    return cut(photo, (box[0], box[1], box[0] + box[2], box[1] + box[3]), thumbnail.size)


def _made(thumbnail: Image.Image, photo: Image.Image, box: Box, scaler: str = "LANCZOS", *, toned: bool = False) -> Floats:
    """(h, w, 3): the thumbnail as the photo's box would give it, with the best gain, offset, tint, saturation and sharpening."""
    import numpy as np

    wanted = np.asarray(thumbnail, np.float32).reshape(-1, 3).T
    shown = cut(photo, (box[0], box[1], box[0] + box[2], box[1] + box[3]), thumbnail.size, scaler)
    luminance = shown @ np.array(LUMINANCE, np.float32)
    _, *others = basis_of(luminance)
    colours = shown.transpose(2, 0, 1)
    shared = [*colours, *others, *(surroundings_of(luminance) if toned else ())]
    every = np.ones(wanted.shape[1], bool)
    channels = []
    for aim, colour in zip(wanted, colours):
        basis = np.stack([*shared, *(bends_of(colour) if toned else ())]).reshape(-1, len(aim))
        channels.append(unclipped(basis, aim, solve(basis, aim) @ basis, every)[0])
    return np.stack(channels, axis=1).reshape(thumbnail.height, thumbnail.width, 3)


def _bytes(pixels: Floats) -> NDArray[np.uint8]:
    import numpy as np

    return pixels.round().clip(0, 255).astype(np.uint8)


def _ratios(thumbnail: Image.Image, made: Floats, codec: Codec) -> tuple[float, float, float]:
    """What is left over against what the codec alone would lose: overall, in fine detail, in the worst windows."""
    import numpy as np
    from PIL import Image

    weights = np.array(LUMINANCE, np.float32)
    wanted = np.asarray(thumbnail, np.float32)
    made = made.clip(0, 255)
    again = np.asarray(codec(Image.fromarray(_bytes(made))), np.float32)
    left, lost, luminance = (np.asarray(part @ weights, np.float32) for part in (wanted - made, again - made, made))
    slope_y, slope_x = np.gradient(luminance)
    unsure = _ROUNDING**2 + _BLUR**2 * (slope_x**2 + slope_y**2)
    fine_left, fine_lost = left - blurred(left), lost - blurred(lost)
    side = max(4, round(min(left.shape) / 9))
    windows = _windows(left**2, side) / _windows(np.asarray(lost**2 + unsure, np.float32), side)
    return (
        float((left**2).mean() / (lost**2 + unsure).mean()),
        float((fine_left**2).mean() / (fine_lost**2 + unsure / 2).mean()),
        float(np.percentile(windows, 95)),
    )


def _windows(energy: Floats, side: int) -> Floats:
    """The mean of every window of `side` pixels, half a window apart."""
    import numpy as np

    total = np.pad(energy.astype(np.float64).cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    height, width = energy.shape
    side = min(side, height, width)
    tops = np.unique(np.r_[np.arange(0, height - side, max(1, side // 2)), height - side])[:, None]
    lefts = np.unique(np.r_[np.arange(0, width - side, max(1, side // 2)), width - side])[None, :]
    area = total[tops + side, lefts + side] - total[tops, lefts + side] - total[tops + side, lefts] + total[tops, lefts]
    return np.asarray(area / side**2, np.float32)
