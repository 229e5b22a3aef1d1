"""The coarse search looks where people cut: the whole photo, its middle, and crops down to seven tenths."""

from __future__ import annotations

import numpy as np
import pytest

from lib.thumbnails.candidates import MAP, Box, Candidate, Query, crop_grids, search
from tests import build

WIDE, HIGH = 384, 256


def best(seed: int, box: tuple[int, int, int, int]) -> Candidate:
    """What is found first for a piece of a photo among twelve."""
    photos = [build.picture(number, (WIDE, HIGH)) for number in range(12)]
    maps = np.stack([np.asarray(photo.resize((MAP, MAP)), np.uint8) for photo in photos])
    query = Query(np.asarray(photos[seed].crop(box), np.uint8))
    ((first, *_),) = search([query], maps, np.full(12, WIDE / HIGH, np.float32), keep=3)
    return first


def covers(box: Box, cut: tuple[int, int, int, int]) -> float:
    """How much of the two is common to both, of what lies in either."""
    left, top, right, bottom = cut[0] / WIDE, cut[1] / HIGH, cut[2] / WIDE, cut[3] / HIGH
    wide = max(0.0, min(right, box[0] + box[2]) - max(left, box[0]))
    high = max(0.0, min(bottom, box[1] + box[3]) - max(top, box[1]))
    common = wide * high
    return common / (box[2] * box[3] + (right - left) * (bottom - top) - common)


@pytest.mark.parametrize(
    "cut",
    [
        (0, 0, WIDE, HIGH),
        (64, 0, 320, 256),  # the square in the middle
        (19, 13, 365, 243),  # nine tenths
        (0, 0, 307, 205),  # eight tenths, in a corner
        (112, 74, 384, 256),  # seven tenths, in the other one
    ],
    ids=["whole", "middle", "nine tenths", "eight tenths", "seven tenths"],
)
def test_a_piece_of_a_photo_is_found_and_so_is_its_place(cut: tuple[int, int, int, int]) -> None:
    for seed in (2, 5, 9):
        first = best(seed, cut)
        assert first.photo == seed and first.likeness > 0.9
        assert covers(first.boxes[0], cut) > 0.75


def test_the_largest_box_is_the_whole_or_its_middle() -> None:
    assert crop_grids(1.5, 1.5)[0] == (1.0, 1.0, (0.0,), (0.0,))
    assert crop_grids(1.0, 1.5)[0][2:] == (((1 - 1 / 1.5) / 2,), (0.0,))
    wide, high, lefts, tops = crop_grids(1.0, 1.5)[1]
    assert (round(wide, 4), high, tops) == (0.6667, 1.0, (0.0,)) and (lefts[0], round(lefts[-1], 4)) == (0.0, 0.3333)
