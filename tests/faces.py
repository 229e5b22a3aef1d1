"""Draw faces that the networks see: nobody's, so that they may be shipped; one seed is one person, the same in every pose."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from lib.model import BadRequest
from lib.people import networks
from tests.build import exif

_SIDE = 400


def face(person: int, pose: int = 0) -> Image.Image:
    """A face in 400 x 400 pixels. `pose` turns the head a little and changes the light."""
    rng = random.Random(person)
    skin = np.array([rng.uniform(120, 250), rng.uniform(90, 200), rng.uniform(60, 180)])
    hair = np.array([rng.uniform(5, 170) for _ in range(3)])
    image = Image.new("RGB", (_SIDE, _SIDE), tuple(rng.randint(60, 230) for _ in range(3)))
    draw = ImageDraw.Draw(image)
    middle = _SIDE / 2
    wide, high = rng.uniform(0.24, 0.38) * _SIDE, rng.uniform(0.34, 0.46) * _SIDE
    _oval(draw, middle, middle, wide * 1.2, high * rng.uniform(1.1, 1.3), _colour(hair))
    draw.rectangle((middle - wide * 0.5, middle + high * 0.6, middle + wide * 0.5, _SIDE), fill=_colour(skin * 0.85))
    _oval(draw, middle, middle, wide, high, _colour(skin))
    fringe = rng.uniform(-5, 35)
    draw.chord(
        (middle - wide, middle - high * 1.05, middle + wide, middle + high * rng.uniform(0.3, 1)),
        180 + fringe,
        360 - fringe,
        fill=_colour(hair),
    )
    eyes, apart, size = middle - high * rng.uniform(0, 0.25), wide * rng.uniform(0.34, 0.54), wide * rng.uniform(0.11, 0.25)
    _features(draw, rng, (middle, eyes, apart, size), skin, hair)
    _nose_and_mouth(draw, rng, (middle, eyes + size, wide, high), skin, hair)
    return _lit(image, rng, pose)


def _features(draw: ImageDraw.ImageDraw, rng: random.Random, place: tuple[float, ...], skin: Any, hair: Any) -> None:
    middle, eyes, apart, size = place
    iris = tuple(rng.randint(20, 130) for _ in range(3))
    brow, lift, slant, open_ = rng.randint(3, 16), rng.uniform(1.4, 3), rng.uniform(-25, 25), rng.uniform(0.45, 0.9)
    for side in (-1, 1):
        x = middle + side * apart
        _oval(draw, x, eyes, size * 1.7, size * 1.3, _colour(skin * 0.9))
        _oval(draw, x, eyes, size * 1.3, size * open_, (245, 245, 245))
        _oval(draw, x, eyes, size * 0.6, size * min(0.6, open_), iris)
        _oval(draw, x, eyes, size * 0.3, size * 0.3, (10, 10, 10))
        draw.arc((x - size * 1.3, eyes - size * open_, x + size * 1.3, eyes + size * open_), 180, 360, fill=(40, 30, 30), width=4)
        turn = side * slant
        draw.arc(
            (x - size * 1.8, eyes - size * lift, x + size * 1.8, eyes + size * 1.2),
            205 + turn,
            335 + turn,
            fill=_colour(hair * 0.8),
            width=brow,
        )
    if rng.random() < 0.3:
        for side in (-1, 1):
            x = middle + side * apart
            draw.ellipse(
                (x - size * 1.7, eyes - size * 1.5, x + size * 1.7, eyes + size * 1.5), outline=(20, 20, 20), width=rng.randint(3, 9)
            )
        draw.line((middle - apart + size * 1.7, eyes, middle + apart - size * 1.7, eyes), fill=(20, 20, 20), width=6)


def _nose_and_mouth(draw: ImageDraw.ImageDraw, rng: random.Random, place: tuple[float, ...], skin: Any, hair: Any) -> None:
    middle, top, wide, high = place
    nose, breadth = (_SIDE / 2) + high * rng.uniform(0.12, 0.36), wide * rng.uniform(0.1, 0.32)
    draw.polygon([(middle, top), (middle - breadth, nose), (middle + breadth, nose)], fill=_colour(skin * rng.uniform(0.8, 1.05)))
    _oval(draw, middle, nose, breadth * 1.1, breadth * 0.5, _colour(skin * 0.85))
    for side in (-1, 1):
        _oval(draw, middle + side * breadth * 0.5, nose + 2, 4, 3, _colour(skin * 0.4))
    mouth, breadth, thick = _SIDE / 2 + high * rng.uniform(0.5, 0.68), wide * rng.uniform(0.24, 0.56), high * rng.uniform(0.03, 0.12)
    beard = rng.random()
    if beard < 0.35:
        draw.chord(
            (middle - wide * 0.95, _SIDE / 2 - high * 0.2, middle + wide * 0.95, _SIDE / 2 + high * 1.02), 15, 165, fill=_colour(hair)
        )
    elif beard < 0.5:
        _oval(draw, middle, (nose + mouth) / 2, breadth * 0.9, high * 0.05, _colour(hair))
    _oval(draw, middle, mouth, breadth, thick, (rng.randint(120, 210), rng.randint(40, 110), 80))
    draw.line((middle - breadth, mouth, middle + breadth, mouth), fill=(70, 20, 30), width=3)
    for _ in range(rng.randint(0, 4)):
        at = rng.uniform(-0.6, -0.35)
        draw.arc(
            (middle - wide * 0.6, _SIDE / 2 + high * at, middle + wide * 0.6, _SIDE / 2 + high * (at + 0.2)),
            200,
            340,
            fill=_colour(skin * 0.7),
            width=3,
        )


def _lit(image: Image.Image, rng: random.Random, pose: int) -> Image.Image:
    rows, columns = np.mgrid[0:_SIDE, 0:_SIDE] / _SIDE
    side, depth = rng.uniform(0.3, 0.7), rng.uniform(0.4, 1.6)
    light = 1 - depth * (np.clip((columns - side) ** 2 + (rows - 0.45) ** 2, 0, 0.5))
    pixels = np.asarray(image) * light[..., None]
    turned = random.Random(pose * 7919 + 1) if pose else None
    if turned:
        pixels = pixels * turned.uniform(0.8, 1.15)
    lit = Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(2.5))
    return lit.rotate(turned.uniform(-8, 8), Image.Resampling.BICUBIC, fillcolor=(128, 128, 128)) if turned else lit


def _oval(draw: ImageDraw.ImageDraw, x: float, y: float, wide: float, high: float, fill: tuple[int, ...]) -> None:
    draw.ellipse((x - wide, y - high, x + wide, y + high), fill=fill)


def _colour(values: Any) -> tuple[int, ...]:
    return tuple(int(value) for value in np.clip(values, 0, 255))


def photo(path: Path, people: list[tuple[int, int]], *, each: int = 300, **tags: Any) -> Path:
    """A JPEG of these (person, pose) side by side, each so many pixels wide; `tags` as `exif` takes them."""
    image = Image.new("RGB", (max(1, len(people)) * each + 40, each + 120), (180, 190, 200))
    for number, (person, pose) in enumerate(people):
        image.paste(face(person, pose).resize((each, each)), (20 + number * each, 60))
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, "JPEG", quality=92, exif=exif(**tags))
    return path


ANNA, BEN, CLARA, DORA = 421, 599, 2032, 244
"""Seeds whose faces the networks see in poses 0 to 5, and take for different people (cosines up to .39, of one person at least .87)."""
MISSING = "FACES WERE NOT TESTED: the packages of requirements-people.txt are not installed; install them and run the tests again"


def require_networks() -> None:
    """Return if faces can be found here. Otherwise the test is skipped, and fails where CI is set."""
    try:
        networks.require()
    except BadRequest:
        if os.environ.get("CI"):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
