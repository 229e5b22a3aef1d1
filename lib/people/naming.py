"""Which face is whom: the rules, in their order. Pure.

What somebody has said of a face counts first, then names that programs wrote into the picture or its sidecar, then likeness to the
nearest sample. A name is given once in a picture (in a video once at a moment), never before a birth, and never surely to a small face.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from lib.people.model import (
    Box,
    Face,
    FaceDecision,
    NamedFace,
    NamedRegion,
    Person,
    Picture,
    PicturePeople,
    Sample,
    Status,
    Verdict,
)

SURE = 0.42
"""Cosine to the nearest sample. With 3 samples a person 0.3 % of strangers reach it (20 people known, 487 faces), 0.00 % of wrong names."""
MAYBE = 0.36
CHILD = 0.16
"""What a sample of a child has to be nearer, because children are alike to the network: 1.5 % of pairs reach SURE, of adults .03 %."""
AGE_UNKNOWN = 0.06
"""What a sample has to be nearer for a sure name where nobody told whether it may show a child."""
CHILD_YEARS = 14
SMALL = 40.0
"""Faces with a shorter side under this many pixels at the size they are searched at: a third of their names would be wrong or missing."""
_SAME_FACE = 0.3
_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Gallery:
    """The known people: every sample's embedding with what it has to be nearer, sorted by name."""

    names: tuple[str, ...] = ()
    starts: tuple[int, ...] = ()
    embeddings: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 128), np.float32))
    margins: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    unsure: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    born: Mapping[str, date] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Likeness:
    """How near a face is to somebody: `sure` is what SURE is asked of, `maybe` what MAYBE is asked of, both less the margins."""

    name: str
    sure: float
    maybe: float


def gallery(samples: Iterable[Sample], people: Iterable[Person]) -> Gallery:
    """The samples in the form that faces are held against."""
    born = {person.name: person.born for person in people if person.born}
    ordered = sorted(samples, key=lambda sample: sample.name)
    if not ordered:
        return Gallery(born=born)
    names = [sample.name for sample in ordered]
    starts = [number for number, name in enumerate(names) if number == 0 or names[number - 1] != name]
    ages = [_age(sample, born) for sample in ordered]
    return Gallery(
        tuple(names[start] for start in starts),
        tuple(starts),
        np.stack([sample.embedding for sample in ordered]).astype(np.float32),
        np.array([CHILD if age is not None and age < CHILD_YEARS else 0.0 for age in ages], np.float32),
        np.array([AGE_UNKNOWN if age is None else 0.0 for age in ages], np.float32),
        born,
    )


def _age(sample: Sample, born: Mapping[str, date]) -> int | None:
    """Whole years, None where birth or picture has no date."""
    birth = born.get(sample.name)
    if birth is None or sample.captured is None:
        return None
    day = sample.captured.date()
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def likenesses(embeddings: NDArray[np.float32], known: Gallery) -> list[list[Likeness]]:
    """For each face (row) the people that it may be, the nearest first; empty where none comes near MAYBE."""
    result: list[list[Likeness]] = []
    for start in range(0, len(embeddings), _AT_ONCE) if known.names else ():
        near = embeddings[start : start + _AT_ONCE] @ known.embeddings.T - known.margins
        maybe = np.maximum.reduceat(near, known.starts, axis=1)
        sure = np.maximum.reduceat(near - known.unsure, known.starts, axis=1)
        for row in range(len(near)):
            candidates = [Likeness(known.names[n], float(sure[row, n]), float(maybe[row, n])) for n in np.nonzero(maybe[row] >= MAYBE)[0]]
            result.append(sorted(candidates, key=lambda one: (-one.maybe, one.name)))
    return result or [[] for _ in embeddings]


def settle(picture: Picture, decisions: Sequence[FaceDecision]) -> PicturePeople:
    """The picture with what is certain of its faces: decisions first, then regions; every other face is unknown or small."""
    faces = [_unnamed(face) for face in (picture.found.faces if picture.found else ())]
    extra: list[NamedFace] = []
    absent: set[str] = set()
    for decision in decisions:
        if decision.box is None:
            absent = absent - {decision.name} if decision.verdict is Verdict.IS else absent | {decision.name}
            extra = [face for face in extra if face.box is not None or face.name != decision.name]
            if decision.verdict is Verdict.IS:
                extra.append(NamedFace(None, None, decision.name, Status.CONFIRMED, decided=True))
            continue
        place = nearest(decision.box, [face.box for face in faces])
        if place is not None:
            faces[place] = _decided(faces[place], decision)
        elif decision.verdict is Verdict.IS:
            extra.append(NamedFace(decision.box, None, decision.name, Status.CONFIRMED, decided=True))
    faces, extra = _take_regions(faces, extra, picture.regions, absent)
    present = {face.name for face in faces if face.status is Status.CONFIRMED}
    extra = [face for face in extra if face.box is not None or face.name not in present]
    faces = [replace(face, refused=face.refused | absent) for face in faces]
    return PicturePeople(picture, (*faces, *extra))


def _unnamed(face: Face) -> NamedFace:
    return NamedFace(face.box, face, "", Status.SMALL if face.pixels < SMALL else Status.UNKNOWN)


