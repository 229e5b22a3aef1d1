"""Faces, samples and pictures made of numbers: what a face is like is said by its cosine to each person."""

from __future__ import annotations

import itertools
import math
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from lib.model import MediaFile
from lib.people.model import Box, Face, FoundFaces, NamedRegion, Picture

if TYPE_CHECKING:
    from lib.people.model import Embedding

PEOPLE = ("Anna", "Ben", "Clara", "Dora")
_fresh = itertools.count(len(PEOPLE))


def like(**cosines: float) -> Embedding:
    """A face with these cosines to people's samples (each `like(Anna=1)`), and 0 to everybody else's face."""
    numbers = np.zeros(4096, np.float32)
    for name, cosine in cosines.items():
        numbers[PEOPLE.index(name)] = cosine
    rest = 1 - sum(cosine * cosine for cosine in cosines.values())
    if rest > 1e-9:
        numbers[next(_fresh)] = math.sqrt(rest)
    return numbers


def face(embedding: Embedding, *, x: float = 0.1, pixels: float = 100, moment: float | None = None) -> Face:
    """A face at this place from the left."""
    return Face(Box(x, 0.2, 0.2, 0.3), pixels, 0.9, embedding, moment)


def picture(
    *faces: Face,
    name: str = "2019/a.jpg",
    date: str = "2019-07-03",
    regions: tuple[NamedRegion, ...] = (),
    told: tuple[str, ...] = (),
) -> Picture:
    """A picture with these faces; `date` may be empty."""
    captured = datetime.fromisoformat(date) if date else None
    file = MediaFile("/album/2019", name.rpartition("/")[2], 1000, 0, 0, 1, 1)
    return Picture(file, name, name.encode().hex().ljust(64, "0")[:64], captured, FoundFaces(1000, 800, faces), regions, told)
