"""Examine one thumbnail against the photos that could be behind it: lay it over their previews, then over the photos themselves."""

from __future__ import annotations

import functools
import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from lib.model import Unreadable
from lib.thumbnails import album_sketches, alignment, thumbnail_views, verification
from lib.thumbnails.thumbnail_views import ThumbnailView
from lib.thumbnails.verification import Allowing

if TYPE_CHECKING:
    from PIL import Image

Box = tuple[float, float, float, float]  # left, top, width, height as parts of the photo's sides


class _Grid(NamedTuple):
    """A stage of the search: on a grid of `longest` pixels a side, in so many steps, and which photos then go on to the next.

    At most so many go on, those that leave `times` as much unexplained as the best one and `more` (parts of 1) on top. Where the best
    has a correlation under `hopeless`, there is no use in going on.
    """

    longest: int
    steps: int
    photos: int
    times: float
    more: float
    hopeless: float


# Over bursts and compressed crops of real photos the true one left at most 1.8, 2.1 and 1.2 times as much as the best
_GRIDS = (_Grid(20, 8, 12, 8, 0.03, 0.5), _Grid(48, 6, 8, 5, 0.02, 0.6), _Grid(96, 4, 6, 4, 0.005, 0.7))
_ELSEWHERE = 3.0  # times what the best box of a photo leaves unexplained: so good a box elsewhere in it is followed as well
_APART = 0.06  # of the photo's sides: boxes that differ by less come to one place
_SQUEEZED = 0.05  # log of height to width: thumbnails are scaled alike both ways, but for a rounding
_BEHIND = 0.05  # correlation: photos that lie no more behind the best are named, if not weighed
_MUCH_ALIKE = 0.85  # correlation from which on it is asked what could have been done to the thumbnail
_ALLOWED = 2  # photos of which that is asked
_ROOM = 1.25  # the photo is opened with this many pixels for each of the thumbnail's
_SIZES = (320, 480, 640, 960)


