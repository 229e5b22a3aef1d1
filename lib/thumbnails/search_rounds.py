"""Look for thumbnails in rounds: as they are, and where that explains little, without a frame, turned, mirrored, or squeezed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial

from lib.analysis import process_pool
from lib.model import Failure
from lib.thumbnails import candidates, examination, thumbnail_views
from lib.thumbnails.album_index import AlbumIndex
from lib.thumbnails.examination import Examination, Explanation
from lib.thumbnails.thumbnail_views import ThumbnailView

_TURNS = (90, 270, 180)
_SURE_ENOUGH = 0.85  # correlation under which a thumbnail is also tried in other views,
_FAR_OFF, _VERY_SURE = 6.0, 0.95  # as it is where so many times the codec's loss is left over, and the correlation is under this
_EXPLAINED = 1.5  # times what the codec alone would lose: with less a thumbnail is not tried without its border
_ANY = -math.inf
_PROMISING = 0.9  # likeness of the coarse search from which on another view is worth examining
_SQUEEZED = 0.06  # log of width to height: a photo's shape that differs by less is the thumbnail's own
_SECONDS = 120.0

_Found = list[tuple[Explanation, ...]]


def examine(
    paths: Sequence[str], borders: Mapping[int, ThumbnailView], gallery: AlbumIndex, workers: int, failures: list[Failure]
) -> _Found:
    """For each thumbnail the photos that may be behind it, best first.

    `borders` has the number of each thumbnail that can be read, and its view without a border (the plain view where it has none).
    """
    found: _Found = [()] * len(paths)
    likeness = dict.fromkeys(borders, _ANY)
    look = partial(_look, paths, gallery, workers, failures, found, likeness)
    look([(number, ThumbnailView()) for number in borders], _ANY)
    look([(n, border) for n, border in borders.items() if border != ThumbnailView() and not _is_explained(found[n])], _ANY)
    doubtful = [number for number in borders if _is_doubtful(found[number])]
    look([(number, view) for number in doubtful for view in thumbnail_views.frames(thumbnail_views.read(paths[number]))], _PROMISING)
    doubtful = [number for number in doubtful if _is_doubtful(found[number])]
    shapes = gallery.common_shapes()
    others = [(number, view) for number in doubtful for view in _other_views(paths[number], shapes)]
    look(others, _PROMISING)
    return found


def _other_views(path: str, shapes: Sequence[float]) -> list[ThumbnailView]:
    image = thumbnail_views.read(path)
    squeezed = [shape for shape in shapes if abs(math.log(shape * image.height / image.width)) > _SQUEEZED]
    return [
        *(ThumbnailView(turn=turn) for turn in _TURNS),
        ThumbnailView(mirrored=True),
        *(ThumbnailView(shape=shape) for shape in squeezed),
    ]


def _is_explained(findings: Sequence[Explanation]) -> bool:
    """True where a photo is as like as can be: what looks like a border is then a part of the photo."""
    return bool(findings) and findings[0].evidence.overall < _EXPLAINED


def _is_doubtful(findings: Sequence[Explanation]) -> bool:
    if not findings:
        return True
    best = findings[0].evidence
    return best.correlation < _SURE_ENOUGH or (best.overall > _FAR_OFF and best.correlation < _VERY_SURE)


def _look(
    paths: Sequence[str],
    gallery: AlbumIndex,
    workers: int,
    failures: list[Failure],
    found: _Found,
    likeness: dict[int, float],
    views: Sequence[tuple[int, ThumbnailView]],
    promising: float,
) -> None:
    """Examine each thumbnail in its view where the coarse search finds something `promising`, and keep what explains it best.

    `likeness` has the best likeness of each thumbnail as it is, which another view has to reach: what was turned, mirrored or squeezed
    looks the more like its photo for being put right, another shot of a scene does not.
    """
    if not views:
        return
    likely = gallery.search([_query(paths[number], view) for number, view in views], workers)
    # thumbnails of one scene one after another: a worker then has their photos open
    wanted = [n for n, (number, _) in enumerate(views) if likely[n] and likely[n][0].likeness >= _bar(promising, likeness[number])]
    tasks = (
        Examination(views[n][0], paths[views[n][0]], views[n][1], gallery.suspects(likely[n]))
        for n in sorted(wanted, key=lambda n: likely[n][0].photo)
    )
    for n, (number, view) in enumerate(views):
        if view == ThumbnailView() and likely[n]:
            likeness[number] = likely[n][0].likeness
    answers = process_pool.run_in_pool(examination.examine, tasks, workers=workers, batch=16, limit=_SECONDS, name=lambda task: task.path)
    for task, answer in answers:
        if isinstance(answer, Failure):
            failures.append(answer)
        else:
            found[task.number] = _better(found[task.number], answer)


def _bar(promising: float, as_it_is: float) -> float:
    return _ANY if promising == _ANY else max(promising, as_it_is)


def _query(path: str, view: ThumbnailView) -> candidates.Query:
    import numpy as np

    image = thumbnail_views.views_of(thumbnail_views.read(path), view)
    plain = thumbnail_views.detail(image) < thumbnail_views.PLAIN
    return candidates.Query(np.asarray(image), thumbnail_views.is_grey(image), plain, view.shape)


def _better(one: tuple[Explanation, ...], other: tuple[Explanation, ...]) -> tuple[Explanation, ...]:
    """What was found in that view which fits better: what is cut away or turned must not be needed to say so."""
    if not one or not other:
        return one or other
    explained = [findings[0].evidence.overall for findings in (one, other)]
    return other if explained[1] < 0.8 * explained[0] else one
