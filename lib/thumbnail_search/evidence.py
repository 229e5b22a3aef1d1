"""Can a photo explain a thumbnail? Make the thumbnail anew from the photo, through its own codec, and look at what is left over."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    Floats = NDArray[np.float32]

Box = tuple[float, float, float, float]  # left, top, width, height as parts of the photo's sides
Codec = Callable[["Image.Image"], "Image.Image"]  # what the thumbnail's encoder would have made of a picture

_FIT_SIDE = 160  # longest side of the grid on which a box is settled
_ROUNDING = 0.75  # grey values: what rounding and a slightly different scaler leave even without compression
_BLUR = 0.06  # of the step between neighbouring pixels: what an unknown scaler may make of an edge
_CLOSE = 1.6  # photos that leave more than this times the least over are not weighed to the end
_FEW = 0.004  # of the pixels: so few clipped ones do not turn a fit
_LUMINANCE = (0.299, 0.587, 0.114)
_PLACED = 0.6  # of a thumbnail's pixel: a box that ends so near to the whole frame, or the middle, is meant to be it
_NEAR, _AS_GOOD = 2.0, 1.015  # so, too, one that ends within two pixels, where the whole frame or middle itself leaves no more over
_TRIMMED = 1.5  # the same where a border was cut off, whose edge is known to a pixel only


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for one photo behind a thumbnail.

    `residual`: mean square of luminance left unexplained, in squared grey values. The ratios tell it against what the codec
    alone would have lost (1 = just that): `overall`, in `fine` detail, and in the `worst` (95th percentile) of the windows
    a ninth of the side; they are infinite where it was not looked into, the photo being out of the question. `canonical`: the
    box is the whole frame or its middle; `size`: its share of that along a side. `correlation` of the luminance, -1 to 1.
    """

    box: Box
    residual: float
    correlation: float
    canonical: bool
    size: float
    overall: float
    fine: float
    worst: float


def weigh(
    data: bytes, thumbnail: Image.Image, photos: Sequence[Image.Image], starts: Sequence[Sequence[Box]], *, trimmed: bool = False
) -> list[Evidence]:
    """Evidence for each photo (an upright RGB preview finer than the thumbnail, where there is more) from some starting boxes.

    `data` is the thumbnail's file, `thumbnail` its upright RGB pixels (perhaps turned, or `trimmed` of a border).
    """
    from PIL import Image

    fitted = [
        min((_settle(thumbnail, photo, box, _FIT_SIDE) for box in _starts(boxes, thumbnail)), key=_left)
        for photo, boxes in zip(photos, starts)
    ]
    least = min(map(_left, fitted))
    close = [n for n, settled in enumerate(fitted) if settled.residual <= _CLOSE * least + 1]
    if max(thumbnail.size) > _FIT_SIDE:
        for n in close:
            again = _starts((fitted[n].box, canonical_box(thumbnail.size, photos[n].size)), thumbnail)
            fitted[n] = min((_settle(thumbnail, photos[n], box, max(thumbnail.size)) for box in again), key=_left)
        finest = min(fitted[n].residual for n in close)
        for n, settled in enumerate(fitted):
            if n not in close:  # settled on the coarser grid only, where less is left over
                fitted[n] = replace(settled, residual=max(settled.residual, finest * settled.residual / max(least, 1e-3)))
    made = {n: _made(thumbnail, photos[n], fitted[n].box) for n in close}
    best = min(close, key=lambda n: fitted[n].residual)
    codec = _codec(data, Image.fromarray(_bytes(made[best])))
    found = []
    for n, (settled, photo) in enumerate(zip(fitted, photos)):
        ratios = _ratios(thumbnail, made[n], codec) if n in made else (float("inf"),) * 3
        meant = canonical_box(thumbnail.size, photo.size)
        size = max(settled.box[2] / meant[2], settled.box[3] / meant[3])
        canonical = _is_canonical(settled.box, meant, thumbnail, _TRIMMED if trimmed else _PLACED)
        if n in made and not canonical and _is_canonical(settled.box, meant, thumbnail, _NEAR):
            there = _settle(thumbnail, photo, meant, max(thumbnail.size), steps=0)
            canonical = there.residual <= _AS_GOOD * settled.residual + 0.05
        found.append(Evidence(settled.box, settled.residual, settled.correlation, canonical, size, *ratios))
    return found


