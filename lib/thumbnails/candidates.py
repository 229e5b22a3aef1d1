"""Find the few album photos that could be behind a thumbnail: colour layouts of many crop boxes, as matrix products in bounded memory."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

MAP = 32  # a photo's map: 32 x 32 x 3 bytes, the whole frame shrunk by area
_CELLS = 8  # a crop box is seen as 8 x 8 cells,
_WAVES = 6  # and compared by how they vary in 6 x 6 slow waves (a cosine transform) in each of the three colours
_SCALES = (1.0, 0.9, 0.8, 0.71, 0.62)  # of the largest box of the thumbnail's shape
_STEP = 0.1  # of the photo's side, at most, between two boxes
_SHAPE = math.log(1.06)  # shapes (width over height) that lie closer together share their boxes
_CHUNK_BYTES = 8 << 20  # of layouts and scores at a time: what a processor keeps near
_LEAST = 2.0**2 * 3 * _CELLS**2  # energy of a standard deviation of 2: a box with less is noise rather than picture
_DISTANCE = 255**2
_MEANS = slice(0, 3 * _WAVES, _WAVES)  # the first waves of all, which do not vary

Box = tuple[float, float, float, float]  # left, top, width, height as parts of the photo's sides


@dataclass(frozen=True, slots=True)
class Query:
    """A thumbnail for the coarse search: (h, w, 3) upright pixels of any size.

    `grey`: it has lost its colours. `plain`: it shows so little that the colours themselves are compared, not how they vary.
    `shape`: width over height of what it shows, where that was squeezed; 0 where it was not.
    """

    pixels: NDArray[np.uint8]
    grey: bool = False
    plain: bool = False
    shape: float = 0.0

    @property
    def aspect(self) -> float:
        """Width over height of what it shows."""
        return self.shape or float(self.pixels.shape[1] / self.pixels.shape[0])


@dataclass(frozen=True, slots=True)
class Candidate:
    """An album photo (its row) that could be behind a thumbnail, with the boxes in it that look most like it, best first."""

    photo: int
    likeness: float
    boxes: tuple[Box, ...]


def search(
    queries: Sequence[Query], maps: NDArray[np.uint8], aspects: NDArray[np.float32], keep: int, boxes_each: int = 2, threads: int = 1
) -> list[list[Candidate]]:
    """The `keep` likeliest photos for each query, best first, by `maps` ((n, 32, 32, 3) bytes) and the photos' aspects (n).

    Further ones, up to a fourth as many, are those that are likest as a whole or by their middle: among the shots of a long burst
    some crop of each is so alike that the photo itself would be crowded out.
    """
    import numpy as np

    found: list[list[Candidate]] = [[] for _ in queries]
    shapes = np.round(np.log(np.maximum(aspects, 1e-3)) / _SHAPE).astype(int)
    by_shape = {int(shape): np.flatnonzero(shapes == shape) for shape in np.unique(shapes)}

    def look(group: tuple[int, bool, bool, list[int]]) -> None:
        shape, grey, plain, members = group
        vectors = np.stack([_query_vector(queries[number]) for number in members])
        best, whole = _Best(len(members), keep, boxes_each), _Best(len(members), max(1, keep // 4), 1)
        for photo_shape, rows in by_shape.items():
            grids = crop_grids(math.exp(shape * _SHAPE), math.exp(photo_shape * _SHAPE))
            boxes = [box for grid in grids for box in _grid_boxes(grid)]
            step = max(1, _CHUNK_BYTES // (4 * len(boxes) * (len(members) + 3 * _CELLS**2)))
            for start in range(0, len(rows), step):
                some = rows[start : start + step]
                scores = _scores(vectors, maps[some], grids, grey=grey, plain=plain)
                best.take(scores, some, boxes)
                whole.take(scores[:1], some, boxes[:1])
        for place, number in enumerate(members):
            some_box = best.candidates(place)
            known = {candidate.photo for candidate in some_box}
            crowded = [candidate for candidate in whole.candidates(place) if candidate.photo not in known]
            found[number] = sorted([*some_box, *crowded], key=lambda candidate: -candidate.likeness)

    with ThreadPoolExecutor(threads) as pool:  # the arithmetic lets go of the interpreter
        list(pool.map(look, _alike(queries)))
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
    """Boxes of the thumbnail's shape in a photo of that shape: the whole or its middle first, then a grid a scale, the largest first."""
    wide, high = min(1.0, thumbnail / photo), min(1.0, photo / thumbnail)
    middle = (wide, high, ((1 - wide) / 2,), ((1 - high) / 2,))
    grids = [(wide * s, high * s, _offsets(1 - wide * s), _offsets(1 - high * s)) for s in _SCALES]
    return (middle, *(grid for grid in grids if grid != middle))


def _offsets(room: float) -> tuple[float, ...]:
    count = math.ceil(room / _STEP - 0.02) + 1  # a box that fills the side but for a rounding has one place
    return tuple(room * n / (count - 1) for n in range(count)) if count > 1 else (room / 2,)


def _grid_boxes(grid: Grid) -> list[Box]:
    wide, high, lefts, tops = grid
    return [(left, top, wide, high) for top in tops for left in lefts]


