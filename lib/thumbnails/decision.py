"""Decide which photo is behind each thumbnail, and how sure that is: matched, review or none. Pure."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from lib.thumbnails.clues import RIVAL, Clue, is_twin, unchanged_first
from lib.thumbnails.crop_prior import CropPrior
from lib.thumbnails.thumbnail_views import PLAIN

_TINY = 40  # pixels a side up to which a thumbnail cannot tell shots of one scene apart
_NEARLY = 1.03  # within this, habit decides: a nat of odds is worth so much of what is left over, for compression leaves some hundred
_NAT, _NATS = 0.004, 6.0  # independent pixels, and so many nats count at most
_NEVER = 1e6  # what a photo costs that a thumbnail may not be given
_NOTHING = 1e3  # what it costs to leave a thumbnail without any photo
_ALIKE = 0.85  # correlation under which nobody would say that the pictures have anything in common
_SIBLING = 0.85  # correlation from which on a rival shows the same scene, in one thumbnail's eyes
_SHOT = 0.8  # likeness of the sketches of two files of one name that makes them versions of one shot
_DRESS = re.compile(r"([-_ ](edited|edit|bearbeitet|modifi\w+|kopie|copy)|~\d+| ?\(\d+\))$")


class MatchStatus(Enum):
    """The three answers; the value is what reports say."""

    MATCHED = "matched"
    REVIEW = "review"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class ExaminedThumbnail:
    """A thumbnail of a set with its clues; `detail` is the standard deviation of its grey values, `side` its longer side in pixels."""

    set: str
    thumbnail: str
    detail: float
    side: int
    clues: tuple[Clue, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """The answer for a thumbnail: a photo (None where there is none), the one after it, other versions of the photo, and why.

    `candidates` are all photos that may be it, best first.
    """

    set: str
    thumbnail: str
    status: MatchStatus
    reason: str
    photo: int | None = None
    score: float = 0.0
    runner_up: int | None = None
    runner_up_score: float = 0.0
    alternatives: tuple[int, ...] = ()
    candidates: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class AlbumLookup:
    """What the judgement has to know of the photos: their paths, likeness by sketch, and who has the very same pixels (a number each).

    `one_picture`: two files show one picture with one tone, in whatever size; `finer`: the first of them shows more detail.
    """

    paths: Sequence[str]
    likeness: Callable[[int, int], float]
    twins: Callable[[int, int], bool]
    preferred: Sequence[str] = ()

    raw: Callable[[int], bool] = lambda photo: False
    one_picture: Callable[[int, int], bool] = lambda one, other: False
    finer: Callable[[int, int], bool] = lambda one, other: False

    def preference(self, photo: int) -> int:
        """The place of the first preferred folder that holds the photo; behind all of them where none does."""
        path = self.paths[photo]
        return next((n for n, folder in enumerate(self.preferred) if path.startswith(folder)), len(self.preferred))


def decide(seen: Sequence[ExaminedThumbnail], album: AlbumLookup) -> list[Match]:
    """One match for each thumbnail, in their order."""
    families = _families(album.paths)
    sets = _by_set(seen)
    seen = list(seen)
    for members in sets.values():
        for number, one in zip(members, _by_habit([seen[number] for number in members])):
            seen[number] = one
    matches = [_judge(one, album, families) for one in seen]
    for members in sets.values():
        _settle_claims(members, seen, matches, album, families)
    return matches


def family(path: str) -> str:
    """What the names of one shot's versions have in common: the stem without what editing and copying adds to it."""
    name = re.split(r"[\\/]", path)[-1]
    stem = name.rsplit(".", 1)[0].casefold()
    while (shorter := _DRESS.sub("", stem)) != stem and shorter:
        stem = shorter
    return re.sub(r"^img_e(?=\d{4})", "img_", stem)


def _families(paths: Sequence[str]) -> Mapping[str, list[int]]:
    found: dict[str, list[int]] = {}
    for number, path in enumerate(paths):
        found.setdefault(family(path), []).append(number)
    return found


def _by_set(seen: Sequence[ExaminedThumbnail]) -> Mapping[str, list[int]]:
    found: dict[str, list[int]] = {}
    for number, one in enumerate(seen):
        found.setdefault(one.set, []).append(number)
    return found


