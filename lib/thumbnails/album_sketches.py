"""Sketch a photo, or a video's frames, small enough to search and compare a hundred thousand of them without opening one again."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lib.analysis import decoding
from lib.model import FileKind

if TYPE_CHECKING:
    from PIL import Image

MAP_SIDE = 32
PREVIEW = 192  # longest side of the preview: thumbnails are first laid over it, and the last few photos are opened again
FRAMES = 8  # of a video, evenly spread over its time
_QUALITY = 88
_HEAD = struct.Struct(">dI")
_MAP_BYTES = MAP_SIDE * MAP_SIDE * 3


@dataclass(frozen=True, slots=True)
class Sketch:
    """One upright view of a file: width over height, a map of 32 x 32 x 3 bytes (RGB, shrunk by area), and a preview as JPEG."""

    aspect: float
    map: bytes
    preview: bytes


def sketch(path: str) -> tuple[Sketch, ...]:
    """One sketch for a photo, up to eight for a video (its frames). Raises Unreadable."""
    if FileKind.of(path) is FileKind.VIDEO:
        return tuple(_sketch(frame, frame.width / frame.height) for frame in decoding.frames(path, FRAMES, 2 * PREVIEW))
    return (_sketch(*decoding.preview(path, PREVIEW)),)


def view(path: str, number: int, longest: int) -> Image.Image:
    """The picture that sketch `number` of a file was made of, its longer side `longest` or somewhat more. Raises Unreadable."""
    if FileKind.of(path) is FileKind.VIDEO:
        return decoding.frames(path, FRAMES, longest)[number]
    return decoding.preview(path, longest)[0]


def _sketch(image: Image.Image, aspect: float) -> Sketch:
    from PIL import Image

    buffer = io.BytesIO()
    decoding.fitted(image, PREVIEW).save(buffer, "JPEG", quality=_QUALITY, subsampling=0)
    return Sketch(aspect, image.resize((MAP_SIDE, MAP_SIDE), Image.Resampling.BOX).tobytes(), buffer.getvalue())


def to_bytes(sketches: tuple[Sketch, ...]) -> bytes:
    """What the index keeps."""
    return b"".join(_HEAD.pack(s.aspect, len(s.preview)) + s.map + s.preview for s in sketches)


def from_bytes(data: bytes) -> tuple[Sketch, ...]:
    """What `to_bytes` was given; ValueError or struct.error where it is something else."""
    found = []
    place = 0
    while place < len(data):
        aspect, length = _HEAD.unpack_from(data, place)
        place += _HEAD.size
        end = place + _MAP_BYTES + length
        if end > len(data):
            raise ValueError("cut short")
        found.append(Sketch(aspect, data[place : place + _MAP_BYTES], data[place + _MAP_BYTES : end]))
        place = end
    if not found:
        raise ValueError("empty")
    return tuple(found)