@functools.lru_cache(maxsize=4096)
def _projector(offsets: tuple[float, ...], length: float, pixels: int) -> NDArray[np.float32]:
    """(len(offsets) * waves, pixels): what makes of a line of pixels the waves in each interval (as parts of a side)."""
    import numpy as np

    edges = np.array([[o + length * c / _CELLS for c in range(_CELLS + 1)] for o in offsets]) * pixels
    low, high = edges[:, :-1].reshape(-1, 1), edges[:, 1:].reshape(-1, 1)
    pixel = np.arange(pixels)
    cover = np.clip(np.minimum(high, pixel + 1) - np.maximum(low, pixel), 0, None)
    cells = (cover / cover.sum(axis=1, keepdims=True)).reshape(len(offsets), _CELLS, pixels)
    wave = np.arange(_WAVES)[:, None]
    cosines = np.cos(np.pi * (np.arange(_CELLS) + 0.5) * wave / _CELLS) * np.where(wave, 2 / _CELLS, 1 / _CELLS) ** 0.5
    return np.asarray((cosines @ cells).reshape(-1, pixels), np.float32)


def _scores(queries: Floats, maps: NDArray[np.uint8], grids: tuple[Grid, ...], *, grey: bool, plain: bool) -> Floats:
    """(boxes, queries, photos): how alike each box is to each query (rows of 6 x 3 x 6 values).

    Usually the correlation of the colour layouts, each channel's mean removed; with `plain` one half less the squared distance of the
    colours, which tells pictures apart that hardly vary. With `grey` the photos' colours are taken away first.
    """
    import numpy as np

    values = _layouts(maps, grids, grey=grey)
    energy = np.einsum("bkp,bkp->bp", values, values)
    found: Floats = queries @ values
    if plain:
        found *= 1 / _DISTANCE
        found += (0.5 - energy / (2 * _DISTANCE))[:, None, :]
        found -= ((queries**2).sum(axis=1) / (2 * _DISTANCE))[:, None]
    else:  # the queries have no mean, so that of the boxes needs not to be taken off their values, only off their lengths
        energy -= np.square(values[:, _MEANS]).sum(axis=1)
        found *= (1 / np.sqrt(np.maximum(energy, _LEAST)))[:, None, :]
    return found


def _layouts(maps: NDArray[np.uint8], grids: tuple[Grid, ...], *, grey: bool) -> Floats:
    """(boxes, 6 * 3 * 6, photos): the colour layout of every box in every photo."""
    import numpy as np

    photos = len(maps)
    pixels = maps.transpose(1, 3, 2, 0).astype(np.float32, order="C")  # down, channels, across, photos
    if grey:
        pixels = np.repeat(np.einsum("ycxp,c->yxp", pixels, np.array([0.299, 0.587, 0.114], np.float32))[:, None], 3, axis=1)
    values = np.empty((sum(len(lefts) * len(tops) for _, _, lefts, tops in grids), _WAVES, 3, _WAVES, photos), np.float32)
    start = 0
    for wide, high, lefts, tops in grids:
        lines = (_projector(tops, high, MAP) @ pixels.reshape(MAP, -1)).reshape(-1, MAP, photos)
        waves = (_projector(lefts, wide, MAP) @ lines).reshape(len(tops), _WAVES, 3, len(lefts), _WAVES, photos)
        end = start + len(tops) * len(lefts)
        values[start:end].reshape(len(tops), len(lefts), _WAVES, 3, _WAVES, photos)[...] = waves.transpose(0, 3, 1, 2, 4, 5)
        start = end
    return values.reshape(len(values), -1, photos)


def _query_vector(query: Query) -> Floats:
    """(6 * 3 * 6): the query's colours, or each channel's difference from its mean, of unit length."""
    import numpy as np

    height, width, _ = query.pixels.shape
    rows = np.tensordot(_projector((0.0,), 1.0, height), query.pixels.astype(np.float32), (1, 0))
    vector = np.tensordot(rows, _projector((0.0,), 1.0, width), (1, 1)).ravel()  # down, channels, across
    if query.plain:
        return np.asarray(vector, np.float32)
    vector[_MEANS] = 0
    return np.asarray(vector / max(float(np.linalg.norm(vector)), _LEAST**0.5), np.float32)


class _Best:
    """The likeliest photos so far, for each of some queries."""

    def __init__(self, queries: int, keep: int, boxes_each: int) -> None:
        import numpy as np

        self._keep, self._boxes_each = keep, boxes_each
        self._found: list[list[Candidate]] = [[] for _ in range(queries)]
        self._least = np.full(queries, -np.inf)

    def take(self, scores: Floats, rows: NDArray[np.intp], boxes: list[Box]) -> None:
        """More photos (their `rows` in the album) with their scores: (boxes, queries, photos)."""
        import numpy as np

        peak = scores.max(axis=0)
        for query in np.flatnonzero(peak.max(axis=1) > self._least):
            found = self._found[query]
            better = np.flatnonzero(peak[query] > self._least[query])
            if len(better) > self._keep:
                better = better[np.argpartition(-peak[query, better], self._keep - 1)[: self._keep]]
            for photo in better:
                mine = scores[:, query, photo]
                top = np.argsort(-mine)[: self._boxes_each]
                found.append(Candidate(int(rows[photo]), float(mine[top[0]]), tuple(boxes[n] for n in top)))
            found.sort(key=lambda candidate: (-candidate.likeness, candidate.photo))
            del found[self._keep :]
            if len(found) == self._keep:
                self._least[query] = found[-1].likeness

    def candidates(self, query: int) -> list[Candidate]:
        return self._found[query]