def unproved(box: Box, correlation: float) -> Evidence:
    """The evidence for a photo that has so little in common with the thumbnail that it needs no weighing."""
    never = float("inf")
    return Evidence(box, never, correlation, False, 1.0, never, never, never)


def compare_colours(thumbnail: Image.Image, photo: Image.Image, boxes: Sequence[Box]) -> Evidence:
    """For a thumbnail that shows next to nothing: how far its colours are from those in the nearest of the boxes. It explains nothing."""
    import numpy as np

    wanted = np.asarray(thumbnail, np.float32)

    def distance(box: Box) -> float:
        cut = _cut(photo, (box[0], box[1], box[0] + box[2], box[1] + box[3]), thumbnail.size)
        return float(((wanted - cut) ** 2).mean())

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


def _is_canonical(box: Box, meant: Box, thumbnail: Image.Image, within: float) -> bool:
    edges = (box[0], box[1], box[0] + box[2], box[1] + box[3])
    aims = (meant[0], meant[1], meant[0] + meant[2], meant[1] + meant[3])
    pixels = (thumbnail.width / meant[2], thumbnail.height / meant[3]) * 2
    return all(abs(edge - aim) * scale <= within for edge, aim, scale in zip(edges, aims, pixels))


@dataclass(frozen=True, slots=True)
class _Settled:
    box: Box
    residual: float
    correlation: float


def _starts(boxes: Sequence[Box], thumbnail: Image.Image) -> list[Box]:
    """The boxes, the last first, less those within a thumbnail's pixel or so of one before: they would end at one place."""
    far: list[Box] = []
    for box in reversed(boxes):
        pixel = (box[2] / thumbnail.width, box[3] / thumbnail.height) * 2
        if not any(all(abs(a - b) < 1.5 * p for a, b, p in zip(box, other, pixel)) for other in far):
            far.append(box)
    return far


def _left(settled: _Settled) -> float:
    return settled.residual


def _settle(thumbnail: Image.Image, photo: Image.Image, start: Box, longest: int, steps: int = 6) -> _Settled:
    """The box near `start` that leaves least over on the luminance, each step with the best gain, offset and sharpening."""
    import numpy as np
    from PIL import Image

    scale = min(1.0, longest / max(thumbnail.size))
    size = (max(8, round(thumbnail.width * scale)), max(8, round(thumbnail.height * scale)))
    wanted = np.asarray(thumbnail.convert("L").resize(size, Image.Resampling.LANCZOS), np.float32)
    grey = photo.convert("L")
    width, height = size
    across = np.broadcast_to((np.arange(width, dtype=np.float32) + 0.5) / width, (height, width))
    down = np.broadcast_to(((np.arange(height, dtype=np.float32) + 0.5) / height)[:, None], (height, width))
    target = wanted.ravel()
    edges = np.array([start[0], start[1], start[0] + start[2], start[1] + start[3]]).clip(0, 1)
    pixel = np.array([start[2] / width, start[3] / height] * 2)

    def attempt(edges: NDArray[np.float64]) -> tuple[Floats, Floats, float]:
        basis = _basis(_cut(grey, edges, size)).reshape(4, -1)
        made, says = _mixed(basis, target)
        return np.concatenate([basis, says[None]]), made, float((_left_over(target, made) ** 2).mean())

    basis, made, residual = attempt(edges)
    for _ in range(steps):
        slope_y, slope_x = np.gradient(made.reshape(height, width))
        slopes = np.stack([slope_x * (1 - across), slope_y * (1 - down), slope_x * across, slope_y * down]).reshape(4, -1)
        says = basis[4] > 0
        move = _solve(np.concatenate([basis[:4], slopes])[:, says], target[says])[4:].clip(-2, 2) * pixel
        before = residual
        for part in (1.0, 0.3):
            trial = (edges + part * move).clip(0, 1)
            if trial[2] - trial[0] > 0.05 and trial[3] - trial[1] > 0.05:
                tried = attempt(trial)
                if tried[2] < residual:
                    (basis, made, residual), edges = tried, trial
                    break
        if residual > before * 0.998:
            break
    spread = float(target.std() * made.std())
    correlation = float(((target - target.mean()) * (made - made.mean())).mean()) / spread if spread > 1e-6 else 0.0
    left, top, right, bottom = (float(edge) for edge in edges)
    return _Settled((left, top, right - left, bottom - top), residual, correlation)


