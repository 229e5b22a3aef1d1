"""Settle the exact part of a photo that a thumbnail shows: the box, and the best mixture of what scalers and sharpeners do to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lib.versions.planes import blurred, solve

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    Floats = NDArray[np.float32]

Box = tuple[float, float, float, float]  # left, top, width, height as parts of the photo's sides

SCALERS = ("LANCZOS", "BILINEAR", "BOX")  # what browsers and services scale by, the usual one first
_KNOTS, _BEND = (43.0, 85.0, 128.0, 170.0, 213.0), 42.5  # greys where a tone curve may bend, and how far a bend reaches
_FEW = 0.004  # of the pixels: so few clipped ones do not turn a fit
_HOPEFUL = (4.0, 2.0)  # times the bar: what may be left over at the start, and after one step, to go on


@dataclass(frozen=True, slots=True)
class RefinedFit:
    """A box, the mean square of luminance left unexplained there, and the correlation."""

    box: Box
    residual: float
    correlation: float


class Target:
    """A thumbnail's luminance on a grid of at most `longest` pixels a side, to lay photos under."""

    def __init__(self, thumbnail: Image.Image, longest: int, *, toned: bool = False) -> None:
        """`toned`: the photo's tones, its local contrast and its corners may have been changed too."""
        import numpy as np
        from PIL import Image

        self._toned = toned
        scale = min(1.0, longest / max(thumbnail.size))
        self._size = (max(8, round(thumbnail.width * scale)), max(8, round(thumbnail.height * scale)))
        grey = thumbnail.convert("L")
        self._wanted = np.asarray(
            grey if grey.size == self._size else grey.resize(self._size, Image.Resampling.LANCZOS), np.float32
        ).ravel()
        width, height = self._size
        self._across = np.broadcast_to((np.arange(width, dtype=np.float32) + 0.5) / width, (height, width))
        self._down = np.broadcast_to(((np.arange(height, dtype=np.float32) + 0.5) / height)[:, None], (height, width))

    def settle(self, grey: Image.Image, starts: Sequence[Box], steps: int = 6, bar: float = float("inf")) -> RefinedFit:
        """The box near the best of `starts` that leaves least over of a photo's luminance, with the best gain, offset and sharpening.

        It ends early where there is no hope of leaving less than `bar`.
        """
        import numpy as np

        width, height = self._size
        places = [np.array([start[0], start[1], start[0] + start[2], start[1] + start[3]]).clip(0, 1) for start in starts]
        edges, (basis, made, says, residual) = min(((place, self._attempt(grey, place)) for place in places), key=lambda one: one[1][3])
        pixel = np.array([(edges[2] - edges[0]) / width, (edges[3] - edges[1]) / height] * 2)
        for step in range(steps):
            if residual > _HOPEFUL[min(step, 1)] * bar:
                break
            slope_y, slope_x = np.gradient(made.reshape(height, width))
            slopes = np.stack(
                [slope_x * (1 - self._across), slope_y * (1 - self._down), slope_x * self._across, slope_y * self._down]
            ).reshape(4, -1)
            columns, wanted = np.concatenate([basis, slopes]), self._wanted
            if not says.all():
                columns, wanted = columns[:, says], wanted[says]
            move = solve(columns, wanted)[len(basis) :].clip(-2, 2) * pixel
            before = residual
            for part in (1.0, 0.3):
                trial = (edges + part * move).clip(0, 1)
                if trial[2] - trial[0] > 0.05 and trial[3] - trial[1] > 0.05:
                    tried = self._attempt(grey, trial)
                    if tried[3] < residual:
                        (basis, made, says, residual), edges = tried, trial
                        break
            if residual > before * 0.998:
                break
        left, top, right, bottom = (float(edge) for edge in edges)
        return RefinedFit((left, top, right - left, bottom - top), residual, _correlation(self._wanted, made.clip(0, 255)))

    def _attempt(self, grey: Image.Image, edges: NDArray[np.float64]) -> tuple[Floats, Floats, NDArray[np.bool_], float]:
        import numpy as np

        picture = cut(grey, edges, self._size)
        parts = [basis_of(picture), *((bends_of(picture), surroundings_of(picture)) if self._toned else ())]
        shown = np.concatenate(parts).reshape(-1, self._wanted.size)
        made, says = mixed(shown, self._wanted)
        return shown, made, says, float((_left_over(self._wanted, made) ** 2).mean())


