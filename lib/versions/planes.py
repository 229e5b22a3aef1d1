"""What comparing two pictures is made of: planes of luminance and colour, mixing with the neighbours, block means, least squares."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

LUMINANCE = (0.299, 0.587, 0.114)


def luminance_and_colours(pixels: Floats) -> tuple[Floats, Floats, Floats]:
    """Return Y, Cb and Cr, each (h, w), the colours around 0, of (h, w, 3) RGB from 0 to 255."""
    import numpy as np

    luminance = pixels @ np.array(LUMINANCE, np.float32)
    return luminance, (pixels[..., 2] - luminance) * np.float32(0.564), (pixels[..., 0] - luminance) * np.float32(0.713)


def block_means(plane: Floats, side: int) -> Floats:
    """Return the mean of each whole block of `side` x `side` pixels."""
    rows, columns = plane.shape[0] // side, plane.shape[1] // side
    means: Floats = plane[: rows * side, : columns * side].reshape(rows, side, columns, side).mean(axis=(1, 3))
    return means


def solve(columns: Floats, target: Floats) -> Floats:
    """Weights of the columns (rows of the array) that come nearest to the target, or each of several targets, by least squares."""
    import numpy as np

    normal = (columns @ columns.T).astype(np.float64)
    normal[np.diag_indices(len(normal))] += 1e-6 * np.diag(normal) + 1e-6
    return np.asarray(np.linalg.solve(normal, (columns @ target.T).astype(np.float64)).T, np.float32)


def blurred(pixels: Floats) -> Floats:
    """Mixed 1:2:1 with the neighbours, both ways, the outermost lines going on as they are."""
    import numpy as np

    rows = 2 * pixels
    rows[1:] += pixels[:-1]
    rows[:-1] += pixels[1:]
    rows[0] += pixels[0]
    rows[-1] += pixels[-1]
    both = 2 * rows
    both[:, 1:] += rows[:, :-1]
    both[:, :-1] += rows[:, 1:]
    both[:, 0] += rows[:, 0]
    both[:, -1] += rows[:, -1]
    both *= np.float32(1 / 16)
    return both