def _decided(face: NamedFace, decision: FaceDecision) -> NamedFace:
    match decision.verdict:
        case Verdict.IS:
            return replace(
                face, name=decision.name, status=Status.CONFIRMED, refused=face.refused - {decision.name}, stranger=False, decided=True
            )
        case Verdict.NOT:
            taken_back = replace(face, name="", status=_unnamed(face.face).status) if face.face and face.name == decision.name else face
            return replace(taken_back, refused=face.refused | {decision.name}, decided=True)
        case Verdict.STRANGER:
            return replace(face, name="", status=Status.UNKNOWN, stranger=True, decided=True)
        case Verdict.FORGET:
            return _unnamed(face.face) if face.face else face


def _take_regions(
    faces: list[NamedFace], extra: list[NamedFace], regions: Sequence[NamedRegion], absent: set[str]
) -> tuple[list[NamedFace], list[NamedFace]]:
    """The faces with the names that regions give them, where nobody has decided otherwise; what lies on no face comes behind."""
    faces = list(faces)
    for region in regions:
        if region.name in absent or region.box is None:
            continue
        place = _under(region.box, faces)
        if place is None:
            known = {face.name for face in (*faces, *extra)}
            if region.name not in known and nearest(region.box, [face.box for face in extra]) is None:
                extra.append(NamedFace(region.box, None, region.name, Status.CONFIRMED))
        elif not faces[place].decided and not faces[place].name:
            faces[place] = replace(faces[place], name=region.name, status=Status.CONFIRMED)
    refused = {name for face in faces for name in face.refused} | absent
    named = {face.name for face in (*faces, *extra)} | refused
    extra += [NamedFace(None, None, region.name, Status.CONFIRMED) for region in regions if region.box is None and region.name not in named]
    return faces, extra


def _under(box: Box, faces: Sequence[NamedFace]) -> int | None:
    """The face that another program's box means: such boxes are up to twice as large, or only eyes to chin."""
    best, place = 0.0, None
    for number, face in enumerate(faces):
        if face.box is None:
            continue
        x, y = face.box.x + face.box.width / 2, face.box.y + face.box.height / 2
        inside = box.x <= x <= box.x + box.width and box.y <= y <= box.y + box.height
        overlap = face.box.overlap(box)
        if overlap > best and (inside or overlap >= _SAME_FACE):
            best, place = overlap, number
    return place


def nearest(box: Box, boxes: Sequence[Box | None]) -> int | None:
    """The place of the box that means the same face, None where none does."""
    overlaps = [(box.overlap(other), -number) for number, other in enumerate(boxes) if other is not None]
    best = max(overlaps, default=(0.0, 0))
    return -best[1] if best[0] >= _SAME_FACE else None


def samples_of(pictures: Iterable[PicturePeople]) -> list[Sample]:
    """What confirmed faces teach; small ones teach nothing."""
    return [
        Sample(named.name, named.face.embedding, one.picture.captured)
        for one in pictures
        for named in one.faces
        if named.status is Status.CONFIRMED and named.face is not None and named.face.pixels >= SMALL
    ]


def name_faces(pictures: Sequence[PicturePeople], known: Gallery) -> list[PicturePeople]:
    """The pictures, every face that nobody has named held against the known people."""
    asked = [(number, place) for number, one in enumerate(pictures) for place, face in enumerate(one.faces) if _is_asked(face)]
    if not asked or not known.names:
        return list(pictures)
    near = likenesses(np.stack([_embedding(pictures[number].faces[place]) for number, place in asked]), known)
    by_picture: dict[int, dict[int, list[Likeness]]] = {}
    for (number, place), candidates in zip(asked, near):
        by_picture.setdefault(number, {})[place] = candidates
    return [_assign(one, by_picture[number], known.born) if number in by_picture else one for number, one in enumerate(pictures)]


def _is_asked(face: NamedFace) -> bool:
    return face.face is not None and not face.name and not face.stranger


def _embedding(named: NamedFace) -> NDArray[np.float32]:
    if named.face is None:
        raise ValueError("only a face that was found can be held against others")
    return named.face.embedding


def _assign(one: PicturePeople, candidates: Mapping[int, Sequence[Likeness]], born: Mapping[str, date]) -> PicturePeople:
    """Names to the faces of one picture, the surest first, each name once; small faces come after all others."""
    faces = list(one.faces)
    taken = {(_moment(face), face.name) for face in faces if face.name}
    pairs = sorted(
        (faces[place].status is Status.SMALL, -likeness.maybe, place, likeness.name, likeness)
        for place, likely in candidates.items()
        for likeness in likely
    )
    for small, _, place, name, likeness in pairs:
        face = faces[place]
        if face.name or name in face.refused or (_moment(face), name) in taken or _is_before_birth(one.picture.captured, born.get(name)):
            continue
        status = Status.SMALL if small else Status.SURE if likeness.sure >= SURE else Status.MAYBE
        faces[place] = replace(face, name=name, status=status, similarity=likeness.maybe)
        taken.add((_moment(face), name))
    return replace(one, faces=tuple(faces))


def _moment(face: NamedFace) -> float | None:
    return face.face.moment if face.face else None


def _is_before_birth(captured: datetime | None, born: date | None) -> bool:
    return captured is not None and born is not None and captured.date() < born
