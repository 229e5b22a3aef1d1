"""Small upright previews of photos, raw files and videos, by the cheapest decode that each format allows, in bounded memory."""

from __future__ import annotations

import contextlib
import io
import mmap
import os
import stat
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from lib.analysis import orientation as orientations
from lib.analysis.formats import CAMERA_RAW, SNIFFED, VIDEO_FORMATS, sniff_format
from lib.model import Unreadable

if TYPE_CHECKING:
    from PIL import Image
    from PIL.ImageFile import ImageFile

_MOST_MEMORY = 900_000_000  # bytes for decoding one picture; more is refused, so that a bomb costs no more than this
# Bytes that a decoder takes for each pixel at its peak, where that is more than the pixels themselves: measured on 100 megapixels.
_PEAK = {"WEBP": 16, "GIF": 13, "AVIF": 9, "HEIF": 9, "JPEG2000": 20, "video": 24}
_MOST_JPEG_PIXELS = 420_000_000  # JPEG is shrunk while it is decoded; phones make 200 megapixels today


def preview(path: str, longest: int) -> tuple[Image.Image, float]:
    """An upright RGB preview, its longer side not much under `longest` unless the picture is smaller, and the full picture's aspect."""
    with _words_for_failures(path), _opened(path) as file:
        style = _style(file)
        if style in VIDEO_FORMATS:
            image = _first_telling(_video_frames(file, [0.1, 0.3, 0.5]))
            return image, image.width / image.height
        image, (width, height) = _upright_still(file, style, longest)
        return image, width / height


def photo_preview(path: str, longest: int) -> tuple[Image.Image, tuple[int, int]]:
    """As `preview`, but of photos alone, with the upright picture's size in pixels: PyAV is never imported for it."""
    with _words_for_failures(path), _opened(path) as file:
        style = _style(file)
        if style in VIDEO_FORMATS:
            raise Unreadable("is a video, though its name says that it is a photo")
        return _upright_still(file, style, longest)


def _style(file: BinaryIO) -> str:
    style = sniff_format(file.read(SNIFFED))
    file.seek(0)
    return style


def _upright_still(file: BinaryIO, style: str, longest: int) -> tuple[Image.Image, tuple[int, int]]:
    (width, height), image, orientation = _heif(file, longest) if style == "heif" else _still(file, style, longest)
    size = (height, width) if orientations.swaps_sides(orientation) else (width, height)
    return orientations.upright(image, orientation), size


def frames_by_time(path: str, seconds: float, most: int, longest: int) -> list[tuple[float, Image.Image]]:
    """Return upright RGB frames of a video, one for each so many seconds but at most `most`, with the second that each stands for."""
    with _words_for_failures(path), _opened(path) as file:
        duration = _duration(file)
        count = max(1, min(most, round(duration / seconds)))
        parts = [(n + 0.5) / count for n in range(count)]
        return [(part * duration, fitted(frame, longest)) for part, frame in zip(parts, _video_frames(file, parts))]


def frames(path: str, count: int, longest: int) -> list[Image.Image]:
    """Up to `count` upright RGB frames of a video, evenly spread over its time, none at its very ends. Unreadable if there is none."""
    with _words_for_failures(path), _opened(path) as file:
        return [fitted(frame, longest) for frame in _video_frames(file, [(n + 0.5) / count for n in range(count)])]


def fitted(image: Image.Image, longest: int) -> Image.Image:
    """`image` shrunk so that its longer side is at most `longest`; never enlarged."""
    from PIL import Image

    scale = longest / max(image.size)
    if scale >= 1:
        return image
    return image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))), Image.Resampling.LANCZOS)


def open_picture(file: BinaryIO) -> ImageFile:
    """Return the picture in an open file, not decoded yet; HEIF of any brand too, of which Pillow's own look knows only some.

    Raises UnidentifiedImageError, OSError, or whatever else its decoder trips over.
    """
    from PIL import Image

    style = sniff_format(file.read(SNIFFED))
    file.seek(0)
    if style == "heif":
        from pillow_heif import HeifImageFile

        return HeifImageFile(file)
    return Image.open(file)


def require_memory(image: Image.Image) -> None:
    """Return only if the picture, opened and not yet decoded, can be decoded in less than a gigabyte. Raises Unreadable."""
    kept = 4 if len(image.getbands()) > 1 or image.mode in ("I", "F") else 2 if image.mode.startswith("I;") else 1
    _require(image.size, max(kept + 1, 10 if image.info.get("progressive") else _PEAK.get(image.format or "", 0)))


def require_jpeg_memory(file: BinaryIO) -> tuple[int, int]:
    """Return width and height of the JPEG in `file`, which can be decoded at an eighth of its size in less than a gigabyte.

    Raises Unreadable where it cannot, and what Pillow raises of headers that make no sense.
    """
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pillows_limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            image = Image.open(file)
        finally:
            Image.MAX_IMAGE_PIXELS = pillows_limit
    _require_jpeg_pixels(image.size, bool(image.info.get("progressive")))
    return image.size


