"""Can a photo explain a thumbnail? Make the thumbnail anew from the photo, through its own codec, and look at what is left over."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from lib.thumbnails.refinement import LUMINANCE, SCALERS, Box, RefinedFit, Target, basis_of, blurred, cut, solve, unclipped

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    Floats = NDArray[np.float32]

Codec = Callable[["Image.Image"], "Image.Image"]  # what the thumbnail's encoder would have made of a picture

_FIT_SIDE = 160  # longest side of the grid on which a box is settled
WELL = 1.3  # times what the codec alone would have lost: with so little left over there is nothing to improve
_ROUNDING = 0.75  # grey values: what rounding and a slightly different scaler leave even without compression
_BLUR = 0.06  # of the step between neighbouring pixels: what an unknown scaler may make of an edge
_IN_QUESTION = 1.4  # times the least left over: only such a photo can be the answer
_CLOSE = 1.6  # photos that leave more than this times the least over are not weighed to the end
_PLACED = 0.6  # of a thumbnail's pixel: a box that ends so near to the whole frame, or the middle, is meant to be it
_NEAR, _AS_GOOD = 2.0, 1.015  # so, too, one that ends within two pixels, where the whole frame or middle itself leaves no more over
_SAME, _AROUND = 1.5, 6.0  # pixels: from a box so near to it the whole frame or middle is the start; so near, it may be the better one
_TRIMMED = 1.5  # the same as _PLACED where a border was cut off, whose edge is known to a pixel only


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for one photo behind a thumbnail.

    `residual`: mean square of luminance left unexplained, in squared grey values. The ratios tell it against what the codec
    alone would have lost (1 = just that): `overall`, in `fine` detail, and in the `worst` (95th percentile) of the windows
    a ninth of the side; they are infinite where it was not looked into, the photo being out of the question. `canonical`: the
    box is the whole frame or its middle; `size`: its share of that along a side.
    `correlation` of the luminance, -1 to 1.
    """

    box: Box
    residual: float
    correlation: float
    canonical: bool
    size: float
    overall: float
    fine: float
    worst: float


def gather_evidence(
    data: bytes, thumbnail: Image.Image, photos: Sequence[Image.Image], boxes: Sequence[Box], *, trimmed: bool = False
) -> list[Evidence]:
    """Evidence for each photo (an upright RGB preview finer than the thumbnail, where there is more) near a box, the likeliest first.

    `data` is the thumbnail's file, `thumbnail` its upright RGB pixels (perhaps turned, or `trimmed` of a border).
    """
    from PIL import Image

    greys = [photo.convert("L") for photo in photos]
    meant = [canonical_box(thumbnail.size, photo.size) for photo in photos]
    first = max(thumbnail.size) if len(photos) == 1 else _FIT_SIDE
    fitted = _settled(Target(thumbnail, first), thumbnail, greys, boxes, meant)
    least = min(map(_left, fitted))
    close = [n for n, settled in enumerate(fitted) if settled.residual <= _CLOSE * least + 1]
    full = Target(thumbnail, max(thumbnail.size))
    if max(thumbnail.size) > first:
        finer = _settled(full, thumbnail, [greys[n] for n in close], [fitted[n].box for n in close], [meant[n] for n in close])
        finest = min(map(_left, finer))
        fitted = [  # what is settled on the coarser grid only, where less is left over, is told as it would be on the finer one
            replace(settled, residual=max(settled.residual, finest * settled.residual / max(least, 1e-3))) for settled in fitted
        ]
        for n, settled in zip(close, finer):
            fitted[n] = settled
    made = {n: _made(thumbnail, photos[n], fitted[n].box) for n in close}
    best = min(close, key=lambda n: fitted[n].residual)
    codec = _codec(data, Image.fromarray(_bytes(made[best])))
    found = []
    for n, settled in enumerate(fitted):
        ratios = (float("inf"),) * 3
        if n in made:
            ratios = _ratios(thumbnail, made[n], codec)
            if ratios[0] > WELL and settled.residual <= _IN_QUESTION * fitted[best].residual:
                # a codec that loses little does not hide by what the thumbnail was scaled
                others = (_ratios(thumbnail, _made(thumbnail, photos[n], settled.box, scaler), codec) for scaler in SCALERS[1:])
                ratios = min((ratios, *others))
        size = ((settled.box[2] / meant[n][2]) * (settled.box[3] / meant[n][3])) ** 0.5
        canonical = _is_within(_TRIMMED if trimmed else _PLACED, settled.box, meant[n], thumbnail)
        if n in made and not canonical and _is_within(_NEAR, settled.box, meant[n], thumbnail):
            canonical = full.settle(greys[n], [meant[n]], steps=0).residual <= _AS_GOOD * settled.residual + 0.05
        found.append(Evidence(settled.box, settled.residual, settled.correlation, canonical, size, *ratios))
    return found


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