def _mixed(basis: Floats, target: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """The mixture of the basis nearest to the target, and which pixels had a say: those not clipped to black or white on both sides."""
    import numpy as np

    made, says = _solve(basis, target) @ basis, np.ones(len(target), bool)
    for _ in range(2):
        clipped = ((target <= 3) & (made <= 3)) | ((target >= 252) & (made >= 252))
        if np.count_nonzero(clipped) < _FEW * len(target) or np.count_nonzero(~clipped) < 50:
            break
        tried = _solve(basis[:, ~clipped], target[~clipped]) @ basis
        if (_left_over(target, tried) ** 2).sum() >= (_left_over(target, made) ** 2).sum():
            break
        made, says = tried, ~clipped
    return made, says


def _left_over(target: Floats, made: Floats) -> Floats:
    """Target less made; nothing where both are clipped."""
    import numpy as np

    return np.asarray(target - made.clip(0, 255), np.float32)


def _cut(picture: Image.Image, edges: Sequence[float] | NDArray[np.float64], size: tuple[int, int]) -> Floats:
    """The part of a picture between these edges (left, top, right, bottom as parts), scaled as browsers and services do."""
    import numpy as np
    from PIL import Image

    width, height = picture.size
    box = (edges[0] * width, edges[1] * height, min(1.0, edges[2]) * width, min(1.0, edges[3]) * height)
    return np.asarray(picture.resize(size, Image.Resampling.LANCZOS, box=box), np.float32)


def _basis(cut: Floats) -> Floats:
    """(4, h, w): what a thumbnail's luminance may be mixed of: the picture, two bands of sharpness, and a constant."""
    import numpy as np

    soft = _blurred(cut)
    return np.stack([cut, cut - soft, soft - _blurred(soft), np.ones_like(cut)])


def _solve(columns: Floats, target: Floats) -> Floats:
    """Weights of the columns (rows of the array) that come nearest to the target in the least-squares sense."""
    import numpy as np

    normal = (columns @ columns.T).astype(np.float64)
    normal[np.diag_indices(len(normal))] += 1e-6 * np.diag(normal) + 1e-6
    return np.asarray(np.linalg.solve(normal, (columns @ target).astype(np.float64)), np.float32)


def _blurred(pixels: Floats) -> Floats:
    """Mixed 1:2:1 with the neighbours, both ways."""
    import numpy as np

    padded = np.pad(pixels, 1, mode="edge")
    rows = padded[:-2] + 2 * padded[1:-1] + padded[2:]
    return np.asarray((rows[:, :-2] + 2 * rows[:, 1:-1] + rows[:, 2:]) / 16, np.float32)


def _made(thumbnail: Image.Image, photo: Image.Image, box: Box) -> Floats:
    """(h, w, 3): the thumbnail as the photo's box would give it, with the best gain, offset, tint, saturation and sharpening."""
    import numpy as np

    wanted = np.asarray(thumbnail, np.float32)
    cut = _cut(photo, (box[0], box[1], box[0] + box[2], box[1] + box[3]), thumbnail.size)
    _, sharp, sharper, constant = _basis(cut @ np.array(_LUMINANCE, np.float32))
    basis = np.stack([*cut.transpose(2, 0, 1), sharp, sharper, constant]).reshape(6, -1)
    channels = [_mixed(basis, wanted[..., channel].ravel())[0].reshape(wanted.shape[:2]) for channel in range(3)]
    return np.stack(channels, axis=2)


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

    weights = np.array(_LUMINANCE, np.float32)
    wanted = np.asarray(thumbnail, np.float32)
    made = made.clip(0, 255)
    again = np.asarray(codec(Image.fromarray(_bytes(made))), np.float32)
    left, lost, luminance = (np.asarray(part @ weights, np.float32) for part in (wanted - made, again - made, made))
    slope_y, slope_x = np.gradient(luminance)
    unsure = _ROUNDING**2 + _BLUR**2 * (slope_x**2 + slope_y**2)
    fine_left, fine_lost = left - _blurred(left), lost - _blurred(lost)
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
