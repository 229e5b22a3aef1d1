"""Make real picture files and whole trees for the tests: every byte comes from here, none from a photo of anybody."""

from __future__ import annotations

import os
import random
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pillow_heif
from PIL import Image
from PIL.PngImagePlugin import PngInfo

pillow_heif.register_heif_opener()


def picture(seed: int = 1, size: tuple[int, int] = (320, 240)) -> Image.Image:
    """A picture with shapes and soft colours that no other seed has; the same seed looks the same at every size."""
    rng = random.Random(seed)
    grid = np.array([[[rng.random() for _ in range(3)] for _ in range(8)] for _ in range(6)], dtype=np.float32)
    soft = Image.fromarray((grid * 255).astype(np.uint8)).resize(size, Image.Resampling.BICUBIC)
    canvas = np.asarray(soft).astype(np.float32)
    height, width = canvas.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width]
    for _ in range(12):
        x, y, radius = rng.random() * width, rng.random() * height, (0.03 + rng.random() * 0.12) * width
        inside = (columns - x) ** 2 + (rows - y) ** 2 < radius**2
        canvas[inside] = [rng.random() * 255 for _ in range(3)]
    return Image.fromarray(canvas.clip(0, 255).astype(np.uint8))


def exif(
    date: str = "",
    *,
    offset: str = "",
    subsecond: str = "",
    make: str = "",
    model: str = "",
    orientation: int = 0,
    modified: str = "",
    gps: tuple[float, float] | None = None,
) -> Image.Exif:
    """EXIF tags as a camera writes them; `date` and `modified` like "2019:07:03 12:34:56"."""
    tags = Image.Exif()
    for tag, value in ((271, make), (272, model), (306, modified)):
        if value:
            tags[tag] = value
    if orientation:
        tags[274] = orientation
    inner: dict[int, Any] = {}
    if date:
        inner[36867] = date
    if offset:
        inner[36881] = offset
    if subsecond:
        inner[37521] = subsecond
    if inner:
        tags.get_ifd(34665).update(inner)
    if gps:
        latitude, longitude = gps
        tags.get_ifd(34853).update(
            {1: "N" if latitude >= 0 else "S", 2: _degrees(latitude), 3: "E" if longitude >= 0 else "W", 4: _degrees(longitude)}
        )
    return tags


def _degrees(value: float) -> tuple[Fraction, Fraction, Fraction]:
    value = abs(value)
    minutes = (value - int(value)) * 60
    return Fraction(int(value)), Fraction(int(minutes)), Fraction(round((minutes - int(minutes)) * 6000), 100)


def jpeg(path: Path, seed: int = 1, size: tuple[int, int] = (320, 240), *, quality: int = 90, **tags: Any) -> Path:
    """A JPEG of `picture(seed, size)`; `tags` as `exif` takes them."""
    return _save(path, seed, size, "JPEG", quality=quality, exif=exif(**tags))


def smaller(path: Path, seed: int, size: tuple[int, int], drawn: tuple[int, int], *, quality: int = 90, **tags: Any) -> Path:
    """A JPEG of `picture(seed, drawn)` scaled to `size`, as a program makes a smaller version of a picture that it has."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture(seed, drawn).resize(size, Image.Resampling.LANCZOS).save(path, "JPEG", quality=quality, exif=exif(**tags))
    return path


def heic(path: Path, seed: int = 1, size: tuple[int, int] = (320, 240), *, quality: int = 80, **tags: Any) -> Path:
    """A HEIC of `picture(seed, size)`; `tags` as `exif` takes them."""
    return _save(path, seed, size, "HEIF", quality=quality, exif=exif(**tags).tobytes())


def png(path: Path, seed: int = 1, size: tuple[int, int] = (320, 240), *, text: Mapping[str, str] | None = None, **tags: Any) -> Path:
    """A PNG of `picture(seed, size)`, with text chunks."""
    info = PngInfo()
    for key, value in (text or {}).items():
        info.add_text(key, value)
    return _save(path, seed, size, "PNG", pnginfo=info, exif=exif(**tags).tobytes() if tags else None)


def _save(path: Path, seed: int, size: tuple[int, int], style: str, **options: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        picture(seed, size).save(file, style, **options)
    return path


def video(
    path: Path,
    seed: int = 1,
    size: tuple[int, int] = (160, 120),
    *,
    frames: int = 12,
    created: str = "",
    tags: Mapping[str, str] | None = None,
) -> Path:
    """A video whose frames move over `picture(seed)`; `created` like "2019-07-03T10:00:00Z" (UTC), `tags` QuickTime keys."""
    path.parent.mkdir(parents=True, exist_ok=True)
    style = {".mov": "mov", ".avi": "avi", ".mkv": "matroska", ".3gp": "3gp", ".mts": "mpegts"}.get(path.suffix.lower(), "mp4")
    options = {"movflags": "use_metadata_tags"} if style in ("mov", "mp4") else {}
    with av.open(os.fspath(path), "w", format=style, options=options) as container:
        stream: Any = container.add_stream("mpeg4", rate=12)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        if created:
            container.metadata["creation_time"] = created
        container.metadata.update(tags or {})
        wide = picture(seed, (size[0] + 64, size[1]))
        for number in range(frames):
            shot = wide.crop((number * 4, 0, number * 4 + size[0], size[1]))
            for packet in stream.encode(av.VideoFrame.from_image(shot)):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return path


def tree(root: Path) -> dict[str, bytes]:
    """Every regular file below `root`: its name relative to it, and its bytes."""
    return {os.fspath(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file() and not p.is_symlink()}