def _require_jpeg_pixels(size: tuple[int, int], progressive: bool) -> None:
    if size[0] * size[1] > (_MOST_JPEG_PIXELS // 4 if progressive else _MOST_JPEG_PIXELS):
        raise Unreadable(f"is too large to decode safely ({size[0]} x {size[1]} pixels)")


def _require(size: tuple[int, int], cost: int) -> None:
    if size[0] * size[1] * cost > _MOST_MEMORY:
        raise Unreadable(f"is too large to decode safely ({size[0]} x {size[1]} pixels)")


@contextlib.contextmanager
def _opened(path: str) -> Iterator[BinaryIO]:
    """The regular file at `path`; a link is not followed, a pipe does not hang."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with open(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise Unreadable("is no regular file")
        yield file


@contextlib.contextmanager
def _words_for_failures(path: str) -> Iterator[None]:
    """Whatever a decoder raises on a broken file becomes Unreadable; our own size limits take the place of Pillow's."""
    from PIL import Image, UnidentifiedImageError

    pillows_limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Unreadable:
        raise
    except UnidentifiedImageError as reason:
        raise Unreadable("is empty" if os.path.getsize(path) == 0 else "is no picture that can be decoded here") from reason
    except MemoryError as reason:
        raise Unreadable("needs more memory to decode than there is") from reason
    except OSError as reason:
        raise Unreadable(f"cannot be read: {reason.strerror or reason}") from reason
    except Exception as reason:  # on broken files the decoders raise anything, from SyntaxError to IndexError
        raise Unreadable(f"is damaged ({type(reason).__name__}: {reason})") from reason
    finally:
        Image.MAX_IMAGE_PIXELS = pillows_limit


def _still(file: BinaryIO, style: str, longest: int) -> tuple[tuple[int, int], Image.Image, int]:
    """(stored size of the full picture, preview as stored, EXIF orientation) of whatever Pillow or a raw file's own preview offers."""
    from PIL import Image

    image = _raw_preview(file) if style in CAMERA_RAW else Image.open(file)
    if image.format not in ("JPEG", "MPO", "TIFF"):
        require_memory(image)  # before its tags are asked for: those of a PNG may come last, so Pillow decodes it first
    orientation = _orientation(image)
    tags: Any = getattr(image, "tag_v2", {})
    if tags.get(254) == 1 or 50706 in tags:  # a raw file that is TIFF outside: what Pillow sees is not the picture
        with contextlib.suppress(Unreadable):
            image = _raw_preview(file)
            orientation = max(orientation, _orientation(image))
    return image.size, _shrunk(image, longest), orientation  # in this order: a JPEG's size is another one once it is shrunk


def _shrunk(image: Image.Image, longest: int) -> Image.Image:
    """`image` as RGB, transparency over white, shrunk by a whole factor while its longer side stays at least `longest`.

    JPEG is shrunk while it is decoded, the rest in strips, so that beside the decoded picture no second one is in memory.
    """
    from PIL import Image

    width, height = stored = image.size
    drafted = 1
    if image.format in ("JPEG", "MPO"):
        least = min(longest / max(width, height), 1)
        image.draft("RGB", (max(1, int(width * least)), max(1, int(height * least))))
        _require_jpeg_pixels(stored, bool(image.info.get("progressive")))
        width, height = image.size
        drafted = round(stored[0] / width)
        _require(image.size, 5)
    else:
        require_memory(image)
    deep = image.mode.startswith(("I", "F"))
    image.load()
    factor = max(1, max(width, height) // max(longest, 1))
    span = image.getextrema() if deep else None
    small = Image.new("RGB", (-(-width // factor), -(-height // factor)))
    rows = max(1, 2_000_000 // (width * factor)) * factor
    for top in range(0, height, rows):
        strip = image.crop((0, top, width, min(top + rows, height)))
        small.paste(_plain(strip, image, span).reduce(factor), (0, top // factor))
    return _without_padding(small, stored[0] / (drafted * factor), stored[1] / (drafted * factor))


def _without_padding(image: Image.Image, width: float, height: float) -> Image.Image:
    """The picture less the part of its last column and row that the shrinking by whole factors made up: a crop box is exact to a pixel."""
    from PIL import Image

    if abs(image.width - width) < 0.02 and abs(image.height - height) < 0.02:
        return image
    size = max(1, round(width)), max(1, round(height))
    return image.resize(size, Image.Resampling.BICUBIC, box=(0, 0, min(width, image.width), min(height, image.height)))


def _plain(strip: Image.Image, whole: Image.Image, span: Any) -> Image.Image:
    """Return a strip as 8-bit RGB over white; `span` is the (least, greatest) value of a picture deeper than 8 bits."""
    import numpy as np
    from PIL import Image

    if span is not None:
        top = 65535.0 if whole.mode.startswith("I;16") else float(span[1])
        bottom = 0.0 if whole.mode.startswith("I;16") else min(0.0, float(span[0]))
        values = (np.asarray(strip, np.float32) - bottom) * (255 / max(top - bottom, 1e-9))
        return Image.fromarray(values.clip(0, 255).astype(np.uint8)).convert("RGB")
    if whole.has_transparency_data:
        strip.info = whole.info
        clear = strip.convert("RGBA")
        white = Image.new("RGBA", clear.size, "white")
        return Image.alpha_composite(white, clear).convert("RGB")
    return strip if strip.mode == "RGB" else strip.convert("RGB")


def _orientation(image: Image.Image) -> int:
    """EXIF orientation 1 to 8; 1 where the tags are broken, for the picture may be whole all the same."""
    try:
        value = image.getexif().get(orientations.TAG)
    except Exception:  # noqa: BLE001 - tags of a broken file raise anything; an unknown orientation is upright
        return 1
    return orientations.checked(value)


def _heif(file: BinaryIO, longest: int) -> tuple[tuple[int, int], Image.Image, int]:
    """As `_still`, for HEIF: the embedded thumbnail where it is large enough and of the photo's shape. libheif has turned both already."""
    import pillow_heif

    container = pillow_heif.open_heif(file)
    primary = container[container.primary_index]
    width, height = primary.size
    sizes: Any = primary.info["thumbnails"]
    for number in range(len(sizes)):
        embedded = primary.get_thumbnail(number)
        wide, high = embedded.size
        if max(wide, high) >= min(longest, 0.99 * max(width, height)) and abs(wide * height / (high * width) - 1) < 0.02:
            return (width, height), _shrunk(embedded.to_pillow(), longest), 1
    _require((width, height), _PEAK["HEIF"])
    return (width, height), _shrunk(primary.to_pillow(), longest), 1


def _raw_preview(file: BinaryIO) -> Image.Image:
    """Return the JPEG that a camera puts into its raw file for its own display: the first of at least 1,000 pixels, else the largest."""
    from PIL import Image

    best: Image.Image | None = None
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        start = data.find(b"\xff\xd8\xff")
        for _ in range(64):
            if start < 0:
                break
            try:
                image = Image.open(io.BytesIO(data[start : start + (32 << 20)]))
            except (OSError, SyntaxError, ValueError):  # chance bytes, or the lossless JPEG that the sensor's data is kept in
                image = None
            if image is not None and image.mode in ("RGB", "L") and (best is None or max(image.size) > max(best.size)):
                best = image
            if best is not None and max(best.size) >= 1000:
                break
            start = data.find(b"\xff\xd8\xff", start + 2)
    if best is None or max(best.size) < 100:
        raise Unreadable("is no picture that can be decoded here")
    return best


def _video_frames(file: BinaryIO, moments: list[float]) -> Iterator[Image.Image]:
    """Yield upright RGB frames at these parts (0 to 1) of a video's time; fewer where it breaks off, Unreadable where there is none."""
    import av

    found = 0
    try:
        with av.open(file, "r") as container:
            stream = next(iter(container.streams.video), None)
            coder = stream.codec_context if stream else None
            if stream is None or coder is None:
                raise Unreadable("has no moving picture that can be decoded")
            _require((coder.width or 0, coder.height or 0), _PEAK["video"])
            duration, begin = ((value or 0) / av.time_base for value in (container.duration, container.start_time))
            for moment in moments:
                wanted = begin + moment * duration
                if duration > 20:  # in a short clip it is quicker to decode on than to look for key frames
                    container.seek(int(wanted * av.time_base))
                frame = _frame_at(container.decode(stream), wanted)
                if frame is None:
                    break
                found += 1
                yield orientations.upright(frame.to_image(), orientations.from_turns(round(frame.rotation / 90)))
    except av.error.FFmpegError as reason:
        if not found:
            raise Unreadable(f"is no video that can be decoded here ({reason.strerror})") from reason
    if not found:
        raise Unreadable("has no frame that can be decoded")


def _duration(file: BinaryIO) -> float:
    """Return a video's length in seconds, 0 where it tells none."""
    import av

    try:
        with av.open(file, "r") as container:
            return (container.duration or 0) / av.time_base
    except av.error.FFmpegError as reason:
        raise Unreadable(f"is no video that can be decoded here ({reason.strerror})") from reason
    finally:
        file.seek(0)


def _frame_at(frames: Iterator[Any], wanted: float) -> Any:
    """Return the first frame at or after a time in seconds, or the last there is; no more than 400 are decoded on the way."""
    frame: Any = None
    for _, frame in zip(range(400), frames):  # the last one is used after the loop
        if frame.time is None or frame.time >= wanted:
            break
    return frame


def _first_telling(images: Iterator[Image.Image]) -> Image.Image:
    """Return the first picture that is not all of one colour (videos fade in from black), else the last."""
    for image in images:  # the last one is used after the loop
        darkest, brightest = image.convert("L").resize((32, 32)).getextrema()
        if brightest - darkest > 40:  # type: ignore[operator]  # Pillow's stubs allow for pictures of several bands here
            break
    return image
