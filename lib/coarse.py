"""Find the few album photos that could be behind a thumbnail: colour layouts of many crop boxes, as matrix products in bounded memory."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAP = 32  # a photo's map: 32 x 32 x 3 bytes, the whole frame shrunk by area
_CELLS = 8  # a crop box is compared by 8 x 8 x 3 values
_SCALES = (1.0, 0.92, 0.85, 0.78, 0.7)  # of the largest box of the thumbnail's shape
_STEP = 0.085  # of the photo's side, at most, between two boxes
_SHAPE = math.log(1.03)  # shapes (width over height) that lie closer together share their boxes
_CHUNK_BYTES = 48 << 20
_FLAT = 2.0  # standard deviation under which a box is noise rather than picture

Box = tuple[float, float, float, float]  # left, top, width, height as parts of the photo's sides


@dataclass(frozen=True, slots=True)
class Query:
    """A thumbnail for the coarse search: (h, w, 3) upright pixels of any size.

    `grey`: it has lost its colours. `plain`: it shows so little that the colours themselves are compared, not how they vary.
    """

    pixels: NDArray[np.uint8]
    grey: bool = False
    plain: bool = False

    @property
    def aspect(self) -> float:
        """Width over height."""
        return float(self.pixels.shape[1] / self.pixels.shape[0])


@dataclass(frozen=True, slots=True)
class Candidate:
    """An album photo (its row) that could be behind a thumbnail, with the boxes in it that look most like it, best first."""

    photo: int
    likeness: float
    boxes: tuple[Box, ...]


def search(
    queries: Sequence[Query], maps: NDArray[np.uint8], aspects: NDArray[np.float32], keep: int, boxes_each: int = 3
) -> list[list[Candidate]]:
    """The `keep` likeliest photos for each query, best first, by `maps` ((n, 32, 32, 3) bytes) and the photos' aspects (n)."""
    import numpy as np

    found: list[list[Candidate]] = [[] for _ in queries]
    shapes = np.round(np.log(np.maximum(aspects, 1e-3)) / _SHAPE).astype(int)
    for shape, grey, plain, members in _alike(queries):
        vectors = np.stack([_query_vector(queries[number]) for number in members])
        best = _Best(len(members), keep, boxes_each)
        for photo_shape in np.unique(shapes):
            rows = np.flatnonzero(shapes == photo_shape)
            grids = crop_grids(math.exp(shape * _SHAPE), math.exp(int(photo_shape) * _SHAPE))
            boxes = [box for grid in grids for box in _grid_boxes(grid)]
            step = max(1, _CHUNK_BYTES // (4 * len(boxes) * max(len(members), 3 * _CELLS * _CELLS)))
            for start in range(0, len(rows), step):
                some = rows[start : start + step]
                best.take(vectors, _box_vectors(maps[some], grids, grey, plain), some, boxes)
        for place, number in enumerate(members):
            found[number] = best.candidates(place)
    return found


def _alike(queries: Sequence[Query]) -> Iterator[tuple[int, bool, bool, list[int]]]:
    """The queries by shape and by what is compared: those that can be asked together."""
    groups: dict[tuple[int, bool, bool], list[int]] = {}
    for number, query in enumerate(queries):
        groups.setdefault((round(math.log(query.aspect) / _SHAPE), query.grey, query.plain), []).append(number)
    for (shape, grey, plain), members in sorted(groups.items()):
        yield shape, grey, plain, members


Grid = tuple[float, float, tuple[float, ...], tuple[float, ...]]  # width and height of its boxes, their lefts, their tops


@functools.lru_cache(maxsize=4096)
def crop_grids(thumbnail: float, photo: float) -> tuple[Grid, ...]:
    """Boxes of the thumbnail's shape in a photo of that shape, a grid a scale, from the largest (the whole or its middle) down."""
    wide, high = min(1.0, thumbnail / photo), min(1.0, photo / thumbnail)
    return tuple((wide * s, high * s, _offsets(1 - wide * s), _offsets(1 - high * s)) for s in _SCALES)


def _offsets(room: float) -> tuple[float, ...]:
    count = math.ceil(room / _STEP - 0.02) + 1  # a box that fills the side but for a rounding has one place
    return tuple(room * n / (count - 1) for n in range(count)) if count > 1 else (room / 2,)


def _grid_boxes(grid: Grid) -> list[Box]:
    wide, high, lefts, tops = grid
    return [(left, top, wide, high) for top in tops for left in lefts]


@functools.lru_cache(maxsize=4096)
def _shrinker(offsets: tuple[float, ...], length: float, pixels: int) -> NDArray[np.float32]:
    """(len(offsets) * cells, pixels): each cell of each interval (as parts of a side) as the mean of the pixels that it covers."""
    import numpy as np

    edges = np.array([[o + length * c / _CELLS for c in range(_CELLS + 1)] for o in offsets]) * pixels
    low, high = edges[:, :-1].reshape(-1, 1), edges[:, 1:].reshape(-1, 1)
    pixel = np.arange(pixels)
    cover = np.clip(np.minimum(high, pixel + 1) - np.maximum(low, pixel), 0, None)
    return np.asarray(cover / cover.sum(axis=1, keepdims=True), np.float32)


def _box_vectors(maps: NDArray[np.uint8], grids: tuple[Grid, ...], grey: bool, plain: bool) -> NDArray[np.float32]:
    """(photos, boxes, values) float32 as `_unit` or `_flat` make them; `grey`: all three channels are the luminance."""
    import numpy as np

    photos = len(maps)
    pixels = maps.astype(np.float32)
    if grey:
        pixels = np.repeat(pixels @ np.array([[0.299], [0.587], [0.114]], np.float32), 3, axis=3)
    parts = []
    for wide, high, lefts, tops in grids:
        across, down = _shrinker(lefts, wide, MAP), _shrinker(tops, high, MAP)
        rows = down @ pixels.reshape(photos, MAP, MAP * 3)  # (photos, tops * cells, MAP * 3)
        rows = rows.reshape(photos, -1, MAP, 3).transpose(0, 1, 3, 2)
        cells = rows @ across.T  # (photos, tops * cells, 3, lefts * cells)
        cells = cells.reshape(photos, len(tops), _CELLS, 3, len(lefts), _CELLS).transpose(0, 1, 4, 2, 5, 3)
        parts.append(cells.reshape(photos, len(tops) * len(lefts), _CELLS * _CELLS, 3))
    together = np.asarray(np.concatenate(parts, axis=1), np.float32)
    return _flat(together) if plain else _unit(together)


def _unit(cells: NDArray[np.float32]) -> NDArray[np.float32]:
    """(..., cells * 3): each channel's mean removed, then of unit length (shorter where there is next to nothing to see)."""
    import numpy as np

    cells -= cells.mean(axis=-2, keepdims=True)
    flat = cells.reshape(*cells.shape[:-2], -1)
    length = np.sqrt(np.einsum("...i,...i->...", flat, flat))
    flat /= np.maximum(length, _FLAT * flat.shape[-1] ** 0.5)[..., None]
    return flat


def _flat(cells: NDArray[np.float32]) -> NDArray[np.float32]:
    """(..., cells * 3 + 1): values such that the product with (query, 1) is the larger the smaller their squared distance is."""
    import numpy as np

    values = cells.reshape(*cells.shape[:-2], -1) / 255
    return np.asarray(np.concatenate([values, -np.einsum("...i,...i->...", values, values)[..., None] / 2], axis=-1), np.float32)


def _query_vector(query: Query) -> NDArray[np.float32]:
    import numpy as np

    height, width, _ = query.pixels.shape
    rows = np.tensordot(_shrinker((0.0,), 1.0, height), query.pixels.astype(np.float32), (1, 0))
    cells = np.tensordot(rows, _shrinker((0.0,), 1.0, width), (1, 1)).transpose(0, 2, 1).reshape(1, -1, 3)
    if query.plain:
        return np.append(cells.ravel() / 255, 1).astype(np.float32)
    return np.asarray(_unit(cells)[0], np.float32)


class _Best:
    """The likeliest photos so far, for each of some queries."""

    def __init__(self, queries: int, keep: int, boxes_each: int) -> None:
        self._keep, self._boxes_each = keep, boxes_each
        self._found: list[list[Candidate]] = [[] for _ in range(queries)]

    def take(self, queries: NDArray[np.float32], vectors: NDArray[np.float32], rows: NDArray[np.intp], boxes: list[Box]) -> None:
        import numpy as np

        photos, count, size = vectors.shape
        scores = (queries @ vectors.reshape(photos * count, size).T).reshape(len(queries), photos, count)
        peak = scores.max(axis=2)
        for query, found in enumerate(self._found):
            order = np.argpartition(-peak[query], min(self._keep, photos) - 1)[: self._keep]
            least = found[-1].likeness if len(found) >= self._keep else -math.inf
            for photo in order[peak[query][order] > least]:
                mine = scores[query, photo]
                top = np.argsort(-mine)[: self._boxes_each]
                found.append(Candidate(int(rows[photo]), float(mine[top[0]]), tuple(boxes[n] for n in top)))
            found.sort(key=lambda candidate: (-candidate.likeness, candidate.photo))
            del found[self._keep :]

    def candidates(self, query: int) -> list[Candidate]:
        return self._found[query]