def _by_habit(members: Sequence[ExaminedThumbnail]) -> list[ExaminedThumbnail]:
    """A set's thumbnails, their clues with what the set's habit says of them where others are nearly as good."""
    best = [min(one.clues, key=lambda clue: clue.cost, default=None) for one in members]
    habit = CropPrior([clue.size for clue in best if clue is not None and clue.explains])
    found = []
    for one, first in zip(members, best):
        clues = []
        for clue in one.clues:
            if first is not None and clue is not first and clue.cost <= _NEARLY * first.cost:
                nats = habit.unusual(clue.size, first.size)
                clue = replace(clue, unusual=math.exp(_NAT * max(-_NATS, min(_NATS, nats))))
            clues.append(clue)
        found.append(replace(one, clues=tuple(clues)))
    return found


def _versions(photo: int, others: Iterable[int], album: AlbumLookup, families: Mapping[str, list[int]]) -> list[int]:
    """Other versions of a photo: the same pixels under any name, or the same name elsewhere and much alike."""
    named = [n for n in families[family(album.paths[photo])] if n != photo and album.likeness(photo, n) >= _SHOT]
    same = [n for n in others if n != photo and n not in named and album.twins(photo, n)]
    return same + named


def _judge(seen: ExaminedThumbnail, album: AlbumLookup, families: Mapping[str, list[int]], taken: Collection[int] = ()) -> Match:
    """The match of one thumbnail by its own clues; `taken` are photos that another thumbnail of the set has the better claim to."""
    ranked = sorted((clue for clue in seen.clues if clue.photo not in taken), key=lambda clue: (clue.rank, album.paths[clue.photo]))
    if not ranked:
        return Match(seen.set, seen.thumbnail, MatchStatus.NONE, "nothing in the album looks like it")
    ranked = unchanged_first(ranked)
    best = ranked[0]
    copies = [c.photo for c in ranked[1:] if c.explains and c.canonical == best.canonical and album.one_picture(best.photo, c.photo)]
    versions = [*copies, *(n for n in _versions(best.photo, [c.photo for c in ranked[1:]], album, families) if n not in copies)]
    shot = {best.photo, *versions}
    rivals = [clue for clue in ranked if clue.photo not in shot]
    in_order = sorted((best.photo, *copies), key=lambda n: album.paths[n])  # so that one picture has one file for every thumbnail
    finest = functools.reduce(lambda one, other: other if album.finer(other, one) else one, in_order)
    photo = min((best.photo, *versions), key=lambda n: (album.preference(n), album.raw(n), n != finest, n != best.photo, album.paths[n]))
    answer = Match(
        seen.set,
        seen.thumbnail,
        MatchStatus.MATCHED,
        "the photo explains the thumbnail" + (", as a whole or its middle" if best.canonical else ", as a crop"),
        photo,
        best.correlation,
        rivals[0].photo if rivals else None,
        rivals[0].correlation if rivals else 0.0,
        tuple(n for n in (best.photo, *versions) if n != photo),
        (photo, *(n for n in dict.fromkeys([best.photo, *versions, *(clue.photo for clue in rivals)]) if n != photo)),
    )
    status, reason = _doubt(seen, best, rivals)
    if status is None and album.preference(photo) == len(album.preferred):
        status, reason = _doubt_of_versions(
            best, [c for c in ranked[1:] if c.photo in versions and c.photo not in copies and not _one_picture(best.photo, c.photo, album)]
        )
    if status is None:
        return answer
    if status is MatchStatus.NONE:
        return replace(answer, status=status, reason=reason, photo=None, alternatives=())
    return replace(answer, status=status, reason=reason)


def _doubt(seen: ExaminedThumbnail, best: Clue, rivals: Sequence[Clue]) -> tuple[MatchStatus | None, str]:
    """Why the best clue is not to be relied on, and what follows; None where it is."""
    if seen.detail < PLAIN:
        return MatchStatus.REVIEW, "the thumbnail shows next to nothing to recognise a photo by"
    if best.correlation < _ALIKE:
        return MatchStatus.NONE, f"the likest photo of the album has little in common with it (correlation {best.correlation:.2f})"
    if not best.explains or any(rival.cost < best.cost and not rival.explains and not best.is_unchanged for rival in rivals):
        return MatchStatus.REVIEW, "alike, but compression alone cannot explain the difference: perhaps another shot of the scene"
    if not best.canonical:
        return MatchStatus.REVIEW, "the photo explains the thumbnail, but only as a crop: it may be another shot of the same scene"
    if best.helped or not best.is_exact:
        return MatchStatus.REVIEW, "the photo may be it, but more than its size was changed: perhaps it is another shot of the scene"
    siblings, proved = any(rival.correlation > _SIBLING for rival in rivals), best.is_proved(rivals)
    if seen.side <= _TINY and (siblings or not proved):
        return MatchStatus.REVIEW, "the thumbnail is too small to tell the photo from another shot of the scene"
    if any(is_twin(best, rival) for rival in rivals):
        return MatchStatus.REVIEW, "another photo of the album explains the thumbnail as well"
    return None, ""


