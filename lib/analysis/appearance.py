"""How a picture looks: a perceptual hash, a colour layout, and how alike two of them are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lib.analysis import decoding
from lib.model import Appearance

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

LOOK_SIZE = 256  # longest side that `look` decodes for: four times what the hash and the layout are shrunk to, and more
_FLAT = 2.0  # standard deviation of a colour layout under which its shape is noise rather than picture


def read_appearance(path: str) -> Appearance:
    """Return how the photo or video at `path` looks. Unreadable where nothing can be decoded."""
    return appearance_of(*decoding.preview(path, LOOK_SIZE))


def small(path: str, longest: int) -> Image.Image:
    """An upright RGB preview of a photo or video, its longer side at most `longest` pixels. Unreadable where nothing can be decoded."""
    return decoding.fitted(decoding.preview(path, longest)[0], longest)


def likeness(a: Appearance, b: Appearance) -> float:
    """Return how alike two colour layouts are, -1 to 1; equal pictures have 1, featureless ones (sky, black) near 0 with everything."""
    vectors = layout_vectors([a.layout, b.layout])
    return float(vectors[0] @ vectors[1])


def layout_vectors(layouts: Sequence[bytes]) -> NDArray[np.float32]:
    """Return (n, 768) float32: layouts with each channel's mean removed, rows of unit length (shorter where a layout is featureless)."""
    import numpy as np

    pixels = np.frombuffer(b"".join(layouts), np.uint8).reshape(len(layouts), -1, 3).astype(np.float32)
    pixels -= pixels.mean(axis=1, keepdims=True)
    vectors = pixels.reshape(len(layouts), -1)
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors /= np.maximum(length, _FLAT * vectors.shape[1] ** 0.5)
    return vectors


def appearance_of(image: Image.Image, aspect: float) -> Appearance:
    """Return the appearance of an upright RGB preview; `aspect` is that of the full picture, free of the preview's rounding."""
    import imagehash  # loads scipy with its first hash, which costs each worker about half a second
    import numpy as np
    from PIL import Image

    grey = image.convert("L")
    layout = image.resize((16, 16), Image.Resampling.BOX)
    return Appearance(int(str(imagehash.phash(grey)), 16), layout.tobytes(), aspect, float(np.asarray(grey, np.float32).std()))
