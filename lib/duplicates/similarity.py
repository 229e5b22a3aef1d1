"""Which of very many pictures look alike: candidates by their hashes, without comparing each with each, confirmed by their layouts."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lib.analysis.orientation import UPRIGHT, mirrored_sides, swaps_sides
from lib.duplicates.hamming import Crowd, distinct, keys, neighbours
from lib.model import Appearance

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lib.duplicates.hamming import Hashes, Pairs

DISTANCE = 8
FARTHEST = 11
"""Candidates are all pictures whose hashes differ in DISTANCE of 64 bits at most, and, as far as they are met, in FARTHEST."""
FEATURELESS = 4.0
"""A picture whose grey values differ less (standard deviation) has nothing to be recognised by."""
_FAINT_DETAIL = 10.0
_FAINT_LEAST = 0.97
"""Pictures whose grey values differ less than that must be alike so much at least: a dark room, fog."""
View = tuple[float, float, float, float]
"""A part of a picture: left, top, right, bottom, as parts of its width and height."""
WHOLE: View = (0.0, 0.0, 1.0, 1.0)
VIEWS: tuple[View, ...] = (
    WHOLE,
    (0.025, 0.025, 0.975, 0.975),
    (0.0, 0.0, 0.95, 0.95),
    (0.05, 0.0, 1.0, 0.95),
    (0.0, 0.05, 0.95, 1.0),
    (0.05, 0.05, 1.0, 1.0),
)
"""The whole picture, and the crops that people make without much thought."""
_LIGHT = (77, 150, 29)
"""How much red, green and blue count for how light a colour is (ITU-R BT.601), in 256ths."""
_NO_COLOUR = 1.0
_FAINT = 56.0
_HOPELESS = 0.3
"""A picture and a small crop of it are at least so much alike, though neither is held against the right part of the other."""
_BROAD = 0.28
"""Where what is fine in a layout is less than that beside all of it, its broad light and dark say little: the moon, a horizon."""
_FINE_LEAST = 0.9
_FINE_LEAST_CROPPED = 0.78
"""Such pictures must be alike so much in what is fine, too; cropping a layout leaves less of that."""
_FINE_NOISE = 20.0
"""What is finer than the eighth bit of a value is worth nothing: so long must the vector of all that is fine be to count."""
_ASPECT = 0.2
"""Shapes (width over height) may differ by a fifth: a crop."""
_BLOCK = 8192
_PAIRS = 2048
"""Pictures, and pairs of them, that are worked on in one go: what a step of numpy has in memory."""


@dataclass(slots=True)
class Looks:
    """The appearances of many pictures, packed: under a kilobyte each."""

    hashes: list[int] = field(default_factory=list)
    layouts: list[bytes] = field(default_factory=list)
    aspects: list[float] = field(default_factory=list)
    details: list[float] = field(default_factory=list)

    def add(self, seen: Appearance) -> None:
        """Append one; its number is how many there were."""
        self.hashes.append(seen.phash)
        self.layouts.append(seen.layout)
        self.aspects.append(seen.aspect)
        self.details.append(seen.detail)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.hashes)


def alike(looks: Looks, least: float) -> Iterator[tuple[int, int, float]]:
    """Yield every two pictures that look alike, the smaller number first, with their likeness (at least `least`, at most 1).

    One of the two may be slightly cropped: each is held as a whole, and as it would be after a small crop, against all others.
    """
    import numpy as np

    detailed = np.flatnonzero(np.array(looks.details) >= FEATURELESS)
    if len(detailed) < 2:
        return
    shapes = np.log(np.array(looks.aspects))
    layouts = greys(looks.layouts)[detailed]
    whole = layout_hashes(layouts)
    looked = np.array(looks.hashes, np.uint64)[detailed]
    crowd = Crowd([looked, whole], DISTANCE, FARTHEST)
    candidates = distinct(
        [_twins(looks.layouts, detailed), *(neighbours(hashes, DISTANCE, farthest=FARTHEST, crowd=crowd) for hashes in (looked, whole))]
    )
    best: dict[tuple[int, int], float] = {}
    sure = np.empty(0, np.int64)
    for view in VIEWS:
        pairs = candidates
        if view != WHOLE:
            pairs = distinct([pairs, pairs[:, ::-1], neighbours(layout_hashes(layouts, view), 5, whole, farthest=FARTHEST, crowd=crowd)])
        pairs = detailed[pairs[_resemble(layouts, pairs)]]
        pairs = pairs[np.abs(shapes[pairs[:, 0]] - shapes[pairs[:, 1]]) < _ASPECT]
        # Those that are alike as a whole need no look at their crops.
        pairs = pairs[~np.isin(keys(np.sort(pairs, axis=1)), sure)]
        for first, second, likeness in _confirmed(pairs, looks.layouts, least, view):
            if likeness < _FAINT_LEAST and min(looks.details[first], looks.details[second]) < _FAINT_DETAIL:
                continue
            pair = (first, second) if first < second else (second, first)
            best[pair] = max(best.get(pair, 0.0), likeness)
        if view == WHOLE and best:
            sure = keys(np.array(list(best), np.int64))
    yield from ((*pair, likeness) for pair, likeness in sorted(best.items()))


def _twins(layouts: Sequence[bytes], detailed: NDArray[np.int64]) -> Pairs:
    """(n, 2) int64: of those with the very same layout each with the next, by their places in `detailed`: no crowd keeps copies apart."""
    import numpy as np

    values = np.array([hash(layouts[number]) for number in detailed.tolist()])
    order = np.argsort(values, kind="stable")
    same = values[order[:-1]] == values[order[1:]]
    return np.stack([order[:-1][same], order[1:][same]], axis=1)


def _resemble(light: NDArray[np.uint16], pairs: Pairs) -> NDArray[np.bool_]:
    """Return (n,) bool: whether two pictures, by their `greys`, are so much alike that it is worth a closer look."""
    import numpy as np

    resemble = np.empty(len(pairs), np.bool_)
    for start in range(0, len(pairs), _BLOCK):
        one, other = (light[side].astype(np.float32) for side in pairs[start : start + _BLOCK].T)
        for some in (one, other):
            some -= some.mean(axis=1, keepdims=True)
        lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
        resemble[start : start + _BLOCK] = _dots(one, other) >= _HOPELESS * lengths
    return resemble


def turned_alike(looks: Looks, orientations: Sequence[int], least: float) -> Iterator[tuple[int, int]]:
    """Every two pictures that look alike as they are stored, and are told to be turned in different ways by their EXIF orientations."""
    import numpy as np

    layouts = [as_stored(layout, orientation) for layout, orientation in zip(looks.layouts, orientations)]
    detailed = np.flatnonzero(np.array(looks.details) >= FEATURELESS)
    flags = np.array(orientations)
    if len(detailed) < 2 or not np.any(flags != 1):
        return
    pairs = detailed[neighbours(layout_hashes(greys(layouts)[detailed]), 2)]
    pairs = pairs[flags[pairs[:, 0]] != flags[pairs[:, 1]]]
    yield from ((one, other) for one, other, _ in _confirmed(pairs, layouts, least))


def greys(layouts: Sequence[bytes]) -> NDArray[np.uint16]:
    """Return (n, 256) uint16: how light each field of each layout is, as a picture without colours would have it; 0 to 65,280."""
    import numpy as np

    light = np.zeros((len(layouts), 256), np.uint16)
    for start in range(0, len(layouts), _BLOCK):
        some = layouts[start : start + _BLOCK]
        colours = np.frombuffer(b"".join(some), np.uint8).reshape(len(some), 256, 3)
        for colour, weight in enumerate(_LIGHT):
            light[start : start + _BLOCK] += colours[..., colour] * np.uint16(weight)
    return light


def layout_hashes(light: NDArray[np.uint16], view: View = WHOLE) -> Hashes:
    """Return (n,) uint64: which of the 64 lowest waves of `greys` are over their median; it fails on other pictures than pHash does.

    Of a crop of the picture, where `view` is one.
    """
    import numpy as np

    wave, sample = np.mgrid[0:8, 0:16]
    across, down = _crop(view)
    cosines = np.cos(np.pi * wave * (2 * sample + 1) / 32)
    waves = np.kron(cosines @ down, cosines @ across).astype(np.float32).T
    hashes = np.empty(len(light), np.uint64)
    for start in range(0, len(light), _BLOCK):
        low = light[start : start + _BLOCK].astype(np.float32) @ waves
        bits = low > np.median(low, axis=1, keepdims=True)
        hashes[start : start + _BLOCK] = np.packbits(bits, axis=1).view(">u8")[:, 0]
    return hashes


def as_stored(layout: bytes, orientation: int) -> bytes:
    """Return the layout of the picture before its EXIF orientation was applied."""
    import numpy as np

    if orientation == UPRIGHT:
        return layout
    pixels = np.frombuffer(layout, np.uint8).reshape(16, 16, 3)
    across, down = mirrored_sides(orientation)
    pixels = pixels[:: -1 if down else 1, :: -1 if across else 1]
    return (pixels.transpose(1, 0, 2) if swaps_sides(orientation) else pixels).tobytes()


def _confirmed(pairs: Pairs, layouts: Sequence[bytes], least: float, view: View = WHOLE) -> Iterator[tuple[int, int, float]]:
    """Yield the pairs that are alike by their layouts, the first of each seen in `view`."""
    import numpy as np

    for start in range(0, len(pairs), _PAIRS):
        block = pairs[start : start + _PAIRS]
        likeness = _likeness(layouts, block, view)
        numbers = np.flatnonzero(likeness >= least)
        for number in numbers[_finely_alike(layouts, block[numbers], least, view)].tolist():
            yield int(block[number, 0]), int(block[number, 1]), min(1.0, float(likeness[number]))


def _finely_alike(layouts: Sequence[bytes], pairs: Pairs, least: float, view: View) -> NDArray[np.bool_]:
    """Return (n,) bool: whether pictures whose layouts are mostly broad light and dark are alike in the rest of it; True for all others."""
    import numpy as np

    if not len(pairs):
        return np.empty(0, np.bool_)
    fine, lengths, shares = [], [], []
    for side, (across, down) in zip(pairs.T, (_crop(view), _blur(view))):
        light = greys([layouts[number] for number in side.tolist()]).astype(np.float32).reshape(-1, 16, 16) / 256
        if view != WHOLE:
            light = np.einsum("yv,xu,nvu->nyx", down, across, light, optimize=True)
        light -= light.mean(axis=(1, 2), keepdims=True)
        rest = (light - np.einsum("yv,xu,nvu->nyx", _smooth(), _smooth(), light, optimize=True)).reshape(-1, 256)
        fine.append(rest)
        lengths.append(np.linalg.norm(rest, axis=1))
        shares.append(lengths[-1] / np.maximum(np.linalg.norm(light.reshape(-1, 256), axis=1), 1.0))
    needed = min(least, _FINE_LEAST) - (0.0 if view == WHOLE else _FINE_LEAST - _FINE_LEAST_CROPPED)
    is_broad = (np.minimum(*shares) < _BROAD) & (np.minimum(*lengths) >= _FINE_NOISE)
    return np.asarray(~is_broad | (_dots(*fine) >= needed * lengths[0] * lengths[1]), np.bool_)


def _likeness(layouts: Sequence[bytes], pairs: Pairs, view: View) -> NDArray[np.float32]:
    """(n,) float32, -1 to 1: the dot products of layouts with each channel's mean removed; of the greys alone, where one has no colours."""
    import numpy as np

    sides, places, colourless = [], [], []
    for side, shares in zip(pairs.T, (_crop(view), _blur(view))):
        numbers, place = np.unique(side, return_inverse=True)
        some = np.frombuffer(b"".join([layouts[number] for number in numbers.tolist()]), np.uint8)
        seen = some.reshape(-1, 16, 16, 3).astype(np.float32)
        if view != WHOLE:
            seen = np.einsum("yv,xu,nvuc->nyxc", shares[1], shares[0], seen, optimize=True)
        seen -= seen.mean(axis=(1, 2), keepdims=True)
        is_grey = np.abs(seen - seen.mean(axis=3, keepdims=True)).mean(axis=(1, 2, 3)) < _NO_COLOUR
        sides.append(seen)
        places.append(place)
        colourless.append(is_grey[place])
    likeness = _dots(*(_unit(seen)[place] for seen, place in zip(sides, places)))
    if len(grey := np.flatnonzero(colourless[0] | colourless[1])):
        light = np.array(_LIGHT, np.float32) / sum(_LIGHT)
        likeness[grey] = _dots(*(_unit(np.repeat((seen @ light)[..., None], 3, axis=3))[place[grey]] for seen, place in zip(sides, places)))
    return likeness


