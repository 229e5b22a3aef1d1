"""Orientations: turning a picture, telling its sides, and reading matrices and turns all mean the same by each of the eight."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageOps

from lib.analysis import orientation

STORED = np.arange(12, dtype=np.uint8).reshape(3, 4)
EIGHT = range(1, 9)


def upright(number: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.asarray(orientation.upright(Image.fromarray(STORED), number))


@pytest.mark.parametrize("number", EIGHT)
def test_a_picture_is_turned_as_pillow_turns_it(number: int) -> None:
    flagged = Image.fromarray(STORED)
    flagged.getexif()[orientation.TAG] = number
    assert np.array_equal(upright(number), np.asarray(ImageOps.exif_transpose(flagged)))


@pytest.mark.parametrize("number", EIGHT)
def test_its_sides_are_those_of_the_turned_picture(number: int) -> None:
    pixels = STORED.T if orientation.swaps_sides(number) else STORED
    across, down = orientation.mirrored_sides(number)
    assert np.array_equal(upright(number), pixels[:: -1 if down else 1, :: -1 if across else 1])


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("turns", [-1, 0, 1, 2, 3, 4])
def test_turns_have_their_orientation(turns: int, mirrored: bool) -> None:
    shown = np.rot90(STORED, turns)
    shown = shown[:, ::-1] if mirrored else shown
    assert np.array_equal(upright(orientation.from_turns(turns, mirrored)), shown)


@pytest.mark.parametrize(
    ("matrix", "number"),
    [((1, 0, 0, 1), 1), ((0, 65536, -65536, 0), 6), ((-65536, 0, 0, -65536), 3), ((0, -1, 1, 0), 8), ((2, 1, 0, 1), 1)],
)
def test_a_films_matrix_has_its_orientation(matrix: tuple[int, int, int, int], number: int) -> None:
    assert orientation.from_matrix(*matrix) == number


@pytest.mark.parametrize(("value", "number"), [(6, 6), (0, 1), (9, 1), (None, 1), ("6", 1), (b"\x06", 1)])
def test_a_broken_tag_is_upright(value: object, number: int) -> None:
    assert orientation.checked(value) == number