def _correlation(one: Floats, other: Floats) -> float:
    spread = float(one.std() * other.std())
    return float(((one - one.mean()) * (other - other.mean())).mean()) / spread if spread > 1e-6 else 0.0


def mixed(basis: Floats, target: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """The mixture of the basis nearest to the target, and which pixels had a say: those not clipped to black or white on both sides."""
    import numpy as np

    return unclipped(basis, target, solve(basis, target) @ basis, np.ones(len(target), bool))


def unclipped(basis: Floats, target: Floats, made: Floats, says: NDArray[np.bool_]) -> tuple[Floats, NDArray[np.bool_]]:
    """As `mixed`, from the mixture that all pixels had a say in."""
    import numpy as np

    dark, bright = target <= 3, target >= 252
    if np.count_nonzero(dark) + np.count_nonzero(bright) < _FEW * len(target):
        return made, says
    for _ in range(2):
        clipped = (dark & (made <= 3)) | (bright & (made >= 252))
        if np.count_nonzero(clipped) < _FEW * len(target) or np.count_nonzero(~clipped) < 50:
            break
        tried = solve(basis[:, ~clipped], target[~clipped]) @ basis
        if (_left_over(target, tried) ** 2).sum() >= (_left_over(target, made) ** 2).sum():
            break
        made, says = tried, ~clipped
    return made, says


def _left_over(target: Floats, made: Floats) -> Floats:
    """Target less made; nothing where both are clipped."""
    import numpy as np

    return np.asarray(target - made.clip(0, 255), np.float32)


def cut(picture: Image.Image, edges: Sequence[float] | NDArray[np.float64], size: tuple[int, int], scaler: str = "LANCZOS") -> Floats:
    """The part of a picture between these edges (left, top, right, bottom as parts), scaled by one of SCALERS."""
    import numpy as np
    from PIL import Image

    width, height = picture.size
    box = (edges[0] * width, edges[1] * height, min(1.0, edges[2]) * width, min(1.0, edges[3]) * height)
    return np.asarray(picture.resize(size, Image.Resampling[scaler], box=box), np.float32)


def basis_of(shown: Floats) -> Floats:
    """(4, h, w): what a thumbnail's luminance may be mixed of: the picture, two bands of sharpness, and a constant."""
    import numpy as np

    soft = blurred(shown)
    found = np.empty((4, *shown.shape), np.float32)
    found[0], found[1], found[2], found[3] = shown, shown - soft, soft - blurred(soft), 1
    return found


def bends_of(shown: Floats) -> Floats:
    """(5, h, w): what a tone curve may be mixed of besides a straight line, a bend at each of five greys."""
    import numpy as np

    return np.stack([(_BEND - np.abs(shown - knot)).clip(0, None) for knot in _KNOTS])


def surroundings_of(shown: Floats) -> Floats:
    """(3, h, w): what the contrast of a part against its wide surroundings, and dark or light corners, may be mixed of."""
    import numpy as np

    height, width = shown.shape
    y, x = np.linspace(-height, height, height, dtype=np.float32)[:, None], np.linspace(-width, width, width, dtype=np.float32)[None, :]
    away = (x * x + y * y) / (width * width + height * height)
    return np.stack([shown - _wide(shown), shown * away, away * 255])


def _wide(pixels: Floats) -> Floats:
    """The mean over wide surroundings: about an eighth of the longer side."""
    import numpy as np
    from PIL import Image

    height, width = pixels.shape
    scale = max(height, width) / 12
    small = Image.fromarray(pixels).resize((max(2, round(width / scale)), max(2, round(height / scale))), Image.Resampling.BOX)
    return np.asarray(small.resize((width, height), Image.Resampling.BICUBIC), np.float32)
