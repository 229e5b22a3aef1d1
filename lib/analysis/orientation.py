"""The eight EXIF orientations: what makes a picture stored in each of them upright. Pure; every table of turns is derived from one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

TAG = 274  # of EXIF
UPRIGHT = 1
# By orientation the signs (a, b, c, d) of the matrix that films write for it: a stored point (x, y) is shown at (ax + cy, bx + dy).
_MATRICES = {
    1: (1, 0, 0, 1),
    2: (-1, 0, 0, 1),
    3: (-1, 0, 0, -1),
    4: (1, 0, 0, -1),
    5: (0, 1, 1, 0),
    6: (0, 1, -1, 0),
    7: (0, -1, -1, 0),
    8: (0, -1, 1, 0),
}
_BY_MATRIX = {matrix: orientation for orientation, matrix in _MATRICES.items()}
_TRANSPOSE = {
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}


def checked(value: object) -> int:
    """Return the orientation that a tag holds; upright where it holds anything but 1 to 8."""
    return value if isinstance(value, int) and value in _MATRICES else UPRIGHT


def swaps_sides(orientation: int) -> bool:
    """Return True where the width of the stored picture is the height of the upright one."""
    return _MATRICES[orientation][0] == 0


def mirrored_sides(orientation: int) -> tuple[bool, bool]:
    """Return whether the upright picture, once its sides are swapped where they are, is mirrored (left to right, top to bottom)."""
    a, b, c, d = _MATRICES[orientation]
    return a + c < 0, b + d < 0


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """Return the picture, turned and mirrored from how it is stored to how it is seen."""
    if orientation == UPRIGHT:
        return image
    from PIL import Image

    return image.transpose(Image.Transpose[_TRANSPOSE[orientation]])


def from_matrix(a: int, b: int, c: int, d: int) -> int:
    """Return the orientation of a film whose track has this matrix; upright where it is none of the eight."""
    return _BY_MATRIX.get((_sign(a), _sign(b), _sign(c), _sign(d)), UPRIGHT)


def from_turns(anticlockwise: int, mirrored: bool = False) -> int:
    """The orientation of a picture that is shown after so many quarter turns, and then exchanging left and right where `mirrored`."""
    a, b, c, d = 1, 0, 0, 1
    for _ in range(anticlockwise % 4):
        a, b, c, d = b, -a, d, -c
    return from_matrix(-a, b, -c, d) if mirrored else from_matrix(a, b, c, d)


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)
