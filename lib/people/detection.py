"""Find the faces in a picture, and turn each into numbers that are near each other for one person."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from lib.people import networks
from lib.people.model import Box, Face

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

    from lib.people.model import Embedding

LONGEST = 1200
"""The longer side that pictures are searched at. At 1,600 pixels one very large face was lost, at less small ones are."""
_SMALLEST = 400  # pictures with no side longer than this are doubled first
_SIDE = 112
# Where SFace wants eyes, nose and corners of the mouth in its 112 x 112 pixels; of OpenCV's FaceRecognizerSF.
_PLACES = np.array([[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]])
_CROP = 128
_CROP_MARGIN = 0.3
_QUALITY = 80


def find_faces(image: Image.Image, moment: float | None = None) -> list[tuple[Face, bytes]]:
    """The faces of an upright RGB picture no larger than LONGEST, the largest first, each with a small JPEG of it."""
    import cv2

    doubled = max(image.size) <= _SMALLEST
    searched = image.resize((image.width * 2, image.height * 2)) if doubled else image
    pixels = np.ascontiguousarray(np.asarray(searched)[:, :, ::-1])
    height, width = pixels.shape[:2]
    detector = networks.detector()
    detector.setInputSize((width, height))
    _, rows = detector.detect(pixels)
    found = []
    for row in rows if rows is not None else ():
        left, top, wide, high = _within(row[:4], width, height)
        if wide < 1 or high < 1:
            continue
        turn = _to_places(row[4:14].reshape(5, 2))
        aligned = np.asarray(cv2.warpAffine(pixels, turn, (_SIDE, _SIDE), flags=cv2.INTER_LINEAR), np.uint8)
        box = Box(left / width, top / height, wide / width, high / height)
        shorter = min(wide, high) / (2 if doubled else 1)
        found.append((Face(box, shorter, float(row[14]), embed(aligned), moment), _crop(searched, (left, top, wide, high))))
    return sorted(found, key=lambda pair: -pair[0].box.width * pair[0].box.height)


def embed(aligned: NDArray[np.uint8]) -> Embedding:
    """The 128 numbers of a face that lies in 112 x 112 BGR pixels as SFace wants it, of unit length."""
    import cv2

    network = networks.recogniser()
    network.setInput(cv2.dnn.blobFromImage(aligned, 1.0, (_SIDE, _SIDE), (0, 0, 0), swapRB=True, crop=False), "data")
    numbers: Embedding = np.asarray(network.forward(), np.float32).reshape(-1)
    return unit(numbers)


def unit(numbers: Embedding) -> Embedding:
    """The numbers, of unit length."""
    return numbers / np.float32(max(float(np.linalg.norm(numbers)), 1e-9))


def _within(row: NDArray[np.float32], width: int, height: int) -> tuple[float, float, float, float]:
    """A box cut to the picture."""
    left, top = max(0.0, float(row[0])), max(0.0, float(row[1]))
    right, bottom = min(float(width), float(row[0] + row[2])), min(float(height), float(row[1] + row[3]))
    return left, top, right - left, bottom - top


def _to_places(points: NDArray[np.float32]) -> NDArray[np.float64]:
    """The 2 x 3 matrix of the turn, scale and shift that brings five points nearest to `_PLACES` (Umeyama 1991)."""
    source = points.astype(np.float64)
    centre, aim = source.mean(axis=0), _PLACES.mean(axis=0)
    spread = source - centre
    covariance = (_PLACES - aim).T @ spread / len(source)
    left, values, right = np.linalg.svd(covariance)
    signs = np.array([1.0, np.sign(np.linalg.det(left) * np.linalg.det(right)) or 1.0])
    turn = left @ np.diag(signs) @ right
    scale = float(values @ signs) / max(float(spread.var(axis=0).sum()), 1e-9)
    return np.hstack([scale * turn, (aim - scale * turn @ centre)[:, None]])


def _crop(image: Image.Image, box: tuple[float, float, float, float]) -> bytes:
    """A small square JPEG of a face and a little around it."""
    from PIL import Image

    left, top, wide, high = box
    side = max(wide, high) * (1 + 2 * _CROP_MARGIN)
    x, y = left + wide / 2 - side / 2, top + high / 2 - side / 2
    x, y = (max(0.0, min(value, size - side)) if side <= size else (size - side) / 2 for value, size in zip((x, y), image.size))
    small = image.crop((round(x), round(y), round(x + side), round(y + side))).resize((_CROP, _CROP), Image.Resampling.BILINEAR)
    kept = io.BytesIO()
    small.save(kept, "JPEG", quality=_QUALITY)
    return kept.getvalue()
