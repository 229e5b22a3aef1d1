"""The encoder that made a thumbnail, told from its file: to do to another picture what was done to it."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lib.analysis.decoding import open_picture
from lib.versions.planes import blurred

if TYPE_CHECKING:
    from PIL import Image

Codec = Callable[["Image.Image"], "Image.Image"]  # what the thumbnail's encoder would have made of a picture

_QUALITIES = (95, 90, 85, 80, 75, 70, 65, 60, 55, 50, 45, 40, 35, 30, 25)
_ENOUGH = 1024  # pixels a side in which a quality shows
_COMMON_QUALITY, _DIP = 70, 0.7  # what is assumed where nothing is seen of it; what is left of the change at the true one


def codec_of(data: bytes, like: Image.Image) -> Codec:
    """The encoder that made a thumbnail: JPEG by its own tables and subsampling, WebP by the quality that gives `like` its file size."""
    from PIL import JpegImagePlugin

    with open_picture(io.BytesIO(data)) as image:
        if isinstance(image, JpegImagePlugin.JpegImageFile):
            options: dict[str, Any] = {"qtables": image.quantization}
            sampling = JpegImagePlugin.get_sampling(image)
            if image.mode != "L" and sampling >= 0:
                options["subsampling"] = sampling
            mode = "L" if image.mode == "L" else "RGB"
            return lambda picture: _through(picture.convert(mode), "JPEG", **options)
        if image.format == "GIF":
            return _palette_codec(image.copy(), like)
        if image.format in ("WEBP", "AVIF") and b"VP8L" not in data[:64]:
            style = image.format
            quality = _quality(like, style, len(data))
            return lambda picture: _through(picture, style, quality=quality)
        quality = _hidden_quality(image.convert("RGB"))
    # what has no loss itself is mostly a picture of something that had: a screenshot, or a copy by a careful program
    return lambda picture: _through(picture, "JPEG", quality=quality)


def _hidden_quality(image: Image.Image) -> int:
    """The quality of the JPEG that a lossless picture was before: compressed so again it hardly changes; else one that is common."""
    import numpy as np

    image = image.crop((0, 0, min(image.width, _ENOUGH), min(image.height, _ENOUGH)))  # from a corner, so that its blocks are the JPEG's
    pixels = np.asarray(image, np.float32)
    changes = [float(((np.asarray(_through(image, "JPEG", quality=q), np.float32) - pixels) ** 2).mean()) for q in _QUALITIES]
    dips = [
        (change / min(before, after), quality)
        for before, change, after, quality in zip(changes, changes[1:], changes[2:], _QUALITIES[1:])
        if change < _DIP * min(before, after)
    ]
    return min(dips)[1] if dips else _COMMON_QUALITY


def _palette_codec(image: Image.Image, like: Image.Image) -> Codec:
    """The picture in the few colours of a GIF, dithered where that brings it as near to the GIF's graininess."""
    import numpy as np
    from PIL import Image

    def in_colours(picture: Image.Image, dither: Image.Dither) -> Image.Image:
        return picture.quantize(palette=palette, dither=dither).convert("RGB")

    def grain(picture: Image.Image) -> float:
        grey = np.asarray(picture.convert("L"), np.float32)
        return float(((grey - blurred(grey)) ** 2).mean())

    palette = image if image.mode == "P" else image.convert("RGB").quantize(256)
    ways = (Image.Dither.NONE, Image.Dither.FLOYDSTEINBERG)
    there = grain(image.convert("RGB"))
    dither = min(ways, key=lambda way: abs(grain(in_colours(like, way)) - there))
    return lambda picture: in_colours(picture, dither)


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