def _doubt_of_versions(best: Clue, versions: Sequence[Clue]) -> tuple[MatchStatus | None, str]:
    if any(is_twin(best, clue) for clue in versions):
        return MatchStatus.REVIEW, "two versions of this photo explain the thumbnail equally well; --prefer DIR decides"
    return None, ""


def _one_picture(one: int, other: int, album: AlbumLookup) -> bool:
    """True for equal pixels, and for the forms in which one shot lies in one folder (RAW+JPEG, HEIC and its export)."""
    first, second = (re.split(r"[\\/](?=[^\\/]*$)", album.paths[n])[0] for n in (one, other))
    return album.twins(one, other) or first == second


def _settle_claims(
    members: Sequence[int], seen: Sequence[ExaminedThumbnail], matches: list[Match], album: AlbumLookup, families: Mapping[str, list[int]]
) -> None:
    """Within a set one photo is behind one thumbnail: who claims one together is settled so that all are explained best."""
    claims: dict[int, list[int]] = {}
    for number in members:
        photo = matches[number].photo
        if photo is not None and matches[number].status is not MatchStatus.NONE and seen[number].detail >= PLAIN:
            claims.setdefault(photo, []).append(number)
    for group in _rival_groups(claims, seen):
        options = {number: _options(seen[number]) for number in group}
        best = [min(seen[number].clues, key=lambda clue: clue.rank) for number in group]
        claims_of = [{photo: math.log(cost) + first.claim for photo, cost in options[n].items()} for n, first in zip(group, best)]
        given = assign(claims_of)
        for number, photo in zip(group, given):
            before = matches[number]
            first = min(options[number], key=options[number].__getitem__)
            if photo is None:
                matches[number] = replace(before, status=MatchStatus.REVIEW, reason="another thumbnail of the set fits this photo better")
            elif photo != first:
                again = _judge(
                    seen[number], album, families, taken=[p for p in options[number] if options[number][p] < options[number][photo]]
                )
                reason = "the photo that it looks most like is the better match of another thumbnail of the set"
                matches[number] = replace(again, status=MatchStatus.REVIEW, reason=reason, candidates=before.candidates)


def _options(seen: ExaminedThumbnail) -> dict[int, float]:
    """The photos that a thumbnail may be given, with their costs."""
    least = min(clue.rank for clue in seen.clues)
    return {clue.photo: clue.rank / least for clue in seen.clues if clue.rank <= RIVAL * least}


def _rival_groups(claims: Mapping[int, list[int]], seen: Sequence[ExaminedThumbnail]) -> list[list[int]]:
    """Thumbnails that have to be looked at together: those that claim one photo, and those whose photos these could be given instead."""
    groups, done = [], set[int]()
    for numbers in claims.values():
        if len(numbers) < 2 or numbers[0] in done:
            continue
        group: dict[int, None] = {}
        waiting = list(numbers)
        while waiting:
            number = waiting.pop()
            if number in group:
                continue
            group[number] = None
            waiting += [other for photo in _options(seen[number]) for other in claims.get(photo, ())]
        done.update(group)
        groups.append(sorted(group))
    return groups


def assign(costs: Sequence[Mapping[int, float]]) -> list[int | None]:
    """A different choice for each row, at the least total cost; None where a row's choices are taken and going without costs less.

    `costs` holds, for each row, what each of its choices costs.
    """
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    choices = sorted({choice for row in costs for choice in row})
    column_of = {choice: column for column, choice in enumerate(choices)}
    table = np.full((len(costs), len(choices) + len(costs)), _NEVER)
    for n, row in enumerate(costs):
        for choice, cost in row.items():
            table[n, column_of[choice]] = cost
        table[n, len(choices) + n] = _NOTHING
    _, columns = linear_sum_assignment(table)
    return [choices[column] if column < len(choices) else None for column in columns]
