"""Examine one thumbnail against the photos that could be behind it: lay it over their previews, then over the photos themselves."""

from __future__ import annotations

import functools
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lib.model import Unreadable
from lib.thumbnail_search import evidence, fitting, sketches, thumbnails
from lib.thumbnail_search.thumbnails import Dress

if TYPE_CHECKING:
    from PIL import Image

Box = tuple[float, float, float, float]  # left, top, width, height as parts of the photo's sides

# Thumbnail pixels a side, steps, photos taken on to the next grid, how far behind the best they may lie in correlation, and under
# which correlation of the best there is no use in going on
_GRIDS = ((20, 8, 14, 0.25, 0.5), (48, 6, 8, 0.10, 0.6), (96, 5, 6, 0.05, 0.7))
_ROOM = 1.25  # the photo is opened with this many pixels for each of the thumbnail's
_SIZES = (320, 480, 640, 960)


@dataclass(frozen=True, slots=True)
class Suspect:
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
    dress: Dress
    suspects: tuple[Suspect, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """A photo, and what speaks for it."""

    photo: int
    evidence: evidence.Evidence


def examine(task: Examination) -> tuple[Finding, ...]:
    """The photos that may be behind the thumbnail, best first. Raises Unreadable where the thumbnail cannot be read."""
    whole = thumbnails.read(task.path)
    image = thumbnails.dressed(whole, task.dress)
    previews = [_decoded(suspect.preview) for suspect in task.suspects]
    if thumbnails.detail(image) < thumbnails.PLAIN:
        found_plain = [Finding(s.photo, evidence.compare_colours(image, p, s.boxes)) for s, p in zip(task.suspects, previews)]
        return tuple(sorted(found_plain, key=lambda finding: finding.evidence.residual)[: _GRIDS[-1][2]])
    fits = _search(image, previews, task.suspects)
    best = fits[0][1].correlation
    if best < _GRIDS[-1][4]:
        return (Finding(task.suspects[fits[0][0]].photo, evidence.unproved(fits[0][1].box, best)),)
    found: list[tuple[Suspect, Image.Image, tuple[Box, ...]]] = []
    for number, fit in fits:
        suspect = task.suspects[number]
        if fit.correlation < best - _GRIDS[-1][3]:
            continue
        wanted = _ROOM * max(image.width / fit.box[2], image.height / fit.box[3])
        try:
            photo = _view(suspect.path, suspect.view, next((size for size in _SIZES if size >= wanted), _SIZES[-1]))
        except Unreadable:
            photo = previews[number]  # it could be read when it was sketched: the drive may be gone since
        found.append((suspect, photo, (fit.box, evidence.canonical_box(image.size, photo.size))))
    photos = [photo for _, photo, _ in found]
    if thumbnails.is_grey(image):
        photos = [photo.convert("L").convert("RGB") for photo in photos]
    with open(task.path, "rb") as file:
        data = file.read()
    weighed = evidence.weigh(data, image, photos, [boxes for _, _, boxes in found], trimmed=any(task.dress.trim))
    findings = [Finding(suspect.photo, one) for (suspect, _, _), one in zip(found, weighed)]
    return tuple(sorted(findings, key=lambda finding: finding.evidence.residual))


def _search(image: Image.Image, previews: Sequence[Image.Image], suspects: Sequence[Suspect]) -> list[tuple[int, fitting.Fit]]:
    """The suspects that stay, each with its best fit on the finest grid, best first."""
    starts = [
        (number, box)
        for number, suspect in enumerate(suspects)
        for box in (*suspect.boxes, evidence.canonical_box(image.size, previews[number].size))
    ]
    ranked: list[tuple[int, fitting.Fit]] = []
    for longest, steps, most, behind, hopeless in _GRIDS:
        fits = fitting.fit(image, [previews[number] for number, _ in starts], [box for _, box in starts], longest, steps)
        best: dict[int, fitting.Fit] = {}
        for (number, _), fit in zip(starts, fits):
            if number not in best or fit.correlation > best[number].correlation:
                best[number] = fit
        ranked = sorted(best.items(), key=lambda entry: -entry[1].correlation)[:most]
        ranked = [(number, fit) for number, fit in ranked if fit.correlation >= ranked[0][1].correlation - behind]
        if ranked[0][1].correlation < hopeless:
            return ranked[:1]
        starts = [(number, fit.box) for number, fit in ranked]
    return ranked


def _decoded(preview: bytes) -> Image.Image:
    from PIL import Image

    return Image.open(io.BytesIO(preview)).convert("RGB")


@functools.lru_cache(maxsize=64)
def _view(path: str, number: int, longest: int) -> Image.Image:
    return sketches.view(path, number, longest)