def canonical_box(thumbnail: tuple[int, int], photo: tuple[int, int]) -> Box:
    """The whole frame where the shapes agree, else the largest box of the thumbnail's shape in the middle; sizes are (width, height)."""
    shape = thumbnail[0] * photo[1] / (thumbnail[1] * photo[0])
    if abs(shape - 1) <= 0.6 * (1 / thumbnail[0] + 1 / thumbnail[1]) + 0.004:
        return (0.0, 0.0, 1.0, 1.0)
    wide, high = min(1.0, shape), min(1.0, 1 / shape)
    return ((1 - wide) / 2, (1 - high) / 2, wide, high)


def _is_within(pixels: float, box: Box, meant: Box, thumbnail: Image.Image) -> bool:
    """True where every edge of the box is within these pixels of the thumbnail from where it is meant to be."""
    edges = (box[0], box[1], box[0] + box[2], box[1] + box[3])
    aims = (meant[0], meant[1], meant[0] + meant[2], meant[1] + meant[3])
    scales = (thumbnail.width / meant[2], thumbnail.height / meant[3]) * 2
    return all(abs(edge - aim) * scale <= pixels for edge, aim, scale in zip(edges, aims, scales))


def _made(thumbnail: Image.Image, photo: Image.Image, box: Box, scaler: str = "LANCZOS") -> Floats:
    """(h, w, 3): the thumbnail as the photo's box would give it, with the best gain, offset, tint, saturation and sharpening."""
    import numpy as np

    wanted = np.asarray(thumbnail, np.float32).reshape(-1, 3).T
    shown = cut(photo, (box[0], box[1], box[0] + box[2], box[1] + box[3]), thumbnail.size, scaler)
    _, sharp, sharper, constant = basis_of(shown @ np.array(LUMINANCE, np.float32))
    basis = np.stack([*shown.transpose(2, 0, 1), sharp, sharper, constant]).reshape(6, -1)
    made, all_say = solve(basis, wanted) @ basis, np.ones(wanted.shape[1], bool)
    channels = [unclipped(basis, aim, one, all_say)[0] for aim, one in zip(wanted, made)]
    return np.stack(channels, axis=1).reshape(thumbnail.height, thumbnail.width, 3)


def _bytes(pixels: Floats) -> NDArray[np.uint8]:
    import numpy as np

    return pixels.round().clip(0, 255).astype(np.uint8)


def _codec(data: bytes, like: Image.Image) -> Codec:
    """The encoder that made a thumbnail: JPEG by its own tables and subsampling, WebP by the quality that gives `like` its file size."""
    from PIL import Image, JpegImagePlugin

    with Image.open(io.BytesIO(data)) as image:
        if isinstance(image, JpegImagePlugin.JpegImageFile):
            options: dict[str, Any] = {"qtables": image.quantization}
            sampling = JpegImagePlugin.get_sampling(image)
            if image.mode != "L" and sampling >= 0:
                options["subsampling"] = sampling
            mode = "L" if image.mode == "L" else "RGB"
            return lambda picture: _through(picture.convert(mode), "JPEG", **options)
        if image.format in ("WEBP", "AVIF") and b"VP8L" not in data[:64]:
            style = image.format
            quality = _quality(like, style, len(data))
            return lambda picture: _through(picture, style, quality=quality)
    return lambda picture: picture


def _quality(like: Image.Image, style: str, wanted: int) -> int:
    """The lowest quality at which `like` takes as many bytes as the thumbnail does."""
    low, high = 0, 100
    while low < high:
        middle = (low + high) // 2
        buffer = io.BytesIO()
        like.save(buffer, style, quality=middle)
        low, high = (middle + 1, high) if buffer.tell() < wanted else (low, middle)
    return low


def _through(picture: Image.Image, style: str, **options: Any) -> Image.Image:
    from PIL import Image

    buffer = io.BytesIO()
    picture.save(buffer, style, **options)
    return Image.open(buffer).convert("RGB")


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