def _unit(seen: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (n, 768) float32: rows of unit length, shorter where a picture is faint."""
    import numpy as np

    rows = seen.reshape(len(seen), -1)
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), _FAINT), np.float32)


def _dots(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    import numpy as np

    return np.asarray(np.einsum("nv,nv->n", one, other), np.float32)


@functools.cache
def _crop(view: View) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return two (16, 16) float32: what of each column, and of each row, of a layout is in those of its crop."""
    import numpy as np

    def share(first: float, last: float) -> NDArray[np.float32]:
        edges = (first + (last - first) * np.arange(17) / 16) * 16
        cells = np.arange(16)
        common = np.minimum(edges[1:, None], cells + 1) - np.maximum(edges[:-1, None], cells)
        parts = np.maximum(common, 0)
        return np.asarray(parts / parts.sum(axis=1, keepdims=True), np.float32)

    left, top, right, bottom = view
    return share(left, right), share(top, bottom)


@functools.cache
def _smooth() -> NDArray[np.float32]:
    """(16, 16) float32: of each field the mean with its two neighbours, those at the edge being their own."""
    import numpy as np

    fields = np.eye(16)
    return np.asarray((fields + np.vstack([fields[:1], fields[:-1]]) + np.vstack([fields[1:], fields[-1:]])) / 3, np.float32)


@functools.cache
def _blur(view: View) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return two (16, 16) float32: as much blur across, and down, as the crop of a layout has got from being cut out of so few fields.

    A field that is mixed of two neighbours is blurred by the variance of their shares; the same goes to the fields on both sides here.
    """
    import numpy as np

    def blurred(shares: NDArray[np.float32]) -> NDArray[np.float32]:
        cells = np.arange(16)
        middle = shares @ cells
        aside = (shares * (cells - middle[:, None]) ** 2).sum(axis=1) / 2
        mixed = np.diag(1 - 2 * aside)
        for step in (-1, 1):
            mixed[cells, np.clip(cells + step, 0, 15)] += aside
        return np.asarray(mixed, np.float32)

    across, down = _crop(view)
    return blurred(across), blurred(down)