@dataclass(frozen=True, slots=True)
class CandidatePhoto:
    """A view of an album file (a photo, or a frame of a video) that the coarse search came up with, and where to look in it."""

    photo: int
    path: str
    view: int
    preview: bytes
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Examination:
    """What to examine: the thumbnail at `path`, seen in this dress, against these suspects."""

    number: int
    path: str
    dress: ThumbnailView
    suspects: tuple[CandidatePhoto, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A photo, and what speaks for it.

    `helped`: it was guessed what had been done to the photo (a border, squeezing, other tones, something over it), which gives another
    shot of the scene more ways to fit.
    """

    photo: int
    evidence: verification.Evidence
    helped: bool = False


def examine(task: Examination) -> tuple[Explanation, ...]:
    """The photos that may be behind the thumbnail, best first. Raises Unreadable where the thumbnail cannot be read."""
    whole = thumbnail_views.read(task.path)
    image = thumbnail_views.views_of(whole, task.dress)
    if thumbnail_views.detail(image) < thumbnail_views.PLAIN:
        found_plain = [Explanation(s.photo, verification.compare_colours(image, _decoded(s.preview), s.boxes)) for s in task.suspects]
        return tuple(sorted(found_plain, key=lambda finding: finding.evidence.residual)[: _GRIDS[-1].photos])
    previews = [_grey(suspect.preview) for suspect in task.suspects]
    fits, others = _search(image, task.dress.shape, previews, task.suspects)
    best = fits[0][1].correlation
    if best < _GRIDS[-1].hopeless:
        return (Explanation(task.suspects[fits[0][0]].photo, verification.unproved(fits[0][1].box, best)),)
    boxes = [fit.box for _, fit in fits]
    wanted = [max(image.width / box[2], image.height / box[3]) for box in boxes]
    with open(task.path, "rb") as file:
        data = file.read()

    weigh = functools.partial(verification.gather_evidence, data, image, shape=task.dress.shape, smeared=task.dress.smeared)
    found: list[verification.Evidence] = []
    if len(fits) == 1 and wanted[0] <= max(previews[fits[0][0]].size):  # where it has no rival, a fine enough preview may do
        found = weigh([_decoded(task.suspects[fits[0][0]].preview)], boxes)
    if not found or found[0].overall > verification.WELL:
        photos = [_opened(task.suspects[number], _ROOM * pixels) for (number, _), pixels in zip(fits, wanted)]
        found = weigh(photos, boxes)
        found = _allowing_more(image, found, lambda some: functools.partial(weigh, [photos[n] for n in some], [boxes[n] for n in some]))
    guessed = any(task.dress.trim) or task.dress.shape > 0
    findings = [
        Explanation(task.suspects[number].photo, one, guessed or one.allowing is not Allowing.NOTHING)
        for (number, _), one in zip(fits, found)
    ]
    unproved = [Explanation(task.suspects[n].photo, verification.unproved(fit.box, fit.correlation)) for n, fit in others]
    return (*sorted(findings, key=lambda finding: finding.evidence.residual), *unproved)


_Fits = list[tuple[int, alignment.Fit]]  # the number of a suspect, and a fit of the thumbnail on it


def _allowing_more(
    image: Image.Image, found: list[verification.Evidence], weigh: Callable[[Sequence[int]], Callable[..., list[verification.Evidence]]]
) -> list[verification.Evidence]:
    """The evidence; where no photo explains the thumbnail though one is much alike, with other tones, or without what may lie over it.

    That is asked of the likeliest photos only (`weigh` takes their numbers), and where it is no zoomed crop: the answer is for a person to
    look at anyway.
    """
    likeliest = sorted(range(len(found)), key=lambda n: found[n].residual)[:_ALLOWED]
    best = found[likeliest[0]]
    if best.explains or best.correlation < _MUCH_ALIKE or not (best.canonical or best.whole_side):
        return found
    weigh_them = weigh(likeliest)
    tried = [(Allowing.TONES, weigh_them(toned=True))]
    if not any(one.explains for one in tried[0][1]):
        tried += [(Allowing.COVERED, weigh_them(inside=inside)) for inside in thumbnail_views.uncovered(image)]
    allowing, least = min(tried, key=lambda entry: min(one.overall for one in entry[1]))
    if not any(one.explains for one in least):
        return found
    allowed = list(found)
    for n, one in zip(likeliest, least):
        allowed[n] = replace(one, allowing=allowing)
    return allowed


def _search(image: Image.Image, shape: float, previews: Sequence[Image.Image], suspects: Sequence[CandidatePhoto]) -> tuple[_Fits, _Fits]:
    """The suspects that stay, each with its best fit on the finest grid, best first; and those that nearly stayed, on coarser ones."""
    starts = [
        (number, box)
        for number, suspect in enumerate(suspects)
        for box in (*suspect.boxes, verification.canonical_box(image.size, previews[number].size, shape))
    ]
    ranked: _Fits = []
    others: _Fits = []
    for grid in _GRIDS:
        fits = alignment.fit(image, [previews[number] for number, _ in starts], [box for _, box in starts], grid.longest, grid.steps)
        merits = [
            fit.correlation - _squeeze(fit.box, shape or image.width / image.height, previews[number])
            for (number, _), fit in zip(starts, fits)
        ]
        order = sorted(range(len(fits)), key=lambda n: -merits[n])
        best: dict[int, int] = {}
        for n in order:
            best.setdefault(starts[n][0], n)
        first = merits[order[0]]
        limit = 1 - grid.times * (1 - first) - grid.more
        ranked = [(number, fits[n]) for number, n in best.items() if merits[n] >= limit][: grid.photos]
        if first < grid.hopeless:
            return ranked[:1], []
        stay = {number for number, _ in ranked}
        if grid is not _GRIDS[0]:
            others = [entry for entry in others if entry[0] not in stay] + [
                (number, fits[n]) for number, n in best.items() if number not in stay and fits[n].correlation >= first - _BEHIND
            ]
        elsewhere = [
            (number, fits[n].box)
            for n in order
            if (number := starts[n][0]) in stay
            and n != best[number]
            and 1 - merits[n] <= _ELSEWHERE * (1 - merits[best[number]])
            and _are_apart(fits[n].box, fits[best[number]].box)
        ]
        # shots of one scene lie much alike: where the best lies is worth a try in the others
        shared = [(number, ranked[0][1].box) for number, fit in ranked[1:] if _are_apart(fit.box, ranked[0][1].box)]
        starts = [(number, fit.box) for number, fit in ranked] + elsewhere[: grid.photos] + shared
    return ranked, others


def _squeeze(box: Box, shape: float, photo: Image.Image) -> float:
    """What a fit that squeezes the photo one way is worth less, in correlation."""
    uneven = abs(math.log(box[2] * photo.width / (box[3] * photo.height * shape)))
    return 0.5 * max(0.0, uneven - _SQUEEZED)


def _are_apart(one: Box, other: Box) -> bool:
    return any(abs(a - b) > _APART for a, b in zip(one, other))


def _grey(preview: bytes) -> Image.Image:
    """A preview's luminance: JPEG holds it apart from the colours, which then need no decoding."""
    from PIL import Image

    image = Image.open(io.BytesIO(preview))
    image.draft("L", None)
    return image.convert("L")


def _decoded(preview: bytes) -> Image.Image:
    from PIL import Image

    return Image.open(io.BytesIO(preview)).convert("RGB")


def _opened(suspect: CandidatePhoto, wanted: float) -> Image.Image:
    """The photo itself, with so many pixels a side; its preview where it can no longer be read, as when the drive is gone."""
    try:
        return _view(suspect.path, suspect.view, next((size for size in _SIZES if size >= wanted), _SIZES[-1]))
    except Unreadable:
        return _decoded(suspect.preview)


@functools.lru_cache(maxsize=64)
def _view(path: str, number: int, longest: int) -> Image.Image:
    return album_sketches.view(path, number, longest)
